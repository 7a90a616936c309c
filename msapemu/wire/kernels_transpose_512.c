/* Rows as columns, 16 registers of 64 octets at a time, for AVX-512 (setup.py gives this file its flags).
 *
 * Each quarter of the registers is a tile of 16 x 16, and four rounds of interleaving register i with register i + 8 turn
 * all four at once. The four tiles stand below each other (64 rows of 16 columns: what is written is whole registers), or
 * beside each other (16 rows of 64 columns: what is read is).
 */
#include "kernels.h"
#include "kernels_x86.h"

static inline void turn(__m512i *a)
{
    __m512i b[16];
#pragma GCC unroll 4
    for (int round = 0; round < 4; round++) {
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++) {
            b[2 * i] = _mm512_unpacklo_epi8(a[i], a[i + 8]);
            b[2 * i + 1] = _mm512_unpackhi_epi8(a[i], a[i + 8]);
        }
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++)
            a[i] = b[i];
    }
}

static inline void tall(uint8_t *out, size_t out_apart, const uint8_t *in, size_t in_apart)
{
    __m512i a[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) {
        const uint8_t *p = in + (size_t)i * in_apart;
        __m512i x = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)p));
        x = _mm512_inserti32x4(x, _mm_loadu_si128((const __m128i *)(p + 16 * in_apart)), 1);
        x = _mm512_inserti32x4(x, _mm_loadu_si128((const __m128i *)(p + 32 * in_apart)), 2);
        a[i] = _mm512_inserti32x4(x, _mm_loadu_si128((const __m128i *)(p + 48 * in_apart)), 3);
    }
    turn(a);
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++)
        _mm512_storeu_si512(out + (size_t)i * out_apart, a[i]);
}

static inline void wide(uint8_t *out, size_t out_apart, const uint8_t *in, size_t in_apart)
{
    __m512i a[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++)
        a[i] = _mm512_loadu_si512(in + (size_t)i * in_apart);
    turn(a);
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) {
        uint8_t *p = out + (size_t)i * out_apart;
        _mm_storeu_si128((__m128i *)p, _mm512_castsi512_si128(a[i]));
        _mm_storeu_si128((__m128i *)(p + 16 * out_apart), _mm512_extracti32x4_epi32(a[i], 1));
        _mm_storeu_si128((__m128i *)(p + 32 * out_apart), _mm512_extracti32x4_epi32(a[i], 2));
        _mm_storeu_si128((__m128i *)(p + 48 * out_apart), _mm512_extracti32x4_epi32(a[i], 3));
    }
}

static inline void tile(uint8_t *out, size_t out_apart, const uint8_t *in, size_t in_apart)
{
    __m128i a[16], b[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++)
        a[i] = _mm_loadu_si128((const __m128i *)(in + (size_t)i * in_apart));
#pragma GCC unroll 4
    for (int round = 0; round < 4; round++) {
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++) {
            b[2 * i] = _mm_unpacklo_epi8(a[i], a[i + 8]);
            b[2 * i + 1] = _mm_unpackhi_epi8(a[i], a[i + 8]);
        }
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++)
            a[i] = b[i];
    }
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++)
        _mm_storeu_si128((__m128i *)(out + (size_t)i * out_apart), a[i]);
}

void msapemu_transpose_512(uint8_t *out, size_t out_apart, const uint8_t *in, size_t in_apart, unsigned rows,
                           unsigned columns)
{
    unsigned r = 0, c;
    for (; r + 64 <= rows; r += 64)
        for (c = 0; c < columns; c += 16)
            tall(out + c * out_apart + r, out_apart, in + r * in_apart + c, in_apart);
    for (; r < rows; r += 16) {
        for (c = 0; c + 64 <= columns; c += 64)
            wide(out + c * out_apart + r, out_apart, in + r * in_apart + c, in_apart);
        for (; c < columns; c += 16)
            tile(out + c * out_apart + r, out_apart, in + r * in_apart + c, in_apart);
    }
}
