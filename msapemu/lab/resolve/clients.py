"""`topology.clients`: what is attached to client ports: here of Ethernet, in users.py of E1 and V.35."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from msapemu.lab import model
from msapemu.lab.document import Problem, Where
from msapemu.lab.model import Lab
from msapemu.lab.network import Client, Link, glue_tap
from msapemu.lab.resolve.shelves import Shelves
from msapemu.lab.resolve.users import e1_user, socket_of, strange_keys, v35_user
from msapemu.lab.trails import E1User, V35User
from msapemu.node.cards import PortKind
from msapemu.node.names import PortName

SMALLEST_IPV6_MTU = 1280  # RFC 8200 5


@dataclass(slots=True)
class Attached:
    """By the kind of port."""

    clients: list[Client] = field(default_factory=list)
    e1: list[E1User] = field(default_factory=list)
    v35: list[V35User] = field(default_factory=list)
    taken: dict[tuple[str, str], PortName] = field(default_factory=dict)  # interfaces and sockets, by place: whose

    @property
    def ports(self) -> set[PortName]:
        return {*(one.port for one in self.clients), *(one.port for one in self.e1), *(one.port for one in self.v35)}


def resolve_clients(lab: Lab, shelves: Shelves, links: Sequence[Link], problems: list[Problem]) -> Attached:
    """Ports and interfaces used twice, and keys that exclude each other, or go with another kind of port."""
    attached = Attached()
    plugged = {end for link in links for end in link.ends}
    ports: dict[PortName, int] = {}
    for index, client in enumerate(lab.topology.clients):
        where: Where = ("topology", "clients", index)
        kind = shelves.kind(client.port)
        if kind not in ("e1", "v35"):
            shelves.holds(client.port, "client", (*where, "port"), problems)
        if kind == "e1" and client.port in plugged:
            what = f"{client.port} is a line: a link is plugged into it"
            problems.append(Problem((*where, "port"), what))
        if client.port in ports:
            first = ports[client.port]
            problems.append(
                Problem((*where, "port"), f"{client.port} is used twice (also in clients[{first}])")
            )
        ports.setdefault(client.port, index)
        problems.extend(strange_keys(client, kind, where))
        key = _attach(client, kind, attached, where, problems)
        if key is None:
            continue
        if key in attached.taken:
            what = "interface" if client.socket is None and client.pty is None and client.e1 is None else "socket"
            first = ports[attached.taken[key]]
            problems.append(Problem(where, f"the {what} {key[1]} of {key[0]} is used twice (also in clients[{first}])"))
        attached.taken.setdefault(key, client.port)
    return attached


def _attach(
    client: model.Client, kind: PortKind | None, attached: Attached, where: Where, problems: list[Problem]
) -> tuple[str, str] | None:
    """What nobody else may have: an interface or a socket, and where that is."""
    if kind == "e1":
        e1s = e1_user(client, where, problems)
        attached.e1 += e1s
        return socket_of(e1s[0].port, e1s[0].end) if e1s else None
    if kind == "v35":
        users = v35_user(client, where, problems)
        attached.v35 += users
        if not users:
            return None
        if (tun := users[0].interface) is not None:
            return tun.place, tun.tap
        return socket_of(users[0].port, users[0].end)
    problems.extend(_exclusive(client, where))
    if (resolved := _client(client)) is None:
        return None
    attached.clients.append(resolved)
    return resolved.place, client.interface or resolved.tap


def _client(client: model.Client) -> Client | None:
    tap = client.tap if client.interface is None else glue_tap(client.interface)
    if tap is None:
        return None
    addresses = tuple(str(address) for address in client.address)
    return Client(client.port, client.interface, tap, client.netns, client.container, addresses, client.mtu)


def _exclusive(client: model.Client, where: Where) -> list[Problem]:
    problems = []
    if client.netns is not None and client.container is not None:
        problems.append(Problem(where, "netns and container exclude each other"))
    if client.interface is None and client.tap is None:
        problems.append(Problem(where, "needs tap (an interface to make) or interface (one that exists)"))
    if client.interface is not None:
        if client.tap is not None:
            problems.append(Problem(where, "tap and interface exclude each other"))
        if client.address:
            problems.append(Problem((*where, "address"), "an existing interface keeps its own addresses"))
    if client.mtu < SMALLEST_IPV6_MTU and any(address.version == 6 for address in client.address):
        problems.append(
            Problem((*where, "mtu"), f"IPv6 addresses need an MTU of at least {SMALLEST_IPV6_MTU}")
        )
    texts = [str(address) for address in client.address]
    problems.extend(
        Problem((*where, "address"), f"{text} is given twice")
        for text in dict.fromkeys(texts)
        if texts.count(text) > 1
    )
    return problems
