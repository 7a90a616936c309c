"""The option negotiation automaton: its table is the RFC's, and every arrow of it does what its actions say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msapemu.dataplane.serial.automaton import (
    MAX_CONFIGURE,
    MAX_FAILURE,
    MAX_TERMINATE,
    RESTART_S,
    TABLE,
    TIMED,
    Automaton,
    Code,
    Policy,
    State,
    packet_octets,
)
from msapemu.dataplane.serial.options import Option, options_octets, options_of
from tests.dataplane.serial.rfc1661 import arrows

ARROWS = arrows()
GOOD, BAD, BETTER = Option(1, b"good"), Option(9, b"what"), Option(1, b"wanted")
ECHO, STRANGE = 9, 200
SENT = {
    "scr": Code.CONFIGURE_REQUEST,
    "sca": Code.CONFIGURE_ACK,
    "scn": Code.CONFIGURE_REJECT,
    "str": Code.TERMINATE_REQUEST,
    "sta": Code.TERMINATE_ACK,
    "scj": Code.CODE_REJECT,
    "ser": ECHO + 1,
}


class Likes(Policy):
    """Option 1 "good" and no other."""

    def __init__(self) -> None:
        self.resets = 0
        self.accepted: list[Option] = []

    def request(self) -> list[Option]:
        return [GOOD]

    def judge(self, asked: list[Option]) -> tuple[list[Option], list[Option]]:
        better = [GOOD for option in asked if option.kind == 1 and option != GOOD]
        return better, [option for option in asked if option.kind != 1]

    def accept(self, asked: list[Option]) -> None:
        self.accepted = asked

    def reset(self) -> None:
        self.resets += 1


class Watched:
    """An automaton, what it sends, and what its layers hear."""

    def __init__(self, state: State = State.INITIAL) -> None:
        self.sent: list[bytes] = []
        self.told: list[str] = []
        self.policy = Likes()
        self.automaton = Automaton(
            self.policy,
            self.sent.append,
            extra={ECHO: lambda identifier, data, now: self.sent.append(packet_octets(ECHO + 1, identifier, data))},
            on_up=lambda now: self.told.append("tlu"),
            on_down=lambda now: self.told.append("tld"),
            on_finished=lambda now: self.told.append("tlf"),
        )
        self.automaton.up(0.0)
        self.automaton.open(0.0)  # a request is there, for acks to be of
        self.request = self.sent[0]
        self.automaton.state = state
        self.automaton._due = 200.0 if state in TIMED else None
        self.sent.clear()

    def happens(self, event: str, now: float) -> None:
        automaton = self.automaton
        packets = {
            "RCR+": packet_octets(1, 77, options_octets([GOOD])),
            "RCR-": packet_octets(1, 77, options_octets([GOOD, BAD])),
            "RCA": bytes((2,)) + self.request[1:],
            "RCN": packet_octets(3, self.request[1], options_octets([BETTER])),
            "RTR": packet_octets(5, 77, b""),
            "RTA": packet_octets(6, 77, b""),
            "RUC": packet_octets(STRANGE, 77, b"data"),
            "RXJ+": packet_octets(7, 77, bytes((STRANGE, 1, 0, 4))),
            "RXJ-": packet_octets(7, 77, bytes((1, 1, 0, 4))),
            "RXR": packet_octets(ECHO, 77, b"echo"),
        }
        if event in packets:
            assert automaton.receive(packets[event], now)
        elif event in ("TO+", "TO-"):
            automaton._restarts = 1 if event == "TO+" else 0
            automaton._due = now
            automaton.turn(now)
        else:
            getattr(automaton, event.lower())(now)


def test_the_table_is_that_of_the_rfc() -> None:
    assert {key: (list(actions), following) for key, (actions, following) in TABLE.items()} == ARROWS
    assert len(ARROWS) == 120


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
@pytest.mark.parametrize("event", dict.fromkeys(event for event, _ in ARROWS))
def test_every_arrow(event: str, state: State) -> None:
    """What is sent, told and becomes of the timer; and that nothing is where there is no arrow."""
    watched = Watched(state)
    automaton = watched.automaton
    automaton._restarts = 5
    watched.happens(event, 100.0)
    actions, following = ARROWS.get((event, state), ([], state))
    assert automaton.state == following
    assert [packet[0] for packet in watched.sent] == [SENT[action] for action in actions if action in SENT]
    assert watched.told == [action for action in actions if action in ("tlu", "tld", "tlf")]
    assert (automaton.due is not None) == (following in TIMED)
    if {"scr", "str", "zrc"} & set(actions):
        assert automaton.due == 100.0 + RESTART_S
    left = {"TO+": 1, "TO-": 0}.get(event, 5)
    if "irc" in actions:
        left = MAX_TERMINATE if "str" in actions else MAX_CONFIGURE
    left = 0 if "zrc" in actions else left
    assert automaton._restarts == left - len({"scr", "str"} & set(actions))
    for packet in watched.sent:
        data = packet[4:]
        assert len(packet) == int.from_bytes(packet[2:4], "big")
        match packet[0]:
            case Code.CONFIGURE_REQUEST | Code.CONFIGURE_ACK:
                assert data == options_octets([GOOD])
            case Code.CONFIGURE_REJECT:
                assert data == options_octets([BAD])
            case Code.CODE_REJECT:
                assert data == packet_octets(STRANGE, 77, b"data")
        if packet[0] in (Code.CONFIGURE_ACK, Code.CONFIGURE_REJECT, ECHO + 1):
            assert packet[1] == 77
    assert (watched.policy.accepted == [GOOD]) == ("sca" in actions)


def test_it_gives_up_after_ten_requests() -> None:
    watched = Watched(State.STARTING)
    automaton = watched.automaton
    automaton.up(0.0)
    now = 0.0
    while automaton.due is not None:
        now = automaton.due
        automaton.turn(now - 0.001)
        automaton.turn(now)
    assert [packet[0] for packet in watched.sent] == [1] * MAX_CONFIGURE
    assert len({packet[1] for packet in watched.sent}) == MAX_CONFIGURE
    assert (automaton.state, watched.told, now) == (State.STOPPED, ["tlf"], RESTART_S * MAX_CONFIGURE)
    # and begins with who comes then
    watched.happens("RCR+", now)
    assert automaton.state is State.ACK_SENT and watched.policy.resets == 3


def test_terminates_twice() -> None:
    watched = Watched(State.OPENED)
    watched.automaton.close(0.0)
    for second in range(10):
        watched.automaton.turn(float(second))
    assert [packet[0] for packet in watched.sent] == [5, 5]
    assert watched.automaton.state is State.CLOSED and watched.told == ["tld", "tlf"]


def test_naks_that_lead_nowhere_become_rejects() -> None:
    watched = Watched(State.REQ_SENT)
    asked = packet_octets(1, 1, options_octets([BETTER]))
    for _ in range(MAX_FAILURE + 1):
        watched.automaton.receive(asked, 0.0)
    assert [packet[0] for packet in watched.sent] == [3] * MAX_FAILURE + [4]
    assert watched.sent[0][4:] == options_octets([GOOD]) and watched.sent[-1][4:] == options_octets([BETTER])
    watched.happens("RCR+", 0.0)
    watched.automaton.receive(asked, 0.0)
    assert watched.sent[-1][0] == 3


@pytest.mark.parametrize("state", [State.REQ_SENT, State.ACK_SENT, State.OPENED])
def test_answers_to_nothing_that_was_asked_are_passed_over(state: State) -> None:
    watched = Watched(state)
    identifier = watched.request[1]
    for packet in (
        packet_octets(2, identifier + 1, watched.request[4:]),
        packet_octets(2, identifier, options_octets([BETTER])),
        packet_octets(3, identifier + 1, options_octets([BETTER])),
        packet_octets(4, identifier, b"\x01\x01"),
        packet_octets(1, 5, b"\x01\x09x"),
        b"",
        b"\x01\x01\0",
        b"\x01\x01\0\x03\0",
        b"\x01\x01\0\x09abcd",
    ):
        assert not watched.automaton.receive(packet, 0.0)
    assert watched.automaton.state is state and not watched.sent
    # octets behind the packet are padding (RFC 1661 5)
    assert watched.automaton.receive(watched.request + b"padding", 0.0)
    assert watched.sent[-1][0] == Code.CONFIGURE_ACK


@given(st.lists(st.builds(Option, st.integers(0, 255), st.binary(max_size=20))))
def test_options_there_and_back(options: list[Option]) -> None:
    assert options_of(options_octets(options)) == options


@given(st.binary(max_size=60))
def test_octets_are_options_or_nothing(octets: bytes) -> None:
    options = options_of(octets)
    assert options is None or options_octets(options) == octets


@given(
    st.sampled_from(State),
    st.lists(
        st.binary(max_size=30)
        | st.builds(packet_octets, st.integers(0, 12), st.integers(0, 3), st.binary(max_size=12)),
        max_size=8,
    ),
)
def test_anything_may_come(state: State, packets: list[bytes]) -> None:
    watched = Watched(state)
    for number, packet in enumerate(packets):
        watched.automaton.receive(packet, float(number))
        watched.automaton.turn(float(number))
    for packet in watched.sent:
        assert len(packet) == int.from_bytes(packet[2:4], "big") >= 4
    assert (watched.automaton.due is not None) == (watched.automaton.state in TIMED)
