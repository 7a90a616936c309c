"""Timeslots between E1s and V.35 ports, signalling, whole E1s, and clocks that differ."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from msapemu._framing import E1Pass, Fabric, FramedE1, PdhLine, v35_channel

from .e1s import Listener, framed, send


class Box:
    """A shelf with two E1 lines whose far ends are played by the test."""

    def __init__(self, connections, *, cas: bool = False, idle: int = 0x54) -> None:
        self.lines = [PdhLine("e1") for _ in range(2)]
        self.e1s = [FramedE1(line.bearers[0], cas=cas, idle=idle) for line in self.lines]
        self.fabric = Fabric(self.e1s, slots=connections(*self.e1s))
        self.fabric.apply()

    def step(self, first: bytes, second: bytes) -> tuple[bytes, bytes]:
        self.lines[0].parse(first)
        self.lines[1].parse(second)
        self.fabric.receive()
        frames = 8
        self.fabric.transmit(frames)
        return self.lines[0].build(frames), self.lines[1].build(frames)


def carry(box: Box, first: bytes, second: bytes) -> tuple[bytes, bytes]:
    out = [b"", b""]
    for at in range(0, min(len(first), len(second)), 256):
        got = box.step(first[at : at + 256], second[at : at + 256])
        out = [out[k] + got[k] for k in range(2)]
    return out[0], out[1]


def columns(octets: bytes, slots: list[int]) -> list[bytes]:
    return [bytes(octets[at + slot] for slot in slots) for at in range(0, len(octets), 32)]


def test_timeslots_go_where_they_are_connected() -> None:
    taken, put = [1, 5, 16, 31, 7], [9, 2, 3, 4, 30]
    box = Box(lambda a, b: [((b, put), (a, taken)), ((a, [1, 2]), (b, [2, 1]))])
    numbers = random.Random(1)
    one = framed(lambda n: numbers.randbytes(31), 800)
    other = framed(lambda n: numbers.randbytes(31), 800)
    _, out = carry(box, one, other)
    far = Listener()
    far.take(out)
    assert far.e1.state == "MULTIFRAME"
    assert far.e1.counters()["crc_errors"] == 0
    came = columns(far.e1.rows(200), put)
    sent = columns(one, taken)
    assert came[0] in sent
    at = sent.index(came[0])
    assert came == sent[at : at + 200]  # in step: n x 64 kbit/s stay together
    idle = [slot for slot in range(1, 32) if slot not in put]
    assert set(b"".join(columns(far.e1.rows(200), idle))) == {0x54}


def test_a_failed_source_gives_ones() -> None:
    box = Box(lambda a, b: [((b, [1, 2]), (a, [1, 2]))])
    octets = framed(lambda n: b"\x11" * 31, 160)
    carry(box, octets, octets)
    _, out = carry(box, b"\xff" * len(octets), octets)
    far = Listener()
    far.take(out)
    assert set(b"".join(columns(far.e1.rows(60), [1, 2]))) == {0xFF}
    assert set(b"".join(columns(far.e1.rows(60), [3]))) == {0x54}


def test_a_v35_port_is_clocked_by_the_line() -> None:
    channel = v35_channel(4)
    box = Box(lambda a, b: [((a, [1, 2, 3, 4]), channel), (channel, (a, [1, 2, 3, 4]))])
    numbers = random.Random(2)
    sent = numbers.randbytes(4 * 400)
    far_sent = [numbers.randbytes(31) for _ in range(800)]
    one = framed(lambda n: far_sent[n], 800)
    channel.write(sent)
    out, _ = carry(box, one, one)
    far = Listener()
    got = b""
    for at in range(0, len(out), 256):
        far.take(out[at : at + 256])
        if far.e1.state == "MULTIFRAME":
            got += b"".join(columns(far.e1.rows(8), [1, 2, 3, 4]))
    assert sent[-800:] in got
    assert got.endswith(b"\xff" * 400)
    read = channel.read()
    wanted = b"".join(row[:4] for row in far_sent)
    assert read[-1000:] in wanted
    assert channel.signal
    assert len(read) == 800 * 4


def test_signalling_goes_with_its_timeslot() -> None:
    ends = [Box(lambda a, b: [], cas=True) for _ in range(2)]
    box = Box(lambda a, b: [((b, [3, 20]), (a, [5, 17]))], cas=True)
    ends[0].e1s[0].set_abcd({5: 0b1001, 17: 0b0110})
    way = [b"\xff" * 256, b"\xff" * 256]
    for _ in range(100):
        first, _ = ends[0].step(way[0], b"\xff" * 256)
        way[0], second = box.step(first, way[1])
        way[1], _ = ends[1].step(second, b"\xff" * 256)
    abcd = ends[1].e1s[0].abcd()
    assert (abcd[3], abcd[20]) == (0b1001, 0b0110)
    assert ends[1].e1s[0].defects == ()
    # out of service when the signal is gone
    for _ in range(40):
        box.step(b"\xff" * 256, way[1])
        _, second = box.step(b"\xff" * 256, way[1])
        way[1], _ = ends[1].step(second, b"\xff" * 256)
    # frames of two steps do not all reach the far end: what it has is still the box's word
    assert ends[1].e1s[0].abcd()[3] in (0b1101, 0b1001)


def test_cas_alignment_and_loss() -> None:
    numbers = random.Random(3)

    def payload(n: int) -> bytes:
        row = bytearray(numbers.randbytes(31))
        row[15] = 0x0B if n % 16 == 5 else 0x90 | (n % 16 or 1)
        return bytes(row)

    listener = Listener(cas=True)
    octets = framed(payload, 320)
    listener.take(octets)
    assert listener.e1.defects == ()
    assert listener.e1.abcd()[1] == 9  # the frame behind the one with 0000
    wrong = bytearray(octets)
    for n in range(0, 320):
        if n % 16 == 5:
            wrong[32 * n + 16] = 0xF5
    listener.take(bytes(wrong)[: 32 * 64])
    assert listener.e1.defects == ("CAS-LOM",)
    alarm = bytearray(octets)
    for n in range(5, 320, 16):
        alarm[32 * n + 16] = 0x0F
    listener.take(bytes(alarm))
    assert listener.e1.defects == ("CAS-RAI",)


def test_cas_ais_and_what_the_far_end_is_told() -> None:
    """At most 3 zeros in timeslot 16 of two multiframes are AIS, 4 are none; y tells that there is no multiframe."""
    numbers = random.Random(5)

    def signal(zeros: int) -> bytes:
        return framed(lambda n: numbers.randbytes(15) + bytes([0xFE if n % 16 < zeros else 0xFF]) + bytes(15), 64)

    listener = Listener(cas=True)
    listener.take(signal(3))
    assert listener.e1.defects == ("CAS-AIS",)
    assert send(listener.e1, listener.line, 16)[16] == 0x0F
    listener.take(signal(4))
    assert listener.e1.defects == ("CAS-LOM",)


@pytest.mark.parametrize("more", [1, -1])
def test_another_clock_makes_slips_of_whole_frames(more: int) -> None:
    """A source that is 0.4 % off: frames are repeated or left out, timeslots stay together."""
    box = Box(lambda a, b: [((b, [1, 2]), (a, [1, 2]))])
    count = 24000
    one = framed(lambda n: bytes([n & 0xFF, n >> 8 & 0xFF]) + bytes(29), 16000 + 16000 // 250 + 16)
    out, at, n = b"", 0, 0
    while at + 9 * 32 <= len(one) and n < count // 8:
        frames = 8 + (more if n % 31 == 30 else 0)
        box.lines[0].parse(one[at : at + 32 * frames])
        box.lines[1].parse(b"\xff" * 256)
        box.fabric.receive()
        box.fabric.transmit(8)
        box.lines[0].build(8)
        out += box.lines[1].build(8)
        at += 32 * frames
        n += 1
    came = [row[0] | row[1] << 8 for row in columns(out, [1, 2])][800:]
    steps = {(after - before) & 0xFFFF for before, after in pairwise(came)}
    assert 1 in steps
    assert len(steps - {1}) <= 40
    assert box.e1s[0].counters()["slips"] > 0


def test_a_whole_e1_goes_on_untouched() -> None:
    lines = [PdhLine("e1") for _ in range(2)]
    way = E1Pass(lines[1].bearers[0], lines[0].bearers[0], target_octets=64)
    fabric = Fabric(passes=[way])
    fabric.apply()
    octets = random.Random(4).randbytes(32 * 400)
    out = b""
    for at in range(0, len(octets), 256):
        lines[0].parse(octets[at : at + 256])
        fabric.receive()
        fabric.transmit(8)
        out += lines[1].build(8)
    assert octets[: -32 * 16] in out
    assert way.counters()["slips"] == 0


def test_wrong_use() -> None:
    line = PdhLine("e1")
    e1 = FramedE1(line.bearers[0])
    with pytest.raises(ValueError, match="2 timeslots into 1"):
        Fabric([e1], slots=[((e1, [1]), (e1, [2, 3]))])
    with pytest.raises(ValueError, match="timeslots go through an E1"):
        Fabric([e1], slots=[(v35_channel(1), v35_channel(1))])
    with pytest.raises(ValueError, match=r"different ones of 1\.\.31"):
        Fabric([e1], slots=[((e1, [0]), (e1, [1]))])
    with pytest.raises(ValueError, match=r"1\.\.31 timeslots"):
        v35_channel(32)
    with pytest.raises(ValueError, match="no framing"):
        FramedE1(line.bearers[0], "crc5")
