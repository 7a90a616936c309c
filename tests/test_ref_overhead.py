"""Overhead, unequipped and AIS signals of the second implementation: every octet read back where it was put."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ref import bip, paths, stm1, trace, tug, vc4, vc12
from tests.ref.line import Builder, Client, Content, MultiBuilder, MultiParser, Parser
from tests.ref.pointer import State
from tests.ref.stmn import PLACES
from tests.ref.tug import Part


def read(builder: MultiBuilder, frames: int) -> MultiParser:
    return MultiParser(builder.section.stm.n, whole_file=True).feed_all(builder.frames(frames))


def random_channel(seed: int) -> tuple[bytes, Callable[[int], int]]:
    octets = Random(seed).randbytes(64)
    return octets, lambda number: octets[number % 64]


# -- traces


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=62), st.integers(0, 63))
def test_long_trace(text: str, phase: int) -> None:
    """62 characters, CR LF; found at any phase."""
    octets = trace.build_long(text)
    assert len(octets) == 64 and octets.endswith(b"\r\n")
    assert trace.find_long((octets * 4)[phase:]) == text.ljust(62)
    assert trace.find(octets * 2) is None  # no octet has the marker


def test_long_trace_refuses_and_finds_none() -> None:
    with pytest.raises(ValueError, match="62"):
        trace.build_long("x" * 63)
    assert trace.find_long(trace.build("abc") * 20) is None
    assert trace.find_long(bytes(200)) is None
    assert trace.build_long("abc", pad=b"\0")[:5] == b"abc\0\0"


def test_long_j1_and_short_j0_in_a_line() -> None:
    """J1 of 64 octets in VC-4 and VC-3; J0 as a single octet 01."""
    long = trace.build_long("a long name of a path")
    content = Content("tug", [Client(members=[3])], j1=long, j1_vc3={3: trace.build_long("another")})
    parser = Parser(whole_file=True).feed_all(MultiBuilder(1, [content], j0=trace.UNUSED_J0).frames(140))
    assert parser.j0 == b"\x01" * 140
    assert parser.j1[:64] == long
    assert trace.find_long(parser.j1) == "a long name of a path".ljust(62)
    assert trace.find_long(parser.vc3[3].j1) == "another".ljust(62)


# -- section overhead


def test_section_channels() -> None:
    """E1 E2 F1, D1 to D12, K1 K2 S1: each octet of each frame."""
    names = [name for name in PLACES if name not in ("J0", "B1")]
    channels = {name: random_channel(i) for i, name in enumerate(names)}
    soh = {name: value for name, (_, value) in channels.items()}
    section = read(MultiBuilder(4, [Content("unequipped", width=4)], soh=soh), 8).section
    for name, (octets, _) in channels.items():
        assert section.channel(name) == octets[:8]
    assert (section.b1_errors, section.b2_errors, section.framing_errors) == (0, 0, 0)
    turns = [channels[name][0] for name in ("D1", "D2", "D3")]
    assert section.dcc_r == bytes(octets[n] for n in range(8) for octets in turns)
    turns = [channels[f"D{i}"][0] for i in range(4, 13)]
    assert section.dcc_m == bytes(octets[n] for n in range(8) for octets in turns) and len(section.dcc_m) == 72
    assert section.ssm == channels["S1"][0][7] & 0xF


@pytest.mark.parametrize(("k2", "ais", "rdi"), [(0b111, True, False), (0b110, False, True), (0xF8, False, False)])
def test_k2_alarms(k2: int, ais: bool, rdi: bool) -> None:
    section = read(MultiBuilder(1, [Content("unequipped")], soh={"K2": lambda n: k2}), 2).section
    assert (section.ms_ais, section.ms_rdi) == (ais, rdi)


# -- path overhead

ERDI = [(None, 0b001), ("payload", 0b010), ("server", 0b101), ("connectivity", 0b110)]


@pytest.mark.parametrize(("defect", "code"), ERDI)
def test_enhanced_rdi(defect: str | None, code: int) -> None:
    """G1 bits 5-7; V5 bit 8 and K4 bits 5-7, whose first is that bit too (STANDARDS 3 and 5)."""
    assert vc4.g1_enhanced(5, defect) == 0x50 | code << 1
    rdi, bits = vc12.enhanced_rdi(defect)
    assert (rdi, bits) == (code >> 2, code << 1)
    content = Content(
        "tug",
        [Client(members=[2]), Client(members=[(1, 1, 1)])],
        poh4={"G1": lambda n: vc4.g1_enhanced(1, defect)},
        poh3={2: {"G1": lambda n: vc4.g1_enhanced(2, defect)}},
        poh12=lambda tu, n: {"rdi": rdi, "k4": bits | 0x80},
    )
    parser = Parser(whole_file=True).feed_all(MultiBuilder(1, [content]).frames(20))
    path = parser.vc12[1, 1, 1].overhead[-1]
    assert parser.hp_erdi == parser.vc3[2].erdi == path.erdi == defect
    assert path.rdi == (defect in ("server", "connectivity"))
    assert (parser.hp_rei, parser.vc3[2].rei) == (len(parser.poh4), 2 * len(parser.vc3[2].poh))
    assert not parser.hp_rdi and not parser.vc3[2].rdi


def test_rdi_codes() -> None:
    """STANDARDS 3, G1 bits 5-7."""
    kinds = [vc4.erdi_of(code) for code in range(8)]
    assert kinds == [None, None, "payload", None, "rdi", "server", "connectivity", "rdi"]


def test_path_channels() -> None:
    """F2 F3 K3 N1 of VC-4 and VC-3, N2 and K4 bits 3-8 of VC-12: each octet of each VC."""
    names = ("F2", "F3", "K3", "N1")
    of_vc4 = {name: random_channel(i) for i, name in enumerate(names)}
    of_vc3 = {name: random_channel(10 + i) for i, name in enumerate(names)}
    n2, n2_of = random_channel(20)
    content = Content(
        "tug",
        [Client(members=[1]), Client(members=[(3, 7, 3)])],
        poh4={name: value for name, (_, value) in of_vc4.items()},
        poh3={1: {name: value for name, (_, value) in of_vc3.items()}},
        poh12=lambda tu, n: {"n2": n2_of(n)},
    )
    parser = Parser(whole_file=True).feed_all(MultiBuilder(1, [content]).frames(40))
    for name in names:
        assert parser.channel(name) == of_vc4[name][0][: len(parser.poh4)]
        assert parser.vc3[1].channel(name) == of_vc3[name][0][: len(parser.vc3[1].poh)]
    path = parser.vc12[3, 7, 3]
    assert path.channel("n2") == n2[: len(path.overhead)] and len(path.overhead) >= 9
    assert (parser.b3_errors, parser.vc3[1].b3_errors, path.bip2_errors) == (0, 0, 0)


# -- unequipped and supervisory-unequipped


@pytest.mark.parametrize("width", [1, 4])
def test_supervisory_unequipped_vc4(width: int) -> None:
    """C2 00 and payload 00, but J1 and B3 (STANDARDS 3)."""
    contents = [Content("supervisory", width=width, j1="watched") for _ in range(4 // width)]
    parser = read(MultiBuilder(4, contents), 40)
    for au in parser.au.values():
        assert trace.find(au.j1) == "watched".ljust(15)
        assert au.b3_errors == 0 and set(au.channel("C2")) == {0}
        assert not any(any(octets) for octets in (vc4.payload_of(vc.octets, width) for vc in au.vc4s))
        assert au.channel("B3")[1:] == bytes(bip.bip8(vc.octets) for vc in au.vc4s)[: len(au.poh4) - 1]
        assert any(au.channel("B3"))
    with pytest.raises(ValueError, match="too many clients"):
        Content("supervisory", [Client()])


def test_supervisory_unequipped_vc3_and_vc12() -> None:
    tributaries: dict[Part, paths.NextVc] = {
        1: paths.supervisory3("VC-3", {"G1": lambda n: 0x10}),
        (2, 1, 1): paths.supervisory12("VC-12", lambda n: {"rei": 1}),
        3: paths.unequipped3,
    }
    parser = Parser(whole_file=True).feed_all(MultiBuilder(1, [Content("tug", tributaries=tributaries)]).frames(80))
    watched, empty, watched12 = parser.vc3[1], parser.vc3[3], parser.vc12[2, 1, 1]
    assert trace.find(watched.j1) == "VC-3".ljust(15) and set(watched.channel("C2")) == {0}
    assert watched.b3_errors == 0 and watched.rei == len(watched.poh) and not any(b"".join(watched.payloads()))
    assert empty.poh and not any(b"".join(vc.octets for vc in empty.longest_run)) and empty.b3_errors == 0
    assert trace.find(watched12.j2) == "VC-12".ljust(15)
    assert watched12.bip2_errors == 0 and watched12.rei == len(watched12.overhead)
    assert {overhead.label for overhead in watched12.overhead} == {0}
    assert not any(b"".join(watched12.payloads()))


def test_a_spoiled_supervisory_vc12_is_counted() -> None:
    source = paths.supervisory12()
    number = 0

    def spoiled() -> bytes:
        nonlocal number
        number += 1
        octets = bytearray(source())
        octets[50] ^= 0x03 if number == 4 else 0
        return bytes(octets)

    content = Content("tug", tributaries={(1, 1, 1): spoiled})
    parser = Parser(whole_file=True).feed_all(MultiBuilder(1, [content]).frames(40))
    assert parser.vc12[1, 1, 1].bip2_errors == 2


# -- AIS


def test_ms_ais() -> None:
    """All ones but for the RSOH, which stays valid; the AU-4 is in AIS; back after three pointers (STANDARDS 1, 2)."""
    builder = MultiBuilder(4, [Content("vc4") for _ in range(4)], ms_ais=lambda n: 5 <= n < 12, j0="still there")
    lines = builder.frames(40)
    stm = builder.section.stm
    for number, line in enumerate(lines):
        plain = stm.scramble(line)
        rows = [plain[row * 1080 : (row + 1) * 1080] for row in range(9)]
        ones = b"".join(rows[3:]) + b"".join(row[36:] for row in rows[:3])
        assert (set(ones) == {0xFF}) == (5 <= number < 12)
    parser = MultiParser(4, [1] * 4, whole_file=True)
    states, alarms = [], []
    for line in lines:
        parser.feed(line)
        states.append([au.au4.pointer.state for au in parser.au.values()])
        alarms.append(parser.section.ms_ais)
    assert alarms == [5 <= n < 12 for n in range(40)]
    assert states == [[State.AIS if 7 <= n < 14 else State.NORM] * 4 for n in range(40)]
    assert parser.section.b1_errors == 0 and trace.find(parser.section.j0) == "still there".ljust(15)
    assert parser.section.b2_errors > 0  # at both edges


def test_au_ais() -> None:
    """The pointer row of the AU-4, all of it, and its payload are ones; MSOH and the other AU-4 are not."""
    contents = [Content("vc4", au_ais=(lambda n: 4 <= n < 9) if k == 2 else None) for k in range(4)]
    lines = MultiBuilder(4, contents).frames(20)
    parser = MultiParser(4, [1] * 4, whole_file=True)
    states: dict[int, list[State]] = {1: [], 3: []}
    for line in lines:
        parser.feed(line)
        for k, of in states.items():
            of.append(parser.au[k].au4.pointer.state)
    assert states[3] == [State.AIS if 6 <= n < 11 else State.NORM for n in range(20)]
    assert set(states[1]) == {State.NORM} and parser.section.b2_errors == parser.section.b1_errors == 0
    plain = MultiBuilder(4, contents).section.stm.scramble(lines[5])
    assert plain[3 * 1080 + 2 : 3 * 1080 + 36 : 4] == b"\xff" * 9
    assert plain[3 * 1080 : 3 * 1080 + 36 : 4] == bytes.fromhex("6A9B9B0AFFFF000000")


def test_tu_ais() -> None:
    """All ones with V1..V4 or H1 H2 H3; neighbours and the stuff of the TUG-3 are not touched (STANDARDS 4)."""

    def ais(part: Part, number: int) -> bool:
        return (part == 2 and 8 <= number < 16) or (part == (1, 2, 3) and 8 <= number < 32)

    clients = [Client(members=[2]), Client(members=[(1, 2, 3)]), Client(members=[(1, 2, 2)])]
    lines = MultiBuilder(1, [Content("tug", clients, tu_ais=ais)]).frames(70)
    parser = Parser(whole_file=True)
    states: dict[Part, list[State]] = {2: [], (1, 2, 3): [], (1, 2, 2): []}
    for line in lines:
        parser.feed(line)
        for part, of in states.items():
            of.append(parser.path(part).pointer.state if part in (*parser.vc3, *parser.vc12) else State.NORM)
    # the third word of ones, and the third that is valid again; with pointer 522 a frame holds one VC-4
    assert states[2] == [State.AIS if 10 <= n < 18 else State.NORM for n in range(70)]
    # V2 of multiframe m is in VC-4 number 4m + 1
    assert states[1, 2, 3][1:] == [State.AIS if 4 * 4 + 1 <= n < 4 * 10 + 1 else State.NORM for n in range(1, 70)]
    assert set(states[1, 2, 2][1:]) == {State.NORM}
    octets = parser.vc4s[9].octets
    rows = [octets[row * 261 : (row + 1) * 261] for row in range(9)]
    assert [row[4] for row in rows] == [0xFF] * 3 + [0] * 6
    assert all(row[4 + 3 * x] == 0xFF for row in rows for x in range(1, 86))
    ones = {column for column in range(1, 262) if all(row[column - 1] == 0xFF for row in rows)}
    assert ones == set(range(8, 261, 3)) | set(tug.columns((1, 2, 3)))
    assert (parser.b3_errors, parser.vc12[1, 2, 2].bip2_errors) == (0, 0)
    assert [len(run) > 0 for run in parser.vc3[2].runs] == [True, True]


def test_the_stm1_of_a_builder_is_unchanged_by_all_this() -> None:
    """The chain of an STM-1 gives the same octets through `Builder` and through `Content`."""
    frames = [bytes(range(60))]
    one = Builder(frames, mapping="vc12", members=[(1, 1, 1)]).frames(12)
    other = MultiBuilder(1, [Content("tug", [Client(frames, members=[(1, 1, 1)])])]).frames(12)
    assert one == other and len(one[0]) == stm1.SIZE
