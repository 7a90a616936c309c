"""The shelf model: names, cards, members, capacities."""

from __future__ import annotations

import pytest

from msapemu.node.capacity import ethernet_bps, ethernet_frames_per_second, group_bps
from msapemu.node.cards import CARDS
from msapemu.node.members import ALL_VC12, member_fault
from msapemu.node.names import PortName, interface_fault, name_fault
from msapemu.node.shelf import Shelf, Slot


def test_capacities_are_those_of_the_standard() -> None:
    assert group_bps("vc4") == 149_760_000  # G.707 table 6-1: C-4
    assert group_bps("vc12") == 2_176_000
    assert group_bps("vc12", 5) == 10_880_000
    assert group_bps("vc12", 63) == 137_088_000
    assert group_bps("vc3", 2) == 96_768_000  # G.707 table 11-1: VC-3-Xv
    assert group_bps("vc4-4c") == 599_040_000
    assert group_bps("vc4-16c") == 2_396_160_000


def test_ethernet_in_gfp_has_eight_octets_of_headers_a_frame() -> None:
    assert ethernet_bps(149_760_000, 1518) == pytest.approx(148_974_888, abs=1)
    assert ethernet_bps(149_760_000, 64) == pytest.approx(133_120_000)
    assert ethernet_bps(149_760_000, 64, payload_fcs=True) == pytest.approx(149_760_000 * 64 / 76)
    assert ethernet_frames_per_second(2_176_000, 128) == pytest.approx(2000)


def test_vc12_names_are_all_63_in_order() -> None:
    assert len(ALL_VC12) == len(set(ALL_VC12)) == 63
    assert ALL_VC12[:5] == ("1.1.1", "1.1.2", "1.1.3", "1.2.1", "1.2.2")
    assert ALL_VC12[-1] == "3.7.3"
    assert list(ALL_VC12) == sorted(ALL_VC12)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("1.1.1", None),
        ("3.7.3", None),
        ("4.1.1", "out of range"),
        ("1.8.1", "out of range"),
        ("1.1.0", "out of range"),
        ("1.1", "is no VC-12"),
        ("01.1.1", "out of range"),
        ("a.b.c", "is no VC-12"),
    ],
)
def test_member_names(text: str, fault: str | None) -> None:
    found = member_fault(text)
    assert (found is None) if fault is None else (found is not None and fault in found)


@pytest.mark.parametrize("text", ["lab", "a", "0", "two-sites", "a_b.c-d", "x" * 32])
def test_good_names(text: str) -> None:
    assert name_fault(text) is None


@pytest.mark.parametrize("text", ["", "-a", ".a", "a b", "a/b", "ä", "x" * 33, "..", "a\n"])
def test_bad_names(text: str) -> None:
    assert name_fault(text) is not None


@pytest.mark.parametrize("text", ["eth0", "lan0.100", "x" * 15, "br-1", "-"])
def test_good_interface_names(text: str) -> None:
    assert interface_fault(text) is None


@pytest.mark.parametrize("text", ["", "x" * 16, ".", "..", "a b", "a/b", "a:1", "tap%d", "ö", "a\0"])
def test_bad_interface_names(text: str) -> None:
    assert interface_fault(text) is not None


def test_port_names() -> None:
    port = PortName.parse("co-1.x:12/3")
    assert port == PortName("co-1.x", 12, 3)
    assert (str(port), port.local, port.path) == ("co-1.x:12/3", "12/3", "co-1.x/12/3")


@pytest.mark.parametrize(
    "text", ["", "co", "co:1", "co:0/1", "co:1/0", "co:1/1/1", ":1/1", "co:100/1", "co:1/1\n"]
)
def test_bad_port_names(text: str) -> None:
    with pytest.raises(ValueError, match="is no port name"):
        PortName.parse(text)


def test_a_slot_has_the_ports_of_its_card() -> None:
    assert Slot.of(1, "stm1").ports == 2
    assert Slot.of(2, "eth").ports == 4
    for kind, card in CARDS.items():
        assert Slot.of(3, kind, card.most_ports).ports == card.most_ports
        with pytest.raises(ValueError, match=rf"a card {kind} has 1\.\.{card.most_ports} ports, not "):
            Slot.of(3, kind, card.most_ports + 1)
    with pytest.raises(ValueError, match=r"unknown card 'e4' \(known: stm1, stm4, stm16, eth, e1, v35, eop, pdh\)"):
        Slot.of(1, "e4")
    assert (Slot.of(1, "pdh").rate, Slot.of(1, "pdh", 1, "fe").rate) == ("e2", "fe")
    with pytest.raises(ValueError, match=r"a card pdh has no rate 'stm1' \(e2, e3, g832, e1, fe\)"):
        Slot.of(1, "pdh", 1, "stm1")
    with pytest.raises(ValueError, match="slot 17 is out of range"):
        Slot.of(17, "eth")
    with pytest.raises(ValueError, match=r"has 1\.\.8 ports, not 0"):
        Slot.of(1, "eth", 0)


def test_a_shelf_knows_its_ports() -> None:
    shelf = Shelf("co", {2: Slot.of(2, "eth", 2), 1: Slot.of(1, "stm1", 1)})
    assert [str(port) for port in shelf.ports()] == ["co:1/1", "co:2/1", "co:2/2"]
    assert [str(port) for port in shelf.ports("line")] == ["co:1/1"]
    assert shelf.port_fault(PortName("co", 2, 2), "client") is None
    assert "has ports 1..2 only" in str(shelf.port_fault(PortName("co", 2, 3)))
    assert "no card in slot 3" in str(shelf.port_fault(PortName("co", 3, 1)))
    assert "is a client port (card eth), not a line port" in str(
        shelf.port_fault(PortName("co", 2, 1), "line")
    )


def test_a_shelf_with_a_bad_name_or_a_slot_in_the_wrong_place_is_none() -> None:
    with pytest.raises(ValueError, match="no valid name"):
        Shelf("a b", {})
    with pytest.raises(ValueError, match="slot 1 stands at another number"):
        Shelf("co", {1: Slot.of(2, "eth")})
