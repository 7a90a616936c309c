"""TUG structures of core and second implementation: the same octets, and each reads the other's lines."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from msapemu._framing import E1, E3, SEQUENCES, Group, Line, LineMap
from tests.ref import e1, e3, moves, paths, tugmix, vc4
from tests.ref.bits import bits_of
from tests.ref.line import AuParser, Client, Content, MultiBuilder, MultiParser
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
    """A port of the core that carries a structure in each of its first VC-4s."""

    def __init__(self, structures: list[Structure], rate: int = 0, **line: Any) -> None:
        self.structures = structures
        self.line = Line(rate=f"stm{rate or len(structures)}", **line)
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
def test_the_same_octets_of_tu_pointers_that_move(kind: str) -> None:
    """The moves that the pointer words tell, made by the reference; those of unequipped VC-12s move too."""
    rng, value = Random(7), 0 if kind in ("dec", "alternate", "87-3-add") else 139
    streams = [
        tugmix.Stream([rng.randbytes(200)] * 9, [2, 1], False, None),
        tugmix.Stream([rng.randbytes(99)] * 9, [(3, 1, 1), (3, 2, 3)], False, None),
    ]
    pointers: dict[Part, int] = {2: 764 if value else 0, 1: value, (3, 1, 1): value, (3, 2, 3): 7}
    what = tugmix.Structure(streams, False, {}, [], pointers)
    port, frames = Port([what], **alike([what]), tu_sequence=(kind, 12)), 208
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
    assert (report["b1_errors"], report["b2_errors"]) == (0, 0)
    assert set(port.line.defects) <= {"HP-UNEQ"}  # of the VC-4s beside
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


def core_reads(rng: Random, n: int) -> None:
    """A structure in the first VC-4; all its pointers justify once all groups are in step."""
    frames = LEAD + 80
    what = tugmix.structure(rng, e1_octets=16000, e3_octets=150000)
    tugmix.set_moving(rng, what, LEAD, frames - 16, ("inc", "dec"))
    port = Port([what], rate=n)
    builder = MultiBuilder(n, [what.content(LEAD), *(Content("unequipped") for _ in range(n - 1))])
    for _ in range(frames // 8):
        port.line.parse(builder.line(8))
    assert_read(port)


@given(seed=seeds)
@settings(max_examples=3, phases=no_shrinking)
def test_the_core_reads_tugs_that_move(seed: int) -> None:
    core_reads(Random(seed), 1)


def test_the_core_reads_tugs_in_an_stm4() -> None:
    core_reads(Random(4), 4)


@pytest.mark.parametrize("part", [2, (1, 1, 1)])
@pytest.mark.parametrize("contiguous", [False, True])
def test_the_core_reads_one_vc(part: Part, contiguous: bool) -> None:
    """A group of one VC, and a VC that is no group."""
    stream = tugmix.Stream([bytes([n]) * 80 for n in range(10)], [part], False, None)
    port = Port([tugmix.Structure([stream], contiguous, {}, [], {part: 77})])
    port.line.parse(MultiBuilder(1, [port.structures[0].content(LEAD)]).line(LEAD + 88))
    assert_read(port)


# -- alarms, and what the far end is told


def ends_of(parts: list[Part]) -> tuple[Line, list[Client]]:
    """A port of the core on which these end, one group each, and what the reference sends them."""
    line = Line(rate="stm4")
    line.apply(LineMap("tug", [(Group(), (name(part),)) for part in parts]))
    return line, [Client(members=[part]) for part in parts]


def test_the_core_sees_what_the_reference_alarms() -> None:
    """TU-AIS, AU-AIS and MS-AIS: raised on the right objects alone, and cleared."""

    def ais(part: Part, number: int) -> bool:
        return part in (2, (1, 2, 3)) and 100 <= number < 160

    line, clients = ends_of([2, (1, 2, 3), (1, 2, 2)])
    contents = [Content("tug", clients, tu_ais=ais), Content("unequipped", au_ais=lambda n: 100 <= n < 160)]
    contents += [Content("unequipped"), Content("unequipped")]
    builder = MultiBuilder(4, contents, ms_ais=lambda n: 300 <= n < 340)
    events: dict[tuple[str, str, str], list[int]] = {}
    for _ in range(50):
        line.parse(builder.line(8))
        for frame, of, defect, state in line.events():
            events.setdefault((of, defect, state), []).append(frame)
    # the third frame of ones, the third without; five frames of K2
    assert events.pop(("au.1/vc3.2", "TU-AIS", "raise")) == [102]
    assert events.pop(("au.1/vc3.2", "TU-AIS", "clear")) == [162]
    assert events.pop(("line", "MS-AIS", "raise")) == [304]
    assert events.pop(("line", "MS-AIS", "clear")) == [344]
    assert events.pop(("au.2", "AU-AIS", "raise")) == [102, 302]
    assert events.pop(("au.2", "AU-AIS", "clear")) == [162, 304]  # MS-AIS explains it then
    # V2 of the third multiframe is in VC-4 number 109, of the third good one in 169; the multiframe ends 2 later
    (raised,) = events.pop(("au.1/vc12.1.2.3", "TU-AIS", "raise"))
    (cleared,) = events.pop(("au.1/vc12.1.2.3", "TU-AIS", "clear"))
    assert 109 <= raised <= 111 and 169 <= cleared <= 171
    for of in ("au.1", "au.3", "au.4"):
        assert events.pop((of, "AU-AIS", "raise")) == [302] and events.pop((of, "AU-AIS", "clear")) == [304]
    assert {of for of, _, _ in events} <= {"group.0", "group.1", "group.2"}


def test_the_core_sees_supervisory_and_unequipped_vcs() -> None:
    """Signal label 0 where a group should be: UNEQ, with the traces and parities of supervisory VCs."""
    line, _ = ends_of([2, 3, (1, 2, 3), (1, 2, 2)])
    tributaries = {2: paths.supervisory3("S3"), 3: paths.unequipped3, (1, 2, 3): paths.supervisory12("S12")}
    contents = [Content("tug", tributaries=tributaries), Content("supervisory", j1="S4")]
    contents += [Content("supervisory"), Content("unequipped")]
    line.parse(MultiBuilder(4, contents).line(280))
    raised = {(of, defect) for _, of, defect, state in line.events() if state == "raise"}
    of_vcs = {(of, defect) for of, defect in raised if defect == "LP-UNEQ"}
    assert of_vcs == {("au.1/" + of, "LP-UNEQ") for of in ("vc3.2", "vc3.3", "vc12.1.2.3", "vc12.1.2.2")}
    report = line.report()
    assert (report["vc3"]["2"]["j1"], report["vc12"]["1.2.3"]["j2"], report["au"][1]["j1"]) == ("S3", "S12", "S4")
    assert [au["b3_errors"] for au in report["au"]] == [0] * 4
    assert (report["vc3"]["2"]["b3_errors"], report["vc12"]["1.2.3"]["bip2_errors"]) == (0, 0)


@given(seed=seeds)
@settings(max_examples=3, phases=no_shrinking)
def test_the_core_tells_errors_and_reads_them(seed: int) -> None:
    """Bits of VC-3s and VC-12s spoiled: counted, and told in G1 and V5 of the same VC; REI of the far end is summed."""
    rng = Random(seed)
    parts: list[Part] = [1, 3, (2, 1, 1), (2, 7, 3)]
    line, clients = ends_of(parts)
    spoiled: dict[Part, int] = dict.fromkeys(parts, 0)
    blocks: dict[Part, int] = dict.fromkeys(parts, 0)
    told: dict[Part, int] = dict.fromkeys(parts, 0)

    def spoil3(k: int, number: int, octets: bytearray) -> None:
        if 20 <= number < 200 and rng.random() < 0.1:
            mask = rng.randint(1, 255)
            octets[rng.randrange(90, 170)] ^= mask  # not in the overhead
            spoiled[k] += mask.bit_count()

    def spoil12(tu: Part, number: int, octets: bytearray) -> None:
        if 10 <= number < 50 and rng.random() < 0.2:
            mask = rng.choice([0x80, 0x40, 0xC0])
            octets[rng.randrange(36, 70)] ^= mask
            spoiled[tu] += mask.bit_count()
            blocks[tu] += 1

    def g1(k: int) -> paths.Values:
        def value(number: int) -> int:
            rei = (number * k) % 11 if 20 <= number < 200 else 0
            told[k] += rei if rei <= 8 else 0
            return rei << 4

        return {"G1": value}

    def v5(tu: Part, number: int) -> dict[str, int]:
        rei = int(10 <= number < 50 and number % 3 == 0)
        told[tu] += rei
        return {"rei": rei}

    far = {1: g1(1), 3: g1(3)}
    start = rng.randrange(140)
    content = Content("tug", clients, poh3=far, poh12=v5, on_vc3=spoil3, on_vc12=spoil12, tu_pointers=start)
    builder = MultiBuilder(4, [content, *(Content("unequipped") for _ in range(3))])
    sent = b""
    for _ in range(65):
        line.parse(builder.line(4))
        sent += line.build(4)
    au, report = read(4, sent).au[1], line.report()
    for part in parts:
        path = au.path(part)
        if isinstance(part, int):
            got = report["vc3"][name(part)]
            assert (got["b3_errors"], got["rei"], path.rei) == (spoiled[part], told[part], spoiled[part])
        else:
            got = report["vc12"][name(part)]
            assert (got["bip2_errors"], got["rei"], path.rei) == (spoiled[part], told[part], blocks[part])
    assert all(spoiled.values()) and all(told.values())


def test_the_core_tells_that_a_vc_is_gone() -> None:
    """RDI in G1 of the VC-3 and V5 of the VC-12 while there is TU-AIS, and in those alone."""

    def ais(part: Part, number: int) -> bool:
        return part in (2, (1, 2, 3)) and 100 <= number < 160

    parts: list[Part] = [2, 3, (1, 2, 3), (1, 2, 2)]
    line, clients = ends_of(parts)
    builder = MultiBuilder(4, [Content("tug", clients, tu_ais=ais), *(Content("unequipped") for _ in range(3))])
    sent = b""
    for _ in range(60):
        line.parse(builder.line(4))
        sent += line.build(4)
    au = read(4, sent).au[1]
    # at the very start there is no pointer yet, and the far end is told so
    rdi3 = {k: [vc4.rdi_of(overhead["G1"]) and n > 20 for n, overhead in enumerate(au.vc3[k].poh)] for k in (2, 3)}
    rdi12 = {m: [overhead.rdi and n > 8 for n, overhead in enumerate(au.vc12[1, 2, m].overhead)] for m in (2, 3)}
    assert not any(rdi3[3]) and not any(rdi12[2])
    first, last = rdi3[2].index(True), len(rdi3[2]) - rdi3[2][::-1].index(True)
    assert 100 <= first <= 106 and 160 <= last <= 166 and all(rdi3[2][first:last])
    first, last = rdi12[3].index(1), len(rdi12[3]) - rdi12[3][::-1].index(1)
    assert 27 <= first <= 30 and 42 <= last <= 45 and all(rdi12[3][first:last])
