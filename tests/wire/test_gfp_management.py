"""Client management frames (G.7041 6.2.1, 6.3.3; STANDARDS 6): CSF, DCI, FDI and RDI in virtual time, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu._framing import Group, Line, LineMap
from tests.ref import gfp
from tests.wire.lines import Reader, mac_frame

MS = 8  # line frames
IDLES = [gfp.IDLE] * 2
KIND = {1: "csf", 2: "csf", 3: "dci", 4: "fdi", 5: "rdi"}


class Far:
    """The second implementation's sink on a group's source, in virtual time of `step` line frames."""

    def __init__(self, group: Group, step: int = 4, octets: int = 136) -> None:
        self.group, self.step, self.octets = group, step, octets
        self.deframer = gfp.GfpDeframer()
        self.deframer.feed(b"".join(map(gfp.mask_core, IDLES)))
        self.frame = 0

    def run(self, ms: float) -> list[tuple[float, str, int | None]]:
        """What comes in that time: (ms, kind, CID)."""
        out: list[tuple[float, str, int | None]] = []
        for _ in range(int(ms * MS) // self.step):
            self.frame += self.step
            for frame in self.deframer.feed(self.group.fill(self.octets, self.step)):
                kind = "data" if frame.pti == gfp.PTI_DATA else KIND[frame.upi]
                assert frame.pti == gfp.PTI_DATA or frame.payload == b""
                out.append((self.frame / MS, kind, frame.cid))
        return out


# -- source


@pytest.mark.parametrize("interval", [100, 250, 1000])
@pytest.mark.parametrize("kind", ["signal", "sync"])
def test_csf_is_repeated_while_the_client_is_failed(interval: int, kind: str) -> None:
    group = Group(csf_interval=interval)
    far = Far(group)
    assert far.run(20) == []
    group.client_failed(kind)
    came = far.run(10 * interval)
    times = [time for time, _, _ in came]
    assert {what for _, what, _ in came} == {"csf"}
    assert times[0] <= 20.5  # at once
    assert [b - a for a, b in pairwise(times)] == [interval] * 9
    group.client_failed(None)
    assert [what for _, what, _ in far.run(2500)] == ["dci"]  # once
    assert group.counters()["tx_csf_frames"] == 10 and group.counters()["tx_dci_frames"] == 1


def test_the_octets_of_the_management_frames() -> None:
    """STANDARDS 6: tHEC 0BB9, 3BDA, 2BFB; the linear one for CID 5 with eHEC FFF5."""
    group = Group(scramble=False)
    for kind, octets in (("signal", "80010BB9"), ("sync", "80023BDA"), (None, "80032BFB")):
        group.client_failed(kind)
        assert group.fill(8, 1) == bytes.fromhex("B6AF7164" + octets)
    group = Group(cid=5, scramble=False)
    group.client_failed("signal")
    plain = group.fill(12, 1)
    assert gfp.mask_core(plain[:4]) + plain[4:] == bytes.fromhex("00088108810138880500FFF5")


def test_no_client_frame_goes_out_of_a_failed_client() -> None:
    """The frame under way is sent to its end; what waits is dropped and counted, and so is what comes later."""
    group = Group()
    far = Far(group)
    frames = [mac_frame(n, 500) for n in range(5)]
    for frame in frames:
        group.send(frame)
    assert far.run(0.5) == []  # the first one is under way
    group.client_failed("signal")
    assert [what for _, what, _ in far.run(50)] == ["data", "csf"]
    assert group.waiting == 0 and group.counters()["tx_dropped"] == 4
    group.send(frames[0])
    assert far.run(10) == []
    assert group.waiting == 0 and group.counters()["tx_dropped"] == 5
    group.client_failed(None)
    far.run(0.5)
    group.send(frames[1])
    assert [what for _, what, _ in far.run(10)] == ["data"]
    counters = group.counters()
    assert (counters["tx_client_frames"], counters["tx_client_octets"]) == (2, 1000)


def test_a_client_that_was_down_too_shortly_to_be_told() -> None:
    """No CSF has gone, so there is nothing to clear."""
    group = Group()
    far = Far(group)
    group.client_failed("signal")
    group.fill(0, 4)  # no octets: a group without active members
    group.client_failed(None)
    assert far.run(100) == []


def test_a_client_that_fails_again_before_dci_went() -> None:
    group = Group()
    far = Far(group)
    group.client_failed("signal")
    assert len(far.run(1)) == 1
    group.client_failed(None)
    group.fill(0, 4)
    group.client_failed("sync")
    assert [what for _, what, _ in far.run(50)] == ["csf"]
    group.client_failed(None)
    assert [what for _, what, _ in far.run(50)] == ["dci"]


def test_a_group_without_octets_stores_up_nothing() -> None:
    """A VCG without active members for seconds: one CSF is due when there are octets again, not a burst."""
    group = Group()
    far = Far(group)
    group.client_failed("signal")
    for _ in range(1000):
        assert group.fill(0, 4 * MS) == b""
    assert len(far.run(99)) == 1


def test_fdi_in_place_of_csf() -> None:
    group = Group()
    far = Far(group)
    group.client_failed("forward")
    assert [what for _, what, _ in far.run(250)] == ["fdi"] * 3
    group.client_failed("signal")
    assert [what for _, what, _ in far.run(50)] == ["csf"]
    group.client_failed(None)
    assert [what for _, what, _ in far.run(250)] == ["dci"]


@pytest.mark.parametrize("kind", ["los", 1])
def test_wrong_failures(kind: object) -> None:
    with pytest.raises(ValueError, match="no client failure"):
        Group().client_failed(kind)  # type: ignore[arg-type]


# -- sink


def told(group: Group) -> tuple[str | None, bool, bool]:
    (client,) = group.channels
    return client.csf, client.fdi, client.rdi


def standing(group: Group) -> set[int]:
    """As UPIs."""
    csf, fdi, rdi = told(group)
    upis = {gfp.CSF_SIGNAL: csf == "signal", gfp.CSF_CHARACTERS: csf == "sync", gfp.FDI: fdi, gfp.RDI: rdi}
    return {upi for upi, stands in upis.items() if stands}


def sink(*frames: bytes) -> tuple[Group, gfp.LineEncoder]:
    group, encoder = Group(), gfp.LineEncoder()
    group.take(b"".join(map(encoder.encode, [*IDLES, *frames])))
    return group, encoder


CASES = {1: ("signal", False, False), 2: ("sync", False, False), 4: (None, True, False), 5: (None, False, True)}
NOTHING = (None, False, False)
DEFECT = {1: "CSF", 2: "CSF", 4: "GFP-FDI", 5: "GFP-RDI"}


@pytest.mark.parametrize("upi", CASES)
def test_what_is_told_stands_for_three_seconds(upi: int) -> None:
    group, encoder = sink(gfp.management(upi))
    assert told(group) == CASES[upi] and group.defects == (DEFECT[upi],)
    group.take(encoder.encode(gfp.IDLE), 2999 * MS)
    assert told(group) == CASES[upi]
    group.take(encoder.encode(gfp.management(upi)))  # three seconds more from here
    group.take(encoder.encode(gfp.IDLE), 3000 * MS - 1)
    assert told(group) == CASES[upi] and group.defects == (DEFECT[upi],)
    group.take(encoder.encode(gfp.IDLE), 1)
    assert told(group) == NOTHING and group.defects == ()


@pytest.mark.parametrize("upi", CASES)
def test_dci_clears_what_was_told(upi: int) -> None:
    group, encoder = sink(gfp.management(upi))
    group.take(encoder.encode(gfp.management(3)), 1)
    assert told(group) == NOTHING and group.defects == ()


@pytest.mark.parametrize("upi", CASES)
def test_a_good_client_frame_clears_all_but_rdi(upi: int) -> None:
    """RDI is of the other direction."""
    group, encoder = sink(gfp.management(upi))
    group.take(encoder.encode(gfp.build(gfp.ethernet_payload(mac_frame(1)))), 1)
    assert told(group) == (CASES[5] if upi == 5 else NOTHING)


@pytest.mark.parametrize(
    "frame",
    [
        gfp.build(gfp.ethernet_payload(mac_frame(1))[:-1] + b"\x55"),  # Ethernet FCS
        gfp.build(b"\x01" * 80, upi=2),
        gfp.build(gfp.ethernet_payload(mac_frame(1)), cid=3),
        gfp.build(bytes(17)),
        gfp.build(b"", pti=gfp.PTI_MANAGEMENT_COMMUNICATIONS, upi=1),
        gfp.IDLE,
    ],
)
def test_nothing_else_clears_csf(frame: bytes) -> None:
    group, encoder = sink(gfp.management(1))
    group.take(encoder.encode(frame), 1)
    assert told(group) == CASES[1]


def test_the_kind_is_that_of_the_last_csf() -> None:
    group, encoder = sink(gfp.management(1))
    group.take(encoder.encode(gfp.management(2)), 1)
    assert told(group) == CASES[2]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from([1, 2, 3, 4, 5, 0]), st.integers(0, 1500)), max_size=20))
def test_any_order_of_management_and_client_frames(steps: list[tuple[int, int]]) -> None:
    """Held against the second implementation's sink of one client (0: a client frame)."""
    group, encoder = sink()
    far, deframer = gfp.ClientSignal(), gfp.GfpDeframer()
    deframer.feed(b"".join(map(gfp.mask_core, IDLES)))
    time = 0
    for upi, ms in steps:
        time += ms
        line = encoder.encode(gfp.management(upi) if upi else gfp.build(gfp.ethernet_payload(mac_frame(1))))
        group.take(gfp.mask_core(gfp.IDLE), ms * MS)
        assert standing(group) == far.defects(time)
        group.take(line)
        for frame in deframer.feed(line):
            far.take(frame, time)
        assert standing(group) == far.defects(time)


# -- mismatches


@pytest.mark.parametrize(
    ("wrong", "defect"),
    [
        (gfp.build(gfp.ethernet_payload(mac_frame(1)), cid=1), "GFP-EXM"),
        (gfp.build(gfp.ethernet_payload(mac_frame(1)), upi=2), "GFP-UPM"),
    ],
)
def test_mismatches_of_a_peer_set_up_otherwise(wrong: bytes, defect: str) -> None:
    """Five data frames in a row; one good frame clears; management frames say nothing."""
    good = gfp.build(gfp.ethernet_payload(mac_frame(2)))
    group, encoder = sink()
    for frame, standing in [
        *[(wrong, ())] * 4,
        (good, ()),
        *[(wrong, ())] * 4,
        (gfp.management(1), ("CSF",)),
        (gfp.management(3), ()),
        (wrong, (defect,)),
        (wrong, (defect,)),
        (good, ()),
    ]:
        group.take(encoder.encode(frame), 1)
        assert group.defects == standing


# -- two ends on lines


class Ends:
    """Two lines back to back with a group each, in virtual time."""

    def __init__(self, kind: str, members: tuple[str, ...], **options: object) -> None:
        self.lines = Line(), Line()
        self.groups = Group(**options), Group(**options)  # type: ignore[arg-type]
        for line, group in zip(self.lines, self.groups, strict=True):
            line.apply(LineMap(kind, [(group, members)]))
        self.cut = False

    def run(self, frames: int) -> None:
        for _ in range(frames // 8):
            a, z = (line.build(8) for line in self.lines)
            if self.cut:
                self.lines[1].silent(8)
            else:
                self.lines[1].parse(a)
            self.lines[0].parse(z)

    def events(self) -> Iterator[tuple[int, str, str]]:
        for end, line in enumerate(self.lines):
            for frame, obj, defect, state in line.events():
                if obj.startswith("group") and defect in ("CSF", "GFP-RDI", "GFP-FDI"):
                    yield frame, f"{'az'[end]} {defect}", state


@pytest.mark.parametrize(("kind", "members"), [("vc4", ()), ("tug", ("1", "2")), ("tug", ("1.1.1", "1.1.2"))])
def test_csf_over_a_line(kind: str, members: tuple[str, ...]) -> None:
    """Time is that of the line, whatever the container: 100 ms are 800 frames."""
    ends = Ends(kind, members)
    a, z = ends.groups
    ends.run(800)
    assert z.in_sync
    a.client_failed("sync")
    ends.run(8 * 1000)
    sent = a.counters()["tx_csf_frames"]
    assert sent in (10, 11) and sent - 1 <= z.counters()["rx_csf_frames"] <= sent
    assert z.channels[0].csf == "sync" and not z.channels[0].carrier and a.channels[0].carrier
    a.client_failed(None)
    ends.run(160)
    assert z.channels[0].csf is None and z.channels[0].carrier
    assert [(what, state) for _, what, state in ends.events()] == [("z CSF", "raise"), ("z CSF", "clear")]


@pytest.mark.parametrize(("kind", "members"), [("vc4", ()), ("tug", ("1.1.1", "1.1.2"))])
def test_csf_of_a_source_that_falls_silent(kind: str, members: tuple[str, ...]) -> None:
    ends = Ends(kind, members)
    a, z = ends.groups
    ends.run(800)
    ends.events()
    a.client_failed("signal")
    ends.run(160)
    # a source that says nothing more: neither CSF nor DCI
    ends.lines[0].apply(LineMap(kind, [(quiet := Group(), members)]))
    ends.run(24800)
    assert quiet.counters()["tx_csf_frames"] == 0
    assert z.channels[0].csf is None
    changes = [(frame, state) for frame, what, state in ends.events() if what == "z CSF"]
    assert [state for _, state in changes] == ["raise", "clear"]
    assert changes[1][0] - changes[0][0] in range(24000, 24005)


@pytest.mark.parametrize("rdi", [False, True])
@pytest.mark.parametrize(("kind", "members"), [("vc4", ()), ("tug", ("1.1.1", "1.1.2"))])
def test_rdi_goes_back_while_nothing_is_received(kind: str, members: tuple[str, ...], rdi: bool) -> None:
    ends = Ends(kind, members, rdi=rdi)
    a, z = ends.groups
    ends.run(1600)
    assert a.in_sync and z.in_sync and not any(ends.events())
    before = z.counters()["tx_rdi_frames"]  # before the line was found
    ends.cut = True
    ends.run(8 * 1000)
    assert not z.channels[0].carrier
    assert a.channels[0].rdi == rdi and a.channels[0].carrier and a.counters()["tx_rdi_frames"] in (0, 1, 2)
    if rdi:
        assert z.counters()["tx_rdi_frames"] - before in (10, 11)
    ends.cut = False
    ends.run(1600)
    assert z.channels[0].carrier and not a.channels[0].rdi
    states = [state for _, what, state in ends.events() if what == "a GFP-RDI"]
    assert states == (["raise", "clear"] if rdi else [])


def test_rdi_and_csf_at_once() -> None:
    """Both are repeated; the client's DCI does not clear the other direction's defect for long."""
    group = Group(rdi=True)
    group.take(b"".join(map(gfp.mask_core, IDLES)))
    group.take(b"\x55" * 100)  # LFD
    assert group.defects == ("GFP-LFD",)
    far = Far(group)
    group.client_failed("signal")
    assert sorted(what for _, what, _ in far.run(250)) == ["csf"] * 3 + ["rdi"] * 3
    group.client_failed(None)
    assert [what for _, what, _ in far.run(40)] == ["dci", "rdi"]
    group.take(b"".join(map(gfp.mask_core, IDLES)))
    assert group.defects == ()
    assert [what for _, what, _ in far.run(300)] == ["dci"]


def test_server_failure_hides_what_was_told() -> None:
    """SSF: what the far client says is no longer known (G.806), and is not there again when the line is back."""
    ends = Ends("vc4", ())
    a, z = ends.groups
    ends.run(800)
    a.client_failed("signal")
    ends.run(80)
    assert z.defects == ("CSF",)
    ends.cut = True
    ends.run(80)
    assert z.defects == () and z.channels[0].csf is None and not z.channels[0].carrier
    a.client_failed(None)
    ends.run(80)
    ends.cut = False
    ends.run(400)
    assert z.defects == () and z.channels[0].carrier


def test_a_reader_of_a_failed_client() -> None:
    """A port joins a line whose client is failed: two CSF frames pass until its descrambler has 43 bits."""
    line, group = Line(), Group()
    line.apply(LineMap("vc4", [(group, ())]))
    group.client_failed("signal")
    line.build(4000)
    reader = Reader().parse(line.build(1600))
    assert reader.changes("CSF") == []
    assert reader.parse(line.build(800)).changes("CSF") == []
    assert reader.parse(line.build(800)).changes("CSF") == ["raise"]
    assert reader.group.counters()["type_hec_errors"] == 2
