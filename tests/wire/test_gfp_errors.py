"""GFP on a line with bit errors: what the headers lose and mend, against the model and the second implementation.

The model of a HEC: a header of 32 bits is lost when its errors are neither none nor one, nor look like none or one.
With q = 1 - p it is lost with P = sum over w >= 2 of U(w) p^w q^(32 - w), U(w) being the patterns of w errors that the
HEC does not take for fewer than two; U(2) = 496, U(3) is counted out here, of four and more (under 1 % of P at 1e-3)
all are taken as seen. The descrambler makes two errors of one, 43 bits apart, so that a header in the payload area has
twice the error ratio: 2 p q.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from math import comb, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu._framing import Group
from tests.ref import gfp
from tests.wire.lines import flip, mac_frame

IDLES = [gfp.IDLE] * 2
HEADER_BITS = 32


@cache
def seen(weight: int) -> int:
    """U(w): patterns of so many errors that are not taken for one error or none."""
    return sum(gfp.correct(sum(1 << bit for bit in bits)) is None for bits in combinations(range(HEADER_BITS), weight))


def loss(p: float) -> float:
    """Of a header at bit error ratio p."""
    patterns = {weight: seen(weight) if weight <= 3 else comb(HEADER_BITS, weight) for weight in range(2, 33)}
    return sum(n * p**weight * (1 - p) ** (HEADER_BITS - weight) for weight, n in patterns.items())


def mended(p: float) -> float:
    """A header with one error, or one that looks like it: these are the 3-error patterns that are not seen."""
    return HEADER_BITS * p * (1 - p) ** 31 + (comb(HEADER_BITS, 3) - seen(3)) * p**3 * (1 - p) ** 29


def error_places(bits: int, p: float, chance: random.Random) -> Iterator[int]:
    """Independent errors."""
    at = -1
    while True:
        at += 1 + int(chance.expovariate(1) / p)
        if at >= bits:
            return
        yield at


def errored(octets: bytes, p: float, chance: random.Random) -> bytes:
    out = bytearray(octets)
    for bit in error_places(8 * len(octets), p, chance):
        out[bit >> 3] ^= 0x80 >> (bit & 7)
    return bytes(out)


def within(measured: int, trials: int, p: float) -> bool:
    """Three sigma of the binomial distribution."""
    return abs(measured - trials * p) <= 3 * sqrt(trials * p * (1 - p))


# -- core headers


def test_the_model() -> None:
    """The figures of qualification tests: 4.9e-4, 5e-6, 5e-8 at 1e-3, 1e-4, 1e-5 (ANCHORS)."""
    assert seen(2) == comb(32, 2) == 496
    assert [f"{loss(p):.1e}" for p in (1e-3, 1e-4, 1e-5)] == ["4.9e-04", "5.0e-06", "5.0e-08"]


@pytest.mark.parametrize(("p", "headers"), [(1e-3, 500_000), (1e-4, 3_000_000)])
def test_core_headers_lost_and_corrected(p: float, headers: int) -> None:
    """Idles, which are core headers and nothing else; those that are read out of SYNC are no trials."""
    group, chance = Group(), random.Random(1)
    group.take(gfp.mask_core(gfp.IDLE) * 2)
    before = group.counters()["rx_idle_frames"]
    for _ in range(10):
        group.take(errored(gfp.mask_core(gfp.IDLE) * (headers // 10), p, chance))
    count = group.counters()
    trials = count["rx_idle_frames"] - before + count["core_hec_errors"]
    assert trials > 0.99 * headers
    assert within(count["core_hec_errors"], trials, loss(p))
    assert within(count["core_hec_corrected"], trials, mended(p))
    # each loss is found again: an idle brings PRESYNC, the next one SYNC; a few octets go by
    assert count["sync_losses"] == count["core_hec_errors"] > 5
    assert count["syncs"] == count["sync_losses"] + group.in_sync
    assert 5 * count["sync_losses"] <= count["unaligned_octets"] - 8 <= 12 * count["sync_losses"]
    print(f"\n{p:g}: {count['core_hec_errors']} of {trials} lost, {trials * loss(p):.1f} by the model")


@pytest.mark.parametrize(("p", "frames"), [(1e-3, 20_000), (1e-4, 100_000)])
def test_type_headers_lost_and_corrected(p: float, frames: int) -> None:
    """Errors in payload areas only, so that no frame is lost for another reason."""
    group, chance = Group(upi=2), random.Random(2)
    sender = Group(upi=2, queue_octets=1 << 24)
    group.take(gfp.mask_core(gfp.IDLE) * 2)
    area = 4 + 60
    for _ in range(frames // 1000):
        for _ in range(1000):
            sender.send_raw(bytes(60))
        stream = bytearray(sender.fill(1000 * (4 + area)))
        for bit in error_places(8 * area * 1000, p, chance):
            octet = 4 + bit // 8 + 4 * (bit // (8 * area))
            stream[octet] ^= 0x80 >> (bit & 7)
        group.take(stream)
        group.receive()
    count = group.counters()
    assert count["sync_losses"] == 0
    doubled = 2 * p * (1 - p)
    assert within(count["type_hec_errors"], frames, loss(doubled))
    assert within(count["type_hec_corrected"], frames, mended(doubled))


def test_every_pair_of_errors_of_a_type_header_is_seen() -> None:
    """496 pairs, put in before scrambling, in type and extension header: never corrected, never delivered."""
    for header, counter in ((0, "type_hec_errors"), (32, "extension_hec_errors")):
        group, encoder = Group(cid=0x5A), gfp.LineEncoder()
        group.take(b"".join(map(encoder.encode, IDLES)))
        frame = gfp.build(gfp.ethernet_payload(mac_frame(1)), cid=0x5A)
        for first, second in combinations(range(32), 2):
            group.take(encoder.encode(flip(frame, 32 + header + first, 32 + header + second)))
        assert group.receive() == []
        count = group.counters()
        assert count[counter] == 496
        assert count["type_hec_corrected"] == count["extension_hec_corrected"] == count["sync_losses"] == 0


def test_a_pair_of_errors_in_a_core_header_costs_what_it_must() -> None:
    """All 496 one after the other on one line: HUNT each time, never another length, and SYNC again."""
    group, encoder = Group(payload_fcs=True), gfp.LineEncoder()
    group.take(b"".join(map(encoder.encode, IDLES)))
    sent, got = [], []
    for number, bits in enumerate(combinations(range(32), 2)):
        frames = [mac_frame(number * 4 + n, 46) for n in range(4)]
        lines = [encoder.encode(gfp.build(gfp.ethernet_payload(frame), with_pfcs=True)) for frame in frames]
        group.take(flip(lines[0], *bits)[:4])
        assert group.delineation == "HUNT"
        group.take(lines[0][4:] + b"".join(lines[1:]))
        assert group.delineation == "SYNC"
        sent += frames
        got += group.receive()
    assert set(got) < set(sent) and got == [frame for frame in sent if frame in set(got)]
    count = group.counters()
    assert count["core_hec_errors"] == count["sync_losses"] == 496 and count["syncs"] == 497
    assert count["core_hec_corrected"] == count["discarded"] == count["payload_fcs_errors"] == 0


# -- frames


@pytest.mark.parametrize("p", [1e-3, 1e-4, 1e-5])
@pytest.mark.parametrize("options", [{}, {"fcs_reversed": True, "fcs_inverted": True}, {"cid": 3}])
def test_no_wrong_frame_is_delivered_with_payload_fcs(p: float, options: dict[str, object]) -> None:
    """UPI 2, so that no Ethernet FCS helps. What comes was sent, in that order, once."""
    chance = random.Random(3)
    sender = Group(upi=2, payload_fcs=True, queue_octets=1 << 24, **options)  # type: ignore[arg-type]
    group = Group(upi=2, queue_octets=1 << 24, **options)  # type: ignore[arg-type]
    sent = [chance.randbytes(chance.choice((1, 4, 20, 64, 400))) for _ in range(20_000)]
    for frame in sent:
        sender.send_raw(frame)
    stream = sender.fill(sum(map(len, sent)) + 16 * len(sent))
    group.take(gfp.mask_core(gfp.IDLE) * 2 + errored(stream, p, chance))
    got = group.receive()
    at = iter(enumerate(sent))
    places = [next(n for n, frame in at if frame == wanted) for wanted in got]  # StopIteration: not sent after those
    assert len(places) == len(got)
    count = group.counters()
    spoiled = count["payload_fcs_errors"] + count["type_hec_errors"] + count["sync_losses"]
    assert spoiled > 0 and len(got) < len(sent)
    assert len(got) > {1e-3: 0.4, 1e-4: 0.9, 1e-5: 0.98}[p] * len(sent)


# -- anything at all, against the second implementation

COMPARED = {
    "idle_frames": "rx_idle_frames",
    "management_frames": "rx_management_frames",
    "core_hec_corrected": "core_hec_corrected",
    "core_hec_errors": "core_hec_errors",
    "sync_losses": "sync_losses",
    "type_hec_corrected": "type_hec_corrected",
    "type_hec_errors": "type_hec_errors",
    "extension_hec_corrected": "extension_hec_corrected",
    "extension_hec_errors": "extension_hec_errors",
    "payload_fcs_errors": "payload_fcs_errors",
}


def plain_frames() -> st.SearchStrategy[bytes]:
    information = st.binary(max_size=40)
    cids = st.none() | st.integers(0, 255)
    return st.one_of(
        st.just(gfp.IDLE),
        st.builds(gfp.build, information, upi=st.sampled_from([2, 2, 2, 1, 0]), with_pfcs=st.booleans(), cid=cids),
        st.builds(gfp.management, st.integers(0, 6), cids, st.booleans()),
        st.builds(gfp.build, information, pti=st.integers(0, 7), cid=cids),
        st.builds(lambda pli: gfp.with_hec(pli.to_bytes(2, "big")), st.integers(1, 3)),
        st.builds(lambda area: gfp.with_hec(len(area).to_bytes(2, "big")) + area, st.binary(min_size=4, max_size=30)),
    )


def idles_to_both(group: Group, far: gfp.GfpDeframer, expected: list[gfp.Frame]) -> None:
    """Until the frame that a wrong header may have announced is over: the second implementation reads whole frames."""
    block = gfp.mask_core(gfp.IDLE) * 500
    before = far.counters.idle_frames
    while far.counters.idle_frames == before:
        expected += far.feed(block)
        group.take(block)


@settings(max_examples=300)
@given(
    st.lists(plain_frames(), max_size=25),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 3)), max_size=12),
    st.booleans(),
    st.booleans(),
    st.data(),
)
def test_any_stream_is_read_as_the_second_implementation_reads_it(
    frames: list[bytes], errors: list[tuple[float, int]], scramble: bool, correct: bool, data: st.DataObject
) -> None:
    """Good and bad frames with bits inverted, octets lost, octets put in, and cut into pieces."""
    encoder = gfp.LineEncoder(scramble)
    line = b"".join(map(encoder.encode, [*IDLES, *frames, gfp.IDLE]))
    for where, kind in errors:
        at = int(where * len(line))
        if kind == 0:
            line = line[:at] + line[at + 1 :]
        elif kind == 1:
            line = line[:at] + bytes([at & 255]) + line[at:]
        else:
            line = flip(line, int(where * 8 * len(line)))
    group = Group(upi=2, cid="any", scramble=scramble, correct_extension=correct)
    far = gfp.GfpDeframer(scramble=scramble, correct_extension=correct)
    expected = far.feed(line)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(line)), max_size=6)))
    for begin, end in zip([0, *cuts], [*cuts, len(line)], strict=True):
        group.take(line[begin:end])
    idles_to_both(group, far, expected)
    wanted = [f.payload for f in expected if f.pti == gfp.PTI_DATA and f.upi == 2 and f.payload]
    assert group.receive() == wanted
    count = group.counters()
    assert {name: count[ours] for name, ours in COMPARED.items()} == {
        name: getattr(far.counters, name) for name in COMPARED
    }
    empty = sum(f.pti == gfp.PTI_DATA and f.upi == 2 and not f.payload for f in expected)
    assert count["rx_client_frames"] + count["upi_mismatch"] + empty == far.counters.client_frames


@settings(max_examples=100)
@given(st.binary(max_size=3000), st.booleans())
def test_noise_is_read_as_the_second_implementation_reads_it(noise: bytes, scramble: bool) -> None:
    group = Group(upi=2, cid="any", scramble=scramble)
    far = gfp.GfpDeframer(scramble=scramble)
    expected = far.feed(noise)
    group.take(noise)
    idles_to_both(group, far, expected)
    assert group.delineation == far.state.value == "SYNC"
    assert group.counters()["core_hec_errors"] == far.counters.core_hec_errors
    assert len(group.receive()) == sum(f.pti == 0 and f.upi == 2 and f.payload != b"" for f in expected)


# -- sizes


@pytest.mark.parametrize("with_pfcs", [False, True])
@pytest.mark.parametrize("cid", [None, 77])
def test_payload_areas_of_every_kind_of_size(with_pfcs: bool, cid: int | None) -> None:
    """PLI 0..3 is no client frame, and from the least to 65535 each frame comes whole; between are samples."""
    head = 4 + 4 * (cid is not None) + 4 * with_pfcs
    sizes = [*range(4, 41), 64, 255, 256, 257, 1518, 4095, 4096, 9618, 16383, 32767, 32768, 65519, 65534, 65535]
    encoder = gfp.LineEncoder(scramble=False)
    group = Group(upi=2, cid=cid, scramble=False, longest=65531 - 4 * (cid is not None), queue_octets=1 << 20)
    group.take(b"".join(map(encoder.encode, IDLES)))
    for pli in (0, 1, 2, 3):
        group.take(encoder.encode(gfp.with_hec(bytes([0, pli]))))
    for size in sizes:
        information = random.Random(size).randbytes(max(size - head, 0))
        if size < head:
            kind = bytes([with_pfcs << 4 | (cid is not None), 2])
            area = (gfp.with_hec(kind) + (gfp.with_hec(bytes([cid, 0])) if cid is not None else b""))[:size]
            frame = gfp.with_hec(size.to_bytes(2, "big")) + area.ljust(size, b"\0")
        else:
            frame = gfp.build(information, upi=2, cid=cid, with_pfcs=with_pfcs)
        assert int.from_bytes(frame[:2], "big") == size
        group.take(encoder.encode(frame))
        assert group.receive() == ([information] if size > head else []), size
    count = group.counters()
    assert count["reserved_control"] == 3 and count["rx_idle_frames"] == 2
    assert count["too_short"] == sum(size <= head for size in sizes)
    assert count["sync_losses"] == 0
