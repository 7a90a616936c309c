"""Characters as the core has them, octet and flag, and as the second implementation has them."""

from __future__ import annotations

from collections.abc import Iterable

from msapemu._framing import ERR_OCTET, PAD_OCTET, Group
from tests.ref import gfp, gfp_t
from tests.ref.eightb10b import CONTROL_OCTETS, Character
from tests.ref.scramble import X43Descrambler

OCTETS = CONTROL_OCTETS + bytes([ERR_OCTET, PAD_OCTET])  # by code
CODES = {octet: code for code, octet in enumerate(OCTETS)}


def core(characters: Iterable[Character]) -> tuple[bytes, bytes]:
    """(octets, control) of characters of the second implementation."""
    characters = list(characters)
    octets = bytes(OCTETS[c.value] if c.control else c.value for c in characters)
    return octets, bytes(c.control for c in characters)


def ref(octets: bytes, control: bytes) -> list[Character]:
    """Characters of the second implementation."""
    return [Character(CODES[o] if c else o, bool(c)) for o, c in zip(octets, control, strict=True)]


def line_frames(octets: bytes) -> list[bytes]:
    """GFP frames of a stream that begins with one and ends with one: core headers unmasked, areas descrambled."""
    descrambler, at, frames = X43Descrambler(), 0, []
    while at + 4 <= len(octets):
        core_header = gfp.mask_core(octets[at : at + 4])
        assert gfp.with_hec(core_header[:2]) == core_header
        pli = int.from_bytes(core_header[:2], "big")
        if at + 4 + pli > len(octets):
            break
        frames.append(core_header + descrambler.process(octets[at + 4 : at + 4 + pli]))
        at += 4 + pli
    return frames


def carried(frames: Iterable[bytes], *, extension: int = 0, fcs: int = 0) -> list[Character]:
    """The characters, PADs removed, that the client data frames among these carry."""
    sink = gfp_t.Sink()
    characters = []
    for frame in frames:
        if len(frame) > 8 + extension + fcs and frame[4] >> 5 == gfp.PTI_DATA:
            characters += sink.feed(frame[8 + extension : len(frame) - fcs])
    assert sink.errors == sink.discarded == sink.corrected == 0
    return characters


def on_line(frames: Iterable[bytes]) -> bytes:
    """The line octets of plain frames, with two idle frames before them that bring SYNC."""
    encoder = gfp.LineEncoder()
    return b"".join(map(encoder.encode, [gfp.IDLE, gfp.IDLE, *frames]))


def transparent(**options: object) -> Group:
    return Group(gfp="t", **options)  # type: ignore[arg-type]
