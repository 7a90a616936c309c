"""Network -> shelf configurations."""

from __future__ import annotations

import msgspec

from msapemu.ctl import config
from msapemu.ctl.config import Impairment, Udp
from msapemu.ctl.impairments import Alarm, Slip
from msapemu.lab.compile import compile_shelf
from msapemu.lab.ports import HeldPorts
from msapemu.node.names import PortName
from tests.lab.labfile import changed, network_of

CO, BRANCH = PortName("co", 1, 1), PortName("branch", 1, 1)
SPACES = {PortName("co", 2, 1): "/run/netns/hq", PortName("branch", 2, 1): None}


def test_both_ends_of_a_circuit_agree() -> None:
    network = network_of(changed(("circuits~0~payload_fcs", True), ("circuits~0~scramble", False)))
    links = {CO: Udp("127.0.0.1:1", "127.0.0.1:2"), BRANCH: Udp("127.0.0.1:2", "127.0.0.1:1")}
    co = compile_shelf(network, "co", links, SPACES)
    branch = compile_shelf(network, "branch", links, SPACES)
    (at_co,), (at_branch,) = co.circuits, branch.circuits
    assert (at_co.end, at_branch.end) == ("a", "z")
    assert at_co == msgspec.structs.replace(at_branch, client=at_co.client, line=at_co.line, end="a")
    assert (at_co.client, at_co.line, at_co.payload_fcs, at_co.scramble) == ("2/1", "1/1", True, False)
    assert at_co.members == ("1.1.1", "1.1.2", "1.1.3", "1.2.1", "1.2.2")
    assert (co.lab, co.name, co.clock.mode, branch.clock.reference) == ("two-sites", "co", "free", "1/1")
    assert co.clients == (config.Client("2/1", "lan0", "/run/netns/hq"),)
    assert branch.clients == (config.Client("2/1", "lan0", None),)


def test_every_line_port_is_there_and_the_unplugged_have_no_link() -> None:
    network = network_of(changed(("topology~links~0~silence_limit", "20ms")))
    shelf = compile_shelf(network, "co", {CO: Udp("a:1", "b:1")}, SPACES)
    assert [line.port for line in shelf.lines] == ["1/1", "1/2"]
    assert shelf.lines[0].link == Udp("a:1", "b:1")
    assert shelf.lines[0].silence_limit_us == 20_000
    assert shelf.lines[1] == config.Line("1/2")


def test_both_directions_of_a_link_are_impaired_alike_with_errors_of_their_own() -> None:
    network = network_of(changed(("topology~links~0~impair", {"delay": "1ms", "ber": 1e-6, "seed": 7})))
    co, branch = (compile_shelf(network, name, {}, SPACES).lines[0].impair for name in ("co", "branch"))
    assert co == Impairment(1000, 1e-6, 14)
    assert branch == Impairment(1000, 1e-6, 15)


def test_a_direction_of_a_link_has_its_own() -> None:
    impair = {
        "delay": "1ms",
        "seed": 7,
        "alarms": ["MS-RDI,duration=10ms"],
        "there": {"alarms": "LOS", "slip": -1},
        "back": {"delay": 0, "cut": True},
    }
    network = network_of(changed(("topology~links~0~impair", impair)))
    co, branch = (compile_shelf(network, name, {}, SPACES).lines[0].impair for name in ("co", "branch"))
    assert co == Impairment(0, seed=14, cut=True, alarms=(Alarm(name="MS-RDI", duration=80),))
    assert branch == Impairment(1000, seed=15, alarms=(Alarm(name="LOS"),), slip=(Slip(frames=-1),))
    shelf = compile_shelf(network, "co", {}, SPACES)
    assert msgspec.json.decode(config.encode(shelf), type=config.Shelf) == shelf


def test_a_configuration_comes_back_from_its_file() -> None:
    shelf = compile_shelf(network_of(changed()), "co", {}, SPACES)
    assert msgspec.json.decode(config.encode(shelf), type=config.Shelf) == shelf


def test_udp_ports_are_free_and_the_two_ends_of_a_link_know_each_other() -> None:
    network = network_of(changed(("topology~links~1", {"endpoints": ["co:1/2", "branch:1/2"]})) | {"circuits": []})
    with HeldPorts(network, {}) as held:
        assert len({udp.local for udp in held.links.values()}) == 4
        for link in network.links:
            a, z = held.links[link.a], held.links[link.z]
            assert (a.local, a.peer) == (z.peer, z.local)
        kept = {frozenset(network.links[0].ends): {end: held.links[end] for end in network.links[0].ends}}
    with HeldPorts(network, kept) as again:
        assert again.links[CO] == held.links[CO]
        assert again.links[PortName("co", 1, 2)].local not in (held.links[CO].local, held.links[BRANCH].local)
