"""kernels_check.c: every kernel of every variant against its plain definition, beside octets that cannot be read or
written; on this machine, and cross-compiled for AArch64 (NEON) under an emulator."""

from __future__ import annotations

import ast
import os
import platform
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WIRE = ROOT / "msapemu" / "wire"
SIMD_NAMES = ("SSE", "AVX", "SIMD_FLAGS_OF")
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]


def simd_flags() -> dict[str, dict[str, list[str]]]:
    """SIMD_FLAGS_OF of setup.py, which cannot be imported."""
    names: dict[str, dict[str, dict[str, list[str]]]] = {}
    for node in ast.parse((ROOT / "setup.py").read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith(SIMD_NAMES):
            exec(compile(ast.Module([node], []), "setup.py", "exec"), names)
    return names["SIMD_FLAGS_OF"]


def check(compiler: list[str], machine: str, folder: Path, run: list[str]) -> list[str]:
    """Build and run it; the variants that were checked."""
    all_flags = simd_flags()
    flags = all_flags.get(machine, {})
    special = set().union(*all_flags.values())
    files = [path for path in WIRE.glob("*.c") if path.name not in special or path.name in flags]
    files.append(Path(__file__).with_name("kernels_check.c"))
    common = ["-O3", "-fno-strict-aliasing", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", f"-I{WIRE}"]

    def compiled(path: Path) -> str:
        target = str(folder / f"{path.stem}.o")
        subprocess.run([*compiler, *common, *flags.get(path.name, []), "-c", str(path), "-o", target], check=True)
        return target

    with ThreadPoolExecutor(2) as pool:
        objects = list(pool.map(compiled, files))
    program = str(folder / "kernels_check")
    subprocess.run([*compiler, *objects, "-o", program], check=True)
    seed = str(random.randrange(1 << 32))
    done = subprocess.run([*run, program, seed, "20"], capture_output=True, text=True)
    print(done.stdout, done.stderr)  # the seed, and what is wrong
    assert done.returncode == 0
    return done.stdout.splitlines()[1:]


def test_of_this_machine(tmp_path: Path) -> None:
    compiler = os.environ.get("CC", "cc").split()
    if os.environ.get("MSAPEMU_DEBUG") == "1":
        compiler += SANITIZERS
    machine = platform.machine().lower().replace("amd64", "x86_64")
    assert check(compiler, machine, tmp_path, [])[-1] == "portable"


@pytest.mark.slow
@pytest.mark.tool("aarch64-linux-gnu-gcc")
@pytest.mark.tool("qemu-aarch64")
def test_of_aarch64(tmp_path: Path) -> None:
    assert check(["aarch64-linux-gnu-gcc", "-static"], "aarch64", tmp_path, ["qemu-aarch64"]) == ["neon", "portable"]
