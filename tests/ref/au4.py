"""VC-4 stream <-> AU-4 in the STM-N: pointer, justification, stuff (STANDARDS 2).

An AU-4-Xc is an AU-4 of `width` X: what is one octet of the pointer row or of the payload of an AU-4 is X
octets side by side, and only the first AU-4 has a pointer.
"""

from __future__ import annotations

from collections.abc import Callable

from . import pointer, stmn, vc4
from .pointer import Event, Generator, Interpreter, Moves
from .stream import VcCollector, VcQueue

UNIT = 3  # a pointer value counts three octets of an AU-4, 3X octets of an AU-4-Xc
BEFORE_POINTER = 3 * stmn.PAYLOAD_WIDTH  # payload octets of rows 1-3
CONCATENATION = 0b1001_00_1111111111  # 1001SS11 11111111, whatever SS
SS_BITS = 0b11 << 10


def start_in_frame(value: int, width: int = 1) -> int:
    """Payload index, row by row from row 1, of the VC-4 start: 522 is row 1 column 10."""
    return (BEFORE_POINTER + UNIT * value) % vc4.SIZE * width


def pointer_row(word: int, h3: bytes, width: int = 1) -> bytes:
    """Row 4 of the overhead: H1 Y Y H2 1* 1* H3 H3 H3, each X octets wide (STANDARDS 1).

    Y = 1001SS11 with the SS of the word. H1 and H2 of AU-4s 2 to X are the concatenation indication, whose
    octets are those of Y and 1* (STANDARDS 2).
    """
    y, one = bytes([0b10010011 | (word >> 10 & 0b11) << 2]), b"\xff"
    first_h1, first_h2 = bytes([word >> 8]), bytes([word & 0xFF])
    first = first_h1 + y * (width - 1) + y * width + y * width
    second = first_h2 + one * (width - 1) + one * width + one * width
    return first + second + h3


class Au4Source:
    """VC-4s -> pointer row and payload of each frame."""

    def __init__(
        self,
        next_vc4: Callable[[], bytes],
        value: int = 522,
        moves: Moves | None = None,
        ss: int = 0b10,
        width: int = 1,
    ) -> None:
        """`moves`: frame number -> pointer move. Before J1 of the first VC-4 lie zeros."""
        self.width = width
        self._generator = Generator(value, pointer.AU4_OFFSETS, moves, ss)
        self._queue = VcQueue(next_vc4, lead=start_in_frame(value, width))

    def frame(self) -> tuple[bytes, bytes]:
        """The 9X octets of row 4 and the 2349X payload octets."""
        take, after = self._queue.take, (vc4.SIZE - BEFORE_POINTER) * self.width
        unit = UNIT * self.width
        rows_1_to_3 = take(BEFORE_POINTER * self.width)
        word, event = self._generator.next()
        h3 = bytes(unit)
        if event is Event.NEW:
            self._queue.restart(unit * self._generator.value)
        if event is Event.DECREMENT:
            h3 = take(unit)  # H3 carries data
        stuff = bytes(unit) if event is Event.INCREMENT else b""  # the octets after H3
        rest = stuff + take(after - len(stuff))
        return pointer_row(word, h3, self.width), rows_1_to_3 + rest


class Au4Sink:
    """Pointer row and payload of each frame -> VC-4s."""

    def __init__(self, width: int = 1) -> None:
        self.width = width
        self.pointer = Interpreter(pointer.AU4_OFFSETS, check_ss=False)
        self.collector = VcCollector(vc4.SIZE * width)
        self.concatenation_errors = 0  # AU-4s 2 to X, in all frames, without the concatenation indication

    def words(self, pointers: bytes) -> list[int]:
        """H1H2 of each AU-4."""
        return [pointers[i] << 8 | pointers[3 * self.width + i] for i in range(self.width)]

    def preset(self, pointers: bytes) -> None:
        """Begin in frame 0 of a file, whose pointer word is known."""
        if self.pointer.preset(self.words(pointers)[0]) and self.pointer.value is not None:
            self.collector.start_in(start_in_frame(self.pointer.value, self.width))

    def feed(self, pointers: bytes, payload: bytes, frame: int) -> None:
        """The 9X octets of row 4 and the 2349X payload octets of a frame."""
        collector, unit = self.collector, UNIT * self.width
        first, *others = self.words(pointers)
        self.concatenation_errors += sum(not is_concatenation(word) for word in others)
        collector.clock = frame
        collector.put(payload[: BEFORE_POINTER * self.width])
        rest = payload[BEFORE_POINTER * self.width :]
        event = self.pointer.feed(first)
        if event is Event.LOST:
            collector.stop()
        elif event is Event.NEW and self.pointer.value is not None:
            collector.start_in(unit * self.pointer.value)
        elif event is Event.DECREMENT:
            rest = pointers[2 * unit :] + rest
        elif event is Event.INCREMENT:
            rest = rest[unit:]
        collector.put(rest)


def is_concatenation(word: int) -> bool:
    """True for the concatenation indication, with any SS (STANDARDS 2)."""
    return word | SS_BITS == CONCATENATION | SS_BITS
