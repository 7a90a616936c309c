"""Peers in the same run: tshark and scapy on the GFP frames that our sink reads; a socat tunnel, and a veth pair behind
a token bucket, beside a VC-4 between two shelves."""

from __future__ import annotations

import os

import pytest

from bench import links, peers
from msapemu.bench.link.rfc2544 import Settings

SETTINGS = Settings(seconds=1.0, resolution=0.02, tries=1)
SIZES = (64, 1518)
LOADS = (0.1, 0.5)


@pytest.fixture(scope="module")
def frames():
    return peers.GfpFrames(20_000, 512)


@pytest.mark.benchmark(group="decoding GFP frames of 512 octets")
@pytest.mark.parametrize("reader", ["ours", "tshark", "scapy"])
def test_decoding(told, frames, reader):
    told(lambda: f"{getattr(frames, reader)():,.0f} frames/s")


@pytest.mark.benchmark(group="a link")
@pytest.mark.parametrize("kind", ["vc4", "socat", "token_bucket"])
def test_link(told, kind):
    name = f"bench{os.getpid()}"

    def measure():
        with links.lab("vc4", name) if kind == "vc4" else getattr(peers, kind)(name) as link:
            throughput, latency = peers.measure(link, SIZES, LOADS, SETTINGS)
        texts = [f"{row['size']}: {row['mbps']} Mbit/s" for row in throughput]
        texts += [
            f"{row['size']} at {row['load']:.0%}: p50 {row['p50_us']} us, p99 {row['p99_us']} us" for row in latency
        ]
        return "; ".join(texts)

    told(measure)
