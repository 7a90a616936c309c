"""Line protocols of a V.35 port: whatever frames come, what is given on is a packet, what is sent is well formed, and
with a good far end afterwards the line comes up."""

from __future__ import annotations

from random import Random

from msapemu.ctl.config import SerialTun
from msapemu.dataplane.serial.make import make_protocol
from msapemu.dataplane.serial.protocol import SerialProtocol

KINDS = (
    SerialTun("x", encapsulation="ppp", local="10.0.0.1", remote="10.0.0.2"),
    SerialTun("x", encapsulation="chdlc"),
    SerialTun("x", encapsulation="fr", lmi="ansi"),
    SerialTun("x", encapsulation="fr", lmi="q933a", side="network"),
)
FAR = (
    SerialTun("x", encapsulation="ppp", local="10.0.0.2"),
    SerialTun("x", encapsulation="chdlc", local="10.0.0.2/30"),
    SerialTun("x", encapsulation="fr", lmi="ansi", side="network"),
    SerialTun("x", encapsulation="fr", lmi="q933a"),
)
LENGTH = 2  # octets before each frame of an input
RECOVERY_S = 130


def seeds() -> list[bytes]:
    """What two ends say to each other: the kind, then frames with their lengths."""
    found = []
    for kind in range(len(KINDS)):
        ends = started(KINDS[kind]), started(FAR[kind])
        said: list[bytes] = []
        for second in range(25):
            said += talk(*ends, float(second))
        found.append(bytes((kind,)) + b"".join(len(frame).to_bytes(LENGTH, "big") + frame for frame in said))
    return found


def started(tun: SerialTun) -> SerialProtocol:
    end = make_protocol(tun, Random(len(tun.encapsulation) + len(tun.side) + len(tun.local or "")))
    end.open(True, 0.0)
    end.line(True, 0.0)
    return end


def talk(one: SerialProtocol, other: SerialProtocol, now: float) -> list[bytes]:
    """A second of both; what `other` says."""
    said = []
    for _ in range(8):
        for source, sink in ((one, other), (other, one)):
            source.turn(now)
            for frame in list(source.take_frames()):
                sink.receive(frame, now)
                said += [frame] if source is other else []
    return said


def check(octets: bytes, chance: Random) -> None:
    kind = octets[0] % len(KINDS) if octets else 0
    end = started(KINDS[kind])
    at, now = 1, 0.0
    while at < len(octets):
        length = int.from_bytes(octets[at : at + LENGTH], "big") % 200
        packet = end.receive(octets[at + LENGTH : at + LENGTH + length], now)
        assert packet is None or packet[0] >> 4 in (4, 6)
        at += LENGTH + length
        now += chance.choice((0, 0.1, 3, 11))
        end.turn(now)
        frames = list(end.take_frames())
        assert all(4 <= len(frame) <= 1600 for frame in frames) and len(frames) <= 20
    far = started(FAR[kind])
    for second in range(RECOVERY_S):
        talk(end, far, now + second)
    assert end.up and far.up, (end.detail, far.detail)
