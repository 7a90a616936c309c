/* The blocks of a superblock, four at a time (setup.py gives this file its flags). */
#include <immintrin.h>

#include "characters.h"
#include "superblock.h"

/* Rows of a table by four flag octets, the first one highest. */
static inline __m256i rows(const uint8_t (*table)[8], uint32_t flags)
{
    int64_t row[4];
    for (int k = 0; k < 4; k++)
        memcpy(&row[k], table[flags >> (24 - 8 * k) & 255], 8);
    return _mm256_set_epi64x(row[3], row[2], row[1], row[0]);
}

/* Octets in each eight by the numbers in `places`. */
static inline __m256i moved(__m256i octets, __m256i places)
{
    return _mm256_shuffle_epi8(octets, _mm256_add_epi8(places, _mm256_set_epi64x(0x0808080808080808, 0,
                                                                                 0x0808080808080808, 0)));
}

/* All ones where the bit of an octet is set, of four flag octets, the first one highest. */
static inline __m256i spread(uint32_t flags)
{
    const __m256i octet = _mm256_set_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
    const __m256i bit = _mm256_set1_epi64x(0x0102040810204080);
    return _mm256_cmpeq_epi8(_mm256_and_si256(_mm256_shuffle_epi8(_mm256_set1_epi32((int)flags), octet), bit), bit);
}

/* The low eight bits, an octet each, the lowest bit first. */
static inline int64_t each_bit(uint64_t bits)
{
    return (int64_t)_pdep_u64(bits & 255, 0x0101010101010101);
}

static inline __m256i octets_of_codes(__m256i codes)
{
    __m128i table = _mm_loadu_si128((const __m128i *)msapemu_octet_of);
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(table), codes);
}

void msapemu_superblock_code_avx2(uint8_t *superblock, uint64_t flags)
{
    /* By the low half of a control octet, its code; of K28.y, whose low half is C, it is y. */
    const __m256i by_low = _mm256_setr_epi8(13, 12, 12, 12, 12, 12, 12, 8, 12, 12, 12, 9, 12, 10, 11, 12, 13, 12, 12, 12,
                                            12, 12, 12, 8, 12, 12, 12, 9, 12, 10, 11, 12);
    const __m256i head = _mm256_set1_epi64x((int64_t)0xF0E0D0C0B0A09080); /* LCC and position */
    uint8_t of_blocks[8];
    if (!flags) {
        superblock[64] = 0;
        return;
    }
    for (int half = 0; half < 2; half++) {
        uint32_t four = (uint32_t)(flags >> (32 - 32 * half));
        __m256i *at = (__m256i *)(superblock + 32 * half), x = _mm256_loadu_si256(at);
        __m256i low = _mm256_and_si256(x, _mm256_set1_epi8(15));
        __m256i y = _mm256_and_si256(_mm256_srli_epi16(x, 5), _mm256_set1_epi8(7));
        __m256i code = _mm256_blendv_epi8(_mm256_shuffle_epi8(by_low, low), y,
                                          _mm256_cmpeq_epi8(low, _mm256_set1_epi8(12)));
        code = _mm256_blendv_epi8(_mm256_set1_epi8(MSAPEMU_CODE_ERR), code, _mm256_cmpeq_epi8(octets_of_codes(code), x));
        x = _mm256_blendv_epi8(x, _mm256_or_si256(code, head), spread(four));
        x = moved(x, rows((const uint8_t(*)[8])msapemu_block_order, four));
        _mm256_storeu_si256(at, _mm256_andnot_si256(rows((const uint8_t(*)[8])msapemu_block_last, four), x));
    }
    for (int k = 0; k < 8; k++)
        of_blocks[k] = (uint8_t)(flags >> (56 - 8 * k));
    superblock[64] = (uint8_t)msapemu_flags_of(of_blocks);
}

unsigned msapemu_superblock_read_avx2(uint8_t *characters, uint8_t *of_blocks, const uint8_t *superblock)
{
    const __m256i bits = _mm256_set1_epi64x(0x0102040810204080);
    unsigned bad = 0;
    if (!superblock[64]) {
        memcpy(characters, superblock, 64);
        memset(of_blocks, 0, 8);
        return 0;
    }
    for (int half = 0; half < 2; half++) {
        __m256i x = _mm256_loadu_si256((const __m256i *)(superblock + 32 * half));
        unsigned control = superblock[64] >> (4 - 4 * half) & 15;
        /* which octets say that more follow, in lanes of 16 bits, the block's first octet lowest */
        uint64_t more = _pdep_u64((uint32_t)_mm256_movemask_epi8(x), 0x00FF00FF00FF00FF);
        uint64_t next = more + 0x0001000100010001;
        uint64_t heads = (more ^ next) & 0x00FF00FF00FF00FF;
        uint64_t of_control = (uint64_t)(control & 1) << 48 | (uint64_t)(control & 2) << 31
                            | (uint64_t)(control & 4) << 14 | control >> 3;
        uint64_t wrong = next >> 8 & of_control; /* all eight say so */
        heads &= of_control * 0xFF;
        __m256i is_head = _mm256_cmpeq_epi8(_mm256_set_epi64x(each_bit(heads >> 48), each_bit(heads >> 32),
                                                              each_bit(heads >> 16), each_bit(heads)),
                                            _mm256_set1_epi8(1));
        __m256i place = _mm256_and_si256(_mm256_srli_epi16(x, 4), _mm256_set1_epi8(7));
        __m256i before = _mm256_or_si256(_mm256_slli_epi64(place, 8), _mm256_set1_epi64x(0xFF)); /* -1 before the first */
        uint32_t falls = (uint32_t)_mm256_movemask_epi8(_mm256_andnot_si256(_mm256_cmpgt_epi8(place, before), is_head));
        __m256i flag = _mm256_and_si256(_mm256_shuffle_epi8(bits, place), is_head);
        __m256i sums = _mm256_sad_epu8(flag, _mm256_setzero_si256());
        uint64_t sum[4];
        _mm256_storeu_si256((__m256i *)sum, sums);
        uint32_t four = 0;
        for (int k = 0; k < 4; k++) {
            unsigned of_block = (unsigned)sum[k] & 255;
            if ((wrong >> 16 * k & 1) || (falls >> 8 * k & 255)) {
                bad |= 0x80u >> (4 * half + k);
                of_block = 0;
            }
            of_blocks[4 * half + k] = (uint8_t)of_block;
            four = four << 8 | of_block;
        }
        x = _mm256_blendv_epi8(x, octets_of_codes(_mm256_and_si256(x, _mm256_set1_epi8(15))), is_head);
        x = moved(x, rows((const uint8_t(*)[8])msapemu_block_place, four));
        _mm256_storeu_si256((__m256i *)(characters + 32 * half), x);
    }
    return bad;
}
