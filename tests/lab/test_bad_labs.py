"""Wrong lab files: for each, the message, with its place. The same table is run through the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from msapemu.cli.main import run
from msapemu.node.cards import CARDS
from tests.lab.labfile import GOOD, REMOVE, changed, faults_of, text_of

Change = tuple[str, Any]
NODES = "topology~nodes"
CLIENTS = "topology~clients"
LINKS = "topology~links"
THIRD = (f"{NODES}~third", {"slots": {1: {"card": "stm1"}, 2: {"card": "eth"}}})
SECOND_LINK = (f"{LINKS}~1", {"endpoints": ["co:1/2", "branch:1/2"]})
THIRD_LINK = (f"{LINKS}~1", {"endpoints": ["branch:1/2", "third:1/1"]})


def client(port: str, **more: Any) -> dict[str, Any]:
    return {"port": port, "tap": "lan9", **more}


def circuit(**more: Any) -> dict[str, Any]:
    return {"name": "second", "a": "co:2/2", "z": "branch:2/2", "via": "vc12", "members": 1, **more}


def with_second(**more: Any) -> list[Change]:
    """A second circuit with clients of its own."""
    return [
        (f"{CLIENTS}~2", client("co:2/2", netns="hq2")),
        (f"{CLIENTS}~3", client("branch:2/2", netns="site2")),
        ("circuits~1", circuit(**more)),
    ]


def channel(**more: Any) -> Change:
    return (f"{CHANNELS}~0", {"line": "co:1/1", "channel": "dcc-m", **more})


def channels(*changes: dict[str, Any]) -> Change:
    """A circuit of channels in place of the first one; REMOVE removes a key."""
    made = []
    for number, change in enumerate(changes, 1):
        one = {"cid": 1, "a": f"co:2/{number}", "z": f"branch:2/{number}", **change}
        made.append({key: value for key, value in one.items() if value is not REMOVE})
    return ("circuits~0", {"name": "shared", "channels": made, "via": "vc12", "members": 5})


CHANNELS = "topology~channels"
NONE: Change = (CHANNELS, [])
STM16 = [(f"{NODES}~{node}~slots~1", {"card": "stm16"}) for node in ("co", "branch")]
WHOLE = [("via", "vc4"), ("vc4", 3), ("members", REMOVE)]
NO_SECOND = ("circuits~1~members", REMOVE)


def connection(*entries: dict[str, Any]) -> list[Change]:
    """Cross-connections of co."""
    return [(f"{NODES}~co~connections", list(entries))]


def circuit_of(n: int) -> dict[str, Any]:
    """Of 17, with 60 VC-12 each."""
    ends = {side: f"{node}:{2 + n // 8}/{n % 8 + 1}" for side, node in (("a", "co"), ("z", "branch"))}
    return {"name": f"c{n}", **ends, "via": "vc12", "members": 60}


CLIENTS17: list[Change] = [
    *[(f"{NODES}~{node}~slots~{slot}", {"card": "eth", "ports": 8}) for node in ("co", "branch") for slot in (2, 3, 4)],
    (CLIENTS, [client(circuit_of(n)[side], tap=f"t{n}", netns=side) for n in range(17) for side in "az"]),
]

FORM: list[tuple[str, list[Change], str]] = [
    ("no name", [("name", REMOVE)], "name: is missing"),
    ("no topology", [("topology", REMOVE)], "topology: is missing"),
    ("no nodes", [(NODES, REMOVE)], "topology.nodes: is missing"),
    ("empty nodes", [(NODES, {})], "topology.nodes: needs 1 entries, has 0"),
    ("null nodes", [(NODES, None)], "topology.nodes: must be a set of keys, but is empty"),
    ("nodes as list", [(NODES, [])], "topology.nodes: must be a set of keys"),
    ("links as keys", [(LINKS, {"a": 1})], "topology.links: must be a list"),
    ("unknown key", [("extra", 1)], "extra: unknown key (known: name, topology, circuits)"),
    (
        "unknown key deep",
        [(f"{NODES}~co~slots~1~speed", 1)],
        "topology.nodes.co.slots.1.speed: unknown key (known: card, ports, rate)",
    ),
    (
        "unknown key in a clock",
        [(f"{NODES}~co~clock", {"mode": "free", "pm": 1})],
        "topology.nodes.co.clock.pm: unknown key (known: mode, reference, ppm, tick)",
    ),
    ("lab name", [("name", "two sites")], "name: 'two sites' is no valid name"),
    ("lab name a path", [("name", "../x")], "name: '../x' is no valid name"),
    ("lab name long", [("name", "x" * 33)], "is longer than 32 characters"),
    ("lab name a number", [("name", 12)], "name: must be text, not 12 (put it in quotes)"),
    ("node name", [(f"{NODES}~c o", {"slots": {}})], "topology.nodes.c o: 'c o' is no valid name"),
    ("slot a word", [(f"{NODES}~co~slots~x", {"card": "eth"})], "must be a whole number, not 'x'"),
    ("no card", [(f"{NODES}~co~slots~1~card", REMOVE)], "topology.nodes.co.slots.1.card: is missing"),
    ("ports a word", [(f"{NODES}~co~slots~1~ports", "two")], "ports: must be a whole number, not 'two'"),
    ("ports true", [(f"{NODES}~co~slots~1~ports", True)], "ports: must be a whole number, not True"),
    ("ports a fraction", [(f"{NODES}~co~slots~1~ports", 1.5)], "ports: must be a whole number, not 1.5"),
    ("one endpoint", [(f"{LINKS}~0~endpoints", ["co:1/1"])], "endpoints: needs 2 entries, has 1"),
    (
        "three endpoints",
        [(f"{LINKS}~0~endpoints", ["co:1/1", "branch:1/1", "co:1/2"])],
        "endpoints: takes 2 entries, has 3",
    ),
    (
        "port without shelf",
        [(f"{LINKS}~0~endpoints~0", "1/1")],
        "topology.links[0].endpoints[0]: '1/1' is no port name (SHELF:SLOT/PORT, such as co:1/1)",
    ),
    (
        "port a number",
        [(f"{CLIENTS}~0~port", 121)],
        "clients[0].port: must be text, not 121 (put it in quotes)",
    ),
    ("delay", [(f"{LINKS}~0~impair~delay", "1 minute")], "impair.delay: '1 minute' is no time"),
    ("delay below 0", [(f"{LINKS}~0~impair~delay", -1)], "impair.delay: must be a time, not below 0"),
    ("delay long", [(f"{LINKS}~0~impair~delay", "2s")], "delay: 2000000 us is out of range (0..500000 us)"),
    ("alarm", [(f"{LINKS}~0~impair~alarms", ["AU-FIRE"])], "impair.alarms: entry 1: 'AU-FIRE' is no alarm: LOS, LOF"),
    ("alarm without a TU", [(f"{LINKS}~0~impair~alarms", "TU-AIS")], "impair.alarms: TU-AIS is for a TU: which one"),
    (
        "alarm key",
        [(f"{LINKS}~0~impair~alarms", [{"name": "LOS", "at": 1}])],
        "impair.alarms: entry 1: unknown key at (known: au, duration, name, period,",
    ),
    ("alarm a number", [(f"{LINKS}~0~impair~alarms", 7)], "impair.alarms: 7 is no entry of alarms"),
    ("alarm time", [(f"{LINKS}~0~impair~alarms", ["LOS,start=now"])], "entry 1: start: 'now' is no time"),
    ("errors", [(f"{LINKS}~0~impair~errors", ["b3"])], "impair.errors: entry 1: 'b3': how many? (such as b3:1e-6"),
    ("errors layer", [(f"{LINKS}~0~impair~errors", ["b9:1e-6"])], "errors: entry 1: 'b9' is no octet that has a name"),
    ("force", [(f"{LINKS}~0~impair~force", [{"octet": "S1"}])], "impair.force: entry 1: value is missing"),
    (
        "force type",
        [(f"{LINKS}~0~impair~force", [{"octet": "S1", "value": [1]}])],
        "impair.force: entry 1: value: must be int, not array",
    ),
    ("slip", [(f"{LINKS}~0~impair~slip", 9)], "impair.slip: frames 9 is not in -8..8"),
    ("lose", [(f"{LINKS}~0~impair~lose", 0)], "impair.lose: octets 0 is not in 1..38879"),
    ("impair back", [(f"{LINKS}~0~impair~back", {"there": {}})], "impair.back.there: unknown key (known: delay, ber,"),
    ("impair ppm", [(f"{LINKS}~0~impair~ppm", 300)], "impair.ppm: 300 is out of range (must be at most 200"),
    ("ber", [(f"{LINKS}~0~impair~ber", "often")], "impair.ber: must be a number, not 'often'"),
    ("ber high", [(f"{LINKS}~0~impair~ber", 0.2)], "ber: 0.2 is out of range (must be at most 0.1)"),
    ("ber nan", [(f"{LINKS}~0~impair~ber", float("nan"))], "impair.ber: nan is out of range"),
    ("silence limit", [(f"{LINKS}~0~silence_limit", 10)], "silence_limit: 10 us is out of range"),
    ("tap long", [(f"{CLIENTS}~0~tap", "x" * 16)], "longer than 15 characters, the longest interface name"),
    ("tap empty", [(f"{CLIENTS}~0~tap", "")], "clients[0].tap: an interface name cannot be empty"),
    ("tap a path", [(f"{CLIENTS}~0~tap", "a/b")], "clients[0].tap: 'a/b' is no valid interface name"),
    ("netns a path", [(f"{CLIENTS}~0~netns", "../hq")], "clients[0].netns: '../hq' is no valid name"),
    ("netns yes", [(f"{CLIENTS}~0~netns", True)], "clients[0].netns: must be text, not True"),
    ("container an option", [(f"{CLIENTS}~0~container", "--all")], "'--all' is no container name"),
    ("container 0", [(f"{CLIENTS}~0~container", 0)], "container: 0 is no process number"),
    ("container large", [(f"{CLIENTS}~0~container", "99999999")], "99999999 is no process number"),
    (
        "address without prefix",
        [(f"{CLIENTS}~0~address", "10.0.0.1")],
        "clients[0].address: '10.0.0.1' is no address with a prefix length",
    ),
    (
        "address wrong",
        [(f"{CLIENTS}~0~address", ["10.0.0.1/24", "10.0.0.300/24"])],
        "address[1]: '10.0.0.300/24'",
    ),
    ("address prefix", [(f"{CLIENTS}~0~address", "10.0.0.1/33")], "'10.0.0.1/33' is no address"),
    ("mtu small", [(f"{CLIENTS}~0~mtu", 67)], "mtu: 67 is out of range (must be at least 68)"),
    ("mtu large", [(f"{CLIENTS}~0~mtu", 9601)], "mtu: 9601 is out of range (must be at most 9600)"),
    ("via", [("circuits~0~via", "vc2")], "circuits[0].via: 'vc2' is no container that carries a circuit"),
    ("members 0", [("circuits~0~members", 0)], "circuits[0].members: 0 is out of range (1..63)"),
    ("members 64", [("circuits~0~members", 64)], "circuits[0].members: 64 is out of range (1..63)"),
    (
        "members empty",
        [("circuits~0~members", [])],
        "circuits[0].members: must be a number of VC-12, VC-3 or VC-4, a list",
    ),
    ("members twice", [("circuits~0~members", ["1.1.1", "1.1.1"])], "circuits[0].members: 1.1.1 given twice"),
    ("member out of range", [("circuits~0~members", ["1.1.1", "4.1.1"])], "members: 4.1.1 is out of range"),
    ("member no name", [("circuits~0~members", ["one"])], "members: 'one' is no VC-12"),
    ("member a number", [("circuits~0~members", [1.1])], "members: 1.1 is no VC-12"),
    ("vc4 0", [("circuits~0~vc4", 0)], "circuits[0].vc4: 0 is out of range (must be at least 1)"),
    ("vc4 17", [("circuits~0~vc4", 17)], "circuits[0].vc4: 17 is out of range (must be at most 16)"),
    ("vc4 a word", [("circuits~0~vc4", "one")], "circuits[0].vc4: must be a whole number, not 'one'"),
    ("path of one", [("circuits~0~path", ["co"])], "circuits[0].path: needs 2 entries, has 1"),
    ("path a number", [("circuits~0~path", ["co", 7])], "circuits[0].path[1]: must be text, not 7"),
    (
        "connection of no container",
        [(f"{NODES}~co~connections", [{"both": ["1/1/au4.1/vc2.1", "1/2/au4.1"]}])],
        "nodes.co.connections[0].both[0]: '1/1/au4.1/vc2.1' is no container of a line",
    ),
    (
        "connection of three",
        [(f"{NODES}~co~connections", [{"both": ["1/1/au4.1"] * 3}])],
        "nodes.co.connections[0].both: takes 2 entries, has 3",
    ),
    (
        "loop of no kind",
        [(f"{NODES}~co~loopbacks", [{"object": "1/1", "kind": "remote"}])],
        "nodes.co.loopbacks[0].kind: 'remote' is no kind of loopback (line or equipment)",
    ),
    (
        "loop of no object",
        [(f"{NODES}~co~loopbacks", [{"object": "1", "kind": "line"}])],
        "nodes.co.loopbacks[0].object: '1' is no container of a line",
    ),
    ("lcas", [("circuits~0~lcas", 1)], "circuits[0].lcas: must be true or false"),
    ("lcas a word", [("circuits~0~lcas", "on")], "circuits[0].lcas: must be true or false"),
    ("hold-off", [("circuits~0~hold_off", "11s")], "hold_off: 11000000 us is out of range (0..10000000 us)"),
    ("hold-off step", [("circuits~0~hold_off", "150ms")], "hold_off: 150000 us is no multiple of 100000 us"),
    ("wtr", [("circuits~0~wtr", "721s")], "circuits[0].wtr: 721000000 us is out of range (0..720000000 us)"),
    ("minimum", [("circuits~0~minimum", -1)], "circuits[0].minimum: -1 is out of range (must be at least 0)"),
    ("delay limit", [("circuits~0~delay_limit", "257ms")], "circuits[0].delay_limit: 257000 us is out of range"),
    ("csf interval", [("circuits~0~csf_interval", "1ms")], "circuits[0].csf_interval: 1000 us is out of range"),
    ("cid", [channels({"cid": 256})], "circuits[0].channels[0].cid: 256 is out of range (must be at most 255)"),
    ("channel of one port", [channels({"z": REMOVE})], "circuits[0].channels[0].z: is missing"),
    ("members of no port", [("circuits~0~members", {"here": 1})], "circuits[0].members: 'here' is no port name"),
    ("members of ports empty", [("circuits~0~members", {})], "circuits[0].members: is empty: ports of one end"),
    ("members of a port", [("circuits~0~members", {"co:1/1": 0})], "circuits[0].members: 0 is out of range (1..63)"),
    ("gfp x", [("circuits~0~gfp", "x")], "circuits[0].gfp: 'x' is no GFP mode"),
    ("payload_fcs", [("circuits~0~payload_fcs", 1)], "circuits[0].payload_fcs: must be true or false, not 1"),
    ("clock mode", [(f"{NODES}~co~clock", {"mode": "gps"})], "clock.mode: 'gps' is no clock mode"),
    ("clock no mode", [(f"{NODES}~co~clock", {"ppm": 1})], "topology.nodes.co.clock.mode: is missing"),
    ("ppm", [(f"{NODES}~co~clock", {"mode": "free", "ppm": 201})], "clock.ppm: 201 is out of range"),
    (
        "clock reference",
        [(f"{NODES}~co~clock", {"mode": "line", "reference": "co:1/1"})],
        "clock.reference: 'co:1/1' is no port of a shelf (SLOT/PORT, such as 1/1)",
    ),
    ("channel unknown", [NONE, channel(channel="e3", socket="x")], "channels[0].channel: 'e3' is no channel (dcc-r,"),
    ("channel no line", [NONE, (f"{CHANNELS}~0", {"channel": "e1"})], "channels[0].line: is missing"),
    ("channel vc4", [NONE, channel(channel="f2", vc4=17)], "channels[0].vc4: 17 is out of range"),
    ("channel socket", [NONE, channel(socket="a/b")], "channels[0].socket: 'a/b' is neither an absolute path nor"),
    ("channel address", [NONE, channel(tun="d", address=["10.0.0.1/24", 7])], "channels[0].address[1]: must be text"),
    ("channel tun", [NONE, channel(tun="")], "channels[0].tun: an interface name cannot be empty"),
    ("tick", [(f"{NODES}~co~clock", {"mode": "free", "tick": "10us"})], "clock.tick: 10 us is out of range"),
]

MEANING: list[tuple[str, list[Change], str]] = [
    (
        "unknown card",
        [(f"{NODES}~co~slots~1~card", "stm64")],
        "topology.nodes.co.slots.1: unknown card 'stm64' (known: stm1, stm4, stm16, eth, e1, v35, eop, pdh)",
    ),
    (
        "slot out of range",
        [(f"{NODES}~co~slots~17", {"card": "eth"})],
        "slots.17: slot 17 is out of range (1..16)",
    ),
    ("ports out of range", [(f"{NODES}~co~slots~1~ports", 5)], "slots.1: a card stm1 has 1..4 ports, not 5"),
    (
        "unknown node",
        [(f"{LINKS}~0~endpoints~1", "brnch:1/1")],
        "links[0].endpoints[1]: brnch:1/1: there is no node 'brnch' (nodes: co, branch)",
    ),
    (
        "unknown slot",
        [(f"{LINKS}~0~endpoints~1", "branch:3/1")],
        "links[0].endpoints[1]: branch:3/1: no card in slot 3 of shelf branch (slots with a card: 1, 2)",
    ),
    (
        "unknown port",
        [(f"{LINKS}~0~endpoints~1", "branch:1/3")],
        "branch:1/3: the card stm1 in slot 1 has ports 1..2 only",
    ),
    (
        "a link on a client port",
        [(f"{LINKS}~0~endpoints~1", "branch:2/1")],
        "links[0].endpoints[1]: branch:2/1 is a client port (card eth), not a line port",
    ),
    (
        "a client on a line port",
        [(f"{CLIENTS}~0~port", "co:1/2")],
        "clients[0].port: co:1/2 is a line port (card stm1), not a client port",
    ),
    (
        "link port twice",
        [(f"{LINKS}~1", {"endpoints": ["co:1/1", "branch:1/2"]})],
        "links[1].endpoints[0]: co:1/1 is used twice (also in links[0])",
    ),
    (
        "link to itself",
        [(f"{LINKS}~0~endpoints", ["co:1/1", "co:1/1"])],
        "links[0].endpoints[1]: co:1/1 is used twice (also in links[0])",
    ),
    (
        "link between ports of one shelf",
        [(f"{NODES}~co~slots~3", {"card": "stm1"}), (f"{LINKS}~1", {"endpoints": ["co:3/1", "co:3/2"]})],
        "links[1].endpoints: co:3/1 and co:3/2: a link joins two shelves, not one with itself",
    ),
    (
        "client port twice",
        [(f"{CLIENTS}~2", client("co:2/1"))],
        "clients[2].port: co:2/1 is used twice (also in clients[0])",
    ),
    (
        "interface twice",
        [(f"{CLIENTS}~2", client("co:2/2", tap="lan0", netns="hq"))],
        "clients[2]: the interface lan0 of netns hq is used twice (also in clients[0])",
    ),
    (
        "netns and container",
        [(f"{CLIENTS}~0~container", "web")],
        "clients[0]: netns and container exclude each other",
    ),
    (
        "neither tap nor interface",
        [(f"{CLIENTS}~0~tap", REMOVE)],
        "clients[0]: needs tap (an interface to make) or",
    ),
    (
        "tap and interface",
        [(f"{CLIENTS}~0~interface", "eth1")],
        "clients[0]: tap and interface exclude each other",
    ),
    (
        "address of an interface",
        [
            (f"{CLIENTS}~0~tap", REMOVE),
            (f"{CLIENTS}~0~interface", "eth1"),
            (f"{CLIENTS}~0~address", "10.0.0.1/24"),
        ],
        "clients[0].address: an existing interface keeps its own addresses",
    ),
    (
        "address twice",
        [(f"{CLIENTS}~0~address", ["10.0.0.1/24", "10.0.0.1/24"])],
        "clients[0].address: 10.0.0.1/24 is given twice",
    ),
    (
        "ipv6 on a small mtu",
        [(f"{CLIENTS}~0~address", "fd00::1/64"), (f"{CLIENTS}~0~mtu", 1000)],
        "clients[0].mtu: IPv6 addresses need an MTU of at least 1280",
    ),
    (
        "channel on a client port",
        [NONE, channel(line="co:2/1", socket="x")],
        "channels[0].line: co:2/1 is a client port (card eth), not a line port",
    ),
    ("channel for nobody", [NONE, channel()], "channels[0]: needs tun (an interface to make) or socket, and not both"),
    ("channel for two", [NONE, channel(tun="d", socket="x")], "channels[0]: needs tun (an interface to make) or"),
    (
        "packets in a narrow channel",
        [NONE, channel(channel="e1", tun="d")],
        "channels[0].tun: e1 carries no packets (dcc-r and dcc-m do): it needs a socket",
    ),
    ("netns of a socket", [NONE, channel(socket="x", netns="hq")], "channels[0].netns: goes with tun only"),
    ("vc4 of a line's channel", [NONE, channel(socket="x", vc4=1)], "channels[0].vc4: dcc-m is of the line: only f2"),
    (
        "vc4 that is not there",
        [NONE, channel(channel="f3", socket="x", vc4=2)],
        "channels[0].vc4: co:1/1 has VC-4 number 1..1 only",
    ),
    ("a file of the shelf", [NONE, channel(socket="log")], "channels[0].socket: 'log' is a file of the shelf's own"),
    (
        "channel twice",
        [NONE, channel(socket="x"), (f"{CHANNELS}~1", {"line": "co:1/1", "channel": "dcc-m", "socket": "y"})],
        "channels[1].channel: co:1/1 dcc-m is used twice (also in channels[0])",
    ),
    (
        "socket twice",
        [NONE, channel(socket="x"), (f"{CHANNELS}~1", {"line": "co:1/2", "channel": "e1", "socket": "x"})],
        "channels[1]: the socket x of co is used twice (also by channels[0])",
    ),
    (
        "interface of a client",
        [NONE, channel(tun="lan0", netns="hq")],
        "channels[0]: the interface lan0 of netns hq is used twice (also by co:2/1)",
    ),
    (
        "channel address twice",
        [NONE, channel(tun="d", address=["10.0.0.1/24", "10.0.0.1/24"])],
        "channels[0].address: 10.0.0.1/24 is given twice",
    ),
    (
        "circuit name twice",
        with_second(name="hq-site"),
        "circuits[1].name: 'hq-site' is used twice (also circuits[0])",
    ),
    (
        "circuit port twice",
        with_second(a="co:2/1"),
        "circuits[1].a: co:2/1 is used twice (also in circuits[0])",
    ),
    (
        "circuit unknown port",
        [("circuits~0~a", "co:2/9")],
        "circuits[0].a: co:2/9: the card eth in slot 2 has ports",
    ),
    ("circuit on a line port", [("circuits~0~a", "co:1/1")], "circuits[0].a: co:1/1 is a line port"),
    (
        "circuit without a client",
        [("circuits~0~a", "co:2/3")],
        "circuits[0].a: co:2/3: nothing is attached to this port (topology.clients)",
    ),
    (
        "circuit in one shelf",
        [(f"{CLIENTS}~2", client("co:2/2")), ("circuits~0~z", "co:2/2")],
        "circuits[0]: co:2/1 and co:2/2 are ports of one shelf: no line is between them",
    ),
    (
        "members with vc4",
        [("circuits~0~via", "vc4")],
        "circuits[0].members: the link co:1/1 - branch:1/1 is full: 5 VC-4 wanted, 1 of 1 free",
    ),
    ("no members", [("circuits~0~members", REMOVE)], "circuits[0].members: is missing: how many VC-12"),
    (
        "no link",
        [(LINKS, [])],
        "circuits[0]: no link joins co and branch",
    ),
    (
        "not linked",
        [THIRD, (f"{CLIENTS}~2", client("third:2/1")), ("circuits~0~z", "third:2/1")],
        "circuits[0]: no link joins co and third, directly or over other shelves",
    ),
    (
        "which of two links",
        [SECOND_LINK],
        "circuits[0]: several links join co and branch: say which with line: (one of co:1/1, co:1/2)",
    ),
    (
        "line not plugged",
        [("circuits~0~line", "co:1/2")],
        "circuits[0].line: co:1/2: no link is plugged into this port",
    ),
    (
        "line elsewhere",
        [THIRD, THIRD_LINK, ("circuits~0~line", "third:1/1")],
        "circuits[0].line: third:1/1: this link does not join co and branch",
    ),
    ("line a client port", [("circuits~0~line", "co:2/1")], "circuits[0].line: co:2/1 is a client port"),
    (
        "member used twice on a line",
        [*with_second(members=["1.1.2"]), ("circuits~0~members", ["1.1.1", "1.1.2"])],
        "circuits[1].members: 1.1.2 is used twice on the link co:1/1 - branch:1/1 (also by circuit 'hq-site')",
    ),
    (
        "overfull with numbers",
        [*with_second(members=14), ("circuits~0~members", 50)],
        "circuits[1].members: the link co:1/1 - branch:1/1 is full: 14 VC-12 wanted, 13 of 63 free",
    ),
    (
        "overfull with vc4",
        [*with_second(via="vc4", members=None), ("circuits~1~members", REMOVE)],
        "circuits[0].via: the link co:1/1 - branch:1/1 is full: circuit 'second' has its VC-4",
    ),
    (
        "two vc4",
        [
            *with_second(via="vc4"),
            ("circuits~1~members", REMOVE),
            ("circuits~0~via", "vc4"),
            ("circuits~0~members", REMOVE),
        ],
        "circuits[1].via: the link co:1/1 - branch:1/1 is full: circuit 'hq-site' has its VC-4",
    ),
    (
        "ports of two rates",
        [(f"{NODES}~branch~slots~1~card", "stm4")],
        "links[0].endpoints: co:1/1 is an STM-1 port (card stm1), branch:1/1 an STM-4 port (card stm4): a link joins",
    ),
    (
        "no such vc4",
        [("circuits~0~vc4", 2)],
        "circuits[0].vc4: 2 is out of range: the link co:1/1 - branch:1/1 has VC-4 1..1",
    ),
    (
        "too wide",
        [("circuits~0~via", "vc4-4c"), ("circuits~0~members", REMOVE)],
        "circuits[0].via: the link co:1/1 - branch:1/1 is an STM-1: it has no VC-4-4c",
    ),
    (
        "contiguous at a wrong place",
        [*STM16, ("circuits~0~via", "vc4-4c"), ("circuits~0~vc4", 4), ("circuits~0~members", REMOVE)],
        "circuits[0].vc4: 4: a VC-4-4c on the link co:1/1 - branch:1/1 (STM-16) begins at VC-4 1, 5, 9, 13",
    ),
    (
        "two in one vc4",
        [*STM16, ("circuits~0~vc4", 7), *with_second(via="vc4-4c", vc4=5), NO_SECOND],
        "circuits[0].via: the link co:1/1 - branch:1/1: circuit 'second' has VC-4 7 already",
    ),
    (
        "one vc4 twice",
        [*STM16, *[(f"circuits~0~{key}", value) for key, value in WHOLE], *with_second(via="vc4", vc4=3), NO_SECOND],
        "circuits[1].vc4: the link co:1/1 - branch:1/1: circuit 'hq-site' has VC-4 3 already",
    ),
    (
        "full of vc4-16c",
        [*STM16, *with_second(via="vc4-16c"), NO_SECOND, ("circuits~0~via", "vc4"), ("circuits~0~members", REMOVE)],
        "circuits[0].via: the link co:1/1 - branch:1/1 is full: no VC-4 is free",
    ),
    (
        "vc3 beside vc12",
        [("circuits~0~members", ["1.1.1", "3.1.1"]), *with_second(via="vc3", members=2)],
        "circuits[1].members: the link co:1/1 - branch:1/1 is full: 2 VC-3 wanted, 1 of 3 free",
    ),
    (
        "vc3 in a tug-3 of vc12",
        [("circuits~0~members", 43), *with_second(via="vc3", members=[1])],
        "circuits[0].members: the link co:1/1 - branch:1/1 is full: 43 VC-12 wanted, 42 of 63 free",
    ),
    (
        "vc3 by the name of a vc12",
        [("circuits~0~via", "vc3"), ("circuits~0~members", ["1.1.1"])],
        "circuits[0].members: 1.1.1 is no VC-3 (1..3)",
    ),
    ("vc12 by the name of a vc3", [("circuits~0~members", [1])], "circuits[0].members: '1' is no VC-12"),
    ("four vc3", [("circuits~0~via", "vc3"), ("circuits~0~members", 4)], "is full: 4 VC-3 wanted, 3 of 3 free"),
    (
        "more vc12 than a vc4 has free",
        [*STM16, *[(f"circuits~{n}", circuit_of(n)) for n in range(17)], *CLIENTS17],
        "circuits[16].members: the link co:1/1 - branch:1/1 is full: 60 VC-12 wanted, 48 free",
    ),
    (
        "members of a vc4-4c",
        [*STM16, ("circuits~0~via", "vc4-4c")],
        "circuits[0].members: a circuit via vc4-4c has no members (it is one VC-4-4c)",
    ),
    (
        "lcas of a vc4-4c",
        [*STM16, ("circuits~0~via", "vc4-4c"), ("circuits~0~members", REMOVE), ("circuits~0~lcas", True)],
        "circuits[0].lcas: a circuit via vc4-4c has no members that could come and go",
    ),
    ("vc4 by a number", [("circuits~0~via", "vc4"), ("circuits~0~members", [17])], "members: 17 is no VC-4 (1..16)"),
    (
        "vc4 that no line has",
        [("circuits~0~via", "vc4"), ("circuits~0~members", [1, 2])],
        "circuits[0].members: 2: a VC-4 on the link co:1/1 - branch:1/1 (STM-1) begins at VC-4 1",
    ),
    ("vc12 in a vc4 of its own", [("circuits~0~members", ["au4.1/vc3.1"])], "members: au4.1/vc3.1 is no VC-12"),
    (
        "vc12 in no vc4",
        [("circuits~0~members", ["au4.2/vc12.1.1.1"])],
        "circuits[0].members: au4.2 is out of range: the link co:1/1 - branch:1/1 has VC-4 1..1",
    ),
    ("64 members by port", [("circuits~0~members", {"co:1/1": 63, "co:1/2": 1})], "64 is out of range (1..63 VC-12)"),
    (
        "members by a port without a link",
        [("circuits~0~members", {"co:1/1": 1, "co:1/2": 1})],
        "circuits[0].members: co:1/2: no link is plugged into this port",
    ),
    (
        "members by a port elsewhere",
        [THIRD, THIRD_LINK, ("circuits~0~members", {"co:1/1": 1, "third:1/1": 1})],
        "circuits[0].members: third:1/1: no way from co to branch goes over this link",
    ),
    ("hold-off without lcas", [("circuits~0~hold_off", "2s")], "circuits[0].hold_off: goes with lcas only"),
    ("minimum without lcas", [("circuits~0~minimum", 2)], "circuits[0].minimum: goes with lcas only"),
    (
        "minimum above",
        [("circuits~0~lcas", True), ("circuits~0~minimum", 6)],
        "circuits[0].minimum: 6 is more than there are members: 5",
    ),
    (
        "delay limit without members",
        [("circuits~0~via", "vc4"), ("circuits~0~members", REMOVE), ("circuits~0~delay_limit", "1ms")],
        "circuits[0].delay_limit: goes with members only",
    ),
    ("fcs of nothing", [("circuits~0~fcs_reversed", True)], "circuits[0].fcs_reversed: goes with payload_fcs only"),
    ("no end", [("circuits~0~z", REMOVE)], "circuits[0].z: is missing"),
    (
        "ends and channels",
        [("circuits~0~channels", [{"cid": 1, "a": "co:2/1", "z": "branch:2/1"}])],
        "circuits[0].channels: a and z, and channels, exclude each other",
    ),
    ("channels twice", [channels({}, {"cid": 1})], "circuits[0].channels[1].cid: 1 is used twice"),
    (
        "channels the other way",
        [channels({}, {"cid": 2, "a": "branch:2/2", "z": "co:2/2"})],
        "circuits[0].channels[1]: branch:2/2 and co:2/2 are not at the shelves of the first channel, in its order",
    ),
    ("channel of one shelf", [channels({"z": "co:2/2"})], "channels[0]: co:2/1 and co:2/2 are ports of one shelf"),
    (
        "channels of gfp-t",
        [channels({}), ("circuits~0~gfp", "t")],
        "circuits[0].gfp: GFP-T carries one client: channels are for GFP-F",
    ),
    ("path of others", [("circuits~0~path", ["branch", "co"])], "path: must begin with co and end with branch"),
    (
        "path of nobody",
        [("circuits~0~path", ["co", "x", "branch"])],
        "circuits[0].path[1]: there is no node 'x' (nodes: co, branch)",
    ),
    ("path in circles", [("circuits~0~path", ["co", "branch", "co", "branch"])], "path[2]: co stands twice"),
    (
        "path not linked",
        [THIRD, ("circuits~0~path", ["co", "third", "branch"])],
        "circuits[0].path: no link joins co and third",
    ),
    (
        "connection of nothing",
        connection({}),
        "topology.nodes.co.connections[0]: needs both (two containers or E1s), or sink and source",
    ),
    ("connection without source", connection({"sink": "1/1/au4.1"}), "connections[0]: needs both (two containers"),
    (
        "connection in two ways",
        connection({"both": ["1/1/au4.1", "1/2/au4.1"], "sink": "1/1/au4.1"}),
        "co.connections[0]: both, and sink with source, exclude each other",
    ),
    (
        "connection of a port that is none",
        connection({"both": ["1/1/au4.1/vc3.2", "1/7/au4.1/vc3.2"]}),
        "connections[0].both: co:1/7: the card stm1 in slot 1 has ports 1..2 only",
    ),
    (
        "connection of a client port",
        connection({"sink": "1/1/au4.1", "source": "2/1/au4.1"}),
        "connections[0]: co:2/1 is a client port",
    ),
    (
        "connection beyond the line",
        connection({"both": ["1/1/au4.2", "1/2/au4.1"]}),
        "connections[0].both: 1/1/au4.2: an STM-1 has VC-4 1..1",
    ),
    (
        "connection too wide",
        connection({"both": ["1/1/au4-4c.1", "1/2/au4-4c.1"]}),
        "connections[0].both: 1/1/au4-4c.1: a VC-4-4c of an STM-1 begins at VC-4 nowhere",
    ),
    (
        "connection of two kinds",
        connection({"both": ["1/1/au4.1/vc3.1", "1/2/au4.1/vc12.1.1.1"]}),
        "1/2/au4.1/vc12.1.1.1 is a VC-12, 1/1/au4.1/vc3.1 a VC-3: they do not go together",
    ),
    (
        "two into one",
        connection(
            {"sink": "1/1/au4.1/vc12.1.1.1", "source": "1/2/au4.1/vc12.1.1.1"},
            {"sink": "1/1/au4.1/vc12.1.1.1", "source": "1/2/au4.1/vc12.1.1.2"},
        ),
        "connections[1]: 1/1/au4.1/vc12.1.1.1 is sent by a connection of co already",
    ),
    (
        "a member that a connection sends",
        [*connection({"both": ["1/1/au4.1/vc12.1.1.1", "1/2/au4.1/vc12.1.1.1"]}), ("circuits~0~members", ["1.1.1"])],
        "circuits[0].members: 1.1.1 is used twice on the link co:1/1 - branch:1/1 (also by a connection of co)",
    ),
    (
        "received in two ways",
        connection(
            {"sink": "1/2/au4.1/vc12.1.1.1", "source": "1/1/au4.1/vc12.3.1.1"},
            {"sink": "1/2/au4.1/vc3.2", "source": "1/1/au4.1/vc3.3"},
        ),
        "topology.nodes.co: connections[1]: 1/1/au4.1/vc3.3: TUG-3 3 of 1/1/au4.1 is received as VC-12",
    ),
    (
        "loop of a port that is none",
        [(f"{NODES}~co~loopbacks", [{"object": "1/7", "kind": "line"}])],
        "topology.nodes.co.loopbacks[0].object: co:1/7: the card stm1 in slot 1 has ports 1..2 only",
    ),
    (
        "loop twice",
        [(f"{NODES}~co~loopbacks", [{"object": "1/1", "kind": "line"}, {"object": "1/1", "kind": "equipment"}])],
        "topology.nodes.co.loopbacks[1].object: 1/1 is looped twice (also in loopbacks[0])",
    ),
    (
        "equipment loop of a container",
        [(f"{NODES}~co~loopbacks", [{"object": "1/1/au4.1", "kind": "equipment"}])],
        "topology.nodes.co: loopback 1/1/au4.1: an equipment loopback is at a line port",
    ),
    (
        "no free clock",
        [(f"{NODES}~co~clock", {"mode": "line"}), (f"{NODES}~branch~clock", {"mode": "line"})],
        "topology.nodes.co.clock: no free clock: co, branch are all line-timed on each other",
    ),
    (
        "timing loop",
        [
            THIRD,
            (f"{LINKS}~1", {"endpoints": ["branch:1/2", "third:1/1"]}),
            (f"{NODES}~branch~clock", {"mode": "line", "reference": "1/2"}),
        ],
        "topology.nodes.branch.clock: a timing loop: branch <- third <- branch",
    ),
    (
        "free with a reference",
        [(f"{NODES}~co~clock", {"mode": "free", "reference": "1/1"})],
        "topology.nodes.co.clock.reference: a free clock has no reference",
    ),
    (
        "reference without a link",
        [(f"{NODES}~branch~clock", {"mode": "line", "reference": "1/2"})],
        "topology.nodes.branch.clock.reference: branch:1/2: no link is plugged into this port",
    ),
    (
        "reference on a client port",
        [(f"{NODES}~branch~clock", {"mode": "line", "reference": "2/1"})],
        "clock.reference: branch:2/1 is a client port",
    ),
    (
        "line-timed and alone",
        [THIRD, (f"{NODES}~third~clock", {"mode": "line"})],
        "topology.nodes.third.clock: line-timed, but no link is plugged into this shelf",
    ),
    (
        "line-timed with ppm",
        [(f"{NODES}~branch~clock", {"mode": "line", "ppm": 5})],
        "topology.nodes.branch.clock.ppm: only a free clock is off by ppm",
    ),
]
WRONG = [*FORM, *MEANING]


def test_the_good_one_is_good() -> None:
    assert faults_of(GOOD) == []


@pytest.mark.parametrize(("changes", "message"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_each_fault_is_told(changes: list[Change], message: str) -> None:
    faults = faults_of(changed(*changes))
    assert [fault for fault in faults if message in fault], faults


@pytest.mark.parametrize(("changes", "message"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
@pytest.mark.parametrize("command", ["validate", "deploy"])
def test_the_command_says_it_with_place_and_status_2(
    command: str,
    changes: list[Change],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MSAPEMU_RUN_DIR", str(tmp_path / "run"))
    file = tmp_path / "lab.yaml"
    file.write_text(text_of(changed(*changes)))
    assert run([command, "-t", str(file)]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert all(line.startswith(f"msapemu: {file}:") for line in output.err.splitlines())
    assert message in output.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lab.yaml"]


def test_every_fault_is_told_at_once() -> None:
    faults = faults_of(
        changed(
            ("name", "a b"),
            (f"{NODES}~co~slots~1~ports", "x"),
            (f"{LINKS}~0~impair~ber", 1),
            (f"{CLIENTS}~1~mtu", 1),
            ("circuits~0~lcas", "on"),
            ("circuits~0~gfp", "u"),
        )
    )
    assert {fault.split(": ")[0] for fault in faults} == {
        "name",
        "topology.nodes.co.slots.1.ports",
        "topology.links[0].impair.ber",
        "topology.clients[1].mtu",
        "circuits[0].lcas",
        "circuits[0].gfp",
    }


def test_every_fault_of_meaning_is_told_at_once() -> None:
    faults = faults_of(
        changed(
            (f"{NODES}~co~slots~3", {"card": "e4"}),
            (f"{LINKS}~1", {"endpoints": ["co:1/1", "branch:9/1"]}),
            (f"{CLIENTS}~2", {"port": "co:2/9", "tap": "x"}),
            ("circuits~1", circuit(a="co:2/4", z="branch:2/2")),
        )
    )
    assert len(faults) == 6, (
        faults
    )  # co:1/1 twice, branch:9/1, and both ends of the second circuit unattached


def test_a_broken_slot_does_not_break_what_is_plugged_into_it() -> None:
    faults = faults_of(changed((f"{NODES}~co~slots~1~card", "stm64")))
    assert [fault for fault in faults if "co:1/1" in fault] == []


def test_lines_are_those_of_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "lab.yaml"
    file.write_text(
        "name: x\n"
        "topology:\n"
        "  nodes:\n"
        "    co:\n"
        "      slots:\n"
        "        1: {card: stm9}\n"
        "  clients:\n"
        "    - port: co:3/1\n"
        "      tap: lan0\n"
    )
    assert run(["validate", "-t", str(file)]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"msapemu: {file}:6: topology.nodes.co.slots.1: unknown card 'stm9' (known: {', '.join(CARDS)})",
        f"msapemu: {file}:8: topology.clients[0].port: co:3/1: no card in slot 3 of shelf co (slots with a card: none)",
    ]
