"""Unix sockets and pseudo-terminals of channels and ports outside the lab's own folder. The shelf makes them and
removes them; one that a killed shelf has left goes with the lab."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec

from msapemu.lab.kernel.netlink import Taken, refusals


class SocketFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="socket"):
    """The socket, or link to a pseudo-terminal, at `path`, of channel or port `channel` ("co:1/1 e1")."""

    channel: str
    path: str

    @property
    def key(self) -> tuple[str | None, ...]:
        return ("socket", self.path)

    def exists(self) -> bool:
        """Whether anything is there."""
        with refusals(self.channel):
            try:
                Path(self.path).lstat()
            except (FileNotFoundError, NotADirectoryError):
                return False
            return True

    def make(self) -> None:
        if self.exists():
            raise Taken(f"{self.channel}: there is a file {self.path} already")

    def remove(self) -> None:
        with refusals(self.channel):
            path = Path(self.path)
            if self.exists() and (stat.S_ISSOCK(path.lstat().st_mode) or _is_pty(path)):
                path.unlink(missing_ok=True)


def _is_pty(path: Path) -> bool:
    return path.is_symlink() and path.readlink().is_relative_to("/dev/pts")
