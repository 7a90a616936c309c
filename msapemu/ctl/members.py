"""The members of a circuit, and how they are written: containers short in its own line and VC-4, else by their whole
names; those of a circuit over PDH always by these."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from msapemu.ctl.config import WIDTHS, Circuit
from msapemu.ctl.e1 import E1Place, E1Slots, parse_place, parse_slots
from msapemu.ctl.objects import Container, parse_container

# a container; an E1, or the line of that port; timeslots of an E1
Member = Container | E1Place | E1Slots


def container_of(circuit: Circuit, text: str) -> Container:
    """A member of `circuit`, which is not over PDH, by its name; ValueError when it is none."""
    if "/" in text:
        return parse_container(text)
    if circuit.via == "vc4":
        return parse_container(f"{circuit.line}/au4.{text}")
    return parse_container(f"{circuit.line}/au4.{circuit.vc4}/{circuit.via}.{text}")


def member_of(circuit: Circuit, text: str) -> Member:
    """A member of any circuit."""
    if circuit.via == "n64":
        if not (slots := parse_slots(text)).slots:
            raise ValueError(f"{text!r} names no timeslots (such as 1/1:1-4)")
        return slots
    return parse_place(text) if circuit.over_pdh else container_of(circuit, text)


def member_text(circuit: Circuit, member: Member) -> str:
    """The other way: as short as it can be."""
    if not isinstance(member, Container):
        return str(member)
    if member.port != circuit.line:
        return str(member)
    if circuit.via == "vc4":
        return str(member.vc4)
    return member.member if member.vc4 == circuit.vc4 else str(member)


def whole_container(circuit: Circuit) -> Container:
    """Of a circuit that is contiguous."""
    return Container(circuit.line, circuit.vc4, width=WIDTHS[circuit.via])


def _containers(circuit: Circuit, members: Sequence[str]) -> tuple[Container, ...]:
    if circuit.over_pdh:
        return ()
    if not circuit.is_group:
        return (whole_container(circuit),)
    return tuple(container_of(circuit, member) for member in members)


def sent_in(circuit: Circuit) -> tuple[Container, ...]:
    """The containers that the circuit is sent in, in sequence order. ValueError for a member that is none."""
    return _containers(circuit, circuit.members + circuit.tx_members)


def received_in(circuit: Circuit) -> tuple[Container, ...]:
    """What it is received in."""
    return _containers(circuit, circuit.members + circuit.rx_members)


def sent_members(circuit: Circuit) -> tuple[Member, ...]:
    """As `sent_in`, of any circuit."""
    if circuit.over_pdh:
        return tuple(member_of(circuit, text) for text in circuit.members + circuit.tx_members)
    return sent_in(circuit)


def received_members(circuit: Circuit) -> tuple[Member, ...]:
    """As `received_in`, of any circuit."""
    if circuit.over_pdh:
        return tuple(member_of(circuit, text) for text in circuit.members + circuit.rx_members)
    return received_in(circuit)


def all_members(circuit: Circuit) -> tuple[Member, ...]:
    """Either."""
    return tuple(dict.fromkeys(sent_members(circuit) + received_members(circuit)))


def with_member(circuit: Circuit, member: Member, tx: bool, rx: bool) -> Circuit:
    """With a member more, sent, received or both. ValueError when it is one already."""
    sent, received = sent_members(circuit), received_members(circuit)
    if (tx and member in sent) or (rx and member in received):
        raise ValueError(f"{member} is a member already")
    sent, received = (*sent, *[member] * tx), (*received, *[member] * rx)
    return _of(circuit, sent, received)


def without_member(circuit: Circuit, member: Member, tx: bool, rx: bool) -> Circuit:
    """With a member less. ValueError when it is none."""
    sent, received = sent_members(circuit), received_members(circuit)
    if member not in sent and member not in received:
        raise ValueError(f"{member} is no member")
    if (tx and member not in sent) or (rx and member not in received):
        raise ValueError(f"{member} is a member of the other direction only")
    sent = tuple(one for one in sent if one != member or not tx)
    received = tuple(one for one in received if one != member or not rx)
    return _of(circuit, sent, received)


def _of(circuit: Circuit, sent: Sequence[Member], received: Sequence[Member]) -> Circuit:
    def texts(members: Sequence[Member]) -> tuple[str, ...]:
        return tuple(member_text(circuit, one) for one in members)

    idle = [member_of(circuit, text) for text in circuit.idle]
    return msgspec.structs.replace(
        circuit,
        members=texts([one for one in sent if one in received]),
        tx_members=texts([one for one in sent if one not in received]),
        rx_members=texts([one for one in received if one not in sent]),
        idle=texts([one for one in idle if one in sent]),
    )
