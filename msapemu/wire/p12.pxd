# cython: language_level=3
"""The frame of an E1 (G.704 2.3), and what both halves of its termination know: names of its bits, and the alarms.

    even frames   TS0 = Si 0 0 1 1 0 1 1          the frame alignment signal (FAS)
    odd frames    TS0 = Si 1 A Sa4 Sa5 Sa6 Sa7 Sa8

    CRC-4 multiframe of 16 frames, two sub-multiframes (SMF) of 8:
        Si of frames 0 2 4 6, and 8 10 12 14      C1 C2 C3 C4: the CRC-4 of the SMF before
        Si of frames 1 3 5 7 9 11                 0 0 1 0 1 1: the multiframe alignment signal (MFAS)
        Si of frames 13, 15                       E: 0 tells the far end of an errored SMF
"""
from libc.stdint cimport uint8_t, uint64_t

cdef enum:
    TIMESLOTS = 32              # octets of a frame
    FRAME_BITS = 256
    MF_FRAMES = 16              # of a CRC-4 multiframe, and of a CAS one
    SMF_FRAMES = 8
    # TS0
    SI = 0x80
    FAS = 0x1B                  # without Si
    FAS_MASK = 0x7F
    NFAS = 0x40                 # bit 2
    REMOTE_ALARM = 0x20         # A
    SA_BITS = 0x1F              # Sa4 highest
    MFAS_BITS = 0b001011        # Si of frames 1 3 5 7 9 11
    MFAS_MASK = 0b111111
    MFAS_LAST = 11
    E_FIRST = 13
    E_SECOND = 15
    # TS16 with channel associated signalling (G.704 5.1.3.2)
    CAS_SLOT = 16
    CAS_ALARM = 0x04            # y of frame 0
    CAS_SPARE = 0x0B            # x of frame 0, sent as ones

cdef enum Framing:
    UNFRAMED = 0
    BASIC = 1
    CRC4 = 2

cdef enum FrameState:
    """Where the receiver is (G.706 4, annex B)."""
    ST_UNFRAMED = 0             # there is nothing to look for
    ST_HUNT = 1                 # no frame alignment
    ST_BASIC = 2                # in frame; the far end has no CRC-4, or none is wanted
    ST_SEARCH = 3               # in frame; the CRC-4 multiframe is looked for
    ST_MULTIFRAME = 4           # in multiframe

cdef struct P12Counters:
    # uint64 only; all but the first of the receive side
    uint64_t tx_frames
    uint64_t frames             # of 256 bits, in alignment or not
    uint64_t aligned            # times that frame alignment was found
    uint64_t losses             # and lost
    uint64_t fas_errors         # errored FAS in alignment
    uint64_t crc_blocks         # SMFs checked
    uint64_t crc_errors         # errored ones
    uint64_t e_bits             # SMFs that the far end tells are errored
    uint64_t false_alignments   # given up: too many CRC errors, or no multiframe
    uint64_t slips              # frames repeated or left out on the way to where the timeslots go
    uint64_t state              # a FrameState
    uint64_t sa                 # Sa4..Sa8 received last
    uint64_t ssm                # accepted; 16: none
    uint64_t defects            # bit mask

cdef struct P12Remote:
    # what the sink tells the source
    bint alarm                  # A is sent
    bint cas_alarm              # y is sent
    bint e_valid                # E bits tell
    uint64_t errored            # SMFs not yet told
