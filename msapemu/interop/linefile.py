"""Raw line files: the octets of an STM-1 as they are on the line, scrambled, from anywhere on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msapemu.ctl.errors import UsageError
from msapemu.interop.octets import open_octets

STM1_OCTETS = 2430  # G.707 6.2: 9 rows of 270
BLOCK_FRAMES = 8  # 1 ms: what is found in a block is given the time of its first frame


def read_blocks(path: Path, octets_each: int = STM1_OCTETS * BLOCK_FRAMES) -> Iterator[bytes]:
    """The file in blocks; the last may be shorter."""
    if path.exists() and not path.is_file():
        # it is read more than once: to learn what the line carries, then to take that out
        raise UsageError(f"{path}: not a regular file")
    with open_octets(path) as octets:
        while block := octets.some(octets_each):
            yield block
