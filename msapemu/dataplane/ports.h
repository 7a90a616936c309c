/* Ethernet frames from and to a port. A TAP is read and written as it is. A packet socket tells beside the frame what the
   sending stack has left to hardware: a VLAN tag to put in, a checksum to finish, a large segment to cut. */
#ifndef MSAPEMU_PORTS_H
#define MSAPEMU_PORTS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PORT_OVERSIZE = -0x10000 }; /* beside -errno: a frame longer than the room, or one to be cut; it is gone */

/* RFC 1071 over the octets from `start`; `at` holds the sum of the pseudo header already. */
static inline void port_checksum(uint8_t *frame, uint32_t length, uint32_t start, uint32_t at)
{
    uint64_t sum = 0;
    uint32_t i;
    if (start >= length || at + 2 > length)
        return;
    for (i = start; i + 1 < length; i += 2)
        sum += (uint64_t)frame[i] << 8 | frame[i + 1];
    if (i < length)
        sum += (uint64_t)frame[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    sum = ~sum & 0xffff;
    if (sum == 0)
        sum = 0xffff;
    frame[at] = (uint8_t)(sum >> 8);
    frame[at + 1] = (uint8_t)sum;
}

static inline long port_read_nic(int fd, uint8_t *room, uint32_t longest)
{
    struct virtio_net_hdr offload;
    struct iovec v[2] = {{&offload, sizeof offload}, {room, longest}};
    union {
        char octets[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
        struct cmsghdr aligned;
    } control;
    struct msghdr m;
    struct cmsghdr *c;
    struct tpacket_auxdata aux;
    long n;
    memset(&m, 0, sizeof m);
    m.msg_iov = v;
    m.msg_iovlen = 2;
    m.msg_control = control.octets;
    m.msg_controllen = sizeof control.octets;
    n = recvmsg(fd, &m, MSG_DONTWAIT);
    if (n < 0)
        return -errno;
    n -= (long)sizeof offload;
    if (m.msg_flags & MSG_TRUNC || (offload.gso_type & ~VIRTIO_NET_HDR_GSO_ECN) != VIRTIO_NET_HDR_GSO_NONE)
        return PORT_OVERSIZE;
    if (n < 14)
        return 0;
    if (offload.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
        port_checksum(room, (uint32_t)n, offload.csum_start, (uint32_t)offload.csum_start + offload.csum_offset);
    for (c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
        if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
            continue;
        memcpy(&aux, CMSG_DATA(c), sizeof aux);
        if (aux.tp_status & TP_STATUS_VLAN_VALID) {
            uint16_t tpid = aux.tp_status & TP_STATUS_VLAN_TPID_VALID ? aux.tp_vlan_tpid : 0x8100;
            if ((uint32_t)n + 4 > longest)
                return PORT_OVERSIZE;
            memmove(room + 16, room + 12, (size_t)n - 12);
            room[12] = (uint8_t)(tpid >> 8);
            room[13] = (uint8_t)tpid;
            room[14] = (uint8_t)(aux.tp_vlan_tci >> 8);
            room[15] = (uint8_t)aux.tp_vlan_tci;
            n += 4;
        }
    }
    return n;
}

/* What a read of `longest` octets from a TAP says: as port_read. (A TAP cuts a frame that is longer than the room
   without saying so.) */
static inline long port_length(long n, uint32_t longest)
{
    return n == (long)longest ? PORT_OVERSIZE : n >= 0 && n < 14 ? 0 : n;
}

/* The next frame: its length, 0 for one of no use, PORT_OVERSIZE, or -errno (-EAGAIN: none waits). */
static inline long port_read(int fd, int nic, uint8_t *room, uint32_t longest)
{
    long n;
    if (nic)
        return port_read_nic(fd, room, longest);
    n = read(fd, room, longest);
    return n < 0 ? -errno : port_length(n, longest);
}

/* 0 or -errno. */
static inline int port_write(int fd, int nic, const uint8_t *frame, uint32_t length)
{
    static const struct virtio_net_hdr plain; /* nothing left to hardware */
    struct iovec v[2] = {{(void *)(uintptr_t)&plain, sizeof plain}, {(void *)(uintptr_t)frame, length}};
    long n = nic ? writev(fd, v, 2) : write(fd, frame, length);
    return n < 0 ? -errno : 0;
}

#endif
