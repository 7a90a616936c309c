"""LCAS, one end of a group: what source and sink do, a control packet at a time (STANDARDS 8 and 0, G.7042).

`End.step` takes the control packets that have come since the last step, those of one time of all members together,
and gives those of the next time: 2 ms (HO) or 16 ms (LO) a step. Which VCs a packet speaks of is in `vcat`.

Readings where STANDARDS 8 leaves it open:
    - Members in NORM and DNU are active: their SQs are 0, 1, 2, ... without a gap, and they alone are numbered anew.
      EOS is sent by the one in NORM with the highest SQ; none sends it when all are in DNU. A member in ADD has an SQ
      beyond those of all active ones; when it becomes active it gets the next of theirs, and those that stay in ADD
      come behind it. IDLE and REMOVE send SQ 255 or 63, and GID 0, which says nothing.
    - What changes in a step changes together, in the packets of one time. When the numbers or the count of the active
      members have changed, statuses are not looked at until RS-Ack differs from what it was, from that packet on, or
      `ack_timeout` steps have gone by; statuses from before are forgotten. A request to remove an active member
      waits as long; one to add does not.
    - A member that leaves ADD for IDLE is acknowledged by nobody. As a status may be under way that was its own,
      those beyond the active members are not looked at for `ack_timeout` steps.
    - REMOVE becomes IDLE with the acknowledgement or the timeout.
    - The sink knows members by the SQ they send: MST of an SQ is OK when a member in OK sends it, else FAIL. RS-Ack is
      toggled when the SQs of the members that send NORM, EOS or DNU are not those of the step before; of a member
      that cannot be read the last that could be read stands.
    - Each member of the return direction carries the same MST and RS-Ack: they are taken from the first good packet.
      FIXED with CRC zero is good: a far end without LCAS, whose MST of zeros says OK, whose RS-Ack never toggles,
      and whose members carry.
    - A packet with a wrong CRC is none. `wrong_crcs` of them in a row (None: any number) are a failure.
    - Hold-off: the failure has to last. WTR: after a failure the signal has to be good so long; a member that has not
      been in OK since it was IDLE does not wait.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from . import lcas, vcat
from .lcas import IN_SEQUENCE, Ctrl, Packet, Received


class Source(Enum):
    """States of a member at the source."""

    IDLE = "IDLE"
    ADD = "ADD"
    NORM = "NORM"
    DNU = "DNU"
    REMOVE = "REMOVE"


class Sink(Enum):
    """States of a member at the sink."""

    IDLE = "IDLE"
    FAIL = "FAIL"
    OK = "OK"


class Event(Enum):
    """What happens to a member."""

    M_ADD = "management adds it"
    M_REMOVE = "management removes it"
    R_OK = "MST says OK"
    R_FAIL = "MST says FAIL"
    R_ACK = "RS-Ack has toggled, or the timeout is over"
    C_ACTIVE = "ADD, NORM, EOS, DNU or FIXED received"
    C_IDLE = "IDLE received"
    GOOD = "signal good, hold-off and WTR considered"
    BAD = "signal bad, hold-off considered"


SOURCE: dict[tuple[Source, Event], Source] = {
    (Source.IDLE, Event.M_ADD): Source.ADD,
    (Source.ADD, Event.R_OK): Source.NORM,
    (Source.ADD, Event.M_REMOVE): Source.IDLE,
    (Source.NORM, Event.R_FAIL): Source.DNU,
    (Source.NORM, Event.M_REMOVE): Source.REMOVE,
    (Source.DNU, Event.R_OK): Source.NORM,
    (Source.DNU, Event.M_REMOVE): Source.REMOVE,
    (Source.REMOVE, Event.R_ACK): Source.IDLE,
    (Source.REMOVE, Event.M_ADD): Source.ADD,
}
SINK: dict[tuple[Sink, Event], Sink] = {
    (Sink.IDLE, Event.C_ACTIVE): Sink.FAIL,
    (Sink.FAIL, Event.GOOD): Sink.OK,
    (Sink.FAIL, Event.C_IDLE): Sink.IDLE,
    (Sink.FAIL, Event.M_REMOVE): Sink.IDLE,
    (Sink.OK, Event.BAD): Sink.FAIL,
    (Sink.OK, Event.C_IDLE): Sink.IDLE,
    (Sink.OK, Event.M_REMOVE): Sink.IDLE,
}
ACTIVE = (Source.NORM, Source.DNU)


@dataclass
class Sender:
    """A member at the source."""

    state: Source = Source.IDLE
    sq: int = 0  # in ADD, NORM and DNU
    wanted: bool = False  # by the management


@dataclass
class Listener:
    """A member at the sink."""

    state: Sink = Sink.IDLE
    provisioned: bool = True
    packet: Packet | None = None  # the last that could be read
    wrong: int = 0  # CRCs in a row
    bad: int = 0  # steps that the signal has been bad, or
    good: int = 0  # good
    has_failed: bool = False  # since it was in IDLE, after it was in OK


class End:
    """Source and sink of one end."""

    def __init__(
        self,
        kind: str,
        senders: int,
        listeners: int,
        *,
        ack_timeout: int = 64,
        hold_off: int = 0,
        wtr: int = 0,
        wrong_crcs: int | None = None,
        gid_seed: int = 0x7FFF,
        of_packet_end: bool = False,
    ) -> None:
        """`kind`: of the VCs, as in `vcat`. Times in steps. `of_packet_end`: as of `lcas.ho_block`."""
        self.kind = kind
        self.senders = [Sender() for _ in range(senders)]
        self.listeners = [Listener() for _ in range(listeners)]
        self.ack_timeout, self.hold_off, self.wtr, self.wrong_crcs = ack_timeout, hold_off, wtr, wrong_crcs
        self.waiting: int | None = None  # steps since numbers or count changed; None: acknowledged
        self.rs_ack = 0  # that is sent
        self.history: list[list[Packet]] = []  # packets of all members, by step
        self.used: set[tuple[Source | Sink, Event]] = set()  # arrows of the tables that were taken
        self._gid: Iterator[int] = lcas.gid_bits(gid_seed)
        self._of_packet_end = of_packet_end
        self._distrust = 0  # steps that statuses beyond the active members are not looked at
        self._ack_seen = 0  # RS-Ack received last
        self._ack_before = 0  # when numbers or count changed
        self._status: dict[int, bool] = {}  # SQ -> FAIL
        self._numbers: dict[int, int] = {}  # listener -> SQ, of those in sequence

    # -- management

    def add(self, *members: int) -> None:
        """M_ADD, with the next step."""
        for member in members:
            self.senders[member].wanted = True

    def remove(self, *members: int) -> None:
        """M_REMOVE, with the next step that it can be."""
        for member in members:
            self.senders[member].wanted = False

    # -- a step

    def step(self, received: Mapping[int, Received] | None = None, failed: Collection[int] = ()) -> list[Packet]:
        """`received`: by listener, what could be read of the packets of one time. `failed`: listeners without a good
        signal (TSF, loss of the multiframe, too late), whose packets nobody looks at.
        """
        come = {index: got for index, got in (received or {}).items() if index not in failed}
        for index, listener in enumerate(self.listeners):
            self._listen(listener, come.get(index), index in failed)
        self._renumbered()
        good = [got.packet for got in come.values() if got.good or got.fixed]
        self._source(good[0] if good else None)
        return self._packets()

    # -- sink

    def _heard(self, listener: Listener, event: Event) -> None:
        following = SINK.get((listener.state, event))
        if following is not None:
            self.used.add((listener.state, event))
            listener.has_failed |= listener.state is Sink.OK and following is Sink.FAIL
            listener.state = following

    def _listen(self, listener: Listener, got: Received | None, failed: bool) -> None:
        readable = got is not None and (got.good or got.fixed)
        if got is not None:
            listener.wrong = 0 if readable else listener.wrong + 1
            listener.packet = got.packet if readable else listener.packet
        failed |= self.wrong_crcs is not None and listener.wrong >= self.wrong_crcs
        listener.bad = listener.bad + 1 if failed else 0
        listener.good = 0 if failed else listener.good + 1
        if not listener.provisioned:
            self._heard(listener, Event.M_REMOVE)
        elif listener.packet is not None:
            idle = listener.packet.ctrl == Ctrl.IDLE
            self._heard(listener, Event.C_IDLE if idle else Event.C_ACTIVE)
        if listener.state is Sink.IDLE:
            listener.has_failed = False
        if listener.bad > self.hold_off:
            self._heard(listener, Event.BAD)
        elif not failed and listener.good > (self.wtr if listener.has_failed else 0):
            self._heard(listener, Event.GOOD)

    def _renumbered(self) -> None:
        """Toggle RS-Ack when what is in sequence has changed."""
        numbers = {
            index: listener.packet.sq
            for index, listener in enumerate(self.listeners)
            if listener.provisioned and listener.packet is not None and listener.packet.ctrl in IN_SEQUENCE
        }
        if numbers != self._numbers:
            self.rs_ack ^= 1
            self._numbers = numbers

    @property
    def carrying(self) -> list[int]:
        """Listeners whose next VCs carry octets, in the order of their SQ, as their last packets say."""
        known = {i: one.packet for i, one in enumerate(self.listeners) if one.provisioned and one.packet is not None}
        members = [i for i, packet in known.items() if packet.ctrl in (*lcas.CARRYING, Ctrl.FIXED)]
        return sorted(members, key=lambda index: known[index].sq)

    # -- source

    def _told(self, sender: Sender, event: Event) -> bool:
        following = SOURCE.get((sender.state, event))
        if following is None:
            return False
        self.used.add((sender.state, event))
        sender.state = following
        return True

    def in_state(self, *states: Source) -> list[Sender]:
        """Members in one of these states, in the order of their SQ."""
        return sorted((one for one in self.senders if one.state in states), key=lambda one: one.sq)

    def _source(self, packet: Packet | None) -> None:
        self._acknowledged(packet)
        self._distrust = max(0, self._distrust - 1)
        before = [id(one) for one in self.in_state(*ACTIVE)]
        if self.waiting is None:
            self._take_statuses(packet)
            self._follow_statuses()
            for sender in self.in_state(*ACTIVE):
                if not sender.wanted:
                    self._told(sender, Event.M_REMOVE)
        for sender in self.in_state(Source.ADD):
            if not sender.wanted:
                self._told(sender, Event.M_REMOVE)
                self._distrust = self.ack_timeout
        for sender in self.senders:
            if sender.wanted and self._told(sender, Event.M_ADD):
                taken = [one.sq for one in self.in_state(Source.ADD, *ACTIVE) if one is not sender]
                sender.sq = max(taken, default=-1) + 1
        if [id(one) for one in self.in_state(*ACTIVE)] != before:
            for sq, sender in enumerate(self.in_state(*ACTIVE) + self.in_state(Source.ADD)):
                sender.sq = sq
            self.waiting, self._ack_before = 0, self._ack_seen
            self._status.clear()

    def _acknowledged(self, packet: Packet | None) -> None:
        if packet is not None:
            self._ack_seen = packet.rs_ack
        if self.waiting is None:
            return
        self.waiting += 1
        if self._ack_seen != self._ack_before or self.waiting >= self.ack_timeout:
            self.waiting = None
            for sender in self.in_state(Source.REMOVE):
                self._told(sender, Event.R_ACK)

    def _take_statuses(self, packet: Packet | None) -> None:
        if packet is not None:
            # of the far end's packet: its own count tells which eight members
            block = vcat.block_of(self.kind, packet.mfi, self._of_packet_end)
            self._status |= lcas.mst_of(packet.mst, block)

    def _follow_statuses(self) -> None:
        for sender in self.in_state(*ACTIVE):
            if sender.sq in self._status:
                self._told(sender, Event.R_FAIL if self._status[sender.sq] else Event.R_OK)
        number = len(self.in_state(*ACTIVE))
        for sender in [] if self._distrust else self.in_state(Source.ADD):
            if self._status.get(sender.sq) is False and self._told(sender, Event.R_OK):
                sender.sq = number
                number += 1

    # -- packets

    def _packets(self) -> list[Packet]:
        number = len(self.history)
        gid = next(self._gid)
        status = [True] * vcat.MOST[self.kind]
        for listener in self.listeners:
            if listener.state is Sink.OK and listener.packet is not None:
                status[listener.packet.sq] = False
        block = vcat.block_of(self.kind, number, self._of_packet_end)
        mst = lcas.mst_octet(block, status)
        norm = self.in_state(Source.NORM)
        packets = []
        for sender in self.senders:
            ctrl = {Source.ADD: Ctrl.ADD, Source.NORM: Ctrl.NORM, Source.DNU: Ctrl.DNU}.get(sender.state, Ctrl.IDLE)
            ctrl = Ctrl.EOS if norm and sender is norm[-1] else ctrl
            sq, bit = (vcat.IDLE_SQ[self.kind], 0) if ctrl == Ctrl.IDLE else (sender.sq, gid)
            packets.append(Packet(vcat.count_of(self.kind, number), sq, ctrl, bit, self.rs_ack, mst))
        self.history.append(packets)
        return packets

    def packets(self, member: int, number: int) -> Packet:
        """For `vcat.Group`: packet `number` of a member; before number 0 IDLE."""
        if number < 0:
            return Packet(vcat.count_of(self.kind, number), vcat.IDLE_SQ[self.kind], Ctrl.IDLE)
        return self.history[number][member]
