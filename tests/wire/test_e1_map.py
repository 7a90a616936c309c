"""E1 in a VC-12 (STANDARDS 5): known frames, votes, rates, what happens when bits fail to come."""

from __future__ import annotations

import itertools
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msapemu._framing import E1, TRIBUTARY_COUNTERS
from tests.ref import e1 as ref
from tests.ref.bits import bits_of, octets_of
from tests.wire.tributaries import Run, bits

DATA = [*range(2, 34), *range(37, 69), *range(72, 104), *range(107, 139)]  # octets of a nominal frame
CONTROL = (36, 71, 106)
FIXED = [1, 34, 69, 104, 139]  # R, beside the control octets
POH = (0, 35, 70, 105)


def taker(kind: str = "async", **options: int) -> E1:
    """A source that takes what is there."""
    return E1(kind, target_octets=0, **options)


def sent_bits(frame: bytes) -> str:
    """The bits of the E1 in a frame, its justification read from the first copy of the C bits."""
    s1 = f"{frame[106] & 1}" if not frame[36] & 0x80 else ""
    s2 = f"{frame[107] >> 7}" if not frame[36] & 0x40 else ""
    head = bits(frame[2:34] + frame[37:69] + frame[72:104])
    return head + s1 + s2 + bits(frame[107:139])[1:]


def framed(stream: str, s1: bool, s2: bool) -> bytes:
    """The other way: 1023 bits and those of S1 and S2."""
    head, rest = stream[:768], stream[768:]
    one, rest = (rest[0], rest[1:]) if s1 else ("0", rest)
    two, rest = (rest[0], rest[1:]) if s2 else ("0", rest)
    assert (len(head), len(rest)) == (768, 255)
    frame = bytearray(140)
    for octet, value in zip(DATA, octets_of([int(bit) for bit in head + two + rest]), strict=True):
        frame[octet] = value
    for octet in CONTROL:
        frame[octet] = (not s1) << 7 | (not s2) << 6
    frame[106] |= int(one)
    return bytes(frame)


class TestKnown:
    def test_a_nominal_frame(self) -> None:
        """1024 bits: octets 0, 1, 2 ... in their places, C1 = 1 (S1 is stuff), C2 = 0 (S2 is a bit), the rest zero."""
        source = taker()
        source.push(bytes(range(128)))
        frame = source.build()
        assert frame[0:3] == bytes([0, 0, 0])
        assert frame[2:34] == bytes(range(0, 32))
        assert frame[34:37] == bytes([0, 0, 0x80])
        assert frame[37:69] == bytes(range(32, 64))
        assert frame[69:72] == bytes([0, 0, 0x80])
        assert frame[72:104] == bytes(range(64, 96))
        assert frame[104:107] == bytes([0, 0, 0x80])
        assert frame[107:139] == bytes(range(96, 128))
        assert frame[139] == 0

    def test_path_overhead_is_left_alone(self) -> None:
        for poh in (b"\x12\x34\x56\x78", bytes(4)):
            frame = taker().build(poh)
            assert bytes(frame[at] for at in POH) == poh

    def test_o_bits(self) -> None:
        """C1 C2 O O O O R R, with O = 1010 and 0101."""
        source, sink = taker(), E1()
        source.o_bits = 0xA5
        frame = source.build()
        assert (frame[36], frame[71], frame[106]) == (0b10101000, 0b10010100, 0b10000000)
        sink.parse(frame)
        assert sink.o_bits_received == source.o_bits == 0xA5

    def test_ais(self) -> None:
        """No bits: 1024 ones in a nominal frame."""
        frame = taker().build()
        assert all(frame[at] == 0xFF for at in DATA)
        assert [frame[at] for at in CONTROL] == [0x80] * 3
        assert not any(frame[at] for at in FIXED)

    @pytest.mark.parametrize(
        ("c1", "c2", "tail"),
        [(1, 0, "0" + "1010101"), (1, 1, "1010101"), (0, 0, "1" + "0" + "1010101"), (0, 1, "1" + "1010101")],
    )
    def test_the_four_ways_to_justify(self, c1: int, c2: int, tail: str) -> None:
        """S1 = 1, S2 = 0 and 1010101 behind them; what is stuff does not come out."""
        frame = bytearray(140)
        for at in CONTROL:
            frame[at] = c1 << 7 | c2 << 6
        frame[106] |= 1
        frame[107] = 0b01010101
        frame[108] = 0xC3
        sink = E1()
        sink.parse(bytes(frame))
        sink.parse(bytes(140))  # fills up the last octet
        assert bits(sink.pop())[:790] == ("0" * 768 + tail + "11000011").ljust(790, "0")
        counters = sink.counters()
        assert (counters["rx_positive"], counters["rx_negative"]) == (c1 & c2, 1 + (not c1 | c2))

    def test_byte_synchronous(self) -> None:
        """Path overhead, R, timeslots 0 to 31, R: four times."""
        source, sink = taker("byte"), E1("byte")
        octets = bytes(range(128))
        assert source.push(octets) == 128
        frame = source.build(b"\xf1\xf2\xf3\xf4")
        expected = b"".join(bytes([0xF1 + q, 0, *octets[32 * q : 32 * q + 32], 0]) for q in range(4))
        assert frame == expected
        sink.parse(frame)
        assert sink.pop() == octets

    def test_labels(self) -> None:
        assert (E1().label, E1("byte").label) == (0b010, 0b100)


class TestVotes:
    def test_two_of_three(self) -> None:
        """All 64 values of the six C bits."""
        stream = bits(Random(3).randbytes(140))
        for c1, c2 in itertools.product(itertools.product((0, 1), repeat=3), repeat=2):
            s1, s2 = sum(c1) < 2, sum(c2) < 2
            length = 1023 + s1 + s2
            frame = bytearray(framed(stream[:length], s1, s2))
            for at, one, two in zip(CONTROL, c1, c2, strict=True):
                frame[at] = frame[at] & 0x3F | one << 7 | two << 6
            sink = E1()
            sink.parse(bytes(frame))
            assert bits(sink.pop()) == stream[: length - length % 8], (c1, c2)

    def test_one_error_in_each_set_of_each_frame(self) -> None:
        """One copy of C1 and one of C2 wrong in every frame of an E1 at +100 ppm."""
        chance = Random(4)

        def spoil(frame: bytearray) -> None:
            frame[chance.choice(CONTROL)] ^= 0x80
            frame[chance.choice(CONTROL)] ^= 0x40

        run = Run(E1(), E1(), 1024, 100, spoil=spoil)
        run.run(5000)
        run.assert_bit_exact()
        assert run.sink.counters()["rx_negative"] == run.source.counters()["tx_negative"] > 100

    @given(st.binary(min_size=140, max_size=140))
    def test_fixed_stuff_means_nothing(self, noise: bytes) -> None:
        source, first, second = taker(), E1(), E1()
        source.push(Random(5).randbytes(128))
        frame = source.build()
        noisy = bytearray(frame)
        for at, mask in [(at, 0xFF) for at in (*FIXED, *POH)] + [(36, 0x03), (71, 0x03), (106, 0x3F)]:
            noisy[at] ^= noise[at] & mask
        first.parse(frame)
        second.parse(bytes(noisy))
        assert first.pop() == second.pop()
        assert first.counters() == second.counters()


class TestReference:
    """Against the second implementation."""

    @given(st.lists(st.binary(min_size=140, max_size=140), min_size=1, max_size=5))
    def test_sink_async(self, frames: list[bytes]) -> None:
        sink, expected = E1(), []
        for frame in frames:
            sink.parse(frame)
            expected += ref.take_async(frame)
            assert sink.o_bits_received == ref.overhead_bits(frame)
        assert sink.pop() == octets_of(expected[: len(expected) // 8 * 8])

    @given(st.binary(min_size=140, max_size=140))
    def test_sink_byte(self, frame: bytes) -> None:
        sink = E1("byte")
        sink.parse(frame)
        assert sink.pop() == b"".join(ref.take_byte(frame))

    @given(st.binary(min_size=128, max_size=128), st.integers(0, 255))
    def test_source_nominal(self, octets: bytes, o_bits: int) -> None:
        source, expected = taker(), bytearray(140)
        source.o_bits = o_bits
        source.push(octets)
        data = bits_of(octets)
        ref.put_async(expected, data[:768] + data[769:], None, data[768], o_bits)
        assert source.build() == expected

    @given(st.binary(min_size=128, max_size=128))
    def test_source_byte(self, octets: bytes) -> None:
        source, expected = taker("byte"), bytearray(140)
        source.push(octets)
        ref.put_byte(expected, [octets[at : at + 32] for at in range(0, 128, 32)])
        assert source.build() == expected

    @pytest.mark.parametrize("ppm", [-200, 200])
    def test_source_justified(self, ppm: int) -> None:
        """Every frame is the reference's for the same bits, whatever bit of the queue it begins at."""
        source, chance, seen = E1(target_octets=128), Random(6), set()
        pushed = position = 0
        stream: list[int] = []
        for number in range(1, 2001):
            octets = chance.randbytes(1 + int((number + 1) * 128 * (1 + ppm * 1e-6)) - pushed)
            pushed += source.push(octets)
            stream += bits_of(octets)
            frame, expected = source.build(), bytearray(140)
            s1, s2 = ref.justification(frame)
            length = 1023 + s1 + s2
            ref.put_stream(expected, stream[position : position + length], s1, s2)
            assert frame == expected, number
            position += length
            seen.add((length, position % 8))
        assert {length for length, _ in seen} == {1024, 1023 if ppm < 0 else 1025}
        assert {place for _, place in seen} == set(range(8))
        assert source.counters()["tx_ais"] == 0


@pytest.mark.parametrize("lump", [1, 2, 4])
@pytest.mark.parametrize("ppm", [-100, -20, 0, 50, 100])
class TestRate:
    """50 s in virtual time each, the port bringing lumps of 0.5, 1 and 2 ms."""

    def test_bit_exact_without_hunting(self, ppm: int, lump: int) -> None:
        run = Run(E1(), E1(), 1024, ppm, lump)
        before = run.settle(20_000)
        run.run(100_000)
        run.assert_bit_exact()
        moved = run.since(before)
        expected = 100_000 * 1024 * ppm * 1e-6
        assert moved["tx_ais"] == 0
        assert moved["tx_negative"] - moved["tx_positive"] == pytest.approx(expected, abs=30)
        assert min(moved["tx_positive"], moved["tx_negative"]) == 0
        # between its lowest and highest fill there is a lump and little more
        assert run.highest - run.lowest <= 128 * lump + 16
        assert 512 - 64 * lump - 36 - 16 <= run.lowest <= run.highest <= 512 + 64 * lump + 36 + 16


class TestClocks:
    def test_the_frequency_jumps(self) -> None:
        """From one end of the range to the other and back, every 10 s: no slip."""
        run = Run(E1(), E1(), 1024, 100)
        for _ in range(3):
            run.run(20_000)
            run.assert_bit_exact()
            run.ppm = -run.ppm
        assert run.source.counters()["tx_positive"] > 1000 < run.source.counters()["tx_negative"]

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_a_port_that_is_late(self, seed: int) -> None:
        """Lumps of 1 ms up to 1 ms late, at +50 ppm: no slip, and the justifications of one sign."""
        run = Run(E1(target_octets=640), E1(), 1024, 50, lump=2, seed=seed, late=2)
        before = run.settle(20_000)
        run.run(40_000)
        run.assert_bit_exact()
        moved = run.since(before)
        assert moved["tx_negative"] == pytest.approx(40_000 * 1024 * 50e-6, abs=60)
        assert moved["tx_positive"] == 0

    def test_a_steady_clock_is_never_justified(self) -> None:
        run = Run(E1(), E1(), 1024, 0)
        run.run(50_000)
        counters = run.source.counters()
        assert counters["tx_positive"] == counters["tx_negative"] == 0

    def test_spacing_is_even(self) -> None:
        """+100 ppm is 0.1024 bits a frame: a justification every 9 or 10 frames once settled."""
        run = Run(E1(), E1(), 1024, 100)
        before = run.settle(30_000)
        at = []
        for number in range(2000):
            run.run(1)
            if run.since(before)["tx_negative"] > len(at):
                at.append(number)
        gaps = {after - before for before, after in itertools.pairwise(at)}
        assert gaps <= {9, 10, 11}
        assert len(at) == pytest.approx(204.8, abs=2)


class TestShortage:
    def test_ais_until_the_target(self) -> None:
        source = E1(target_octets=300)
        for octets in (0, 300, 127):
            source.push(bytes(octets))
            assert sent_bits(source.build()) == "1" * 1024
        source.push(bytes(1))  # 428: the target and a frame
        assert sent_bits(source.build()) == "0" * 1024
        counters = source.counters()
        assert (counters["tx_underflows"], counters["tx_ais"], source.waiting) == (0, 3 * 1024, 300)

    def test_running_out(self) -> None:
        """The bits that are there, then ones; AIS until the target again; nothing is lost or doubled."""
        source, octets = E1(target_octets=256), bytes(range(256))
        source.push(octets + octets[:138])
        frames = [source.build() for _ in range(4)]
        assert sent_bits(frames[0]) + sent_bits(frames[1]) + sent_bits(frames[2]) == bits(octets + octets[:128])
        assert sent_bits(frames[3]) == bits(octets[128:138]) + "1" * 944
        counters = source.counters()
        assert (counters["tx_underflows"], counters["tx_ais"], source.waiting) == (1, 944, 0)
        source.push(octets[:200])
        assert sent_bits(source.build()) == "1" * 1024
        source.push(octets[200:] + octets[:128])
        assert sent_bits(source.build()) == bits(octets[:128])
        assert source.counters()["tx_underflows"] == 1

    @given(st.integers(0, 700), st.integers(1, 300))
    def test_a_file(self, length: int, chunk: int) -> None:
        """target_octets=0: the first bit of the file is the first of the first frame, and ones follow the last."""
        octets = Random(length).randbytes(length)
        source, sink, rest = taker(queue_octets=300), E1(), octets
        while rest or source.waiting:
            while rest and source.room:
                rest = rest[source.push(rest[: min(chunk, source.room)]) :]
            sink.parse(source.build())
        sink.parse(source.build())
        received = sink.pop()
        assert received[:length] == octets
        assert received[length:] == b"\xff" * (len(received) - length)
        assert len(received) == 128 * (-(-length // 128) + 1)
        counters = source.counters()
        assert counters["tx_ais"] == 8 * (len(received) - length)
        assert counters["tx_overflows"] == counters["tx_positive"] == counters["tx_negative"] == 0
        assert counters["tx_underflows"] == (length > 0)

    def test_byte_synchronous_runs_out_by_whole_frames(self) -> None:
        source, octets = taker("byte"), bytes(range(96))
        assert source.push(octets + b"\x00" * 31) == 96
        sink = E1("byte")
        sink.parse(source.build())
        assert sink.pop() == octets + b"\xff" * 32
        assert source.counters()["tx_ais"] == 256


class TestOverflow:
    @pytest.mark.parametrize(("kind", "taken"), [("async", 300), ("byte", 288)])
    def test_push(self, kind: str, taken: int) -> None:
        source = taker(kind, queue_octets=300)
        assert source.room == taken
        assert source.push(bytes(200)) == (200 if kind == "async" else 192)
        assert source.counters()["tx_overflows"] == 0
        assert source.push(bytes(200)) == (100 if kind == "async" else 96)
        assert source.counters()["tx_overflows"] == 1
        assert source.room == 0
        assert source.waiting == taken

    @pytest.mark.parametrize("kind", ["async", "byte"])
    def test_sink(self, kind: str) -> None:
        """A frame that finds no room is lost whole: alignment stays."""
        sink, source = E1(kind, queue_octets=384, target_octets=0), taker(kind)
        source.push(b"".join(bytes([n]) * 128 for n in range(5)))
        sink.parse(source.build(frames=4))
        assert sink.counters()["rx_overflows"] == 1
        assert sink.ready == 384
        assert sink.pop(128) == bytes(128)
        sink.parse(source.build())
        assert sink.pop() == b"\x01" * 128 + b"\x02" * 128 + b"\x04" * 128

    def test_pop(self) -> None:
        sink = E1()
        assert sink.pop() == sink.pop(0) == b""
        assert sink.counters()["rx_underflows"] == 0
        sink.fail(4)
        assert sink.pop(100) == b"\xff" * 100
        assert sink.counters()["rx_underflows"] == 0
        assert sink.pop(100) == b"\xff" * 28
        assert sink.counters()["rx_underflows"] == 1


class TestFailedTrail:
    @pytest.mark.parametrize("kind", ["async", "byte"])
    def test_ais_at_nominal_rate(self, kind: str) -> None:
        """125 us are 256 ones; the E1 goes on after them."""
        sink, source = E1(kind), taker(kind)
        source.push(bytes(256))
        sink.parse(source.build())
        sink.fail(1)
        assert sink.ready == 128 + 32
        sink.fail()
        sink.parse(source.build())
        assert sink.pop() == bytes(128) + b"\xff" * (32 + 128) + bytes(128)
        assert sink.counters()["rx_ais"] == 5 * 256

    def test_behind_a_part_of_an_octet(self) -> None:
        sink = E1()
        sink.parse(framed("0" * 1023, False, False))
        sink.fail(8)
        assert bits(sink.pop()) == "0" * 1023 + "1" * (8 * 256 - 7)

    def test_in_a_full_queue(self) -> None:
        sink = E1(queue_octets=300, target_octets=0)
        sink.fail(12)
        assert sink.ready == 288
        counters = sink.counters()
        assert (counters["rx_overflows"], counters["rx_ais"]) == (3, 9 * 256)


class TestSettings:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"kind": "bit"}, "no kind 'bit'"),
            ({"queue_octets": 257}, "queue_octets must be 258"),
            ({"queue_octets": 1 << 31}, "queue_octets must be"),
            ({"target_octets": 4096}, "target_octets must be 0..3967"),
        ],
    )
    def test_bad_settings(self, options: dict[str, object], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            E1(**options)  # type: ignore[arg-type]

    def test_o_bits_out_of_range(self) -> None:
        for value in (-1, 256):
            with pytest.raises(ValueError, match="O bits are"):
                E1().o_bits = value
        with pytest.raises(ValueError, match="only the asynchronous"):
            E1("byte").o_bits = 1

    @pytest.mark.parametrize("length", [1, 139, 141, 279])
    def test_no_whole_frame(self, length: int) -> None:
        with pytest.raises(ValueError, match="140 octets"):
            E1().parse(bytes(length))

    def test_counters_by_name(self) -> None:
        assert tuple(E1().counters()) == TRIBUTARY_COUNTERS
        source, sink = taker(), E1()
        sink.parse(source.build(frames=3))
        assert source.counters()["tx_frames"] == sink.counters()["rx_frames"] == 3
