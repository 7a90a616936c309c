"""Containers as a place for an interface: name or PID -> network namespace."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from msapemu.ctl.errors import CapabilityError, MsapemuError

TOOLS = ("docker", "podman")
PATIENCE_SECONDS = 10


def namespace_path(container: str | int) -> str:
    """/proc/PID/ns/net of a running container, by name, or of any process, by PID. MsapemuError when there is
    none; CapabilityError when there is no tool to ask for a name."""
    pid = container if isinstance(container, int) else _pid_of(container)
    if not Path(f"/proc/{pid}").exists():
        raise MsapemuError(f"container {container}: there is no process {pid}")
    return f"/proc/{pid}/ns/net"


def _pid_of(name: str) -> int:
    tools = [tool for tool in TOOLS if shutil.which(tool)]
    if not tools:
        raise CapabilityError(
            f"container {name}: neither docker nor podman is installed (a PID is taken too)"
        )
    answers = []
    for tool in tools:
        command = [tool, "inspect", "--type", "container", "--format", "{{.State.Pid}}", name]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            answers.append(f"{tool}: {error}")
            continue
        text = done.stdout.strip()
        if done.returncode == 0 and text.isdecimal():
            if int(text) == 0:
                raise MsapemuError(f"container {name}: it is not running ({tool})")
            return int(text)
        last = (done.stderr.strip() or text or f"exit status {done.returncode}").splitlines()[-1]
        answers.append(f"{tool}: {last}")
    raise MsapemuError(f"container {name}: not found ({'; '.join(answers)})")
