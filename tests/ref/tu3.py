"""VC-3 <-> TU-3 in a TUG-3: pointer, justification, stuff (STANDARDS 4)."""

from __future__ import annotations

from collections.abc import Callable

from . import pointer, vc3
from .pointer import Event, Generator, Interpreter, Moves
from .stream import VcCollector, VcQueue
from .tug3 import COLUMNS, ROWS, SIZE

BEFORE_H3 = 2 * vc3.COLUMNS  # octets of the VC-3 in rows 1 and 2, which come before H3


def start_in_frame(value: int) -> int:
    """Octets of the VC-3 in this TUG-3 before its start: 0 is row 3 column 2, 595 is row 1 column 2."""
    return (BEFORE_H3 + value) % vc3.SIZE


def tug3_of(h1h2h3: bytes, octets: bytes) -> bytes:
    """A TUG-3: H1 H2 H3 in rows 1 to 3 of column 1, stuff in rows 4 to 9; the VC-3's octets right of them."""
    column_1 = h1h2h3 + bytes(ROWS - 3)
    width = COLUMNS - 1
    return b"".join(column_1[row : row + 1] + octets[row * width : (row + 1) * width] for row in range(ROWS))


AIS = tug3_of(b"\xff" * 3, b"\xff" * vc3.SIZE)  # all ones, the pointer too; the stuff of the TUG-3 stays


class Tu3Source:
    """VC-3s -> TUG-3 with a TU-3, one a frame."""

    def __init__(self, next_vc3: Callable[[], bytes], value: int = 0, moves: Moves | None = None) -> None:
        """`moves`: frame number -> pointer move. Before the first J1 of frame 0 lie zeros."""
        self._generator = Generator(value, pointer.TU3_OFFSETS, moves, pointer.SS_TU3)
        self._queue = VcQueue(next_vc3, lead=start_in_frame(value))

    def frame(self) -> bytes:
        """The 774 octets of the next TUG-3."""
        word, event = self._generator.next()
        take = self._queue.take
        octets = take(BEFORE_H3)
        if event is Event.NEW:
            self._queue.restart(self._generator.value)
        h3 = take(1) if event is Event.DECREMENT else b"\0"  # H3 carries data
        if event is Event.INCREMENT:
            octets += b"\0"  # the octet after H3 is stuff
        return tug3_of(word.to_bytes(2, "big") + h3, octets + take(vc3.SIZE - len(octets)))


class Tu3Sink:
    """TUG-3s -> VC-3s."""

    def __init__(self) -> None:
        self.pointer = Interpreter(pointer.TU3_OFFSETS, check_ss=False)
        self.collector = VcCollector(vc3.SIZE)

    def preset(self, tug3: bytes) -> None:
        """Begin in frame 0 of a file, whose pointer word is known."""
        if self.pointer.preset(word_of(tug3)) and self.pointer.value is not None:
            self.collector.start_in(start_in_frame(self.pointer.value))

    def feed(self, tug3: bytes, frame: int) -> None:
        """The 774 octets of a TUG-3."""
        assert len(tug3) == SIZE
        collector = self.collector
        collector.clock = frame
        rows = [tug3[row * COLUMNS : (row + 1) * COLUMNS] for row in range(ROWS)]
        collector.put(rows[0][1:] + rows[1][1:])
        rest = b"".join(row[1:] for row in rows[2:])
        event = self.pointer.feed(word_of(tug3))
        if event is Event.LOST:
            collector.stop()
        elif event is Event.NEW and self.pointer.value is not None:
            collector.start_in(self.pointer.value)
        elif event is Event.DECREMENT:
            rest = rows[2][:1] + rest
        elif event is Event.INCREMENT:
            rest = rest[1:]
        collector.put(rest)


def word_of(tug3: bytes) -> int:
    """H1H2, or what stands there instead."""
    return tug3[0] << 8 | tug3[COLUMNS]
