"""Groups over E1s and over E3s in the frame of G.832, of core and second implementation: the same octets from the first
on, and each reads the other's, whatever the delays, with and without LCAS.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from msapemu._framing import Fabric, FramedE1, Group, PdhLine
from tests.ref import e1frame, e1sync, e1vcat, g832, gfp, vcat
from tests.ref.e1frame import FRAME, MULTIFRAME, Overhead, bits_text

seeds = st.integers(0, 2**32 - 1)
no_shrinking = [Phase.explicit, Phase.reuse, Phase.generate]
DEAF = Overhead(a=1, e=(0, 0))  # of an end that receives nothing


def mac_frames(count: int, seed: int = 1) -> list[bytes]:
    rng = Random(seed)
    return [rng.randbytes(rng.randrange(60, 400)) for _ in range(count)]


def gfp_frames(mac: list[bytes]) -> list[bytes]:
    return [gfp.build(gfp.ethernet_payload(frame)) for frame in mac]


class Port:
    """A group of the core over E1 lines."""

    def __init__(self, count: int, **options: object) -> None:
        self.group = Group(delay_limit_us=256_000, **options)  # type: ignore[arg-type]
        self.lines = [PdhLine("e1") for _ in range(count)]
        self.e1s = [FramedE1(line.bearers[0]) for line in self.lines]
        self.fabric = Fabric(self.e1s, members=[(e1, self.group, n) for n, e1 in enumerate(self.e1s)])
        self.fabric.apply()

    def build(self, frames: int) -> list[bytes]:
        """So many frames of each line."""
        runs = [bytearray() for _ in self.lines]
        for _ in range(frames):
            self.fabric.transmit()
            for run, line in zip(runs, self.lines, strict=True):
                run += line.build()
        return [bytes(run) for run in runs]

    def parse(self, octets: list[bytes]) -> list[bytes]:
        """All frames of the client in the lines."""
        got = []
        for at in range(0, min(map(len, octets)) - FRAME + 1, FRAME):
            for line, run in zip(self.lines, octets, strict=True):
                line.parse(run[at : at + FRAME])
            self.fabric.receive()
            self.fabric.transmit()
            got += self.group.receive()
        return got


def shifted(frames: list[bytes], bits: int) -> bytes:
    """Behind so many ones."""
    text = "1" * bits + bits_text(b"".join(frames))
    return e1frame.text_octets(text)


# -- E1


@pytest.mark.parametrize("count", [1, 2, 5, 16])
def test_the_same_octets(count: int) -> None:
    """From the first bit on, when nothing is received."""
    mac = mac_frames(30)
    port = Port(count)
    assert all(port.group.send(frame) for frame in mac)
    multiframes = 40
    core = port.build(MULTIFRAME * multiframes)
    group = vcat.Group(vcat.E1, count, gfp.OctetSource(gfp_frames(mac)))
    ref = e1vcat.build(group, multiframes, overhead=DEAF)
    assert core == [b"".join(run) for run in ref]


@settings(max_examples=6, phases=no_shrinking)
@given(seeds, st.integers(1, 16), st.booleans())
def test_core_to_ref(seed: int, count: int, with_lcas: bool) -> None:
    rng = Random(seed)
    port = Port(count, lcas="one-way" if with_lcas else False)
    before = port.build(MULTIFRAME * 40)
    mac = mac_frames(40, seed)
    assert all(port.group.send(frame) for frame in mac)
    after = port.build(MULTIFRAME * 40)
    lines = [first + rest for first, rest in zip(before, after, strict=True)]
    paths = [e1vcat.path("1" * rng.randrange(9000) + bits_text(octets)) for octets in lines]
    assert all(path.reading.counts["crc_errors"] == 0 for path in paths)
    numbers = [path.numbering() for path in paths]
    assert [number and number[1] for number in numbers] == list(range(count))
    octets = vcat.read(paths).octets if with_lcas else vcat.join(paths).octets
    assert [frame.payload for frame in vcat.frames_of(octets)] == [gfp.ethernet_payload(frame) for frame in mac]


@settings(max_examples=6, phases=no_shrinking)
@given(seeds, st.integers(1, 16), st.booleans())
def test_ref_to_core(seed: int, count: int, with_lcas: bool) -> None:
    """Delays of up to 10 ms and any phase of the bits."""
    rng = Random(seed)
    mac = mac_frames(40, seed)
    lead = 60 * 495 * count // 4
    source = gfp.OctetSource(gfp_frames(mac), lead)
    group = vcat.Group(vcat.E1, count, source, vcat.steady(vcat.E1, count) if with_lcas else None)
    frames = e1vcat.build(group, 110, [rng.randrange(6) for _ in range(count)])
    port = Port(count, lcas=with_lcas)
    assert port.parse([shifted(run, rng.randrange(512)) for run in frames]) == mac


@pytest.mark.parametrize("delays", [[0, 20], [60, 0], [30, 0, 90]])
def test_differential_delay(delays: list[int]) -> None:
    """Of up to 180 ms; the core tells how late a member is."""
    count = len(delays)
    mac = mac_frames(20)
    lead = (60 + max(delays)) * 495 * count // 4
    group = vcat.Group(vcat.E1, count, gfp.OctetSource(gfp_frames(mac), lead))
    port = Port(count)
    assert port.parse([b"".join(run) for run in e1vcat.build(group, 110 + 2 * max(delays), delays)]) == mac


@pytest.mark.parametrize("with_lcas", [False, True])
def test_control_packets_of_the_core(with_lcas: bool) -> None:
    """One count for all members, the CRC of each packet right, status of members 0-7 and 8-15 by turns."""
    port = Port(12, lcas="one-way" if with_lcas else False)
    paths = [e1vcat.path(bits_text(octets)) for octets in port.build(MULTIFRAME * 80)]
    for sq, path in enumerate(paths):
        numbering = path.numbering()
        assert numbering is not None and numbering[1] == sq
        for number, got in vcat.packets_in(path, numbering[0]).items():
            assert got.good or not with_lcas
            assert got.fixed == (not with_lcas)
            assert (got.packet.mfi, got.packet.sq) == (number, sq)
            if with_lcas:
                assert got.packet.ctrl == vcat.steady(vcat.E1, 12)(sq, number).ctrl
                assert got.packet.mst == vcat.steady(vcat.E1, 12)(sq, number).mst


def test_one_without_the_octet() -> None:
    """All of TS1 to TS31, both ways."""
    mac = mac_frames(20)

    def port() -> tuple[PdhLine, Group, Fabric]:
        line, group = PdhLine("e1"), Group()
        e1 = FramedE1(line.bearers[0])
        fabric = Fabric([e1], runs=[(e1, group, list(range(1, 32)))])
        fabric.apply()
        return line, group, fabric

    line, group, fabric = port()
    assert all(group.send(frame) for frame in mac)
    core = bytearray()
    for _ in range(MULTIFRAME * 40):
        fabric.transmit()
        core += line.build()
    octets = b"".join(frame.octets[1:] for frame in e1sync.read(bits_text(bytes(core))).frames)
    ref = e1vcat.build_alone(gfp.OctetSource(gfp_frames(mac)).take, 40)
    assert octets == b"".join(frame[1:] for frame in ref[-len(octets) // 31 :])

    line, group, fabric = port()
    lead = 100 * 31 // 4
    ref = e1vcat.build_alone(gfp.OctetSource(gfp_frames(mac), lead).take, 40)
    got = []
    for frame in ref:
        line.parse(frame)
        fabric.receive()
        got += group.receive()
    assert got == mac


# -- E3 in the frame of G.832


class E3Port:
    """A group of the core over lines of G.832; `alone`: one that is not concatenated."""

    def __init__(self, count: int, alone: bool = False, **options: object) -> None:
        self.group = Group(delay_limit_us=256_000, **options)  # type: ignore[arg-type]
        self.lines = [PdhLine("g832") for _ in range(count)]
        numbers = [None] if alone else list(range(count))
        self.fabric = Fabric(lines=[(line, self.group, n) for line, n in zip(self.lines, numbers, strict=True)])
        self.fabric.apply()

    def build(self, frames: int) -> list[bytes]:
        runs = [bytearray() for _ in self.lines]
        for _ in range(frames):
            self.fabric.transmit()
            for run, line in zip(runs, self.lines, strict=True):
                run += line.build()
        return [bytes(run) for run in runs]

    def parse(self, octets: list[bytes]) -> list[bytes]:
        got = []
        for at in range(0, min(map(len, octets)) - g832.SIZE + 1, g832.SIZE):
            for line, run in zip(self.lines, octets, strict=True):
                line.parse(run[at : at + g832.SIZE])
            self.fabric.receive()
            self.fabric.transmit()
            got += self.group.receive()
        return got


@pytest.mark.parametrize("count", [1, 3, 8])
@pytest.mark.parametrize("with_lcas", [False, True])
def test_g832_core_to_ref(count: int, with_lcas: bool) -> None:
    """EM right from frame to frame; the concatenation octet the first of the payload; found at any bit."""
    rng = Random(count)
    port = E3Port(count, lcas="one-way" if with_lcas else False)
    before = port.build(80)
    mac = mac_frames(40)
    assert all(port.group.send(frame) for frame in mac)
    after = port.build(80)
    lines = [first + rest for first, rest in zip(before, after, strict=True)]
    paths = [g832.E3Path("1" * rng.randrange(5000) + bits_text(octets)) for octets in lines]
    assert all(len(path.reading.frames) >= 158 and not any(path.reading.wrong_bits) for path in paths)
    assert [number and number[1] for number in map(g832.E3Path.numbering, paths)] == list(range(count))
    octets = vcat.read(paths).octets if with_lcas else vcat.join(paths).octets
    assert [frame.payload for frame in vcat.frames_of(octets)] == [gfp.ethernet_payload(frame) for frame in mac]


@pytest.mark.parametrize("count", [1, 3, 8])
@pytest.mark.parametrize("with_lcas", [False, True])
def test_g832_ref_to_core(count: int, with_lcas: bool) -> None:
    rng = Random(count)
    mac = mac_frames(40)
    source = gfp.OctetSource(gfp_frames(mac), 90 * 529 * count // 4)
    group = vcat.Group(vcat.E3, count, source, vcat.steady(vcat.E3, count) if with_lcas else None)
    frames = g832.build_group(group, 180, [rng.randrange(9) for _ in range(count)])
    port = E3Port(count, lcas=with_lcas)
    assert port.parse([shifted(run, rng.randrange(4296)) for run in frames]) == mac


def test_g832_alone() -> None:
    """All 530 octets, both ways, octet for octet from the first frame on."""
    mac = mac_frames(20)
    port = E3Port(1, alone=True)
    assert all(port.group.send(frame) for frame in mac)
    (core,) = port.build(40)
    source = gfp.OctetSource(gfp_frames(mac))
    frames = [core[at : at + g832.SIZE] for at in range(0, len(core), g832.SIZE)]
    assert b"".join(map(g832.payload_of, frames)) == source.take(530 * 40)
    assert frames == g832.build([g832.payload_of(f) for f in frames], lambda n: g832.overhead_of(frames[n]))

    source = gfp.OctetSource(gfp_frames(mac), 530 * 8 // 4)
    octets = b"".join(g832.build(source.take(530) for _ in range(40)))
    assert E3Port(1, alone=True).parse([octets]) == mac


def test_g832_errors() -> None:
    """Wrong bits by EM, as many as both count."""
    rng = Random(6)
    frames = [bytearray(frame) for frame in g832.build(rng.randbytes(530) for _ in range(60))]
    for number in rng.sample(range(10, 58), 20):
        frames[number][rng.choice(g832.PAYLOAD_PLACES)] ^= rng.randrange(1, 256)
    octets = b"".join(map(bytes, frames))
    line = PdhLine("g832")
    for at in range(0, len(octets), g832.SIZE):
        line.parse(octets[at : at + g832.SIZE])
    wanted = g832.parse(bits_text(octets)).wrong_bits
    assert line.level("g832")["em_errors"] == sum(wanted) > 0
