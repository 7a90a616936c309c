"""A slow, plain second implementation of the standards: the judge of the fast core.

Written from the fact sheet alone (clauses are cited as `STANDARDS n`, its section numbers) and sharing no
code with the core. Clarity comes first; the only concessions to speed are tables made by the bitwise engines.

Path order, as on the line:

    crc, scramble          arithmetic that several layers use
    gfp                    Ethernet <-> GFP-F
    vc12, trace            VC-12, its path overhead, trail traces
    pointer, stream        pointer words, their interpreter, VC stream <-> pointer frame
    tug                    TU-12 <-> VC-4 columns
    vc4, au4               VC-4 and VC-4-Xc path overhead; their AU-4
    stmn, stm1, section    STM-N frame, STM-1 frame, section overhead
    content                what an AU-4 carries
    builder, parser, align the whole chain of an STM-1; `line` gathers them
    multi                  the whole chain of an STM-N
"""
