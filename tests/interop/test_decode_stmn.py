"""`decode` on STM-4 and STM-16 lines of the second implementation: rate, concatenation and groups found by itself."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from msapemu.ctl.errors import UsageError
from msapemu.interop.lead_in import LEAD_IN_VC4
from tests.ref import mixture, vc12
from tests.ref.line import Builder, Client, Content, MultiBuilder, idles_of

from .samples import VC12_LEAD, ethernet
from .test_decode import decoded, name

Tu = tuple[int, int, int]
FIRST, SECOND, THIRD = ([ethernet(60 + 10 * i, 100 * k + i) for i in range(4)] for k in range(3))
STM4_OCTETS, STM16_OCTETS = 4 * 2430, 16 * 2430
PAIR: list[Tu] = [(2, 4, 2), (1, 1, 1)]


def vc4_content(frames: list[bytes], width: int = 1, lead: int = LEAD_IN_VC4, **options: Any) -> Content:
    return Content("vc4", [Client(frames, lead_idles=idles_of(lead, "vc4", width=width))], width=width, **options)


def vc12_content(clients: list[tuple[list[bytes], list[Tu]]], **options: Any) -> Content:
    made = [
        Client(frames, members=members, lead_idles=idles_of(VC12_LEAD, "vc12", len(members)))
        for frames, members in clients
    ]
    return Content("vc12", made, **options)


@cache
def mixed_stm4() -> bytes:
    """VC-12s in the first VC-4, nothing in the second, VC-4s at pointers of their own in the others."""
    contents = [
        vc12_content([(FIRST, PAIR)], j1="one"),
        Content("unequipped"),
        vc4_content(SECOND, j1="three", au_pointer=0, lead=VC12_LEAD + 4),
        vc4_content(THIRD, j1="four", au_pointer=782, lead=VC12_LEAD + 40),
    ]
    return MultiBuilder(4, contents).line(VC12_LEAD + 160)


@cache
def short_stm4() -> bytes:
    return MultiBuilder(4, [vc4_content(FIRST, 4)]).line(LEAD_IN_VC4 + 6)


@cache
def stm16() -> bytes:
    """VC-4-4c, four VC-4s, VC-4-4c, unequipped."""
    contents = [vc4_content(FIRST, 4), *[vc4_content([], j1=f"number {k}") for k in range(5, 8)], vc4_content(SECOND)]
    contents += [vc4_content(THIRD, 4), *[Content("unequipped")] * 3, Content("vc4", j1="last")]
    return MultiBuilder(16, contents).line(LEAD_IN_VC4 + 6)


def test_several_vc4s(tmp_path: Path) -> None:
    done, frames = decoded(tmp_path, mixed_stm4())
    report = done.report
    assert (report["line"], report["frames"], report["aligned_at_bit"]) == ("stm4", VC12_LEAD + 160, 0)
    assert report["b1_errors"] == report["b2_errors"] == 0 and report["defects"] == [] and done.notes == []
    told = [
        (group["vc4"], group["kind"], group["members"], group["ethernet"]["frames"]) for group in report["groups"]
    ]
    assert told == [(1, "vc12", ["2.4.2", "1.1.1"], 4), (3, "vc4", ["3"], 4), (4, "vc4", ["4"], 4)]
    # in the order of their coming: the VC-4 is ahead of the VC-12s by half a millisecond and more
    assert sorted(frames) == sorted(FIRST + SECOND + THIRD)
    assert [frame for frame in frames if frame in FIRST] == FIRST
    assert frames[-4:] == THIRD
    labels = [(au["j1"], au["c2"], au["pointer"], au["b3_errors"], len(au["vc12"])) for au in report["au"]]
    assert labels == [
        ("one", 2, 522, 0, 63),
        (None, 0, 522, 0, 0),
        ("three", 0x1B, 0, 0, 0),
        ("four", 0x1B, 782, 0, 0),
    ]
    assert report["vc12"] == report["au"][0]["vc12"] and report["vc12"]["1.1.1"]["sq"] == 1


def test_which_vc4_stands_at_the_top(tmp_path: Path) -> None:
    assert decoded(tmp_path, mixed_stm4(), vc4=3)[0].report["vc12"] == {}
    with pytest.raises(UsageError, match="--vc4: an STM-4 has no VC-4 5"):
        decoded(tmp_path, mixed_stm4(), vc4=5)


def test_members_take_out_one_group_only(tmp_path: Path) -> None:
    done, frames = decoded(tmp_path, mixed_stm4(), members=("2.4.2", "1.1.1"))
    assert frames == FIRST and len(done.report["groups"]) == 1
    done, frames = decoded(tmp_path, mixed_stm4(), members=("4",), vc4=4)
    assert frames == THIRD and done.report["groups"][0]["members"] == ["4"]
    with pytest.raises(UsageError, match="--members: 1, 2 are not what the line has at VC-4 1"):
        decoded(tmp_path, mixed_stm4(), members=("1", "2"), vc4=3)


def test_concatenation_is_found_by_the_pointers(tmp_path: Path) -> None:
    done, frames = decoded(tmp_path, stm16())
    report = done.report
    assert report["line"] == "stm16" and report["defects"] == [] and done.notes == []
    told = [
        (group["vc4"], group["members"], group.get("contiguous", False), group["ethernet"]["frames"])
        for group in report["groups"]
    ]
    four, twelve = ["1", "2", "3", "4"], ["9", "10", "11", "12"]
    singles = [(k, [str(k)], False, 4 * (k == 8)) for k in (5, 6, 7, 8)]
    assert told == [(1, four, True, 4), *singles, (9, twelve, True, 4), (16, ["16"], False, 0)]
    assert all(group["kind"] == "vc4" for group in report["groups"])
    assert sorted(frames) == sorted(FIRST + SECOND + THIRD)
    assert [au["concatenated"] for au in report["au"]] == [k % 4 > 0 and k // 4 in (0, 2) for k in range(16)]
    assert report["au"][15]["j1"] == "last"
    assert all(report["au"][k]["b3_errors"] == 0 for k in (0, 4, 8, 15))
    _, frames = decoded(tmp_path, stm16(), members=("9", "10", "11", "12"), vc4=10)
    assert frames == THIRD
    with pytest.raises(UsageError, match="--members: VC-4 9 is a VC-4-4c and has no VC-12"):
        decoded(tmp_path, stm16(), members=("1.1.1",), vc4=9)


def test_a_whole_stm16(tmp_path: Path) -> None:
    frames = [ethernet(9000, number) for number in range(40)]
    line = MultiBuilder(16, [vc4_content(frames, 16, au_pointer=60)]).line(LEAD_IN_VC4 + 14)
    done, found = decoded(tmp_path, line)
    assert found == frames
    assert done.report["groups"][0]["members"] == [str(k) for k in range(1, 17)]
    assert done.report["defects"] == []


@settings(max_examples=15)
@given(st.integers(0, 8 * STM4_OCTETS * 3))
@example(0)
@example(1)
@example(8 * STM4_OCTETS - 1)
@example(8 * 10)  # within the A1s
def test_an_stm4_file_that_starts_at_any_bit(tmp_path_factory: pytest.TempPathFactory, bits: int) -> None:
    whole = int.from_bytes(short_stm4(), "big") & (1 << 8 * len(short_stm4()) - bits) - 1
    octets = -(-(8 * len(short_stm4()) - bits) // 8)
    done, frames = decoded(tmp_path_factory.mktemp("bits"), (whole << bits % 8).to_bytes(octets, "big"))
    assert frames == FIRST
    assert done.report["line"] == "stm4"
    assert done.report["aligned_at_bit"] == -bits % (8 * STM4_OCTETS)


@settings(max_examples=15)
@given(st.integers(0, len(range(1 << 20))), st.booleans())
def test_an_stm4_file_cut_anywhere_after_noise(
    tmp_path_factory: pytest.TempPathFactory, length: int, noise: bool
) -> None:
    start = random.Random(length).randbytes(length % 5000) if noise else b""
    line = short_stm4()[: length % (len(short_stm4()) + 1)]
    done, frames = decoded(tmp_path_factory.mktemp("cut"), start + line)
    assert frames == FIRST[: len(frames)]
    assert done.aligned == (done.report["frames"] > 0) == (done.report["line"] == "stm4")
    assert done.aligned or len(line) < 4 * STM4_OCTETS
    assert done.report["frames"] <= len(line) // STM4_OCTETS


# ------------------------------------------------------------------------------------------------ several groups


def groups_of(tmp_path: Path, clients: list[tuple[list[bytes], list[Tu]]], **options: Any) -> tuple[Any, list[bytes]]:
    content = vc12_content(clients, **options)
    return decoded(tmp_path, MultiBuilder(1, [content]).line(VC12_LEAD + 300))


def test_groups_one_after_the_other_are_told_apart(tmp_path: Path) -> None:
    clients = [(FIRST, [(1, 1, 1), (1, 1, 2)]), (SECOND, [(1, 1, 3)]), (THIRD, [(2, 1, 1), (2, 1, 2), (3, 1, 1)])]
    done, frames = groups_of(tmp_path, clients)
    members = [group["members"] for group in done.report["groups"]]
    assert members == [["1.1.1", "1.1.2"], ["1.1.3"], ["2.1.1", "2.1.2", "3.1.1"]] and done.notes == []
    assert sorted(frames) == sorted(FIRST + SECOND + THIRD)
    assert [group["ethernet"]["frames"] for group in done.report["groups"]] == [4, 4, 4]


def test_a_guess_that_gfp_does_not_confirm_is_dropped(tmp_path: Path) -> None:
    # the second members are exchanged
    long = [ethernet(1000, number) for number in range(20)]
    clients = [(long, [(1, 1, 1), (2, 1, 2)]), (long[::-1], [(2, 1, 1), (1, 1, 2)])]
    done, frames = groups_of(tmp_path, clients)
    assert done.report["groups"] == [] and frames == []
    assert "1.1.1 has 0, 2.1.1 has 0, 1.1.2 has 1, 2.1.2 has 1" in done.notes[0] and "--members" in done.notes[0]
    _, frames = decoded(
        tmp_path,
        MultiBuilder(1, [vc12_content(clients)]).line(VC12_LEAD + 300),
        members=("1.1.1", "2.1.2"),
    )
    assert frames == long[: len(frames)] and len(frames) > 5


def test_doubts_name_the_vc4(tmp_path: Path) -> None:
    three = [(1, 1, 1), (1, 1, 2), (1, 1, 3)]
    numbers = dict(zip(three, (0, 2, 5), strict=True))
    label = vc12.EXTENDED_LABEL_GFP
    odd = vc12_content([([], three)], poh12=lambda tu, number: {"k4": vc12.k4_octet(number, label, numbers[tu])})
    other = Content("vc4", poh4={"C2": lambda number: 0x13})
    contents = [odd, other, Content("unequipped"), Content("unequipped")]
    done, _ = decoded(tmp_path, MultiBuilder(4, contents).line(VC12_LEAD + 160))
    assert done.report["groups"] == [] and len(done.notes) == 4
    assert "VC-4 1: the sequence numbers do not tell one group (1.1.1 has 0, 1.1.2 has 2" in done.notes[0]
    assert done.notes[1].endswith("VC-4 2: C2 is 13h: no GFP in this VC-4")


@settings(max_examples=3)
@given(st.integers(0, 1 << 32))
def test_any_mixture(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """Of VC-4s, VC-4-4cs and VC-12 groups on an STM-4: what can be told of it is, and comes out."""
    chance = random.Random(seed)
    shares = mixture.mixture(chance, 4, mappings=["vc4", "vc12", "unequipped"], at_once=0.2, frames=5)
    contents, sent, members = [], [], []
    for share in shares:
        contents.append(
            share.content(
                [idles_of(VC12_LEAD, share.mapping, len(s.members) or 1, share.width) for s in share.streams]
            )
        )
        told = len(share.streams) == 1 or share.mapping == "vc4"
        if told:
            sent += [frame for stream in share.streams for frame in stream.frames]
            members += [[name(tu) for tu in stream.members] for stream in share.streams if stream.members]
    done, frames = decoded(tmp_path_factory.mktemp("any"), MultiBuilder(4, contents).line(VC12_LEAD + 80), vc4=2)
    assert set(sent) <= set(frames), seed
    found = [group["members"] for group in done.report["groups"] if group["kind"] == "vc12"]
    assert all(one in found for one in members), seed
    assert [au["j1"] for au in done.report["au"] if au["c2"]] == [s.j1 for s in shares if s.mapping != "unequipped"]


def test_an_stm1_is_no_stm4(tmp_path: Path) -> None:
    line = Builder(FIRST, lead_idles=idles_of(LEAD_IN_VC4, "vc4")).line(LEAD_IN_VC4 + 20)
    done, frames = decoded(tmp_path, line)
    assert (done.report["line"], frames) == ("stm1", FIRST)
