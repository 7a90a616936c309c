/* The portable kernels, the tables, and the choice of the variant in use. */
#define VARIANT(name) portable_##name
#include "characters.h"
#include "hdlc.h"
#include "kernels_body.h"

static uint32_t crc_lsb[8][256]; /* slicing by 8, reflected 0xEDB88320 */
static uint32_t crc_msb[8][256]; /* slicing by 8, 0x04C11DB7 */
static uint16_t hec_table[256];
static int8_t hec_bit[65536];
uint8_t msapemu_scrambler[MSAPEMU_CLEAR + 39000];
uint8_t msapemu_scrambler_bip[17];

uint32_t msapemu_crc32_tables(uint32_t crc, const uint8_t *in, size_t n)
{
    for (; n >= 8; n -= 8, in += 8) {
        uint32_t lo = crc ^ ((uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24);
        crc = crc_lsb[7][lo & 255] ^ crc_lsb[6][lo >> 8 & 255] ^ crc_lsb[5][lo >> 16 & 255] ^ crc_lsb[4][lo >> 24]
            ^ crc_lsb[3][in[4]] ^ crc_lsb[2][in[5]] ^ crc_lsb[1][in[6]] ^ crc_lsb[0][in[7]];
    }
    while (n--)
        crc = crc >> 8 ^ crc_lsb[0][(crc ^ *in++) & 255];
    return crc;
}

uint32_t msapemu_crc32_msb(uint32_t crc, const uint8_t *in, size_t n)
{
    for (; n >= 8; n -= 8, in += 8) {
        uint32_t hi = crc ^ ((uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | (uint32_t)in[3]);
        crc = crc_msb[7][hi >> 24] ^ crc_msb[6][hi >> 16 & 255] ^ crc_msb[5][hi >> 8 & 255] ^ crc_msb[4][hi & 255]
            ^ crc_msb[3][in[4]] ^ crc_msb[2][in[5]] ^ crc_msb[1][in[6]] ^ crc_msb[0][in[7]];
    }
    while (n--)
        crc = crc << 8 ^ crc_msb[0][(crc >> 24 ^ *in++) & 255];
    return crc;
}

uint16_t msapemu_hec16(uint16_t word)
{
    uint16_t crc = hec_table[word >> 8];
    return (uint16_t)(crc << 8 ^ hec_table[(crc >> 8 ^ word) & 255]);
}

int msapemu_hec16_bit(uint16_t syndrome)
{
    return hec_bit[syndrome];
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
        hec_table[i] = hec;
    }
    for (int s = 1; s < 8; s++)
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

static const msapemu_kernel_table portable_table = KERNEL_TABLE(
    "portable", msapemu_crc32_tables, msapemu_superblock_code_tables, msapemu_superblock_read_tables,
    msapemu_superblocks_seal_tables, msapemu_superblocks_good_tables);
const msapemu_kernel_table *msapemu_kernels = &portable_table;

#if defined(__x86_64__)
extern const msapemu_kernel_table msapemu_kernels_avx2, msapemu_kernels_avx512;
#endif

int msapemu_kernels_select(const char *name)
{
    static int ready;
    if (!ready) {
        make_tables();
        msapemu_superblock_init();
        msapemu_characters_init();
        msapemu_hdlc_init();
        ready = 1;
    }
#if defined(__x86_64__)
    __builtin_cpu_init();
    int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul");
    int avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
              && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    if (avx512 && (!name || !strcmp(name, "avx512"))) {
        msapemu_kernels = &msapemu_kernels_avx512;
        return 1;
    }
    if (avx2 && (!name || !strcmp(name, "avx2"))) {
        msapemu_kernels = &msapemu_kernels_avx2;
        return 1;
    }
#endif
    if (!name || !strcmp(name, "portable")) {
        msapemu_kernels = &portable_table;
        return 1;
    }
    return 0;
}
