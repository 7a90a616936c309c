"""Trail traces: the 16 octets sent, what is accepted, what is refused (STANDARDS 1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msapemu._framing import Line, trace_octets
from tests.ref import trace
from tests.ref.line import Builder, Parser
from tests.wire.lines import FRAME, Reader


@pytest.mark.parametrize(
    ("text", "first"),
    [
        *[("EXFO SONET/SDH ", 0x88), (" " * 15, 0xC8), ("ABCDEFGHIJKLMNO", 0x98), ("STM1-TEST-00001", 0x95)],
        *[("123456789ABCDEF", 0x80 | 0x62), ("TTI UNAVAILABLE", 0x80 | 0x23)],  # G.707, STANDARDS 0
        ("", 0xC8),
    ],
)
def test_vectors(text: str, first: int) -> None:
    """STANDARDS 1, trail trace, and section 0 for the two examples of G.707."""
    assert trace_octets(text) == bytes([first]) + text.ljust(15).encode()


printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=15)


@given(printable)
def test_every_text_as_the_reference_builds_it(text: str) -> None:
    assert trace_octets(text) == trace.build(text)


@pytest.mark.parametrize("text", ["sixteen letters!", "tab\there", "Zürich", "line\n", "\0", "\x7f"])
def test_bad_texts(text: str) -> None:
    with pytest.raises(ValueError, match="is no trace: at most 15 printable ASCII"):
        trace_octets(text)
    for option in ("j0", "j1", "j2", "expect_j0", "expect_j1", "expect_j2"):
        if "1" in option and len(text) == 16:
            continue  # J1 has a longer form
        with pytest.raises(ValueError, match="is no trace"):
            Line(**{option: text})  # type: ignore[arg-type]


def test_texts_of_a_line() -> None:
    """Three texts on their three ways, read by the second implementation and by the core."""
    members = [(1, 2, 3)]
    builder = Builder(mapping="vc12", members=members, j0="section", j1="high order", j2="low order 1.2.3")
    reader = Reader(members, expect_j0="section", expect_j1="high order", expect_j2="low order 1.2.3")
    reader.parse(builder.frames(300))
    report = reader.line.report()
    assert (report["j0"], report["au"][0]["j1"]) == ("section", "high order")
    assert report["vc12"]["1.2.3"]["j2"] == "low order 1.2.3"
    assert reader.events == []
    source = Line(j0="section", j1="high order", j2="low order 1.2.3")
    source.apply(reader.line.map)
    octets = source.build(200)
    judge = Parser(whole_file=True, tus=members)
    judge.feed_all([octets[at : at + FRAME] for at in range(0, len(octets), FRAME)])
    assert trace.find(judge.j0) == "section".ljust(15)
    assert trace.find(judge.j1) == "high order".ljust(15)
    assert trace.find(judge.vc12[(1, 2, 3)].j2) == "low order 1.2.3"


def test_a_trace_is_accepted_when_it_came_three_times() -> None:
    """And not when its CRC-7 is wrong."""
    for multiframes, accepted in ((2, None), (3, "msapemu")):
        line = Line()
        line.parse(b"".join(Builder().frames(16 * multiframes)))
        assert line.report()["j0"] == accepted
    wrong = bytes([trace.build("msapemu")[0] ^ 1]) + trace.build("msapemu")[1:]
    line = Line()
    line.parse(b"".join(Builder(j0=wrong).frames(100)))
    assert line.report()["j0"] is None


def test_a_trace_changes() -> None:
    line = Line()
    first = Builder(j0="one").frames(64)
    second = Builder(j0="two").frames(64)
    line.parse(b"".join(first + second[:47]))
    assert line.report()["j0"] == "one"
    line.parse(b"".join(second[47:48]))
    assert line.report()["j0"] == "two"
