/* Streams of bits, and of 8B/10B characters, for AVX-512 with VBMI and GFNI (setup.py gives this file its flags). */
#include "kernels.h"
#include "kernels_x86.h"

/* As matrices: each octet's bits so many places higher, or lower. */
#define STRAIGHT 0x0102040810204080u
#define HIGHER(shift) _mm512_set1_epi64((long long)(STRAIGHT >> 8 * (shift)))
#define LOWER(shift) _mm512_set1_epi64((long long)(STRAIGHT << 8 * (shift)))

void msapemu_shift_bits_512(uint8_t *out, const uint8_t *in, size_t n, unsigned shift)
{
    const __m512i up = HIGHER(shift), down = LOWER(8 - shift);
    for (size_t at = 0; at < n; at += 64) {
        __mmask64 there = n - at < 64 ? MASK_LOW(n - at) : ~(__mmask64)0;
        __m512i before = _mm512_maskz_loadu_epi8(there, in + at - 1), x = _mm512_maskz_loadu_epi8(there, in + at);
        x = _mm512_or_si512(_mm512_gf2p8affine_epi64_epi8(before, up, 0), _mm512_gf2p8affine_epi64_epi8(x, down, 0));
        _mm512_mask_storeu_epi8(out + at, there, x);
    }
}

/* Which of the five low bits, and which of the three high ones, turn the disparity (kernels_bits.h). */
#define TURN5(x) (__builtin_popcount((x) & 31) <= 1 || __builtin_popcount((x) & 31) >= 4 || ((x) & 31) == 24)
#define TURN3(x) (((x) & 7) == 0 || ((x) & 7) == 4 || ((x) & 7) == 7)
#define EIGHT(turn, x)                                                                                                   \
    turn(x), turn((x) + 1), turn((x) + 2), turn((x) + 3), turn((x) + 4), turn((x) + 5), turn((x) + 6), turn((x) + 7)
#define ALL64(turn)                                                                                                      \
    {EIGHT(turn, 0),  EIGHT(turn, 8),  EIGHT(turn, 16), EIGHT(turn, 24),                                                 \
     EIGHT(turn, 32), EIGHT(turn, 40), EIGHT(turn, 48), EIGHT(turn, 56)}
static const uint8_t turn5[64] = ALL64(TURN5), turn3[64] = ALL64(TURN3);

unsigned msapemu_turns_512(const uint8_t *in, size_t n)
{
    const __m512i low = _mm512_loadu_si512(turn5), high = _mm512_loadu_si512(turn3);
    __m512i sum = _mm512_setzero_si512();
    for (size_t at = 0; at < n; at += 64) {
        /* D0.0 does not turn it */
        __m512i x = _mm512_maskz_loadu_epi8(n - at < 64 ? MASK_LOW(n - at) : ~(__mmask64)0, in + at);
        __m512i y = _mm512_and_si512(_mm512_srli_epi16(x, 5), _mm512_set1_epi8(7));
        sum = _mm512_ternarylogic_epi64(sum, _mm512_permutexvar_epi8(x, low), _mm512_permutexvar_epi8(y, high), 0x96);
    }
    return (unsigned)__builtin_parityll(_mm512_test_epi8_mask(sum, sum));
}
