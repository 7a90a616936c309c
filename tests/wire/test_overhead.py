"""All overhead octets: sent as set, read as received, against the second implementation (STANDARDS 1, 3, 5)."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from msapemu._framing import REMOTE_DEFECTS, Group, Line, LineMap
from tests.ref import pointer, stmn, vc4, vc12
from tests.ref.line import Builder, Client, Content, MultiBuilder, MultiParser
from tests.ref.section import SectionSink
from tests.ref.stmn import StmN
from tests.wire import spoil
from tests.wire.lines import Reader, frames_of, map_of
from tests.wire.spoil import MEMBER, idle_line, with_changes

RATES = {"stm1": 1, "stm4": 4, "stm16": 16}
NAME = "{}.{}.{}".format(*MEMBER)
PATH_OCTETS = ("f2", "f3", "k3", "n1")
Place = tuple[int, int, int]


def made(n: int) -> set[Place]:
    """Octets that are no user's: framing, J0, parities, pointers, APS, SSM, REI."""
    columns = range(1, n + 1)
    whole = {(a, b, c) for a, b in [*[(1, b) for b in range(1, 7)], (5, 1), (5, 2), (5, 3)] for c in columns}
    pointers = {(4, b, c) for b in range(1, 10) for c in columns}
    return whole | pointers | {stmn.PLACES[name] for name in ("J0", "B1", "K1", "K2", "S1")} | {stmn.M1_PLACES[n]}


def free(n: int) -> list[Place]:
    places = [(a, b, c) for a in range(1, 10) for b in range(1, 10) for c in range(1, n + 1)]
    return [place for place in places if place not in made(n)]


# -- sections


@pytest.mark.parametrize("rate", RATES)
def test_every_free_octet_of_the_sections(rate: str) -> None:
    """Each has its own value, in its place on the line, and is read from there."""
    n, values = RATES[rate], random.Random(5)
    octets = {place: values.randrange(256) for place in free(n)}
    source, sink = Line(rate=rate, section={"soh": octets}), Line(rate=rate)
    line = source.build(3)
    sink.parse(line)
    stm = StmN(n)
    plain = stm.scramble(frames_of(line, n)[2])
    rows = [plain[stm.index(a, 1) : stm.index(a, 9 * n) + 1] for a in range(1, 10)]
    assert sink.overhead()["soh"] == b"".join(rows)
    assert {(a, b, c): rows[a - 1][n * (b - 1) + c - 1] for a, b, c in octets} == octets


@pytest.mark.parametrize("rate", RATES)
def test_what_is_not_set(rate: str) -> None:
    """Zeros, but for row 1: it is not scrambled."""
    n, sink = RATES[rate], Line(rate=rate)
    sink.parse(Line(rate=rate).build(3))
    soh = sink.overhead()["soh"]
    for a, b, c in free(n):
        assert soh[9 * n * (a - 1) + n * (b - 1) + c - 1] == (0xAA if a == 1 else 0)


@pytest.mark.parametrize("rate", RATES)
def test_named_octets_of_the_sections(rate: str) -> None:
    """Set in the core and read by the second implementation, and the other way."""
    n, names = RATES[rate], [*(name for name in stmn.PLACES if name not in ("J0", "B1"))]
    octets = {name: 0x11 + 5 * i for i, name in enumerate(names)}
    source = Line(rate=rate, section={name.lower(): octet for name, octet in octets.items()})
    judge = SectionSink(n)
    for frame in frames_of(source.build(2), n):
        judge.feed(frame)
    assert octets.items() <= judge.soh[-1].items()

    contents = [Content("vc4", [Client()], width=n)] if n > 1 else [Content()]
    builder = MultiBuilder(n, contents, soh={name: lambda _, octet=octet: octet for name, octet in octets.items()})  # type: ignore[misc]
    sink = Line(rate=rate)
    sink.parse(builder.line(4))
    got = sink.overhead()
    assert {name.lower(): octet for name, octet in octets.items()}.items() <= got["octets"].items()
    assert (got["k1"], got["k2"], got["s1"]) == (octets["K1"], octets["K2"], octets["S1"] & 15)


@pytest.mark.parametrize("rate", RATES)
def test_octets_that_cannot_be_set(rate: str) -> None:
    """And nothing is changed by a call that is refused."""
    n = RATES[rate]
    line, untouched = Line(rate=rate), Line(rate=rate)
    for place in sorted(made(n)):
        with pytest.raises(ValueError, match="is not free"):
            line.set(e1=1, soh={place: 1})
    for place in [(0, 1, 1), (10, 1, 1), (2, 10, 1), (2, 1, n + 1), (2, 1, 0)]:
        with pytest.raises(ValueError, match="no octet"):
            line.set(k1=1, soh={place: 1})
    for wrong in ({"e1": 256}, {"k1": -1}, {"soh": {(2, 2, 1): 256}}, {"exc": 6}, {"deg": 4}, {"bad_seconds": 1}):
        with pytest.raises(ValueError, match="must be"):
            line.set(f1=1, **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no setting 'e3' here"):
        line.set(j0="x", e3=1)
    assert line.build(20) == untouched.build(20)


@pytest.mark.parametrize("octet", ["K1", "K2", "S1"])
def test_aps_and_ssm_are_accepted_after_three(octet: str) -> None:
    before = Line().overhead()[octet.lower()]
    for count in (2, 3):
        changes = [spoil.soh(n, octet, 0x0A) for n in range(40, 40 + count)]
        line = Reader().parse(with_changes(idle_line((), 40 + count), changes)).line
        expected = 0x0A if count == 3 else (0x0B if octet == "S1" else before)
        assert line.overhead()[octet.lower()] == expected == line.counters()[octet.lower()]


# -- paths


def test_octets_of_a_vc4() -> None:
    values = {"c2": 0x12, "g1": 0b101, "f2": 0x21, "f3": 0x32, "k3": 0x43, "n1": 0x54}
    source = Line(vc4=values)
    source.apply(map_of(Group()))
    judge = MultiParser(1, whole_file=True).feed_all(frames_of(source.build(6), 1))
    poh = judge.au[1].poh4[-1]
    assert {name: poh[name.upper()] for name in values} == values
    builder = Builder(poh4={name.upper(): lambda _, octet=octet: octet for name, octet in values.items()})  # type: ignore[misc]
    reader = Reader().parse(builder.frames(20))
    got = reader.line.overhead(1)
    assert {name: got["octets"][name] for name in values} == values
    assert (got["c2"], got["k3"], got["n1"], got["octets"]["h4"]) == (0x12, 0x40, 0x54, 0)


@pytest.mark.parametrize("rate", ["stm4", "stm16"])
def test_octets_of_a_concatenated_vc4(rate: str) -> None:
    """They stand in the first column only."""
    n, values = RATES[rate], {"f2": 1, "f3": 2, "k3": 0x30, "n1": 4}
    source, sink = Line(rate=rate, vc4=values), Line(rate=rate)
    for line in (source, sink):
        line.apply(LineMap("vc4", [(Group(), ())], width=n))
    octets = source.build(8)
    sink.parse(octets)
    judge = MultiParser(n, [n], whole_file=True).feed_all(frames_of(octets, n))
    poh = judge.au[1].poh4[-1]
    assert {name: poh[name.upper()] for name in values} == values
    assert sink.overhead(1)["octets"] | values == sink.overhead(1)["octets"]
    assert sink.defects == ()


def tug_line(**tributary: Any) -> tuple[Line, Line]:
    lines = (Line(**tributary), Line(**tributary))
    for line in lines:
        line.apply(LineMap("tug", [(Group(), (NAME,)), (Group(), ("3",))]))
    return lines


def test_octets_of_a_vc3() -> None:
    values = {"c2": 0x12, "g1": 0b011, "f2": 0x21, "f3": 0x32, "k3": 0x43, "n1": 0x54}
    source, sink = tug_line(vc3=values)
    octets = source.build(60)
    sink.parse(octets)
    judge = MultiParser(1, whole_file=True).feed_all(frames_of(octets, 1))
    poh = judge.au[1].vc3[3].poh[-1]
    assert {name: poh[name.upper()] for name in values} == values
    got = sink.overhead(1, "3")
    assert {name: got["octets"][name] for name in values} == values
    assert (got["c2"], got["k3"], got["n1"]) == (0x12, 0x40, 0x54)
    assert sink.overhead(1)["octets"]["f2"] == 0  # the VC-4's own


def test_octets_of_a_vc12() -> None:
    source, sink = tug_line(vc12={"n2": 0x8C, "k4": 0x2B, "label": 4, "rfi": True})
    octets = source.build(80)
    sink.parse(octets)
    judge = MultiParser(1, whole_file=True).feed_all(frames_of(octets, 1))
    overhead = judge.au[1].vc12[MEMBER].overhead[-1]
    assert (overhead.n2, overhead.k4 & 0x3F, overhead.label) == (0x8C, 0x2B, 4)
    got = sink.overhead(1, NAME)
    assert (got["n2"], got["aps"], got["label"], got["octets"]["v5"] >> 4 & 1) == (0x8C, 2, 4, 1)
    assert got["octets"]["k4"] & 0x3F == 0x2B


def test_path_octets_are_accepted_after_three() -> None:
    for name, octet, value in (("N1", 0x77, 0x77), ("K3", 0xA5, 0xA0)):
        for count in (2, 3):
            changes = [spoil.poh4(n, name, octet) for n in range(40, 40 + count)]
            got = Reader().parse(with_changes(idle_line((), 40 + count), changes)).line.overhead(1)
            assert got[name.lower()] == (value if count == 3 else 0)
            assert got["octets"][name.lower()] == octet
    for name, key, octet, value in (("N2", "n2", 0x77, 0x77), ("K4", "aps", 0x20, 2)):
        for count in (2, 3):
            members = (MEMBER,)
            changes = [spoil.poh12(n, name, octet) for n in range(20, 20 + count)]
            reader = Reader(members).parse(with_changes(idle_line(members, 4 * (20 + count) + 4), changes))
            got = reader.line.overhead(1, NAME)
            assert got[key] == (value if count == 3 else 0), (name, count)


def test_settings_of_paths_that_cannot_be() -> None:
    line, untouched = Line(), Line()
    for one in (line, untouched):
        one.apply(map_of(Group(), [MEMBER]))
    for member, wrong in [
        *[
            (None, values)
            for values in ({"c2": 256}, {"g1": 8}, {"n1": -1}, {"exc": 2}, {"deg": 10}, {"bad_percent": 0})
        ],
        *[("2", values) for values in ({"expect_c2": 999}, {"k3": 256}, {"bad_seconds": 11})],
        *[(NAME, values) for values in ({"label": 8}, {"k4": 64}, {"n2": 256}, {"bad_percent": 101})],
    ]:
        with pytest.raises(ValueError, match="must be"):
            line.set_path(1, member, e_rdi=True, **wrong)  # type: ignore[arg-type]
    for member, name in ((None, "n2"), (NAME, "n1"), ("1", "label")):
        with pytest.raises(ValueError, match="no setting"):
            line.set_path(1, member, e_rdi=True, **{name: 1})
    for vc4_number in (0, 2):
        with pytest.raises(ValueError, match="has no VC-4"):
            line.set_path(vc4_number, n1=1)
        with pytest.raises(ValueError, match="has no VC-4"):
            line.overhead(vc4_number)
    with pytest.raises(ValueError, match="is no VC-12"):
        line.set_path(1, "4", n1=1)
    assert line.build(40) == untouched.build(40)


@pytest.mark.parametrize(
    ("sent", "awaited", "mismatch"), [(0x12, None, True), (0x01, None, False), (0x12, 0x01, False)]
)
def test_non_specific_is_no_mismatch_either_way(sent: int, awaited: int | None, mismatch: bool) -> None:
    """C2 01 and label 1, sent or awaited (STANDARDS 11, PLM)."""
    source, sink = Line(vc4={"c2": sent}), Line(vc4={"expect_c2": awaited})
    for line in (source, sink):
        line.apply(map_of(Group()))
    sink.parse(source.build(20))
    assert sink.defects == (("HP-PLM",) if mismatch else ())
    label, expect = (1 if sent == 1 else 2), awaited
    source, sink = tug_line()
    source.set_path(1, NAME, label=label)
    sink.set_path(1, NAME, expect_label=expect)
    sink.parse(source.build(200))
    assert ((0, "LP-PLM") in {(0, event[2]) for event in sink.events()}) == mismatch


def test_a_label_may_be_awaited_against_the_map() -> None:
    source, sink = Line(vc4={"c2": 0x13}), Line(vc4={"expect_c2": 0x13})
    for line in (source, sink):
        line.apply(map_of(Group()))
    sink.parse(source.build(20))
    assert "HP-PLM" not in {event[2] for event in sink.events()}
    sink.set_path(expect_c2=None)
    assert [event[2:] for event in sink.events()] == [("HP-PLM", "raise")]
    sink.set_path(expect_c2=0x13)
    assert [event[2:] for event in sink.events()] == [("HP-PLM", "clear")]


# -- remote defects


def spoilt(changes: Callable[[int], list[spoil.Change]]) -> Callable[[int, bytes], bytes]:
    """Changes of frames 0..3, applied to whichever frame of its TU multiframe it is."""

    def hurt(number: int, frame: bytes) -> bytes:
        mine = [(0, at, octet) for quarter, at, octet in changes(0) if quarter % 4 == number % 4]
        return with_changes([frame], mine)[0]

    return hurt


def every_frame(changes: Callable[[int], list[spoil.Change]]) -> Callable[[int, bytes], bytes]:
    return lambda number, frame: with_changes([frame], changes(0))[0]


FAULTS: dict[str, tuple[Callable[[int, bytes], bytes], str, str]] = {
    "AU-AIS": (every_frame(lambda n: spoil.au_pointer(n, pointer.AIS)), "vc4", "server"),
    "AU-LOP": (every_frame(lambda n: spoil.au_pointer(n, 0)), "vc4", "server"),
    "HP-UNEQ": (every_frame(lambda n: [spoil.poh4(n, "C2", 0)]), "vc4", "connectivity"),
    "HP-TIM": (every_frame(lambda n: [spoil.poh4(n, "J1", 1)]), "vc4", "connectivity"),
    "HP-PLM": (every_frame(lambda n: [spoil.poh4(n, "C2", 0x12)]), "vc4", "payload"),
    "TU-AIS": (spoilt(lambda n: spoil.tu_pointer(n, pointer.AIS)), "vc12", "server"),
    "TU-LOP": (spoilt(lambda n: spoil.tu_pointer(n, 0)), "vc12", "server"),
    "LP-UNEQ": (spoilt(lambda n: [spoil.poh12(n, "V5", 0)]), "vc12", "connectivity"),
    "LP-TIM": (spoilt(lambda n: [spoil.poh12(n, "J2", 1)]), "vc12", "connectivity"),
    "LP-PLM": (spoilt(lambda n: [spoil.poh12(n, "V5", 4)]), "vc12", "payload"),
}
# bits 5-7 of G1 and K4 (STANDARDS 3)
ENHANCED = {"server": 0b101, "connectivity": 0b110, "payload": 0b010, "none": 0b001}


@pytest.mark.parametrize("enhanced", [False, True], ids=["one bit", "enhanced"])
@pytest.mark.parametrize("fault", FAULTS)
def test_what_the_far_end_is_told(fault: str, enhanced: bool) -> None:
    """The kind of a defect by enhanced RDI, and its bits on the line; by one-bit RDI that there is one, but for PLM."""
    hurt, path, kind = FAULTS[fault]
    setting = {"e_rdi": enhanced}
    a = Line(vc4=setting, vc12=setting)
    b = Line(vc4=setting, vc12=setting, expect_j1="msapemu", expect_j2="msapemu")
    for line in (a, b):
        line.apply(map_of(Group(), [MEMBER]))
    answers: list[bytes] = []

    def run(frames: int, spoiler: Callable[[int, bytes], bytes] | None = None) -> None:
        for _ in range(frames):
            sent, answer = a.build(1), b.build(1)
            number = a.counters()["tx_frames"] - 1
            b.parse(spoiler(number, sent) if spoiler else sent)
            a.parse(answer)
            answers.append(answer)

    def told() -> tuple[str, int]:
        """As a says, and as it stands on the line."""
        judge = MultiParser(1, whole_file=True).feed_all(answers[-24:])
        got = a.overhead(1) if path == "vc4" else a.overhead(1, NAME)
        if path == "vc4":
            return got["rdi"], judge.au[1].poh4[-1]["G1"] >> 1 & 7
        overhead = judge.au[1].vc12[MEMBER].overhead[-1]
        assert enhanced is False or overhead.rdi == overhead.k4 >> 3 & 1
        return got["rdi"], overhead.k4 >> 1 & 7 if enhanced else overhead.rdi << 2

    event = {"vc4": "HP-RDI", "vc12": "LP-RDI"}[path]
    run(560)
    assert told() == ("none", ENHANCED["none"] if enhanced else 0)
    assert event not in {e[2] for e in a.events()}
    run(620, hurt)
    if enhanced:
        assert told() == (kind, ENHANCED[kind])
    else:
        assert told() == (("none", 0) if kind == "payload" else ("rdi", 0b100))
    changes = [e[3] for e in a.events() if e[2] == event]
    assert changes == ([] if kind == "payload" and not enhanced else ["raise"])
    run(620)
    assert told() == ("none", ENHANCED["none"] if enhanced else 0)
    assert [e[3] for e in a.events() if e[2] == event] == (["clear"] if changes else [])


@pytest.mark.parametrize("code", range(8))
@pytest.mark.parametrize("enhanced", [False, True], ids=["one bit", "enhanced"])
def test_every_code_of_a_far_end(code: int, enhanced: bool) -> None:
    """G1 bits 5-7 as sent by any equipment (STANDARDS 3): 100 and 111 are one-bit RDI; 000, 001, 011 none."""
    kinds = {0b010: "payload", 0b101: "server", 0b110: "connectivity", 0b100: "rdi", 0b111: "rdi"}
    expected = kinds.get(code, "none") if enhanced else "rdi" if code & 4 else "none"
    reader = Reader(vc4={"e_rdi": enhanced}).parse(Builder(poh4={"G1": lambda _: code << 1}).frames(20))
    assert reader.line.overhead(1)["rdi"] == expected
    assert expected in REMOTE_DEFECTS
    assert reader.defects() == ({"HP-RDI"} if expected != "none" else set())
    assert vc4.erdi_of(code) == (None if kinds.get(code, "none") == "none" else kinds[code])


@pytest.mark.parametrize("k4", range(8))
@pytest.mark.parametrize("v5", [0, 1])
def test_every_code_of_a_vc12s_far_end(k4: int, v5: int) -> None:
    """K4 bits 6 and 7 alike: it has one-bit RDI, which stands in V5."""
    expected = {0b010: "payload", 0b101: "server", 0b110: "connectivity", 0b001: "none"}.get(k4, ("none", "rdi")[v5])

    def octets(_: object, number: int) -> dict[str, int]:
        return {"rdi": v5, "k4": vc12.k4_octet(number, 0x0D, 0) | k4 << 1}

    builder = Builder(mapping="vc12", members=[MEMBER], poh12=octets)
    reader = Reader([MEMBER], vc12={"e_rdi": True}).parse(builder.frames(80))
    assert reader.line.overhead(1, NAME)["rdi"] == expected
    assert ("LP-RDI" in reader.defects()) == (expected != "none")
