"""A pseudo-terminal at a V.35 port: octets as they are, for whoever opens it."""

from __future__ import annotations

import contextlib
import os
import select
import termios
import tty
from pathlib import Path

from msapemu._framing import OctetChannel
from msapemu.ctl.errors import MsapemuError
from msapemu.ctl.messages import EndState
from msapemu.dataplane.ends import End


class PtyEnd(End):
    """`path` is a symbolic link to the pseudo-terminal as long as this is there. What is not read is dropped."""

    def __init__(self, path: Path, place: str) -> None:
        self.path = path
        self._dropped = 0
        self._opened = False
        self._master, slave = os.openpty()
        try:
            tty.setraw(slave)
            os.set_blocking(self._master, False)
            self._name = os.ttyname(slave)
            _link(path, self._name)
        except OSError as error:
            os.close(self._master)
            raise MsapemuError(f"{place}: {path}: {error.strerror}") from None
        finally:
            os.close(slave)  # from now on the kernel tells whether somebody has it open

    @property
    def state(self) -> str:
        return "open" if self._opened else "free"

    @property
    def active(self) -> bool:
        return True

    def serve(self, octets: OctetChannel, ahead: int, now: float) -> None:
        came = octets.read()
        opened = not self._hung_up()
        if opened and not self._opened:
            # the new one gets nothing that came before it, nor is what an other one left behind sent
            termios.tcflush(self._master, termios.TCIOFLUSH)
        self._opened = opened
        if not opened:
            return
        sent = 0
        if came:
            with contextlib.suppress(OSError):  # it is full, or closed
                sent = os.write(self._master, came)
        self._dropped += len(came) - sent
        room = ahead - octets.counters()["tx_waiting"]
        if room > 0:
            with contextlib.suppress(OSError):
                octets.write(os.read(self._master, room))

    def count(self, state: EndState) -> None:
        state.rx_dropped += self._dropped

    def close(self) -> None:
        with contextlib.suppress(OSError):
            if os.readlink(self.path) == self._name:
                self.path.unlink()
        os.close(self._master)

    def _hung_up(self) -> bool:
        poll = select.poll()
        poll.register(self._master, 0)  # POLLHUP only
        return bool(poll.poll(0))


def _link(path: Path, target: str) -> None:
    """A link that a shelf which was killed left goes nowhere, or to somebody else's terminal by now."""
    if path.is_symlink() and os.readlink(path).startswith("/dev/pts/"):
        path.unlink()
    path.symlink_to(target)
