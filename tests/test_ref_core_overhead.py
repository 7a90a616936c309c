"""Overhead of core and second implementation: all settings in the same octets, all values read, channels both ways."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from msapemu._framing import Group, Line, LineMap
from tests.ref import paths, trace, vc4, vc12
from tests.ref.line import Client, Content, MultiBuilder, Parser
from tests.ref.tug import Part

seeds = st.integers(0, 2**32 - 1)
no_shrinking = [Phase.explicit, Phase.reuse, Phase.generate]
SECTION = ["K1", "E1", "F1", "E2", *(f"D{number}" for number in range(1, 13))]
PATH = ["F2", "F3", "K3", "N1"]
PARTS: list[Part] = [2, (1, 1, 1)]
ERDI = [None, "server", "connectivity", "payload"]


def named(part: Part) -> str:
    """K or K.L.M as the core writes it."""
    return str(part) if isinstance(part, int) else "{}.{}.{}".format(*part)


def a_trace(rng: Random, long: bool) -> str | bytes:
    """A text of 15, one octet, or, in J1, a text of 62 characters."""
    text = "".join(rng.choice("ABCDEFGH 0123456789") for _ in range(40))
    forms = ["a " + text[:9], bytes([rng.randrange(1, 128)])]
    return rng.choice([*forms, "J1 " + text] if long else forms)


def ref_trace(value: str | bytes) -> str | bytes:
    """For the reference: a text of more than 15 characters is the long form."""
    return trace.build_long(value) if isinstance(value, str) and len(value) > 15 else value


def same(octets: dict[str, int]) -> dict[str, Any]:
    """Octets that are the same in every frame, for the reference."""
    return {name: (lambda n, octet=octet: octet) for name, octet in octets.items()}


class Values:
    """Random settings, as the core and as the reference take them."""

    def __init__(self, rng: Random) -> None:
        self.j0, self.j1, self.j2 = a_trace(rng, False), a_trace(rng, True), a_trace(rng, False)
        self.section = {name: rng.randrange(256) for name in SECTION}
        self.section["K2"] = rng.randrange(32) << 3
        self.section["S1"] = rng.randrange(256)
        self.vc4 = {name: rng.randrange(256) for name in PATH}
        self.vc3 = {name: rng.randrange(256) for name in PATH}
        self.n2, self.k4 = rng.randrange(256), rng.randrange(64)
        self.e_rdi = rng.random() < 0.5

    def line(self) -> Line:
        """A port with a VC-3 and a VC-12."""
        section = {name.lower(): octet for name, octet in self.section.items()}
        of_vc4 = {name.lower(): octet for name, octet in self.vc4.items()}
        of_vc3 = {name.lower(): octet for name, octet in self.vc3.items()}
        line = Line(
            j0=self.j0,
            j1=self.j1,
            j2=self.j2,
            section=section,
            vc4=of_vc4 | {"e_rdi": self.e_rdi},
            vc3=of_vc3 | {"e_rdi": self.e_rdi},
            vc12={"n2": self.n2, "k4": self.k4, "e_rdi": self.e_rdi},
        )
        line.apply(LineMap("tug", [(Group(), (named(part),)) for part in PARTS]))
        return line

    def builder(self, defect: str | None = None) -> MultiBuilder:
        """The same port; `defect`: what its enhanced RDI tells."""
        g1 = {"G1": vc4.g1_enhanced(0, defect)} if self.e_rdi else {}
        rdi, bits = vc12.enhanced_rdi(defect) if self.e_rdi else (0, self.k4 & 0b1110)
        k4 = self.k4 & 0b110001 | bits

        def fields(tu: Part, number: int) -> dict[str, int]:
            of_group = vc12.k4_octet(number, vc12.EXTENDED_LABEL_GFP, 0)
            return {"n2": self.n2, "k4": of_group | k4, "rdi": rdi}

        content = Content(
            "tug",
            [Client(members=[part]) for part in PARTS],
            j1=ref_trace(self.j1),
            j2=self.j2,
            poh4=same(self.vc4 | g1),
            poh3={2: same(self.vc3 | g1)},
            poh12=fields,
        )
        return MultiBuilder(1, [content], j0=self.j0, soh=same(self.section))


@given(seed=seeds)
@settings(max_examples=8, phases=no_shrinking)
def test_the_same_octets_of_all_overhead(seed: int) -> None:
    """Traces of each form, K1 to D12, F2 F3 K3 N1 N2 K4; none of the codes of enhanced RDI."""
    values = Values(Random(seed))
    built, expected = values.line().build(70), values.builder().line(70)
    differing = [(i // 2430, i % 2430 // 270 + 1, i % 270 + 1) for i in range(len(built)) if built[i] != expected[i]]
    assert differing[:8] == []


@given(seed=seeds)
@settings(max_examples=4, phases=no_shrinking)
def test_the_core_reads_all_overhead(seed: int) -> None:
    rng = Random(seed)
    values, defect = Values(rng), rng.choice(ERDI)
    line = values.line()
    line.parse(values.builder(defect).line(560))  # a trace of one octet takes 128 of them to tell from the longer forms
    got = line.overhead()
    assert {name: got["octets"][name.lower()] for name in values.section} == values.section
    k1, k2, s1 = (values.section[octet] for octet in ("K1", "K2", "S1"))
    assert (got["k1"], got["k2"], got["s1"]) == (k1, k2, s1 & 0xF)
    j0, j1, j2 = (trace.octets_of(ref_trace(value)) for value in (values.j0, values.j1, values.j2))
    assert got["j0"] == j0
    kind = (defect or "none") if values.e_rdi else "none"
    for part, octets in ((None, values.vc4), ("2", values.vc3)):
        got = line.overhead(1, part)
        assert {name: got["octets"][name.lower()] for name in octets} == octets
        aps = octets["K3"] & 0xF0  # bits 1-4
        assert (got["k3"], got["n1"], got["rdi"], got["j1"]) == (aps, octets["N1"], kind, j1)
    got = line.overhead(1, "1.1.1")
    assert (got["n2"], got["j2"], got["rdi"], got["aps"]) == (values.n2, j2, kind, values.k4 >> 4)


# -- enhanced RDI back


@pytest.mark.parametrize(("far", "told"), [("ais", "server"), ("unequipped", "connectivity"), ("label", "payload")])
def test_the_core_tells_the_kind_of_defect(far: str, told: str) -> None:
    """In G1 of the VC-3 and in V5 and K4 of the VC-12: server, connectivity or payload defect (STANDARDS 3)."""
    line = Line(vc3={"e_rdi": True}, vc12={"e_rdi": True})
    line.apply(LineMap("tug", [(Group(), (named(part),)) for part in PARTS]))
    clients = [Client(members=[part]) for part in PARTS]
    if far == "ais":
        content = Content("tug", clients, tu_ais=lambda part, number: part in PARTS)
    elif far == "unequipped":
        content = Content("tug", tributaries={2: paths.unequipped3, (1, 1, 1): paths.unequipped12})
    else:
        content = Content("tug", clients, poh3={2: same({"C2": 0x13})}, poh12=lambda tu, number: {"label": 0b110})
    builder, sent = MultiBuilder(1, [content]), b""
    for _ in range(20):
        line.parse(builder.line(4))
        sent += line.build(4)
    parser = Parser(whole_file=True).feed_all(sent[i : i + 2430] for i in range(0, len(sent), 2430))
    overhead = parser.vc12[1, 1, 1].overhead[-1]
    assert (parser.vc3[2].erdi, overhead.erdi) == (told, told)
    assert overhead.rdi == (told != "payload") and not parser.vc3[2].rdi


# -- channels

CHANNELS = {
    "dcc-r": ("D1", "D2", "D3"),
    "dcc-m": tuple(f"D{number}" for number in range(4, 13)),
    "e1": ("E1",),
    "e2": ("E2",),
    "f1": ("F1",),
}


@pytest.mark.parametrize("name", CHANNELS)
def test_channels_of_the_sections(name: str) -> None:
    """What is written comes out in the order of the octets, and what the reference sends is read."""
    octets, rng = CHANNELS[name], Random(len(name))
    data = rng.randbytes(20 * len(octets))
    line = Line()
    channel = line.channel(name)
    assert channel.write(data) == len(data)
    sent = line.build(30)
    parser = Parser().feed_all(sent[i : i + 2430] for i in range(0, len(sent), 2430))
    assert parser.section.channel(*octets) == data + b"\xff" * (10 * len(octets))
    soh = {of: (lambda n, at=at: data[(n * len(octets) + at) % len(data)]) for at, of in enumerate(octets)}
    line.parse(MultiBuilder(1, [Content("unequipped")], soh=soh).line(60))
    got = channel.read()
    assert len(got) >= 40 * len(octets) and got[: len(data) - len(octets)] in data * 3


@pytest.mark.parametrize(("name", "member"), [("f2", None), ("f3", None), ("f2", "2"), ("f3", "2")])
def test_channels_of_the_paths(name: str, member: str | None) -> None:
    data = Random(name).randbytes(20)
    line = Line()
    line.apply(LineMap("tug", [(Group(), ("2",))]))
    channel = line.channel(name, member=member)
    assert channel.write(data) == 20
    sent = line.build(30)
    parser = Parser(whole_file=True).feed_all(sent[i : i + 2430] for i in range(0, len(sent), 2430))
    path = parser.vc3[2] if member else parser
    assert path.channel(name.upper())[:25] == data + b"\xff" * 5
    values = {name.upper(): lambda n: data[n % 20]}
    content = Content("tug", [Client(members=[2])], poh3={2: values} if member else {}, poh4={} if member else values)
    line.parse(MultiBuilder(1, [content]).line(60))
    got = channel.read()
    assert len(got) >= 40 and got[:19] in data * 3
