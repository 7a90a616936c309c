"""What callgrind runs: one round of every set-up, with a mark before and after each stage. Prints, a line a stage:
mapping, work, size, octets, and the number of the file in which callgrind has counted it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from msapemu._framing import select_kernels
from msapemu.bench.e1 import E1Ends
from msapemu.bench.gfp_t import Superblocks
from msapemu.bench.stm import CARRYING, CrossConnect, Ends
from msapemu.bench.work import Work

WARM_UP = 3  # rounds


def works() -> Iterator[Work]:
    yield Ends("vc4", 64)
    for mapping in CARRYING:
        yield Ends(mapping, 1514)
    yield CrossConnect(1514)
    yield E1Ends()
    yield Superblocks(1514)


def main() -> None:
    select_kernels(sys.argv[1])
    marks = 0
    for work in works():
        for _ in range(WARM_UP):
            work.arm()
            for stage in work.stages.values():
                stage()
        work.arm()
        for name, stage in work.stages.items():
            os.getpgrp()
            stage()
            os.getpgrp()
            marks += 2
            print(work.mapping, name, work.size, work.octets, marks)
        work.check()


if __name__ == "__main__":
    main()
