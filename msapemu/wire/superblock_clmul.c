/* The superblock's CRC by carry-less multiplication (setup.py gives this file its flags).
 *
 * The 512 bits of the blocks are eight words; each is multiplied by what its place weighs, x^(456-64i) modulo the
 * polynomial, and all are added: 80 bits that have the remainder of the 520 with the flag octet, which is added too.
 * The products do not wait for each other.
 */
#include <immintrin.h>
#include <string.h>

#include "superblock.h"

static inline uint16_t crc_superblock(const uint8_t *in)
{
    const __m128i swap = _mm_setr_epi8(7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8);
    const __m128i k01 = _mm_set_epi64x(0x0971, 0x4BDA), k23 = _mm_set_epi64x(0xAFB8, 0x4EFB);
    const __m128i k45 = _mm_set_epi64x(0x1ECA, 0x585E), k67 = _mm_set_epi64x(0x0100, 0xA5DB);
    const __m128i *p = (const __m128i *)in;
    __m128i w01 = _mm_shuffle_epi8(_mm_loadu_si128(p), swap), w23 = _mm_shuffle_epi8(_mm_loadu_si128(p + 1), swap);
    __m128i w45 = _mm_shuffle_epi8(_mm_loadu_si128(p + 2), swap), w67 = _mm_shuffle_epi8(_mm_loadu_si128(p + 3), swap);
    __m128i a = _mm_xor_si128(_mm_clmulepi64_si128(w01, k01, 0x00), _mm_clmulepi64_si128(w01, k01, 0x11));
    __m128i b = _mm_xor_si128(_mm_clmulepi64_si128(w23, k23, 0x00), _mm_clmulepi64_si128(w23, k23, 0x11));
    __m128i c = _mm_xor_si128(_mm_clmulepi64_si128(w45, k45, 0x00), _mm_clmulepi64_si128(w45, k45, 0x11));
    __m128i d = _mm_xor_si128(_mm_clmulepi64_si128(w67, k67, 0x00), _mm_clmulepi64_si128(w67, k67, 0x11));
    __m128i sum = _mm_xor_si128(_mm_xor_si128(a, b), _mm_xor_si128(c, d));
    uint64_t low = (uint64_t)_mm_extract_epi64(sum, 0) ^ in[64];
    unsigned high = (unsigned)_mm_extract_epi16(sum, 4);
    const uint16_t(*t)[256] = (const uint16_t(*)[256])msapemu_superblock_slices;
    return t[9][high >> 8] ^ t[8][high & 255] ^ t[7][low >> 56] ^ t[6][low >> 48 & 255] ^ t[5][low >> 40 & 255]
         ^ t[4][low >> 32 & 255] ^ t[3][low >> 24 & 255] ^ t[2][low >> 16 & 255] ^ t[1][low >> 8 & 255]
         ^ t[0][low & 255];
}

void msapemu_superblocks_seal_clmul(uint8_t *superblocks, size_t count)
{
    for (; count; count--, superblocks += MSAPEMU_SUPERBLOCK) {
        uint16_t crc = crc_superblock(superblocks);
        superblocks[MSAPEMU_SUPERBLOCK_DATA] = (uint8_t)(crc >> 8);
        superblocks[MSAPEMU_SUPERBLOCK_DATA + 1] = (uint8_t)crc;
    }
}

size_t msapemu_superblocks_good_clmul(const uint8_t *superblocks, size_t count)
{
    size_t i = 0;
    for (; i < count; i++, superblocks += MSAPEMU_SUPERBLOCK)
        if (crc_superblock(superblocks)
            != (uint16_t)(superblocks[MSAPEMU_SUPERBLOCK_DATA] << 8 | superblocks[MSAPEMU_SUPERBLOCK_DATA + 1]))
            break;
    return i;
}
