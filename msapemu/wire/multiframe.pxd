# cython: language_level=3
"""The virtual concatenation multiframe of a VC, received: K4 of a VC-12, H4 of a VC-3 or VC-4 (G.707 9.3, 11).

Both carry a frame count and a sequence number once a multiframe; the phase is believed when two multiframes in a row
agree on it, and given up after `lom` of them without. What else they carry, a control packet of LCAS, is kept as it
comes (lcas.pxd).
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset

from msapemu.wire.bits cimport Accept, accept, accept_reset, accepted
from msapemu.wire.lcas cimport H4_PACKET, Packet, h4_is_plain, h4_unpack, k4_is_plain, k4_unpack

cdef enum:
    SQ_PERSISTENCE = 3
    # VC-12: bit 1 and bit 2 of K4 over 32 frames of 500 us
    K4_FRAMES = 32              # 16 ms
    K4_CYCLE = 1024             # 32 frame counts: 512 ms
    K4_MFAS = 0x3FE             # bit 1 of K4, positions 1..11: 0111 1111 110
    K4_LOM = 16                 # wrong multiframes (256 ms; 200..400 allowed) before dLOM
    # VC-3, VC-4: H4 over 16 frames of 125 us
    MFI_FRAMES = 16              # 2 ms
    MFI_CYCLE = 4096             # 256 values of MFI2: 512 ms
    MFI_LOM = 25                 # 50 ms; 40..80 allowed
    E1_LOM = 4                   # of 16 CRC-4 multiframes: 128 ms
    H4_MFI2_HIGH = 0            # MFI1 of the frames whose H4 carries a nibble of MFI2 or SQ in bits 1-4
    H4_MFI2_LOW = 1
    H4_SQ_HIGH = 14
    H4_SQ_LOW = 15
    GID_TOLD = 2                # with the GID in the lowest bit; 0: nothing is known of that packet

cdef struct Multiframe:
    bint known                  # `mfn` holds
    uint16_t mfn                # number of the last completed frame in the cycle
    uint8_t missed              # multiframes in a row that were not as they should be
    uint16_t out                # frames without a phase, saturating
    uint8_t moved               # a multiframe was found at another phase or frame count
    uint16_t moved_mfn          # what `mfn` would be by that one
    Accept sq
    bint packet_whole           # the last frame ended a control packet
    uint64_t packet             # the last whole one: 16 nibbles of H4, or 32 bits of K4
    uint64_t said               # the last one that was right
    uint64_t crc_errors         # packets with a wrong CRC
    uint8_t gids[256]           # of the packets, by their count

cdef inline void multiframe_reset(Multiframe *m) noexcept nogil:
    m.known = False
    m.out = 0
    m.moved = m.missed = 0
    m.packet_whole = False
    memset(m.gids, 0, sizeof(m.gids))
    accept_reset(&m.sq)

cdef inline void multiframe_step(Multiframe *m, uint16_t cycle, uint16_t frames, uint16_t lom) noexcept nogil:
    """One more frame."""
    m.mfn = (m.mfn + 1) & (cycle - 1)
    m.moved_mfn = (m.moved_mfn + 1) & (cycle - 1)
    if not m.known and m.out < lom * frames:
        m.out += 1

cdef inline void multiframe_seen(Multiframe *m, bint found, uint16_t seen, uint16_t frames,
                                 uint16_t lom) noexcept nogil:
    """After a step: is this frame, `found`, the last of a multiframe, and so number `seen`?"""
    if found:
        if (m.known and seen == m.mfn) or (m.moved and seen == m.moved_mfn):
            m.known = True
            m.mfn = seen
            m.missed = m.moved = 0
            m.out = 0
            return
        m.moved = 1
        m.moved_mfn = seen
    if m.known and m.mfn % frames == frames - 1:
        m.missed += 1
        if m.missed >= lom:
            m.known = False
            m.out = lom * frames

cdef inline void multiframe_said(Multiframe *m, unsigned count, bint right, uint8_t gid) noexcept nogil:
    """A control packet is whole, and its CRC is `right`, or it is that of a VC without LCAS."""
    m.gids[count] = 0
    if right:
        m.said = m.packet
        m.gids[count] = GID_TOLD | gid
    else:
        m.crc_errors += 1

# ---------------------------------------------------------------- K4

cdef inline uint32_t k4_extended_label(uint8_t label) noexcept nogil:
    """Bit 1 of K4 over its multiframe, first bit highest: MFAS, label, then zeros."""
    return (<uint32_t>K4_MFAS << 21) | (<uint32_t>label << 13)

cdef struct K4Rx:
    Multiframe m
    uint32_t label_bits         # the last 32 of bit 1, newest lowest
    uint32_t vcat_bits          # the last 32 of bit 2
    Accept extended_label

cdef inline void k4_reset(K4Rx *k) noexcept nogil:
    multiframe_reset(&k.m)
    k.label_bits = k.vcat_bits = 0
    accept_reset(&k.extended_label)

cdef inline bint k4_take(K4Rx *k, uint8_t k4) noexcept nogil:
    """The K4 of one more frame; True when the accepted extended label changes."""
    cdef bint changed = False, found, right
    cdef uint16_t seen = 0
    cdef Packet p
    k.label_bits = (k.label_bits << 1) | (k4 >> 7)
    k.vcat_bits = (k.vcat_bits << 1) | ((k4 >> 6) & 1)
    multiframe_step(&k.m, K4_CYCLE, K4_FRAMES, K4_LOM)
    found = (k.label_bits >> 21) == K4_MFAS
    if found:
        changed = accept(&k.extended_label, (k.label_bits >> 13) & 0xff, SQ_PERSISTENCE)
        accept(&k.m.sq, (k.vcat_bits >> 21) & 63, SQ_PERSISTENCE)
        seen = <uint16_t>(((k.vcat_bits >> 27) & 31) * K4_FRAMES + K4_FRAMES - 1)
    multiframe_seen(&k.m, found, seen, K4_FRAMES, K4_LOM)
    k.m.packet_whole = k.m.known and k.m.mfn % K4_FRAMES == K4_FRAMES - 1
    if k.m.packet_whole:
        k.m.packet = k.vcat_bits
        right = k4_unpack(k.vcat_bits, &p) or k4_is_plain(k.vcat_bits)
        multiframe_said(&k.m, k.m.mfn // K4_FRAMES, right, p.gid)
    return changed

cdef inline uint32_t turned(uint32_t bits, unsigned n) noexcept nogil:
    """`n` places to the left, what falls out comes in again."""
    return bits << (n & 31) | bits >> (-n & 31)

cdef inline int k4_rests(const K4Rx *k) noexcept nogil:
    """Bit 1 goes on as it did: after how many frames there is something to see, at most 32; 0: at once."""
    cdef unsigned at = k.m.mfn % K4_FRAMES
    if k.m.moved or k.m.missed:
        return 0
    if not k.m.known:
        # no multiframe, nor anything that could be the beginning of one
        return K4_FRAMES if k.m.out == K4_LOM * K4_FRAMES and (k.label_bits == 0 or ~k.label_bits == 0) else 0
    if not accepted(&k.extended_label, SQ_PERSISTENCE) \
            or k.label_bits != turned(k4_extended_label(k.extended_label.value), at + 1):
        return 0
    return <int>((K4_FRAMES - 2 - at) % K4_FRAMES) + 1

cdef inline bint k4_rest(K4Rx *k, int n, uint32_t vcat_bits, uint8_t k4) noexcept nogil:
    """It rested for `n` frames, no more than `k4_rests` said. `vcat_bits`: as it is before the last of them, whose K4
    this is."""
    k.label_bits = turned(k.label_bits, <unsigned>n - 1)
    k.vcat_bits = vcat_bits
    k.m.mfn = (k.m.mfn + n - 1) & (K4_CYCLE - 1)
    k.m.moved_mfn = (k.m.moved_mfn + n - 1) & (K4_CYCLE - 1)
    return k4_take(k, k4)

cdef inline void k4_skipped(K4Rx *k) noexcept nogil:
    """A frame was lost where the pointer jumped: the count of frames goes on, in step with the other members'."""
    k.m.mfn = (k.m.mfn + 1) & (K4_CYCLE - 1)
    k.m.moved_mfn = (k.m.moved_mfn + 1) & (K4_CYCLE - 1)
    k.label_bits <<= 1
    k.vcat_bits <<= 1
    k.m.packet_whole = False

# ---------------------------------------------------------------- H4

cdef struct H4Rx:
    Multiframe m
    uint8_t mfi1                # of the last frame
    uint8_t right               # frames in a row whose MFI1 went up by one, saturating
    uint8_t mfi2
    uint8_t sq
    uint64_t nibbles            # the last 16 of bits 1-4, newest lowest

cdef inline void h4_reset(H4Rx *h) noexcept nogil:
    multiframe_reset(&h.m)
    h.right = 0

cdef inline void h4_vcat_take(H4Rx *h, uint8_t h4, uint16_t lom) noexcept nogil:
    """The H4, or concatenation octet, of one more frame; given up after `lom` wrong multiframes."""
    cdef uint8_t mfi1 = h4 & 15, nibble = h4 >> 4
    cdef bint found, right
    cdef Packet p
    if mfi1 != ((h.mfi1 + 1) & 15):
        h.right = 0
    elif h.right < MFI_FRAMES:
        h.right += 1
    h.mfi1 = mfi1
    if mfi1 == H4_MFI2_HIGH:
        h.mfi2 = <uint8_t>(nibble << 4)
    elif mfi1 == H4_MFI2_LOW:
        h.mfi2 |= nibble
    elif mfi1 == H4_SQ_HIGH:
        h.sq = <uint8_t>(nibble << 4)
    elif mfi1 == H4_SQ_LOW:
        h.sq |= nibble
    multiframe_step(&h.m, MFI_CYCLE, MFI_FRAMES, lom)
    found = mfi1 == MFI_FRAMES - 1 and h.right >= MFI_FRAMES - 1
    if found:
        accept(&h.m.sq, h.sq, SQ_PERSISTENCE)
    multiframe_seen(&h.m, found, <uint16_t>(h.mfi2 * MFI_FRAMES + MFI_FRAMES - 1), MFI_FRAMES, lom)
    h.nibbles = h.nibbles << 4 | nibble
    h.m.packet_whole = h.m.known and h.m.mfn % MFI_FRAMES == H4_PACKET - 1
    if h.m.packet_whole:
        h.m.packet = h.nibbles
        right = h4_unpack(h.nibbles, &p) or h4_is_plain(h.nibbles)
        multiframe_said(&h.m, h.m.mfn // MFI_FRAMES, right, p.gid)

cdef inline void h4_skipped(H4Rx *h) noexcept nogil:
    """A frame was lost where the pointer jumped."""
    h.m.mfn = (h.m.mfn + 1) & (MFI_CYCLE - 1)
    h.m.moved_mfn = (h.m.moved_mfn + 1) & (MFI_CYCLE - 1)
    h.mfi1 = (h.mfi1 + 1) & 15
    h.right = 0
    h.nibbles <<= 4
    h.m.packet_whole = False
