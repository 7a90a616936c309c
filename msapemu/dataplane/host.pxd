# cython: language_level=3
"""Time, waiting, scheduling class and atomics (host.h)."""
from libc.stdint cimport uint64_t

cdef extern from "host.h" nogil:
    struct pollfd:
        int fd
        short events
    enum:
        POLLIN
    uint64_t sys_now_ns()
    uint64_t sys_thread_cpu_ns()
    void sys_sleep_until(uint64_t ns)
    void sys_wait_until(pollfd *fds, int count, uint64_t ns)
    int sys_real_time(int priority)
    void *sys_take(void **slot)
    void *sys_put(void **slot, void *p)
    uint64_t sys_load(const uint64_t *p)
    void sys_store(uint64_t *p, uint64_t v)
    void sys_ring_bell(int fd)
