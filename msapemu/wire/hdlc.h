/* HDLC by runs of octets: zero insertion (ISO/IEC 13239), octet stuffing (RFC 1662 4.2), FCS-16.
 *
 * An octet of a frame is sent with its least significant bit first; the octets of the stream have their most significant
 * bit first. Bit stuffing works on 56 bits at a time and looks for runs of five ones in all of them at once.
 */
#ifndef MSAPEMU_HDLC_H
#define MSAPEMU_HDLC_H

#include <stddef.h>
#include <stdint.h>

enum {
    MSAPEMU_HDLC_SLACK = 32, /* octets that are written beyond what is asked for */
};

/* ---- source: what is sent of a frame, and the bits that fill no octet yet */

typedef struct {
    uint64_t held;   /* these bits, the first one highest, zeros behind them */
    unsigned bits;   /* how many: 0..7 */
    unsigned before; /* the last four bits of the frame since a zero was put in, the newest lowest */
} msapemu_stuffer;

/* Octets of a frame, with the zeros that they need; where the next one of the stream goes. At most 10 n / 8 + 1 are
 * written, and MSAPEMU_HDLC_SLACK more are spoiled. */
uint8_t *msapemu_hdlc_stuff(msapemu_stuffer *s, const uint8_t *in, size_t n, uint8_t *out);
/* A flag, or an abort: eight bits as they are, least significant first. */
uint8_t *msapemu_hdlc_mark(msapemu_stuffer *s, uint8_t mark, uint8_t *out);
/* Octets of a frame, escaped: at most 2 n are written, and MSAPEMU_HDLC_SLACK more are spoiled. */
uint8_t *msapemu_hdlc_escape(const uint8_t *in, size_t n, uint8_t *out);

/* ---- sink: octets of the stream, and the frame that comes together in `room` */

typedef enum {
    MSAPEMU_HDLC_MORE = 0, /* all octets are taken */
    MSAPEMU_HDLC_ENDED,    /* a flag ended a frame: `bits` of it stand in `room` */
    MSAPEMU_HDLC_BROKEN,   /* an abort */
    MSAPEMU_HDLC_SPOILED,  /* a flag ended a frame in which an escape stood before what LAPS does not know (X.86) */
    MSAPEMU_HDLC_OVERRUN,  /* more than `most` octets came without a flag */
} msapemu_hdlc_event;

typedef struct {
    uint8_t *room;    /* of `most` octets, and MSAPEMU_HDLC_SLACK more */
    size_t most;
    size_t bits;      /* of the frame */
    size_t came;      /* bits since the flag */
    int inside;       /* a flag has come, and no abort since */
    int flagged;      /* a flag has come since this was set to 0 */
    /* bit stuffing */
    unsigned before;  /* the last seven bits of the stream, the newest highest */
    uint64_t held;    /* bits of the frame that fill no octet yet, the first one lowest */
    uint64_t word;    /* bits of the stream under way, the first one lowest */
    uint64_t events;  /* where in it something is not just a bit of a frame */
    uint64_t flags;   /* where a flag ends */
    unsigned at, end; /* of its bits: how many are taken, how many there are */
    /* octet stuffing */
    int escaped;
    int spoiled;
    int laps;         /* 7D DD is rate adaptation, and nothing but 5E and 5D is an octet behind 7D (X.86) */
} msapemu_unstuffer;

/* Take octets until something ends a frame, or there are no more: *in and *n move on. What came is octets of a stream of
 * bits, or of octets that are escaped. */
msapemu_hdlc_event msapemu_hdlc_unstuff(msapemu_unstuffer *u, const uint8_t **in, size_t *n);
msapemu_hdlc_event msapemu_hdlc_unescape(msapemu_unstuffer *u, const uint8_t **in, size_t *n);

/* FCS-16 register update (x^16 + x^12 + x^5 + 1, reflected 0x8408, no pre- or post-inversion). */
uint16_t msapemu_fcs16(uint16_t fcs, const uint8_t *in, size_t n);

void msapemu_hdlc_init(void); /* its tables */

#endif
