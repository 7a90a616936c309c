"""Frames taken and made many at a time are those taken and made one by one: whatever comes, with all that is counted,
told and sent back."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from msapemu._framing import Fabric, FramedE1, PdhLine, v35_channel

SENT = 1 << 14  # octets that a line keeps for both ends


class End:
    """One end of a line, and all that can be seen of it."""

    def __init__(self, stepwise: bool, settings: dict[str, Any]) -> None:
        self.line = PdhLine("e1", queue_octets=SENT)
        self.e1 = FramedE1(self.line.bearers[0], **settings)
        self.e1.stepwise = stepwise
        self.fabric = Fabric([self.e1])
        self.fabric.apply()
        self.frames = 0

    def take(self, octets: bytes) -> tuple[object, ...]:
        """What there is to see after these came, and with it what is sent back."""
        if octets:
            self.line.parse(octets)
        else:
            self.line.silent(3)
        self.fabric.receive()
        counters = self.e1.counters()
        rows = self.e1.rows(counters["frames"] - self.frames)
        self.frames = counters["frames"]
        told = [event[2:] for event in self.fabric.events()]
        self.fabric.transmit(4)
        return counters, rows, told, self.e1.abcd(), self.e1.far_end_deaf, self.line.build(4)


def far_end(numbers: random.Random, settings: dict[str, Any], frames: int) -> bytes:
    """What a far end sends that changes its mind at times."""
    line = PdhLine("e1", queue_octets=SENT)
    e1 = FramedE1(line.bearers[0], **(settings | {"interworking": True}))
    channel = v35_channel(31, octets=SENT)
    fabric = Fabric([e1], slots=[] if e1.framing == "unframed" else [((e1, range(1, 32)), channel)])
    fabric.apply()
    out = b""
    while len(out) < 32 * frames:
        n = numbers.randrange(1, 65)
        e1.alarm = numbers.random() < 0.2
        e1.sa, e1.ssm = numbers.randrange(32), numbers.choice([2, 2, 2, 11])
        e1.ais = numbers.random() < 0.05
        e1.set_abcd({1 + numbers.randrange(15): numbers.randrange(16)})
        channel.fill = numbers.choice([0xFF, 0xFF, 0x00, 0x54])
        if numbers.random() < 0.7:
            channel.write(numbers.randbytes(31 * n))
        fabric.transmit(n)
        out += line.build(n)
    return out


def spoiled(numbers: random.Random, octets: bytes) -> np.ndarray:
    """Bits of it, from any one on, with errors of all kinds between good stretches."""
    bits = np.unpackbits(np.frombuffer(octets, np.uint8))[numbers.randrange(512) :]
    noise = np.random.default_rng(numbers.randrange(1 << 30))
    parts = []
    at = 0
    while at < bits.size:
        n = int(256 * numbers.choice([1, 3, 10, 40, 120, 300]) * numbers.random()) + 1
        part = bits[at : at + n].copy()
        at += n
        kind = numbers.choice(["good", "good", "good", "good", "few", "many", "slip", "more", "ones", "fas", "crc"])
        if kind in ("few", "many"):
            part ^= (noise.random(part.size) < (1e-4 if kind == "few" else 2e-2)).astype(np.uint8)
        elif kind == "slip":
            part = part[numbers.choice([1, 8, 256, 512, 2048, 4096]) :]
        elif kind == "more":
            part = np.concatenate([part, part[-numbers.choice([1, 8, 256, 2048]) :]])
        elif kind == "ones":
            part[:] = 1
        elif kind == "fas":
            part[numbers.randrange(256) :: 256 * numbers.choice([1, 2, 16])] ^= 1
        elif kind == "crc":
            part[numbers.randrange(256) :: 2048] ^= 1
        parts.append(part)
    return np.concatenate(parts)


SETTINGS: list[dict[str, Any]] = [
    {},
    {"interworking": False},
    {"cas": True},
    {"ssm_bit": 6, "cas": True},
    {"ssm_bit": 4},
    {"framing": "basic"},
    {"framing": "basic", "cas": True},
    {"framing": "unframed"},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_taken_many_at_a_time(settings: dict[str, Any], seed: int) -> None:
    print(f"seed {seed}")
    numbers = random.Random(seed * 1000 + SETTINGS.index(settings))
    sent = settings if numbers.random() < 0.8 else settings | {"framing": numbers.choice(["basic", "crc4"])}
    sent = sent if numbers.random() < 0.6 else sent | {"cas": False}
    octets = np.packbits(spoiled(numbers, far_end(numbers, sent, 6000))).tobytes()
    many, one_by_one = End(False, settings), End(True, settings)
    most = numbers.choice([1, 8, 8, 17, 64, 300])
    at = 0
    while at < len(octets) - 32:
        n = numbers.randint(0 if numbers.random() < 0.02 else 1, most)
        part = octets[at : at + 32 * n]
        at += 32 * n
        part = part[: len(part) // 32 * 32]
        assert many.take(part) == one_by_one.take(part), f"seed {seed}, before octet {at}"
    assert many.e1.counters()["aligned"] > 0 or settings.get("framing") == "unframed"


def steady(frames: int) -> bytearray:
    """A far end that does not change its mind."""
    line = PdhLine("e1", queue_octets=SENT)
    fabric = Fabric([FramedE1(line.bearers[0], idle=0x54)])
    fabric.apply()
    out = bytearray()
    for _ in range(0, frames, 64):
        fabric.transmit(64)
        out += line.build(64)
    return out


def both(octets: bytes, step: int, settings: dict[str, Any]) -> tuple[set[str], dict[str, int]]:
    """The states that both ways of taking frames go through, the same, and the counters at the end."""
    many, one_by_one = End(False, settings), End(True, settings)
    states = set()
    for at in range(0, len(octets), 32 * step):
        part = octets[at : at + 32 * step]
        assert many.take(part) == one_by_one.take(part), f"before frame {at // 32 + step}"
        states.add(many.e1.state)
    return states, many.e1.counters()


@pytest.mark.parametrize("errors", [0.5, 0.88, 0.95, 1])
def test_false_alignment_ends_in_the_same_frame(errors: float) -> None:
    numbers = random.Random(3)
    octets = steady(8 * 2200)
    for at in range(32 * 64 + 20, len(octets), 256):
        octets[at] ^= numbers.random() < errors
    _, counters = both(bytes(octets[32 * 5 :]), 8, {})
    assert (counters["false_alignments"] > 0) is (errors > 0.915)


@pytest.mark.parametrize("frame", [1, 3, 5, 9, 11])
@pytest.mark.parametrize("step", [1, 8, 64])
def test_wrong_multiframe_signals(frame: int, step: int) -> None:
    """One wrong bit in each of 1 to 6 multiframes in a row."""
    octets = steady(16 * 200)
    at = 16
    for n in (1, 2, 3, 4, 5, 6):
        for k in range(n):
            octets[32 * (16 * (at + k) + frame)] ^= 0x80
        at += 24
    states, counters = both(bytes(octets), step, {})
    assert states >= {"SEARCH", "MULTIFRAME"}
    assert counters["false_alignments"] == counters["losses"] == 0


@pytest.mark.parametrize("step", [1, 2, 8, 13])
def test_an_alarm_bit_that_flickers(step: int) -> None:
    numbers = random.Random(step)
    octets = steady(8000)
    for at in range(64 * 32, len(octets), 64):
        octets[at + 32] ^= 0x20 * (numbers.random() < 0.7)
    both(bytes(octets), step, {})


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_made_many_at_a_time(settings: dict[str, Any]) -> None:
    """What is sent does not depend on how many frames are asked for, whatever the far end is told meanwhile."""
    numbers = random.Random(5)
    octets = far_end(numbers, settings, 1600)
    out = []
    for step in (64, 24, 5, 1):
        end = End(True, settings)
        channel = v35_channel(24, octets=SENT)
        fabric = Fabric([end.e1], slots=[((end.e1, range(3, 27)), channel)])
        fabric.apply(end.fabric)
        payload = random.Random(6)
        sent = b""
        for at in range(0, len(octets), 32 * 120):
            end.line.parse(octets[at : at + 32 * 120 - 64] + bytes(64))
            fabric.receive()
            end.e1.ais = at // (32 * 120) % 5 == 4
            for _ in range(120 // step):
                channel.write(payload.randbytes(24 * step))
                fabric.transmit(step)
                sent += end.line.build(step)
            for _ in range(120 % step):
                channel.write(payload.randbytes(24))
                fabric.transmit(1)
                sent += end.line.build(1)
        out.append(sent)
    assert out[0] == out[1] == out[2] == out[3]


def test_what_finds_no_room_is_lost_by_frames() -> None:
    whole, parts = (PdhLine("e1", queue_octets=32 * 40 + 8) for _ in "ab")
    octets = random.Random(7).randbytes(32 * 64)
    whole.parse(octets)
    for at in range(0, len(octets), 32):
        parts.parse(octets[at : at + 32])
    assert whole.bearers[0].pop() == parts.bearers[0].pop() == octets[: 32 * 40]
    assert whole.counters() == parts.counters()
