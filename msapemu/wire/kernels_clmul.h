/* Registers of 128 bits and carry-less multiplication, of x86-64 (PCLMULQDQ, SSSE3) and of AArch64 (PMULL). */
#ifndef MSAPEMU_KERNELS_CLMUL_H
#define MSAPEMU_KERNELS_CLMUL_H

#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>

typedef __m128i bits128;
#define LOAD128(p) _mm_loadu_si128((const __m128i *)(p))
#define WORDS128(low, high) _mm_set_epi64x((long long)(high), (long long)(low))
#define XOR128(a, b) _mm_xor_si128(a, b)
/* Products of the words `i` of a and `j` of b. */
#define MULTIPLY(a, i, b, j) _mm_clmulepi64_si128(a, b, (i) | (j) << 4)
/* Octets of a by the places in b; places from 128 on give 0. */
#define SHUFFLE(a, b) _mm_shuffle_epi8(a, b)
#define WORD(a, i) ((uint64_t)_mm_extract_epi64(a, i))

/* The bits of each octet, reversed. */
static inline bits128 reverse_bits(bits128 x)
{
    const __m128i half = _mm_setr_epi8(0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15), low = _mm_set1_epi8(15);
    __m128i a = _mm_shuffle_epi8(half, _mm_and_si128(x, low));
    __m128i b = _mm_shuffle_epi8(half, _mm_and_si128(_mm_srli_epi16(x, 4), low));
    return _mm_or_si128(_mm_slli_epi16(a, 4), b);
}
#else
#include <arm_neon.h>

typedef uint64x2_t bits128;
#define LOAD128(p) vreinterpretq_u64_u8(vld1q_u8((const uint8_t *)(p)))
#define WORDS128(low, high) vcombine_u64(vcreate_u64(low), vcreate_u64(high))
#define XOR128(a, b) veorq_u64(a, b)
#define MULTIPLY(a, i, b, j) vreinterpretq_u64_p128(vmull_p64((poly64_t)WORD(a, i), (poly64_t)WORD(b, j)))
#define SHUFFLE(a, b) vreinterpretq_u64_u8(vqtbl1q_u8(vreinterpretq_u8_u64(a), vreinterpretq_u8_u64(b)))
#define WORD(a, i) vgetq_lane_u64(a, i)

static inline bits128 reverse_bits(bits128 x)
{
    return vreinterpretq_u64_u8(vrbitq_u8(vreinterpretq_u8_u64(x)));
}
#endif

#endif
