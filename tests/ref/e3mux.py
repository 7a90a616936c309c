"""The multiplex of G.751: four signals of G.742 in 34 368 kbit/s, the same scheme with sets of 384 bits (STANDARDS 0);
and 16 E1s through both.
"""

from __future__ import annotations

from collections.abc import Sequence

from .e2 import E2, TRIBUTARIES, Multiplex

E3 = Multiplex(384)
KBIT_S = 34368
E1S = TRIBUTARIES**2  # tributary 4 (k - 1) + j is the j-th of the k-th signal of G.742


def build_16(e1s: Sequence[str], of_e2: Sequence[Sequence[bool]], of_e3: Sequence[Sequence[bool]]) -> str:
    """16 E1s; the decisions of the four E2s are the same ones."""
    e2s = [E2.build(e1s[at : at + TRIBUTARIES], of_e2) for at in range(0, E1S, TRIBUTARIES)]
    return E3.build(e2s, of_e3)


def parse_16(signal: str) -> list[str]:
    """The 16 E1s, as far as the first alignment lasts; "" for those of a signal of G.742 that is none."""
    e1s: list[str] = []
    runs = E3.parse(signal)
    for e2 in runs[0].tributaries if runs else []:
        inner = E2.parse(e2)
        e1s += inner[0].tributaries if inner else [""] * TRIBUTARIES
    return e1s
