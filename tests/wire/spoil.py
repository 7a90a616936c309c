"""Lines of the second implementation with octets replaced at places of its own reckoning.

The lines carry GFP idles in a VC-4 or in one VC-12, pointers 522 and 0. So VC-4 n stands in frame n, and VC-12 n begins
behind V2 of TU multiframe n. Parities are not put right: what is spoilt is wrong, and counted as errored too.
"""

from __future__ import annotations

from tests.ref import stm1, tug, vc4
from tests.ref.line import Builder
from tests.ref.tug import Tu

MEMBER: Tu = (2, 3, 1)
Change = tuple[int, int, int]  # frame, offset in it, octet


_vc4_builder = Builder()
_vc4_frames: list[bytes] = []
VC4_MOST = 480  # from then on 16 frames are repeated, with a few errored parities where they begin again
_tug_builder = Builder(mapping="vc12", members=[MEMBER])
_tug_frames: list[bytes] = []


def idle_line(members: tuple[Tu, ...], count: int) -> list[bytes]:
    """`count` frames without a fault; members: () or (MEMBER,)."""
    if not members:
        if len(_vc4_frames) < min(count, VC4_MOST):
            _vc4_frames.extend(_vc4_builder.frames(min(count, VC4_MOST) - len(_vc4_frames)))
        return (_vc4_frames + _vc4_frames[VC4_MOST - 16 :] * (count // 16))[:count]
    assert members == (MEMBER,)
    if len(_tug_frames) < count:
        _tug_frames.extend(_tug_builder.frames(count - len(_tug_frames)))
    return _tug_frames[:count]


def with_changes(frames: list[bytes], changes: list[Change]) -> list[bytes]:
    """The frames with those octets put in before scrambling."""
    frames = list(frames)
    by_frame: dict[int, list[Change]] = {}
    for change in changes:
        by_frame.setdefault(change[0], []).append(change)
    for number, of_frame in by_frame.items():
        if number < len(frames):
            plain = bytearray(stm1.scramble(frames[number]))
            for _, at, octet in of_frame:
                plain[at] = octet
            frames[number] = stm1.scramble(bytes(plain))
    return frames


def soh(frame: int, name: str, octet: int) -> Change:
    return (frame, stm1.index(*stm1.PLACES[name]), octet)


def au_pointer(frame: int, word: int) -> list[Change]:
    return [(frame, stm1.index(4, 1), word >> 8), (frame, stm1.index(4, 4), word & 0xFF)]


def _in_vc4(number: int, index: int, octet: int) -> Change:
    row, column = divmod(index, vc4.COLUMNS)
    return (number, stm1.index(row + 1, column + 10), octet)


def poh4(number: int, name: str, octet: int) -> Change:
    """An octet of the path overhead of VC-4 `number`."""
    return _in_vc4(number, vc4.place(name), octet)


def payload4(number: int, index: int, octet: int) -> Change:
    """Octet `index` of the container of VC-4 `number`."""
    row, column = divmod(index, vc4.COLUMNS - 1)
    return _in_vc4(number, row * vc4.COLUMNS + 1 + column, octet)


def _in_tu(multiframe: int, quarter: int, place: int, octet: int) -> Change:
    """Octet 0..35 of a quarter of MEMBER's TU-12."""
    row, x = divmod(place, 4)
    return _in_vc4(4 * multiframe + quarter, row * vc4.COLUMNS + tug.columns(MEMBER)[x] - 1, octet)


def tu_pointer(multiframe: int, word: int) -> list[Change]:
    return [_in_tu(multiframe, 0, 0, word >> 8), _in_tu(multiframe, 1, 0, word & 0xFF)]


def poh12(number: int, name: str, octet: int) -> Change:
    """V5, J2, N2 or K4 of MEMBER's VC-12 `number`: the octets behind V2, V3, V4 and the next V1."""
    quarter = 1 + ("V5", "J2", "N2", "K4").index(name)
    return _in_tu(number + quarter // 4, quarter % 4, 1, octet)
