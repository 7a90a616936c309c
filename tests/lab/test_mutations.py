"""Lab files near the right one: whatever is changed, a network comes out or a clear refusal."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu.lab.compile import compile_shelf
from msapemu.lab.document import Document, LabFileError
from msapemu.lab.load import model_of
from msapemu.lab.network import Network
from msapemu.lab.resolve import resolve
from tests.lab.labfile import GOOD

WORDS = st.sampled_from(
    [
        "co", "branch", "co:1/1", "co:1/2", "co:2/1", "co:2/2", "branch:1/1", "branch:2/1", "branch:2/2", "1/1", "2/1",
        "stm1", "eth", "vc4", "vc12", "free", "line", "f", "t", "1.1.1", "3.7.3", "1ms", "lan0", "hq", "",
        "name", "card", "ports", "clock", "mode", "reference", "members", "line", "interface", "container", "netns",
    ]
)  # fmt: skip
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 70), st.floats(), st.integers(), WORDS, st.text(max_size=5)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.one_of(WORDS, st.integers(0, 9)), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(data: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield where
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from places(value, (*where, key))


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    data: Any = copy.deepcopy(GOOD)
    for _ in range(draw(st.integers(1, 4))):
        where = draw(st.sampled_from(sorted(places(data), key=repr)))
        at: Any = {"": data}
        for part in ("", *where)[:-1]:
            at = at[part]
        key = ("", *where)[-1]
        kind = draw(st.sampled_from(["replace", "remove", "add"]))
        if kind == "remove" and where:
            del at[key]
        elif kind == "add" and isinstance(at[key], list):
            at[key].append(draw(VALUES))
        elif kind == "add" and isinstance(at[key], dict):
            at[key][draw(WORDS | st.integers(0, 20))] = draw(VALUES)
        elif where:
            at[key] = draw(VALUES)
    return data


@settings(max_examples=400)
@given(mutated())
def test_a_network_or_a_refusal(data: Any) -> None:
    document = Document("lab.yaml", data)
    try:
        network = resolve(model_of(document), document)
    except LabFileError as error:
        assert all(line.startswith("lab.yaml: ") for line in str(error).splitlines())
    else:
        sound(network)


def sound(network: Network) -> None:
    """What a network promises."""
    ends = [end for link in network.links for end in link.ends]
    assert len(ends) == len(set(ends))
    pairs = [pair for circuit in network.circuits for pair in circuit.pairs]
    ports = [port for pair in pairs for port in (pair.a, pair.z)]
    assert len(ports) == len(set(ports))
    assert set(ports) <= {client.port for client in network.clients}
    used = [
        (bundle[0].out.shelf, container)
        for circuit in network.circuits
        for bundle in circuit.bundles
        for container in bundle[0].containers(circuit.via, out=True)
    ]
    assert len(used) == len(set(used))
    for circuit in network.circuits:
        assert (circuit.line_a.shelf, circuit.line_z.shelf) == (circuit.a.shelf, circuit.z.shelf)
        assert circuit.is_group == (circuit.size > 0)
        assert len(circuit.containers(True)) == len(circuit.containers(False)) == max(circuit.size, 1)
    for name in network.shelves:
        shelf = compile_shelf(network, name, {}, {client.port: None for client in network.clients})
        assert shelf.clock.mode == "free" or shelf.clock.reference in [line.port for line in shelf.lines]
