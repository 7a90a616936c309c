# A group's Ethernet client in HDLC frames, and the signal labels of all adaptations. Included by _framing.pyx.

from msapemu.wire.hdlc_client cimport (HdlcSink, HdlcSource, hdlc_sink_init, hdlc_sink_room, hdlc_source_init,
                                       hdlc_source_room)
from msapemu.wire.hdlc_header cimport HDLC_LAPS, HDLC_PLAIN, HDLC_PPP, ClientFormat

# G.707 9.2.3.12, 9.3.2.4: C2, and the extended label in K4
cdef dict _LABELS = {
    "gfp": (C2_GFP, EXTENDED_GFP), "hdlc": (C2_HDLC, EXTENDED_HDLC), "laps": (C2_LAPS, EXTENDED_LAPS),
    "ppp": (C2_HDLC, EXTENDED_HDLC),
}
cdef dict _HDLC_KINDS = {"hdlc": HDLC_PLAIN, "laps": HDLC_LAPS, "ppp": HDLC_PPP}
_FCS_LENGTHS = {None: 0, 16: 2, 32: 4}
_STUFFINGS = {"bit": False, "octet": True}
ADAPTATIONS = tuple(_LABELS)


cdef _check_adaptation(str adaptation, fcs, stuffing, lan_fcs, dict of_gfp):
    """`of_gfp`: settings that only GFP has, and whether they are used."""
    if adaptation not in _LABELS:
        raise ValueError(f"no adaptation {adaptation!r}: {', '.join(ADAPTATIONS)}")
    own = {"fcs": fcs, "stuffing": stuffing, "lan_fcs": lan_fcs}
    if adaptation == "gfp":
        wrong = [name for name in own if own[name] is not None]
    else:
        wrong = [name for name in of_gfp if of_gfp[name]]
    if wrong:
        raise ValueError(f"{wrong[0]} does not go with adaptation {adaptation}")
    if fcs not in (None, 16, 32) or (adaptation == "laps" and fcs == 16):
        raise ValueError(f"fcs {fcs} does not go with adaptation {adaptation}")
    if stuffing not in (None, "bit", "octet") or (adaptation == "laps" and stuffing == "bit"):
        raise ValueError(f"stuffing {stuffing!r} does not go with adaptation {adaptation}")
    if adaptation == "laps" and lan_fcs is False:
        raise ValueError("LAPS carries the frame's own FCS")


cdef _labels(Group group, str adaptation):
    group.adaptation = adaptation
    group.tx.c2, group.tx.extended = _LABELS[adaptation]
    group.rx.c2, group.rx.extended = _LABELS[adaptation]


cdef _hdlc_client(Group group, fcs, stuffing, lan_fcs, scramble):
    """Put the group's only client into HDLC frames."""
    cdef ClientFormat f
    cdef bint laps = group.adaptation == "laps"
    f.kind = _HDLC_KINDS[group.adaptation]
    f.frame.laps = laps
    f.frame.octets = laps if stuffing is None else _STUFFINGS[stuffing]
    f.frame.fcs = _FCS_LENGTHS[fcs or (32 if laps else 16)]
    f.lan_fcs = laps if lan_fcs is None else lan_fcs
    f.scramble = laps if scramble is None else scramble
    group.tx.channels.of[0].most = group.longest
    group.tx.hdlc = <HdlcSource *>calloc(1, sizeof(HdlcSource) + hdlc_source_room(&f, group.longest))
    group.rx.hdlc = <HdlcSink *>calloc(1, sizeof(HdlcSink) + hdlc_sink_room(&f, group.longest))
    if group.tx.hdlc == NULL or group.rx.hdlc == NULL:
        raise MemoryError
    hdlc_source_init(group.tx.hdlc, &f, <uint8_t *>(group.tx.hdlc + 1))
    hdlc_sink_init(group.rx.hdlc, &f, <uint8_t *>(group.rx.hdlc + 1), group.longest)


cdef void _hdlc_client_free(HdlcSource *tx, HdlcSink *rx) noexcept:
    free(tx)
    free(rx)
