/* Many reads or writes in one system call (io_uring). A TAP gives and takes one frame a call, and of what a small frame
   costs there a third is the call. No request may wait (RWF_NOWAIT), so the kernel does all of them in their order before
   the call comes back. Where it lacks io_uring, forbids it, or does not know this of a descriptor (EOPNOTSUPP), there
   are no batches, or no more of them: frames go one by one, as they do on a quiet port. */
#ifndef MSAPEMU_BATCH_H
#define MSAPEMU_BATCH_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    BATCH = 64,            /* requests a call */
    BATCH_ROOM = 1 << 17   /* octets that reads go to: 64 frames of an MTU of 1500, 13 of 9600 */
};

struct batch {
    int ring;              /* -1: no batches */
    int32_t result[BATCH]; /* of the requests of the last run, in their order: octets, or -errno */
    uint32_t count;        /* requests put in since then */
    uint32_t *sq_tail, *cq_head, *cq_tail;
    uint32_t sq_mask, cq_mask;
    void *sqes, *cqes;
    uint8_t *room;         /* BATCH_ROOM octets */
    void *maps[2];
    size_t lengths[2];
};

#if defined __has_include && defined SYS_io_uring_setup
#if __has_include(<linux/io_uring.h>) && defined RWF_NOWAIT
#include <linux/io_uring.h>
#define MSAPEMU_IO_URING 1
#endif
#endif

static inline void batch_close(struct batch *b)
{
    int i;
    for (i = 0; i < 2; i++)
        if (b->maps[i] != NULL)
            munmap(b->maps[i], b->lengths[i]);
    if (b->ring >= 0)
        close(b->ring);
    free(b->room);
    memset(b, 0, sizeof *b);
    b->ring = -1;
}

#ifdef MSAPEMU_IO_URING

static inline void batch_put(struct batch *b, int opcode, int fd, const uint8_t *octets, uint32_t length)
{
    struct io_uring_sqe *s = (struct io_uring_sqe *)b->sqes + ((*b->sq_tail + b->count) & b->sq_mask);
    memset(s, 0, sizeof *s);
    s->opcode = (uint8_t)opcode;
    s->fd = fd;
    s->addr = (uint64_t)(uintptr_t)octets;
    s->len = length;
    s->rw_flags = opcode == IORING_OP_NOP ? 0 : RWF_NOWAIT;
    s->user_data = b->count++;
}

static inline void batch_read(struct batch *b, int fd, uint8_t *room, uint32_t longest)
{
    batch_put(b, IORING_OP_READ, fd, room, longest);
}

static inline void batch_write(struct batch *b, int fd, const uint8_t *octets, uint32_t length)
{
    batch_put(b, IORING_OP_WRITE, fd, octets, length);
}

/* Do what was put in, at most BATCH requests of one descriptor. What could not be done at all has the result
   -EOPNOTSUPP: nothing of it was done. */
static inline void batch_run(struct batch *b)
{
    uint32_t count = b->count, sent = 0, done = 0, calls = 0, head, tail, i;
    for (i = 0; i < count; i++)
        b->result[i] = -EOPNOTSUPP;
    b->count = 0;
    __atomic_store_n(b->sq_tail, *b->sq_tail + count, __ATOMIC_RELEASE);
    while (done < count) {
        long n = syscall(SYS_io_uring_enter, b->ring, count - sent, calls != 0, calls ? IORING_ENTER_GETEVENTS : 0,
                         NULL, 0);
        calls++;
        if (n > 0)
            sent += (uint32_t)n;
        else if (n < 0 && errno != EINTR && errno != EAGAIN && errno != EBUSY)
            break;
        head = *b->cq_head;
        tail = __atomic_load_n(b->cq_tail, __ATOMIC_ACQUIRE);
        for (; head != tail; head++, done++) {
            const struct io_uring_cqe *c = (const struct io_uring_cqe *)b->cqes + (head & b->cq_mask);
            b->result[c->user_data % BATCH] = c->res;
        }
        __atomic_store_n(b->cq_head, head, __ATOMIC_RELEASE);
    }
    if (calls > 1 || b->result[0] == -EOPNOTSUPP) { /* not at once, or not at all */
        close(b->ring);
        b->ring = -1;
    }
}

/* 0 or -errno. */
static inline int batch_open(struct batch *b)
{
    struct io_uring_params p;
    uint32_t *array, i;
    uint8_t *rings;
    int error;
    memset(b, 0, sizeof *b);
    memset(&p, 0, sizeof p);
    b->ring = (int)syscall(SYS_io_uring_setup, BATCH, &p);
    if (b->ring < 0)
        return -errno;
    error = -ENOSYS;
    if (!(p.features & IORING_FEAT_SINGLE_MMAP))
        goto failed;
    error = -ENOMEM;
    b->lengths[0] = p.sq_off.array + p.sq_entries * sizeof(uint32_t);
    if (b->lengths[0] < p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe))
        b->lengths[0] = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
    b->lengths[1] = p.sq_entries * sizeof(struct io_uring_sqe);
    for (i = 0; i < 2; i++) {
        void *map = mmap(NULL, b->lengths[i], PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, b->ring,
                         i ? IORING_OFF_SQES : IORING_OFF_SQ_RING);
        if (map == MAP_FAILED)
            goto failed;
        b->maps[i] = map;
    }
    b->room = (uint8_t *)malloc(BATCH_ROOM);
    if (b->room == NULL)
        goto failed;
    rings = (uint8_t *)b->maps[0];
    b->sq_tail = (uint32_t *)(rings + p.sq_off.tail);
    b->cq_head = (uint32_t *)(rings + p.cq_off.head);
    b->cq_tail = (uint32_t *)(rings + p.cq_off.tail);
    b->sq_mask = *(uint32_t *)(rings + p.sq_off.ring_mask);
    b->cq_mask = *(uint32_t *)(rings + p.cq_off.ring_mask);
    b->cqes = rings + p.cq_off.cqes;
    b->sqes = b->maps[1];
    array = (uint32_t *)(rings + p.sq_off.array);
    for (i = 0; i < p.sq_entries; i++)
        array[i] = i;
    batch_put(b, IORING_OP_NOP, -1, NULL, 0); /* a filter may forbid the one call and not the other */
    batch_run(b);
    if (b->ring >= 0 && b->result[0] == 0)
        return 0;
    error = -EPERM;
failed:
    batch_close(b);
    return error;
}

#else

static inline int batch_open(struct batch *b)
{
    memset(b, 0, sizeof *b);
    b->ring = -1;
    return -ENOSYS;
}

static inline void batch_read(struct batch *b, int fd, uint8_t *room, uint32_t longest) {}
static inline void batch_write(struct batch *b, int fd, const uint8_t *octets, uint32_t length) {}
static inline void batch_run(struct batch *b) {}

#endif

#endif
