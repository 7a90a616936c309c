"""A router in a network namespace: zebra and ospfd of FRRouting (Debian package frr), with files of their own."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DAEMONS = Path("/usr/lib/frr")


class Router:
    """Its daemons run in `netns`; `folder` holds what they need, and is theirs: they run as the user frr."""

    def __init__(self, netns: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="frr-"))  # not under tmp_path, which is root's alone
        shutil.chown(self.folder, "frr", "frr")
        self.netns = netns
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, ospf: Sequence[str]) -> None:
        """With these lines in the configuration of ospfd."""
        (self.folder / "zebra.conf").write_text("")
        (self.folder / "ospfd.conf").write_text("\n".join(ospf) + "\n")
        for daemon in ("zebra", "ospfd"):
            command = [
                *("ip", "netns", "exec", self.netns, str(DAEMONS / daemon)),
                *("-f", str(self.folder / f"{daemon}.conf"), "-i", str(self.folder / f"{daemon}.pid")),
                *("-z", str(self.folder / "zserv.api"), "--vty_socket", str(self.folder)),
                *("--log", f"file:{self.folder / daemon}.log"),
            ]
            quiet = subprocess.DEVNULL
            self._running.append(subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet))

    def stop(self) -> None:
        for process in reversed(self._running):
            process.terminate()
        for process in self._running:
            process.wait(10)
        self._running.clear()
        shutil.rmtree(self.folder)

    def show(self, what: str) -> Any:
        """What ospfd or zebra says, as JSON; {} before they answer."""
        command = ["vtysh", "--vty_socket", str(self.folder), "-c", f"show {what} json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        try:
            return json.loads(done.stdout)
        except ValueError:
            return {}

    def full(self) -> list[str]:
        """The neighbours, by their router IDs, that the router has an adjacency with."""
        neighbours = self.show("ip ospf neighbor").get("neighbors", {})
        return [name for name, (one, *_) in neighbours.items() if one.get("nbrState", "").startswith("Full")]

    def routes(self) -> str:
        """Those of the kernel that OSPF has made."""
        command = ["ip", "-n", self.netns, "route", "show", "proto", "ospf"]
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False).stdout


@contextmanager
def router(netns: str, ospf: Sequence[str]) -> Iterator[Router]:
    """It runs while the block does."""
    made = Router(netns)
    try:
        made.start(ospf)
        yield made
    finally:
        made.stop()
