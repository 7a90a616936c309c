"""The chain of the second implementation against itself: parse(build(x)) == x, faults where they belong."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ref import crc, pointer, stm1, trace, tug, vc4, vc12
from tests.ref.line import Builder, Parser, align, idles_of
from tests.ref.pointer import State
from tests.ref.tug import Tu

SHARED = Path(__file__).resolve().parents[2] / "shared"
needs_captures = pytest.mark.skipif(
    not (SHARED / "captures").is_dir(), reason="needs the public captures in ../shared/captures"
)

MAC_FRAME = bytes.fromhex("ffffffffffff0200000000010800") + bytes(range(46))
mac_frames = st.lists(st.binary(min_size=14, max_size=80), max_size=6)


# -- alignment


@given(st.binary(max_size=300), st.integers(0, 7), st.integers(0, 2429))
@settings(max_examples=20)
def test_align_at_any_bit(noise: bytes, shift: int, cut: int) -> None:
    frames = Builder([MAC_FRAME]).frames(4)
    bits = int.from_bytes(noise + b"".join(frames)[cut:] + b"\0", "big") >> shift
    found = align(bits.to_bytes(len(noise) + 4 * 2430 - cut + 1, "big"))
    assert found is not None
    begin = 8 * len(noise) + shift + (8 * (2430 - cut) if cut else 0)
    assert found.bit == begin and found.frames == frames[1 if cut else 0 :]


def test_align_finds_nothing_in_nothing() -> None:
    assert align(b"") is None
    assert align(bytes(5000)) is None
    assert align(bytes.fromhex("F6F6F6282828") + bytes(3000)) is None


# -- the whole line

tus = st.sampled_from(tug.ALL_TUS)


@st.composite
def move_plans(
    draw: st.DrawFn, start: int, offsets: int, last: int
) -> tuple[dict[int, pointer.Move], int, int, int]:
    """Moves that lose nothing (new data only forwards), and how many of each kind."""
    moves: dict[int, pointer.Move] = {}
    frame, value, counts = draw(st.integers(1, 12)), start, {"inc": 0, "dec": 0, "ndf": 0}
    while frame < last:
        kind = draw(st.sampled_from(["inc", "dec", "ndf"]))
        if kind == "ndf":
            value = draw(st.integers(value, offsets - 1))
            moves[frame] = ("ndf", value)
        else:
            value = (value + (1 if kind == "inc" else -1)) % offsets
            moves[frame] = kind
        counts[kind] += 1
        frame += draw(st.integers(4, 12))
    return moves, counts["inc"], counts["dec"], counts["ndf"]


def assert_no_errors(parser: Parser) -> None:
    assert (parser.b1_errors, parser.b2_errors, parser.b3_errors, parser.h4_errors) == (0, 0, 0, 0)
    assert sum(path.bip2_errors for path in parser.vc12.values()) == 0


@given(mac_frames, st.integers(0, 782), st.booleans(), st.none() | st.integers(0, 255), st.data())
@settings(max_examples=40)
def test_vc4_round_trip(
    frames: list[bytes], value: int, with_pfcs: bool, cid: int | None, data: st.DataObject
) -> None:
    moves, inc, dec, ndf = data.draw(move_plans(value, 783, 36))
    builder = Builder(
        frames,
        pfcs=with_pfcs,
        cid=cid,
        au_pointer=value,
        au_moves=moves,
        lead_idles=data.draw(st.integers(2, 12000)),
    )
    parser = Parser(whole_file=True).feed_all(builder.frames(40))
    received = parser.gfp()
    assert received.ethernet() == frames
    assert received.counters.sync_losses == 0
    counted = parser.au4.pointer
    assert (counted.increments, counted.decrements, counted.new_data) == (inc, dec, ndf)
    assert_no_errors(parser)
    assert {overhead["C2"] for overhead in parser.poh4} == {0x1B}
    assert trace.find(parser.j0) == trace.find(parser.j1) == "msapemu        "


@given(st.lists(tus, min_size=1, max_size=6, unique=True), st.integers(0, 782), st.data())
@settings(max_examples=25)
def test_vc12_round_trip(members: list[Tu], value: int, data: st.DataObject) -> None:
    """Random members, pointers, pointer moves and delays."""
    multiframes = 74
    au_moves, *_ = data.draw(move_plans(value, 783, 60))
    pointers = {tu: data.draw(st.integers(0, 139)) for tu in members}
    plans = {tu: data.draw(move_plans(pointers[tu], 140, 30)) for tu in members}
    delays = {tu: data.draw(st.integers(0, 20)) for tu in members}
    frames = data.draw(mac_frames)
    builder = Builder(
        frames,
        mapping="vc12",
        members=members,
        lead_idles=data.draw(st.integers(2, 200)),
        au_pointer=value,
        au_moves=au_moves,
        tu_pointers=pointers,
        tu_moves={tu: plan[0] for tu, plan in plans.items()},
        delays=delays,
    )
    parser = Parser(whole_file=True).feed_all(builder.frames(4 * multiframes))
    assert parser.members() == members
    received = parser.gfp(members)
    assert received.ethernet() == frames
    assert parser.group_octets(members).differential_delay == max(delays.values()) - min(delays.values())
    for tu in members:
        counted = parser.vc12[tu].sink.pointer
        assert (counted.increments, counted.decrements, counted.new_data) == plans[tu][1:]
        assert trace.find(parser.vc12[tu].j2) == "msapemu        "
        assert {overhead.label for overhead in parser.vc12[tu].overhead} == {0b101}
    for tu in set(tug.ALL_TUS) - set(members):
        assert parser.vc12[tu].pointer_value == 0
        assert {overhead.label for overhead in parser.vc12[tu].overhead} == {0}
    assert_no_errors(parser)


@pytest.mark.parametrize("mapping", ["vc4", "vc12"])
def test_a_reader_that_joins_late_gets_what_comes_after(mapping: str) -> None:
    """Three equal pointers (AU, then TU), K4 and GFP alignment are awaited; what comes later is whole."""
    members = [(3, 1, 2), (1, 7, 3)] if mapping == "vc12" else []
    frames = [bytes([i]) * (60 + i) for i in range(20)]
    lead = idles_of(60, mapping, len(members) or 1)
    builder = Builder(frames, mapping=mapping, members=members, lead_idles=lead)
    parser = Parser().feed_all(builder.frames(400)[7:])
    received = parser.gfp(members)
    # the descrambler stood still until now: idles have passed it by, so its zero state is still right
    assert received.ethernet() == frames
    joined_later = Parser().feed_all(Builder(frames * 30, mapping=mapping, members=members).frames(400)[7:])
    received = joined_later.gfp(members)
    # the first client frame of a descrambler that joins mid-line
    assert received.counters.type_hec_errors == 1
    assert received.ethernet()


def test_new_data_backwards_cuts_one_vc4() -> None:
    frames = [bytes([i % 251]) * 100 for i in range(800)]
    builder = Builder(frames, lead_idles=2, au_pointer=500, au_moves={20: ("ndf", 100)})
    parser = Parser(whole_file=True).feed_all(builder.frames(60))
    received = parser.gfp()
    got = received.ethernet()
    assert [len(vc.octets) for vc in parser.vc4s if not vc.whole] == [2349 - 3 * 400]
    assert received.counters.sync_losses == 1
    assert set(got) <= set(frames)
    lost = len(frames) - len(got)
    assert 11 <= lost <= 15  # 1200 octets cut, 112 a frame, and the frames hurt at both edges
    assert parser.b3_errors == 0


def test_errors_are_counted_where_they_are() -> None:
    """Parities cover what they should: a bit of each kind is counted by the layers above it and by itself."""

    def spoil_rsoh(number: int, frame: bytearray) -> None:
        if number == 5:
            frame[stm1.index(2, 8)] ^= 0x01  # RSOH: B1 only

    def spoil_vc4(number: int, octets: bytearray) -> None:
        if number == 9:
            octets[vc4.place("F2")] ^= 0xC0  # built in: B1 and B2 are made after it

    def spoil_vc12(tu: Tu, number: int, octets: bytearray) -> None:
        if number == 4:
            octets[vc12.N2] ^= 0x10

    def spoil_line(number: int, frame: bytearray) -> None:
        spoil_rsoh(number, frame)
        if number == 30:
            frame[stm1.index(7, 50)] ^= 0x18  # B1, B2 and B3 (fixed in the TUG structure: a TU-12 octet)

    member = (1, 1, 1)
    builder = Builder(
        mapping="vc12",
        members=[member],
        on_frame=spoil_line,
        on_vc4=spoil_vc4,
        on_vc12=spoil_vc12,
        soh={"M1": lambda n: 3 if n == 1 else 0x80 | 25, "K2": lambda n: 0b110},
        poh4={"G1": lambda n: vc4.g1(8, True) if n == 2 else 0x90},
        poh12=lambda tu, n: {"rei": int(n == 3), "rdi": 1},
    )
    parser = Parser(whole_file=True).feed_all(builder.frames(40))
    assert (parser.b1_errors, parser.b2_errors, parser.b3_errors) == (1 + 2, 2, 2 + 2)
    assert parser.vc12[member].bip2_errors == 1
    assert (parser.ms_rei, parser.hp_rei, parser.vc12[member].rei) == (3, 8, 1)
    assert parser.ms_rdi and not parser.hp_rdi and parser.vc12[member].overhead[-1].rdi == 1
    assert vc4.rdi_of(parser.poh4[2]["G1"])


def test_ais_and_back() -> None:
    def ais(number: int, frame: bytearray) -> None:
        if 20 <= number < 30:
            plain = bytearray(stm1.scramble(frame))
            for row in range(1, 10):
                start = stm1.index(row, 1 if row >= 4 else 10)
                plain[start : stm1.index(row, 270) + 1] = b"\xff" * (stm1.index(row, 270) + 1 - start)
            frame[:] = stm1.scramble(plain)

    states = []
    parser = Parser(whole_file=True)
    for frame in Builder(on_frame=ais).frames(40):
        parser.feed(frame)
        states.append(parser.au4.pointer.state)
    assert states[:22] == [State.NORM] * 22 and states[22:32] == [State.AIS] * 10
    assert states[32:] == [State.NORM] * 8


@needs_captures
def test_real_traffic_round_trip() -> None:
    """Ethernet frames of a public ERF capture, with their FCS, go through both mappings."""
    data = (SHARED / "captures" / "erf-ethernet-example.erf").read_bytes()
    frames, at = [], 0
    while at < len(data):
        kind, _, rlen, _, wlen = struct.unpack(">BBHHH", data[at + 8 : at + 16])
        # header, extension, and the two octets before an Ethernet frame
        skip = 18 + (8 if kind & 0x80 else 0)
        frames.append(data[at + skip : at + skip + wlen])
        at += rlen
    assert len(frames) == 19
    for frame in frames:
        assert crc.eth_fcs(frame[:-4]) == frame[-4:]
    members = [(1, 1, 1), (2, 2, 2), (3, 7, 3)]
    for options in ({}, {"mapping": "vc12", "members": members}):
        builder = Builder([frame[:-4] for frame in frames], lead_idles=2, **options)
        parser = Parser(whole_file=True).feed_all(builder.frames(300))
        assert parser.gfp(members if options else None).payloads() == frames
