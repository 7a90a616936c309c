/* CRC-32 by carry-less multiplication of 512 bits, for AVX-512 with VPCLMULQDQ (setup.py gives this file its flags).
 *
 * Octets of zero before a message change nothing: the first of its vectors is the short one, its octets at its end, and
 * nothing is left to do octet by octet. Up to 256 octets each word is multiplied by the weight of its place, and the sum
 * is reduced (kernels_crc.h has the weights); of longer messages four vectors are folded into the next four until 256
 * octets are left. The CRC that is not reflected is this one of octets whose bits are reversed.
 */
#include "kernels_x86.h"
#include "kernels_crc.h"

static inline __m512i load(const uint8_t *in, int msb)
{
    __m512i x = _mm512_loadu_si512(in);
    return msb ? _mm512_gf2p8affine_epi64_epi8(x, REVERSE_BITS, 0) : x;
}

static inline __m512i multiply(__m512i x, __m512i k)
{
    return _mm512_xor_si512(_mm512_clmulepi64_epi128(x, k, 0x00), _mm512_clmulepi64_epi128(x, k, 0x11));
}

static inline __m512i fold(__m512i x, __m512i next, __m512i k)
{
    return _mm512_ternarylogic_epi64(_mm512_clmulepi64_epi128(x, k, 0x00), _mm512_clmulepi64_epi128(x, k, 0x11), next, 0x96);
}

static inline uint32_t reduce(__m512i sum)
{
    const __m128i k = _mm_loadu_si128((const __m128i *)&msapemu_crc32_weights.inverse);
    __m256i half = _mm256_xor_si256(_mm512_castsi512_si256(sum), _mm512_extracti64x4_epi64(sum, 1));
    __m128i s = _mm_xor_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
    s = _mm_xor_si128(s, _mm_clmulepi64_si128(_mm_clmulepi64_si128(s, k, 0x00), k, 0x10));
    return (uint32_t)_mm_extract_epi32(s, 2);
}

static inline uint32_t crc(uint32_t before, const uint8_t *in, size_t n, const int msb)
{
    const __m512i *weights = (const __m512i *)msapemu_crc32_weights.word;
    size_t first = (n - 1) % 64 + 1, more = (n - first) / 64;
    if (!n)
        return before;
    if (first < 4 && more) /* what was before would reach into the second vector */
        return crc(crc(before, in, first, msb), in + first, n - first, msb);
    __mmask64 there = ~(__mmask64)0 << (64 - first);
    __m512i x = _mm512_maskz_loadu_epi8(there, in + first - 64), sum;
    if (msb)
        x = _mm512_gf2p8affine_epi64_epi8(x, REVERSE_BITS, 0);
    x = _mm512_xor_si512(x, _mm512_maskz_expand_epi8(there, _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)before))));
    in += first;
    if (more < 4) {
        sum = multiply(x, _mm512_loadu_si512(weights + 3 - more));
        for (size_t i = 4 - more; i < 4; i++, in += 64)
            sum = _mm512_xor_si512(sum, multiply(load(in, msb), _mm512_loadu_si512(weights + i)));
    } else {
        const __m512i k = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)msapemu_crc32_weights.fold[1]));
        __m512i a = _mm512_setzero_si512(), b = a, c = a, d = x;
        switch (more % 4) {
        case 3:
            a = x, b = load(in, msb), c = load(in + 64, msb), d = load(in + 128, msb);
            break;
        case 2:
            b = x, c = load(in, msb), d = load(in + 64, msb);
            break;
        case 1:
            c = x, d = load(in, msb);
            break;
        }
        in += more % 4 * 64;
        for (more /= 4; more; more--, in += 256) {
            a = fold(a, load(in, msb), k);
            b = fold(b, load(in + 64, msb), k);
            c = fold(c, load(in + 128, msb), k);
            d = fold(d, load(in + 192, msb), k);
        }
        sum = multiply(a, _mm512_loadu_si512(weights));
        sum = _mm512_xor_si512(sum, multiply(b, _mm512_loadu_si512(weights + 1)));
        sum = _mm512_xor_si512(sum, multiply(c, _mm512_loadu_si512(weights + 2)));
        sum = _mm512_xor_si512(sum, multiply(d, _mm512_loadu_si512(weights + 3)));
    }
    return reduce(sum) ^ (first < 4 ? before >> 8 * first : 0);
}

uint32_t msapemu_crc32_512(uint32_t before, const uint8_t *in, size_t n)
{
    return crc(before, in, n, 0);
}

uint32_t msapemu_crc32_msb_512(uint32_t before, const uint8_t *in, size_t n)
{
    return reverse32(crc(reverse32(before), in, n, 1));
}
