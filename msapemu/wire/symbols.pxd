# cython: language_level=3
"""8B/10B symbols in a stream of bits (IEEE 802.3 36.2.4): characters to ten bits each and back.

Bit a of a symbol is first, and first is the most significant bit of an octet: four symbols take five octets. The
disparity is made here and checked here; GFP-T does not carry it.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from msapemu.wire.characters cimport (CONTROL_10B, D5_6, D16_2, DECODE_10B, ENCODE_10B, K28_5, OCTET_ERR,
                                      POSITIVE_10B)

cdef enum:
    SYMBOL_BITS = 10
    SYMBOL = 0x3ff
    COMMA = 0x1f                # 0011111: the first seven bits of a symbol, where the disparity is negative
    COMMA_BITS = 7
    COMMAS = 3                  # that bring synchronization
    GOOD_IN_A_ROW = 4           # symbols that make good one bad one
    BAD_MOST = 4                # bad ones, not made good, that lose it

cdef struct SymbolTx:
    bint idles                  # D5.6 or D16.2 behind K28.5 is chosen anew: an idle leaves the disparity negative
    bint positive               # running disparity
    bint comma                  # the last symbol was K28.5, and the disparity before it
    bint before
    uint32_t bits               # not yet a whole octet
    unsigned count

cdef inline unsigned symbol_code(SymbolTx *s, uint8_t octet, bint control) noexcept nogil:
    """The ten bits of a character, bit a highest."""
    cdef unsigned bits, index
    if s.idles and s.comma and not control and (octet == D5_6 or octet == D16_2):
        octet = D5_6 if s.before else D16_2
    s.comma = control and octet == K28_5
    s.before = s.positive
    index = (<unsigned>control << 8) | octet
    bits = ENCODE_10B[s.positive][index]
    # what the sender's disparity is, the receiver's is too: the table of the way back has it
    s.positive = (DECODE_10B[s.positive][bits] & POSITIVE_10B) != 0
    return bits

cdef inline uint8_t *symbol_put(SymbolTx *s, unsigned bits, uint8_t *out) noexcept nogil:
    """Write what is whole octets of one more symbol; where the next octet goes."""
    s.bits = (s.bits << SYMBOL_BITS) | bits
    s.count += SYMBOL_BITS
    while s.count >= 8:
        s.count -= 8
        out[0] = <uint8_t>(s.bits >> s.count)
        out += 1
    return out

cdef struct SymbolRx:
    bint positive               # running disparity
    uint64_t bits               # the last ones, newest lowest
    unsigned count              # of them that are in no symbol yet
    unsigned commas             # seen since symbols were searched for; COMMAS: there is synchronization
    unsigned bad
    unsigned good               # in a row
    uint64_t losses             # of synchronization

cdef inline bint symbol_in_step(const SymbolRx *s) noexcept nogil:
    return s.commas == COMMAS

cdef inline bint is_comma(unsigned symbol) noexcept nogil:
    symbol >>= SYMBOL_BITS - COMMA_BITS
    return symbol == COMMA or symbol == (COMMA ^ 0x7f)

cdef inline int symbol_judge(SymbolRx *s, unsigned symbol) noexcept nogil:
    """The character (CONTROL_10B set for a control character) of a symbol, or -1 while there is no synchronization.

    Three commas with no bad symbol between them bring it; four bad symbols that no four good ones in a row made good
    lose it.
    """
    cdef unsigned character = DECODE_10B[s.positive][symbol]
    s.positive = (character & POSITIVE_10B) != 0
    character &= ~<unsigned>POSITIVE_10B
    if character == CONTROL_10B + OCTET_ERR:
        s.good = 0
        s.bad += 1
        if s.commas < COMMAS:
            s.commas = 0
        elif s.bad == BAD_MOST:
            s.commas = 0
            s.losses += 1
    else:
        s.good += 1
        if s.good == GOOD_IN_A_ROW:
            s.good = 0
            s.bad -= s.bad > 0
        if s.commas < COMMAS and is_comma(symbol):
            s.commas += 1
            s.bad = 0
    return <int>character if s.commas == COMMAS else -1

cdef inline int symbol_hunt(SymbolRx *s, uint8_t octet) noexcept nogil:
    """Eight more bits, while it is not known where symbols begin: a comma tells."""
    cdef unsigned symbol
    cdef int k
    for k in range(8):
        s.bits = (s.bits << 1) | ((octet >> (7 - k)) & 1)
        s.count += 1
        symbol = <unsigned>s.bits & SYMBOL
        if s.commas == 0 and s.count >= SYMBOL_BITS and is_comma(symbol):
            s.count = 0
            s.bad = s.good = 0
            s.positive = symbol >> (SYMBOL_BITS - COMMA_BITS) != COMMA
            symbol_judge(s, symbol)
    if s.commas == 0 and s.count > SYMBOL_BITS:
        s.count = SYMBOL_BITS
    return -1

cdef inline int symbol_take(SymbolRx *s, uint8_t octet) noexcept nogil:
    """Eight more bits; the character that they complete, or -1."""
    if s.commas == 0:
        return symbol_hunt(s, octet)
    s.bits = (s.bits << 8) | octet
    s.count += 8
    if s.count < SYMBOL_BITS:
        return -1
    s.count -= SYMBOL_BITS
    return symbol_judge(s, <unsigned>(s.bits >> s.count) & SYMBOL)
