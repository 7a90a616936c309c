"""Excessive errors and signal degrade: set and cleared at exactly their counts, Poisson and bursty (G.806 6.2.3.1)."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Any

import pytest

from msapemu._framing import Group, Line, LineMap
from tests.ref import pointer, stm1
from tests.wire import spoil
from tests.wire.lines import FRAME, frames_of, name, plain_line
from tests.wire.spoil import MEMBER

Flip = tuple[int, int]  # place in the frame, bits to invert
CHUNK = 400


@dataclass(frozen=True)
class Layer:
    """A trail, and how one frame of it is given so many errored parities."""

    prefix: str
    lanes: int
    bits: int  # that each of them covers
    rate: int  # frames a second
    blocks: int  # of a frame
    places: tuple[int, ...]  # octets that nothing but the parity depends on, one a group of 8 lanes
    masks: tuple[int, ...]  # error k of a frame inverts masks[k % len]
    every: int = 1  # line frames a frame
    at: int = 0  # of them the one to spoil

    def flips(self, errors: int) -> list[Flip]:
        return [(self.places[k // len(self.masks)], self.masks[k % len(self.masks)]) for k in range(errors)]


OCTET = tuple(0x80 >> bit for bit in range(8))
_, N2_PLACE, _ = spoil.poh12(0, "N2", 0)
LAYERS = {
    "MS": Layer("MS", 24, 801, 8000, 24, tuple(stm1.index(6, column) for column in (1, 2, 3)), OCTET),
    "VC-4": Layer("HP", 8, 2349, 8000, 1, (stm1.index(5, 10),), OCTET),
    # of TUG-3 1: a column that is neither its pointer nor, being 40th of 86, its path overhead with pointer 0
    "VC-3": Layer("LP", 8, 765, 8000, 1, (stm1.index(5, 9 + 4 + 3 * 39),), OCTET),
    "VC-12": Layer("LP", 2, 560, 2000, 1, (N2_PLACE,), (0x80, 0x40), 4, 3),
}
# errored BIP bits in a window of 40 frames x 10^(x-3) that set, and that no longer clear
COUNTS = {
    "MS": {3: (337, 92), 4: (648, 98), 5: (698, 98), 6: (702, 99)},
    "VC-4": {3: (129, 79), 4: (275, 95), 5: (275, 96), 6: (275, 97)},
    "VC-3": {3: (99, 35), 4: (191, 37), 5: (206, 37), 6: (208, 37)},
    "VC-12": {3: (14, 10), 4: (27, 11), 5: (29, 11)},
}
CASES = [(layer, exponent) for layer, of in COUNTS.items() for exponent in of]


class Rig:
    """A line without a fault, of which frames can be spoilt, and the events of one layer."""

    def __init__(self, layer: str, settings: dict[str, Any] | None = None, rate: str = "stm1", width: int = 1) -> None:
        self.layer = LAYERS[layer]
        self.which = layer
        self.n = {"stm1": 1, "stm4": 4, "stm16": 16}[rate]
        self.source, self.sink = Line(rate=rate), Line(rate=rate)
        for line in (self.source, self.sink):
            if layer == "VC-3":
                line.apply(LineMap("tug", [(Group(), ("1",))]))
            elif layer == "VC-12":
                line.apply(LineMap("tug", [(Group(), (name(MEMBER),))]))
            else:
                line.apply(LineMap("vc4", [(Group(), ())], width=width))
        self.events: list[tuple[int, str]] = []
        self.frame = 0
        self.run(600 if layer == "VC-12" else 48)
        assert self.events == []
        self.set(**(settings or {}))

    def set(self, **settings: Any) -> None:
        """Windows and seconds begin anew with any of these."""
        settings = settings or {"bursty": False}
        if self.which == "MS":
            self.sink.set(**settings)
        else:
            self.sink.set_path(1, {"VC-3": "1", "VC-12": name(MEMBER)}.get(self.which), **settings)

    def run(self, frames: int, errors: dict[int, int] | None = None) -> list[str]:
        """So many frames of the line; `errors`: by frame of the layer. The new events, as "EXC raise"."""
        errors = errors or {}
        length, before = FRAME * self.n, len(self.events)
        for first in range(0, frames, CHUNK):
            octets = bytearray(length * min(CHUNK, frames - first))
            self.source.build_into(octets)
            for i in range(len(octets) // length):
                number, part = divmod(first + i, self.layer.every)
                if number in errors and part == self.layer.at:
                    for place, mask in self.layer.flips(errors[number]):
                        octets[i * length + place] ^= mask
            self.sink.parse(octets)
            self.events += [
                (event[0], f"{event[2][3:]} {event[3]}")
                for event in self.sink.events()
                if event[2] in (f"{self.layer.prefix}-EXC", f"{self.layer.prefix}-DEG")
            ]
        self.frame += frames
        return [event for _, event in self.events[before:]]

    def window(self, exponent: int, errors: int) -> list[str]:
        """One window with so many errored parities in it, well within."""
        frames = 40 * 10 ** (exponent - 3)
        most = self.layer.lanes
        spread: dict[int, int] = {}
        for k in range(errors):
            number = 3 + k % (frames - 8)
            spread[number] = spread.get(number, 0) + 1
        assert max(spread.values(), default=0) <= most
        return self.run(frames * self.layer.every, spread)


@pytest.mark.parametrize(("layer", "exponent"), CASES)
def test_set_at_its_count_and_cleared_below_its_count(layer: str, exponent: int) -> None:
    """One errored bit less does not set; as many as clear allows no more do not clear, one less does."""
    to_set, to_clear = COUNTS[layer][exponent]
    kind = "EXC" if exponent <= 4 else "DEG"
    other = {"deg": 9} if kind == "EXC" else {"exc": 3, "deg": exponent}
    rig = Rig(layer, {**other, kind.lower(): exponent})

    def window(errors: int) -> list[str]:
        return [event for event in rig.window(exponent, errors) if event.startswith(kind)]

    assert window(to_set - 1) == []
    assert window(0) == []
    assert window(to_set) == [f"{kind} raise"]
    assert window(to_clear) == []
    assert window(to_clear - 1) == [f"{kind} clear"]
    assert window(to_set - 1) == []


@pytest.mark.parametrize("exponent", [5])
@pytest.mark.parametrize("layer", LAYERS)
def test_exc_of_five_as_deg_of_five(layer: str, exponent: int) -> None:
    """The same count of the same window."""
    rig = Rig(layer, {"exc": exponent, "deg": exponent})
    assert rig.window(exponent, COUNTS[layer][exponent][0]) == ["EXC raise", "DEG raise"]
    assert rig.window(exponent, 0) == ["EXC clear", "DEG clear"]


def log_binomial(n: int, k: int, p: float) -> float:
    terms = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return terms + k * math.log(p) + (n - k) * math.log1p(-p)


def below(n: int, p: float, count: int) -> float:
    """Probability of fewer than `count` of n."""
    return math.fsum(math.exp(log_binomial(n, k, p)) for k in range(count))


@pytest.mark.parametrize(("layer", "exponent"), CASES)
def test_the_counts_tell_a_ratio_from_one_ten_times_better(layer: str, exponent: int) -> None:
    """Of G.806: set by 10^-x within its detection time, not by 10^-(x+1), which clears; a window is half that time."""
    trail, frames = LAYERS[layer], 40 * 10 ** (exponent - 3)
    to_set, to_clear = COUNTS[layer][exponent]
    ratio = 10.0**-exponent

    def errored(ratio: float) -> float:
        return (1 - (1 - 2 * ratio) ** trail.bits) / 2

    assert below(trail.lanes * frames, errored(ratio), to_set) < 0.011
    assert 1 - below(trail.lanes * frames, errored(ratio / 10), to_set) < 1e-4
    assert below(trail.lanes * frames, errored(ratio / 10), to_clear) > 0.985
    # the worst ratio is found in its own time, whatever the threshold
    assert below(trail.lanes * 80, errored(1e-3), to_set) < 0.011


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("layer", LAYERS)
def test_random_errors(layer: str, seed: int) -> None:
    """A line at 10^-3 raises EXC in 10 ms (a VC-12 in 40) and DEG with it; at 10^-4 it raises DEG alone."""
    trail, chance = LAYERS[layer], random.Random(seed)

    def errors(ratio: float, frames: int) -> dict[int, int]:
        p = (1 - (1 - 2 * ratio) ** trail.bits) / 2
        return {n: sum(chance.random() < p for _ in range(trail.lanes)) for n in range(frames)}

    rig = Rig(layer)
    assert sorted(rig.run(80 * trail.every, errors(1e-3, 80))) == ["DEG raise", "EXC raise"], seed
    rig = Rig(layer)
    assert rig.run(800 * trail.every, errors(1e-4, 800)) == ["DEG raise"], seed


@pytest.mark.parametrize(
    ("rate", "layer", "width", "most"), [("stm4", "MS", 1, 96), ("stm16", "MS", 16, 384), ("stm4", "VC-4", 4, 8)]
)
def test_wider_trails(rate: str, layer: str, width: int, most: int) -> None:
    """The counts grow with what the parities cover: none of them is set by those of an STM-1."""
    n = {"stm4": 4, "stm16": 16}[rate]
    index = (6 - 1) * 270 * n if layer == "MS" else (5 - 1) * 270 * n + 9 * n
    rig = Rig(layer, {"exc": 3}, rate, width)
    rig.layer = Layer(rig.layer.prefix, most, 0, 8000, most, tuple(index + i for i in range(max(1, most // 8))), OCTET)
    # from the mean and its spread at 10^-3
    bits = 801 if layer == "MS" else 2349 * width
    mean = most * 40 * (1 - math.exp(-2e-3 * bits)) / 2
    to_set = int(mean - 2.326 * math.sqrt(mean))
    assert [event for event in rig.window(3, to_set - 1) if "EXC" in event] == []
    assert [event for event in rig.window(3, to_set) if "EXC" in event] == ["EXC raise"]
    assert [event for event in rig.window(3, 0) if "EXC" in event] == ["EXC clear"]


# -- bursty


@pytest.mark.parametrize("layer", LAYERS)
def test_bad_seconds_in_a_row(layer: str) -> None:
    """M bad ones set, M good ones clear, 30 % of the blocks make a bad one."""
    trail = LAYERS[layer]
    rig = Rig(layer, {"bursty": True, "bad_seconds": 2})
    second, blocks = trail.rate * trail.every, trail.rate * 3 // 10

    def run(errored: int) -> list[str]:
        """A second with so many frames whose blocks are all errored."""
        most = trail.lanes if trail.blocks > 1 else 1
        return rig.run(second, {2 + n: most for n in range(errored)})

    assert (run(blocks), run(blocks - 1), run(blocks)) == ([], [], [])  # the second is good, so they count anew
    assert run(blocks) == ["DEG raise"]
    assert (run(0), run(blocks), run(blocks - 1)) == ([], [], [])
    assert run(blocks - 1) == ["DEG clear"]


def test_settings_of_bad_seconds() -> None:
    """Seven by default; another percentage; EXC is Poisson's alone."""
    for settings, errored, seconds in (({}, 2400, 7), ({"bad_percent": 1, "bad_seconds": 3}, 80, 3)):
        rig = Rig("VC-4", {"bursty": True, **settings})
        for n in range(seconds):
            assert rig.run(8000, dict.fromkeys(range(2, 2 + errored), 8)) == ([] if n < seconds - 1 else ["DEG raise"])


def test_a_block_is_errored_once() -> None:
    """However many of its parities are; of the multiplex section every parity is a block."""
    for layer, errors, raised in (("VC-4", 1, True), ("VC-4", 8, True), ("MS", 1, False), ("MS", 24, True)):
        rig = Rig(layer, {"bursty": True, "bad_seconds": 2})
        for _ in range(2):
            events = rig.run(8000, dict.fromkeys(range(2, 2402), errors))
        assert events == (["DEG raise"] if raised else [])


def test_another_distribution_begins_anew() -> None:
    """What the one has raised is not left to the other to clear."""
    rig = Rig("VC-4", {"exc": 3})
    assert rig.run(40, dict.fromkeys(range(40), 8)) == ["EXC raise", "DEG raise"]
    rig.set(bursty=True)
    assert rig.run(400) == ["EXC clear", "DEG clear"]
    assert rig.run(400, dict.fromkeys(range(400), 8)) == []


# -- with other defects


def au_ais(frame: bytes) -> bytes:
    plain = bytearray(stm1.scramble(frame))
    plain[stm1.index(4, 1)], plain[stm1.index(4, 4)] = pointer.AIS >> 8, pointer.AIS & 0xFF
    return stm1.scramble(bytes(plain))


@pytest.mark.parametrize("failure", ["none", "LOS", "AU-AIS"])
@pytest.mark.parametrize("layer", LAYERS)
def test_errors_before_a_failure_do_not_count_after_it(layer: str, failure: str) -> None:
    """One short of EXC, then the failure, then one more. A multiplex section does not fail with an AU-4 in it."""
    trail, to_set = LAYERS[layer], COUNTS[layer][3][0]
    whole, rest = divmod(to_set - 1, trail.lanes)
    failed = failure == "LOS" or (failure == "AU-AIS" and layer != "MS")
    rig = Rig(layer)
    assert rig.run((5 + whole) * trail.every, {3: rest, **dict.fromkeys(range(4, 4 + whole), trail.lanes)}) == []
    if failure == "LOS":
        rig.sink.silent(10)
    elif failure == "AU-AIS":
        rig.sink.parse(b"".join(au_ais(frame) for frame in frames_of(rig.source.build(8))))
    rig.run(0 if not failed else 56 if layer == "VC-12" else 8)
    events = rig.run(6 * trail.every, {3: trail.lanes})
    assert events == ([] if failed else ["EXC raise"])


@pytest.mark.parametrize("layer", LAYERS)
def test_a_failed_trail_is_not_degraded(layer: str) -> None:
    trail = LAYERS[layer]
    rig = Rig(layer)
    assert rig.run(40 * trail.every, dict.fromkeys(range(3, 40), trail.lanes)) == ["EXC raise", "DEG raise"]
    rig.sink.silent(1)
    assert sorted(rig.run(4)) == ["DEG clear", "EXC clear"]


def test_a_failed_multiplex_section_counts_nothing() -> None:
    """Under MS-AIS neither EXC nor DEG stands."""
    rig = Rig("MS")
    assert rig.run(40, dict.fromkeys(range(40), 24)) == ["EXC raise", "DEG raise"]
    plain = plain_line(rig.source.build(40))
    frames = [stm1.scramble(frame[: stm1.index(5, 7)] + b"\x07" + frame[stm1.index(5, 7) + 1 :]) for frame in plain]
    rig.sink.parse(b"".join(frames))
    events = [event[2:] for event in rig.sink.events()]
    assert ("MS-AIS", "raise") in events
    assert {("MS-EXC", "clear"), ("MS-DEG", "clear")} <= set(events)


def test_columns_that_nobody_awaits_are_not_judged() -> None:
    """A VC-12 that is only monitored has its errors counted, and no defect."""
    source, sink = Line(), Line()
    source.apply(LineMap("tug", [(Group(), (name(MEMBER),))]))
    sink.apply(LineMap("tug", [(Group(), ("1.1.1",))]))
    sink.parse(source.build(200))
    sink.events()
    octets = bytearray(source.build(160))
    for number in range(40):
        octets[(4 * number + 3) * FRAME + N2_PLACE] ^= 0xC0
    sink.parse(octets)
    assert sink.report()["vc12"][name(MEMBER)]["bip2_errors"] > 70
    assert [event for event in sink.events() if event[2] in ("LP-EXC", "LP-DEG")] == []
