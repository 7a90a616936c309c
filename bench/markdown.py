"""Tables of a page, and the machine that it is about."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from msapemu import __version__, _framing
from msapemu.ctl.errors import MsapemuError

Lines = list[str]


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Lines:
    return [_row(heads), _row(["---"] * len(heads)), *(_row(row) for row in rows), ""]


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join("-" if cell is None else str(cell) for cell in cells) + " |"


def reached(value: float, target: float, least: bool = True) -> str:
    good = value >= target if least else value <= target
    return "yes" if good else f"**missed** ({value / target:.1%})"


def tried(title: str, part: Callable[[], Lines]) -> Lines:
    """The part, or why there is none."""
    print(f"{time.strftime('%H:%M:%S')} {title}", file=sys.stderr, flush=True)
    try:
        return part()
    except MsapemuError as error:
        print(f"not measured: {error}", file=sys.stderr)
        return [f"Not measured: {error}.", ""]


def machine() -> Lines:
    first = Path("/proc/cpuinfo").read_text().split("\n\n")[0]
    info = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in first.splitlines())}
    memory = next(line.split()[1] for line in Path("/proc/meminfo").read_text().splitlines() if "MemTotal" in line)
    model = f"family {info.get('cpu family')}, model {info.get('model')}" if "cpu family" in info else ""
    rows = [
        ("CPU", f"{info.get('model name', platform.machine())} ({model}), {os.cpu_count()} cores"),
        ("memory", f"{int(memory) / (1 << 20):.1f} GiB"),
        ("kernel", f"{platform.system()} {platform.release().split('-')[0]}"),
        ("compiler", _first_line("cc", "--version")),
        ("Python, Cython", f"{platform.python_version()}, {_cython()}"),
        ("kernels", ", ".join(_framing.kernel_names())),
        ("msapemu, day", f"{__version__}, {time.strftime('%Y-%m-%d')}"),
    ]
    return table(("", ""), rows)


def _first_line(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return "unknown"


def _cython() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("cython")
    except PackageNotFoundError:
        return "unknown"
