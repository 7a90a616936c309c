"""A whole line: Ethernet frames to scrambled STM-N and back, every BIP made and checked, all counters on; in a VC-4, in
VC-12s, in groups of all kinds with and without LCAS and differential delay. Nothing is idle while it is measured."""

from __future__ import annotations

import pytest

from msapemu.bench.stm import ALL, CARRYING, Carrying, CrossConnect, Ends

ALSO = {
    "vc12-5v": Carrying({1: ALL[:5]}),
    "vc12-63v-plain": Carrying({1: ALL}),
    "vc12-63v-256ms": Carrying({1: ALL}, delays={ALL[1]: 510}),
    "vc3-3v": Carrying({1: ("1", "2", "3")}, lcas=True),
    "vc4-4v": Carrying({k + 1: k for k in range(4)}, rate="stm4", lcas=True),
    "vc4-7v": Carrying({k + 1: k for k in range(7)}, rate="stm16"),
    "vc4-16v": Carrying({k + 1: k for k in range(16)}, rate="stm16", lcas=True),
}


@pytest.mark.parametrize("size", [64, 1514])
@pytest.mark.parametrize("mapping", [*CARRYING, *ALSO])
@pytest.mark.parametrize("work", ["build", "parse"])
def test_line(stage, work, mapping, size):
    stage(Ends(mapping, size, ALSO.get(mapping)), work)


@pytest.mark.parametrize("lines", [1, 4])
def test_cross_connect(stage, lines):
    """VC-12s at random pointers, every one to a random other place, of one STM-1 or four; parse and build together."""
    stage(CrossConnect(1514, lines), "xc")
