"""63 E1s over packets: a tick of 1 ms of all of them, in virtual time. Octets are those of the E1s; what a tick takes
of 1 ms is the share of a core that 63 E1s take in real time one way, but for the system calls of their datagrams, and
with what Python takes here."""

from __future__ import annotations

import random

import pytest

from msapemu._framing import Cesop, Satop

E1S = 63
TICK = 8  # frames
OCTETS = 32 * TICK * E1S


@pytest.mark.parametrize("kind", ["satop", "cesopsn"])
class TestPseudowires:
    def test_source(self, rate, kind):
        lump = random.Random(1).randbytes(32 * TICK)
        if kind == "satop":
            ends = [Satop(seed=n) for n in range(E1S)]
            pairs = [(end.bearer, end) for end in ends]

            def tick():
                for bearer, end in pairs:
                    bearer.push(lump)
                    end.packets(TICK)
        else:
            ends = [Cesop(seed=n) for n in range(E1S)]

            def tick():
                for end in ends:
                    end.send(lump)

        rate(tick, OCTETS)
        assert all(end.counters()["tx_faults"] == 0 for end in ends)

    def test_sink(self, rate, kind):
        new = {"satop": Satop, "cesopsn": Cesop}[kind]
        payload = random.Random(2).randbytes(new().payload)
        sinks = [new(loop_ms=10_000) for _ in range(E1S)]
        pairs = [(sink, sink.bearer) for sink in sinks]
        sequence = 0

        def tick():
            nonlocal sequence
            packet = bytes((0, 0)) + sequence.to_bytes(2, "big") + payload
            sequence = (sequence + 1) % 65536
            for sink, bearer in pairs:
                sink.take(packet)
                sink.play(TICK)
                bearer.pop()

        rate(tick, OCTETS)
        assert all(sink.counters()["lost"] == 0 for sink in sinks)
