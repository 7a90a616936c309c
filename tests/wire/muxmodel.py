"""A plain multiplexer of second and third order: bits as text, one after the other, as G.742 and G.751 list them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

FAS = "1111010000"
SET_BITS = {"e2": 212, "e3": 384}
FRAME_BITS = {rate: 4 * bits for rate, bits in SET_BITS.items()}

# whether the justification bit of tributary j (0..3) is stuff in frame n
Stuff = Callable[[int, int], bool]


def bits(octets: bytes) -> str:
    return "".join(f"{octet:08b}" for octet in octets)


def octets(text: str) -> bytes:
    """The last octet is filled up with ones."""
    text += "1" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big") if text else b""


def sometimes(n: int, j: int) -> bool:
    """Three frames of seven are justified (0.429)."""
    return (n + j) % 7 < 3


def frame(
    rate: str, tributaries: list[Iterator[str]], stuff: list[bool], alarm: bool = False, national: bool = True
) -> str:
    """One frame: `stuff` by tributary. Bits of tributaries come one by one, and are ones when there are no more."""
    out = FAS + "01"[alarm] + "01"[national]
    for number in range(4):
        if number:
            out += "".join("01"[one] for one in stuff)
        if number == 3:
            out += "".join("1" if one else next(source, "1") for one, source in zip(stuff, tributaries, strict=True))
        while len(out) < (number + 1) * SET_BITS[rate]:
            out += "".join(next(source, "1") for source in tributaries)
    return out


def frames(
    rate: str, sources: Iterable[Iterable[str]], count: int, stuff: Stuff = sometimes, alarm: bool = False
) -> list[str]:
    """So many frames of four tributaries."""
    tributaries = [iter(source) for source in sources]
    return [frame(rate, tributaries, [stuff(n, j) for j in range(4)], alarm) for n in range(count)]


def tributaries(rate: str, text: str, *, start: int = 0) -> tuple[list[str], list[list[bool]]]:
    """What is in a signal whose first frame begins at bit `start`: the bits of each tributary, and by frame who had
    stuff."""
    found = [""] * 4
    stuffed = []
    for at in range(start, len(text) - FRAME_BITS[rate] + 1, FRAME_BITS[rate]):
        sets = [text[at + n * SET_BITS[rate] : at + (n + 1) * SET_BITS[rate]] for n in range(4)]
        assert sets[0].startswith(FAS), at
        stuff = [[one[j] for one in sets[1:]].count("1") >= 2 for j in range(4)]
        stuffed.append(stuff)
        for j in range(4):
            justification = "" if stuff[j] else sets[3][4 + j]
            found[j] += sets[0][12 + j :: 4] + sets[1][4 + j :: 4] + sets[2][4 + j :: 4]
            found[j] += justification + sets[3][8 + j :: 4]
    return found, stuffed
