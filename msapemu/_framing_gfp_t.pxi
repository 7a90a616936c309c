# Transparent-mapped groups: their clients, characters and counters. Included by _framing.pyx.

from fractions import Fraction as _Fraction

from msapemu.wire.characters cimport ring_free, ring_init
from msapemu.wire.gfp_t cimport (RATE_FRACTION, STUFF_COMMA, STUFF_IDLE, STUFF_NONE, SUPERBLOCKS_MOST, UPI_DVB_ASI,
                                 UPI_ESCON, UPI_FC, UPI_FICON, UPI_GBE, GfpTFormat)
from msapemu.wire.gfp_t_port cimport gfp_t_offer, gfp_t_offer_symbols, gfp_t_read, gfp_t_read_symbols, gfp_t_readable
from msapemu.wire.gfp_t_rx cimport GfpTRx, gfp_t_rx_init
from msapemu.wire.gfp_t_tx cimport GfpTTx, gfp_t_tx_init
from msapemu.wire.symbols cimport symbol_in_step

# UPI, characters a second, and octets in 125 us of the smallest group that carries all of them
_GFP_T_CLIENTS = {
    "ethernet": (UPI_GBE, 125_000_000, 7 * 2340),
    "gbe": (UPI_GBE, 125_000_000, 7 * 2340),
    "fc": (UPI_FC, 106_250_000, 6 * 2340),
    "ficon": (UPI_FICON, 106_250_000, 6 * 2340),
    "escon": (UPI_ESCON, 20_000_000, 4 * 756),
    "dvb-asi": (UPI_DVB_ASI, 27_000_000, 5 * 756),
}
GFP_T_CLIENTS = tuple(_GFP_T_CLIENTS)
_STUFFING = {"gbe": STUFF_IDLE, "dvb-asi": STUFF_COMMA}
_FRAMES_A_SECOND = 8000         # of the line
_CLOCK = _Fraction(1_000_100, 1_000_000)     # the fastest client of a rate: +100 ppm
_MARGIN = _Fraction(101, 100)    # for management frames


def superblocks_least(str client, int overhead=8):
    """How many superblocks a GFP frame has at least for all characters of a client to go into the smallest group that
    can carry them: G.7041's minima with 8 octets of core and payload header, more with a longer one or a payload FCS.
    """
    _, hz, octets = _GFP_T_CLIENTS[client]
    rate = _Fraction(hz, _FRAMES_A_SECOND) * _CLOCK
    least = rate * overhead / (CHARACTERS * octets - SUPERBLOCK * rate) * _MARGIN
    return int(-(-least // 1))


cdef _transparent(Group group, str client, superblocks, ppm, bint correct, uint64_t characters):
    """Make the group, which has its only channel, transparent-mapped."""
    cdef GfpTFormat f
    cdef ChannelTx *c = group.tx.channels.of[0]
    if not -1000 <= ppm <= 1000:
        raise ValueError("ppm must be -1000..1000")
    if not CHARACTERS <= characters <= 1 << 30:
        raise ValueError(f"characters must be {CHARACTERS}..{1 << 30}")
    f.fewer = superblocks is None
    if superblocks is None:
        superblocks = superblocks_least(client, 4 + c.head_octets + 4 * group.tx.gfp.format.payload_fcs)
    if not 1 <= superblocks <= SUPERBLOCKS_MOST:
        raise ValueError(f"superblocks must be 1..{SUPERBLOCKS_MOST}")
    _, hz, _ = _GFP_T_CLIENTS[client]
    f.frames = client == "ethernet"
    f.correct = correct
    f.stuffing = _STUFFING.get(client, STUFF_NONE)
    f.superblocks = superblocks
    f.rate = round(_Fraction(hz, _FRAMES_A_SECOND) * (1 + _Fraction(ppm) / 1_000_000) * (<uint64_t>1 << RATE_FRACTION))
    c.ethernet = f.frames
    c.most = group.longest
    group.tx.transparent = <GfpTTx *>calloc(1, sizeof(GfpTTx))
    group.rx.transparent = <GfpTRx *>calloc(1, sizeof(GfpTRx))
    if group.tx.transparent == NULL or group.rx.transparent == NULL:
        raise MemoryError
    gfp_t_tx_init(group.tx.transparent, &f)
    gfp_t_rx_init(group.rx.transparent, &f, group.longest)
    group.rx.transparent.symbols.idles = f.stuffing == STUFF_IDLE
    if not f.frames and not (ring_init(&group.tx.transparent.ring, characters)
                             and ring_init(&group.rx.transparent.ring, characters)):
        raise MemoryError
    group.client = client


cdef void _transparent_free(GfpTTx *tx, GfpTRx *rx) noexcept:
    if tx != NULL:
        ring_free(&tx.ring)
    if rx != NULL:
        ring_free(&rx.ring)
    free(tx)
    free(rx)


cdef _needs_characters(Group group):
    if group.client is None or group.client == "ethernet":
        raise ValueError("this group does not carry characters")


cdef _send_characters(Group group, const uint8_t[::1] octets, const uint8_t[::1] control):
    cdef GfpTTx *t = group.tx.transparent
    cdef Py_ssize_t i, n = octets.shape[0]
    _needs_characters(group)
    _check_control(octets, control)
    n = min(n, <Py_ssize_t>(t.ring.size - (t.ring.tail - t.ring.head)))
    for i in range(n):
        gfp_t_offer(t, octets[i], control is not None and control[i] != 0)
    return n


cdef _receive_characters(Group group, characters):
    cdef GfpTRx *t = group.rx.transparent
    cdef bint hurry = characters is not None
    cdef uint64_t n
    _needs_characters(group)
    if hurry and characters < 0:
        raise ValueError("characters must not be negative")
    n = characters if hurry else gfp_t_readable(t, False) + t.stuffed
    octets, control = PyBytes_FromStringAndSize(NULL, n), PyBytes_FromStringAndSize(NULL, n)
    n = gfp_t_read(t, <uint8_t *>PyBytes_AS_STRING(octets), <uint8_t *>PyBytes_AS_STRING(control), n, hurry)
    return octets[:n], control[:n]


cdef _send_symbols(Group group, const uint8_t[::1] octets):
    _needs_characters(group)
    if octets.shape[0]:
        gfp_t_offer_symbols(group.tx.transparent, group.tx.channels.of[0], &octets[0], octets.shape[0])
    return symbol_in_step(&group.tx.transparent.symbols)


cdef _receive_symbols(Group group, symbols):
    cdef GfpTRx *t = group.rx.transparent
    cdef bint hurry = symbols is not None
    cdef uint64_t n
    _needs_characters(group)
    if hurry and symbols < 0:
        raise ValueError("symbols must not be negative")
    n = symbols if hurry else gfp_t_readable(t, False) + t.stuffed
    out = PyBytes_FromStringAndSize(NULL, n * 10 // 8 + 1)
    n = gfp_t_read_symbols(t, <uint8_t *>PyBytes_AS_STRING(out), n, hurry)
    return out[:n]


cdef dict _transparent_counters(Group group):
    cdef GfpTCounters c
    cdef GfpTCounters *sent
    if group.client is None:
        raise ValueError("this group is frame-mapped")
    c = group.rx.transparent.counters
    sent = &group.tx.transparent.counters
    c.tx_superblocks = sent.tx_superblocks
    c.tx_characters = sent.tx_characters
    c.tx_pads = sent.tx_pads
    c.tx_errors = sent.tx_errors
    c.tx_idles_dropped = sent.tx_idles_dropped
    c.tx_dropped = sent.tx_dropped
    return _counters(<const uint64_t *>&c, GFP_T_COUNTERS)
