"""`msapemu decode`: a file of the line into a report and a capture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def decode(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="IN...",
            help="line file: raw, or ERF, pcap, pcapng; several .e1 (.e3 of G.832): links of a group",
            show_default=False,
        ),
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
        list[str] | None,
        typer.Option(metavar="K.L.M=FILE | K=FILE", help="write the bits of that VC-12, or tributary; repeatable"),
    ] = None,
    e3: Annotated[
        list[str] | None, typer.Option(metavar="K=FILE", help="write the bits of that VC-3; repeatable")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="OUT.json", help="write the report here, not on the standard output"),
    ] = None,
) -> None:
    """Take the Ethernet frames out of a line file (STM-N, E1, E2, E3), and report what was on the line."""
    from msapemu.ctl.errors import UsageError
    from msapemu.interop.decode import decode as run
    from msapemu.interop.members import parse_any_members, parse_files, parse_tributaries
    from msapemu.interop.pdh_decode import pdh_decode
    from msapemu.interop.pdh_rates import is_pdh

    if any(is_pdh(source) for source in sources):
        for option, given in (("--vc4", vc4 != 1), ("--members", members is not None), ("--e3", bool(e3))):
            if given:
                raise UsageError(f"{option}: does not go with a PDH line")
        done = pdh_decode(sources, ethernet=eth, e1=parse_tributaries(e1 or []), report=report)
    else:
        if len(sources) > 1:
            raise UsageError(f"decode: one STM-N line file, not {len(sources)}")
        done = run(
            sources[0],
            vc4=vc4,
            members=None if members is None else parse_any_members(members),
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
