"""Control packets of LCAS in the second implementation: published and computed words, other people's CRCs."""

from __future__ import annotations

from itertools import islice

import pytest
from crccheck.crc import Crc3Gsm, Crc8Smbus
from hypothesis import given
from hypothesis import strategies as st

from tests.ref import h4, lcas, vc12
from tests.ref.lcas import Ctrl, Packet

ctrls = st.sampled_from(list(Ctrl))
bits = st.integers(0, 1)
octets = st.integers(0, 255)
ho_packets = st.builds(Packet, octets, octets, ctrls, bits, bits, octets)
lo_packets = st.builds(Packet, st.integers(0, 31), st.integers(0, 63), ctrls, bits, bits, octets)


@pytest.mark.parametrize(
    ("packet", "crc", "wire"),
    [
        (Packet(1, 0, Ctrl.NORM), 0x81, "F8 F9 0A 0B 0C 0D 0E 0F 00 11 22 03 04 05 86 17"),
        (Packet(0, 255, Ctrl.IDLE), 0x99, "F8 F9 0A 0B 0C 0D FE FF 00 01 52 03 04 05 96 97"),
        (Packet(2, 0, Ctrl.EOS, 1, 1, 0x7F), 0x6A, "78 f9 1a 0b 0c 0d 0e 0f 00 21 32 13 04 05 66 a7"),
        (Packet(33, 1, Ctrl.EOS, 1, 0, 0x3F), 0x59, "38 f9 0a 0b 0c 0d 0e 1f 20 11 32 13 04 05 56 97"),
    ],
)
def test_ho_vectors(packet: Packet, crc: int, wire: str) -> None:
    """STANDARDS 8 and vectors/misc.out."""
    assert lcas.ho_octets(packet) == bytes.fromhex(wire)
    assert lcas.crc8(lcas.ho_nibbles(packet)[:14]) == crc
    assert lcas.ho_received(bytes.fromhex(wire)) == (packet, True, False)


@pytest.mark.parametrize(
    ("word", "packet"),
    [
        (0x000603FD, Packet(0, 0, Ctrl.EOS, 0, 0, 0x7F)),
        (0x080507FC, Packet(1, 0, Ctrl.NORM, 1, 0, 0xFF)),
        (0x2863087A, Packet(5, 3, Ctrl.ADD, 1, 1, 0x0F)),
        (0xFFEA07FB, Packet(31, 63, Ctrl.IDLE, 0, 0, 0xFF)),
        # G.707 XIII.2, as publicly quoted
        (0x3AC40806, Packet(7, 22, Ctrl.NORM, 0, 1, 0x00)),
        (0x42C50A41, Packet(8, 22, Ctrl.NORM, 1, 1, 0x48)),
        (0x4AC50822, Packet(9, 22, Ctrl.NORM, 1, 1, 0x04)),
        (0x52C40805, Packet(10, 22, Ctrl.NORM, 0, 1, 0x00)),
    ],
)
def test_lo_vectors(word: int, packet: Packet) -> None:
    """STANDARDS 8, vectors/misc.out, and the worked words of STANDARDS 0."""
    assert lcas.lo_word(packet) == word
    assert lcas.lo_received(word) == (packet, True, False)


def test_crc_check_values() -> None:
    """STANDARDS 8: of "123456789"."""
    text = b"123456789"
    assert lcas.crc8([nibble for octet in text for nibble in (octet >> 4, octet & 0xF)]) == 0xF4
    assert lcas.crc3([octet >> i & 1 for octet in text for i in range(7, -1, -1)]) == 3


@given(ho_packets)
def test_ho_packets(packet: Packet) -> None:
    wire = lcas.ho_octets(packet)
    assert lcas.ho_received(wire).packet == packet
    covered = bytes(a & 0xF0 | b >> 4 for a, b in zip(wire[:14:2], wire[1:14:2], strict=True))
    assert wire[14] & 0xF0 | wire[15] >> 4 == Crc8Smbus.calc(covered)
    assert [octet & 0xF for octet in wire] == [*range(8, 16), *range(8)]


@given(lo_packets)
def test_lo_packets(packet: Packet) -> None:
    """CRC-3/GSM complements; three zeros in front fill the octets and change nothing with init 0."""
    word = lcas.lo_word(packet)
    assert lcas.lo_received(word).packet == packet
    assert word & 7 == Crc3Gsm.calc((word >> 3).to_bytes(4, "big")) ^ 7


@given(ho_packets, st.integers(0, 63))
def test_a_wrong_bit_is_seen(packet: Packet, bit: int) -> None:
    wire = bytearray(lcas.ho_octets(packet))
    wire[bit // 4] ^= 0x80 >> bit % 4
    assert not lcas.ho_received(bytes(wire)).good
    low = Packet(packet.mfi % 32, packet.sq % 64, *packet[2:])
    assert not lcas.lo_received(lcas.lo_word(low) ^ 1 << bit % 32).good


@given(st.integers(0, 4095), octets, st.integers(0, 15))
def test_packets_in_a_run_of_h4(number: int, sq: int, cut: int) -> None:
    """A packet in each 16 H4s, across the multiframes; a source without LCAS is FIXED."""
    plain = bytes(h4.h4_octet(number + i, sq) for i in range(80))
    found = lcas.ho_packets(plain)
    assert [(number + start) % 16 for start, _ in found] == [8] * len(found) and len(found) >= 4
    for start, got in found:
        assert got.fixed and got.packet.sq == sq
        assert got.packet.mfi == (number + start + 8) // 16 % 256
    sent = [Packet(m, sq, Ctrl.NORM) for m in range(5)]
    wire = b"".join(map(lcas.ho_octets, sent))
    assert [got.packet for _, got in lcas.ho_packets(wire[cut:])] == sent[1 if cut else 0 :]


@given(st.integers(0, 31), st.integers(0, 63))
def test_a_source_without_lcas_is_fixed(count: int, sq: int) -> None:
    got = lcas.lo_received(int(vc12.k4_bit2(count, sq), 2))
    assert got.fixed and got.packet == Packet(count, sq, Ctrl.FIXED, mst=0)


def test_member_status() -> None:
    """STANDARDS 8: first-sent bit of the lowest member; all members in 32 or 8 packets."""
    assert lcas.mst_octet(0, [False]) == 0x7F and lcas.mst_octet(0, [False, False]) == 0x3F
    assert lcas.mst_octet(1, [False] * 9 + [True]) == 0x7F
    assert lcas.mst_of(0x48, 7) == {
        56: False,
        57: True,
        58: False,
        59: False,
        60: True,
        61: False,
        62: False,
        63: False,
    }
    assert sorted(lcas.ho_block(m) for m in range(32)) == list(range(32))
    # frames 8 and 9 stand in the multiframe before the one whose MFI2 the packet has inside
    assert lcas.ho_block(1) == 0 and lcas.ho_block(0) == 31 and lcas.ho_block(1, of_packet_end=True) == 1
    assert [lcas.lo_block(count) for count in (0, 7, 8, 31)] == [0, 7, 0, 7]


@given(st.integers(1, 2**15 - 1))
def test_gid_is_a_prbs_of_2_to_15_minus_1(seed: int) -> None:
    run = list(islice(lcas.gid_bits(seed), 64))
    assert lcas.is_gid(run)
    run[40] ^= 1
    assert not lcas.is_gid(run)


def test_gid_period() -> None:
    run = list(islice(lcas.gid_bits(), 2 * 32767))
    assert run[:32767] == run[32767:] and sum(run[:32767]) == 16384
