/* Superblocks for AVX-512 with VBMI2, BITALG, GFNI and VPCLMULQDQ (setup.py gives this file its flags): all eight blocks at
 * once.
 *
 * A block moves its control characters before its data, and that is what compressing and expanding do: the control octets
 * of all blocks, in order, to the places that control octets have, and the others to the others. How many there are in a
 * block is the same on both sides.
 */
#include <string.h>

#include "characters.h"
#include "kernels_x86.h"
#include "superblock.h"

static inline uint64_t reversed_bits(uint64_t w)
{
    __m128i x = _mm_gf2p8affine_epi64_epi8(_mm_cvtsi64_si128((long long)w), _mm_set1_epi64x((long long)REVERSED), 0);
    return __builtin_bswap64((uint64_t)_mm_cvtsi128_si64(x));
}

/* The control octets of `to` and the others from where they are in `from`, in order. */
static inline __m512i moved(__m512i controls, __m512i others, __mmask64 from, __mmask64 to)
{
    return _mm512_or_si512(_mm512_maskz_expand_epi8(to, _mm512_maskz_compress_epi8(from, controls)),
                           _mm512_maskz_expand_epi8(~to, _mm512_maskz_compress_epi8(~from, others)));
}

static inline __m512i octets_of_codes(__m512i codes)
{
    return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)msapemu_octet_of)), codes);
}

void msapemu_superblock_code_512(uint8_t *superblock, uint64_t flags)
{
    /* By the low half of a control octet, its code; of K28.y, whose low half is C, it is y. */
    const __m512i by_low = _mm512_broadcast_i32x4(_mm_setr_epi8(13, 12, 12, 12, 12, 12, 12, 8, 12, 12, 12, 9, 12, 10, 11, 12));
    const __m512i head = _mm512_set1_epi64((long long)0xF0E0D0C0B0A09080); /* LCC and position */
    /* by how many control octets a block has: where they are, and where the last one is */
    const __m128i first = _mm_setr_epi8(0, 1, 3, 7, 15, 31, 63, 127, -1, 0, 0, 0, 0, 0, 0, 0);
    const __m128i last = _mm_setr_epi8(0, 1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0);
    if (!flags) {
        superblock[64] = 0;
        return;
    }
    __m128i by_block = _mm_cvtsi64_si128((long long)__builtin_bswap64(flags)), count = _mm_popcnt_epi8(by_block);
    __mmask64 from = reversed_bits(flags), to = (__mmask64)_mm_cvtsi128_si64(_mm_shuffle_epi8(first, count));
    __mmask64 ends = (__mmask64)_mm_cvtsi128_si64(_mm_shuffle_epi8(last, count));
    /* by quarters: what has just been written in such pieces is there at once */
    const __m128i *in = (const __m128i *)superblock;
    __m512i x = _mm512_castsi128_si512(_mm_loadu_si128(in));
    x = _mm512_inserti32x4(x, _mm_loadu_si128(in + 1), 1);
    x = _mm512_inserti32x4(x, _mm_loadu_si128(in + 2), 2);
    x = _mm512_inserti32x4(x, _mm_loadu_si128(in + 3), 3);
    __m512i low = _mm512_and_si512(x, _mm512_set1_epi8(15));
    __m512i y = _mm512_and_si512(_mm512_srli_epi16(x, 5), _mm512_set1_epi8(7));
    __m512i code = _mm512_mask_mov_epi8(_mm512_shuffle_epi8(by_low, low), _mm512_cmpeq_epi8_mask(low, _mm512_set1_epi8(12)), y);
    __mmask64 known = _mm512_cmpeq_epi8_mask(octets_of_codes(code), x);
    code = _mm512_mask_mov_epi8(_mm512_set1_epi8(MSAPEMU_CODE_ERR), known, code);
    x = moved(_mm512_or_si512(code, head), x, from, to);
    x = _mm512_mask_sub_epi8(x, ends, x, _mm512_set1_epi8((char)0x80)); /* no more follow */
    _mm512_storeu_si512(superblock, x);
    superblock[64] = (uint8_t)_mm_cmpneq_epi8_mask(_mm_cvtsi64_si128((long long)flags), _mm_setzero_si128());
}

/* Words of eight octets, one a block, have the first block highest: it is the highest bit of flags. */
unsigned msapemu_superblock_read_512(uint8_t *characters, uint8_t *of_blocks, const uint8_t *superblock)
{
    const __m512i bits = _mm512_set1_epi64(0x0102040810204080), seven = _mm512_set1_epi8(7);
    const __mmask64 not_first = 0xFEFEFEFEFEFEFEFE;
    const __m128i zero = _mm_setzero_si128(), ones = _mm_set1_epi8(-1);
    __m512i x = _mm512_loadu_si512(superblock);
    __mmask16 control = superblock[64], bad;
    if (!control) {
        _mm512_storeu_si512(characters, x);
        memset(of_blocks, 0, 8);
        return 0;
    }
    /* the first octets of a block, up to the first one that says that none follows */
    __m128i more = _mm_cvtsi64_si128((long long)__builtin_bswap64(_mm512_movepi8_mask(x)));
    __m128i heads = _mm_maskz_mov_epi8(control, _mm_xor_si128(more, _mm_sub_epi8(more, ones)));
    __mmask64 from = __builtin_bswap64((uint64_t)_mm_cvtsi128_si64(heads));
    /* their positions rise */
    __m512i place = _mm512_and_si512(_mm512_srli_epi16(x, 4), seven);
    __mmask64 falls = _mm512_mask_cmple_epu8_mask(from & not_first, place, _mm512_slli_epi64(place, 8));
    __m128i fall = _mm_cvtsi64_si128((long long)__builtin_bswap64(falls));
    bad = _mm_mask_cmpeq_epi8_mask(control, more, ones) | (_mm_cmpneq_epi8_mask(fall, zero) & 0xFF);
    __m512i flag = _mm512_maskz_shuffle_epi8(from, bits, place);
    __m128i sums = _mm512_cvtepi64_epi8(_mm512_sad_epu8(flag, _mm512_setzero_si512()));
    uint64_t flags = __builtin_bswap64((uint64_t)_mm_cvtsi128_si64(sums));
    if (bad) {
        __m128i good = _mm_maskz_mov_epi8(~bad, ones);
        flags &= (uint64_t)_mm_cvtsi128_si64(good);
        from &= __builtin_bswap64((uint64_t)_mm_cvtsi128_si64(good));
    }
    __m512i controls = octets_of_codes(_mm512_and_si512(x, _mm512_set1_epi8(15)));
    _mm512_storeu_si512(characters, moved(controls, x, from, reversed_bits(flags)));
    flags = __builtin_bswap64(flags);
    memcpy(of_blocks, &flags, 8);
    return bad;
}

/* The CRC of 65 octets, in their order in the lowest two octets: as kernels_crc_512.c, of octets whose bits are reversed. */
static inline __m128i crc_superblock(const uint8_t *in)
{
    const __m512i weights = _mm512_loadu_si512(msapemu_superblock_weights.word);
    const __m128i k = _mm_loadu_si128((const __m128i *)&msapemu_superblock_weights.inverse);
    const __m128i reverse = _mm_set1_epi64x((long long)REVERSED);
    __m512i x = _mm512_gf2p8affine_epi64_epi8(_mm512_loadu_si512(in), REVERSE_BITS, 0);
    x = _mm512_xor_si512(_mm512_clmulepi64_epi128(x, weights, 0x00), _mm512_clmulepi64_epi128(x, weights, 0x11));
    __m256i half = _mm256_xor_si256(_mm512_castsi512_si256(x), _mm512_extracti64x4_epi64(x, 1));
    __m128i s = _mm_xor_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
    /* the flag octet stands where the remainder ends */
    __m128i flags = _mm_gf2p8affine_epi64_epi8(_mm_maskz_loadu_epi8(0x80, in + 57), reverse, 0);
    s = _mm_xor_si128(s, flags);
    s = _mm_xor_si128(s, _mm_clmulepi64_si128(_mm_clmulepi64_si128(s, k, 0x00), k, 0x10));
    return _mm_gf2p8affine_epi64_epi8(_mm_unpackhi_epi64(s, s), reverse, 0);
}

void msapemu_superblocks_seal_512(uint8_t *superblocks, size_t count)
{
    for (; count; count--, superblocks += MSAPEMU_SUPERBLOCK) {
        uint16_t crc = (uint16_t)_mm_cvtsi128_si32(crc_superblock(superblocks));
        memcpy(superblocks + MSAPEMU_SUPERBLOCK_DATA, &crc, 2);
    }
}

size_t msapemu_superblocks_good_512(const uint8_t *superblocks, size_t count)
{
    size_t i = 0;
    for (; i < count; i++, superblocks += MSAPEMU_SUPERBLOCK) {
        uint16_t crc;
        memcpy(&crc, superblocks + MSAPEMU_SUPERBLOCK_DATA, 2);
        if (crc != (uint16_t)_mm_cvtsi128_si32(crc_superblock(superblocks)))
            break;
    }
    return i;
}
