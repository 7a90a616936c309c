"""How much idle line comes before the first client frame and after the last, in STM-N frames of 125 us.

Before: so much that every receiver is ready, also one that begins with nothing known and confirms all it reads.
"""

from __future__ import annotations

# A1 A2: found once, confirmed by a second and a third frame; two more for a receiver that joins within a frame.
ALIGNMENT = 5
# AU-4 pointer: three equal ones (G.783 A); as many again for one that declared loss of pointer first.
AU_POINTER = 6
# C2: five equal ones (G.783 6.2.4.2); the J1 trace is three times 16 VC-4, after at most one that was cut.
PATH_LABEL = 5
PATH_TRACE = 4 * 16
# TU-3 pointer: as that of an AU-4.
TU3_POINTER = 6
# H4 TU multiframe: four good ones in a row, after at most one multiframe of four that was cut.
TU_MULTIFRAME = 8
# TU-12 pointer: three equal ones, one a TU multiframe of four frames, then the VC-12 that it points to.
TU_POINTER = 16
# H4 multiframe of a VC-3-Xv or VC-4-Xv: 16 VCs. One that was cut, one to find it, four more until the sequence number
# was equal five times.
H4_MULTIFRAME = 16
# K4 multiframe: 32 VC-12 of four frames. One that was cut, one to find it, four more until the extended signal
# label was equal five times (G.806 6.2.4.2).
K4_MULTIFRAME = 32 * 4
EXTENDED_LABEL = 6 * K4_MULTIFRAME

# LCAS: a control packet, from whichever place in it the multiframe is found at. It tells who carries what follows it;
# a packet of VC-3s and VC-4s begins in the middle of a multiframe.
LCAS = {"vc4": H4_MULTIFRAME + 8, "vc3": H4_MULTIFRAME + 8, "vc12": K4_MULTIFRAME}

# GFP is in synchronism after two core headers (G.7041 6.3.1), which is less than a frame on any group.
GFP = 1

LEAD_IN_VC4 = ALIGNMENT + AU_POINTER + max(PATH_LABEL, PATH_TRACE) + GFP
LEAD_IN_VC4_XV = ALIGNMENT + AU_POINTER + PATH_LABEL + max(PATH_TRACE, 6 * H4_MULTIFRAME) + GFP
LEAD_IN_VC3 = ALIGNMENT + AU_POINTER + PATH_LABEL + TU3_POINTER + max(PATH_TRACE, 6 * H4_MULTIFRAME) + GFP
LEAD_IN_VC12 = ALIGNMENT + AU_POINTER + TU_MULTIFRAME + TU_POINTER + EXTENDED_LABEL + GFP
LEAD_IN = {"vc4": LEAD_IN_VC4, "vc3": LEAD_IN_VC3, "vc12": LEAD_IN_VC12}

# After: 10 ms, and twice that with VC-12, whose members may arrive milliseconds apart.
TAIL_VC4 = 80
TAIL_VC3 = 80
TAIL_VC12 = 160
TAIL = {"vc4": TAIL_VC4, "vc3": TAIL_VC3, "vc12": TAIL_VC12}

# E1: frame alignment in 1 ms; then the multiframe alignment signal twice, after at most one multiframe of 16 frames
# that was cut. The concatenation octet stands in one frame of 16, and a control packet is 16 of them: one that was cut,
# one to find the count, four more until the sequence number was equal five times.
E1_ALIGNMENT = 8
E1_MULTIFRAME = 3 * 16
E1_CONCATENATION = 6 * 256
E1_LCAS = 256 + 128
# E2 and E3: three frames of each order, which are less than that of 125 us, and one that was cut.
MULTIPLEX = 8
# G.832: alignment as of an STM-N; the concatenation octet is in every frame.
G832 = ALIGNMENT + 6 * 16
TAIL_PDH = 160
