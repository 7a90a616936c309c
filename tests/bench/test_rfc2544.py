"""The searches of RFC 2544, on a link that is a model: what it carries, and how much it queues."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from msapemu.bench.link.place import End, Place, overhead
from msapemu.bench.link.rfc2544 import Rfc2544, Settings
from msapemu.bench.link.trial import NOT_CAME, UNIT_NS, Outcome, Way
from msapemu.ctl.config import Circuit, GroupChannel
from msapemu.ctl.errors import UsageError
from msapemu.node.capacity import VC4_BPS, VC12_BPS

ENDS = End("co", "2/1", "lan0", None, 1500), End("branch", "2/1", "lan0", None, 1500)
VC4 = Place("hq-site", "VC-4", ENDS, VC4_BPS, 8)


@dataclass
class Model:
    """Carries `share` of theory and queues `queue` frames; the generator sends no more than `most_fps`."""

    place: Place = VC4
    share: float = 1.0
    queue: int = 100
    most_fps: float = float("inf")
    unseen: int = 0
    asked: list[float] = field(default_factory=list)

    def trial(self, size: int, fps: float, seconds: float, direction: str = "both") -> Outcome:
        self.asked.append(fps / self.place.frames_per_second(size))
        total, offered = round(fps * seconds), min(fps, self.most_fps)
        return self._outcome(size, fps, total, offered, total / offered * self._carried(size))

    def burst(self, size: int, frames: int, fps: float, direction: str = "both") -> Outcome:
        return self._outcome(size, fps, frames, fps, 0)

    def _carried(self, size: int) -> float:
        return self.share * self.place.frames_per_second(size)

    def _outcome(self, size: int, fps: float, total: int, offered: float, carried: float) -> Outcome:
        lost = max(0, total - int(carried) - self.queue)
        behind = np.maximum(0, np.arange(total) * (1 / self._carried(size) - 1 / offered))
        times = np.minimum(behind * 1e9 / UNIT_NS + 10_000, 2**31 - 1).astype(np.int32)
        times[len(times) - lost :] = NOT_CAME
        way = Way("a-z", total, offered, 0, self.unseen, times)
        return Outcome(size, fps, (way,), {"co": 0.5, "branch": 0.4}, 0.3, 0.1)


def rfc(model: Model, **settings: float) -> Rfc2544:
    return Rfc2544(model.place, model, Settings(**settings), lambda text: None)  # type: ignore[arg-type]


def test_all_of_theory_is_one_trial() -> None:
    model = Model()
    (row,) = rfc(model).throughput([64])
    assert (row["theory_fps"], row["fps"], row["of_theory"], row["limit"], row["trials"]) == (
        260_000.0,
        260_000.0,
        1.0,
        "none",
        1,
    )
    assert row["mbps"] == 133.12
    assert (row["cpu_co"], row["cpu_branch"], row["cpu_generator"], row["idle"]) == (0.5, 0.4, 0.3, 0.1)


@pytest.mark.parametrize("share", [0.997, 0.93, 0.5, 0.123])
def test_the_throughput_is_found(share: float) -> None:
    model = Model(share=share)
    (row,) = rfc(model, resolution=0.002, tries=1).throughput([1518])
    assert share - 0.004 <= row["of_theory"] <= share + 0.004  # type: ignore[operator]
    assert row["limit"] == "link"
    assert model.asked[:2] == pytest.approx([1.0, 0.99]) and len(model.asked) <= 12


def test_a_queue_that_takes_it_all_is_no_throughput() -> None:
    """Nothing is lost in a short trial, but frames wait for longer and longer."""
    (row,) = rfc(Model(share=0.8, queue=10**9)).throughput([1518])
    assert row["of_theory"] == pytest.approx(0.8, abs=0.005)


def test_a_link_that_carries_nothing() -> None:
    model = Model(share=1e-4, queue=0)
    test = rfc(model, tries=1)
    (row,) = test.throughput([64])
    assert (row["of_theory"], row["limit"]) == (0.0, "link")
    assert [one["load"] for one in test.latency([64])] == []


def test_a_generator_that_cannot_is_no_loss_of_the_link() -> None:
    (row,) = rfc(Model(most_fps=200_000)).throughput([64])
    assert (row["limit"], row["fps"], row["trials"]) == ("generator", 200_000.0, 2)


def test_frames_that_the_generator_did_not_see_are_not_lost() -> None:
    model = Model(share=0.9, queue=0, unseen=10**9)
    (row,) = rfc(model).throughput([64])
    assert row["limit"] == "generator"
    assert next(rfc(model).loss([64]))["lost"] == 0


def test_latency_is_measured_up_to_the_throughput() -> None:
    test = rfc(Model(share=0.7), tries=1)
    rows = list(test.latency([512], [0.1, 0.5, 0.9]))
    loads = [row["load"] for row in rows]
    assert loads[:2] == [0.1, 0.5] and loads[2] == pytest.approx(0.7, abs=0.005) and len(loads) == 3
    assert [rows[0][f"{name}_us"] for name in ("p50", "p99", "p99.9", "max")] == [1000.0] * 4


def test_loss_is_measured_until_two_rates_lose_nothing() -> None:
    rows = list(rfc(Model(queue=0), seconds=10).loss([1518]))
    assert [row["load"] for row in rows] == [1.2, 1.1, 1.0, 0.9]
    for row in rows:
        assert row["loss"] == pytest.approx(row["theory"], abs=0.001)
        assert row["lost"] == row["sent"] * row["loss"] or row["lost"] > 0
    assert [row["limit"] for row in rows] == ["link", "link", "none", "none"]


def test_what_stands_in_queues_is_not_carried() -> None:
    row = next(rfc(Model(queue=10**9)).loss([1518]))
    assert row["lost"] == 0 and row["limit"] == "link" and row["queued"] == pytest.approx(row["theory"], abs=0.001)


@pytest.mark.parametrize("queue", [5, 100, 65_000])
def test_the_longest_burst_is_found(queue: int) -> None:
    (row,) = rfc(Model(queue=queue)).back_to_back([64])
    assert 0.97 * queue - 1 <= row["frames"] <= queue  # type: ignore[operator]
    assert row["limit"] == "link" and row["ms"] == pytest.approx(row["frames"] / 260, abs=0.01)  # type: ignore[operator]


def test_bursts_have_an_end() -> None:
    (row,) = rfc(Model(queue=10**9)).back_to_back([1518])
    assert (row["limit"], row["ms"]) == ("none", pytest.approx(2000, abs=1))


# -- a direction of a trial


def way(times: list[int], sent: int = 0, unseen: int = 0, fps: float = 10.0) -> Way:
    return Way("a-z", sent or len(times), fps, 0, unseen, np.array(times, np.int32))


def test_what_is_lost() -> None:
    assert way([1, 2, 3]).lost == 0
    assert way([1, NOT_CAME, 3, NOT_CAME]).lost == 2
    assert way([1, NOT_CAME, 3, NOT_CAME], unseen=1).lost == 1
    assert way([1, NOT_CAME], unseen=5).lost == 0


def test_what_is_queued() -> None:
    second = 1_000_000_000 // UNIT_NS
    assert way([5] * 100).queued == 0
    assert way([5] * 10).queued == 0
    assert way([50 - n for n in range(50)]).queued == 0  # it was late before
    growing = [int(n * 0.02 * second) for n in range(100)]  # 10 s: 0.2 s a second
    assert way(growing).queued == pytest.approx(0.2 / 1.2, rel=0.01)
    assert way([NOT_CAME] * 20).queued == 0


def test_quantiles_are_of_those_that_came() -> None:
    times = [*range(10, 10_010, 10), NOT_CAME]
    outcome = Outcome(64, 10, (way(times),), {}, 0, 0)
    told = outcome.latency_us
    assert told["p50"] == pytest.approx(500.5) and told["max"] == 1000 and told["p99.9"] == pytest.approx(999, abs=1)
    assert Outcome(64, 10, (way([NOT_CAME]),), {}, 0, 0).latency_us == {}


# -- theory


@pytest.mark.parametrize(
    ("capacity", "size", "frames"),
    [
        (VC4_BPS, 64, 260_000.0),
        (VC4_BPS, 1518, 149_760_000 / 8 / 1526),
        (63 * VC12_BPS, 64, 238_000.0),
        (63 * VC12_BPS, 1518, 137_088_000 / 8 / 1526),
    ],
)
def test_theory(capacity: int, size: int, frames: float) -> None:
    """149.760 Mbit/s of a C-4 and 63 x 2.176 of VC-12s; GFP-F adds core and payload header, 8 octets, to a frame."""
    place = Place("x", "", ENDS, capacity, 8)
    assert place.frames_per_second(size) == pytest.approx(frames)
    assert place.bits_per_second(size) == pytest.approx(frames * 8 * size)


def test_what_is_sent_beside_a_frame() -> None:
    def of(**changes: object) -> int | None:
        return overhead(Circuit("x", "2/1", "1/1", "vc4", **changes))  # type: ignore[arg-type]

    assert of() == 8
    assert of(payload_fcs=True) == 12
    assert of(channels=(GroupChannel(1, "2/1"),)) == 12
    assert of(channels=(GroupChannel(1, "2/1"),), payload_fcs=True) == 16
    assert of(gfp="t") is None
    assert of(adaptation="laps") is None


def test_without_theory_there_is_a_bound() -> None:
    place = Place("x", "", ENDS, VC4_BPS, None)
    (row,) = rfc(Model(place=place)).throughput([1518])
    assert row["theory_fps"] is None and row["of_theory"] is None and row["fps"] == round(VC4_BPS / 8 / 1518, 1)


def test_frames_that_the_taps_do_not_take() -> None:
    VC4.check(1518)
    with pytest.raises(UsageError, match=r"--sizes: 1519 octets are more than the MTU of co:2/1 allows \(1500\)"):
        VC4.check(1519)
