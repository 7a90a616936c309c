# What a group has to do with its members: memory, LCAS, and what is told of them.

from msapemu.wire.lcas cimport H4_PACKET, Packet, h4_is_plain, h4_unpack, k4_is_plain, k4_unpack
from msapemu.wire.lcas_rx cimport sink_table
from msapemu.wire.lcas_tx cimport source_table
from msapemu.wire.multiframe cimport K4_CYCLE, K4_FRAMES, MFI_CYCLE, MFI_FRAMES
from msapemu.wire.status cimport MemberRxStatus, MemberTxStatus, VCAT_LOM, VCAT_MND, VCAT_SQM

MEMBER_TX_FIELDS = ("attached", "state", "ctrl", "sq", "mst")
MEMBER_RX_FIELDS = ("attached", "state", "ctrl", "sq", "delay_us", "alive", "defects", "packets", "crc_errors")
assert sizeof(MemberTxStatus) == 8 * len(MEMBER_TX_FIELDS) and sizeof(MemberRxStatus) == 8 * len(MEMBER_RX_FIELDS)
SOURCE_STATES = ("IDLE", "ADD", "NORM", "DNU", "REMOVE")
SINK_STATES = ("IDLE", "FAIL", "OK")
CONTROLS = {0: "FIXED", 1: "ADD", 2: "NORM", 3: "EOS", 5: "IDLE", 15: "DNU"}
# the state machines of LCAS: by state, the next one at M_ADD, M_REMOVE, MST OK, MST FAIL, RS-Ack; absent, bad, good
LCAS_SOURCE = {SOURCE_STATES[i]: tuple(SOURCE_STATES[source_table[i][j]] for j in range(5)) for i in range(5)}
LCAS_SINK = {SINK_STATES[i]: tuple(SINK_STATES[sink_table[i][j]] for j in range(3)) for i in range(3)}
LONGEST_DELAY_US = 256_000
LONGEST_HOLD_OFF_MS = 10_000
LONGEST_WTR_MS = 720_000

cdef dict _CONTAINERS = {"vc12": IN_VC12, "vc3": IN_VC3, "vc4": IN_VC4, "e1": IN_E1, "e3": IN_E3, "run": IN_RUN}


cdef _members_init(Group group, int delay_limit_us, lcas, int hold_off_ms, int wtr_ms, int minimum, bint mst_of_next,
                   int seed):
    """Settings of a group that has no kind and no members yet."""
    cdef int i
    modes = {False: LCAS_OFF, True: LCAS_ON, "one-way": LCAS_ONE_WAY}
    if lcas not in modes:
        raise ValueError(f"lcas is True, False or 'one-way', not {lcas!r}")
    if not 0 <= delay_limit_us <= LONGEST_DELAY_US:
        raise ValueError(f"a differential delay of {delay_limit_us} us is not in 0..{LONGEST_DELAY_US}")
    if not 0 <= hold_off_ms <= LONGEST_HOLD_OFF_MS:
        raise ValueError(f"a hold-off of {hold_off_ms} ms is not in 0..{LONGEST_HOLD_OFF_MS}")
    if not 0 <= wtr_ms <= LONGEST_WTR_MS:
        raise ValueError(f"a wait-to-restore of {wtr_ms} ms is not in 0..{LONGEST_WTR_MS}")
    if not 0 <= minimum <= MEMBERS:
        raise ValueError(f"a minimum of {minimum} members is not in 0..{MEMBERS}")
    group.rooms = []
    group.kinds = {}
    group.delay_limit_us = delay_limit_us
    group.tx.lcas_mode = group.rx.lcas_mode = modes[lcas]
    group.tx.mst_of_next = group.rx.mst_of_next = mst_of_next
    group.tx.lcas.gid = <uint16_t>(seed % 32767 + 1)        # any state but zero
    group.tx.back = group.rx.back = <LcasBack *>_group_room(group, sizeof(LcasBack))
    group.tx.sink = group.rx
    group.rx.source = group.tx
    group.rx.hold_off = hold_off_ms * 8
    group.rx.wait_to_restore = wtr_ms * 8
    group.rx.least = minimum
    for i in range(MEMBERS):
        group.tx.member[i].wanted = group.rx.member[i].wanted = True


cdef uint8_t *_group_room(Group group, size_t octets) except NULL:
    cdef _Room room = _Room(octets)
    group.rooms.append(room)
    return room.octets


cdef class _Kind:
    """A group's memory as one of VCs of a kind; made once, kept as long as the group."""
    cdef TxShape tx
    cdef RxShape rx


cdef _Kind _members_kind(Group group, kind, bint counted):
    cdef _Kind made
    cdef Container container = _CONTAINERS[kind]
    cdef size_t part, octets
    if (kind, counted) in group.kinds:
        return group.kinds[kind, counted]
    if not counted and group.tx.lcas_mode != LCAS_OFF:
        raise ValueError("LCAS needs virtual concatenation")
    made = _Kind()
    part = members_rows(container) * payload_pitch(container)
    octets = (members_rows(container) + 1) * (payload_pitch(container) + TILE)
    made.tx.container = made.rx.container = container
    made.tx.counted = made.rx.counted = counted
    made.rx.delay_most = group.delay_limit_us // (125 * frame_units(container))
    made.tx.slots = TX_KEPT_LO if container == IN_VC12 else TX_KEPT_E1 if container == IN_E1 else TX_KEPT_HO
    made.rx.slots = made.rx.delay_most + (RX_SLACK_LO if container == IN_VC12 else RX_SLACK_E1 if container == IN_E1
                                          else RX_SLACK_HO)
    made.tx.octets = _group_room(group, octets)
    made.rx.octets = _group_room(group, octets)
    made.tx.parts = _group_room(group, made.tx.slots * part)
    made.tx.rows = _group_room(group, made.tx.slots * ROW_MAP)
    made.tx.counts = _group_room(group, made.tx.slots * ROW_MAP)
    if counted:
        made.rx.parts = _group_room(group, made.rx.slots * part)
        made.rx.numbers = <uint64_t *>_group_room(group, made.rx.slots * RX_ROW * sizeof(uint64_t))
        made.rx.sorted = _group_room(group, part)
    group.kinds[kind, counted] = made
    return made


cdef int _member_number(_Kind kind, number) except -1:
    cdef int most = members_most(kind.tx.container) if kind.tx.counted else 1
    if not 0 <= number < most:
        raise ValueError(f"member number {number} is not in 0..{most - 1}")
    return number


cdef _member_want(Group group, int number, bint rx, bint wanted):
    if not 0 <= number < MEMBERS:
        raise ValueError(f"member number {number} is not in 0..{MEMBERS - 1}")
    if group.tx.lcas_mode == LCAS_OFF:
        raise ValueError("a group without LCAS has no members that come and go")
    if rx:
        group.rx.member[number].wanted = wanted
        group.rx.changed = True
    else:
        group.tx.member[number].wanted = wanted


cdef dict _members_report(Group group):
    cdef const MemberTx *t
    cdef const MemberRx *r
    cdef const MemberTxStatus *ts
    cdef const MemberRxStatus *rs
    cdef bint lcas = group.tx.lcas_mode != LCAS_OFF
    cdef int i
    out = {}
    for i in range(MEMBERS):
        t, r, ts, rs = &group.tx.member[i], &group.rx.member[i], &group.tx.status[i], &group.rx.status[i]
        if t.owner == NULL and r.owner == NULL:
            continue
        out[i] = {
            "tx": {
                "attached": t.owner != NULL,
                "state": SOURCE_STATES[<int>t.state] if lcas else None,
                "ctrl": CONTROLS[t.ctrl] if lcas else None,
                "sq": ts.sq, "mst": ("OK", "FAIL")[ts.mst] if lcas else None,
            },
            "rx": {
                "attached": r.owner != NULL,
                "state": SINK_STATES[<int>r.state] if lcas else None,
                "ctrl": CONTROLS.get(r.ctrl, str(r.ctrl)) if lcas else None,
                "sq": rs.sq, "delay_us": rs.delay_us, "alive": r.alive, "tsf": r.tsf, "lom": r.lom, "sqm": r.sqm,
                "mnd": r.left_out, "packets": rs.packets, "crc_errors": rs.crc_errors,
            },
        }
    return out


cdef _lcas_report(const Multiframe *m, bint lower):
    """What the newest right control packet says; None: there is none, or the far end has no LCAS."""
    cdef Packet p
    if not m.known or (k4_is_plain(<uint32_t>m.said) if lower else h4_is_plain(m.said)):
        return None
    if lower:
        k4_unpack(<uint32_t>m.said, &p)
    else:
        h4_unpack(m.said, &p)
    return {"ctrl": CONTROLS.get(p.ctrl, str(p.ctrl)), "gid": p.gid, "rs_ack": p.rs_ack, "crc_errors": m.crc_errors}


cdef _gids(const Multiframe *m, int frames, int cycle):
    """Count of the newest control packet, and the GIDs from it backwards, None where no packet was right."""
    cdef int i, counts = cycle // frames
    # a packet of VC-3s and VC-4s ends in the middle of a multiframe
    cdef int newest = (m.mfn + cycle - (frames if frames == K4_FRAMES else H4_PACKET) + 1) // frames % counts
    told = [m.gids[(newest + counts - i) % counts] for i in range(counts)]
    return newest, [gid & 1 if gid else None for gid in told]
