"""Public captures carried over groups of every kind, core to second implementation and back, bit by bit the same."""

from __future__ import annotations

from random import Random

import pytest

from tests.interop.samples import CAPTURES
from tests.ref import gfp, vcat, vcatmix
from tests.ref.capture import records
from tests.ref.stmn import StmN
from tests.ref.vcatmix import Layout
from tests.test_ref_core_vcat import LEAD, Port

pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason="needs the public captures in ../shared/captures")

GROUPS = [("vc12", 1, 1), ("vc12", 5, 1), ("vc12", 63, 1), ("vc3", 1, 1), ("vc3", 2, 1), ("vc3", 3, 1), ("vc4", 4, 4)]
MOST = 150  # records of a file


def ethernet() -> list[bytes]:
    """MAC frames without FCS."""
    return [frame[:-4] for frame in records(CAPTURES / "erf-ethernet-example.erf")]


def others() -> list[bytes]:
    """PPP, Cisco HDLC, frame relay, MTP2 and LAPD frames, as they stand in the files."""
    files = sorted(path for path in CAPTURES.iterdir() if path.suffix in (".cap", ".pcap"))
    assert len(files) >= 7
    return [record for path in files for record in records(path)[:MOST]]


def vcs_for(what: Layout, frames: list[bytes]) -> int:
    """VCs in which the frames go, with twelve octets of headers and some to spare."""
    octets = sum(len(frame) + 20 for frame in frames)
    return octets // (vcat.PAYLOAD[what.kind] * len(what.places)) + what.latest + 40


def core_to_ref(what: Layout, upi: int, frames: list[bytes], with_lcas: bool, pfcs: bool) -> list[bytes]:
    port = Port(what, lcas="one-way" if with_lcas else False, upi=upi, payload_fcs=pfcs)
    one = vcatmix.FRAMES[what.kind]
    before = port.build(one * (2 * vcat.packet_length(what.kind) + what.latest))
    send = port.group.send if upi == gfp.UPI_ETHERNET else port.group.send_raw
    assert all(send(frame) for frame in frames)
    after = port.build(one * vcs_for(what, frames))
    parsers, size = what.parsers(), StmN(what.n).size
    for parser, first, rest in zip(parsers, before, after, strict=True):
        octets = first + rest
        parser.feed_all(octets[i : i + size] for i in range(0, len(octets), size))
    paths = what.paths(parsers)
    got = vcat.frames_of(vcat.read(paths).octets if with_lcas else vcat.join(paths).octets)
    assert {(frame.pti, frame.upi) for frame in got} == {(gfp.PTI_DATA, upi)}
    return [frame.payload for frame in got]


def ref_to_core(what: Layout, upi: int, payloads: list[bytes], with_lcas: bool, pfcs: bool) -> list[bytes]:
    kind, count = what.kind, len(what.places)
    lead = LEAD[kind] + what.latest
    built = [gfp.build(payload, upi=upi, with_pfcs=pfcs) for payload in payloads]
    source = gfp.OctetSource(built, vcatmix.lead_idles(kind, count, lead))
    group = vcat.Group(kind, count, source, vcat.steady(kind, count) if with_lcas else None)
    port = Port(what, lcas=with_lcas, upi=upi, payload_fcs=pfcs)
    frames = vcatmix.FRAMES[kind] * (lead + what.latest + vcs_for(what, payloads))
    return port.parse([builder.line(frames) for builder in what.builders(group)])


@pytest.mark.parametrize(("kind", "count", "n"), GROUPS)
@pytest.mark.parametrize("with_lcas", [False, True])
def test_captures(kind: str, count: int, n: int, with_lcas: bool) -> None:
    """Any pointers, delays of up to 10 ms, payload FCS with LCAS words."""
    rng = Random(count)
    what = vcatmix.layout(rng, kind, count, n=n, longest_delay=20 if kind == "vc12" else 80, alike=True)
    mac, rest = ethernet(), others()
    assert core_to_ref(what, gfp.UPI_ETHERNET, mac, with_lcas, with_lcas) == [gfp.ethernet_payload(f) for f in mac]
    assert ref_to_core(what, gfp.UPI_PPP, rest, with_lcas, with_lcas) == rest
    if not with_lcas:
        assert core_to_ref(what, gfp.UPI_PPP, rest, with_lcas, with_lcas) == rest
        payloads = [gfp.ethernet_payload(frame) for frame in mac]
        assert ref_to_core(what, gfp.UPI_ETHERNET, payloads, with_lcas, with_lcas) == mac
