/* What the x86-64 kernels share. */
#ifndef MSAPEMU_KERNELS_X86_H
#define MSAPEMU_KERNELS_X86_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

/* CRC-32 by carry-less multiplication: PCLMULQDQ, and VPCLMULQDQ on 512 bits. */
uint32_t msapemu_crc32_clmul(uint32_t crc, const uint8_t *in, size_t n);
uint32_t msapemu_crc32_msb_clmul(uint32_t crc, const uint8_t *in, size_t n);
uint32_t msapemu_crc32_512(uint32_t crc, const uint8_t *in, size_t n);
uint32_t msapemu_crc32_msb_512(uint32_t crc, const uint8_t *in, size_t n);
/* x^43 + 1 by rows of 43 octets. */
void msapemu_scramble43_512(uint64_t *state, uint8_t *out, const uint8_t *in, size_t n);
void msapemu_descramble43_512(uint64_t *state, uint8_t *out, const uint8_t *in, size_t n);

/* Sums of octets, and the passes over a frame. */
uint8_t msapemu_bip8_512(const uint8_t *in, size_t n);
void msapemu_xor_octets_512(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n);
void msapemu_xor_rows64_512(uint8_t *out, const uint8_t *rows, size_t count);
void msapemu_bip24n_512(uint8_t *out, const uint8_t *frame, unsigned n);
uint8_t msapemu_frame_send_512(uint8_t *b2, uint8_t *frame, unsigned n);
uint8_t msapemu_frame_receive_512(uint8_t *b2, uint8_t *out, const uint8_t *line, unsigned n);
/* 63 columns as rows, and rows as columns. */
void msapemu_copy_rows_512(uint8_t *out, size_t out_apart, const uint8_t *in, size_t in_apart, size_t n, size_t rows);
void msapemu_rows_deal_512(uint8_t *rows, const uint8_t *octets, size_t count, unsigned size, const uint8_t *of);
void msapemu_rows_gather_512(uint8_t *octets, const uint8_t *rows, size_t count, unsigned size, const uint8_t *of);
void msapemu_transpose_512(uint8_t *out, size_t out_apart, const uint8_t *in, size_t in_apart, unsigned rows,
                           unsigned columns);

/* The lowest n of 64 bits, 1 <= n <= 64. */
#define MASK_LOW(n) (~(__mmask64)0 >> (64 - (n)))
/* Places of octets that reverse each word of 64 bits. */
#define SWAP64                                                                                                           \
    _mm512_broadcast_i32x4(_mm_setr_epi8(7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8))

/* Reverses the bits of each octet, as a matrix. */
#define REVERSE_BITS _mm512_set1_epi64((long long)0x8040201008040201)

static inline uint32_t reverse32(uint32_t w)
{
    w = __builtin_bswap32(w);
    w = (w >> 4 & 0x0F0F0F0F) | (w & 0x0F0F0F0F) << 4;
    w = (w >> 2 & 0x33333333) | (w & 0x33333333) << 2;
    return (w >> 1 & 0x55555555) | (w & 0x55555555) << 1;
}

#endif
