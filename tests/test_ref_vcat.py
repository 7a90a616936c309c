"""Virtual concatenation in the second implementation: octet by octet, over AU-4s and lines, with LCAS words."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.ref import gfp, h4, lcas, vc3, vc4, vc12, vcat, vcatmix
from tests.ref.lcas import Ctrl, Packet
from tests.ref.line import WHOLE, Client, Content, Group, MultiBuilder, MultiParser, Shared
from tests.ref.stream import Vc

seeds = st.integers(0, 2**32 - 1)
no_shrinking = [Phase.explicit, Phase.reuse, Phase.generate]


# -- which packet says what


@pytest.mark.parametrize(
    ("kind", "number", "packet", "place", "governing"),
    [
        *[("vc4", -8, 0, 0, -1), ("vc4", 0, 0, 8, -1), ("vc4", 7, 0, 15, -1), ("vc4", 8, 1, 0, 0)],
        *[("vc3", 23, 1, 15, 0), ("vc3", 24, 2, 0, 1), ("vc12", 0, 0, 0, -1), ("vc12", 31, 0, 31, -1)],
        *[("vc12", 32, 1, 0, 0), ("vc12", -1, -1, 31, -2)],
    ],
)
def test_packets_and_vcs(kind: str, number: int, packet: int, place: int, governing: int) -> None:
    """STANDARDS 8: payload membership changes with the first frame behind the one with the last CRC bits."""
    assert vcat.packet_of(kind, number) == (packet, place)
    assert vcat.governing(kind, number) == governing


def test_h4_and_k4_of_a_steady_group() -> None:
    """The words are those of the control packets, the rest that of a group without LCAS."""
    source = gfp.OctetSource([])
    for kind in ("vc12", "vc3"):
        group, plain = Group(kind, 3, source, vcat.steady(kind, 3)), Group(kind, 3, source)
        length = vcat.packet_length(kind)
        for member in range(3):
            ctrl = Ctrl.EOS if member == 2 else Ctrl.NORM
            start = 0 if kind == "vc12" else 8
            numbers = range(start, start + 300 * length)
            if kind == "vc3":
                octets = bytes(group.h4(member, number) for number in numbers)
                found = h4.find_h4_multiframe(octets)
                received = [lcas.ho_received(octets[i : i + 16]) for i in range(0, len(octets), 16)]
            else:
                octets = bytes(group.k4(member, number) for number in numbers)
                assert bytes(octet & 0xBF for octet in octets) == bytes(plain.k4(member, n) & 0xBF for n in numbers)
                found = vc12.find_k4_multiframe(octets)
                bits = "".join(str(octet >> 6 & 1) for octet in octets)
                received = [lcas.lo_received(int(bits[i : i + 32], 2)) for i in range(0, len(bits), 32)]
            assert found and (found.number, found.sq) == (start, member)
            assert all(got.good and got.packet[1:3] == (member, ctrl) and not got.packet.rs_ack for got in received)
            assert lcas.is_gid([got.packet.gid for got in received])
            blocks = [lcas.ho_block(p.mfi) if kind == "vc3" else lcas.lo_block(p.mfi) for p, _, _ in received]
            assert all(
                got.packet.mst == (0x1F if block == 0 else 0xFF) for got, block in zip(received, blocks, strict=True)
            )


def test_octets_are_dealt_one_by_one() -> None:
    """STANDARDS 7: round robin in SQ order, over the payload columns of each VC."""
    for kind, size in (("vc12", 136), ("vc3", 756), ("vc4", 2340)):
        group = Group(kind, 3, gfp.OctetSource([gfp.build(bytes(range(256)) * 90)], scramble=False))
        whole = gfp.OctetSource([gfp.build(bytes(range(256)) * 90)], scramble=False).take(6 * size)
        for number in (0, 1):
            for member in (2, 0, 1):
                wanted = [whole[3 * size * number + 3 * i + member] for i in range(size)]
                assert list(group.payload(member, number)) == wanted
        assert group.payload(1, -1) == bytes(size)


def test_column_j_of_a_contiguous_container_is_member_j_modulo_x() -> None:
    """STANDARDS 7: equivalent."""
    payload = Random(1).randbytes(4 * 2340)
    wide = vc4.payload_of(vc4.build({}, payload, 4), 4)
    for member in range(4):
        row_by_row = b"".join(wide[row * 1040 : (row + 1) * 1040][member::4] for row in range(9))
        assert row_by_row == payload[member::4]


# -- whole lines


def found(what: vcatmix.Layout, parsers: list[MultiParser], with_lcas: bool) -> tuple[bytes, int]:
    paths = what.paths(parsers)
    assert [path.numbering()[1] for path in paths if path.numbering()] == list(range(len(paths)))
    if not with_lcas:
        return vcat.join(paths)
    reading = vcat.read(paths)
    assert [members for _, members in reading.carrying] == [tuple(range(len(paths)))]
    return reading.octets, max(reading.delays) - min(reading.delays)


def round_trip(
    kind: str, count: int, n: int, lines: int, delay: int, with_lcas: bool, rng: Random, frames: int
) -> None:
    what = vcatmix.layout(rng, kind, count, n=n, lines=lines, longest_delay=delay)
    sent = [rng.randbytes(rng.randint(14, 400)) for _ in range(12)]
    built = [gfp.build(gfp.ethernet_payload(frame)) for frame in sent]
    lead = vcatmix.lead_idles(kind, count, 2 * vcat.packet_length(kind))
    group = Group(kind, count, gfp.OctetSource(built, lead), vcat.steady(kind, count) if with_lcas else None)
    parsers = what.parsers()
    for parser, builder in zip(parsers, what.builders(group), strict=True):
        parser.feed_all(builder.frames(frames))
        assert parser.section.b2_errors == 0
    octets, spread = found(what, parsers, with_lcas)
    got = vcat.frames_of(octets)
    assert [frame.payload[:-4] for frame in got] == sent
    assert spread == what.spread


@given(seed=seeds)
@settings(max_examples=5, phases=no_shrinking, deadline=None)
def test_vc12(seed: int) -> None:
    """1 to 63 members in one or two VC-4s, on one or two lines."""
    rng = Random(seed)
    n, lines = rng.choice([(1, 1), (1, 2)])
    round_trip("vc12", rng.choice([1, 2, 5, 33, 63]), n, lines, rng.randint(0, 20), rng.random() < 0.5, rng, 4 * 160)


@given(seed=seeds)
@settings(max_examples=8, phases=no_shrinking, deadline=None)
def test_vc3(seed: int) -> None:
    rng = Random(seed)
    n, lines = rng.choice([(1, 1), (1, 2), (4, 1)])
    most = 3 * n * lines
    round_trip("vc3", rng.randint(1, most), n, lines, rng.randint(0, 60), rng.random() < 0.5, rng, 140)


@given(seed=seeds)
@settings(max_examples=5, phases=no_shrinking, deadline=None)
def test_vc4(seed: int) -> None:
    rng = Random(seed)
    n, lines = rng.choice([(4, 1), (1, 3), (4, 2)])
    most = n * lines
    round_trip("vc4", rng.randint(1, most), n, lines, rng.randint(0, 40), rng.random() < 0.5, rng, 120)


def test_vc4_16v() -> None:
    round_trip("vc4", 16, 16, 1, 30, True, Random(16), 100)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "count", "n"), [("vc12", 5, 1), ("vc3", 3, 1), ("vc4", 4, 4)])
def test_256_ms(kind: str, count: int, n: int) -> None:
    """Just below 256 ms: more is the same as less than 256 ms the other way."""
    delay = vcatmix.LONGEST_DELAY[kind] - 1
    round_trip(kind, count, n, 1, delay, True, Random(256), vcatmix.FRAMES[kind] * (delay + 300))


def test_an_ordinary_client_with_lcas_words() -> None:
    frames = [bytes(60), bytes(90)]
    clients = [
        Client(frames, members=[3, 1], lead_idles=9000, lcas=True),
        Client(frames, members=[(2, 4, 1), (2, 1, 1)], lead_idles=5000, lcas=True),
    ]
    parser = MultiParser(1, whole_file=True).feed_all(MultiBuilder(1, [Content("tug", clients)]).frames(4 * 120))
    for members in ([3, 1], [(2, 4, 1), (2, 1, 1)]):
        assert parser.au[1].gfp(members).ethernet() == frames


def test_contents_that_cannot_be() -> None:
    group = Group("vc4", 2, gfp.OctetSource([]))
    with pytest.raises(ValueError, match="VC-12s and VC-3s"):
        Content("tug", [Shared(group, {WHOLE: 0})])
    with pytest.raises(ValueError, match="width 4"):
        Content("vc4", [Shared(group, {WHOLE: 0})], width=4)
    with pytest.raises(ValueError, match="not all"):
        Shared(group, {1: 0})
    with pytest.raises(ValueError, match="no group of 65"):
        Group("vc12", 65, gfp.OctetSource([]))


# -- membership that changes


class Run:
    """A path without a line: VC-3s of a group, from a number on."""

    kind, mfi_range = "vc3", h4.RANGE

    def __init__(self, group: Group, member: int, numbers: range, late: int = 0) -> None:
        self._payloads = [group.payload(member, number) for number in numbers]
        words = [group.h4(member, number) for number in numbers]
        self.longest_run = [Vc(bytes([word]), number + late, True) for number, word in zip(numbers, words, strict=True)]

    def payloads(self) -> list[bytes]:
        return self._payloads

    def word(self, vc: Vc) -> int:
        return vc.octets[0]

    def numbering(self) -> tuple[int, int] | None:
        found = h4.find_h4_multiframe(bytes(map(self.word, self.longest_run)))
        return (found.number, found.sq) if found else None

    def spoil(self, index: int) -> None:
        vc = self.longest_run[index]
        self.longest_run[index] = vc._replace(octets=bytes([vc.octets[0] ^ 0x10]))


def changing(member: int, packet: int) -> Packet:
    """Member 1 leaves with packet 3 and is back with 6; from 8 on the members are in another order."""
    ctrl = Ctrl.DNU if member == 1 and 3 <= packet < 6 else Ctrl.EOS if member == 2 else Ctrl.NORM
    sq = (member + 1) % 3 if packet >= 8 else member
    ctrl = (Ctrl.EOS if sq == 2 else Ctrl.NORM) if packet >= 8 else ctrl
    return Packet(packet % 256, sq, ctrl, 0, 0, 0)


def test_members_that_come_and_go() -> None:
    """Not an octet is lost: the packet's word holds for the 16 frames behind its last CRC bits."""
    group = Group("vc3", 3, gfp.OctetSource([], scramble=False), changing)
    paths = [Run(group, member, range(200), late) for member, late in enumerate((0, 7, 3))]
    reading = vcat.read(paths)
    assert reading.carrying == [(24, (0, 1, 2)), (56, (0, 2)), (104, (0, 1, 2)), (136, (2, 0, 1))]
    assert max(reading.delays) - min(reading.delays) == 7
    idle = gfp.mask_core(gfp.IDLE)
    assert set(idle) == set(reading.octets) and reading.octets == idle * (len(reading.octets) // 4)
    assert len(reading.octets) == vc3.PAYLOAD * (3 * (200 - 24) - 48)


def test_a_packet_with_a_wrong_crc_changes_nothing() -> None:
    group = Group("vc3", 3, gfp.OctetSource([], scramble=False), changing)
    paths = [Run(group, member, range(200)) for member in range(3)]
    paths[1].spoil(16 * 3 - 8 + 2)  # the packet that says DNU
    reading = vcat.read(paths)
    assert reading.carrying == [(24, (0, 1, 2)), (72, (0, 2)), (104, (0, 1, 2)), (136, (2, 0, 1))]
    assert not reading.packets[1][3].good
