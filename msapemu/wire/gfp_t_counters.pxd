# cython: language_level=3
"""What a transparent-mapped group counts beside what every group counts (status.pxd): uint64_t only, never reset."""
from libc.stdint cimport uint64_t

cdef struct GfpTCounters:
    uint64_t tx_superblocks
    uint64_t tx_characters       # of the client
    uint64_t tx_pads
    uint64_t tx_errors           # 10B_ERR
    uint64_t tx_idles_dropped    # characters of inter-frame idle left out, the container being slower than the client
    uint64_t tx_dropped          # characters that found no room
    uint64_t rx_superblocks      # good and corrected ones
    uint64_t rx_characters
    uint64_t rx_pads
    uint64_t rx_errors           # 10B_ERR received, or made of what could not be corrected
    uint64_t rx_corrected        # superblocks with one wrong bit
    uint64_t rx_corrected_pairs  # superblocks with two, 43 bits apart
    uint64_t rx_crc_errors       # superblocks that could not be corrected
    uint64_t rx_block_errors     # blocks that are none
    uint64_t rx_dropped          # characters that found no room
    # the Ethernet PCS: frames that were none, by what was wrong with them
    uint64_t pcs_carriers        # no /S/
    uint64_t pcs_preambles       # not 55h and D5h
    uint64_t pcs_ends            # no /T/ /R/
    uint64_t pcs_propagated      # /V/ or 10B_ERR inside
    uint64_t pcs_short
    uint64_t pcs_long
    uint64_t pcs_extensions      # characters of carrier extension
    uint64_t pcs_configurations  # /C1/ and /C2/
