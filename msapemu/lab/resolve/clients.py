"""`topology.clients`: what is attached to the Ethernet ports."""

from __future__ import annotations

from msapemu.lab import model
from msapemu.lab.document import Problem, Where
from msapemu.lab.model import Lab
from msapemu.lab.network import Client, glue_tap
from msapemu.lab.resolve.shelves import Shelves
from msapemu.node.names import PortName

SMALLEST_IPV6_MTU = 1280  # RFC 8200 5


def resolve_clients(lab: Lab, shelves: Shelves, problems: list[Problem]) -> list[Client]:
    """Ports and interfaces used twice, and keys that exclude each other."""
    clients: list[Client] = []
    ports: dict[PortName, int] = {}
    interfaces: dict[tuple[str, str], int] = {}
    for index, client in enumerate(lab.topology.clients):
        where: Where = ("topology", "clients", index)
        shelves.holds(client.port, "client", (*where, "port"), problems)
        if client.port in ports:
            first = ports[client.port]
            problems.append(
                Problem((*where, "port"), f"{client.port} is used twice (also in clients[{first}])")
            )
        ports.setdefault(client.port, index)
        problems.extend(_exclusive(client, where))
        if (resolved := _client(client)) is None:
            continue
        key = (resolved.place, client.interface or resolved.tap)
        if key in interfaces:
            what = f"the interface {key[1]} of {key[0]} is used twice (also in clients[{interfaces[key]}])"
            problems.append(Problem(where, what))
        interfaces.setdefault(key, index)
        clients.append(resolved)
    return clients


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
