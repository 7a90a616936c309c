/* What the x86-64 kernels share. */
#ifndef MSAPEMU_KERNELS_X86_H
#define MSAPEMU_KERNELS_X86_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

/* CRC-32 by carry-less multiplication of 512 bits. */
uint32_t msapemu_crc32_512(uint32_t crc, const uint8_t *in, size_t n);
uint32_t msapemu_crc32_msb_512(uint32_t crc, const uint8_t *in, size_t n);
/* x^43 + 1 by rows of 43 octets. */
void msapemu_scramble43_512(uint64_t *state, uint8_t *out, const uint8_t *in, size_t n);
void msapemu_descramble43_512(uint64_t *state, uint8_t *out, const uint8_t *in, size_t n);

/* The passes over a frame. */
void msapemu_bip24n_512(uint8_t *out, const uint8_t *frame, unsigned n);
uint8_t msapemu_frame_send_512(uint8_t *b2, uint8_t *frame, unsigned n);
uint8_t msapemu_frame_receive_512(uint8_t *b2, uint8_t *out, const uint8_t *line, unsigned n);
/* Streams of bits and characters. */
void msapemu_shift_bits_512(uint8_t *out, const uint8_t *in, size_t n, unsigned shift);
unsigned msapemu_turns_512(const uint8_t *in, size_t n);
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
#define REVERSED 0x8040201008040201u
#define REVERSE_BITS _mm512_set1_epi64((long long)REVERSED)

#endif
