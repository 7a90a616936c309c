"""Labs that are measured: two shelves with a circuit, and many shelves with nothing to do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.peers import Link
from msapemu.bench.link.place import find
from msapemu.bench.link.run import loops
from msapemu.lab.deploy import deploy
from msapemu.lab.destroy import destroy
from msapemu.lab.record import Record
from msapemu.lab.vcg.running import running

CIRCUITS = {"vc4": "via: vc4", "vc12-63v": "via: vc12, members: 63, lcas: true", "vc12-5v": "via: vc12, members: 5"}


def text(name: str, pairs: int, circuit: str) -> str:
    """The file of a lab of pairs of shelves, each pair with a circuit between two TAPs."""
    nodes, links, clients, circuits = [], [], [], []
    for number in range(pairs):
        a, z = f"a{number}", f"z{number}"
        for node in (a, z):
            nodes.append(f"    {node}: {{slots: {{1: {{card: stm1, ports: 1}}, 2: {{card: eth, ports: 1}}}}}}")
            clients.append(f"    - {{port: '{node}:2/1', tap: lan0, netns: {name}-{node}}}")
        links.append(f"    - {{endpoints: ['{a}:1/1', '{z}:1/1']}}")
        circuits.append(f"  - {{name: c{number}, a: '{a}:2/1', z: '{z}:2/1', {circuit}}}")
    parts = [f"name: {name}", "topology:", "  nodes:", *nodes, "  links:", *links, "  clients:", *clients]
    return "\n".join([*parts, "circuits:", *circuits, ""])


@contextmanager
def deployed(name: str, pairs: int, circuit: str) -> Iterator[Record]:
    """That lab, in a place of its own; gone after the block."""
    with TemporaryDirectory() as folder:
        before = os.environ.get("MSAPEMU_RUN_DIR")
        os.environ["MSAPEMU_RUN_DIR"] = f"{folder}/run"
        try:
            path = Path(folder) / "lab.yaml"
            path.write_text(text(name, pairs, circuit))
            record = deploy(path)
            try:
                yield record
            finally:
                destroy(name)
        finally:
            if before is None:
                del os.environ["MSAPEMU_RUN_DIR"]
            else:
                os.environ["MSAPEMU_RUN_DIR"] = before


@contextmanager
def lab(kind: str, name: str) -> Iterator[Link]:
    """Two shelves and a circuit of CIRCUITS between them."""
    with deployed(name, 1, CIRCUITS[kind]) as record, running(name) as shelves:
        yield Link(find(shelves, None), lambda: loops(record))
