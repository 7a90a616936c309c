/* Bodies of the kernels, compiled once per instruction set: VARIANT(name) gives each function its own name.
 * Plain C on purpose: the compiler vectorises it for the set of the file that includes this one. */
#include <string.h>

#include "kernels.h"

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

static uint8_t VARIANT(bip8)(const uint8_t *in, size_t n)
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

static void VARIANT(xor_octets)(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = a[i] ^ b[i];
}

static void VARIANT(xor_rows64)(uint8_t *restrict out, const uint8_t *restrict rows, size_t count)
{
    uint8_t lanes[64] = {0};
    for (size_t r = 0; r < count; r++, rows += 64)
        for (int i = 0; i < 64; i++)
            lanes[i] ^= rows[i];
    memcpy(out, lanes, 64);
}

static void VARIANT(bip24)(uint8_t out[3], const uint8_t *frame)
{
    /* Every row and the RSOH's 9 columns are multiples of 3 octets long, so the lane is the column modulo 3. */
    uint8_t row[STM1_ROW];
    memset(row, 0, STM1_SOH);
    memcpy(row + STM1_SOH, frame + STM1_SOH, STM1_ROW - STM1_SOH);
    for (int r = 1; r < 3; r++)
        for (int i = STM1_SOH; i < STM1_ROW; i++)
            row[i] ^= frame[r * STM1_ROW + i];
    for (int r = 3; r < 9; r++)
        for (int i = 0; i < STM1_ROW; i++)
            row[i] ^= frame[r * STM1_ROW + i];
    /* 270 = 5 x 48 + 30, and 48 octets hold each lane 16 times */
    for (int k = 1; k < 5; k++)
        for (int i = 0; i < 48; i++)
            row[i] ^= row[48 * k + i];
    for (int i = 0; i < 30; i++)
        row[i] ^= row[240 + i];
    uint8_t lane[3] = {0, 0, 0};
    for (int i = 0; i < 48; i += 3)
        for (int k = 0; k < 3; k++)
            lane[k] ^= row[i + k];
    memcpy(out, lane, 3);
}

static void VARIANT(scramble43)(uint64_t *state, uint8_t *out, const uint8_t *in, size_t n)
{
    uint64_t s = *state;
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
    *state = s;
}

static void VARIANT(descramble43)(uint64_t *state, uint8_t *out, const uint8_t *in, size_t n)
{
    uint64_t s = *state;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t y = load_be64(in + i);
        store_be64(out + i, y ^ (y >> 43) ^ (s << 21));
        s = y;
    }
    for (; i < n; i++) {
        uint8_t y = in[i];
        out[i] = y ^ (uint8_t)(s >> 35);
        s = s << 8 | y;
    }
    *state = s;
}

static void VARIANT(shift_bits)(uint8_t *out, const uint8_t *in, size_t n, unsigned shift)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(in[(ptrdiff_t)i - 1] << shift | in[i] >> (8 - shift));
}

#define KERNEL_TABLE(label, crc)                                                                               \
    {label, VARIANT(bip8), VARIANT(xor_octets), VARIANT(xor_rows64), VARIANT(bip24), VARIANT(scramble43),      \
     VARIANT(descramble43), VARIANT(shift_bits), crc}
