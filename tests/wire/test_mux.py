"""G.742 and G.751: frames as the Recommendations list their bits, alignment at any bit, its loss, alarms."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu._framing import MUX_COUNTERS, PdhLine
from tests.wire import muxmodel
from tests.wire.muxmodel import FAS, FRAME_BITS, bits, octets

RATES = {"e2": 4, "e3": 16}
ROOM = 1 << 16


def noise(seed: int, length: int = 2000) -> list[bytes]:
    chance = random.Random(seed)
    return [chance.randbytes(length) for _ in range(16)]


def built(rate: str, frames: int, sent: list[bytes], **settings: object) -> str:
    line = PdhLine(rate, queue_octets=ROOM, **settings)  # type: ignore[arg-type]
    for bearer, some in zip(line.bearers, sent, strict=False):
        assert bearer.push(some) == len(some)
    return bits(line.build(frames))


def taken(line: PdhLine) -> list[str]:
    return [bits(bearer.pop()) for bearer in line.bearers]


def receive(line: PdhLine, text: str) -> None:
    line.parse(octets(text))


def signal(rate: str, count: int, *, seed: int = 3, alarm: bool = False) -> list[str]:
    """Frames of the model with noise in the tributaries."""
    return muxmodel.frames(rate, [bits(one) for one in noise(seed, 52 * count)[:4]], count, alarm=alarm)


def wrong(frame: str) -> str:
    """The frame with a wrong FAS, which no place in it makes good."""
    return "0" + frame[1:]


class TestSource:
    def test_an_e2_is_as_g742_lists_it(self) -> None:
        sent = noise(1)
        found, stuffed = muxmodel.tributaries("e2", built("e2", 40, sent))
        for one, some in zip(found, sent, strict=False):
            assert bits(some).startswith(one[: 8 * 32 * 39])
        assert all(0.40 < sum(one[j] for one in stuffed) / len(stuffed) < 0.44 for j in range(4))

    def test_an_e3_is_as_g751_lists_it(self) -> None:
        sent = noise(2)
        found, stuffed = muxmodel.tributaries("e3", built("e3", 80, sent))
        assert all(0.42 < sum(one[j] for one in stuffed) / len(stuffed) < 0.45 for j in range(4))
        for k, second in enumerate(found):
            lower, _ = muxmodel.tributaries("e2", second)
            for j in range(4):
                some = bits(sent[4 * k + j])
                assert some.startswith(lower[j][: 8 * 32 * 60]) and len(lower[j]) > 8 * 32 * 60

    def test_bits_11_and_12(self) -> None:
        assert built("e2", 1, [])[:12] == FAS + "01"
        assert built("e3", 1, [], national=False)[:12] == FAS + "00"
        line = PdhLine("e2")
        line.silent()
        assert bits(line.build())[:12] == FAS + "11"

    def test_frames_go_on_from_call_to_call(self) -> None:
        one, two = PdhLine("e3"), PdhLine("e3")
        for bearer, other, some in zip(one.bearers, two.bearers, noise(4), strict=True):
            bearer.push(some)
            other.push(some)
        assert one.build(40) == b"".join(two.build(n) for n in (1, 2, 3, 7, 27))

    def test_an_e1_that_does_not_come_is_ones(self) -> None:
        sent = noise(5)
        sent[1] = b""
        found, _ = muxmodel.tributaries("e2", built("e2", 40, sent))
        assert set(found[1]) == {"1"}
        for j in (0, 2, 3):
            assert bits(sent[j]).startswith(found[j])

    def test_an_e1_that_ends_goes_on_as_ones(self) -> None:
        sent = [bytes(100), *noise(6)[1:4]]
        line = PdhLine("e2", queue_octets=ROOM)
        for bearer, some in zip(line.bearers, sent, strict=True):
            bearer.push(some)
        found, _ = muxmodel.tributaries("e2", bits(line.build(40)))
        assert found[0].rstrip("1") == "0" * 800
        assert bits(sent[2]).startswith(found[2])
        assert line.level("e1.1")["tx_underflows"] == 1
        assert line.level("e1.1")["tx_ais"] > 8000
        assert line.level("e1.3")["tx_underflows"] == 0

    def test_a_target_is_waited_for(self) -> None:
        line = PdhLine("e2", queue_octets=4096, target_octets=512)
        bearer = line.bearers[0]
        bearer.push(bytes(500))
        found, _ = muxmodel.tributaries("e2", bits(line.build(8)))
        assert "0" not in found[0]
        bearer.push(bytes(100))
        line.build(1)
        assert bits(line.build(1))[: FRAME_BITS["e2"]].count("0") > 200


class TestSink:
    @pytest.mark.parametrize("rate", RATES)
    def test_it_reads_what_the_model_sends(self, rate: str) -> None:
        sent = [bits(one) for one in noise(7, 4000)[:4]]
        if rate == "e2":
            text = "".join(muxmodel.frames("e2", sent, 60))
            start = ["".join(part) for part in muxmodel.tributaries("e2", text)[0]]
        else:
            second = ["".join(muxmodel.frames("e2", sent, 60)) for _ in range(4)]
            text = "".join(muxmodel.frames("e3", second, 120))
            start = muxmodel.tributaries("e2", second[0])[0] * 4
        line = PdhLine(rate, queue_octets=ROOM)
        receive(line, text)
        assert line.defects == ()
        for one, other in zip(taken(line), start, strict=True):
            found = one.lstrip("1")
            assert len(found) > 8000 and found[:8000] in other

    @pytest.mark.parametrize("rate", RATES)
    def test_alignment_at_any_bit(self, rate: str) -> None:
        """Whatever comes before the first frame, the third one is used, and what comes before it goes by as ones."""
        frames = signal(rate, 8)
        first = muxmodel.frames(rate, [bits(one) for one in noise(8, 200)[:4]], 1)[0]
        step = 1 if rate == "e2" else 7
        for start in range(0, FRAME_BITS[rate], step):
            line = PdhLine(rate)
            receive(line, first[FRAME_BITS[rate] - start :].replace("1111010000", "1111010001") + "".join(frames))
            counters = line.level(rate)
            assert counters["frames"] == 6, start
            assert counters["fas_errors"] == counters["losses"] == 0

    def test_a_justification_bit_needs_two_of_three(self) -> None:
        sent = [bits(one) for one in noise(9, 4000)[:4]]
        text = "".join(muxmodel.frames("e2", sent, 60))
        places = [212, 424, 636]
        for n in range(60):
            at = n * 848 + places[n % 3] + n % 4
            text = text[:at] + "10"[int(text[at])] + text[at + 1 :]
        line = PdhLine("e2", queue_octets=ROOM)
        receive(line, text)
        for one, other in zip(taken(line), sent, strict=True):
            assert one.lstrip("1")[:10000] in other

    def test_alignment_is_lost_after_four_wrong_signals(self) -> None:
        frames = signal("e2", 30)
        for n in (10, 12, 13, 14):  # three in a row at most
            frames[n] = wrong(frames[n])
        line = PdhLine("e2")
        receive(line, "".join(frames))
        assert line.level("e2")["fas_errors"] == 4
        assert line.level("e2")["losses"] == 0 and line.level("e2")["frames"] == 28
        assert line.events() == []
        for n in range(20, 24):
            frames[n] = wrong(frames[n])
        line = PdhLine("e2")
        receive(line, "".join(frames))
        assert line.level("e2")["losses"] == 1
        # lost with frame 23; then two that confirm
        assert line.level("e2")["frames"] == 28 - 2
        assert [event[1:] for event in line.events()] == [("", "MUX-LOF", True), ("", "MUX-LOF", False)]

    def test_a_lost_alignment_goes_by_as_ones(self) -> None:
        frames = signal("e2", 60, seed=11)
        line = PdhLine("e2", queue_octets=ROOM)
        receive(line, "".join(frames[:20]))
        taken(line)
        receive(line, "".join(wrong(one) for one in frames[20:24]))
        taken(line)
        receive(line, "1000" * 10600)
        assert line.defects == ("MUX-LOF",)
        for one in taken(line):
            assert set(one) == {"1"}
            assert abs(len(one) - 42400 * 8 / 33) < 600  # what is still searched is not out

    def test_two_signals_are_no_alignment(self) -> None:
        frames = signal("e2", 30)
        text = "".join(wrong(one) if n % 3 == 2 else one for n, one in enumerate(frames))
        line = PdhLine("e2")
        receive(line, text)
        assert line.level("e2")["frames"] == 0
        assert line.defects == ("MUX-LOF",)

    def test_an_imitation_does_not_hold(self) -> None:
        """A FAS in the tributaries at one place of three frames is taken, and left for the true one."""
        frames = signal("e2", 40)
        for n in range(3):
            frames[n] = frames[n][:300] + FAS + frames[n][310:]
        line = PdhLine("e2")
        receive(line, frames[0][200:] + "".join(frames[1:]))
        assert line.level("e2")["losses"] <= 1
        assert line.level("e2")["frames"] > 30
        assert line.defects == ()

    @pytest.mark.parametrize("rate", RATES)
    def test_ais(self, rate: str) -> None:
        frames = signal(rate, 40)
        ones = "1" * FRAME_BITS[rate]
        few = "0" * 4 + ones[4:]
        line = PdhLine(rate)
        receive(line, "".join(frames[:20]) + ones)
        assert line.defects == ()
        receive(line, few)
        assert line.defects == ("MUX-AIS",)
        receive(line, ones * 10 + "0" * 5 + ones[5:])
        assert line.defects == ("MUX-AIS",)
        receive(line, "".join(frames[20:26]))
        assert line.defects == ()
        top = [event[2:] for event in line.events() if not event[1]]
        assert top == [("MUX-AIS", True), ("MUX-AIS", False)]

    def test_ais_becomes_loss_of_alignment(self) -> None:
        line = PdhLine("e2")
        receive(line, "1" * 848 * 10)
        assert line.defects == ("MUX-AIS",)
        receive(line, "10" * 424 * 10)
        assert line.defects == ("MUX-LOF",)
        assert [event[2:] for event in line.events()] == [
            ("MUX-AIS", True), ("MUX-AIS", False), ("MUX-LOF", True)
        ]  # fmt: skip

    @pytest.mark.parametrize("rate", RATES)
    def test_rai(self, rate: str) -> None:
        line = PdhLine(rate)
        receive(line, "".join(signal(rate, 10)))
        receive(line, "".join(signal(rate, 4, alarm=True)))
        assert line.defects == ()
        receive(line, signal(rate, 1, alarm=True)[0] + signal(rate, 1)[0])
        assert "MUX-RAI" in line.defects
        receive(line, "".join(signal(rate, 4)))
        assert "MUX-RAI" not in line.defects

    def test_national_bit(self) -> None:
        line = PdhLine("e2")
        for value in (1, 0, 1):
            receive(line, built("e2", 20, [], national=value))
            assert line.level("e2")["national"] == value

    def test_no_signal(self) -> None:
        line = PdhLine("e3", queue_octets=ROOM)
        receive(line, built("e3", 10, noise(12)))
        taken(line)
        line.silent(10)
        assert line.defects == ("LOS",)
        for one in taken(line):
            assert set(one[8:]) == {"1"} and abs(len(one) - 2560) < 600  # less than an octet was left
        assert bits(line.build(4))[:11] == FAS + "1"
        receive(line, built("e3", 10, noise(12)))
        assert line.defects == ()
        assert [event[1:] for event in line.events()] == [("", "LOS", True), ("", "LOS", False)]
        assert line.counters()["silent_frames"] == 10


class TestE3:
    def broken(self, number: int, frames: int = 400) -> tuple[str, list[list[str]]]:
        """An E3 whose E2 `number` loses its frames in the middle; what the E1s of the others are."""
        sent = [[bits(one) for one in noise(20 + k, 52 * frames)[:4]] for k in range(4)]
        lower = [muxmodel.frames("e2", sent[k], frames) for k in range(4)]
        for n in range(frames // 3, 2 * frames // 3):
            lower[number][n] = wrong(lower[number][n])
        return "".join(muxmodel.frames("e3", ["".join(one) for one in lower], 2 * frames)), sent

    def test_an_e2_that_fails_touches_no_other(self) -> None:
        text, sent = self.broken(2)
        line = PdhLine("e3", queue_octets=ROOM)
        receive(line, text)
        assert [event[1:] for event in line.events()] == [("e2.3", "MUX-LOF", True), ("e2.3", "MUX-LOF", False)]
        assert line.level("e2.3")["losses"] == 1
        for number, one in enumerate(taken(line)):
            if number // 4 != 2:
                start = one.find("0") + 20
                assert one[start : start + 60000] in sent[number // 4][number % 4]
                assert line.level(f"e2.{number // 4 + 1}")["losses"] == 0

    def test_the_far_end_of_that_e2_is_told(self) -> None:
        text, _ = self.broken(1)
        line, far = PdhLine("e3"), PdhLine("e3")
        receive(line, text[: len(text) // 2])
        assert "MUX-LOF" in line.level("e2.2")["defects"]
        far.parse(line.build(20))
        assert far.level("e2.2")["defects"] == ("MUX-RAI",)
        assert far.level("e2.1")["defects"] == far.level("e3")["defects"] == ()
        assert far.events()[-1][1:] == ("e2.2", "MUX-RAI", True)

    def test_when_the_e3_fails_its_e2s_are_no_news(self) -> None:
        line = PdhLine("e3")
        line.parse(PdhLine("e3").build(20))
        line.parse(b"\x5a" * 537 * 20)
        assert [event[1:] for event in line.events()] == [("", "MUX-LOF", True)]
        far = PdhLine("e3")
        far.parse(line.build(20))
        assert far.defects == ("MUX-RAI",)
        assert [far.level(name)["defects"] for name in far.levels] == [("MUX-RAI",)] * 5


class TestUse:
    def test_levels(self) -> None:
        assert PdhLine("e1").levels == ()
        assert PdhLine("e2").levels == ("e2",)
        assert PdhLine("e3").levels == ("e3", "e2.1", "e2.2", "e2.3", "e2.4")
        assert set(PdhLine("e2").level("e2")) == set(MUX_COUNTERS)
        assert [len(PdhLine(rate).bearers) for rate in RATES] == [4, 16]
        for rate, name in (("e1", "e1.1"), ("e2", "e3"), ("e2", "e1.5"), ("e3", "e1.17"), ("e3", "e1.0")):
            with pytest.raises(ValueError, match="no level"):
                PdhLine(rate).level(name)

    def test_clocks_of_e2(self) -> None:
        with pytest.raises(ValueError, match="e2_ppm"):
            PdhLine("e3", e2_ppm=(0, 0, 0))
        with pytest.raises(ValueError, match="e2_ppm"):
            PdhLine("e3", e2_ppm=(0, 0, 0, 101))


@settings(max_examples=60, deadline=None)
@given(
    rate=st.sampled_from(list(RATES)),
    seed=st.integers(0, 1 << 32),
    error=st.sampled_from([0, 1e-4, 1e-3, 1e-2, 0.3]),
    cut=st.integers(0, 200),
)
def test_errors_are_never_more_than_errors(rate: str, seed: int, error: float, cut: int) -> None:
    """Whatever comes, in whatever pieces, as much comes out of every E1; and after it good frames are found."""
    chance = random.Random(seed)
    sent = noise(seed, 2000)
    good = octets(built(rate, 60, sent))
    bad = bytearray(good)[cut:]
    for _ in range(int(error * 8 * len(bad))):
        at = chance.randrange(8 * len(bad))
        bad[at >> 3] ^= 0x80 >> (at & 7)
    whole, pieces = PdhLine(rate, queue_octets=ROOM), PdhLine(rate, queue_octets=ROOM)
    whole.parse(bytes(bad) + good)
    rest = bytes(bad) + good
    while rest:
        length = chance.choice((1, 2, 37, 132, 537, 5000))
        pieces.parse(rest[:length])
        rest = rest[length:]
    came = [bearer.pop() for bearer in whole.bearers]
    assert came == [bearer.pop() for bearer in pieces.bearers]
    nominal = (len(bad) + len(good)) / whole.octets * 32
    assert all(abs(len(one) - nominal) < 150 for one in came)
    assert "MUX-LOF" not in whole.defects and "MUX-AIS" not in whole.defects
    for one, some in zip(came, sent, strict=False):
        assert bits(some)[4000:12000] in bits(one)
