"""Changes to an input, each small; several are applied after each other."""

from __future__ import annotations

from random import Random

LENGTHS = (1, 1, 2, 4, 8, 64, 600)
NUMBERS = tuple(map(bytes.fromhex, ("00", "ff", "7f", "80", "00000000", "ffffffff", "fffffff0", "f6f6f6282828")))


def mutated(octets: bytes, chance: Random) -> bytes:
    """`octets` with one to eight changes."""
    changed = bytearray(octets)
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        _change(changed, chance)
    return bytes(changed)


def _change(octets: bytearray, chance: Random) -> None:
    at = chance.randrange(len(octets) + 1)
    length = chance.choice(LENGTHS)
    kind = chance.randrange(7)
    if kind == 0 and at < len(octets):
        octets[at] ^= 1 << chance.randrange(8)
    elif kind == 1:
        octets[at : at + length] = chance.randbytes(length)
    elif kind == 2:
        del octets[at : at + length]
    elif kind == 3:
        octets[at:at] = chance.randbytes(length)
    elif kind == 4:
        octets[at:at] = octets[at : at + length]
    elif kind == 5:
        number = chance.choice(NUMBERS)
        octets[at : at + len(number)] = number
    else:
        del octets[at:]
