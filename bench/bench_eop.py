"""Ethernet over E1s and a V.35 line in real time: iperf3 and ping over labs of configs/, against what the E1s carry
(root)."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from msapemu.lab.deploy import deploy
from msapemu.lab.destroy import destroy
from msapemu.lab.traffic import Host, ping, tcp, tcp_payload_bps, udp, udp_payload_bps, wait_for_echo
from msapemu.node.capacity import group_bps
from tests.lab.conftest import NETNS

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
SECONDS = 8

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@contextmanager
def lab(folder: Path, name: str, e1s: int | None = None) -> Iterator[tuple[Host, Host]]:
    """A lab under names of its own; `e1s`: with so many E1s in place of eight. The hosts of its first circuit."""
    data = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text())
    tag = f"b-{secrets.token_hex(3)}"
    data["name"] = tag
    topology = data["topology"]
    for client in topology["clients"]:
        client["netns"] = f"{tag}-{client['netns']}"
    if e1s is not None:
        for node in topology["nodes"].values():
            node["slots"][1]["ports"] = e1s
        topology["links"] = [{"endpoints": [f"co:1/{n}", f"branch:1/{n}"]} for n in range(1, e1s + 1)]
        data["circuits"][0] |= {"members": e1s, "minimum": 0}
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(data))
    deploy(path)
    try:
        hosts = [Host(NETNS / one["netns"], one["address"].partition("/")[0]) for one in topology["clients"][:2]]
        wait_for_echo(hosts[0], hosts[1], 20)
        yield hosts[0], hosts[1]
    finally:
        destroy(tag)


@pytest.mark.parametrize("e1s", [1, 8, 16])
def test_ethernet_over_e1s(e1s: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capacity = group_bps("e1", e1s)
    with lab(tmp_path, "eop-8-e1", e1s) as (hq, site):
        trip = ping(hq, site, 200)
        there, back = tcp(hq, site, SECONDS), tcp(site, hq, SECONDS)
        (down, up) = udp([(hq, site), (site, hq)], 0.995 * udp_payload_bps(capacity), SECONDS)
    shares = [100 * one.payload_bps / tcp_payload_bps(capacity) for one in (there, back)]
    both = [100 * one.payload_bps / udp_payload_bps(capacity) for one in (down, up)]
    with capsys.disabled():
        print(
            f"\n{e1s:2} E1, {capacity / 1e6:.3f} Mbit/s: ping p50 {trip.p50_ms:.1f} ms, p99 {trip.p99_ms:.1f} ms; "
            f"TCP {shares[0]:.1f} % and {shares[1]:.1f} % of theory; "
            f"UDP both ways {both[0]:.1f} % and {both[1]:.1f} %, "
            f"lost {down.lost + up.lost} of {down.packets + up.packets}"
        )


def test_v35(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with lab(tmp_path, "v35-ospf") as (r1, r2):
        trip = ping(r1, r2, 200, 20)
        stream = tcp(r1, r2, SECONDS)
    with capsys.disabled():
        print(
            f"\nV.35, 1024 kbit/s through E1 and VC-12: ping p50 {trip.p50_ms:.1f} ms, p99 {trip.p99_ms:.1f} ms; "
            f"TCP {stream.payload_bps / 1e3:.0f} kbit/s"
        )
