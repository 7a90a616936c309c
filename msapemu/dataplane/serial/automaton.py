"""The option negotiation automaton of PPP (RFC 1661 4): one table. LCP and the network control protocols are each one.

`Automaton` does states, identifiers, counters and the restart timer; what the options mean is in a `Policy`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum

from msapemu.dataplane.serial.options import Option, options_octets, options_of

RESTART_S = 3.0  # the restart timer
MAX_TERMINATE = 2
MAX_CONFIGURE = 10
MAX_FAILURE = 5
HEADER = 4  # code, identifier, length of two octets


class Code(IntEnum):
    """The codes that LCP and all network control protocols have (RFC 1661 5)."""

    CONFIGURE_REQUEST = 1
    CONFIGURE_ACK = 2
    CONFIGURE_NAK = 3
    CONFIGURE_REJECT = 4
    TERMINATE_REQUEST = 5
    TERMINATE_ACK = 6
    CODE_REJECT = 7


class State(IntEnum):
    INITIAL = 0
    STARTING = 1
    CLOSED = 2
    STOPPED = 3
    CLOSING = 4
    STOPPING = 5
    REQ_SENT = 6
    ACK_RCVD = 7
    ACK_SENT = 8
    OPENED = 9


# RFC 1661 4.1, with its names: actions before the slash, the next state behind it; "-" cannot happen, and is passed
# over. Notes p (passive: stay in Stopped), r (restart) and x (crossed connection) change nothing here.
_TABLE = """
        0       1           2           3                4           5
Up      2       irc,scr/6   -           -                -           -
Down    -       -           0           tls/1            0           1
Open    tls/1   1           irc,scr/6   3                5           5
Close   0       tlf/0       2           2                4           4
TO+     -       -           -           -                str/4       str/5
TO-     -       -           -           -                tlf/2       tlf/3
RCR+    -       -           sta/2       irc,scr,sca/8    4           5
RCR-    -       -           sta/2       irc,scr,scn/6    4           5
RCA     -       -           sta/2       sta/3            4           5
RCN     -       -           sta/2       sta/3            4           5
RTR     -       -           sta/2       sta/3            sta/4       sta/5
RTA     -       -           2           3                tlf/2       tlf/3
RUC     -       -           scj/2       scj/3            scj/4       scj/5
RXJ+    -       -           2           3                4           5
RXJ-    -       -           tlf/2       tlf/3            tlf/2       tlf/3
RXR     -       -           2           3                4           5

        6           7           8           9
Up      -           -           -           -
Down    1           1           1           tld/1
Open    6           7           8           9
Close   irc,str/4   irc,str/4   irc,str/4   tld,irc,str/4
TO+     scr/6       scr/6       scr/8       -
TO-     tlf/3       tlf/3       tlf/3       -
RCR+    sca/8       sca,tlu/9   sca/8       tld,scr,sca/8
RCR-    scn/6       scn/7       scn/6       tld,scr,scn/6
RCA     irc/7       scr/6       irc,tlu/9   tld,scr/6
RCN     irc,scr/6   scr/6       irc,scr/8   tld,scr/6
RTR     sta/6       sta/6       sta/6       tld,zrc,sta/5
RTA     6           6           8           tld,scr/6
RUC     scj/6       scj/7       scj/8       scj/9
RXJ+    6           6           8           9
RXJ-    tlf/3       tlf/3       tlf/3       tld,irc,str/5
RXR     6           7           8           ser/9
"""

Arrow = tuple[tuple[str, ...], State]


def _table(text: str) -> dict[tuple[str, State], Arrow]:
    table: dict[tuple[str, State], Arrow] = {}
    states: list[State] = []
    for line in filter(None, text.splitlines()):
        event, *cells = line.split()
        if event.isdigit():
            states = [State(int(one)) for one in (event, *cells)]
            continue
        for state, cell in zip(states, cells, strict=True):
            if cell != "-":
                *actions, following = cell.replace("/", ",").split(",")
                table[event, state] = tuple(actions), State(int(following))
    return table


TABLE = _table(_TABLE)
# In these the restart timer runs (RFC 1661 4.2)
TIMED = frozenset({State.CLOSING, State.STOPPING, State.REQ_SENT, State.ACK_RCVD, State.ACK_SENT})


class Policy:
    """What the options of one protocol mean, both ways."""

    def request(self) -> list[Option]:
        """The options that we ask for now."""
        raise NotImplementedError

    def judge(self, asked: list[Option]) -> tuple[list[Option], list[Option]] | None:
        """Of what the far end asks for: what would be better (Nak), and what there is not here (Reject). None: it is
        no far end, do not answer."""
        raise NotImplementedError

    def accept(self, asked: list[Option]) -> None:
        """What the far end asks for holds from now on."""

    def naked(self, better: list[Option]) -> None:
        """The far end would have other values."""

    def rejected(self, refused: list[Option]) -> None:
        """The far end has no such options."""

    def reset(self) -> None:
        """Begin anew, with what we would like best."""


class Automaton:
    """One protocol of PPP. `send` gets its packets, from the code on. `extra`: the codes that it has beyond those of
    all, and what they do once it is opened."""

    def __init__(
        self,
        policy: Policy,
        send: Callable[[bytes], None],
        *,
        extra: Mapping[int, Callable[[int, bytes, float], None]] | None = None,
        on_up: Callable[[float], None] = lambda now: None,
        on_down: Callable[[float], None] = lambda now: None,
        on_finished: Callable[[float], None] = lambda now: None,
    ) -> None:
        self.state = State.INITIAL
        self.identifier = 0  # of the last packet that we sent unasked
        self._policy = policy
        self._send = send
        self._extra = extra or {}
        self._layers = {"tlu": on_up, "tld": on_down, "tlf": on_finished}
        self._restarts = 0
        self._due: float | None = None
        self._requested = 0  # identifier of our last Configure-Request
        self._options = b""  # its options
        self._failures = 0  # Naks in a row
        # what came and is being dealt with
        self._came = b""
        self._asked: list[Option] = []
        self._answer = b""

    @property
    def opened(self) -> bool:
        return self.state is State.OPENED

    @property
    def due(self) -> float | None:
        """When the restart timer ends."""
        return self._due

    # --- what happens from outside

    def up(self, now: float) -> None:
        """The layer below is there."""
        self._event("Up", now)

    def down(self, now: float) -> None:
        """It is not."""
        self._event("Down", now)

    def open(self, now: float) -> None:
        self._event("Open", now)

    def close(self, now: float) -> None:
        self._event("Close", now)

    def turn(self, now: float) -> None:
        """The restart timer, when it is due."""
        if self._due is not None and now >= self._due:
            self._due = None
            self._event("TO+" if self._restarts > 0 else "TO-", now)

    def rejected(self, fatal: bool, now: float) -> None:
        """The far end does not know the protocol, or a code of it."""
        self._event("RXJ-" if fatal else "RXJ+", now)

    def receive(self, packet: bytes, now: float) -> bool:
        """A packet that came, from the code on; whether it was a good one. One that is not is passed over in silence
        (RFC 1661 5)."""
        if len(packet) < HEADER:
            return False
        code, identifier, length = packet[0], packet[1], int.from_bytes(packet[2:4], "big")
        if not HEADER <= length <= len(packet):
            return False
        self._came = packet[:length]
        data = packet[HEADER:length]
        match code:
            case Code.CONFIGURE_REQUEST:
                return self._on_request(identifier, data, now)
            case Code.CONFIGURE_ACK:
                return self._on_ack(identifier, data, now)
            case Code.CONFIGURE_NAK | Code.CONFIGURE_REJECT:
                return self._on_nak(code, identifier, data, now)
            case Code.TERMINATE_REQUEST:
                self._event("RTR", now)
            case Code.TERMINATE_ACK:
                self._event("RTA", now)
            case Code.CODE_REJECT:
                # who has none of these cannot speak with us at all
                self.rejected(bool(data) and data[0] <= Code.CODE_REJECT, now)
            case _:
                self._event("RXR" if code in self._extra else "RUC", now)
        return True

    def next_identifier(self) -> int:
        """For a packet that is sent unasked."""
        self.identifier = (self.identifier + 1) & 0xFF
        return self.identifier

    # --- packets

    def _on_request(self, identifier: int, data: bytes, now: float) -> bool:
        if (asked := options_of(data)) is None:
            return False
        if (judged := self._policy.judge(asked)) is None:
            return True
        self._asked = asked
        better, refused = judged
        if better and self._failures >= MAX_FAILURE:
            # it does not come to terms: no more offers (RFC 1661 4.6)
            kinds = {option.kind for option in better}
            refused, better = [*refused, *(option for option in asked if option.kind in kinds)], []
        if refused:
            self._answer = packet_octets(Code.CONFIGURE_REJECT, identifier, options_octets(refused))
            self._event("RCR-", now)
        elif better:
            self._failures += 1
            self._answer = packet_octets(Code.CONFIGURE_NAK, identifier, options_octets(better))
            self._event("RCR-", now)
        else:
            self._failures = 0
            self._answer = packet_octets(Code.CONFIGURE_ACK, identifier, data)
            self._event("RCR+", now)
        return True

    def _on_ack(self, identifier: int, data: bytes, now: float) -> bool:
        if identifier != self._requested or data != self._options:
            return False
        self._event("RCA", now)
        return True

    def _on_nak(self, code: int, identifier: int, data: bytes, now: float) -> bool:
        options = options_of(data)
        if options is None or identifier != self._requested:
            return False
        if code == Code.CONFIGURE_NAK:
            self._policy.naked(options)
        else:
            self._policy.rejected(options)
        self._event("RCN", now)
        return True

    # --- the table

    def _event(self, event: str, now: float) -> None:
        arrow = TABLE.get((event, self.state))
        if arrow is None:
            return
        actions, following = arrow
        if event == "Up" or self.state is State.STOPPED:  # it begins anew
            self._failures = 0
            self._policy.reset()
        # the layers hear of it when the new state holds: they may answer at once
        self.state = following
        for action in actions:
            self._act(action, now)
        if self.state not in TIMED:
            self._due = None
        elif self._due is None:
            self._due = now + RESTART_S

    def _act(self, action: str, now: float) -> None:
        match action:
            case "irc":
                terminates = self.state in (State.CLOSING, State.STOPPING)
                self._restarts = MAX_TERMINATE if terminates else MAX_CONFIGURE
            case "zrc":
                self._restarts = 0
                self._due = now + RESTART_S
            case "scr":
                self._restarts -= 1
                self._due = now + RESTART_S
                self._requested = self.next_identifier()
                self._options = options_octets(self._policy.request())
                self._send(packet_octets(Code.CONFIGURE_REQUEST, self._requested, self._options))
            case "sca":
                self._policy.accept(self._asked)
                self._send(self._answer)
            case "scn":
                self._send(self._answer)
            case "str":
                self._restarts -= 1
                self._due = now + RESTART_S
                self._send(packet_octets(Code.TERMINATE_REQUEST, self.next_identifier(), b""))
            case "sta":
                self._send(packet_octets(Code.TERMINATE_ACK, self._came[1], b""))
            case "scj":
                self._send(packet_octets(Code.CODE_REJECT, self.next_identifier(), self._came))
            case "ser":
                self._extra[self._came[0]](self._came[1], self._came[HEADER:], now)
            case "tlu" | "tld" | "tlf":
                self._layers[action](now)
            case "tls":
                pass  # the line below is there or not, without our asking


def packet_octets(code: int, identifier: int, data: bytes) -> bytes:
    """A packet, from the code on."""
    return bytes((code, identifier)) + (HEADER + len(data)).to_bytes(2, "big") + data
