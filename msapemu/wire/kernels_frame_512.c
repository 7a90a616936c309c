/* Sums of octets, and the passes over a frame, 192 octets a step for AVX-512 (setup.py gives this file its flags).
 *
 * B2's lane of an octet is its place in the frame modulo 3 N, and 192 is a multiple of every 3 N: three registers are all
 * lanes, and hold BIP-8 as well (kernels_body.h).
 */
#include <string.h>

#include "kernels.h"
#include "kernels_x86.h"

#define STM1_ROW 270
#define STM1_SOH 9

static inline __m512i sum3(__m512i a, __m512i b, __m512i c)
{
    return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}

static inline uint8_t bip8_of(__m512i x)
{
    __m256i half = _mm256_xor_si256(_mm512_castsi512_si256(x), _mm512_extracti64x4_epi64(x, 1));
    __m128i quarter = _mm_xor_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
    uint64_t w = (uint64_t)_mm_cvtsi128_si64(quarter) ^ (uint64_t)_mm_extract_epi64(quarter, 1);
    w ^= w >> 32;
    w ^= w >> 16;
    return (uint8_t)(w ^ w >> 8);
}

uint8_t msapemu_bip8_512(const uint8_t *in, size_t n)
{
    __m512i a = _mm512_setzero_si512(), b = a;
    size_t at = 0;
    if (!n)
        return 0;
    for (; at + 256 < n; at += 256) {
        a = sum3(a, _mm512_loadu_si512(in + at), _mm512_loadu_si512(in + at + 64));
        b = sum3(b, _mm512_loadu_si512(in + at + 128), _mm512_loadu_si512(in + at + 192));
    }
    for (; at + 64 < n; at += 64)
        a = _mm512_xor_si512(a, _mm512_loadu_si512(in + at));
    return bip8_of(sum3(a, b, _mm512_maskz_loadu_epi8(MASK_LOW(n - at), in + at)));
}

void msapemu_xor_octets_512(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n)
{
    size_t at = 0;
    if (!n)
        return;
    for (; at + 64 < n; at += 64)
        _mm512_storeu_si512(out + at, _mm512_xor_si512(_mm512_loadu_si512(a + at), _mm512_loadu_si512(b + at)));
    __mmask64 left = MASK_LOW(n - at);
    __m512i x = _mm512_xor_si512(_mm512_maskz_loadu_epi8(left, a + at), _mm512_maskz_loadu_epi8(left, b + at));
    _mm512_mask_storeu_epi8(out + at, left, x);
}

void msapemu_xor_rows64_512(uint8_t *out, const uint8_t *rows, size_t count)
{
    __m512i a = _mm512_setzero_si512(), b = a;
    for (; count >= 4; count -= 4, rows += 256) {
        a = sum3(a, _mm512_loadu_si512(rows), _mm512_loadu_si512(rows + 64));
        b = sum3(b, _mm512_loadu_si512(rows + 128), _mm512_loadu_si512(rows + 192));
    }
    for (; count; count--, rows += 64)
        a = _mm512_xor_si512(a, _mm512_loadu_si512(rows));
    _mm512_storeu_si512(out, _mm512_xor_si512(a, b));
}

/* 192 octets to 3 N lanes. */
static inline void lanes_of(uint8_t *b2, __m512i a, __m512i b, __m512i c, unsigned n)
{
    /* 192 to 48: three quarters of registers are apart as many */
    __m128i x = _mm_xor_si128(_mm_xor_si128(_mm512_castsi512_si128(a), _mm512_extracti32x4_epi32(a, 3)),
                              _mm_xor_si128(_mm512_extracti32x4_epi32(b, 2), _mm512_extracti32x4_epi32(c, 1)));
    __m128i y = _mm_xor_si128(_mm_xor_si128(_mm512_extracti32x4_epi32(a, 1), _mm512_castsi512_si128(b)),
                              _mm_xor_si128(_mm512_extracti32x4_epi32(b, 3), _mm512_extracti32x4_epi32(c, 2)));
    __m128i z = _mm_xor_si128(_mm_xor_si128(_mm512_extracti32x4_epi32(a, 2), _mm512_extracti32x4_epi32(b, 1)),
                              _mm_xor_si128(_mm512_castsi512_si128(c), _mm512_extracti32x4_epi32(c, 3)));
    if (n == 16) {
        _mm_storeu_si128((__m128i *)b2, x);
        _mm_storeu_si128((__m128i *)(b2 + 16), y);
        _mm_storeu_si128((__m128i *)(b2 + 32), z);
        return;
    }
    /* 48 to 24 to 12: words p and q, and the low half of r */
    uint64_t p = (uint64_t)_mm_cvtsi128_si64(x) ^ (uint64_t)_mm_extract_epi64(y, 1);
    uint64_t q = (uint64_t)_mm_extract_epi64(x, 1) ^ (uint64_t)_mm_cvtsi128_si64(z);
    uint64_t r = (uint64_t)_mm_cvtsi128_si64(y) ^ (uint64_t)_mm_extract_epi64(z, 1);
    uint64_t low = p ^ (q >> 32 | r << 32); /* octets 0 to 7 of twelve */
    uint32_t high = (uint32_t)(q ^ r >> 32);
    if (n == 4) {
        memcpy(b2, &low, 8);
        memcpy(b2 + 8, &high, 4);
    } else { /* 12 to 6 to 3 */
        uint64_t six = low ^ (low >> 48 | (uint64_t)high << 16);
        six ^= six >> 24;
        memcpy(b2, &six, 2);
        b2[2] = (uint8_t)(six >> 16);
    }
}

typedef enum { LOOK, SEND, RECEIVE } passing;

static inline uint8_t pass(uint8_t *b2, uint8_t *out, const uint8_t *in, unsigned n, const passing how)
{
    const size_t row = STM1_ROW * (size_t)n, soh = STM1_SOH * (size_t)n, whole = 9 * row;
    const uint8_t *key = msapemu_scrambler + MSAPEMU_CLEAR - soh;
    __m512i sum[3] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
    size_t at = 0;
    for (; at + 192 <= whole; at += 192)
        for (int k = 0; k < 3; k++) {
            __m512i x = _mm512_loadu_si512(in + at + 64 * k), y = x;
            if (how != LOOK) {
                y = _mm512_xor_si512(x, _mm512_loadu_si512(key + at + 64 * k));
                _mm512_storeu_si512(out + at + 64 * k, y);
            }
            sum[k] = _mm512_xor_si512(sum[k], how == RECEIVE ? y : x);
        }
    for (int k = 0; k < 3; k++, at += 64) {
        __mmask64 there = at >= whole ? 0 : whole - at >= 64 ? ~(__mmask64)0 : MASK_LOW(whole - at);
        __m512i x = _mm512_maskz_loadu_epi8(there, in + at), y = x;
        if (how != LOOK) {
            y = _mm512_xor_si512(x, _mm512_maskz_loadu_epi8(there, key + at));
            _mm512_mask_storeu_epi8(out + at, there, y);
        }
        sum[k] = _mm512_xor_si512(sum[k], how == RECEIVE ? y : x);
    }
    uint8_t b1 = bip8_of(sum3(sum[0], sum[1], sum[2])) ^ msapemu_scrambler_bip[n];
    /* the regenerator section's overhead is no part of B2: rows 0 to 2 of it, each from a place of lane 0 on */
    for (at = 0; at < 3 * row; at += row)
        for (size_t k = 0, i = 0; i < soh; k++, i += 64) {
            __mmask64 there = soh - i >= 64 ? ~(__mmask64)0 : MASK_LOW(soh - i);
            __m512i x = _mm512_maskz_loadu_epi8(there, in + at + i);
            if (how != LOOK) /* where it was, it is scrambled by now, or always was */
                x = _mm512_xor_si512(x, _mm512_maskz_loadu_epi8(there, key + at + i));
            sum[k] = _mm512_xor_si512(sum[k], x);
        }
    lanes_of(b2, sum[0], sum[1], sum[2], n);
    return b1;
}

/* N = 1 with its own code: everything is known. */
#define PASS(b2, out, in, n, how) ((n) == 1 ? pass(b2, out, in, 1, how) : pass(b2, out, in, n, how))

void msapemu_bip24n_512(uint8_t *out, const uint8_t *frame, unsigned n)
{
    (void)PASS(out, NULL, frame, n, LOOK);
}

uint8_t msapemu_frame_send_512(uint8_t *b2, uint8_t *frame, unsigned n)
{
    return PASS(b2, frame, frame, n, SEND);
}

uint8_t msapemu_frame_receive_512(uint8_t *b2, uint8_t *out, const uint8_t *line, unsigned n)
{
    return PASS(b2, out, line, n, RECEIVE);
}
