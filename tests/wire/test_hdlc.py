"""HDLC in a stream of octets: against strings of bits, other people's FCS, and another implementation."""

from __future__ import annotations

import ctypes
import ctypes.util
from random import Random

import crccheck
import fastcrc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from msapemu._framing import Hdlc
from tests.ref import hdlc as ref

LONGEST = 40
FRAMES = st.lists(st.binary(min_size=2, max_size=LONGEST) | st.just(b"\xff" * 9) | st.just(b"\x7e\x7d\xfe"), max_size=5)


def encoded(frames: list[bytes]) -> bytes:
    hdlc = Hdlc()
    for frame in frames:
        hdlc.send(frame)
    return hdlc.fill()


def found(octets: bytes, longest: int = LONGEST) -> ref.Found:
    hdlc = Hdlc(longest)
    hdlc.take(octets)
    count = hdlc.counters()
    frames = hdlc.receive()
    assert (count["rx_frames"], count["rx_octets"]) == (len(frames), sum(map(len, frames)))
    return ref.Found(frames, *(count[name] for name in ("fcs_errors", "aborts", "too_long", "invalid")))


def shifted(bits: str, offset: int) -> bytes:
    """The stream from some bit of an octet on, whole octets of it."""
    bits = "1" * offset + bits
    return ref.stream_octets(bits + "0" * (-len(bits) % 8))


@given(FRAMES.filter(len))
def test_the_stream_is_that_of_the_definition(frames: list[bytes]) -> None:
    bits = ref.FLAG + "".join(ref.between_flags(frame) + ref.FLAG for frame in frames)
    octets = encoded(frames)
    assert ref.stream_bits(octets).startswith(bits)
    assert len(octets) == (len(bits) + 7) // 8
    # in the last octet the next flag begins
    assert (ref.FLAG).startswith(ref.stream_bits(octets)[len(bits) :])


@given(FRAMES, st.integers(0, 7), st.integers(1, 3))
def test_frames_come_at_any_bit_offset(frames: list[bytes], offset: int, flags: int) -> None:
    assert found(shifted(ref.stream(frames, flags), offset)) == ref.Found(frames)


@given(FRAMES, st.lists(st.integers(0, 60)))
def test_in_pieces_it_is_the_same_stream(frames: list[bytes], pieces: list[int]) -> None:
    source, sink = Hdlc(), Hdlc()
    stream = b""
    for number, frame in enumerate(frames):
        source.send(frame)
        if number < len(pieces):
            stream += source.fill(pieces[number])
    stream += source.fill(7) + source.fill() + source.fill(3)
    for octet in stream:
        sink.take(bytes([octet]))
    assert sink.receive() == frames
    assert source.counters()["tx_frames"] == sink.counters()["rx_frames"] == len(frames)


@given(FRAMES, st.integers(0, 7), st.lists(st.integers(0, 3000), max_size=8), st.booleans())
def test_errors_are_what_the_definition_says(
    frames: list[bytes], offset: int, errors: list[int], lost: bool
) -> None:
    octets = bytearray(shifted(ref.stream(frames), offset))
    for error in errors:
        at = error % (8 * len(octets))
        if lost:
            del octets[at // 8]
            octets = octets or bytearray(1)
        else:
            octets[at // 8] ^= 1 << at % 8
    assert found(bytes(octets)) == ref.parse(ref.stream_bits(bytes(octets)), LONGEST)


@given(st.lists(st.sampled_from(["0", "1", "11111", "111111", "1111111", ref.FLAG, "0" * 70]), max_size=60))
def test_any_bits_are_what_the_definition_says(pieces: list[str]) -> None:
    bits = "".join(pieces)
    bits += "0" * (-len(bits) % 8)
    assert found(ref.stream_octets(bits), 6) == ref.parse(bits, 6)


@given(st.binary(min_size=1, max_size=80))
def test_the_fcs_is_the_one_that_others_know(frame: bytes) -> None:
    theirs = fastcrc.crc16.ibm_sdlc(frame)
    assert theirs == crccheck.crc.Crc16IbmSdlc.calc(frame)
    assert ref.frame_octets(ref.fcs(ref.frame_bits(frame))) == theirs.to_bytes(2, "little")
    bits = ref.frame_bits(frame + theirs.to_bytes(2, "little")).replace("11111", "111110")
    ours = ref.stream_bits(encoded([frame]))[len(ref.FLAG) :] if len(frame) > 1 else bits
    assert ours.startswith(bits)


def test_what_is_no_frame_is_counted() -> None:
    good = bytes(range(10))
    hdlc = Hdlc(20)
    hdlc.send(good, abort=True)
    hdlc.send(bytes(20))
    hdlc.send(bytes(21))
    hdlc.send(good)
    spoiled = ref.FLAG + ref.between_flags(good)[:-1] + "01"[ref.between_flags(good)[-1] == "0"] + ref.FLAG
    short = ref.FLAG + "0000" + ref.FLAG + "0" * 24 + ref.FLAG
    assert found(hdlc.fill(), 20) == ref.Found([bytes(20), good], aborts=1, too_long=1)
    assert found(shifted(spoiled, 0)) == ref.Found(fcs_errors=1)
    assert found(shifted(short, 0)) == ref.Found(invalid=2)
    assert found(b"\x7e\xff\xff\xff\x7e\x7e") == ref.Found()
    assert found(ref.stream_octets("0" + "1111110" * 9)) == ref.Found()  # flags that share their zeros


def test_flags_fill_the_stream() -> None:
    hdlc = Hdlc()
    assert hdlc.fill() == b""
    assert hdlc.fill(5) == b"\x7e" * 5
    hdlc.send(b"\xff\x03\x00\x21")
    first = hdlc.fill()
    bits = ref.stream_bits(first + hdlc.fill(10))
    end = bits.rindex(ref.between_flags(b"\xff\x03\x00\x21")) + len(ref.between_flags(b"\xff\x03\x00\x21"))
    assert (ref.FLAG * 12).startswith(bits[end:])


@pytest.mark.parametrize("frame", [b"", b"x"])
def test_a_frame_has_two_octets(frame: bytes) -> None:
    with pytest.raises(ValueError, match="two octets"):
        Hdlc().send(frame)


def test_arguments_are_checked() -> None:
    for longest in (1, 1 << 25):
        with pytest.raises(ValueError, match="longest"):
            Hdlc(longest)
    with pytest.raises(ValueError, match="negative"):
        Hdlc().fill(-1)


# --- libosmocore's HDLC, in the order of bits of an E1 or DCC octet: the most significant first

_LIBRARY = ctypes.util.find_library("osmocore")
osmocore = pytest.mark.skipif(_LIBRARY is None, reason="needs the library libosmocore")
BITS_REVERSED = 4  # OSMO_HDLC_F_BITREVERSE


class Osmocore:
    """One direction of it."""

    def __init__(self, start: str) -> None:
        assert _LIBRARY is not None
        self._library = ctypes.CDLL(_LIBRARY)
        self._state = ctypes.create_string_buffer(256)  # more than struct osmo_isdnhdlc_vars
        getattr(self._library, f"osmo_isdnhdlc_{start}_init")(self._state, BITS_REVERSED)

    def encode(self, frame: bytes, octets: int) -> bytes:
        """So many octets of the stream with the frame in it, which is flags but for that."""
        count, out = ctypes.c_int(), ctypes.create_string_buffer(octets)
        n = self._library.osmo_isdnhdlc_encode(self._state, frame, len(frame), ctypes.byref(count), out, octets)
        assert n <= octets and count.value == len(frame), (n, count.value)
        return out.raw[:n]

    def flags(self, octets: int) -> bytes:
        count, out = ctypes.c_int(), ctypes.create_string_buffer(octets)
        n = self._library.osmo_isdnhdlc_encode(self._state, None, 0, ctypes.byref(count), out, octets)
        return out.raw[:n]

    def decode(self, octets: bytes) -> list[bytes]:
        frames, out = [], ctypes.create_string_buffer(4096)
        while octets:
            count = ctypes.c_int()
            n = self._library.osmo_isdnhdlc_decode(
                self._state, octets, len(octets), ctypes.byref(count), out, len(out)
            )
            assert n >= 0, n
            octets = octets[count.value :]
            if n > 0:
                frames.append(out.raw[:n])
        return frames


def random_frames(seed: int) -> list[bytes]:
    chance = Random(seed)
    return [
        bytes(chance.choice((0xFF, 0x7E, chance.randrange(256))) for _ in range(chance.randrange(2, 1500)))
        for _ in range(20)
    ]


@osmocore
@pytest.mark.parametrize("seed", range(4))
def test_libosmocore_reads_what_is_sent(seed: int) -> None:
    frames = random_frames(seed)
    hdlc = Hdlc()
    stream = hdlc.fill(4)
    for frame in frames:
        hdlc.send(frame)
        stream += hdlc.fill() + hdlc.fill(Random(len(frame)).randrange(3))
    assert Osmocore("rcv").decode(stream + hdlc.fill(4)) == frames


@osmocore
@pytest.mark.parametrize("seed", range(4))
def test_what_libosmocore_sends_is_read(seed: int) -> None:
    frames = random_frames(seed)
    theirs, ours = Osmocore("out"), Hdlc()
    stream = theirs.flags(4)
    for frame in frames:
        stream += theirs.encode(frame, 4096) + theirs.flags(Random(len(frame)).randrange(1, 4))
    bits = "0" * (seed * 2 + 1) + ref.stream_bits(stream)
    ours.take(ref.stream_octets(bits + "0" * (-len(bits) % 8)))
    assert ours.receive() == frames
