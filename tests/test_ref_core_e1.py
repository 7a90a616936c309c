"""The framed E1 of core and second implementation: each reads what the other builds, octet for octet, and both find the
same alignments, errors and alarms in the same bits.
"""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from msapemu._framing import Fabric, FramedE1, PdhLine
from tests.ref import e1cas, e1frame, e1sync
from tests.ref.e1frame import BITS, FRAME, Overhead, bits_text, text_octets

seeds = st.integers(0, 2**32 - 1)
no_shrinking = [Phase.explicit, Phase.reuse, Phase.generate]
MS = 8  # frames
LATE = 3  # frames that the core may know a thing later than can be
ABCD = {slot: slot % 14 + 1 for slot in e1cas.TIMESLOTS}


class Core:
    """An E1 line with a termination, fed and asked frame by frame."""

    def __init__(self, **options: object) -> None:
        self.line = PdhLine("e1")
        self.e1 = FramedE1(self.line.bearers[0], **options)  # type: ignore[arg-type]
        self.fabric = Fabric([self.e1])
        self.fabric.apply()
        self.frames = 0
        self.events: list[tuple[int, str, bool]] = []
        self.sent: list[bytes] = []

    def feed(self, octets: bytes) -> Core:
        for at in range(0, len(octets) - FRAME + 1, FRAME):
            self.line.parse(octets[at : at + FRAME])
            self._step()
        return self

    def silent(self, frames: int) -> Core:
        for _ in range(frames):
            self.line.silent(1)
            self._step()
        return self

    def build(self, frames: int) -> bytes:
        """One at a time: what waits between termination and line is limited."""
        out = bytearray()
        for _ in range(frames):
            self.fabric.transmit()
            out += self.line.build()
        return bytes(out)

    def _step(self) -> None:
        self.fabric.receive()
        self.sent.append(self.build(1))
        self.frames += 1
        self.events += [(self.frames, what, raised) for _, _, what, raised in self.fabric.events()]

    def of(self, what: str) -> list[tuple[int, bool]]:
        return [(frame, raised) for frame, name, raised in self.events if name == what]

    def counts(self) -> tuple[int, ...]:
        counters = self.e1.counters()
        names = ("fas_errors", "crc_blocks", "crc_errors", "e_bits", "losses", "false_alignments")
        return tuple(counters[name] for name in names)


def ref_counts(reading: e1sync.Reading) -> tuple[int, ...]:
    """The same of the second implementation."""
    false = len(reading.of("false alignment"))
    losses = sum(event.on for event in reading.of("LOF")) - 1 - false
    names = ("fas_errors", "blocks", "crc_errors", "rei")
    return (*(reading.counts[name] for name in names), losses, false)


def random_slots(frames: int, seed: int = 1) -> list[bytes]:
    rng = Random(seed)
    return [rng.randbytes(31) for _ in range(frames)]


def text_of(frames: list[bytes]) -> str:
    return bits_text(b"".join(frames))


def whole(text: str) -> str:
    return text[: len(text) // BITS * BITS]


def same_times(core: list[tuple[int, bool]], ref: list[e1sync.Event], late: int = LATE) -> bool:
    """The core knows a thing in the frame in which it can be known, or a few later."""
    return [raised for _, raised in core] == [event.on for event in ref] and all(
        0 <= frame - event.bit // BITS <= late for (frame, _), event in zip(core, ref, strict=True)
    )


# -- core to second implementation


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"sa": 0b01010},
        {"ssm": 0b0010, "ssm_bit": 4},
        {"ssm": 0b1011, "ssm_bit": 7, "sa": 0},
        {"framing": "basic", "sa": 0b10001},
        {"framing": "basic", "ssm": 0b0100, "ssm_bit": 8},
        {"cas": True},
        {"cas": True, "framing": "basic", "idle": 0x54},
    ],
)
def test_sent_frames_are_the_same(options: dict[str, Any]) -> None:
    """From the first frame on; nothing is received, so A is 1 and E is 0."""
    core = Core(**options)
    idle = [bytes([options.get("idle", 0xFF)]) * 31] * 200
    if "cas" in options:
        core.e1.set_abcd(ABCD)
        idle = e1cas.put(idle, ABCD, y=1)
    overhead = Overhead(
        a=1,
        e=(0, 0),
        sa=options.get("sa", 0b11111),
        ssm=options.get("ssm"),
        ssm_bit=options.get("ssm_bit", 4),
    )
    ref = e1frame.build(idle, crc=options.get("framing") != "basic", overhead=overhead)
    assert core.build(200) == b"".join(ref)


def test_unframed_is_all_the_users() -> None:
    assert Core(framing="unframed", idle=0x33).build(4) == b"\x33" * 128


def test_a_and_e_that_go_back() -> None:
    """A until basic alignment, E zero until both; then one E bit for each errored SMF."""
    frames = e1frame.build(random_slots(320))
    hit = bytearray(frames[201])
    hit[7] ^= 0x10
    frames[201] = bytes(hit)
    core = Core().feed(b"".join(frames))
    back = e1sync.read(text_of(core.sent))
    assert back.counts["crc_errors"] == 0
    nfas = [bool(frame[0] & 0x20) for frame in core.sent[1::2]]
    (_, _), (aligned, _) = core.of("P12-LOF")
    assert nfas[: aligned // 2] == [True] * (aligned // 2) and not any(nfas[aligned // 2 + 1 :])
    e_bits = [frame[0] >> 7 for n, frame in enumerate(core.sent) if n % 16 in e1frame.E_FRAMES]
    first = e_bits.index(1)
    assert 2 <= first <= 6
    assert e_bits[first:].count(0) == 1
    assert e1sync.to_send(False, False)[0] and e1sync.to_send(True, True) == (0, (1, 1))


# -- second implementation to core


@settings(max_examples=40, phases=no_shrinking)
@given(seeds)
def test_same_in_the_same_bits(seed: int) -> None:
    """Any phase of the bits, A and E bits, up to 1 in 100 bits wrong once both alignments stand.

    The first frames are not those of an MFAS, so that it is the same one with which both begin.
    """
    rng = Random(seed)
    crc = rng.random() < 0.7

    def overhead(number: int) -> Overhead:
        e = (int(number // 16 * seed % 3 != 0), int(number // 16 * seed % 5 != 0))
        return Overhead(a=number * seed // 50 % 2 if number > 40 else 0, e=e, sa=number % 32)

    frames = e1frame.build(random_slots(320, seed), crc, overhead)[rng.randrange(2, 8) :]
    bits = list("1" * rng.choice([0, rng.randrange(512)]) + text_of(frames))
    ratio = rng.choice([0, 0, 1e-4, 1e-3, 1e-2])
    for at in range(100 * BITS, len(bits)):
        if rng.random() < ratio:
            bits[at] = "10"[int(bits[at])]
    text = whole("".join(bits))
    core = Core(framing="crc4" if crc else "basic").feed(text_octets(text))
    reading = e1sync.read(text, crc)
    # the core looks at all places at once; the other may be taken in by what is in the timeslots
    assume(len({frame.bit % BITS for frame in reading.frames}) == 1)
    assert core.counts() == ref_counts(reading)
    assert same_times(core.of("P12-LOF")[1:], reading.of("LOF")[1:], late=8)
    assert same_times(core.of("P12-RAI"), reading.of("RAI"))
    again = max(event.bit for event in reading.of("LOF")) + 4 * BITS
    newest = [frame for frame in reading.frames[-100:] if frame.bit >= again]
    if core.e1.state != "SEARCH":  # which holds frames back that it looks at
        assert core.e1.rows(len(newest)) == b"".join(frame.octets for frame in newest)
    assert (core.e1.state == "MULTIFRAME") == ("crc" in reading.at_end())


def test_ssm_and_sa_received() -> None:
    for bit in (4, 5, 6, 7, 8):
        core = Core(ssm_bit=bit)
        core.feed(b"".join(e1frame.build(random_slots(200), overhead=Overhead(sa=0b10110, ssm=0b1011, ssm_bit=bit))))
        counters = core.e1.counters()
        assert counters["ssm"] == 0b1011
        others = 0b11111 & ~(1 << (8 - bit))
        assert counters["sa"] & others == 0b10110 & others


def test_alignment_is_lost_and_found() -> None:
    """Two wrong FAS one after the other change nothing, three do."""
    frames = [bytearray(frame) for frame in e1frame.build(random_slots(320))]
    for number in (100, 102, 106, 108, 200, 202, 204):
        frames[number][0] ^= 0x02
    octets = b"".join(map(bytes, frames))
    core, reading = Core().feed(octets), e1sync.read(bits_text(octets))
    assert core.counts() == ref_counts(reading)
    assert core.counts()[0] == 7 and core.counts()[4] == 1
    assert same_times(core.of("P12-LOF")[1:], reading.of("LOF")[1:], late=8)


def without_fas(frames: list[bytes], numbers: range) -> list[bytes]:
    return [bytes([f[0] ^ 0x10]) + f[1:] if n in numbers and n % 2 == 0 else f for n, f in enumerate(frames)]


def imitated(frames: list[bytes], slot: int) -> list[bytes]:
    """With TS0 of an E1 without CRC in a timeslot."""
    return [f[:slot] + bytes([0x9B if n % 2 == 0 else 0xDF]) + f[slot + 1 :] for n, f in enumerate(frames)]


@pytest.mark.parametrize("slot", [5, 20])
def test_annex_b_finds_the_right_alignment(slot: int) -> None:
    """Only the imitation is there for 12 ms, then the right one too: both move without a loss of frame."""
    frames = without_fas(imitated(e1frame.build(random_slots(1200)), slot), range(100))
    text = text_of(frames)
    core, reading = Core().feed(text_octets(text)), e1sync.read(text)
    assert core.e1.state == "MULTIFRAME" and "crc" in reading.at_end()
    assert core.e1.rows(40) == b"".join(frames[-40:]) == b"".join(frame.octets for frame in reading.frames[-40:])
    assert [raised for _, raised in core.of("P12-LOF")] == [True, False] == [e.on for e in reading.of("LOF")]


def test_annex_b_far_end_without_crc() -> None:
    """400 ms, in which the frames of the primary alignment come as they are; then E bits of zero stay, and A is 0."""
    frames = e1frame.build(random_slots(450 * MS), crc=False)
    core, reading = Core().feed(b"".join(frames)), e1sync.read(text_of(frames))
    assert core.e1.state == "BASIC"
    assert same_times([core.of("P12-LOM")[-1]], [e1sync.Event(e.bit, "", False) for e in reading.of("no crc")])
    assert core.e1.rows(256) == b"".join(frames[-256:])
    assert e1sync.read(text_of(core.sent[-160:])).counts["crc_errors"] == 0
    assert not any(frame[0] >> 7 for n, frame in enumerate(core.sent) if n % 16 in e1frame.E_FRAMES)
    assert not any(frame[0] & 0x20 for frame in core.sent[-159::2])


def test_without_annex_b_rai_stays() -> None:
    frames = e1frame.build(random_slots(450 * MS), crc=False)
    core = Core(interworking=False).feed(b"".join(frames))
    assert core.e1.state != "BASIC" and core.e1.state != "MULTIFRAME"
    assert all(frame[0] & 0x20 for frame in core.sent[-159::2])


@pytest.mark.slow
@pytest.mark.parametrize("errors", [700, 910, 990])
def test_false_alignment_after_915_of_1000(errors: int) -> None:
    """The C bits of so many SMFs of a thousand are wrong."""
    frames = [bytearray(frame) for frame in e1frame.build(random_slots(2100 * MS))]
    for number in range(0, len(frames), 8):
        if number // 8 % 1000 < errors and number > 60:
            frames[number][0] ^= 0x80
    octets = b"".join(map(bytes, frames))
    core, reading = Core().feed(octets), e1sync.read(bits_text(octets))
    got, wanted = core.counts(), ref_counts(reading)
    assert got[-1] == wanted[-1] == (2 if errors == 990 else 0)
    # the core looks at the bits that it still has, and is back an SMF earlier each time
    assert all(0 <= one - other <= 2 * wanted[-1] for one, other in zip(got, wanted, strict=True))


def test_ais_and_los() -> None:
    frames = e1frame.build(random_slots(200))
    text = text_of(frames[:80]) + "1" * 20 * BITS + text_of(frames[80:])
    core, reading = Core().feed(text_octets(text)), e1sync.read(text)
    assert same_times(core.of("P12-AIS"), reading.of("AIS"), late=2)
    core = Core().feed(b"".join(frames[:80])).silent(20).feed(b"".join(frames[80:]))
    assert [raised for _, raised in core.of("P12-LOS")] == [True, False]
    assert core.of("P12-LOS")[0][0] - 80 <= 2 and core.of("P12-LOS")[1][0] - 100 <= 2
    assert core.e1.state == "MULTIFRAME"


# -- CAS


@pytest.mark.parametrize("first", [0, 5])
def test_cas_received(first: int) -> None:
    """Whichever frame its multiframe begins with; lost with two wrong signals, or a multiframe of zeros."""
    octets = [bytearray(f) for f in e1frame.build(e1cas.put(random_slots(640), ABCD, first=first))]
    at = -first % 16
    for number in (at + 96, at + 112):
        octets[number][16] = 0xF1
    for number in range(at + 400, at + 440):
        octets[number][16] = 0
    core = Core(cas=True).feed(b"".join(map(bytes, octets)))
    events = e1cas.read(bytes(frame[16] for frame in octets)).events
    assert core.e1.abcd() == ABCD
    wanted = [e1sync.Event(BITS * index, name, on) for index, name, on in events if name == "CAS-LOM"]
    # the first begins with the frame alignment
    assert same_times(core.of("CAS-LOM")[1:], wanted[1:])


def test_cas_ais() -> None:
    """At most three zeros in each of two multiframes."""
    octets = [bytearray(f) for f in e1frame.build(e1cas.put(random_slots(320), ABCD))]
    for number in range(96, 176):
        octets[number][16] = 0xFE if number % 16 < 3 else 0xFF
    core = Core(cas=True).feed(b"".join(map(bytes, octets)))
    events = e1cas.read(bytes(frame[16] for frame in octets)).events
    wanted = [e1sync.Event(BITS * index, name, on) for index, name, on in events if name == "CAS-AIS"]
    assert [raised for _, raised in core.of("CAS-AIS")] == [True, False] == [event.on for event in wanted]
    # where the periods of 16 frames begin is nobody's choice
    for (frame, _), event in zip(core.of("CAS-AIS"), wanted, strict=True):
        assert abs(frame - event.bit // BITS) <= e1cas.MULTIFRAME


def test_cas_sent() -> None:
    """y is 1 while the multiframe of the far end is not found, then 0; the far end's is CAS-RAI."""
    slots = e1cas.put(random_slots(320), ABCD, y=1)
    core = Core(cas=True)
    core.e1.set_abcd(ABCD)
    core.feed(b"".join(e1frame.build(slots)))
    read = e1cas.read(bytes(frame[16] for frame in core.sent))
    assert all(one.abcd == ABCD for one in read.multiframes)
    assert core.sent[0][16] == 0x0F
    assert [one.y for one in read.multiframes][2:] == [0] * (len(read.multiframes) - 2)
    assert core.of("CAS-RAI")[0][1]
