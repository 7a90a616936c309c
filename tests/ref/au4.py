"""VC-4 stream <-> AU-4 in the STM-1: pointer, justification, stuff (STANDARDS 2)."""

from __future__ import annotations

from collections.abc import Callable

from . import pointer, stm1, vc4
from .pointer import Event, Generator, Interpreter, Moves
from .stream import VcCollector, VcQueue

UNIT = 3  # a pointer value counts three octets
BEFORE_POINTER = 3 * stm1.PAYLOAD_WIDTH  # payload octets of rows 1-3


def start_in_frame(value: int) -> int:
    """Payload index, row by row from row 1, of the VC-4 start: 522 is row 1 column 10."""
    return (BEFORE_POINTER + UNIT * value) % vc4.SIZE


class Au4Source:
    """VC-4s -> pointer row and payload of each frame."""

    def __init__(
        self, next_vc4: Callable[[], bytes], value: int = 522, moves: Moves | None = None, ss: int = 0b10
    ) -> None:
        """`moves`: frame number -> pointer move. Before J1 of the first VC-4 lie zeros."""
        self._generator = Generator(value, pointer.AU4_OFFSETS, moves, ss)
        self._queue = VcQueue(next_vc4, lead=start_in_frame(value))

    def frame(self) -> tuple[bytes, bytes]:
        """Row 4 columns 1-9, and the 2349 payload octets."""
        take, after = self._queue.take, vc4.SIZE - BEFORE_POINTER
        rows_1_to_3 = take(BEFORE_POINTER)
        word, event = self._generator.next()
        h3 = bytes(3)
        if event is Event.NEW:
            self._queue.restart(UNIT * self._generator.value)
        if event is Event.DECREMENT:
            h3 = take(3)  # H3 carries data
        stuff = bytes(3) if event is Event.INCREMENT else b""  # the three octets after H3
        rest = stuff + take(after - len(stuff))
        return stm1.pointer_row(word, h3), rows_1_to_3 + rest


class Au4Sink:
    """Pointer row and payload of each frame -> VC-4s."""

    def __init__(self) -> None:
        self.pointer = Interpreter(pointer.AU4_OFFSETS, check_ss=False)
        self.collector = VcCollector(vc4.SIZE)

    def preset(self, h1h2: int) -> None:
        """Begin in frame 0 of a file, whose pointer word is known."""
        if self.pointer.preset(h1h2) and self.pointer.value is not None:
            self.collector.start_in(start_in_frame(self.pointer.value))

    def feed(self, pointers: bytes, payload: bytes, frame: int) -> None:
        """Row 4 columns 1-9 and the 2349 payload octets of a frame."""
        collector = self.collector
        collector.clock = frame
        collector.put(payload[:BEFORE_POINTER])
        rest = payload[BEFORE_POINTER:]
        event = self.pointer.feed(pointers[0] << 8 | pointers[3])
        if event is Event.LOST:
            collector.stop()
        elif event is Event.NEW and self.pointer.value is not None:
            collector.start_in(UNIT * self.pointer.value)
        elif event is Event.DECREMENT:
            rest = pointers[6:9] + rest
        elif event is Event.INCREMENT:
            rest = rest[3:]
        collector.put(rest)
