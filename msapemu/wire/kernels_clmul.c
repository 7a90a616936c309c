/* Ethernet FCS by carry-less multiplication: fold 64 octets a step, then 16, then Barrett reduction.
 *
 * Constants for the reflected polynomial P = 0x1DB710641: k(n) = bit-reflected x^n mod P, shifted left by one, for
 * n = 4*128+32, 4*128-32 (fold by 4 registers), 128+32, 128-32 (fold by 1), 64; mu = floor(x^64 / P) reflected.
 * A test holds them against the bitwise definition through every length.
 */
#include <immintrin.h>
#include "kernels.h"

uint32_t msapemu_crc32_clmul(uint32_t crc, const uint8_t *in, size_t n);

static inline __m128i fold(__m128i x, __m128i next, __m128i k)
{
    return _mm_xor_si128(_mm_xor_si128(_mm_clmulepi64_si128(x, k, 0x00), _mm_clmulepi64_si128(x, k, 0x11)), next);
}

uint32_t msapemu_crc32_clmul(uint32_t crc, const uint8_t *in, size_t n)
{
    const __m128i k1k2 = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
    const __m128i k3k4 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
    const __m128i k5 = _mm_set_epi64x(0, 0x163cd6124);
    const __m128i poly = _mm_set_epi64x(0x1f7011641, 0x1db710641);
    const __m128i low32 = _mm_setr_epi32(-1, 0, -1, 0);
    const __m128i *p = (const __m128i *)in;
    __m128i x;

    if (n < 16)
        return msapemu_crc32_tables(crc, in, n);
    x = _mm_xor_si128(_mm_loadu_si128(p), _mm_cvtsi32_si128((int)crc));
    if (n >= 64) {
        __m128i x1 = _mm_loadu_si128(p + 1), x2 = _mm_loadu_si128(p + 2), x3 = _mm_loadu_si128(p + 3);
        for (p += 4, n -= 64; n >= 64; p += 4, n -= 64) {
            x = fold(x, _mm_loadu_si128(p), k1k2);
            x1 = fold(x1, _mm_loadu_si128(p + 1), k1k2);
            x2 = fold(x2, _mm_loadu_si128(p + 2), k1k2);
            x3 = fold(x3, _mm_loadu_si128(p + 3), k1k2);
        }
        x = fold(fold(fold(x, x1, k3k4), x2, k3k4), x3, k3k4);
    } else {
        p += 1;
        n -= 16;
    }
    for (; n >= 16; p++, n -= 16)
        x = fold(x, _mm_loadu_si128(p), k3k4);
    /* 128 bits -> 96 -> 64, then Barrett */
    x = _mm_xor_si128(_mm_srli_si128(x, 8), _mm_clmulepi64_si128(x, k3k4, 0x10));
    x = _mm_xor_si128(_mm_srli_si128(x, 4), _mm_clmulepi64_si128(_mm_and_si128(x, low32), k5, 0x00));
    __m128i t = _mm_clmulepi64_si128(_mm_and_si128(x, low32), poly, 0x10);
    t = _mm_clmulepi64_si128(_mm_and_si128(t, low32), poly, 0x00);
    crc = (uint32_t)_mm_extract_epi32(_mm_xor_si128(x, t), 1);
    return msapemu_crc32_tables(crc, (const uint8_t *)p, n);
}
