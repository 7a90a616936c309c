/* Octets of an E1 and datagrams from and to descriptors that never block, with errors as negative numbers. */
#ifndef MSAPEMU_E1PORT_H
#define MSAPEMU_E1PORT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

/* How many octets there were; 0: the end; -EAGAIN: none now. */
static inline long e1_read(int fd, uint8_t *room, uint64_t octets)
{
    ssize_t n = read(fd, room, octets);
    if (n >= 0)
        return (long)n;
    return errno == EINTR ? -EAGAIN : -errno;
}

/* How many octets were taken. */
static inline long e1_write(int fd, int is_socket, const uint8_t *octets, uint64_t count)
{
    ssize_t n = is_socket ? send(fd, octets, count, MSG_DONTWAIT | MSG_NOSIGNAL) : write(fd, octets, count);
    if (n >= 0)
        return (long)n;
    return errno == EINTR ? -EAGAIN : -errno;
}

/* One datagram: 0 or -errno. A connected socket tells of an earlier ICMP error instead of sending, so it is tried
   once more. */
static inline int e1_datagram(int fd, const uint8_t *octets, uint64_t count)
{
    if (send(fd, octets, count, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
        return 0;
    if (errno == ECONNREFUSED && send(fd, octets, count, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
        return 0;
    return -errno;
}

static inline int e1_exchange(int *slot, int fd) { return __atomic_exchange_n(slot, fd, __ATOMIC_ACQ_REL); }
static inline int e1_peek(const int *slot) { return __atomic_load_n(slot, __ATOMIC_ACQUIRE); }
static inline void e1_store(int *slot, int fd) { __atomic_store_n(slot, fd, __ATOMIC_RELEASE); }

#endif
