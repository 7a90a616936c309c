"""PPP: two ends in virtual time, with loss, cuts, loops and unlike settings; and what options mean."""

from __future__ import annotations

from ipaddress import IPv4Address
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msapemu.dataplane.serial.automaton import MAX_FAILURE, State, packet_octets
from msapemu.dataplane.serial.ipcp import IpcpPolicy, Ipv6cpPolicy
from msapemu.dataplane.serial.lcp import (
    ACCM,
    ACFC,
    AUTHENTICATION,
    DISCARD_REQUEST,
    ECHO_REPLY,
    ECHO_REQUEST,
    ECHO_S,
    LOOPS,
    MAGIC,
    MRU,
    PFC,
    PROTOCOL_REJECT,
    LcpPolicy,
)
from msapemu.dataplane.serial.options import Option, options_octets
from msapemu.dataplane.serial.ppp import ADDRESS_CONTROL, IPCP, IPV6CP, LCP, RETRY_S, Ppp
from tests.dataplane.serial.virtual import Pair, ipv4, ipv6

ONE, OTHER, ELSE = (IPv4Address(f"10.0.0.{number}") for number in (1, 2, 9))
MAGIC_OPTION = Option(MAGIC, b"\1\2\3\4")


def pair(
    here: tuple[IPv4Address | None, IPv4Address | None] = (None, None),
    there: tuple[IPv4Address | None, IPv4Address | None] = (None, None),
    loss: float = 0,
    seed: int = 1,
) -> Pair:
    made = Pair(Ppp(Random(seed), *here), Ppp(Random(seed + 1000), *there), loss, seed=seed)
    made.begin()
    return made


def ppp(pair: Pair, number: int) -> Ppp:
    end = pair.ends[number]
    assert isinstance(end, Ppp)
    return end


def frame(protocol: int, code: int, identifier: int, data: bytes = b"") -> bytes:
    return ADDRESS_CONTROL + protocol.to_bytes(2, "big") + packet_octets(code, identifier, data)


def opened() -> Ppp:
    """An end that is up, and has told all."""
    made = pair()
    made.run(1)
    assert made.up == (True, True)
    return ppp(made, 0)


def answers(end: Ppp, *frames: bytes) -> list[bytes]:
    for one in frames:
        assert end.receive(one, 1.0) is None
    return list(end.take_frames())


def test_two_ends_come_up_and_packets_pass() -> None:
    made = pair((ONE, None), (OTHER, None))
    assert made.up == (False, False) and not made.send(0, ipv4())
    made.run(1)
    assert made.up == (True, True)
    assert ppp(made, 0).ipcp.remote == OTHER and ppp(made, 1).ipcp.remote == ONE
    assert made.told[0] == ["IPCP opened, 10.0.0.1 here, 10.0.0.2 there"]
    assert ppp(made, 0).detail == "LCP opened, IPCP opened, IPV6CP opened"
    packets = [ipv4(1), ipv6(2), ipv4(3, 1500)]
    assert all(made.send(0, packet) for packet in packets) and made.send(1, ipv6(4))
    assert not made.send(0, b"") and not made.send(0, b"\x50") and made.ends[0].counters.refused == 3
    made.run(1)
    assert made.got == ([ipv6(4)], packets)


def test_nobody_has_an_address() -> None:
    made = pair()
    made.run(1)
    assert made.up == (True, True) and made.told[0] == ["IPCP opened, unnumbered here, unnumbered there"]


def test_addresses_are_given() -> None:
    """One that wants 0.0.0.0 is told the address that the far end has for it."""
    made = pair((IPv4Address(0), None), (OTHER, ONE))
    made.run(1)
    assert made.up == (True, True)
    assert (ppp(made, 0).ipcp.local, ppp(made, 0).ipcp.remote) == (ONE, OTHER)
    policy = IpcpPolicy(None, None)
    policy.naked([Option(3, ONE.packed)])
    assert policy.request() == [Option(3, ONE.packed)]
    policy.reset()
    assert policy.request() == []


@pytest.mark.parametrize("seed", range(6))
def test_it_comes_up_on_a_line_that_loses_a_third(seed: int) -> None:
    made = pair((ONE, OTHER), (OTHER, ONE), loss=0.33, seed=seed)
    made.run(120)
    ups = 0
    for _ in range(600):
        made.run(1)
        ups += made.up == (True, True)
    assert ups > 300
    made.loss = 0
    made.run(60)
    assert made.up == (True, True)


def test_a_cut_of_the_line_and_its_end() -> None:
    made = pair()
    made.run(1)
    made.line(False)
    assert made.up == (False, False)
    made.run(100)
    made.line(True)
    made.run(1)
    assert made.up == (True, True)


def test_a_line_that_is_dead_but_looks_well() -> None:
    """Echoes tell it; and after any time both begin again."""
    made = pair()
    made.run(1)
    made.loss = 1
    made.run(5 * ECHO_S)
    assert made.up == (False, False)
    assert "the far end answers no echoes" in made.told[0]
    made.run(600)
    made.loss = 0
    made.run(RETRY_S + 40)
    assert made.up == (True, True)


def test_one_user_goes_and_comes() -> None:
    made = pair()
    made.run(1)
    made.ends[0].open(False, made.now)
    made.run(1)
    assert made.up == (False, False)
    assert ppp(made, 0).lcp.automaton.state is State.CLOSED
    made.run(60)
    assert ppp(made, 1).lcp.automaton.state is not State.OPENED
    made.ends[0].open(True, made.now)
    made.run(RETRY_S + 3)
    assert made.up == (True, True)


def test_a_loop_is_seen() -> None:
    """All that is sent comes back."""
    end = Ppp(Random(1))
    end.open(True, 0.0)
    end.line(True, 0.0)
    for second in range(100):
        end.turn(float(second))
        for one in list(end.take_frames()):
            end.receive(one, float(second))
    assert not end.up and end.detail.startswith("looped")


def test_a_loop_behind_an_opened_link() -> None:
    made = pair()
    made.run(1)
    end = ppp(made, 0)
    for second in range(2, 60):
        end.turn(float(second))
        for one in list(end.take_frames()):
            end.receive(one, float(second))
    assert "the line is looped" in end.take_told() and not end.up


def test_echoes() -> None:
    end = opened()
    magic = end.lcp.policy.magic.to_bytes(4, "big")
    asked = frame(LCP, ECHO_REQUEST, 7, b"\0\0\0\0data")
    assert answers(end, asked) == [frame(LCP, ECHO_REPLY, 7, magic + b"data")]
    assert answers(end, frame(LCP, ECHO_REQUEST, 7, b"\0"), frame(LCP, DISCARD_REQUEST, 1, b"anything")) == []
    assert answers(end, frame(LCP, ECHO_REPLY, 7, b"\0")) == []
    # none before it is opened
    fresh = Ppp(Random(3))
    fresh.open(True, 0.0)
    fresh.line(True, 0.0)
    list(fresh.take_frames())
    assert answers(fresh, asked) == []


def test_an_unknown_protocol_is_rejected() -> None:
    end = opened()
    cdp = ADDRESS_CONTROL + b"\x82\x07\x01\x01\x00\x04"
    (rejected,) = answers(end, cdp)
    assert rejected[4] == PROTOCOL_REJECT and rejected[8:] == cdp[2:] and end.counters.unknown == 1
    (long,) = answers(end, ADDRESS_CONTROL + b"\x02\x07" + bytes(5000))
    assert len(long) == 4 + 1500


def test_a_far_end_without_ipv6() -> None:
    made = pair()
    made.run(1)
    end = ppp(made, 0)
    asked = frame(IPV6CP, 1, 1)
    assert answers(end, frame(LCP, PROTOCOL_REJECT, 1, asked[2:])) and end.up
    assert end.encapsulated(ipv6()) is None and end.encapsulated(ipv4()) is not None
    later = []
    for second in range(2, 30):
        end.turn(float(second))
        later += end.take_frames()
    assert not any(one.startswith(ADDRESS_CONTROL + b"\x80\x57\x01") for one in later)  # it is not tried again


def test_a_far_end_without_lcp() -> None:
    end = opened()
    answers(end, frame(LCP, PROTOCOL_REJECT, 1, b"\xc0\x21\x01"))
    assert not end.up


def test_headers_that_are_compressed_are_read() -> None:
    end = opened()
    for header in (b"\xff\x03\x00\x21", b"\xff\x03\x21", b"\x00\x21", b"\x21"):
        assert end.receive(header + ipv4(5), 1.0) == ipv4(5), header
    assert end.receive(b"\x57" + ipv6(5), 1.0) == ipv6(5)
    assert end.counters.malformed == 0
    for broken in (b"", b"\xff\x03", b"\xff\x03\x00", b"\xff\x03\x00\x20", b"\xff\x03\x00\x21", b"\x21" + ipv6()):
        assert end.receive(broken, 1.0) is None
    assert end.counters.malformed == 6 and end.up


def test_control_protocols_wait_for_lcp() -> None:
    end = Ppp(Random(1))
    end.open(True, 0.0)
    end.line(True, 0.0)
    list(end.take_frames())
    assert answers(end, frame(IPCP, 1, 1, b"")) == []
    assert end.receive(ADDRESS_CONTROL + b"\0\x21" + ipv4(), 0.0) is None


def test_what_lcp_options_are_taken() -> None:
    policy = LcpPolicy(Random(1))
    policy.reset()
    own = Option(MAGIC, policy.magic.to_bytes(4, "big"))
    fine = [Option(MRU, b"\x05\xdc"), Option(MRU, b"\x11\x76"), Option(ACCM, bytes(4)), MAGIC_OPTION]
    assert policy.judge([*fine, Option(PFC), Option(ACFC)]) == ([], [])
    assert policy.judge([Option(MRU, b"\x02\x00")]) == ([Option(MRU, b"\x05\xdc")], [])
    refused = [Option(AUTHENTICATION, b"\xc2\x23\x05"), Option(MRU, b"\1"), Option(MAGIC, b""), Option(PFC, b"x")]
    assert policy.judge([*refused, *fine]) == ([], refused)
    for _ in range(LOOPS):
        judged = policy.judge([own])
        assert judged is not None and judged[0][0].kind == MAGIC and judged[0][0] != own and policy.looped
    assert policy.judge([own]) is None
    judged = policy.judge([Option(MAGIC, bytes(4))])
    assert judged is not None and judged[0][0].value != bytes(4) and not policy.looped


def test_what_lcp_asks_for_follows_the_answers() -> None:
    policy = LcpPolicy(Random(1))
    policy.reset()
    first = policy.request()
    assert [option.kind for option in first] == [MAGIC]
    policy.naked([MAGIC_OPTION, Option(MRU, b"\x02\x00"), Option(AUTHENTICATION, b"\xc0\x23")])
    second = policy.request()
    assert second[0] == Option(MRU, b"\x05\xdc") and second[1] != first[0]
    policy.rejected([Option(MRU, b"\x05\xdc"), second[1]])
    assert policy.request() == [] and policy.magic == 0
    policy.reset()
    assert len(policy.request()) == 1


def test_what_ipcp_options_are_taken() -> None:
    def ask(policy: IpcpPolicy, address: IPv4Address) -> tuple[list[Option], list[Option]]:
        return policy.judge([Option(3, address.packed)])

    told, free = IpcpPolicy(ONE, OTHER), IpcpPolicy(ONE, None)
    assert ask(told, OTHER) == ask(free, ELSE) == ([], [])
    assert ask(told, ELSE) == ask(told, IPv4Address(0)) == ([Option(3, OTHER.packed)], [])
    assert ask(free, IPv4Address(0)) == ([], [Option(3, bytes(4))])  # there is none to give
    compression = Option(2, b"\x00\x2d\x0f\x01")
    assert told.judge([compression, Option(3, b"\1")]) == ([], [compression, Option(3, b"\1")])
    told.naked([Option(3, ELSE.packed)])
    assert told.request() == [Option(3, ONE.packed)]
    told.rejected([Option(3, ONE.packed)])
    assert told.request() == []


def test_a_far_end_with_another_address_is_refused_at_last() -> None:
    made = pair((ONE, OTHER), (ELSE, None))
    made.run(1)
    naks = [one for one in made.sent[0] if one[2:5] == b"\x80\x21\x03"]
    assert len(naks) == MAX_FAILURE and any(one[2:5] == b"\x80\x21\x04" for one in made.sent[0])
    assert made.up == (True, True) and ppp(made, 0).networks[4].opened  # without an address of its own


def test_ipv6cp_options() -> None:
    policy = Ipv6cpPolicy(Random(1))
    (own,) = policy.request()
    assert policy.judge([Option(1, b"\2" * 8)]) == ([], [])
    assert policy.judge([own])[0][0] != own and policy.judge([Option(1, bytes(8))])[0][0].value != bytes(8)
    assert policy.judge([Option(1, b"x"), Option(2, b"")]) == ([], [Option(1, b"x"), Option(2, b"")])
    policy.naked([Option(1, b"\7" * 8), Option(2, b"\7" * 8), Option(1, b"\7")])
    assert policy.request() == [Option(1, b"\7" * 8)]
    policy.rejected([Option(1, b"\7" * 8)])
    assert policy.request() == []
    policy.reset()
    assert policy.request()


PIECES = st.binary(max_size=40) | st.builds(
    lambda protocol, code, identifier, data, options: frame(protocol, code, identifier, data + options_octets(options)),
    st.sampled_from([LCP, IPCP, IPV6CP, 0x21, 0x57, 0x8207]),
    st.integers(0, 12),
    st.integers(0, 4),
    st.binary(max_size=6),
    st.lists(st.builds(Option, st.integers(0, 9), st.binary(max_size=8)), max_size=4),
)


@given(st.lists(PIECES, max_size=12))
def test_anything_may_come(frames: list[bytes]) -> None:
    """No error; and then the end comes up with a good one."""
    made = pair()
    made.run(0.5)
    for one in frames:
        made.ends[0].receive(one, made.now)
        made.run(0.2)
    made.run(RETRY_S + 65)
    assert made.up == (True, True)
