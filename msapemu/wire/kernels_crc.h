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

#include <stdint.h>

typedef struct {
    uint64_t word[32];
    uint64_t fold[2][2];
    uint64_t inverse, polynomial;
} msapemu_crc_weights;
extern msapemu_crc_weights msapemu_crc32_weights;

#endif
