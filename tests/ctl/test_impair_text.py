"""Entries of an impairment as text and as keys."""

from __future__ import annotations

import msgspec
import pytest

from msapemu.ctl import impairments
from msapemu.ctl.impair_text import read, with_entries
from msapemu.ctl.impairments import Alarm, Errors, Force, Impairment, Loss, Slip, lasting


@pytest.mark.parametrize(
    ("what", "given", "entry"),
    [
        ("alarms", "LOS", Alarm(name="LOS")),
        ("alarms", " HP-TIM , trace=a b, au=2", Alarm(name="HP-TIM", trace="a b", au=2)),
        (
            "alarms",
            "TU-AIS,tu=1.1.1,start=1s,duration=10ms,period=0.5s,repeat=3",
            Alarm(name="TU-AIS", tu="1.1.1", start=8000, duration=80, period=4000, repeat=3),
        ),
        ("alarms", {"name": "TU-AIS", "tu": 2, "start": 100}, Alarm(name="TU-AIS", tu="2", start=100)),
        ("alarms", {"name": "MS-EXC", "rate": "1e-3"}, Alarm(name="MS-EXC", rate=1e-3)),
        ("errors", "b3:1e-6", Errors(layer="b3", rate=1e-6)),
        ("errors", "b2:10,burst=2", Errors(layer="b2", count=10, burst=2)),
        ("errors", "b2:0.5", Errors(layer="b2", rate=0.5)),
        ("errors", "S(9,1,1):0.01,duration=125us", Errors(octet="S(9,1,1)", rate=0.01, duration=1)),
        ("errors", "K2:1e-3", Errors(octet="K2", rate=1e-3)),
        ("errors", {"layer": "hec", "count": 5}, Errors(layer="hec", count=5)),
        ("force", "K2=0x06,mask=0x07", Force(octet="K2", value=6, mask=7)),
        ("force", "S(9,1,1)=15", Force(octet="S(9,1,1)", value=15)),
        ("force", {"octet": "V5", "value": "0x0e", "tu": "3.7.3"}, Force(octet="V5", value=14, tu="3.7.3")),
        ("slip", "-2,period=1s", Slip(frames=-2, period=8000)),
        ("slip", 1, Slip(frames=1)),
        ("lose", "100,start=80", Loss(octets=100, start=80)),
        ("lose", {"octets": 7}, Loss(octets=7)),
    ],
)
def test_what_is_written_is_meant(what: str, given: object, entry: msgspec.Struct) -> None:
    assert read(what, given) == entry


@pytest.mark.parametrize(
    ("what", "given", "words"),
    [
        ("alarms", "", "'' is no alarm: LOS, LOF"),
        ("alarms", "LOS,soon", "'soon' is no KEY=VALUE that goes here"),
        ("alarms", "LOS,name=LOF", "'name=LOF' is no KEY=VALUE that goes here"),
        ("alarms", "LOS,at=3", "unknown key at (known: au, duration, name,"),
        ("alarms", "LOS,start=soon", "start: 'soon' is no time"),
        ("alarms", "MS-REI,value=x", "value: 'x' is no number"),
        ("alarms", "MS-EXC,rate=often", "rate: 'often' is no number"),
        ("alarms", "LOS,start=-1", "start -1 is not in 0.."),
        ("alarms", {"name": "LOS", "start": 1.5}, "start: must be int, not float"),
        ("alarms", {"name": ["LOS"]}, "name: must be str, not array"),
        ("alarms", {}, "name is missing"),
        ("alarms", 3, "3 is no entry of alarms"),
        ("alarms", None, "None is no entry of alarms"),
        ("slip", True, "True is no entry of slip"),
        ("errors", "b3", "'b3': how many?"),
        ("errors", "b3:", "rate: '' is no number"),
        ("errors", ":1e-6", "'' is no octet that has a name"),
        ("force", "K2", "'K2': to what?"),
        ("slip", "many", "frames: 'many' is no number"),
        ("slip", 99, "frames 99 is not in -8..8"),
        ("lose", "100000", "octets 100000 is not in 1..38879"),
    ],
)
def test_anything_else_is_told(what: str, given: object, words: str) -> None:
    with pytest.raises(ValueError) as told:
        read(what, given)
    assert words in str(told.value)


def test_entries_come_on_top_and_what_has_happened_goes() -> None:
    before = Impairment(delay_us=5, slip=(Slip(frames=1), Slip(frames=1, start=9)), lose=(Loss(octets=5),))
    after = with_entries(lasting(before), alarms=(Alarm(name="LOS"),), slip=(Slip(frames=2),))
    assert after == Impairment(delay_us=5, alarms=(Alarm(name="LOS"),), slip=(Slip(frames=1, start=9), Slip(frames=2)))
    assert impairments.text(after) == "delay 5 us, LOS, slip +1, slip +2"
