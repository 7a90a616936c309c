"""E3 in a VC-3 (STANDARDS 5): known frames, votes, rates, what happens when bits fail to come."""

from __future__ import annotations

import itertools
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msapemu._framing import E3, TRIBUTARY_COUNTERS
from tests.ref import e3 as ref
from tests.ref.bits import bits_of, octets_of
from tests.wire.tributaries import Run, bits

# columns of a row, from 1
FIXED = (2, 6, 10, 14, 18, 19, 23, 27, 31, 35, 39, 44, 48, 52, 56, 60, 61, 65, 69, 73, 77, 81)
DATA = [column for column in range(2, 86) if column not in (*FIXED, 43, 85)]
C_PLACES = ((1, 43), (1, 85), (2, 43), (2, 85), (3, 43))  # row of the sub-frame, column


def at(subframe: int, row: int, column: int) -> int:
    return 255 * subframe + 85 * (row - 1) + column - 1


def order(subframe: int) -> list[int]:
    """Where the octets of the E3 stand, nominal: 179 of a sub-frame, the last but one with S2 in it."""
    rows = [at(subframe, row, column) for row in (1, 2, 3) for column in DATA if (row, column) < (3, 81)]
    return [*rows, at(subframe, 3, 84), at(subframe, 3, 85)]


NOMINAL = [place for subframe in range(3) for place in order(subframe)]
CONTROL = [at(subframe, *place) for subframe in range(3) for place in C_PLACES]
S1 = [at(subframe, 3, 83) for subframe in range(3)]
POH = range(0, 765, 85)
STUFF = sorted(set(range(765)) - {*NOMINAL, *CONTROL, *S1, *POH})


def taker(**options: int) -> E3:
    """A source that takes what is there."""
    return E3(target_octets=0, **options)


def framed(stream: str, choices: list[tuple[bool, bool]]) -> bytes:
    """A frame of the bits; of each sub-frame: are S1 and S2 bits of the E3?"""
    frame = bytearray(765)
    for subframe, (s1, s2) in enumerate(choices):
        head, stream = stream[:1416], stream[1416:]
        one, stream = (stream[0], stream[1:]) if s1 else ("0", stream)
        two, stream = (stream[0], stream[1:]) if s2 else ("0", stream)
        last, stream = stream[:15], stream[15:]
        for place, octet in zip(order(subframe), octets_of(map(int, head + two + last)), strict=True):
            frame[place] = octet
        frame[S1[subframe]] = int(one)
        for place in C_PLACES:
            frame[at(subframe, *place)] = (not s1) << 1 | (not s2)
    assert stream == ""
    return bytes(frame)


class TestKnown:
    def test_the_totals(self) -> None:
        """STANDARDS 5: 1431 I, 2 S, 10 C and 573 R bits in a sub-frame of 2016."""
        assert (len(DATA), len(NOMINAL), len(STUFF)) == (60, 537, 3 * (3 * 22 + 1))
        assert 8 * 178 + 7 == 1431
        assert 8 * len(STUFF) // 3 + 5 * 6 + 7 == 573

    def test_a_nominal_frame(self) -> None:
        """537 octets in their places, C1 = 1 (S1 is stuff), C2 = 0 (S2 is a bit), the rest zero."""
        source, octets = taker(), Random(1).randbytes(537)
        source.push(octets)
        frame = source.build()
        assert bytes(frame[place] for place in NOMINAL) == octets
        assert {frame[place] for place in CONTROL} == {0b00000010}
        assert not any(frame[place] for place in (*STUFF, *S1, *POH))

    def test_rows_by_hand(self) -> None:
        """The first row begins R I I I R I I I R, and has C R in columns 43 and 44; row 3 ends R R A B I."""
        source = taker()
        source.push(bytes(1 + n % 251 for n in range(537)))
        frame = source.build()
        assert frame[:10] == bytes([0, 0, 1, 2, 3, 0, 4, 5, 6, 0])
        assert frame[16:22] == bytes([12, 0, 0, 13, 14, 15])  # columns 17 to 22
        assert frame[38:47] == bytes([0, 28, 29, 30, 2, 0, 31, 32, 33])  # columns 39 to 47
        assert frame[80:86] == bytes([0, 58, 59, 60, 2, 0])  # columns 81 to 85, and the path overhead of row 2
        assert frame[87:90] == bytes([61, 62, 63])
        assert frame[246:255] == bytes([0, 175, 176, 177, 0, 0, 0, 178, 179])  # row 3, columns 77 to 85
        assert frame[257:260] == bytes([180, 181, 182])  # the second sub-frame

    def test_path_overhead_is_left_alone(self) -> None:
        for poh in (bytes(range(1, 10)), bytes(9)):
            frame = taker().build(poh)
            assert bytes(frame[place] for place in POH) == poh

    def test_ais(self) -> None:
        frame = taker().build()
        assert {frame[place] for place in NOMINAL} == {0xFF}
        assert {frame[place] for place in CONTROL} == {2}
        assert not any(frame[place] for place in (*STUFF, *S1))

    @pytest.mark.parametrize("choice", [*itertools.product((False, True), repeat=2)])
    def test_the_four_ways_to_justify(self, choice: tuple[bool, bool]) -> None:
        sink, length = E3(), 3 * (1431 + sum(choice))
        stream = bits(Random(2).randbytes(600))[:length]
        sink.parse(framed(stream, [choice] * 3))
        assert bits(sink.pop()) == stream[: length - length % 8]
        counters = sink.counters()
        assert counters["rx_positive"] == (3 if sum(choice) == 0 else 0)
        assert counters["rx_negative"] == (3 if sum(choice) == 2 else 0)

    def test_label(self) -> None:
        assert E3().label == 0x04


class TestVotes:
    def test_three_of_five(self) -> None:
        """All 1024 values of the ten C bits, three sub-frames of a frame at a time."""
        stream = bits(Random(3).randbytes(600))
        values = [*itertools.product(itertools.product((0, 1), repeat=5), repeat=2)]
        values += values[:2]
        for trio in zip(values[::3], values[1::3], values[2::3], strict=True):
            choices = [(sum(c1) < 3, sum(c2) < 3) for c1, c2 in trio]
            length = sum(1431 + s1 + s2 for s1, s2 in choices)
            frame = bytearray(framed(stream[:length], choices))
            for place, (one, two) in zip(
                CONTROL, [pair for c1, c2 in trio for pair in zip(c1, c2, strict=True)], strict=True
            ):
                frame[place] = one << 1 | two
            sink = E3()
            sink.parse(bytes(frame))
            assert bits(sink.pop()) == stream[: length - length % 8], trio

    def test_two_errors_in_each_set_of_each_subframe(self) -> None:
        """Two copies of C1 and two of C2 wrong in every sub-frame of an E3 at +100 ppm."""
        chance = Random(4)

        def spoil(frame: bytearray) -> None:
            for subframe in range(3):
                for bit in (1, 2):
                    for place in chance.sample(C_PLACES, 2):
                        frame[at(subframe, *place)] ^= bit

        run = Run(E3(), E3(), 4296, 100, spoil=spoil)
        run.run(5000)
        run.assert_bit_exact()
        assert run.sink.counters()["rx_negative"] == run.source.counters()["tx_negative"] > 100

    @given(st.binary(min_size=765, max_size=765))
    def test_fixed_stuff_means_nothing(self, noise: bytes) -> None:
        source, first, second = taker(), E3(), E3()
        source.push(Random(5).randbytes(537))
        frame = source.build()
        noisy = bytearray(frame)
        masks = [(place, 0xFF) for place in (*STUFF, *POH)] + [(place, 0xFC) for place in CONTROL]
        for place, mask in masks + [(place, 0xFE) for place in S1]:
            noisy[place] ^= noise[place] & mask
        first.parse(frame)
        second.parse(bytes(noisy))
        assert first.pop() == second.pop()
        assert first.counters() == second.counters()


class TestReference:
    """Against the second implementation."""

    @given(st.lists(st.binary(min_size=765, max_size=765), min_size=1, max_size=3))
    def test_sink(self, frames: list[bytes]) -> None:
        sink, expected = E3(), []
        for frame in frames:
            sink.parse(frame)
            expected += ref.take_async(frame)
        assert sink.pop() == octets_of(expected[: len(expected) // 8 * 8])

    @given(st.binary(min_size=537, max_size=537))
    def test_source_nominal(self, octets: bytes) -> None:
        source, expected = taker(), bytearray(765)
        source.push(octets)
        ref.put_stream(expected, bits_of(octets))
        assert source.build() == expected

    @pytest.mark.parametrize("ppm", [-400, 400])
    def test_source_justified(self, ppm: int) -> None:
        """A frame is the reference's for the same bits, whatever bit of the queue it begins at."""
        source, chance, seen = E3(target_octets=537), Random(6), set()
        pushed = position = 0
        stream = ""
        for number in range(1, 801):
            octets = chance.randbytes(1 + int((number + 1) * 537 * (1 + ppm * 1e-6)) - pushed)
            pushed += source.push(octets)
            stream = stream[position:] + bits(octets)
            frame, expected = source.build(), bytearray(765)
            choices = ref.justification(frame)
            position = 3 * 1431 + sum(map(sum, choices))
            if position != 4296 or number % 10 == 0:
                ref.put_stream(expected, [int(bit) for bit in stream[:position]], choices)
                assert frame == expected, number
            seen.add((position, len(stream) % 8))
        assert {length for length, _ in seen} == {4296, 4295 if ppm < 0 else 4297}
        assert {place for _, place in seen} == set(range(8))
        assert source.counters()["tx_ais"] == 0


@pytest.mark.parametrize("lump", [1, 4, 8])
@pytest.mark.parametrize("ppm", [-100, -20, 0, 20, 100])
class TestRate:
    """Ten seconds in virtual time each, the port bringing lumps of up to 1 ms."""

    def test_bit_exact_without_hunting(self, ppm: int, lump: int) -> None:
        run = Run(E3(), E3(), 4296, ppm, lump)
        before = run.settle(60_000)
        run.run(20_000)
        run.assert_bit_exact()
        moved = run.since(before)
        expected = 20_000 * 4296 * ppm * 1e-6
        assert moved["tx_ais"] == 0
        # at 0 ppm the last few of coming from where it started
        assert moved["tx_negative"] - moved["tx_positive"] == pytest.approx(expected, abs=100)
        assert min(moved["tx_positive"], moved["tx_negative"]) == 0
        assert run.highest - run.lowest <= 537 * lump + 40


class TestClocks:
    def test_the_frequency_jumps(self) -> None:
        """From one end of the range to the other and back: no slip."""
        run = Run(E3(), E3(), 4296, 100)
        for _ in range(3):
            run.run(20_000)
            run.assert_bit_exact()
            run.ppm = -run.ppm
        assert run.source.counters()["tx_positive"] > 1000 < run.source.counters()["tx_negative"]

    def test_a_steady_clock_is_never_justified(self) -> None:
        run = Run(E3(), E3(), 4296, 0)
        run.run(10_000)
        counters = run.source.counters()
        assert counters["tx_positive"] == counters["tx_negative"] == 0


class TestShortage:
    def test_running_out(self) -> None:
        """AIS until the target and a frame are there; the bits that are left, then ones; AIS again."""
        source, sink, octets = E3(target_octets=600), E3(), Random(7).randbytes(1500)
        source.push(octets[:1136])
        sink.parse(source.build())
        source.push(octets[1136:1137])
        sink.parse(source.build(frames=3))
        source.push(octets[1137:])
        sink.parse(source.build())
        assert sink.pop() == b"\xff" * 537 + octets[:1137] + b"\xff" * (3 * 537 - 1137) + b"\xff" * 537
        assert source.waiting == 363
        counters = source.counters()
        assert (counters["tx_underflows"], counters["tx_ais"]) == (1, 8 * (5 * 537 - 1137))

    @given(st.integers(0, 2500), st.integers(1, 1300))
    def test_a_file(self, length: int, chunk: int) -> None:
        """target_octets=0: the first bit of the file is the first of the first frame, and ones follow the last."""
        octets = Random(length).randbytes(length)
        source, sink, rest = taker(queue_octets=1200), E3(), octets
        while rest or source.waiting:
            while rest and source.room:
                rest = rest[source.push(rest[: min(chunk, source.room)]) :]
            sink.parse(source.build())
        sink.parse(source.build())
        received = sink.pop()
        assert received[:length] == octets
        assert received[length:] == b"\xff" * (len(received) - length)
        assert len(received) == 537 * (-(-length // 537) + 1)
        counters = source.counters()
        assert counters["tx_ais"] == 8 * (len(received) - length)
        assert counters["tx_overflows"] == counters["tx_positive"] == counters["tx_negative"] == 0


class TestOverflow:
    def test_push(self) -> None:
        source = taker(queue_octets=1200)
        assert source.push(bytes(1000)) == 1000
        assert source.push(bytes(1000)) == 200
        assert (source.counters()["tx_overflows"], source.room, source.waiting) == (1, 0, 1200)

    def test_sink(self) -> None:
        """A frame that finds no room is lost whole."""
        sink, source = E3(queue_octets=1200, target_octets=0), taker()
        source.push(b"".join(bytes([n]) * 537 for n in range(4)))
        sink.parse(source.build(frames=3))
        assert sink.counters()["rx_overflows"] == 1
        assert sink.pop(537) == bytes(537)
        sink.parse(source.build())
        assert sink.pop() == b"\x01" * 537 + b"\x03" * 537

    def test_pop(self) -> None:
        sink = E3()
        sink.fail()
        assert sink.pop(500) == b"\xff" * 500
        assert sink.counters()["rx_underflows"] == 0
        assert sink.pop(100) == b"\xff" * 37
        assert sink.counters()["rx_underflows"] == 1


class TestFailedTrail:
    def test_ais_at_nominal_rate(self) -> None:
        """125 us are 4296 ones; the E3 goes on after them."""
        sink, source = E3(), taker()
        source.push(bytes(2 * 537))
        sink.parse(source.build())
        sink.fail(2)
        sink.parse(source.build())
        assert sink.pop() == bytes(537) + b"\xff" * 2 * 537 + bytes(537)
        assert sink.counters()["rx_ais"] == 2 * 4296

    def test_in_a_full_queue(self) -> None:
        sink = E3(queue_octets=1200, target_octets=0)
        sink.fail(5)
        counters = sink.counters()
        assert (sink.ready, counters["rx_overflows"], counters["rx_ais"]) == (1074, 3, 2 * 4296)


class TestSettings:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"queue_octets": 1075}, "queue_octets must be 1076"),
            ({"queue_octets": 4000, "target_octets": 3463}, "target_octets must be 0..3462"),
        ],
    )
    def test_bad_settings(self, options: dict[str, int], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            E3(**options)

    @pytest.mark.parametrize("length", [1, 764, 766])
    def test_no_whole_frame(self, length: int) -> None:
        with pytest.raises(ValueError, match="765 octets"):
            E3().parse(bytes(length))

    def test_counters_by_name(self) -> None:
        assert tuple(E3().counters()) == TRIBUTARY_COUNTERS
        source, sink = taker(), E3()
        sink.parse(source.build(frames=3))
        assert source.counters()["tx_frames"] == sink.counters()["rx_frames"] == 3
