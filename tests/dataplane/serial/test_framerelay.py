"""Frame Relay: local management in both dialects and on both sides, its counters, PVCs, and what frames carry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msapemu.dataplane.serial import lmi
from msapemu.dataplane.serial.framerelay import DLCIS, FrameRelay, address_octets, dlci_of, packet_of
from msapemu.dataplane.serial.lmi import N391, N392, N393, T391_S, T392_S, Pvc
from msapemu.dataplane.serial.lmi_message import (
    ANSI,
    FULL,
    INTEGRITY,
    Q933A,
    SINGLE,
    Dialect,
    Flags,
    parse,
    status,
    status_enquiry,
)
from tests.dataplane.serial.virtual import Pair, ipv4, ipv6

DIALECTS = pytest.mark.parametrize("dialect", [ANSI, Q933A], ids=lambda dialect: dialect.name)
LMI = bytes.fromhex("0001")


def end(dialect: Dialect | None, side: lmi.Side, dlci: int = 100, pvcs: tuple[int, ...] = ()) -> FrameRelay:
    return FrameRelay(dlci, lmi.make(dialect, side, (dlci, *pvcs)))


def pair(dialect: Dialect | None = ANSI, loss: float = 0, seed: int = 1, **network: tuple[int, ...]) -> Pair:
    made = Pair(end(dialect, "user"), end(dialect, "network", **network), loss, seed=seed)
    made.begin()
    return made


def relay(pair: Pair, number: int) -> FrameRelay:
    one = pair.ends[number]
    assert isinstance(one, FrameRelay)
    return one


def reports(frames: list[bytes], dialect: Dialect) -> list[int]:
    found = [parse(frame[2:], dialect) for frame in frames if frame.startswith(LMI)]
    return [message.report for message in found if message is not None]


@DIALECTS
def test_user_and_network_come_up(dialect: Dialect) -> None:
    made = pair(dialect, pvcs=(101, 1007))
    made.run(1)
    assert made.up == (True, True)
    made.run(12 * T391_S)
    asked = reports(made.sent[0], dialect)
    assert asked == [FULL if number % N391 == 0 else INTEGRITY for number in range(len(asked))] and len(asked) == 13
    assert reports(made.sent[1], dialect) == asked
    assert relay(made, 0).pvcs == {dlci: Pvc(True) for dlci in (100, 101, 1007)}
    assert relay(made, 0).detail == f"LMI {dialect.name} user up, PVC 100 active, PVC 101 active, PVC 1007 active"
    assert made.send(0, ipv4(1)) and made.send(1, ipv6(2)) and not made.send(0, b"")
    made.run(1)
    assert made.got == ([ipv6(2)], [ipv4(1)])


@DIALECTS
def test_new_until_the_user_side_has_heard_of_it(dialect: Dialect) -> None:
    made = pair(dialect)
    made.run(1)
    assert relay(made, 0).pvcs == {100: Pvc(True, new=True)} == relay(made, 1).pvcs
    made.run(T391_S + 1)
    assert relay(made, 1).pvcs == {100: Pvc(True)}
    made.run(N391 * T391_S)
    assert relay(made, 0).pvcs == {100: Pvc(True)}


def test_numbers_wrap_past_zero() -> None:
    made = pair()
    made.run(260 * T391_S)
    numbers = [frame[-2] for frame in made.sent[0]]
    assert numbers[250:258] == [251, 252, 253, 254, 255, 1, 2, 3] and made.up == (True, True)


def test_three_errors_in_four_take_it_down_and_three_good_ones_up() -> None:
    made = pair()
    made.run(1)
    made.loss = 1
    made.run(T391_S * N392 - 1)
    assert made.up[0]  # the first that is lost is asked for at 10 s, and missed at 20 s
    made.run(T391_S + 1)
    assert not made.up[0]
    made.run(3 * T392_S)
    assert made.up == (False, False) and made.told[0] == made.told[1] == ["LMI down: 3 errors in 4 events"]
    made.loss = 0
    made.run(T391_S * (N392 - 1))
    assert not made.up[0]
    made.run(T391_S * 2)
    assert made.up[0]
    made.run(T391_S * N393)
    assert made.up == (True, True)


@pytest.mark.parametrize("seed", range(4))
def test_a_few_that_are_lost_do_no_harm(seed: int) -> None:
    made = pair(loss=0.04, seed=seed)
    made.run(60)
    downs = 0
    for _ in range(200):
        made.run(T391_S)
        downs += made.up != (True, True)
    assert downs < 20


def test_a_cut() -> None:
    made = pair()
    made.run(1)
    made.line(False)
    assert made.up == (False, False) and relay(made, 0).pvcs == {}
    made.run(60)
    made.line(True)
    made.run(1)
    assert made.up == (True, True)


def test_all_pvcs_are_asked_for_until_they_are_named() -> None:
    made = pair(loss=1)
    made.run(3 * T391_S - 1)
    made.loss = 0
    made.run(2 * T391_S)
    assert reports(made.sent[0], ANSI) == [FULL, FULL, FULL, FULL, INTEGRITY]
    assert made.up == (True, True)


def test_two_of_one_side_do_not_come_up() -> None:
    for side in ("user", "network"):
        made = Pair(end(ANSI, side), end(ANSI, side))  # type: ignore[arg-type]
        made.begin()
        made.run(100)
        assert made.up == (False, False)


def test_two_dialects_do_not_come_up() -> None:
    made = Pair(end(ANSI, "user"), end(Q933A, "network"))
    made.begin()
    made.run(100)
    assert made.up == (False, False) and made.ends[1].counters.malformed == 10


def test_without_management_it_is_up_with_the_line() -> None:
    made = pair(None)
    assert made.up == (True, True) and relay(made, 0).detail == "no LMI, PVC 100 active"
    assert made.send(0, ipv4(1))
    made.run(1)
    assert made.got == ([], [ipv4(1)]) and made.ends[0].receive(LMI + b"\x03\x08", 1.0) is None
    made.line(False)
    assert made.up == (False, False)


def user_with(dialect: Dialect = ANSI) -> FrameRelay:
    """A user side that has asked for the first time."""
    one = end(dialect, "user")
    one.open(True, 0.0)
    one.line(True, 0.0)
    one.turn(0.0)
    assert list(one.take_frames()) == [LMI + status_enquiry(dialect, FULL, 1, 0)]
    return one


def test_what_the_network_says_of_pvcs() -> None:
    one = user_with()
    one.receive(LMI + status(ANSI, FULL, 1, 1, {100: (False, True), 200: (True, False)}), 0.1)
    assert not one.up and one.pvcs == {100: Pvc(False, True), 200: Pvc(True)}
    assert one.encapsulated(ipv4()) is None
    # one PVC, unasked
    single = status(ANSI, SINGLE, 0, 0, {100: (True, False)})
    assert parse(single, ANSI) is None
    single = single[:8] + single[12:]
    assert parse(single, ANSI) is not None
    one.receive(LMI + single, 0.2)
    assert one.up and one.pvcs[100] == Pvc(True)
    # a PVC that a whole report does not name is gone
    one.turn(10.0)
    list(one.take_frames())
    one.receive(LMI + status(ANSI, FULL, 2, 2, {200: (True, False)}), 10.1)
    assert not one.up and one.pvcs == {200: Pvc(True)}


@pytest.mark.parametrize("answer", [status(ANSI, FULL, 1, 2, {}), status(ANSI, INTEGRITY, 1, 1, {})])
def test_an_answer_with_a_wrong_number_or_report_is_an_error(answer: bytes) -> None:
    one = user_with()
    one.receive(LMI + answer, 0.1)
    assert not one.up


def test_an_answer_to_nothing_is_passed_over() -> None:
    one = user_with()
    answer = LMI + status(ANSI, FULL, 1, 1, {100: (True, False)})
    one.receive(answer, 0.1)
    for _ in range(10):
        one.receive(LMI + status(ANSI, FULL, 9, 9, {}), 0.2)
    assert one.up


def test_flags_of_a_pvc() -> None:
    octets = status(ANSI, FULL, 1, 1, {1007: (True, True)})
    deleted = octets[:-1] + bytes((octets[-1] | 0x04,))
    found = parse(deleted, ANSI)
    assert found is not None and found.pvcs == {1007: Flags(True, True, True)}
    one = user_with()
    one.receive(LMI + deleted, 0.1)
    assert one.pvcs == {1007: Pvc(False, True)}


@DIALECTS
@given(
    st.sampled_from([FULL, INTEGRITY]),
    st.integers(0, 255),
    st.integers(0, 255),
    st.dictionaries(st.sampled_from(DLCIS), st.tuples(st.booleans(), st.booleans()), max_size=40),
)
def test_messages_there_and_back(
    dialect: Dialect, report: int, sent: int, received: int, pvcs: dict[int, tuple[bool, bool]]
) -> None:
    answer = parse(status(dialect, report, sent, received, pvcs), dialect)
    assert answer is not None and not answer.enquiry
    assert (answer.report, answer.numbers) == (report, (sent, received))
    assert answer.pvcs == {dlci: Flags(active, new, False) for dlci, (active, new) in pvcs.items()}
    question = parse(status_enquiry(dialect, report, sent, received), dialect)
    assert question is not None and question.enquiry
    assert (question.report, question.numbers, question.pvcs) == (report, (sent, received), {})


@DIALECTS
def test_broken_messages_are_none(dialect: Dialect) -> None:
    good = status(dialect, FULL, 1, 1, {100: (True, False)})
    assert parse(good, dialect) is not None
    assert parse(good + b"\x2d\x02xx", dialect) is not None  # an element that is not known
    for length in range(len(good)):
        cut = parse(good[:length], dialect)
        assert cut is None or not cut.pvcs
    assert parse(b"\x02" + good[1:], dialect) is None
    assert parse(good[:3] + b"\x7c" + good[4:], dialect) is None


@given(st.sampled_from(DLCIS))
def test_addresses_there_and_back(dlci: int) -> None:
    octets = address_octets(dlci)
    assert dlci_of(octets) == dlci and len(octets) == 2
    assert dlci_of(bytes((octets[0] | 2, octets[1] | 0x0E))) == dlci  # C/R, FECN, BECN, DE


def test_what_frames_carry() -> None:
    for payload in ("03cc", "0300cc", "0300800000000800", "03800000000800", "0800"):
        assert packet_of(bytes.fromhex(payload) + ipv4()) == (4, ipv4()), payload
    for payload in ("038e", "030080000000 86dd", "86dd"):
        assert packet_of(bytes.fromhex(payload) + ipv6()) == (6, ipv6()), payload
    for payload in ("", "03", "0300", "030080", "03008000000008", "0300800080c20007", "0381", "0308", "13cc", "0806"):
        assert packet_of(bytes.fromhex(payload))[0] == 0, payload


def test_frames_for_others_and_broken_ones_are_counted() -> None:
    made = pair()
    made.run(1)
    one = relay(made, 0)
    good = address_octets(100)
    assert one.receive(good + b"\x03\xcc" + ipv4(7), 1.0) == ipv4(7)
    assert one.receive(bytes((good[0], good[1] | 0x08)) + b"\x03\xcc" + ipv4(7), 1.0) and one.congested == 1
    for unknown in (address_octets(101) + b"\x03\xcc" + ipv4(), good + b"\x03\x81", good):
        assert one.receive(unknown, 1.0) is None
    for broken in (b"", b"\x18", b"\x19\x41", b"\x18\x40", good + b"\x03\xcc" + ipv6(), LMI, LMI + b"\x03\x08"):
        assert one.receive(broken, 1.0) is None
    assert (one.counters.unknown, one.counters.malformed) == (3, 7)


@DIALECTS
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    b"",
                    LMI,
                    LMI + b"\x03\x08\x00\x7d\x95",
                    LMI + b"\x03\x08\x00\x75\x95",
                    LMI + b"\x03\x08\x00\x7d\x51",
                    b"\x18\x41\x03",
                ]
            ),
            st.binary(max_size=20),
        ),
        max_size=8,
    )
)
def test_anything_may_come(dialect: Dialect, frames: list[tuple[bytes, bytes]]) -> None:
    made = pair(dialect)
    made.run(1)
    for start, rest in frames:
        for one in made.ends:
            one.receive(start + rest, made.now)
        made.run(0.5)
    made.run(10 * T391_S)
    assert made.up == (True, True)
