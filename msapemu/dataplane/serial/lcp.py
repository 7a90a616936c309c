"""The Link Control Protocol (RFC 1661 5, 6): what its options mean here, and its echoes."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from msapemu.dataplane.serial.automaton import Automaton, Policy, packet_octets
from msapemu.dataplane.serial.options import Option

MRU, ACCM, AUTHENTICATION, QUALITY, MAGIC, PFC, ACFC = 1, 2, 3, 4, 5, 7, 8
LENGTHS = {MRU: 2, ACCM: 4, MAGIC: 4, PFC: 0, ACFC: 0}  # octets of the value of what is known here
DEFAULT_MRU = 1500

PROTOCOL_REJECT, ECHO_REQUEST, ECHO_REPLY, DISCARD_REQUEST = 8, 9, 10, 11
ECHO_S = 10.0
LOOPS = 3
MISSED_ECHOES = 3  # in a row, and the link is taken for dead


class LcpPolicy(Policy):
    """We ask for a magic number only. The far end may have what costs nothing (ACCM and compressed headers are for its
    receiver: we need not use them), but no smaller MRU as long as it takes no for an answer: the MTU here is 1500."""

    def __init__(self, random: Random) -> None:
        self.magic = 0
        self.looped = False  # what we sent came back
        self._loops = 0  # requests in a row that were our own
        self._random = random
        self._asks_magic = True
        self._asks_mru = False

    def reset(self) -> None:
        self.magic, self.looped, self._loops = self._another(), False, 0
        self._asks_magic, self._asks_mru = True, False

    def request(self) -> list[Option]:
        options = []
        if self._asks_mru:
            options.append(Option(MRU, DEFAULT_MRU.to_bytes(2, "big")))
        if self._asks_magic:
            options.append(Option(MAGIC, self.magic.to_bytes(4, "big")))
        return options

    def judge(self, asked: list[Option]) -> tuple[list[Option], list[Option]] | None:
        better, refused = [], []
        # our own magic number: the line may be looped. A few answers show it (RFC 1661 6.4); more of them would only
        # run round
        self.looped = bool(self.magic) and Option(MAGIC, self.magic.to_bytes(4, "big")) in asked
        self._loops = self._loops + 1 if self.looped else 0
        if self._loops > LOOPS:
            return None
        for option in asked:
            value = int.from_bytes(option.value, "big")
            if len(option.value) != LENGTHS.get(option.kind, -1):
                refused.append(option)
            elif option.kind == MRU and value < DEFAULT_MRU:
                better.append(Option(MRU, DEFAULT_MRU.to_bytes(2, "big")))
            elif option.kind == MAGIC and (value == 0 or value == self.magic):
                better.append(Option(MAGIC, self._another().to_bytes(4, "big")))
        return better, refused

    def naked(self, better: list[Option]) -> None:
        for option in better:
            if option.kind == MAGIC:
                self.magic = self._another()
            elif option.kind == MRU:
                self._asks_mru = True

    def rejected(self, refused: list[Option]) -> None:
        for option in refused:
            if option.kind == MAGIC:
                self._asks_magic, self.magic = False, 0
            elif option.kind == MRU:
                self._asks_mru = False

    def _another(self) -> int:
        return self._random.randrange(1, 1 << 32)


class Lcp:
    """LCP with echoes: asked for every ECHO_S while it is opened. When MISSED_ECHOES in a row are not answered, or
    answered by ourselves, `on_dead` is told."""

    def __init__(
        self,
        random: Random,
        send: Callable[[bytes], None],
        *,
        on_up: Callable[[float], None],
        on_down: Callable[[float], None],
        on_finished: Callable[[float], None],
        on_protocol_reject: Callable[[int, float], None],
        on_dead: Callable[[float], None],
    ) -> None:
        self.policy = LcpPolicy(random)
        self._send = send
        self._on_up = on_up
        self._on_protocol_reject = on_protocol_reject
        self._on_dead = on_dead
        self._echo_due = 0.0
        self._missed = 0
        extra = {
            PROTOCOL_REJECT: self._protocol_reject,
            ECHO_REQUEST: self._echo_request,
            ECHO_REPLY: self._echo_reply,
            DISCARD_REQUEST: lambda identifier, data, now: None,
        }
        self.automaton = Automaton(
            self.policy, send, extra=extra, on_up=self._up, on_down=on_down, on_finished=on_finished
        )

    def turn(self, now: float) -> None:
        """Timers."""
        self.automaton.turn(now)
        if not self.automaton.opened or now < self._echo_due:
            return
        if self._missed == MISSED_ECHOES:
            self._on_dead(now)
            return
        self._missed += 1
        self._echo_due = now + ECHO_S
        self._send(packet_octets(ECHO_REQUEST, self.automaton.next_identifier(), self._own_magic()))

    def _up(self, now: float) -> None:
        self._missed = 0
        self._echo_due = now + ECHO_S
        self._on_up(now)

    def _own_magic(self) -> bytes:
        return self.policy.magic.to_bytes(4, "big")

    def _echo_request(self, identifier: int, data: bytes, now: float) -> None:
        if len(data) >= 4:
            self._send(packet_octets(ECHO_REPLY, identifier, self._own_magic() + data[4:]))

    def _echo_reply(self, identifier: int, data: bytes, now: float) -> None:
        if len(data) < 4:
            return
        if self.policy.magic and data[:4] == self._own_magic():
            self.policy.looped = True
        else:
            self._missed = 0

    def _protocol_reject(self, identifier: int, data: bytes, now: float) -> None:
        if len(data) >= 2:
            self._on_protocol_reject(int.from_bytes(data[:2], "big"), now)
