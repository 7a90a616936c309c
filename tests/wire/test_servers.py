"""Who reports: a failed server layer speaks for its clients (G.783, DESIGN 5b), and they come back after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from msapemu._framing import Group, Line, LineMap
from tests.ref import gfp, pointer, stm1
from tests.ref.line import Builder
from tests.wire import spoil
from tests.wire.lines import ERRORS, Reader, mac_frame
from tests.wire.spoil import MEMBER, idle_line, with_changes

TU = (MEMBER,)
EXPECT: dict[str, Any] = {"expect_j0": "msapemu", "expect_j1": "msapemu", "expect_j2": "msapemu"}
Spoil = Callable[[bytes], bytes]


def ones(plain: bytearray, first_row: int, first_column: int) -> None:
    for row in range(first_row, 10):
        plain[stm1.index(row, first_column) : stm1.index(row, 270) + 1] = b"\xff" * (271 - first_column)


def au_ais(frame: bytes) -> bytes:
    """All ones in the AU-4: pointers and payload."""
    plain = bytearray(stm1.scramble(frame))
    ones(plain, 1, 10)
    plain[stm1.index(4, 1) : stm1.index(4, 10)] = b"\xff" * 9
    return stm1.scramble(bytes(plain))


def ms_ais(frame: bytes) -> bytes:
    """All ones but for the RSOH (STANDARDS 1)."""
    plain = bytearray(stm1.scramble(frame))
    ones(plain, 1, 10)
    ones(plain, 4, 1)
    return stm1.scramble(bytes(plain))


def garbage(frame: bytes) -> bytes:
    return bytes(0x5A ^ octet for octet in frame[::-1])


def unequipped(frame: bytes) -> bytes:
    plain = bytearray(stm1.scramble(frame))
    for row in range(1, 10):
        plain[stm1.index(row, 10) : stm1.index(row, 270) + 1] = bytes(261)
    return stm1.scramble(bytes(plain))


def wrong_label(frame: bytes) -> bytes:
    """Another mapping: C2 12h and a payload of it."""
    plain = bytearray(stm1.scramble(unequipped(frame)))
    plain[stm1.index(3, 10)] = 0x12
    plain[stm1.index(1, 10)] = stm1.scramble(frame)[stm1.index(1, 10)]
    return stm1.scramble(bytes(plain))


SERVERS: dict[str, tuple[Spoil, set[str]]] = {
    "LOF": (garbage, {"OOF", "LOF"}),
    "MS-AIS": (ms_ais, {"MS-AIS"}),
    "AU-AIS": (au_ais, {"AU-AIS"}),
    "HP-UNEQ": (unequipped, {"HP-UNEQ"}),
    "HP-PLM": (wrong_label, {"HP-PLM"}),
}


@pytest.mark.parametrize("members", [(), TU], ids=["vc4", "vc12"])
@pytest.mark.parametrize("server", SERVERS)
def test_a_failed_server_alone_is_reported(server: str, members: tuple[tuple[int, int, int], ...]) -> None:
    """After a while nothing above it stands, and when it is mended nothing is left."""
    hurt, expected = SERVERS[server]
    line = idle_line(members, 1800)
    reader = Reader(members, **EXPECT).parse(line[:600])
    assert reader.defects() == set()
    reader.parse([hurt(frame) for frame in line[600:720]])
    assert reader.defects() == expected
    # none of the TUs was accused at any time
    assert not any("vc12" in event[1] for event in reader.events)
    reader.parse(line[720:1800])
    assert reader.defects() == set()
    assert reader.group.in_sync


def standing_everywhere() -> Reader:
    """A line with a defect in every layer that can have one beside the others."""
    changes = []
    for frame in range(600, 700):
        changes += [spoil.soh(frame, "K2", 0b110), spoil.poh4(frame, "G1", 0x08), spoil.soh(frame, "J0", 1)]
    for multiframe in range(150, 175):
        changes += [spoil.poh12(multiframe, "V5", 0x05)]  # label 010, RDI
    reader = Reader(TU, **EXPECT).parse(with_changes(idle_line(TU, 700), changes))
    assert {"MS-RDI", "HP-RDI", "LP-RDI", "LP-PLM"} <= reader.defects()
    return reader


def test_los_leaves_nothing_else() -> None:
    reader = standing_everywhere()
    reader.line.silent(10)
    reader.events += reader.line.events()
    assert reader.defects() == {"LOS"}
    assert reader.group.defects == ()


def test_tu_ais_takes_the_place_of_what_the_vc12_had() -> None:
    changes = [spoil.poh12(n, "V5", 0x05) for n in range(100, 120)]
    changes += [change for n in range(120, 140) for change in spoil.tu_pointer(n, pointer.AIS)]
    line = with_changes(idle_line(TU, 580), changes)
    reader = Reader(TU).parse(line[:480])
    assert reader.defects() == {"LP-PLM", "LP-RDI"}
    assert reader.parse(line[480:520]).defects() == {"TU-AIS"}
    assert reader.parse(line[520:]).defects() == set()


def test_a_member_that_fails_speaks_for_its_group() -> None:
    """TU-AIS: the group raises neither VCAT defects nor loss of delineation."""
    changes = [change for n in range(120, 140) for change in spoil.tu_pointer(n, pointer.AIS)]
    reader = Reader(TU).parse(with_changes(idle_line(TU, 540), changes))
    assert reader.defects() == {"TU-AIS"}
    assert {event[2] for event in reader.events} - ERRORS == {"TU-AIS"}


def test_delineation_lost_before_its_server_fails() -> None:
    """A standing GFP-LFD is taken back when the AU-4 fails, and so is a CSF."""
    noise = [spoil.payload4(40 + n, i, i % 251) for n in range(5) for i in range(2340)]
    line = with_changes(idle_line((), 80), noise)
    reader = Reader().parse(line[:45])
    assert reader.defects() == {"GFP-LFD"}
    assert reader.parse([au_ais(frame) for frame in line[45:60]]).defects() == {"AU-AIS"}
    csf = gfp.build(b"", pti=gfp.PTI_CLIENT_MANAGEMENT, upi=1)
    frames = Builder(gfp_frames=[*[gfp.IDLE] * 5850, csf]).frames(40)
    reader = Reader().parse(frames[:30])
    assert reader.defects() == {"CSF"}
    reader.line.silent(1)
    assert reader.parse(b"").group.defects == ()


def test_los_and_back_again_and_again() -> None:
    reader = Reader(TU)
    line = b"".join(idle_line(TU, 600))
    for _ in range(3):
        assert reader.parse(line).defects() == set()
        assert reader.group.in_sync
        reader.line.silent(17)
        reader.events += reader.line.events()
        assert reader.defects() == {"LOS"}
    assert {event[2] for event in reader.events} == {"LOS"}


def test_columns_that_are_not_mapped_report_nothing() -> None:
    """The other 62 TU-12s of the line are unequipped, or in AIS: nobody awaits anything of them."""
    builder = Builder(mapping="vc12", members=[(1, 1, 1), (1, 1, 2)], poh12=lambda tu, n: {"label": 2, "rdi": 1})
    reader = Reader([(1, 1, 3)]).parse(builder.frames(100))
    assert {event[1] for event in reader.events} == {"au.1/vc12.1.1.3"}
    assert reader.defects() == {"LP-UNEQ"}


def test_defects_of_columns_awaited_later() -> None:
    """What stands on a VC-12 is reported as soon as a map awaits it."""
    builder = Builder(mapping="vc12", members=[MEMBER])
    line = builder.frames(100)
    port = Line()
    port.apply(LineMap("tug", []))
    port.parse(b"".join(line))
    assert port.events() == []
    group = Group()
    port.apply(LineMap("tug", [(group, ["1.1.1"])]))
    assert [event[1:] for event in port.events()] == [("au.1/vc12.1.1.1", "LP-UNEQ", "raise")]
    port.apply(LineMap("tug", []))
    assert [event[1:] for event in port.events()] == [("au.1/vc12.1.1.1", "LP-UNEQ", "clear")]


@pytest.mark.parametrize("server", SERVERS)
def test_traffic_after_each_failure(server: str) -> None:
    """Two failures of 375 us cost the frames that they hit and those of the way back, and deliver nothing wrong."""
    hurt, _ = SERVERS[server]
    frames = [mac_frame(n, 200) for n in range(600)]
    line = Builder(frames, lead_idles=585 * 8).frames(70)
    reader = Reader().parse([hurt(f) if 15 <= n < 18 or 25 <= n < 28 else f for n, f in enumerate(line)])
    got = reader.group.receive()
    assert set(got) < set(frames) and got[-1] == frames[-1]
    assert len(got) > 600 - 2 * 9 * 2340 // 200
