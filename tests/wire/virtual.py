"""Shelves in virtual time: every line's frames are given to the parser when the clocks say so, and to nothing else."""

from __future__ import annotations

from collections.abc import Callable

from msapemu._framing import Line

MARGIN = 3  # frames that a shelf has in hand beyond what is due


class Feed:
    """A fibre between two shelves: `source` is built in a clock `ratio` times as fast as that of the shelf which
    `sink` stands in."""

    def __init__(self, source: Line, sink: Line, ratio: float = 1.0) -> None:
        self.source, self.sink, self.ratio = source, sink, ratio
        self.given = 0

    def advance(self, now: int, frames: int, before: Callable[[int], None] | None = None) -> None:
        """Have what is due while the shelf's frames `now` .. `now + frames` are built. `before` is told how many
        frames of `source` will be built in all."""
        due = int((now + frames) * self.ratio) + MARGIN
        if before is not None:
            before(due)
        octets = self.source.build(due - self.given)
        self.given = due
        self.sink.parse(octets)
        self.sink.pace(due - now * self.ratio, self.ratio)


def ratio(ppm_of_source: float, ppm_of_sink: float) -> float:
    """Frames of one clock in a frame of another."""
    return (1 + ppm_of_source * 1e-6) / (1 + ppm_of_sink * 1e-6)
