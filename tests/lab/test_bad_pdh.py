"""Wrong lab files of PDH: for each, the message, with its place."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.labfile import faults_of
from tests.lab.pdhlab import REMOVE, changed, circuit, client
from tests.lab.test_schema import as_json, checker

Change = tuple[str, Any]
NODES = "topology~nodes"
LINKS = "topology~links"
PBX, LINE1, LINE2 = (f"circuits~{circuit(name)}" for name in ("pbx", "line1", "line2"))
LAN, FIBRE, WIDE, NARROW = (f"circuits~{circuit(name)}" for name in ("lan", "fibre", "wide", "narrow"))


def at(port: str, key: str) -> str:
    return f"topology~clients~{client(port)}~{key}"


FORM: list[tuple[str, list[Change], str]] = [
    ("kind of node", [(f"{NODES}~one~kind", "box")], "one.kind: 'box' is no kind of node (shelf, pdh-terminal, conver"),
    ("rate", [(f"{NODES}~co~slots~6~rate", "e4")],
     "slots.6.rate: 'e4' is no rate of a PDH fibre (e2, e3, g832, e1, fe"),
    ("client", [(f"{NODES}~one~client", "e1")], "one.client: 'e1' is no client of a converter (eth or v35)"),
    ("framing", [(f"{NODES}~co~framings", {"1/1": {"framing": "x"}})],
     "framing: 'x' is no framing (unframed, basic, cr"),
    ("idle", [(f"{NODES}~co~framings", {"2/15": {"idle": 256}})], "idle: 256 is out of range (must be at most 255)"),
    ("timeslots 0", [(f"{LINE1}~timeslots", 0)], "timeslots: 0 is out of range (1..31)"),
    ("timeslots 32", [(f"{LINE1}~timeslots", 32)], "timeslots: 32 is out of range (1..31)"),
    ("adaptation", [(f"{NARROW}~adaptation", "atm")], "'atm' is no adaptation (gfp, hdlc, laps, ppp)"),
    ("encapsulation", [(at("one:2/1", "encapsulation"), "slip")], "'slip' is no encapsulation (ppp, chdlc, fr)"),
    ("e1 end", [(at("hub:2/1", "e1"), {"sockets": "x"})], "e1.sockets: unknown key (known: socket, read, write, satop"),
    ("satop payload", [(at("co:2/1", "e1~satop~payload"), 8)], "satop.payload: 8 is out of range"),
    ("satop peer", [(at("co:2/1", "e1~satop~peer"), REMOVE)], "satop.peer: is missing"),
    ("vcat", [(f"{LAN}~vcat", "no")], "vcat: must be true or false, not 'no'"),
    ("dlci", [(at("one:2/1", "dlci"), 8)], "dlci: 8 is out of range (must be at least 16)"),
]  # fmt: skip
BEYOND: list[tuple[str, list[Change], str]] = [  # the schema cannot say these
    ("framing nowhere", [(f"{NODES}~co~framings", {"1": {}})],
     "'1' is no place of an E1 (such as 1/1, 1/2/e1.3, 1/1/au4"),
    ("timeslots", [(f"{LINE1}~timeslots", "4-2")], "timeslots: timeslots 4-2 are not in 1..31"),
    ("timeslots twice", [(f"{LINE1}~timeslots", "1,1")], "timeslots: '1,1' names a timeslot twice"),
    ("timeslots 31 up", [(f"{LINE1}~timeslots", "30-33")], "timeslots: timeslots 30-33 are not in 1..31"),
    ("udp", [(at("two:2/1", "hdlc_udp~peer"), "here")], "hdlc_udp.peer: 'here' is no ADDRESS:PORT (such as 127.0.0"),
    ("jitter", [(f"{LINKS}~4~satop", {"jitter": 1})], "satop.jitter: 1 us is out of range (1000..128000 us)"),
    ("remote", [(at("hub:3/1", "remote"), "r2")], "remote: 'r2' is no address (such as 10.0.0.2)"),
]  # fmt: skip
MEANING: list[tuple[str, list[Change], str]] = [
    ("no slots", [(f"{NODES}~co~slots", REMOVE)], "nodes.co.slots: is missing"),
    ("slots of a converter", [(f"{NODES}~one~slots", {})], "one.slots: a node of kind converter has no such key"),
    ("client of a shelf", [(f"{NODES}~co~client", "eth")], "co.client: a node of kind shelf has no such key"),
    ("terminal", [(f"{NODES}~term~e1", 5)], "nodes.term: a pdh-terminal has 4 or 16 E1, not 5"),
    ("terminal ports", [(f"{NODES}~term~ports", 9)], "nodes.term: a card eop has 1..8 ports, not 9"),
    ("rate of a card", [(f"{NODES}~co~slots~2~rate", "e2")], "slots.2: a card e1 has no rate 'e2': its kind says it"),
    ("two rates", [(f"{NODES}~co~slots~6~rate", "e3")], "links[3].endpoints: co:6/1 is an E3 (G.751) port (card pdh), "
     "term:1/1 an E2 (G.742) port (card pdh): a link joins two ports of one rate"),
    ("satop", [(f"{LINKS}~0~satop", {})], "links[0].satop: is for E1 links, and hub:1/1 is an STM-1 port"),
    ("satop impaired", [(f"{LINKS}~4~satop", {}), (f"{LINKS}~4~impair", {"delay": "1ms"})],
     "links[4].impair: a link over"),
    ("alarm in pdh", [(f"{LINKS}~4~impair", {"alarms": "LOS"})], "links[4].impair: alarms is for STM-N lines"),
    ("client on a line", [(at("co:2/1", "port"), "co:2/15")],
     "clients[3].port: co:2/15 is a line: a link is plugged into"),
    ("tap on e1", [(at("hub:2/1", "tap"), "x")], "clients[0].tap: hub:2/1 is an E1 port and has no such key"),
    ("e1 on ethernet", [(at("hub:4/1", "e1"), {"socket": "x"})], "e1: hub:4/1 is a client port and has no such key"),
    ("nothing on e1", [(at("hub:2/1", "e1"), REMOVE)], "clients[0]: needs e1: what is plugged in"),
    ("two on e1", [(at("hub:2/1", "e1~read"), "f")],
     "clients[0].e1: needs one of socket, read and write, satop, cesop"),
    ("nothing on v35", [(at("hub:3/2", "pty"), REMOVE)], "needs one of tun, socket, pty, hdlc_udp"),
    ("fcs of a pty", [(at("hub:3/2", "fcs"), 32)], "fcs: goes with tun only"),
    ("dlci of ppp", [(at("hub:3/1", "dlci"), 20)], "dlci: goes with encapsulation fr only"),
    ("remote of hdlc", [(at("one:2/1", "remote"), "10.0.0.1")], "remote: goes with encapsulation ppp only"),
    ("pvcs of a user", [(at("hub:3/1", "encapsulation"), "fr"), (at("hub:3/1", "pvcs"), [20])],
     "goes with side network"),
    ("tun twice", [(at("one:2/1", "netns"), "r1"), (at("one:2/1", "tun"), "ser1")],
     "the interface ser1 of netns r1 is used"),
    ("socket twice", [(at("term:2/2", "e1"), {"socket": "e1"})], "clients[2]: the socket e1 of term is used twice"),
    ("pty of a channel", [("topology~channels", [{"line": "hub:1/1", "channel": "e1", "socket": "pty2"}])],
     "channels[0]: the socket pty2 of hub is used twice (also by hub:3/2)"),
    ("socket of the shelf", [(at("hub:2/1", "e1~socket"), "ctl")], "e1.socket: 'ctl' is a file of the shelf's own"),
    ("framing of a card", [(f"{NODES}~co~framings", {"4/1": {}})],
     "framings.4/1: co:4/1 is a client port (card eop), not a l"),
    ("framing of no tributary", [(f"{NODES}~co~framings", {"6/1/e1.5": {}})],
     "co:6/1 is an E2 (G.742): it has e1.1..e1.4"),
    ("framing of stm", [(f"{NODES}~co~framings", {"1/1": {}})], "co:1/1 is an STM-1: name a VC-12 of it"),
    ("cas of none", [(f"{NODES}~co~framings", {"2/15": {"framing": "unframed", "cas": True}})],
     "cas: an E1 that is not fr"),
    ("connection of an e2", [(f"{NODES}~co~connections", [{"both": ["6/1", "2/1"]}])],
     "co:6/1 is an E2 (G.742): it has e1.1"),
    ("connection of a vc3", [(f"{NODES}~co~connections", [{"both": ["1/1/au4.1/vc3.1", "2/1"]}])],
     "an E1 is in a VC-12"),
    ("connection twice", [(f"{NODES}~co~connections", [{"both": ["2/2", "2/3"]}, {"sink": "2/2", "source": "2/4"}])],
     "connections[1]: 2/2 is sent by a connection of co already"),
    ("container in pdh", [(f"{NODES}~co~connections", [{"both": ["6/1/au4.1", "6/1/au4.2"]}])],
     "connections[0].both: 6/1/au4.1: co:6/1 is no line of STM-N"),
    ("connection of what ends", [(f"{NODES}~co~connections", [{"both": ["2/15", "2/3"]}])],
     "circuits[2]: the link co:2/15 - one:1/1 is full: no E1 is free"),
    ("channel in pdh", [("topology~channels", [{"line": "co:6/1", "channel": "e1", "socket": "x"}])],
     "only STM-N has such"),
    ("kinds mixed", [(f"{PBX}~a", "hub:4/1")], "circuits[0].a: hub:4/1 is a client port (card eop), not an E1 port"),
    ("key of e1", [(f"{PBX}~lcas", True)], "circuits[0].lcas: a circuit of E1 has no such key"),
    ("via of e1", [(f"{PBX}~via", "vc4")], "circuits[0].via: vc4: an E1 goes via vc12, e1, or without via by either"),
    ("via pdh only", [(f"{PBX}~via", "e1")],
     "circuits[0]: no link that carries E1s joins hub and term, directly or over"),
    ("no timeslots", [(f"{LINE1}~timeslots", REMOVE)],
     "timeslots: is missing: how many (1..31), or which, such as 1-4,6"),
    ("groom beside", [(f"{LINE1}~groom", "term")], "groom: term is not between the ends of the way one, co, hub"),
    ("via missing", [(f"{LAN}~via", REMOVE)], "circuits[4].via: is missing"),
    ("eop over sdh", [(f"{LAN}~via", "vc12")],
     "circuits[4].a: hub:4/1: a card eop carries Ethernet in PDH, not via vc12"),
    ("vc4 in pdh", [(f"{LAN}~vc4", 1)], "circuits[4].vc4: a circuit via e1 has no such key"),
    ("timeslots via e1", [(f"{LAN}~timeslots", 3)], "circuits[4].timeslots: a circuit via e1 has no such key"),
    ("17 e1", [(f"{LAN}~members", 17)], "circuits[4].members: 17 is out of range (1..16 E1)"),
    ("more than there is", [(f"{LAN}~members", 3)],
     "circuits[4].members: the link co:6/1 - term:1/1 is full: 3 E1 wanted, 2"),
    ("minimum", [(f"{LAN}~minimum", 3)], "circuits[4].minimum: 3 is more than there are members: 2"),
    ("without octet", [(f"{LAN}~vcat", False)], "circuits[4].vcat: several members, and lcas, need the octet"),
    ("octet of an e3", [(f"{WIDE}~vcat", False)], "circuits[6].vcat: a circuit via g832 has no such key"),
    ("laps over two", [(f"{LAN}~adaptation", "laps"), (f"{LAN}~lcas", REMOVE)],
     "adaptation: laps goes over one E1, not 2"),
    ("laps with lcas", [(f"{LAN}~adaptation", "laps")], "lcas: a circuit with adaptation laps has no such key"),
    ("gfp-t", [(f"{LAN}~gfp", "t")], "gfp: GFP-T is for VC-4: Ethernet in PDH goes as GFP-F"),
    ("members by port", [(f"{LAN}~members", {"hub:1/1": 2})], "members: E1s are a number, or a list of places"),
    ("no place", [(f"{LAN}~members", ["1.1.1"])], "members: '1.1.1' is no place of an E1"),
    ("place elsewhere", [(f"{LAN}~members", ["co:6/1/e1.1"])],
     "the circuit does not end at co (it does at hub and term)"),
    ("place not on the way", [(f"{LAN}~members", ["2/3"])],
     "hub:2/3: no link that carries E1s to co is plugged into this"),
    ("no such tributary", [(f"{LAN}~members", ["term:1/1/e1.9"])], "term:1/1 is an E2 (G.742): it has e1.1..e1.4"),
    ("place twice", [(f"{PBX}~members", "term:1/1/e1.4"), (f"{LAN}~members", ["term:1/1/e1.4"])],
     "circuits[4].members: term:1/1/e1.4 is used twice (also by circuit 'pbx')"),
    ("slot twice", [(f"{LINE1}~timeslots", "1-3"), (f"{NARROW}~timeslots", "3-5"),
                    (f"{LINE1}~members", "hub:1/1/au4.1/vc12.1.2.3"), (f"{NARROW}~members", "1/1/au4.1/vc12.1.2.3")],
     "timeslots: timeslot 3 of hub:1/1/au4.1/vc12.1.2.3 is used twice (also by circuit 'line1')"),
    ("signalling", [(f"{NODES}~co~framings", {"2/15": {"cas": True}}), (f"{LINE1}~timeslots", "16")],
     "circuits[2].timeslots: timeslot 16 of one:1/1 is for signalling"),
    ("two fibres", [(f"{FIBRE}~members", 2)], "circuits[5].members: a circuit via fe has one fibre"),
    ("fe with lcas", [(f"{FIBRE}~lcas", True)], "circuits[5].lcas: a circuit via fe has no such key"),
    ("fe elsewhere", [(f"{FIBRE}~z", "co:4/3"), ("topology~clients~+", {"port": "co:4/3", "tap": "q"})],
     "circuits[5]: no link of fe joins hub and co"),
    ("three g832", [(f"{WIDE}~members", 3)], "circuits[6].members: 3 links of g832 wanted, 2 free"),
    ("g832 named", [(f"{WIDE}~members", ["5/9"])],
     "members: 5/9: no link of g832 between the ends is plugged into this"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [row[1:] for row in (*FORM, *BEYOND, *MEANING)],
    ids=[row[0] for row in (*FORM, *BEYOND, *MEANING)],
)
def test_each_fault_is_told(changes: list[Change], message: str) -> None:
    faults = faults_of(changed(*changes))
    assert [fault for fault in faults if message in fault], faults


@pytest.mark.parametrize("changes", [row[1] for row in FORM], ids=[row[0] for row in FORM])
def test_what_the_model_refuses_the_schema_refuses(changes: list[Change]) -> None:
    assert not checker().is_valid(as_json(changed(*changes)))


def test_the_good_lab_is_valid() -> None:
    assert faults_of(changed()) == []
    checker().validate(as_json(changed()))
