"""Captures over groups of every kind, with any pointers and delays, with and without LCAS, over GFP-F and GFP-T:
what `decode` gives back, what it reports, and what the plain second implementation reads in the file.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from msapemu._framing import RATES, Group, Line, LineMap
from msapemu.ctl.errors import UsageError
from msapemu.interop.capture import read_frames
from msapemu.interop.decode import Decoded, decode
from msapemu.interop.encode import EncodeOptions, encode
from msapemu.interop.members import Member
from msapemu.interop.options import VC_US
from msapemu.interop.rates import frame_octets
from tests.ref import gbe, gfp, gfp_t, vcat
from tests.ref.line import WHOLE, Client, Content, MultiBuilder, MultiParser, Shared
from tests.ref.tug import Part

from .samples import CAPTURES, ethernet, pcap_file, public_capture

ETHERNET_LEAST = 60  # octets without FCS, to which GFP-T pads
FEW = [ethernet(60 + 37 * number, number) for number in range(8)]


def part(member: Member) -> Part:
    """As tests/ref names it."""
    if not member.unit:
        return WHOLE
    k, *rest = (int(number) for number in member.unit.split("."))
    return (k, rest[0], rest[1]) if rest else k


def any_options(rng: Random, kind: str, count: int, line: str, longest_us: int, **more: Any) -> EncodeOptions:
    """`count` members anywhere on the line, at any pointers, as late as that."""
    n = RATES[line]
    units = {
        "vc4": [""],
        "vc3": ["1", "2", "3"],
        "vc12": [f"{k}.{l}.{m}" for k in (1, 2, 3) for l in range(1, 8) for m in (1, 2, 3)],
    }[kind]
    members = rng.sample([Member(vc4, unit) for vc4 in range(1, n + 1) for unit in units], count)
    step = VC_US[kind]
    late = {str(member): step * rng.randint(0, longest_us // step) for member in members}
    late[str(members[rng.randrange(count)])] = 0
    most = {"vc12": 139, "vc3": 764}
    return EncodeOptions(
        kind,  # type: ignore[arg-type]
        tuple(map(str, members)),
        line=line,
        au_pointer=rng.choice([0, 522, 782, rng.randrange(783)]),
        tu_pointers={str(one): rng.randint(0, most[kind]) for one in members} if kind in most else 0,
        delays=late,
        seed=rng.randrange(1 << 31),
        **more,
    )


def there_and_back(folder: Path, source: Path, options: EncodeOptions) -> tuple[Decoded, list[bytes], bytes]:
    """The report, the Ethernet frames that came back, and the line."""
    encode(source, folder / "line.raw", options)
    done = decode(folder / "line.raw", ethernet=folder / "back.pcap")
    return done, [frame.octets for frame in read_frames(folder / "back.pcap")], (folder / "line.raw").read_bytes()


def paths_in(line: bytes, options: EncodeOptions) -> list[vcat.Path]:
    """The members as tests/ref reads them."""
    n, size = RATES[options.line], frame_octets(options.line)
    parser = MultiParser(n, [1] * n, whole_file=True)
    parser.feed_all(line[at : at + size] for at in range(0, len(line), size))
    assert (parser.section.b1_errors, parser.section.b2_errors) == (0, 0)
    return [
        parser.au[member.vc4].vc4 if not member.unit else parser.au[member.vc4].path(part(member))
        for member in options.group()
    ]


def read_by_reference(line: bytes, options: EncodeOptions) -> list[gfp.Frame]:
    """The GFP frames in the group."""
    paths = paths_in(line, options)
    if not options.lcas:
        return vcat.frames_of(vcat.join(paths).octets)
    reading = vcat.read(paths)
    assert [members for _, members in reading.carrying] == [tuple(range(len(paths)))]
    for member, packets in enumerate(reading.packets):
        for number, got in packets.items():
            wanted = vcat.steady(options.map or "", len(paths))(member, number)
            assert got.good and got.packet._replace(gid=0) == wanted._replace(gid=0)
    return vcat.frames_of(reading.octets)


def ethernet_of(frames: list[gfp.Frame], mode: str) -> list[bytes]:
    """The Ethernet frames in GFP frames, without FCS."""
    if mode == "f":
        return [frame.payload[:-4] for frame in frames]
    sink, receiver = gfp_t.Sink(), gbe.Receiver()
    for frame in frames:
        receiver.feed(sink.feed(frame.payload))
    assert receiver.errored == receiver.false_carriers == 0
    return [frame[:-4] for frame in receiver.frames]


def check_report(done: Decoded, options: EncodeOptions, frames: int) -> None:
    report = json.loads(done.text)
    assert done.notes == [] and done.aligned
    (group,) = report["groups"]
    several = len({member.vc4 for member in options.group()}) > 1 and options.map != "vc4"
    names = [str(one) if several or not one.unit else one.unit for one in options.group()]
    assert group["members"] == names and group["kind"] == options.map
    assert group.get("lcas", False) is options.lcas and "contiguous" not in group
    assert group["ethernet"] == {"frames": frames, "fcs_errors": 0}
    assert group["gfp"]["mode"] == options.gfp
    # the pointers of the members add what is less than a VC
    unit = VC_US[options.map or "vc12"]
    delays = {name: options.delays.get(str(one), 0) for name, one in zip(names, options.group(), strict=True)}
    assert abs(group["differential_delay_us"] - max(delays.values())) <= unit
    assert all(abs(group["delays_us"][name] - late) <= unit for name, late in delays.items())
    for sq, member in enumerate(options.group()):
        au = report["au"][member.vc4 - 1]
        path = au if not member.unit else au.get(options.map, report[options.map])[member.unit]
        assert path["sq"] == sq
        if not options.lcas:
            assert path["lcas"] is None
            continue
        ctrl = "EOS" if sq == len(names) - 1 else "NORM"
        assert path["lcas"] | {"gid": 0} == {"ctrl": ctrl, "gid": 0, "rs_ack": 0, "crc_errors": 0}
    # before the first frame of the group has come in all members there is none
    assert {event["defect"] for event in report["defects"]} <= {"GFP-LFD"}


GROUPS = [
    ("vc12", 1, "stm1"),
    ("vc12", 5, "stm1"),
    ("vc12", 63, "stm1"),
    ("vc12", 20, "stm4"),
    ("vc3", 1, "stm1"),
    ("vc3", 2, "stm1"),
    ("vc3", 3, "stm1"),
    ("vc3", 7, "stm4"),
    ("vc4", 2, "stm4"),
    ("vc4", 4, "stm4"),
]


@pytest.mark.parametrize("mode", ["f", "t"])
@pytest.mark.parametrize("lcas", [False, True], ids=["vcat", "lcas"])
@pytest.mark.parametrize(("kind", "count", "line"), GROUPS)
def test_a_capture_there_and_back(tmp_path: Path, kind: str, count: int, line: str, lcas: bool, mode: str) -> None:
    source = public_capture("erf-ethernet-example.erf")
    frames = [frame.octets[:-4] for frame in read_frames(source)]
    seed = f"{kind}-{count}-{line}-{lcas}-{mode}"
    print(f"seed {seed}")
    rng = Random(seed)
    options = any_options(rng, kind, count, line, 20_000, lcas=lcas, gfp=mode, payload_fcs=rng.random() < 0.5)
    print(options)
    done, back, octets = there_and_back(tmp_path, source, options)
    assert back == frames
    check_report(done, options, len(frames))
    # tests/ref is slow with many octets, and with characters
    if count <= 5 and (mode == "f" or kind != "vc4"):
        assert ethernet_of(read_by_reference(octets, options), mode) == frames


@pytest.mark.parametrize(("kind", "line"), [("vc12", "stm1"), ("vc3", "stm1"), ("vc4", "stm4")])
@pytest.mark.parametrize("lcas", [False, True], ids=["vcat", "lcas"])
def test_delays_up_to_256_ms(tmp_path: Path, kind: str, line: str, lcas: bool) -> None:
    """A quarter of a second; 256 ms is what no receiver can tell from minus 256 ms, and pointers add to it."""
    rng = Random(f"{kind}{lcas}")
    options = any_options(rng, kind, 2, line, 0, lcas=lcas)
    late = options.members[rng.randrange(2)]
    options = replace(options, delays={late: 256_000 - 2 * VC_US[kind]})
    done, back, _ = there_and_back(tmp_path, pcap_file(tmp_path / "in.pcap", FEW), options)
    assert back == FEW
    check_report(done, options, len(FEW))


def test_vc4_16v_and_full_rate_gfp_t(tmp_path: Path) -> None:
    source = pcap_file(tmp_path / "in.pcap", FEW * 20)
    sixteen = any_options(Random(16), "vc4", 16, "stm16", 1000, lcas=True)
    done, back, _ = there_and_back(tmp_path, source, sixteen)
    assert back == FEW * 20
    check_report(done, sixteen, len(back))
    seven = any_options(Random(7), "vc4", 7, "stm16", 1000, lcas=True, gfp="t")
    done, back, _ = there_and_back(tmp_path, source, seven)
    assert back == FEW * 20
    check_report(done, seven, len(back))


def test_gfp_t_over_what_is_no_group(tmp_path: Path) -> None:
    source = pcap_file(tmp_path / "in.pcap", [ethernet(20, 1), *FEW, ethernet(9000, 2)])
    padded = [ethernet(20, 1).ljust(ETHERNET_LEAST, b"\0"), *FEW, ethernet(9000, 2)]
    for options in (
        EncodeOptions("vc4", gfp="t"),
        EncodeOptions("vc4", gfp="t", line="stm4", contiguous=True, scramble=False),
        EncodeOptions("vc3", ("2",), gfp="t", contiguous=True, cid=9),
        EncodeOptions("vc12", ("2.1.1",), gfp="t", contiguous=True, payload_fcs=True),
    ):
        done, back, _ = there_and_back(tmp_path, source, options)
        assert back == padded and done.notes == [] and done.report["defects"] == []
        told = done.report["groups"][0]["gfp"]
        assert told["mode"] == "t" and list(told["upi"]) == ["6"]
        blocks = told["superblocks"]
        assert blocks["client"] == "ethernet" and blocks["good"] > 0 and blocks["characters"] > 9000
        assert not any(blocks[name] for name in ("corrected", "corrected_pairs", "crc_errors", "block_errors"))
        assert told.get("channels") == ({"9": told["client_frames"]} if options.cid == 9 else None)


@pytest.mark.parametrize("name", sorted(path.name for path in CAPTURES.glob("*")) or ["none"])
def test_every_capture_under_its_upi(tmp_path: Path, name: str) -> None:
    """What is no Ethernet goes as it is; the second implementation takes it out again."""
    source = public_capture(name)
    captured = list(read_frames(source))[:200]
    upi = {9: 2, 50: 2}.get(captured[0].link_type, 0xF0)
    frames = [frame.octets for frame in captured if frame.link_type == captured[0].link_type and frame.octets]
    again = pcap_file(tmp_path / "in.pcap", frames, link_type=captured[0].link_type)
    options = EncodeOptions("vc3", ("3", "1"), upi=upi, cid=17, payload_fcs=True, lcas=True)
    done, _, octets = there_and_back(tmp_path, again, options)
    read = read_by_reference(octets, options)
    assert [frame.payload for frame in read] == frames
    assert {(frame.upi, frame.cid) for frame in read} == {(upi, 17)}
    told = done.report["groups"][0]["gfp"]
    assert told["upi"] == {str(upi): len(frames)} and told["channels"] == {"17": len(frames)}
    assert told["discarded"] == len(frames) and done.report["groups"][0]["ethernet"]["frames"] == 0


# ------------------------------------------------------------------------------------------------ several groups


def stream(frames: list[bytes], kind: str, count: int, lead: int, pfcs: bool = False) -> gfp.OctetSource:
    """GFP frames behind so many VCs of idle."""
    built = [gfp.build(gfp.ethernet_payload(frame), with_pfcs=pfcs) for frame in frames]
    return gfp.OctetSource(built, vcat.PAYLOAD[kind] * count * lead // len(gfp.IDLE))


def group(kind: str, count: int, frames: list[bytes], lead: int, gid: int = 0) -> vcat.Group:
    """With LCAS when there is a `gid`."""
    packets = vcat.steady(kind, count, gid_seed=gid) if gid else None
    return vcat.Group(kind, count, stream(frames, kind, count, lead), packets)


def clients(rng: Random, count: int) -> list[list[bytes]]:
    return [[ethernet(rng.randint(60, 400), rng.randrange(1 << 30)) for _ in range(6)] for _ in range(count)]


def decoded(folder: Path, line: bytes, **options: Any) -> tuple[Decoded, list[bytes]]:
    (folder / "in.raw").write_bytes(line)
    done = decode(folder / "in.raw", ethernet=folder / "out.pcap", **options)
    return done, [frame.octets for frame in read_frames(folder / "out.pcap")]


def told(done: Decoded) -> list[tuple[str, list[str], bool]]:
    return [(one["kind"], one["members"], one.get("lcas", False)) for one in done.report["groups"]]


def test_groups_with_and_without_lcas_beside_each_other(tmp_path: Path) -> None:
    """Two groups with LCAS whose members have the same numbers are told apart by their group identification."""
    frames = clients(Random(1), 4)
    one = group("vc12", 3, frames[0], 130, gid=0x1234)
    two = group("vc12", 2, frames[1], 130, gid=0x0777)
    plain = group("vc12", 2, frames[2], 130)
    alone = Client(frames[3], members=[(3, 7, 3)], contiguous=True, lead_idles=34 * 130)
    content = Content(
        "tug",
        [
            Shared(one, {(1, 1, 1): 2, (2, 1, 1): 0, (3, 2, 1): 1}),
            Shared(two, {(1, 1, 2): 0, (2, 5, 1): 1}),
            Shared(plain, {(1, 1, 3): 1, (3, 1, 1): 0}),
            alone,
        ],
    )
    line = MultiBuilder(1, [content]).line(700)
    done, back = decoded(tmp_path, line)
    assert told(done) == [
        ("vc12", ["3.7.3"], False),
        ("vc12", ["3.1.1", "1.1.3"], False),
        ("vc12", ["2.1.1", "3.2.1", "1.1.1"], True),
        ("vc12", ["1.1.2", "2.5.1"], True),
    ]
    assert sorted(back) == sorted(frame for some in frames for frame in some)
    assert done.notes == [] and done.report["defects"] == []
    done, back = decoded(tmp_path, line, members=("1.1.2", "2.5.1"))
    assert back == frames[1]
    # with LCAS the numbers of the line count
    done, back = decoded(tmp_path, line, members=("2.5.1", "1.1.2"))
    assert back == frames[1]


def over_vc4s(shares: list[dict[int, Any]], frames: int = 700) -> bytes:
    """An STM-4: by VC-4, what each group has there."""
    contents = []
    for number in range(1, 5):
        here = [share[number] for share in shares if number in share]
        mapping = "unequipped" if not here else "vc4" if WHOLE in here[0].members else "tug"
        contents.append(Content(mapping, here))
    return MultiBuilder(4, contents).line(frames)


def test_groups_over_several_vc4s(tmp_path: Path) -> None:
    frames = clients(Random(2), 3)
    wide = group("vc12", 3, frames[0], 130, gid=5)
    plain = group("vc3", 2, frames[1], 500)
    whole = group("vc4", 2, frames[2], 500)
    line = over_vc4s(
        [
            {1: Shared(wide, {(1, 1, 1): 0, (1, 2, 2): 2}), 3: Shared(wide, {(1, 1, 1): 1})},
            {1: Shared(plain, {3: 1}), 3: Shared(plain, {2: 0})},
            {4: Shared(whole, {WHOLE: 0}), 2: Shared(whole, {WHOLE: 1})},
        ]
    )
    done, back = decoded(tmp_path, line)
    assert told(done) == [
        ("vc12", ["1:1.1.1", "3:1.1.1", "1:1.2.2"], True),
        ("vc3", ["3:2", "1:3"], False),
        ("vc4", ["4", "2"], False),
    ]
    assert [one["vc4"] for one in done.report["groups"]] == [1, 3, 4]
    assert sorted(back) == sorted(frame for some in frames for frame in some)
    assert done.notes == [] and done.report["defects"] == []
    assert decoded(tmp_path, line, members=("3:2", "1:3"))[1] == frames[1]
    assert decoded(tmp_path, line, members=("3:2", "3"))[1] == frames[1]
    assert decoded(tmp_path, line, members=("2", "3:2"), vc4=1)[1] == []
    with pytest.raises(UsageError, match="--members: 4, 1 are not what the line has at VC-4 1"):
        decoded(tmp_path, line, members=("4", "1"), vc4=4)
    with pytest.raises(UsageError, match="--members: 4 are no VC-3s"):
        decoded(tmp_path, line, members=("4", "2"), vc4=1)
    assert decoded(tmp_path, line, members=("4", "2"), vc4=4)[1] == frames[2]
    assert decoded(tmp_path, line, members=("1.1.1", "1:1.1.1", "3:1.2.2"), vc4=3)[1] == []
    assert decoded(tmp_path, line, members=("1.1.1", "3:1.1.1", "1.2.2"))[1] == frames[0]


def test_groups_of_the_same_numbers_in_several_vc4s(tmp_path: Path) -> None:
    """Each VC-4 has one that is whole: they are not one group; what is left over in two VC-4s is tried."""
    frames = clients(Random(3), 3)
    one, two, over = (group("vc12", 2, some, 130) for some in frames)
    line = over_vc4s(
        [
            {1: Shared(one, {(1, 1, 1): 0, (2, 1, 1): 1})},
            {2: Shared(two, {(1, 1, 1): 1, (2, 1, 1): 0})},
            {3: Shared(over, {(1, 1, 1): 1}), 4: Shared(over, {(1, 1, 1): 0})},
        ]
    )
    done, back = decoded(tmp_path, line)
    assert [members for _, members, _ in told(done)] == [
        ["1.1.1", "2.1.1"],
        ["2.1.1", "1.1.1"],
        ["4:1.1.1", "3:1.1.1"],
    ]
    assert sorted(back) == sorted(frame for some in frames for frame in some) and done.notes == []


def test_a_member_that_is_not_on_the_line(tmp_path: Path) -> None:
    lost = group("vc12", 3, FEW, 130, gid=9)
    line = MultiBuilder(1, [Content("tug", [Shared(lost, {(1, 1, 1): 0, (2, 1, 1): 2})])]).line(600)
    done, back = decoded(tmp_path, line)
    assert back == [] and done.report["groups"] == []
    assert done.notes == [
        f"{tmp_path}/in.raw: the sequence numbers do not tell one group (1.1.1 has 0, 2.1.1 has 2): "
        "name it with --members"
    ]
    lost = group("vc12", 3, FEW, 130)
    line = over_vc4s([{1: Shared(lost, {(1, 1, 1): 0}), 2: Shared(lost, {(2, 1, 1): 2})}], 600)
    done, back = decoded(tmp_path, line)
    assert back == [] and len(done.notes) == 1
    assert "VC-4 2: the sequence numbers do not tell one group (2.1.1 has 2)" in done.notes[0]


# ------------------------------------------------------------------------------------------------ members come and go


def test_members_that_leave_and_come_while_frames_flow(tmp_path: Path) -> None:
    """The line of a group between two ends that speak LCAS: not a frame is lost, and who has left is known."""
    rng = Random(4)
    names = ["1.1.1", "2.1.1", "3.1.1"]
    ends = [Group(lcas=True), Group(lcas=True)]
    lines = [Line(), Line()]
    for end, line in zip(ends, lines, strict=True):
        line.apply(LineMap("tug", [(end, names)]))
    ends[0].remove(1)
    sent: list[bytes] = []
    octets = []
    for turn in range(800):
        if turn == 300:
            ends[0].add(1)
        if turn == 550:
            ends[0].remove(2)
        if 200 < turn < 760:
            sent.append(ethernet(rng.randint(60, 200), turn))
            assert ends[0].send(sent[-1])
        built = [line.build(8) for line in lines]
        lines[0].parse(built[1])
        lines[1].parse(built[0])
        octets.append(built[0])
    assert ends[1].receive() == sent
    done, back = decoded(tmp_path, b"".join(octets))
    assert back == sent and done.notes == []
    (found,) = done.report["groups"]
    assert found["lcas"] and found["members"] == ["1.1.1", "2.1.1", "3.1.1"]
    assert [done.report["vc12"][name]["lcas"]["ctrl"] for name in names] == ["NORM", "EOS", "IDLE"]
    assert [done.report["vc12"][name]["sq"] for name in names] == [0, 1, 63]


@pytest.mark.parametrize("gid", [0, 0x1234], ids=["vcat", "lcas"])
def test_a_member_that_fails_before_the_end(tmp_path: Path, gid: int) -> None:
    """What it was counts: the group is found, and all that came before."""
    failing = group("vc12", 3, FEW, 130, gid=gid)
    content = Content(
        "tug",
        [Shared(failing, {(1, 1, 1): 0, (2, 1, 1): 1, (3, 1, 1): 2})],
        tu_ais=lambda tu, number: tu == (2, 1, 1) and number > 900,
    )
    done, back = decoded(tmp_path, MultiBuilder(1, [content]).line(1100))
    assert back == FEW and done.notes == []
    assert told(done) == [("vc12", ["1.1.1", "2.1.1", "3.1.1"], bool(gid))]
    assert ("au.1/vc12.2.1.1", "TU-AIS") in [(one["object"], one["defect"]) for one in done.report["defects"]]


def test_client_management_is_counted_by_kind_and_is_a_defect(tmp_path: Path) -> None:
    near, line = Group(cid=7, lcas="one-way"), Line()
    line.apply(LineMap("tug", [(near, ["2", "1"])]))
    octets = [line.build(200)]
    assert near.send(FEW[0])
    octets.append(line.build(20))
    near.client_failed("signal")
    octets.append(line.build(1700))
    near.client_failed(None)
    assert near.send(FEW[1])
    octets.append(line.build(100))
    done, back = decoded(tmp_path, b"".join(octets))
    assert back == FEW[:2] and done.notes == []
    found = done.report["groups"][0]["gfp"]
    assert found["management"] == {"csf": 3, "dci": 1, "fdi": 0, "rdi": 0, "other": 0}
    assert found["management_frames"] == 4 and found["channels"] == {"7": 2} and found["upi"] == {"1": 2}
    events = [(one["object"], one["defect"], one["state"]) for one in done.report["defects"]]
    assert events == [("group.0", "CSF", "raise"), ("group.0", "CSF", "clear")]
