"""PPP in HDLC-like framing (RFC 1661, 1662): LCP, and on it IPCP and IPV6CP, which say whether packets may be sent."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address
from random import Random

from msapemu.dataplane.serial.automaton import Automaton, Policy, State, packet_octets
from msapemu.dataplane.serial.ipcp import IpcpPolicy, Ipv6cpPolicy
from msapemu.dataplane.serial.lcp import DEFAULT_MRU, PROTOCOL_REJECT, Lcp
from msapemu.dataplane.serial.protocol import IPV4, IPV6, SerialProtocol, version

ADDRESS_CONTROL = b"\xff\x03"  # all stations, unnumbered information
LCP, IPCP, IPV6CP = 0xC021, 0x8021, 0x8057
IP, IP6 = 0x0021, 0x0057
# after negotiation has failed, or the far end ended it, it is tried again so much later
RETRY_S = 10.0

_HEADERS = {IPV4: ADDRESS_CONTROL + IP.to_bytes(2, "big"), IPV6: ADDRESS_CONTROL + IP6.to_bytes(2, "big")}
_VERSIONS = {IP: IPV4, IP6: IPV6}


class Ppp(SerialProtocol):
    """One end of a PPP link, without authentication. `local`, `remote`: addresses as `IpcpPolicy` has them."""

    name = "ppp"

    def __init__(self, random: Random, local: IPv4Address | None = None, remote: IPv4Address | None = None) -> None:
        super().__init__()
        self.lcp = Lcp(
            random,
            lambda packet: self._send(LCP, packet),
            on_up=self._lcp_up,
            on_down=self._lcp_down,
            on_finished=lambda now: self._finished(LCP, now),
            on_protocol_reject=self._protocol_rejected,
            on_dead=self._dead,
        )
        self.ipcp = IpcpPolicy(local, remote)
        self.ipv6cp = Ipv6cpPolicy(random)
        self.networks = {
            IPV4: self._network(IPCP, self.ipcp, self._ipcp_up),
            IPV6: self._network(IPV6CP, self.ipv6cp, lambda now: None),
        }
        self._automata = {LCP: self.lcp.automaton, IPCP: self.networks[IPV4], IPV6CP: self.networks[IPV6]}
        self._retries: dict[int, float] = {}  # when, by protocol
        self._unknown: set[int] = set()  # network control protocols that the far end does not know

    def _network(self, protocol: int, policy: Policy, on_up: Callable[[float], None]) -> Automaton:
        network = Automaton(
            policy,
            lambda packet: self._send(protocol, packet),
            on_up=on_up,
            on_finished=lambda now: self._finished(protocol, now),
        )
        network.open(0.0)
        return network

    @property
    def up(self) -> bool:
        return any(network.opened for network in self.networks.values())

    @property
    def detail(self) -> str:
        names = ("LCP", self.lcp.automaton), ("IPCP", self.networks[IPV4]), ("IPV6CP", self.networks[IPV6])
        states = [f"{name} {automaton.state.name.lower().replace('_', '-')}" for name, automaton in names]
        return ", ".join(["looped", *states] if self.lcp.policy.looped else states)

    def receive(self, frame: bytes, now: float) -> bytes | None:
        protocol, at = _protocol_of(frame)
        if protocol is None:
            self.counters.malformed += 1
            return None
        packet = frame[at:]
        if (automaton := self._automata.get(protocol)) is not None:
            self._control(protocol, automaton, packet, now)
            return None
        opened = self.lcp.automaton.opened
        if (kind := _VERSIONS.get(protocol)) is not None:
            # before its control protocol is opened it is discarded in silence (RFC 1661 3.5)
            if self.networks[kind].opened and version(packet) == kind:
                self.counters.packets += 1
                return packet
            self.counters.malformed += version(packet) != kind
            return None
        self.counters.unknown += 1
        if opened:
            data = protocol.to_bytes(2, "big") + packet
            # no longer than what the far end takes (RFC 1661 5.7)
            self._send(
                LCP, packet_octets(PROTOCOL_REJECT, self.lcp.automaton.next_identifier(), data[: DEFAULT_MRU - 4])
            )
        return None

    def encapsulated(self, packet: bytes) -> bytes | None:
        network = self.networks.get(version(packet))
        if network is None or not network.opened:
            self.counters.refused += 1
            return None
        return _HEADERS[packet[0] >> 4] + packet

    def turn(self, now: float) -> None:
        for protocol in [protocol for protocol, at in self._retries.items() if now >= at]:
            del self._retries[protocol]
            if self._automata[protocol].state is State.STOPPED:
                self._restart(protocol, now)
        self.lcp.turn(now)
        for network in self.networks.values():
            network.turn(now)

    def _run(self, running: bool, now: float) -> None:
        # the user's wish is Open and Close, the line is Up and Down
        lcp = self.lcp.automaton
        if not self._line:
            lcp.down(now)
        if self._opened:
            lcp.open(now)
        else:
            lcp.close(now)
        if self._line and lcp.state in (State.INITIAL, State.STARTING):
            lcp.up(now)

    def _restart(self, protocol: int, now: float) -> None:
        self._automata[protocol].down(now)
        self._automata[protocol].up(now)

    def _send(self, protocol: int, packet: bytes) -> None:
        self._frames.append(ADDRESS_CONTROL + protocol.to_bytes(2, "big") + packet)

    def _control(self, protocol: int, automaton: Automaton, packet: bytes, now: float) -> None:
        if protocol != LCP and not self.lcp.automaton.opened:
            return  # (RFC 1661 3.4)
        self.counters.control += 1
        if not automaton.receive(packet, now):
            self.counters.malformed += 1

    # --- what the layers tell

    def _lcp_up(self, now: float) -> None:
        self._unknown.clear()
        for network in self.networks.values():
            network.up(now)

    def _lcp_down(self, now: float) -> None:
        for network in self.networks.values():
            network.down(now)

    def _ipcp_up(self, now: float) -> None:
        addresses = [str(one) if one else "unnumbered" for one in (self.ipcp.local, self.ipcp.remote)]
        self._told.append(f"IPCP opened, {addresses[0]} here, {addresses[1]} there")

    def _finished(self, protocol: int, now: float) -> None:
        if protocol not in self._unknown:
            self._retries[protocol] = now + RETRY_S

    def _dead(self, now: float) -> None:
        looped = self.lcp.policy.looped
        self._told.append("the line is looped" if looped else "the far end answers no echoes")
        self._restart(LCP, now)

    def _protocol_rejected(self, protocol: int, now: float) -> None:
        if (automaton := self._automata.get(protocol)) is not None:
            if protocol != LCP:
                self._unknown.add(protocol)
            automaton.rejected(True, now)


def _protocol_of(frame: bytes) -> tuple[int | None, int]:
    """The protocol number, and where the packet begins. A far end may leave the address and control field out and
    send a protocol below 256 as one octet (RFC 1661 6.5, 6.6); None: this is no number (RFC 1661 2)."""
    at = len(ADDRESS_CONTROL) if frame.startswith(ADDRESS_CONTROL) else 0
    if len(frame) > at and frame[at] & 1:
        return frame[at], at + 1
    if len(frame) < at + 2 or not frame[at + 1] & 1:
        return None, at
    return int.from_bytes(frame[at : at + 2], "big"), at + 2
