"""Nodes that are no shelf of the user's own making: their cards follow from their kind."""

from __future__ import annotations

from typing import Literal

from msapemu.node.shelf import Slot

NodeKind = Literal["shelf", "pdh-terminal", "converter", "media-converter"]
NODE_KINDS: tuple[NodeKind, ...] = ("shelf", "pdh-terminal", "converter", "media-converter")
ConverterClient = Literal["eth", "v35"]
TERMINAL_RATES: dict[int, Literal["e2", "e3"]] = {4: "e2", 16: "e3"}  # fibre of a terminal by its E1s, G.742 and G.751
KEYS: dict[NodeKind, tuple[str, ...]] = {
    "shelf": ("slots",),
    "pdh-terminal": ("e1", "ports"),
    "converter": ("client",),
    "media-converter": (),
}  # of a node, besides those that any has


def terminal_slots(e1: int, ports: int) -> dict[int, Slot]:
    """A PDH terminal: its fibre is 1/1, its E1 ports 2/1 and on, its Ethernet ports 3/1 and on. ValueError when it has
    not that many."""
    if e1 not in TERMINAL_RATES:
        raise ValueError(f"a pdh-terminal has {' or '.join(map(str, TERMINAL_RATES))} E1, not {e1}")
    fibre = Slot.of(1, "pdh", 1, TERMINAL_RATES[e1])
    return {1: fibre, 2: Slot.of(2, "e1", e1), 3: Slot.of(3, "eop", ports)}


def converter_slots(client: ConverterClient) -> dict[int, Slot]:
    """A converter: its E1 is 1/1, its Ethernet or V.35 port 2/1."""
    return {1: Slot.of(1, "e1", 1), 2: Slot.of(2, "v35" if client == "v35" else "eop", 1)}


def media_converter_slots() -> dict[int, Slot]:
    """A media converter: its fibre is 1/1, its Ethernet port 2/1."""
    return {1: Slot.of(1, "pdh", 1, "fe"), 2: Slot.of(2, "eop", 1)}
