"""GFP-T: the codec of superblocks alone, by how many control characters there are, and the whole path from Ethernet
frames to the octets of a VC-4-7v and back. Rates of the codec are those of characters, of the path those of octets."""

from __future__ import annotations

import random

import pytest

from msapemu._framing import Group, decode_superblocks, encode_superblocks, select_kernels

CONTAINER = 7 * 2340  # octets of a VC-4-7v in 125 us
FRAMES = 8  # line frames a round
OCTETS = FRAMES * CONTAINER
CHARACTERS = 64 * 2000
KINDS = ["data", "1518", "64", "idle", "scattered"]


def _wire(size: int) -> tuple[bytes, bytes]:
    """Frames of so many octets with FCS, at the wire's rate."""
    octets = b"\xfb" + b"\x55" * 6 + b"\xd5" + random.Random(1).randbytes(size) + b"\xfd\xf7" + b"\xbc\x50" * 5
    return octets, b"\1" + bytes(7 + size) + b"\1\1" + b"\1\0" * 5


def _characters(kind: str) -> tuple[bytes, bytes]:
    """Data alone; Ethernet frames; idle alone; control characters anywhere, one in four."""
    chance = random.Random(1)
    if kind == "scattered":
        flags = bytes(chance.random() < 0.25 for _ in range(CHARACTERS))
        return bytes(0xBC if flag else 0x4A for flag in flags), flags
    piece = {"data": (chance.randbytes(64), bytes(64)), "idle": (b"\xbc\x50", b"\1\0")}.get(kind) or _wire(int(kind))
    octets, flags = ((part * (CHARACTERS // len(part) + 1))[:CHARACTERS] for part in piece)
    return octets, flags


@pytest.mark.parametrize("variant", [None, "portable"], ids=["", "portable"])
@pytest.mark.parametrize("kind", KINDS)
class TestSuperblocks:
    def test_build(self, rate, kind, variant):
        octets, flags = _characters(kind)
        select_kernels(variant)
        rate(lambda: encode_superblocks(octets, flags), CHARACTERS)
        select_kernels()

    def test_parse(self, rate, kind, variant):
        superblocks = encode_superblocks(*_characters(kind))
        select_kernels(variant)
        rate(lambda: decode_superblocks(superblocks), CHARACTERS)
        select_kernels()


@pytest.mark.parametrize("variant", [None, "portable"], ids=["", "portable"])
@pytest.mark.parametrize("size", [1514, 64, 0], ids=["1514", "64", "idle"])
class TestEthernet:
    """PCS, superblocks, scrambler, GFP, FCS made and checked: full rate, 0 is a port that sends nothing."""

    def test_source(self, rate, size, variant):
        group = Group(gfp="t", queue_octets=1 << 20)
        select_kernels(variant)
        rate(lambda: group.fill(OCTETS, FRAMES), OCTETS, setup=lambda: _refill(group, size))
        select_kernels()

    def test_sink(self, rate, size, variant):
        source, sink = Group(gfp="t", queue_octets=1 << 20), Group(gfp="t", queue_octets=1 << 20)
        sink.take(source.fill(3 * CONTAINER, 3))
        stream = bytearray(OCTETS)

        def arm():
            _refill(source, size)
            sink.receive()
            stream[:] = source.fill(OCTETS, FRAMES)

        select_kernels(variant)
        rate(lambda: sink.take(stream, FRAMES), OCTETS, setup=arm)
        select_kernels()
        assert sink.counters()["ethernet_fcs_errors"] == sink.transparent_counters()["rx_crc_errors"] == 0


def _refill(group: Group, size: int) -> None:
    while size and group.waiting * (size + 24) < 2 * OCTETS and group.send(bytes(12) + b"\x08\x00" + bytes(size - 14)):
        pass
