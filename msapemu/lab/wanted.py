"""Network -> what must be there on this machine for it, and each shelf's configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msapemu.ctl.config import Shelf, Udp
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

    def configs(self, links: Mapping[PortName, Udp]) -> dict[str, Shelf]:
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
    for channel in network.channels:
        if channel.socket.startswith("/"):
            socket = SocketFile(str(channel), channel.socket)
            if socket.key not in keys and socket.exists():
                faults.append(MsapemuError(f"{channel}: there is a file {channel.socket} already"))
            resources.append(socket)
    if faults:
        worst = max(faults, key=lambda error: error.status)
        raise type(worst)("\n".join(dict.fromkeys(map(str, faults))))
    order = [Namespace, Tap, Glue, SocketFile]
    resources.sort(key=lambda resource: order.index(type(resource)))
    return Wanted(network, tuple(resources), places)


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
