"""Trail traces: the 16 octets sent, what is accepted, what is refused (STANDARDS 1)."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu._framing import Line, LineMap, trace_octets, trace_text
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


# -- forms

LONG = trace.build_long("a name of more than fifteen characters, as J1 may carry")
FORMS: dict[str, bytes] = {
    "16 octets": trace.build("msapemu"),
    "64 octets": LONG,
    "01": trace.UNUSED_J0,
    "all zero": b"\0",
    "89 and zeros": bytes([0x89]) + bytes(15),
}
# octets until a trace is accepted from its first octet on: three multiframes, or the run that no other form has
ACCEPTED = {16: 48, 64: 192, 1: 128}


def accepted(line: Line, octet: str) -> bytes | None:
    value: bytes | None = (line.overhead() if octet == "j0" else line.overhead(1))[octet]
    return value


@pytest.mark.parametrize("octet", ["j0", "j1"])
@pytest.mark.parametrize("form", FORMS)
def test_the_form_is_found(octet: str, form: str) -> None:
    """By itself, and at its count of octets, after 64 that are no trace."""
    sent, count = FORMS[form], 64 + ACCEPTED[len(FORMS[form])]
    octets = {octet.upper(): lambda n: b"ab"[n % 2] if n < 64 else sent[n % len(sent)]}
    frames = (Builder(soh=octets) if octet == "j0" else Builder(poh4=octets)).frames(count)
    line = Line()
    line.parse(b"".join(frames[: count - 1]))
    assert accepted(line, octet) is None
    line.parse(frames[-1])
    assert accepted(line, octet) == sent
    text = line.report()["j0"] if octet == "j0" else line.report()["au"][0]["j1"]
    assert text == (None if len(sent) == 1 else sent[1:].rstrip(b" \0").decode() if len(sent) == 16 else text_of(LONG))


def text_of(octets: bytes) -> str:
    return octets[:-2].rstrip().decode()


@pytest.mark.parametrize("awaited", FORMS)
@pytest.mark.parametrize("sent", FORMS)
def test_any_form_may_be_awaited(awaited: str, sent: str) -> None:
    reader = Reader(expect_j1=FORMS[awaited]).parse(Builder(j1=FORMS[sent]).frames(260))
    assert reader.defects() == (set() if awaited == sent else {"HP-TIM"})


@pytest.mark.parametrize("first", FORMS)
@pytest.mark.parametrize("second", FORMS)
def test_a_form_follows_another(first: str, second: str) -> None:
    """The mismatch is raised and cleared as the forms come and go, and the one accepted last stays."""
    source, sink = Line(j1=FORMS[first]), Reader(expect_j1=FORMS[first])
    source.apply(sink.line.map)
    sink.parse(source.build(300))
    assert sink.events == []
    source.set_path(j1=FORMS[second])
    sink.parse(source.build(300))
    assert accepted(sink.line, "j1") == FORMS[second]
    source.set_path(j1=FORMS[first])
    sink.parse(source.build(300))
    assert accepted(sink.line, "j1") == FORMS[first]
    assert sink.changes("HP-TIM") == ([] if first == second else ["raise", "clear"])


@pytest.mark.parametrize("form", FORMS)
def test_forms_as_they_are_sent(form: str) -> None:
    """J1 of the core, read by the second implementation."""
    source = Line(j1=FORMS[form])
    source.apply(Reader().line.map)
    octets = source.build(200)
    judge = Parser(whole_file=True)
    judge.feed_all([octets[at : at + FRAME] for at in range(0, len(octets), FRAME)])
    sent = FORMS[form]
    assert judge.j1[:192] == (sent * 192)[:192]
    if form == "64 octets":
        assert trace.find_long(judge.j1) == text_of(LONG).ljust(62)


@pytest.mark.parametrize("octet", ["j0", "j1", "j2"])
@pytest.mark.parametrize("phase", range(0, 16, 5))
def test_a_trace_is_found_from_anywhere(octet: str, phase: int) -> None:
    """A line that is joined in the middle of a multiframe."""
    source, sink = Line(**{octet: "joined late"}), Reader([(1, 1, 1)])  # type: ignore[arg-type]
    source.apply(sink.line.map)
    source.build(64 + 4 * phase + 1)
    sink.parse(source.build(500))
    report = sink.line.report()
    texts = {"j0": report["j0"], "j1": report["au"][0]["j1"], "j2": report["vc12"]["1.1.1"]["j2"]}
    assert texts[octet] == "joined late"


def test_a_long_trace_after_errors() -> None:
    """A wrong octet costs three multiframes of counting anew, and raises nothing; the end of a multiframe likewise."""
    for wrong in (300, 319):  # within multiframe 4, and its LF
        hurt = lambda n, wrong=wrong: 0x7E if n == wrong else LONG[n % 64]  # noqa: E731
        frames = Builder(poh4={"J1": hurt}).frames(700)
        reader = Reader(expect_j1=LONG).parse(frames)
        assert reader.defects() == set() and reader.changes("HP-TIM") == []
        assert reader.line.overhead(1)["j1"] == LONG


@given(st.integers(0, 2**32))
@settings(max_examples=25)
def test_noise_is_no_trace(seed: int) -> None:
    """Random trace octets: absent where one is awaited, never accepted, and a trace is found after them."""
    noise = random.Random(seed)
    frames = Builder(poh4={"J1": lambda n: noise.randrange(256) if n < 300 else LONG[n % 64]}).frames(600)
    reader = Reader(expect_j1=LONG).parse(frames[:300])
    assert reader.defects() == {"HP-TIM"} and reader.line.overhead(1)["j1"] is None
    assert reader.parse(frames[300:]).defects() == set()


@pytest.mark.parametrize("octets", [b"", b"ab", bytes(15), bytes(17), bytes(63), b"\r\n" * 32, bytes(64)])
def test_octets_that_are_no_trace(octets: bytes) -> None:
    for option in ("j0", "j1", "j2", "expect_j0", "expect_j1", "expect_j2"):
        with pytest.raises(ValueError, match=r"are no trace|end with CR LF"):
            Line(**{option: octets})  # type: ignore[arg-type]


def test_a_long_text_is_a_long_trace_in_j1_alone() -> None:
    text = "sixteen letters!"
    source, sink = Line(j1=text), Line(expect_j1=text)
    sink.parse(source.build(260))
    assert sink.overhead(1)["j1"] == b"\0"  # unequipped
    source.apply(LineMap("supervisory"))
    sink.apply(LineMap("supervisory"))
    sink.parse(source.build(260))
    assert sink.overhead(1)["j1"] == text.ljust(62).encode() + b"\r\n"
    assert sink.defects == ()
    for option in ("j0", "j2"):
        with pytest.raises(ValueError, match="is no trace"):
            Line(**{option: text})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="is no trace"):
        Line(j1="x" * 63)


def test_text_of_octets() -> None:
    assert trace_text(trace.build("hello")) == "hello"
    assert trace_text(LONG) == text_of(LONG)
    assert trace_text(b"\x01") is None and trace_text(None) is None
