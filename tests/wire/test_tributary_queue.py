"""The queue of bits: against a string of 0 and 1, at any alignment and round its end any number of times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msapemu._framing import TributaryQueue
from tests.wire.tributaries import bits

few = st.integers(0, 56).flatmap(lambda n: st.tuples(st.integers(0, (1 << n) - 1), st.just(n)))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.binary(max_size=150)),
        st.tuples(st.just("few"), few),
        st.tuples(st.just("get"), st.integers(0, 150)),
        st.tuples(st.just("get_few"), st.integers(1, 56)),
    ),
    max_size=60,
)


@given(st.sampled_from([0, 1, 62, 63, 126, 200]), steps)
def test_as_a_string(octets: int, steps: list[tuple[str, object]]) -> None:
    queue, model = TributaryQueue(octets), ""
    for step, value in steps:
        if isinstance(value, bytes):
            add = bits(value)
        elif isinstance(value, tuple):
            add = f"{value[0]:0{value[1]}b}" if value[1] else ""
        else:
            add = ""
        wanted = 8 * value if step == "get" else value if step == "get_few" else 0  # type: ignore[operator]
        if len(model) + len(add) > 8 * octets or wanted > len(model):
            with pytest.raises(ValueError):
                _do(queue, step, value)
        else:
            given_back = _do(queue, step, value)
            assert given_back == model[:wanted]
            model = model[wanted:] + add
        assert queue.waiting == len(model)


def _do(queue: TributaryQueue, step: str, value: object) -> str:
    if step == "put":
        queue.put(value)  # type: ignore[arg-type]
    elif step == "few":
        queue.put_few(*value)  # type: ignore[misc]
    elif step == "get":
        return bits(queue.get(value))  # type: ignore[arg-type]
    else:
        return f"{queue.get_few(value):0{value}b}"  # type: ignore[arg-type]
    return ""


@pytest.mark.parametrize("shift", range(8))
def test_full_to_the_last_bit(shift: int) -> None:
    """At every alignment of the full queue the first bit outlives the last one put in beside it."""
    queue = TributaryQueue(62)  # as much as a ring of 64 octets holds
    for _ in range(100):
        queue.put_few(1, shift + 1)
        queue.put(b"\x00" * 61)
        queue.put_few((1 << (7 - shift)) - 1, 7 - shift)
        assert queue.waiting == 8 * 62
        with pytest.raises(ValueError, match="no room"):
            queue.put_few(0, 1)
        assert queue.get_few(shift + 1) == 1
        assert queue.get(61) == b"\x00" * 61
        if shift < 7:
            assert queue.get_few(7 - shift) == (1 << (7 - shift)) - 1
        queue.put_few(0, 5)  # and on to another place
        assert queue.get_few(5) == 0
