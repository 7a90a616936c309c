"""Local management of Frame Relay (LMI) on DLCI 0: T1.617 Annex D (ANSI) and Q.933 Annex A, user and network side.

The user side asks for the status every T391, each N391th time for that of all PVCs; the network side answers. Both
count the number of the other's last message. An event is an answer or enquiry that came, or one that did not; with N392
bad ones among the last N393 the line is down, with N392 good ones in a row up again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from msapemu.dataplane.serial.lmi_message import FULL, INTEGRITY, Dialect, Status, parse, status, status_enquiry

T391_S = 10.0
T392_S = 15.0
N391 = 6
N392 = 3
N393 = 4

Side = Literal["user", "network"]


@dataclass
class Pvc:
    """A permanent virtual circuit: `new` until the user side has confirmed that it knows of it."""

    active: bool = False
    new: bool = False

    @property
    def text(self) -> str:
        return ("active" if self.active else "inactive") + (", new" if self.new else "")


class NoLmi:
    """No local management: PVCs are active as long as the line is there."""

    def __init__(self, dlcis: Iterable[int]) -> None:
        self.pvcs = {dlci: Pvc() for dlci in dlcis}
        self.up = False
        self.detail = "no LMI"

    def run(self, running: bool, now: float) -> None:
        self.up = running
        for pvc in self.pvcs.values():
            pvc.active = running

    def turn(self, now: float) -> None:
        pass

    def receive(self, message: bytes, now: float) -> bool:
        return False

    def take_messages(self) -> Iterable[bytes]:
        return ()

    def take_told(self) -> Iterable[str]:
        return ()


class Lmi:
    """What both sides have in common: numbers and the count of errors."""

    side: Side

    def __init__(self, dialect: Dialect) -> None:
        self.pvcs: dict[int, Pvc] = {}
        self.up = False
        self._dialect = dialect
        self._due: float | None = None
        self._sent = 0  # number of our last message; 0: none yet
        self._received = 0  # of theirs
        self._events: deque[bool] = deque(maxlen=N393)  # good ones
        self._fresh = True  # nothing came since the line is there
        self._messages: deque[bytes] = deque()
        self._told: deque[str] = deque()

    @property
    def detail(self) -> str:
        return f"LMI {self._dialect.name} {self.side} {'up' if self.up else 'down'}"

    def run(self, running: bool, now: float) -> None:
        """Begin anew, or end."""
        self.up = False
        self._sent = self._received = 0
        self._events.clear()
        self._fresh = True
        self._due = now if running else None
        self._began(running, now)

    def turn(self, now: float) -> None:
        """What is due."""
        if self._due is not None and now >= self._due:
            self._timeout(now)

    def receive(self, message: bytes, now: float) -> bool:
        """What came on DLCI 0; whether it was for this side and well formed."""
        found = parse(message, self._dialect)
        if found is None or found.enquiry is not (self.side == "network"):
            return False
        if self._due is not None:
            self._came(found, now)
        return True

    def take_messages(self) -> Iterable[bytes]:
        """Messages to send, each once."""
        while self._messages:
            yield self._messages.popleft()

    def take_told(self) -> Iterable[str]:
        while self._told:
            yield self._told.popleft()

    def _next(self) -> int:
        """The number of our next message: 1..255."""
        self._sent = self._sent % 0xFF + 1
        return self._sent

    def _event(self, good: bool) -> None:
        """The first good one brings the line up; after an outage it takes N392 of them in a row."""
        self._events.append(good)
        recent = list(self._events)
        if self.up and recent.count(False) >= N392:
            self.up = False
            self._told.append(f"LMI down: {N392} errors in {N393} events")
        elif not self.up and good and (self._fresh or (len(recent) >= N392 and all(recent[-N392:]))):
            self.up = True
            self._events.clear()
        self._fresh = self._fresh and not good

    def _began(self, running: bool, now: float) -> None:
        raise NotImplementedError

    def _timeout(self, now: float) -> None:
        raise NotImplementedError

    def _came(self, message: Status, now: float) -> None:
        raise NotImplementedError


class UserLmi(Lmi):
    """It asks. PVCs are those that the network names; `pvcs` has what it said last."""

    side: Side = "user"

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect)
        self._polls = 0
        self._answered = True  # the last enquiry
        self._full = True  # it asked for all PVCs
        self._listed = False  # all PVCs have been named since the line is there

    def _began(self, running: bool, now: float) -> None:
        self.pvcs = {}
        self._polls = 0
        self._answered = True
        self._listed = False

    def _timeout(self, now: float) -> None:
        if not self._answered:
            self._event(False)
        self._due = now + T391_S
        self._full = not self._listed or self._polls % N391 == 0
        self._polls += 1
        self._answered = False
        self._messages.append(
            status_enquiry(self._dialect, FULL if self._full else INTEGRITY, self._next(), self._received)
        )

    def _came(self, message: Status, now: float) -> None:
        if message.numbers is None:  # a single PVC, unasked
            self._heard(message, whole=False)
            return
        sent, received = message.numbers
        if self._answered:
            return  # nothing was asked
        self._answered = True
        self._received = sent
        good = received == self._sent and (message.report == FULL) >= self._full
        self._event(good)
        if good:
            self._heard(message, whole=message.report == FULL)

    def _heard(self, message: Status, whole: bool) -> None:
        if whole:
            self.pvcs, self._listed = {}, True
        for dlci, flags in message.pvcs.items():
            self.pvcs[dlci] = Pvc(flags.active and not flags.deleted, flags.new)


class NetworkLmi(Lmi):
    """It answers, and names `dlcis`, all of them active."""

    side: Side = "network"

    def __init__(self, dialect: Dialect, dlcis: Iterable[int]) -> None:
        super().__init__(dialect)
        self._dlcis = tuple(dlcis)
        self._named = 0  # number of the last message that named all PVCs

    def _began(self, running: bool, now: float) -> None:
        self.pvcs = {dlci: Pvc(active=running, new=True) for dlci in self._dlcis}
        self._named = 0
        if running:
            self._due = now + T392_S

    def _timeout(self, now: float) -> None:
        self._event(False)
        self._due = now + T392_S

    def _came(self, message: Status, now: float) -> None:
        self._due = now + T392_S
        if message.numbers is None:
            return
        sent, received = message.numbers
        # a user side that begins has no number of ours yet
        self._event(received == self._sent or received == 0)
        if self._named and received == self._named:
            for pvc in self.pvcs.values():
                pvc.new = False
        self._received = sent
        number = self._next()
        if message.report == FULL:
            self._named = number
        pvcs = self.pvcs if message.report == FULL else {}
        self._messages.append(
            status(
                self._dialect, message.report, number, sent, {dlci: (pvc.active, pvc.new) for dlci, pvc in pvcs.items()}
            )
        )


def make(dialect: Dialect | None, side: Side, dlcis: Iterable[int]) -> Lmi | NoLmi:
    """The local management of one side; `dlcis`: those that the network side, or nobody, tells of."""
    if dialect is None:
        return NoLmi(dlcis)
    return UserLmi(dialect) if side == "user" else NetworkLmi(dialect, dlcis)
