"""Builds the two extensions: the framing core and the data plane's loop.

Environment:
    MSAPEMU_DEBUG=1       address and undefined-behaviour sanitizers, bounds checks (see `make debug`)
    MSAPEMU_EXTENSIONS=0  the Python side only (`make setup` builds the extensions in a step of its own)
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from pathlib import Path
from typing import Any

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).resolve().parent
os.chdir(ROOT)

DEBUG = os.environ.get("MSAPEMU_DEBUG") == "1"
BUILD = Path("build")

DIRECTIVES = {
    "language_level": 3,
    "boundscheck": DEBUG,
    "wraparound": False,
    "initializedcheck": DEBUG,
    "cdivision": True,
}

# Frame buffers are octets read as wider words, so strict aliasing is off.
FLAGS = ["-fno-strict-aliasing"]
FLAGS += ["-O1", "-g", "-fno-omit-frame-pointer"] if DEBUG else ["-O3"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"] if DEBUG else []
# What Cython writes is not held to the warnings that our own C is held to.
WARNINGS_GENERATED = [
    f"-Wno-{what}" for what in ("unused-function", "unused-variable", "unreachable-code", "stringop-overread")
]
WARNINGS_OURS = ["-Wall", "-Wextra", "-Wno-unused-parameter"]

# The SIMD kernels: the same functions once per instruction set, chosen when the extension is imported. A file
# may use what stands here and nothing else, and `msapemu_kernels_select` tests the machine for all of it.
# A file that has no flags for a machine is left out there.
SSE = ["-msse4.2", "-mpclmul"]
AVX2 = [*SSE, "-mavx2", "-mbmi2"]
AVX512_PARTS = ["f", "bw", "vl", "dq", "vbmi", "vbmi2", "bitalg"]
AVX512 = [*AVX2, *(f"-mavx512{part}" for part in AVX512_PARTS), "-mgfni", "-mvpclmulqdq"]
SIMD_FLAGS_OF = {
    "x86_64": {
        "kernels_sse.c": SSE,
        "kernels_crc_clmul.c": SSE,
        "superblock_clmul.c": SSE,
        "kernels_avx2.c": AVX2,
        "superblock_avx2.c": AVX2,
        "kernels_avx512.c": AVX512,
        "superblock_512.c": AVX512,
        **{f"kernels_{part}_512.c": AVX512 for part in ("bits", "crc", "frame", "rows", "transpose", "x43")},
    },
    "aarch64": {file: ["-march=armv8-a+crypto"] for file in ("kernels_neon.c", "kernels_crc_clmul.c")},
}
SIMD_FILES = set().union(*SIMD_FLAGS_OF.values())
MACHINE = platform.machine().lower().replace("amd64", "x86_64")
SIMD_FLAGS = SIMD_FLAGS_OF.get(MACHINE, {})

# Where the hand-written C of each extension is.
FOLDERS = {"msapemu._framing": "msapemu/wire", "msapemu.dataplane.loop": "msapemu/dataplane"}


def sources(folder: str) -> list[str]:
    """The hand-written C files of `folder` that this machine can compile."""
    files = {path.name: str(path) for path in Path(folder).glob("*.c")}
    return sorted(files[name] for name in files.keys() - (SIMD_FILES - SIMD_FLAGS.keys()))


def inputs() -> list[str]:
    """Everything a compiled extension depends on."""
    kinds = (".pyx", ".pxd", ".pxi", ".h", ".c")
    return sorted(str(path) for path in Path("msapemu").rglob("*") if path.suffix in kinds)


def extension(name: str) -> list[Extension]:
    """The extension `name`, without the C files that go with it; none while its .pyx does not exist."""
    source = name.replace(".", "/") + ".pyx"
    if not Path(source).exists():
        return []
    return [
        Extension(
            name,
            [source],
            include_dirs=[".", "msapemu", "msapemu/wire", "msapemu/dataplane"],
            extra_compile_args=[*FLAGS, *SANITIZERS],
            extra_link_args=SANITIZERS,
        )
    ]


class State:
    """A digest of all inputs and settings, kept beside what was made from them.

    Times of files say nothing after a checkout of an older version; contents do. So an old .c or .so is never
    taken for a new one.
    """

    def __init__(self) -> None:
        import Cython

        settings = (Cython.__version__, sys.version, DIRECTIVES, FLAGS, SANITIZERS, SIMD_FLAGS)
        digest = hashlib.sha256(repr(settings).encode())
        for path in ["setup.py", *inputs()]:
            digest.update(path.encode() + b"\0" + Path(path).read_bytes())
        self.value = digest.hexdigest()

    def matches(self, record: Path) -> bool:
        return record.exists() and record.read_text() == self.value

    def write(self, record: Path) -> None:
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(self.value)


class BuildExtensions(build_ext):
    """`build_ext` with flags by file name, and with contents, not times, deciding what is built again."""

    def build_extensions(self) -> None:
        compile_one = self.compiler._compile

        def compile_with_flags(
            obj: str, src: str, ext: str, cc_args: Any, extra_postargs: Any, pp_opts: Any
        ) -> None:
            path = Path(src)
            generated = path.is_relative_to(BUILD)
            extra = WARNINGS_GENERATED if generated else WARNINGS_OURS + SIMD_FLAGS.get(path.name, [])
            compile_one(obj, src, ext, cc_args, [*extra_postargs, *extra], pp_opts)

        self.compiler._compile = compile_with_flags
        super().build_extensions()

    def build_extension(self, ext: Extension) -> None:
        output = Path(self.get_ext_fullpath(ext.name))
        mark = hashlib.sha256(str(output.resolve()).encode()).hexdigest()[:12]
        record = BUILD / "state" / f"{ext.name}.{mark}"
        state = State()
        if output.exists() and state.matches(record):
            return
        output.unlink(missing_ok=True)
        self.force = True
        super().build_extension(ext)
        state.write(record)


def extensions() -> list[Extension]:
    if os.environ.get("MSAPEMU_EXTENSIONS") == "0":
        return []
    wanted = [ext for name in FOLDERS for ext in extension(name)]
    if not wanted or any(command in sys.argv for command in ("egg_info", "sdist", "clean", "--version")):
        return wanted
    from Cython.Build import cythonize

    state, record = State(), BUILD / "state" / "cython"
    made: list[Extension] = cythonize(
        wanted,
        build_dir=str(BUILD / "cython"),
        compiler_directives=DIRECTIVES,
        force=not state.matches(record),
        emit_linenums=DEBUG,
    )
    state.write(record)
    for header in (BUILD / "cython").rglob("*.h"):
        header.unlink()  # a copy that Cython made: the true one shall be found
    for ext in made:
        # not before: Cython would copy them to its build directory
        ext.sources += sources(FOLDERS[ext.name])
        ext.depends = inputs()
    return made


setup(ext_modules=extensions(), cmdclass={"build_ext": BuildExtensions})
