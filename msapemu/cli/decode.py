"""`msapemu decode`: a file of the line into a report and a capture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def decode(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="line file: raw, or ERF, pcap, pcapng", show_default=False)
    ],
    vc4: Annotated[
        int, typer.Option(metavar="K", help="the VC-4 whose paths stand at the top of the report, and of --members")
    ] = 1,
    members: Annotated[
        str | None,
        typer.Option(
            metavar="K.L.M,... | K,... | V,...",
            help="VC-12, VC-3 or VC-4 of the group, in sequence order, when the line does not tell (V:K.L.M in VC-4 V)",
        ),
    ] = None,
    eth: Annotated[Path | None, typer.Option(metavar="OUT.pcap", help="write the Ethernet frames")] = None,
    e1: Annotated[
        list[str] | None, typer.Option(metavar="K.L.M=FILE", help="write the bits of that VC-12; repeatable")
    ] = None,
    e3: Annotated[
        list[str] | None, typer.Option(metavar="K=FILE", help="write the bits of that VC-3; repeatable")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="OUT.json", help="write the report here, not on the standard output"),
    ] = None,
) -> None:
    """Take the Ethernet frames out of an STM-N line file, and report what was on the line."""
    from msapemu.interop.decode import decode as run
    from msapemu.interop.members import parse_any_members, parse_files

    names = None if members is None else parse_any_members(members)
    done = run(
        source,
        vc4=vc4,
        members=names,
        ethernet=eth,
        e1=parse_files(e1 or [], "--e1", "vc12"),
        e3=parse_files(e3 or [], "--e3", "vc3"),
        report=report,
    )
    if report is None:
        typer.echo(done.text)
    for note in done.notes:
        typer.echo(f"msapemu: {note}", err=True)
    if not done.aligned:
        raise typer.Exit(1)
