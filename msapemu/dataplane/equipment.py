"""What a shelf consists of while it runs, and how a configuration becomes a plan for the loop.

`compile` makes or opens what a configuration wants and keeps everything that stays the same (a line with the same
settings, a group with the same settings, a socket at the same address, an interface of the same name), so that a
new plan disturbs nothing else. But for the MTU of an interface that is kept, nothing that runs is touched before
`commit`, which is called when the loop has taken the plan.
"""

from __future__ import annotations

import contextlib
import secrets
import selectors
import socket
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from msapemu._framing import E1Bearer, Group, Impairment, Line, LineMap, PdhLine
from msapemu.ctl import config
from msapemu.ctl.config import PDH_OCTETS, Satop, Shelf, Udp
from msapemu.ctl.e1 import E1Place, E1Slots
from msapemu.ctl.e1_uses import e1_uses
from msapemu.ctl.errors import MsapemuError
from msapemu.ctl.members import Member, all_members, member_of
from msapemu.dataplane import interfaces, loop, udp
from msapemu.dataplane.check import check
from msapemu.dataplane.crossconnect import UNEQUIPPED, Carried, compile_maps, tied_lines
from msapemu.dataplane.e1ends import E1End
from msapemu.dataplane.e1open import Plug, open_end
from msapemu.dataplane.e1s import E1Assembly, compile_e1s, make_tributaries, queue_octets, target_octets
from msapemu.dataplane.log import Log
from msapemu.dataplane.names import port_number
from msapemu.dataplane.statusfile import StatusFile

FRAME_US = 125
C4_BPS = 149_760_000.0  # container capacities (G.707 6.2 and 11.2)
C3_BPS = 48_384_000.0
C12_BPS = 2_176_000.0
P12_BPS = 1_980_000.0  # of an E1 that is a member of a group (G.7043)
P0_BPS = 64_000.0
P31_BPS = 33_856_000.0  # of an E3 by G.832
RING_FRAMES = 64  # received frames waiting to be parsed
TIED_FRAMES = 128  # and when they have to wait for the lines that send them on
PDH_FRAMES = 256  # of a PDH line, whose datagrams hold many
RING_SLACK = 1024  # and with a delay: how far a peer may catch up after a stall
SUPERBLOCK_OCTETS = 67  # G.7041 8.1
FEWEST_SUPERBLOCKS, MOST_SUPERBLOCKS = 4, 95
ROOM_FOR_MEMBERS = 2  # of a group with LCAS, which may become so many times as large


@dataclass
class LinkHolder:
    udp: config.Udp | None
    socket: socket.socket | None
    port: loop.LinkPort
    ring: loop.FrameRing


@dataclass
class LineHolder:
    settings: tuple[object, ...]
    line: Line | PdhLine
    bearers: tuple[E1Bearer, ...] = ()  # of a PDH line
    maps: dict[int, Carried] = field(default_factory=dict)  # by VC-4 number, but for those that a VC-4-Xc takes up


@dataclass
class ClientHolder:
    client: config.Client
    key: object
    opened: interfaces.Opened
    longest: int
    port: loop.ClientPort
    queue: int


@dataclass
class E1Holder:
    """An E1 client port, or a line of SAToP."""

    end: E1End
    bearer: E1Bearer


@dataclass
class GroupHolder:
    settings: tuple[object, ...]
    group: Group
    numbers: dict[Member, int] = field(default_factory=dict)  # of its members
    queues: tuple[int, ...] = ()  # octets that may wait, by client


@dataclass
class Assembly:
    """One configuration with all that carries it out; `plan` is its form for the loop."""

    config: Shelf
    generation: int
    links: dict[str, LinkHolder] = field(default_factory=dict)
    lines: dict[str, LineHolder] = field(default_factory=dict)
    clients: dict[str, ClientHolder] = field(default_factory=dict)
    groups: dict[str, GroupHolder] = field(default_factory=dict)
    # client ports by line and VC-4 number, in the order of their groups in the map
    group_clients: dict[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    tied: frozenset[str] = frozenset()  # lines whose signal others send on
    e1s: E1Assembly = field(default_factory=E1Assembly)
    e1_ends: dict[str, E1Holder] = field(default_factory=dict)  # by port
    status: StatusFile | None = None
    plan: loop.Plan | None = None

    def for_loop(self) -> loop.Plan:
        assert self.plan is not None, "not compiled to the end"
        return self.plan


def new_session() -> int:
    """What a peer knows a start of this side by."""
    return secrets.randbelow(2**32 - 1) + 1


def rate_bps(circuit: config.Circuit | None) -> float:
    """What the circuit's group carries, before GFP."""
    if circuit is None:
        return 0.0
    members = circuit.members + circuit.tx_members
    if circuit.over_pdh:
        return _pdh_bps(circuit, members)
    if circuit.via in config.WIDTHS:
        return C4_BPS * config.WIDTHS[circuit.via] * (len(members) if circuit.is_group else 1)
    return (C3_BPS if circuit.via == "vc3" else C12_BPS) * len(members)


def _pdh_bps(circuit: config.Circuit, members: Sequence[str]) -> float:
    match circuit.via:
        case "e1":
            return P12_BPS * len(members) if circuit.vcat else 31 * P0_BPS
        case "g832":
            return P31_BPS * len(members)
        case "fe":
            return PDH_OCTETS["fe"] * P0_BPS
    slots = member_of(circuit, members[0])
    assert isinstance(slots, E1Slots)
    return len(slots.slots) * P0_BPS


def _group_options(circuit: config.Circuit) -> dict[str, Any]:
    """Of `_framing.Group`, by the circuit's settings."""
    options: dict[str, Any] = {"delay_limit_us": circuit.delay_limit_us}
    if circuit.adaptation != "gfp":
        # over PDH nothing is scrambled that is not GFP
        options |= {"adaptation": circuit.adaptation, "scramble": False}
    else:
        options |= {
            "gfp": circuit.gfp,
            "payload_fcs": circuit.payload_fcs,
            "scramble": circuit.scramble,
            "fcs_reversed": circuit.fcs_reversed,
            "fcs_inverted": circuit.fcs_inverted,
            "csf_interval": circuit.csf_interval_ms,
        }
    if circuit.lcas is not None:
        options |= {**msgspec.structs.asdict(circuit.lcas), "lcas": True}
    return options


def _new_group(options: dict[str, Any], cids: Sequence[int], longest: Sequence[int], queues: Sequence[int]) -> Group:
    """A group with its clients. A port reads one octet more than its longest frame, to see what is too long."""
    room = [ROOM_FOR_MEMBERS * octets if "lcas" in options else octets for octets in queues]
    group = Group(cid=cids[0] if cids else None, queue_octets=room[0], longest=longest[0] + 1, **options)
    for cid, most, octets in list(zip(cids, longest, room, strict=False))[1:]:
        group.add_channel(cid, queue_octets=octets, longest=most + 1)
    return group


def _numbers(circuit: config.Circuit, before: Mapping[Member, int], place: str) -> dict[Member, int]:
    """Of the members of the circuit's group: their sequence numbers; with LCAS, which makes these itself, numbers that
    a member keeps as long as it is one, and that no other had in the plan before."""
    members = all_members(circuit)
    if circuit.lcas is None:
        return {member: number for number, member in enumerate(members)}
    free = (number for number in range(config.MOST_MEMBERS[circuit.via]) if number not in before.values())
    numbers = {}
    for member in members:
        number = before[member] if member in before else next(free, None)
        if number is None:
            raise MsapemuError(f"{place}: no room for {member}: those that leave must have left first")
        numbers[member] = number
    return numbers


def superblocks(bps: float) -> int | None:
    """Of a GFP-T frame: as many as a group of that rate carries in half a millisecond, for a receiver needs two whole
    frames to find them. None where that is more than a whole Gigabit Ethernet needs."""
    found = max(round(bps / 8 * 0.0005 / SUPERBLOCK_OCTETS), FEWEST_SUPERBLOCKS)
    return found if found < MOST_SUPERBLOCKS else None


def delay_frames(impair: config.Impairment) -> int:
    return round(impair.delay_us / FRAME_US)


def line_impairment(line: config.Line) -> Impairment | loop.BitErrors:
    """What is done to what the line receives."""
    if line.rate in PDH_OCTETS:
        impair = line.impair
        return loop.BitErrors(impair.ber, impair.burst, impair.seed, impair.cut)
    settings = msgspec.to_builtins(line.impair)
    del settings["delay_us"]
    return Impairment(rate=line.rate, **settings)


def ring_frames(delay: int, tied: bool, pdh: bool = False) -> int:
    """Frames of room for a line delayed by `delay` frames: a power of two."""
    if delay == 0 and pdh:
        return PDH_FRAMES
    if delay == 0:
        return TIED_FRAMES if tied else RING_FRAMES
    return 1 << (delay + RING_SLACK - 1).bit_length()


def _line_holder(line: config.Line, shelf: Shelf, old: LineHolder | None) -> LineHolder:
    """The line of before, when it has the same settings, or a new one."""
    settings: tuple[object, ...]
    if line.rate not in PDH_OCTETS:
        settings = (line.rate, line.au_pointer, line.j0, line.j1, line.j2)
        if old is not None and old.settings == settings:
            return LineHolder(settings, old.line, maps=dict(old.maps))
        new = Line(rate=line.rate, j0=line.j0, j1=line.j1, j2=line.j2, au_pointer=line.au_pointer)
        return LineHolder(settings, new)
    # what sends an E1 alone is in step with the line
    waits = target_octets(shelf.clock)
    settings = (line.rate, waits)
    if old is not None and old.settings == settings:
        return LineHolder(settings, old.line, old.bearers)
    target = waits if config.E1S.get(line.rate, 0) > 1 else 0
    made = PdhLine(line.rate, queue_octets=queue_octets(waits), target_octets=target)
    return LineHolder(settings, made, tuple(made.bearers))


def _plugs(shelf: Shelf) -> dict[str, Plug]:
    """What is plugged in, by E1 port."""
    plugs: dict[str, Plug] = {line.port: line.link for line in shelf.lines if isinstance(line.link, Satop)}
    return plugs | {client.port: client.end for client in shelf.e1_clients}


class Equipment:
    """The shelf's equipment; `status` makes a status file for an assembly. `directory`: of sockets, whose listening is
    looked after in `selector`."""

    def __init__(
        self,
        log: Log,
        status: Callable[[Assembly], StatusFile],
        directory: Path,
        selector: selectors.BaseSelector,
    ) -> None:
        self._log = log
        self._status = status
        self._directory = directory
        self._selector = selector
        self._oscillator = new_session()  # a line-timed shelf takes over that of its reference
        self.now: Assembly | None = None

    def compile(self, wanted: Shelf) -> Assembly:
        """An assembly for `wanted`. MsapemuError when something cannot be had; then nothing has changed."""
        check(wanted)
        before = self.now
        made = Assembly(wanted, before.generation + 1 if before else 1, tied=tied_lines(wanted))
        made.e1s.uses = e1_uses(wanted)
        with contextlib.ExitStack() as undo:
            for line in wanted.lines:
                if isinstance(line.link, Satop):
                    self._e1_end(made, before, line.port, line.link, undo)
                else:
                    self._line(made, before, line, line.link, undo)
            for e1 in wanted.e1_clients:
                self._e1_end(made, before, e1.port, e1.end, undo)
            for client in wanted.clients:
                self._client(made, before, client, undo)
            for circuit in wanted.circuits:
                self._group(made, before, circuit)
            make_tributaries(made.e1s, before.e1s if before else None, wanted.clock)
            self._maps(made)
            self._fabric(made, before)
            made.status = self._status(made)
            undo.callback(made.status.discard)
            made.plan = self._plan(made, before)
            undo.pop_all()
        return made

    def commit(self, made: Assembly, frame: int) -> None:
        """The loop works by `made` now: let go of what it does not need. `frame` is the loop's frame number."""
        before, self.now = self.now, made
        made.for_loop().taken()
        for client in made.clients.values():
            client.port.set_longest(client.longest)
        for group in made.groups.values():
            for channel, octets in zip(group.group.channels, group.queues, strict=True):
                loop.limit_queue(channel, octets)
        for line in made.config.lines:
            wanted = line.link
            if isinstance(wanted, Satop):
                continue
            holder = made.links[line.port]
            holder.port.set_limit(line.silence_limit_us)
            if holder.udp != wanted and wanted is not None and holder.socket is not None:
                holder.port.farewell(frame, new_session())
                try:
                    udp.connect(holder.socket, wanted.peer, f"{made.config.name}/{line.port}")
                except MsapemuError as error:
                    # the plan is in force already: the line has no signal, as with any peer that is not there
                    self._log("warning", str(error))
            holder.udp = wanted
        if before is None:
            return
        kept_sockets = [holder.socket for holder in made.links.values()]
        for link in before.links.values():
            if link.socket is not None and link.socket not in kept_sockets:
                link.port.farewell(frame, 0)
                link.socket.close()
        ends = [held.end for held in made.e1_ends.values()]
        for held in before.e1_ends.values():
            if held.end not in ends:
                held.end.close()
        kept = [client.opened for client in made.clients.values()]
        for old in before.clients.values():
            if old.opened not in kept:
                old.port.let_go()
                old.opened.close()
        if before.status is not None:
            before.status.supersede()

    def close(self) -> None:
        """Close everything, after the loop has ended."""
        if self.now is None:
            return
        for link in self.now.links.values():
            if link.socket is not None:
                link.socket.close()
        for client in self.now.clients.values():
            client.port.let_go()
            client.opened.close()
        for held in self.now.e1_ends.values():
            held.end.close()
        self.now = None

    def serve(self) -> None:
        """Look after the users of E1 client ports that come and go."""
        for held in self.now.e1_ends.values() if self.now else ():
            held.end.serve()

    # --- parts ---

    def _line(
        self,
        made: Assembly,
        before: Assembly | None,
        line: config.Line,
        wanted: Udp | None,
        undo: contextlib.ExitStack,
    ) -> None:
        place = f"{made.config.name}/{line.port}"
        made.lines[line.port] = _line_holder(line, made.config, before.lines.get(line.port) if before else None)
        for number, bearer in enumerate(made.lines[line.port].bearers, start=1):
            made.e1s.bearers[E1Place(line.port, number if line.rate != "e1" else 0)] = bearer
        rate = line.rate
        frames = ring_frames(delay_frames(line.impair), line.port in made.tied, rate in PDH_OCTETS)
        link = self._old_link(before, line.port, wanted)
        if link is None:
            sock = None
            if wanted is not None:
                sock = udp.open_link(wanted, rate, place, self._log)
                undo.callback(sock.close)
            made.links[line.port] = self._new_link(line, wanted, sock, loop.FrameRing(frames, rate))
            return
        if wanted is not None:
            udp.resolve(wanted.peer, place)  # refused here rather than when the plan is in force
        if link.ring.rate != rate:
            if link.socket is not None:
                udp.make_ready(link.socket, rate, place, self._log)
            made.links[line.port] = self._new_link(line, link.udp, link.socket, loop.FrameRing(frames, rate))
            return
        ring = link.ring if link.ring.frames == frames else loop.FrameRing(frames, rate)
        made.links[line.port] = LinkHolder(link.udp, link.socket, link.port, ring)

    @staticmethod
    def _new_link(
        line: config.Line, wanted: Udp | None, sock: socket.socket | None, ring: loop.FrameRing
    ) -> LinkHolder:
        fd = sock.fileno() if sock else -1
        port = loop.LinkPort(fd, port_number(line.port), line.silence_limit_us, new_session(), ring)
        return LinkHolder(wanted, sock, port, ring)

    @staticmethod
    def _old_link(before: Assembly | None, port: str, wanted: Udp | None) -> LinkHolder | None:
        """The link of the assembly before that this one goes on with: at the same port and address."""
        link = before.links.get(port) if before else None
        if link is None:
            return None
        return link if (link.udp and link.udp.local) == (wanted and wanted.local) else None

    def _e1_end(
        self, made: Assembly, before: Assembly | None, port: str, plug: Plug, undo: contextlib.ExitStack
    ) -> None:
        """What is plugged in at an E1 port; the same as before goes on, also at another port."""
        held = None
        if before is not None and plug is not None:
            plugs = _plugs(before.config)
            held = next((before.e1_ends[other] for other, one in plugs.items() if one == plug), None)
        elif before is not None and port in before.e1_ends and _plugs(before.config)[port] is None:
            held = before.e1_ends[port]
        if held is None:
            end = open_end(plug, f"{made.config.name}/{port}", self._directory, self._selector, self._log)
            undo.callback(end.close)
            held = E1Holder(end, end.port.bearer)
        made.e1_ends[port] = held
        made.e1s.bearers[E1Place(port)] = held.bearer

    @staticmethod
    def _fabric(made: Assembly, before: Assembly | None) -> None:
        groups = {port: holder.group for port, holder in made.groups.items()}
        numbers = {port: holder.numbers for port, holder in made.groups.items()}
        lines = {port: holder.line for port, holder in made.lines.items() if isinstance(holder.line, PdhLine)}
        compile_e1s(made.config, made.e1s, before.e1s if before else None, groups, numbers, lines)

    def _client(
        self, made: Assembly, before: Assembly | None, client: config.Client, undo: contextlib.ExitStack
    ) -> None:
        place = f"{made.config.name}/{client.port}"
        circuit = next((c for c in made.config.circuits if client.port in c.clients), None)
        rate = rate_bps(circuit)
        queue = interfaces.tx_queue_length(rate)
        key = (interfaces.netns_identity(client.netns, place), client.tap, client.kind, client.behind)
        old = next((h for h in before.clients.values() if h.key == key and not h.port.gone), None) if before else None
        if old is None:
            opened = interfaces.open_client(client, place, rate)
            undo.callback(opened.close)
            longest = opened.longest
            nic = client.kind == "nic"
            own = not nic and client.behind is None
            port = loop.ClientPort(opened.fd, nic, longest, opened.control, opened.watched, own)
            holder = ClientHolder(client, key, opened, longest, port, queue)
        else:
            longest = old.longest
            if circuit is not None and circuit.lcas is not None:
                queue = old.queue  # to change its length empties it
            if client.kind == "tap" and (old.client.mtu, old.queue) != (client.mtu, queue):
                interfaces.change_client(client, place, rate)
                longest = interfaces.longest_frame(client.mtu)
            holder = ClientHolder(client, key, old.opened, longest, old.port, queue)
        made.clients[client.port] = holder

    def _group(self, made: Assembly, before: Assembly | None, circuit: config.Circuit) -> None:
        place = f"{made.config.name}: circuit {circuit.name}"
        clients = [made.clients[client] for client in circuit.clients]
        rate, lcas = rate_bps(circuit), circuit.lcas
        queues = [max(round(rate * one.client.queue_us / 8e6), 2 * one.longest) for one in clients]
        options = _group_options(circuit)
        cids = tuple(channel.cid for channel in circuit.channels)
        longest = tuple(one.longest for one in clients)
        # members that come and go change the rate, but must not cost a frame that waits
        place_of = circuit.via, circuit.vcat if circuit.over_pdh else ""
        settings = (*options.items(), cids, longest, None if lcas else tuple(queues), place_of)
        old = before.groups.get(circuit.port) if before else None
        if old is not None and old.settings == settings:
            group, numbers = old.group, _numbers(circuit, old.numbers, place)
        else:
            if circuit.gfp == "t":
                options["superblocks"] = superblocks(rate)
            options["seed"] = zlib.crc32(f"{made.config.lab}/{made.config.name}/{circuit.name}".encode()) >> 1
            group, numbers = _new_group(options, cids, longest, queues), _numbers(circuit, {}, place)
        made.groups[circuit.port] = GroupHolder(settings, group, numbers, tuple(queues))
        if lcas is not None:
            idle = {member_of(circuit, member) for member in circuit.idle}
            for member, number in numbers.items():
                (group.remove if member in idle else group.add)(number)

    def _maps(self, made: Assembly) -> None:
        lines = {port: holder.line for port, holder in made.lines.items() if isinstance(holder.line, Line)}
        groups = {port: holder.group for port, holder in made.groups.items()}
        numbers = {port: holder.numbers for port, holder in made.groups.items()}
        before = {port: holder.maps for port, holder in made.lines.items()}
        e1s = {container: holder.e1 for container, holder in made.e1s.tributaries.items()}
        maps = compile_maps(made.config, lines, groups, numbers, before, e1s)
        for port in lines:
            made.lines[port].maps = maps.carried[port]
        made.group_clients = maps.clients

    @staticmethod
    def _changes(new: LineHolder, old: LineHolder | None) -> list[tuple[int, LineMap, LineMap]]:
        """The maps that are not in force on the line, in an order in which they can be applied."""
        if old is None or old.line is not new.line:
            return [(vc4 - 1, carried.sent, carried.received) for vc4, carried in new.maps.items()]
        taken = [vc4 for vc4 in old.maps if vc4 not in new.maps]  # by a VC-4-Xc from a lower one
        changes = [(vc4 - 1, UNEQUIPPED, UNEQUIPPED) for vc4 in taken]
        for vc4, carried in new.maps.items():
            if old.maps.get(vc4) is not carried:
                changes.append((vc4 - 1, carried.sent, carried.received))
        return changes

    @staticmethod
    def _sends_nothing(made: Assembly, port: str) -> bool:
        """An STM-N line with no payload and no user of its overhead."""
        holder = made.lines[port]
        if not isinstance(holder.line, Line) or port in [one.line for one in made.config.channels]:
            return False
        return all(carried.sent is UNEQUIPPED for carried in holder.maps.values())

    def _plan(self, made: Assembly, before: Assembly | None) -> loop.Plan:
        clock = made.config.clock
        lines: list[loop.PlanLine] = []
        looped = {one.object for one in made.config.loops if one.kind == "equipment"}
        with_link = [line for line in made.config.lines if line.port in made.links]
        for line in with_link:
            link, holder = made.links[line.port], made.lines[line.port]
            old = before.lines.get(line.port) if before else None
            old_link = before.links.get(line.port) if before else None
            old_line = next((x for x in before.config.lines if x.port == line.port), None) if before else None
            same_faults = (
                old_link is not None
                and old_link.port is link.port
                and old_line is not None
                and old_line.impair == line.impair
            )
            faults = None if same_faults else (delay_frames(line.impair), line_impairment(line))
            dark = line.link is None and line.port not in looped and self._sends_nothing(made, line.port)
            flags = line.port in made.tied, line.port in looped, dark
            lines.append((holder.line, link.port, self._changes(holder, old), link.ring, faults, *flags))
        propagate = {client for one in made.config.circuits if one.fault_propagation for client in one.clients}
        channels = {
            client: channel
            for circuit in made.config.circuits
            for client, channel in zip(circuit.clients, made.groups[circuit.port].group.channels, strict=True)
        }
        clients = [
            (made.clients[client.port].port, channels.get(client.port), client.port in propagate)
            for client in made.config.clients
        ]
        groups = [(holder.group, tuple(holder.numbers.values())) for holder in made.groups.values()]
        assert made.status is not None
        ports = [line.port for line in with_link]
        return loop.Plan(
            made.generation,
            lines,
            clients,
            groups,
            made.e1s.fabric,
            [held.end.port for held in made.e1_ends.values()],
            clock.mode == "line",
            ports.index(clock.reference) if clock.mode == "line" and clock.reference else -1,
            self._oscillator,
            clock.ppm,
            clock.tick_us,
            clock.jitter_ticks,
            made.status.memory,
            made.status.layout.slots_at,
            made.status.layout.slot_octets,
        )
