/* Octet kernels of the framing core: plain loops over runs of octets, one variant per instruction set.
 *
 * The bodies stand once, in kernels_body.h, and are compiled once per instruction set (kernels.c: baseline of the
 * target, kernels_avx2.c, kernels_avx512.c); CRC-32 has a carry-less multiplication variant (kernels_clmul.c).
 * `msapemu_kernels` points to the table in use; `msapemu_kernels_select` sets it at import (and in tests).
 */
#ifndef MSAPEMU_KERNELS_H
#define MSAPEMU_KERNELS_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *name;
    /* XOR of all octets: BIP-8. */
    uint8_t (*bip8)(const uint8_t *in, size_t n);
    /* out = a ^ b, octet by octet; out may be a. */
    void (*xor_octets)(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n);
    /* out[0..63] = XOR of `rows` rows of 64 octets. */
    void (*xor_rows64)(uint8_t *out, const uint8_t *rows, size_t count);
    /* BIP-24N of one descrambled STM-N frame without the RSOH (G.707 9.2.2.4): 3 N octets; N is 1, 4 or 16. */
    void (*bip24n)(uint8_t *out, const uint8_t *frame, unsigned n);
    /* A whole STM-N frame in one pass, N 1, 4 or 16: scramble it where it stands, or descramble it from `line` into
     * `out`, which do not overlap (G.707 6.5). Gives BIP-8 of the scrambled frame (B1 of the next one), and in `b2`
     * BIP-24N of the descrambled one, as bip24n does (B2 of the next one). */
    uint8_t (*frame_send)(uint8_t *b2, uint8_t *frame, unsigned n);
    uint8_t (*frame_receive)(uint8_t *b2, uint8_t *out, const uint8_t *line, unsigned n);
    /* x^43 + 1, self-synchronous, most significant bit first; *state holds the last 64 line bits, newest lowest.
     * in and out do not overlap. */
    void (*scramble43)(uint64_t *state, uint8_t *out, const uint8_t *in, size_t n);
    void (*descramble43)(uint64_t *state, uint8_t *out, const uint8_t *in, size_t n);
    /* Shift a bit stream: out[i] = low bits of in[i-1], high bits of in[i]; 1 <= shift <= 7; in[-1] is read. */
    void (*shift_bits)(uint8_t *out, const uint8_t *in, size_t n, unsigned shift);
    /* out[c][r] = in[r][c]; `rows` and `columns` are multiples of 16, rows of `in` and `out` so many octets apart.
     * Rows of `out` do not overlap, but those of one tile of 16 x 16 may, and the later one holds. */
    void (*transpose)(uint8_t *out, size_t out_apart, const uint8_t *in, size_t in_apart, unsigned rows,
                      unsigned columns);
    /* Copy rows of n >= 64 octets, which stand so many octets apart. */
    void (*copy_rows)(uint8_t *out, size_t out_apart, const uint8_t *in, size_t in_apart, size_t n, size_t rows);
    /* Rows of 64 octets, a column each to 63 VC-12s, against runs of `size` <= 63 octets of a group that follow each
     * other: rows[r][c] = octets[r * size + of[c]], 0 where of[c] >= size; and octets[r * size + k] = rows[r][of[k]].
     * `of` has 64 entries, those of the second below 64. The first may read, and the second write, up to 63 octets
     * beyond the last run. */
    void (*rows_deal)(uint8_t *rows, const uint8_t *octets, size_t count, unsigned size, const uint8_t *of);
    void (*rows_gather)(uint8_t *octets, const uint8_t *rows, size_t count, unsigned size, const uint8_t *of);
    /* CRC-32/ISO-HDLC register update (reflected 0xEDB88320, no pre- or post-inversion): the Ethernet FCS. */
    uint32_t (*crc32)(uint32_t crc, const uint8_t *in, size_t n);
    /* CRC-32/BZIP2 likewise (0x04C11DB7, not reflected): the GFP payload FCS. */
    uint32_t (*crc32_msb)(uint32_t crc, const uint8_t *in, size_t n);
    /* Whether n data characters of 8B/10B together turn the running disparity: 1 or 0. */
    unsigned (*turns)(const uint8_t *in, size_t n);
    /* A GFP-T superblock, 67 octets: make blocks, and their flags, of the 64 characters that stand there; `flags` are
     * theirs, the first one's highest. And back: the characters, their flags by blocks; what is no block is told. */
    void (*superblock_code)(uint8_t *superblock, uint64_t flags);
    unsigned (*superblock_read)(uint8_t *characters, uint8_t *of_blocks, const uint8_t *superblock);
    /* Superblocks one after the other: write the CRC of each; how many good ones there are before the first bad. */
    void (*superblocks_seal)(uint8_t *superblocks, size_t count);
    size_t (*superblocks_good)(const uint8_t *superblocks, size_t count);
} msapemu_kernel_table;

extern const msapemu_kernel_table *msapemu_kernels;

/* memcpy, never inlined: for runs of a constant length compilers emit string instructions that start slowly. */
void msapemu_copy(uint8_t *out, const uint8_t *in, size_t n);

/* The variants that this machine has, best first; NULL behind the last one, which is "portable". */
const msapemu_kernel_table *msapemu_kernels_variant(unsigned i);
/* Choose by name, or the best there is (NULL); 0 when this machine has not got it. */
int msapemu_kernels_select(const char *name);

/* `crc32_msb` of the table in use. */
uint32_t msapemu_crc32_msb(uint32_t crc, const uint8_t *in, size_t n);
/* CRC-16 x^16+x^12+x^5+1, init 0, over two octets: every HEC of GFP. */
uint16_t msapemu_hec16(uint16_t word);
/* Which bit (0 = first on the line) of header + HEC a syndrome accuses, or -1. */
int msapemu_hec16_bit(uint16_t syndrome);
/* The STM-N frame scrambler 1 + x^6 + x^7 from the reset on: one period of 127 octets, repeated; before it zeros, for the
 * octets of the first row that are not scrambled. */
#define MSAPEMU_CLEAR 144
extern uint8_t msapemu_scrambler[MSAPEMU_CLEAR + 39000];
#define msapemu_keystream (msapemu_scrambler + MSAPEMU_CLEAR)
/* XOR of its octets over a frame of STM-N, by N. */
extern uint8_t msapemu_scrambler_bip[17];

#endif
