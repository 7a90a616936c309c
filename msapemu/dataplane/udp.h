/* Datagrams by the batch: many received in one call (recvmmsg, and UDP_GRO where the kernel has them still together),
   a tick's worth sent in one call (UDP_SEGMENT). The socket is connected, so only the peer is heard, and a peer
   that is not there any more shows as an error. */
#ifndef MSAPEMU_UDP_H
#define MSAPEMU_UDP_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#ifndef SOL_UDP
#define SOL_UDP 17
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

enum {
    UDP_BATCH = 16,     /* messages a receive call; with GRO one holds up to 51 datagrams */
    UDP_ROOM = 65536,   /* octets a message */
    UDP_TRAIN = 48,     /* datagrams a send call: at most 51, (48 + 1215) * 51 < 65507; whole frames of STM-1 and STM-4 */
    UDP_HEADER = 48
};

struct udp_rx {
    struct mmsghdr message[UDP_BATCH];
    struct iovec vector[UDP_BATCH];
    union {
        char octets[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control[UDP_BATCH];
    uint8_t room[UDP_BATCH][UDP_ROOM];
};

struct udp_tx {
    struct iovec vector[2 * UDP_TRAIN];
    uint8_t header[UDP_TRAIN][UDP_HEADER];
};

/* Take a batch of at most `most` <= UDP_BATCH messages. How many there are (fewer than `most`: none are left), or
   -errno. */
static inline int udp_receive(int fd, struct udp_rx *rx, int most)
{
    int i, n;
    for (i = 0; i < most; i++) {
        struct msghdr *m = &rx->message[i].msg_hdr;
        rx->vector[i].iov_base = rx->room[i];
        rx->vector[i].iov_len = UDP_ROOM;
        memset(m, 0, sizeof *m);
        m->msg_iov = &rx->vector[i];
        m->msg_iovlen = 1;
        m->msg_control = rx->control[i].octets;
        m->msg_controllen = sizeof rx->control[i].octets;
    }
    n = recvmmsg(fd, rx->message, (unsigned)most, MSG_DONTWAIT, NULL);
    if (n >= 0)
        return n;
    return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

/* Length of the datagrams (the last may be shorter) that message `i` is made of. */
static inline uint32_t udp_segment(struct udp_rx *rx, int i)
{
    struct msghdr *m = &rx->message[i].msg_hdr;
    struct cmsghdr *c;
    for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
        int size;
        if (c->cmsg_level != SOL_UDP || c->cmsg_type != UDP_GRO)
            continue;
        memcpy(&size, CMSG_DATA(c), sizeof size);
        if (size > 0)
            return (uint32_t)size;
    }
    return rx->message[i].msg_len;
}

/* Forget what the kernel keeps of ICMP errors (IP_RECVERR); the socket's error has been read by then. */
static inline void udp_drain_errors(int fd)
{
    uint8_t room[64];
    struct iovec v = {room, sizeof room};
    char control[512];
    int i;
    for (i = 0; i < 64; i++) {
        struct msghdr m;
        memset(&m, 0, sizeof m);
        m.msg_iov = &v;
        m.msg_iovlen = 1;
        m.msg_control = control;
        m.msg_controllen = sizeof control;
        if (recvmsg(fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
            return;
    }
}

static inline int udp_unreachable(int error)
{
    return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH || error == EHOSTDOWN
        || error == ENETDOWN;
}

/* One send call; a full socket is waited for once, for 1 ms at most: the loop must not hang on a slow NIC. */
static inline int udp_send_once(int fd, const struct msghdr *m)
{
    if (sendmsg(fd, m, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
        return 0;
    if (errno == EAGAIN || errno == ENOBUFS) {
        struct pollfd p = {fd, POLLOUT, 0};
        poll(&p, 1, 1);
        if (sendmsg(fd, m, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            return 0;
    }
    return -errno;
}

/* Send `count` datagrams (header n and `octets` of what vector[2n + 1] points at, of the last one `last`). With *together they go in one call and the
   kernel cuts them (UDP_SEGMENT is set on the socket); an interface that cannot takes *together away for good.
   Gives how many datagrams were not sent; *error tells of the last failure. A connected socket tells of an earlier
   ICMP error instead of sending, so a failure is tried once more. */
static inline int udp_send(int fd, struct udp_tx *tx, int count, int octets, int last,
                           int *together, int *error)
{
    struct msghdr m;
    int i, r, failed = 0, off = 0;
    memset(&m, 0, sizeof m);
    for (i = 0; i < count; i++) {
        tx->vector[2 * i].iov_base = tx->header[i];
        tx->vector[2 * i].iov_len = UDP_HEADER;
        tx->vector[2 * i + 1].iov_len = (size_t)(i + 1 < count ? octets : last);
    }
    m.msg_iov = tx->vector;
    if (*together) {
        m.msg_iovlen = 2 * (size_t)count;
        r = udp_send_once(fd, &m);
        if (r < 0 && udp_unreachable(-r)) {
            *error = -r;
            udp_drain_errors(fd);
            r = udp_send_once(fd, &m);
        }
        if (r == 0)
            return 0;
        *error = -r;
        if (r != -EINVAL && r != -EIO && r != -EMSGSIZE && r != -EOPNOTSUPP)
            return count;
        setsockopt(fd, SOL_UDP, UDP_SEGMENT, &off, sizeof off);
        *together = 0;
    }
    m.msg_iovlen = 2;
    for (i = 0; i < count; i++) {
        m.msg_iov = &tx->vector[2 * i];
        r = udp_send_once(fd, &m);
        if (r < 0 && udp_unreachable(-r)) {
            *error = -r;
            udp_drain_errors(fd);
            r = udp_send_once(fd, &m);
        }
        if (r < 0) {
            *error = -r;
            failed++;
        }
    }
    return failed;
}

#endif
