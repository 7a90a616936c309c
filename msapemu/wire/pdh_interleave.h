/* Bit interleaving of four tributaries, 16 bits of each at a time, and the search for a frame alignment signal at 64
 * places at a time (G.742, G.751).
 *
 * In a word of 64 bits, let the place of a bit be three digits of base four. Four runs of 16 bits, one after the other,
 * have the tributary as first digit; interleaved, it is the last. So the digits go round by one place, which is two
 * exchanges of neighbouring digits, each of two exchanges of bits: no table, and no instruction that not every machine
 * has. */
#ifndef MSAPEMU_PDH_INTERLEAVE_H
#define MSAPEMU_PDH_INTERLEAVE_H

#include <stdint.h>

/* Exchange the bits at `mask` with those `by` places higher. */
static inline uint64_t msapemu_exchange(uint64_t x, uint64_t mask, int by)
{
    uint64_t differ = (x ^ (x >> by)) & mask;
    return x ^ differ ^ (differ << by);
}

/* aaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbb cccccccccccccccc dddddddddddddddd -> abcd abcd ... */
static inline uint64_t msapemu_interleave(uint64_t x)
{
    x = msapemu_exchange(x, 0x00000000FF00FF00ull, 24);
    x = msapemu_exchange(x, 0x0000F0F00000F0F0ull, 12);
    x = msapemu_exchange(x, 0x00CC00CC00CC00CCull, 6);
    return msapemu_exchange(x, 0x0A0A0A0A0A0A0A0Aull, 3);
}

/* abcd abcd ... -> aaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbb cccccccccccccccc dddddddddddddddd */
static inline uint64_t msapemu_deinterleave(uint64_t x)
{
    x = msapemu_exchange(x, 0x0A0A0A0A0A0A0A0Aull, 3);
    x = msapemu_exchange(x, 0x00CC00CC00CC00CCull, 6);
    x = msapemu_exchange(x, 0x0000F0F00000F0F0ull, 12);
    return msapemu_exchange(x, 0x00000000FF00FF00ull, 24);
}

/* The places, first one highest, at which `length` bits like the lowest of `pattern` begin; the 64 places begin with
 * `here`, after which comes `next`. */
static inline uint64_t msapemu_pattern_places(uint64_t here, uint64_t next, unsigned pattern, int length)
{
    uint64_t places = ~0ull;
    for (int k = 0; k < length; k++) {
        uint64_t bits = k ? here << k | next >> (64 - k) : here;
        places &= pattern >> (length - 1 - k) & 1 ? bits : ~bits;
    }
    return places;
}

#endif
