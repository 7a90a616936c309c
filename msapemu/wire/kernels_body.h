/* Bodies of the kernels, compiled once per instruction set: VARIANT(name) gives each function its own name.
 * Plain C on purpose: the compiler vectorises it for the set of the file that includes this one. */
#include <string.h>

#include "kernels.h"
#include "superblock.h"

#define STM1_ROW 270
#define STM1_SOH 9

static inline uint64_t load_be64(const uint8_t *p)
{
    uint64_t w;
    memcpy(&w, p, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    return w;
}

static inline void store_be64(uint8_t *p, uint64_t w)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    memcpy(p, &w, 8);
}

static inline uint8_t VARIANT(bip8)(const uint8_t *in, size_t n)
{
    uint64_t lanes[8] = {0};
    uint8_t tail = 0;
    size_t i = 0;
    for (; i + 64 <= n; i += 64)
        for (int k = 0; k < 8; k++) {
            uint64_t w;
            memcpy(&w, in + i + 8 * k, 8);
            lanes[k] ^= w;
        }
    for (; i < n; i++)
        tail ^= in[i];
    uint64_t x = 0;
    for (int k = 0; k < 8; k++)
        x ^= lanes[k];
    x ^= x >> 32;
    x ^= x >> 16;
    x ^= x >> 8;
    return tail ^ (uint8_t)x;
}

static inline void VARIANT(xor_octets)(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = a[i] ^ b[i];
}

static inline void VARIANT(xor_rows64)(uint8_t *restrict out, const uint8_t *restrict rows, size_t count)
{
    uint8_t lanes[64] = {0};
    for (size_t r = 0; r < count; r++, rows += 64)
        for (int i = 0; i < 64; i++)
            lanes[i] ^= rows[i];
    memcpy(out, lanes, 64);
}

static inline void VARIANT(bip24n)(uint8_t *out, const uint8_t *frame, unsigned n)
{
    /* Every row and the RSOH's 9 N columns are multiples of 3 N octets long, so the lane is the column modulo 3 N.
     * Columns are folded modulo 48, a multiple of 3 N, first: that is a few wide registers. */
    const size_t row = STM1_ROW * (size_t)n, soh = STM1_SOH * (size_t)n, lanes = 3 * (size_t)n;
    uint8_t sum[STM1_ROW * 16], fold[48] = {0};
    memset(sum, 0, soh);
    memcpy(sum + soh, frame + soh, row - soh);
    for (size_t r = 1; r < 3; r++)
        for (size_t i = soh; i < row; i++)
            sum[i] ^= frame[r * row + i];
    for (size_t r = 3; r < 9; r++)
        for (size_t i = 0; i < row; i++)
            sum[i] ^= frame[r * row + i];
    size_t at = 0;
    for (; at + 48 <= row; at += 48)
        for (size_t i = 0; i < 48; i++)
            fold[i] ^= sum[at + i];
    for (size_t i = 0; at + i < row; i++)
        fold[i] ^= sum[at + i];
    memset(out, 0, lanes);
    for (size_t i = 0; i < 48; i += lanes)
        for (size_t k = 0; k < lanes; k++)
            out[k] ^= fold[i + k];
}

/* One pass over a frame: `out` is `in` with the keystream added, and the parities are those of whichever of the two is
 * descrambled (`sent`: `in`). Every row, and the overhead of a row, are multiples of 3 N octets long, so B2's lane of an
 * octet is its place in the frame modulo 3 N; it is folded modulo 192 first, a multiple of each 3 N. The keystream's
 * own parity turns BIP-8 of the descrambled frame into that of the scrambled one. */
#define FOLD 192
static inline uint8_t VARIANT(frame_pass)(uint8_t *b2, uint8_t *out, const uint8_t *in, unsigned n, int sent)
{
    const size_t row = STM1_ROW * (size_t)n, soh = STM1_SOH * (size_t)n, lanes = 3 * (size_t)n, whole = 9 * row;
    const uint8_t *key = msapemu_scrambler + MSAPEMU_CLEAR - soh;
    uint8_t fold[FOLD] = {0}, b1 = msapemu_scrambler_bip[n];
    size_t at = 0;
    /* the regenerator section's overhead is no part of B2 */
    for (size_t r = 0; r < 3; r++)
        for (size_t i = r * row; i < r * row + soh; i++) {
            uint8_t octet = sent ? in[i] : in[i] ^ key[i];
            fold[i % lanes] ^= octet;
            b1 ^= octet;
        }
    for (; at < whole; at += FOLD)
        for (size_t i = 0; i < (whole - at < FOLD ? whole - at : FOLD); i++) {
            uint8_t a = in[at + i], b = a ^ key[at + i];
            fold[i] ^= sent ? a : b;
            out[at + i] = b;
        }
    memset(b2, 0, lanes);
    for (size_t i = 0; i < FOLD; i += lanes)
        for (size_t k = 0; k < lanes; k++)
            b2[k] ^= fold[i + k];
    for (size_t k = 0; k < lanes; k++)
        b1 ^= b2[k];
    return b1;
}

static inline uint8_t VARIANT(frame_send)(uint8_t *b2, uint8_t *frame, unsigned n)
{
    return VARIANT(frame_pass)(b2, frame, frame, n, 1);
}

static inline uint8_t VARIANT(frame_receive)(uint8_t *b2, uint8_t *restrict out, const uint8_t *restrict line, unsigned n)
{
    return VARIANT(frame_pass)(b2, out, line, n, 0);
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

static inline void VARIANT(rows_deal)(uint8_t *restrict rows, const uint8_t *restrict octets, size_t count, unsigned size,
                               const uint8_t *of)
{
    for (size_t r = 0; r < count; r++, rows += 64, octets += size)
        for (int c = 0; c < 64; c++)
            rows[c] = of[c] < size ? octets[of[c]] : 0;
}

static inline void VARIANT(rows_gather)(uint8_t *restrict octets, const uint8_t *restrict rows, size_t count, unsigned size,
                                 const uint8_t *of)
{
    for (size_t r = 0; r < count; r++, rows += 64, octets += size)
        for (unsigned k = 0; k < size; k++)
            octets[k] = rows[of[k]];
}

/* 43 bits are 5 octets and 3 bits; 86 and 172 likewise: octet i of the stream delayed by so many bits. */
#define DELAY43(p, i) (uint8_t)((p)[(i) - 6] << 5 | (p)[(i) - 5] >> 3)
#define DELAY86(p, i) (uint8_t)((p)[(i) - 11] << 2 | (p)[(i) - 10] >> 6)
#define DELAY172(p, i) (uint8_t)((p)[(i) - 22] << 4 | (p)[(i) - 21] >> 4)

static inline uint64_t VARIANT(scramble43_words)(uint64_t s, uint8_t *out, const uint8_t *in, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        /* bits 0..42 of the word depend on the word before, bits 43..63 on bits 0..20 of the word itself */
        uint64_t x = load_be64(in + i), old = s << 21;
        x ^= x >> 43;
        s = (x ^ old) ^ (old >> 43);
        store_be64(out + i, s);
    }
    for (; i < n; i++) {
        uint8_t y = in[i] ^ (uint8_t)(s >> 35);
        out[i] = y;
        s = s << 8 | y;
    }
    return s;
}

#if defined(__AVX2__)
/* 32 octets, and those that stand 43 octets before the 32 that follow two such vectors */
typedef uint8_t octets32 __attribute__((vector_size(32)));
#if defined(__clang__)
#define BACK43(a, b)                                                                                                     \
    __builtin_shufflevector(a, b, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41,    \
                            42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52)
#else
#define BACK43(a, b)                                                                                                     \
    __builtin_shuffle(a, b, (octets32){21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,   \
                                       41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52})
#endif

/* With D a delay of one bit, y = x / (1 + D^43) = x (1 + D^43)(1 + D^86)(1 + D^172) / (1 + D^344), and 344 bits are 43
 * octets: a recursion that reaches back 43 octets can be taken 32 octets a step. The product needs 39 octets of x. */
#define SCRAMBLE_BLOCK 1024
#define SCRAMBLE_LEAD 64
#define SCRAMBLE_LONG 160 /* below this the words are as fast */

static inline void VARIANT(scramble43)(uint64_t *state, uint8_t *restrict out, const uint8_t *restrict in, size_t n)
{
    if (n < SCRAMBLE_LONG) {
        *state = VARIANT(scramble43_words)(*state, out, in, n);
        return;
    }
    uint8_t u1[SCRAMBLE_BLOCK + 64], u2[SCRAMBLE_BLOCK + 64];
    VARIANT(scramble43_words)(*state, out, in, SCRAMBLE_LEAD);
    for (size_t at = SCRAMBLE_LEAD; at < n; at += SCRAMBLE_BLOCK) {
        size_t count = n - at < SCRAMBLE_BLOCK ? n - at : SCRAMBLE_BLOCK, k = 0;
        const uint8_t *x = in + at - 33;
        for (size_t i = 0; i < count + 33; i++)
            u1[i] = x[i] ^ DELAY43(x, (ptrdiff_t)i);
        for (size_t i = 11; i < count + 33; i++)
            u2[i] = u1[i] ^ DELAY86(u1, i);
        for (size_t i = 33; i < count + 33; i++)
            u1[i] = u2[i] ^ DELAY172(u2, i);
        const uint8_t *u = u1 + 33;
        uint8_t *y = out + at;
        if (count >= 32) {
            /* the 64 octets before stay in registers: reading back what was just stored would wait for it */
            octets32 older, newer, now;
            memcpy(&older, y - 64, 32);
            memcpy(&newer, y - 32, 32);
            for (; k + 32 <= count; k += 32) {
                memcpy(&now, u + k, 32);
                now ^= BACK43(older, newer);
                memcpy(y + k, &now, 32);
                older = newer;
                newer = now;
            }
        }
        for (; k < count; k++)
            y[k] = u[k] ^ y[(ptrdiff_t)k - 43];
    }
    *state = load_be64(out + n - 8);
}
#else
static inline void VARIANT(scramble43)(uint64_t *state, uint8_t *out, const uint8_t *in, size_t n)
{
    *state = VARIANT(scramble43_words)(*state, out, in, n);
}
#endif

static inline void VARIANT(descramble43)(uint64_t *state, uint8_t *restrict out, const uint8_t *restrict in, size_t n)
{
    uint64_t s = *state, x;
    if (n < 8) {
        for (size_t i = 0; i < n; i++) {
            out[i] = in[i] ^ (uint8_t)(s >> 35);
            s = s << 8 | in[i];
        }
        *state = s;
        return;
    }
    x = load_be64(in);
    store_be64(out, x ^ s << 21 ^ x >> 43);
    for (size_t i = 8; i < n; i++)
        out[i] = in[i] ^ DELAY43(in, (ptrdiff_t)i);
    *state = load_be64(in + n - 8);
}

static inline void VARIANT(shift_bits)(uint8_t *out, const uint8_t *in, size_t n, unsigned shift)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(in[(ptrdiff_t)i - 1] << shift | in[i] >> (8 - shift));
}

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define TILE_OF_VECTORS
#endif
#endif

#ifdef TILE_OF_VECTORS
typedef uint8_t VARIANT(octets16) __attribute__((vector_size(16)));

/* Four rounds of interleaving row i with row i + 8 turn 16 rows into 16 columns. */
static inline void VARIANT(tile16)(uint8_t *out, size_t out_apart, const uint8_t *in, size_t in_apart)
{
    VARIANT(octets16) a[16], b[16];
    for (int i = 0; i < 16; i++)
        memcpy(&a[i], in + i * in_apart, 16);
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 8; i++) {
            b[2 * i] = __builtin_shufflevector(a[i], a[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            b[2 * i + 1] =
                __builtin_shufflevector(a[i], a[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        }
        memcpy(a, b, sizeof a);
    }
    for (int i = 0; i < 16; i++)
        memcpy(out + i * out_apart, &a[i], 16);
}
#else
static inline void VARIANT(tile16)(uint8_t *out, size_t out_apart, const uint8_t *in, size_t in_apart)
{
    /* row by row of what is written, as above: rows may overlap, and the later one holds */
    for (int j = 0; j < 16; j++)
        for (int i = 0; i < 16; i++)
            out[j * out_apart + i] = in[i * in_apart + j];
}
#endif

static inline void VARIANT(transpose)(uint8_t *out, size_t out_apart, const uint8_t *in, size_t in_apart, unsigned rows,
                               unsigned columns)
{
    for (unsigned r = 0; r < rows; r += 16)
        for (unsigned c = 0; c < columns; c += 16)
            VARIANT(tile16)(out + c * out_apart + r, out_apart, in + r * in_apart + c, in_apart);
}

/* Whether a data character of 8B/10B turns the running disparity stands in bit 0 of each octet (IEEE 802.3 table 36-1):
 * of the five low bits those with at most one or at least four ones and D.24, of the three high ones 0, 4 and 7. */
static inline uint64_t VARIANT(turns8)(uint64_t a)
{
    uint64_t b = a >> 1, c = a >> 2, d = a >> 3, e = a >> 4, f = a >> 5, g = a >> 6, h = a >> 7;
    uint64_t sum = a ^ b ^ c, twos = (a & b) | (c & (a ^ b)), more = (sum & d) | (e & (sum ^ d));
    uint64_t five = ~(twos ^ more) | (d & e & ~(a | b | c)), three = ~(f | g) | (f & g & h);
    return five ^ three;
}

static inline unsigned VARIANT(turns)(const uint8_t *in, size_t n)
{
    uint64_t lanes[8] = {0}, w, sum = 0;
    size_t i = 0;
    for (; i + 64 <= n; i += 64)
        for (int k = 0; k < 8; k++) {
            memcpy(&w, in + i + 8 * k, 8);
            lanes[k] ^= VARIANT(turns8)(w);
        }
    for (; i < n; i += 8) {
        w = 0; /* D0.0 does not turn it */
        memcpy(&w, in + i, n - i < 8 ? n - i : 8);
        sum ^= VARIANT(turns8)(w);
    }
    for (int k = 0; k < 8; k++)
        sum ^= lanes[k];
    sum &= 0x0101010101010101u;
    return (unsigned)__builtin_parityll(sum);
}

/* The bodies as entries of a table; a variant leaves out the lines that it has something better for. */
#define PLAIN_OCTETS .bip8 = VARIANT(bip8), .xor_octets = VARIANT(xor_octets), .xor_rows64 = VARIANT(xor_rows64)
#define PLAIN_FRAMES .bip24n = VARIANT(bip24n), .frame_send = VARIANT(frame_send), .frame_receive = VARIANT(frame_receive)
#define PLAIN_X43 .scramble43 = VARIANT(scramble43), .descramble43 = VARIANT(descramble43)
#define PLAIN_BITS .shift_bits = VARIANT(shift_bits), .turns = VARIANT(turns)
#define PLAIN_TRANSPOSE .transpose = VARIANT(transpose)
#define PLAIN_ROWS .copy_rows = VARIANT(copy_rows), .rows_deal = VARIANT(rows_deal), .rows_gather = VARIANT(rows_gather)
