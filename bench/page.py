"""Makes docs/performance.md: this machine, the method, and what is measured now. `make performance`.

What a missing tool or privilege leaves out stands in the page with its reason."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from bench.core_part import core
from bench.count_part import compare, instructions
from bench.link_part import circuit, decoding, idle, other_links
from bench.markdown import Lines, machine, tried
from msapemu.bench.link.rfc2544 import Settings
from msapemu.ctl.errors import MsapemuError

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"

METHOD = """\
`make performance` writes this page anew. Core: `msapemu bench core`, one process, one core; the median of many short
rounds, in which nothing is idle, every FCS, HEC, BIP and CRC is made and checked and all counters are on; what was
built is received, and a counted error would be an error and no figure. Yardsticks are of the same octets in the same
rounds: a copy, and one x^43 + 1 pass, Gbit/s. Links: `msapemu bench link`, two shelves on this machine, UDP over
loopback between them, frames from TAP to TAP both ways at once; the generator runs on the same cores. The throughput
is the highest rate at which no frame is lost and none waits for longer and longer. What gives out is `none` where
theory is reached, `link` when frames are lost or queue up, `generator` when it could not send or see what was asked:
then the link may well do more. Idle is what is left of all cores. Frames of the core are without FCS, of links with
it."""


def page(seconds: float, trial: float) -> str:
    settings = Settings(seconds=trial)
    parts: list[tuple[str, Callable[[], Lines]]] = [
        ("Machine", machine),
        ("Method", lambda: [METHOD, ""]),
        ("The core", lambda: core(seconds)),
        ("A VC-4 between two shelves", lambda: circuit("vc4", settings, more=True)),
        ("A VC-12-63v with LCAS between two shelves", lambda: circuit("vc12-63v", settings)),
        ("Shelves with nothing to do", idle),
        ("Peers: decoding", decoding),
        ("Peers: links", lambda: [PEERS, "", *other_links(Settings(seconds=trial / 2, resolution=0.02, tries=1))]),
        ("Instructions an octet", lambda: [INSTRUCTIONS, "", *instructions()]),
    ]
    lines = ["# Performance", ""]
    for title, part in parts:
        lines += [f"## {title}", "", *tried(title, part)]
    return "\n".join(lines).rstrip() + "\n"


PEERS = """\
The same generator at the same loads: up to what a VC-4 carries, both ways. socat carries Ethernet in UDP and nothing
else of what the shelves do; its TAPs queue as many frames as those of a shelf. CPU is that of the shelves' loops, or
of both socats."""

INSTRUCTIONS = """\
Counted by callgrind for one round of `msapemu bench core`: instructions for an octet of the line (of E1, of
characters), by the layer in whose source they stand, inlined or not. The number does not depend on how fast a machine
is or what else it does, so a change of it is one of the code. valgrind hides AVX-512 from the program: this is the
next best path. `make profile` counts again and shows what differs from this table."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compare", action="store_true", help="count instructions, and compare them with the page")
    parser.add_argument("--output", type=Path, default=PAGE)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each measurement of the core")
    parser.add_argument("--trial", type=float, default=2.0, help="seconds of a trial on a link")
    chosen = parser.parse_args()
    try:
        if chosen.compare:
            return compare(PAGE)
        chosen.output.write_text(page(chosen.seconds, chosen.trial))
    except MsapemuError as error:
        print(f"{error}", file=sys.stderr)
        return error.status
    print(f"{chosen.output}: written", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
