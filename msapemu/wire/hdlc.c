/* Zero insertion and octet stuffing of HDLC, in runs. */
#include <string.h>

#include "hdlc.h"

enum {
    STEP_OCTETS = 7, /* 56 bits: with seven that are held they fit a word */
    STEP = 8 * STEP_OCTETS,
    FLAG = 0x7E,
    ESCAPE = 0x7D,
    ESCAPE_XOR = 0x20,
    RATE_ADAPTATION = 0xDD, /* X.86: 7D DD is no octet of a frame */
    FLAG_ENDED_BITS = 7,    /* of a flag's bits look like a frame's until the last one is there */
    SIXTH_ONE = 0x7E,       /* as the last bits of the stream: a sixth one may be a flag's */
    ABORT_BITS = 6,         /* of an abort's, when its seventh one is there */
};

#define ALL(octet) (0x0101010101010101u * (octet))

static uint16_t fcs_table[8][256]; /* slicing by 8 */

void msapemu_hdlc_init(void)
{
    for (unsigned i = 0; i < 256; i++) {
        unsigned fcs = i;
        for (int k = 0; k < 8; k++)
            fcs = fcs & 1 ? fcs >> 1 ^ 0x8408 : fcs >> 1;
        fcs_table[0][i] = (uint16_t)fcs;
    }
    for (int s = 1; s < 8; s++)
        for (unsigned i = 0; i < 256; i++)
            fcs_table[s][i] = (uint16_t)(fcs_table[s - 1][i] >> 8 ^ fcs_table[0][fcs_table[s - 1][i] & 255]);
}

uint16_t msapemu_fcs16(uint16_t fcs, const uint8_t *in, size_t n)
{
    for (; n >= 8; n -= 8, in += 8)
        fcs = fcs_table[7][(in[0] ^ fcs) & 255] ^ fcs_table[6][in[1] ^ fcs >> 8] ^ fcs_table[5][in[2]]
            ^ fcs_table[4][in[3]] ^ fcs_table[3][in[4]] ^ fcs_table[2][in[5]] ^ fcs_table[1][in[6]]
            ^ fcs_table[0][in[7]];
    while (n--)
        fcs = (uint16_t)(fcs >> 8 ^ fcs_table[0][(fcs ^ *in++) & 255]);
    return fcs;
}

/* The bits of each octet in reverse order. */
static inline uint64_t turned(uint64_t w)
{
    w = (w >> 1 & ALL(0x55)) | (w & ALL(0x55)) << 1;
    w = (w >> 2 & ALL(0x33)) | (w & ALL(0x33)) << 2;
    return (w >> 4 & ALL(0x0F)) | (w & ALL(0x0F)) << 4;
}

/* Octets, the first one lowest. */
static inline uint64_t load(const uint8_t *in, size_t n)
{
    uint64_t w = 0;
    if (n >= 8) {
        memcpy(&w, in, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        w = __builtin_bswap64(w);
#endif
        return w;
    }
    for (size_t i = 0; i < n; i++)
        w |= (uint64_t)in[i] << 8 * i;
    return w;
}

static inline void store_lowest_first(uint8_t *out, uint64_t w)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    memcpy(out, &w, 8);
}

/* ------------------------------------------------------------------------------------------------ source, bits */

/* `count` bits more, the first one highest and zeros behind them; with those that are held at most 64. */
static inline uint8_t *put(msapemu_stuffer *s, uint64_t bits, unsigned count, uint8_t *out)
{
    unsigned total = s->bits + count;
    uint64_t w = s->held | bits >> s->bits;
    store_lowest_first(out, __builtin_bswap64(w));
    s->held = total >= 64 ? 0 : w << (total & 56);
    s->bits = total & 7;
    return out + (total >> 3);
}

/* `count` bits of a frame, at most STEP. */
static inline uint8_t *stuff_step(msapemu_stuffer *s, uint64_t w, unsigned count, uint8_t *out)
{
    uint64_t c = s->before;
    /* where a run of five ones ends, the bits before among them */
    uint64_t fifth = w & (w >> 1 | c << 63) & (w >> 2 | c << 62) & (w >> 3 | c << 61) & (w >> 4 | c << 60);
    unsigned at = 0;
    while (fifth) {
        unsigned ones = (unsigned)__builtin_clzll(fifth) + 1, run = ones - at;
        out = put(s, w << at >> (64 - run) << (64 - run), run + 1, out);
        fifth &= ~(0xF8ull << 56 >> (ones - 1)); /* behind the zero they count anew */
        at = ones;
    }
    out = put(s, w << at, count - at, out);
    s->before = (unsigned)(w >> (64 - count)) & 15 & (unsigned)((1ull << (count - at)) - 1);
    return out;
}

uint8_t *msapemu_hdlc_stuff(msapemu_stuffer *state, const uint8_t *in, size_t n, uint8_t *out)
{
    msapemu_stuffer s = *state;
    for (; n > STEP_OCTETS; n -= STEP_OCTETS, in += STEP_OCTETS)
        out = stuff_step(&s, __builtin_bswap64(turned(load(in, 8))) & ~0xFFull, STEP, out);
    if (n)
        out = stuff_step(&s, __builtin_bswap64(turned(load(in, n))), 8 * (unsigned)n, out);
    *state = s;
    return out;
}

uint8_t *msapemu_hdlc_mark(msapemu_stuffer *s, uint8_t mark, uint8_t *out)
{
    s->before = 0;
    return put(s, __builtin_bswap64(turned(mark)), 8, out);
}

/* ------------------------------------------------------------------------------------------------ sink, bits */

/* `count` bits of the frame more, the first one lowest. */
static inline void keep(msapemu_unstuffer *u, uint64_t bits, unsigned count)
{
    unsigned held = u->came & 7, total = held + count;
    uint64_t w = u->held | bits << held;
    store_lowest_first(u->room + (u->came >> 3), w);
    u->held = total >= 64 ? 0 : w >> (total & 56);
    u->came += count;
}

/* The next bits of the stream, and what is among them. */
static inline void look(msapemu_unstuffer *u, uint64_t w, unsigned count)
{
    uint64_t c = u->before, one = w << 1 | c >> 6, two = w << 2 | c >> 5, three = w << 3 | c >> 4, four = w << 4 | c >> 3;
    uint64_t five = one & two & three & four & (w << 5 | c >> 2), valid = ~0ull >> (64 - count);
    uint64_t sixth = w << 6 | c >> 1, seventh = w << 7 | c;
    u->word = w;
    u->at = 0;
    u->end = count;
    u->flags = five & sixth & ~seventh & ~w & valid;
    /* a zero behind five ones, or six; a seventh one */
    u->events = (u->flags | (five & ~sixth & ~w) | (five & sixth & ~seventh & w)) & valid;
    u->before = (unsigned)(w >> (count - 7)) & 127;
}

/* Where in a stream nothing but flags follows a flag that ended `came` bits before: each octet is the same. */
static inline size_t flags_follow(const msapemu_unstuffer *u, const uint8_t *in, size_t n)
{
    unsigned k = (unsigned)u->came;
    uint8_t octet = (uint8_t)(FLAG << k | FLAG >> (8 - k));
    size_t passed = 0;
    if (u->held != (FLAG & ((1u << k) - 1)))
        return 0;
    while (n - passed >= 8 && load(in + passed, 8) == ALL((uint64_t)octet))
        passed += 8;
    return passed;
}

msapemu_hdlc_event msapemu_hdlc_unstuff(msapemu_unstuffer *state, const uint8_t **in, size_t *n)
{
    msapemu_unstuffer u = *state;
    const uint8_t *at = *in;
    size_t left = *n;
    msapemu_hdlc_event found = MSAPEMU_HDLC_MORE;
    for (;;) {
        while (u.events) {
            unsigned place = (unsigned)__builtin_ctzll(u.events);
            uint64_t here = 1ull << place;
            if (u.inside)
                keep(&u, u.word >> u.at & ((1ull << (place - u.at)) - 1), place - u.at);
            u.events &= u.events - 1;
            u.at = place + 1;
            if (u.flags & here) {
                size_t came = u.came;
                int ended = u.inside && came > FLAG_ENDED_BITS;
                u.inside = u.flagged = 1;
                u.came = 0;
                u.held = 0;
                if (ended) {
                    u.bits = came - FLAG_ENDED_BITS;
                    found = MSAPEMU_HDLC_ENDED;
                    goto out;
                }
            } else if (u.word & here) {
                /* nothing but ones after a flag: the far end rests */
                int broken = u.inside && u.came > ABORT_BITS;
                u.inside = 0;
                if (broken) {
                    u.bits = u.came - FLAG_ENDED_BITS;
                    found = MSAPEMU_HDLC_BROKEN;
                    goto out;
                }
            }
        }
        if (u.inside) {
            keep(&u, u.word >> u.at & ((1ull << (u.end - u.at)) - 1), u.end - u.at);
            if (u.came >> 3 > u.most && (u.came - (u.before == SIXTH_ONE)) >> 3 > u.most) {
                u.inside = 0;
                found = MSAPEMU_HDLC_OVERRUN;
            }
        }
        u.at = u.end = 0;
        if (found)
            break;
        if (u.inside && u.came < 8) {
            size_t passed = flags_follow(&u, at, left);
            at += passed;
            left -= passed;
            u.flagged |= passed != 0;
        }
        if (left == 0)
            break;
        size_t k = left < STEP_OCTETS ? left : STEP_OCTETS;
        look(&u, turned(load(at, left)) & ~0ull >> (64 - 8 * k), 8 * (unsigned)k);
        at += k;
        left -= k;
    }
out:
    *state = u;
    *in = at;
    *n = left;
    return found;
}

/* ------------------------------------------------------------------------------------------------ octets */

/* The highest bit of each octet that is 7E or 7D; of those behind the first one it may be wrong. */
static inline uint64_t marks(uint64_t w)
{
    uint64_t flag = w ^ ALL(FLAG), escape = w ^ ALL(ESCAPE);
    return (((flag - ALL(1)) & ~flag) | ((escape - ALL(1)) & ~escape)) & ALL(0x80);
}

/* Copy up to the next octet that is 7E or 7D, or all n: how many. Up to seven octets more are spoiled. */
static inline size_t plain_run(const uint8_t *in, size_t n, uint8_t *out)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t w = load(in + i, 8), found = marks(w);
        store_lowest_first(out + i, w);
        if (found)
            return i + (size_t)(__builtin_ctzll(found) >> 3);
    }
    for (; i < n && in[i] != FLAG && in[i] != ESCAPE; i++)
        out[i] = in[i];
    return i;
}

uint8_t *msapemu_hdlc_escape(const uint8_t *in, size_t n, uint8_t *out)
{
    for (;;) {
        size_t run = plain_run(in, n, out);
        out += run;
        if (run == n)
            return out;
        *out++ = ESCAPE;
        *out++ = in[run] ^ ESCAPE_XOR;
        in += run + 1;
        n -= run + 1;
    }
}

/* Octets of the frame, or of none: up to the next 7E or 7D, but no more than there is room for. */
static inline size_t unescape_run(msapemu_unstuffer *u, const uint8_t *in, size_t n)
{
    size_t at = u->came >> 3, free = u->most + 1 - at, run;
    if (!u->inside) {
        const uint8_t *flag = memchr(in, FLAG, n);
        return flag ? (size_t)(flag - in) : n;
    }
    run = plain_run(in, n < free ? n : free, u->room + at);
    u->came += 8 * run;
    return run;
}

msapemu_hdlc_event msapemu_hdlc_unescape(msapemu_unstuffer *u, const uint8_t **in, size_t *n)
{
    const uint8_t *at = *in, *end = at + *n;
    msapemu_hdlc_event found = MSAPEMU_HDLC_MORE;
    while (at < end && !found) {
        if (u->inside && u->came >> 3 > u->most) {
            u->inside = u->escaped = 0;
            found = MSAPEMU_HDLC_OVERRUN;
        } else if (u->inside && u->escaped && *at != FLAG) {
            u->escaped = 0;
            if (!(u->laps && *at == RATE_ADAPTATION)) {
                u->spoiled |= u->laps && *at != (FLAG ^ ESCAPE_XOR) && *at != (ESCAPE ^ ESCAPE_XOR);
                u->room[u->came >> 3] = *at ^ ESCAPE_XOR;
                u->came += 8;
            }
            at++;
        } else if (*at == FLAG) {
            u->bits = u->came;
            if (u->inside && u->escaped)
                found = MSAPEMU_HDLC_BROKEN;
            else if (u->inside && u->came)
                found = u->spoiled ? MSAPEMU_HDLC_SPOILED : MSAPEMU_HDLC_ENDED;
            u->inside = u->flagged = 1;
            u->escaped = u->spoiled = 0;
            u->came = 0;
            at++;
            if (!found)
                while (end - at >= 8 && load(at, 8) == ALL(FLAG))
                    at += 8;
        } else if (u->inside && *at == ESCAPE) {
            u->escaped = 1;
            at++;
        } else {
            at += unescape_run(u, at, (size_t)(end - at));
        }
    }
    *in = at;
    *n = (size_t)(end - at);
    return found;
}
