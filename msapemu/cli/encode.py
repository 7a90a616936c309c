"""`msapemu encode`: a capture into a file of the line."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from msapemu.interop.pdh_encode import PdhOptions


class Map(StrEnum):
    """Into what the group is mapped."""

    VC4 = "vc4"
    VC3 = "vc3"
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
    E1 = "e1"
    E2 = "e2"
    E3 = "e3"
    G832 = "g832"


PDH = (LineType.E1, LineType.E2, LineType.E3, LineType.G832)


class Adaptation(StrEnum):
    """What the Ethernet frames travel in."""

    GFP = "gfp"
    HDLC = "hdlc"
    LAPS = "laps"
    PPP = "ppp"


class Stuffing(StrEnum):
    """Of HDLC frames."""

    BIT = "bit"
    OCTET = "octet"


class Gfp(StrEnum):
    """The GFP mapping."""

    FRAME = "f"
    TRANSPARENT = "t"


TRACE = "msapemu"
AU_POINTER = 522
TU_POINTER = "0"
Text = Annotated[str, typer.Option(help="trail trace, up to 15 characters")]


def encode(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="[IN] OUT",
            help="a pcap, pcapng or ERF capture; the line file: raw, or .erf .pcap .pcapng of an STM-N",
            show_default=False,
        ),
    ],
    map: Annotated[
        Map | None,
        typer.Option(
            help="the Ethernet of IN in a VC-4, VC-4-Xc or VC-4-Xv, in VC-3-Xv or VC-12-Xv", show_default=False
        ),
    ] = None,
    line: Annotated[LineType, typer.Option(help="line type")] = LineType.STM1,
    links: Annotated[
        int | None,
        typer.Option(metavar="N", help="E1s, or lines of G.832, of the group (PDH lines)", show_default=False),
    ] = None,
    vcat: Annotated[
        bool | None, typer.Option("--vcat/--no-vcat", help="the concatenation octet of G.7043", show_default=False)
    ] = None,
    no_crc4: Annotated[bool, typer.Option("--no-crc4", help="E1s in basic frames (with --no-vcat)")] = False,
    members: Annotated[
        str | None,
        typer.Option(
            metavar="K.L.M,... | K,... | V,...",
            help="VC-12, VC-3 or VC-4 of the group in sequence order (V:K.L.M, V:K in VC-4 V); the VC-4s of a VC-4-Xc",
        ),
    ] = None,
    vc4: Annotated[int, typer.Option(metavar="K", help="the VC-4 of what names no other, from 1")] = 1,
    contiguous: Annotated[
        bool, typer.Option("--contiguous", help="the widest VC-4-Xc that begins at --vc4; a plain VC-12 or VC-3")
    ] = False,
    lcas: Annotated[
        bool, typer.Option("--lcas", help="LCAS control packets of a group whose members are all active")
    ] = False,
    adaptation: Annotated[
        Adaptation, typer.Option(help="GFP, HDLC, LAPS (X.86) or bridged PPP (RFC 3518)")
    ] = Adaptation.GFP,
    fcs_length: Annotated[
        int | None, typer.Option(metavar="16|32", help="FCS of HDLC, PPP: bits (16; LAPS has 32)")
    ] = None,
    stuffing: Annotated[
        Stuffing | None, typer.Option(help="HDLC, PPP: bit or octet (bit; LAPS has octet)", show_default=False)
    ] = None,
    lan_fcs: Annotated[
        bool | None,
        typer.Option("--lan-fcs/--no-lan-fcs", help="HDLC, PPP: carry the Ethernet FCS", show_default=False),
    ] = None,
    gfp: Annotated[Gfp, typer.Option(help="GFP-F, or GFP-T of Gigabit Ethernet")] = Gfp.FRAME,
    pfcs: Annotated[bool, typer.Option("--pfcs", help="send a GFP payload FCS")] = False,
    cid: Annotated[
        int | None, typer.Option(metavar="N", help="linear extension header with this channel 0..255")
    ] = None,
    upi: Annotated[
        int | None, typer.Option(metavar="N", help="user payload identifier; not 1: frames of IN as they are")
    ] = None,
    scramble: Annotated[
        bool | None,
        typer.Option("--scramble/--no-scramble", help="x^43 + 1 (GFP, LAPS: on; HDLC, PPP: off)", show_default=False),
    ] = None,
    au_pointer: Annotated[int, typer.Option(metavar="N", help="AU-4 pointer 0..782")] = AU_POINTER,
    au_sequence: Annotated[
        str | None,
        typer.Option(metavar="KIND:N", help="move the AU-4 pointers every N frames: inc, dec, alternate, 87-3, ndf"),
    ] = None,
    tu_pointer: Annotated[
        str, typer.Option(metavar="N | MEMBER=N,...", help="TU-12 pointers 0..139, TU-3 pointers 0..764")
    ] = TU_POINTER,
    tu_sequence: Annotated[
        str | None, typer.Option(metavar="KIND:N", help="move the TU pointers every N multiframes (TU-3: frames)")
    ] = None,
    delay: Annotated[
        str | None, typer.Option(metavar="MEMBER=US,...", help="send these so many microseconds later, up to 256000")
    ] = None,
    e1: Annotated[
        list[str] | None,
        typer.Option(metavar="K.L.M=FILE | K=FILE", help="the bits of FILE in that VC-12, or tributary; repeatable"),
    ] = None,
    e3: Annotated[
        list[str] | None, typer.Option(metavar="K=FILE", help="the bits of FILE in that VC-3; repeatable")
    ] = None,
    j0: Text = TRACE,
    j1: Text = TRACE,
    j2: Text = TRACE,
    frames: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="frames of the line in all; else 10 ms (VC-12: 20 ms) after the last client frame"
        ),
    ] = None,
    fcs: Annotated[Fcs, typer.Option(help="frames of IN end with an FCS")] = Fcs.AUTO,
    seed: Annotated[int, typer.Option(metavar="N", help="of the LCAS group identification")] = 1,
) -> None:
    """Map the Ethernet frames of a capture, and E1s and E3s, into an STM-N or PDH lines, as it would be on the line."""
    from msapemu.ctl.errors import UsageError
    from msapemu.interop import ethernet
    from msapemu.interop import members as names
    from msapemu.interop.encode import UPI_ETHERNET, EncodeOptions
    from msapemu.interop.encode import encode as run
    from msapemu.interop.rates import line_name

    if line in PDH:
        unfit = {
            "--map": map is not None,
            "--members": members is not None,
            "--vc4": vc4 != 1,
            "--contiguous": contiguous,
            "--gfp t": gfp is Gfp.TRANSPARENT,
            "--au-pointer": au_pointer != AU_POINTER,
            "--au-sequence": au_sequence is not None,
            "--tu-pointer": tu_pointer != TU_POINTER,
            "--tu-sequence": tu_sequence is not None,
            "--adaptation": adaptation is not Adaptation.GFP,
            "--delay": delay is not None,
            "--e3": bool(e3),
            "--j0": j0 != TRACE,
            "--j1": j1 != TRACE,
            "--j2": j2 != TRACE,
        }
        _refuse(unfit, line)
        from msapemu.interop.members import parse_tributaries
        from msapemu.interop.pdh_encode import PdhOptions

        pdh = PdhOptions(
            line=line.value,
            links=1 if links is None else links,
            vcat=True if vcat is None else vcat,
            crc4=not no_crc4,
            lcas=lcas,
            seed=seed,
            payload_fcs=pfcs,
            scramble=scramble is not False,
            cid=cid,
            upi=UPI_ETHERNET if upi is None else upi,
            e1=parse_tributaries(e1 or []),
            frames=frames,
            fcs=ethernet.Fcs(fcs.value),
        )
        _encode_pdh(files, pdh)
        return
    _refuse({"--links": links is not None, "--vcat": vcat is not None, "--no-crc4": no_crc4}, line)
    if len(files) > 2 or (len(files) == 1 and not (e1 or e3)):
        raise UsageError(f"encode: IN and OUT, not {len(files)} file{'s' * (len(files) > 1)}")
    kind = map.value if map else "vc12"
    options = EncodeOptions(
        map=map.value if map else None,
        members=() if members is None else names.parse_members(members, kind),
        line=line.value,
        vc4=vc4,
        contiguous=contiguous,
        lcas=lcas,
        seed=seed,
        adaptation=adaptation.value,
        hdlc_fcs=fcs_length,
        stuffing=stuffing.value if stuffing else None,
        lan_fcs=lan_fcs,
        gfp=gfp.value,
        payload_fcs=pfcs,
        scramble=scramble,
        cid=cid,
        upi=UPI_ETHERNET if upi is None else upi,
        au_pointer=names.parse_au_pointer(au_pointer),
        au_sequence=None if au_sequence is None else names.parse_sequence(au_sequence, "--au-sequence"),
        tu_pointers=names.parse_tu_pointers(tu_pointer, kind),
        tu_sequence=None if tu_sequence is None else names.parse_sequence(tu_sequence, "--tu-sequence"),
        delays={} if delay is None else names.parse_delays(delay),
        e1=names.parse_files(e1 or [], "--e1", "vc12"),
        e3=names.parse_files(e3 or [], "--e3", "vc3"),
        j0=j0,
        j1=j1,
        j2=j2,
        frames=frames,
        fcs=ethernet.Fcs(fcs.value),
    )
    *source, target = files
    done = run(source[0] if source else None, target, options)
    left_out = f", {done.errored_frames} left out: wrong FCS" if done.errored_frames else ""
    carried = [f"{done.client_frames} client frames"] if map else []
    carried += [f"{len(some)} {name}" for name, some in (("E1", options.e1), ("E3", options.e3)) if some]
    typer.echo(f"{target}: {', '.join(carried)} in {done.line_frames} {line_name(line.value)} frames{left_out}")


def _refuse(given: dict[str, bool], line: LineType) -> None:
    """UsageError for options that say nothing of such a line."""
    from msapemu.ctl.errors import UsageError

    for option, there in given.items():
        if there:
            raise UsageError(f"{option}: does not go with --line {line.value}")


def _encode_pdh(files: list[Path], options: PdhOptions) -> None:
    from msapemu.ctl.errors import UsageError
    from msapemu.interop.pdh_encode import pdh_encode
    from msapemu.interop.pdh_rates import PDH_RATES, link_file

    if len(files) > 2 or (len(files) == 1 and not options.e1):
        raise UsageError(f"encode: IN and OUT, not {len(files)} file{'s' * (len(files) > 1)}")
    *source, target = files
    done = pdh_encode(source[0] if source else None, target, options)
    left_out = f", {done.errored_frames} left out: wrong FCS" if done.errored_frames else ""
    carried = [f"{done.client_frames} client frames"] if source else []
    carried += [f"{len(options.e1)} E1"] if options.e1 else []
    last = link_file(target, options.files, options.files)
    names = f"{link_file(target, 1, options.files)}..{last.name}" if options.files > 1 else f"{target}"
    name = PDH_RATES[options.line].name
    typer.echo(f"{names}: {', '.join(carried)} in {done.line_frames} frames of 125 us of {name}{left_out}")
