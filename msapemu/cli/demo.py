"""`msapemu demo`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from msapemu.lab.demo import Crossing


def demo() -> None:
    """Two shelves, an STM-1 between them, and real ping and iperf3 across: VC-12-5v, then VC-4. About a
    minute.

    It removes all that it makes, also after Ctrl-C, and ends with 0 only if the traffic crossed at 95 % or
    more of what the group can carry and no error was counted. Names that are taken (lab msapemu-demo,
    netns hq and site) get a suffix.
    """
    from msapemu.cli.tables import console
    from msapemu.lab.demo import run

    screen = console()
    crossings = run(lambda text: screen.print(f"[dim]{text}[/]", highlight=False))
    screen.print(_table(crossings))
    faults = [fault for crossing in crossings for fault in crossing.faults()]
    for fault in faults:
        typer.echo(f"msapemu: {fault}", err=True)
    if faults:
        raise typer.Exit(1)
    screen.print("the traffic crossed, no error was counted", highlight=False)


def _table(crossings: list[Crossing]) -> Table:
    from rich import box
    from rich.table import Table

    from msapemu.lab.demo import UDP_LOAD
    from msapemu.lab.traffic import TCP_SEGMENT, UDP_FRAME

    table = Table(title="Ethernet over two shelves and an STM-1", title_justify="left", box=box.SIMPLE_HEAD)
    table.caption = (
        f"UDP: both ways at once, {UDP_LOAD:.1%} of theory, Ethernet frames of {UDP_FRAME} octets. "
        f"TCP: payload, segments of {TCP_SEGMENT}. CPU: of a core, under UDP."
    )
    table.caption_justify = "left"
    columns = [_column(crossing) for crossing in crossings]
    table.add_column("Mbit/s where not said otherwise")
    for crossing in crossings:
        table.add_column(crossing.name, justify="right")
    for heading in columns[0]:
        table.add_row(heading, *(column[heading] for column in columns))
    return table


def _column(crossing: Crossing) -> dict[str, str]:
    """Heading -> value."""
    from msapemu.lab.traffic import tcp_payload_bps

    counted, ping = crossing.counted, crossing.ping
    udp_theory, tcp_theory = crossing.udp_theory_bps, tcp_payload_bps(crossing.capacity_bps)
    column = {"capacity of the group": f"{crossing.capacity_bps / 1e6:.3f}"}
    column["UDP in theory"] = f"{udp_theory / 1e6:.2f}"
    for way, stream in zip(("there", "back"), crossing.udp, strict=True):
        got = stream.udp_ethernet_bps
        column[f"UDP {way}"] = f"{got / 1e6:.2f} ({got / udp_theory:.1%})"
        column[f"UDP {way}, lost datagrams"] = f"{stream.lost} of {stream.packets}"
    column["TCP in theory"] = f"{tcp_theory / 1e6:.2f}"
    for way, stream in zip(("there", "back"), crossing.tcp, strict=True):
        got = stream.payload_bps
        column[f"TCP {way}"] = f"{got / 1e6:.2f} ({got / tcp_theory:.1%})"
    column["ping, lost"] = f"{ping.lost} of {ping.sent}"
    column["RTT p50 / p99, ms"] = f"{ping.p50_ms:.2f} / {ping.p99_ms:.2f}"
    column["STM-1 frames sent"] = str(counted["stm1_frames"])
    errors = (counted[f"{name}_errors"] for name in ("b1", "b2", "b3", "bip2"))
    column["B1 / B2 / B3 / BIP-2 errors"] = " / ".join(map(str, errors))
    column["GFP client frames"] = str(counted["gfp_frames"])
    column[f"CPU, {' / '.join(crossing.cpu)}"] = " / ".join(f"{share:.1%}" for share in crossing.cpu.values())
    return column
