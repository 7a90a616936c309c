"""Several clients of a group by CID (G.7041 6.1.2.1.3): who gets what, in which share, and each counted for itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu._framing import CHANNEL_COUNTERS, ClientChannel, Group, Line, LineMap
from tests.ref import gfp
from tests.wire.lines import flip, mac_frame

IDLES = [gfp.IDLE] * 2
QUANTUM = 1536  # octets a round of weight 1
OVERHEAD = 4 + 8 + 4  # core header, payload header with CID, Ethernet FCS


def on_line(plain: list[bytes]) -> bytes:
    encoder = gfp.LineEncoder()
    return b"".join(map(encoder.encode, plain))


class Far:
    """The second implementation's sink on a group's stream."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.deframer = gfp.GfpDeframer()
        self.deframer.feed(b"".join(map(gfp.mask_core, IDLES)))

    def take(self, octets: int, frames: int = 0) -> list[gfp.Frame]:
        return self.deframer.feed(self.group.fill(octets, frames))


def client_octets(frame: gfp.Frame) -> bytes:
    """The MAC frame of an Ethernet client."""
    assert frame.upi == gfp.UPI_ETHERNET and frame.pti == gfp.PTI_DATA
    assert gfp.ethernet_payload(frame.payload[:-4]) == frame.payload
    return frame.payload[:-4]


# -- source


@given(st.lists(st.tuples(st.sampled_from([0, 7, 255]), st.binary(min_size=14, max_size=300)), max_size=30), st.data())
@settings(max_examples=60)
def test_each_client_keeps_its_order(frames: list[tuple[int, bytes]], data: st.DataObject) -> None:
    group = Group(channels=[0, 7, 255])
    clients = {client.cid: client for client in group.channels}
    far, got = Far(group), []
    for cid, frame in frames:
        assert clients[cid].send(frame)
        got += far.take(data.draw(st.integers(0, 200)))
    got += far.take(330 * len(frames) + 8)
    for cid in clients:
        mine = [client_octets(frame) for frame in got if frame.cid == cid]
        assert mine == [frame for other, frame in frames if other == cid]
        count = clients[cid].counters()
        assert (count["tx_client_frames"], count["tx_client_octets"]) == (len(mine), sum(map(len, mine)))
    assert group.counters()["tx_client_frames"] == len(frames)
    assert all(client.waiting == 0 for client in clients.values())


def served(group: Group, lengths: dict[int, list[int]], octets: int) -> dict[int, int]:
    """Octets of the line that each client got, all of them with frames waiting all the time, of these lengths in turn.

    Counted where the last client frame is whole.
    """
    clients = {client.cid: client for client in group.channels}
    turn = dict.fromkeys(lengths, 0)
    far, got = Far(group), dict.fromkeys(lengths, 0)
    for _ in range(octets // 1000):
        for cid, of_client in lengths.items():
            while clients[cid].waiting < 16:  # more than a step takes
                assert clients[cid].send(mac_frame(turn[cid], of_client[turn[cid] % len(of_client)]))
                turn[cid] += 1
        for frame in far.take(1000):
            assert frame.cid is not None
            got[frame.cid] += len(frame.payload) + OVERHEAD - 4
    return got


def test_a_sender_of_long_frames_does_not_starve_the_others() -> None:
    """Frame by frame in turn, 9600 octets would get 150 times what 64 get; by octets each gets the same."""
    lengths = {1: [9600], 2: [60], 3: [1514]}
    got = served(Group(channels=[1, 2, 3], longest=9618), lengths, 600_000)
    assert max(got.values()) - min(got.values()) <= QUANTUM + 2 * (9600 + OVERHEAD)
    assert min(got.values()) > 180_000


@given(st.lists(st.lists(st.integers(60, 9618), min_size=1, max_size=4), min_size=2, max_size=5), st.data())
@settings(max_examples=15)
def test_shares_by_octets(lengths: list[list[int]], data: st.DataObject) -> None:
    """Deficit round robin: clients with frames waiting differ by no more than a quantum and two frames, by weight."""
    group = Group(channels=[0])
    weights = [1, *(data.draw(st.integers(1, 5)) for _ in lengths[1:])]
    for cid, weight in enumerate(weights[1:], 1):
        group.add_channel(cid, weight=weight)
    got = served(group, dict(enumerate(lengths)), 80_000)
    shares = [got[cid] / weight for cid, weight in enumerate(weights)]
    longest = max(map(max, lengths)) + OVERHEAD
    assert max(shares) - min(shares) <= QUANTUM + 2 * longest
    assert sum(got.values()) >= 80_000 - 2 * longest  # and nothing is left unused


def test_a_client_that_was_silent_has_saved_up_nothing() -> None:
    group = Group(channels=[1, 2])
    first, second = group.channels
    far = Far(group)
    for number in range(100):
        first.send(mac_frame(number, 1000))
    far.take(50_000)
    for number in range(100):
        second.send(mac_frame(number, 1000))
    got = far.take(20_000)
    assert abs(sum(frame.cid == 1 for frame in got) - sum(frame.cid == 2 for frame in got)) <= 2


def test_one_of_many_has_the_line_for_itself() -> None:
    """64 clients, one with frames: no octet is lost to the others."""
    group = Group(channels=range(64))
    far = Far(group)
    client = group.channels[37]
    for number in range(50):
        client.send(mac_frame(number))
    got = far.take(50 * (60 + OVERHEAD))
    assert [client_octets(frame) for frame in got] == [mac_frame(number) for number in range(50)]
    assert group.counters()["tx_idle_frames"] == 0


# -- sink


def test_each_client_gets_its_frames() -> None:
    group = Group(channels=[4, 5, 255])
    line = [(4, 0), (5, 1), (6, 2), (255, 3), (4, 4), (None, 5)]
    group.take(on_line(IDLES + [gfp.build(gfp.ethernet_payload(mac_frame(n)), cid=cid) for cid, n in line]))
    got = {client.cid: client.receive() for client in group.channels}
    assert got == {4: [mac_frame(0), mac_frame(4)], 5: [mac_frame(1)], 255: [mac_frame(3)]}
    count = group.counters()
    assert (count["cid_mismatch"], count["exi_mismatch"], count["discarded"]) == (1, 1, 2)
    assert [client.counters()["rx_client_frames"] for client in group.channels] == [2, 1, 1]
    assert count["rx_client_frames"] == 4


@pytest.mark.parametrize(
    ("frame", "counter"),
    [
        (flip(gfp.build(gfp.ethernet_payload(mac_frame(1)), cid=2), 200), "ethernet_fcs_errors"),
        (flip(gfp.build(gfp.ethernet_payload(mac_frame(1)), cid=2, with_pfcs=True), 200), "payload_fcs_errors"),
        (gfp.build(b"\x01" * 60, upi=2, cid=2), "upi_mismatch"),
        (gfp.build(bytes(17), cid=2), "too_short"),
        (gfp.build(gfp.ethernet_payload(mac_frame(1, 2000)), cid=2), "too_long"),
        (gfp.management(gfp.CSF_SIGNAL, cid=2), "rx_csf_frames"),
        (gfp.management(gfp.DCI, cid=2), "rx_dci_frames"),
        (gfp.management(gfp.FDI, cid=2), "rx_fdi_frames"),
        (gfp.management(gfp.RDI, cid=2), "rx_rdi_frames"),
        (gfp.management(0xE0, cid=2), "rx_other_management"),
    ],
)
def test_what_is_wrong_is_counted_for_the_client(frame: bytes, counter: str) -> None:
    """And for the group; the other client has no part in it."""
    group = Group(channels=[1, 2], longest=1518)
    group.take(on_line([*IDLES, frame]))
    other, client = group.channels
    states = ("csf", "defects")
    assert {name for name in CHANNEL_COUNTERS if client.counters()[name] and name not in states} == {counter}
    assert not any(other.counters().values())
    assert client.counters()[counter] == group.counters()[counter] == 1


def test_clients_of_other_kinds() -> None:
    """Each channel with its own UPI: Ethernet, PPP, MPLS, IPv4, IPv6."""
    source, sink = Group(channels=[0]), Group(channels=[0])
    upis = (gfp.UPI_PPP, gfp.UPI_MPLS, gfp.UPI_IPV4, gfp.UPI_IPV6)
    for group in (source, sink):
        for cid, upi in enumerate(upis, 1):
            group.add_channel(cid, upi=upi)
    source.channels[0].send(mac_frame(0))
    for client in source.channels[1:]:
        assert client.send_raw(bytes([client.cid or 0]) * 33)
    sink.take(on_line(IDLES))
    got = Far(source).take(600)
    assert [frame.upi for frame in got] == [gfp.UPI_ETHERNET, *upis]
    sink.take(on_line([gfp.build(f.payload, upi=f.upi, cid=f.cid) for f in got]))
    assert [client.receive() for client in sink.channels] == [[mac_frame(0)], *[[bytes([n]) * 33] for n in range(1, 5)]]


# -- client management


def test_each_client_fails_for_itself() -> None:
    source, sink = Group(channels=[1, 2, 3]), Group(channels=[1, 2, 3])
    sink.take(on_line(IDLES))
    for client in source.channels:
        client.send(mac_frame(client.cid or 0))
    source.channels[1].client_failed("sync")
    sink.take(source.fill(400, 8))
    assert [client.csf for client in sink.channels] == [None, "sync", None]
    assert [client.carrier for client in sink.channels] == [True, False, True]
    assert [len(client.receive()) for client in sink.channels] == [1, 0, 1]
    assert sink.defects == ("CSF",)
    assert [client.counters()["tx_dropped"] for client in source.channels] == [0, 1, 0]
    source.channels[0].client_failed("signal")
    source.channels[1].client_failed(None)
    sink.take(source.fill(400, 8))
    assert [client.csf for client in sink.channels] == ["signal", None, None]
    source.channels[0].client_failed(None)
    sink.take(source.fill(400, 8))
    assert sink.defects == () and all(client.carrier for client in sink.channels)


def test_csf_of_64_clients_at_once() -> None:
    group = Group(channels=range(64))
    far = Far(group)
    for client in group.channels:
        client.client_failed("signal")
    for _ in range(3):
        assert [frame.cid for frame in far.take(64 * 12 + 40, 800)] == list(range(64))


# -- channels that come and go


def test_a_channel_is_closed_and_opened_again() -> None:
    source, sink = Group(channels=[1, 2]), Group(channels=[1, 2])
    sink.take(on_line(IDLES))
    sending, receiving = source.channels[1], sink.channels[1]
    sending.send(mac_frame(1, 500))
    sending.send(mac_frame(2, 500))
    sink.take(source.fill(300))  # frame 1 is under way
    sending.close()
    sink.take(source.fill(1000))
    assert receiving.receive() == [mac_frame(1, 500)]  # to its end
    assert not sending.open and sending.waiting == 0 and sending.counters()["tx_dropped"] == 1
    assert source.add_channel(2).open
    sending.send(mac_frame(3))
    receiving.close()
    sink.take(source.fill(200))
    assert receiving.receive() == [] and sink.counters()["cid_mismatch"] == 1
    with pytest.raises(ValueError, match="channel 1 is used twice"):
        sink.add_channel(1)
    sink.add_channel(2)
    sending.send(mac_frame(4))
    sink.take(source.fill(200))
    assert receiving.receive() == [mac_frame(4)]
    assert len(source.channels) == len(sink.channels) == 2


def test_channels_are_added_while_the_line_runs() -> None:
    lines, groups = (Line(), Line()), (Group(channels=[0]), Group(channels=[0]))
    for line, group in zip(lines, groups, strict=True):
        line.apply(LineMap("vc4", [(group, ())]))
    source, sink = groups

    def run() -> None:
        lines[1].parse(lines[0].build(40))

    run()
    sent = []
    for cid in range(64):
        if cid:
            for group in groups:
                group.add_channel(cid)
        for client in source.channels:
            sent.append((client.cid, frame := mac_frame(len(sent))))
            client.send(frame)
        run()
    got = [(client.cid, frame) for client in sink.channels for frame in client.receive()]
    assert sorted(got) == sorted(sent, key=lambda pair: (pair[0] or 0, pair[1]))
    for group in groups:
        with pytest.raises(ValueError, match="at most 64 channels"):
            group.add_channel(64)


def test_wrong_channels() -> None:
    group = Group(cid=5)
    assert [client.cid for client in group.channels] == [5]
    with pytest.raises(ValueError, match="used twice"):
        group.add_channel(5)
    with pytest.raises(ValueError, match="cid must be"):
        group.add_channel(256)
    with pytest.raises(ValueError, match="weight must be"):
        group.add_channel(6, weight=0)
    with pytest.raises(ValueError, match="longest must be"):
        group.add_channel(6, longest=65536)
    with pytest.raises(ValueError, match="upi must be"):
        group.add_channel(6, upi=256)
    assert len(group.channels) == 1
    for alone in (Group(), Group(cid="any")):
        with pytest.raises(ValueError, match="has one client"):
            alone.add_channel(1)
        with pytest.raises(ValueError, match="cannot be closed"):
            alone.channels[0].close()
        assert alone.channels[0].cid is None
    with pytest.raises(TypeError):
        ClientChannel()
