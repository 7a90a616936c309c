"""PPP programs that nobody in this project wrote, at a pseudo-terminal: octet-stuffed frames (RFC 1662 4)."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import subprocess
import time
import tty
from collections.abc import Callable, Iterator

from fastcrc.crc16 import ibm_sdlc

from msapemu.dataplane.serial.ppp import Ppp

FLAG, ESCAPE = b"\x7e", 0x7D


def stuffed(frame: bytes) -> bytes:
    """All control characters escaped, as the default ACCM has it."""
    octets = frame + ibm_sdlc(frame).to_bytes(2, "little")
    body = (
        bytes((ESCAPE, octet ^ 0x20)) if octet < 0x20 or octet in (0x7D, 0x7E) else bytes((octet,)) for octet in octets
    )
    return FLAG + b"".join(body) + FLAG


def unstuffed(octets: bytes) -> bytes:
    out = bytearray()
    escaped = False
    for octet in octets:
        if octet == ESCAPE:
            escaped = True
        else:
            out.append(octet ^ 0x20 if escaped else octet)
            escaped = False
    return bytes(out)


class Peer:
    """The program, and our end of the link to it in real time."""

    def __init__(self, end: Ppp, fd: int, process: subprocess.Popen[bytes]) -> None:
        self.end, self._fd, self.process = end, fd, process
        self._rest = b""
        self.packets: list[bytes] = []

    def run(self, seconds: float, until: Callable[[], bool]) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not until() and self.process.poll() is None:
            self.end.turn(time.monotonic())
            for frame in self.end.take_frames():
                os.write(self._fd, stuffed(frame))
            if select.select([self._fd], [], [], 0.05)[0]:
                self._take()
        return until()

    def send(self, packet: bytes) -> None:
        frame = self.end.encapsulated(packet)
        assert frame is not None
        os.write(self._fd, stuffed(frame))

    def _take(self) -> None:
        with contextlib.suppress(OSError):  # it has gone
            self._rest += os.read(self._fd, 4096)
        *frames, self._rest = self._rest.split(FLAG)
        for frame in map(unstuffed, frames):
            if len(frame) > 4 and ibm_sdlc(frame[:-2]).to_bytes(2, "little") == frame[-2:]:
                packet = self.end.receive(frame[:-2], time.monotonic())
                if packet is not None:
                    self.packets.append(packet)


@contextlib.contextmanager
def peer(end: Ppp, *command: str) -> Iterator[Peer]:
    master, slave = pty.openpty()
    tty.setraw(slave)
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=subprocess.PIPE, start_new_session=True)
    os.close(slave)
    try:
        end.open(True, time.monotonic())
        end.line(True, time.monotonic())
        yield Peer(end, master, process)
    finally:
        process.kill()
        process.communicate()
        os.close(master)
