"""The IP Control Protocol (RFC 1332) and that of IPv6 (RFC 5072): what their options mean here."""

from __future__ import annotations

from ipaddress import IPv4Address
from random import Random

from msapemu.dataplane.serial.automaton import Policy
from msapemu.dataplane.serial.options import Option

IP_ADDRESS = 3
NO_ADDRESS = IPv4Address(0)
INTERFACE_IDENTIFIER = 1
IDENTIFIER_OCTETS = 8


class IpcpPolicy(Policy):
    """`local`: the address that we have; 0.0.0.0: the far end is to give us one; None: we ask for none, but take what
    we are given. `remote`: the far end's, and no other; None: whatever it has."""

    def __init__(self, local: IPv4Address | None, remote: IPv4Address | None) -> None:
        self._wanted, self._remote = local, remote
        self.local = local
        self.remote = remote
        self._asks = True

    def reset(self) -> None:
        self.local, self.remote = self._wanted, self._remote
        self._asks = True

    def request(self) -> list[Option]:
        if not self._asks or self.local is None:
            return []
        return [Option(IP_ADDRESS, self.local.packed)]

    def judge(self, asked: list[Option]) -> tuple[list[Option], list[Option]]:
        better, refused = [], []
        for option in asked:
            if option.kind != IP_ADDRESS or len(option.value) != len(NO_ADDRESS.packed):
                refused.append(option)
                continue
            address = IPv4Address(option.value)
            if self._remote is not None and address != self._remote:
                better.append(Option(IP_ADDRESS, self._remote.packed))
            elif address == NO_ADDRESS:
                refused.append(option)  # we have none to give
        return better, refused

    def accept(self, asked: list[Option]) -> None:
        for option in asked:
            self.remote = IPv4Address(option.value)

    def naked(self, better: list[Option]) -> None:
        for option in better:
            # an address of our own stays: the far end may refuse it, but not say who we are
            whole = option.kind == IP_ADDRESS and len(option.value) == len(NO_ADDRESS.packed)
            if whole and self._wanted in (None, NO_ADDRESS):
                self.local = IPv4Address(option.value)

    def rejected(self, refused: list[Option]) -> None:
        if any(option.kind == IP_ADDRESS for option in refused):
            self._asks = False


class Ipv6cpPolicy(Policy):
    """Interface identifiers of 64 bits, which need only differ."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.identifier = self._another()
        self.remote = bytes(IDENTIFIER_OCTETS)
        self._asks = True

    def reset(self) -> None:
        self._asks = True

    def request(self) -> list[Option]:
        return [Option(INTERFACE_IDENTIFIER, self.identifier)] if self._asks else []

    def judge(self, asked: list[Option]) -> tuple[list[Option], list[Option]]:
        better, refused = [], []
        for option in asked:
            if option.kind != INTERFACE_IDENTIFIER or len(option.value) != IDENTIFIER_OCTETS:
                refused.append(option)
            elif option.value == self.identifier or not any(option.value):
                better.append(Option(INTERFACE_IDENTIFIER, self._another()))
        return better, refused

    def accept(self, asked: list[Option]) -> None:
        for option in asked:
            self.remote = option.value

    def naked(self, better: list[Option]) -> None:
        for option in better:
            if option.kind == INTERFACE_IDENTIFIER and len(option.value) == IDENTIFIER_OCTETS:
                self.identifier = option.value

    def rejected(self, refused: list[Option]) -> None:
        self._asks = False

    def _another(self) -> bytes:
        return self._random.randrange(1, 1 << 63).to_bytes(IDENTIFIER_OCTETS, "big")
