"""Ethernet in HDLC, LAPS and bridged PPP: in pieces or at once the sink delivers the same, every frame is accounted
for, and what was delivered comes again when it is sent again."""

from __future__ import annotations

from random import Random

from msapemu._framing import Group

KINDS = (
    {"adaptation": "hdlc"},
    {"adaptation": "hdlc", "fcs": 32, "lan_fcs": True},
    {"adaptation": "hdlc", "stuffing": "octet"},
    {"adaptation": "laps"},
    {"adaptation": "ppp"},
    {"adaptation": "ppp", "fcs": 32, "stuffing": "octet"},
)
LONGEST = 300
# by when a call ends it may be known already that no flag comes
BY_THE_CALL = ("defects", "syncs", "sync_losses", "unaligned_octets")


def seeds() -> list[bytes]:
    streams = []
    for kind in KINDS:
        group = Group(scramble=False, **kind)
        octets = group.fill(9)
        for number in range(6):
            group.send(bytes([2] * 12) + b"\x08\x00" + bytes([number * 51]) * (46 + 40 * number))
            octets += group.fill(30)
        streams.append(octets + group.fill(2000))
    # PPP with what the core does not send: pads, zeros left away, a compressed header, another protocol
    for header in ("ff0300318301", "ff0300312001", "31a001", "ff03c0210101"):
        streams.append(b"\x7e" + bytes.fromhex(header) + bytes(40) + b"\x7e")
    return streams


def check(octets: bytes, chance: Random) -> None:
    options = {**chance.choice(KINDS), "longest": LONGEST, "scramble": not chance.randrange(6)}
    whole, pieces, again, sink = (Group(**options) for _ in range(4))
    whole.take(octets)
    rest = octets
    while rest:
        length = chance.choice((1, 2, 3, 7, 8, 64, 1000, 2000))
        pieces.take(rest[:length])
        rest = rest[length:]
    counters = [{**group.counters(), **dict.fromkeys(BY_THE_CALL, 0)} for group in (whole, pieces)]
    assert counters[0] == counters[1]
    frames = whole.receive()
    assert frames == pieces.receive()
    assert all(14 <= len(frame) <= LONGEST for frame in frames)
    count = counters[0]
    assert count["rx_client_frames"] == len(frames)
    assert count["rx_client_octets"] == sum(map(len, frames))
    assert count["discarded"] == sum(count[name] for name in ("exi_mismatch", "upi_mismatch", "too_short", "too_long"))
    spoiled = count["discarded"] + count["payload_fcs_errors"] + count["ethernet_fcs_errors"] + count["invalid"]
    assert 2 * (len(frames) + spoiled + count["aborts"]) <= len(octets)
    for frame in frames:
        assert again.send(frame)
    while again.waiting:
        sink.take(again.fill(chance.choice((1, 5, 136, 2340))))
    sink.take(again.fill(1))
    assert sink.receive() == frames
