"""Overhead octets as channels: DCC, orderwires and user channels of a line, F2 and F3 of a path."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msapemu._framing import Group, Line, LineMap, OctetChannel
from tests.ref.line import Builder, Client, Content, MultiBuilder, MultiParser
from tests.ref.section import DCC_M, DCC_R, SectionSink
from tests.wire.lines import FRAME, frames_of, map_of

RATES = {"stm1": 1, "stm4": 4, "stm16": 16}
SECTION = {"dcc-r": DCC_R, "dcc-m": DCC_M, "e1": ("E1",), "e2": ("E2",), "f1": ("F1",)}
FILL = 0xFF


def octets_of(seed: int, count: int) -> bytes:
    """None of them is the fill octet."""
    return bytes(random.Random(seed).randrange(FILL) for _ in range(count))


@pytest.mark.parametrize("rate", RATES)
def test_all_channels_of_a_line_at_once(rate: str) -> None:
    """Sent in their places, as the second implementation reads them; then fill."""
    source, judge = Line(rate=rate), SectionSink(RATES[rate])
    sent = {name: octets_of(i, 20 * len(places) + 1) for i, (name, places) in enumerate(SECTION.items())}
    for name, octets in sent.items():
        assert source.channel(name).write(octets) == len(octets)
    for frame in frames_of(source.build(24), RATES[rate]):
        judge.feed(frame)
    for name, places in SECTION.items():
        assert judge.channel(*places) == sent[name].ljust(24 * len(places), bytes([FILL]))
        assert source.channel(name).counters()["tx_fill"] == 24 * len(places) - len(sent[name])


@pytest.mark.parametrize("rate", RATES)
def test_all_channels_are_received(rate: str) -> None:
    n, sink = RATES[rate], Line(rate=rate)
    names = [name for places in SECTION.values() for name in places]
    values = {name: octets_of(7 + i, 16) for i, name in enumerate(names)}
    contents = [Content("vc4", [Client()], width=n)]
    builder = MultiBuilder(n, contents, soh={name: values[name].__getitem__ for name in names})
    channels = {name: sink.channel(name) for name in SECTION}
    sink.parse(builder.line(16))
    for name, places in SECTION.items():
        # alignment gives the first frame, too
        assert channels[name].read() == bytes(values[place][n] for n in range(16) for place in places)
        assert channels[name].counters()["rx_dropped"] == 0


@pytest.mark.parametrize("width", [1, 4])
@pytest.mark.parametrize("name", ["f2", "f3"])
def test_channels_of_a_vc4(name: str, width: int) -> None:
    rate = {1: "stm1", 4: "stm4"}[width]
    source, sink = Line(rate=rate), Line(rate=rate)
    for line in (source, sink):
        line.apply(LineMap("vc4", [(Group(), ())], width=width))
    data = octets_of(3, 30)
    channel, received = source.channel(name), sink.channel(name)
    octets = source.build(8)  # fill, until the pointer is found
    channel.write(data)
    octets += source.build(40)
    sink.parse(octets)
    assert received.read().strip(bytes([FILL])) == data
    judge = MultiParser(width, [width], whole_file=True).feed_all(frames_of(octets, width))
    assert bytes(poh[name.upper()] for poh in judge.au[1].poh4).strip(bytes([FILL])) == data


def test_channels_of_one_vc4_of_many_and_of_its_vc3s() -> None:
    """Each is its own."""
    source, sink = Line(rate="stm4"), Line(rate="stm4")
    for line in (source, sink):
        for k in range(1, 5):
            line.apply(LineMap("tug", supervisory=("1", "2", "3")), k)
    places: list[tuple[int, str | None]] = [(2, None), (2, "1"), (2, "3"), (4, "2")]
    data = {place: octets_of(n, 40) for n, place in enumerate(places)}
    ends: dict[tuple[int, str | None], tuple[OctetChannel, OctetChannel]] = {
        (k, vc3): (source.channel("f2", vc4=k, member=vc3), sink.channel("f2", vc4=k, member=vc3)) for k, vc3 in places
    }
    octets = source.build(12)
    for place, (sending, _) in ends.items():
        sending.write(data[place])
    sink.parse(octets + source.build(60))
    for place, (_, receiving) in ends.items():
        assert receiving.read().strip(bytes([FILL])) == data[place]
    assert sink.overhead(1)["octets"]["f2"] == 0


@given(st.lists(st.integers(0, 40), min_size=1, max_size=30), st.integers(0, 2**32))
def test_runs_of_any_length_pass_whole(runs: list[int], seed: int) -> None:
    """Small rings that turn over many times: nothing lost, nothing doubled, what does not fit is refused."""
    source, sink = Line(), Line()
    sending, receiving = source.channel("dcc-m", octets=64), sink.channel("dcc-m", octets=64)
    data = iter(octets_of(seed, 4000))
    chance = random.Random(seed)
    sent, got, left = b"", b"", b""
    for run in runs:
        left += bytes(next(data) for _ in range(run))
        taken = sending.write(left)
        sent, left = sent + left[:taken], left[taken:]
        sink.parse(source.build(chance.randrange(4)))
        got += receiving.read(chance.randrange(27, 80))  # as many as can have come, or the ring runs over
    for _ in range(40):
        sink.parse(source.build(2))
        got += receiving.read()
    assert bytes(octet for octet in got if octet != FILL) == sent
    counters = receiving.counters()
    assert counters["rx_dropped"] == counters["rx_waiting"] == 0
    assert counters["rx_octets"] == len(got) == sending.counters()["tx_octets"] + sending.counters()["tx_fill"]


def test_what_finds_no_room_is_counted() -> None:
    source, sink = Line(), Line()
    sending, receiving = source.channel("dcc-r", octets=64), sink.channel("dcc-r", octets=64)
    data = octets_of(1, 100)
    assert (sending.write(data), sending.write(data), sending.write(b"")) == (64, 0, 0)
    assert sending.counters()["tx_waiting"] == 64
    sink.parse(source.build(30))
    counters = receiving.counters()
    assert (counters["rx_octets"], counters["rx_dropped"], counters["rx_waiting"]) == (64, 26, 64)
    assert receiving.read(10) == data[:10] and receiving.read() == data[10:64] and receiving.read() == b""
    sink.parse(source.build(1))
    assert receiving.read() == b"\xff\xff\xff"  # room again


def test_fill() -> None:
    """FFh, or what is set: HDLC flags."""
    line = Line()
    channel = line.channel("e1", fill=0x7E)
    assert channel.fill == 0x7E and line.channel("e1").fill == 0x7E
    assert line.channel("f1").fill == 0xFF
    judge = SectionSink(1)
    judge.feed(line.build(1))
    channel.fill = 0x55
    judge.feed(line.build(1))
    assert judge.channel("E1", "F1") == b"\x7e\xff\x55\xff"
    for wrong in (-1, 256):
        with pytest.raises(ValueError, match=r"fill must be 0\.\.255"):
            channel.fill = wrong
        with pytest.raises(ValueError, match=r"fill must be 0\.\.255"):
            line.channel("e2", fill=wrong)


def test_a_channel_is_opened_once() -> None:
    line = Line()
    assert line.channel("f1") is line.channel("f1", octets=8)
    assert line.channel("f1") is not line.channel("e1")
    assert line.channel("f1").name == "f1"
    for name in ("dcc", "F1", ""):
        with pytest.raises(ValueError, match="no channel"):
            line.channel(name)
    with pytest.raises(ValueError, match="has no VC-4"):
        line.channel("f2", vc4=2)
    with pytest.raises(ValueError, match="has no channel"):
        line.channel("f2", member="1.1.1")
    with pytest.raises(ValueError, match="needs room"):
        line.channel("e2", octets=0)


def test_octets_of_no_channel_are_as_set() -> None:
    """An open channel goes before a set octet; the others stay."""
    line = Line(section={"e1": 0x11, "f1": 0x22, "d1": 0x33})
    line.channel("f1")
    judge = SectionSink(1)
    judge.feed(line.build(1))
    assert judge.channel("E1", "F1", "D1", "D2") == b"\x11\xff\x33\x00"


def test_a_channel_outlives_its_line() -> None:
    channel = Line().channel("dcc-r")
    assert channel.write(b"abc") == 3 and channel.read() == b""


@pytest.mark.parametrize("k2", [0, 0b111])
def test_a_failed_multiplex_section_has_no_channels(k2: int) -> None:
    """MS-AIS: DCC_M and E2 end there; DCC_R, E1 and F1 are the regenerator section's."""
    sink = Line()
    channels = {name: sink.channel(name) for name in SECTION}
    frames = Builder(soh={"K2": lambda _: k2}).frames(40)
    sink.parse(b"".join(frames[:10]))
    for channel in channels.values():
        channel.read()
    sink.parse(b"".join(frames[10:]))
    for name, places in SECTION.items():
        gone = k2 and name in ("dcc-m", "e2")
        assert len(channels[name].read()) == (0 if gone else 30 * len(places))


def test_no_channel_carries_what_came_during_lof() -> None:
    sink = Line()
    channel = sink.channel("dcc-r")
    frames = Builder().frames(100)
    sink.parse(b"".join(frames[:10]) + bytes(40 * FRAME))
    channel.read()
    sink.parse(b"".join(frames[50:60]))
    assert "LOF" in sink.defects and channel.read() == b""
    sink.parse(b"".join(frames[60:]))
    assert sink.defects == () and len(channel.read()) > 0


def test_one_thread_writes_while_the_line_works() -> None:
    """And another reads: in order, whole."""
    source, sink = Line(), Line()
    source.apply(map_of(Group()))
    sending, receiving = source.channel("dcc-m", octets=128), sink.channel("dcc-m", octets=4096)
    data = octets_of(11, 6000)
    done = threading.Event()

    def write() -> None:
        at = 0
        while at < len(data):
            at += sending.write(data[at : at + 50])
        done.set()

    def received() -> Iterator[bytes]:
        while not done.is_set() or sending.counters()["tx_waiting"]:
            sink.parse(source.build(4))
            yield receiving.read()

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    got = b"".join(received())
    writer.join()
    assert bytes(octet for octet in got if octet != FILL) == data
