"""Parts of docs/performance.md: links between shelves, shelves with nothing to do, and the peers."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from bench import links, peers
from bench.markdown import Lines, reached, table
from msapemu.bench.link.rfc2544 import SIZES as LINK_SIZES
from msapemu.bench.link.rfc2544 import Row, Settings
from msapemu.ctl.errors import MsapemuError
from msapemu.lab.inspect import snapshots
from msapemu.lab.record import Record

LINK_HEADS = (
    *("octets", "theory, frames/s", "no loss, frames/s", "of theory", "target 99%", "gives out"),
    *("CPU of both shelves", "of the generator", "idle"),
)
LATENCY_SIZES = (64, 512, 1518)
LOSS_SIZES = (64, 1518)
PEER_LOADS = (0.1, 0.5)
LATENCY_LOADS = (0.1, 0.5, 0.9)
NO_DROP = 0.99  # of theory
BUSY_CPU, LONG_FRAMES_CPU, IDLE_CPU = 1.1, 0.10, 0.05  # of a core: both shelves, one, one
LATENCY_US = 2 * (1000 + 500)  # p50 of two shelves: a tick and half a millisecond each
SHELF_MIB = 60.0
MANY = 24
IDLE_SECONDS = 3.0


def circuit(kind: str, settings: Settings, more: bool = False) -> Lines:
    """RFC 2544 over one kind of circuit, and what its shelves take; `more`: frame loss and bursts too."""
    with links.lab(kind, f"bench{os.getpid()}") as link, peers.session(link, min(LINK_SIZES), settings) as rfc:
        throughput, latency = list(rfc.throughput(LINK_SIZES)), list(rfc.latency(LATENCY_SIZES, LATENCY_LOADS))
        loss, bursts = (list(rfc.loss(LOSS_SIZES)), list(rfc.back_to_back(LOSS_SIZES))) if more else ([], [])
    shelves = [name for name in throughput[0] if name.startswith("cpu_") and name != "cpu_generator"]
    lines = table(
        LINK_HEADS,
        (
            (
                row["size"],
                f"{row['theory_fps']:.0f}",
                f"{row['fps']:.0f}",
                f"{row['of_theory']:.1%}",
                reached(_number(row["of_theory"]), NO_DROP),
                row["limit"],
                f"{sum(_number(row[name]) for name in shelves):.2f}",
                f"{row['cpu_generator']:.2f}",
                f"{row['idle']:.0%}",
            )
            for row in throughput
        ),
    )
    lines += table(
        ("octets", "load", "p50, us", "p99", "p99.9", "largest", "lost", "gives out"), map(_latency_row, latency)
    )
    lines += _judged(throughput, latency, shelves)
    if loss:
        heads: tuple[str, ...] = ("octets", "offered", "lost", "in queues", "theory of both", "gives out")
        shares = ("offered", "loss", "queued", "theory")
        lines += table(
            heads, ((row["size"], *(f"{_number(row[name]):.1%}" for name in shares), row["limit"]) for row in loss)
        )
    if bursts:
        heads = ("octets", "longest burst without loss, frames", "ms", "gives out")
        lines += table(heads, ((row["size"], row["frames"], row["ms"], row["limit"]) for row in bursts))
    return lines


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else float("nan")


def _latency_row(row: Row) -> list[object]:
    times = [row[f"{name}_us"] for name in ("p50", "p99", "p99.9", "max")]
    return [row["size"], f"{_number(row['load']):.1%}", *times, row["lost"], row["limit"]]


def _judged(throughput: list[Row], latency: list[Row], shelves: list[str]) -> Lines:
    by_size = {row["size"]: row for row in throughput}
    both = sum(_number(by_size[64][name]) for name in shelves)
    most = max(_number(by_size[1518][name]) for name in shelves)
    p50 = max(_number(row["p50_us"]) for row in latency if _number(row["load"]) <= LATENCY_LOADS[1])
    rows = [
        (f"both shelves, 64 octets at {by_size[64]['fps']:.0f} frames/s", f"{both:.2f} cores", BUSY_CPU,
         reached(both, BUSY_CPU, False)),
        (f"a shelf, 1518 octets at {by_size[1518]['fps']:.0f} frames/s", f"{most:.2f} cores", LONG_FRAMES_CPU,
         reached(most, LONG_FRAMES_CPU, False)),
        ("p50 of the added latency up to half the load, two shelves", f"{p50:.0f} us", f"{LATENCY_US} us",
         reached(p50, LATENCY_US, False)),
    ]  # fmt: skip
    return table(("", "measured", "at most", ""), rows)


def idle() -> Lines:
    """Shelves with nothing to do."""
    rows: list[tuple[object, ...]] = []
    with links.deployed(f"bench{os.getpid()}", 1, links.CIRCUITS["vc12-63v"]) as record:
        shares, memory = _resting(record)
        rows.append(
            ("an idle shelf: an STM-1, a VC-12-63v", f"{max(shares):.3f} cores", IDLE_CPU,
             reached(max(shares), IDLE_CPU, False))
        )  # fmt: skip
        rows.append(("its memory", f"{max(memory):.1f} MiB", SHELF_MIB, reached(max(memory), SHELF_MIB, False)))
    with links.deployed(f"bench{os.getpid()}", MANY // 2, links.CIRCUITS["vc12-5v"]) as record:
        shares, memory = _resting(record)
        now = snapshots(record).values()
        skipped = sum(one.loop["skipped_frames"] for one in now)
        total = f"{sum(shares):.2f} cores, {sum(memory):.0f} MiB"
        rows.append((f"{MANY} idle shelves, a VC-12-5v each two", total, "this machine", f"{skipped} frames skipped"))
    return table(("", "measured", "at most", ""), rows)


def _resting(record: Record) -> tuple[list[float], list[float]]:
    """CPU of every shelf's data plane, and MiB of memory of its process."""
    time.sleep(1.0)
    before = snapshots(record)
    time.sleep(IDLE_SECONDS)
    after = snapshots(record)
    shares = [
        (after[name].loop["cpu_ns"] - before[name].loop["cpu_ns"]) / (after[name].mono_ns - before[name].mono_ns)
        for name in after
    ]
    return shares, [_rss_mib(shelf.pids()[0]) for shelf in record.shelves]


def _rss_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def decoding() -> Lines:
    frames = peers.GfpFrames(20_000, 512)
    ours = frames.ours()
    rows: list[tuple[object, ...]] = [("msapemu's GFP sink: delineation, descrambling, HECs, FCS", f"{ours:,.0f}", "1")]
    readers = {"tshark, the same checks, without its start": frames.tshark, "scapy layers, no checks": frames.scapy}
    for name, reader in readers.items():
        try:
            rate = reader()
            rows.append((name, f"{rate:,.0f}", f"1/{ours / rate:,.0f}"))
        except (MsapemuError, ImportError) as error:
            rows.append((name, f"not measured: {error}", ""))
    return table(("GFP frames with 512 octets of Ethernet", "frames/s", ""), rows)


def other_links(settings: Settings) -> Lines:
    name = f"bench{os.getpid()}"
    makers = {
        "VC-4 between two shelves": lambda: links.lab("vc4", name),
        "socat, TAP over UDP": lambda: peers.socat(name),
        "veth + tbf at 149.76 Mbit/s": lambda: peers.token_bucket(name),
    }
    rows: list[Sequence[object]] = []
    for title, make in makers.items():
        try:
            with make() as link:
                throughput, latency = peers.measure(link, LOSS_SIZES, PEER_LOADS, settings)
        except MsapemuError as error:
            rows.append((title, f"not measured: {error}", *[""] * 7))
            continue
        for row in throughput:
            cpu = sum(_number(row[key]) for key in row if key.startswith("cpu_") and key != "cpu_generator")
            told = [title, row["size"], f"{row['mbps']:.1f}", f"{row['of_theory']:.1%}", row["limit"], f"{cpu:.2f}"]
            of_size = [one for one in latency if one["size"] == row["size"]]
            by_load = {one["load"]: f"{one['p50_us']} / {one['p99_us']}" for one in of_size}
            last = by_load.get(of_size[-1]["load"]) if of_size else None
            rows.append((*told, *(by_load.get(load) for load in PEER_LOADS), last))
    heads: tuple[str, ...] = ("", "octets", "Mbit/s each way", "of a VC-4", "gives out", "CPU")
    heads += (*(f"p50 / p99 at {load:.0%}, us" for load in PEER_LOADS), "at the throughput")
    return table(heads, rows)
