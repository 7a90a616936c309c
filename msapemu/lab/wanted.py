"""Network -> what must be there on this machine for it, and each shelf's configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msapemu.ctl.config import Pty, Satop, Shelf, Socket, Udp
from msapemu.ctl.errors import MsapemuError
from msapemu.lab.compile import compile_shelf
from msapemu.lab.kernel import Glue, Namespace, Resource, SocketFile, Tap
from msapemu.lab.network import Client, Network
from msapemu.lab.places import Place, place_of
from msapemu.lab.record import Record, deployed_labs, read_record
from msapemu.node.names import PortName


@dataclass(frozen=True, slots=True)
class Wanted:
    """`resources` in the order of making, without the shelf processes; `places` by client port."""

    network: Network
    resources: tuple[Resource, ...]
    places: Mapping[PortName, Place]

    def configs(self, links: Mapping[PortName, Udp | Satop]) -> dict[str, Shelf]:
        """By shelf."""
        namespaces = {port: place.path for port, place in self.places.items()}
        return {name: compile_shelf(self.network, name, links, namespaces) for name in self.network.shelves}


def want(network: Network, made: Sequence[Resource] = ()) -> Wanted:
    """`made`: what the lab has already; it is wanted again as it is where it still serves. MsapemuError, with
    everything that stands in the way, one line each."""
    ours = {resource.name for resource in made if isinstance(resource, Namespace)}
    keys = {resource.key for resource in made}
    resources: list[Resource] = []
    places: dict[PortName, Place] = {}
    faults: list[MsapemuError] = []
    owners = _owners()
    for client in network.interfaces:
        try:
            place = place_of(client, ours)
            if not client.tun:
                places[client.port] = place
            if place.identity is not None and (owner := owners.get(client.netns)) is not None:
                raise MsapemuError(f"{client.port}: {client.place} is that of lab {owner}, and goes with it")
            for resource in _resources(client, place, made):
                other = next((one for one in resources if one.key == resource.key), None)
                if isinstance(other, Tap):
                    raise MsapemuError(f"{client.port}: {client.tap} ({client.place}) is that of {other.port}")
                if other is None:
                    if resource.key not in keys:
                        _check_free(client, resource, place)
                    resources.append(resource)
        except MsapemuError as error:
            faults.append(error)
    for socket in _sockets(network):
        if socket.key not in keys and socket.exists():
            faults.append(MsapemuError(f"{socket.channel}: there is a file {socket.path} already"))
        resources.append(socket)
    if faults:
        worst = max(faults, key=lambda error: error.status)
        raise type(worst)("\n".join(dict.fromkeys(map(str, faults))))
    order = [Namespace, Tap, Glue, SocketFile]
    resources.sort(key=lambda resource: order.index(type(resource)))
    return Wanted(network, tuple(resources), places)


def _sockets(network: Network) -> Iterator[SocketFile]:
    """Sockets and pseudo-terminals that are not in the shelves' folders."""
    for channel in network.channels:
        if channel.socket.startswith("/"):
            yield SocketFile(str(channel), channel.socket)
    ends = [(user.port, user.end) for user in network.e1_users] + [(user.port, user.end) for user in network.v35_users]
    for port, end in ends:
        if isinstance(end, Socket | Pty) and end.path.startswith("/"):
            yield SocketFile(str(port), end.path)


def _owners() -> dict[str | None, str]:
    """The namespaces that labs have made, and which lab."""
    return {
        resource.name: lab
        for lab in deployed_labs()
        if (record := _readable(lab)) is not None
        for resource in record.made
        if isinstance(resource, Namespace)
    }


def _readable(lab: str) -> Record | None:
    try:
        return read_record(lab)
    except MsapemuError:
        return None  # its own commands say so


def _resources(client: Client, place: Place, made: Sequence[Resource]) -> list[Resource]:
    result: list[Resource] = []
    if place.made is not None:
        result.append(Namespace(place.made))
    port, glued = str(client.port), client.interface is not None
    result.append(
        Tap(
            port, client.tap, place.path, place.identity, client.mtu, client.addresses, quiet=glued, tun=client.tun
        )
    )
    if client.interface is not None:
        result.append(_glue(client, client.interface, place, made))
    return result


def _glue(client: Client, interface: str, place: Place, made: Sequence[Resource]) -> Glue:
    for resource in made:
        if (
            isinstance(resource, Glue)
            and (resource.netns, resource.identity) == (place.path, place.identity)
            and (resource.interface, resource.tap) == (interface, client.tap)
            and resource.exists()
        ):
            return resource
    if place.made is not None:
        raise MsapemuError(f"{client.port}: there is no interface {interface}: there is no {client.place}")
    return Glue.find(str(client.port), interface, client.tap, place.path, place.identity, client.mtu)


def _check_free(client: Client, resource: Resource, place: Place) -> None:
    if (
        isinstance(resource, Tap)
        and not (place.made and not Namespace(place.made).exists())
        and resource.exists()
    ):
        raise MsapemuError(f"{client.port}: there is an interface {client.tap} already ({client.place})")
