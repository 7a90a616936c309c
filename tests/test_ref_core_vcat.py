"""Virtual concatenation of core and second implementation: groups of any members over AU-4s and lines, with any
pointers and delays, with and without LCAS words: the same octets, and each reads the other's lines.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from msapemu._framing import Group, Line, LineMap
from tests.ref import gfp, lcas, vcat, vcatmix
from tests.ref.line import WHOLE
from tests.ref.stmn import StmN
from tests.ref.tug import Part
from tests.ref.vcatmix import Layout

seeds = st.integers(0, 2**32 - 1)
no_shrinking = [Phase.explicit, Phase.reuse, Phase.generate]
CHUNK = 4  # frames that a line is ahead of another
US = {"vc12": 500, "vc3": 125, "vc4": 125}  # of a VC
LEAD = {"vc12": 160, "vc3": 80, "vc4": 80}  # VCs, after which the core has aligned all members: multiframes, pointers


def name(part: Part) -> str:
    """K or K.L.M as the core writes it."""
    return str(part) if isinstance(part, int) else "{}.{}.{}".format(*part)


class Port:
    """The lines of the core that carry a layout, or read one."""

    def __init__(self, what: Layout, **options: object) -> None:
        """All AU-4s of a line are sent with the pointer of its first."""
        self.what = what
        self.group = Group(delay_limit_us=256_000, **options)  # type: ignore[arg-type]
        self.lines = [self._line(number) for number in range(what.lines)]

    def _line(self, number: int) -> Line:
        what = self.what
        here = [(n, place) for n, place in enumerate(what.places) if place.line == number]
        line = Line(
            rate=f"stm{what.n}",
            au_pointer=what.au_pointers[number, 1],
            tu_pointers={
                f"{au}:{name(part)}": value
                for au in range(1, what.n + 1)
                for part, value in what.tu_pointers[number, au].items()
            },
            delays={
                place.au if place.part == WHOLE else f"{place.au}:{name(place.part)}": what.delays.get(place, 0)
                for _, place in here
            },
        )
        for au in sorted({place.au for _, place in here}):
            numbers = {place.part: n for n, place in here if place.au == au}
            if WHOLE in numbers:
                line.apply(LineMap("vc4", [(self.group, numbers[WHOLE])]), vc4=au)
            else:
                members = {name(part): n for part, n in numbers.items()}
                line.apply(LineMap("tug", [(self.group, members)]), vc4=au)
        return line

    def build(self, frames: int) -> list[bytes]:
        """So many frames of each line."""
        runs: list[list[bytes]] = [[] for _ in self.lines]
        for start in range(0, frames, CHUNK):
            for run, line in zip(runs, self.lines, strict=True):
                run.append(line.build(min(CHUNK, frames - start)))
        return [b"".join(run) for run in runs]

    def parse(self, octets: list[bytes]) -> list[bytes]:
        """All frames of the client in the lines."""
        step, got = CHUNK * StmN(self.what.n).size, []
        for start in range(0, len(octets[0]), step):
            for line, run in zip(self.lines, octets, strict=True):
                line.parse(run[start : start + step])
            got += self.group.receive()
        return got


def shape(rng: Random, kind: str, *, delay: int, alike: bool, most: int | None = None) -> Layout:
    """Any number of members on one line or two."""
    n, lines = rng.choice([(1, 1), (1, 2), (4, 1)] if kind != "vc4" else [(1, 2), (4, 1), (4, 2)])
    room = len(vcatmix.every_place(kind, n, lines))
    limit = min(room, most or room, 63)
    count = rng.choice([1, min(5, limit), limit, rng.randint(1, limit)])
    return vcatmix.layout(rng, kind, count, n=n, lines=lines, longest_delay=delay, alike=alike)


def some_frames(rng: Random, count: int = 10) -> list[bytes]:
    return [rng.randbytes(rng.randint(14, 300)) for _ in range(count)]


def where(n: int, core: bytes, ref: bytes) -> list[tuple[int, int, int, int, int]]:
    """The first octets that differ: frame, row, column, the core's, the reference's."""
    found = [i for i, (a, b) in enumerate(zip(core, ref, strict=True)) if a != b][:8] if core != ref else []
    width = 270 * n
    return [(i // (9 * width), i // width % 9 + 1, i % width + 1, core[i], ref[i]) for i in found]


# -- the same octets


@pytest.mark.parametrize(("kind", "frames"), [("vc12", 4 * 34), ("vc3", 40), ("vc4", 40)])
@given(seed=seeds)
@settings(max_examples=5, phases=no_shrinking, deadline=None)
def test_the_same_octets(kind: str, frames: int, seed: int) -> None:
    """Without LCAS: multiframes, dealing and delays, of up to 63 members."""
    rng = Random(seed)
    what = shape(rng, kind, delay=20, alike=True)
    sent = some_frames(rng)
    port = Port(what)
    assert all(port.group.send(frame) for frame in sent)
    built = [gfp.build(gfp.ethernet_payload(frame)) for frame in sent]
    group = vcat.Group(kind, len(what.places), gfp.OctetSource(built))
    for core, builder in zip(port.build(frames), what.builders(group), strict=True):
        assert where(what.n, core, builder.line(frames)) == [], f"seed {seed}"


# -- the reference reads the core


def read_core(what: Layout, with_lcas: bool, rng: Random, frames: int) -> None:
    port = Port(what, lcas="one-way" if with_lcas else False)
    lead = vcatmix.FRAMES[what.kind] * (2 * vcat.packet_length(what.kind) + what.latest)
    before = port.build(lead)
    sent = some_frames(rng)
    assert all(port.group.send(frame) for frame in sent)
    after = port.build(frames + vcatmix.FRAMES[what.kind] * what.latest)
    built = [first + rest for first, rest in zip(before, after, strict=True)]
    parsers, size = what.parsers(), StmN(what.n).size
    for parser, octets in zip(parsers, built, strict=True):
        parser.feed_all(octets[i : i + size] for i in range(0, len(octets), size))
        assert (parser.section.b1_errors, parser.section.b2_errors) == (0, 0)
    paths = what.paths(parsers)
    if with_lcas:
        reading = vcat.read(paths)
        assert [members for _, members in reading.carrying] == [tuple(range(len(paths)))]
        assert max(reading.delays) - min(reading.delays) == what.spread
        check_steady(what.kind, reading.packets)
        octets = reading.octets
    else:
        octets, spread = vcat.join(paths)
        assert spread == what.spread
    assert [frame.payload for frame in vcat.frames_of(octets)] == [gfp.ethernet_payload(frame) for frame in sent]


def check_steady(kind: str, packets: list[dict[int, lcas.Received]]) -> None:
    """The packets are those of a group that never changes, but for the phase of the GID."""
    wanted = vcat.steady(kind, len(packets))
    for member, of_member in enumerate(packets):
        for number, got in of_member.items():
            assert got.good and got.packet._replace(gid=0) == wanted(member, number)._replace(gid=0), (member, number)
    common = sorted(set.intersection(*map(set, packets)))
    gids = [{of_member[number].packet.gid for of_member in packets} for number in common]
    assert all(len(gid) == 1 for gid in gids)


@pytest.mark.parametrize(("kind", "frames"), [("vc12", 4 * 60), ("vc3", 30), ("vc4", 30)])
@pytest.mark.parametrize("with_lcas", [False, True])
@given(seed=seeds)
@settings(max_examples=4, phases=no_shrinking, deadline=None)
def test_the_reference_reads_the_core(kind: str, frames: int, with_lcas: bool, seed: int) -> None:
    rng = Random(seed)
    read_core(shape(rng, kind, delay=30, alike=True, most=20), with_lcas, rng, frames)


def test_the_gid_of_the_core_is_a_prbs() -> None:
    rng = Random(3)
    what = vcatmix.layout(rng, "vc3", 2, alike=True)
    port = Port(what, lcas="one-way", seed=5)
    parser, (octets,) = what.parsers()[0], port.build(16 * 70)
    parser.feed_all(octets[i : i + 2430] for i in range(0, len(octets), 2430))
    reading = vcat.read(what.paths([parser]))
    gids = [got.packet.gid for _, got in sorted(reading.packets[0].items())]
    assert len(gids) > 60 and lcas.is_gid(gids)


# -- the core reads the reference


def core_reads(what: Layout, with_lcas: bool, rng: Random, vcs: int) -> None:
    kind, count = what.kind, len(what.places)
    sent = some_frames(rng)
    built = [gfp.build(gfp.ethernet_payload(frame)) for frame in sent]
    lead = LEAD[kind] + what.latest
    source = gfp.OctetSource(built, vcatmix.lead_idles(kind, count, lead))
    group = vcat.Group(kind, count, source, vcat.steady(kind, count) if with_lcas else None)
    frames = vcatmix.FRAMES[kind] * (lead + what.latest + vcs)
    port = Port(what, lcas=with_lcas)
    assert port.parse([builder.line(frames) for builder in what.builders(group)]) == sent
    members = port.group.members()
    assert sorted(members) == list(range(count))
    delays = [what.delays[place] for place in what.places]
    wanted = [(number, (delay - min(delays)) * US[kind]) for number, delay in enumerate(delays)]
    got = [(members[number]["rx"]["sq"], members[number]["rx"]["delay_us"]) for number in range(count)]
    # the pointers of members, of AU-4 and TU, add up to two VCs to the delay, and a line may be ahead of another
    most = 2 * US[kind] + (CHUNK * 125 if what.lines > 1 else 0)
    assert [sq for sq, _ in got] == [number for number, _ in wanted]
    assert all(abs(a - b) <= most for (_, a), (_, b) in zip(got, wanted, strict=True)), (got, wanted)
    assert "VCAT-MND" not in port.group.defects
    assert not any(members[number]["rx"][defect] for number in range(count) for defect in ("tsf", "lom", "sqm", "mnd"))
    if with_lcas:
        assert {member["rx"]["state"] for member in members.values()} == {"OK"}
        assert sum(member["rx"]["crc_errors"] for member in members.values()) == 0


@pytest.mark.parametrize(("kind", "vcs"), [("vc12", 60), ("vc3", 40), ("vc4", 40)])
@pytest.mark.parametrize("with_lcas", [False, True])
@given(seed=seeds)
@settings(max_examples=4, phases=no_shrinking, deadline=None)
def test_the_core_reads_the_reference(kind: str, vcs: int, with_lcas: bool, seed: int) -> None:
    rng = Random(seed)
    core_reads(shape(rng, kind, delay=30, alike=False, most=20), with_lcas, rng, vcs)


def test_vc4_16v() -> None:
    rng = Random(16)
    what = vcatmix.layout(rng, "vc4", 16, n=16, longest_delay=20, alike=True)
    core_reads(what, True, rng, 20)
    read_core(what, True, rng, 40)


def test_63_vc12() -> None:
    rng = Random(63)
    what = vcatmix.layout(rng, "vc12", 63, longest_delay=10, alike=True)
    core_reads(what, True, rng, 30)
    read_core(what, True, rng, 4 * 40)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "count", "n"), [("vc12", 3, 1), ("vc3", 3, 1), ("vc4", 4, 4)])
@pytest.mark.parametrize("with_lcas", [False, True])
def test_256_ms(kind: str, count: int, n: int, with_lcas: bool) -> None:
    """256 ms, less two VCs: half of what the multiframes can tell, and pointers may add one more."""
    rng = Random(count)
    what = vcatmix.layout(rng, kind, count, n=n, alike=True)
    longest = vcatmix.LONGEST_DELAY[kind] - 2
    what.delays = dict.fromkeys(what.places, 0) | {what.places[-1]: longest}
    core_reads(what, with_lcas, rng, 40)
    read_core(what, with_lcas, rng, vcatmix.FRAMES[kind] * 70)
