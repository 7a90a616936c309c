"""The containers of a circuit, and how its members are written: short in its own line and VC-4, else by their whole
names."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from msapemu.ctl.config import WIDTHS, Circuit
from msapemu.ctl.objects import Container, parse_container


def container_of(circuit: Circuit, text: str) -> Container:
    """A member of `circuit` by its name; ValueError when it is none."""
    if "/" in text:
        return parse_container(text)
    if circuit.via == "vc4":
        return parse_container(f"{circuit.line}/au4.{text}")
    return parse_container(f"{circuit.line}/au4.{circuit.vc4}/{circuit.via}.{text}")


def member_text(circuit: Circuit, container: Container) -> str:
    """The other way: as short as it can be."""
    if container.port != circuit.line:
        return str(container)
    if circuit.via == "vc4":
        return str(container.vc4)
    return container.member if container.vc4 == circuit.vc4 else str(container)


def whole_container(circuit: Circuit) -> Container:
    """Of a circuit that is contiguous."""
    return Container(circuit.line, circuit.vc4, width=WIDTHS[circuit.via])


def _containers(circuit: Circuit, members: Sequence[str]) -> tuple[Container, ...]:
    if not circuit.is_group:
        return (whole_container(circuit),)
    return tuple(container_of(circuit, member) for member in members)


def sent_in(circuit: Circuit) -> tuple[Container, ...]:
    """What the circuit is sent in, in sequence order. ValueError for a member that is none."""
    return _containers(circuit, circuit.members + circuit.tx_members)


def received_in(circuit: Circuit) -> tuple[Container, ...]:
    """What it is received in."""
    return _containers(circuit, circuit.members + circuit.rx_members)


def all_in(circuit: Circuit) -> tuple[Container, ...]:
    """Either."""
    return tuple(dict.fromkeys(sent_in(circuit) + received_in(circuit)))


def with_member(circuit: Circuit, container: Container, tx: bool, rx: bool) -> Circuit:
    """With a member more, sent, received or both. ValueError when it is one already."""
    sent, received = sent_in(circuit), received_in(circuit)
    if (tx and container in sent) or (rx and container in received):
        raise ValueError(f"{container} is a member already")
    sent, received = (*sent, *[container] * tx), (*received, *[container] * rx)
    return _of(circuit, sent, received)


def without_member(circuit: Circuit, container: Container, tx: bool, rx: bool) -> Circuit:
    """With a member less. ValueError when it is none."""
    sent, received = sent_in(circuit), received_in(circuit)
    if container not in sent and container not in received:
        raise ValueError(f"{container} is no member")
    if (tx and container not in sent) or (rx and container not in received):
        raise ValueError(f"{container} is a member of the other direction only")
    sent = tuple(one for one in sent if one != container or not tx)
    received = tuple(one for one in received if one != container or not rx)
    return _of(circuit, sent, received)


def _of(circuit: Circuit, sent: Sequence[Container], received: Sequence[Container]) -> Circuit:
    def texts(containers: Sequence[Container]) -> tuple[str, ...]:
        return tuple(member_text(circuit, one) for one in containers)

    idle = [container_of(circuit, text) for text in circuit.idle]
    return msgspec.structs.replace(
        circuit,
        members=texts([one for one in sent if one in received]),
        tx_members=texts([one for one in sent if one not in received]),
        rx_members=texts([one for one in received if one not in sent]),
        idle=texts([one for one in idle if one in sent]),
    )
