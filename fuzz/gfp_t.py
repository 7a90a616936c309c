"""The GFP-T sink: in pieces or at once it gives the same, and every superblock and frame is accounted for."""

from __future__ import annotations

from random import Random

from msapemu._framing import Group, decode_8b10b, decode_superblocks

CLIENTS = ("ethernet", "gbe", "fc", "dvb-asi")
FAULTS = ("pcs_carriers", "pcs_preambles", "pcs_ends", "pcs_propagated", "pcs_short", "pcs_long")


def _stream(client: str, **options: object) -> bytes:
    group = Group(gfp="t", client=client, superblocks=2, **options)
    octets = b"\xb6\xab\x31\xe0" * 2
    for number in range(6):
        if client == "ethernet":
            group.send(bytes([2] * 12) + b"\x08\x00" + bytes([number]) * (46 + 50 * number))
        else:
            octets_in = bytes(range(7 * number, 7 * number + 90)) + b"\xbc\x50" * 20
            group.send_characters(octets_in, bytes(90) + b"\1\0" * 20)
        octets += group.fill(150)
    octets += group.fill(1500)
    group.client_failed("sync")
    octets += group.fill(200, 800)
    group.client_failed()
    return octets + group.fill(100, 8)


def seeds() -> list[bytes]:
    return [
        _stream("ethernet"),
        _stream("ethernet", payload_fcs=True),
        _stream("gbe", cid=9),
        _stream("fc", scramble=False),
        _stream("dvb-asi", payload_fcs=True),
    ]


def _symbols(octets: bytes) -> None:
    """The same octets as 8B/10B symbols of a port: characters or errors, whatever they are."""
    group = Group(gfp="t", client="gbe", characters=256)
    group.send_symbols(octets[:600])
    group.take(group.fill(2000))
    characters, control = group.receive_characters(64)
    assert len(characters) == len(control) == 64
    symbols = [int.from_bytes(octets[at : at + 2], "big") & 1023 for at in range(0, len(octets) - 1, 2)]
    characters, control, _ = decode_8b10b(symbols)
    assert len(characters) == len(control) == len(symbols)


def check(octets: bytes, chance: Random) -> None:
    client = chance.choice(CLIENTS)
    options = {
        "client": client,
        "scramble": bool(chance.randrange(4)),
        "correct": bool(chance.randrange(4)),
        "longest": chance.choice((64, 9618)),
        **chance.choice(({}, {"cid": "any"}, {"cid": 9})),
    }
    whole, pieces = (Group(gfp="t", characters=1 << 16, **options) for _ in range(2))
    whole.take(octets)
    rest = octets
    while rest:
        length = chance.choice((1, 2, 3, 4, 5, 7, 64, 67, 1000))
        pieces.take(rest[:length])
        rest = rest[length:]
    counters, common = whole.transparent_counters(), whole.counters()
    # a loss of delineation shows only in pieces, when it is over at the end
    assert counters == pieces.transparent_counters()
    assert common | {"defects": 0} == pieces.counters() | {"defects": 0}
    superblocks = counters["rx_superblocks"] + counters["rx_crc_errors"]
    assert 67 * superblocks <= len(octets)
    assert counters["rx_characters"] + counters["rx_pads"] == 64 * superblocks
    assert counters["rx_corrected"] + counters["rx_corrected_pairs"] <= counters["rx_superblocks"]
    frames = whole.receive()
    assert frames == pieces.receive()
    assert all(len(frame) >= 60 for frame in frames)
    assert sum(map(len, frames)) == common["rx_client_octets"] <= counters["rx_characters"]
    if client != "ethernet":
        characters, control = whole.receive_characters()
        assert (characters, control) == pieces.receive_characters()
        assert len(characters) == counters["rx_characters"] and not any(counters[name] for name in FAULTS)
    length = len(octets) // 67 * 67
    characters, control, corrected = decode_superblocks(octets[:length])
    assert len(characters) == len(control) == 64 * len(corrected)
    _symbols(octets)
