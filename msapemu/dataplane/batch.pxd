# cython: language_level=3
"""Reads and writes by the batch (batch.h)."""
from libc.stdint cimport int32_t, uint8_t, uint32_t

cdef extern from "batch.h" nogil:
    enum:
        BATCH
        BATCH_ROOM
    struct batch:
        int ring                # -1: no batches
        int32_t *result
        uint8_t *room
    int batch_open(batch *b)
    void batch_close(batch *b)
    void batch_read(batch *b, int fd, uint8_t *room, uint32_t longest)
    void batch_write(batch *b, int fd, const uint8_t *octets, uint32_t length)
    void batch_run(batch *b)
