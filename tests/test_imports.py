"""Imports run one way, and nothing at run time needs scapy.

    wire <- _framing <- dataplane -> ctl <- agent <- cli
    _framing <- interop <- cli
    ctl, node <- lab <- cli
    _framing, lab <- bench <- cli
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "msapemu"

# What each part may import of ours, besides itself. Errors that a user sees come from `ctl.errors`.
ALLOWED: dict[str, set[str]] = {
    "wire": set(),
    "_framing": {"wire"},
    "ctl": set(),
    "node": {"ctl"},
    "dataplane": {"wire", "_framing", "ctl"},
    "agent": {"ctl", "node"},
    "interop": {"wire", "_framing", "ctl.errors"},
    "lab": {"ctl", "node"},
    "bench": {"_framing", "ctl", "node", "lab"},
    "cli": {"ctl", "node", "agent", "lab", "interop", "bench", "dataplane"},  # dataplane: `msapemu node run`
    "__init__": set(),
    "__main__": {"cli"},
}
# GPL-2.0-only: an optional extra for users and a tool for tests
FORBIDDEN = {"scapy"}

FROM_IMPORT = re.compile(r"^[ \t]*from[ \t]+([\w.]+)[ \t]+c?import[ \t]+(\([^)]*\)|[\w, \t*]+)", re.M)
PLAIN_IMPORT = re.compile(r"^[ \t]*c?import[ \t]+([\w., \t]+)", re.M)


def part_of(path: Path) -> str:
    """The part of the package that the file belongs to: its folder, or its own name at the top.

    An include file `_framing_NAME.pxi` belongs to `_framing`.
    """
    inside = path.relative_to(PACKAGE)
    if len(inside.parts) > 1:
        return inside.parts[0]
    name = inside.name.split(".")[0]
    return "_framing" if name.startswith("_framing_") else name


def absolute(path: Path, level: int, module: str) -> str:
    """The full name of a relative import in `path`."""
    if level == 0:
        return module
    folder = ["msapemu", *path.relative_to(PACKAGE).parts[:-1]]
    return ".".join([*folder[: len(folder) - level + 1], *([module] if module else [])])


def python_imports(path: Path, text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text, str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(path, node.level, node.module or "")
            yield from (f"{base}.{alias.name}" for alias in node.names)


def cython_imports(path: Path, text: str) -> Iterator[str]:
    code = re.sub(r'""".*?"""', "", text, flags=re.S)
    for names in PLAIN_IMPORT.findall(code):
        yield from (name.split()[0] for name in names.split(",") if name.strip())
    for base, names in FROM_IMPORT.findall(code):
        level = len(base) - len(base.lstrip("."))
        for name in names.strip("()").split(","):
            if name.strip():
                yield f"{absolute(path, level, base.lstrip('.'))}.{name.split()[0]}"


def imports(path: Path) -> Iterator[str]:
    text = path.read_text()
    return python_imports(path, text) if path.suffix in (".py", ".pyi") else cython_imports(path, text)


def offences(path: Path, found: Iterator[str]) -> list[str]:
    part = part_of(path)
    wrong = []
    for name in found:
        first, _, inside = name.partition(".")
        if first in FORBIDDEN:
            wrong.append(name)
        if first != "msapemu" or not inside or inside == "__version__":
            continue
        own = inside == part or inside.startswith(part + ".")
        allowed = any(inside == one or inside.startswith(one + ".") for one in ALLOWED[part])
        if not own and not allowed:
            wrong.append(name)
    return wrong


FILES = sorted(path for kind in ("*.py", "*.pyi", "*.pyx", "*.pxd", "*.pxi") for path in PACKAGE.rglob(kind))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path: Path) -> None:
    assert part_of(path) in ALLOWED, "a new part of the package: say here what it may import"
    assert offences(path, imports(path)) == []


def test_the_package_was_found() -> None:
    assert PACKAGE / "__init__.py" in FILES
    assert PACKAGE / "_framing.pxd" in FILES


@pytest.mark.parametrize(
    ("file", "text", "wrong"),
    [
        ("node/x.py", "from msapemu.lab import deploy", ["msapemu.lab.deploy"]),
        ("node/x.py", "from ..lab.deploy import run", ["msapemu.lab.deploy.run"]),
        ("node/x.py", "def f():\n    import msapemu.dataplane.shelf", ["msapemu.dataplane.shelf"]),
        ("agent/x.py", "from msapemu import _framing", ["msapemu._framing"]),
        ("interop/x.py", "from msapemu.ctl import config", ["msapemu.ctl.config"]),
        ("interop/x.py", "from msapemu.ctl.errors import UsageError", []),
        ("interop/x.py", "from scapy.all import Ether", ["scapy.all.Ether"]),
        ("wire/x.pxd", "cimport msapemu._framing as f", ["msapemu._framing"]),
        ("wire/x.pxd", "from msapemu._framing cimport A, B", ["msapemu._framing.A", "msapemu._framing.B"]),
        ("wire/x.pxd", "from msapemu.ctl cimport (\n    A,\n    B)", ["msapemu.ctl.A", "msapemu.ctl.B"]),
        ("wire/x.pxd", "from .bip cimport bip8", []),
        ("wire/x.pxd", "from ..dataplane.loop cimport Loop", ["msapemu.dataplane.loop.Loop"]),
        ("_framing.pyx", "from msapemu.wire.line cimport (\n    LineRx)", []),
        ("_framing.pyx", "    from msapemu.ctl import config", ["msapemu.ctl.config"]),
    ],
)
def test_the_rule_sees_every_form(file: str, text: str, wrong: list[str]) -> None:
    path = PACKAGE / file
    found = python_imports(path, text) if path.suffix == ".py" else cython_imports(path, text)
    assert offences(path, found) == wrong
