"""GFP-F: frames, idles, the line coding of both, delineation, client management (STANDARDS 6 and section 0)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from .crc import eth_fcs, hec16, pfcs
from .scramble import X43Descrambler, X43Scrambler

CORE_XOR = 0xB6AB31E0
DELTA = 1  # further good cHECs from PRESYNC to SYNC
IDLE = bytes(4)  # PLI 0, cHEC 0, before the core header is masked
UPI_ETHERNET, UPI_PPP, UPI_MPLS, UPI_IPV4, UPI_IPV6 = 0x01, 0x02, 0x0D, 0x10, 0x11
CSF_SIGNAL, CSF_CHARACTERS, DCI, FDI, RDI = 1, 2, 3, 4, 5  # UPI of client management frames
PTI_DATA, PTI_CLIENT_MANAGEMENT, PTI_MANAGEMENT_COMMUNICATIONS = 0b000, 0b100, 0b101
EXI_NULL, EXI_LINEAR = 0b0000, 0b0001


def with_hec(field: bytes) -> bytes:
    """A header field followed by its HEC."""
    return field + hec16(field).to_bytes(2, "big")


def ethernet_payload(frame: bytes) -> bytes:
    """Payload information of a MAC frame given without FCS: destination address through FCS (STANDARDS 0)."""
    return frame + eth_fcs(frame)


def build(
    payload: bytes,
    *,
    upi: int = UPI_ETHERNET,
    pti: int = PTI_DATA,
    with_pfcs: bool = False,
    cid: int | None = None,
) -> bytes:
    """GFP client or management frame, core header unmasked, payload area not scrambled (STANDARDS 6).

    Type = PTI(3) PFI(1) EXI(4) UPI(8); a `cid` makes the extension header linear: CID(8) spare(8) eHEC.
    """
    exi = EXI_NULL if cid is None else EXI_LINEAR
    area = with_hec(bytes([pti << 5 | with_pfcs << 4 | exi, upi]))
    if cid is not None:
        area += with_hec(bytes([cid, 0]))
    area += payload
    if with_pfcs:
        area += pfcs(payload).to_bytes(4, "big")
    return with_hec(len(area).to_bytes(2, "big")) + area


def management(upi: int, cid: int | None = None, with_pfcs: bool = False) -> bytes:
    """Client management frame CSF_SIGNAL, CSF_CHARACTERS, DCI, FDI or RDI: nothing behind the headers."""
    return build(b"", upi=upi, pti=PTI_CLIENT_MANAGEMENT, with_pfcs=with_pfcs, cid=cid)


def in_turn(
    queues: Mapping[int, Iterable[bytes]], *, upi: int = UPI_ETHERNET, with_pfcs: bool = False
) -> Iterator[bytes]:
    """Linear frames of several clients, {CID: payloads}: one of each client that has any, in turn, lowest CID first."""
    waiting = {cid: deque(payloads) for cid, payloads in sorted(queues.items())}
    while any(waiting.values()):
        for cid, queue in waiting.items():
            if queue:
                yield build(queue.popleft(), upi=upi, with_pfcs=with_pfcs, cid=cid)


def mask_core(header: bytes) -> bytes:
    """Core header xored with B6AB31E0; the same on both ends (STANDARDS 6)."""
    return (int.from_bytes(header, "big") ^ CORE_XOR).to_bytes(4, "big")


LINE_IDLE = mask_core(IDLE)
SOME_IDLES = 64 * LINE_IDLE


class LineEncoder:
    """Frame -> line octets: core headers masked, payload areas scrambled with one running state."""

    def __init__(self, scramble: bool = True) -> None:
        self._scrambler = X43Scrambler()
        self._scramble = scramble

    def encode(self, plain: bytes) -> bytes:
        """Line octets of one plain frame; idle frames and core headers leave it alone (STANDARDS 6)."""
        return mask_core(plain[:4]) + (self._scrambler.process(plain[4:]) if self._scramble else plain[4:])


class OctetSource:
    """The endless octet stream of a mapper: idles that lead, the frames back to back, then idles for ever."""

    def __init__(self, plain_frames: Iterable[bytes], lead_idles: int = 0, scramble: bool = True) -> None:
        self._frames: Iterator[bytes] = iter(plain_frames)
        self._lead = lead_idles
        self._encoder = LineEncoder(scramble)
        self._pending = bytearray()
        self.drained = False  # the frames have run out: nothing but idles is added any more

    def take(self, count: int) -> bytes:
        """The next `count` octets."""
        while len(self._pending) < count:
            missing = (count - len(self._pending) + 3) // 4  # idles, when nothing else comes
            if self._lead:
                idles = min(self._lead, missing)
                self._lead -= idles
                self._pending += LINE_IDLE * idles
                continue
            following = next(self._frames, None)
            self.drained = following is None
            if following is None:
                self._pending += LINE_IDLE * missing
            else:
                self._pending += LINE_IDLE if following == IDLE else self._encoder.encode(following)
        taken = bytes(self._pending[:count])
        del self._pending[:count]
        return taken


def _single_bit_syndromes() -> dict[int, int]:
    """HEC xor of a header with one wrong bit -> the mask that corrects the 32 bits (STANDARDS 6)."""
    masks = [1 << bit for bit in range(32)]
    return {hec16((mask >> 16).to_bytes(2, "big")) ^ (mask & 0xFFFF): mask for mask in masks}


_CORRECTIONS = _single_bit_syndromes()


def correct(header: int) -> int | None:
    """32 bits of field and HEC with at most one wrong bit put right, or None."""
    syndrome = hec16((header >> 16).to_bytes(2, "big")) ^ (header & 0xFFFF)
    if syndrome == 0:
        return header
    mask = _CORRECTIONS.get(syndrome)
    return None if mask is None else header ^ mask


class State(Enum):
    """Delineation states (STANDARDS 6)."""

    HUNT = "HUNT"
    PRESYNC = "PRESYNC"
    SYNC = "SYNC"


class Frame(NamedTuple):
    """A client or management frame received without fault."""

    pti: int
    upi: int
    cid: int | None
    payload: bytes


@dataclass
class Counters:
    """What the deframer counts, all in SYNC; a header that brings SYNC counts already."""

    client_frames: int = 0
    idle_frames: int = 0
    management_frames: int = 0
    core_hec_corrected: int = 0
    core_hec_errors: int = 0
    type_hec_corrected: int = 0
    type_hec_errors: int = 0
    extension_hec_corrected: int = 0
    extension_hec_errors: int = 0
    payload_fcs_errors: int = 0
    sync_losses: int = 0
    discarded: int = 0  # too short for its headers, unknown extension, or a reserved PTI


class GfpDeframer:
    """Line octets -> frames: delineation, descrambling, header checks (STANDARDS 6)."""

    def __init__(self, *, scramble: bool = True, correct_extension: bool = True) -> None:
        """`correct_extension`: single wrong bits of a linear extension header are put right, which is optional."""
        self._scramble, self._correct_extension = scramble, correct_extension
        self.state = State.HUNT
        self.counters = Counters()
        self._descrambler = X43Descrambler()
        self._buffer = bytearray()
        self._confirmed = 0

    def feed(self, octets: bytes) -> list[Frame]:
        """Take the next line octets; return the frames they complete."""
        self._buffer += octets
        frames: list[Frame] = []
        at = 0
        while len(self._buffer) - at >= 4:
            if self.state is State.SYNC and self._buffer.startswith(SOME_IDLES, at):  # quicker, and the same
                self.counters.idle_frames += 64
                at += len(SOME_IDLES)
                continue
            received = int.from_bytes(self._buffer[at : at + 4], "big") ^ CORE_XOR
            header = self._accept(received)
            if header is None:
                self._lose()
                at += 1  # octet by octet from here on
                continue
            pli = header >> 16
            area_length = pli if pli >= 4 else 0  # 0 is idle, 1..3 are reserved control frames without area
            end = at + 4 + area_length
            if end > len(self._buffer):
                break
            area = bytes(self._buffer[at + 4 : end])
            at = end
            self._advance()
            if self.state is State.SYNC:
                self.counters.core_hec_corrected += header != received
                if pli == 0:
                    self.counters.idle_frames += 1
                elif area:
                    frames += self._payload_area(self._descrambler.process(area) if self._scramble else area)
        del self._buffer[:at]
        return frames

    def _accept(self, received: int) -> int | None:
        """The core header, corrected only in SYNC, or None."""
        corrected = correct(received)
        return corrected if self.state is State.SYNC or corrected == received else None

    def _lose(self) -> None:
        if self.state is State.SYNC:
            self.counters.core_hec_errors += 1
            self.counters.sync_losses += 1
        self.state = State.HUNT

    def _advance(self) -> None:
        """One good core header more."""
        if self.state is State.HUNT:
            self.state, self._confirmed = State.PRESYNC, 0
        elif self.state is State.PRESYNC:
            self._confirmed += 1
            if self._confirmed == DELTA:
                self.state = State.SYNC

    def _payload_area(self, area: bytes) -> list[Frame]:
        """Check and strip the payload headers and the FCS."""
        counters = self.counters
        received = int.from_bytes(area[:4], "big")
        header = correct(received)
        if header is None:
            counters.type_hec_errors += 1
            return []
        counters.type_hec_corrected += header != received
        pti, pfi, exi, upi = header >> 29, header >> 28 & 1, header >> 24 & 0xF, header >> 16 & 0xFF
        rest, cid = area[4:], None
        if exi not in (EXI_NULL, EXI_LINEAR) or len(rest) < 4 * (exi == EXI_LINEAR) + 4 * pfi:
            counters.discarded += 1
            return []
        if exi == EXI_LINEAR:
            sent = int.from_bytes(rest[:4], "big")
            extension = correct(sent)
            if extension is None or (extension != sent and not self._correct_extension):
                counters.extension_hec_errors += 1
                return []
            counters.extension_hec_corrected += extension != sent
            cid, rest = extension >> 24, rest[4:]
        if pfi:
            rest, fcs = rest[:-4], rest[-4:]
            if pfcs(rest).to_bytes(4, "big") != fcs:
                counters.payload_fcs_errors += 1
                return []
        if pti == PTI_DATA:
            counters.client_frames += 1
        elif pti in (PTI_CLIENT_MANAGEMENT, PTI_MANAGEMENT_COMMUNICATIONS):
            counters.management_frames += 1
        else:
            counters.discarded += 1
            return []
        return [Frame(pti, upi, cid, rest)]


class ClientSignal:
    """What the management frames of one client (one CID) say of it; the time is given in milliseconds.

    CSF and FDI stand until a client data frame, DCI, or 3 s without another of them. RDI tells of the other
    direction: a data frame says nothing about it, so only DCI and the 3 s end it. A frame of one kind ends no
    other but CSF_SIGNAL and CSF_CHARACTERS each other: the client has one reason to fail at a time.
    """

    TIMEOUT_MS = 3000

    def __init__(self) -> None:
        self._until: dict[int, int] = {}

    def take(self, frame: Frame, now_ms: int) -> None:
        """A frame of this client."""
        if frame.pti == PTI_DATA:
            self._until = {upi: until for upi, until in self._until.items() if upi == RDI}
        elif frame.pti == PTI_CLIENT_MANAGEMENT and frame.upi == DCI:
            self._until.clear()
        elif frame.pti == PTI_CLIENT_MANAGEMENT and frame.upi in (CSF_SIGNAL, CSF_CHARACTERS, FDI, RDI):
            if frame.upi in (CSF_SIGNAL, CSF_CHARACTERS):
                self._until.pop(CSF_SIGNAL + CSF_CHARACTERS - frame.upi, None)
            self._until[frame.upi] = now_ms + self.TIMEOUT_MS

    def defects(self, now_ms: int) -> set[int]:
        """The UPIs that stand now."""
        return {upi for upi, until in self._until.items() if now_ms < until}
