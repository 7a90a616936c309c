"""Every defect of the line: raised and cleared at exactly its count of indications (STANDARDS 11, ANCHORS).

A case spoils the events that its defect counts (frames, VC-4s, trace multiframes ...); with one indication fewer
than the count nothing must happen. `pytest -s` shows the counts found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from msapemu._framing import DEFECTS
from tests.ref import gfp, pointer, stm1, trace, vc12
from tests.ref.line import Builder
from tests.ref.tug import Tu
from tests.wire import spoil
from tests.wire.lines import ERRORS, Reader, mac_frame
from tests.wire.spoil import MEMBER, Change, idle_line, with_changes

Bad = Callable[[int], bool]
IDLE = gfp.mask_core(gfp.IDLE)
OTHER_TRACE = trace.build("someone else")
TU = (MEMBER,)


@dataclass(frozen=True)
class Case:
    """How event n of a defect is spoilt, in which unit, and the counts that the core is built for."""

    spoil: Callable[[int], list[Change]]
    unit: str
    set: int
    clear: int
    frames: int = 1  # of the line, an event
    start: int = 40  # the first event that may be bad: all is settled then
    standing: int = 0  # bad events that surely raise it; 0: twice as many as needed
    members: tuple[Tu, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()
    more: int = 0  # events after those that the count wants

    def run(self, bad: Bad, events: int) -> Reader:
        events += self.more
        changes = [change for n in range(events) if bad(n) for change in self.spoil(n)]
        # a VC-12 ends in the multiframe after its own
        line = idle_line(self.members, self.frames * events + (4 if self.frames > 1 and self.members else 0))
        options: dict[str, Any] = dict(self.options)
        return Reader(self.members, **options).parse(with_changes(line, changes))


def every16(place: Callable[[int, str, int], Change], name: str) -> Callable[[int], list[Change]]:
    """A whole multiframe of another trace."""
    return lambda n: [place(16 * n + i, name, octet) for i, octet in enumerate(OTHER_TRACE)]


def k4(octet: Callable[[int], int]) -> Callable[[int], list[Change]]:
    """A K4 multiframe of 32 other octets, by VC-12 number."""
    return lambda n: [spoil.poh12(number, "K4", octet(number)) for number in range(32 * n, 32 * n + 32)]


def v5(label: int = 5, rdi: int = 0) -> Callable[[int], list[Change]]:
    return lambda n: [spoil.poh12(n, "V5", vc12.v5(0, 0, label, rdi))]


def ms_errors(n: int) -> list[Change]:
    """All of B2 wrong in the next frame: D4, and two octets without a meaning beside it."""
    return [(n, stm1.index(6, column), 0xFF) for column in (1, 2, 3)]


E_RDI = (("vc4", {"e_rdi": True}), ("vc12", {"e_rdi": True}))


def enhanced(kind: str) -> Callable[[int], list[Change]]:
    """A VC-12's remote defect by enhanced RDI."""
    rdi, k4 = vc12.enhanced_rdi(kind)
    return lambda n: [*v5(rdi=rdi)(n), spoil.poh12(n, "K4", vc12.k4_octet(n, 0x0D, 0) | k4)]


# A key is a defect, and what else is to be said of the case.
CASES = {
    "OOF": Case(lambda n: [(n, 2, 0)], "frames", 5, 2),
    "RS-TIM": Case(every16(spoil.soh, "J0"), "J0 multiframes", 3, 3, 16, 4, options=(("expect_j0", "msapemu"),)),
    "MS-AIS": Case(lambda n: [spoil.soh(n, "K2", 0b111)], "frames", 5, 5),
    "MS-RDI": Case(lambda n: [spoil.soh(n, "K2", 0b110)], "frames", 5, 5),
    "AU-AIS": Case(lambda n: spoil.au_pointer(n, pointer.AIS), "frames", 3, 3),
    "AU-LOP": Case(lambda n: spoil.au_pointer(n, 0), "frames", 8, 3),
    "HP-UNEQ": Case(lambda n: [spoil.poh4(n, "C2", 0x00)], "VC-4s", 5, 5),
    "HP-PLM": Case(lambda n: [spoil.poh4(n, "C2", 0x12)], "VC-4s", 5, 5),
    "HP-TIM": Case(every16(spoil.poh4, "J1"), "J1 multiframes", 3, 3, 16, 4, options=(("expect_j1", "msapemu"),)),
    "HP-RDI": Case(lambda n: [spoil.poh4(n, "G1", 0x08)], "VC-4s", 5, 5),
    # The H4s run backwards: none is right, none follows its neighbour. Out of multiframe from the second wrong one to
    # the fourth that follows its neighbour again; dLOM after 40 VC-4s (5 ms) of that.
    "LOM": Case(lambda n: [spoil.poh4(n, "H4", 0xFC | -n & 3)], "VC-4s", 38, 5, members=TU),
    "TU-AIS": Case(lambda n: spoil.tu_pointer(n, pointer.AIS), "multiframes", 3, 3, 4, 20, members=TU),
    "TU-LOP": Case(lambda n: spoil.tu_pointer(n, 0), "multiframes", 8, 3, 4, 20, members=TU),
    "LP-UNEQ": Case(v5(label=0), "VC-12s", 5, 5, 4, 20, members=TU),
    "LP-PLM": Case(v5(label=2), "VC-12s", 5, 5, 4, 20, members=TU),
    "LP-TIM": Case(
        every16(spoil.poh12, "J2"), "J2 multiframes", 3, 3, 64, 4, members=TU, options=(("expect_j2", "msapemu"),)
    ),
    "LP-RDI": Case(v5(rdi=1), "VC-12s", 5, 5, 4, 20, members=TU),
    # Remote defects by enhanced RDI.
    "HP-RDI server": Case(lambda n: [spoil.poh4(n, "G1", 0b1010)], "VC-4s", 5, 5, options=E_RDI),
    "HP-RDI connectivity": Case(lambda n: [spoil.poh4(n, "G1", 0b1100)], "VC-4s", 5, 5, options=E_RDI),
    "HP-RDI payload": Case(lambda n: [spoil.poh4(n, "G1", 0b0100)], "VC-4s", 5, 5, options=E_RDI),
    "LP-RDI server": Case(enhanced("server"), "VC-12s", 5, 5, 4, 20, members=TU, options=E_RDI),
    "LP-RDI connectivity": Case(enhanced("connectivity"), "VC-12s", 5, 5, 4, 20, members=TU, options=E_RDI),
    "LP-RDI payload": Case(enhanced("payload"), "VC-12s", 5, 5, 4, 20, members=TU, options=E_RDI),
    # All parities of a frame wrong, again and again: 24 of B2, 8 of B3, 2 of a VC-12. EXC of 10^-3 wants 337, 129 and
    # 14 of them in a window of 40 frames to set, fewer than 92, 79 and 10 to clear. What is bad before the good frames
    # ends with a window; VC-4s are counted from number 3 on, VC-12s from number 4.
    "MS-EXC": Case(ms_errors, "frames in 40", 15, 37, 1, 40, 40, more=20),
    "HP-EXC": Case(lambda n: [spoil.poh4(n, "F2", 0xFF)], "VC-4s in 40", 17, 31, 1, 43, 40, more=20),
    "LP-EXC": Case(lambda n: [spoil.poh12(n, "N2", 0xC0)], "VC-12s in 40", 7, 36, 4, 44, 40, TU, more=20),
    "VCAT-LOM": Case(k4(lambda n: 0), "K4 multiframes", 16, 2, 128, 3, 17, members=TU),
    "VCAT-SQM": Case(k4(lambda n: vc12.k4_octet(n, 0x0D, 9)), "K4 multiframes", 3, 3, 128, 4, members=TU),
}
ELSEWHERE = {"GFP-LFD", "CSF"}  # below
OF_GROUPS = {"GFP-EXM", "GFP-UPM", "GFP-FDI", "GFP-RDI"}
OF_HDLC = {"HDLC-LFD", "HDLC-UPM"}
OF_E1 = {*(f"P12-{name}" for name in ("LOS", "AIS", "LOF", "LOM", "RAI")), "CAS-LOM", "CAS-RAI", "CAS-AIS"}
OF_MULTIPLEXES = {"MUX-AIS", "MUX-LOF", "MUX-RAI"}
OF_PSEUDOWIRES = {"LOPS", "PW-AC", "PW-REMOTE"}
LCAS = {"VCAT-MND", "PLCR", "TLCR", "PLCT", "TLCT", "FOPR", "FOPT", "VCG-MIN"}
DEG = {f"{layer}-DEG" for layer in ("MS", "HP", "LP")}
OF_PDH = OF_HDLC | OF_E1 | OF_MULTIPLEXES | OF_PSEUDOWIRES
IN_OTHER_FILES = {"LOS", "LOF", "VCAT-LOA"} | OF_GROUPS | OF_PDH | LCAS | DEG
found: dict[str, str] = {}


def window(first: int, count: int) -> Bad:
    return lambda n: first <= n < first + count


@pytest.mark.parametrize("defect", CASES)
def test_raised_at_its_count(defect: str) -> None:
    case = CASES[defect]
    for count in (case.set - 1, case.set):
        reader = case.run(window(case.start, count), case.start + count + case.clear + 2)
        assert reader.changes(defect.split()[0])[:1] == (["raise"] if count == case.set else []), count
    found[defect] = f"{case.set:3} {case.unit}"


@pytest.mark.parametrize("defect", CASES)
def test_cleared_at_its_count(defect: str) -> None:
    case = CASES[defect]
    standing = case.standing or 2 * case.set
    for count in (case.clear - 1, case.clear):
        good = window(case.start + standing, count)
        reader = case.run(lambda n, good=good: n >= case.start and not good(n), case.start + standing + count + 3)  # type: ignore[misc]
        changes = reader.changes(defect.split()[0])
        assert changes[0] == "raise"
        assert ("clear" in changes) == (count == case.clear), count
    found[defect] = f"{found.get(defect, '')}, cleared by {case.clear}"


def header(place: int) -> Change:
    """Two wrong bits in GFP core header `place` of the line; a VC-4 holds 585 idles."""
    number, header = divmod(place, 585)
    return spoil.payload4(number, 4 * header, IDLE[0] ^ 0x81)


def test_loss_of_delineation() -> None:
    """One core header that cannot be corrected; two good ones. Judged at the end of each VC-4."""
    line = idle_line((), 60)
    last = 585 * 40 + 584  # the last header of VC-4 40
    reader = Reader().parse(with_changes(line, [header(last)]))
    assert [event for event in reader.events if event[1] == "group.0"] == [
        (40, "group.0", "GFP-LFD", "raise"),
        (41, "group.0", "GFP-LFD", "clear"),
    ]
    single = spoil.payload4(40, 4 * 584, IDLE[0] ^ 0x80)
    assert Reader().parse(with_changes(line, [single])).events == []
    for good in (1, 2):  # headers at the end of VC-4 41; the rest of it is wrong
        bad = [header(585 * 40 + n) for n in range(580, 2 * 585 - good)] + [header(585 * 42 + n) for n in range(585)]
        reader = Reader().parse(with_changes(line, bad))
        cleared = (41, "group.0", "GFP-LFD", "clear") in reader.events
        assert cleared == (good == 2)
    found["GFP-LFD"] = "  1 core header, cleared by 2"


def test_no_gfp_from_the_start_is_a_loss_of_delineation() -> None:
    """Not at once: a reader may have to wait for two of the longest frames."""
    noise = [payload for n in range(70) for payload in [spoil.payload4(n, i, i % 251) for i in range(2340)]]
    reader = Reader().parse(with_changes(idle_line((), 70), noise))
    assert reader.defects() == {"GFP-LFD"}
    assert 131072 // 2340 < reader.events[-1][0] < 65


CSF, DCI = (gfp.build(b"", pti=gfp.PTI_CLIENT_MANAGEMENT, upi=upi) for upi in (1, 3))
CLIENT = gfp.build(gfp.ethernet_payload(mac_frame(1)))
VC4_OF_IDLES = [gfp.IDLE] * 585


@pytest.mark.parametrize("upi", [1, 2])
@pytest.mark.parametrize("end", [DCI, CLIENT], ids=["dci", "client"])
def test_client_signal_fail(upi: int, end: bytes) -> None:
    """Loss of signal or of character synchronisation, once; ended by a DCI or a client frame (STANDARDS 6)."""
    csf = gfp.build(b"", pti=gfp.PTI_CLIENT_MANAGEMENT, upi=upi)
    stream = [*VC4_OF_IDLES * 10, csf, *VC4_OF_IDLES * 10, end]
    reader = Reader().parse(Builder(gfp_frames=stream).frames(30))
    assert [event[1:] for event in reader.events] == [
        ("group.0", "CSF", "raise"),
        ("group.0", "CSF", "clear"),
    ]
    assert (reader.events[0][0], reader.events[1][0]) == (10, 20)
    found["CSF"] = "  1 CSF frame, cleared by 1 client frame or DCI or 3 s"


def test_client_signal_fail_ends_after_three_seconds() -> None:
    """Of silence: a second CSF begins them anew (ANCHORS)."""
    builder = Builder(gfp_frames=[*VC4_OF_IDLES * 10, CSF, *VC4_OF_IDLES * 14, CSF])
    reader = Reader().parse(builder.frames(40))
    block = b"".join(builder.frames(16))
    for _ in range(1503):
        reader.parse(block)
    frames = [frame for frame, _, defect, _ in reader.events if defect == "CSF"]
    assert frames == [10, 24 + 24000]


def test_one_case_for_every_defect() -> None:
    """The others: LOS and LOF in test_align.py, VCAT-LOA in test_vcat.py, signal degrade in test_degrade.py, GFP in
    test_gfp_management.py, HDLC in test_hdlc_client.py."""
    assert set(DEFECTS) - {case.split()[0] for case in CASES} - ELSEWHERE == IN_OTHER_FILES
    print()
    for case in sorted(found, key=lambda case: DEFECTS.index(case.split()[0])):
        print(f"{case:19} {found[case]}")


# -- other ways in and out


def test_lop_by_eight_new_data_flags() -> None:
    case = Case(lambda n: spoil.au_pointer(n, pointer.encode(522, ndf=True)), "", 8, 3)
    assert case.run(window(40, 7), 60).changes("AU-LOP") == []
    assert case.run(window(40, 8), 60).changes("AU-LOP") == ["raise", "clear"]


def test_new_data_ends_ais_at_once() -> None:
    case = Case(lambda n: spoil.au_pointer(n, pointer.AIS if n < 50 else pointer.encode(522, ndf=True)), "", 3, 1)
    events = [event for event in case.run(window(40, 11), 60).events if event[2] == "AU-AIS"]
    assert events == [(42, "au.1", "AU-AIS", "raise"), (50, "au.1", "AU-AIS", "clear")]


def test_a_wrong_pointer_in_ais_is_lop() -> None:
    case = Case(lambda n: spoil.au_pointer(n, pointer.AIS if n < 50 else 0), "", 3, 8)
    events = [event for event in case.run(window(40, 20), 70).events if event[2].startswith("AU")]
    assert events == [
        (42, "au.1", "AU-AIS", "raise"),
        (57, "au.1", "AU-AIS", "clear"),
        (57, "au.1", "AU-LOP", "raise"),
        (62, "au.1", "AU-LOP", "clear"),
    ]


def test_a_label_of_no_mapping_in_particular_is_no_mismatch() -> None:
    """C2 01 and V5 label 001: equipped, non-specific (STANDARDS 11)."""
    reader = Case(lambda n: [spoil.poh4(n, "C2", 1)], "", 5, 5).run(lambda n: True, 60)
    assert reader.defects() == set() and reader.line.report()["au"][0]["c2"] == 1
    reader = Case(v5(label=1), "", 5, 5, 4, members=TU).run(window(20, 30), 60)
    assert reader.changes("LP-PLM") == reader.changes("LP-UNEQ") == []


def test_another_extended_label_is_a_mismatch() -> None:
    """K4: 0A is HDLC, not GFP (STANDARDS 5)."""
    case = Case(k4(lambda n: vc12.k4_octet(n, 0x0A, 0)), "", 3, 3, 128, members=TU)
    reader = case.run(window(6, 10), 12)
    assert reader.defects() == {"LP-PLM"}
    assert reader.line.report()["vc12"]["2.3.1"]["extended_label"] == 0x0A


@pytest.mark.parametrize(
    ("place", "octet", "defect", "frames"),
    [(spoil.soh, "J0", "RS-TIM", 1), (spoil.poh4, "J1", "HP-TIM", 1), (spoil.poh12, "J2", "LP-TIM", 4)],
)
def test_no_trace_at_all_is_a_mismatch(
    place: Callable[[int, str, int], Change], octet: str, defect: str, frames: int
) -> None:
    """Within 100 ms, where one is awaited (STANDARDS 11, TIM); a whole trace clears it."""
    members = TU if octet == "J2" else ()
    expect = ((f"expect_{octet.lower()}", "msapemu"),)
    case = Case(lambda n: [place(n, octet, 0x01)], "", 0, 0, frames, members=members, options=expect)
    assert case.run(lambda n: True, 100).defects() == set()
    assert case.run(lambda n: True, 180).defects() == {defect}
    assert case.run(lambda n: n < 180, 250).changes(defect) == ["raise", "clear"]
    unaware = Case(case.spoil, "", 0, 0, frames, members=members)
    assert unaware.run(lambda n: True, 200).defects() == set()


@pytest.mark.parametrize("octet", ["J1", "J2"])
def test_an_unequipped_path_has_no_trace_mismatch(octet: str) -> None:
    if octet == "J1":
        spoilt: Callable[[int], list[Change]] = lambda n: [spoil.poh4(n, "J1", 0), spoil.poh4(n, "C2", 0)]  # noqa: E731
        case = Case(spoilt, "", 0, 0, options=(("expect_j1", "x"),))
        assert case.run(lambda n: n > 40, 250).defects() == {"HP-UNEQ"}
    else:
        spoilt = lambda n: [spoil.poh12(n, "J2", 0), spoil.poh12(n, "V5", 0)]  # noqa: E731
        case = Case(spoilt, "", 0, 0, 4, members=TU, options=(("expect_j2", "x"),))
        assert case.run(lambda n: n > 40, 250).defects() == {"LP-UNEQ"}


def test_no_k4_multiframe_from_the_start_is_loss_of_multiframe() -> None:
    """After 256 ms, where there never was one."""
    case = Case(k4(lambda n: 0), "", 0, 0, 128, members=TU)
    assert case.run(lambda n: True, 15).defects() == set()
    assert case.run(lambda n: True, 17).defects() == {"VCAT-LOM"}


def test_a_frame_count_that_stands_still_is_loss_of_multiframe() -> None:
    case = Case(k4(lambda n: vc12.k4_octet(n % 32, 0x0D, 0)), "", 0, 0, 128, members=TU)
    assert case.run(window(3, 15), 20).changes("VCAT-LOM") == []
    assert case.run(window(3, 16), 22).changes("VCAT-LOM") == ["raise", "clear"]


def test_the_event_log_is_bounded() -> None:
    """1024 events are kept, the states stay right, and reading makes room."""
    case = Case(lambda n: spoil.au_pointer(n, pointer.AIS), "", 3, 3)
    changes = [change for n in range(20, 6000) if n % 10 < 3 for change in case.spoil(n)]
    reader = Reader()
    reader.line.parse(b"".join(with_changes(idle_line((), 6000), changes)))
    assert set(reader.line.defects) <= ERRORS
    assert len(reader.line.events()) == 1024
    assert reader.line.events() == []
    reader.line.silent(1)
    assert reader.line.events()[0][1:] == ("line", "LOS", "raise")
