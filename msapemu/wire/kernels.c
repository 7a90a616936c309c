/* The portable kernels, the tables, and the choice of the variant in use. */
#define VARIANT(name) portable_##name
#define PLAIN
#include "characters.h"
#include "hdlc.h"
#include "kernels_body.h"
#include "kernels_crc.h"

msapemu_crc_weights msapemu_crc32_weights __attribute__((aligned(64)));
#define SLICES 16 /* octets at once */
static uint32_t crc_lsb[SLICES][256]; /* reflected 0xEDB88320 */
static uint32_t crc_msb[SLICES][256]; /* 0x04C11DB7 */
uint16_t msapemu_hec_table[256];
static int8_t hec_bit[65536];
uint8_t msapemu_scrambler[MSAPEMU_CLEAR + 39000];
uint8_t msapemu_scrambler_bip[17];

/* `count` octets at once: the first four with the CRC before them, and each has its own table. */
static inline uint32_t slices_lsb(uint32_t crc, const uint8_t *in, const int count)
{
    const uint32_t(*t)[256] = (const uint32_t(*)[256])crc_lsb + count - 1;
    crc ^= (uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
    crc = t[0][crc & 255] ^ t[-1][crc >> 8 & 255] ^ t[-2][crc >> 16 & 255] ^ t[-3][crc >> 24];
    for (int i = 4; i < count; i++)
        crc ^= t[-i][in[i]];
    return crc;
}

static inline uint32_t slices_msb(uint32_t crc, const uint8_t *in, const int count)
{
    const uint32_t(*t)[256] = (const uint32_t(*)[256])crc_msb + count - 1;
    crc ^= (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | (uint32_t)in[3];
    crc = t[0][crc >> 24] ^ t[-1][crc >> 16 & 255] ^ t[-2][crc >> 8 & 255] ^ t[-3][crc & 255];
    for (int i = 4; i < count; i++)
        crc ^= t[-i][in[i]];
    return crc;
}

static uint32_t crc32_tables(uint32_t crc, const uint8_t *in, size_t n)
{
    for (; n >= 16; n -= 16, in += 16)
        crc = slices_lsb(crc, in, 16);
    if (n >= 8) {
        crc = slices_lsb(crc, in, 8);
        n -= 8, in += 8;
    }
    while (n--)
        crc = crc >> 8 ^ crc_lsb[0][(crc ^ *in++) & 255];
    return crc;
}

static uint32_t crc32_msb_tables(uint32_t crc, const uint8_t *in, size_t n)
{
    for (; n >= 16; n -= 16, in += 16)
        crc = slices_msb(crc, in, 16);
    if (n >= 8) {
        crc = slices_msb(crc, in, 8);
        n -= 8, in += 8;
    }
    while (n--)
        crc = crc << 8 ^ crc_msb[0][(crc >> 24 ^ *in++) & 255];
    return crc;
}

int msapemu_hec16_bit(uint16_t syndrome)
{
    return hec_bit[syndrome];
}

uint32_t msapemu_crc32_msb(uint32_t crc, const uint8_t *in, size_t n)
{
    return msapemu_kernels->crc32_msb(crc, in, n);
}

void msapemu_copy(uint8_t *out, const uint8_t *in, size_t n)
{
    memcpy(out, in, n);
}

static void make_tables(void)
{
    for (unsigned i = 0; i < 256; i++) {
        uint32_t lsb = i, msb = (uint32_t)i << 24;
        uint16_t hec = (uint16_t)(i << 8);
        for (int k = 0; k < 8; k++) {
            lsb = lsb & 1 ? lsb >> 1 ^ 0xEDB88320u : lsb >> 1;
            msb = msb & 0x80000000u ? msb << 1 ^ 0x04C11DB7u : msb << 1;
            hec = (uint16_t)(hec & 0x8000 ? hec << 1 ^ 0x1021 : hec << 1);
        }
        crc_lsb[0][i] = lsb;
        crc_msb[0][i] = msb;
        msapemu_hec_table[i] = hec;
    }
    for (int s = 1; s < SLICES; s++)
        for (unsigned i = 0; i < 256; i++) {
            crc_lsb[s][i] = crc_lsb[s - 1][i] >> 8 ^ crc_lsb[0][crc_lsb[s - 1][i] & 255];
            crc_msb[s][i] = crc_msb[s - 1][i] << 8 ^ crc_msb[0][crc_msb[s - 1][i] >> 24];
        }
    memset(hec_bit, -1, sizeof hec_bit);
    for (int bit = 0; bit < 16; bit++) {
        hec_bit[msapemu_hec16((uint16_t)(0x8000u >> bit))] = (int8_t)bit;
        hec_bit[0x8000u >> bit] = (int8_t)(16 + bit);
    }
    unsigned s = 0x7f; /* s1 is the lowest bit, s7 the highest; output s7, s1' = s6 ^ s7 (G.707 6.5) */
    for (size_t i = 0; i < sizeof msapemu_scrambler - MSAPEMU_CLEAR; i++) {
        unsigned octet = 0;
        for (int k = 0; k < 8; k++) {
            unsigned out = s >> 6 & 1;
            octet = octet << 1 | out;
            s = (s << 1 & 0x7f) | ((s >> 5 & 1) ^ out);
        }
        msapemu_keystream[i] = (uint8_t)octet;
    }
    for (size_t n = 1; n <= 16; n++)
        for (size_t i = 0; i < (9 * STM1_ROW - STM1_SOH) * n; i++)
            msapemu_scrambler_bip[n] ^= msapemu_keystream[i];
}

/* x^power modulo the polynomial of CRC-32, reflected. */
static uint32_t crc32_power(unsigned power)
{
    uint32_t w = 0x80000000u;
    while (power--)
        w = w & 1 ? w >> 1 ^ 0xEDB88320u : w >> 1;
    return w;
}

static void make_weights(msapemu_crc_weights *w)
{
    for (unsigned i = 0; i < 32; i++)
        w->word[i] = crc32_power(64 * (31 - i) + 31);
    for (unsigned k = 0; k < 2; k++) {
        unsigned bits = k ? 2048 : 512;
        w->fold[k][0] = crc32_power(bits + 31);
        w->fold[k][1] = crc32_power(bits - 33);
    }
    w->polynomial = (uint64_t)0xEDB88320u << 1 | 1;
    uint64_t left = 1;
    for (int i = 0; i < 64; i++)
        if (left >> i & 1) {
            left ^= w->polynomial << i;
            w->inverse |= (uint64_t)1 << i;
        }
}

static const msapemu_kernel_table portable_table = {
    .name = "portable", PLAIN_OCTETS, PLAIN_FRAMES, PLAIN_X43, PLAIN_BITS, PLAIN_TRANSPOSE, PLAIN_ROWS,
    .crc32 = crc32_tables, .crc32_msb = crc32_msb_tables, BLOCKS_TABLES, SEALS_TABLES,
};
const msapemu_kernel_table *msapemu_kernels = &portable_table;

#if defined(__x86_64__)
extern const msapemu_kernel_table msapemu_kernels_sse, msapemu_kernels_avx2, msapemu_kernels_avx512;
#define HAS(set) __builtin_cpu_supports(set)

static int has_sse(void)
{
    return HAS("sse4.2") && HAS("ssse3") && HAS("pclmul");
}

static int has_avx2(void)
{
    return has_sse() && HAS("avx2") && HAS("bmi2");
}

static int has_avx512(void)
{
    return has_avx2() && HAS("avx512f") && HAS("avx512bw") && HAS("avx512vl") && HAS("avx512dq") && HAS("avx512vbmi")
        && HAS("avx512vbmi2") && HAS("avx512bitalg") && HAS("gfni") && HAS("vpclmulqdq");
}
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
extern const msapemu_kernel_table msapemu_kernels_neon;

static int has_neon(void)
{
    return (getauxval(AT_HWCAP) & HWCAP_PMULL) != 0;
}
#endif

/* Best first. */
static const struct {
    const msapemu_kernel_table *table;
    int (*has)(void);
} variants[] = {
#if defined(__x86_64__)
    {&msapemu_kernels_avx512, has_avx512},
    {&msapemu_kernels_avx2, has_avx2},
    {&msapemu_kernels_sse, has_sse},
#elif defined(__aarch64__) && defined(__linux__)
    {&msapemu_kernels_neon, has_neon},
#endif
    {&portable_table, NULL},
};

static void make_ready(void)
{
    static int ready;
    if (ready)
        return;
    make_tables();
    make_weights(&msapemu_crc32_weights);
    msapemu_superblock_init();
    msapemu_characters_init();
    msapemu_hdlc_init();
#if defined(__x86_64__)
    __builtin_cpu_init();
#endif
    ready = 1;
}

const msapemu_kernel_table *msapemu_kernels_variant(unsigned i)
{
    make_ready();
    for (size_t k = 0; k < sizeof variants / sizeof *variants; k++)
        if ((!variants[k].has || variants[k].has()) && i-- == 0)
            return variants[k].table;
    return NULL;
}

int msapemu_kernels_select(const char *name)
{
    const msapemu_kernel_table *table;
    for (unsigned i = 0; (table = msapemu_kernels_variant(i)); i++)
        if (!name || !strcmp(name, table->name)) {
            msapemu_kernels = table;
            return 1;
        }
    return 0;
}
