"""`msapemu encode`: a capture into a file of the line."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Map(StrEnum):
    """Into what the group is mapped."""

    VC4 = "vc4"
    VC12 = "vc12"


class Fcs(StrEnum):
    """Whether the Ethernet frames of IN end with their FCS."""

    AUTO = "auto"
    YES = "yes"
    NO = "no"


class LineType(StrEnum):
    """The line."""

    STM1 = "stm1"
    STM4 = "stm4"
    STM16 = "stm16"


class Gfp(StrEnum):
    """The GFP mapping."""

    FRAME = "f"


Text = Annotated[str, typer.Option(help="trail trace, up to 15 characters")]


def encode(
    source: Annotated[Path, typer.Argument(metavar="IN", help="pcap, pcapng or ERF", show_default=False)],
    target: Annotated[
        Path, typer.Argument(metavar="OUT", help="line file: raw, or .erf .pcap .pcapng", show_default=False)
    ],
    map: Annotated[Map, typer.Option(help="a VC-4 or VC-4-Xc, or VC-12-Xv", show_default=False)],
    line: Annotated[LineType, typer.Option(help="line type")] = LineType.STM1,
    members: Annotated[
        str | None,
        typer.Option(metavar="K.L.M,...", help="VC-12 of the group in sequence order; the VC-4s of a VC-4-Xc"),
    ] = None,
    vc4: Annotated[int, typer.Option(metavar="K", help="the VC-4 that carries the group, from 1")] = 1,
    contiguous: Annotated[
        bool, typer.Option("--contiguous", help="a VC-4-16c or VC-4-4c, the widest that begins at --vc4")
    ] = False,
    gfp: Annotated[Gfp, typer.Option(help="GFP-F")] = Gfp.FRAME,
    pfcs: Annotated[bool, typer.Option("--pfcs", help="send a GFP payload FCS")] = False,
    cid: Annotated[
        int | None, typer.Option(metavar="N", help="linear extension header with this channel 0..255")
    ] = None,
    upi: Annotated[
        int | None, typer.Option(metavar="N", help="user payload identifier; not 1: frames of IN as they are")
    ] = None,
    no_scramble: Annotated[bool, typer.Option("--no-scramble", help="leave out x^43 + 1")] = False,
    au_pointer: Annotated[int, typer.Option(metavar="N", help="AU-4 pointer 0..782")] = 522,
    au_sequence: Annotated[
        str | None,
        typer.Option(metavar="KIND:N", help="move the AU-4 pointers every N frames: inc, dec, alternate, 87-3, ndf"),
    ] = None,
    tu_pointer: Annotated[
        str, typer.Option(metavar="N | K.L.M=N,...", help="TU-12 pointers 0..139, of all or of some")
    ] = "0",
    j0: Text = "msapemu",
    j1: Text = "msapemu",
    j2: Text = "msapemu",
    frames: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="frames of the line in all; else 10 ms (VC-12: 20 ms) after the last client frame"
        ),
    ] = None,
    fcs: Annotated[Fcs, typer.Option(help="frames of IN end with an FCS")] = Fcs.AUTO,
    seed: Annotated[int, typer.Option(metavar="N", help="for what is random on a line; without LCAS nothing is")] = 1,
) -> None:
    """Map the Ethernet frames of a capture into an STM-N, as it would be on the line."""
    from msapemu.interop import ethernet
    from msapemu.interop import members as names
    from msapemu.interop.encode import UPI_ETHERNET, EncodeOptions
    from msapemu.interop.encode import encode as run
    from msapemu.interop.rates import line_name

    options = EncodeOptions(
        map=map.value,
        members=() if members is None else names.parse_members(members, map.value),
        line=line.value,
        vc4=vc4,
        contiguous=contiguous,
        payload_fcs=pfcs,
        scramble=not no_scramble,
        cid=cid,
        upi=UPI_ETHERNET if upi is None else upi,
        au_pointer=names.parse_au_pointer(au_pointer),
        au_sequence=None if au_sequence is None else names.parse_sequence(au_sequence, "--au-sequence"),
        tu_pointers=names.parse_tu_pointers(tu_pointer),
        j0=j0,
        j1=j1,
        j2=j2,
        frames=frames,
        fcs=ethernet.Fcs(fcs.value),
    )
    done = run(source, target, options)
    left_out = f", {done.errored_frames} left out: wrong FCS" if done.errored_frames else ""
    sent = f"{done.client_frames} client frames in {done.line_frames} {line_name(line.value)} frames"
    typer.echo(f"{target}: {sent}{left_out}")
