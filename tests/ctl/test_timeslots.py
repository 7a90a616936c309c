"""Who has which container of a line (ctl/timeslots.py), and their names (ctl/objects.py)."""

from __future__ import annotations

import pytest

from msapemu.ctl.objects import Container, parse_container
from msapemu.ctl.timeslots import ALL_VC12, LineSlots


def test_a_vc12_is_in_the_way_of_its_vc4_and_of_the_vc3_of_its_tug3() -> None:
    line = LineSlots(4)
    line.take("x", 2, "3.1.1")
    assert line.owner(2, "3.1.1") == line.owner(2, "3") == line.owner(2) == line.owner(1, width=4) == "x"
    assert line.owner(2, "3.1.2") == line.owner(2, "1") == line.owner(1) == line.owner(3) == ""
    assert list(line.free(2, "vc3")) == ["1", "2"]
    assert len(list(line.free(2, "vc12"))) == 62


def test_a_vc3_is_in_the_way_of_the_vc12_of_its_tug3() -> None:
    line = LineSlots(1)
    line.take("x", 1, "2")
    assert line.owner(1, "2.7.3") == line.owner(1, "2") == line.owner(1) == "x"
    assert list(line.free(1, "vc12")) == [member for member in ALL_VC12 if member[0] != "2"]


def test_a_vc4_4c_takes_up_four_vc4s() -> None:
    line = LineSlots(16)
    line.take("x", 5, width=4)
    assert [line.owner(vc4) for vc4 in (4, 5, 8, 9)] == ["", "x", "x", ""]
    assert line.owner(6, "1.1.1") == line.owner(1, width=16) == line.whole_owner(7) == "x"
    assert list(line.free(6, "vc12")) == []


def test_find_fills_what_stands_first() -> None:
    line = LineSlots(16)
    line.take("x", 1, "1.1.1")
    assert line.find("vc12", 2) == (1, ("1.1.2", "1.1.3"))
    assert line.find("vc12", 63) == (2, ALL_VC12)
    assert line.find("vc3", 3) == (2, ("1", "2", "3"))
    assert line.find("vc3", 2) == (1, ("2", "3"))
    assert line.find("vc4") == (2, ())
    assert line.find("vc4-4c") == (5, ())
    assert line.find("vc4-16c") is None


def test_a_line_has_no_container_wider_than_itself() -> None:
    assert list(LineSlots(1).places("vc4-4c")) == []
    assert list(LineSlots(4).places("vc4-4c")) == [1]
    assert list(LineSlots(16).places("vc4-4c")) == [1, 5, 9, 13]
    assert list(LineSlots(16).places("vc12")) == list(range(1, 17))


@pytest.mark.parametrize(
    ("text", "container", "kind"),
    [
        ("1/1/au4.1", Container("1/1", 1), "vc4"),
        ("3/2/au4.16", Container("3/2", 16), "vc4"),
        ("1/1/au4-4c.5", Container("1/1", 5, width=4), "vc4-4c"),
        ("1/1/au4-16c.1", Container("1/1", 1, width=16), "vc4-16c"),
        ("1/1/au4.2/vc3.3", Container("1/1", 2, "3"), "vc3"),
        ("1/1/au4.2/vc12.1.2.3", Container("1/1", 2, "1.2.3"), "vc12"),
    ],
)
def test_names_of_containers(text: str, container: Container, kind: str) -> None:
    assert parse_container(text) == container
    assert str(container) == text
    assert container.kind == kind


@pytest.mark.parametrize(
    "text",
    ["", "1/1", "1/1/au4", "1/1/au4.0", "1/1/au4.01", "1/1/au4-2c.1", "1/1/au4-4c.1/vc3.1", "1/1/au4.1/vc3.4",
     "1/1/au4.1/vc12.1.1", "1/1/au4.1/vc12.1.8.1", "x/1/au4.1", "1/1/au4.1/", " 1/1/au4.1"],
)  # fmt: skip
def test_what_names_no_container(text: str) -> None:
    with pytest.raises(ValueError, match="is no container of a line"):
        parse_container(text)
