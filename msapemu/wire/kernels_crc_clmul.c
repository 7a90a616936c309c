/* CRC-32 by carry-less multiplication of 128 bits, for x86-64 and AArch64 (setup.py gives this file its flags): as
 * kernels_crc_512.c, but a register is 16 octets, and four of them 64. */
#include <string.h>

#include "kernels_clmul.h"
#include "kernels_crc.h"

static inline bits128 load(const uint8_t *in, int msb)
{
    bits128 x = LOAD128(in);
    return msb ? reverse_bits(x) : x;
}

static inline bits128 multiply(bits128 x, bits128 k)
{
    return XOR128(MULTIPLY(x, 0, k, 0), MULTIPLY(x, 1, k, 1));
}

static inline uint32_t reduce(bits128 s)
{
    const bits128 k = LOAD128(&msapemu_crc32_weights.inverse);
    bits128 q = MULTIPLY(s, 0, k, 0);
    return (uint32_t)WORD(XOR128(s, MULTIPLY(q, 0, k, 1)), 1);
}

/* The first n octets, 1 to 15, lowest. */
static inline bits128 load_few(const uint8_t *in, size_t n)
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
    return WORDS128(low, high);
}

/* Moves the lowest octets to the end, by a window into it. */
static const uint8_t to_the_end[32] = {128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
                                       0,   1,   2,   3,   4,   5,   6,   7,   8,   9,   10,  11,  12,  13,  14,  15};

static inline uint32_t crc(uint32_t before, const uint8_t *in, size_t n, const int msb)
{
    const uint64_t *weights = msapemu_crc32_weights.word + 24;
    size_t first = (n - 1) % 16 + 1, more = (n - first) / 16;
    if (!n)
        return before;
    if (first < 4 && more)
        return crc(crc(before, in, first, msb), in + first, n - first, msb);
    bits128 x = n < 16 ? load_few(in, n) : LOAD128(in), sum;
    if (msb)
        x = reverse_bits(x);
    x = XOR128(x, WORDS128(before, 0));
    x = SHUFFLE(x, LOAD128(to_the_end + first));
    in += first;
    if (more < 4) {
        sum = multiply(x, LOAD128(weights + 6 - 2 * more));
        for (size_t i = 4 - more; i < 4; i++, in += 16)
            sum = XOR128(sum, multiply(load(in, msb), LOAD128(weights + 2 * i)));
    } else {
        const bits128 k = LOAD128(msapemu_crc32_weights.fold[0]);
        bits128 a = WORDS128(0, 0), b = a, c = a, d = x;
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
            a = XOR128(multiply(a, k), load(in, msb));
            b = XOR128(multiply(b, k), load(in + 16, msb));
            c = XOR128(multiply(c, k), load(in + 32, msb));
            d = XOR128(multiply(d, k), load(in + 48, msb));
        }
        sum = multiply(a, LOAD128(weights));
        sum = XOR128(sum, multiply(b, LOAD128(weights + 2)));
        sum = XOR128(sum, multiply(c, LOAD128(weights + 4)));
        sum = XOR128(sum, multiply(d, LOAD128(weights + 6)));
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
