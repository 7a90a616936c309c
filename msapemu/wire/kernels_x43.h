/* x^43 + 1, self-synchronous; included by kernels_body.h.
 *
 * By words of 64 bits: of those that are sent, bits 0 to 42 depend on the word before, bits 43 to 63 on bits 0 to 20 of the
 * word itself, so each waits for the one before. Where registers are wide that is slow, and long runs go another way: with
 * D a delay of one bit, 1 / (1 + D^43) = (1 + D^43)(1 + D^86)(1 + D^172) / (1 + D^344), and 344 bits are 43 octets. The
 * division is a running sum (XOR) of rows of 43 octets; the three delays are shifts over words that wait for nothing.
 */
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

/* The octet that stands 43 bits, 5 octets and 3 bits, before octet i. */
#define DELAY43(p, i) (uint8_t)((p)[(i) - 6] << 5 | (p)[(i) - 5] >> 3)

static inline uint64_t VARIANT(scramble43_words)(uint64_t s, uint8_t *out, const uint8_t *in, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
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
#define ROW 43
#define LONG 600    /* below this the words are as fast */
#define LONGEST 2752
#define BEFORE 3    /* words of zeros that stand before a stream */
#define ALL_WORDS (BEFORE + LONGEST / 8 + 8)

typedef uint64_t octets16 __attribute__((vector_size(16), aligned(1), may_alias));

/* The running sum of the rows of n octets, from the state on, to `out`, which it may pass by 48 octets. */
static inline void VARIANT(sum_rows)(uint8_t *out, const uint8_t *in, size_t n, uint64_t state)
{
    octets16 sum[3] = {{0}, {0}, {0}};
    uint8_t last[48];
    store_be64((uint8_t *)sum, state << 21);
    for (size_t at = 0; at < n; at += ROW) {
        const uint8_t *row = in + at;
        if (n - at < sizeof last) {
            memcpy(last, row, n - at);
            row = last;
        }
        for (int k = 0; k < 3; k++) {
            sum[k] ^= *(const octets16 *)(row + 16 * k);
            *(octets16 *)(out + at + 16 * k) = sum[k];
        }
    }
}

static inline void VARIANT(scramble43_rows)(uint64_t *state, uint8_t *restrict out, const uint8_t *in, size_t n)
{
    uint64_t a[ALL_WORDS], b[ALL_WORDS], c[ALL_WORDS];
    const size_t missing = -n % 8, words = (n + missing) / 8;
    memset(a, 0, (BEFORE + 1) * 8);
    VARIANT(sum_rows)((uint8_t *)(a + BEFORE) + missing, in, n, *state);
    for (size_t i = BEFORE; i < BEFORE + words; i++)
        a[i] = load_be64((const uint8_t *)(a + i));
    for (size_t i = 0; i < BEFORE; i++)
        b[i] = c[i] = 0;
    for (size_t i = BEFORE; i < BEFORE + words; i++)
        b[i] = a[i] ^ a[i - 2] >> 44 ^ a[i - 3] << 20;
    for (size_t i = BEFORE; i < BEFORE + words; i++)
        c[i] = b[i] ^ b[i - 1] >> 22 ^ b[i - 2] << 42;
    for (size_t i = BEFORE; i < BEFORE + words; i++)
        store_be64((uint8_t *)(a + i), c[i] ^ c[i - 1] << 21 ^ c[i] >> 43);
    memcpy(out, (const uint8_t *)(a + BEFORE) + missing, n);
    *state = load_be64(out + n - 8);
}

static inline void VARIANT(scramble43)(uint64_t *state, uint8_t *out, const uint8_t *in, size_t n)
{
    for (; n > LONGEST; n -= LONGEST, in += LONGEST, out += LONGEST)
        VARIANT(scramble43_rows)(state, out, in, LONGEST);
    if (n < LONG)
        *state = VARIANT(scramble43_words)(*state, out, in, n);
    else
        VARIANT(scramble43_rows)(state, out, in, n);
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
