"""`encode` with HDLC, LAPS and bridged PPP, and `decode`, which finds out which it is."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from msapemu.ctl.errors import UsageError
from msapemu.interop.capture import read_frames
from msapemu.interop.decode import decode
from msapemu.interop.encode import EncodeOptions, encode
from msapemu.interop.frame import ETHERNET
from msapemu.interop.pcap import PcapWriter
from tests.wire.lines import mac_frame

FRAMES = [mac_frame(n, 60 + 97 * n % 1455) for n in range(50)]
# what decode says of what was sent
SENT: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = [
    ({"adaptation": "laps"}, {"adaptation": "laps", "fcs": 32, "stuffing": "octet", "scrambled": True}),
    ({"adaptation": "laps", "scramble": False}, {"adaptation": "laps", "scrambled": False}),
    ({"adaptation": "ppp"}, {"adaptation": "ppp", "fcs": 16, "stuffing": "bit", "scrambled": False}),
    ({"adaptation": "hdlc"}, {"adaptation": "hdlc", "fcs": 16, "stuffing": "bit", "lan_fcs": False}),
] + [
    (
        {"adaptation": name, "hdlc_fcs": fcs, "stuffing": stuffing, "scramble": scrambled, "lan_fcs": lan_fcs},
        {"adaptation": name, "fcs": fcs, "stuffing": stuffing, "scrambled": scrambled}
        | ({"lan_fcs": lan_fcs} if name == "hdlc" else {}),
    )
    for name, fcs, stuffing, scrambled, lan_fcs in [
        ("ppp", 32, "octet", True, False),
        ("ppp", 32, "bit", True, True),
        ("ppp", 16, "octet", False, True),
        ("hdlc", 32, "octet", True, True),
        ("hdlc", 16, "bit", True, False),
    ]
]


def encoded(tmp_path: Path, options: EncodeOptions) -> Path:
    with open(tmp_path / "in.pcap", "wb") as stream:
        writer = PcapWriter(stream, ETHERNET)
        for number, frame in enumerate(FRAMES):
            writer.write(frame, number)
    target = tmp_path / "out.stm1"
    assert encode(tmp_path / "in.pcap", target, options).client_frames == len(FRAMES)
    return target


@pytest.mark.parametrize(("options", "told"), SENT, ids=lambda value: "-".join(map(str, value.values())))
def test_decode_finds_what_encode_sent(tmp_path: Path, options: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    line = encoded(tmp_path, EncodeOptions("vc4", **options))
    done = decode(line, ethernet=tmp_path / "back.pcap")
    assert [frame.octets for frame in read_frames(tmp_path / "back.pcap")] == FRAMES
    (group,) = done.report["groups"]
    assert group["hdlc"] == {
        **group["hdlc"],
        **told,
        "client_frames": len(FRAMES),
        **dict.fromkeys(("fcs_errors", "aborts", "invalid", "too_short", "too_long", "discarded", "sync_losses"), 0),
    }
    assert group["ethernet"] == {"frames": len(FRAMES), "fcs_errors": 0} and "gfp" not in group
    assert done.notes == []
    assert not [defect for defect in done.report["defects"] if "PLM" in defect["defect"] or "LFD" in defect["defect"]]


@pytest.mark.parametrize(
    ("options", "label"),
    list(
        product(
            [
                EncodeOptions("vc12", ("1.1.1", "1.2.1", "3.7.3"), adaptation="laps"),
                EncodeOptions("vc3", ("1", "3"), adaptation="laps", lcas=True),
                EncodeOptions("vc12", ("2.1.1",), adaptation="laps", contiguous=True),
                EncodeOptions("vc4", line="stm4", adaptation="laps", contiguous=True),
                EncodeOptions("vc4", ("1", "3"), line="stm4", adaptation="laps"),
            ],
            ["laps"],
        )
    ),
    ids=str,
)
def test_in_every_kind_of_group(tmp_path: Path, options: EncodeOptions, label: str) -> None:
    line = encoded(tmp_path, options)
    done = decode(line, ethernet=tmp_path / "back.pcap")
    assert [frame.octets for frame in read_frames(tmp_path / "back.pcap")] == FRAMES
    (group,) = done.report["groups"]
    assert group["hdlc"]["adaptation"] == label


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (EncodeOptions("vc4", hdlc_fcs=16), "--fcs-length: does not go with --adaptation gfp"),
        (EncodeOptions("vc4", stuffing="bit"), "--stuffing: does not go with"),
        (EncodeOptions("vc4", lan_fcs=True), "--lan-fcs: does not go with"),
        (EncodeOptions("vc4", adaptation="ppp", gfp="t"), "--gfp: does not go with --adaptation ppp"),
        (EncodeOptions("vc4", adaptation="ppp", payload_fcs=True), "--pfcs: does not go with"),
        (EncodeOptions("vc4", adaptation="ppp", cid=1), "--cid: does not go with"),
        (EncodeOptions("vc4", adaptation="hdlc", upi=2), "--upi: does not go with"),
        (EncodeOptions("vc4", adaptation="hdlc", hdlc_fcs=8), "--fcs-length: 8"),
        (EncodeOptions("vc4", adaptation="laps", hdlc_fcs=16), "--fcs-length: 16 is not what laps has"),
        (EncodeOptions("vc4", adaptation="laps", stuffing="bit"), "--stuffing: LAPS"),
        (EncodeOptions("vc4", adaptation="laps", lan_fcs=False), "--no-lan-fcs: LAPS"),
        (EncodeOptions(None, adaptation="laps", e1={"1.1.1": Path("x.e1")}), "needs --map"),
    ],
    ids=str,
)
def test_options_that_do_not_go_together(options: EncodeOptions, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        options.check()
