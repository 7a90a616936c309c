"""VC-12: 140 octets in 500 us, its path overhead V5 J2 N2 K4, and the K4 multiframe (STANDARDS 5)."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from .vc4 import ERDI, ERDI_NONE, erdi_of

SIZE = 140
PAYLOAD = 136
V5, J2, N2, K4 = 0, 35, 70, 105
PAYLOAD_PLACES = [i for i in range(SIZE) if i not in (V5, J2, N2, K4)]
LABEL_UNEQUIPPED, LABEL_EXTENDED = 0b000, 0b101
EXTENDED_LABEL_GFP = 0x0D
K4_FRAMES = 32
FRAME_COUNTS = 32
MFAS = "01111111110"
UNEQUIPPED = bytes(SIZE)


def v5(bip2: int, rei: int, label: int, rdi: int) -> int:
    """V5: bits 1-2 BIP-2, 3 REI, 4 RFI (0), 5-7 signal label, 8 RDI."""
    return bip2 << 6 | rei << 5 | label << 1 | rdi


def k4_bit1(extended_label: int) -> str:
    """The 32 first bits of K4 in a multiframe: MFAS, extended signal label, zeros."""
    return MFAS + format(extended_label, "08b") + "0" * 13


def k4_bit2(frame_count: int, sq: int) -> str:
    """The 32 second bits of K4: frame count (5), SQ (6), zeros (a source without LCAS)."""
    return format(frame_count, "05b") + format(sq, "06b") + "0" * 21


def k4_octet(number: int, extended_label: int, sq: int | None) -> int:
    """K4 of VC-12 number `number`: number 0 carries bit index 1 of frame count 0.

    `sq` None: a contiguous VC-12, whose bits 2 are zero.
    """
    index, frame_count = number % K4_FRAMES, number // K4_FRAMES % FRAME_COUNTS
    bit1 = k4_bit1(extended_label)[index]
    bit2 = "0" if sq is None else k4_bit2(frame_count, sq)[index]
    return int(bit1 + bit2 + "000000", 2)


def enhanced_rdi(defect: str | None) -> tuple[int, int]:
    """RDI of V5 and bits 5-7 of K4, to be or-ed into it: V5 bit 8 = K4 bit 5 = 1 for server, connectivity."""
    code = ERDI[defect] if defect else ERDI_NONE
    return code >> 2, code << 1


def build(
    payload: bytes,
    *,
    bip2: int,
    j2: int,
    k4: int,
    rei: int = 0,
    rdi: int = 0,
    label: int = LABEL_EXTENDED,
    n2: int = 0,
) -> bytes:
    """One VC-12: 34 payload octets behind each octet of path overhead."""
    if len(payload) != PAYLOAD:
        raise ValueError(f"a VC-12 holds {PAYLOAD} payload octets")
    overhead = [v5(bip2, rei, label, rdi), j2, n2, k4]
    return b"".join(bytes([overhead[q]]) + payload[34 * q : 34 * (q + 1)] for q in range(4))


class Overhead(NamedTuple):
    """Path overhead of a received VC-12."""

    bip2: int
    rei: int
    label: int
    rdi: int
    j2: int
    n2: int
    k4: int

    @property
    def erdi(self) -> str | None:
        """Kind of the remote defect that K4 bits 5-7 tell."""
        return erdi_of(self.k4 >> 1 & 0b111)


def parse(octets: bytes) -> tuple[Overhead, bytes]:
    """Path overhead and the 136 payload octets."""
    first = octets[V5]
    bip, rei, label, rdi = first >> 6, first >> 5 & 1, first >> 1 & 7, first & 1
    overhead = Overhead(bip, rei, label, rdi, octets[J2], octets[N2], octets[K4])
    return overhead, b"".join(octets[place + 1 : place + 35] for place in (V5, J2, N2, K4))


class K4Multiframe(NamedTuple):
    """What a run of K4 octets says: `number` is that of its first VC-12, modulo 1024 (512 ms)."""

    number: int
    extended_label: int
    sq: int


def find_k4_multiframe(k4: bytes) -> K4Multiframe | None:
    """Find the multiframe in the K4 octets of consecutive VC-12s; None when it does not appear.

    The phase is the one at which most MFAS stand; frame count, label and SQ are those of most multiframes.
    """
    bit1 = "".join(str(octet >> 7) for octet in k4)
    bit2 = "".join(str(octet >> 6 & 1) for octet in k4)
    found: Counter[int] = Counter()
    for start in range(len(k4) - K4_FRAMES + 1):
        if bit1.startswith(MFAS, start):
            found[start % K4_FRAMES] += 1
    if not found:
        return None
    phase = found.most_common(1)[0][0]
    bases: Counter[int] = Counter()
    labels: Counter[int] = Counter()
    sequence_numbers: Counter[int] = Counter()
    for start in range(phase, len(k4) - K4_FRAMES + 1, K4_FRAMES):
        if bit1.startswith(MFAS, start):
            frame_count = int(bit2[start : start + 5], 2)
            bases[(frame_count * K4_FRAMES - start) % (K4_FRAMES * FRAME_COUNTS)] += 1
            labels[int(bit1[start + 11 : start + 19], 2)] += 1
            sequence_numbers[int(bit2[start + 5 : start + 11], 2)] += 1
    return K4Multiframe(*(c.most_common(1)[0][0] for c in (bases, labels, sequence_numbers)))
