/* Streams of bits and of 8B/10B characters; included by kernels_body.h. */
static inline void VARIANT(shift_bits)(uint8_t *out, const uint8_t *in, size_t n, unsigned shift)
{
    /* octets of a word are shifted together, and what comes from a neighbour is masked */
    const uint64_t each = 0x0101010101010101;
    const uint64_t high = (0xff << shift & 0xff) * each, low = (0xff >> (8 - shift)) * each;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t before, here;
        memcpy(&before, in + (ptrdiff_t)i - 1, 8);
        memcpy(&here, in + i, 8);
        here = (before << shift & high) | (here >> (8 - shift) & low);
        memcpy(out + i, &here, 8);
    }
    for (; i < n; i++)
        out[i] = (uint8_t)(in[(ptrdiff_t)i - 1] << shift | in[i] >> (8 - shift));
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
