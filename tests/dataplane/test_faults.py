"""What a link does to a line: settings as a shelf has them, and bit errors at the rate asked for."""

from __future__ import annotations

import itertools
import statistics
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu import _framing
from msapemu._framing import Line
from msapemu.ctl import impairments
from msapemu.ctl.config import Impairment
from msapemu.ctl.config import Line as LineConfig
from msapemu.ctl.errors import UsageError
from msapemu.dataplane.check import check_impairment
from msapemu.dataplane.equipment import line_impairment

FRAME = 2430


def errors(octets: bytes) -> list[int]:
    return [8 * at + bit for at, octet in enumerate(octets) if octet for bit in range(8) if octet >> (7 - bit) & 1]


@pytest.mark.parametrize("ber", [1e-3, 1e-4, 1e-5])
def test_rate_and_spread_are_those_of_independent_errors(ber: float) -> None:
    frames = 1600 if ber < 1e-4 else 400
    where = errors(_framing.Impairment(ber=ber, seed=7).apply(bytes(frames * FRAME)))
    expected = 8 * frames * FRAME * ber
    assert len(where) == pytest.approx(expected, abs=5 * expected**0.5)
    gaps = [b - a for a, b in itertools.pairwise(where)]
    # geometric distances: mean and standard deviation are both 1 / ber
    assert statistics.mean(gaps) == pytest.approx(1 / ber, rel=0.25)
    assert statistics.stdev(gaps) == pytest.approx(1 / ber, rel=0.3)


def test_half_of_all_bits() -> None:
    impairment = _framing.Impairment(ber=0.5)
    found = len(errors(impairment.apply(bytes(40 * FRAME))))
    assert found == pytest.approx(4 * 40 * FRAME, rel=0.01)
    assert impairment.counters()["line_errors"] == found


# -- the settings of a shelf are those of the core

FULL = Impairment(
    delay_us=1000,
    ber=1e-6,
    seed=9,
    burst=3,
    cut=False,
    ppm=-4.6,
    errors=(
        impairments.Errors(layer="b2", rate=1e-5, burst=2),
        impairments.Errors(octet="S(9,1,1)", count=4, start=3, period=80, repeat=2),
        impairments.Errors(layer="bip2", tu="*", rate=0.1),
    ),
    force=(impairments.Force(octet="C2", au=1, value=0x12, mask=0x0F),),
    alarms=(
        impairments.Alarm(name="RS-TIM", trace="other"),
        impairments.Alarm(name="LP-PLM", tu="1.1.1", value=3, start=8, duration=80),
    ),
    slip=(impairments.Slip(frames=-2, start=5),),
    lose=(impairments.Loss(octets=100, period=8000),),
)


def test_a_shelf_gives_the_core_all_that_is_set() -> None:
    plain = Line().build(200)
    entries = {name: msgspec.to_builtins(getattr(FULL, name)) for name in ("errors", "force", "alarms", "slip", "lose")}
    core = _framing.Impairment(ber=1e-6, seed=9, burst=3, ppm=-4.6, **entries)
    assert line_impairment(LineConfig(port="1/1", impair=FULL)).apply(plain) == core.apply(plain) != plain
    assert not line_impairment(LineConfig(port="1/1")).busy
    assert line_impairment(LineConfig(port="1/1", impair=Impairment(cut=True))).run(plain) == [200]


def test_the_names_are_those_of_the_core() -> None:
    assert tuple(impairments.ALARMS) == _framing.ALARMS
    assert tuple(impairments.LAYERS) == _framing.ERROR_LAYERS


def test_what_cannot_be_is_told_with_its_place() -> None:
    alarm = impairments.Alarm(name="TU-AIS")
    with pytest.raises(UsageError, match=r"^co/1/1: alarms\[0\]: TU-AIS is for a TU: which one"):
        check_impairment(Impairment(alarms=(alarm,)), "stm1", "co/1/1")
    check_impairment(FULL, "stm1", "co/1/1")


numbers = st.one_of(
    st.none(), st.sampled_from([-1, 0, 1, 2, 7, 8, 9, 16, 17, 32, 48, 100, 255, 256, 2429, 2430, 10**15])
)
rates = st.sampled_from([None, None, 0.0, 1e-9, 0.5, 0.6, float("nan"), -1.0])
aus = st.sampled_from([None, None, 0, 1, 4, 5])
tus = st.sampled_from([None, "1.1.1", "3.7.3", "1.8.1", "1", "3", "4", "*", ""])
names = [*impairments.ALARMS, "TU-FIRE"]
layers = [None, *impairments.LAYERS, "b9"]
octets = [
    *(None, "A1", "B2", "S1", "M1", "D12", "H1", "H3", "J1", "C2", "N1", "V1", "V5", "K4", "Z9"),
    *("S(9,1,1)", "S(1, 9, 4)", "S(9,10,1)", "S(1,1,5)", "S(0,1,1)", "S(1,1)", "S(a,b,c)", "S(1,1,1"),
]


def entry(kind: type[Any], **keys: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One of `kind` with these keys, and mostly a schedule that can be."""
    schedule = {
        key: st.sampled_from([0, 0, 0, 5, 9, -1]) for key in kind.__struct_fields__ if key in ("start", "period")
    }
    schedule |= {key: st.sampled_from([0, 0, 0, 3]) for key in kind.__struct_fields__ if key in ("repeat", "duration")}
    return st.fixed_dictionaries({**keys, **schedule}).map(
        lambda given: kind(**{key: value for key, value in given.items() if value is not None})
    )


anything = st.one_of(
    st.tuples(
        st.just("errors"),
        entry(
            impairments.Errors,
            layer=st.sampled_from(layers),
            octet=st.sampled_from([None] * 20 + octets),
            rate=rates,
            count=numbers,
            burst=numbers,
            au=aus,
            tu=tus,
        ),
    ),
    st.tuples(
        st.just("force"),
        entry(
            impairments.Force,
            octet=st.sampled_from([octet for octet in octets if octet]),
            value=numbers.map(lambda n: n or 0),
            mask=numbers,
            au=aus,
            tu=tus,
        ),
    ),
    st.tuples(
        st.just("alarms"),
        entry(
            impairments.Alarm,
            name=st.sampled_from(names),
            au=aus,
            tu=tus,
            value=numbers,
            trace=st.sampled_from([None, "other", "x" * 16, "\n", "é"]),
            rate=rates,
        ),
    ),
    st.tuples(st.just("slip"), entry(impairments.Slip, frames=numbers.map(lambda n: n or 0))),
    st.tuples(st.just("lose"), entry(impairments.Loss, octets=numbers.map(lambda n: n or 0))),
)


@settings(max_examples=1500)
@given(anything, st.sampled_from([1, 4, 16]))
def test_the_shelf_takes_what_the_core_takes(given_: tuple[str, Any], n: int) -> None:
    what, one = given_
    impair = Impairment(**{what: (one,)})
    refused = impairments.fault(impair, n)
    line = {"rate": f"stm{n}", what: [msgspec.to_builtins(one)]}
    if refused is None:
        _framing.Impairment(**line)
    else:
        with pytest.raises(ValueError):
            _framing.Impairment(**line)
        assert refused.startswith(f"{what}[0]: ")


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ({"delay_us": -1}, "delay of -1 us is not in 0..1000000"),
        ({"ber": 0.6}, "bit error rate 0.6 is not in 0..0.5"),
        ({"ber": float("nan")}, "bit error rate nan"),
        ({"seed": -1}, "seed -1"),
        ({"burst": 0}, "burst 0 is not in 1..19440"),
        ({"ppm": 201.0}, "201.0 ppm is not in -200..200"),
        ({"alarms": (impairments.Alarm(name="AU-LOP"),) * 33}, "more than 64 things to do"),
    ],
)
def test_bounds(what: dict[str, Any], words: str) -> None:
    assert words in (impairments.fault(Impairment(**what), 1) or "")


def test_in_words() -> None:
    assert impairments.text(Impairment()) == ""
    assert impairments.text(FULL) == (
        "delay 1000 us, ber 1e-06 in bursts of 3, -4.6 ppm, RS-TIM, LP-PLM tu 1.1.1, errors b2 1e-05, "
        "errors S(9,1,1) 4, errors bip2 tu * 0.1, C2 au 1=0x12/0x0f, slip -2, lose 100"
    )
    assert impairments.text(Impairment(cut=True)) == "cut"
