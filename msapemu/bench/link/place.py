"""Where a measurement takes place: an Ethernet circuit of a lab that runs, its TAPs, and what it carries in theory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from msapemu.ctl.config import Circuit, Client
from msapemu.ctl.errors import MsapemuError, UsageError
from msapemu.lab.inspect import circuit_size
from msapemu.lab.vcg.running import Running
from msapemu.node.capacity import GFP_HEADERS, GFP_PAYLOAD_FCS, group_bps, via_text

LINEAR_HEADER = 4  # linear extension header with its HEC, G.7041 6.1.2.1.3
MAC_HEADER, FCS = 14, 4


@dataclass(frozen=True)
class End:
    """A TAP, behind a client port."""

    shelf: str
    port: str
    interface: str
    netns: Path | None
    mtu: int

    def __str__(self) -> str:
        return f"{self.shelf}:{self.port}"


@dataclass(frozen=True)
class Place:
    """A circuit between two TAPs. `overhead`: octets that are sent for each frame beside the frame with its FCS; None:
    they differ from frame to frame (not GFP-F), and so there is no theory."""

    name: str
    via: str
    ends: tuple[End, End]
    capacity_bps: int
    overhead: int | None

    def frames_per_second(self, size: int) -> float:
        """What is carried of frames of `size` octets with FCS; where there is no theory, what it is not more than."""
        return self.capacity_bps / (8 * (size + (self.overhead or 0)))

    def bits_per_second(self, size: int) -> float:
        """The same in Ethernet, FCS included."""
        return self.frames_per_second(size) * 8 * size

    def check(self, size: int) -> None:
        """UsageError when frames of that size do not go through the TAPs."""
        for end in self.ends:
            if size > end.mtu + MAC_HEADER + FCS:
                raise UsageError(f"--sizes: {size} octets are more than the MTU of {end} allows ({end.mtu})")


def find(lab: Running, name: str | None) -> Place:
    """The circuit of that name; None: the only one that there is. UsageError when it is not there or not of this kind,
    MsapemuError when it is not at both ends."""
    found: dict[str, list[tuple[str, Circuit]]] = {}
    for shelf, config in lab.configs.items():
        for circuit in config.circuits:
            found.setdefault(circuit.name, []).append((shelf, circuit))
    lab_name = lab.record.lab
    if not found:
        raise MsapemuError(f"{lab_name}: there is no Ethernet circuit in this lab")
    if name is None and len(found) > 1:
        raise UsageError(f"{lab_name}: which circuit? --circuit {', '.join(found)}")
    chosen = name if name is not None else next(iter(found))
    if chosen not in found:
        raise UsageError(f"--circuit: {lab_name} has no Ethernet circuit {chosen!r} (circuits: {', '.join(found)})")
    two = sorted(found[chosen], key=lambda one: one[1].end)
    if len(two) != 2:
        raise MsapemuError(f"{chosen}: only one end of it is in this lab")
    (shelf_a, a), (shelf_z, z) = two
    ends = _end(lab, shelf_a, a.port), _end(lab, shelf_z, z.port)
    size = min(circuit_size(one) for one in (a, z))
    return Place(chosen, via_text(a.via, size), ends, group_bps(a.via, size or 1, vcat=a.vcat), overhead(a))


def overhead(circuit: Circuit) -> int | None:
    """Octets of GFP-F around a frame (G.7041 6.1): core header and payload header, where there are several clients
    their channel, and the payload FCS."""
    if circuit.gfp != "f" or circuit.adaptation != "gfp":
        return None
    return GFP_HEADERS + LINEAR_HEADER * bool(circuit.channels) + GFP_PAYLOAD_FCS * circuit.payload_fcs


def _end(lab: Running, shelf: str, port: str) -> End:
    client = next((one for one in lab.configs[shelf].clients if one.port == port), None)
    if client is None:
        raise MsapemuError(f"{shelf}:{port}: nothing is attached to this port")
    _check_tap(f"{shelf}:{port}", client)
    return End(shelf, port, client.tap, Path(client.netns) if client.netns else None, client.mtu)


def _check_tap(port: str, client: Client) -> None:
    """An interface that was there before has a user of its own at its other side: nothing can be sent in its place."""
    if client.kind != "tap" or client.behind is not None:
        raise UsageError(f"{port}: its client is the interface {client.behind or client.tap}, and not a TAP")
