/* Whether the client at an interface is there, and whether the interface has carrier.

   An interface is asked for by its number, never by a name that may be gone: for an unknown name SIOCGIFFLAGS has the
   kernel look for a module to load, which takes milliseconds. */
#ifndef MSAPEMU_CARRIER_H
#define MSAPEMU_CARRIER_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

/* The flags of interface number `index` in the network namespace of socket `control`, or -errno (-ENODEV: not there). */
static inline int carrier_flags(int control, int index)
{
    struct ifreq r;
    memset(&r, 0, sizeof r);
    r.ifr_ifindex = index;
    if (ioctl(control, SIOCGIFNAME, &r) < 0 || ioctl(control, SIOCGIFFLAGS, &r) < 0)
        return -errno;
    return (unsigned short)r.ifr_flags;
}

/* Give the TAP of descriptor `fd` carrier, or take it away. 0 or -errno (-EINVAL: a kernel before 5.0). */
static inline int carrier_set(int fd, int on)
{
    return ioctl(fd, TUNSETCARRIER, &on) < 0 ? -errno : 0;
}

#endif
