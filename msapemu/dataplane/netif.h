/* Interfaces in another network namespace: TAPs made or attached, packet sockets on what exists already. */
#ifndef MSAPEMU_NETIF_H
#define MSAPEMU_NETIF_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

/* Where it failed; the errno says why. */
enum {
    NETIF_NETNS = 1,    /* opening or entering the network namespace */
    NETIF_DEVICE = 2,   /* opening /dev/net/tun, or a packet socket */
    NETIF_ATTACH = 3,   /* the interface itself */
    NETIF_SETTINGS = 4, /* MTU, queue length, up */
    NETIF_BACK = 5,     /* coming back: the thread is of no use any more */
    NETIF_WATCHED = 6   /* the interface behind the TAP */
};

struct netif_result {
    int fd;
    int control; /* a socket in the namespace */
    int watched; /* number of the interface whose state is the client's */
    int stage;
    int existed;
    int mtu;
};

static inline void netif_name(struct ifreq *r, const char *name)
{
    memset(r, 0, sizeof *r);
    strncpy(r->ifr_name, name, IFNAMSIZ - 1);
}

static inline int netif_settings(const char *name, int mtu, int queue)
{
    struct ifreq r;
    int error = 0;
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s < 0)
        return -errno;
    netif_name(&r, name);
    r.ifr_mtu = mtu;
    if (ioctl(s, SIOCSIFMTU, &r) < 0)
        goto failed;
    netif_name(&r, name);
    r.ifr_qlen = queue;
    if (ioctl(s, SIOCSIFTXQLEN, &r) < 0)
        goto failed;
    netif_name(&r, name);
    if (ioctl(s, SIOCGIFFLAGS, &r) < 0)
        goto failed;
    r.ifr_flags |= IFF_UP;
    if (ioctl(s, SIOCSIFFLAGS, &r) < 0)
        goto failed;
    close(s);
    return 0;
failed:
    error = errno;
    close(s);
    return -error;
}

static inline int netif_tap(const char *name, int mtu, int queue, struct netif_result *result)
{
    struct ifreq r;
    int error;
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    result->stage = NETIF_DEVICE;
    if (fd < 0)
        return -errno;
    result->stage = NETIF_ATTACH;
    result->existed = if_nametoindex(name) != 0;
    netif_name(&r, name);
    r.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (ioctl(fd, TUNSETIFF, &r) < 0) {
        error = -errno;
        close(fd);
        return error;
    }
    result->stage = NETIF_SETTINGS;
    error = netif_settings(name, mtu, queue);
    if (error) {
        close(fd);
        return error;
    }
    result->fd = fd;
    return 0;
}

/* A packet socket that takes every frame arriving at an interface, and sends on it. What the host would merge or cut
   (GRO, LRO, VLAN tags) it is asked to leave; a driver that refuses is dealt with when reading. */
static inline int netif_nic(const char *name, struct netif_result *result)
{
    static const uint32_t off[] = {ETHTOOL_SGRO, ETHTOOL_SGSO, ETHTOOL_STSO};
    struct sockaddr_ll address;
    struct packet_mreq all;
    struct ifreq r;
    struct ethtool_value value;
    size_t i;
    int error, one = 1, room = 4 << 20;
    int index = (int)if_nametoindex(name);
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    result->stage = NETIF_DEVICE;
    if (fd < 0)
        return -errno;
    result->stage = NETIF_ATTACH;
    result->existed = 1;
    if (index == 0) {
        close(fd);
        return -ENODEV;
    }
    for (i = 0; i < sizeof off / sizeof off[0]; i++) {
        netif_name(&r, name);
        value.cmd = off[i];
        value.data = 0;
        r.ifr_data = (char *)&value;
        (void)ioctl(fd, SIOCETHTOOL, &r);
    }
    netif_name(&r, name);
    if (ioctl(fd, SIOCGIFMTU, &r) < 0)
        goto failed;
    result->mtu = r.ifr_mtu;
    netif_name(&r, name);
    if (ioctl(fd, SIOCGIFFLAGS, &r) < 0)
        goto failed;
    r.ifr_flags |= IFF_UP;
    if (ioctl(fd, SIOCSIFFLAGS, &r) < 0)
        goto failed;
    memset(&all, 0, sizeof all);
    all.mr_ifindex = index;
    all.mr_type = PACKET_MR_PROMISC;
    memset(&address, 0, sizeof address);
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = index;
    if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) < 0
        || setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof one) < 0
        || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one) < 0
        || setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) < 0
        || bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        goto failed;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    result->fd = fd;
    return 0;
failed:
    error = -errno;
    close(fd);
    return error;
}

static inline void netif_drop(struct netif_result *result)
{
    if (result->fd >= 0)
        close(result->fd);
    if (result->control >= 0)
        close(result->control);
    result->fd = result->control = -1;
}

/* What the client's state is asked by (carrier.h). */
static inline int netif_watch(const char *name, struct netif_result *result)
{
    result->stage = NETIF_WATCHED;
    result->watched = (int)if_nametoindex(name);
    if (result->watched == 0)
        return -ENODEV;
    result->control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return result->control < 0 ? -errno : 0;
}

/* Open a port in the network namespace at path `netns` (NULL: this one): `nic` a packet socket, else a TAP. `behind` is
   the interface whose state is the client's (NULL: this one). With `again` an interface that is attached already gets
   new settings, and no descriptor is made. 0 or -errno. */
static inline int netif_open(const char *netns, const char *name, const char *behind, int mtu, int queue, int nic,
                             int again, struct netif_result *result)
{
    int here = -1, there, error;
    memset(result, 0, sizeof *result);
    result->fd = result->control = -1;
    result->stage = NETIF_NETNS;
    if (netns != NULL) {
        here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        if (here < 0)
            return -errno;
        there = open(netns, O_RDONLY | O_CLOEXEC);
        error = there < 0 || setns(there, CLONE_NEWNET) < 0 ? -errno : 0;
        if (there >= 0)
            close(there);
        if (error) {
            close(here);
            return error;
        }
    }
    if (again) {
        result->stage = NETIF_SETTINGS;
        error = netif_settings(name, mtu, queue);
    } else {
        error = nic ? netif_nic(name, result) : netif_tap(name, mtu, queue, result);
        if (!error)
            error = netif_watch(behind ? behind : name, result);
        if (error)
            netif_drop(result);
    }
    if (here >= 0) {
        if (setns(here, CLONE_NEWNET) < 0) {
            error = -errno;
            result->stage = NETIF_BACK;
            netif_drop(result);
        }
        close(here);
    }
    return error;
}

#endif
