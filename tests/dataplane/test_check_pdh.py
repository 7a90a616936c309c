"""What a configuration may say about E1s, timeslots, V.35 ports and circuits over PDH."""

from __future__ import annotations

import msgspec
import pytest

from msapemu.ctl import config
from msapemu.ctl.config import (
    V35,
    Cesop,
    Circuit,
    Client,
    Clock,
    Connection,
    E1Client,
    E1Framing,
    File,
    Impairment,
    Lcas,
    Line,
    Loop,
    Satop,
    Shelf,
    Socket,
    Timeslots,
    Udp,
)
from msapemu.ctl.e1 import parse_place
from msapemu.ctl.e1_uses import e1_uses
from msapemu.ctl.errors import UsageError
from msapemu.dataplane.check import check

SATOP = Satop("127.0.0.1:9000", "127.0.0.1:9001")
SHELF = Shelf(
    lab="t",
    name="x",
    lines=(
        Line("1/1"),
        Line("1/2", rate="e1", link=Udp("127.0.0.1:1", "127.0.0.1:2")),
        Line("1/3", rate="e2", impair=Impairment(delay_us=500, ber=1e-6, burst=3, cut=True)),
        Line("1/4", rate="e3"),
        Line("1/5", rate="g832"),
        Line("1/6", rate="fe"),
        Line("1/7", rate="e1", link=SATOP),
    ),
    clients=tuple(Client(f"2/{n}", f"lan{n}") for n in range(1, 6)),
    e1_clients=(
        E1Client("3/1", Socket("e1")),
        E1Client("3/2", File("/a", "/b")),
        E1Client("3/3", Cesop("127.0.0.1:9002", "127.0.0.1:9003", timeslots="1-15,17-31", cas=True)),
        E1Client("3/4"),
    ),
    v35=(V35("4/1", 8), V35("4/2", 2)),
    framings=(E1Framing("3/4", "basic", cas=True), E1Framing("1/3/e1.4", "unframed")),
    timeslots=(
        Timeslots("1/3/e1.1:1-8", "4/1"),
        Timeslots("4/1", "1/3/e1.1:1-8"),
        Timeslots("1/3/e1.1:9,20", "3/4:1-2"),
        Timeslots("3/4:1-2", "1/3/e1.1:9,20"),
        Timeslots("4/2", "1/3/e1.1:1-2"),
    ),
    connections=(
        Connection("3/1", "1/1/au4.1/vc12.1.1.1"),
        Connection("1/1/au4.1/vc12.1.1.1", "3/1"),
        Connection("3/2", "1/2"),
        Connection("1/2", "3/2"),
        Connection("1/1/au4.1/vc12.2.1.1", "1/1/au4.1/vc12.2.1.2"),
    ),
    circuits=(
        Circuit("a", "2/1", "", "e1", members=("1/4/e1.1", "1/4/e1.2", "1/7"), lcas=Lcas()),
        Circuit("b", "2/2", "", "g832", members=("1/5",)),
        Circuit("c", "2/3", "", "fe", members=("1/6",)),
        Circuit("d", "2/4", "", "n64", members=("1/3/e1.1:10-12",), adaptation="laps"),
        Circuit("e", "2/5", "", "e1", members=("1/1/au4.1/vc12.1.1.2",), vcat=False, adaptation="hdlc"),
    ),
)


def test_a_shelf_with_everything_is_right() -> None:
    check(SHELF)
    assert msgspec.json.decode(config.encode(SHELF), type=Shelf) == SHELF
    uses = e1_uses(SHELF)
    assert uses.framed[parse_place("3/4")].cas
    assert uses.framed[parse_place("1/4/e1.1")].framing == "crc4"
    assert len(uses.passes) == 4
    assert len(uses.slots) == 5
    assert uses.lines == {"1/5": "circuit b", "1/6": "circuit c"}
    assert {str(one) for one in uses.containers} == {"1/1/au4.1/vc12.1.1.1", "1/1/au4.1/vc12.1.1.2"}


def circuit(via: str, *members: str, **more: object) -> dict[str, object]:
    return {"circuits": (Circuit("n", "2/1", "", via, members=members, **more),)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"connections": (Connection("3/9", "1/2"),)}, "3/9 is no E1 of the shelf"),
        ({"connections": (Connection("1/5", "1/2"),)}, "1/5 is no E1 of the shelf"),
        ({"connections": (Connection("1/3", "1/2"),)}, "E2 .G.742. has E1s e1.1..e1.4"),
        ({"connections": (Connection("1/3/e1.5", "1/2"),)}, "E2 .G.742. has 4 E1s"),
        ({"connections": (Connection("1/2/e1.1", "3/2"),)}, "1/2 is one E1"),
        ({"connections": (Connection("1/1/au4.1", "3/2"),)}, "'1/1/au4.1' is no place of an E1"),
        ({"connections": (Connection("1/2/au4.1/vc12.1.1.1", "3/2"),)}, "1/2 is no line of the shelf, or no STM-N"),
        ({"connections": (Connection("1/1/au4.2/vc12.1.1.1", "3/2"),)}, "an STM-1 has VC-4 1..1"),
        ({"connections": (Connection("1/2", "3/2"), Connection("1/2", "3/1"))}, "1/2 is used by connection 1/2 <- 3/2"),
        ({"connections": (Connection("1/2", "3/2"), Connection("3/1", "3/2"))}, "3/2 is used by connection 1/2 <- 3/2"),
        ({"connections": (Connection("1/2", "3/4"),)}, "the E1 at 3/4 is terminated"),
        (
            {"connections": (Connection("3/1", "1/1/au4.1/vc12.1.1.1"), Connection("1/1/au4.1", "1/1/au4.1"))},
            "1/1/au4.1 is used by the E1 at",
        ),
        ({"framings": (E1Framing("1/2"),)}, "the E1 at 1/2 is terminated"),
        ({"framings": (E1Framing("1/4/e1.9"), E1Framing("1/4/e1.9"))}, "framed twice"),
        ({"framings": (E1Framing("1/4/e1.9", "unframed", cas=True),)}, "no signalling"),
        ({"framings": (E1Framing("1/4/e1.9", idle=256),)}, "idle 256 is not in 0..255"),
        ({"framings": (E1Framing("1/4/e1.9", sa=32),)}, "sa 32 is not in 0..31"),
        ({"framings": (E1Framing("1/4/e1.9", ssm=16),)}, "ssm 16 is not in 0..15"),
        ({"framings": (E1Framing("1/4/e1.9", ssm=2, ssm_bit=3),)}, "Sa3 is not in Sa4..Sa8"),
        ({"framings": (E1Framing("1/4/e1.9", "basic", ssm=2),)}, "needs the CRC-4 multiframe"),
        ({"timeslots": (Timeslots("4/1", "1/4/e1.9:1-7"),)}, "has 7 timeslots, 4/1 8"),
        ({"timeslots": (Timeslots("4/9", "1/4/e1.9:1-7"),)}, "4/9 is no V.35 port of the shelf"),
        ({"timeslots": (Timeslots("1/4/e1.9", "4/1"),)}, "1/4/e1.9 is no V.35 port of the shelf"),
        ({"timeslots": (Timeslots("4/1", "4/1"), Timeslots("4/1", "4/1"))}, "4/1 is used by timeslots 4/1 <- 4/1"),
        (
            {"timeslots": (Timeslots("1/4/e1.9:1-8", "4/1"), Timeslots("1/4/e1.9:8-9", "4/2"))},
            "timeslot 8 of 1/4/e1.9 is used by timeslots 1/4/e1.9:1-8 <- 4/1",
        ),
        ({"timeslots": (Timeslots("3/4:15-16", "4/2"),)}, "timeslot 16 of 3/4 carries signalling"),
        ({"timeslots": (Timeslots("4/2", "3/4:15-16"),)}, "timeslot 16 of 3/4 carries signalling"),
        ({"timeslots": (Timeslots("1/3/e1.4:1-2", "4/2"),)}, "has no frames, and so no timeslots"),
        ({"timeslots": (Timeslots("4/2", "1/3/e1.4:1-2"),)}, "has no frames, and so no timeslots"),
        ({"timeslots": (Timeslots("4/2", "1/2:1-2"),)}, "1/2 is used by connection 1/2 <- 3/2"),
        ({"timeslots": (Timeslots("4/2", "1/4/e1.9:0-1"),)}, "timeslots 0-1 are not in 1..31"),
        (circuit("e1", "1/2"), "1/2 is used by connection"),
        (circuit("e1", "3/4"), "needs the CRC-4 multiframe"),
        (circuit("e1", "3/4", vcat=False), "signalling in timeslot 16"),
        (circuit("e1", "1/3/e1.4", vcat=False), "no frames"),
        (circuit("e1", "1/3/e1.1"), "timeslot 1 of 1/3/e1.1 is used by circuit n|is used by"),
        (circuit("e1", "1/4/e1.1", "1/4/e1.1"), "1/4/e1.1 is a member twice"),
        (circuit("e1", *(f"1/4/e1.{n}" for n in range(1, 17)), "1/7"), "17 members are more than 16 E1"),
        (circuit("e1"), "no members"),
        (circuit("e1", "1/1/au4.1"), "is no place of an E1"),
        (circuit("e1", "1/4/e1.1", "1/4/e1.2", vcat=False), "has one member and no LCAS"),
        (circuit("e1", "1/4/e1.1", adaptation="hdlc"), "hdlc is for n x 64"),
        (circuit("e1", "1/4/e1.1", gfp="t"), "GFP-T needs a container"),
        (circuit("e1", "1/4/e1.1", vcat=False, adaptation="ppp", payload_fcs=True), "a payload FCS is of GFP"),
        (circuit("n64", "1/4/e1.1"), "names no timeslots"),
        (circuit("n64", "1/4/e1.1:1", "1/4/e1.1:2"), "2 members are more than 1"),
        (circuit("n64", "1/4/e1.1:1", lcas=Lcas()), "there is no LCAS via n64"),
        (circuit("n64", "1/4/e1.1:1", vcat=False), "can be left away via e1 only"),
        (circuit("g832", "1/6"), "1/6 is no line of rate g832"),
        (circuit("fe", "1/5"), "1/5 is no line of rate fe"),
        (circuit("fe", "1/6", adaptation="laps"), "laps is for n x 64"),
        ({"circuits": (Circuit("n", "2/1", "1/2", "e1", members=("1/4/e1.1",)),)}, "has its lines among its members"),
        ({"circuits": (Circuit("n", "2/1", "1/2", "vc4"),)}, "1/2 is no line of the shelf, or no STM-N"),
        ({"lines": (Line("1/1", rate="e2", link=SATOP),)}, "SAToP carries an E1"),
        ({"lines": (Line("1/1", rate="e1", impair=Impairment(ppm=1)),)}, "ppm is for STM-N lines"),
        ({"lines": (Line("1/1", rate="e1", link=SATOP, impair=Impairment(cut=True)),)}, "is not impaired here"),
        ({"lines": (Line("1/1", rate="e1", link=Satop("a:1", "b")),)}, "'b' is no address"),
        ({"lines": (Line("1/1", rate="e1", link=Satop("a:1", "b:1", payload=8)),)}, "8 octets a packet"),
        ({"lines": (Line("1/1", rate="e1", link=Satop("a:1", "b:1", jitter_us=0)),)}, "jitter buffer of 0 us"),
        ({"clock": Clock("line", "1/7")}, "1/7 comes by SAToP"),
        ({"loops": (Loop("1/2", "line"),)}, "1/2 is no line of the shelf, or no STM-N"),
        ({"e1_clients": (E1Client("1/2"),)}, "the port is used twice"),
        (
            {"e1_clients": (E1Client("3/1", Cesop("a:1", "b:1", timeslots="2,1")),)},
            "timeslots of a packet are in order",
        ),
        ({"e1_clients": (E1Client("3/1", Cesop("a:1", "b:1", timeslots="1-32")),)}, "timeslots 1-32 are not"),
        ({"e1_clients": (E1Client("3/1", Cesop("a:1", "b:1", cas=True)),)}, "timeslot 16 carries signalling"),
        ({"e1_clients": (E1Client("3/1", Cesop("a:1", "b:1", frames=64)),)}, "too long a packet"),
        ({"e1_clients": (E1Client("3/1", File()),)}, "a file to read or to write is wanted"),
        ({"e1_clients": (E1Client("3/1", File("/a", "/a")),)}, "/a cannot be read and written"),
        ({"e1_clients": (E1Client("3/1", File("/a", "/b")), E1Client("3/2", File("/a", "/b")))}, "file /b is that of"),
        ({"e1_clients": (E1Client("3/1", Socket("log")),)}, "is neither an absolute path nor a name"),
        ({"e1_clients": (E1Client("3/1", SATOP),)}, "UDP 127.0.0.1:9000 is that of x/1/7"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, object], what: str) -> None:
    shelf = SHELF
    if "lines" in changes or "e1_clients" in changes:
        shelf = msgspec.structs.replace(SHELF, timeslots=(), circuits=(), framings=(), connections=())
    with pytest.raises(UsageError, match=what):
        check(msgspec.structs.replace(shelf, **changes))
