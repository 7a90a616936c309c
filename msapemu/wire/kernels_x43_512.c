/* x^43 + 1 by rows of 43 octets, for AVX-512 with VBMI and VBMI2 (setup.py gives this file its flags).
 *
 * 43 octets are eight symbols of 43 bits. The scrambler adds to each symbol the one that it sent before, so what is sent
 * is the sum (XOR) of all symbols so far: y(j) = x(0) + ... + x(j). A row in a register is eight symbols, one a lane,
 * and the running sum R of rows takes one XOR a row; symbol j of a row is then the symbols up to j of this row's R and
 * those behind j of R one row before, a sum over a window of eight lanes that three steps make: 1, 2 and 4 lanes back.
 *
 * A lane holds its symbol and some bits of the next one, 57 at least, to which the same holds: so each octet that is
 * sent stands whole in one lane. With a state of zero, octets of zero before the first one change nothing: the first row
 * is the short one (it begins with such an octet at least, so that nothing is due from the row before it).
 */
#include <immintrin.h>

#include "kernels.h"
#include "kernels_x86.h"

#define ROW 43

/* Lane j of a row begins in octet 43 j / 8, with its bit 43 j mod 8; octet i of a row is in lane 8 i / 43. */
#define FIRST(j) (43 * (j) / 8)
#define OF_LANE(j, k) (FIRST(j) + 7 - (k))
#define LANE_OCTETS(j)                                                                                                   \
    OF_LANE(j, 0), OF_LANE(j, 1), OF_LANE(j, 2), OF_LANE(j, 3), OF_LANE(j, 4), OF_LANE(j, 5), OF_LANE(j, 6), OF_LANE(j, 7)
static const uint8_t to_lanes[64] = {LANE_OCTETS(0), LANE_OCTETS(1), LANE_OCTETS(2), LANE_OCTETS(3),
                                     LANE_OCTETS(4), LANE_OCTETS(5), LANE_OCTETS(6), LANE_OCTETS(7)};
#define FROM(i) (8 * (8 * (i) / 43) + 7 - ((i) - FIRST(8 * (i) / 43)))
#define FROM8(i) FROM(i), FROM(i + 1), FROM(i + 2), FROM(i + 3), FROM(i + 4), FROM(i + 5), FROM(i + 6), FROM(i + 7)
static const uint8_t from_lanes[64] = {FROM8(0), FROM8(8), FROM8(16), FROM8(24), FROM8(32), FROM(40), FROM(41), FROM(42)};
/* the last eight octets of a row, the last one first: the state */
static const uint8_t last_octets[16] = {FROM(42), FROM(41), FROM(40), FROM(39), FROM(38), FROM(37), FROM(36), FROM(35)};

#define LANE_BITS _mm512_setr_epi64(0, 43 % 8, 86 % 8, 129 % 8, 172 % 8, 215 % 8, 258 % 8, 301 % 8)

typedef struct {
    __m512i sum, one, two; /* R of the row before, and what the first two steps made of it */
} rows_before;

/* One row of a stream that begins with a state of zero: its octets in, what is sent out, by lanes. */
static inline __m512i row43(rows_before *before, __m512i octets)
{
    __m512i x = _mm512_sllv_epi64(_mm512_permutexvar_epi8(_mm512_loadu_si512(to_lanes), octets), LANE_BITS);
    __m512i sum = _mm512_xor_si512(before->sum, x);
    __m512i one = _mm512_xor_si512(sum, _mm512_alignr_epi64(sum, before->sum, 7));
    __m512i two = _mm512_xor_si512(one, _mm512_alignr_epi64(one, before->one, 6));
    __m512i four = _mm512_xor_si512(two, _mm512_alignr_epi64(two, before->two, 4));
    before->sum = sum;
    before->one = one;
    before->two = two;
    return four;
}

static inline __m512i octets43(__m512i lanes)
{
    return _mm512_permutexvar_epi8(_mm512_loadu_si512(from_lanes), _mm512_srlv_epi64(lanes, LANE_BITS));
}

/* What a state adds is its 43 bits again and again: to each symbol the same, turned by where the stream begins in a symbol.
 * So the state that comes out is a few shifts after the one that goes in, whatever the octets are. */
void msapemu_scramble43_512(uint64_t *state, uint8_t *out, const uint8_t *in, size_t n)
{
    const __mmask64 row = MASK_LOW(ROW);
    const __m512i zero = _mm512_setzero_si512();
    rows_before before = {zero, zero, zero};
    const size_t first = n % ROW, missing = ROW - first;
    const unsigned turn = 8 * first % ROW;
    uint64_t s = *state << 21, last;
    s |= s >> 43;
    s = s << turn | s >> (43 - turn);
    const __m512i added = _mm512_set1_epi64((long long)s);
    if (!n)
        return;
    /* the first row's octets stand at its end; the row is read 21 octets further, as all but the last one are */
    __mmask64 there = ~(__mmask64)0 << missing;
    __m512i x = _mm512_maskz_loadu_epi8(n >= ROW ? there : there & row, in - missing), lanes = row43(&before, x);
    _mm512_mask_storeu_epi8(out - missing, there & row, octets43(_mm512_xor_si512(lanes, added)));
    if (n >= ROW) {
        size_t at = first;
        for (; at + ROW < n; at += ROW) {
            lanes = row43(&before, _mm512_loadu_si512(in + at));
            _mm512_storeu_si512(out + at, octets43(_mm512_xor_si512(lanes, added)));
        }
        lanes = row43(&before, _mm512_maskz_loadu_epi8(row, in + at));
        _mm512_mask_storeu_epi8(out + at, row, octets43(_mm512_xor_si512(lanes, added)));
    }
    /* the last eight octets of a row */
    lanes = _mm512_permutexvar_epi8(_mm512_zextsi128_si512(_mm_loadu_si128((const __m128i *)last_octets)),
                                    _mm512_srlv_epi64(lanes, LANE_BITS));
    last = (uint64_t)_mm_cvtsi128_si64(_mm512_castsi512_si128(lanes)) ^ (s << 22 | s >> 21);
    *state = n < 8 ? *state << 8 * n | (last & ~(~(uint64_t)0 << 8 * n)) : last;
}

/* y = x + x 43 bits before, by words whose first octet is highest. */
static inline __m512i back43(__m512i *before, __m512i octets)
{
    const __m512i swap = SWAP64;
    __m512i x = _mm512_shuffle_epi8(octets, swap);
    __m512i delayed = _mm512_shldi_epi64(_mm512_alignr_epi64(x, *before, 7), x, 21);
    *before = x;
    return _mm512_xor_si512(octets, _mm512_shuffle_epi8(delayed, swap));
}

void msapemu_descramble43_512(uint64_t *state, uint8_t *out, const uint8_t *in, size_t n)
{
    __m512i before = _mm512_set1_epi64((long long)*state);
    size_t at = 0;
    if (!n)
        return;
    for (; at + 64 < n; at += 64)
        _mm512_storeu_si512(out + at, back43(&before, _mm512_loadu_si512(in + at)));
    __mmask64 left = MASK_LOW(n - at);
    _mm512_mask_storeu_epi8(out + at, left, back43(&before, _mm512_maskz_loadu_epi8(left, in + at)));
    if (n >= 8) {
        uint64_t last;
        __builtin_memcpy(&last, in + n - 8, 8);
        *state = __builtin_bswap64(last);
    } else
        *state = *state << 8 * n | (uint64_t)_mm_cvtsi128_si64(_mm512_castsi512_si128(before)) >> (64 - 8 * n);
}
