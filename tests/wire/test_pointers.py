"""The pointer interpreter as a table of states and indications (G.783 Annex A, STANDARDS 2 and 4)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu._framing import PointerInterpreter
from tests.ref import pointer
from tests.ref.pointer import D_BITS, I_BITS, encode, encode_decrement, encode_increment

AIS = pointer.AIS
INVALID = 0x0000  # neither new data flag: 0000
OFFSETS = {"au4": 783, "tu12": 140}
QUIET = 3  # words after a change in which a move is not believed


def fed(kind: str, words: list[int]) -> tuple[PointerInterpreter, list[str]]:
    interpreter = PointerInterpreter(kind)
    return interpreter, [interpreter.take(word) for word in words]


def settle(value: int) -> list[int]:
    """Into NORM, and long enough there that moves are believed."""
    return [encode(value)] * (3 + QUIET)


INTO = {
    "START": [],
    "NORM": settle(100),
    "AIS": [AIS] * 3,
    "LOP": [INVALID] * 8,
}
# 108 and 76 look like no move of 100
NEW, SAME, OTHER = encode(108), encode(100), encode(76)
NDF = encode(108, ndf=True)

# state, words -> state, value (0: none was ever accepted)
ARROWS: list[tuple[str, list[int], str, int]] = [
    ("START", [NEW] * 2, "START", 0),
    ("START", [NEW] * 3, "NORM", 108),
    ("START", [NEW, OTHER, NEW, OTHER, NEW], "START", 0),  # equal means in a row
    ("START", [NEW, AIS, NEW, NEW], "START", 0),
    ("START", [NEW, INVALID, NEW, NEW], "START", 0),
    ("START", [AIS] * 2, "START", 0),
    ("START", [AIS] * 3, "AIS", 0),
    ("START", [INVALID] * 7, "START", 0),
    ("START", [INVALID] * 8, "LOP", 0),
    ("START", [NDF] * 9, "START", 0),  # new data of nothing known
    ("NORM", [SAME] * 20, "NORM", 100),
    ("NORM", [AIS] * 2, "NORM", 100),
    ("NORM", [AIS] * 3, "AIS", 100),
    ("NORM", [AIS, AIS, SAME] * 3, "NORM", 100),
    ("NORM", [INVALID] * 7, "NORM", 100),
    ("NORM", [INVALID] * 8, "LOP", 100),
    ("NORM", [*[INVALID] * 7, SAME] * 3, "NORM", 100),
    ("NORM", [*[INVALID] * 7, AIS] * 3, "NORM", 100),
    ("NORM", [NDF], "NORM", 108),
    ("NORM", [NDF] * 7, "NORM", 108),
    ("NORM", [NDF] * 8, "LOP", 108),
    ("NORM", [*[NDF] * 7, NEW] * 3, "NORM", 108),
    ("NORM", [encode(1023, ndf=True)] * 8, "LOP", 100),  # out of range: invalid
    ("NORM", [encode(101), encode(99)] * 3, "NORM", 100),  # valid values, but no two equal
    ("NORM", [encode(101), encode(99)] * 4, "LOP", 100),  # they count as invalid
    ("NORM", [encode(101)] * 2, "NORM", 100),
    ("NORM", [encode(101)] * 3, "NORM", 101),
    ("NORM", [encode_increment(100)], "NORM", 101),
    ("NORM", [encode_decrement(100)], "NORM", 99),
    ("AIS", [AIS] * 20, "AIS", 0),
    ("AIS", [NEW] * 2, "AIS", 0),
    ("AIS", [NEW] * 3, "NORM", 108),
    ("AIS", [NEW, NEW, AIS, NEW, NEW], "AIS", 0),
    ("AIS", [NDF], "NORM", 108),
    ("AIS", [INVALID] * 7, "AIS", 0),
    ("AIS", [INVALID] * 8, "LOP", 0),
    ("AIS", [*[INVALID] * 7, AIS] * 3, "AIS", 0),
    ("LOP", [INVALID] * 20, "LOP", 0),
    ("LOP", [NDF] * 20, "LOP", 0),
    ("LOP", [AIS] * 2, "LOP", 0),
    ("LOP", [AIS] * 3, "AIS", 0),
    ("LOP", [NEW] * 2, "LOP", 0),
    ("LOP", [NEW] * 3, "NORM", 108),
    ("LOP", [NEW, NDF, NEW, NEW], "LOP", 0),
]


@pytest.mark.parametrize("kind", OFFSETS)
@pytest.mark.parametrize(("state", "words", "after", "value"), ARROWS)
def test_arrows(kind: str, state: str, words: list[int], after: str, value: int) -> None:
    interpreter, _ = fed(kind, INTO[state])
    assert interpreter.state == state
    actions = [interpreter.take(word) for word in words]
    assert (interpreter.state, interpreter.value) == (after, value)
    # what the layer above is told agrees with the state, word by word
    again, _ = fed(kind, INTO[state])
    for word, action in zip(words, actions, strict=True):
        again.take(word)
        assert (action == "none") == (again.state != "NORM")


def test_the_table_is_whole() -> None:
    """Every state, every arrow: START is never entered again, and NORM, AIS, LOP all reach each other."""
    states = ("START", "NORM", "AIS", "LOP")
    arrows = {(state, after) for state, _, after, _ in ARROWS}
    assert arrows == {(a, b) for a in states for b in states} - {(a, "START") for a in ("NORM", "AIS", "LOP")}


@pytest.mark.parametrize(
    ("word", "action"),
    [
        *[(SAME, "keep"), (NDF, "jump"), (INVALID, "keep"), (AIS, "keep"), (NEW, "keep")],
        *[(encode_increment(100), "increment"), (encode_decrement(100), "decrement")],
    ],
)
def test_actions_in_norm(word: int, action: str) -> None:
    assert fed("au4", [*INTO["NORM"], word])[1][-1] == action


@pytest.mark.parametrize("kind", OFFSETS)
def test_every_value_is_taken_and_no_other(kind: str) -> None:
    for value in range(1024):
        interpreter, actions = fed(kind, [encode(value)] * 3)
        valid = value < OFFSETS[kind]
        assert (interpreter.state, actions[-1]) == (("NORM", "jump") if valid else ("START", "none"))
        assert interpreter.value == (value if valid else 0)


def test_new_data_flags() -> None:
    """Three of four bits tell: five codes enabled, five normal, six invalid (STANDARDS 2)."""
    for nnnn in range(16):
        flag = pointer.ndf_of(nnnn << 12)
        enabled = fed("au4", [*INTO["NORM"], nnnn << 12 | 2 << 10 | 50])[1][-1]
        assert (enabled == "jump") == (flag is True)
        # the present value with a code that is not normal counts as invalid
        interpreter, _ = fed("au4", [*INTO["NORM"], *[nnnn << 12 | 2 << 10 | 100] * 8])
        assert (interpreter.state == "NORM") == (flag is False)


@pytest.mark.parametrize("kind", OFFSETS)
@pytest.mark.parametrize("value", [0, 1, 77, 138, 139])
def test_moves_by_majority(kind: str, value: int) -> None:
    """All 1024 patterns: 3 of 5 bits of one kind inverted, and no majority of the other."""
    for pattern in range(1, 1024):
        interpreter, actions = fed(kind, [*settle(value), encode(value) ^ pattern])
        i_bits, d_bits = (pattern & I_BITS).bit_count(), (pattern & D_BITS).bit_count()
        if i_bits >= 3 > d_bits:
            assert (actions[-1], interpreter.value) == ("increment", (value + 1) % OFFSETS[kind])
        elif d_bits >= 3 > i_bits:
            assert (actions[-1], interpreter.value) == ("decrement", (value - 1) % OFFSETS[kind])
        else:
            assert (actions[-1], interpreter.value) == ("keep", value)


def test_moves_wrap() -> None:
    assert fed("au4", [*settle(782), encode_increment(782)])[0].value == 0
    assert fed("au4", [*settle(0), encode_decrement(0)])[0].value == 782


@pytest.mark.parametrize("first", [encode_increment, encode_decrement])
@pytest.mark.parametrize("distance", range(1, 8))
def test_no_move_within_three_frames_of_the_last(first: object, distance: int) -> None:
    """A sender moves at most once in four frames (STANDARDS 2)."""
    value = 101 if first is encode_increment else 99
    words = [*settle(100), first(100), *[encode(value)] * (distance - 1), encode_increment(value)]  # type: ignore[operator]
    believed = distance > QUIET
    interpreter, actions = fed("au4", words)
    assert actions[-1] == ("increment" if believed else "keep")
    assert interpreter.value == value + believed


@pytest.mark.parametrize(("change", "quiet"), [([NDF], QUIET), ([NEW] * 3, 0)])
@pytest.mark.parametrize("distance", range(1, 6))
def test_no_move_within_three_frames_of_a_new_value(change: list[int], quiet: int, distance: int) -> None:
    """Three equal words are three frames without a move: the next one may have it."""
    words = [*settle(100), *change, *[NEW] * (distance - 1), encode_decrement(108)]
    _, actions = fed("au4", words)
    assert actions[-1] == ("decrement" if distance > quiet else "keep")


@pytest.mark.parametrize("ss", range(4))
def test_ss_counts_in_a_tu_only(ss: int) -> None:
    """SONET sends 00 in an AU; the SS of a TU-12 is 10 (STANDARDS 0 and 2)."""
    assert fed("au4", [encode(7, ss=ss)] * 3)[0].state == "NORM"
    interpreter, _ = fed("tu12", [encode(7, ss=ss)] * 3)
    assert interpreter.state == ("NORM" if ss == 2 else "START")
    lost, _ = fed("tu12", [*INTO["NORM"], *[encode(100, ss=ss)] * 8])
    assert lost.state == ("NORM" if ss == 2 else "LOP")
    _, actions = fed("tu12", [*INTO["NORM"], encode(7, ss=ss, ndf=True)])
    assert actions[-1] == ("jump" if ss == 2 else "keep")
    _, actions = fed("tu12", [*INTO["NORM"], encode_increment(100, ss=ss)])
    assert actions[-1] == ("increment" if ss == 2 else "keep")


# -- against the second implementation

EXCEPTIONS = """Where the two differ on purpose, and what the random words below keep out:

1. START: the core reports nothing before it knows anything; the reference begins in LOP.
   The sequences begin with a settled value.
2. Quiet: the core believes no move within 3 words of a move or new data (STANDARDS 2); the reference leaves that to the
   sender. Moves are drawn with at least 3 other words between.
3. A word that is a majority move *and* a valid value counts for "3 equal" in the reference but not in the core.
   New values are drawn so that they are no move of the present value.
4. AIS: a valid new value counts as invalid in the core and clears the count in the reference.
   Outside NORM values are drawn three in a row.
5. Counts begin anew with a change of state in the core (G.783 Annex A); in the reference a run of equal values goes on
   over it. The count of invalid words is cleared before a new value, so that LOP does not come in its midst.
"""


@st.composite
def agreed_words(draw: st.DrawFn, offsets: int) -> list[int]:
    """Words of a line that goes through all states, within EXCEPTIONS."""
    value, since = draw(st.integers(0, offsets - 1)), 0
    reference = pointer.Interpreter(offsets, check_ss=True)
    words: list[int] = []

    def send(*more: int) -> None:
        nonlocal value, since
        for word in more:
            changed = reference.feed(word) in (pointer.Event.NEW, pointer.Event.INCREMENT, pointer.Event.DECREMENT)
            words.append(word)
            since = 0 if changed else since + 1
        value = value if reference.value is None else reference.value

    send(*[encode(value)] * 7)
    for _ in range(draw(st.integers(1, 25))):
        kind = draw(st.sampled_from(["same", "move", "ndf", "new", "ais", "invalid"]))
        count = draw(st.integers(1, 9))
        if kind == "same" and reference.state is pointer.State.NORM:
            send(*[encode(value)] * count)
        elif kind == "move" and since >= QUIET and reference.state is pointer.State.NORM:
            send(draw(st.sampled_from([encode_increment, encode_decrement]))(value))
        elif kind == "ndf":
            send(*[encode(draw(st.integers(0, offsets - 1)), ndf=True)] * count)
        elif kind == "new":
            other = draw(st.integers(0, offsets - 1))
            moved = other ^ value
            if (moved & I_BITS).bit_count() <= 2 and (moved & D_BITS).bit_count() <= 2:
                send({"NORM": encode(value), "AIS": AIS, "LOP": INVALID}[reference.state.name])
                send(*[encode(other)] * 3)
        elif kind == "ais":
            send(*[AIS] * count)
        else:
            send(*[draw(st.sampled_from([0x0000, 0xF000, 0x3C64, 0x5000]))] * count)
    return words


def described(event: pointer.Event) -> str:
    names = {"NONE": "keep", "INCREMENT": "increment", "DECREMENT": "decrement", "NEW": "jump", "LOST": "none"}
    return names[event.name]


@pytest.mark.parametrize("kind", OFFSETS)
@given(data=st.data())
@settings(max_examples=150)
def test_agrees_with_the_reference(kind: str, data: st.DataObject) -> None:
    """Word by word the same state, value and consequence (EXCEPTIONS says for which words)."""
    words = data.draw(agreed_words(OFFSETS[kind]))
    reference = pointer.Interpreter(OFFSETS[kind], check_ss=kind == "tu12")
    core = PointerInterpreter(kind)
    for number, word in enumerate(words):
        expected = described(reference.feed(word))
        action = core.take(word)
        if core.state == "START" or reference.value is None:
            assert action == "none" or number < 3
            continue
        assert (action, core.state, core.value) == (expected, reference.state.name, reference.value), number


@given(st.lists(st.integers(0, 0xFFFF), max_size=60))
@settings(max_examples=100)
def test_random_words_keep_the_value_in_range(words: list[int]) -> None:
    for kind, offsets in OFFSETS.items():
        interpreter = PointerInterpreter(kind)
        for word in words:
            action = interpreter.take(word)
            assert interpreter.value < offsets
            assert (action == "none") == (interpreter.state != "NORM")
