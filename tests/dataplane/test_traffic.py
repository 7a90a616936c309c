"""Ethernet through two shelf processes, from namespace to namespace over TAPs. Needs root."""

from __future__ import annotations

import os
import random
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from msapemu.ctl.config import Circuit, Impairment, Shelf

from .net import Flood, Sink, address, frame, inside, interfaces, ip, median_ms, namespaces, packet_socket, ping
from .rig import TIMED, Running, client, free_ports, in_service, line, real_time, running, wait_for

pytestmark = pytest.mark.root

SOL_PACKET, PACKET_AUXDATA = 263, 8

VC12_5V = ("1.1.1", "1.1.2", "1.1.3", "1.2.1", "1.2.2")
# 1514-octet frames in the C-4: GFP adds 8 octets of header, and the Ethernet FCS goes with the frame
VC4_BPS = 149_760_000 * 1514 / (1514 + 4 + 8)
VC12_5V_BPS = 5 * 2_176_000 * 1514 / (1514 + 4 + 8)
ERRORS = ("lost_frames", "b1_errors", "b2_errors", "b3_errors", "bip2_errors", "los", "oof", "tx_dropped")
CLIENT_ERRORS = (
    *("core_hec_errors", "type_hec_errors", "payload_fcs_errors", "ethernet_fcs_errors", "sync_losses", "discarded"),
    *("rx_dropped", "tap_tx_dropped", "oversize"),
)


@dataclass
class Site:
    """Shelves a and b, and the namespaces that their ports 2/1 are in."""

    a: Running
    b: Running
    hq: str
    site: str

    def clean(self) -> None:
        """No error was counted anywhere."""
        for shelf in (self.a, self.b):
            status = shelf.status()
            for counters in status.lines.values():
                assert {name: counters[name] for name in ERRORS if counters[name]} == {}
            for counters in status.clients.values():
                assert {name: counters[name] for name in CLIENT_ERRORS if counters[name]} == {}


def configs(hq: str, site: str, *members: str, **more: object) -> tuple[Shelf, Shelf]:
    """A circuit between ports 2/1: over the VC-12 `members`, or over the VC-4 when there are none."""
    one, two = free_ports(2)
    circuit = Circuit(name="hq-site", client="2/1", line="1/1", via="vc12" if members else "vc4", members=members)
    return (
        Shelf(lab="t", name="a", lines=(line(one, two),), clients=(client(hq, **more),), circuits=(circuit,)),
        Shelf(
            lab="t",
            name="b",
            clock=TIMED,
            lines=(line(two, one),),
            clients=(client(site, **more),),
            circuits=(circuit,),
        ),
    )


@pytest.fixture
def names(unique_name: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    hq, site = unique_name("hq"), unique_name("si")
    with namespaces(hq, site):
        yield hq, site


@pytest.fixture(params=["vc4", "vc12"])
def via(request: pytest.FixtureRequest, names: tuple[str, str], tmp_path: Path) -> Iterator[Site]:
    with running(tmp_path, *configs(*names, *(VC12_5V if request.param == "vc12" else ()))) as (a, b):
        in_service(a, b)
        yield Site(a, b, *names)


@pytest.fixture
def vc4(names: tuple[str, str], tmp_path: Path) -> Iterator[Site]:
    with running(tmp_path, *configs(*names)) as (a, b):
        in_service(a, b)
        yield Site(a, b, *names)


def test_ping(via: Site) -> None:
    address(via.hq, "lan0", 1)
    address(via.site, "lan0", 2)
    ping(via.hq, 2, 5)
    print(f"RTT p50 {median_ms(ping(via.hq, 2, 100, 0.01)):.2f} ms")
    via.clean()
    counters = via.a.client()
    assert counters["tap_rx_frames"] == counters["tx_client_frames"] >= 105
    assert counters["tap_tx_frames"] == counters["rx_client_frames"] >= 105


def test_frames_of_every_size_come_out_as_they_went_in(via: Site) -> None:
    sizes = [*range(14 + 4, 130), *random.Random(1).sample(range(130, 1515), 100), 1511, 1512, 1513, 1514]
    frames = [frame(n, size) for n, size in enumerate(sizes)]
    frames += [f[:12] + b"\x81\x00\x20\x07" + f[12:] for f in frames[-3:]]  # with a VLAN tag, up to 1518
    for source, sink in ((via.hq, via.site), (via.site, via.hq)):
        with packet_socket(source, "lan0") as sender, packet_socket(sink, "lan0") as receiver:
            receiver.settimeout(2)
            for f in frames:
                sender.send(f)
            got = [receiver.recv(20_000) for _ in frames]
        # the kernel gives a VLAN tag to a packet socket beside the frame, not in it
        assert got[:-3] == frames[:-3]
        assert [g[12:] for g in got[-3:]] == [f[16:] for f in frames[-3:]]
    via.clean()
    assert via.b.client()["tap_tx_octets"] == via.a.client()["tap_rx_octets"] == sum(map(len, frames))


def test_jumbo_frames(names: tuple[str, str], tmp_path: Path) -> None:
    with running(tmp_path, *configs(*names, mtu=9600)) as (a, b):
        in_service(a, b)
        with packet_socket(names[0], "lan0") as sender, packet_socket(names[1], "lan0") as receiver:
            receiver.settimeout(2)
            for n, size in enumerate((9614, 64, 9000, 1515)):
                sender.send(frame(n, size))
                assert receiver.recv(20_000) == frame(n, size)
        Site(a, b, *names).clean()


@real_time
def test_full_load_both_ways_loses_nothing(vc4: Site) -> None:
    """149.76 Mbit/s of VC-4 at 1514 octets, at once in both directions: no frame lost (the figures are printed)."""
    with Sink(vc4.hq, "lan0") as at_hq, Sink(vc4.site, "lan0") as at_site:
        with Flood(vc4.hq, "lan0", 0.995 * VC4_BPS) as from_hq, Flood(vc4.site, "lan0", 0.995 * VC4_BPS) as from_site:
            time.sleep(1)
            before = vc4.a.status(), vc4.b.status()
            time.sleep(4)
            after = vc4.a.status(), vc4.b.status()
        at_hq.wait(from_site.sent, 10)
        at_site.wait(from_hq.sent, 10)
        assert (at_hq.received, at_hq.gaps) == (from_site.sent, [])
        assert (at_site.received, at_site.gaps) == (from_hq.sent, [])
    for old, new in zip(before, after, strict=True):
        seconds = (new.mono_ns - old.mono_ns) / 1e9
        octets = new.clients["2/1"]["tap_tx_octets"] - old.clients["2/1"]["tap_tx_octets"]
        cpu = (new.loop["cpu_ns"] - old.loop["cpu_ns"]) / 1e9 / seconds
        print(f"{octets * 8 / seconds / 1e6:.2f} Mbit/s of {VC4_BPS / 1e6:.2f}, {cpu:.1%} of a core")
    vc4.clean()


def test_a_stall_under_load_loses_nothing(vc4: Site) -> None:
    since = vc4.a.event_count(), vc4.b.event_count()
    with Sink(vc4.site, "lan0") as sink:
        with Flood(vc4.hq, "lan0", 0.9 * VC4_BPS) as flood:
            for shelf in (vc4.a, vc4.b, vc4.a):
                time.sleep(0.4)
                shelf.signal(signal.SIGSTOP)
                time.sleep(0.08)
                shelf.signal(signal.SIGCONT)
            time.sleep(0.4)
        sink.wait(flood.sent, 10)
        assert (sink.received, sink.gaps) == (flood.sent, [])
    assert vc4.a.raised(since[0]) == vc4.b.raised(since[1]) == []
    vc4.clean()


READER = """
import sys
from msapemu.ctl.status import StatusReader
reader = StatusReader(sys.argv[1])
print(flush=True)
while True:
    reader.read()
"""


def test_a_killed_reader_costs_no_frame(vc4: Site) -> None:
    with Sink(vc4.site, "lan0") as sink:
        with Flood(vc4.hq, "lan0", 0.9 * VC4_BPS) as flood:
            for _ in range(3):
                readers = [
                    subprocess.Popen([sys.executable, "-c", READER, str(shelf.directory / "status")], stdout=-1)
                    for shelf in (vc4.a, vc4.b)
                ]
                for reader in readers:
                    assert reader.stdout is not None
                    reader.stdout.readline()
                time.sleep(0.1)
                for reader in readers:
                    reader.kill()
                    reader.communicate()
        sink.wait(flood.sent, 10)
        assert (sink.received, sink.gaps) == (flood.sent, [])
    vc4.clean()


STARTER = """
import sys, time
from pathlib import Path
from tests.dataplane.rig import Running
from msapemu.ctl import config
for name in sys.argv[2:]:
    place = Path(sys.argv[1]) / name
    print(Running(config.load(place / "config.json"), place).process.pid, flush=True)
time.sleep(60)
"""


def test_a_killed_starter_costs_no_frame(names: tuple[str, str], tmp_path: Path) -> None:
    """Whoever started the shelves is killed under load; they run on, and no frame is missing."""
    from msapemu.ctl.client import ShelfClient
    from msapemu.ctl.config import encode
    from msapemu.ctl.status import StatusReader

    for config in configs(*names):
        (tmp_path / config.name).mkdir()
        (tmp_path / config.name / "config.json").write_bytes(encode(config))
    starter = subprocess.Popen([sys.executable, "-c", STARTER, str(tmp_path), "a", "b"], stdout=-1)
    assert starter.stdout is not None
    pids = [int(starter.stdout.readline()) for _ in "ab"]
    try:
        with StatusReader(tmp_path / "b" / "status") as reader:
            wait_for(lambda: not reader.read().clients["2/1"]["defects"], 5, "circuit in service")
            with Sink(names[1], "lan0") as sink:
                with Flood(names[0], "lan0", 0.9 * VC4_BPS) as flood:
                    time.sleep(0.3)
                    starter.kill()
                    starter.communicate()
                    time.sleep(0.5)
                sink.wait(flood.sent, 10)
                assert (sink.received, sink.gaps) == (flood.sent, [])
            assert reader.read().lines["1/1"]["lost_frames"] == 0
    finally:
        for name in "ab":
            with ShelfClient(tmp_path / name / "ctl") as control:
                control.shutdown()
        for pid in pids:
            wait_for(lambda pid=pid: not os.path.exists(f"/proc/{pid}") or _zombie(pid), 5, "its end")


def _zombie(pid: int) -> bool:
    """It has ended; whoever has inherited it has not yet looked."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_plan_change_is_hitless_for_the_other_circuit(names: tuple[str, str], tmp_path: Path) -> None:
    """Two VC-12 circuits on one line: the second goes and comes again while the first carries all it can."""
    a, b = configs(*names, *VC12_5V)
    second = Circuit(name="two", client="2/2", line="1/1", via="vc12", members=("3.1.1", "3.7.3"))
    a, b = (
        msgspec.structs.replace(
            shelf,
            clients=(*shelf.clients, client(netns, port="2/2", tap="lan1")),
            circuits=(*shelf.circuits, second),
        )
        for shelf, netns in zip((a, b), names, strict=True)
    )
    without = {s.name: msgspec.structs.replace(s, clients=s.clients[:1], circuits=s.circuits[:1]) for s in (a, b)}
    with running(tmp_path, a, b) as shelves:
        in_service(*shelves)
        for netns, number in zip(names, (1, 2), strict=True):
            address(netns, "lan1", number)
        ping(names[0], 2, 3)
        since = [shelf.event_count() for shelf in shelves]
        with Sink(names[1], "lan0") as sink:
            with Flood(names[0], "lan0", 0.9 * VC12_5V_BPS) as flood:
                for _ in range(2):
                    for shelf in shelves:
                        with shelf.control() as control:
                            control.apply(without[shelf.config.name])
                    assert interfaces(names[0]) == interfaces(names[1]) == {"lan0"}
                    time.sleep(0.3)
                    for shelf in shelves:
                        with shelf.control() as control:
                            control.apply(shelf.config)
                    time.sleep(0.3)
            sink.wait(flood.sent, 20)
            assert (sink.received, sink.gaps) == (flood.sent, [])
        for netns, number in zip(names, (1, 2), strict=True):
            address(netns, "lan1", number)
        ping(names[0], 2, 3)
        for shelf, number in zip(shelves, since, strict=True):
            mine = ("/1/1", "/au4.1", "/2/1/vcg", *(f"vc12.{member}" for member in VC12_5V))
            assert [e for e in shelf.raised(number) if e[0].endswith(mine)] == []
            status = shelf.status()
            errors = {name: status.lines["1/1"][name] for name in ERRORS}
            # an unequipped VC-12 is all zeros, so the BIP-2 over the last VC-12 that was equipped is not sent: at most
            # 2 bits for each of the 2 members and 2 removals
            assert errors.pop("bip2_errors") <= 2 * 2 * 2
            assert set(errors.values()) == {0}
            assert [status.clients["2/1"][name] for name in CLIENT_ERRORS] == [0] * len(CLIENT_ERRORS)


def test_impairments_reach_the_traffic(vc4: Site) -> None:
    address(vc4.hq, "lan0", 1)
    address(vc4.site, "lan0", 2)
    plain = median_ms(ping(vc4.hq, 2, 20))
    with vc4.b.control() as control:
        control.impair("1/1", Impairment(delay_us=20_000))
        time.sleep(0.1)
        assert median_ms(ping(vc4.hq, 2, 20)) - plain == pytest.approx(20, abs=8)
        assert vc4.b.line()["los"] == vc4.b.line()["oof"] == 0
        control.impair("1/1", Impairment(ber=1e-5, seed=9))
        with packet_socket(vc4.hq, "lan0") as sender:
            for n in range(2000):
                sender.send(frame(n, 1514))
        time.sleep(0.5)
        control.impair("1/1", Impairment())
    counters = vc4.b.client()
    # 12112 bits a frame at 1e-5: one frame in nine; the scrambler makes two errors of one
    assert 100 < counters["ethernet_fcs_errors"] < 400
    assert vc4.b.line()["b3_errors"] > 0
    time.sleep(0.1)
    assert median_ms(ping(vc4.hq, 2, 20)) == pytest.approx(plain, abs=8)


def test_a_killed_shelf_with_interfaces_is_los_at_its_peer_at_once(vc4: Site) -> None:
    """The kernel takes some 15 ms to take down the TAP of a killed process; the line must not wait for that."""
    since = vc4.b.event_count()
    vc4.a.signal(signal.SIGKILL)
    killed = time.monotonic_ns()
    vc4.a.process.wait()
    wait_for(lambda: ("b/1/1", "LOS") in vc4.b.raised(since), 2, "LOS")
    los = next(e for e in vc4.b.events() if e.number >= since and e.what == "LOS")
    print(f"LOS {(los.mono_ns - killed) / 1e6:.1f} ms after the kill")
    assert (los.mono_ns - killed) / 1e6 < 250  # a link's silence limit: so it was not the silence that told


def test_queues_are_bounded_and_what_is_dropped_is_counted(names: tuple[str, str], tmp_path: Path) -> None:
    """A small circuit under a large load: the sender waits in the kernel; the queue of the port holds 20 ms."""
    with running(tmp_path, *configs(*names, "1.1.1")) as (a, b):
        in_service(a, b)
        with Flood(names[0], "lan0", 10_000_000, 500):
            time.sleep(1)
            counters = a.client()
            # a queue takes a frame while it is below its limit
            assert 0 < counters["queue_octets"] <= 2_176_000 / 8 * 0.020 + 1522
            sent = counters["tap_rx_frames"] - counters["queue_frames"]
            assert sent * (500 + 12) * 8 == pytest.approx(2_176_000, rel=0.5)


def test_a_clean_stop_leaves_nothing(names: tuple[str, str], tmp_path: Path) -> None:
    with running(tmp_path, *configs(*names)) as (a, b):
        assert interfaces(names[0]) == interfaces(names[1]) == {"lan0"}
        assert " state " in ip("-n", names[0], "link", "show", "lan0")
        assert "mtu 1500" in ip("-n", names[0], "link", "show", "lan0")
        assert "qlen 65000" in ip("-n", names[0], "link", "show", "lan0")
        with a.control() as control:
            control.shutdown()
        assert interfaces(names[0]) == set()
        b.signal(signal.SIGKILL)
        b.process.wait()
        wait_for(lambda: interfaces(names[1]) == set(), 2, "the kernel removes the TAP of a killed shelf")


def test_a_tap_that_exists_is_attached_and_stays(names: tuple[str, str], tmp_path: Path) -> None:
    ip("-n", names[0], "tuntap", "add", "lan0", "mode", "tap")
    address(names[0], "lan0", 1)
    with running(tmp_path, *configs(*names)) as (a, b):
        in_service(a, b)
        address(names[1], "lan0", 2)
        ping(names[1], 1, 3)
        assert "tap lan0 attached" in a.log
    assert interfaces(names[0]) == {"lan0"}
    assert interfaces(names[1]) == set()


def test_an_interface_that_goes_away_is_told_and_the_rest_runs_on(
    names: tuple[str, str], tmp_path: Path, unique_name: Callable[[str], str]
) -> None:
    third = unique_name("x")
    a, b = configs(*names)
    a = msgspec.structs.replace(a, clients=(*a.clients, client(third, port="2/2")))
    with namespaces(third), running(tmp_path, a, b) as shelves:
        in_service(*shelves)
        with packet_socket(third, "lan0") as sender:
            for n in range(50):
                sender.send(frame(n, 100))
        wait_for(lambda: shelves[0].client("2/2")["unmapped"] == 50, 2, "frames of a port without a circuit go")
        ip("-n", third, "link", "del", "lan0")
        wait_for(lambda: shelves[0].client("2/2")["gone"] == 1, 2, "the port has gone")
        assert ("a/2/2", "gone") in [(e.object, e.what) for e in shelves[0].events()]
        # the next plan makes it anew
        with shelves[0].control() as control:
            control.apply(a)
        assert interfaces(third) == {"lan0"}
        assert shelves[0].client("2/2")["gone"] == 0
        Site(*shelves, *names).clean()


def test_a_change_of_mtu_keeps_the_interface(vc4: Site) -> None:
    index = ip("-n", vc4.hq, "-o", "link", "show", "lan0").split(":")[0]
    for shelf in (vc4.a, vc4.b):
        bigger = (msgspec.structs.replace(shelf.config.clients[0], mtu=4000),)
        with shelf.control() as control:
            control.apply(msgspec.structs.replace(shelf.config, clients=bigger))
    assert ip("-n", vc4.hq, "-o", "link", "show", "lan0").split(":")[0] == index
    assert "mtu 4000" in ip("-n", vc4.hq, "link", "show", "lan0")
    with packet_socket(vc4.hq, "lan0") as sender, packet_socket(vc4.site, "lan0") as receiver:
        receiver.settimeout(2)
        sender.send(frame(1, 4014))
        assert receiver.recv(9000) == frame(1, 4014)


def test_a_nic_is_taken_over(names: tuple[str, str], tmp_path: Path, unique_name: Callable[[str], str]) -> None:
    """One end of a veth pair is the port: checksums that its other end left to hardware are finished, VLAN tags go in
    both ways, and the interface stays when the shelf stops."""
    host = unique_name("h")
    with namespaces(host):
        ip("link", "add", "eth1", "netns", names[0], "type", "veth", "peer", "name", "eth0", "netns", host)
        inside(host, "ethtool", "-K", "eth0", "tso", "off", "gso", "off", check=False)
        ip("-n", host, "link", "set", "eth0", "gso_max_size", "1514", "up")
        a, b = configs(*names)
        a = msgspec.structs.replace(a, clients=(client(names[0], tap="eth1", kind="nic"),))
        with running(tmp_path, a, b) as shelves:
            in_service(*shelves)
            address(host, "eth0", 1)
            address(names[1], "lan0", 2)
            ping(host, 2, 5)
            tagged = frame(1, 1000)[:12] + b"\x81\x00\x20\x07" + frame(1, 1000)[12:]
            for source, sink in (((host, "eth0"), (names[1], "lan0")), ((names[1], "lan0"), (host, "eth0"))):
                with packet_socket(*source) as sender, packet_socket(*sink) as receiver:
                    receiver.settimeout(2)
                    sender.send(tagged)
                    assert _with_tag(receiver) == tagged
            octets = _tcp(names[1], host, "10.99.0.1", 2_000_000) + _tcp(host, names[1], "10.99.0.2", 2_000_000)
            assert octets == 4_000_000
            assert shelves[0].client()["oversize"] == 0
            Site(*shelves, *names).clean()
        assert interfaces(names[0]) == {"eth1"}


def _with_tag(sock: socket.socket) -> bytes:
    """The next frame, with the VLAN tag that the kernel gives beside it (packet(7), PACKET_AUXDATA)."""
    sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    octets, control, _, _ = sock.recvmsg(20_000, 64)
    for _, kind, data in control:
        if kind == PACKET_AUXDATA:
            _, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", data)
            if tpid:
                octets = octets[:12] + struct.pack(">HH", tpid, tci) + octets[12:]
    return octets


RECEIVE = """
import socket, sys
with socket.create_server((sys.argv[1], 5999)) as server:
    print(flush=True)
    connection, _ = server.accept()
    count = 0
    while data := connection.recv(65536):
        count += len(data)
    print(count)
"""
SEND = """
import socket, sys
with socket.create_connection((sys.argv[1], 5999)) as connection:
    connection.sendall(bytes(int(sys.argv[2])))
"""


def _tcp(source: str, sink: str, to: str, octets: int) -> int:
    """Octets that came through a TCP connection from one namespace to the other."""
    command = ["ip", "netns", "exec", sink, sys.executable, "-c", RECEIVE, to]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        server.stdout.readline()
        inside(source, sys.executable, "-c", SEND, to, str(octets))
        return int(server.stdout.readline())


def refused(directory: Path, config: Shelf) -> tuple[int, str]:
    """Exit status and last line of a shelf that cannot start; nothing but its log stays."""
    shelf = Running(config, directory / "a", ready=False)
    status = shelf.process.wait(5)
    assert set(os.listdir(shelf.directory)) == {"config.json", "log"}
    assert "Traceback" not in shelf.log
    return status, shelf.log.splitlines()[-1]


def test_a_namespace_that_does_not_exist(names: tuple[str, str], tmp_path: Path) -> None:
    a, _ = configs("no-such-netns", names[1])
    assert refused(tmp_path, a) == (1, "msapemu: a/2/1: netns no-such-netns: No such file or directory")


def test_a_file_that_is_no_namespace(names: tuple[str, str], tmp_path: Path) -> None:
    a, _ = configs(*names)
    a = msgspec.structs.replace(a, clients=(msgspec.structs.replace(a.clients[0], netns="/etc/hostname"),))
    assert refused(tmp_path, a) == (1, "msapemu: a/2/1: /etc/hostname is no network namespace")


def test_a_name_that_is_taken(names: tuple[str, str], tmp_path: Path) -> None:
    a, _ = configs(*names)
    with running(tmp_path / "x", msgspec.structs.replace(a, name="other")):
        busy = msgspec.structs.replace(a, lines=(), circuits=())
        assert refused(tmp_path, busy) == (1, f"msapemu: a/2/1: lan0 in netns {names[0]} is taken by another process")
    ip("-n", names[0], "link", "add", "lan0", "type", "veth", "peer", "name", "lan9")
    assert refused(tmp_path, a) == (1, f"msapemu: a/2/1: lan0 in netns {names[0]} exists and is no TAP")
    assert interfaces(names[0]) == {"lan0", "lan9"}


def test_a_nic_that_is_not_there(names: tuple[str, str], tmp_path: Path) -> None:
    a, _ = configs(*names, kind="nic")
    assert refused(tmp_path, a) == (1, f"msapemu: a/2/1: there is no lan0 in netns {names[0]}")


def test_no_device(names: tuple[str, str], tmp_path: Path) -> None:
    """/dev/net/tun is hidden in a mount namespace of the shelf's own."""
    a, _ = configs(*names)
    assert _start_under(tmp_path, a, "mount -t tmpfs none /dev/net && exec") == (
        3,
        "msapemu: a/2/1: /dev/net/tun is missing (modprobe tun, or give it to the container)",
    )


def test_no_privilege(names: tuple[str, str], tmp_path: Path) -> None:
    a, _ = configs(*names)
    status, text = _start_under(tmp_path, a, "exec setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin")
    assert (status, text) == (3, f"msapemu: a/2/1: entering netns {names[0]} needs CAP_SYS_ADMIN (root)")
    own = msgspec.structs.replace(a, clients=(msgspec.structs.replace(a.clients[0], netns=None),))
    status, text = _start_under(tmp_path, own, "exec setpriv --bounding-set=-net_admin --inh-caps=-net_admin")
    assert (status, text) == (
        3,
        "msapemu: a/2/1: lan0 in this network namespace: making a TAP needs CAP_NET_ADMIN (root)",
    )


def _start_under(directory: Path, config: Shelf, prefix: str) -> tuple[int, str]:
    from msapemu.ctl.config import encode

    from .rig import PROGRAM

    place = directory / "a"
    place.mkdir(exist_ok=True)
    (place / "config.json").write_bytes(encode(config))
    script = f'{prefix} "$0" -c "$1" "$2"'
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, sys.executable, PROGRAM, str(place / "config.json")],
        capture_output=True,
        text=True,
        timeout=20,
    )
    return done.returncode, done.stderr.splitlines()[-1]
