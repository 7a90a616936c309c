"""What an impairment costs a line: frames through it, by what is set."""

from __future__ import annotations

from typing import Any

import pytest

from msapemu._framing import STM1_OCTETS, Group, Impairment, Line, LineMap, member_name

FRAMES = 512
SETTINGS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "ber": {"ber": 1e-6},
    "one section alarm": {"alarms": [{"name": "MS-RDI"}]},
    "MS-AIS": {"alarms": [{"name": "MS-AIS"}]},
    "AU-AIS": {"alarms": [{"name": "AU-AIS"}]},
    "one VC-4 alarm": {"alarms": [{"name": "HP-UNEQ"}]},
    "one TU-12 alarm": {"alarms": [{"name": "TU-AIS", "tu": "1.1.1"}]},
    "63 TU-12 alarms": {"alarms": [{"name": "TU-AIS", "tu": "*"}]},
    "B2 errors at 1e-3": {"errors": [{"layer": "b2", "rate": 1e-3}]},
    "GFP-LFD of a VC-4": {"alarms": [{"name": "GFP-LFD"}]},
    "HEC errors, idle": {"errors": [{"layer": "hec", "rate": 1e-4}]},
    "cleared": {},
}


def frames(rate: str) -> bytes:
    """A line full of TU-12, idle."""
    line = Line(rate=rate)
    line.apply(LineMap("tug", [(Group(), [member_name(column) for column in range(63)])]))
    line.build(64)
    return line.build(FRAMES)


@pytest.mark.parametrize("line", ["stm1", "stm4", "stm16"])
@pytest.mark.parametrize("what", SETTINGS)
def test_impair(rate, what, line):
    octets = frames(line)
    impairment = Impairment(rate=line, **SETTINGS[what])
    if what == "cleared":
        impairment.set(alarms=[{"name": "MS-AIS", "duration": 8}])
    impairment.apply(octets)
    if what == "cleared":
        impairment.clear()
        assert impairment.busy
    rate(lambda: impairment.run(octets), len(octets))
    assert len(octets) % STM1_OCTETS == 0
