"""The tests of RFC 2544 (26.1 to 26.4) on one circuit: throughput, latency, frame loss, back-to-back frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from msapemu.bench.link.place import Place
from msapemu.bench.link.trial import Generator, Outcome

SIZES = (64, 128, 256, 512, 1024, 1280, 1518)  # RFC 2544 9.1
LOADS = (0.1, 0.5, 0.9)  # at which latency is measured, beside the throughput
LOSS_LOADS = tuple(load / 100 for load in range(120, 0, -10))  # RFC 2544 26.3, from what is too much
FIRST_TRY = 0.99
BURST_SHARE = 0.02  # to which the longest burst is found
LONGEST_BURST_S = 2.0

Tell = Callable[[str], None]
Value = str | int | float | None
Row = dict[str, Value]


@dataclass(frozen=True)
class Settings:
    """seconds: of a trial; resolution: of the throughput, a share of theory; tries: a load, before loss counts."""

    seconds: float = 2.0
    resolution: float = 0.002
    tries: int = 2
    direction: str = "both"


@dataclass(frozen=True)
class Found:
    """The throughput: the highest load without loss, 0 if there was none; `outcome`: of the last trial at it, or at
    all. `generator`: the generator could not send more, or not see."""

    load: float
    outcome: Outcome
    generator: bool
    trials: int


class Rfc2544:
    """The tests, on one circuit. Rates are those of each direction."""

    def __init__(self, place: Place, generator: Generator, settings: Settings, tell: Tell) -> None:
        self.place, self.generator, self.settings, self.tell = place, generator, settings, tell
        self.found: dict[int, Found] = {}

    def _trial(self, size: int, load: float) -> Outcome:
        fps = load * self.place.frames_per_second(size)
        return self.generator.trial(size, fps, self.settings.seconds, self.settings.direction)

    def throughput(self, sizes: Sequence[int]) -> Iterator[Row]:
        """26.1: the highest rate at which no frame is lost, and none waits for longer and longer."""
        for size in sizes:
            found = self.found[size] = self._search(size)
            theory = self.place.frames_per_second(size)
            fps = found.load * theory
            known = self.place.overhead is not None
            row: Row = {
                "size": size,
                "theory_fps": round(theory, 1) if known else None,
                "fps": round(fps, 1),
                "mbps": round(fps * 8 * size / 1e6, 3),
                "of_theory": round(found.load, 4) if known else None,
                "limit": "generator" if found.generator else "none" if found.load == 1 else "link",
                "trials": found.trials,
            }
            yield row | _cpu(found.outcome)

    def _search(self, size: int) -> Found:
        """All that theory allows is tried first, then FIRST_TRY, then halves of what is left."""
        low, high, load, trials, generator = 0.0, 1.0, 1.0, 0, False
        best: Outcome | None = None
        while high - low > self.settings.resolution:
            self.tell(f"throughput, {size} octets: {load:.1%}")
            for _ in range(self.settings.tries):
                outcome = self._trial(size, load)
                trials += 1
                carried = not outcome.lost and outcome.queued <= self.settings.resolution
                if outcome.kept_up and carried:
                    break
            if carried:
                low, best, generator = load, outcome, not outcome.kept_up
                if generator:  # the link could do more, for all we know
                    low = min(load, outcome.offered_fps / self.place.frames_per_second(size))
                    break
            else:
                high = load
            load = FIRST_TRY if load == 1.0 else (low + high) / 2
        return Found(low, best or outcome, generator, trials)

    def latency(self, sizes: Sequence[int], loads: Sequence[float] = LOADS) -> Iterator[Row]:
        """26.2: of every frame of a trial, at some loads and at the throughput."""
        for size in sizes:
            if size not in self.found:
                self.found[size] = self._search(size)
            most = self.found[size].load
            for load in [load for load in sorted(loads) if load < most] + [most] * (most > 0):
                self.tell(f"latency, {size} octets: {load:.1%}")
                outcome = self._trial(size, load)
                quantiles = outcome.latency_us
                row: Row = {"size": size, "load": round(load, 4), "fps": round(outcome.offered_fps, 1)}
                for name in ("p50", "p99", "p99.9", "max"):
                    row[f"{name}_us"] = round(quantiles[name], 1) if quantiles else None
                yield row | {"lost": outcome.lost, "limit": _kept(outcome)} | _cpu(outcome)

    def loss(self, sizes: Sequence[int]) -> Iterator[Row]:
        """26.3: from more than the link carries downwards, until two rates in a row lose nothing."""
        for size in sizes:
            good = 0
            for load in LOSS_LOADS:
                self.tell(f"frame loss, {size} octets: {load:.0%}")
                outcome = self._trial(size, load)
                offered = outcome.offered_fps / self.place.frames_per_second(size)
                row: Row = {
                    "size": size,
                    "load": load,
                    "offered": round(offered, 4),
                    "fps": round(outcome.offered_fps, 1),
                    "sent": outcome.sent,
                    "lost": outcome.lost,
                    "loss": round(outcome.lost / max(1, outcome.sent), 6),
                    "queued": round(outcome.queued, 6),
                    "theory": round(max(0.0, 1 - 1 / offered), 6) if self.place.overhead is not None else None,
                    "limit": _kept(outcome, self.settings.resolution),
                }
                yield row | _cpu(outcome)
                good = 0 if outcome.lost or not outcome.kept_up else good + 1
                if good == 2:
                    break

    def back_to_back(self, sizes: Sequence[int]) -> Iterator[Row]:
        """26.4: the longest burst, as fast as the generator sends, of which nothing is lost."""
        for size in sizes:
            theory = self.place.frames_per_second(size)
            most = int(LONGEST_BURST_S * theory)
            low, high, frames, limit = 0, most + 1, max(1, int(0.1 * theory)), "none"
            while high - low > max(1, BURST_SHARE * low):
                self.tell(f"back-to-back, {size} octets: {frames}")
                outcome = self.generator.burst(size, frames, theory, self.settings.direction)
                if outcome.lost:
                    high, limit = frames, "link"
                elif outcome.kept_up:
                    low = frames
                else:
                    limit = "generator"
                    break
                frames = min(most, 2 * low) if high > most else (low + high) // 2
            yield {"size": size, "frames": low, "ms": round(1000 * low / theory, 2), "limit": limit}


def _cpu(outcome: Outcome) -> Row:
    row: Row = {f"cpu_{name}": round(share, 3) for name, share in outcome.cpu.items()}
    return row | {"cpu_generator": round(outcome.generator, 3), "idle": round(outcome.idle, 3)}


def _kept(outcome: Outcome, queued: float = 1.0) -> str:
    """Who gave out; the link also when more than that share stood in queues."""
    if not outcome.kept_up:
        return "generator"
    return "link" if outcome.lost or outcome.queued > queued else "none"
