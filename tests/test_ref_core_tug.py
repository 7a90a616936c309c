"""TUG structures of core and second implementation: the same octets, and each reads the other's lines."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from msapemu._framing import E1, E3, SEQUENCES, Group, Line, LineMap
from tests.ref import e1, e3, moves, tugmix
from tests.ref.bits import bits_of
from tests.ref.line import AuParser, Content, MultiBuilder, MultiParser
from tests.ref.mixture import counts, value_after
from tests.ref.stmn import StmN
from tests.ref.tug import Part
from tests.ref.tugmix import Structure

seeds = st.integers(0, 2**32 - 1)
no_shrinking = [Phase.explicit, Phase.reuse, Phase.generate]
LEAD = 480  # frames after which all groups are read for sure: H4, pointers, and three K4 multiframes


def name(part: Part) -> str:
    """K or K.L.M as the core writes it."""
    return str(part) if isinstance(part, int) else "{}.{}.{}".format(*part)


class Port:
    """A port of the core that carries a structure in each VC-4."""

    def __init__(self, structures: list[Structure], **line: Any) -> None:
        self.structures = structures
        self.line = Line(rate=f"stm{len(structures)}", **line)
        self.groups: list[tuple[Group, tugmix.Stream]] = []
        self.pdh: list[dict[Part, E1 | E3]] = []
        for number, what in enumerate(structures, 1):
            pairs = []
            for stream in what.streams:
                group = Group(payload_fcs=stream.pfcs, cid=stream.cid)
                self.groups.append((group, stream))
                pairs.append((group, [name(part) for part in stream.members]))
            ports: dict[Part, E1 | E3] = {}
            for part, (kind, octets) in what.pdh.items():
                room = max(4096, 2 * len(octets))
                ports[part] = (
                    E3(queue_octets=room, target_octets=0)
                    if kind == "e3"
                    else E1(kind, queue_octets=room, target_octets=0)
                )
            self.pdh.append(ports)
            made = LineMap(
                "tug",
                pairs,
                contiguous=what.contiguous,
                tributaries={name(part): port for part, port in ports.items()},
                supervisory=[name(part) for part in what.supervisory],
            )
            self.line.apply(made, vc4=number)

    def send(self) -> None:
        """Give every group its frames."""
        for group, stream in self.groups:
            for frame in stream.frames:
                group.send(frame)

    def push(self) -> None:
        """Give every tributary its octets."""
        for what, ports in zip(self.structures, self.pdh, strict=True):
            for part, port in ports.items():
                octets = what.pdh[part][1]
                assert port.push(octets) == len(octets)


def where(n: int, core: bytes, ref: bytes) -> list[tuple[int, int, int, int, int]]:
    """The first octets that differ: frame, row, column, the core's, the reference's."""
    found = [i for i, (a, b) in enumerate(zip(core, ref, strict=True)) if a != b][:8] if core != ref else []
    width = 270 * n
    return [(i // (9 * width), i // width % 9 + 1, i % width + 1, core[i], ref[i]) for i in found]


def alike(structures: list[Structure]) -> dict[str, Any]:
    """The same pointers in all VC-4s, and what tells a `Line` so."""
    first = structures[0]
    for what in structures:
        what.au_pointer, what.tu_pointers = first.au_pointer, first.tu_pointers
    return {
        "au_pointer": first.au_pointer,
        "tu_pointers": {name(part): value for part, value in first.tu_pointers.items()},
    }


def structures_of(rng: Random, n: int) -> list[Structure]:
    """A structure for each VC-4; one in an STM-1."""
    return [tugmix.structure(rng) for _ in range(n)]


# -- the same octets


@pytest.mark.parametrize(("n", "frames", "lead"), [(1, 24, 0), (1, 24, 4), (4, 12, 0)])
@given(seed=seeds)
@settings(max_examples=12, phases=no_shrinking)
def test_the_same_octets(n: int, frames: int, lead: int, seed: int) -> None:
    """Any mixture per TUG-3, in every VC-4, any pointers."""
    rng = Random(seed)
    structures = structures_of(rng, n)
    port = Port(structures, **alike(structures))
    port.push()
    built = port.line.build(lead)
    port.send()
    built += port.line.build(frames - lead)
    assert where(n, built, MultiBuilder(n, [what.content(lead) for what in structures]).line(frames)) == []


def test_the_same_octets_of_traces() -> None:
    streams = [tugmix.Stream([bytes(60)] * 8, [2], True, None), tugmix.Stream([], [(1, 1, 1)], False, 9)]
    what = tugmix.Structure(streams, False, {}, [3, (1, 2, 2)], {2: 700}, j1="a VC-4, a VC-3", j2="a VC-12")
    port = Port([what], **alike([what]), j1=what.j1, j2=what.j2)
    port.send()
    assert where(1, port.line.build(70), MultiBuilder(1, [what.content()]).line(70)) == []


def test_the_same_octets_over_the_multiframes_of_h4_and_k4() -> None:
    """MFI2 counts, K4 goes round, 33 TU multiframes."""
    rng = Random(9)
    streams = [
        tugmix.Stream([rng.randbytes(100) for _ in range(60)], [3, 1], True, None),
        tugmix.Stream([rng.randbytes(100) for _ in range(30)], [(2, 7, 1), (2, 1, 3), (2, 2, 2)], False, None),
    ]
    what = tugmix.Structure(streams, False, {}, [], {3: 594, 1: 595, (2, 7, 1): 139, (2, 1, 3): 34, (2, 2, 2): 35})
    port = Port([what], **alike([what]))
    port.send()
    assert where(1, port.line.build(132), MultiBuilder(1, [what.content()]).line(132)) == []


@pytest.mark.parametrize("kind", SEQUENCES)
@pytest.mark.parametrize("value", [0, 139])
def test_the_same_octets_of_tu_pointers_that_move(kind: str, value: int) -> None:
    """The moves that the pointer words tell, made by the reference; those of unequipped VC-12s move too."""
    rng = Random(value)
    streams = [
        tugmix.Stream([rng.randbytes(200)] * 9, [2, 1], False, None),
        tugmix.Stream([rng.randbytes(99)] * 9, [(3, 1, 1), (3, 2, 3)], False, None),
    ]
    pointers: dict[Part, int] = {2: 764 if value else 0, 1: value, (3, 1, 1): value, (3, 2, 3): 7}
    what = tugmix.Structure(streams, False, {}, [], pointers)
    port, frames = Port([what], **alike([what]), tu_sequence=(kind, 12)), 240
    built = port.line.build(4)
    port.send()
    built += port.line.build(frames - 4)
    au = read(1, built).au[1]
    for part in [1, 2, *(tu for tu in au.vc12 if tu[0] == 3)]:
        words, start = au.path(part).pointer.words, pointers.get(part, 0)
        what.tu_moves[part] = moves.moves_of(words, start, tugmix.offsets_of(part))
        assert len(what.tu_moves[part]) >= 4
    assert where(1, built, MultiBuilder(1, [what.content(4)]).line(frames)) == []
    if kind != "ndf":
        assert_arrived(what, au)


# -- the reference reads the core's lines


def read(n: int, octets: bytes) -> MultiParser:
    """A whole file of the core."""
    size = StmN(n).size
    return MultiParser(n, [1] * n, whole_file=True).feed_all(
        octets[i : i + size] for i in range(0, len(octets), size)
    )


def assert_arrived(what: Structure, au: AuParser) -> None:
    """Clients, bits, traces and parities of a VC-4."""
    assert (au.b3_errors, au.h4_errors, au.tu3s) == (0, 0, what.tu3s)
    for stream in what.streams:
        assert au.gfp(stream.members, what.contiguous).ethernet() == stream.frames
    for part, (kind, octets) in what.pdh.items():
        if kind == "e3":
            bits = [bit for vc in au.vc3[part].longest_run for bit in e3.take_async(vc.octets)]
        elif kind == "async":
            bits = [bit for vc in au.vc12[part].longest_run for bit in e1.take_async(vc.octets)]
        else:
            bits = bits_of(b"".join(frame for vc in au.vc12[part].longest_run for frame in e1.take_byte(vc.octets)))
        assert len(bits) > 1000 and bits == (bits_of(octets) + [1] * len(bits))[: len(bits)]
    assert sum(path.b3_errors for path in au.vc3.values()) == 0
    assert sum(path.bip2_errors for path in au.vc12.values()) == 0


@given(seed=seeds)
@settings(max_examples=4, phases=no_shrinking)
def test_the_reference_reads_the_core(seed: int) -> None:
    rng = Random(seed)
    structures = structures_of(rng, 1)
    au_sequence, tu_sequence = (rng.choice(["inc", "dec", "alternate", "87-3"]), rng.randint(4, 9)), ("alternate", 4)
    port = Port(structures, **alike(structures), au_sequence=au_sequence, tu_sequence=tu_sequence)
    port.push()
    built = port.line.build(8)
    port.send()
    built += port.line.build(160)
    assert_arrived(structures[0], read(1, built).au[1])


@pytest.mark.parametrize("members", [[2, 3, 1], [(1, 1, 1), (3, 7, 3), (2, 4, 2)]])
def test_the_reference_evens_out_the_delays_of_the_core(members: list[Part]) -> None:
    rng = Random(len(members))
    stream = tugmix.Stream([rng.randbytes(90) for _ in range(9)], members, True, None)
    what = tugmix.Structure([stream], False, {}, [], {})
    port = Port([what], delays={name(members[0]): 5, name(members[2]): 11})
    lead = port.line.build(4)
    port.send()
    au = read(1, lead + port.line.build(4 * 60)).au[1]
    assert_arrived(what, au)
    assert au.group_octets(members).differential_delay == 11


# -- the core reads the reference's lines


def assert_read(port: Port) -> None:
    """Pointers, their moves, labels, sequence numbers, traces and parities in the report; all frames and bits."""
    report = port.line.report()
    assert (report["b1_errors"], report["b2_errors"], port.line.defects) == (0, 0, ())
    for number, what in enumerate(port.structures, 1):
        au = port.line.report(number)
        assert au["au"][number - 1]["c2"] == 0x02 and au["au"][number - 1]["b3_errors"] == 0
        for part in what.parts:
            got = au["vc3" if isinstance(part, int) else "vc12"][name(part)]
            plan = what.tu_moves.get(part, {})
            value = value_after(plan, what.tu_pointers[part], tugmix.offsets_of(part))
            counted = (got["increments"], got["decrements"], got["new_data"])
            assert (part, got["pointer"], *counted) == (part, value, *counts(plan))
            assert got["b3_errors" if isinstance(part, int) else "bip2_errors"] == 0
            assert got["j1" if isinstance(part, int) else "j2"] == (what.j1 if isinstance(part, int) else what.j2)
            label = "c2" if isinstance(part, int) else "label"
            if part in what.supervisory:
                assert got[label] == 0
            elif part in what.pdh:
                assert got[label] == {"async": 2, "byte": 4, "e3": 4}[what.pdh[part][0]]
            else:
                assert got[label] == (0x1B if isinstance(part, int) else 5)
        for stream in what.streams if not what.contiguous else []:
            for sq, part in enumerate(stream.members):
                assert au["vc3" if isinstance(part, int) else "vc12"][name(part)]["sq"] == sq
        for part, port_of in port.pdh[number - 1].items():
            got_bits = "".join(map(str, bits_of(port_of.pop())))
            sent = "".join(map(str, bits_of(what.pdh[part][1])))
            assert_piece_of(got_bits, sent)
    assert [group.receive() for group, _ in port.groups] == [stream.frames for _, stream in port.groups]


def assert_piece_of(got: str, sent: str) -> None:
    """The bits that came out are, after the ones before there was a signal, a piece of those sent without a gap."""
    got = got.lstrip("1")
    at = sent.find(got[:64])
    assert at >= 0
    length = min(len(got), len(sent) - at)
    assert got[:length] == sent[at : at + length] and length > len(sent) // 4


@pytest.mark.parametrize("n", [1, 4])
@given(seed=seeds)
@settings(max_examples=3, phases=no_shrinking)
def test_the_core_reads_tugs_that_move(n: int, seed: int) -> None:
    """All pointers justify and jump forwards once all groups are in step."""
    rng, frames = Random(seed), LEAD + 88
    structures = [tugmix.structure(rng, e1_octets=20000, e3_octets=200000) for _ in range(1)]
    structures += [tugmix.Structure([], False, {}, [], {}) for _ in range(n - 1)]
    rng.shuffle(structures)
    for what in structures:
        tugmix.set_moving(rng, what, LEAD, frames - 20, ("inc", "dec"))
    port = Port(structures)
    builder = MultiBuilder(n, [what.content(LEAD) for what in structures])
    for _ in range(frames // 8):
        port.line.parse(builder.line(8))
    assert_read(port)


# -- alarms


def test_the_core_sees_what_the_reference_alarms() -> None:
    """TU-AIS of a TU-3 and a TU-12, AU-AIS, MS-AIS: raised on the right object alone, and cleared."""

    def ais(part: Part, number: int) -> bool:
        return part in (2, (1, 2, 3)) and 100 <= number < 160

    clients = [tugmix.Stream([], [part], False, None).client(0, False) for part in (2, (1, 2, 3), (1, 2, 2))]
    tugs = Content("tug", clients, tu_ais=ais)
    other = Content("unequipped", au_ais=lambda n: 100 <= n < 160)
    contents = [tugs, other, Content("unequipped"), Content("unequipped")]
    builder = MultiBuilder(4, contents, ms_ais=lambda n: 300 <= n < 340)
    line = Line(rate="stm4")
    line.apply(LineMap("tug", [(Group(), ("2",)), (Group(), ("1.2.3",)), (Group(), ("1.2.2",))]))
    seen: list[tuple[int, str, str, str]] = []
    for _ in range(50):
        line.parse(builder.line(8))
        seen += line.events()
    print(seen)
