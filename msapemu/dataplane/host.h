/* Time, scheduling class and the few atomics that the loop shares with the control thread. */
#ifndef MSAPEMU_HOST_H
#define MSAPEMU_HOST_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static inline uint64_t sys_clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline uint64_t sys_now_ns(void) { return sys_clock_ns(CLOCK_MONOTONIC); }
static inline uint64_t sys_thread_cpu_ns(void) { return sys_clock_ns(CLOCK_THREAD_CPUTIME_ID); }

static inline void sys_sleep_until(uint64_t ns)
{
    struct timespec t = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/* Sleep until `ns` or until one of the descriptors can be read. */
static inline void sys_wait_until(struct pollfd *fds, int count, uint64_t ns)
{
    uint64_t now = sys_now_ns();
    uint64_t rest = ns > now ? ns - now : 0;
    struct timespec t = {(time_t)(rest / 1000000000u), (long)(rest % 1000000000u)};
    ppoll(fds, (nfds_t)count, &t, NULL);
}

/* Real-time class and locked memory for the calling thread as far as they are allowed: bit 0 SCHED_FIFO, bit 1
   mlockall. The timer slack of 1 ns is for the case without SCHED_FIFO, which has none. */
static inline int sys_real_time(int priority)
{
    struct sched_param p = {.sched_priority = priority};
    int got = 0;
    if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &p) == 0)
        got |= 1;
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    /* on fault: what is touched stays in memory, what is only mapped (a whole libpython) takes none */
    if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0)
        got |= 2;
    return got;
}

static inline void *sys_take(void **slot) { return __atomic_exchange_n(slot, NULL, __ATOMIC_ACQ_REL); }
static inline void *sys_put(void **slot, void *p) { return __atomic_exchange_n(slot, p, __ATOMIC_ACQ_REL); }
static inline uint64_t sys_load(const uint64_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
static inline void sys_store(uint64_t *p, uint64_t v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }

static inline void sys_ring_bell(int fd)
{
    uint64_t one = 1;
    ssize_t n = write(fd, &one, sizeof one);
    (void)n; /* full means that it rings already */
}

#endif
