/* Superblocks: their blocks, and their CRC and its correction (G.7041 8.1): x^16+x^15+x^12+x^10+x^4+x^3+x^2+x+1, from zero.
 *
 * A superblock is 67 octets: 64 of eight blocks, their flags (first block highest), CRC-16 over these 65.
 */
#ifndef MSAPEMU_SUPERBLOCK_H
#define MSAPEMU_SUPERBLOCK_H

#include <stddef.h>
#include <stdint.h>

#define MSAPEMU_SUPERBLOCK 67
#define MSAPEMU_SUPERBLOCK_DATA 65 /* that the CRC is over */

/* Make the tables: once, before anything else here. */
void msapemu_superblock_init(void);

/* What the CRC of received octets says: 0 is right; else the bits that it accuses. */
typedef struct {
    uint16_t bit;   /* 0 is the first of 536 */
    uint8_t errors; /* 0: cannot be told; 1: one bit; 2: that bit and the one 43 behind it */
} msapemu_accused;
uint16_t msapemu_superblock_syndrome(const uint8_t *superblock);
msapemu_accused msapemu_superblock_accused(uint16_t syndrome);

/* The kernels (kernels.h has what they do): of tables, */
void msapemu_superblock_code_tables(uint8_t *superblock, uint64_t flags);
unsigned msapemu_superblock_read_tables(uint8_t *characters, uint8_t *of_blocks, const uint8_t *superblock);
void msapemu_superblocks_seal_tables(uint8_t *superblocks, size_t count);
size_t msapemu_superblocks_good_tables(const uint8_t *superblocks, size_t count);
/* four blocks at a time, and by carry-less multiplication. */
void msapemu_superblock_code_avx2(uint8_t *superblock, uint64_t flags);
unsigned msapemu_superblock_read_avx2(uint8_t *characters, uint8_t *of_blocks, const uint8_t *superblock);
void msapemu_superblocks_seal_clmul(uint8_t *superblocks, size_t count);
size_t msapemu_superblocks_good_clmul(const uint8_t *superblocks, size_t count);

#define SUPERBLOCKS_TABLES                                                                                               \
    .superblock_code = msapemu_superblock_code_tables, .superblock_read = msapemu_superblock_read_tables,                \
    .superblocks_seal = msapemu_superblocks_seal_tables, .superblocks_good = msapemu_superblocks_good_tables
#define SUPERBLOCKS_AVX2                                                                                                 \
    .superblock_code = msapemu_superblock_code_avx2, .superblock_read = msapemu_superblock_read_avx2,                    \
    .superblocks_seal = msapemu_superblocks_seal_clmul, .superblocks_good = msapemu_superblocks_good_clmul

/* [s][octet]: octet x^(16+8s) modulo the polynomial. */
extern uint16_t msapemu_superblock_slices[10][256];

#endif
