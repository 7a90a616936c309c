"""What is plugged into an E1 client port: packets over UDP, a Unix socket, files, or nothing.

An end is opened and closed by the control thread; the loop moves the bits (e1port.pxd). Only the clients of a socket
need looking after: `serve`.
"""

from __future__ import annotations

import os
import secrets
import selectors
import socket
from collections.abc import Iterable
from pathlib import Path

from msapemu._framing import Cesop, Pseudowire, Satop
from msapemu.ctl.errors import MsapemuError
from msapemu.dataplane import udp
from msapemu.dataplane.ends import listen
from msapemu.dataplane.log import Log
from msapemu.dataplane.loop import E1ClientPort

E1_250_MS = 64_000  # octets
OVERHEAD = 1024  # octets that the kernel takes for a datagram besides its own


class E1End:
    """Nothing is plugged in: no signal."""

    def __init__(self, port: E1ClientPort | None = None) -> None:
        self.port = port or E1ClientPort("nothing")

    @property
    def state(self) -> str:
        return "nothing"

    def serve(self) -> None:
        """Look after what comes and goes."""

    def close(self) -> None:
        """Let go of everything; the loop has it no more."""


class PacketsEnd(E1End):
    """A pseudowire over a UDP socket that is bound to `local` and hears `peer` only."""

    def __init__(self, pseudowire: Pseudowire, local: str, peer: str, place: str, log: Log) -> None:
        datagrams = E1_250_MS // pseudowire.payload + 1

        def prepare(sock: socket.socket) -> None:
            udp.give_room(sock, E1_250_MS + datagrams * OVERHEAD, place, log)
            udp.tell_errors(sock)

        self._socket = udp.open_socket(local, peer, place, prepare)
        super().__init__(E1ClientPort("packets", pseudowire, fd=self._socket.fileno()))

    @property
    def state(self) -> str:
        return "lost" if "LOPS" in self.port.defects else "connected"

    def close(self) -> None:
        self._socket.close()


def satop_end(
    local: str, peer: str, place: str, log: Log, *, payload: int = 256, rtp: bool = False, jitter_us: int = 4000
) -> PacketsEnd:
    """SAToP (RFC 4553)."""
    pseudowire = Satop(payload, rtp=rtp, jitter_us=jitter_us, seed=secrets.randbits(64))
    return PacketsEnd(pseudowire, local, peer, place, log)


def cesop_end(
    local: str,
    peer: str,
    place: str,
    log: Log,
    *,
    timeslots: Iterable[int],
    frames: int = 8,
    cas: bool = False,
    rtp: bool = False,
    jitter_us: int = 4000,
) -> PacketsEnd:
    """CESoPSN (RFC 5086)."""
    pseudowire = Cesop(timeslots, frames, cas=cas, rtp=rtp, jitter_us=jitter_us, seed=secrets.randbits(64))
    return PacketsEnd(pseudowire, local, peer, place, log)


class StreamEnd(E1End):
    """A listening Unix stream socket, for one client at a time."""

    def __init__(self, path: Path, place: str, selector: selectors.BaseSelector) -> None:
        self.path = path
        self._selector = selector
        self._client: socket.socket | None = None
        self._socket = listen(path, place)
        selector.register(self._socket, selectors.EVENT_READ, self._accept)
        super().__init__(E1ClientPort("stream"))

    @property
    def state(self) -> str:
        return "connected" if self._client else "listening"

    def serve(self) -> None:
        if self.port.detached() >= 0 and self._client is not None:
            self._client.close()
            self._client = None

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
        self._selector.unregister(self._socket)
        self._socket.close()
        self.path.unlink(missing_ok=True)

    def _accept(self) -> None:
        try:
            client, _ = self._socket.accept()
        except OSError:
            return
        self.serve()
        client.setblocking(False)
        if not self.port.attach(client.fileno()):
            client.close()
            return
        self._client = client


class FilesEnd(E1End):
    """Files of raw bits: `read` is sent into the shelf, `write` is what comes out of it. None: no signal, nowhere."""

    def __init__(self, read: Path | None, write: Path | None, place: str) -> None:
        self._files: list[int] = []
        try:
            fd = self._open(read, os.O_RDONLY, place)
            out = self._open(write, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, place)
        except MsapemuError:
            self.close()
            raise
        super().__init__(E1ClientPort("files", fd=fd, out=out))

    @property
    def state(self) -> str:
        return "ended" if "LOS" in self.port.defects else "open"

    def close(self) -> None:
        for fd in self._files:
            os.close(fd)

    def _open(self, path: Path | None, flags: int, place: str) -> int:
        if path is None:
            return -1
        try:
            fd = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise MsapemuError(f"{place}: {path}: {error.strerror}") from None
        self._files.append(fd)
        return fd
