"""63 VC-12s built together against the same one by one: every octet, whatever happens to them."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from random import Random
from typing import Any

import pytest

from msapemu._framing import E1, Group, Line, LineMap, member_name

ALL = [member_name(column) for column in range(63)]
SEQUENCES: list[tuple[str, int] | None] = [None, None, None, ("inc", 5), ("dec", 4), ("ndf", 7), ("alternate", 9)]
SETTINGS: dict[str, list[Any]] = {
    "j2": ["one", "another", bytes(1), b"\x55"],
    "label": [None, 1, 5],
    "rfi": [True, False],
    "n2": [0, 0xA5],
    "k4": [0, 0x3F, 0x20],
    "e_rdi": [True, False],
}


class Scenario:
    """Two lines and their groups, back to back, by chance."""

    def __init__(self, seed: int, **settings: Any) -> None:
        self.chance = chance = Random(seed)
        self.rate = chance.choice(["stm1", "stm1", "stm4"])
        self.groups = [[self.group() for _ in range(3)] for _ in range(2)]
        self.e1s = [[E1() for _ in range(4)] for _ in range(2)]
        self.lines = [self.line(**settings) for _ in range(2)]
        self.digest = hashlib.sha256()

    def group(self) -> Group:
        return Group(lcas=self.chance.choice([False, True, "one-way"]), seed=self.chance.randrange(1000))

    def line(self, **settings: Any) -> Line:
        chance = self.chance
        pointers = {name: chance.randrange(140) for name in ALL} if chance.random() < 0.4 else chance.randrange(140)
        delays = {chance.choice(ALL): chance.randrange(9) for _ in range(3)} if chance.random() < 0.2 else None
        return Line(
            rate=self.rate,
            tu_pointers=pointers,
            au_pointer=chance.randrange(783),
            tu_sequence=chance.choice(SEQUENCES),
            delays=delays,
            vc12={"e_rdi": chance.random() < 0.5},
            **settings,
        )

    def map(self, end: int, vc4: int) -> LineMap:
        """Most often all 63 of a group, or what there is of everything."""
        chance = self.chance
        groups = self.groups[end]
        kind = chance.choice(["full", "full", "mixed", "mixed", "mixed", "vc4", "unequipped"])
        if kind == "unequipped" or (kind == "vc4" and vc4 > 1):
            return LineMap("unequipped")
        if kind == "vc4":
            return LineMap("vc4", [(Group(), ())])
        order = chance.sample(ALL, 63) if chance.random() < 0.5 else list(ALL)
        first = 16 * (vc4 - 1)  # no member is in two VC-4s
        if kind == "full" and not first:
            numbers = list(range(63))[:: chance.choice([1, -1])]
            return LineMap("tug", [(groups[0], dict(zip(order, numbers, strict=True)))])
        tu3 = chance.choice(["", "", "2"])
        order = [name for name in order if name[0] != tu3]
        shares = []
        for number, group in enumerate(groups):
            size = chance.choice([0, 1, 5, 15, 15, 16 if first < 48 else 15])
            members, order = order[:size], order[size:]
            if members and (number or not first):
                shares.append((group, {name: first + i for i, name in enumerate(members)}))
        cross = {}
        for _ in range(chance.choice([0, 0, 1, 6])):
            if order:
                cross[order.pop()] = (self.lines[end], 1, chance.choice(ALL))
        tributaries: dict[str, Any] = {}
        for e1 in self.e1s[end] if vc4 == 1 else []:
            if order and chance.random() < 0.3:
                tributaries[order.pop()] = e1
        supervisory = [order.pop() for _ in range(chance.choice([0, 2])) if order] + [tu3] * bool(tu3)
        return LineMap("tug", shares, cross=cross, tributaries=tributaries, supervisory=supervisory)

    def happen(self) -> None:
        chance, end = self.chance, self.chance.randrange(2)
        line, group = self.lines[end], chance.choice(self.groups[end])
        what = chance.choice(["map", "settings", "clients", "clients", "clients", "member", "e1", "nothing"])
        if what == "map":
            vc4 = chance.randrange(len(line.maps)) + 1
            line.apply(self.map(end, vc4), vc4)
        elif what == "settings":
            name = chance.choice(list(SETTINGS))
            line.set_path(1, chance.choice(ALL), **{name: chance.choice(SETTINGS[name])})
        elif what == "clients":
            for _ in range(chance.randrange(40)):
                group.send(chance.randbytes(chance.randrange(60, 1500)))
        elif what == "member":
            with suppress(ValueError):  # a group without LCAS
                getattr(group, chance.choice(["add", "remove"]))(chance.randrange(63))
        elif what == "e1":
            for e1 in self.e1s[end]:
                e1.push(chance.randbytes(chance.randrange(400)))

    def step(self) -> None:
        chance = self.chance
        frames = chance.choice([1, 2, 3, 4, 8, 8, 16, 33])
        built = [bytearray(line.build(frames)) for line in self.lines]
        for octets, line in zip(built, reversed(self.lines), strict=True):
            self.digest.update(octets)
            if chance.random() < 0.2:
                for _ in range(chance.randrange(20)):
                    octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
            if chance.random() < 0.03:
                line.silent(frames)
            else:
                line.parse(octets)

    def run(self, steps: int) -> str:
        for end, line in enumerate(self.lines):
            for vc4 in range(1, 1 + len(line.maps)):
                line.apply(self.map(end, vc4), vc4)
        for _ in range(steps):
            if self.chance.random() < 0.4:
                self.happen()
            self.step()
            for line in self.lines:
                self.digest.update(repr((line.counters(), line.events())).encode())
            for group in (group for groups in self.groups for group in groups):
                self.digest.update(repr((group.counters(), group.members())).encode())
        return self.digest.hexdigest()


@pytest.mark.parametrize("seed", range(12))
def test_together_and_one_by_one(seed: int) -> None:
    assert Scenario(seed).run(60) == Scenario(seed, one_by_one=True).run(60)
