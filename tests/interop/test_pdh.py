"""`encode` and `decode` of E1s, alone and in groups, in an E2, an E3, and of an E3 of G.832: what one writes the other
reads, and so does the plain second implementation.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from msapemu.cli.main import run
from msapemu.ctl.errors import UsageError
from msapemu.interop.capture import read_frames
from msapemu.interop.decode import Decoded
from msapemu.interop.pdh_decode import pdh_decode
from msapemu.interop.pdh_encode import PdhOptions, pdh_encode
from msapemu.interop.pdh_rates import link_file
from tests.ref import e1vcat, gfp, vcat
from tests.ref.e2 import E2
from tests.ref.e3mux import parse_16

from .samples import ethernet, pcap_file, public_capture, with_fcs

FRAMES = [ethernet(60 + 37 * number, number) for number in range(12)]


def there_and_back(folder: Path, options: PdhOptions, name: str, order: list[int] | None = None) -> Decoded:
    """The frames come back; the report."""
    source, target, back = pcap_file(folder / "in.pcap", FRAMES), folder / name, folder / "back.pcap"
    done = pdh_encode(source, target, options)
    assert done.client_frames == len(FRAMES)
    files = [link_file(target, number + 1, options.files) for number in range(options.files)]
    decoded = pdh_decode([files[number] for number in order] if order else files, ethernet=back)
    assert [frame.octets for frame in read_frames(back)] == FRAMES
    assert decoded.aligned and decoded.notes == []
    return decoded


def clean(group: dict[str, Any]) -> None:
    told = group["gfp"]
    assert told["client_frames"] == group["ethernet"]["frames"] == len(FRAMES)
    for name in ("core_hec_errors", "type_hec_errors", "sync_losses", "discarded"):
        assert told[name] == 0


def text(path: Path) -> str:
    return "".join(f"{octet:08b}" for octet in path.read_bytes())


def mac_frames(octets: bytes) -> list[bytes]:
    """What the second implementation's GFP finds."""
    return [frame.payload for frame in gfp.GfpDeframer().feed(octets) if frame.payload]


class TestE1:
    @pytest.mark.parametrize(
        "options",
        [
            PdhOptions("e1"),
            PdhOptions("e1", lcas=True),
            PdhOptions("e1", vcat=False),
            PdhOptions("e1", vcat=False, crc4=False),
            PdhOptions("e1", scramble=False, payload_fcs=True),
            PdhOptions("e1", vcat=False, scramble=False),
        ],
        ids=["octet", "lcas", "no octet", "no crc4", "plain", "plain, no octet"],
    )
    def test_one(self, tmp_path: Path, options: PdhOptions) -> None:
        report = there_and_back(tmp_path, options, "line.e1").report
        assert report["line"] == "e1"
        (link,) = report["links"]
        assert link["file"] == "line.e1" and link["aligned_at_bit"] == 0
        assert link["crc4"] == ("multiframe" if options.crc4 else "none")
        assert link["fas_errors"] == link["crc4_errors"] == link["e_bits"] == link["losses"] == 0
        assert not link["rai"] and not link["ais"]
        assert link["sq"] == (0 if options.vcat else None)
        (group,) = report["groups"]
        clean(group)
        assert group.get("lcas", False) is options.lcas
        # there is no alignment before there is
        assert all(one["frame"] < 2000 for one in report["defects"])
        assert sum(1 if one["state"] == "raise" else -1 for one in report["defects"]) == 0

    @pytest.mark.parametrize("links", [2, 5, 16])
    @pytest.mark.parametrize("lcas", [False, True])
    def test_group(self, tmp_path: Path, links: int, lcas: bool) -> None:
        order = random.Random(links).sample(range(links), links)
        decoded = there_and_back(tmp_path, PdhOptions("e1", links=links, lcas=lcas), "group.e1", order)
        (group,) = decoded.report["groups"]
        clean(group)
        assert group["members"] == [f"group.{number + 1}.e1" for number in range(links)]
        assert [link["sq"] for link in decoded.report["links"]] == order
        assert group["differential_delay_us"] == 0

    def test_at_any_bit_and_later(self, tmp_path: Path) -> None:
        """Links that begin somewhere, up to 40 ms apart."""
        chance = random.Random(7)
        source, target = pcap_file(tmp_path / "in.pcap", FRAMES), tmp_path / "late.e1"
        pdh_encode(source, target, PdhOptions("e1", links=4, frames=4000))
        files = []
        for number in range(4):
            path = link_file(target, number + 1, 4)
            bits = text(path)[chance.randrange(40 * 8 * 256) :]
            bits += "1" * (-len(bits) % 8)
            path.write_bytes(int(bits, 2).to_bytes(len(bits) // 8, "big"))
            files.append(path)
        decoded = pdh_decode(files, ethernet=tmp_path / "back.pcap")
        assert [frame.octets for frame in read_frames(tmp_path / "back.pcap")] == FRAMES
        assert 0 < decoded.report["groups"][0]["differential_delay_us"] <= 42000
        for link, path in zip(decoded.report["links"], files, strict=True):
            at, bits = link["aligned_at_bit"], text(path)
            assert 0 <= at < 256
            first = [bits[at + 256 * n + 1 : at + 256 * n + 8] for n in range(4)]
            assert "0011011" in (first[0], first[1]) and first[0] == first[2] and first[1] == first[3]

    def test_a_member_is_missing(self, tmp_path: Path) -> None:
        target = tmp_path / "line.e1"
        pdh_encode(pcap_file(tmp_path / "in.pcap", FRAMES), target, PdhOptions("e1", links=3))
        decoded = pdh_decode([link_file(target, 1, 3), link_file(target, 3, 3)])
        assert decoded.report["groups"] == []
        assert decoded.notes == ["the sequence numbers are not those of one group (line.1.e1 has 0, line.3.e1 has 2)"]

    def test_the_second_implementation_reads_it(self, tmp_path: Path) -> None:
        target = tmp_path / "line.e1"
        pdh_encode(pcap_file(tmp_path / "in.pcap", FRAMES), target, PdhOptions("e1", links=3))
        paths = [e1vcat.path(text(link_file(target, number, 3))) for number in (1, 2, 3)]
        assert mac_frames(vcat.join(paths).octets) == [with_fcs(frame) for frame in FRAMES]
        pdh_encode(tmp_path / "in.pcap", target, PdhOptions("e1", vcat=False))
        assert mac_frames(e1vcat.read_alone(text(target))) == [with_fcs(frame) for frame in FRAMES]

    def test_errors_are_counted(self, tmp_path: Path) -> None:
        target = tmp_path / "line.e1"
        pdh_encode(pcap_file(tmp_path / "in.pcap", FRAMES), target, PdhOptions("e1"))
        octets = bytearray(target.read_bytes())
        octets[32 * 1000] ^= 0x10  # a bit of TS0
        octets[32 * 1200 + 5] ^= 0x10
        target.write_bytes(octets)
        (link,) = pdh_decode([target]).report["links"]
        assert link["fas_errors"] == 1
        assert link["crc4_errors"] == 2

    def test_captures(self, tmp_path: Path) -> None:
        source = public_capture("erf-ethernet-example.erf")
        target, back = tmp_path / "line.e1", tmp_path / "back.pcap"
        done = pdh_encode(source, target, PdhOptions("e1", links=2, lcas=True))
        pdh_decode([link_file(target, 1, 2), link_file(target, 2, 2)], ethernet=back)
        assert len(list(read_frames(back))) == done.client_frames == 19


class TestMultiplexes:
    @pytest.mark.parametrize(
        "options",
        [PdhOptions("e2", links=4), PdhOptions("e2", vcat=False), PdhOptions("e3", links=16, lcas=True)],
        ids=["e2", "e2 no octet", "e3"],
    )
    def test_groups(self, tmp_path: Path, options: PdhOptions) -> None:
        report = there_and_back(tmp_path, options, f"line.{options.line}").report
        assert report["line"] == options.line
        clean(report["groups"][0])
        assert report["groups"][0]["members"] == [f"e1.{number + 1}" for number in range(options.links)]
        assert report["levels"][options.line]["losses"] == 0
        assert report["levels"][options.line]["fas_errors"] == 0
        links = {link["tributary"]: link for link in report["links"]}
        assert links["e1.1"]["crc4"] == "multiframe" and links["e1.1"]["crc4_errors"] == 0

    def test_e1_files_in_tributaries(self, tmp_path: Path) -> None:
        """Beside a group; framed ones come back as they were, others but for the ones before and after them."""
        chance = random.Random(3)
        framed, raw = tmp_path / "framed.e1", tmp_path / "raw.e1"
        source = pcap_file(tmp_path / "in.pcap", FRAMES)
        pdh_encode(source, framed, PdhOptions("e1", vcat=False))
        raw.write_bytes(b"\x00" + chance.randbytes(32000) + b"\x00")
        for line, places in (("e2", (2, 3)), ("e3", (7, 16))):
            target, back = tmp_path / f"line.{line}", tmp_path / "back.pcap"
            files = dict(zip(places, (framed, raw), strict=True))
            pdh_encode(source, target, PdhOptions(line, links=2, e1=files))
            out = {number: tmp_path / f"{number}.e1" for number in places}
            decoded = pdh_decode([target], ethernet=back, e1=out)
            # the framed one is a group beside: every frame comes twice
            assert sorted(frame.octets for frame in read_frames(back)) == sorted(FRAMES * 2)
            assert decoded.aligned
            came = "".join(f"{octet:08b}" for octet in out[places[1]].read_bytes()).strip("1")
            assert came == text(raw).strip("1")
            frames = out[places[0]].read_bytes()
            assert frames[:3200] in framed.read_bytes() and len(frames) > framed.stat().st_size - 400

    def test_the_second_implementation_reads_it(self, tmp_path: Path) -> None:
        source, target = pcap_file(tmp_path / "in.pcap", FRAMES[:4]), tmp_path / "line.e2"
        pdh_encode(source, target, PdhOptions("e2", links=2))
        e1s = E2.parse(text(target))[0].tributaries
        paths = [e1vcat.path(e1s[number]) for number in (0, 1)]
        assert mac_frames(vcat.join(paths).octets) == [with_fcs(frame) for frame in FRAMES[:4]]
        assert set(e1s[2]) == {"1"}
        target = tmp_path / "line.e3"
        pdh_encode(source, target, PdhOptions("e3", vcat=False))
        assert mac_frames(e1vcat.read_alone(parse_16(text(target))[0])) == [with_fcs(frame) for frame in FRAMES[:4]]

    def test_at_any_bit(self, tmp_path: Path) -> None:
        source = pcap_file(tmp_path / "in.pcap", FRAMES)
        for line in ("e2", "e3"):
            target = tmp_path / f"line.{line}"
            pdh_encode(source, target, PdhOptions(line, links=2))
            bits = text(target)[357:]
            bits += "1" * (-len(bits) % 8)
            target.write_bytes(int(bits, 2).to_bytes(len(bits) // 8, "big"))
            clean(pdh_decode([target]).report["groups"][0])


class TestG832:
    @pytest.mark.parametrize("links", [1, 2])
    @pytest.mark.parametrize("lcas", [False, True])
    def test_group(self, tmp_path: Path, links: int, lcas: bool) -> None:
        report = there_and_back(tmp_path, PdhOptions("g832", links=links, lcas=lcas), "line.e3").report
        assert report["line"] == "g832"
        (group,) = report["groups"]
        clean(group)
        assert [link["sq"] for link in report["links"]] == list(range(links))
        assert not report["links"][0]["rdi"]

    def test_alone(self, tmp_path: Path) -> None:
        report = there_and_back(tmp_path, PdhOptions("g832", vcat=False), "line.e3").report
        clean(report["groups"][0])
        assert report["links"][0]["sq"] is None


class TestBad:
    @pytest.mark.parametrize("suffix", ["e1", "e2", "e3"])
    @pytest.mark.parametrize("content", [b"", b"\xff" * 5000, random.Random(1).randbytes(20000), b"\x00" * 33])
    def test_nothing_is_aligned(self, tmp_path: Path, suffix: str, content: bytes) -> None:
        path = tmp_path / f"bad.{suffix}"
        path.write_bytes(content)
        decoded = pdh_decode([path], ethernet=tmp_path / "out.pcap")
        assert not decoded.aligned
        assert decoded.report["groups"] == []
        assert decoded.notes == [f"{path}: no frame alignment found"]
        json.loads(decoded.text)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["encode", "IN", "o.e1", "--line", "e1", "--links", "17"], "--links: 17 is not in 1..16"),
            (["encode", "IN", "o.e1", "--line", "e1", "--links", "2", "--no-vcat"], "--no-vcat: 2 links need"),
            (["encode", "IN", "o.e1", "--line", "e1", "--no-crc4"], "--no-crc4: needs --no-vcat"),
            (["encode", "IN", "o.e1", "--line", "e1", "--lcas", "--no-vcat"], "--lcas: needs the concatenation octet"),
            (["encode", "IN", "o.e1", "--line", "e1", "--map", "vc4"], "--map: does not go with --line e1"),
            (["encode", "IN", "o.e1", "--line", "e1", "--e1", "1=x.e1"], "--e1: an E1 has no tributaries"),
            (["encode", "IN", "o.e2", "--line", "e2", "--e1", "5=x.e1"], "--e1: an E2 has no tributary 5"),
            (["encode", "IN", "o.e2", "--line", "e2", "--e1", "x"], "--e1: 'x' is not K=FILE"),
            (["encode", "o.e2", "--line", "e2"], "encode: IN and OUT"),
            (["encode", "IN", "o.stm1", "--map", "vc4", "--links", "2"], "--links: does not go with --line stm1"),
            (["encode", "IN", "o.e1", "--line", "e1", "--frames", "9"], "--frames: 9 frames are too few"),
            (["decode", "a.e1", "b.e2"], "files of different lines: .e1, .e2"),
            (["decode", "a.e2", "b.e2"], "b.e2: E2s are decoded one by one"),
            (["decode", "a.e1", "b.stm1"], "b.stm1: is none of .e1, .e2, .e3"),
            (["decode", "a.stm1", "b.stm1"], "decode: one STM-N line file, not 2"),
            (["decode", "a.e1", "--members", "1"], "--members: does not go with a PDH line"),
            (["decode", "missing.e1"], "missing.e1: No such file"),
        ],
    )
    def test_one_line_says_what(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
    ) -> None:
        pcap_file(tmp_path / "IN", FRAMES)
        for name in ("a.e1", "b.e2", "a.e2", "a.stm1", "b.stm1", "x.e1"):
            (tmp_path / name).write_bytes(bytes(64))
        before = sorted(tmp_path.iterdir())
        paths = [str(tmp_path / one) if "." in one or one == "IN" else one for one in arguments]
        paths = [f"{one}" if "=" not in one else one.split("/")[-1] for one in paths]
        assert run(paths) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1 and message in error
        assert sorted(tmp_path.iterdir()) == before

    def test_inputs_are_not_written_over(self, tmp_path: Path) -> None:
        source = pcap_file(tmp_path / "in.e1", FRAMES)
        with pytest.raises(UsageError, match="is the input file"):
            pdh_encode(source, source, PdhOptions("e1"))
        with pytest.raises(UsageError, match="is named twice"):
            pdh_decode([source], ethernet=source)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = pcap_file(tmp_path / "in.pcap", FRAMES)
    assert run(["encode", str(source), str(tmp_path / "o.e1"), "--line", "e1", "--links", "2", "--lcas"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{tmp_path}/o.1.e1..o.2.e1: 12 client frames in ") and " of E1" in out
    files = [str(tmp_path / f"o.{number}.e1") for number in (2, 1)]
    assert run(["decode", *files, "--eth", str(tmp_path / "back.pcap")]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [link["file"] for link in report["links"]] == ["o.2.e1", "o.1.e1"]
    assert [frame.octets for frame in read_frames(tmp_path / "back.pcap")] == FRAMES
