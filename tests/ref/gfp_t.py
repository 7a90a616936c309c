"""GFP-T: characters -> 64B/65B blocks -> superblocks -> GFP frames, and back (STANDARDS 6 and section 0).

Readings where STANDARDS 6 leaves it open:
    - A block whose control octets are not in rising order of position, or of which the eighth says that more follow,
      gives eight 10B_ERR; the spare codes E and F give one each.
    - A superblock whose CRC stays wrong gives 64 10B_ERR: nothing in it can be told from a control character.
    - A payload that is no whole number of superblocks is dropped and counted.
    - The PADs are no characters: they may stand anywhere in a block, here behind the characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import ceil
from typing import NamedTuple

from . import gfp
from .crc import crc
from .eightb10b import ERR, PAD, Character, data

BLOCK = 8  # characters, and octets
BLOCKS = 8  # in a superblock
CHARACTERS = BLOCK * BLOCKS
FLAGS = 64  # place of the flag octet
COVERED = 65  # octets before the CRC
SUPERBLOCK = 67
BITS = 8 * SUPERBLOCK
POLYNOMIAL = 0x941F
SCRAMBLER_DELAY = 43
UPI_FC, UPI_FICON, UPI_ESCON, UPI_GBE, UPI_DVB_ASI, UPI_ASYNC_FC = 0x03, 0x04, 0x05, 0x06, 0x09, 0x0C

Block = tuple[int, bytes]  # flag, eight octets


def encode_block(characters: Sequence[Character]) -> Block:
    """Eight characters: control octets LCC position(3) code(4) first, LCC 1 on all but the last; then the data."""
    if len(characters) != BLOCK:
        raise ValueError(f"a block has {BLOCK} characters")
    control = [(place, c.value) for place, c in enumerate(characters) if c.control]
    octets = [(i < len(control) - 1) << 7 | place << 4 | code for i, (place, code) in enumerate(control)]
    return int(bool(control)), bytes(octets + [c.value for c in characters if not c.control])


def decode_block(flag: int, octets: bytes) -> list[Character]:
    """The eight characters of a block."""
    if not flag:
        return data(octets)
    count = next((i + 1 for i, octet in enumerate(octets) if not octet & 0x80), None)
    if count is None:
        return [ERR] * BLOCK
    control = [(octet >> 4 & 7, octet & 0xF) for octet in octets[:count]]
    if any(a >= b for (a, _), (b, _) in pairwise(control)):
        return [ERR] * BLOCK
    characters = data(octets[count:])
    for place, code in control:
        characters.insert(place, Character(code, True) if code <= PAD.value else ERR)
    return characters


def crc16(octets: bytes) -> int:
    """x^16+x^15+x^12+x^10+x^4+x^3+x^2+x+1, init 0, MSB first."""
    return crc(octets, POLYNOMIAL, 16)


def superblock(blocks: Sequence[Block]) -> bytes:
    """Eight blocks: their octets, the flags with that of the first block most significant, CRC-16."""
    if len(blocks) != BLOCKS:
        raise ValueError(f"a superblock has {BLOCKS} blocks")
    octets = b"".join(eight for _, eight in blocks)
    octets += bytes([int("".join(str(flag) for flag, _ in blocks), 2)])
    return octets + crc16(octets).to_bytes(2, "big")


def blocks_of(octets: bytes) -> list[Block]:
    """The blocks of a superblock, without a look at its CRC."""
    return [(octets[FLAGS] >> (7 - i) & 1, octets[BLOCK * i : BLOCK * (i + 1)]) for i in range(BLOCKS)]


def syndrome(octets: bytes) -> int:
    """0 for a good superblock."""
    return crc16(octets[:COVERED]) ^ int.from_bytes(octets[COVERED:], "big")


def _flipped(octets: bytes, places: Iterable[int]) -> bytes:
    flipped = bytearray(octets)
    for place in places:
        flipped[place // 8] ^= 0x80 >> place % 8
    return bytes(flipped)


PATTERNS = [(i,) for i in range(BITS)] + [(i, i + SCRAMBLER_DELAY) for i in range(BITS - SCRAMBLER_DELAY)]
_SINGLE = [syndrome(_flipped(bytes(SUPERBLOCK), [place])) for place in range(BITS)]
_CORRECTIONS: dict[int, tuple[int, ...]] = {}
for _places in PATTERNS:
    _key = 0
    for _place in _places:
        _key ^= _SINGLE[_place]
    assert _key and _key not in _CORRECTIONS  # what the polynomial was chosen for
    _CORRECTIONS[_key] = _places


class Corrected(NamedTuple):
    """A superblock put right, and the places, from bit 0 on, of the bits that were wrong."""

    octets: bytes
    places: tuple[int, ...]


def correct(octets: bytes) -> Corrected | None:
    """No wrong bit, one, or two that one line error makes, 43 bits apart; None for anything else."""
    key = syndrome(octets)
    if key == 0:
        return Corrected(octets, ())
    places = _CORRECTIONS.get(key)
    return None if places is None else Corrected(_flipped(octets, places), places)


def superblocks(characters: Sequence[Character]) -> list[bytes]:
    """Superblocks of all the characters; PADs fill the last."""
    padded = list(characters) + [PAD] * (-len(characters) % CHARACTERS)
    blocks = [encode_block(padded[i : i + BLOCK]) for i in range(0, len(padded), BLOCK)]
    return [superblock(blocks[i : i + BLOCKS]) for i in range(0, len(blocks), BLOCKS)]


def frames(
    characters: Sequence[Character],
    count: int,
    *,
    upi: int = UPI_GBE,
    with_pfcs: bool = False,
    cid: int | None = None,
) -> list[bytes]:
    """Plain GFP frames of `count` superblocks each; PADs fill the last."""
    padded = list(characters) + [PAD] * (-len(characters) % (count * CHARACTERS))
    made = superblocks(padded)
    runs = [b"".join(made[i : i + count]) for i in range(0, len(made), count)]
    return [gfp.build(run, upi=upi, with_pfcs=with_pfcs, cid=cid) for run in runs]


class Sink:
    """Payload information of GFP-T frames -> characters."""

    def __init__(self, *, correction: bool = True) -> None:
        self.correction = correction
        self.superblocks = 0
        self.corrected = 0  # superblocks put right
        self.errors = 0  # superblocks with a CRC that stayed wrong
        self.pads = 0
        self.discarded = 0  # frames of no whole number of superblocks

    def feed(self, information: bytes) -> list[Character]:
        """The characters, PADs removed, of one frame."""
        if not information or len(information) % SUPERBLOCK:
            self.discarded += 1
            return []
        characters: list[Character] = []
        for start in range(0, len(information), SUPERBLOCK):
            characters += self._superblock(information[start : start + SUPERBLOCK])
        return characters

    def _superblock(self, octets: bytes) -> list[Character]:
        self.superblocks += 1
        right = correct(octets)
        if right is None or (right.places and not self.correction):
            self.errors += 1
            return [ERR] * CHARACTERS
        self.corrected += bool(right.places)
        characters = [c for flag, eight in blocks_of(right.octets) for c in decode_block(flag, eight)]
        self.pads += characters.count(PAD)
        return [c for c in characters if c != PAD]


def least_superblocks(client_characters: float, server_bps: float, overhead: int = 8) -> int:
    """Least superblocks a frame of which a server layer carries so many characters a second, none left for idles.

    `overhead`: octets of a frame beside its superblocks, 4 of core header and 4 of payload header at least.
    """
    needed = client_characters / CHARACTERS * 8 * SUPERBLOCK  # bits a second of superblocks
    return ceil(overhead * needed / (SUPERBLOCK * (server_bps - needed)))
