/* Sums of octets (BIP), and the passes over a frame; included by kernels_body.h.
 *
 * Registers of whatever width the instruction set has, 192 octets in them at a time.
 */
#define STM1_ROW 270
#define STM1_SOH 9

/* A register's octets: at least 16, in vectors of the compiler. */
#if defined(__AVX512BW__)
#define WIDE 64
#elif defined(__AVX2__)
#define WIDE 32
#else
#define WIDE 16
#endif
#define WORDS (WIDE / 8)
typedef uint64_t wide __attribute__((vector_size(WIDE), aligned(1), may_alias));
#define IN(p) (*(const wide *)(p))
#define OUT(p) (*(wide *)(p))

/* n octets, fewer than eight, somewhere in a word. */
static inline uint64_t some_of(const uint8_t *p, size_t n)
{
    uint64_t w = 0;
    uint32_t four;
    uint16_t two;
    if (n & 4) {
        memcpy(&four, p, 4);
        w ^= four;
        p += 4;
    }
    if (n & 2) {
        memcpy(&two, p, 2);
        w ^= (uint64_t)two << 32;
        p += 2;
    }
    if (n & 1)
        w ^= (uint64_t)*p << 48;
    return w;
}

/* Up to eight octets as they stand, the others zero. */
static inline uint64_t word_at(const uint8_t *p, size_t n)
{
    uint64_t w = 0;
    memcpy(&w, p, n < 8 ? n : 8);
    return w;
}

static inline uint64_t little_endian(uint64_t w)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    return w;
}

static inline uint8_t sum_of(uint64_t w)
{
    w ^= w >> 32;
    w ^= w >> 16;
    return (uint8_t)(w ^ w >> 8);
}

#define STEP 192 /* octets */
#define STEPS (STEP / WIDE)
#define EACH _Pragma("GCC unroll 12") for (int k = 0; k < STEPS; k++)

static inline uint8_t VARIANT(bip8)(const uint8_t *in, size_t n)
{
    wide sum[STEPS], all = {0};
    uint64_t word = 0;
    EACH sum[k] = all;
    for (; n >= STEP; n -= STEP, in += STEP)
        EACH sum[k] ^= IN(in + WIDE * k);
    for (; n >= WIDE; n -= WIDE, in += WIDE)
        all ^= IN(in);
    EACH all ^= sum[k];
    for (int i = 0; i < WORDS; i++)
        word ^= all[i];
    for (; n >= 8; n -= 8, in += 8)
        word ^= word_at(in, 8);
    return sum_of(word ^ some_of(in, n));
}

static inline void VARIANT(xor_octets)(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = a[i] ^ b[i];
}

static inline void VARIANT(xor_rows64)(uint8_t *out, const uint8_t *rows, size_t count)
{
    wide sum[STEPS], none = {0};
    EACH sum[k] = none;
    for (; count >= 3; count -= 3, rows += STEP)
        EACH sum[k] ^= IN(rows + WIDE * k);
    for (; count; count--, rows += 64)
        for (int k = 0; k < 64 / WIDE; k++)
            sum[k] ^= IN(rows + WIDE * k);
    for (int k = 0; k < 64 / WIDE; k++)
        OUT(out + WIDE * k) = sum[k] ^ sum[k + 64 / WIDE] ^ sum[k + 128 / WIDE];
}

typedef enum { LOOK, SEND, RECEIVE } passing;

/* One register of a pass, and what it adds to the parities. */
static inline __attribute__((always_inline)) void VARIANT(frame_some)(wide *sum, uint8_t *out, const uint8_t *in,
                                                                      const uint8_t *key, const passing how)
{
    wide x = IN(in);
    if (how != LOOK) {
        wide y = x ^ IN(key);
        OUT(out) = y;
        x = how == RECEIVE ? y : x;
    }
    *sum ^= x;
}

/* One pass over a frame. `out` is `in` with the keystream added, and the parities are those of whichever of the two is
 * descrambled (to SEND: `in`). Every row, and the overhead of a row, are multiples of 3 N octets long, so B2's lane of an
 * octet is its place in the frame modulo 3 N: it is folded modulo 192 first, a multiple of each 3 N, and of 48 then. The
 * keystream's own parity turns BIP-8 of the descrambled frame into that of the scrambled one. */
static inline __attribute__((always_inline)) uint8_t VARIANT(frame_pass)(uint8_t *b2, uint8_t *out, const uint8_t *in, const unsigned n, const passing how)
{
    const size_t row = STM1_ROW * (size_t)n, soh = STM1_SOH * (size_t)n, whole = 9 * row;
    const uint8_t *key = msapemu_scrambler + MSAPEMU_CLEAR - soh;
    wide sum[STEPS], none = {0};
    uint64_t fold[6] = {0};
    uint8_t b1;
    size_t at = 0;
    EACH sum[k] = none;
#pragma GCC unroll 1
    for (; at + STEP <= whole; at += STEP)
        EACH VARIANT(frame_some)(&sum[k], out + at + WIDE * k, in + at + WIDE * k, key + at + WIDE * k, how);
    at = whole - whole % STEP;
    EACH if (at + WIDE * k + WIDE <= whole)
        VARIANT(frame_some)(&sum[k], out + at + WIDE * k, in + at + WIDE * k, key + at + WIDE * k, how);
    at = whole - whole % WIDE;
    for (; at < whole; at += 8) {
        size_t some = whole - at;
        uint64_t x = word_at(in + at, some);
        if (how != LOOK) {
            uint64_t y = x ^ word_at(key + at, some);
            memcpy(out + at, &y, some < 8 ? some : 8);
            x = how == RECEIVE ? y : x;
        }
        fold[at / 8 % 6] ^= x;
    }
    EACH {
        for (int i = 0; i < WORDS; i++)
            fold[(WORDS * k + i) % 6] ^= sum[k][i];
    }
    b1 = sum_of(fold[0] ^ fold[1] ^ fold[2] ^ fold[3] ^ fold[4] ^ fold[5]) ^ msapemu_scrambler_bip[n];
    /* the regenerator section's overhead is no part of B2; where it was, it is scrambled by now, or always was */
    for (at = 0; at < 3 * row; at += row)
        for (size_t i = 0; i < soh; i += 8) {
            fold[i / 8 % 6] ^= word_at(in + at + i, soh - i);
            if (how != LOOK)
                fold[i / 8 % 6] ^= word_at(key + at + i, soh - i);
        }
    if (n == 16)
        memcpy(b2, fold, 48);
    else { /* 48 to 24 to 12, words p and q; and to 6 and 3 */
        uint64_t p = little_endian(fold[0] ^ fold[3]), q = little_endian(fold[1] ^ fold[4]);
        uint64_t r = little_endian(fold[2] ^ fold[5]);
        p ^= q >> 32 | r << 32;
        q = (q ^ r >> 32) & 0xFFFFFFFF;
        if (n == 1) {
            p ^= p >> 48 | q << 16;
            p ^= p >> 24;
        }
        p = little_endian(p), q = little_endian(q);
        memcpy(b2, &p, n == 1 ? 3 : 8);
        if (n == 4)
            memcpy(b2 + 8, &q, 4);
    }
    return b1;
}

/* Each N has its own code: all lengths are known in it. */
#define FRAME_PASS(b2, out, in, n, how)                                                                                  \
    ((n) == 1   ? VARIANT(frame_pass)(b2, out, in, 1, how)                                                               \
     : (n) == 4 ? VARIANT(frame_pass)(b2, out, in, 4, how)                                                               \
                : VARIANT(frame_pass)(b2, out, in, 16, how))

static inline void VARIANT(bip24n)(uint8_t *b2, const uint8_t *frame, unsigned n)
{
    FRAME_PASS(b2, NULL, frame, n, LOOK);
}

static inline uint8_t VARIANT(frame_send)(uint8_t *b2, uint8_t *frame, unsigned n)
{
    return FRAME_PASS(b2, frame, frame, n, SEND);
}

static inline uint8_t VARIANT(frame_receive)(uint8_t *b2, uint8_t *out, const uint8_t *line, unsigned n)
{
    return FRAME_PASS(b2, out, line, n, RECEIVE);
}
