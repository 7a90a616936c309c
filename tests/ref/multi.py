"""STM-N with the content of each of its AU-4s and AU-4-Xcs (STANDARDS 1 and 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from . import stmn
from .au4 import is_concatenation
from .content import Content
from .parser import AuParser
from .section import Octets, SectionSink, SectionSource
from .tug import ALL_TUS, Tu


def first_au4s(n: int, widths: Sequence[int]) -> list[int]:
    """Number, from 1, of the first AU-4 of each AU-4-Xc: an AU-4-4c begins at 1, 5, 9 or 13."""
    if sum(widths) != n:
        raise ValueError(f"an STM-{n} holds {n} AU-4s, not {sum(widths)}")
    firsts = [1 + sum(widths[:i]) for i in range(len(widths))]
    for first, width in zip(firsts, widths, strict=True):
        if width not in (1, 4, 16) or (first - 1) % width:
            raise ValueError(f"no AU-4 of width {width} begins at {first}")
    return firsts


class MultiBuilder:
    """STM-N frames, numbered from 0. `frame()` gives the next one."""

    def __init__(
        self,
        n: int,
        contents: Sequence[Content],
        *,
        j0: str | bytes = "msapemu",
        s1: int = 0x0B,
        soh: Mapping[str, Callable[[int], int]] | None = None,
        ms_ais: Callable[[int], bool] | None = None,
        on_frame: Octets | None = None,
    ) -> None:
        """`contents`: of the AU-4s in their order, one of width X for X of them."""
        first_au4s(n, [content.width for content in contents])
        self.contents = list(contents)
        self.section = SectionSource(n, j0=j0, s1=s1, soh=soh, ms_ais=ms_ais, on_frame=on_frame)

    @property
    def number(self) -> int:
        """Of the next frame."""
        return self.section.number

    def frame(self) -> bytes:
        """The next frame as on the line: 2430N octets, scrambled."""
        shares = [(content.width, content.frame()) for content in self.contents]
        pointers = stmn.interleave([(width, row) for width, (row, _) in shares])
        payload = stmn.interleave([(width, octets) for width, (_, octets) in shares])
        return self.section.frame(pointers, payload)

    def frames(self, count: int) -> list[bytes]:
        """The next `count` frames."""
        return [self.frame() for _ in range(count)]

    def line(self, count: int) -> bytes:
        """The next `count` frames as one run of octets, as in a `.stm1` file (DESIGN 6.1)."""
        return b"".join(self.frames(count))


def widths_of(pointers: bytes) -> list[int]:
    """Widths of the AU-4s and AU-4-Xcs, as the concatenation indications in the 9N octets of row 4 say."""
    n = len(pointers) // 9
    widths: list[int] = []
    for h1, h2 in zip(pointers[:n], pointers[3 * n : 4 * n], strict=True):
        if is_concatenation(h1 << 8 | h2) and widths:
            widths[-1] += 1
        else:
            widths.append(1)
    return widths


class MultiParser:
    """Feed aligned frames; read `section`, and in `au` what the AU-4s carry, by number from 1."""

    def __init__(
        self,
        n: int,
        widths: Sequence[int] | None = None,
        *,
        whole_file: bool = False,
        tus: Sequence[Tu] = ALL_TUS,
    ) -> None:
        """`widths`: of the AU-4s in order; None: as the first frame says. `whole_file`, `tus`: as in `Parser`."""
        self.section = SectionSink(n)
        self.au: dict[int, AuParser] = {}
        self._n, self._whole_file, self._tus = n, whole_file, tus
        self._widths = list(widths or [])

    def feed(self, line: bytes) -> None:
        """One aligned frame of the line."""
        pointers, payload = self.section.feed(line)
        if not self.au:
            self._widths = self._widths or widths_of(pointers)
            for first, width in zip(first_au4s(self._n, self._widths), self._widths, strict=True):
                self.au[first] = AuParser(width, whole_file=self._whole_file, tus=self._tus)
        rows = stmn.deinterleave(pointers, self._widths)
        payloads = stmn.deinterleave(payload, self._widths)
        for parser, row, octets in zip(self.au.values(), rows, payloads, strict=True):
            parser.feed_au(row, octets)

    def feed_all(self, frames: Iterable[bytes]) -> MultiParser:
        """All the frames; returns the parser itself."""
        for frame in frames:
            self.feed(frame)
        return self
