"""The control socket of a shelf: connections, the exchange of versions, requests and replies."""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
from collections.abc import Callable
from pathlib import Path

import msgspec

from msapemu.ctl import messages
from msapemu.ctl.errors import MsapemuError
from msapemu.ctl.paths import socket_address

Handler = Callable[[messages.Request], messages.Reply]


class ControlServer:
    """Serves the SEQPACKET socket at `path`; `handle` answers one request and may raise MsapemuError.

    It has no thread: the sockets are in `selector`, whose data for them is a function to call. A client that does
    not read its replies is hung up on.
    """

    def __init__(self, path: Path, selector: selectors.BaseSelector, handle: Handler) -> None:
        self.path = path
        self._selector = selector
        self._handle = handle
        self._greeted: dict[socket.socket, bool] = {}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        try:
            os.fchmod(self._socket.fileno(), 0o600)  # whoever may connect may do everything
            with socket_address(path) as address:
                self._socket.bind(address)
            self._socket.listen(16)
        except OSError as error:
            self._socket.close()
            raise MsapemuError(f"{path}: {error.strerror}") from None
        selector.register(self._socket, selectors.EVENT_READ, self._accept)

    def close(self) -> None:
        """Take no more connections, and remove the socket from the file system. Those open stay so until `hang_up`."""
        self._selector.unregister(self._socket)
        self._socket.close()
        self.path.unlink(missing_ok=True)

    def hang_up(self) -> None:
        """End all connections: who asked for a shutdown knows by that that it is done."""
        for connection in list(self._greeted):
            self._drop(connection)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._socket.accept()
            connection.setblocking(False)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, messages.MESSAGE_OCTETS)
            self._greeted[connection] = False
            self._selector.register(connection, selectors.EVENT_READ, lambda: self._serve(connection))

    def _drop(self, connection: socket.socket) -> None:
        del self._greeted[connection]
        self._selector.unregister(connection)
        connection.close()

    def _serve(self, connection: socket.socket) -> None:
        try:
            packet, _, flags, _ = connection.recvmsg(messages.MESSAGE_OCTETS)
        except BlockingIOError:
            return
        except OSError:
            packet, flags = b"", 0
        if not packet:
            self._drop(connection)
            return
        reply = self._answer(connection, packet, bool(flags & socket.MSG_TRUNC))
        try:
            connection.send(messages.encode(reply))
        except OSError:
            self._drop(connection)

    def _answer(self, connection: socket.socket, packet: bytes, truncated: bool) -> messages.Reply:
        if truncated:
            return messages.Failed(2, f"a message of more than {messages.MESSAGE_OCTETS} octets")
        try:
            request = messages.decode_request(packet)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return messages.Failed(2, f"a request that is not understood: {error}")
        if isinstance(request, messages.Hello):
            # the other side compares too, and has the words for its user
            self._greeted[connection] = request.protocol == messages.PROTOCOL
            return messages.Hello()
        if not self._greeted[connection]:
            return messages.Failed(2, f"control protocol {messages.PROTOCOL} is spoken here, after a hello")
        try:
            return self._handle(request)
        except MsapemuError as error:
            return messages.Failed(error.status, str(error))
