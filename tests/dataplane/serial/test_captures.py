"""Real peers, from captures: one side's frames come as they were recorded, and ours take the other side's place."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface
from random import Random

from msapemu.dataplane.serial.automaton import Automaton, Policy, State
from msapemu.dataplane.serial.chdlc import CiscoHdlc
from msapemu.dataplane.serial.framerelay import FrameRelay, dlci_of
from msapemu.dataplane.serial.lcp import AUTHENTICATION, DISCARD_REQUEST, MAGIC, PROTOCOL_REJECT
from msapemu.dataplane.serial.lmi import NoLmi
from msapemu.dataplane.serial.options import Option, options_octets, options_of
from msapemu.dataplane.serial.ppp import ADDRESS_CONTROL, IPCP, LCP, Ppp
from msapemu.interop.capture import read_frames
from tests.interop.samples import public_capture

LCP_HEADER, IPCP_HEADER = (ADDRESS_CONTROL + protocol.to_bytes(2, "big") for protocol in (LCP, IPCP))
FCS = 2
ADDRESS = 3


def frames_of(name: str) -> list[tuple[float, bytes]]:
    frames = list(read_frames(public_capture(name)))
    return [((frame.time - frames[0].time) / 1e9, frame.octets) for frame in frames]


class Recorded(Policy):
    """It asks for just this, takes what the far end gives instead of zeros, and refuses some kinds."""

    def __init__(self, asks: list[Option], refuses: tuple[int, ...] = ()) -> None:
        self.asks = asks
        self._refuses = refuses

    def request(self) -> list[Option]:
        return self.asks

    def judge(self, asked: list[Option]) -> tuple[list[Option], list[Option]]:
        return [], [option for option in asked if option.kind in self._refuses]

    def naked(self, better: list[Option]) -> None:
        values = {option.kind: option for option in better}
        self.asks = [values.get(option.kind, option) for option in self.asks]


def test_the_automaton_does_what_a_dial_in_user_did() -> None:
    """ppp_lcp_ipcp.pcap: with that user's options every frame that it sent is sent by the automaton, octet for octet,
    through all Naks and Rejects, up to the end."""
    # frames begin with their direction: 1 was sent by the user
    frames = [(octets[0] == 1, octets[1:-FCS]) for _, octets in frames_of("ppp_lcp_ipcp.pcap")]
    theirs = [frame for here, frame in frames if not here and frame.startswith((LCP_HEADER, IPCP_HEADER))]
    ours = [frame for here, frame in frames if here and frame.startswith((LCP_HEADER, IPCP_HEADER))]
    assert len(theirs) == 11 and len(ours) == 9
    ups: list[str] = []
    sent: list[bytes] = []
    lcp = Automaton(
        Recorded([Option(2, b"\0\x0a\0\0")], refuses=(5, 7, 8)),
        lambda packet: sent.append(LCP_HEADER + packet),
        extra={DISCARD_REQUEST: lambda *_: None, PROTOCOL_REJECT: lambda *_: None},
        on_up=lambda now: (ups.append("LCP"), ipcp.up(now))[0],
    )
    ipcp = Automaton(
        Recorded([Option(kind, bytes(4)) for kind in (ADDRESS, 129, 131)]),
        lambda packet: sent.append(IPCP_HEADER + packet),
        on_up=lambda now: ups.append("IPCP"),
    )
    for automaton in (lcp, ipcp):
        automaton.open(0.0)
    lcp.up(0.0)
    for frame in theirs:
        assert (lcp if frame.startswith(LCP_HEADER) else ipcp).receive(frame[4:], 0.0)
    assert sent == ours
    assert ups == ["LCP", "IPCP"]


def acked(frame: bytes, end_sent: list[bytes]) -> bytes:
    """The peer acks what we asked for; in the record it acked what the other one had asked for."""
    ours = next(one for one in reversed(end_sent) if one[:5] == frame[:4] + b"\1")
    return frame[:4] + b"\2" + ours[5:]


def replayed(end: Ppp, frames: list[bytes], sent: list[bytes]) -> list[bytes]:
    """Packets that came; what the end says is in `sent`."""
    packets = []
    sent.extend(end.take_frames())
    for frame in frames:
        if frame[2] >= 0x80 and frame[4] == 2:
            frame = acked(frame, sent)
        if (packet := end.receive(frame, 0.0)) is not None:
            packets.append(packet)
        sent.extend(end.take_frames())
    return packets


def started(end: Ppp) -> Ppp:
    end.open(True, 0.0)
    end.line(True, 0.0)
    return end


def test_up_against_a_dial_in_server() -> None:
    """ppp_lcp_ipcp.pcap: the server has other options in mind, says so three times, and gives us an address."""
    frames = [octets[1:-FCS] for _, octets in frames_of("ppp_lcp_ipcp.pcap") if octets[0] == 0]
    frames = [frame for frame in frames if frame.startswith(ADDRESS_CONTROL)]
    end = started(Ppp(Random(1), IPv4Address(0)))
    sent: list[bytes] = []
    replayed(end, frames, sent)
    assert end.networks[4].opened
    assert (end.ipcp.local, end.ipcp.remote) == (IPv4Address("10.160.219.2"), IPv4Address("68.28.113.85"))
    acks = [frame for frame in sent if frame[4] == 2]
    asked = [frame for frame in frames if frame[4] == 1]
    assert [frame[5:] for frame in acks] == [frame[5:] for frame in asked] and len(acks) == 3


def test_up_against_a_router() -> None:
    """ppp_negotiation.cap: two routers. One's frames come; as we know no CHAP it goes without."""
    everything = [octets for _, octets in frames_of("ppp_negotiation.cap")]
    first = everything[0]
    magic_there, magic_here = 0x012CE96D, 0x002CF2A0

    class Fixed(Random):
        def randrange(self, *_: object) -> int:  # type: ignore[override]
            return magic_here

    end = started(Ppp(Fixed(), IPv4Address("10.0.0.2")))
    sent: list[bytes] = []
    replayed(end, [first], sent)
    asked = options_of(first[8:])
    assert asked is not None and [option.kind for option in asked] == [AUTHENTICATION, MAGIC]
    refused = options_octets([asked[0]])
    assert sent[1] == LCP_HEADER + b"\4\1" + (4 + len(refused)).to_bytes(2, "big") + refused
    without = options_octets([asked[1]])
    again = LCP_HEADER + b"\1\3" + (4 + len(without)).to_bytes(2, "big") + without
    theirs = [
        again,
        everything[4],  # Ack, of our request with that magic number
        everything[12],  # IPCP: 10.0.0.1
        everything[14],
        everything[15],  # CDPCP
    ]
    replayed(end, theirs, sent)
    assert end.lcp.automaton.opened and end.networks[4].opened
    assert end.ipcp.remote == IPv4Address("10.0.0.1")
    (rejected,) = [frame for frame in sent if frame.startswith(LCP_HEADER + bytes((PROTOCOL_REJECT,)))]
    assert rejected[8:] == everything[15][2:]
    # the echo is answered as the other router did, octet for octet
    echoes = [frame for frame in everything if frame.startswith(LCP_HEADER + b"\x09")]
    replies = [frame for frame in everything if frame.startswith(LCP_HEADER + b"\x0a")]
    asked_by_theirs = [frame for frame in echoes if frame[8:12] == magic_there.to_bytes(4, "big")]
    given_by_ours = [frame for frame in replies if frame[8:12] == magic_here.to_bytes(4, "big")]
    sent.clear()
    replayed(end, asked_by_theirs, sent)
    assert sent == given_by_ours and len(sent) >= 5
    pings = [frame for frame in everything if frame[2:4] == b"\0\x21"]
    assert replayed(end, pings, sent) == [frame[4:] for frame in pings] and len(pings) == 10
    assert [end.encapsulated(frame[4:]) for frame in pings] == pings
    assert end.lcp.automaton.state is State.OPENED


def test_packets_over_sdh() -> None:
    """pos_sdh_ppp.pcap: a link that was up before; what comes is read all the same."""
    frames = [octets for _, octets in frames_of("pos_sdh_ppp.pcap")]
    pings = [frame for frame in frames if frame[2:4] == b"\0\x21"]
    one, other = started(Ppp(Random(1))), started(Ppp(Random(2)))
    for _ in range(6):
        for source, sink in ((one, other), (other, one)):
            for frame in source.take_frames():
                sink.receive(frame, 0.0)
    sent: list[bytes] = []
    packets = replayed(one, frames, sent)
    assert packets == [frame[4:] for frame in pings] and len(packets) == 10
    # two of the four echoes are requests
    assert [frame[4] for frame in sent] == [10, 10]


def test_keepalives_of_cisco_hdlc() -> None:
    """cisco_hdlc.cap: the router whose turn is on the tens of seconds has us in its place: our numbers are its own."""
    frames = frames_of("cisco_hdlc.cap")
    slarp = [(at, frame) for at, frame in frames if frame[2:4] == b"\x80\x35"]
    ours = [frame for at, frame in slarp if min(at % 10, 10 - at % 10) < 0.1]
    theirs = [(at, frame) for at, frame in slarp if frame not in ours]
    assert len(ours) == len(theirs) == 12

    class Fixed(Random):
        def randrange(self, *_: object) -> int:  # type: ignore[override]
            return 4

    end = CiscoHdlc(Fixed(), IPv4Interface("10.0.0.1/30"))
    end.open(True, 0.0)
    end.line(True, 0.0)
    # it had heard 2 before
    end.receive(theirs[0][1][:8] + b"\0\0\0\2\0\0\0\0\xff\xff", 0.0)
    sent = []
    for at, frame in theirs:
        end.turn(at)
        end.receive(frame, at)
        sent += end.take_frames()
        assert end.up
    # all but the uptime
    assert [frame[:18] for frame in sent] == [frame[:18] for frame in ours]
    pings = [frame for _, frame in frames if frame[2:4] == b"\x08\0"]
    assert [end.receive(frame, 200.0) for frame in pings] == [frame[4:] for frame in pings] and len(pings) == 10
    assert [end.encapsulated(frame[4:]) for frame in pings] == pings
    cdp = [frame for _, frame in frames if frame[2:4] == b"\x20\0"]
    assert not any(end.receive(frame, 200.0) for frame in cdp) and end.counters.unknown == len(cdp) == 4


def test_packets_of_frame_relay() -> None:
    """icmp_across_frame_relay.cap: with Ethernet types, as routers send that were not told of RFC 2427."""
    frames = [octets for _, octets in frames_of("icmp_across_frame_relay.cap")]
    dlcis = {dlci for frame in frames if (dlci := dlci_of(frame)) is not None}
    packets = []
    for dlci in dlcis:
        end = FrameRelay(dlci, NoLmi([dlci]))
        end.open(True, 0.0)
        end.line(True, 0.0)
        packets += [packet for frame in frames if (packet := end.receive(frame, 0.0)) is not None]
        assert end.counters.malformed == 0
    assert sorted(packets) == sorted(frame[4:] for frame in frames) and len(packets) == 10
