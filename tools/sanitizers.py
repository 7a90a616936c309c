"""Puts the address and undefined-behaviour sanitizers' run-time into every Python of an environment.

It must be loaded before everything else, so a Python that starts without it starts itself again with it preloaded;
the programs that Python then runs are spared it. Leaks are not looked for: Python itself never frees what it keeps.

    python tools/sanitizers.py      installs this into the environment of that Python
"""

from __future__ import annotations

import os
import sys

NAME = "msapemu_sanitizers"


def load() -> None:
    import subprocess

    with open("/proc/self/maps") as maps:
        loaded = "libasan" in maps.read()
    if loaded:
        os.environ.pop("LD_PRELOAD", None)
        return
    # the C++ library too: the sanitizers look for its exception functions when they start
    names = ("libasan.so", "libubsan.so", "libstdc++.so.6")
    found = [subprocess.check_output(["gcc", f"-print-file-name={name}"], text=True).strip() for name in names]
    os.environ |= {
        "LD_PRELOAD": " ".join(found),
        "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTHONMALLOC": "malloc",
        "MSAPEMU_SANITIZED": "1",
    }
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def install() -> None:
    import shutil
    import sysconfig

    folder = sysconfig.get_path("purelib")
    shutil.copy(__file__, os.path.join(folder, f"{NAME}.py"))
    with open(os.path.join(folder, f"{NAME}.pth"), "w") as start:
        start.write(f"import {NAME}; {NAME}.load()\n")


if __name__ == "__main__":
    install()
