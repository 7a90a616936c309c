"""One trial: frames of one size at one rate, both ways at once or one, and what came of them."""

from __future__ import annotations

import ctypes
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from msapemu.bench.link.packets import MOST_STREAMS, Receiver, Sender, cuts_up
from msapemu.bench.link.place import End
from msapemu.lab.kernel.netlink import refusals

PR_SET_TIMERSLACK = 29
PAUSE_S = (0.0003, 0.0013)  # between two looks, at random: never in step with the shelves' ticks
BURST_S = 0.010  # frames that are late are sent together up to this; a port queues 20 ms, and its TAP 250 ms
QUIET_S = 0.35  # nothing has come for so long: the rest is lost
LEAST_SLOTS, MOST_SLOTS = 1 << 15, 1 << 18
RING_S = 0.5  # of frames, in a receiver's ring
NOT_CAME = -1
UNIT_NS = 100  # of the times that are kept
KEPT_UP = 0.999  # of the rate that was asked for, or the generator did not

Watch = Callable[[], Mapping[str, tuple[int, int]]]  # by name: CPU time used, and when, ns

DIRECTIONS = {"both": (0, 1), "a-z": (0,), "z-a": (1,)}  # the ends that send
NAMES = ("a-z", "z-a")


@dataclass(frozen=True)
class Way:
    """One direction of a trial. `sent`: offered to the TAP; `unseen`: had no room in the receiver's ring, so nothing
    is known of them; `times`: that each took, in the order of sending, in units of UNIT_NS, NOT_CAME of others."""

    name: str
    sent: int
    offered_fps: float
    repeated: int
    unseen: int
    times: npt.NDArray[np.int32]

    @property
    def came(self) -> npt.NDArray[np.int32]:
        """The times of those that came."""
        return np.extract(self.times != NOT_CAME, self.times)

    @property
    def lost(self) -> int:
        """By the link: not those that the generator itself did not see."""
        return max(0, self.sent - len(self.came) - self.unseen)

    @property
    def queued(self) -> float:
        """The share of what was offered that was not carried but stood in queues: by how much longer frames take at
        the end than at the beginning, by the medians of the first and the last fifth."""
        fifth = len(self.times) // 5
        first, last = (some[some != NOT_CAME] for some in (self.times[:fifth], self.times[-fifth:]))
        if not len(first) or not len(last):
            return 0.0
        more = float(np.median(last) - np.median(first)) * UNIT_NS / 1e9
        growth = max(0.0, more / (0.8 * self.sent / self.offered_fps))
        return growth / (1 + growth)


@dataclass(frozen=True)
class Outcome:
    """A trial. `cpu`: shares of a core of those that carry it; `generator`: of the generator; `idle`: what nobody used
    of all cores."""

    size: int
    asked_fps: float
    ways: tuple[Way, ...]
    cpu: Mapping[str, float]
    generator: float
    idle: float

    @property
    def sent(self) -> int:
        return sum(way.sent for way in self.ways)

    @property
    def lost(self) -> int:
        return sum(way.lost for way in self.ways)

    @property
    def queued(self) -> float:
        """Of the direction in which it is more."""
        return max(way.queued for way in self.ways)

    @property
    def offered_fps(self) -> float:
        """Of the slower direction."""
        return min(way.offered_fps for way in self.ways)

    @property
    def kept_up(self) -> bool:
        """The generator sent what it was asked for, and saw all that came."""
        asked = self.offered_fps >= KEPT_UP * self.asked_fps
        return asked and not any(way.unseen for way in self.ways)

    @property
    def latency_us(self) -> dict[str, float]:
        """Quantiles of both ways together."""
        times = np.concatenate([way.came for way in self.ways])
        if not len(times):
            return {}
        p50, p99, p999, most = (float(x) * UNIT_NS / 1000 for x in np.percentile(times, [50, 99, 99.9, 100]))
        return {"p50": p50, "p99": p99, "p99.9": p999, "max": most}


class _Run:
    """A direction while it runs."""

    def __init__(self, sender: Sender, receiver: Receiver, total: int, fps: float) -> None:
        self.sender, self.receiver, self.total, self.fps = sender, receiver, total, fps
        self.times = np.full(total, NOT_CAME, np.int32)
        self.came = 0
        self.slipped_s = 0.0

    def send_due(self, elapsed_s: float) -> None:
        """What is due by now. What is late by more than a burst makes the whole rest later."""
        due = min(self.total, int((elapsed_s - self.slipped_s) * self.fps) + 1) - self.sender.sent
        burst = max(1, int(BURST_S * self.fps))
        if due > burst:
            self.slipped_s += (due - burst) / self.fps
            due = burst
        if due > 0:
            self.sender.send(due)

    def take(self, stream: int, size: int) -> bool:
        """Whether anything came."""
        numbers, times = self.receiver.take(stream, size)
        known = numbers < self.total
        if not known.all():
            numbers, times = numbers[known], times[known]
        self.times[numbers] = np.maximum(times, 0) // UNIT_NS
        self.came += len(numbers)
        return len(numbers) > 0

    @property
    def done(self) -> bool:
        return self.sender.sent >= self.total

    def way(self, name: str) -> Way:
        came = int(np.count_nonzero(self.times != NOT_CAME))
        seconds = self.total / self.fps
        offered = self.fps * seconds / (seconds + self.slipped_s)
        unseen = min(self.receiver.dropped(), self.total - came)
        return Way(name, self.sender.sent, offered, self.came - came, unseen, self.times)


class Generator:
    """Sends and receives at the two ends of a circuit; `watch` tells what it costs those that carry it."""

    def __init__(
        self,
        senders: Sequence[Sender],
        receivers: Sequence[Receiver],
        watch: Watch,
        seed: int = 1,
    ) -> None:
        self.senders, self.receivers, self.watch = senders, receivers, watch
        self.chance = random.Random(seed)
        self.stream = self.chance.randrange(MOST_STREAMS)

    def trial(self, size: int, fps: float, seconds: float, direction: str = "both") -> Outcome:
        """Frames of `size` octets at `fps` each way for so long, and then until no more come."""
        return self._run(size, fps, max(1, round(fps * seconds)), direction, self._paced)

    def burst(self, size: int, frames: int, fps: float, direction: str = "both") -> Outcome:
        """So many frames as fast as they go. `fps`: what the link carries, to tell the time that this is."""
        return self._run(size, fps, frames, direction, self._at_once)

    def _run(
        self,
        size: int,
        fps: float,
        total: int,
        direction: str,
        send: Callable[[Sequence[_Run], int, int], None],
    ) -> Outcome:
        self.stream = (self.stream + 1) % MOST_STREAMS
        runs = []
        for end in DIRECTIONS[direction]:
            sender, receiver = self.senders[end], self.receivers[1 - end]
            sender.prepare(size, self.stream)
            receiver.take(self.stream, size)
            receiver.dropped()
            runs.append(_Run(sender, receiver, total, fps))
        before, busy = self.watch(), _Busy()
        send(runs, self.stream, size)
        after = self.watch()
        generator, idle = busy.shares()
        self._wait(runs, self.stream, size)
        ways = tuple(run.way(NAMES[end]) for run, end in zip(runs, DIRECTIONS[direction], strict=True))
        cpu = {shelf: _share(before[shelf], after[shelf]) for shelf in after}
        return Outcome(size, fps, ways, cpu, generator, idle)

    def _paced(self, runs: Sequence[_Run], stream: int, size: int) -> None:
        start = time.perf_counter()
        while True:
            for run in runs:
                run.send_due(time.perf_counter() - start)
            for run in runs:
                run.take(stream, size)
            if all(run.done for run in runs):
                return
            time.sleep(self.chance.uniform(*PAUSE_S))

    def _at_once(self, runs: Sequence[_Run], stream: int, size: int) -> None:
        for run in runs:
            run.sender.send(run.total)

    def _wait(self, runs: Sequence[_Run], stream: int, size: int) -> None:
        last = time.perf_counter()
        while any(run.came < run.total for run in runs):
            if any([run.take(stream, size) for run in runs]):
                last = time.perf_counter()
            elif time.perf_counter() - last > QUIET_S:
                return
            time.sleep(PAUSE_S[1])


@contextmanager
def generator(ends: Sequence[End], most_fps: float, watch: Watch, whole: bool = False) -> Iterator[Generator]:
    """At these two ends, for up to so many frames a second; nothing of it is left after the block. `whole`: frames are
    sent one by one, as to an interface that passes on packets which are to be cut up. CapabilityError, MsapemuError."""
    slots = min(MOST_SLOTS, max(LEAST_SLOTS, int(RING_S * most_fps)))
    with ExitStack() as stack:
        stack.enter_context(_on_time())
        senders, receivers = [], []
        for way, end in enumerate(ends):
            with refusals(f"{end}: {end.interface}"):
                alone = whole or not cuts_up(end.interface, end.netns)
                senders.append(Sender(end.interface, end.netns, way, alone))
                stack.callback(senders[-1].close)
                receivers.append(Receiver(end.interface, end.netns, way, slots))
                stack.callback(receivers[-1].close)
        with refusals(f"{ends[0]}, {ends[1]}"):
            yield Generator(senders, receivers, watch)


@contextmanager
def _on_time() -> Iterator[None]:
    """This thread goes before whatever else the machine does, but for shelves that do so too."""
    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)
    policy, parameter = os.sched_getscheduler(0), os.sched_getparam(0)
    with suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(os.sched_get_priority_min(os.SCHED_FIFO)))
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameter)
        ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 0, 0, 0, 0)


def _share(before: tuple[int, int], after: tuple[int, int]) -> float:
    return (after[0] - before[0]) / max(1, after[1] - before[1])


class _Busy:
    """Since it was made: this process's share of a core, and the part of all cores that was idle."""

    def __init__(self) -> None:
        self.start, self.process, self.ticks = time.perf_counter(), time.process_time(), self._ticks()

    @staticmethod
    def _ticks() -> list[int]:
        return [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]

    def shares(self) -> tuple[float, float]:
        seconds = max(1e-9, time.perf_counter() - self.start)
        ticks = [now - then for now, then in zip(self._ticks(), self.ticks, strict=True)]
        idle = (ticks[3] + ticks[4]) / max(1, sum(ticks))  # idle, iowait
        return (time.process_time() - self.process) / seconds, idle
