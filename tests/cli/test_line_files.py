"""`msapemu encode` and `msapemu decode` as they are called: options, output, exit status, one line for each fault."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from msapemu._framing import Line
from msapemu.cli.main import run
from msapemu.interop.capture import read_frames
from tests.interop.samples import ethernet, pcap_file

SENT = [ethernet(60 + number, number) for number in range(20)]


def msapemu(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "msapemu", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_the_commands(tmp_path: Path) -> None:
    source = pcap_file(tmp_path / "in.pcap", SENT)
    line, eth, report = tmp_path / "a.stm1", tmp_path / "a.pcap", tmp_path / "a.json"
    options = ["--map", "vc12", "--members", "1.1.1,1.1.2", "--line", "stm1", "--gfp", "f", "--pfcs"]
    options += ["--au-pointer", "10", "--tu-pointer", "1.1.1=7,1.1.2=9", "--j0", "A", "--j1", "B", "--j2", "C"]
    options += ["--frames", "1200", "--seed", "7", "--fcs", "no"]
    done = msapemu("encode", source, line, *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{line}: 20 client frames in 1200 STM-1 frames\n"
    done = msapemu("decode", line, "--eth", eth, "--report", report)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [frame.octets for frame in read_frames(eth)] == SENT
    told = json.loads(report.read_text())
    assert (told["j0"], told["au"][0]["j1"], told["vc12"]["1.1.2"]["j2"]) == ("A", "B", "C")
    assert (told["au"][0]["pointer"], told["vc12"]["1.1.2"]["pointer"], told["frames"]) == (10, 9, 1200)
    done = msapemu("decode", line, "--members", "1.1.1,1.1.2", "--vc4", "1")
    assert done.returncode == 0 and json.loads(done.stdout) == told


def test_all_of_it_on_an_stm4(tmp_path: Path) -> None:
    source = pcap_file(tmp_path / "in.pcap", SENT)
    chance = random.Random(4)
    (tmp_path / "a.e1").write_bytes(chance.randbytes(32 * 40))
    (tmp_path / "b.e1").write_bytes(chance.randbytes(32 * 7))
    line, eth = tmp_path / "a.pcapng", tmp_path / "a.pcap"
    done = msapemu(
        *("encode", source, line, "--map", "vc3", "--members", "3,1", "--line", "stm4", "--vc4", "2"),
        *("--tu-pointer", "3=764,1=9,2.1.1=139", "--au-sequence", "alternate:4", "--tu-sequence", "inc:5"),
        *("--delay", "1=1250,2.1.1=500", "--e1", f"2.1.1={tmp_path}/a.e1", "--e1", f"2.7.3={tmp_path}/b.e1"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{line}: 20 client frames, 2 E1 in ") and done.stdout.endswith(" STM-4 frames\n")
    done = msapemu(
        *("decode", line, "--vc4", "2", "--eth", eth),
        *("--e1", f"2.7.3={tmp_path}/b.out", "--e1", f"2.1.1={tmp_path}/a.out"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert [frame.octets for frame in read_frames(eth)] == SENT
    assert (tmp_path / "a.out").read_bytes() == (tmp_path / "a.e1").read_bytes()
    assert (tmp_path / "b.out").read_bytes() == (tmp_path / "b.e1").read_bytes()
    assert told["line"] == "stm4" and told["records"]["read"] == told["frames"] and told["defects"] == []
    (group,) = told["groups"]
    assert (group["vc4"], group["kind"], group["members"]) == (2, "vc3", ["3", "1"])
    assert group["differential_delay_us"] == 1250
    assert told["vc3"]["3"]["increments"] > 40 and told["au"][1]["decrements"] > 20
    assert told["tributaries"]["2.1.1"]["octets"] == 32 * 40


# ------------------------------------------------------------------------------------------------ in this process


def called(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = run([str(part) for part in arguments])
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.parametrize(
    "options",
    [
        ["--map", "vc4", "--contiguous"],
        ["--map", "vc4", "--line", "stm4", "--vc4", "3", "--au-sequence", "87-3:4"],
        ["--map", "vc4", "--line", "stm4", "--contiguous", "--no-scramble"],
        ["--map", "vc4", "--line", "stm16", "--contiguous", "--vc4", "9"],
        ["--map", "vc4", "--line", "stm16", "--contiguous", "--members", "5,6,7,8", "--cid", "3"],
        ["--map", "vc3", "--members", "1,2,3", "--tu-pointer", "764", "--tu-sequence", "burst3:12"],
        ["--map", "vc3", "--members", "2", "--contiguous", "--au-sequence", "ndf:4", "--tu-sequence", "ndf:4"],
        ["--map", "vc12", "--members", "3.7.3", "--contiguous", "--tu-sequence", "dec:4"],
        ["--map", "vc12", "--members", "1.1.1,2.1.1,3.1.1", "--delay", "1.1.1=4000,3.1.1=64000"],
        ["--map", "vc12", "--members", "1.1.1,2.1.1", "--delay", "2.1.1=250000", "--lcas", "--seed", "9"],
        ["--map", "vc12", "--line", "stm4", "--members", "2:1.1.1,1.1.1,4:3.7.3", "--delay", "2:1.1.1=3500", "--lcas"],
        ["--map", "vc3", "--line", "stm4", "--members", "2:3,3,2:1", "--delay", "3=255000", "--tu-pointer", "2:3=700"],
        ["--map", "vc4", "--line", "stm4", "--members", "4,1,3", "--delay", "1=1125,3=250000"],
        ["--map", "vc4", "--lcas"],
        ["--map", "vc4", "--line", "stm16", "--members", "9,3,4,10,16,1,2", "--gfp", "t"],
        ["--map", "vc12", "--members", "3.1.1", "--gfp", "t", "--lcas", "--cid", "200", "--pfcs", "--no-scramble"],
        ["--map", "vc12", "--members", "1.1.1,2.1.1", "--tu-sequence", "ndf:4", "--au-sequence", "dec:4"],
        ["--map", "vc4", "--adaptation", "laps"],
        ["--map", "vc12", "--members", "1.1.1,3.7.3", "--adaptation", "laps", "--lcas", "--no-scramble"],
        ["--map", "vc3", "--members", "3,1", "--adaptation", "ppp", "--fcs-length", "32", "--stuffing", "octet"],
        ["--map", "vc12", "--members", "2.1.1", "--contiguous", "--adaptation", "hdlc", "--lan-fcs", "--scramble"],
        ["--map", "vc12", "--members", "1.1.1", "--tu-sequence", "transient:8", "--au-sequence", "87-3-add:8"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("suffix", [".raw", ".erf"])
def test_every_frame_comes_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], suffix: str
) -> None:
    source, line, eth = pcap_file(tmp_path / "in.pcap", SENT), tmp_path / f"a{suffix}", tmp_path / "a.pcap"
    status, _, err = called(capsys, "encode", source, line, *options)
    assert (status, err) == (0, "")
    status, out, err = called(capsys, "decode", line, "--eth", eth)
    assert (status, err) == (0, "")
    assert [frame.octets for frame in read_frames(eth)] == SENT
    told: dict[str, Any] = json.loads(out)
    # until the last of late members brings its first frame there is no GFP
    events = [event for event in told["defects"] if event["defect"] != "GFP-LFD" or "--delay" not in options]
    assert told["b1_errors"] == told["b2_errors"] == 0 and events == []


MAP4, MAP12 = ["--map", "vc4"], ["--map", "vc12", "--members", "1.1.1"]


@pytest.mark.parametrize(
    ("arguments", "status", "what"),
    [
        (["encode"], 2, "Missing argument"),
        (["encode", "IN"], 2, "encode: IN and OUT, not 1 file"),
        (["encode", "IN", "OUT", "OUT", *MAP4], 2, "encode: IN and OUT, not 3 files"),
        (["encode", "IN", "OUT"], 2, "nothing to carry"),
        (["encode", "IN", "OUT", "--map", "vc5"], 2, "vc5"),
        (["encode", "IN", "OUT", "--map", "vc12"], 2, "--map vc12: needs --members"),
        (["encode", "IN", "OUT", "--map", "vc3"], 2, "--map vc3: needs --members"),
        (["encode", "IN", "OUT", "--map", "vc12", "--members", "1.1.4"], 2, "--members: '1.1.4' is no VC-12"),
        (["encode", "IN", "OUT", "--map", "vc12", "--members", "1.1.1,1.1.1"], 2, "1.1.1 stands there twice"),
        (["encode", "IN", "OUT", "--map", "vc3", "--members", "1,4"], 2, "--members: '4' is no VC-3 (K 1..3)"),
        (["encode", "IN", "OUT", *MAP4, "--members", "1,2"], 2, "--members: an STM-1 has no VC-4 2"),
        (["encode", "IN", "OUT", *MAP4, "--members", "1,2:1"], 2, "--members: '2:1' is no VC-4"),
        (["encode", "IN", "OUT", *MAP12, "--members", "0:1.1.1"], 2, "--members: '0:1.1.1' is no VC-12"),
        (["encode", "IN", "OUT", *MAP12, "--members", "2:1.1.1"], 2, "--members: an STM-1 has no VC-4 2"),
        (["encode", "IN", "OUT", *MAP12, "--members", "1.1.1", "--e1", "1:1.1.2=x"], 2, "--vc4 says in which VC-4"),
        (["encode", "IN", "OUT", *MAP12, "--members", "1.1.1", "--delay", "1.1.1=256500"], 2, "--delay: 256500 is not"),
        (["encode", "IN", "OUT", *MAP12, "--members", "1.1.1", "--tu-pointer", "2:1.1.1=1"], 2, "has no VC-4 2"),
        (["encode", "IN", "OUT", *MAP4, "--members", "1.1.1"], 2, "--members: '1.1.1' is no VC-4 (1..16)"),
        (["encode", "IN", "OUT", *MAP4, "--vc4", "2"], 2, "--vc4: an STM-1 has no VC-4 2"),
        (["encode", "IN", "OUT", *MAP4, "--line", "e1"], 2, "e1"),
        (
            ["encode", "IN", "OUT", *MAP4, "--line", "stm16", "--vc4", "2", "--contiguous"],
            2,
            "no VC-4-4c begins at 2",
        ),
        (["encode", "IN", "OUT", "--map", "vc3", "--members", "1,2", "--contiguous"], 2, "--contiguous: 2 members"),
        (["encode", "IN", "OUT", *MAP4, "--gfp", "b"], 2, "--gfp"),
        (["encode", "IN", "OUT", *MAP4, "--gfp", "t", "--upi", "6"], 2, "--upi: does not go with --gfp t"),
        (["encode", "OUT", "--gfp", "t", "--e1", "1.1.1=IN"], 2, "--gfp t: needs --map"),
        (["decode", "LINE", "--members", "2:1.1.1"], 2, "--members: the line has no VC-4 2"),
        (["decode", "LINE", "--members", "1,2"], 2, "--members: the line has no VC-4 2"),
        (["decode", "LINE", "--members", "1.1.1,1:1.1.1"], 2, "one stands there twice"),
        (["encode", "IN", "OUT", *MAP4, "--lcas", "--contiguous"], 2, "--lcas: needs a group"),
        (["encode", "IN", "OUT", *MAP4, "--lcas", "--seed", "4294967296"], 2, "--seed: 4294967296 is not in"),
        (["encode", "OUT", "--lcas", "--e1", "1.1.1=IN"], 2, "--lcas: needs --map"),
        (["encode", "IN", "OUT", *MAP4, "--au-pointer", "783"], 2, "--au-pointer: 783 is not in 0..782"),
        (["encode", "IN", "OUT", *MAP4, "--au-sequence", "inc"], 2, "--au-sequence: 'inc' is not KIND:N"),
        (["encode", "IN", "OUT", *MAP4, "--au-sequence", "inc:2"], 2, "at least 4 opportunities apart, not 2"),
        (["encode", "IN", "OUT", *MAP12, "--tu-sequence", "up:9"], 2, "--tu-sequence: 'up' is no pointer sequence"),
        (["encode", "IN", "OUT", *MAP4, "--tu-pointer", "140"], 2, "--tu-pointer: '140' is not in 0..139"),
        (["encode", "IN", "OUT", *MAP12, "--tu-pointer", "2=765"], 2, "--tu-pointer: '765' is not in 0..764"),
        (["encode", "IN", "OUT", *MAP4, "--tu-pointer", "1.1.1=1,5"], 2, "--tu-pointer: '5' is not MEMBER=N"),
        (
            ["encode", "IN", "OUT", *MAP12, "--tu-pointer", "1.1.1=1,1.1.1=2"],
            2,
            "--tu-pointer: 1.1.1 stands there twice",
        ),
        (["encode", "IN", "OUT", *MAP12, "--delay", "1.1.2=500"], 2, "--delay: nothing is carried in 1.1.2"),
        (["encode", "IN", "OUT", *MAP12, "--delay", "1.1.1=125"], 2, "125 is not in 0..256000 in steps of 500"),
        (["encode", "IN", "OUT", *MAP12, "--delay", "1.1.1=1s"], 2, "--delay: '1s' is no number of microseconds"),
        (["encode", "IN", "OUT", *MAP4, "--e1", "1.1.1=IN"], 2, "--e1: --map vc4 takes up the whole VC-4"),
        (["encode", "IN", "OUT", *MAP12, "--e1", "1.1.1=x"], 2, "--e1: 1.1.1 is one of --members"),
        (["encode", "IN", "OUT", *MAP12, "--e1", "1.1.2"], 2, "--e1: '1.1.2' is not K.L.M=FILE"),
        (["encode", "IN", "OUT", *MAP12, "--e3", "4=x"], 2, "--e3: '4' is no VC-3 (K 1..3)"),
        (["encode", "IN", "OUT", *MAP12, "--e3", "1=x"], 2, "TUG-3 1 cannot hold VC-3 1 and VC-12 1.1.1"),
        (["encode", "IN", "OUT", *MAP12, "--e1", "1.1.2=x", "--e1", "1.1.2=y"], 2, "--e1: 1.1.2 stands there twice"),
        (["encode", "OUT", "--e1", "1.1.1=NONE"], 2, "NONE: No such file or directory"),
        (["encode", "OUT", "--e1", "1.1.1=EMPTY"], 2, "EMPTY: the file is empty"),
        (["encode", "OUT", "--e1", "1.1.1=OUT"], 2, "OUT: No such file or directory"),
        (["encode", "OUT", "--e1", "1.1.2=IN", *MAP12], 2, "--map: needs IN"),
        (["encode", "IN", "OUT", "--e3", "1=IN"], 2, "--map: is missing"),
        (["encode", "IN", "IN", *MAP4], 2, "IN: is the input file"),
        (["encode", "IN", "OUT", *MAP4, "--frames", "20"], 2, "--frames: 20 frames are too few"),
        (["encode", "OUT", "--e1", "1.1.1=IN", "--frames", "800"], 2, "--frames: 800 frames are too few"),
        (["encode", "NONE", "OUT", *MAP4], 2, "NONE: No such file or directory"),
        (["encode", "GARBAGE", "OUT", *MAP4], 2, "GARBAGE: octet 0: neither a pcap nor"),
        (["encode", "IN", "no/OUT", *MAP4], 2, "OUT: No such file or directory"),
        (["decode", "NONE"], 2, "NONE: No such file or directory"),
        (["decode", "GARBAGE", "--eth", "OUT", "--e1", "1.1.1=OUT1"], 1, "GARBAGE: no STM-N frame alignment found"),
        (["decode", "EMPTY"], 1, "EMPTY: no STM-N frame alignment found"),
        (["decode", "IN"], 2, "IN: no frame of a line in it (ERF type 24), only 1 other record"),
        (["decode", "GARBAGE", "--members", "x"], 2, "--members: 'x' is no VC-12"),
        (["decode", "GARBAGE", "--members", "1,1.1.1"], 2, "--members: '1.1.1' is no VC-4"),
        (["decode", "GARBAGE", "--vc4", "17"], 2, "--vc4: 17 is not in 1..16"),
        (["decode", "GARBAGE", "--e1", "1=OUT"], 2, "--e1: '1' is no VC-12"),
        (["decode", "GARBAGE", "--e3", "1="], 2, "--e3: '1=' is not K=FILE"),
        (["decode", "GARBAGE", "--eth", "GARBAGE"], 2, "GARBAGE: is named twice"),
        (["decode", "GARBAGE", "--eth", "OUT", "--e1", "1.1.1=OUT"], 2, "OUT: is named twice"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_is_one_line_and_a_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, what: str
) -> None:
    pcap_file(tmp_path / "IN", [ethernet(60)])
    (tmp_path / "GARBAGE").write_bytes(b"neither the one nor the other" * 500)
    (tmp_path / "EMPTY").write_bytes(b"")
    (tmp_path / "LINE").write_bytes(Line().build(20))

    def place(part: str) -> str:
        member, equals, name = part.rpartition("=")
        names = ("IN", "OUT", "OUT1", "no/OUT", "NONE", "GARBAGE", "EMPTY", "LINE")
        return f"{member}{equals}{tmp_path / name}" if name in names else part

    found, _, err = called(capsys, *map(place, arguments))
    assert found == status, err
    assert what in err.replace("\n", " ")
    assert "Traceback" not in err
    assert err.count("\n") == 1 and err.startswith("msapemu: ")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["EMPTY", "GARBAGE", "IN", "LINE"]
