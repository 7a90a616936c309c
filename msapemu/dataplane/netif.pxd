# cython: language_level=3
"""Opening of client interfaces in a network namespace (netif.h)."""

cdef extern from "netif.h" nogil:
    enum:
        NETIF_NETNS
        NETIF_DEVICE
        NETIF_ATTACH
        NETIF_SETTINGS
        NETIF_BACK
        NETIF_WATCHED
    struct netif_result:
        int fd
        int control
        int watched
        int stage
        int existed
        int mtu
    int netif_open(const char *netns, const char *name, const char *behind, int mtu, int queue, int nic, int again,
                   netif_result *result)
