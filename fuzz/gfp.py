"""The GFP-F sink: in pieces or at once it delivers the same, and every frame is accounted for."""

from __future__ import annotations

from random import Random

from msapemu._framing import Group

CIDS = (3, 9, 200)
REASONS = ("pti_mismatch", "exi_mismatch", "cid_mismatch", "upi_mismatch", "too_short", "too_long", "reserved_control")
MANAGEMENT = ("rx_csf_frames", "rx_dci_frames", "rx_fdi_frames", "rx_rdi_frames", "rx_other_management")


def _stream(frames: int, **options: object) -> bytes:
    group = Group(**options)
    octets = group.fill(16)
    for number in range(frames):
        client = group.channels[number % len(group.channels)]
        client.send(bytes([2] * 12) + b"\x08\x00" + bytes([number]) * (46 + 50 * number))
        octets += group.fill(20)
    octets += group.fill(3000)
    for kind in ("signal", "sync", "forward", None):
        for client in group.channels:
            client.client_failed(kind)
        octets += group.fill(16, 800)
    return octets + group.fill(400)


def seeds() -> list[bytes]:
    return [
        _stream(5),
        _stream(5, payload_fcs=True),
        _stream(5, cid=9),
        _stream(3, scramble=False),
        _stream(6, channels=CIDS, payload_fcs=True),
        _stream(3, payload_fcs=True, fcs_reversed=True, fcs_inverted=True),
    ]


def check(octets: bytes, chance: Random) -> None:
    options = {
        "scramble": bool(chance.randrange(4)),
        "fcs_reversed": not chance.randrange(4),
        "fcs_inverted": not chance.randrange(4),
        "correct_extension": bool(chance.randrange(2)),
        "longest": chance.choice((64, 9618)),
        **chance.choice(({}, {"cid": "any"}, {"channels": CIDS}, {"upi": 2})),
    }
    whole, pieces = Group(**options), Group(**options)
    whole.take(octets)
    rest = octets
    while rest:
        length = chance.choice((1, 2, 3, 4, 5, 7, 64, 1000))
        pieces.take(rest[:length])
        rest = rest[length:]
    # defects go by what stood at the end of each piece
    counters = [{**group.counters(), "defects": 0} for group in (whole, pieces)]
    assert counters[0] == counters[1]
    frames = [client.receive() for client in whole.channels]
    assert frames == [client.receive() for client in pieces.channels]
    delivered = [frame for of_client in frames for frame in of_client]
    assert sum(map(len, delivered)) <= len(octets)
    least = 1 if options.get("upi") == 2 else 14
    assert all(least <= len(frame) <= options["longest"] for frame in delivered)
    count = counters[0]
    assert count["rx_client_frames"] == len(delivered)
    assert count["discarded"] == sum(count[name] for name in REASONS)
    assert count["rx_management_frames"] == sum(count[name] for name in MANAGEMENT)
    assert count["sync_losses"] == count["core_hec_errors"] <= count["syncs"] <= count["sync_losses"] + 1
    assert 4 * (count["rx_client_frames"] + count["rx_idle_frames"] + count["discarded"]) <= len(octets)
