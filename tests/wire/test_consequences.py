"""What follows from a defect within its own layer and above; unequipped and supervisory-unequipped paths."""

from __future__ import annotations

import pytest

from msapemu._framing import Line, LineMap
from tests.ref.line import Client, Content, MultiBuilder, MultiParser
from tests.wire import spoil
from tests.wire.lines import Reader, frames_of
from tests.wire.spoil import MEMBER, idle_line, with_changes

NAME = "{}.{}.{}".format(*MEMBER)


def test_section_trace_mismatch_inserts_ais_where_it_is_set_to() -> None:
    """RS-TIM: by default it is only told. With tim_ais what is above sees a failed server signal."""
    for tim_ais in (False, True):
        reader = Reader(expect_j0="another", section={"tim_ais": tim_ais})
        frames = idle_line((), 100)
        reader.parse(frames[:60])
        assert reader.defects() == {"RS-TIM"}
        answer = MultiParser(1, whole_file=True).feed_all(frames_of(reader.line.build(20), 1))
        assert answer.section.ms_rdi == tim_ais
        assert reader.group.in_sync != tim_ais
        reader.line.set(expect_j0=None)
        reader.parse(frames[60:100])
        assert reader.defects() == set() and reader.group.in_sync
        assert [event[1:] for event in reader.events] == [
            ("line", "RS-TIM", "raise"),
            ("line", "RS-TIM", "clear"),
        ]


@pytest.mark.parametrize("tim_ais", [False, True])
def test_path_trace_mismatch_inserts_ais_unless_it_is_set_not_to(tim_ais: bool) -> None:
    """HP-TIM and LP-TIM: the payload goes on or not; RDI is sent in either case."""
    reader = Reader(expect_j1="another", vc4={"tim_ais": tim_ais}).parse(idle_line((), 100))
    assert reader.defects() == {"HP-TIM"}
    assert reader.group.in_sync != tim_ais
    judge = MultiParser(1, whole_file=True).feed_all(frames_of(reader.line.build(8), 1))
    assert judge.au[1].hp_rdi
    reader = Reader([MEMBER], expect_j2="another", vc12={"tim_ais": tim_ais}).parse(idle_line((MEMBER,), 600))
    assert reader.defects() == {"LP-TIM"}
    assert reader.group.in_sync != tim_ais
    judge = MultiParser(1, whole_file=True).feed_all(frames_of(reader.line.build(24), 1))
    assert judge.au[1].vc12[MEMBER].overhead[-1].rdi == 1


@pytest.mark.parametrize(("k2", "defect"), [(0b111, "MS-AIS"), (0b110, "MS-RDI")])
def test_no_defect_of_the_multiplex_section_stands_beside_lof(k2: int, defect: str) -> None:
    """It is told when LOF ends, 3 ms after the frames are back, and at once: nothing between them."""
    frames = with_changes(idle_line((), 200), [spoil.soh(n, "K2", k2) for n in range(200)])
    reader = Reader().parse(frames[:40])
    assert reader.defects() == {defect}
    reader.parse([bytes(2430)] * 60)
    assert reader.defects() == {"OOF", "LOF"}
    reader.parse(frames[100:110])
    assert reader.defects() == {"LOF"}
    reader.parse(frames[110:160])
    assert reader.defects() == {defect}
    cleared, raised = reader.events[-2:]
    assert (cleared[2:], raised[2:]) == (("LOF", "clear"), (defect, "raise"))
    assert cleared[0] == raised[0]


def test_remote_error_counts_are_not_read_from_ais() -> None:
    """All ones in M1 of an STM-16 would be 255 errors."""
    contents = [Content("vc4", [Client()], width=16)]
    sink = Line(rate="stm16")
    sink.parse(MultiBuilder(16, contents, ms_ais=lambda n: n >= 8).line(30))
    assert sink.defects[0] == "MS-AIS"
    # until it is found, 5 frames
    assert sink.counters()["ms_rei"] == 255 * 4


# -- unequipped


@pytest.mark.parametrize("kind", ["unequipped", "supervisory"])
def test_unequipped_and_supervisory_unequipped(kind: str) -> None:
    """As the second implementation builds them and reads them."""
    source = Line(j1="watched")
    source.apply(LineMap(kind))
    octets = source.build(40)
    assert octets == MultiBuilder(1, [Content(kind, j1="watched")]).line(40)
    judge = MultiParser(1, whole_file=True).feed_all(frames_of(octets, 1))
    assert judge.au[1].b3_errors == 0 and {poh["C2"] for poh in judge.au[1].poh4} == {0}
    assert any(poh["J1"] for poh in judge.au[1].poh4) == (kind == "supervisory")


@pytest.mark.parametrize(
    ("sent", "trace", "defects"),
    [
        ("supervisory", "watched", set()),
        ("supervisory", "another", {"HP-TIM"}),
        ("unequipped", "", {"HP-UNEQ"}),
        ("vc4", "watched", set()),
        ("vc4", "another", {"HP-TIM"}),
    ],
)
def test_a_supervisory_unequipped_path_is_told_by_its_trace(sent: str, trace: str, defects: set[str]) -> None:
    """dTIM, and dUNEQ where the trace is all zero (G.783, supervisory-unequipped termination)."""
    sink = Line(expect_j1="watched")
    sink.apply(LineMap("supervisory"))
    sink.parse(MultiBuilder(1, [Content(sent, j1=trace)]).line(300))
    assert set(sink.defects) == defects
    answer = MultiParser(1, whole_file=True).feed_all(frames_of(sink.build(8), 1))
    assert answer.au[1].hp_rdi == bool(defects)


def test_supervisory_unequipped_lower_order_paths() -> None:
    """A VC-12 and a VC-3 beside others: right trace, wrong trace, none at all."""
    sink = Line(expect_j1="msapemu", expect_j2="msapemu")
    sink.apply(LineMap("tug", supervisory=(NAME, "3")))
    for trace, defects in (("msapemu", set()), ("another", {"LP-TIM"})):
        source = Line(j2=trace, vc3={"j1": trace})
        source.apply(LineMap("tug", supervisory=(NAME, "3")))
        sink.parse(source.build(400))
        seen = {(event[1], event[2]) for event in sink.events() if event[3] == "raise"}
        assert seen == {(f"au.1/{name}", defect) for name in (f"vc12.{NAME}", "vc3.3") for defect in defects}
    source = Line()
    source.apply(LineMap("tug", tributaries={}, supervisory=("3",)))
    source.set_path(1, "3", j1=b"\0")
    sink.parse(source.build(900))
    seen = {(event[1], event[2]) for event in sink.events() if event[3] == "raise"}
    assert (f"au.1/vc12.{NAME}", "LP-UNEQ") in seen and ("au.1/vc3.3", "LP-UNEQ") in seen
