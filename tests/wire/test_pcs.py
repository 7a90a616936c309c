"""The Gigabit Ethernet PCS: frames in characters, legal idles, and every arrow of the receive machine."""

from __future__ import annotations

import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu._framing import Pcs, encode_8b10b
from tests.wire.lines import mac_frame

S, T, R, V, K28_5, ERR = 0xFB, 0xFD, 0xF7, 0xFE, 0xBC, 0xFF
D5_6, D16_2, D21_5, D2_2 = 0xC5, 0x50, 0xB5, 0x42
Characters = list[tuple[int, int]]
I2: Characters = [(K28_5, 1), (D16_2, 0)]
C1: Characters = [(K28_5, 1), (D21_5, 0), (0x20, 0), (0x40, 0)]
C2: Characters = [(K28_5, 1), (D2_2, 0), (0x20, 0), (0x40, 0)]
PREAMBLE: Characters = [(S, 1)] + [(0x55, 0)] * 6 + [(0xD5, 0)]
END: Characters = [(T, 1), (R, 1)]


def with_fcs(frame: bytes) -> bytes:
    return frame + zlib.crc32(frame).to_bytes(4, "little")


def data(octets: bytes) -> Characters:
    return [(octet, 0) for octet in octets]


def on_wire(frame: bytes) -> Characters:
    return PREAMBLE + data(with_fcs(frame)) + END


def sent(frames: list[bytes], count: int, **options: bool) -> Characters:
    pcs = Pcs(**options)
    for frame in frames:
        assert pcs.send(frame)
    octets, control = pcs.fill(count)
    return list(zip(octets, control, strict=True))


def take(pcs: Pcs, characters: Characters) -> None:
    pcs.take(bytes(c[0] for c in characters), bytes(c[1] for c in characters))


def counted(pcs: Pcs) -> dict[str, int]:
    return {name: value for name, value in pcs.counters().items() if value}


def test_a_frame_of_even_length() -> None:
    frame = mac_frame(1, 60)
    out = sent([frame], 200)
    wire = on_wire(frame)
    assert out[: len(wire)] == wire
    rest = out[len(wire) :]
    assert [c[1] for c in rest] == [1, 0] * (len(rest) // 2)
    assert all(c == (K28_5, 1) for c in rest[::2])
    assert rest[1][0] in (D5_6, D16_2) and all(c == (D16_2, 0) for c in rest[3::2])


def test_a_frame_of_odd_length_has_a_second_r() -> None:
    frame = mac_frame(1, 61)
    out = sent([frame], 200)
    wire = [*on_wire(frame), (R, 1)]
    assert out[: len(wire)] == wire
    assert out[len(wire)] == (K28_5, 1) and len(wire) % 2 == 0


@pytest.mark.parametrize("length", [16, 59, 60, 61])
def test_short_frames_are_padded(length: int) -> None:
    frame = mac_frame(1, length)
    padded = frame + bytes(60 - min(length, 60))
    assert sent([frame], 300)[: len(padded) + 14] == on_wire(padded)


@pytest.mark.parametrize("lengths", [[60] * 20, [61] * 20, [60, 61, 63, 1514, 65, 77, 64]])
def test_twelve_octets_stand_between_frames(lengths: list[int]) -> None:
    """From /T/ to /S/; behind frames of odd length 13 and 11 in turn, as both begin on even characters."""
    out = sent([mac_frame(n, length) for n, length in enumerate(lengths)], sum(lengths) + 60 * len(lengths))
    starts = [at for at, c in enumerate(out) if c == (S, 1)]
    ends = [at for at, c in enumerate(out) if c == (T, 1)]
    assert len(starts) == len(ends) == len(lengths)
    assert all(at % 2 == 0 for at in starts)
    gaps = [start - end for end, start in zip(ends, starts[1:], strict=False)]
    odd = [13, 11] * len(gaps)
    assert gaps == [odd.pop(0) if length % 2 else 12 for length in lengths[:-1]]


def test_short_gaps_have_one_idle() -> None:
    frames = [mac_frame(n, 60 + n) for n in range(6)]
    out = sent(frames, 800, short_gaps=True)
    starts = [at for at, c in enumerate(out) if c == (S, 1)]
    ends = [at for at, c in enumerate(out) if c == (T, 1)]
    assert [s - e for e, s in zip(ends, starts[1:], strict=False)] == [4 + n % 2 for n in range(5)]
    pcs = Pcs()
    take(pcs, out)
    assert pcs.receive() == frames


@given(st.lists(st.binary(min_size=14, max_size=90), max_size=8), st.booleans())
@settings(max_examples=60)
def test_idles_are_legal(frames: list[bytes], short: bool) -> None:
    """/I1/ where the running disparity is positive, /I2/ where it is negative: behind every idle it is negative."""
    out = sent(frames, 64 * (3 + 3 * len(frames)), short_gaps=short)
    positive = False
    for at, (octet, control) in enumerate(out):
        before = positive
        _, positive = encode_8b10b(bytes([octet]), bytes([control]), positive)
        if at % 2 == 0 and at + 1 < len(out) and octet == K28_5 and control:
            following = out[at + 1][0]
            assert following == (D5_6 if before else D16_2)
        if at % 2 and out[at - 1] == (K28_5, 1):
            assert not positive
        if (octet, control) == (S, 1):
            assert not before
    # and it is always one of the ordered sets
    assert all(at % 2 == 0 for at, c in enumerate(out) if c == (K28_5, 1))


@given(st.lists(st.binary(min_size=60, max_size=200), max_size=8), st.data())
@settings(max_examples=40)
def test_there_and_back_in_any_pieces(frames: list[bytes], choose: st.DataObject) -> None:
    pcs, far = Pcs(), Pcs()
    queue = list(frames)
    received: list[bytes] = []
    for _ in range(400):
        if queue and choose.draw(st.booleans()):
            assert pcs.send(queue.pop(0))
        far.take(*pcs.fill(choose.draw(st.integers(0, 150))))
        received += far.receive()
        if not queue and len(received) == len(frames):
            break
    while queue:
        pcs.send(queue.pop(0))
    far.take(*pcs.fill(400 * (1 + len(frames))))
    assert received + far.receive() == frames
    assert counted(far) == ({"rx_client_frames": len(frames)} if frames else {})


FRAME = mac_frame(7, 70)
BODY = data(with_fcs(FRAME))


@pytest.mark.parametrize(
    ("characters", "expected"),
    [
        pytest.param(on_wire(FRAME), {"rx_client_frames": 1}, id="good"),
        pytest.param([*PREAMBLE[:1], *PREAMBLE[2:], *BODY, *END], {"rx_client_frames": 1}, id="preamble shrunk by one"),
        pytest.param(
            on_wire(FRAME) + [(R, 1)] * 3, {"pcs_extensions": 2, "rx_client_frames": 1}, id="carrier extension"
        ),
        pytest.param([*PREAMBLE[:3], (0x56, 0), *BODY, *END, *I2], {"pcs_preambles": 1}, id="preamble"),
        pytest.param([(S, 1)] + [(0x55, 0)] * 30 + I2, {"pcs_preambles": 1}, id="no end of preamble"),
        pytest.param([*PREAMBLE, *BODY[:20], *I2], {"pcs_ends": 1}, id="idle in the frame"),
        pytest.param([*PREAMBLE[:3], *I2], {"pcs_ends": 1}, id="idle in the preamble"),
        pytest.param([*PREAMBLE[:3], *END, *I2], {"pcs_ends": 1}, id="end in the preamble"),
        pytest.param([*PREAMBLE, *BODY, (R, 1), *I2], {"pcs_ends": 1}, id="/R/ without /T/"),
        pytest.param([*PREAMBLE, *BODY, (T, 1), *I2], {"pcs_ends": 1}, id="/T/ without /R/"),
        pytest.param([*PREAMBLE, *BODY, (T, 1), (0, 0), *I2], {"pcs_ends": 1}, id="/T/ and data"),
        pytest.param([*PREAMBLE, *BODY, (T, 1), (T, 1), *I2], {"pcs_ends": 1}, id="/T/ twice"),
        pytest.param([*PREAMBLE, *BODY[:30], (V, 1), *BODY[31:], *END], {"pcs_propagated": 1}, id="/V/"),
        pytest.param([*PREAMBLE, *BODY[:30], (ERR, 1), *BODY[31:], *END], {"pcs_propagated": 1}, id="10B_ERR"),
        pytest.param([*PREAMBLE[:4], (ERR, 1), *PREAMBLE[5:], *BODY, *END], {"pcs_propagated": 1}, id="in preamble"),
        pytest.param([*PREAMBLE, *BODY, (T, 1), (ERR, 1), *I2], {"pcs_propagated": 1}, id="in the end"),
        pytest.param([*PREAMBLE, *BODY[:30], (0x1C, 1), *BODY[31:], *END], {"pcs_propagated": 1}, id="K28.0"),
        pytest.param(BODY + END + I2, {"pcs_carriers": 1}, id="no /S/"),
        pytest.param([(T, 1), *I2], {"pcs_carriers": 1}, id="/T/ out of nothing"),
        pytest.param(
            [*on_wire(FRAME), (0x33, 0)], {"pcs_carriers": 1, "rx_client_frames": 1}, id="data behind the frame"
        ),
        pytest.param(PREAMBLE + data(with_fcs(FRAME[:59])) + END, {"pcs_short": 1}, id="63 octets"),
        pytest.param(PREAMBLE + data(with_fcs(FRAME[:60])) + END, {"rx_client_frames": 1}, id="64 octets"),
        pytest.param(PREAMBLE + data(bytes(3)) + END, {"pcs_short": 1}, id="3 octets"),
        pytest.param(PREAMBLE + END, {"pcs_short": 1}, id="nothing in the frame"),
        pytest.param(PREAMBLE + data(with_fcs(bytes(201))) + END, {"pcs_long": 1}, id="too long"),
        pytest.param(PREAMBLE + data(with_fcs(bytes(200))) + END, {"rx_client_frames": 1}, id="not too long"),
        pytest.param(PREAMBLE + BODY[:-1] + data(b"\0") + END, {"ethernet_fcs_errors": 1}, id="FCS"),
        pytest.param([*C1, *C2, *I2], {"pcs_configurations": 2}, id="/C/"),
        pytest.param([*C1[:3], *I2], {}, id="/C/ broken off"),
        pytest.param([(K28_5, 1), (K28_5, 1), (0x11, 0), (R, 1), (V, 1)], {}, id="what means nothing"),
        pytest.param([(K28_5, 1), *on_wire(FRAME)], {"rx_client_frames": 1}, id="/S/ on an odd character"),
        pytest.param([*C1[:2], *on_wire(FRAME)], {"rx_client_frames": 1}, id="/S/ in /C/"),
        pytest.param([*C1[:3], *on_wire(FRAME)], {"rx_client_frames": 1}, id="/S/ in the last octet of /C/"),
    ],
)
def test_faults(characters: Characters, expected: dict[str, int]) -> None:
    """One fault, one count; and the frame that follows is taken as if nothing had been."""
    pcs = Pcs(longest=200)
    take(pcs, I2 * 3 + characters + on_wire(FRAME) + I2)
    frames = pcs.receive()
    assert frames[-1] == FRAME
    assert len(frames) == 1 + expected.get("rx_client_frames", 0)
    assert counted(pcs) == {**expected, "rx_client_frames": len(frames)}


def test_a_new_frame_ends_the_last_one() -> None:
    for begun in (PREAMBLE[:3], PREAMBLE + BODY[:10], PREAMBLE + BODY + END[:1]):
        pcs = Pcs()
        take(pcs, begun + on_wire(FRAME))
        assert pcs.receive() == [FRAME]
        assert counted(pcs) == {"pcs_ends": 1, "rx_client_frames": 1}


def test_configuration_is_no_link() -> None:
    pcs = Pcs()
    take(pcs, C1 + C2)
    assert not pcs.configuring
    take(pcs, C1)
    assert pcs.configuring
    take(pcs, I2 * 2)
    assert pcs.configuring
    take(pcs, I2)
    assert not pcs.configuring


any_character = st.tuples(st.integers(0, 255), st.just(0)) | st.tuples(
    st.sampled_from([S, T, R, V, K28_5, ERR, 0x1C]), st.just(1)
)


@given(st.lists(st.lists(any_character, max_size=12) | st.sampled_from([I2, C1, PREAMBLE, BODY, END]), max_size=40))
@settings(max_examples=150)
def test_anything_may_come(parts: list[Characters]) -> None:
    """No frame but with a good FCS, and after idle everything is as ever."""
    pcs = Pcs()
    characters = [c for part in parts for c in part]
    take(pcs, characters)
    text = bytes(c[0] for c in characters)
    assert all(with_fcs(frame) in text for frame in pcs.receive())
    take(pcs, I2 * 3 + on_wire(FRAME))
    assert pcs.receive() == [FRAME]


def test_data_in_bulk_is_as_data_one_by_one() -> None:
    chance = random.Random(1)
    for _ in range(50):
        pcs, other = Pcs(), Pcs()
        for _ in range(chance.randrange(1, 8)):
            part = chance.choice([I2, PREAMBLE, END, data(chance.randbytes(chance.randrange(1, 100))), BODY, C1])
            take(other, part)
            for octet, control in part:
                pcs.take(bytes([octet]), b"\1" if control else None)
        assert pcs.counters() == other.counters() and pcs.receive() == other.receive()
