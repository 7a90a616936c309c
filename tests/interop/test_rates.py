"""Frame lengths and the frame scrambler, against the second implementation and the known keystream."""

from __future__ import annotations

import random

import pytest

from msapemu._framing import Line
from msapemu.interop.rates import RATE_OF_OCTETS, frame_octets, framing, keystream, line_name, scrambled
from tests.ref.scramble import keystream as ref_keystream
from tests.ref.stmn import StmN


def test_keystream() -> None:
    assert keystream(32).hex() == "fe041851e459d4fa1c49b5bd8d2ee655fc0830a3c8b3a9f438936b7b1a5dccab"
    assert keystream(300) == ref_keystream(300)


@pytest.mark.parametrize(("rate", "n", "last"), [("stm1", 1, "e459d4fa"), ("stm4", 4, "1a5dccab"), ("stm16", 16, None)])
def test_a_frame_as_the_core_sends_it(rate: str, n: int, last: str | None) -> None:
    octets = Line(rate=rate).build(1)
    assert len(octets) == frame_octets(rate) == 2430 * n
    assert RATE_OF_OCTETS[len(octets)] == rate and line_name(rate) == f"STM-{n}"
    plain = scrambled(rate, octets)
    assert plain.startswith(framing(rate)) and octets.startswith(framing(rate))
    assert plain == StmN(n).scramble(octets)
    assert scrambled(rate, plain) == octets
    if last is not None:
        assert octets[-4:].hex() == last  # an unequipped VC-4 at the end of the frame
    noise = random.Random(n).randbytes(len(octets))
    assert scrambled(rate, noise) == StmN(n).scramble(noise)
