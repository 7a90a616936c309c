"""What `encode` writes, octet for octet against the plain second implementation, and what it refuses."""

from __future__ import annotations

import random
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu._framing import RATES
from msapemu.ctl.errors import UsageError
from msapemu.interop.capture import read_frames
from msapemu.interop.encode import LONGEST_CLIENT_FRAME, EncodeOptions, encode
from msapemu.interop.ethernet import Fcs
from msapemu.interop.lead_in import LEAD_IN_VC4, LEAD_IN_VC12, TAIL_VC4, TAIL_VC12
from msapemu.interop.linefile import STM1_OCTETS
from msapemu.interop.rates import frame_octets
from tests.ref import gfp, moves, paths, pointer, tug, vcat
from tests.ref.line import WHOLE, Builder, Client, Content, MultiBuilder, Shared, idles_of
from tests.ref.stm1 import scramble
from tests.ref.tug import Part

from .samples import ethernet, pcap_file, public_capture, with_fcs

FRAMES = [ethernet(60, 1), ethernet(1514, 2, vlan=5), ethernet(14, 3), ethernet(9600, 4), ethernet(61, 5)]


def part(member: str) -> Part:
    """As tests/ref names them."""
    k, *rest = (int(number) for number in member.rpartition(":")[2].split("."))
    return (k, rest[0], rest[1]) if rest else k


def here_in(values: Mapping[str, int], vc4: int) -> dict[Part, int]:
    """What is given for TUs of this VC-4."""
    return {part(name): value for name, value in values.items() if name.rpartition(":")[0] in ("", str(vc4))}


def reference(frames: list[bytes], options: EncodeOptions, count: int) -> bytes:
    """The same line made by tests/ref."""
    vc4, width = options.place()
    lead = options.lead_in
    in_tugs = options.map != "vc4"
    source = gfp.OctetSource(
        [gfp.build(gfp.ethernet_payload(frame), with_pfcs=options.payload_fcs, cid=options.cid) for frame in frames],
        idles_in(lead, options, width),
    )
    alike: dict[str, Any] = {
        "au_pointer": options.au_pointer,
        "au_moves": moves.sequence(*options.au_sequence, options.au_pointer, 783, count) if options.au_sequence else {},
        "j1": options.j1,
    }
    n = RATES[options.line]
    contents = [Content("unequipped", **alike) for _ in range(n)]
    if options.map == "vc4" and not options.virtual:
        client = Client()
        client.source = source
        contents[vc4 - 1 : vc4 - 1 + width] = [Content("vc4", [client], width=width, **alike)]
        return MultiBuilder(n, contents, j0=options.j0).line(count)
    members = options.group()
    group = vcat.Group(options.map or "vc12", len(members), source, steady(options)) if members else None
    late = options.unit_delays()
    for number in {member.vc4 for member in members} | ({vc4} if in_tugs else set()):
        here = {
            part(member.unit) if member.unit else WHOLE: i for i, member in enumerate(members) if member.vc4 == number
        }
        clients: list[Client] = [Shared(group, here)] if here and group else []
        for client in clients:
            client.contiguous = options.contiguous
        if not in_tugs:
            contents[number - 1] = Content("vc4", clients, delays={WHOLE: late.get(number, 0)}, **alike)
            continue
        pointers = options.unit_pointers()
        tributaries: dict[Part, paths.NextVc] = {}
        if number == vc4:
            for name, path in options.e1.items():
                octets = b"\xff" * (lead // 4 * 128) + path.read_bytes()
                tributaries[part(name)] = paths.e1_async(octets, j2=options.j2)
            for name, path in options.e3.items():
                tributaries[part(name)] = paths.e3_async(b"\xff" * (lead * 537) + path.read_bytes(), j1=options.j1)
        contents[number - 1] = Content(
            "tug",
            clients,
            tu_pointers=pointers if isinstance(pointers, int) else here_in(pointers, number),
            tu_moves=tu_moves(options, count),
            delays=here_in({str(name): value for name, value in late.items()}, number),
            tributaries=tributaries,
            j2=options.j2,
            **alike,
        )
    return MultiBuilder(n, contents, j0=options.j0).line(count)


def steady(options: EncodeOptions) -> vcat.Packets | None:
    """The control packets."""
    if not options.lcas:
        return None
    return vcat.steady(options.map or "vc12", len(options.group()), gid_seed=options.seed % 32767 + 1)


def idles_in(lead: int, options: EncodeOptions, width: int) -> int:
    members = len(options.group())
    octets = {
        "vc4": 2340 * width * members * lead,
        "vc3": 756 * members * lead,
        "vc12": 136 * members * (lead // 4),
        None: 0,
    }
    return octets[options.map] // len(gfp.IDLE)


def tu_moves(options: EncodeOptions, count: int) -> dict[Part, pointer.Moves]:
    """Every TU pointer moves, those of unequipped VCs too."""
    if not options.tu_sequence:
        return {}
    kind, every = options.tu_sequence
    of_tu12 = moves.sequence(kind, every, 0, 140, count // 4 + 1)
    of_tu3 = moves.sequence(kind, every, 0, 765, count + 1)
    return {**dict.fromkeys(tug.ALL_TUS, of_tu12), **dict.fromkeys((1, 2, 3), of_tu3)}


def encoded(folder: Path, frames: list[bytes], options: EncodeOptions) -> bytes:
    source = pcap_file(folder / "in.pcap", frames)
    done = encode(source, folder / "out.stm1", options)
    assert done.client_frames == len(frames)
    octets = (folder / "out.stm1").read_bytes()
    assert len(octets) == done.line_frames * frame_octets(options.line)
    return octets


ALL_63 = tuple(f"{k}.{l}.{m}" for k in (3, 1, 2) for m in (1, 3, 2) for l in range(1, 8))


@pytest.mark.parametrize(
    "options",
    [
        EncodeOptions("vc4"),
        EncodeOptions("vc4", payload_fcs=True, cid=255, au_pointer=0),
        EncodeOptions("vc4", au_pointer=782, j0="", j1="a longer trace.", j2="~" * 15),
        EncodeOptions("vc12", ("2.3.1",), cid=0),
        EncodeOptions("vc12", ("3.7.3", "1.1.1", "2.4.2"), payload_fcs=True, tu_pointers=139, j2="branch"),
        EncodeOptions("vc12", ("1.1.1", "1.1.2"), tu_pointers={"1.1.1": 105, "3.3.3": 35}, au_pointer=87),
        EncodeOptions("vc12", ALL_63),
    ],
    ids=str,
)
def test_the_file_is_that_of_the_second_implementation(tmp_path: Path, options: EncodeOptions) -> None:
    octets = encoded(tmp_path, FRAMES, options)
    assert octets == reference(FRAMES, options, len(octets) // STM1_OCTETS)


FEW = FRAMES[:3]


@pytest.mark.parametrize(
    "options",
    [
        EncodeOptions("vc4", au_sequence=("inc", 4), au_pointer=780),
        EncodeOptions("vc4", au_sequence=("dec", 7), au_pointer=3),
        EncodeOptions("vc4", line="stm4", vc4=3, au_pointer=700),
        EncodeOptions("vc4", line="stm4", contiguous=True, payload_fcs=True, au_pointer=600, au_sequence=("dec", 5)),
        EncodeOptions("vc4", ("1", "2", "3", "4"), line="stm4", contiguous=True, au_pointer=0),
        EncodeOptions("vc12", ("3.7.3", "1.1.1"), line="stm4", vc4=4, tu_pointers={"1.1.1": 105}, j1="fourth"),
        EncodeOptions("vc4", line="stm16", vc4=16, frames=90),
        EncodeOptions("vc4", line="stm16", contiguous=True, frames=90, au_sequence=("inc", 4)),
    ],
    ids=str,
)
def test_pointer_sequences_and_the_higher_rates(tmp_path: Path, options: EncodeOptions) -> None:
    octets = encoded(tmp_path, FEW, options)
    assert octets == reference(FEW, options, len(octets) // frame_octets(options.line))


@pytest.mark.parametrize(
    "options",
    [
        EncodeOptions("vc3", ("2",)),
        EncodeOptions("vc3", ("3", "1"), tu_pointers={"3": 764, "1": 5}, au_pointer=0, payload_fcs=True, cid=9),
        EncodeOptions("vc3", ("1", "2", "3"), tu_pointers=300, line="stm4", vc4=2),
        EncodeOptions("vc3", ("2",), contiguous=True, au_pointer=782),
        EncodeOptions("vc12", ("2.3.1",), contiguous=True, tu_sequence=("87-3", 4), au_sequence=("inc", 50)),
        EncodeOptions("vc3", ("1", "3"), delays={"3": 1125}),
        EncodeOptions("vc12", ("1.1.1", "3.2.1"), delays={"1.1.1": 3500, "3.2.1": 500}, tu_pointers=139),
        EncodeOptions("vc3", ("1", "3"), tu_sequence=("inc", 5), au_sequence=("alternate", 9)),
        EncodeOptions("vc3", ("2",), tu_sequence=("alternate", 4)),
    ],
    ids=str,
)
def test_tug_structures(tmp_path: Path, options: EncodeOptions) -> None:
    octets = encoded(tmp_path, FEW, options)
    assert octets == reference(FEW, options, len(octets) // frame_octets(options.line))


TWO_PLACES = ("2:1.1.1", "3.7.3", "4:3.7.3", "1.1.1")


@pytest.mark.parametrize(
    "options",
    [
        EncodeOptions("vc4", ("1", "3", "4"), line="stm4", au_pointer=700, payload_fcs=True),
        EncodeOptions("vc4", ("4", "2"), line="stm4", delays={"2": 1375}, au_sequence=("inc", 6)),
        EncodeOptions("vc4", ("4", "3", "2", "1"), line="stm4", lcas=True, au_pointer=3),
        EncodeOptions("vc4", lcas=True, seed=77),
        EncodeOptions("vc4", ("16", "5"), line="stm16", lcas=True, frames=160),
        EncodeOptions("vc3", ("2:1", "3", "4:3"), line="stm4", tu_pointers={"2:1": 100, "3": 7}),
        EncodeOptions("vc3", ("1", "3", "2"), lcas=True, seed=0, tu_pointers={"1": 764}),
        EncodeOptions("vc12", TWO_PLACES, line="stm4", delays={"3.7.3": 2500}, tu_pointers={"3.7.3": 1, "4:3.7.3": 99}),
        EncodeOptions("vc12", TWO_PLACES, line="stm4", vc4=3, lcas=True, cid=3),
        EncodeOptions("vc12", ("2.3.1",), lcas=True, seed=2**31 - 1),
        EncodeOptions("vc12", ALL_63, lcas=True),
    ],
    ids=str,
)
def test_groups_over_vc4s_and_lcas(tmp_path: Path, options: EncodeOptions) -> None:
    octets = encoded(tmp_path, FEW, options)
    assert octets == reference(FEW, options, len(octets) // frame_octets(options.line))


def bit_files(folder: Path, *sizes: tuple[str, int]) -> dict[str, Path]:
    """Random bits: member -> file of so many octets."""
    made = {}
    for member, size in sizes:
        made[member] = folder / f"{member}.bits"
        made[member].write_bytes(random.Random(member).randbytes(size))
    return made


def test_tributaries_beside_ethernet(tmp_path: Path) -> None:
    options = EncodeOptions(
        "vc12",
        ("1.2.1", "3.1.3"),
        e1=bit_files(tmp_path, ("1.1.1", 3200), ("3.7.3", 777)),
        e3=bit_files(tmp_path, ("2", 20000)),
        delays={"3.1.3": 1000},
        tu_pointers={"1.1.1": 7, "2": 600},
    )
    octets = encoded(tmp_path, FEW, options)
    assert octets == reference(FEW, options, len(octets) // STM1_OCTETS)


def test_tributaries_alone(tmp_path: Path) -> None:
    options = EncodeOptions(None, e1=bit_files(tmp_path, ("1.1.1", 96)), e3=bit_files(tmp_path, ("3", 1000)))
    done = encode(None, tmp_path / "out", options)
    assert done.client_frames == 0
    assert (tmp_path / "out").read_bytes() == reference([], options, done.line_frames)
    # a capture without a frame changes nothing
    encode(pcap_file(tmp_path / "empty.pcap", []), tmp_path / "again", options)
    assert (tmp_path / "again").read_bytes() == (tmp_path / "out").read_bytes()
    with pytest.raises(UsageError, match=r"--map: is missing, and .*some\.pcap has frames to carry"):
        encode(pcap_file(tmp_path / "some.pcap", FEW), tmp_path / "again", options)


@pytest.mark.parametrize(
    ("line", "vc4", "members", "place"),
    [
        ("stm1", 1, (), (1, 1)),
        ("stm4", 1, (), (1, 4)),
        ("stm16", 1, (), (1, 16)),
        ("stm16", 9, (), (9, 4)),
        ("stm16", 1, ("1", "2", "3", "4"), (1, 4)),
        ("stm16", 1, ("5", "6", "7", "8"), (5, 4)),
        ("stm16", 2, ("2",), (2, 1)),
    ],
)
def test_where_a_contiguous_vc4_begins(line: str, vc4: int, members: tuple[str, ...], place: tuple[int, int]) -> None:
    assert EncodeOptions("vc4", members, line=line, vc4=vc4, contiguous=True).place() == place


@settings(max_examples=5)
@given(
    frames=st.lists(st.integers(14, 1600), min_size=1, max_size=6),
    members=st.lists(st.sampled_from(ALL_63), max_size=4, unique=True),
    au_pointer=st.integers(0, 782),
    tu_pointer=st.integers(0, 139),
    cid=st.none() | st.integers(0, 255),
    payload_fcs=st.booleans(),
)
def test_any_options_give_the_file_of_the_second_implementation(
    tmp_path_factory: pytest.TempPathFactory,
    frames: list[int],
    members: list[str],
    au_pointer: int,
    tu_pointer: int,
    cid: int | None,
    payload_fcs: bool,
) -> None:
    options = EncodeOptions(
        "vc12" if members else "vc4",
        tuple(members),
        payload_fcs=payload_fcs,
        cid=cid,
        au_pointer=au_pointer,
        tu_pointers=tu_pointer,
    )
    octets = [ethernet(length, number) for number, length in enumerate(frames)]
    line = encoded(tmp_path_factory.mktemp("any"), octets, options)
    assert line == reference(octets, options, len(line) // STM1_OCTETS)


def test_ppp_as_it_is_under_upi_2(tmp_path: Path) -> None:
    frames = [b"\xff\x03\x00\x21" + bytes(range(40)), b"\xff\x03\xc0\x21\x01"]
    source = pcap_file(tmp_path / "in.pcap", frames, link_type=9)
    done = encode(source, tmp_path / "out", EncodeOptions("vc4", upi=2))
    plain = [gfp.build(frame, upi=2) for frame in frames]
    line = Builder(gfp_frames=plain, lead_idles=idles_of(LEAD_IN_VC4, "vc4")).line(done.line_frames)
    assert (tmp_path / "out").read_bytes() == line


def test_without_the_scrambler_the_frames_stand_in_the_payload(tmp_path: Path) -> None:
    frame = b"\x02" * 12 + b"\x08\x00" + b"no scrambler here" * 4
    # 260 columns of payload and one of overhead a row: short enough to lie in one row somewhere
    octets = encoded(tmp_path, [frame] * 3, EncodeOptions("vc4", scramble=False))
    plain = b"".join(scramble(octets[at : at + STM1_OCTETS]) for at in range(0, len(octets), STM1_OCTETS))
    assert with_fcs(frame) in plain
    scrambled = encoded(tmp_path, [frame] * 3, EncodeOptions("vc4"))
    plain = b"".join(scramble(scrambled[at : at + STM1_OCTETS]) for at in range(0, len(octets), STM1_OCTETS))
    assert with_fcs(frame) not in plain


# ------------------------------------------------------------------------------------------------ length of the file


def test_the_tail_is_ten_or_twenty_milliseconds(tmp_path: Path) -> None:
    one = [ethernet(60)]
    assert len(encoded(tmp_path, one, EncodeOptions("vc4"))) == (LEAD_IN_VC4 + 1 + TAIL_VC4) * STM1_OCTETS
    line = encoded(tmp_path, one, EncodeOptions("vc12", ALL_63))
    # a VC-12 takes four frames
    assert LEAD_IN_VC12 + 1 + TAIL_VC12 <= len(line) // STM1_OCTETS <= LEAD_IN_VC12 + 4 + TAIL_VC12


def test_frames_is_the_length_of_the_file(tmp_path: Path) -> None:
    assert len(encoded(tmp_path, FRAMES, EncodeOptions("vc4", frames=1000))) == 1000 * STM1_OCTETS
    assert len(encoded(tmp_path, [], EncodeOptions("vc4", frames=3))) == 3 * STM1_OCTETS


def test_too_few_frames_leave_nothing(tmp_path: Path) -> None:
    source = pcap_file(tmp_path / "in.pcap", FRAMES)
    with pytest.raises(UsageError, match="--frames: 60 frames are too few"):
        encode(source, tmp_path / "out", EncodeOptions("vc4", frames=60))
    assert [path.name for path in tmp_path.iterdir()] == ["in.pcap"]


def test_client_frames_follow_each_other_without_an_idle_between(tmp_path: Path) -> None:
    # more than the queue holds: it is filled again while the line is built
    frames = [ethernet(1514, number) for number in range(1500)]
    octets = encoded(tmp_path, frames, EncodeOptions("vc4"))
    busy = -(-sum(len(frame) + 12 for frame in frames) // 2340)
    assert len(octets) // STM1_OCTETS == LEAD_IN_VC4 + busy + TAIL_VC4


# ------------------------------------------------------------------------------------------------ the client's FCS


def test_an_fcs_is_found_by_a_look_and_wrong_ones_are_left_out(tmp_path: Path) -> None:
    wrong = bytearray(with_fcs(FRAMES[1]))
    wrong[20] ^= 1
    source = pcap_file(tmp_path / "in.pcap", [bytes(wrong), with_fcs(FRAMES[0]), with_fcs(FRAMES[4])])
    done = encode(source, tmp_path / "out", EncodeOptions("vc4"))
    assert (done.client_frames, done.errored_frames) == (2, 1)
    line = reference([FRAMES[0], FRAMES[4]], EncodeOptions("vc4"), done.line_frames)
    assert (tmp_path / "out").read_bytes() == line


@pytest.mark.parametrize("fcs", list(Fcs))
def test_the_user_may_say_whether_there_is_an_fcs(tmp_path: Path, fcs: Fcs) -> None:
    source = pcap_file(tmp_path / "in.pcap", [with_fcs(FRAMES[0])])
    done = encode(source, tmp_path / "out", EncodeOptions("vc4", fcs=fcs))
    sent = with_fcs(FRAMES[0]) if fcs is Fcs.NO else FRAMES[0]
    line = reference([sent], EncodeOptions("vc4"), done.line_frames)
    assert (tmp_path / "out").read_bytes() == line


def test_fcs_yes_leaves_out_what_has_none(tmp_path: Path) -> None:
    source = pcap_file(tmp_path / "in.pcap", FRAMES)
    done = encode(source, tmp_path / "out", EncodeOptions("vc4", fcs=Fcs.YES))
    assert (done.client_frames, done.errored_frames) == (0, len(FRAMES))


def test_what_the_capture_says_of_its_fcs_counts_more_than_a_look(tmp_path: Path) -> None:
    source = pcap_file(tmp_path / "in.pcap", [with_fcs(FRAMES[0])], link_type=1 | 1 << 26)
    done = encode(source, tmp_path / "out", EncodeOptions("vc4"))
    line = reference([with_fcs(FRAMES[0])], EncodeOptions("vc4"), done.line_frames)
    assert (tmp_path / "out").read_bytes() == line


# ------------------------------------------------------------------------------------------------ refused


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (EncodeOptions("vc12"), "--map vc12: needs --members"),
        (EncodeOptions("vc4", ("1", "2")), "--members: an STM-1 has no VC-4 2"),
        (EncodeOptions("vc4", ("2", "2"), line="stm4"), "--members: 2 stands there twice"),
        (EncodeOptions("vc4", ("2", "3"), line="stm4", vc4=3), "--vc4: is 3, but --members begins with 2"),
        (EncodeOptions("vc4", ("2", "3"), line="stm4", delays={"1": 125}), "--delay: nothing is carried in 1"),
        (EncodeOptions("vc4", delays={"1": 125}), "--delay: 1 is not a member of a group"),
        (EncodeOptions("vc4", ("2", "3"), line="stm4", delays={"3": 100}), "100 is not in 0..256000 in steps of 125"),
        (EncodeOptions("vc12", ("2:1.1.1",)), "--members: an STM-1 has no VC-4 2"),
        (EncodeOptions("vc12", ("1.1.1", "1:1.1.1")), "--members: 1:1.1.1 stands there twice"),
        (EncodeOptions("vc12", ("1.1.1",), delays={"2:1.1.1": 500}, line="stm4"), "nothing is carried in 2:1.1.1"),
        (
            EncodeOptions("vc12", ("1.1.1",), delays={"1.1.1": 500, "1:1.1.1": 0}),
            "--delay: 1:1.1.1 stands there twice",
        ),
        (EncodeOptions("vc12", tuple(f"{v}:{m}" for v in (1, 2) for m in ALL_63), line="stm4"), "126 are more than 63"),
        (EncodeOptions("vc4", lcas=True, contiguous=True), "--lcas: needs a group, which --contiguous is not"),
        (EncodeOptions("vc12", ("1.1.1",), lcas=True, contiguous=True), "--lcas: needs a group"),
        (EncodeOptions("vc12", ("1.1.1",), lcas=True, seed=-1), "--seed: -1 is not in 0..2147483647"),
        (EncodeOptions("vc12", ("1.1.1",), tu_pointers={"5:1.1.1": 3}), "--tu-pointer: an STM-1 has no VC-4 5"),
        (EncodeOptions("vc4", line="stm64"), "--line: 'stm64' is none of stm1, stm4, stm16"),
        (EncodeOptions("vc4", vc4=2), "--vc4: an STM-1 has no VC-4 2"),
        (EncodeOptions("vc4", line="stm4", vc4=0), "--vc4: an STM-4 has no VC-4 0"),
        (EncodeOptions("vc4", line="stm16", vc4=6, contiguous=True), "--vc4: no VC-4-4c begins at 6"),
        (EncodeOptions("vc4", ("1", "2", "3"), line="stm4", contiguous=True), "1, 2, 3 make no VC-4-4c"),
        (EncodeOptions("vc4", ("2", "3", "4", "5"), line="stm16", contiguous=True), "2, 3, 4, 5 make no VC-4-4c"),
        (EncodeOptions("vc4", ("5", "6", "7", "8"), line="stm4", contiguous=True), "an STM-4 has no VC-4 8"),
        (EncodeOptions("vc4", ("5", "6", "7", "8"), line="stm16", contiguous=True, vc4=9), "begins with 5"),
        (
            EncodeOptions("vc4", au_sequence=("sideways", 8)),
            "--au-sequence: 'sideways. is no pointer sequence: inc, dec",
        ),
        (EncodeOptions("vc4", au_sequence=("inc", 3)), "inc: at least 4 opportunities apart, not 3"),
        (EncodeOptions("vc4", cid=256), "--cid: 256 is not in 0..255"),
        (EncodeOptions("vc4", upi=0), "--upi: 0 is not in 1..254"),
        (EncodeOptions("vc4", frames=0), "--frames: 0 is less than 1"),
        (EncodeOptions("vc4", j0="sixteen letters!"), "--j0: 'sixteen letters!' is not up to 15"),
        (EncodeOptions("vc4", j1="caf\u00e9"), "--j1: 'caf\u00e9' is not up to 15"),
        (EncodeOptions("vc4", j2="a\nb"), r"--j2: 'a\\nb' is not up to 15"),
    ],
)
def test_options_that_cannot_be(tmp_path: Path, options: EncodeOptions, what: str) -> None:
    source = pcap_file(tmp_path / "in.pcap", FRAMES)
    with pytest.raises(UsageError, match=what):
        encode(source, tmp_path / "out", options)
    assert [path.name for path in tmp_path.iterdir()] == ["in.pcap"]


@pytest.mark.parametrize(
    ("frames", "link_type", "options", "what"),
    [
        ([bytes(60), bytes(13)], 1, EncodeOptions("vc4"), "frame 2: 13 octets are no Ethernet frame"),
        ([bytes(60)], 9, EncodeOptions("vc4"), r"frame 1: is PPP \(link type 9\), not Ethernet .* \(--upi maps"),
        ([bytes(60)], 1, EncodeOptions("vc4", upi=2), r"frame 1: is Ethernet \(link type 1\), not PPP"),
        ([bytes(60)], 300, EncodeOptions("vc4"), "frame 1: is link type 300, not Ethernet"),
        ([b""], 9, EncodeOptions("vc4", upi=2), "frame 1: is empty"),
        (
            [bytes(LONGEST_CLIENT_FRAME + 1)],
            1,
            EncodeOptions("vc4"),
            "frame 1: 65520 octets are more than GFP carries",
        ),
    ],
)
def test_frames_that_cannot_be_carried(
    tmp_path: Path, frames: list[bytes], link_type: int, options: EncodeOptions, what: str
) -> None:
    source = pcap_file(tmp_path / "in.pcap", frames, link_type=link_type)
    with pytest.raises(UsageError, match=what):
        encode(source, tmp_path / "out", options)
    assert [path.name for path in tmp_path.iterdir()] == ["in.pcap"]


def test_a_frame_cut_at_capture_cannot_be_carried(tmp_path: Path) -> None:
    source = pcap_file(tmp_path / "in.pcap", [bytes(60)])
    octets = bytearray(source.read_bytes())
    octets[36:40] = struct.pack("<I", 1514)
    source.write_bytes(octets)
    with pytest.raises(UsageError, match=r"frame 1: was cut when it was captured \(60 of 1514 octets\)"):
        encode(source, tmp_path / "out", EncodeOptions("vc4"))


def test_the_longest_frame_that_gfp_carries(tmp_path: Path) -> None:
    options = EncodeOptions("vc4", payload_fcs=True, cid=1)
    frames = [ethernet(LONGEST_CLIENT_FRAME)]
    octets = encoded(tmp_path, frames, options)
    assert octets == reference(frames, options, len(octets) // STM1_OCTETS)


def test_a_capture_that_ends_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    source = pcap_file(tmp_path / "in.pcap", FRAMES)
    source.write_bytes(source.read_bytes()[:-1])
    with pytest.raises(UsageError, match="the file ends within a captured frame"):
        encode(source, tmp_path / "out", EncodeOptions("vc4"))
    assert [path.name for path in tmp_path.iterdir()] == ["in.pcap"]


def test_files_that_cannot_be_written(tmp_path: Path) -> None:
    source = pcap_file(tmp_path / "in.pcap", FRAMES)
    before = source.read_bytes()
    with pytest.raises(UsageError, match="is the input file"):
        encode(source, source, EncodeOptions("vc4"))
    assert source.read_bytes() == before
    with pytest.raises(UsageError, match="no/out: No such file or directory"):
        encode(source, tmp_path / "no" / "out", EncodeOptions("vc4"))
    with pytest.raises(UsageError, match="is a directory"):
        encode(source, tmp_path, EncodeOptions("vc4"))


def test_the_public_capture_as_the_second_implementation_sends_it(tmp_path: Path) -> None:
    source = public_capture("erf-ethernet-example.erf")
    frames = [frame.octets[:-4] for frame in read_frames(source)]
    options = EncodeOptions("vc12", ("1.1.1", "1.1.2", "1.1.3", "1.2.1", "1.2.2"))
    done = encode(source, tmp_path / "out", options)
    assert (tmp_path / "out").read_bytes() == reference(frames, options, done.line_frames)
