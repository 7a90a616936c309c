"""Speak with a running shelf over its control socket."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, TypeVar

import msgspec

from msapemu.ctl import messages
from msapemu.ctl.config import Impairment, Shelf
from msapemu.ctl.errors import CapabilityError, MsapemuError, UsageError
from msapemu.ctl.paths import socket_address

_R = TypeVar("_R", bound=messages.Reply)


class Unreachable(MsapemuError):
    """No shelf answers at this path, or the one that did is gone."""


class ShelfClient:
    """A connection to the shelf whose control socket is `path`; also a context manager.

    Every method waits at most `timeout` seconds. Raises Unreachable when nobody answers, and MsapemuError (or the
    subclass that fits) with the shelf's own words when it refuses.
    """

    def __init__(self, path: str | Path, timeout: float = 10.0) -> None:
        self.path = Path(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(timeout)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, messages.MESSAGE_OCTETS)
            with socket_address(self.path) as address:
                self._socket.connect(address)
        except OSError as error:
            self._socket.close()
            raise Unreachable(f"{self.path}: no shelf runs here ({error.strerror})") from None
        try:
            hello = self._ask(messages.Hello(), messages.Hello)
            if hello.protocol != messages.PROTOCOL:
                raise MsapemuError(
                    f"{self.path}: the shelf runs msapemu {hello.program} (control protocol {hello.protocol}), "
                    f"this is protocol {messages.PROTOCOL}"
                )
        except BaseException:
            self._socket.close()
            raise

    def info(self) -> messages.Info:
        """The configuration in force and how the shelf runs."""
        return self._ask(messages.GetInfo(), messages.Info)

    def events(self, since: int = 0) -> messages.Events:
        """The events from number `since` on (the shelf keeps the last few thousand)."""
        return self._ask(messages.GetEvents(since), messages.Events)

    def apply(self, config: Shelf) -> None:
        """Run `config`; returns when the loop has taken it. What stays the same is not disturbed."""
        self._ask(messages.Apply(config), messages.Done)

    def impair(self, port: str, impair: Impairment) -> None:
        """Change the impairment of the signal received on line `port`; returns when it is in force."""
        self._ask(messages.Impair(port, impair), messages.Done)

    def loop(self, object: str, kind: Literal["line", "equipment", "off"], seconds: float | None = None) -> None:
        """Set or take away a loopback; returns when it is in force."""
        self._ask(messages.SetLoop(object, kind, seconds), messages.Done)

    def want_members(self, circuit: str, members: Sequence[str], wanted: bool) -> None:
        """M_ADD, M_REMOVE; returns when the loop knows."""
        self._ask(messages.WantMembers(circuit, tuple(members), wanted), messages.Done)

    def shutdown(self) -> None:
        """Stop the shelf; returns when it has removed its sockets, interfaces and files."""
        self._ask(messages.Shutdown(), messages.Done)
        try:
            while self._socket.recv(messages.MESSAGE_OCTETS):
                pass
        except ConnectionError:
            pass
        except OSError as error:
            raise Unreachable(f"{self.path}: the shelf does not stop ({error})") from None
        self.close()

    def close(self) -> None:
        """Hang up; the shelf runs on."""
        self._socket.close()

    def __enter__(self) -> ShelfClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, request: messages.Request, wanted: type[_R]) -> _R:
        try:
            self._socket.send(messages.encode(request))
            packet = self._socket.recv(messages.MESSAGE_OCTETS)
        except TimeoutError:
            raise Unreachable(f"{self.path}: the shelf does not answer") from None
        except OSError as error:
            raise Unreachable(f"{self.path}: {error.strerror}") from None
        if not packet:
            raise Unreachable(f"{self.path}: the shelf has gone")
        try:
            reply = messages.decode_reply(packet)
        except msgspec.DecodeError as error:
            raise MsapemuError(f"{self.path}: an answer that this version does not know ({error})") from None
        if isinstance(reply, messages.Failed):
            kind = {UsageError.status: UsageError, CapabilityError.status: CapabilityError}
            raise kind.get(reply.status, MsapemuError)(reply.text)
        if not isinstance(reply, wanted):
            raise MsapemuError(f"{self.path}: {type(reply).__name__} in answer to {type(request).__name__}")
        return reply
