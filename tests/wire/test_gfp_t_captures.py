"""Real frames through PCS and GFP-T, alone and over STM-1, bit by bit the same; and through lines with errors."""

from __future__ import annotations

import pytest

from msapemu._framing import Line, LineMap
from msapemu.interop.capture import read_frames
from tests.interop.samples import public_capture
from tests.ref import gbe, gfp, gfp_t
from tests.wire.characters import carried, line_frames, ref, transparent
from tests.wire.lines import mac_frame


@pytest.fixture(scope="module")
def frames() -> list[bytes]:
    """19 Ethernet frames of a public capture, without FCS."""
    found = [frame.octets[:-4] for frame in read_frames(public_capture("erf-ethernet-example.erf"))]
    assert len(found) == 19 and all(len(frame) >= 60 for frame in found)
    return found


@pytest.mark.parametrize("with_pfcs", [False, True])
@pytest.mark.parametrize("superblocks", [1, 8, 95])
def test_as_the_second_implementation_reads_them(frames: list[bytes], with_pfcs: bool, superblocks: int) -> None:
    group = transparent(superblocks=superblocks, payload_fcs=with_pfcs)
    for frame in frames:
        assert group.send(frame)
    characters = carried(line_frames(group.fill(60000)), fcs=4 * with_pfcs)
    receiver = gbe.Receiver().feed(characters)
    assert receiver.frames == [gfp.ethernet_payload(frame) for frame in frames]
    assert receiver.errored == receiver.false_carriers == 0


@pytest.mark.parametrize("with_pfcs", [False, True])
def test_as_the_second_implementation_sends_them(frames: list[bytes], with_pfcs: bool) -> None:
    pcs, encoder, group = gbe.Transmitter(), gfp.LineEncoder(), transparent(payload_fcs=with_pfcs)
    characters = pcs.idle(4) + [c for frame in frames for c in pcs.frame(gfp.ethernet_payload(frame))]
    plain = [gfp.IDLE, gfp.IDLE, *gfp_t.frames(characters + pcs.idle(2), 95, with_pfcs=with_pfcs)]
    group.take(b"".join(map(encoder.encode, plain)))
    assert group.receive() == frames


MAPPINGS = {
    "vc4": ("vc4", ()),
    "vc3-3v": ("tug", ("1", "2", "3")),
    "vc12-1v": ("tug", ("2.3.1",)),
    "vc12-5v": ("tug", ("1.1.1", "3.7.3", "2.4.2", "1.1.3", "2.1.1")),
    "vc12-63v": ("tug", tuple(f"{k}.{l}.{m}" for m in (1, 2, 3) for l in range(1, 8) for k in (1, 2, 3))),
}


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_over_stm1(frames: list[bytes], mapping: str) -> None:
    """Sub-rate: every mapping of an STM-1 carries them, whatever its size."""
    kind, members = MAPPINGS[mapping]
    ends = [transparent(superblocks=4), transparent(superblocks=4)]
    near, far = Line(), Line()
    for line, group in zip((near, far), ends, strict=True):
        line.apply(LineMap(kind, [(group, members)]))
    for _ in range(400):
        far.parse(near.build(8))
        if ends[1].in_sync:
            break
    for _ in range(10):
        far.parse(near.build(8))
    for frame in frames:
        assert ends[0].send(frame)
    received: list[bytes] = []
    for _ in range(600):
        far.parse(near.build(8))
        received += ends[1].receive()
        if len(received) == len(frames):
            break
    assert received == frames
    assert ends[1].transparent_counters()["rx_crc_errors"] == 0
    assert ends[1].defects == ()


def test_line_errors_are_put_right() -> None:
    """A wrong bit now and then, never two within a superblock: all of them are corrected, no frame is lost."""
    near, far = transparent(superblocks=8), transparent(superblocks=8)
    far.take(near.fill(3000))
    far.receive()
    sent, received = [], []
    hit = 0
    for n in range(300):
        frame = mac_frame(n, 60 + n)
        if near.send(frame):
            sent.append(frame)
        octets = bytearray(near.fill(544))
        if n % 2:
            octets[100 + n % 300] ^= 1 << n % 8
            hit += 1
        far.take(octets)
        received += far.receive()
    while near.waiting:
        far.take(near.fill(544))
    far.take(near.fill(2000))
    received += far.receive()
    assert received == sent
    found = far.transparent_counters()
    assert found["rx_crc_errors"] == 0
    put_right = found["rx_corrected"] + found["rx_corrected_pairs"]
    # an error may fall into a header, and a pair may fall into two superblocks
    assert hit - 15 <= put_right <= 2 * hit


def test_characters_of_a_disk_reader() -> None:
    """Fibre Channel over what a VC-4-6v holds, by its own clock: characters in, the same characters out."""
    near, far = transparent(client="fc"), transparent(client="fc")
    idle = b"\xbc\x95\xb5\xb5"
    far.take(near.fill(64))
    stream, flags, came = b"", b"", [b"", b""]
    for n in range(40):
        frame = bytes([0xBC, 0xB5, 0x56, 0x56]) + bytes((n + i) & 255 for i in range(2112))
        octets = (idle * 6 + frame + idle * 20) * 6
        control = bytes(octet == 0xBC and at % 4 == 0 for at, octet in enumerate(octets))
        octets, control = octets[:13281], control[:13281]
        stream += octets
        flags += control
        assert near.send_characters(octets, control) == len(octets)
        far.take(near.fill(14040, frames=1))
        came = [had + new for had, new in zip(came, far.receive_characters(), strict=True)]
    octets, control = came
    # the frames that brought SYNC are lost
    at = stream.find(octets[:3000])
    assert 0 <= at < 4000 and len(octets) > 39 * 13281 - 4000
    assert stream[at : at + len(octets)] == octets and flags[at : at + len(octets)] == control
    assert ref(octets[:8], control[:8])


def test_with_two_of_each_end() -> None:
    """Both ways at once, with payload FCS, both ends full."""
    ends = [transparent(superblocks=16, payload_fcs=True) for _ in range(2)]
    for a, b in (ends, ends[::-1]):
        b.take(a.fill(4000))
        b.receive()
    sent: list[list[bytes]] = [[], []]
    received: list[list[bytes]] = [[], []]
    for n in range(200):
        for k in (0, 1):
            frame = mac_frame(n, 60 + 7 * (n + k))
            if n < 150 and ends[k].send(frame):
                sent[k].append(frame)
            ends[1 - k].take(ends[k].fill(2340))
            received[1 - k] += ends[1 - k].receive()
    assert received[1] == sent[0] and received[0] == sent[1]
