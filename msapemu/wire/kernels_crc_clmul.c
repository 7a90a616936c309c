/* CRC-32 by carry-less multiplication of 128 bits (setup.py gives this file its flags): as kernels_crc_512.c, but a vector
 * is 16 octets, and four of them 64. */
#include <string.h>

#include "kernels_x86.h"
#include "kernels_crc.h"

/* The low half of each octet, reversed. */
static inline __m128i reverse_bits(__m128i x)
{
    const __m128i half = _mm_setr_epi8(0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15), low = _mm_set1_epi8(15);
    __m128i a = _mm_shuffle_epi8(half, _mm_and_si128(x, low));
    __m128i b = _mm_shuffle_epi8(half, _mm_and_si128(_mm_srli_epi16(x, 4), low));
    return _mm_or_si128(_mm_slli_epi16(a, 4), b);
}

static inline __m128i load(const uint8_t *in, int msb)
{
    __m128i x = _mm_loadu_si128((const __m128i *)in);
    return msb ? reverse_bits(x) : x;
}

static inline __m128i multiply(__m128i x, __m128i k)
{
    return _mm_xor_si128(_mm_clmulepi64_si128(x, k, 0x00), _mm_clmulepi64_si128(x, k, 0x11));
}

static inline uint32_t reduce(__m128i s)
{
    const __m128i k = _mm_loadu_si128((const __m128i *)&msapemu_crc32_weights.inverse);
    s = _mm_xor_si128(s, _mm_clmulepi64_si128(_mm_clmulepi64_si128(s, k, 0x00), k, 0x10));
    return (uint32_t)_mm_extract_epi32(s, 2);
}

/* The first n octets, 1 to 15, lowest. */
static inline __m128i load_few(const uint8_t *in, size_t n)
{
    uint64_t low = 0, high = 0;
    uint32_t a, b;
    uint16_t c, d;
    if (n >= 8) {
        memcpy(&low, in, 8);
        memcpy(&high, in + n - 8, 8);
        high = n > 8 ? high >> (128 - 8 * n) : 0;
    } else if (n >= 4) {
        memcpy(&a, in, 4);
        memcpy(&b, in + n - 4, 4);
        low = a | (uint64_t)b << (8 * n - 32);
    } else if (n >= 2) {
        memcpy(&c, in, 2);
        memcpy(&d, in + n - 2, 2);
        low = c | (uint64_t)d << (8 * n - 16);
    } else
        low = in[0];
    return _mm_set_epi64x((long long)high, (long long)low);
}

/* Moves the lowest octets to the end, by a window into it. */
static const uint8_t to_the_end[32] = {128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
                                       0,   1,   2,   3,   4,   5,   6,   7,   8,   9,   10,  11,  12,  13,  14,  15};

static inline uint32_t crc(uint32_t before, const uint8_t *in, size_t n, const int msb)
{
    const __m128i *weights = (const __m128i *)(msapemu_crc32_weights.word + 24);
    size_t first = (n - 1) % 16 + 1, more = (n - first) / 16;
    if (!n)
        return before;
    if (first < 4 && more)
        return crc(crc(before, in, first, msb), in + first, n - first, msb);
    __m128i x = n < 16 ? load_few(in, n) : _mm_loadu_si128((const __m128i *)in), sum;
    if (msb)
        x = reverse_bits(x);
    x = _mm_xor_si128(x, _mm_cvtsi32_si128((int)before));
    x = _mm_shuffle_epi8(x, _mm_loadu_si128((const __m128i *)(to_the_end + first)));
    in += first;
    if (more < 4) {
        sum = multiply(x, _mm_loadu_si128(weights + 3 - more));
        for (size_t i = 4 - more; i < 4; i++, in += 16)
            sum = _mm_xor_si128(sum, multiply(load(in, msb), _mm_loadu_si128(weights + i)));
    } else {
        const __m128i k = _mm_loadu_si128((const __m128i *)msapemu_crc32_weights.fold[0]);
        __m128i a = _mm_setzero_si128(), b = a, c = a, d = x;
        switch (more % 4) {
        case 3:
            a = x, b = load(in, msb), c = load(in + 16, msb), d = load(in + 32, msb);
            break;
        case 2:
            b = x, c = load(in, msb), d = load(in + 16, msb);
            break;
        case 1:
            c = x, d = load(in, msb);
            break;
        }
        in += more % 4 * 16;
        for (more /= 4; more; more--, in += 64) {
            a = _mm_xor_si128(multiply(a, k), load(in, msb));
            b = _mm_xor_si128(multiply(b, k), load(in + 16, msb));
            c = _mm_xor_si128(multiply(c, k), load(in + 32, msb));
            d = _mm_xor_si128(multiply(d, k), load(in + 48, msb));
        }
        sum = multiply(a, _mm_loadu_si128(weights));
        sum = _mm_xor_si128(sum, multiply(b, _mm_loadu_si128(weights + 1)));
        sum = _mm_xor_si128(sum, multiply(c, _mm_loadu_si128(weights + 2)));
        sum = _mm_xor_si128(sum, multiply(d, _mm_loadu_si128(weights + 3)));
    }
    return reduce(sum) ^ (first < 4 ? before >> 8 * first : 0);
}

uint32_t msapemu_crc32_clmul(uint32_t before, const uint8_t *in, size_t n)
{
    return crc(before, in, n, 0);
}

uint32_t msapemu_crc32_msb_clmul(uint32_t before, const uint8_t *in, size_t n)
{
    return reverse32(crc(reverse32(before), in, n, 1));
}
