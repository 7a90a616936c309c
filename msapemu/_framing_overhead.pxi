# Overhead as Python sees it: trail traces, settings of sections and paths, received values, octet channels.
#
# The functions here work on the states of wire/stm.pxd, wire/vc4.pxd and wire/vc12_poh.pxd; `Line` finds the right one.
# Settings are tried on copies first: one that is refused leaves all of them as they were.

# ------------------------------------------------------------------------------------------------- traces


def trace_octets(text):
    """The 16 octets of a trail trace: CRC-7 and up to 15 characters, padded with spaces. Raises ValueError."""
    cdef bytes octets
    if len(text) > 15 or not text.isascii() or not text.isprintable():
        raise ValueError(f"{text!r} is no trace: at most 15 printable ASCII characters")
    octets = b"\x80" + text.encode("ascii").ljust(15)
    return bytes([0x80 | trace_crc7(<const uint8_t *>octets)]) + octets[1:]


cdef bytes _trace_form(given, bint longer):
    """1, 16 or 64 octets of a trace given as text or as such octets; `longer`: 64 are allowed (J1).

    A text that does not fit 16 octets becomes 64, padded with spaces and ended by CR LF.
    """
    cdef bytes octets
    if isinstance(given, str):
        if not longer or len(given) < TRACE_OCTETS or len(given) > TRACE_LONG - 2:
            return trace_octets(given)
        if not given.isascii() or not given.isprintable():
            raise ValueError(f"{given!r} is no trace: printable ASCII is wanted")
        return given.encode("ascii").ljust(TRACE_LONG - 2) + b"\r\n"
    octets = bytes(given)
    if len(octets) == TRACE_LONG and longer:
        if octets.find(b"\r\n") != TRACE_LONG - 2:
            raise ValueError("64 octets of a trace end with CR LF, which stands nowhere else in them")
    elif len(octets) not in (1, TRACE_OCTETS):
        raise ValueError(f"{len(octets)} octets are no trace: 1, 16{' or 64' if longer else ''} are wanted")
    return octets


def trace_text(octets):
    """The text of a trace of 16 or 64 octets without its padding; None of a trace of one octet, or of none."""
    if octets is None or len(octets) == 1:
        return None
    text = octets[1:] if len(octets) == TRACE_OCTETS else octets[:TRACE_LONG - 2]
    return text.rstrip(b" \0").decode("ascii", "replace")


cdef int _trace_send(TraceTx *t, given, bint longer) except -1:
    cdef bytes octets = _trace_form(given, longer)
    t.mask = <uint8_t>(len(octets) - 1)
    memcpy(t.octets, <const uint8_t *>octets, len(octets))
    return 0


cdef int _trace_await(TraceRx *t, given, bint longer) except -1:
    """None: no trace is awaited."""
    cdef bytes octets = b"" if given is None else _trace_form(given, longer)
    trace_expect(t, <const uint8_t *>octets, <uint8_t>len(octets))
    return 0


cdef bytes _trace_value(const TraceRx *t):
    """The accepted trace in its form: 1, 16 or 64 octets; None before one was accepted."""
    return (<const char *>t.value)[:t.length] if t.known else None


cdef _trace_text(const TraceRx *t):
    return trace_text(_trace_value(t))


# ------------------------------------------------------------------------------------------------- settings

REMOTE_DEFECTS = ("none", "server", "connectivity", "payload", "rdi")
_SETTABLE_OCTETS = {"e1": (2, 4), "f1": (2, 7), "e2": (9, 7)} | {
    f"d{n}": (3 + (n > 3) * 2 + (n - 1) // 3, 1 + 3 * ((n - 1) % 3)) for n in range(1, 13)}


cdef uint8_t _octet(name, value, int most=255) except? 255:
    if not 0 <= value <= most:
        raise ValueError(f"{name} must be 0..{most}")
    return <uint8_t>value


cdef int _refuse(dict values) except -1:
    """What is left of the values has no such name."""
    for name in values:
        raise ValueError(f"no setting {name!r} here")
    return 0


cdef bint _degrade_set(Degrade *d, dict values) except? True:
    """Take the settings of EXC and DEG out of `values`; True when there are any."""
    cdef bint any_given = False
    for name, least, most in (("exc", EXC_LEAST, EXC_MOST), ("deg", DEG_LEAST, DEG_MOST),
                              ("bad_seconds", BAD_SECONDS_LEAST, BAD_SECONDS_MOST), ("bad_percent", 1, 100)):
        if name not in values:
            continue
        value = values.pop(name)
        if not least <= value <= most:
            raise ValueError(f"{name} must be {least}..{most}")
        any_given = True
        if name == "exc":
            d.exc = value
        elif name == "deg":
            d.deg = value
        elif name == "bad_seconds":
            d.seconds = value
        else:
            d.percent = value
    if "bursty" in values:
        d.bursty = values.pop("bursty")
        any_given = True
    if any_given and d.lanes:
        degrade_init(d, d.lanes, d.bits, d.rate, d.blocks)
    return any_given


cdef int _section_set(StmTx *tx, StmRx *rx, LineCounters *count, EventLog *log, dict values) except -1:
    """Settings of a line's sections."""
    cdef StmTx t = tx[0]
    cdef TraceRx j0 = rx.j0
    cdef Degrade degrade = rx.degrade
    cdef bint tim_ais = rx.tim_ais, renewed
    values = dict(values)
    if "j0" in values:
        _trace_send(&t.j0, values.pop("j0"), False)
    if "s1" in values:
        t.s1 = _octet("s1", values.pop("s1"))
    if "k1" in values:
        t.k1 = _octet("k1", values.pop("k1"))
    if "k2" in values:
        t.k2 = _octet("k2", values.pop("k2"))
    for name, (a, b) in _SETTABLE_OCTETS.items():
        if name in values:
            soh_sent(&t, a, b, 1)[0] = _octet(name, values.pop(name))
    for (a, b, c), value in values.pop("soh", {}).items():
        if not (1 <= a <= 9 and 1 <= b <= 9 and 1 <= c <= t.n):
            raise ValueError(f"no octet S({a},{b},{c}) in an STM-{t.n}")
        if soh_made(t.n, a, b, c):
            raise ValueError(f"S({a},{b},{c}) is not free: it has a meaning, and a setting, of its own")
        soh_sent(&t, a, b, c)[0] = _octet(f"S({a},{b},{c})", value)
    if "expect_j0" in values:
        _trace_await(&j0, values.pop("expect_j0"), False)
    if "tim_ais" in values:
        tim_ais = values.pop("tim_ais")
    renewed = _degrade_set(&degrade, values)
    _refuse(values)
    tx[0] = t
    rx.j0 = j0
    rx.degrade = degrade
    rx.tim_ais = tim_ais
    if renewed:
        defects_clear(&count.defects, log, OBJ_LINE, MS_EXC, MS_DEG)
    return 0


cdef int _vc4_set(Vc4Tx *tx, Vc4Rx *rx, bint lower, AuCounters *count, EventLog *log, int obj, dict values) except -1:
    """Settings of a VC-4 or VC-3. `obj` is what its events are of."""
    cdef Vc4Tx t = tx[0]
    cdef Vc4Rx r = rx[0]
    cdef int exc = LP_EXC if lower else HP_EXC
    cdef bint renewed
    values = dict(values)
    if "j1" in values:
        _trace_send(&t.j1, values.pop("j1"), True)
    if "c2" in values:
        c2 = values.pop("c2")
        t.c2_forced = c2 is not None
        t.c2 = _octet("c2", c2 or 0)
    if "g1" in values:
        t.g1 = _octet("g1", values.pop("g1"), G1_LOW)
    if "f2" in values:
        t.f2 = _octet("f2", values.pop("f2"))
    if "f3" in values:
        t.f3 = _octet("f3", values.pop("f3"))
    if "k3" in values:
        t.k3 = _octet("k3", values.pop("k3"))
    if "n1" in values:
        t.n1 = _octet("n1", values.pop("n1"))
    if "e_rdi" in values:
        t.enhanced = r.enhanced = values.pop("e_rdi")
    if "expect_j1" in values:
        _trace_await(&r.j1, values.pop("expect_j1"), True)
    if "expect_c2" in values:
        c2 = values.pop("expect_c2")
        r.c2_forced = c2 is not None
        r.c2_awaited = _octet("expect_c2", c2 or 0)
    if "tim_ais" in values:
        r.tim_silent = not values.pop("tim_ais")
    renewed = _degrade_set(&r.degrade, values)
    _refuse(values)
    tx[0] = t
    rx[0] = r
    if renewed:
        defects_clear(&count.defects, log, obj, exc, exc + 1)
    vc4_defects(rx, lower, count, log, obj)
    return 0


cdef int _vc12_set(Vc12PohTx *tx, Vc12PohRx *rx, bint report, EventLog *log, int obj, dict values) except -1:
    """Settings of a VC-12. `report`: its defects are reported, as events of `obj`."""
    cdef Vc12PohTx t = tx[0]
    cdef Vc12PohRx r = rx[0]
    cdef bint renewed
    values = dict(values)
    if "j2" in values:
        _trace_send(&t.j2, values.pop("j2"), False)
    if "label" in values:
        label = values.pop("label")
        t.label_forced = label is not None
        t.label = _octet("label", label or 0, 7)
    if "rfi" in values:
        t.rfi = values.pop("rfi")
    if "n2" in values:
        t.n2 = _octet("n2", values.pop("n2"))
    if "k4" in values:
        t.k4 = _octet("k4", values.pop("k4"), K4_LOW)
    if "e_rdi" in values:
        t.enhanced = r.enhanced = values.pop("e_rdi")
    if "expect_j2" in values:
        _trace_await(&r.j2, values.pop("expect_j2"), False)
    if "expect_label" in values:
        label = values.pop("expect_label")
        r.label_forced = label is not None
        r.label_awaited = _octet("expect_label", label or 0, 7)
    if "tim_ais" in values:
        r.tim_silent = not values.pop("tim_ais")
    renewed = _degrade_set(&r.degrade, values)
    _refuse(values)
    tx[0] = t
    rx[0] = r
    if renewed:
        defects_clear(&rx.defects, log, obj, LP_EXC, LP_DEG)
    if report:
        vc12_defects(rx, log, obj)
    return 0


# ------------------------------------------------------------------------------------------------- received values


cdef dict _section_overhead(const StmRx *r):
    """What the sections received. Accepted values at the top; "octets": those of the last frame, by name; "soh": all
    of its overhead columns, 9 rows of 9 N octets.
    """
    cdef const uint8_t *frame = &r.frame[0]
    cdef int n = r.n
    octets = {"j0": frame[soh(n, 1, 7, 1)], "b1": frame[soh(n, 2, 1, 1)], "k1": frame[soh(n, 5, 4, 1)],
              "k2": frame[soh(n, 5, 7, 1)], "s1": frame[soh(n, 9, 1, 1)], "m1": frame[m1_at(n)]}
    for name, (a, b) in _SETTABLE_OCTETS.items():
        octets[name] = frame[soh(n, a, b, 1)]
    return {
        "j0": _trace_value(&r.j0), "k1": r.k1.value, "k2": r.k2.value, "s1": r.s1.value, "octets": octets,
        "soh": b"".join([(<const char *>frame)[soh(n, a, 1, 1):soh(n, a, 1, 1) + SOH_OCTETS * n]
                         for a in range(1, 10)]),
    }


cdef dict _vc4_overhead(const Vc4Rx *r):
    """What a VC-4 or VC-3 received: accepted values, and the octets of the last one by name."""
    names = ("j1", "b3", "c2", "g1", "f2", "h4", "f3", "k3", "n1")
    return {
        "j1": _trace_value(&r.j1), "c2": r.c2.value, "rdi": REMOTE_DEFECTS[r.rdi.value], "k3": r.k3.value,
        "n1": r.n1.value, "octets": {name: r.poh[i] for i, name in enumerate(names)},
    }


cdef dict _vc12_overhead(const Vc12PohRx *r):
    """What a VC-12 received: accepted values, and the octets of the last one by name. "aps": bits 3 and 4 of K4."""
    names = ("v5", "j2", "n2", "k4")
    return {
        "j2": _trace_value(&r.j2), "label": r.label.value,
        "extended_label": r.multiframe.extended_label.value if r.multiframe.extended_label.known else None,
        "rdi": REMOTE_DEFECTS[r.rdi.value], "n2": r.n2.value, "aps": r.aps.value >> 4,
        "octets": {name: r.poh[i] for i, name in enumerate(names)},
    }


# ------------------------------------------------------------------------------------------------- channels

from msapemu.wire.channel cimport store_release

_SECTION_CHANNELS = {"dcc-r": DCC_R, "dcc-m": DCC_M, "e1": ORDERWIRE_R, "e2": ORDERWIRE_M, "f1": USER_R}
_PATH_CHANNELS = {"f2": USER_F2, "f3": USER_F3}


cdef class OctetChannel:
    """Overhead octets that carry a user's stream, both ways. `Line.channel` opens it; it moves as the line is built and
    parsed. One thread may write and one read while the line works.
    """

    def __dealloc__(self):
        channel_free(self.channel)

    def write(self, const uint8_t[::1] octets not None):
        """Queue octets to be sent; how many there was room for."""
        return channel_write(self.channel, &octets[0], octets.shape[0]) if octets.shape[0] else 0

    def read(self, most=None):
        """Take the octets that have come, at most `most` of them."""
        cdef uint64_t n = ring_waiting(&self.channel.rx)
        if most is not None and most < n:
            n = most
        out = PyBytes_FromStringAndSize(NULL, n)
        channel_read(self.channel, <uint8_t *>PyBytes_AS_STRING(out), n)
        return out

    @property
    def fill(self):
        """The octet that is sent when nothing waits."""
        return self.channel.fill

    @fill.setter
    def fill(self, value):
        self.channel.fill = _octet("fill", value)

    @property
    def signal(self):
        """Of a V.35 port: the line has a signal (circuit 109)."""
        return self.channel.signal != 0

    def counters(self):
        """Octets: sent, sent as fill, received, dropped for want of room; and those that wait on each side."""
        return {
            "tx_octets": self.channel.tx_octets, "tx_fill": self.channel.tx_fill,
            "rx_octets": self.channel.rx_octets, "rx_dropped": self.channel.rx_dropped,
            "tx_waiting": ring_waiting(&self.channel.tx), "rx_waiting": ring_waiting(&self.channel.rx),
        }


cdef OctetChannel _channel_open(list kept, str name, Channel **tx, Channel **rx, uint64_t octets, fill):
    """The channel that stands in both places, or a new one, which `kept` keeps as long as the line."""
    cdef OctetChannel channel
    fill = CHANNEL_FILL if fill is None and tx[0] == NULL else fill
    if fill is not None:
        _octet("fill", fill)
    if tx[0] != NULL:
        for known in kept:
            if isinstance(known, OctetChannel) and (<OctetChannel>known).channel == tx[0]:
                channel = known
                break
    else:
        if octets < 1:
            raise ValueError("a channel needs room for octets")
        channel = OctetChannel.__new__(OctetChannel)
        channel.channel = channel_new(octets)
        if channel.channel == NULL:
            raise MemoryError
        channel.name = name
        kept.append(channel)
        # the line may be at work in another thread: it finds the channel whole, or not yet
        store_release(<uint64_t *>tx, <uint64_t>channel.channel)
        store_release(<uint64_t *>rx, <uint64_t>channel.channel)
    if fill is not None:
        channel.fill = fill
    return channel


cdef OctetChannel _section_channel(list kept, StmTx *tx, StmRx *rx, str name, uint64_t octets, fill):
    cdef int i
    if name not in _SECTION_CHANNELS:
        raise ValueError(f"no channel {name!r}: {', '.join([*_SECTION_CHANNELS, *_PATH_CHANNELS])}")
    i = _SECTION_CHANNELS[name]
    channel = _channel_open(kept, name, &tx.channel[i], &rx.channel[i], octets, fill)
    tx.channels = rx.channels = True
    return channel


cdef OctetChannel _path_channel(list kept, Vc4Tx *tx, Vc4Rx *rx, str name, uint64_t octets, fill):
    cdef int i = _PATH_CHANNELS[name]
    return _channel_open(kept, name, &tx.channel[i], &rx.channel[i], octets, fill)
