"""A slow, plain second implementation of the standards: the judge of the fast core.

Written from the fact sheet alone (clauses are cited as `STANDARDS n`, its section numbers) and sharing no
code with the core. Clarity comes first; the only concessions to speed are tables made by the bitwise engines.

Path order, as on the line:

    bits, crc, scramble    arithmetic that several layers use
    gfp                    Ethernet <-> GFP-F
    eightb10b, gbe, gfp_t  symbols <-> characters, MAC frames <-> characters of 1000BASE-X, these <-> GFP-T
    e1, e3                 E1 in a VC-12, E3 in a VC-3
    vc12, vc3, trace       VC-12 and VC-3, their path overhead, trail traces
    h4                     the multiframe of virtually concatenated VC-3s
    lcas, lcas_machine     LCAS control packets in H4 and K4; what an end of a group makes of them
    pointer, stream        pointer words, their interpreter, VC stream <-> pointer frame; `moves` their sequences
    vcat                   VCs of the members of a group <-> its octets, with and without LCAS
    tug, tu3, tug3         TU-12, TU-3 and what else is in a TUG-3 <-> VC-4 columns
    vc4, au4               VC-4 and VC-4-Xc path overhead; their AU-4
    stmn, stm1, section    STM-N frame, STM-1 frame, section overhead
    client, paths, tugs    what is built into VC-12s and VC-3s, and these into a VC-4
    content                what an AU-4 carries
    received               what VC-12s and VC-3s deliver
    builder, parser, align the whole chain of an STM-1; `line` gathers them
    multi                  the whole chain of an STM-N
    capture                records of a capture file
    e1frame, e1sync, e1cas TS0 of an E1, what a receiver makes of an E1, signalling in TS16
    e1vcat                 a group of E1s
    e2, e3mux, g832        E1s in G.742 and in G.751; the frame of G.832
    pw                     packets of SAToP and CESoPSN
    hdlc, n64, laps, wan   HDLC, HDLC in timeslots, LAPS, the headers of PPP, Cisco HDLC and frame relay
    vcatmix, lcas_end      random groups over AU-4s and lines; an end of a group with LCAS on them
"""
