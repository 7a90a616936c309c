"""A line in ERF records: written, read, and what becomes of records that are lost, cut, or of another kind."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu.ctl.errors import UsageError
from msapemu.interop.capture import read_frames
from msapemu.interop.decode import Decoded, decode
from msapemu.interop.encode import EncodeOptions, encode
from msapemu.interop.lead_in import LEAD_IN_VC4
from msapemu.interop.rates import frame_octets
from msapemu.interop.records import MOST_FILLED
from tests.ref.line import Builder, idles_of
from tests.ref.stmn import StmN

from .samples import ethernet, pcap_file

SENT = [ethernet(560 + number, number) for number in range(100)]
FRAMES = LEAD_IN_VC4 + 30
FRAME_NS = 125_000
ERF = 197  # pcap link type
CONTAINERS = [".erf", ".pcap", ".pcapng"]


@cache
def plain_frames() -> list[bytes]:
    """An STM-1 of the second implementation, descrambled; the client frames lie in 27 frames from number 56 on."""
    line = Builder(SENT, lead_idles=idles_of(LEAD_IN_VC4 - 20, "vc4")).frames(FRAMES)
    return [StmN(1).scramble(frame) for frame in line]


def record(
    frame: bytes,
    time: int = 0,
    *,
    kind: int = 24,
    flags: int = 4,
    lost: int = 0,
    wire: int | None = None,
    sequence: int | None = None,
) -> bytes:
    """An ERF record laid down by hand; `sequence`: with the extension header of a raw link."""
    more = b"" if sequence is None else struct.pack(">B3xHBB", 5, sequence, 1, 1)
    head = struct.pack("<Q", (time << 32) // 10**9)
    kind |= 0x80 * (sequence is not None)
    length = 16 + len(more) + len(frame)
    return (
        head + struct.pack(">BBHHH", kind, flags, length, lost, len(frame) if wire is None else wire) + more + frame
    )


def read(folder: Path, records: bytes, name: str = "in.erf") -> tuple[Decoded, list[bytes]]:
    (folder / name).write_bytes(records)
    done = decode(folder / name, ethernet=folder / "out.pcap")
    assert done.report == json.loads(done.text)
    return done, [frame.octets for frame in read_frames(folder / "out.pcap")] if done.aligned else []


def counts(read: int, lost: int = 0, truncated: int = 0, other: int = 0) -> dict[str, int]:
    return {"read": read, "lost": lost, "truncated": truncated, "other": other}


PCAPNG_HEAD = bytes.fromhex("0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000")
PCAPNG_HEAD += bytes.fromhex("0100000014000000c50000000000000014000000")


# ------------------------------------------------------------------------------------------------ whole captures


@pytest.mark.parametrize("suffix", CONTAINERS)
@pytest.mark.parametrize("rate", ["stm1", "stm4", "stm16"])
def test_a_capture_holds_the_frames_of_the_raw_file_descrambled(tmp_path: Path, rate: str, suffix: str) -> None:
    source = pcap_file(tmp_path / "in.pcap", SENT[:8])
    options = EncodeOptions("vc4", line=rate)
    encode(source, tmp_path / f"raw.{rate}", options)
    done = encode(source, tmp_path / f"out{suffix}", options)
    raw, length = (tmp_path / f"raw.{rate}").read_bytes(), frame_octets(rate)
    stm = StmN(length // 2430)
    frames = [stm.scramble(raw[at : at + length]) for at in range(0, len(raw), length)]
    assert len(frames) == done.line_frames
    found = list(read_frames(tmp_path / f"out{suffix}"))
    assert [frame.octets[16:] for frame in found] == frames
    for number, one in enumerate(found):
        assert one.link_type == ERF and abs(one.time - number * FRAME_NS) <= 1
        assert struct.unpack(">BBHHH", one.octets[8:16]) == (24, 4, 16 + length, 0, length)
    # and read again
    of_raw = decode(tmp_path / f"raw.{rate}", ethernet=tmp_path / "raw.pcap").report
    of_capture = decode(tmp_path / f"out{suffix}", ethernet=tmp_path / "capture.pcap").report
    assert of_capture.pop("records") == counts(done.line_frames)
    assert of_raw == of_capture and of_raw["line"] == rate
    assert (tmp_path / "raw.pcap").read_bytes() == (tmp_path / "capture.pcap").read_bytes()
    assert [frame.octets for frame in read_frames(tmp_path / "raw.pcap")] == SENT[:8]


def test_a_capture_of_one_frame_is_enough(tmp_path: Path) -> None:
    done, _ = read(tmp_path, record(plain_frames()[0]))
    assert (done.aligned, done.report["frames"], done.report["line"]) == (True, 1, "stm1")


def test_what_a_file_is_under_another_name_its_octets_tell(tmp_path: Path) -> None:
    records = b"".join(record(frame) for frame in plain_frames())
    done, frames = read(tmp_path, records, "capture")
    assert frames == SENT and done.report["records"] == counts(FRAMES)
    # the name goes before the octets
    done, _ = read(tmp_path, records, "in.stm1")
    assert "records" not in done.report
    line = b"".join(StmN(1).scramble(frame) for frame in plain_frames())
    with pytest.raises(UsageError, match=r"in\.pcap: octet 0: no pcap or pcapng file"):
        read(tmp_path, line, "in.pcap")
    assert read(tmp_path, line, "line")[1] == SENT


# ------------------------------------------------------------------------------------------------ records that are lost


def by_loss_counter(gone: range) -> bytes:
    frames = plain_frames()
    return b"".join(
        record(frame, lost=len(gone) if number == gone.stop else 0)
        for number, frame in enumerate(frames)
        if number not in gone
    )


def by_sequence(gone: range) -> bytes:
    return b"".join(
        record(frame, sequence=(65500 + number) % 65536)
        for number, frame in enumerate(plain_frames())
        if number not in gone
    )


def by_time(gone: range) -> bytes:
    chance = random.Random(len(gone))
    return b"".join(
        record(frame, FRAME_NS * number + chance.randrange(10_000))
        for number, frame in enumerate(plain_frames())
        if number not in gone
    )


@pytest.mark.parametrize("lose", [by_loss_counter, by_sequence, by_time])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_few_lost_records_cost_what_was_in_them(tmp_path: Path, lose: Callable[[range], bytes], count: int) -> None:
    gone = range(66, 66 + count)
    done, frames = read(tmp_path, lose(gone))
    report = done.report
    assert report["records"] == counts(FRAMES - count, lost=count)
    # the place of the lost frames is kept
    assert report["frames"] == FRAMES and report["oof"] == 0 and report["b2_errors"] > 0
    assert {event["defect"] for event in report["defects"]} <= {"GFP-LFD"}
    assert frames == [frame for frame in SENT if frame in frames]
    per_frame = 2340 / (560 + 50 + 12)
    assert len(SENT) - per_frame * (count + 2) - 3 < len(frames) < len(SENT)
    assert frames[-1] == SENT[-1]


@pytest.mark.parametrize("lose", [by_loss_counter, by_sequence, by_time])
def test_many_lost_records_are_a_silence(tmp_path: Path, lose: Callable[[range], bytes]) -> None:
    done, frames = read(tmp_path, lose(range(60, 70)))
    report = done.report
    assert report["records"] == counts(FRAMES - 10, lost=10)
    assert report["frames"] == FRAMES - 10
    told = [
        (event["frame"], event["defect"], event["state"]) for event in report["defects"] if event["object"] == "line"
    ]
    assert told == [(59, "LOS", "raise"), (69, "LOS", "clear")]
    assert frames == [frame for frame in SENT if frame in frames] and frames[-1] == SENT[-1]


def test_times_that_are_not_those_of_frames_tell_nothing(tmp_path: Path) -> None:
    for step in (0, 1, 1_000_000, 250_000, -FRAME_NS):
        records = b"".join(record(frame, 10**9 + step * number) for number, frame in enumerate(plain_frames()))
        done, frames = read(tmp_path, records)
        assert frames == SENT and done.report["records"] == counts(FRAMES)


def test_a_card_that_leaves_the_sequence_number_alone(tmp_path: Path) -> None:
    records = b"".join(record(frame, sequence=7) for frame in plain_frames())
    done, frames = read(tmp_path, records)
    assert frames == SENT and done.report["records"] == counts(FRAMES)


# ------------------------------------------------------------------------------------------------ records that are cut


def test_cut_records(tmp_path: Path) -> None:
    def cut(number: int, frame: bytes) -> bytes:
        if number == 10:
            return record(frame[:2400], wire=2430)
        return record(frame, flags=4 | 8 * (number == 12))

    records = b"".join(cut(number, frame) for number, frame in enumerate(plain_frames()))
    done, frames = read(tmp_path, records)
    assert frames == SENT and done.report["records"] == counts(FRAMES, truncated=2)
    assert done.report["frames"] == FRAMES and done.report["b1_errors"] > 0


def test_records_that_pcap_cut(tmp_path: Path) -> None:
    octets = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, ERF)
    for number, frame in enumerate(plain_frames()):
        whole = record(frame)
        here = whole[: 2000 if number == 5 else 3000]
        octets += struct.pack("<IIII", 0, 0, len(here), len(whole)) + here
    done, frames = read(tmp_path, octets, "in.pcap")
    assert frames == SENT and done.report["records"] == counts(FRAMES, truncated=1)


@pytest.mark.parametrize("rest", [1, 15, 16, 2445])
def test_a_capture_that_ends_within_a_record(tmp_path: Path, rest: int) -> None:
    records = b"".join(map(record, plain_frames()))
    done, frames = read(tmp_path, records[: 2446 * (FRAMES - 1) + rest])
    assert frames == SENT and done.report["records"] == counts(FRAMES - 1, truncated=1)
    assert done.notes == [
        f"{tmp_path}/in.erf: octet {2446 * (FRAMES - 1) + (rest > 15) * 16}: the file ends within an ERF record "
        f"({rest % 16 if rest < 16 else rest - 16} of {16 if rest < 16 else 2430} octets)"
    ]


# ------------------------------------------------------------------------------------------------ other records


def test_other_records_are_counted_and_passed_over(tmp_path: Path) -> None:
    frames = plain_frames()
    strangers = [
        record(bytes(2) + bytes(64), kind=2, wire=64),  # Ethernet
        record(bytes(100)),  # a length that no line has
        record(bytes(9720)),  # an STM-4
        record(frames[0], flags=5),  # the card's other port
        record(bytes(40), kind=48, wire=0),  # only fills: not counted
    ]
    records = b"".join(record(frame) + strangers[number % 5] for number, frame in enumerate(frames[:100]))
    records += b"".join(map(record, frames[100:]))
    done, found = read(tmp_path, records)
    assert found == SENT and done.report["records"] == counts(FRAMES, other=80)


@pytest.mark.parametrize(
    ("records", "name", "what"),
    [
        (
            record(bytes(66), kind=2, wire=64),
            "in.erf",
            r"no frame of a line in it \(ERF type 24\), only 1 other record",
        ),
        (record(bytes(100)) * 3, "in.erf", "only 3 other records"),
        (record(bytes(66), kind=2, wire=64)[:40], "in.erf", "octet 16: the file ends within an ERF record"),
        (
            b"not an ERF file at all, but long enough",
            "in.erf",
            "octet 0: neither a pcap nor a pcapng nor an ERF file",
        ),
        (record(bytes(2430)) + bytes(30), "in.erf", "octet 2446: no ERF record"),
        (b"\xa1\xb2\xc3\xd4", "line", "octet 0: the file ends within the pcap file header"),
    ],
)
def test_what_is_no_capture_of_a_line(tmp_path: Path, records: bytes, name: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        read(tmp_path, records, name)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_capture_without_a_record_and_one_without_alignment(tmp_path: Path) -> None:
    header = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, ERF)
    done, _ = read(tmp_path, header, "in.pcap")
    assert not done.aligned and done.report["records"] == counts(0) and done.report["line"] is None
    done, _ = read(tmp_path, b"", "in.erf")
    assert not done.aligned
    done, _ = read(tmp_path, record(bytes(9720)) * 9)
    assert not done.aligned and done.report["records"] == counts(9) and done.report["line"] == "stm4"


# ------------------------------------------------------------------------------------------------ any octets


@cache
def seeds() -> dict[str, bytes]:
    frames = plain_frames()
    erf = [record(frame, FRAME_NS * number) for number, frame in enumerate(frames)]
    pcap = struct.pack("<IHHIIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, ERF)
    pcap += b"".join(struct.pack("<IIII", 0, 0, 2446, 2446) + one for one in erf)
    return {"in.erf": b"".join(erf), "in.pcap": pcap}


@settings(max_examples=60)
@given(
    name=st.sampled_from(["in.erf", "in.pcap"]),
    seed=st.integers(0, 1 << 32),
    faults=st.integers(1, 40),
)
def test_damaged_captures(tmp_path_factory: pytest.TempPathFactory, name: str, seed: int, faults: int) -> None:
    chance = random.Random(seed)
    octets = bytearray(seeds()[name])
    for _ in range(faults):
        at = chance.randrange(len(octets))
        if chance.randrange(3):
            octets[at] ^= 1 << chance.randrange(8)
        elif chance.randrange(2):
            octets[at // 2446 * 2446 + chance.randrange(40)] ^= 1 << chance.randrange(8)
        else:
            del octets[at : at + chance.randrange(1, 3000)]
    folder = tmp_path_factory.mktemp("damaged")
    try:
        done, frames = read(folder, bytes(octets), name)
    except UsageError as fault:
        assert str(fault).startswith(f"{folder}/{name}: ") and "\n" not in str(fault)
        assert [path.name for path in folder.iterdir()] == [name]
        return
    assert all(frame in SENT for frame in frames)
    records: Any = done.report["records"]
    # what is filled in is not made up without end
    assert done.report["frames"] <= (1 + MOST_FILLED) * records["read"]


@settings(max_examples=60)
@given(
    octets=st.binary(max_size=3000),
    name=st.sampled_from(["in.erf", "in.pcap", "in.pcapng", "in"]),
    head=st.booleans(),
)
def test_any_octets(tmp_path_factory: pytest.TempPathFactory, octets: bytes, name: str, head: bool) -> None:
    start = {"in.erf": record(b""), "in.pcap": seeds()["in.pcap"][:24], "in.pcapng": PCAPNG_HEAD, "in": b""}[name]
    folder = tmp_path_factory.mktemp("any")
    try:
        done, frames = read(folder, (start if head else b"") + octets, name)
    except UsageError as fault:
        assert str(fault).startswith(f"{folder}/{name}: ") and "\n" not in str(fault)
        assert [path.name for path in folder.iterdir()] == [name]
        return
    assert frames == [] and done.report["frames"] <= 1


def test_a_loss_counter_gone_wild_does_not_stop_anything(tmp_path: Path) -> None:
    records = b"".join(record(frame, lost=65535) for frame in plain_frames())
    done, _ = read(tmp_path, records)
    assert done.report["records"] == counts(FRAMES, lost=65535 * (FRAMES - 1))
