"""TU-12s in a VC-4: columns, the H4 multiframe, V1..V4 (STANDARDS 3 and 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import pointer, tug3, vc12
from .pointer import Event, Generator, Interpreter, Moves
from .stream import VcCollector, VcQueue
from .vc4 import COLUMNS, PAYLOAD, ROWS

Tu = tuple[int, int, int]  # K.L.M: TUG-3, TUG-2, TU-12
Part = Tu | int  # a TU-12 or, as K, the TU-3 in a TUG-3

ALL_TUS: list[Tu] = [(k, ell, m) for k in (1, 2, 3) for ell in range(1, 8) for m in (1, 2, 3)]
QUARTER = 36  # octets of a TU-12 in one VC-4; the first is V1, V2, V3 or V4
AIS = b"\xff" * QUARTER  # V1..V4 too


def columns(tu: Tu) -> list[int]:
    """The four VC-4 columns, counted from 1, of TU-12 (K,L,M)."""
    k, ell, m = tu
    return [10 + (k - 1) + 3 * (ell - 1) + 21 * (m - 1) + 63 * (x - 1) for x in (1, 2, 3, 4)]


def h4_of(quarter: int) -> int:
    """H4 of the VC-4 that holds V1 (quarter 0) .. V4: 111111TT, naming the *next* VC-4 (STANDARDS 0)."""
    return 0b11111100 | (quarter + 1) % 4


def quarter_of(h4: int) -> int:
    """Which of V1..V4 (0..3) the VC-4 with this H4 holds."""
    return ((h4 & 0b11) - 1) % 4


# The payload of a VC-4 leaves out its column 1: VC-4 column c is payload column c - 2, counted from 0.
_WIDTH = COLUMNS - 1
_SLICES: dict[Tu, list[slice]] = {tu: [slice(c - 2, PAYLOAD, _WIDTH) for c in columns(tu)] for tu in ALL_TUS}


def frame_payload(quarters: dict[Tu, bytes]) -> bytes:
    """The 2340 payload octets of a VC-4 of TUG-3s of TU-12s."""
    return tug3.payload_of([tug3.of_tu12s(quarters_in(k, quarters)) for k in (1, 2, 3)])


def quarters_in(k: int, quarters: Mapping[Tu, bytes]) -> dict[tug3.Tu12, bytes]:
    """The quarters of the TU-12s of TUG-3 number K, by L.M."""
    return {(ell, m): octets for (of, ell, m), octets in quarters.items() if of == k}


def quarter_from(payload: bytes, tu: Tu) -> bytes:
    """The 36 octets of one TU-12 in the payload of a VC-4."""
    octets = bytearray(4 * ROWS)
    for x, where in enumerate(_SLICES[tu]):
        octets[x::4] = payload[where]
    return bytes(octets)


class Tu12Source:
    """VC-12s -> TU-12, 144 octets a multiframe."""

    def __init__(self, next_vc12: Callable[[], bytes], value: int = 0, moves: Moves | None = None) -> None:
        """`moves`: TU multiframe number -> pointer move. Before the first V5 of multiframe 0 lie zeros."""
        self._generator = Generator(value, pointer.TU12_OFFSETS, moves, pointer.SS_TU12)
        # Offset 105 is the octet after V1, offset 0 that after V2, 35 octets on.
        self._queue = VcQueue(next_vc12, lead=(value + 35) % vc12.SIZE)

    def multiframe(self) -> list[bytes]:
        """The four quarters of the next multiframe."""
        word, event = self._generator.next()
        v1, v2 = word.to_bytes(2, "big")
        take = self._queue.take
        first = bytes([v1]) + take(35)
        if event is Event.NEW:
            self._queue.restart(self._generator.value)
        second = bytes([v2]) + take(35)
        if event is Event.DECREMENT:
            third = take(36)  # V3 carries data
        elif event is Event.INCREMENT:
            third = b"\0\0" + take(34)  # the octet after V3 is stuff
        else:
            third = b"\0" + take(35)
        return [first, second, third, b"\0" + take(35)]


class Tu12Sink:
    """TU-12 quarters -> VC-12s."""

    def __init__(self) -> None:
        self.pointer = Interpreter(pointer.TU12_OFFSETS, check_ss=True)
        self.collector = VcCollector(vc12.SIZE)
        self._v1 = 0
        self._event = Event.NONE

    def preset(self, v1v2: int) -> None:
        """Begin in multiframe 0 of a file, whose pointer word is known."""
        if self.pointer.preset(v1v2) and self.pointer.value is not None:
            self.collector.start_in((self.pointer.value + 35) % vc12.SIZE)

    def feed(self, quarter: int, octets: bytes, multiframe: int) -> None:
        """The 36 octets of quarter 0 (V1) .. 3 (V4)."""
        self.collector.clock = multiframe
        head, rest = octets[0], octets[1:]
        if quarter == 0:
            self._v1 = head
        elif quarter == 1:
            self._event = self.pointer.feed(self._v1 << 8 | head)
            if self._event is Event.LOST:
                self.collector.stop()
            elif self._event is Event.NEW and self.pointer.value is not None:
                self.collector.start_in(self.pointer.value)
        elif quarter == 2:
            if self._event is Event.DECREMENT:
                rest = octets
            elif self._event is Event.INCREMENT:
                rest = rest[1:]
        self.collector.put(rest)
