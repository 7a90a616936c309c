/* The tables of characters.h. */
#include "characters.h"

const uint8_t msapemu_octet_of[16] = {0x1C, 0x3C, 0x5C, 0x7C, 0x9C, 0xBC, 0xDC, 0xFC, 0xF7, 0xFB, 0xFD, 0xFE,
                                      MSAPEMU_OCTET_ERR, MSAPEMU_OCTET_PAD, MSAPEMU_OCTET_ERR, MSAPEMU_OCTET_ERR};
uint8_t msapemu_code_of[256];
uint16_t msapemu_encode_10b[2][512];
uint16_t msapemu_decode_10b[2][1024];
uint8_t msapemu_block_order[256][8];
uint8_t msapemu_block_head[256][8];
uint8_t msapemu_block_controls[256];
uint8_t msapemu_block_place[256][8];
uint8_t msapemu_block_last[256][8];

/* IEEE 802.3 tables 36-1 and 36-2 by their halves: abcdei of D.0 to D.31, fghj of .0 to .7, each at negative running
 * disparity. */
static const uint8_t six[32] = {0x27, 0x1D, 0x2D, 0x31, 0x35, 0x29, 0x19, 0x38, 0x39, 0x25, 0x15, 0x34, 0x0D, 0x2C,
                                0x1C, 0x17, 0x1B, 0x23, 0x13, 0x32, 0x0B, 0x2A, 0x1A, 0x3A, 0x33, 0x26, 0x16, 0x36,
                                0x0E, 0x2E, 0x1E, 0x2B};
static const uint8_t four_data[8] = {0xB, 0x9, 0x5, 0xC, 0xD, 0xA, 0x6, 0xE};
static const uint8_t four_control[8] = {0xB, 0x6, 0xA, 0xC, 0xD, 0x5, 0x9, 0x7};
#define SIX_K28 0x0F
#define SIX_D7 0x38         /* balanced, and still another code by the disparity, as are D.3's and K.3's four bits */
#define FOUR_3 0xC
#define FOUR_ALTERNATE 0x7  /* D.A7: where D.P7 would make a run of five */

static int balanced(unsigned bits, unsigned width)
{
    return 2 * (unsigned)__builtin_popcount(bits) == width;
}

/* The running disparity (1 is positive) behind a half of `width` bits (36.2.4.4). */
static int disparity_after(unsigned bits, unsigned width, int positive)
{
    unsigned ones = (unsigned)__builtin_popcount(bits);
    if (2 * ones != width)
        return 2 * ones > width;
    if (bits == (width == 6 ? 0x07u : 0x3u))
        return 1;
    if (bits == (width == 6 ? 0x38u : 0xCu))
        return 0;
    return positive;
}

static unsigned ten_bits(unsigned octet, int control, int positive)
{
    unsigned x = octet & 31, y = octet >> 5, high, low;
    high = control && x == 28 ? SIX_K28 : six[x];
    if (positive && (!balanced(high, 6) || high == SIX_D7))
        high ^= 0x3F;
    positive = disparity_after(high, 6, positive);
    if (control) {
        low = four_control[y];
        if (positive)
            low ^= 0xF;
    } else {
        low = four_data[y];
        if (y == 7 && (positive ? x == 11 || x == 13 || x == 14 : x == 17 || x == 18 || x == 20))
            low = FOUR_ALTERNATE;
        if (positive && (!balanced(low, 4) || low == FOUR_3))
            low ^= 0xF;
    }
    return high << 4 | low;
}

static void make_codes(void)
{
    memset(msapemu_code_of, MSAPEMU_CODE_ERR, sizeof msapemu_code_of);
    for (unsigned code = 0; code <= MSAPEMU_CODE_PAD; code++)
        msapemu_code_of[msapemu_octet_of[code]] = (uint8_t)code;
    for (int positive = 0; positive < 2; positive++) {
        for (unsigned bits = 0; bits < 1024; bits++) {
            int after = disparity_after(bits & 15, 4, disparity_after(bits >> 4, 6, positive));
            msapemu_decode_10b[positive][bits] =
                (uint16_t)(MSAPEMU_10B_CONTROL | MSAPEMU_OCTET_ERR | (after ? MSAPEMU_10B_POSITIVE : 0));
        }
        for (unsigned character = 0; character < 512; character++) {
            int control = character >> 8;
            unsigned bits;
            if (control && msapemu_code_of[character & 255] >= MSAPEMU_CODE_ERR) {
                /* sent for 10B_ERR: no code, and it leaves the disparity alone */
                bits = positive ? 0x30E : 0x0F1;
                msapemu_encode_10b[positive][character] = (uint16_t)bits;
                continue;
            }
            bits = ten_bits(character & 255, control, positive);
            msapemu_encode_10b[positive][character] = (uint16_t)bits;
            msapemu_decode_10b[positive][bits] =
                (uint16_t)((msapemu_decode_10b[positive][bits] & MSAPEMU_10B_POSITIVE) | character);
        }
    }
}

static void make_blocks(void)
{
    for (unsigned flags = 0; flags < 256; flags++) {
        unsigned controls = 0, at = 0;
        for (unsigned i = 0; i < 8; i++)
            if (flags & 0x80u >> i) {
                msapemu_block_order[flags][controls] = (uint8_t)i;
                msapemu_block_head[flags][controls++] = (uint8_t)(0x80 | i << 4);
            }
        if (controls) {
            msapemu_block_head[flags][controls - 1] &= 0x7F; /* LCC: more follow */
            msapemu_block_last[flags][controls - 1] = 0x80;
        }
        msapemu_block_controls[flags] = (uint8_t)controls;
        for (unsigned i = 0; i < 8; i++)
            if (!(flags & 0x80u >> i))
                msapemu_block_order[flags][controls + at++] = (uint8_t)i;
        for (unsigned i = 0; i < 8; i++)
            msapemu_block_place[flags][msapemu_block_order[flags][i]] = (uint8_t)i;
    }
}

void msapemu_characters_init(void)
{
    make_codes();
    make_blocks();
}
