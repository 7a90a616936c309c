"""Cisco HDLC: keepalives between two ends in virtual time, loops, addresses, and broken frames."""

from __future__ import annotations

from ipaddress import IPv4Interface
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msapemu.dataplane.serial.chdlc import KEEPALIVE_S, MISSED, CiscoHdlc
from tests.dataplane.serial.virtual import Pair, ipv4, ipv6

SLARP = bytes.fromhex("8f008035")
LOCAL = IPv4Interface("10.0.0.1/30")


def cisco(seed: int = 1, local: IPv4Interface | None = LOCAL) -> CiscoHdlc:
    return CiscoHdlc(Random(seed), local)


def pair(loss: float = 0, seed: int = 1, local: IPv4Interface | None = LOCAL) -> Pair:
    made = Pair(cisco(seed, local), cisco(seed + 1, local), loss, seed=seed)
    made.begin()
    return made


def keepalives(frames: list[bytes]) -> list[tuple[int, int]]:
    found = [frame for frame in frames if frame.startswith(SLARP + b"\0\0\0\2")]
    return [(int.from_bytes(frame[8:12], "big"), int.from_bytes(frame[12:16], "big")) for frame in found]


def test_keepalives_bring_the_line_up() -> None:
    made = pair()
    assert made.up == (False, False) and not made.send(0, ipv4())
    made.run(KEEPALIVE_S + 1)
    assert made.up == (True, True)
    made.run(5 * KEEPALIVE_S)
    sent = keepalives(made.sent[0])
    first, theirs = sent[0][0], keepalives(made.sent[1])[0][0]
    assert [mine for mine, _ in sent] == [first + number for number in range(7)]
    assert [yours for _, yours in sent] == [0, *(theirs + number for number in range(6))]
    assert made.send(0, ipv4(1)) and made.send(1, ipv6(2)) and not made.send(0, b"") and not made.send(0, b"\x50")
    made.run(1)
    assert made.got == ([ipv6(2)], [ipv4(1)])
    assert made.sent[0][-1] == bytes.fromhex("0f000800") + ipv4(1)
    assert made.sent[1][-1] == bytes.fromhex("0f0086dd") + ipv6(2)


def test_three_missed_take_it_down() -> None:
    made = pair()
    made.run(KEEPALIVE_S + 1)
    made.loss = 1
    made.run((MISSED - 1) * KEEPALIVE_S)
    assert made.up == (True, True)
    made.run(2 * KEEPALIVE_S)
    assert made.up == (False, False) and made.told[0] == ["3 keepalives in a row were not answered"]
    made.loss = 0
    made.run(2 * KEEPALIVE_S)
    assert made.up == (True, True)


@pytest.mark.parametrize("seed", range(4))
def test_a_few_that_are_lost_do_no_harm(seed: int) -> None:
    made = pair(loss=0.05, seed=seed)
    made.run(60)
    for _ in range(100):
        made.run(KEEPALIVE_S)
        assert made.up == (True, True)


def test_one_way_is_not_enough() -> None:
    """What the far end does not hear it cannot answer."""
    end = cisco()
    end.open(True, 0.0)
    end.line(True, 0.0)
    for second in range(0, 100, 5):
        end.turn(float(second))
        end.receive(SLARP + bytes((0, 0, 0, 2, 0, 0, 0, 9 + second, 0, 0, 0, 0, 255, 255)), float(second))
    assert not end.up


def test_a_cut_and_a_user_that_goes() -> None:
    made = pair()
    made.run(KEEPALIVE_S + 1)
    made.line(False)
    assert made.up == (False, False) and not list(made.ends[0].take_frames())
    made.run(100)
    made.line(True)
    made.run(KEEPALIVE_S + 1)
    assert made.up == (True, True)
    made.ends[1].open(False, made.now)
    made.run(5 * KEEPALIVE_S)
    assert made.up == (False, False)


def test_a_loop_is_not_up() -> None:
    end = cisco()
    end.open(True, 0.0)
    end.line(True, 0.0)
    for second in range(100):
        end.turn(float(second))
        for frame in list(end.take_frames()):
            end.receive(frame, float(second))
        assert not end.up
    assert end.detail.startswith("looped")


def test_numbers_wrap_past_zero() -> None:
    class Late(Random):
        def randrange(self, *_: object) -> int:  # type: ignore[override]
            return 0xFFFFFFFD

    made = Pair(CiscoHdlc(Late(), LOCAL), cisco())
    made.begin()
    made.run(KEEPALIVE_S + 1)
    for _ in range(6):
        made.run(KEEPALIVE_S)
        assert made.up == (True, True)
    assert [mine for mine, _ in keepalives(made.sent[0])][:5] == [0xFFFFFFFE, 0xFFFFFFFF, 1, 2, 3]


def test_a_stall_is_made_up_for_by_one() -> None:
    end = cisco()
    end.open(True, 0.0)
    end.line(True, 0.0)
    end.turn(0.0)
    end.turn(95.0)
    end.turn(95.1)
    assert len(keepalives(list(end.take_frames()))) == 2
    end.turn(105.1)
    assert len(keepalives(list(end.take_frames()))) == 1


def test_an_address_is_asked_for_and_given() -> None:
    made = Pair(cisco(), cisco(2, None))
    made.begin()
    made.run(KEEPALIVE_S + 1)
    other = made.ends[1]
    assert isinstance(other, CiscoHdlc) and other.given == IPv4Interface("10.0.0.2/30")
    assert made.told[1] == ["the far end gives us 10.0.0.2/30"]
    assert SLARP + bytes.fromhex("00000000 00000000 00000000 ffff") in made.sent[1]
    assert SLARP + bytes.fromhex("00000001 0a000001 fffffffc ffff") in made.sent[0]


@pytest.mark.parametrize(
    ("reply", "given"),
    [
        ("0a000000 fffffffe", "10.0.0.1/31"),
        ("0a000002 fffffffc", "10.0.0.1/30"),
        ("0a000002 ffffff00", None),  # which of the 253 others?
        ("0a000002 ffffffff", None),
        ("0a000002 ff00ff00", None),
        ("00000000 fffffffc", None),
    ],
)
def test_which_addresses_are_taken(reply: str, given: str | None) -> None:
    end = cisco(2, None)
    end.open(True, 0.0)
    end.line(True, 0.0)
    end.receive(SLARP + bytes.fromhex("00000001" + reply + "ffff"), 0.0)
    assert end.given == (IPv4Interface(given) if given else None)


def test_broken_frames_are_counted() -> None:
    made = pair()
    made.run(KEEPALIVE_S + 1)
    end = made.ends[0]
    for broken in (b"", b"\x0f\0\x08", b"\x0e\0\x08\0" + ipv4(), SLARP + bytes(13), b"\x0f\0\x08\0" + ipv6()):
        assert end.receive(broken, 1.0) is None
    assert (end.counters.malformed, end.counters.unknown) == (5, 0)
    assert end.receive(bytes.fromhex("8f002000") + b"CDP", 1.0) is None and end.counters.unknown == 1
    assert end.receive(bytes.fromhex("8f000800") + ipv4(3), 1.0) == ipv4(3)


@given(st.lists(st.binary(max_size=30) | st.builds(lambda rest: SLARP + rest, st.binary(max_size=24)), max_size=10))
def test_anything_may_come(frames: list[bytes]) -> None:
    made = pair(local=None)
    made.run(1)
    for frame in frames:
        made.ends[0].receive(frame, made.now)
        made.run(0.5)
    made.run(4 * KEEPALIVE_S)
    assert made.up == (True, True)
