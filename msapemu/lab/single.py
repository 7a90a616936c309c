"""One shelf of a lab file on its own, in the foreground: in a container, or a link away from the others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msapemu.ctl.config import Satop, Shelf, Udp
from msapemu.ctl.errors import UsageError
from msapemu.lab.deploy import building, write_config
from msapemu.lab.kernel.process import ShelfProcess
from msapemu.lab.machine import check_machine
from msapemu.lab.network import Network
from msapemu.lab.ports import transport
from msapemu.lab.record import Record
from msapemu.lab.resolve import load_network
from msapemu.lab.wanted import want
from msapemu.node.names import PortName

_ADDRESS = r"(?:[^\s,\[\]:]+|\[[0-9a-fA-F:.]+\]):\d{1,5}"
_LINK = re.compile(rf"([1-9][0-9]?/[1-9][0-9]?)=({_ADDRESS}),({_ADDRESS})")


@contextmanager
def single_shelf(path: Path, node: str, links: Sequence[str]) -> Iterator[tuple[Shelf, Path]]:
    """The shelf's configuration and directory; its interfaces are there while the block runs.

    `links`: "PORT=LOCAL,PEER" for each line port that is plugged in. Raises as `deploy` does.
    """
    network = only(load_network(path), node)
    plugged = dict(_link(network, node, text) for text in links)
    check_machine(network)
    wanted = want(network)
    record = Record(network.name, str(path.absolute()))
    with building(record, keep=False):
        for resource in wanted.resources:
            record.make(resource)
        shelf = wanted.configs(plugged)[node]
        write_config(shelf)
        record.made.append(ShelfProcess(record.lab, node))  # this process: to be inspected
        record.write()
        try:
            yield shelf, ShelfProcess(record.lab, node).folder
        finally:
            record.made.pop()


def only(network: Network, node: str) -> Network:
    """The part of the network that is at one shelf, as a lab LAB.NODE: several may run on one machine."""
    if node not in network.shelves:
        raise UsageError(f"--node: there is no node {node!r} (nodes: {', '.join(network.shelves)})")
    return Network(
        f"{network.name}.{node}",
        {node: network.shelves[node]},
        network.clocks,
        tuple(link for link in network.links if node in (link.a.shelf, link.z.shelf)),
        tuple(client for client in network.clients if client.port.shelf == node),
        tuple(circuit for circuit in network.circuits if node in circuit.shelves),
        tuple(channel for channel in network.channels if channel.line.shelf == node),
        network.connections,
        network.loops,
        tuple(circuit for circuit in network.pdh_circuits if node in circuit.shelves),
        tuple(user for user in network.e1_users if user.port.shelf == node),
        tuple(user for user in network.v35_users if user.port.shelf == node),
        network.framings,
    )


def _link(network: Network, node: str, text: str) -> tuple[PortName, Udp | Satop]:
    match = _LINK.fullmatch(text)
    if not match:
        raise UsageError(f"--link: {text!r} is not PORT=LOCAL,PEER (such as 1/1=0.0.0.0:5001,192.0.2.7:5001)")
    port = PortName.parse(f"{node}:{match[1]}")
    if fault := network.shelves[node].port_fault(port, "line"):
        raise UsageError(f"--link: {fault}")
    link = next((one for one in network.links if port in one.ends), None)
    return port, Udp(match[2], match[3]) if link is None else transport(link, match[2], match[3])
