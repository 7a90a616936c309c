# 8B/10B characters, blocks and superblocks, and the Gigabit Ethernet PCS alone. Included by _framing.pyx.

from msapemu.wire.characters cimport (CONTROL_10B, DECODE_10B, OCTET_ERR, OCTET_PAD, POSITIVE_10B, flags_of, flags_to)
from msapemu.wire.gfp_t_counters cimport GfpTCounters
from msapemu.wire.pcs_rx cimport PCS_D, PcsRx, pcs_data, pcs_kind, pcs_rx_init, pcs_step
from msapemu.wire.pcs_tx cimport PcsTx, pcs_take
from msapemu.wire.queue cimport FrameQueue
from msapemu.wire.superblock cimport CHARACTERS, SUPERBLOCK, superblock_correct
from msapemu.wire.symbols cimport SymbolTx, symbol_code

GFP_T_COUNTERS = (
    "tx_superblocks", "tx_characters", "tx_pads", "tx_errors", "tx_idles_dropped", "tx_dropped", "rx_superblocks",
    "rx_characters", "rx_pads", "rx_errors", "rx_corrected", "rx_corrected_pairs", "rx_crc_errors", "rx_block_errors",
    "rx_dropped", "pcs_carriers", "pcs_preambles", "pcs_ends", "pcs_propagated", "pcs_short", "pcs_long",
    "pcs_extensions", "pcs_configurations",
)
assert sizeof(GfpTCounters) == 8 * len(GFP_T_COUNTERS)

ERR_OCTET = OCTET_ERR
PAD_OCTET = OCTET_PAD


def encode_8b10b(const uint8_t[::1] octets not None, const uint8_t[::1] control=None, bint positive=False):
    """Symbols of ten bits (bit a highest) of characters, and whether the running disparity is positive after them.

    control: one octet a character, not 0 for a control character; None: all are data. Control octets that are none of
    the twelve give the illegal code that stands for 10B_ERR.
    """
    cdef SymbolTx s
    memset(&s, 0, sizeof(s))
    s.positive = positive
    out = [symbol_code(&s, octets[i], control is not None and control[i] != 0) for i in range(octets.shape[0])]
    return out, bool(s.positive)


def decode_8b10b(symbols, bint positive=False):
    """(octets, control, running disparity positive) of symbols; what is no code of the disparity is 10B_ERR (FFh)."""
    cdef unsigned character
    octets, control = bytearray(), bytearray()
    for symbol in symbols:
        character = DECODE_10B[positive][<unsigned>symbol & 0x3ff]
        positive = (character & POSITIVE_10B) != 0
        octets.append(character & 0xff)
        control.append((character & CONTROL_10B) != 0)
    return bytes(octets), bytes(control), bool(positive)


cdef _check_control(const uint8_t[::1] octets, const uint8_t[::1] control):
    if control is not None and control.shape[0] != octets.shape[0]:
        raise ValueError(f"{control.shape[0]} flags do not go with {octets.shape[0]} octets")


cdef inline uint64_t _flags64(const uint8_t *control) noexcept nogil:
    cdef uint64_t flags = 0
    cdef int k
    for k in range(0, CHARACTERS, 8):
        flags = (flags << 8) | flags_of(control + k)
    return flags


def encode_superblocks(const uint8_t[::1] octets not None, const uint8_t[::1] control=None):
    """Superblocks of 67 octets with their CRC; the last one is filled up with 65B_PAD (for tests)."""
    cdef Py_ssize_t n = octets.shape[0], count = (n + CHARACTERS - 1) // CHARACTERS, whole = n // CHARACTERS, i
    cdef Py_ssize_t left = n % CHARACTERS
    cdef uint8_t room[64]
    cdef uint8_t *at
    cdef uint64_t flags
    _check_control(octets, control)
    out = PyBytes_FromStringAndSize(NULL, SUPERBLOCK * count)
    at = <uint8_t *>PyBytes_AS_STRING(out)
    for i in range(whole):
        memcpy(at, &octets[CHARACTERS * i], CHARACTERS)
        flags = _flags64(&control[CHARACTERS * i]) if control is not None else 0
        kernels.superblock_code(at, flags)
        at += SUPERBLOCK
    if left:
        memset(at, OCTET_PAD, CHARACTERS)
        memcpy(at, &octets[CHARACTERS * whole], left)
        memset(room, 1, CHARACTERS)
        memset(room, 0, left)
        if control is not None:
            memcpy(room, &control[CHARACTERS * whole], left)
        kernels.superblock_code(at, _flags64(room))
    kernels.superblocks_seal(<uint8_t *>PyBytes_AS_STRING(out), count)
    return out


def decode_superblocks(const uint8_t[::1] superblocks not None, bint correct=True):
    """(octets, control, corrected bits of each superblock) (for tests). 65B_PAD is left in; -1 is what could not be
    corrected, and its characters are 10B_ERR, as those of a block that is none."""
    cdef Py_ssize_t n = superblocks.shape[0] // SUPERBLOCK, i = 0, good = 0
    cdef uint8_t room[67]
    cdef uint8_t of_blocks[8]
    cdef const uint8_t *at = &superblocks[0] if n else NULL
    cdef uint8_t *octet
    cdef uint8_t *flag
    cdef unsigned bad
    cdef int bits, k
    if superblocks.shape[0] % SUPERBLOCK:
        raise ValueError(f"{superblocks.shape[0]} octets are no whole superblocks")
    octets, control = PyBytes_FromStringAndSize(NULL, CHARACTERS * n), PyBytes_FromStringAndSize(NULL, CHARACTERS * n)
    octet, flag = <uint8_t *>PyBytes_AS_STRING(octets), <uint8_t *>PyBytes_AS_STRING(control)
    corrected = [0] * n
    for i in range(n):
        if i == good:
            good += kernels.superblocks_good(at + SUPERBLOCK * i, n - i)
        bits = 0
        if i < good:
            bad = kernels.superblock_read(octet, of_blocks, at + SUPERBLOCK * i)
        else:
            good += 1
            memcpy(room, at + SUPERBLOCK * i, SUPERBLOCK)
            bits = corrected[i] = superblock_correct(room) if correct else -1
            bad = kernels.superblock_read(octet, of_blocks, room) if bits >= 0 else 0xff
        for k in range(8):
            if (bad << k) & 0x80:
                memset(octet, OCTET_ERR, 8)
                of_blocks[k] = 0xff
            flags_to(flag, of_blocks[k])
            octet += 8
            flag += 8
    return octets, control, corrected


cdef class Pcs:
    """The Gigabit Ethernet PCS (IEEE 802.3 clause 36) alone, frames to characters and back (for tests).

    short_gaps: one idle ordered set between frames, as where the group is slower than the client. longest: frame in
    octets without FCS. Raises ValueError for a frame without a header.
    """

    cdef PcsTx tx
    cdef PcsRx rx
    cdef FrameQueue out
    cdef FrameQueue back
    cdef ChannelCounters count
    cdef GfpTCounters more
    cdef bint short_gaps

    def __cinit__(self, *, bint short_gaps=False, uint32_t longest=JUMBO_OCTETS):
        self.short_gaps = short_gaps
        pcs_rx_init(&self.rx, longest)
        if not (queue_init(&self.out, 1 << 20, longest) and queue_init(&self.back, 1 << 20, longest + 4)):
            raise MemoryError

    def __dealloc__(self):
        queue_free(&self.out)
        queue_free(&self.back)

    def send(self, const uint8_t[::1] frame not None):
        """Queue a frame (destination address on, without FCS); False when the queue is full."""
        if frame.shape[0] < ETHERNET_HEADER:
            raise ValueError(f"{frame.shape[0]} octets are no Ethernet frame")
        cdef uint8_t *room = queue_reserve(&self.out, <uint32_t>frame.shape[0])
        if room == NULL:
            return False
        memcpy(room, &frame[0], frame.shape[0])
        queue_commit(&self.out, <uint32_t>frame.shape[0])
        return True

    def fill(self, Py_ssize_t characters):
        """The next characters: (octets, control), control one octet a character."""
        cdef uint8_t room[64]
        cdef uint64_t flags
        cdef unsigned n, i
        octets, control = bytearray(), bytearray()
        while characters > 0:
            n = <unsigned>min(characters, CHARACTERS)
            flags = pcs_take(&self.tx, &self.out, &self.count, self.short_gaps, room, n)
            octets += room[:n]
            control += bytes([(flags >> (63 - i)) & 1 for i in range(n)])
            characters -= n
        return bytes(octets), bytes(control)

    def take(self, const uint8_t[::1] octets not None, const uint8_t[::1] control=None):
        """Characters that came."""
        cdef Py_ssize_t i
        _check_control(octets, control)
        if control is None:
            if octets.shape[0]:
                pcs_data(&self.rx, &self.back, &self.count, &self.more, &octets[0], <uint32_t>octets.shape[0])
            return
        for i in range(octets.shape[0]):
            pcs_step(&self.rx, &self.back, &self.count, &self.more,
                     pcs_kind(octets[i]) if control[i] else <unsigned>PCS_D, octets[i])

    def receive(self):
        """The good frames that have come, without FCS."""
        return _frames(&self.back)

    @property
    def configuring(self):
        """Configuration ordered sets come: the far end negotiates."""
        return bool(self.rx.configuring)

    def counters(self):
        """The pcs_ counters of a transparent group, and those of frames that every group has."""
        cdef dict out = _counters(<const uint64_t *>&self.more, GFP_T_COUNTERS)
        return {name: value for name, value in out.items() if name.startswith("pcs_")} | {
            "rx_client_frames": self.count.rx_client_frames, "ethernet_fcs_errors": self.count.ethernet_fcs_errors}


cdef list _frames(FrameQueue *queue):
    """Take all frames of a queue."""
    cdef list frames = []
    cdef uint32_t n
    cdef uint8_t *front = queue_front(queue, &n)
    while front != NULL:
        frames.append(PyBytes_FromStringAndSize(<char *>front, n))
        queue_pop(queue)
        front = queue_front(queue, &n)
    return frames
