/* Tables of 8B/10B characters and of 64B/65B blocks, and the coding of a block (G.7041 clause 8).
 *
 * A character is an octet and a flag that tells control characters. Blocks and superblocks are coded here, on octets
 * and a mask of flags whose highest bit belongs to the first character.
 */
#ifndef MSAPEMU_CHARACTERS_H
#define MSAPEMU_CHARACTERS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Control characters that are no 8B/10B code; each has an octet of its own. */
#define MSAPEMU_OCTET_ERR 0xFF /* 10B_ERR: an illegal code, or a disparity error, came instead */
#define MSAPEMU_OCTET_PAD 0x00 /* 65B_PAD: no character was ready */

#define MSAPEMU_CODE_ERR 0xC
#define MSAPEMU_CODE_PAD 0xD

/* Control octet -> code of four bits (8.1.1); that of 10B_ERR for what is no control character. */
extern uint8_t msapemu_code_of[256];
/* Code -> control octet; 0xE and 0xF are spare. */
extern const uint8_t msapemu_octet_of[16];

/* [running disparity positive][control << 8 | octet] -> ten bits, a highest. */
extern uint16_t msapemu_encode_10b[2][512];
/* [running disparity positive][ten bits] -> octet, CONTROL, POSITIVE (the disparity after it). What is no code of this
 * disparity is 10B_ERR. */
extern uint16_t msapemu_decode_10b[2][1024];
#define MSAPEMU_10B_CONTROL 0x100
#define MSAPEMU_10B_POSITIVE 0x200

/* By the eight flags of a block: where each octet comes from, what the control octets have beside their codes (LCC and
 * position), and how many there are. */
extern uint8_t msapemu_block_order[256][8];
extern uint8_t msapemu_block_head[256][8];
extern uint8_t msapemu_block_controls[256];
/* The same the other way: the place of each character's octet; and 80h for the last control octet. */
extern uint8_t msapemu_block_place[256][8];
extern uint8_t msapemu_block_last[256][8];

/* Make the tables: once, before anything else here. */
void msapemu_characters_init(void);

/* Eight characters to the octets of a block; `flags` is not zero. out is not in. */
static inline void msapemu_block_code(uint8_t *out, const uint8_t *in, unsigned flags)
{
    const uint8_t *order = msapemu_block_order[flags], *head = msapemu_block_head[flags];
    const unsigned controls = msapemu_block_controls[flags];
    unsigned i = 0;
    for (; i < controls; i++)
        out[i] = head[i] | msapemu_code_of[in[order[i]]];
    for (; i < 8; i++)
        out[i] = in[order[i]];
}

/* A block with control characters to its eight characters; their flags, or 0 when it is none: positions that do not
 * rise, a last control octet that is missing. A spare code is 10B_ERR. out is not in. */
static inline unsigned msapemu_block_read(uint8_t *out, const uint8_t *in)
{
    unsigned flags = 0, i = 0, head, position, least = 0;
    do {
        if (i == 8)
            return 0;
        head = in[i++];
        position = head >> 4 & 7;
        if (position < least)
            return 0;
        least = position + 1;
        flags |= 0x80u >> position;
        out[position] = msapemu_octet_of[head & 15];
    } while (head & 0x80);
    const uint8_t *order = msapemu_block_order[flags];
    for (; i < 8; i++)
        out[order[i]] = in[i];
    return flags;
}

/* Eight flag octets, 0 or not, to eight bits, the first one highest. */
static inline unsigned msapemu_flags_of(const uint8_t *octets)
{
    uint64_t w;
    memcpy(&w, octets, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    w = (((w & 0x7F7F7F7F7F7F7F7Fu) + 0x7F7F7F7F7F7F7F7Fu) | w) >> 7 & 0x0101010101010101u;
    return (unsigned)(w * 0x8040201008040201u >> 56);
}

/* And back, to 0 and 1. */
static inline void msapemu_flags_to(uint8_t *octets, unsigned flags)
{
    uint64_t w = (uint64_t)flags * 0x0101010101010101u & 0x0102040810204080u;
    w = ((w + 0x7F7F7F7F7F7F7F7Fu) | w) >> 7 & 0x0101010101010101u;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    memcpy(octets, &w, 8);
}

#endif
