"""Cross-connections of the core between two lines of the second implementation: no VC lost, doubled or changed."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from msapemu._framing import Line, LineMap
from tests.ref import tugmix
from tests.ref.line import AuParser, Client, Content, MultiBuilder, MultiParser
from tests.ref.stmn import StmN
from tests.ref.tug import ALL_TUS, Part

seeds = st.integers(0, 2**32 - 1)
no_shrinking = [Phase.explicit, Phase.reuse, Phase.generate]
BATCH = 4


def name(part: Part) -> str:
    """K or K.L.M as the core writes it."""
    return str(part) if isinstance(part, int) else "{}.{}.{}".format(*part)


def frames_of(octets: bytes, n: int) -> list[bytes]:
    size = StmN(n).size
    return [octets[i : i + size] for i in range(0, len(octets), size)]


def loop(line: Line, au: int, parts: Iterable[Part]) -> None:
    """Send back what comes, part by part: so a line also learns which TUG-3s hold a TU-3."""
    line.apply(LineMap("tug", cross={name(part): (line, au, name(part)) for part in parts}), vc4=au)


def assert_passed(sent: list[bytes], got: list[bytes], least: int) -> None:
    """What came out is one piece of what was sent, without a gap."""
    start = sent.index(got[0])
    assert got == sent[start : start + len(got)] and len(got) >= least


def octets_of(au: AuParser, part: Part) -> list[bytes]:
    return [vc.octets for vc in au.path(part).longest_run]


@given(seed=seeds)
@settings(max_examples=3, phases=no_shrinking)
def test_tus_pass(seed: int) -> None:
    """VC-12s and VC-3s whose pointers move go from either VC-4 of one line to other places of another."""
    rng, frames = Random(seed), 4 * 36
    whats = [tugmix.structure(rng, e1_octets=6000, e3_octets=100000) for _ in range(2)]
    for what in whats:
        what.contiguous = False
        tugmix.set_moving(rng, what, 24, frames, ("inc", "dec"))
    contents = [what.content() for what in whats] + [Content("unequipped"), Content("unequipped")]
    builder, sink = MultiBuilder(4, contents), Line(rate="stm4")
    in12 = [(au, tu) for au, what in enumerate(whats, 1) for tu in ALL_TUS if tu in what.parts]
    in3 = [(au, k) for au, what in enumerate(whats, 1) for k in what.tu3s]
    tu3s = rng.sample([1, 2, 3], min(len(in3), rng.randint(1, 2)))
    tu12s = rng.sample([tu for tu in ALL_TUS if tu[0] not in tu3s], min(len(in12), 20))
    froms: dict[Part, tuple[int, Part]] = dict(zip(tu12s, rng.sample(in12, len(tu12s)), strict=True))
    froms |= dict(zip(tu3s, rng.sample(in3, len(tu3s)), strict=True))
    source = Line(rate="stm1")
    cross = {name(to): (sink, au, name(part)) for to, (au, part) in froms.items()}
    source.apply(LineMap("tug", cross=cross))
    for au, what in enumerate(whats, 1):
        loop(sink, au, what.parts)
    lines, sent = [], b""
    for _ in range(frames // BATCH):
        batch = builder.frames(BATCH)
        lines += batch
        sink.parse(b"".join(batch))
        sent += source.build(BATCH)
    there = MultiParser(4, [1] * 4, whole_file=True).feed_all(lines)
    here = MultiParser(1, [1]).feed_all(frames_of(sent, 1)).au[1]
    assert here.b3_errors == 0
    for to, (au, part) in froms.items():
        least = frames - 24 if isinstance(to, int) else frames // 4 - 12
        assert_passed(octets_of(there.au[au], part), octets_of(here, to), least)


@pytest.mark.parametrize("width", [1, 4])
@given(seed=seeds)
@settings(max_examples=3, phases=no_shrinking)
def test_vc4s_pass(width: int, seed: int) -> None:
    """A VC-4 or VC-4-4c whose pointer moves goes to another place."""
    rng, frames = Random(seed), 60
    pointer = rng.randrange(783)
    whole = Content(
        "vc4",
        width=width,
        au_pointer=pointer,
        au_moves={8 + 4 * n: rng.choice(["inc", "dec"]) for n in range(12)},
        poh4={"N1": lambda n: n},
        on_vc4=lambda n, octets: octets.__setitem__(slice(-40, None), rng.randbytes(40)),
    )
    number = 5 - width  # of the AU-4 that it comes in
    builder = MultiBuilder(4, [*(Content("unequipped") for _ in range(4 - width)), whole])
    sink, source = Line(rate="stm4"), Line(rate="stm4", au_pointer=rng.randrange(783))
    source.apply(LineMap("cross", cross=(sink, number), width=width))
    sink.apply(LineMap("cross", cross=(sink, number), width=width), vc4=number)
    lines, sent = [], b""
    for _ in range(frames // BATCH):
        batch = builder.frames(BATCH)
        lines += batch
        sink.parse(b"".join(batch))
        sent += source.build(BATCH)
    there = MultiParser(4, whole_file=True).feed_all(lines).au[number]
    parser, of_sent = MultiParser(4, [width] + [1] * (4 - width)), frames_of(sent, 4)
    here = parser.feed_all(of_sent[:12]).au[1]
    in_ais = here.au4.concatenation_errors  # before anything has come: all pointers of an AU-4-4c are ones
    parser.feed_all(of_sent[12:])
    assert here.au4.concatenation_errors == in_ais <= 12 * (width - 1)
    got = [vc.octets for vc in here.vc4s]
    assert_passed([vc.octets for vc in there.vc4s], got[-(frames - 12) :], frames - 12)


def test_ais_passes_and_goes() -> None:
    """TU-AIS of a received TU is TU-AIS where it is sent; then the VC comes back."""
    clients = [Client(members=[2]), Client(members=[(1, 1, 1)])]
    builder = MultiBuilder(1, [Content("tug", clients, tu_ais=lambda part, number: 60 <= number < 100)])
    sink, source = Line(), Line()
    loop(sink, 1, [2, (1, 1, 1)])
    source.apply(LineMap("tug", cross={"3": (sink, 1, "2"), "1.7.3": (sink, 1, "1.1.1")}))
    parser = MultiParser(1, [1])
    of_tu3, of_tu12 = [], []
    for _ in range(50):
        sink.parse(builder.line(BATCH))
        for frame in frames_of(source.build(BATCH), 1):
            parser.feed(frame)
            au = parser.au[1]
            of_tu3.append(au.vc3[3].pointer.state.name if 3 in au.vc3 else "LOP")
            of_tu12.append(au.vc12[1, 7, 3].pointer.state.name)
    assert set(of_tu3[24:60]) == {"NORM"} and set(of_tu3[72:100]) == {"AIS"} and set(of_tu3[112:]) == {"NORM"}
    assert set(of_tu12[44:60]) == {"NORM"} and set(of_tu12[88:100]) == {"AIS"} and set(of_tu12[136:]) == {"NORM"}
