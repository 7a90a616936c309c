"""A slow, plain second implementation of the standards: the judge of the fast core.

Written from the fact sheet alone (clauses are cited as `STANDARDS n`, its section numbers) and sharing no
code with the core. Clarity comes first; the only concessions to speed are tables made by the bitwise engines.

Path order, as on the line:

    crc, scramble          arithmetic that several layers use
    gfp                    Ethernet <-> GFP-F
    vc12, trace            VC-12, its path overhead, trail traces
    pointer, stream        pointer words, their interpreter, VC stream <-> pointer frame
    tug                    TU-12 <-> VC-4 columns
    vc4                    VC-4 path overhead
    stm1                   STM-1 frame
    builder, parser, align the whole chain; `line` gathers them
"""
