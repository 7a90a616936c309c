"""Names of E1 places and timeslots."""

from __future__ import annotations

import pytest

from msapemu.ctl.e1 import E1Place, E1Slots, parse_place, parse_slots, parse_timeslots, timeslots_text
from msapemu.ctl.objects import Container

VC12 = Container("1/1", 1, "1.1.1")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("1/1", E1Place("1/1")),
        ("1/2/e1.3", E1Place("1/2", 3)),
        ("1/2/e1.16", E1Place("1/2", 16)),
        ("1/1/au4.1/vc12.1.1.1", E1Place("1/1", container=VC12)),
    ],
)
def test_a_place_is_read_as_it_is_written(text: str, place: E1Place) -> None:
    assert parse_place(text) == place
    assert str(place) == text


@pytest.mark.parametrize("text", ["", "1", "1/1/", "1/1/e1", "1/1/e1.0", "1/1/e2.1", "1/1/au4.1", "1/1/au4.1/vc3.1"])
def test_what_is_no_place(text: str) -> None:
    with pytest.raises(ValueError, match="is no place of an E1"):
        parse_place(text)


@pytest.mark.parametrize(
    ("text", "slots"), [("1", (1,)), ("1-4,6", (1, 2, 3, 4, 6)), ("31", (31,)), ("6,1-2", (6, 1, 2))]
)
def test_timeslots_are_read_as_they_are_written(text: str, slots: tuple[int, ...]) -> None:
    assert parse_timeslots(text) == slots
    assert timeslots_text(slots) == text
    assert parse_slots(f"1/2/e1.3:{text}") == E1Slots(E1Place("1/2", 3), slots)
    assert str(E1Slots(VC12_PLACE, slots)) == f"1/1/au4.1/vc12.1.1.1:{text}"


VC12_PLACE = E1Place("1/1", container=VC12)


@pytest.mark.parametrize("text", ["", "0", "32", "4-1", "1-", "-3", "1,,2", "a", "1-32", "1,1", "1-4,3", "\u0661"])
def test_what_are_no_timeslots(text: str) -> None:
    with pytest.raises(ValueError, match="timeslot"):
        parse_timeslots(text)


def test_a_v35_port_has_no_timeslots_of_its_own() -> None:
    assert parse_slots("4/1") == E1Slots(E1Place("4/1"))
    assert str(E1Slots(E1Place("4/1"))) == "4/1"
