"""`decode` of TUG structures that the second implementation made: TU-3 or TU-12s in each TUG-3, groups, E1, E3."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu.ctl.errors import UsageError
from msapemu.interop.capture import read_frames
from msapemu.interop.decode import Decoded, decode
from msapemu.interop.encode import EncodeOptions, encode
from msapemu.interop.lead_in import LEAD_IN_VC3
from tests.ref import e3, paths, tugmix
from tests.ref.line import Client, Content, MultiBuilder
from tests.ref.tug import Part

from .samples import VC12_LEAD, ethernet, pcap_file

FIRST, SECOND, THIRD = ([ethernet(60 + 10 * i, 100 * k + i) for i in range(4)] for k in range(3))


def name(part: Part) -> str:
    return str(part) if isinstance(part, int) else ".".join(map(str, part))


def line_of(clients: list[Client], frames: int, **options: Any) -> bytes:
    return MultiBuilder(1, [Content("tug", clients, **options)]).line(frames)


def in_vc3(frames: list[bytes], members: list[Part], lead: int = LEAD_IN_VC3, **options: Any) -> Client:
    return Client(frames, members=members, lead_idles=189 * len(members) * lead, **options)


def in_vc12(frames: list[bytes], members: list[Part], lead: int = VC12_LEAD, **options: Any) -> Client:
    return Client(frames, members=members, lead_idles=34 * len(members) * (lead // 4), **options)


def decoded(folder: Path, line: bytes, **options: Any) -> tuple[Decoded, list[bytes]]:
    (folder / "in.stm1").write_bytes(line)
    done = decode(folder / "in.stm1", ethernet=folder / "out.pcap", **options)
    return done, [frame.octets for frame in read_frames(folder / "out.pcap")]


def told(done: Decoded) -> list[tuple[str, list[str], bool]]:
    return [(one["kind"], one["members"], one.get("contiguous", False)) for one in done.report["groups"]]


# ------------------------------------------------------------------------------------------------ groups


def test_vc3s_are_found_and_reported(tmp_path: Path) -> None:
    line = line_of(
        [in_vc3(FIRST, [3, 1])], LEAD_IN_VC3 + 20, tu_pointers={3: 764, 1: 9}, j1="four", j1_vc3={3: "c", 1: "a"}
    )
    done, frames = decoded(tmp_path, line)
    assert frames == FIRST and told(done) == [("vc3", ["3", "1"], False)]
    report = done.report
    assert report["defects"] == [] and done.notes == []
    assert report["vc3"] == {
        k: {
            "pointer": pointer,
            "increments": 0,
            "decrements": 0,
            "new_data": 0,
            "j1": j1,
            "c2": 0x1B,
            "b3_errors": 0,
            "rei": 0,
            "rdi": False,
            "sq": sq,
            "lcas": None,
        }
        for k, pointer, j1, sq in (("1", 9, "a", 1), ("3", 764, "c", 0))
    }
    assert report["au"][0]["j1"] == "four" and report["au"][0]["c2"] == 2
    assert {path[0] for path in report["vc12"]} == {"2"}


def test_a_mixture_of_vc3_and_vc12_groups(tmp_path: Path) -> None:
    clients = [
        in_vc12(FIRST, [(3, 1, 1), (1, 2, 3)]),
        in_vc3(SECOND, [2], VC12_LEAD + 8, contiguous=True),
        in_vc12(THIRD, [(1, 7, 3)], contiguous=True),
    ]
    line = line_of(clients, VC12_LEAD + 160)
    done, frames = decoded(tmp_path, line)
    assert told(done) == [
        ("vc12", ["1.7.3"], True),
        ("vc12", ["3.1.1", "1.2.3"], False),
        ("vc3", ["2"], True),
    ]
    assert sorted(frames) == sorted(FIRST + SECOND + THIRD) and done.notes == [] and done.report["defects"] == []
    assert decoded(tmp_path, line, members=("2",))[1] == SECOND
    assert decoded(tmp_path, line, members=("1.7.3",))[1] == THIRD
    assert decoded(tmp_path, line, members=("3.1.1", "1.2.3"))[1] == FIRST
    with pytest.raises(UsageError, match="--members: 4 are no VC-3s"):
        decoded(tmp_path, line, members=("4",))


def test_vc3_groups_that_cannot_be_told(tmp_path: Path) -> None:
    clients = [in_vc3(FIRST, [1, 3]), in_vc3(SECOND, [2])]
    done, _ = decoded(tmp_path, line_of(clients, LEAD_IN_VC3 + 20))
    assert done.report["groups"] == []
    assert "1 has 0, 2 has 0, 3 has 1" in done.notes[0] and "--members" in done.notes[0]


@pytest.mark.parametrize("pointer", [(0x00, 0x00), (0x68, 0x00)])
def test_a_tug3_without_null_pointer_indication_is_tried(tmp_path: Path, pointer: tuple[int, int]) -> None:
    def spoil(number: int, vc4: bytearray) -> None:
        # columns 4 and 6, rows 1 and 2: TUG-3 1 and 3 (G.707 7.2.3); what looks like a pointer comes late
        if number >= (0 if pointer == (0, 0) else 300):
            vc4[3], vc4[261 + 3] = pointer
        vc4[5] = vc4[261 + 5] = 0

    clients = [in_vc12(FIRST, [(1, 1, 1), (3, 2, 2)]), in_vc3(SECOND, [2], VC12_LEAD + 8)]
    done, frames = decoded(tmp_path, line_of(clients, VC12_LEAD + 160, on_vc4=spoil))
    if pointer == (0, 0):
        assert sorted(frames) == sorted(FIRST + SECOND)
        assert told(done) == [("vc12", ["1.1.1", "3.2.2"], False), ("vc3", ["2"], False)]
    else:
        # it is a TU-3 at the end of the line
        assert set(done.report["vc3"]) == {"1", "2"} and told(done) == [("vc3", ["2"], False)]
        assert frames == SECOND


def test_a_group_in_doubt_does_not_touch_the_others(tmp_path: Path) -> None:
    long = [ethernet(1000, number) for number in range(8)]
    clients = [
        in_vc12(long, [(1, 1, 1), (1, 2, 2)]),
        in_vc12(long[::-1], [(1, 2, 1), (1, 1, 2)]),
        in_vc3(SECOND, [2], VC12_LEAD + 8),
    ]
    done, frames = decoded(tmp_path, line_of(clients, VC12_LEAD + 300))
    assert frames == SECOND and told(done) == [("vc3", ["2"], False)]
    assert len(done.notes) == 1 and "1.1.1 has 0, 1.2.1 has 0, 1.1.2 has 1, 1.2.2 has 1" in done.notes[0]


@pytest.mark.parametrize("value", [1, 50, 139])
def test_new_data_between_two_frames_costs_nothing(tmp_path: Path, value: int) -> None:
    """At pointer 0 a VC ends where the pointer stands: what is skipped then is no frame cut short."""
    frames = [ethernet(60, number) for number in range(100)]
    members: list[Part] = [(1, 1, 1), (1, 2, 2)]
    tu_moves = {members[0]: {VC12_LEAD // 4 + 6: ("ndf", value)}}
    au_moves = {VC12_LEAD + 10: ("ndf", 5 * value)}
    line = line_of([in_vc12(frames, members)], VC12_LEAD + 260, au_pointer=0, tu_moves=tu_moves, au_moves=au_moves)
    done, found = decoded(tmp_path, line)
    assert found == frames and done.report["defects"] == []


def test_an_empty_structure(tmp_path: Path) -> None:
    done, _ = decoded(tmp_path, line_of([], 60))
    assert done.report["groups"] == [] and done.notes == [f"{tmp_path}/in.stm1: no VC-12 carries GFP"]
    done, _ = decoded(tmp_path, line_of([], 120, tributaries={2: paths.supervisory3("quiet")}))
    assert done.notes == [f"{tmp_path}/in.stm1: no VC-12 and no VC-3 carries GFP"]
    assert done.report["vc3"]["2"]["j1"] == "quiet"


@settings(max_examples=2)
@given(st.integers(0, 1 << 32))
def test_any_structure(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    rng = random.Random(seed)
    structure = tugmix.structure(rng, frames=4, e3_octets=30_000)
    tugmix.set_moving(rng, structure, 60, 300)
    line = MultiBuilder(1, [structure.content(VC12_LEAD + 200)]).line(VC12_LEAD + 320)
    folder = tmp_path_factory.mktemp("any")
    files = {part: folder / f"{name(part)}.bits" for part in structure.pdh}
    done, frames = decoded(
        folder,
        line,
        e1={name(part): path for part, path in files.items() if not isinstance(part, int)},
        e3={name(part): path for part, path in files.items() if isinstance(part, int)},
    )
    assert {int(k) for k in done.report["vc3"]} == structure.tu3s, seed
    assert all(path["b3_errors"] == 0 for path in done.report["vc3"].values()), seed
    assert all(path["bip2_errors"] == 0 for path in done.report["vc12"].values()), seed
    found = told(done)
    for kind in ("vc3", "vc12"):
        streams = [s for s in structure.streams if isinstance(s.members[0], int) == (kind == "vc3")]
        if structure.contiguous or len(streams) < 2:
            for stream in streams:
                assert (kind, [name(part) for part in stream.members], structure.contiguous) in found, seed
                assert all(frame in frames for frame in stream.frames), seed
    for part, (_, octets) in structure.pdh.items():
        # the file begins with the line: what comes before the pointers stand is lost
        octets = octets.rstrip(b"\xff")
        came = files[part].read_bytes().rstrip(b"\xff")
        assert len(came) > len(octets) - (2000 if len(octets) < 3000 else 12_000) and octets.endswith(came), seed


# ------------------------------------------------------------------------------------------------ E1, E3


def test_tributaries_there_and_back(tmp_path: Path) -> None:
    sent = [ethernet(60 + 30 * number, number) for number in range(20)]
    chance = random.Random(11)
    octets = {
        "1.1.1": chance.randbytes(32 * 100),
        "3.7.3": chance.randbytes(32 * 2),
        "2": chance.randbytes(192 * 100),
    }
    for member, some in octets.items():
        (tmp_path / f"{member}.in").write_bytes(some)
    options = EncodeOptions(
        "vc12",
        ("1.2.1", "3.1.3"),
        line="stm4",
        vc4=3,
        e1={member: tmp_path / f"{member}.in" for member in ("1.1.1", "3.7.3")},
        e3={"2": tmp_path / "2.in"},
        tu_sequence=("alternate", 4),
        delays={"3.7.3": 2000},
    )
    encode(pcap_file(tmp_path / "in.pcap", sent), tmp_path / "line.erf", options)
    done = decode(
        tmp_path / "line.erf",
        vc4=3,
        ethernet=tmp_path / "out.pcap",
        e1={member: tmp_path / f"{member}.out" for member in ("1.1.1", "3.7.3")},
        e3={"2": tmp_path / "2.out"},
    )
    assert [frame.octets for frame in read_frames(tmp_path / "out.pcap")] == sent
    for member, some in octets.items():
        assert (tmp_path / f"{member}.out").read_bytes() == some
    assert done.report["tributaries"] == {
        member: {"kind": "e3" if member == "2" else "e1", "octets": len(some), "positive": 0, "negative": 0}
        for member, some in octets.items()
    }
    assert done.report["defects"] == [] and done.notes == []


def test_e1_and_e3_with_justification_and_byte_synchronous(tmp_path: Path) -> None:
    chance = random.Random(12)
    octets = [chance.randbytes(32 * 600) for _ in range(2)] + [chance.randbytes(537 * 300)]

    def e1_choice(number: int) -> tuple[bool, bool]:
        return chance.choice([(False, True), (True, True), (False, False)])

    def e3_choice(number: int) -> list[e3.Justification]:
        return [chance.choice([(False, True), (True, True), (False, False)]) for _ in range(3)]

    tributaries = {
        (1, 1, 1): paths.e1_async(octets[0], e1_choice),
        (2, 3, 2): paths.e1_byte(octets[1]),
        3: paths.e3_async(octets[2], e3_choice),
    }
    done, _ = decoded(
        tmp_path,
        line_of([], 680, tributaries=tributaries),
        e1={"1.1.1": tmp_path / "async", "2.3.2": tmp_path / "byte"},
        e3={"3": tmp_path / "e3"},
    )
    lost = {"async": 0, "byte": 0, "e3": 0}
    for path, sent in zip(lost, octets, strict=True):
        came = int.from_bytes((tmp_path / path).read_bytes(), "big")
        bits = bin(came)[2:].rstrip("1").lstrip("0")
        assert bits in bin(int.from_bytes(sent, "big")), path
        lost[path] = 8 * len(sent) - len(bits)
    # until the pointers and the multiframe stand
    assert lost["async"] < 10 * 1024 and lost["byte"] < 10 * 1024 and lost["e3"] < 24 * 4296
    asynchronous, byte, of_e3 = done.report["tributaries"].values()
    assert asynchronous["positive"] > 20 < asynchronous["negative"] and of_e3["positive"] > 100 < of_e3["negative"]
    assert byte["positive"] == byte["negative"] == 0
    # what stands in the octets stands in the file, from a frame on
    assert octets[1].find((tmp_path / "byte").read_bytes()[: 32 * 100]) % 32 == 0


def test_ones_about_a_tributary_are_left_out_and_ones_in_it_are_not(tmp_path: Path) -> None:
    frame = bytes(32)
    octets = frame + b"\xff" * 320 + frame + b"\xff" * 31 + b"\x00"
    line = line_of([], 200, tributaries={(1, 1, 1): paths.e1_async(b"\xff" * 128 * 20 + octets)})
    done, _ = decoded(tmp_path, line, e1={"1.1.1": tmp_path / "out.e1"})
    assert (tmp_path / "out.e1").read_bytes() == octets
    line = line_of([], 200, tributaries={(1, 1, 1): paths.e1_async(b"")})
    done, _ = decoded(tmp_path, line, e1={"1.1.1": tmp_path / "ones.e1"})
    assert (tmp_path / "ones.e1").read_bytes() == b""
    assert done.notes[-1] == f"{tmp_path}/ones.e1: is empty: nothing but ones came out of VC-12 1.1.1"


@pytest.mark.parametrize("fault", ["cut", "damaged"])
def test_e3_files_of_any_length_come_out_whole(tmp_path: Path, fault: str) -> None:
    octets = random.Random(13).randbytes(537 * 40 + 77)
    line = line_of([], 70, tributaries={2: paths.e3_async(b"\xff" * 537 * 20 + octets)})
    if fault == "cut":
        line = line[: 2430 * 50]
    decoded(tmp_path, line, e3={"2": tmp_path / "out.e3"})
    came = (tmp_path / "out.e3").read_bytes()
    if fault == "cut":
        assert octets.startswith(came) and len(came) > 537 * 27
    else:
        # filled up to whole frames of G.751
        assert came.startswith(octets) and set(came[len(octets) :]) == {255} and len(came) - len(octets) < 192


def test_a_g832_e3_keeps_its_frames(tmp_path: Path) -> None:
    octets = b"".join(b"\xf6\x28" + random.Random(k).randbytes(534) + b"\xff" for k in range(30)) + b"\xff" * 537
    octets += b"\xf6\x28" + bytes(535)
    line = line_of([], 80, tributaries={2: paths.e3_async(b"\xff" * 537 * 20 + octets)})
    decoded(tmp_path, line, e3={"2": tmp_path / "out.e3"})
    assert (tmp_path / "out.e3").read_bytes() == octets


def test_tributaries_that_are_not_there(tmp_path: Path) -> None:
    line = line_of([in_vc12(FIRST, [(1, 1, 1)])], 300)
    done, _ = decoded(tmp_path, line, e1={"2.1.1": tmp_path / "a.e1"}, e3={"3": tmp_path / "b.e3"})
    assert (tmp_path / "a.e1").read_bytes() == (tmp_path / "b.e3").read_bytes() == b""
    defects = {(event["object"], event["defect"]) for event in done.report["defects"]}
    assert defects == {("au.1/vc3.3", "TU-LOP")}
    assert done.notes == [
        f"{tmp_path}/a.e1: is empty: the label of VC-12 2.1.1 is 00h",
        f"{tmp_path}/b.e3: is empty: nothing but ones came out of VC-3 3",
    ]
    # what the user says of a TUG-3 counts: its VC-12 is no group then
    done, _ = decoded(tmp_path, line, e3={"1": tmp_path / "b.e3"})
    assert done.report["groups"] == []
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(UsageError, match="TUG-3 3 cannot hold a VC-3 and a VC-12"):
        decoded(tmp_path, line, e1={"3.1.1": tmp_path / "c"}, e3={"3": tmp_path / "d"})
    with pytest.raises(UsageError, match=r"--members: 1\.1\.1 carries a tributary"):
        decoded(tmp_path, line, e1={"1.1.1": tmp_path / "c"}, members=("1.1.1",))
    with pytest.raises(UsageError, match="is named twice"):
        decoded(tmp_path, line, e1={"1.1.1": tmp_path / "c", "1.1.2": tmp_path / "c"})
    with pytest.raises(UsageError, match="No such file or directory"):
        decoded(tmp_path, line, e1={"1.1.1": tmp_path / "c", "1.1.2": tmp_path / "no" / "c"})
    plain = MultiBuilder(1, [Content("vc4", [Client(FIRST)])]).line(30)
    with pytest.raises(UsageError, match="VC-4 1 has no VC-12 and no VC-3 to take a tributary out of: C2 is 1Bh"):
        decoded(tmp_path, plain, e1={"1.1.1": tmp_path / "c"})
    assert sorted(path.name for path in tmp_path.iterdir()) == before
