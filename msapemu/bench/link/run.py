"""`msapemu bench link`: from a lab's name to the tables of RFC 2544."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from msapemu.bench.link.packets import LARGEST, SMALLEST
from msapemu.bench.link.place import Place, find
from msapemu.bench.link.rfc2544 import LOSS_LOADS, Rfc2544, Row, Settings, Tell
from msapemu.bench.link.trial import generator
from msapemu.ctl.errors import UsageError
from msapemu.lab.inspect import snapshots
from msapemu.lab.interrupts import interrupts
from msapemu.lab.record import Record, locked
from msapemu.lab.vcg.running import running

TESTS = ("throughput", "latency", "loss", "back-to-back")


def loops(record: Record) -> dict[str, tuple[int, int]]:
    """CPU time of the data planes of a lab's shelves, and when, ns."""
    return {shelf: (now.loop["cpu_ns"], now.mono_ns) for shelf, now in snapshots(record).items()}


@dataclass(frozen=True)
class Report:
    """The tables by test, and where."""

    place: Place
    settings: Settings
    tables: dict[str, list[Row]]

    def about(self) -> Row:
        a, z = map(str, self.place.ends)
        return {
            "circuit": self.place.name,
            "a": a,
            "z": z,
            "via": self.place.via,
            "capacity_mbps": round(self.place.capacity_bps / 1e6, 3),
            "overhead_octets": self.place.overhead,
            "direction": self.settings.direction,
            "trial_seconds": self.settings.seconds,
        }


def measure(
    lab: str,
    circuit: str | None,
    sizes: Sequence[int],
    tests: Sequence[str],
    loads: Sequence[float],
    settings: Settings,
    tell: Tell,
) -> Report:
    """The tests on a circuit of a deployed lab. UsageError, CapabilityError, MsapemuError; whatever happens, nothing
    is left in the lab."""
    for size in sizes:
        if not SMALLEST <= size <= LARGEST:
            raise UsageError(f"--sizes: {size} is not {SMALLEST}..{LARGEST} octets (with FCS)")
    for test in tests:
        if test not in TESTS:
            raise UsageError(f"--tests: {test!r} is none of {', '.join(TESTS)}")
    if not all(0 < load <= 1 for load in loads):
        raise UsageError("--loads: percentages of theory are more than 0 and at most 100")
    with interrupts.taken(), running(lab) as shelves, locked(lab):
        place = find(shelves, circuit)
        for size in sizes:
            place.check(size)
        most = max(LOSS_LOADS) * place.frames_per_second(min(sizes))
        with generator(place.ends, most, lambda: loops(shelves.record)) as made:
            rfc = Rfc2544(place, made, settings, tell)
            makers: dict[str, Callable[[], Iterable[Row]]] = {
                "throughput": lambda: rfc.throughput(sizes),
                "latency": lambda: rfc.latency(sizes, loads),
                "loss": lambda: rfc.loss(sizes),
                "back-to-back": lambda: rfc.back_to_back(sizes),
            }
            tables = {name.replace("-", "_"): list(makers[name]()) for name in TESTS if name in tests}
    return Report(place, settings, tables)
