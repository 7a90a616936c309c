/* Weights of CRC-32 by carry-less multiplication (kernels_crc_clmul.c, kernels_crc_512.c), made once (kernels.c).
 *
 * All words are reflected: bit 0 is the highest power. A word of 64 bits times a weight of 32 are 96 bits whose value is
 * x W K, so a weight holds one power less than the place of its word says; a product that is added to 128 bits stands
 * 32 powers higher in them.
 *
 *   word[i]   x^(64 (31 - i) + 31), i = 0..31: the 32 words of 256 octets, added, are the message times x^32
 *   fold[k]   x^(D + 31), x^(D - 33): both words of 128 bits, D bits further on; D = 512 (k = 0), 2048 (k = 1)
 *   inverse   of the polynomial, modulo x^64 from its highest power on: what to multiply it by to cancel 64 bits
 *   polynomial
 */
#ifndef MSAPEMU_KERNELS_CRC_H
#define MSAPEMU_KERNELS_CRC_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t word[32];
    uint64_t fold[2][2];
    uint64_t inverse, polynomial;
} msapemu_crc_weights;
extern msapemu_crc_weights msapemu_crc32_weights;

/* By carry-less multiplication of 128 bits. */
uint32_t msapemu_crc32_clmul(uint32_t crc, const uint8_t *in, size_t n);
uint32_t msapemu_crc32_msb_clmul(uint32_t crc, const uint8_t *in, size_t n);

static inline uint32_t reverse32(uint32_t w)
{
    w = __builtin_bswap32(w);
    w = (w >> 4 & 0x0F0F0F0F) | (w & 0x0F0F0F0F) << 4;
    w = (w >> 2 & 0x33333333) | (w & 0x33333333) << 2;
    return (w >> 1 & 0x55555555) | (w & 0x55555555) << 1;
}

#endif
