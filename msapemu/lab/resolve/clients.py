"""`topology.clients`: what is attached to client ports: here of Ethernet, in users.py of E1 and V.35."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from msapemu.lab import model
from msapemu.lab.document import Problem, Where
from msapemu.lab.model import Lab
from msapemu.lab.network import Client, Link, glue_tap
from msapemu.lab.resolve.shelves import Shelves
from msapemu.lab.resolve.users import e1_user, strange_keys, v35_user
from msapemu.lab.trails import E1User, V35User
from msapemu.node.names import PortName

SMALLEST_IPV6_MTU = 1280  # RFC 8200 5


@dataclass(slots=True)
class Attached:
    """By the kind of port."""

    clients: list[Client] = field(default_factory=list)
    e1: list[E1User] = field(default_factory=list)
    v35: list[V35User] = field(default_factory=list)

    @property
    def ports(self) -> set[PortName]:
        return {*(one.port for one in self.clients), *(one.port for one in self.e1), *(one.port for one in self.v35)}

    @property
    def interfaces(self) -> list[Client]:
        return [*self.clients, *(one.interface for one in self.v35 if one.interface is not None)]


def resolve_clients(lab: Lab, shelves: Shelves, links: Sequence[Link], problems: list[Problem]) -> Attached:
    """Ports and interfaces used twice, and keys that exclude each other, or go with another kind of port."""
    attached = Attached()
    plugged = {end for link in links for end in link.ends}
    ports: dict[PortName, int] = {}
    interfaces: dict[tuple[str, str], int] = {}
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
        resolved: Client | None
        if kind == "e1":
            attached.e1 += e1_user(client, where, problems)
            continue
        if kind == "v35":
            users = v35_user(client, where, problems)
            attached.v35 += users
            resolved = users[0].interface if users else None
        else:
            problems.extend(_exclusive(client, where))
            resolved = _client(client)
        if resolved is None:
            continue
        key = (resolved.place, client.interface or resolved.tap)
        if key in interfaces:
            what = f"the interface {key[1]} of {key[0]} is used twice (also in clients[{interfaces[key]}])"
            problems.append(Problem(where, what))
        interfaces.setdefault(key, index)
        if kind != "v35":
            attached.clients.append(resolved)
    return attached


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
