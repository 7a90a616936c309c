"""What is measured: a round of work, what it needs before it, and what must be true after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from msapemu.ctl.errors import MsapemuError

Stage = Callable[[], object]

# Counters that say that something went wrong, wherever they are counted.
FAULTS = {
    *("oof", "lof", "b1_errors", "b2_errors", "b3_errors", "bip2_errors", "au_new_data", "h4_lom", "sync_losses"),
    *("core_hec_corrected", "core_hec_errors", "type_hec_corrected", "type_hec_errors", "extension_hec_corrected"),
    *("extension_hec_errors", "payload_fcs_errors", "ethernet_fcs_errors", "discarded", "rx_dropped", "tx_dropped"),
    *("pti_mismatch", "exi_mismatch", "cid_mismatch", "upi_mismatch", "too_short", "too_long", "reserved_control"),
    *("unaligned_octets", "aborts", "invalid", "losses", "fas_errors", "crc_errors", "e_bits", "false_alignments"),
    *("slips", "defects"),
}


class Work(Protocol):
    """A set-up that is measured. A round is `arm`, which is not timed, and each of `stages` (by kind of work)."""

    mapping: str
    size: int
    octets: int  # that a stage moves in a round
    frames: int  # of `size`, or of the mapping, in these octets: what "ns per frame" counts
    line_bps: float  # one times line rate

    @property
    def stages(self) -> Mapping[str, Stage]: ...
    def arm(self) -> None: ...
    def check(self) -> None:
        """MsapemuError when anything went wrong since the set-up was made, or a round was not full."""


def faults(counters: Mapping[str, int], before: Mapping[str, int]) -> list[str]:
    """What was counted since `before` and should not have been."""
    grown = {name: value - before.get(name, 0) for name, value in counters.items() if name in FAULTS}
    return [f"{count} {name}" for name, count in grown.items() if count]


def refuse(work: Work, found: list[str]) -> None:
    """An error instead of a figure."""
    if found:
        raise MsapemuError(f"{work.mapping}, {work.size} octets: no figure, for there were {', '.join(found)}")
