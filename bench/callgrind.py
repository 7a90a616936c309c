"""How many instructions the core takes for an octet of the line, layer by layer: a count of callgrind, which is the
same on every machine with the same instruction set, compiler and sources.

valgrind runs `bench.callgrind_target`, which calls getpgrp() before and after each stage of a round: there callgrind
writes what it has counted and begins anew. Self cost is added up by source line, so that an inlined function is its own
layer's: a line of what Cython made belongs to the function it stands in, whose name has the file of `msapemu/wire/`.
valgrind has no AVX-512: what is counted are the AVX2 kernels, or the portable ones.
"""

from __future__ import annotations

import bisect
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from msapemu.ctl.errors import CapabilityError, MsapemuError

MARK = "getpgrp"
MINUTES = 4
GENERATED = Path("build/cython/msapemu/_framing.c")

# By source file of msapemu/wire, in path order; the first that fits
LAYERS = {
    "section": ("stm", "line", "align", "trace", "channel", "degrade", "remote"),
    "AU-4, VC-4": ("au_tx", "au_rx", "vc4", "map"),
    "pointers, stores": ("store", "generate", "moves", "pointers", "collect"),
    "TU-12, VC-12": ("tu", "tu3", "vc12_poh", "bank", "bank_tx"),
    "VCAT, LCAS": ("vcat_tx", "vcat_rx", "container", "multiframe", "lcas_tx", "lcas_rx", "lcas", "group"),
    "GFP": ("gfp_f", "gfp_frame", "gfp_channel", "gfp_management", "adaptation", "queue"),
    "E1": ("p12_tx", "p12_rx", "p12_hunt", "p12", "crc4", "cas", "bearer", "bitqueue", "fabric", "slots", "pdh_line"),
    "GFP-T": ("superblock", "gfp_t_tx", "gfp_t_rx", "gfp_t", "characters", "pcs"),
    "counters, bits": ("status", "bits"),
}
KERNEL = re.compile(r"msapemu_|(avx512|avx2|sse|neon|portable)_")
COPY = re.compile(r"mem(cpy|move|set|cmp)")
KERNELS, COPIES, SHELL = "kernels", "memcpy ...", "entry points"
ALL = (*LAYERS, KERNELS, COPIES, "other", SHELL)

Counts = dict[tuple[str, str, int], dict[str, float]]  # (mapping, work, size) -> layer -> instructions an octet


def count(kernels: str) -> Counts:
    """All stages. CapabilityError without valgrind or debugging information, MsapemuError when it fails."""
    if shutil.which("valgrind") is None:
        raise CapabilityError("valgrind: not installed (Debian package valgrind)")
    lines = Lines(GENERATED)
    with TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        options = [f"--callgrind-out-file={out}", f"--dump-before={MARK}", "--dump-line=yes"]
        command = ["valgrind", "-q", "--tool=callgrind", *options, sys.executable, "-m", "bench.callgrind_target"]
        environment = {**os.environ, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
        try:
            done = subprocess.run(
                [*command, kernels], capture_output=True, text=True, timeout=60 * MINUTES, env=environment
            )
        except subprocess.TimeoutExpired:
            raise MsapemuError(f"valgrind: not done in {MINUTES} minutes") from None
        if done.returncode:
            raise MsapemuError(f"valgrind: {(done.stderr or done.stdout).strip()[-300:]}")
        counts: Counts = {}
        for text in done.stdout.splitlines():
            mapping, work, size, octets, number = text.split()
            cost = Counter[str]()
            for file, function, line, instructions in self_costs(Path(f"{out}.{number}")):
                cost[lines.layer(file, function, line)] += instructions
            counts[mapping, work, int(size)] = {layer: cost[layer] / int(octets) for layer in ALL}
    return counts


class Lines:
    """Which layer a line is of."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise CapabilityError(f"{path}: not there (make build)")
        self.starts: list[int] = []
        self.modules: list[str] = []
        for number, text in enumerate(path.read_text().splitlines(), 1):
            if text.startswith(("static ", "int ", "void ")) and text.endswith("{") and "__pyx_" in text:
                self.starts.append(number)
                self.modules.append(module_of(text))

    def module(self, line: int) -> str:
        """The file of msapemu/wire whose function stands at that line of what Cython made; "" for the shell."""
        at = bisect.bisect_right(self.starts, line) - 1
        return self.modules[at] if at >= 0 else ""

    def layer(self, file: str, function: str, line: int) -> str:
        name = Path(file).name
        if name == GENERATED.name:
            module = self.module(line) or module_of(function)
            return next((layer for layer, modules in LAYERS.items() if module in modules), "other" if module else SHELL)
        if "/wire/" in file or KERNEL.match(function):  # intrinsics have files of their own
            return "GFP-T" if any(word in f"{name} {function}" for word in LAYERS["GFP-T"]) else KERNELS
        if COPY.search(function):
            return COPIES
        return "counters, bits" if function.startswith("__popcount") else SHELL


def module_of(text: str) -> str:
    """The file of msapemu/wire that a function is of, by its name in C; "" when it is of none."""
    found = re.search(r"__pyx_f_7msapemu_4wire_(\d+)(\w+)", text)
    return found[2][: int(found[1])] if found else ""


def self_costs(path: Path) -> Iterator[tuple[str, str, int, int]]:
    """(file, function, line, instructions) of a file of callgrind, calls left out."""
    names: dict[tuple[str, str], str] = {}

    def named(kind: str, text: str) -> str:
        number, _, name = text.partition(" ")
        if name:
            names[kind, number] = name
        return names[kind, number] if number.startswith("(") else text

    file = function = ""
    line, skip = 0, False
    for text in path.read_text().splitlines():
        if not text:
            continue
        key, equal, value = text.partition("=")
        if equal and not text[0].isdigit() and text[0] not in "+-*":
            if key in ("fl", "fi", "fe"):
                file = named("file", value)
            elif key == "fn":
                function = named("function", value)
            elif key in ("cfi", "cfl"):
                named("file", value)
            elif key == "cfn":
                named("function", value)
            elif key == "calls":
                skip = True
            elif key == "ob" or key == "cob":
                named("object", value)
            continue
        if text[0] not in "+-*" and not text[0].isdigit():
            continue
        at, *cost = text.split()
        line = line if at == "*" else line + int(at) if at[0] in "+-" else int(at)
        if skip:
            skip = False
        elif cost:
            yield file, function, line, int(cost[0])
