"""What stands in a VC-4 of three TUG-3s: TU-3s and TU-12s in any mixture (STANDARDS 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import paths, tu3, tug, tug3
from .paths import NextVc
from .pointer import Moves
from .tu3 import Tu3Source
from .tug import Part, Tu, Tu12Source

Ais = Callable[[Part, int], bool]  # (TU, number of the VC-4) -> all ones there?


class Tugs:
    """VC-3s and VC-12s -> payload of VC-4s, numbered from 0; number 0 holds V1."""

    def __init__(
        self,
        sources: Mapping[Part, NextVc],
        *,
        pointers: Mapping[Part, int] | int = 0,
        moves: Mapping[Part, Moves] | None = None,
        ais: Ais | None = None,
    ) -> None:
        """
        sources   of VC-12 K.L.M and of VC-3 K, whose TUG-3 then is a TU-3; all other VC-12s are unequipped
        pointers  one value for all TUs, or by TU (others 0)
        moves     TU -> frame (TU-3) or TU multiframe (TU-12) -> pointer move
        """

        def start(part: Part) -> int:
            return pointers.get(part, 0) if isinstance(pointers, Mapping) else pointers

        moves = moves or {}
        self._ais = ais
        self._number = 0
        self._tu3 = {
            k: Tu3Source(source, start(k), moves.get(k)) for k, source in sources.items() if isinstance(k, int)
        }
        for part in sources:
            if not isinstance(part, int) and part[0] in self._tu3:
                raise ValueError(f"TUG-3 number {part[0]} holds a TU-3 and TU-12s")
        self._tu12 = {
            tu: Tu12Source(sources.get(tu, paths.unequipped12), start(tu), moves.get(tu))
            for tu in tug.ALL_TUS
            if tu[0] not in self._tu3
        }
        self._quarters: list[dict[Tu, bytes]] = []

    def payload(self) -> bytes:
        """The 2340 payload octets of the next VC-4."""
        if not self._quarters:
            multiframes = {tu: source.multiframe() for tu, source in self._tu12.items()}
            self._quarters = [{tu: quarters[q] for tu, quarters in multiframes.items()} for q in range(4)]
        quarters = self._quarters.pop(0)
        for tu in quarters:
            if self._ais and self._ais(tu, self._number):
                quarters[tu] = tug.AIS
        tug3s = [self._tug3(k, quarters) for k in (1, 2, 3)]
        self._number += 1
        return tug3.payload_of(tug3s)

    def _tug3(self, k: int, quarters: Mapping[Tu, bytes]) -> bytes:
        if k not in self._tu3:
            return tug3.of_tu12s(tug.quarters_in(k, quarters))
        octets = self._tu3[k].frame()
        return tu3.AIS if self._ais and self._ais(k, self._number) else octets
