/* The receive machine of the Gigabit Ethernet PCS (pcs_rx.pxd): by state and kind of character, the next state and what
 * is done. IEEE 802.3 figures 36-7a and 36-7b, on characters whose disparity is no longer there to be checked. */
#ifndef MSAPEMU_PCS_H
#define MSAPEMU_PCS_H

#include <stdint.h>

enum { PCS_D, PCS_COMMA, PCS_S, PCS_T, PCS_R, PCS_ERROR, PCS_KINDS }; /* data, K28.5, /S/, /T/, /R/, /V/ and the rest */

enum {
    PCS_IDLE,     /* between ordered sets */
    PCS_K28_5,    /* behind the first character of /I/ or /C/ */
    PCS_CONFIG_1, /* an octet of /C/ is to come */
    PCS_CONFIG_2,
    PCS_PREAMBLE, /* behind /S/ */
    PCS_DATA,     /* in the frame */
    PCS_END,      /* behind /T/ */
    PCS_EXTEND,   /* behind /T/ /R/ */
    PCS_BAD,      /* in what is no frame, or no more */
    PCS_STATES
};

enum {
    PCS_NOTHING,
    PCS_BEGIN,     /* a frame */
    PCS_SECOND,    /* of an ordered set: it tells which, and the next state with it */
    PCS_CONFIGURE, /* /C/ is complete */
    PCS_PREAMBLED, /* 55h, or D5h and the frame is next, or a fault */
    PCS_OCTET,
    PCS_DELIVER,
    PCS_EXTENDED,
    PCS_CARRIER,    /* a carrier that no /S/ began */
    PCS_BROKEN,     /* the frame does not end with /T/ /R/ */
    PCS_BROKEN_NEW, /* and the next one begins */
    PCS_PROPAGATED  /* an error that was seen before: /V/, 10B_ERR */
};

typedef struct {
    uint8_t next, action;
} msapemu_pcs_step;

#define TO(state, action) {PCS_##state, PCS_##action}
static const msapemu_pcs_step msapemu_pcs[PCS_STATES][PCS_KINDS] = {
    /*               data                      K28.5              /S/                       /T/
                     /R/                       error */
    [PCS_IDLE] =     {TO(BAD, CARRIER),        TO(K28_5, NOTHING), TO(PREAMBLE, BEGIN),      TO(IDLE, CARRIER),
                      TO(IDLE, NOTHING),       TO(IDLE, NOTHING)},
    [PCS_K28_5] =    {TO(IDLE, SECOND),        TO(K28_5, NOTHING), TO(PREAMBLE, BEGIN),      TO(IDLE, CARRIER),
                      TO(IDLE, NOTHING),       TO(IDLE, NOTHING)},
    [PCS_CONFIG_1] = {TO(CONFIG_2, NOTHING),   TO(K28_5, NOTHING), TO(PREAMBLE, BEGIN),      TO(IDLE, CARRIER),
                      TO(IDLE, NOTHING),       TO(IDLE, NOTHING)},
    [PCS_CONFIG_2] = {TO(IDLE, CONFIGURE),     TO(K28_5, NOTHING), TO(PREAMBLE, BEGIN),      TO(IDLE, CARRIER),
                      TO(IDLE, NOTHING),       TO(IDLE, NOTHING)},
    [PCS_PREAMBLE] = {TO(PREAMBLE, PREAMBLED), TO(K28_5, BROKEN),  TO(PREAMBLE, BROKEN_NEW), TO(EXTEND, BROKEN),
                      TO(EXTEND, BROKEN),      TO(BAD, PROPAGATED)},
    [PCS_DATA] =     {TO(DATA, OCTET),         TO(K28_5, BROKEN),  TO(PREAMBLE, BROKEN_NEW), TO(END, NOTHING),
                      TO(EXTEND, BROKEN),      TO(BAD, PROPAGATED)},
    [PCS_END] =      {TO(BAD, BROKEN),         TO(K28_5, BROKEN),  TO(PREAMBLE, BROKEN_NEW), TO(EXTEND, BROKEN),
                      TO(EXTEND, DELIVER),     TO(BAD, PROPAGATED)},
    [PCS_EXTEND] =   {TO(BAD, CARRIER),        TO(K28_5, NOTHING), TO(PREAMBLE, BEGIN),      TO(EXTEND, NOTHING),
                      TO(EXTEND, EXTENDED),    TO(EXTEND, NOTHING)},
    [PCS_BAD] =      {TO(BAD, NOTHING),        TO(K28_5, NOTHING), TO(PREAMBLE, BEGIN),      TO(EXTEND, NOTHING),
                      TO(BAD, NOTHING),        TO(BAD, NOTHING)},
};
#undef TO

#endif
