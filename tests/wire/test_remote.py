"""Two ports back to back: errors counted at the sink, and what the far end is told of them (REI, RDI)."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from msapemu._framing import Group, Line, LineMap
from tests.ref import pointer, stm1
from tests.ref.line import Parser
from tests.ref.tug import Tu
from tests.wire import spoil
from tests.wire.lines import ERRORS, FRAME, name
from tests.wire.spoil import MEMBER, with_changes

MEMBERS: list[Tu] = [MEMBER, (1, 1, 1), (3, 7, 3)]
Hurt = Callable[[int, bytes], bytes]


class Ring:
    """Ports a and b, each the other's far end; `hurt` spoils what a sends to b."""

    def __init__(self, members: list[Tu], **expect: str) -> None:
        self.members = members
        self.groups = (Group(), Group())
        self.a, self.b = Line(), Line(**expect)  # type: ignore[arg-type]
        for line, group in zip((self.a, self.b), self.groups, strict=True):
            line.apply(LineMap("tug" if members else "vc4", [(group, [name(tu) for tu in members])]))
        self.frame = 0
        self.received = b""
        self.events: dict[str, list[tuple[int, str, str, str]]] = {"a": [], "b": []}

    def run(self, frames: int, hurt: Hurt | None = None) -> Ring:
        for _ in range(frames):
            from_a, from_b = self.a.build(1), self.b.build(1)
            if hurt is not None:
                from_a = hurt(self.frame, from_a)
            self.received += from_a
            self.b.parse(from_a)
            self.a.parse(from_b)
            self.events["a"] += self.a.events()
            self.events["b"] += self.b.events()
            self.frame += 1
        return self

    def standing(self, port: str) -> set[str]:
        defects: set[str] = set()
        for _, _, defect, state in self.events[port]:
            (defects.add if state == "raise" else defects.discard)(defect)
        return defects - ERRORS  # what is spoilt has wrong parities, too


def errors(seed: int, rate: float) -> Hurt:
    """Wrong bits at random, but not in the framing, pointers and H4, whose faults are another matter."""
    bits = random.Random(seed)
    spared = {*range(6), *range(stm1.index(4, 1), stm1.index(4, 10))}
    h4 = stm1.index(6, 10)
    v_octets = {stm1.index(1, 19 + column) for column in range(63)}  # V1..V4 of all TU-12s

    def hurt(number: int, frame: bytes) -> bytes:
        out = bytearray(frame)
        for _ in range(int(rate * 8 * FRAME) + 1):
            bit = bits.randrange(8 * FRAME)
            if bit // 8 not in spared and bit // 8 != h4 and bit // 8 not in v_octets:
                out[bit // 8] ^= 0x80 >> bit % 8
        return bytes(out)

    return hurt


@pytest.mark.parametrize("members", [[], MEMBERS], ids=["vc4", "vc12"])
@pytest.mark.parametrize("rate", [1e-4, 1e-3])
def test_errors_are_counted_and_told_back(members: list[Tu], rate: float) -> None:
    """B1, B2, B3 and BIP-2 as the second implementation counts them; REI at the far end sums to the same.

    REI has no room for an errored B1, and one bit for any number of errored BIP-2s of a VC-12.
    """
    ring = Ring(members).run(60).run(60, errors(7, rate)).run(60)
    judge = Parser(whole_file=True)
    judge.feed_all([ring.received[at : at + FRAME] for at in range(0, len(ring.received), FRAME)])
    counters, far = ring.b.counters(), ring.a.counters()
    assert counters["b1_errors"] == judge.b1_errors > 60
    assert counters["b2_errors"] == judge.b2_errors == far["ms_rei"] > 60
    assert counters["b3_errors"] == judge.b3_errors == far["hp_rei"] > 60
    report = ring.b.report()
    for tu in members:
        path = judge.vc12[tu]
        assert report["vc12"][name(tu)]["bip2_errors"] == path.bip2_errors
        told = ring.a.report()["vc12"][name(tu)]["rei"]
        assert path.bip2_errors / 2 <= told <= path.bip2_errors
    assert not members or rate < 1e-3 or counters["bip2_errors"] > 10
    assert ring.a.counters()["b1_errors"] == ring.a.counters()["b2_errors"] == ring.a.counters()["b3_errors"] == 0
    assert report["rei"] == 0 and report["au"][0]["rei"] == 0


@pytest.mark.parametrize("members", [[], [MEMBER]], ids=["vc4", "vc12"])
def test_errors_of_a_batch_are_told_one_frame_after_the_other(members: list[Tu]) -> None:
    """A frame tells at most 24 of B2 and 8 of B3, a VC-12 one errored frame: the rest waits, nothing is forgotten."""
    ring = Ring(members).run(80)
    noise = errors(3, 4e-3)
    batch = [noise(n, ring.a.build(1)) for n in range(40)]
    ring.b.parse(b"".join(batch))
    counted = ring.b.counters()
    assert counted["b2_errors"] > 24 and counted["b3_errors"] > 8
    answer = ring.b.build(400)
    judge = Parser(whole_file=True, tus=members)
    judge.feed_all([answer[at : at + FRAME] for at in range(0, len(answer), FRAME)])
    assert max(octets["M1"] for octets in judge.soh) == 24
    assert max(octets["G1"] >> 4 for octets in judge.poh4) == 8
    assert (judge.ms_rei, judge.hp_rei) == (counted["b2_errors"], counted["b3_errors"])
    if members:
        told, errored = judge.vc12[MEMBER].rei, ring.b.report()["vc12"][name(MEMBER)]["bip2_errors"]
        assert 1 < told <= errored <= 2 * told


def test_every_single_bit_of_a_frame() -> None:
    """Which parities one wrong bit of the line shows in, by where it lies."""
    for octet in range(6, FRAME, 13):
        row, column = divmod(octet, 270)
        if row == 3 and column < 9:
            continue
        ring = Ring([]).run(8)
        before = ring.b.counters()
        ring.run(1, lambda n, f, octet=octet: f[:octet] + bytes([f[octet] ^ 0x10]) + f[octet + 1 :]).run(3)  # type: ignore[misc]
        after = ring.b.counters()
        gained = {key: after[key] - before[key] for key in ("b1_errors", "b2_errors", "b3_errors")}
        in_rsoh, in_soh = row < 3 and column < 9, column < 9
        in_b1, in_b2, in_b3 = octet == 270, row == 4 and column < 3, (row, column) == (1, 9)
        assert gained == {
            "b1_errors": 2 if in_b1 else 1,  # an errored B1 is an errored bit of its frame too
            "b2_errors": 2 if in_b2 else int(not in_rsoh),
            "b3_errors": 2 if in_b3 else int(not in_soh),
        }, (row, column)


# -- RDI


def au(word: int) -> Hurt:
    return lambda n, frame: with_changes([frame], spoil.au_pointer(0, word))[0]


def poh4(octet: str, value: int) -> Hurt:
    return lambda n, frame: with_changes([frame], [spoil.poh4(0, octet, value)])[0]


def soh(octet: str, value: int) -> Hurt:
    return lambda n, frame: with_changes([frame], [spoil.soh(0, octet, value)])[0]


def in_multiframe(changes: Callable[[int], list[spoil.Change]]) -> Hurt:
    """Changes of TU multiframe 0 applied to whichever multiframe the frame is in."""

    def hurt(number: int, frame: bytes) -> bytes:
        mine = [(0, at, octet) for quarter, at, octet in changes(0) if quarter % 4 == number % 4]
        return with_changes([frame], mine)[0]

    return hurt


NO_TRACE = {"expect_j1": "msapemu", "expect_j2": "msapemu"}
# a's direction -> what b finds, what a is told
FAR: dict[str, tuple[Hurt, set[str], set[str]]] = {
    "MS-AIS": (soh("K2", 0b111), {"MS-AIS"}, {"MS-RDI", "HP-RDI"}),
    "AU-AIS": (au(pointer.AIS), {"AU-AIS"}, {"HP-RDI"}),
    "AU-LOP": (au(0), {"AU-LOP"}, {"HP-RDI"}),
    "HP-UNEQ": (poh4("C2", 0), {"HP-UNEQ"}, {"HP-RDI"}),
    "HP-TIM": (poh4("J1", 1), {"HP-TIM"}, {"HP-RDI"}),
    "HP-PLM": (poh4("C2", 0x12), {"HP-PLM"}, set()),  # not with one-bit RDI
    "LOF": (lambda n, frame: bytes(FRAME), {"OOF", "LOF"}, {"MS-RDI", "HP-RDI"}),
}
FAR_TU: dict[str, tuple[Hurt, set[str], set[str]]] = {
    "TU-AIS": (in_multiframe(lambda n: spoil.tu_pointer(n, pointer.AIS)), {"TU-AIS"}, {"LP-RDI"}),
    "TU-LOP": (in_multiframe(lambda n: spoil.tu_pointer(n, 0)), {"TU-LOP"}, {"LP-RDI"}),
    "LP-UNEQ": (in_multiframe(lambda n: [spoil.poh12(n, "V5", 0)]), {"LP-UNEQ"}, {"LP-RDI"}),
    "LP-PLM": (in_multiframe(lambda n: [spoil.poh12(n, "V5", 4)]), {"LP-PLM"}, set()),
    "LP-TIM": (in_multiframe(lambda n: [spoil.poh12(n, "J2", 1)]), {"LP-TIM"}, {"LP-RDI"}),
    "LOM": (poh4("H4", 0xFC), {"LOM"}, {"LP-RDI"}),
}


@pytest.mark.parametrize(
    ("fault", "members"), [(fault, []) for fault in FAR] + [(fault, [MEMBER]) for fault in FAR | FAR_TU]
)
def test_rdi_appears_and_goes(fault: str, members: list[Tu]) -> None:
    hurt, at_sink, told = (FAR | FAR_TU)[fault]
    ring = Ring(members, **NO_TRACE).run(560 if members else 80)
    assert ring.standing("a") == ring.standing("b") == set()
    ring.run(560 if fault == "LP-TIM" else 200, hurt)
    assert ring.standing("b") == at_sink
    # a failed VC-4 has failed for the VC-12s in it, too
    wanted = told | ({"LP-RDI"} if members and (told - {"LP-RDI"} or fault == "HP-PLM") else set())
    assert ring.standing("a") == wanted
    ring.run(600 if members else 200)
    assert ring.standing("a") == ring.standing("b") == set()


def test_rdi_of_a_silent_line() -> None:
    ring = Ring([]).run(40)
    ring.b.silent(1)
    for _ in range(10):
        ring.a.parse(ring.b.build(1))
        ring.b.silent(1)
    ring.events["a"] += ring.a.events()
    assert ring.standing("a") == {"MS-RDI", "HP-RDI"}
    ring.run(60)
    assert ring.standing("a") == set()


def test_rdi_stands_as_long_as_lof() -> None:
    """LOF ends 3 ms after the frames are back, and with it MS-RDI."""
    ring = Ring([]).run(40).run(60, lambda n, frame: bytes(FRAME))
    ring.run(20)
    assert "LOF" in ring.standing("b") and "MS-RDI" in ring.standing("a")
    ring.run(40)
    assert ring.standing("a") == ring.standing("b") == set()
