"""`decode` on lines that the plain second implementation made: structure, groups, report, and every kind of damage."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from msapemu.ctl.errors import UsageError
from msapemu.interop.capture import read_frames
from msapemu.interop.decode import Decoded, decode
from msapemu.interop.lead_in import LEAD_IN_VC4
from msapemu.interop.linefile import STM1_OCTETS
from tests.ref import gfp, vc12
from tests.ref.line import Builder, idles_of

from .samples import VC12_LEAD, ethernet

FRAMES = [ethernet(60, 1), ethernet(1514, 2, vlan=5), ethernet(14, 3), ethernet(600, 4), ethernet(61, 5)]
VC4_FRAMES = LEAD_IN_VC4 + 20
Tu = tuple[int, int, int]


def name(tu: Tu) -> str:
    return ".".join(map(str, tu))


def decoded(folder: Path, line: bytes, **options: Any) -> tuple[Decoded, list[bytes]]:
    (folder / "in.stm1").write_bytes(line)
    done = decode(folder / "in.stm1", ethernet=folder / "out.pcap", **options)
    if not done.aligned:
        assert not (folder / "out.pcap").exists()
        return done, []
    return done, [frame.octets for frame in read_frames(folder / "out.pcap")]


@cache
def vc4_line() -> bytes:
    return Builder(FRAMES, lead_idles=idles_of(LEAD_IN_VC4, "vc4")).line(VC4_FRAMES)


def vc12_line(members: list[Tu], frames: int = 200, **options: Any) -> bytes:
    lead = idles_of(VC12_LEAD, "vc12", len(members))
    return Builder(FRAMES, mapping="vc12", members=members, lead_idles=lead, **options).line(VC12_LEAD + frames)


@cache
def short_vc12_line() -> bytes:
    """Members out of order and at pointers of their own."""
    members = [(3, 7, 3), (1, 1, 1), (2, 4, 2)]
    return vc12_line(members, tu_pointers={members[0]: 139, members[1]: 0, members[2]: 71})


# ------------------------------------------------------------------------------------------------ the report


def test_a_vc4_line(tmp_path: Path) -> None:
    done, frames = decoded(tmp_path, vc4_line())
    assert frames == FRAMES
    assert done.aligned and not done.notes
    report = done.report
    overhead = report.pop("overhead")
    idle = report["groups"][0]["gfp"].pop("idle_frames")
    assert 0 < idle < VC4_FRAMES * 585
    assert overhead["section"]["s1"] == 0x0B and overhead["vc4"]["1"]["c2"] == 0x1B
    assert report == {
        "line": "stm1",
        "frames": VC4_FRAMES,
        "aligned_at_bit": 0,
        "oof": 0,
        "lof": 0,
        "b1_errors": 0,
        "b2_errors": 0,
        "j0": "msapemu",
        "s1": 0x0B,
        "k1": 0,
        "k2": 0,
        "au": [
            {
                "pointer": 522,
                "increments": 0,
                "decrements": 0,
                "new_data": 0,
                "j1": "msapemu",
                "c2": 0x1B,
                "b3_errors": 0,
                "rei": 0,
                "rdi": False,
                "h4_lom": 0,
                "sq": None,
                "lcas": None,
                "tug3": [None, None, None],
            }
        ],
        "vc12": {},
        "vc3": {},
        "groups": [
            {
                "members": ["1"],
                "kind": "vc4",
                "differential_delay_us": 0,
                "gfp": {
                    "mode": "f",
                    "client_frames": len(FRAMES),
                    "management_frames": 0,
                    "core_hec_corrected": 0,
                    "core_hec_errors": 0,
                    "type_hec_errors": 0,
                    "payload_fcs_errors": 0,
                    "sync_losses": 0,
                    "discarded": 0,
                    "upi": {"1": len(FRAMES)},
                },
                "ethernet": {"frames": len(FRAMES), "fcs_errors": 0},
            }
        ],
        "defects": [],
    }
    assert json.loads(done.text)["frames"] == VC4_FRAMES


def test_all_overhead_is_in_the_report(tmp_path: Path) -> None:
    octets = {"E1": 0x11, "F1": 0x12, "D1": 0xD1, "D12": 0xDC, "E2": 0x13, "K1": 0x14, "K2": 0x15, "M1": 3}
    line = Builder(
        soh={name: (lambda number, value=value: value) for name, value in octets.items()},
        poh4={
            "F2": lambda n: 0x21,
            "F3": lambda n: 0x22,
            "K3": lambda n: 0x23,
            "N1": lambda n: 0x24,
            "G1": lambda n: 8,
        },
        mapping="vc12",
        members=[(1, 2, 3)],
        poh12=lambda tu, number: {"n2": 0x31, "rdi": True},
    ).line(160)
    overhead = decoded(tmp_path, line)[0].report["overhead"]
    section = overhead["section"]
    assert {name: section[name.lower()] for name in octets} == octets
    assert set(section) == {"j0", "b1", "k1", "k2", "s1", "m1", "e1", "f1", "e2", *(f"d{n}" for n in range(1, 13))}
    vc4 = overhead["vc4"]["1"]
    assert set(vc4) == {"rdi", "j1", "b3", "c2", "g1", "f2", "h4", "f3", "k3", "n1"}
    assert (vc4["f2"], vc4["f3"], vc4["k3"], vc4["n1"], vc4["g1"], vc4["c2"]) == (0x21, 0x22, 0x23, 0x24, 8, 2)
    assert vc4["rdi"] != "none"
    assert overhead["vc3"] == {} and set(overhead["vc12"]) == {"1.2.3"}
    assert set(overhead["vc12"]["1.2.3"]) == {"rdi", "v5", "j2", "n2", "k4"}
    assert overhead["vc12"]["1.2.3"]["n2"] == 0x31 and overhead["vc12"]["1.2.3"]["rdi"] != "none"


def test_a_vc12_group_is_found_by_its_sequence_numbers(tmp_path: Path) -> None:
    done, frames = decoded(tmp_path, short_vc12_line())
    assert frames == FRAMES
    (group,) = done.report["groups"]
    assert group["members"] == ["3.7.3", "1.1.1", "2.4.2"]
    assert group["kind"] == "vc12"
    assert len(done.report["vc12"]) == 63
    assert done.report["vc12"]["2.4.2"] == {
        "pointer": 71,
        "increments": 0,
        "decrements": 0,
        "new_data": 0,
        "j2": "msapemu",
        "label": 5,
        "extended_label": 0x0D,
        "bip2_errors": 0,
        "rei": 0,
        "rdi": False,
        "sq": 2,
        "lcas": None,
    }
    assert done.report["vc12"]["1.1.2"]["label"] == 0
    assert done.report["defects"] == [] and done.notes == []


def test_members_name_the_group_and_its_order(tmp_path: Path) -> None:
    done, frames = decoded(tmp_path, short_vc12_line(), members=("3.7.3", "1.1.1", "2.4.2"))
    assert frames == FRAMES and done.report["groups"][0]["members"] == ["3.7.3", "1.1.1", "2.4.2"]
    done, frames = decoded(tmp_path, short_vc12_line(), members=("1.1.1", "3.7.3", "2.4.2"))
    assert frames == []
    told = [(event["object"], event["defect"]) for event in done.report["defects"]]
    assert ("group.0", "VCAT-SQM") in told


def k4(tu: Tu, number: int, sq: dict[Tu, int]) -> dict[str, int]:
    return {"k4": vc12.k4_octet(number, vc12.EXTENDED_LABEL_GFP, sq[tu])}


def test_sequence_numbers_that_do_not_tell_ask_for_members(tmp_path: Path) -> None:
    members = [(1, 1, 1), (1, 1, 2), (1, 1, 3)]
    sq = {members[0]: 0, members[1]: 1, members[2]: 0}
    line = vc12_line(members, poh12=lambda tu, number: k4(tu, number, sq))
    done, frames = decoded(tmp_path, line)
    assert done.aligned and done.report["groups"] == [] and frames == []
    assert "1.1.1 has 0, 1.1.3 has 0, 1.1.2 has 1" in done.notes[0] and "--members" in done.notes[0]


def test_groups_of_one_vc12_each(tmp_path: Path) -> None:
    members = [(1, 1, 1), (2, 2, 2)]
    line = vc12_line(members, poh12=lambda tu, number: k4(tu, number, dict.fromkeys(members, 0)))
    done, _ = decoded(tmp_path, line)
    assert [group["members"] for group in done.report["groups"]] == [["1.1.1"], ["2.2.2"]]


def test_a_line_without_gfp(tmp_path: Path) -> None:
    line = Builder(poh4={"C2": lambda number: 0}).line(100)
    done, frames = decoded(tmp_path, line)
    assert done.aligned and done.report["au"][0]["c2"] == 0 and done.report["groups"] == [] and frames == []
    assert "C2 is 00h: no GFP" in done.notes[0]
    line = Builder(mapping="vc12", members=[(1, 1, 1)], poh12=lambda tu, number: {"label": 2}).line(1000)
    done, _ = decoded(tmp_path, line)
    assert done.report["groups"] == [] and "no VC-12 carries GFP" in done.notes[0]


def test_traces_and_overhead_are_reported(tmp_path: Path) -> None:
    line = Builder(
        j0="section",
        j1="path",
        s1=0x02,
        soh={"K1": lambda n: 0xC1, "K2": lambda n: 0x10, "M1": lambda n: 0},
        poh4={"G1": lambda n: 0x28 if 40 <= n < 60 else 0x08},
    ).line(120)
    report = decoded(tmp_path, line)[0].report
    assert (report["j0"], report["au"][0]["j1"], report["s1"]) == ("section", "path", 2)
    assert (report["k1"], report["k2"]) == (0xC1, 0x10)
    assert report["au"][0]["rei"] == 40 and report["au"][0]["rdi"] is True
    assert {"frame": 4, "object": "au.1", "defect": "HP-RDI", "state": "raise"} in [
        {**event, "frame": 4} for event in report["defects"]
    ]


def test_parity_errors_are_counted_bit_by_bit(tmp_path: Path) -> None:
    def spoil(number: int, octets: bytearray) -> None:
        if number == 90:
            octets[1000] ^= 0x81

    # a VC-4 octet of the payload: B1, B2 and B3 see the same two bits
    line = Builder(on_frame=spoil).line(120)
    report = decoded(tmp_path, line)[0].report
    assert (report["b1_errors"], report["b2_errors"], report["au"][0]["b3_errors"]) == (2, 2, 2)


def test_a_wrong_ethernet_fcs_is_counted_and_not_written(tmp_path: Path) -> None:
    payloads = [gfp.ethernet_payload(frame) for frame in FRAMES]
    payloads[1] = payloads[1][:-1] + bytes([payloads[1][-1] ^ 1])
    line = Builder(gfp_frames=[gfp.build(payload) for payload in payloads], lead_idles=20000).line(60)
    done, frames = decoded(tmp_path, line)
    assert frames == [FRAMES[0], *FRAMES[2:]]
    (group,) = done.report["groups"]
    assert group["gfp"]["client_frames"] == len(FRAMES)
    assert group["ethernet"] == {"frames": len(FRAMES) - 1, "fcs_errors": 1}


def test_management_frames_and_strangers_are_counted(tmp_path: Path) -> None:
    plain = [
        gfp.build(b"", upi=1, pti=gfp.PTI_CLIENT_MANAGEMENT),
        gfp.build(gfp.ethernet_payload(FRAMES[0])),
        gfp.build(b"\xff\x03\x00\x21", upi=2),
        gfp.build(gfp.ethernet_payload(FRAMES[4]), with_pfcs=True),
    ]
    done, frames = decoded(tmp_path, Builder(gfp_frames=plain, lead_idles=20000).line(60))
    assert frames == [FRAMES[0], FRAMES[4]]
    found = done.report["groups"][0]["gfp"]
    assert (found["client_frames"], found["management_frames"], found["discarded"]) == (2, 1, 1)


# ------------------------------------------------------------------------------------------------ pointers and delays


@pytest.mark.parametrize("kind", ["inc", "dec"])
def test_au_pointer_moves_lose_nothing(tmp_path: Path, kind: str) -> None:
    moves = dict.fromkeys(range(LEAD_IN_VC4 - 4, LEAD_IN_VC4 + 20, 4), kind)
    line = Builder(FRAMES * 8, lead_idles=idles_of(LEAD_IN_VC4, "vc4"), au_pointer=1, au_moves=moves).line(VC4_FRAMES)
    done, frames = decoded(tmp_path, line)
    assert frames == FRAMES * 8
    au = done.report["au"][0]
    assert au["increments" if kind == "inc" else "decrements"] == len(moves)
    assert au["pointer"] == (1 + len(moves) * (1 if kind == "inc" else -1)) % 783
    assert done.report["defects"] == [] and au["b3_errors"] == 0


@settings(max_examples=3)
@given(st.data())
def test_vc12_groups_at_any_pointers_with_delays_and_moves(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    every = [(k, l, m) for k in (1, 2, 3) for l in range(1, 8) for m in (1, 2, 3)]
    members = data.draw(st.lists(st.sampled_from(every), min_size=1, max_size=4, unique=True))
    pointers = {tu: data.draw(st.integers(0, 139)) for tu in members}
    delays = {tu: data.draw(st.integers(0, 60)) for tu in members}
    moving = data.draw(st.sampled_from(members))
    moves = dict.fromkeys(range(90, 210, data.draw(st.integers(4, 20))), data.draw(st.sampled_from(["inc", "dec"])))
    line = vc12_line(
        members,
        frames=400,
        tu_pointers=pointers,
        delays=delays,
        tu_moves={moving: moves},
        au_pointer=data.draw(st.integers(0, 782)),
    )
    done, frames = decoded(tmp_path_factory.mktemp("any"), line)
    assert frames == FRAMES
    (group,) = done.report["groups"]
    assert group["members"] == [name(tu) for tu in members]
    spread = max(delays.values()) - min(delays.values())
    # a pointer may put a VC-12 into the next TU multiframe: half a millisecond
    assert abs(group["differential_delay_us"] - 500 * spread) <= 1000
    path = done.report["vc12"][name(moving)]
    assert path["increments"] + path["decrements"] == len(moves)


# ------------------------------------------------------------------------------------------------ where the file starts


@settings(max_examples=12)
@given(st.integers(0, 8 * STM1_OCTETS * 3))
@example(0)
@example(1)
@example(8 * STM1_OCTETS - 1)
def test_a_file_that_starts_at_any_bit(tmp_path_factory: pytest.TempPathFactory, bits: int) -> None:
    whole = int.from_bytes(vc4_line(), "big") & (1 << 8 * len(vc4_line()) - bits) - 1
    octets = -(-(8 * len(vc4_line()) - bits) // 8)
    line = (whole << bits % 8).to_bytes(octets, "big")
    done, frames = decoded(tmp_path_factory.mktemp("bits"), line)
    assert frames == FRAMES
    assert done.report["aligned_at_bit"] == -bits % (8 * STM1_OCTETS)


def test_a_file_that_starts_within_a_client_frame_loses_the_first_and_counts_it(tmp_path: Path) -> None:
    frames = [ethernet(9000, number) for number in range(60)]
    line = Builder(frames, lead_idles=10).line(260)[20 * STM1_OCTETS + 7 :]
    done, found = decoded(tmp_path, line)
    # it starts in frame 5; pointers, PRESYNC and a descrambler that begins with zeros take three and a half more
    assert found == frames[9:]
    (group,) = done.report["groups"]
    assert group["ethernet"]["fcs_errors"] + group["gfp"]["type_hec_errors"] == 1


def test_garbage_before_the_line_and_after(tmp_path: Path) -> None:
    noise = random.Random(5).randbytes(5001)
    done, frames = decoded(tmp_path, noise + vc4_line() + noise)
    assert frames == FRAMES
    assert done.report["aligned_at_bit"] == 8 * len(noise)


# ------------------------------------------------------------------------------------------------ damage


@settings(max_examples=30)
@given(st.sampled_from(["vc4", "vc12"]), st.integers(0, 1 << 22))
def test_a_file_cut_anywhere(tmp_path_factory: pytest.TempPathFactory, kind: str, length: int) -> None:
    whole = vc4_line() if kind == "vc4" else short_vc12_line()
    length %= len(whole) + 1
    done, frames = decoded(tmp_path_factory.mktemp("cut"), whole[:length])
    assert frames == FRAMES[: len(frames)]
    # one frame and the alignment of the next, at the least; then it is told
    assert done.aligned == (done.report["frames"] > 0)
    assert done.aligned or length < 4 * STM1_OCTETS
    assert done.report["frames"] <= length // STM1_OCTETS
    assert done.aligned or "no STM-N frame alignment" in done.notes[0]


@settings(max_examples=40)
@given(
    kind=st.sampled_from(["vc4", "vc12"]),
    seed=st.integers(0, 1 << 32),
    faults=st.integers(1, 200),
    burst=st.integers(1, 6000),
)
def test_a_damaged_file_ends_in_a_report(
    tmp_path_factory: pytest.TempPathFactory, kind: str, seed: int, faults: int, burst: int
) -> None:
    line = bytearray(vc4_line() if kind == "vc4" else short_vc12_line())
    chance = random.Random(seed)
    for _ in range(faults):
        line[chance.randrange(len(line))] ^= 1 << chance.randrange(8)
    at = chance.randrange(len(line) - burst)
    line[at : at + burst] = chance.choice([bytes(burst), b"\xff" * burst, chance.randbytes(burst), b""])
    done, frames = decoded(tmp_path_factory.mktemp("damaged"), bytes(line))
    # what is delivered passed its FCS: nothing wrong gets through
    assert all(frame in FRAMES for frame in frames)
    json.loads(done.text)


@settings(max_examples=40)
@given(st.binary(max_size=8000))
def test_garbage_is_not_aligned(tmp_path_factory: pytest.TempPathFactory, octets: bytes) -> None:
    done, frames = decoded(tmp_path_factory.mktemp("garbage"), octets)
    assert not done.aligned and frames == []
    assert done.report["aligned_at_bit"] is None and done.report["frames"] == 0


def test_a_break_in_the_line_is_told(tmp_path: Path) -> None:
    line = vc4_line()
    middle = 50 * STM1_OCTETS
    done, _ = decoded(tmp_path, line[:middle] + bytes(40 * STM1_OCTETS) + line[middle:])
    assert done.report["oof"] == 1 and done.report["lof"] == 1
    told = [(event["object"], event["defect"], event["state"]) for event in done.report["defects"]]
    for defect in ("OOF", "LOF"):
        assert ("line", defect, "raise") in told and ("line", defect, "clear") in told


# ------------------------------------------------------------------------------------------------ wrong use


def test_wrong_use(tmp_path: Path) -> None:
    path = tmp_path / "in.stm1"
    with pytest.raises(UsageError, match=r"in\.stm1: No such file"):
        decode(path)
    path.write_bytes(vc4_line())
    with pytest.raises(UsageError, match="--vc4: an STM-1 has no VC-4 2"):
        decode(path, vc4=2)
    with pytest.raises(UsageError, match="is named twice"):
        decode(path, ethernet=path)
    with pytest.raises(UsageError, match="is named twice"):
        decode(path, ethernet=tmp_path / "out", report=tmp_path / "out")
    with pytest.raises(UsageError, match="not a regular file"):
        decode(tmp_path)
    with pytest.raises(UsageError, match="No such file or directory"):
        decode(path, ethernet=tmp_path / "out", report=tmp_path / "no" / "out")
    assert [entry.name for entry in tmp_path.iterdir()] == ["in.stm1"]


def test_a_vc4_line_read_with_members_delivers_nothing_and_says_why(tmp_path: Path) -> None:
    done, frames = decoded(tmp_path, vc4_line(), members=("1.1.1",))
    assert frames == []
    assert ("au.1", "HP-PLM") in [(event["object"], event["defect"]) for event in done.report["defects"]]
