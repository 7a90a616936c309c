"""Groups of E1s of the second implementation: the concatenation octet, dealing, delays, LCAS (STANDARDS 10, 8)."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ref import e1frame, e1vcat, gfp, lcas, vcat
from tests.ref.e1frame import bits_text
from tests.ref.lcas import Ctrl
from tests.ref.lcas_machine import End, Source

seeds = st.integers(0, 2**32 - 1)


class Octets:
    """In place of a mapper."""

    def __init__(self, seed: int = 0) -> None:
        self._rng = Random(seed)
        self.taken = bytearray()

    def take(self, count: int) -> bytes:
        octets = self._rng.randbytes(count)
        self.taken += octets
        return octets


def group_of(count: int, source: object, with_lcas: bool = False) -> vcat.Group:
    return vcat.Group(vcat.E1, count, source, vcat.steady(vcat.E1, count) if with_lcas else None)  # type: ignore[arg-type]


def signals(frames: list[list[bytes]], skews: list[int]) -> list[str]:
    """The bits of each member, behind so many ones."""
    return ["1" * skew + bits_text(b"".join(run)) for run, skew in zip(frames, skews, strict=True)]


def test_octet_by_octet() -> None:
    """TS1 of frame 0 the octet; one octet to each member in the order of SQ at each place."""
    source = Octets()
    frames = e1vcat.build(group_of(3, source), 2)
    for number in range(2):
        dealt = source.taken[495 * 3 * number :][: 495 * 3]
        for member in range(3):
            run = frames[member][16 * number : 16 * number + 16]
            assert run[0][1] == number  # MFI1; MFI2 is 0, and SQ is told later
            assert run[0][2] == dealt[member]
            assert run[1][1] == dealt[3 * 30 + member]
            assert run[15][31] == dealt[3 * 494 + member]


@pytest.mark.parametrize("count", [1, 2, 16])
def test_octet_without_lcas(count: int) -> None:
    """MFI2 in 0 and 1, SQ in 15, all else zero."""
    group = group_of(count, Octets())
    first = 16 * 0xA5
    for member in range(count):
        octets = [group.h4(member, first + n) for n in range(16)]
        assert octets == [0xA0, 0x51, *range(2, 15), member << 4 | 15]


def test_octet_with_lcas() -> None:
    """Frames 8-15 of one multiframe of 32 ms and 0-7 of the next: the packet of HO with an SQ of four bits."""
    group = group_of(12, Octets(), with_lcas=True)
    for packet in (0x31, 0x32):
        for member in (0, 11):
            octets = bytes(group.h4(member, 16 * packet - 8 + n) for n in range(16))
            got = lcas.ho_received(octets)
            assert got.good
            assert (got.packet.mfi, got.packet.sq) == (packet, member)
            assert got.packet.ctrl == (Ctrl.EOS if member == 11 else Ctrl.NORM)
            assert octets[6] >> 4 == 0 and octets[7] >> 4 == member
            # the MFI2 of the multiframe that MFI1 8 and 9 are in is one less; its parity tells members 0-7 from 8-15
            assert got.packet.mst == (0x00 if packet % 2 == 1 else 0x0F)


@settings(max_examples=8)
@given(seeds, st.integers(1, 6), st.booleans())
def test_there_and_back(seed: int, count: int, with_lcas: bool) -> None:
    """Any order of members, any delays and bit phases."""
    rng = Random(seed)
    source = Octets(seed)
    delays = [rng.randrange(5) for _ in range(count)]
    frames = e1vcat.build(group_of(count, source, with_lcas), 64, delays)
    paths = [e1vcat.path(text) for text in signals(frames, [rng.randrange(4096) for _ in range(count)])]
    rng.shuffle(paths)
    ordered = vcat.by_sq(dict(enumerate(paths)))
    octets = (vcat.read(paths) if with_lcas else vcat.join(ordered)).octets
    assert len(octets) >= 495 * count * 20
    assert octets in bytes(495 * count * 5) + source.taken  # zeros before number 0
    if not with_lcas:
        assert abs(vcat.join(ordered).differential_delay - (max(delays) - min(delays))) <= 1


def test_delay_of_seconds() -> None:
    """Known modulo 8.192 s."""
    group = group_of(2, Octets())
    slots = [list(e1vcat.member_slots(group, member, 40 + late)) for member, late in ((0, 0), (1, 300))]
    paths = [e1vcat.path(bits_text(b"".join(e1frame.build(run)))) for run in (slots[0], slots[1][300 * 16 :])]
    numbers = [path.numbering() for path in paths]
    assert numbers[0] is not None and numbers[1] is not None
    assert numbers[1][0] - numbers[0][0] == 300


def test_alone_without_the_octet() -> None:
    source = Octets()
    frames = e1vcat.build_alone(source.take, 6)
    octets = e1vcat.read_alone(bits_text(b"".join(frames)))
    assert octets and source.taken.endswith(octets)


def test_gfp_over_a_group() -> None:
    payloads = [bytes([n]) * (60 + 40 * n) for n in range(20)]
    source = gfp.OctetSource([gfp.build(payload) for payload in payloads], lead_idles=5 * 495)
    paths = [e1vcat.path(text) for text in signals(e1vcat.build(group_of(4, source), 48), [0, 7, 100, 4000])]
    assert [frame.payload for frame in vcat.frames_of(vcat.join(paths).octets)] == payloads


def test_lcas_adds_and_removes() -> None:
    """Two ends, control packet by control packet: MST of members 0-7 and 8-15 by turns, SQ 15 when idle."""
    ends = [End(vcat.E1, 10, 10) for _ in range(2)]
    packets: list[list[lcas.Packet]] = [[], []]

    def steps(count: int) -> None:
        for _ in range(count):
            heard = [
                {n: lcas.ho_received(lcas.ho_octets(packet)) for n, packet in enumerate(packets[1 - end])}
                for end in range(2)
            ]
            packets[:] = [end.step(got) for end, got in zip(ends, heard, strict=True)]

    steps(4)
    assert {packet.sq for packet in packets[0]} == {15}
    for end in ends:
        end.add(*range(10))
    steps(40)
    assert [packet.ctrl for packet in packets[0]] == [Ctrl.NORM] * 9 + [Ctrl.EOS]
    ends[0].remove(3)
    steps(20)
    assert [packet.sq for packet in packets[0]] == [0, 1, 2, 15, 3, 4, 5, 6, 7, 8]
    assert len(ends[0].in_state(Source.NORM)) == 9
