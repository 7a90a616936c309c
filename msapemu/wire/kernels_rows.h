/* Rows of octets, one a column, against runs of octets; included by kernels_body.h.
 *
 * Any permutation of a row at once where the instruction set has a shuffle by a register: of 16 octets out of 16 (SSSE3;
 * the four quarters of a row each out of four), or out of 64 (NEON). Elsewhere octet by octet, but for rows that are
 * copied as they are. kernels_rows_512.c has it for AVX-512.
 */
#if defined(__SSSE3__) && !defined(PLAIN)
#include <immintrin.h>

typedef struct {
    __m128i of[4][4]; /* for each quarter of what is made, what each quarter of the source gives to it */
} permutation;
typedef struct {
    __m128i quarter[4];
} row64;

/* `of` below `size`; all else gives 0 (the highest bit of a place does). Octets from `used` on may be anything. */
static inline permutation permutation_of(const uint8_t *of, unsigned size, unsigned used)
{
    permutation p;
    (void)used;
    for (int out = 0; out < 4; out++) {
        __m128i places = _mm_loadu_si128((const __m128i *)of + out);
        __m128i wrong = _mm_cmpeq_epi8(_mm_max_epu8(places, _mm_set1_epi8((char)size)), places);
        places = _mm_or_si128(places, wrong);
        for (int in = 0; in < 4; in++)
            p.of[out][in] = _mm_adds_epu8(_mm_xor_si128(places, _mm_set1_epi8((char)(16 * in))), _mm_set1_epi8(0x70));
    }
    return p;
}

static inline void permute(uint8_t *out, const uint8_t *in, const permutation *p)
{
    __m128i x[4];
    for (int k = 0; k < 4; k++)
        x[k] = _mm_loadu_si128((const __m128i *)in + k);
    for (int k = 0; k < 4; k++)
        _mm_storeu_si128((__m128i *)out + k, _mm_or_si128(_mm_or_si128(_mm_shuffle_epi8(x[0], p->of[k][0]),
                                                                       _mm_shuffle_epi8(x[1], p->of[k][1])),
                                                          _mm_or_si128(_mm_shuffle_epi8(x[2], p->of[k][2]),
                                                                       _mm_shuffle_epi8(x[3], p->of[k][3]))));
}
#elif defined(__aarch64__) && !defined(PLAIN)
#include <arm_neon.h>

typedef uint8x16x4_t permutation;

static inline permutation permutation_of(const uint8_t *of, unsigned size, unsigned used)
{
    permutation p;
    (void)used;
    for (int k = 0; k < 4; k++) {
        uint8x16_t places = vld1q_u8(of + 16 * k);
        p.val[k] = vorrq_u8(places, vcgeq_u8(places, vdupq_n_u8((uint8_t)size)));
    }
    return p;
}

static inline void permute(uint8_t *out, const uint8_t *in, const permutation *p)
{
    uint8x16x4_t x;
    for (int k = 0; k < 4; k++)
        x.val[k] = vld1q_u8(in + 16 * k);
    for (int k = 0; k < 4; k++)
        vst1q_u8(out + 16 * k, vqtbl4q_u8(x, p->val[k]));
}
#else
typedef struct {
    uint8_t of[64];    /* 64: none */
    unsigned straight; /* so many octets are where they were, and nothing is behind them; 0: it is not so */
} permutation;

static inline permutation permutation_of(const uint8_t *of, unsigned size, unsigned used)
{
    permutation p = {.straight = used < size ? used : size};
    for (unsigned i = 0; i < 64; i++) {
        p.of[i] = i < used && of[i] < size ? of[i] : 64;
        if (p.of[i] != (i < used && i < size ? i : 64))
            p.straight = 0;
    }
    return p;
}

static inline void permute(uint8_t *out, const uint8_t *in, const permutation *p)
{
    uint8_t x[65];
    memcpy(x, in, 64);
    x[64] = 0;
    if (p->straight) {
        memcpy(out, x, 64);
        for (unsigned i = p->straight; i < 64; i++)
            out[i] = 0;
    } else
        for (int i = 0; i < 64; i++)
            out[i] = x[p->of[i]];
}
#endif

static inline void VARIANT(rows_deal)(uint8_t *rows, const uint8_t *octets, size_t count, unsigned size, const uint8_t *of)
{
    const permutation p = permutation_of(of, size, 64);
    for (size_t r = 0; r < count; r++, rows += 64, octets += size)
        permute(rows, octets, &p);
}

static inline void VARIANT(rows_gather)(uint8_t *octets, const uint8_t *rows, size_t count, unsigned size, const uint8_t *of)
{
    const permutation p = permutation_of(of, 64, size);
    for (size_t r = 0; r < count; r++, rows += 64, octets += size)
        permute(octets, rows, &p);
}

static inline void VARIANT(copy_rows)(uint8_t *restrict out, size_t out_apart, const uint8_t *restrict in, size_t in_apart,
                               size_t n, size_t rows)
{
    for (size_t r = 0; r < rows; r++, out += out_apart, in += in_apart) {
        for (size_t i = 0; i + 64 <= n; i += 64)
            memcpy(out + i, in + i, 64);
        memcpy(out + n - 64, in + n - 64, 64);
    }
}
