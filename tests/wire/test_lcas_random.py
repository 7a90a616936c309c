"""LCAS under whatever may happen: members added, removed, cut and healed, delays that change, in any order.

After quiet both ends must agree, and every frame that came must be one that was sent, once and in order. Times are
virtual; hypothesis chooses what happens.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from tests.wire.ends import Pair, Place, octets_a_frame
from tests.wire.lines import ALL_TUS, name

MS = 8
LO = [name(tu) for tu in ALL_TUS]
PLACES: dict[str, dict[int, Place]] = {
    "VC-12": {n: (n % 3, 1, LO[7 * n]) for n in range(6)},
    "VC-3": {n: (n % 3, 1, str(n // 3 + 1)) for n in range(5)},
    "VC-4": {n: (n, 1, "") for n in range(3)},
}


@dataclass(frozen=True)
class Step:
    what: str
    number: int
    value: int
    ms: int  # that go by until the next


steps = st.lists(
    st.builds(
        Step,
        st.sampled_from(["add", "remove", "add back", "remove back", "cut", "heal", "cut back", "heal back", "delay"]),
        st.integers(0, 5),
        st.integers(0, 200),
        st.integers(0, 120),
    ),
    max_size=14,
)


def carry_out(pair: Pair, step: Step) -> None:
    number = step.number % len(pair.west.places)
    line = step.number % 3
    if step.what in ("add", "remove"):
        getattr(pair.west.group, step.what)(number)
    elif step.what in ("add back", "remove back"):
        getattr(pair.east.group, step.what.split()[0])(number)
    elif step.what == "delay":
        pair.there[line].delay = step.value
    else:
        fibres = pair.back if step.what.endswith("back") else pair.there
        fibres[line].cut = step.what.startswith("cut")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
@given(kind=st.sampled_from(sorted(PLACES)), sequence=steps)
def test_after_quiet_both_ends_agree(kind: str, sequence: list[Step]) -> None:
    places = PLACES[kind]
    pair = Pair(places, rates=("stm1",) * 3)
    pair.length = 1200
    pair.load = 0.3 * octets_a_frame(places[0])
    for step in sequence:
        note(str(step))
        carry_out(pair, step)
        pair.run(step.ms * MS)
    for fibre in (*pair.there, *pair.back):
        fibre.cut = False
    for number in places:
        pair.west.group.add(number)
        pair.east.group.add(number)
    # a second for an acknowledgement that is waited for in vain, and time to come up
    pair.run(200 * MS).up()
    pair.run(150 * MS)
    received = len(pair.received)
    sent = len(pair.sent)
    pair.run(100 * MS).quiet()
    assert pair.received[-(len(pair.sent) - sent) :] == pair.sent[sent:], "lost after quiet"
    assert len(pair.received) > received
    pair.lost()  # all that came was sent, in order, once
    for end, other in ((pair.west, pair.east), (pair.east, pair.west)):
        for number, member in end.group.members().items():
            far = other.group.members()[number]
            assert (member["tx"]["state"], far["rx"]["state"]) == ("NORM", "OK")
            assert (member["tx"]["ctrl"], member["tx"]["sq"]) == (far["rx"]["ctrl"], far["rx"]["sq"])
        assert end.defects() == set()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
@given(st.lists(st.tuples(st.sampled_from(["add", "remove"]), st.integers(0, 5), st.integers(0, 150)), max_size=12))
def test_adding_and_removing_never_loses_a_frame(sequence: list[tuple[str, int, int]]) -> None:
    """Two members stay; the others come and go, as fast as may be."""
    pair = Pair(PLACES["VC-12"], rates=("stm1",) * 3).up()
    pair.load = 0.95 * 2 * octets_a_frame(pair.west.places[0])
    for what, number, ms in sequence:
        if number > 1:
            getattr(pair.west.group, what)(number)
        pair.run(ms * MS)
    pair.run(600 * MS).quiet()
    assert pair.lost() == 0
    assert pair.east.group.counters()["sync_losses"] == 0


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
@given(seed=st.integers(0, 2**32))
def test_with_bit_errors_it_holds(seed: int) -> None:
    """At 1e-5 control packets are lost now and then, and traffic; the group stays up, and heals when they end."""
    pair = Pair(PLACES["VC-12"], rates=("stm1",) * 3).up()
    pair.length = 300
    pair.load = 0.5 * octets_a_frame(pair.west.places[0])
    for fibre in (*pair.there, *pair.back):
        fibre.ber = 1e-5
        fibre.chance.seed(seed)
    pair.run(500 * MS)
    for fibre in (*pair.there, *pair.back):
        fibre.ber = 0.0
    pair.run(1500 * MS).up()
    sent = len(pair.sent)
    pair.run(100 * MS).quiet()
    assert pair.received[-(len(pair.sent) - sent) :] == pair.sent[sent:]
    pair.lost()
