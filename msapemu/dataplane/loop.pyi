"""Types of the compiled loop (loop.pyx, objects.pxi, e1ports.pxi, probes.pxi)."""

import mmap

from msapemu._framing import (
    ClientChannel,
    E1Bearer,
    Fabric,
    Group,
    Impairment,
    Line,
    LineMap,
    PdhLine,
    Pseudowire,
)

LOOP_FIELDS: tuple[str, ...]
LINK_FIELDS: tuple[str, ...]
PORT_FIELDS: tuple[str, ...]
LINE_FIELDS: tuple[str, ...]
PDH_LINE_FIELDS: tuple[str, ...]
MUX_FIELDS: tuple[str, ...]
E1_FIELDS: tuple[str, ...]
E1_CLIENT_FIELDS: tuple[str, ...]
CLIENT_FIELDS: tuple[str, ...]
GROUP_FIELDS: tuple[str, ...]
MEMBER_FIELDS: tuple[str, ...]
E1_PORT_FIELDS: tuple[str, ...]
NETIF_STAGES: dict[str, int]

Notice = tuple[int, int, int, int, int, int, int, int, bool]

LINE_TYPES: dict[str, int]

def datagram_length(rate: str) -> int: ...

class FrameRing:
    frames: int
    rate: str
    def __init__(self, frames: int, rate: str = "stm1") -> None: ...

class LinkPort:
    def __init__(self, fd: int, line: int, silence_limit_us: int, session: int, ring: FrameRing) -> None: ...
    def set_limit(self, silence_limit_us: int) -> None: ...
    def farewell(self, frame: int, session: int) -> None: ...

class ClientPort:
    gone: bool
    def __init__(
        self, fd: int, nic: bool, longest: int, control: int, watched: int, own_carrier: bool
    ) -> None: ...
    def let_go(self) -> None: ...
    def set_longest(self, longest: int) -> None: ...

class BitErrors:
    def __init__(self, rate: float = 0.0, burst: int = 1, seed: int = 1, cut: bool = False) -> None: ...

class E1ClientPort:
    kind: str
    pseudowire: Pseudowire | None
    def __init__(
        self, kind: str, pseudowire: Pseudowire | None = None, *, fd: int = -1, out: int = -1
    ) -> None: ...
    @property
    def bearer(self) -> E1Bearer: ...
    @property
    def connected(self) -> bool: ...
    @property
    def defects(self) -> tuple[str, ...]: ...
    def attach(self, fd: int) -> bool: ...
    def detached(self) -> int: ...
    def counters(self) -> dict[str, int]: ...
    def receive(self, frames: int = 1, behind: int = 0) -> None: ...
    def send(self, frames: int = 1) -> None: ...

Faults = tuple[int, Impairment | BitErrors]

PlanLine = tuple[
    Line | PdhLine, LinkPort, list[tuple[int, LineMap, LineMap]], FrameRing, Faults | None, bool, bool, bool
]

PlanClient = tuple[ClientPort, ClientChannel | None, bool]
PlanGroup = tuple[Group, tuple[int, ...]]

class Plan:
    lines: list[PlanLine]
    clients: list[PlanClient]
    groups: list[PlanGroup]
    fabric: Fabric
    e1_ports: list[E1ClientPort]
    def __init__(
        self,
        generation: int,
        lines: list[PlanLine],
        clients: list[PlanClient],
        groups: list[PlanGroup],
        fabric: Fabric,
        e1_ports: list[E1ClientPort],
        line_timed: bool,
        reference: int,
        oscillator: int,
        ppm: float,
        tick_us: int,
        jitter_ticks: int,
        region: mmap.mmap,
        slots_at: int,
        slot_octets: int,
    ) -> None: ...
    def taken(self) -> None: ...

def cross_over(sent: LineMap, cross: dict[str, tuple[Line, int, str]]) -> None: ...

class Loop:
    generation: int
    running: bool
    frame: int
    real_time: int
    batched: bool
    def __init__(self, bell: int) -> None: ...
    def offer(self, plan: Plan) -> None: ...
    def run(self) -> None: ...
    def stop(self) -> None: ...
    def notices(self) -> list[Notice]: ...

def limit_queue(channel: ClientChannel, octets: int) -> None: ...
def open_port(
    netns: str | None, name: str, behind: str | None, mtu: int, queue: int, nic: bool, again: bool
) -> tuple[int, ...]: ...

class ClockProbe:
    count: int
    reference: int
    due: int
    frame: int
    skipped: int
    holdover: bool
    ppm: float
    steps: int
    oscillator: int
    def __init__(
        self,
        now_ns: int,
        inputs: int = 0,
        reference: int = -1,
        ppm: float = 0.0,
        jitter: int = 16,
        patience_ns: int = 1_000_000_000,
        oscillator: int = 1,
    ) -> None: ...
    def set(self, now_ns: int, reference: int, ppm: float, jitter: int) -> None: ...
    def reach(self, n: int, frame: int, virtual_ns: int = 0, oscillator: int = 0) -> None: ...
    def lose(self, n: int) -> None: ...
    def look(self, now_ns: int, passed_ns: int = 1_000_000) -> int: ...
    def time(self, frame: int) -> int: ...
    def virtual(self, n: int) -> tuple[int, float] | None: ...
    def pace(self, n: int) -> float: ...
    def offset(self, n: int) -> int: ...
    def stuck(self, n: int) -> bool: ...

class LinkProbe:
    los: bool
    reached: int
    next: int
    waiting: int
    def __init__(self, frames: int = 64, limit_ns: int = 250_000_000, rate: str = "stm1") -> None: ...
    def take(self, datagram: bytes, now_ns: int = 0) -> tuple[bool, int]: ...
    def hear(self, passed_ns: int, heard: bool, error: int = 0) -> int: ...
    def close_hole(self, now_ns: int, patience_ns: int) -> None: ...
    def make_room(self) -> None: ...
    def move(self, ring: FrameRing) -> None: ...
    def frames(self) -> bytes: ...
    def counters(self) -> dict[str, int]: ...

class PortProbe:
    batched: bool
    def __init__(self, fd: int, longest: int, limit: int, batched: bool) -> None: ...
    def take(self) -> None: ...
    def give(self) -> None: ...
    def put(self, frame: bytes) -> bool: ...
    def frames(self, most: int) -> list[bytes]: ...
    def counters(self) -> dict[str, int]: ...

def emit_datagram(
    kind: int,
    session: int,
    line: int,
    frame: int,
    offset: int,
    octets: bytes,
    time_ns: int = 0,
    rate: str = "stm1",
    oscillator: int = 1,
    virtual_ns: int = 0,
) -> bytes: ...
def port_frame_checksum(frame: bytes, start: int, at: int) -> bytes: ...
