"""Packets of SAToP and CESoPSN: the octets of the RFCs, the vectors, and what tshark makes of them."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from msapemu._framing import Cesop, Pseudowire, Satop
from tests.wire.packets import L, R, packet, rtp, word

VECTORS = Path(os.environ.get("MSAPEMU_CAPTURES", Path(__file__).parents[3] / "shared" / "captures")).parent / "vectors"
needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="needs the program tshark")
PORT = 50000


def played(end: Pseudowire, frames: int) -> bytes:
    """What comes out in so many times 125 us, each of which is on time."""
    for _ in range(frames // 8):
        end.play(8)
    return end.bearer.pop()


def lost(end: Pseudowire) -> None:
    """Have it send R: its receiver loses packets."""
    end.play(8 * 64)
    assert end.defects == ("LOPS",)


# --- octets


def test_satop_as_the_rfc_has_it() -> None:
    source = Satop(sequence=0x1234)
    bits = Random(1).randbytes(512)
    source.bearer.push(bits)
    assert source.packets(16) == [bytes.fromhex("00001234") + bits[:256], bytes.fromhex("00001235") + bits[256:]]
    lost(source)
    source.bearer.push(bits[:256])
    assert source.packets(8) == [bytes.fromhex("04001236") + bits[:256]]


def test_an_e1_that_does_not_come() -> None:
    source = Satop(sequence=0xFFFF, suppress=True)
    assert source.packets(8) == [bytes.fromhex("0804ffff")]
    assert source.packets(24) == [bytes.fromhex("08040000"), bytes.fromhex("08040001"), bytes.fromhex("08040002")]
    full = Satop(sequence=5)
    assert full.packets(8) == [bytes.fromhex("08000005") + b"\xff" * 256]
    # bits that come late are no failure until four milliseconds have passed
    full.bearer.push(bytes(256))
    assert len(full.packets(8)) == 1
    assert full.packets(39) == []
    assert full.packets(1) == [bytes.fromhex("08000007") + b"\xff" * 256]


def test_rtp_comes_first_and_counts_the_e1() -> None:
    source = Satop(100, rtp=True, sequence=65535, payload_type=101, ssrc=0xDEADBEEF)
    bits = Random(2).randbytes(300)
    source.bearer.push(bits)
    made = source.packets(10)
    assert (
        made
        == [
            rtp(101, 65535, 0, 0xDEADBEEF) + word(65535) + bits[:100],
            rtp(101, 0, 3, 0xDEADBEEF) + word(0) + bits[100:200],  # 800 bits: three times 125 us, and some
            rtp(101, 1, 6, 0xDEADBEEF) + word(1) + bits[200:],
        ]
    )
    sink = Satop(100, rtp=True, jitter_us=0, expect_type=101, expect_ssrc=0xDEADBEEF)
    for one in made:
        sink.take(one)
    sink.play(8)
    assert sink.bearer.pop() == bits[:256]
    assert len(Satop(40, rtp=True, suppress=True).packets(2)[0]) == 16


def test_length_is_told_of_short_packets() -> None:
    for payload, named in ((32, 36), (59, 63), (60, 0)):
        source = Satop(payload)
        source.bearer.push(bytes(payload))
        assert source.packets(1)[0][1] == named
        with_rtp = Satop(payload, rtp=True)
        with_rtp.bearer.push(bytes(payload))
        assert with_rtp.packets(1)[0][13] == (named + 12 if named and named + 12 < 64 else 0)


def test_seeds_begin_anywhere() -> None:
    begun = set()
    for seed in range(50):
        source = Satop(rtp=True, seed=seed)
        source.bearer.push(bytes(256))
        (one,) = source.packets(8)
        assert one[2:4] == one[14:16]
        begun.add((one[2:4], one[8:12]))
        again = Satop(rtp=True, seed=seed)
        again.bearer.push(bytes(256))
        assert again.packets(8) == [one]
    assert len(begun) == 50


GOOD = packet(1, bytes(256))


@pytest.mark.parametrize(
    ("octets", "counter"),
    [
        (b"", "malformed"),
        (GOOD[:3], "malformed"),
        (GOOD[:-1], "malformed"),
        (GOOD + b"x", "malformed"),
        (b"\x80" + GOOD[1:], "malformed"),
        (b"\x10" + GOOD[1:], "malformed"),
        (packet(1, bytes(255), L), "packets"),  # it means nothing: its size does not either
        (word(1), "malformed"),  # without payload, and without L
        (word(1, length=8), "malformed"),
        (word(1, L, length=2), "malformed"),
        (bytes(9000), "malformed"),
        (GOOD, "packets"),
        (packet(1, bytes(256), 3, 2), "packets"),  # reserved bits, FRG: ignored
        (word(1, L, 4), "packets"),
        (word(1, L, 4) + bytes(42), "packets"),  # padded by a link
        (word(1, L), "packets"),
    ],
)
def test_what_is_taken(octets: bytes, counter: str) -> None:
    sink = Satop()
    sink.take(octets)
    count = sink.counters()
    assert [count["malformed"], count["packets"]] == [counter == "malformed", counter == "packets"]


def test_what_is_taken_with_rtp() -> None:
    sink = Satop(rtp=True, expect_type=96, expect_ssrc=7)
    good = rtp(96, 1, 0, 7) + word(1) + bytes(256)
    for first in (b"\x90", b"\x81", b"\xa0", b"\x80\x61"):
        sink.take(first + good[len(first) :])
    sink.take(good[12:])
    assert sink.counters()["malformed"] == 5
    sink.take(rtp(96, 1, 0, 8) + word(1) + bytes(256))
    assert (sink.counters()["strays"], sink.counters()["packets"]) == (1, 0)
    sink.take(good)
    assert sink.counters()["packets"] == 1


# --- CESoPSN


def rows(frames: int, seed: int = 3) -> bytes:
    return Random(seed).randbytes(32 * frames)


def slots_of(octets: bytes, slots: tuple[int, ...]) -> bytes:
    return b"".join(bytes(octets[at + slot] for slot in slots) for at in range(0, len(octets), 32))


@pytest.mark.parametrize(
    ("slots", "frames"), [((1,), 64), ((3, 1), 32), ((1, 2, 5, 9, 30), 8), (tuple(range(1, 32)), 8)]
)
def test_cesopsn_carries_timeslots(slots: tuple[int, ...], frames: int) -> None:
    source, sink = Cesop(slots, frames, sequence=1), Cesop(slots, frames, jitter_us=0, loop_ms=0)
    sent = rows(4 * frames)
    made = source.send(sent)
    assert made == [packet(n + 1, slots_of(sent[32 * frames * n : 32 * frames * (n + 1)], slots)) for n in range(4)]
    for one in made:
        sink.take(one)
    got = played(sink, frames * 4)
    assert slots_of(got, slots) == slots_of(sent, slots)
    others = tuple(slot for slot in range(1, 32) if slot not in slots)
    assert set(slots_of(got, others)) <= {0xFF}


def test_the_size_of_packets_is_that_of_the_rfc() -> None:
    """RFC 5086 clause 5: N = 1: 64 octets, 2..4: 32 N, 5 and more: 8 N."""
    for count, frames, octets in ((1, 64, 64), (4, 32, 128), (5, 8, 40), (31, 8, 248)):
        assert Cesop(range(1, count + 1), frames).payload == octets


def test_l_and_m() -> None:
    source, sink = Cesop(range(1, 32), sequence=0, suppress=True), Cesop(range(1, 32), jitter_us=0)
    sent = rows(8)
    source.failed(False, rdi=True)
    (one,) = source.send(sent)
    assert one[:4] == bytes.fromhex("02000000")
    sink.take(one)
    sink.play(8)
    assert sink.rdi
    assert sink.bearer.pop()[32] & 0x20  # A in the frame without FAS
    source.failed(True)
    (one,) = source.send(sent)
    assert one == bytes.fromhex("08040001")
    sink.take(one)
    sink.play(8)
    assert sink.defects == ("PW-AC",) and not sink.rdi
    assert set(slots_of(sink.bearer.pop(), tuple(range(1, 32)))) == {0xFF}
    source.failed(False)
    (one,) = source.send(sent)
    lost(source)
    assert source.send(sent)[0][0] == R
    for flags, fragment, counter in ((1, 0, "reserved"), (9, 0, "reserved"), (10, 0, "reserved"), (0, 1, "malformed")):
        fresh = Cesop(range(1, 32))
        fresh.take(packet(1, bytes(248), flags, fragment))
        assert fresh.counters()[counter] == 1 and fresh.counters()["packets"] == 0


def test_what_is_lost_is_idle_or_the_last() -> None:
    for fill, wanted in (("idle", b"\x7e"), ("last", b"\x01")):
        sink = Cesop((1, 2), 8, jitter_us=0, fill=fill, idle=0x7E)
        for number in (1, 2, 4):
            sink.take(packet(number, bytes([number - 1 if number < 4 else 9]) * 16))
        got = slots_of(played(sink, 8 * 4), (1, 2))
        assert got == b"\x00" * 16 + b"\x01" * 16 + wanted * 16 + b"\x09" * 16
        got = played(sink, 8 * 12)
        assert sink.defects == ("LOPS",)
        assert slots_of(got[-32:], (1, 2)) == b"\x7e\x7e"


def multiframe(abcd: dict[int, int], seed: int) -> bytes:
    """16 frames with ABCD in timeslot 16 (G.704 5.1.3.2)."""
    octets = bytearray(rows(16, seed))
    octets[16] = 0x0B
    for frame in range(1, 16):
        octets[32 * frame + 16] = abcd[frame] << 4 | abcd[frame + 16]
    return bytes(octets)


def states(seed: int) -> dict[int, int]:
    chance = Random(seed)
    return {slot: chance.randrange(1, 16) for slot in (*range(1, 16), *range(17, 32))}


@pytest.mark.parametrize("slots", [(1, 2, 17), (1, 2, 17, 31), tuple(states(0))])
@pytest.mark.parametrize("frames", [16, 8, 4])
def test_cas_in_the_payload(slots: tuple[int, ...], frames: int) -> None:
    source = Cesop(slots, frames, cas=True, sequence=0)
    sink = Cesop(slots, frames, cas=True, jitter_us=1000, loop_ms=0)
    first, second = states(1), states(2)
    sent = multiframe(first, 1) + multiframe(second, 2)
    # frames before the multiframe begins go nowhere
    made = source.send(sent[-32 * 3 :], 13) + source.send(sent)
    made = made[-2 * 16 // frames :]
    parts = 16 // frames
    for number, (abcd, at) in enumerate(((first, 0), (second, 16 * 32))):
        nibbles = [abcd[slot] for slot in slots] + [0] * (len(slots) % 2)
        signals = bytes(a << 4 | b for a, b in zip(nibbles[::2], nibbles[1::2], strict=True))
        carried = slots_of(sent[at : at + 16 * 32], slots)
        size = len(carried) // parts
        for part in range(parts):
            last = part == parts - 1
            fragment = 0 if parts == 1 else 1 if part == 0 else 2 if last else 3
            one = packet(0, carried[part * size : (part + 1) * size] + (signals if last else b""), fragment=fragment)
            got = made[number * parts + part]
            assert (got[:2], got[4:]) == (one[:2], one[4:])
    for one in made:
        sink.take(one)
    got = played(sink, 32)
    assert slots_of(got, slots) == slots_of(sent, slots)
    assert sink.abcd == {slot: second[slot] for slot in slots}
    # each multiframe has the signalling that came last: with it when whole, from the one before when in parts
    last = got[16 * 32 :]
    shown = second if parts == 1 else first
    for frame in range(1, 16):
        nibbles = last[32 * frame + 16]
        for slot, value in ((frame, nibbles >> 4), (frame + 16, nibbles & 15)):
            if slot in slots and (parts == 1 or frame < 16 - frames):
                assert value == shown[slot]
    assert got[16] == last[16] == 0x0B


def test_signalling_in_packets_of_its_own() -> None:
    """A change is told three times, 5 ms apart, and again every 5 s; a word a timeslot, as RFC 2833 has it."""
    slots = (1, 2, 17)
    source, sink = Cesop(slots, 8, signalling=True, sequence=0, seed=4), Cesop(slots, 8, signalling=True)
    told = []
    for ms in range(12_000):
        abcd = states(1) if ms < 6000 else states(9)
        number = 8 * (ms % 2)
        data = source.send(multiframe(abcd, ms)[32 * number : 32 * number + 256], number)
        for one in source.packets(8):
            told.append((ms, one))
            sink.take(one)
        assert all(one[0] == 0 for one in data)
    # the second half of a multiframe is another change
    assert [ms for ms, _ in told] == [0, 1, 6, 11, 5011, 6000, 6001, 6006, 6011, 11_011]
    numbers = [int.from_bytes(one[2:4], "big") for _, one in told]
    assert all((b - a) % 65536 == 1 for a, b in pairwise(numbers))
    for ms, one in told[3:4] + told[-1:]:
        abcd = states(1) if ms < 6000 else states(9)
        assert one[:2] == bytes([3, 16])
        words = struct.unpack("!3I", one[4:])
        assert [value >> 24 for value in words] == [144 + abcd[slot] for slot in slots]
    assert sink.abcd == {slot: states(9)[slot] for slot in slots}
    assert sink.counters()["signals"] == len(told) and sink.counters()["restarts"] == 0


def test_wrong_use() -> None:
    for arguments, settings, complaint in (
        ([()], {}, "timeslots"),
        ([(0, 1)], {}, "timeslots"),
        ([(1, 1)], {}, "timeslots"),
        ([range(1, 32)], {"cas": True}, "timeslot 16"),
        ([range(1, 32), 46], {}, "frames"),
        ([(1,), 257], {}, "frames"),
        ([(1,), 0], {}, "frames"),
        ([(1,), 5], {"cas": True}, "divide"),
        ([(1,)], {"cas": True, "signalling": True}, "not both"),
        ([(1,)], {"fill": "noise"}, "fill"),
        ([(1,)], {"cas_idle": 16}, "cas_idle"),
    ):
        with pytest.raises(ValueError, match=complaint):
            Cesop(*arguments, **settings)
    with pytest.raises(ValueError, match="32 octets"):
        Cesop().send(bytes(33))


# --- tshark


def udp_capture(path: Path, payloads: list[bytes]) -> None:
    """A pcap of Ethernet frames with UDP from and to PORT."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for number, payload in enumerate(payloads):
        udp = struct.pack("!HHHH", PORT, PORT, 8 + len(payload), 0) + payload
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes(4), bytes(4))
        total = sum(struct.unpack("!10H", ip))
        total = (total & 0xFFFF) + (total >> 16)
        frame = bytes(12) + b"\x08\x00" + ip[:10] + struct.pack("!H", ~total & 0xFFFF) + ip[12:] + udp
        out += struct.pack("<IIII", 0, number, len(frame), len(frame)) + frame
    path.write_bytes(out)


def dissected(path: Path, kind: str, fields: list[str]) -> list[list[str]]:
    arguments = [part for name in [*fields, "_ws.expert.message"] for part in ("-e", name)]
    dissector = {"satop": "pwsatopcw", "cesopsn": "pwcesopsn"}[kind]
    done = subprocess.run(
        ["tshark", "-r", path, "-d", f"udp.port=={PORT},{dissector}", "-T", "fields", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return [line.split("\t") for line in done.stdout.splitlines()]


@needs_tshark
def test_tshark_reads_satop(tmp_path: Path) -> None:
    source = Satop(sequence=0xFFFE, suppress=True)
    source.bearer.push(Random(1).randbytes(768))
    made = source.packets(24) + source.packets(48)
    lost(source)
    source.bearer.push(Random(2).randbytes(256))
    made += source.packets(8)
    short = Satop(32)
    short.bearer.push(bytes(range(32)))
    made += short.packets(1)
    udp_capture(tmp_path / "pw.pcap", made)
    names = ["lbit", "rbit", "rsv", "frag", "length", "seqno"]
    seen = dissected(tmp_path / "pw.pcap", "satop", [f"pwsatop.cw.{name}" for name in names])
    assert len(seen) == len(made) > 5
    for one, (lbit, rbit, rsv, fragment, length, sequence, expert) in zip(made, seen, strict=True):
        assert [int(lbit), int(rbit), int(rsv), int(fragment)] == [bool(one[0] & L), bool(one[0] & R), 0, 0]
        assert int(length) == (len(one) if len(one) < 64 else 0)
        assert int(sequence) == int.from_bytes(one[2:4], "big")
        assert expert == ("" if len(one) > 4 else "SAToP payload: omitted to conserve bandwidth")
    assert {int(line[0]) for line in seen} == {0, 1} and {int(line[1]) for line in seen} == {0, 1}


@needs_tshark
def test_tshark_reads_cesopsn(tmp_path: Path) -> None:
    source = Cesop(tuple(states(0)), 8, signalling=True, sequence=9, suppress=True)
    made = source.send(rows(16))
    source.failed(False, rdi=True)
    made += source.send(rows(8, 2), 0)
    source.failed(True)
    made += source.send(rows(8, 2), 8) + source.packets(8)
    lost(source)
    source.failed(False)
    made += source.send(rows(8, 2))
    assert [one[0] for one in made] == [0, 0, 2, 8, 3, 4]
    udp_capture(tmp_path / "pw.pcap", made)
    names = ["lm", "rbit", "frag", "length", "seqno"]
    seen = dissected(tmp_path / "pw.pcap", "cesopsn", [f"pwcesopsn.cw.{name}" for name in names])
    for one, (lm, rbit, fragment, length, sequence, expert) in zip(made, seen, strict=True):
        assert int(lm, 0) == one[0] & 0x0B
        assert int(rbit) == bool(one[0] & R)
        assert (int(fragment), int(length)) == (0, len(one) if len(one) < 64 else 0)
        assert int(sequence) == int.from_bytes(one[2:4], "big")
        assert expert == ("" if len(one) > 4 else "CESoPSN payload: omitted to conserve bandwidth")


# --- the vectors


def datagrams(path: Path) -> list[bytes]:
    """UDP payloads of a pcap of Ethernet frames."""
    octets, at, found = path.read_bytes(), 24, []
    order = ">" if octets.startswith(b"\xa1") else "<"
    while at < len(octets):
        length = struct.unpack_from(f"{order}I", octets, at + 8)[0]
        frame = octets[at + 16 : at + 16 + length]
        found.append(frame[42 : 14 + int.from_bytes(frame[16:18], "big")])
        at += 16 + length
    return found


@pytest.mark.skipif(not (VECTORS / "satop_udp.pcap").exists(), reason="no vectors here")
def test_vectors_of_satop() -> None:
    verdicts = []
    for one in datagrams(VECTORS / "satop_udp.pcap"):
        sink = Satop(jitter_us=0)
        sink.take(one)
        verdicts.append(sink.counters()["malformed"] == 0)
        if verdicts[-1] and not one[0] & L:
            sink.play(8)
            assert sink.bearer.pop() == one[4:]
    # data, R, L; then sizes that are not 256, reserved bits, no payload, RTP that is not agreed on
    assert verdicts[:10] == [True, True, True, False, False, False, False, True, True, False]
    assert verdicts[10:] == [False, False, False, False, True]
    shorter = Satop(192, jitter_us=0)
    shorter.take(datagrams(VECTORS / "satop_udp.pcap")[3])
    assert shorter.counters()["packets"] == 1


@pytest.mark.skipif(not (VECTORS / "cesopsn_udp.pcap").exists(), reason="no vectors here")
def test_vectors_of_cesopsn() -> None:
    verdicts = []
    for one in datagrams(VECTORS / "cesopsn_udp.pcap"):
        sink = Cesop(range(1, 32), jitter_us=0)
        sink.take(one)
        count = sink.counters()
        verdicts.append(next(name for name in ("malformed", "reserved", "packets") if count[name]))
        if verdicts[-1] == "packets" and not one[0] & L:
            sink.play(8)
            assert slots_of(sink.bearer.pop(), tuple(range(1, 32))) == one[4:]
    # data, with R or M = 10, L; then what L and M do not say together, signalling of another N, M = 01, R, sizes, FRG
    wanted = ["packets"] * 3 + ["reserved", "malformed", "reserved", "packets", "malformed", "malformed"]
    assert verdicts == wanted
