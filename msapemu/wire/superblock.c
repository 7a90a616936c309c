/* Superblocks by tables, and the bits that their CRC accuses. */
#include <string.h>

#include "characters.h"
#include "superblock.h"

#define POLYNOMIAL 0x941F
#define BITS (8 * MSAPEMU_SUPERBLOCK)
#define SCRAMBLER 43 /* bits between the two errors that x^43+1 makes of one on the line */

uint16_t msapemu_superblock_slices[10][256]; /* [s][octet]: octet x^(16+8s) modulo the polynomial */
msapemu_superblock_crc_weights msapemu_superblock_weights;
static uint16_t accused[65536];              /* 0: none; 1 + bit; BITS + 1 + bit: a pair */

static uint16_t crc_octets(const uint8_t *in, size_t n)
{
    const uint16_t(*t)[256] = (const uint16_t(*)[256])msapemu_superblock_slices;
    uint16_t crc = 0;
    for (; n >= 8; n -= 8, in += 8)
        crc = t[7][in[0] ^ crc >> 8] ^ t[6][in[1] ^ (crc & 255)] ^ t[5][in[2]] ^ t[4][in[3]] ^ t[3][in[4]]
            ^ t[2][in[5]] ^ t[1][in[6]] ^ t[0][in[7]];
    while (n--)
        crc = (uint16_t)(crc << 8 ^ t[0][(crc >> 8 ^ *in++) & 255]);
    return crc;
}

void msapemu_superblock_code_tables(uint8_t *superblock, uint64_t flags)
{
    unsigned control = 0;
    if (flags)
        for (int k = 0; k < 8; k++) {
            unsigned of_block = (unsigned)(flags >> (56 - 8 * k)) & 255;
            if (of_block) {
                uint8_t characters[8];
                memcpy(characters, superblock + 8 * k, 8);
                msapemu_block_code(superblock + 8 * k, characters, of_block);
                control |= 0x80u >> k;
            }
        }
    superblock[64] = (uint8_t)control;
}

unsigned msapemu_superblock_read_tables(uint8_t *characters, uint8_t *of_blocks, const uint8_t *superblock)
{
    unsigned bad = 0;
    for (int k = 0; k < 8; k++) {
        of_blocks[k] = 0;
        if (superblock[64] & 0x80u >> k) {
            of_blocks[k] = (uint8_t)msapemu_block_read(characters + 8 * k, superblock + 8 * k);
            if (!of_blocks[k])
                bad |= 0x80u >> k;
        } else
            memcpy(characters + 8 * k, superblock + 8 * k, 8);
    }
    return bad;
}

uint16_t msapemu_superblock_syndrome(const uint8_t *superblock)
{
    return crc_octets(superblock, MSAPEMU_SUPERBLOCK_DATA)
         ^ (uint16_t)(superblock[MSAPEMU_SUPERBLOCK_DATA] << 8 | superblock[MSAPEMU_SUPERBLOCK_DATA + 1]);
}

void msapemu_superblocks_seal_tables(uint8_t *superblocks, size_t count)
{
    for (; count; count--, superblocks += MSAPEMU_SUPERBLOCK) {
        uint16_t crc = crc_octets(superblocks, MSAPEMU_SUPERBLOCK_DATA);
        superblocks[MSAPEMU_SUPERBLOCK_DATA] = (uint8_t)(crc >> 8);
        superblocks[MSAPEMU_SUPERBLOCK_DATA + 1] = (uint8_t)crc;
    }
}

size_t msapemu_superblocks_good_tables(const uint8_t *superblocks, size_t count)
{
    size_t i = 0;
    while (i < count && msapemu_superblock_syndrome(superblocks + i * MSAPEMU_SUPERBLOCK) == 0)
        i++;
    return i;
}

msapemu_accused msapemu_superblock_accused(uint16_t syndrome)
{
    unsigned found = accused[syndrome];
    msapemu_accused out = {0, 0};
    if (found > BITS) {
        out.bit = (uint16_t)(found - BITS - 1);
        out.errors = 2;
    } else if (found) {
        out.bit = (uint16_t)(found - 1);
        out.errors = 1;
    }
    return out;
}

static void make_weights(msapemu_superblock_crc_weights *w)
{
    const uint16_t reflected = 0xF829; /* the polynomial's bits from x^15 on, lowest first */
    uint64_t left = 1;
    for (unsigned i = 0; i < 8; i++) {
        uint16_t power = 0x8000;
        for (unsigned n = 8 + 64 * (7 - i) + 15; n; n--)
            power = (uint16_t)(power & 1 ? power >> 1 ^ reflected : power >> 1);
        w->word[i] = power;
    }
    w->polynomial = (uint64_t)reflected << 1 | 1;
    w->inverse = 0;
    for (int i = 0; i < 64; i++)
        if (left >> i & 1) {
            left ^= w->polynomial << i;
            w->inverse |= (uint64_t)1 << i;
        }
}

void msapemu_superblock_init(void)
{
    make_weights(&msapemu_superblock_weights);
    for (unsigned octet = 0; octet < 256; octet++) {
        unsigned crc = octet << 8;
        for (int s = 0; s < 10; s++) {
            for (int k = 0; k < 8; k++)
                crc = (crc << 1 ^ (crc & 0x8000 ? POLYNOMIAL : 0)) & 0xFFFF;
            msapemu_superblock_slices[s][octet] = (uint16_t)crc;
        }
    }
    /* The syndromes of all bits and of all pairs are different: a test holds it. */
    uint16_t of[BITS];
    for (unsigned bit = 0; bit < BITS; bit++) {
        uint8_t one[MSAPEMU_SUPERBLOCK] = {0};
        one[bit / 8] = (uint8_t)(0x80 >> bit % 8);
        of[bit] = msapemu_superblock_syndrome(one);
        accused[of[bit]] = (uint16_t)(1 + bit);
    }
    for (unsigned bit = 0; bit + SCRAMBLER < BITS; bit++)
        accused[of[bit] ^ of[bit + SCRAMBLER]] = (uint16_t)(BITS + 1 + bit);
}
