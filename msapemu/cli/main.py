"""`msapemu`: the commands, and how their failures are told."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from msapemu import __version__
from msapemu.cli.bench import bench
from msapemu.cli.decode import decode
from msapemu.cli.demo import demo
from msapemu.cli.deploy import deploy, destroy, redeploy, validate
from msapemu.cli.encode import encode
from msapemu.cli.execute import execute
from msapemu.cli.graph import graph, schema
from msapemu.cli.impair import impair
from msapemu.cli.inspect import inspect
from msapemu.cli.loop import loop
from msapemu.cli.node import node
from msapemu.cli.vcg import vcg
from msapemu.ctl.errors import MsapemuError

EPILOG = (
    "Exit status: 0 done; 1 the work itself failed; 2 wrong use or an invalid input file; 3 a privilege, device or "
    "program is missing; 130 Ctrl-C, 143 SIGTERM. Every option is also an environment variable: MSAPEMU_TOPO (-t), "
    "MSAPEMU_NAME, MSAPEMU_FORMAT, else MSAPEMU_COMMAND_OPTION. MSAPEMU_RUN_DIR: where running labs are kept "
    "(/run/msapemu)."
)
PREFIX = "MSAPEMU"
CLICK_EXCEPTION = typer.BadParameter.__mro__[
    2
]  # typer has its own click in it, or uses the package: the base class

app = typer.Typer(
    name="msapemu",
    help="A multi-service access platform in software: Ethernet over GFP, VC-12 and VC-4, STM-1.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

LAB, FILES, OTHER = "Labs", "Line files", "Other"
app.command(rich_help_panel=LAB)(deploy)
app.command(rich_help_panel=LAB)(redeploy)
app.command(rich_help_panel=LAB)(destroy)
app.command(rich_help_panel=LAB)(inspect)
app.command(rich_help_panel=LAB)(impair)
app.command(rich_help_panel=LAB)(loop)
app.command(rich_help_panel=LAB)(validate)
app.command(rich_help_panel=LAB)(graph)
app.command("exec", rich_help_panel=LAB, context_settings={"allow_interspersed_args": False})(execute)
app.command(rich_help_panel=LAB)(demo)
app.add_typer(vcg, rich_help_panel=LAB)
app.add_typer(node, rich_help_panel=LAB)
app.command(rich_help_panel=FILES)(encode)
app.command(rich_help_panel=FILES)(decode)
app.add_typer(bench, rich_help_panel=OTHER)
app.command(rich_help_panel=OTHER)(schema)


@app.command(rich_help_panel=OTHER)
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def _print_version(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit()


@app.callback()
def _root(
    print_version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """The program: runs a command and leaves with its exit status."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit status of the command. Failures are one line each on the standard error, never a traceback,
    but with MSAPEMU_TRACEBACK=1."""
    from msapemu.lab.interrupts import Interrupted

    try:
        status = app(args=arguments, prog_name="msapemu", standalone_mode=False, auto_envvar_prefix=PREFIX)
        return status if isinstance(status, int) else 0
    except Interrupted as stop:
        return _tell(str(stop), 128 + stop.number)
    except (KeyboardInterrupt, typer.Abort):
        return _tell("stopped", 130)
    except Exception as error:
        if os.environ.get("MSAPEMU_TRACEBACK"):
            raise
        return _failure(error)


def _failure(error: Exception) -> int:
    if isinstance(error, MsapemuError):
        return _tell(str(error), error.status)
    if isinstance(error, CLICK_EXCEPTION):
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "msapemu"
        place = path.removeprefix("msapemu").strip()
        text = str(getattr(error, "format_message", error.__str__)()).strip().replace(": Value error, ", ": ")
        if not text:  # a group without a command has printed its help
            return 2
        return _tell(f"{place}: {text}" if place else f"{text} (msapemu --help)", 2)
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return _tell(f"{place}{(error.strerror or str(error)).lower()}", 1)
    if isinstance(error, ModuleNotFoundError) and (error.name or "").startswith("msapemu."):
        return _tell(f"{error.name}: not built (make setup)", 1)
    return _tell(
        f"a fault in msapemu itself: {type(error).__name__}: {error} (MSAPEMU_TRACEBACK=1 shows where)", 1
    )


def _tell(text: str, status: int) -> int:
    for line in text.splitlines():
        print(f"msapemu: {line}", file=sys.stderr)
    return status
