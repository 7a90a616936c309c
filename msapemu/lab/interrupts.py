"""Ctrl-C, SIGTERM and SIGHUP end a command in order: as an exception that lets it undo what it did."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """One of SIGNALS came; `number` says which."""

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.number = number


class Interrupts:
    """How a signal is taken: at once, or (in a `held` block) when the block has ended."""

    def __init__(self) -> None:
        self._held = 0
        self._pending: int | None = None

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._held:
            self._pending = self._pending or number
        else:
            raise Interrupted(number)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """SIGNALS raise Interrupted inside the block, but for those that are ignored from outside (nohup)."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in SIGNALS}
        try:
            for number, handler in before.items():
                if handler is not signal.SIG_IGN:
                    signal.signal(number, self._handle)
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def held(self, deliver: bool = True) -> Iterator[None]:
        """Nothing interrupts the block. A signal that came meanwhile is raised at its end; with `deliver`
        False (an undo that is itself the answer to a signal or a failure) it is forgotten."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            number, self._pending = self._pending, None
        if number is not None and not self._held and deliver:
            raise Interrupted(number)


interrupts = Interrupts()
