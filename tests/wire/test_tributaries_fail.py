"""An E1 or E3 whose trail has failed goes on as AIS, at its nominal rate, from the frame of the failure on."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from msapemu._framing import E1, E3, Group, Line, LineMap

FRAMES = 400  # 50 ms
NOMINAL = {"1.1.1": 32, "2": 537}  # octets in 125 us
SLACK = {"1.1.1": 12, "2": 4}  # frames: a TU multiframe under way, one in the store, and the defect's persistence


class Ends:
    """A far end that sends an E1 and an E3, all zeros, and a near end that takes them out."""

    def __init__(self) -> None:
        self.sent = {"1.1.1": E1(target_octets=0), "2": E3(target_octets=0)}
        self.got = {"1.1.1": E1(queue_octets=1 << 16), "2": E3(queue_octets=1 << 20)}
        self.far, self.near = Line(), Line()
        self.far.apply(LineMap("tug", tributaries=self.sent))
        self.near.apply(LineMap("tug", tributaries=self.got))

    def run(self, frames: int) -> None:
        for _ in range(frames):
            for name, tributary in self.sent.items():
                tributary.push(bytes(NOMINAL[name] + 1)[: tributary.room])
            self.near.parse(self.far.build(1))


def los(ends: Ends) -> None:
    for _ in range(FRAMES):
        ends.near.silent(1)


def noise(ends: Ends) -> None:
    """LOF, after 3 ms of OOF."""
    octets = Random(1).randbytes(FRAMES * 2430)
    ends.near.parse(octets)


def au_ais(ends: Ends) -> None:
    dead = Line()
    ends.far.apply(LineMap("cross", cross=(dead, 1)))
    ends.run(FRAMES)


def tu_ais(ends: Ends) -> None:
    dead = Line()
    ends.far.apply(LineMap("tug", cross={name: (dead, 1, name) for name in NOMINAL}))
    ends.run(FRAMES)


def unequipped(ends: Ends) -> None:
    ends.far.apply(LineMap("tug", supervisory=["2"]))
    ends.run(FRAMES)


def other_client(ends: Ends) -> None:
    ends.far.apply(LineMap("tug", [(Group(), ["1.1.1"]), (Group(), ["2"])]))
    ends.run(FRAMES)


def no_tug(ends: Ends) -> None:
    ends.far.apply(LineMap("vc4", [(Group(), ())]))
    ends.run(FRAMES)


@pytest.mark.parametrize("cause", [los, noise, au_ais, tu_ais, unequipped, other_client, no_tug])
def test_ais_takes_the_place(cause: Callable[[Ends], None]) -> None:
    ends = Ends()
    ends.run(200)
    for tributary in ends.got.values():
        tributary.pop()
    cause(ends)
    for name, tributary in ends.got.items():
        octets = tributary.pop()
        nominal = NOMINAL[name] * FRAMES
        # OOF lasts 3 ms before it is LOF; a label counts after 5 frames, of a VC-12 20 of the line
        late = 24 if cause in (noise, unequipped, other_client) else 5
        slack = (SLACK[name] + late) * NOMINAL[name]
        assert abs(len(octets) - nominal) <= slack, (name, len(octets), nominal)
        tail = octets[-nominal + slack :]
        assert tail.count(0xFF) >= len(tail) - 1, name
        assert tributary.counters()["rx_ais"] > 0


def test_and_goes_on_when_the_trail_is_back() -> None:
    ends = Ends()
    ends.run(200)
    los(ends)
    ends.run(200)
    for name, tributary in ends.got.items():
        tributary.pop()
        ends.run(8)
        octets = tributary.pop()
        assert octets and set(octets) == {0}, name
