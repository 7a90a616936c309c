"""What docs/performance.md is made of: tables, and the counts of callgrind."""

from __future__ import annotations

from pathlib import Path

from bench import callgrind, count_part, links
from bench.core_part import TARGETS, _core_row
from bench.markdown import machine, reached, table, tried
from msapemu.bench.core import Figure
from msapemu.ctl.errors import CapabilityError
from msapemu.lab.document import parse
from msapemu.lab.load import model_of
from msapemu.lab.resolve import resolve


def test_a_table() -> None:
    assert table(("a", "b"), [(1, None), ("x", 2.5)]) == ["| a | b |", "| --- | --- |", "| 1 | - |", "| x | 2.5 |", ""]


def test_a_miss_is_said() -> None:
    assert reached(300, 256) == "yes" and reached(128, 256) == "**missed** (50.0%)"
    assert reached(1.0, 1.1, False) == "yes" and reached(2.2, 1.1, False) == "**missed** (200.0%)"


def test_what_cannot_be_measured_has_its_reason() -> None:
    def fail() -> list[str]:
        raise CapabilityError("valgrind: not installed (Debian package valgrind)")

    assert tried("x", fail) == ["Not measured: valgrind: not installed (Debian package valgrind).", ""]


def test_the_machine_has_no_name() -> None:
    import socket

    text = "\n".join(machine())
    assert "CPU" in text and "kernels" in text
    assert len(socket.gethostname()) < 4 or socket.gethostname() not in text


def test_a_figure_against_its_target() -> None:
    target = TARGETS["build", "vc4", 1514]
    figure = Figure("build", "vc4", 1514, 40.0, target / 2, 100.0, 50.0, 480.0, "avx2", 100)
    assert _core_row(figure, 1.0)[4:7] == ["128.0", "256", "**missed** (50.0%)"]
    assert _core_row(figure, 0.2)[4:7] == ["128.0", "51.2", "yes"]


def test_counts_come_back_from_a_page() -> None:
    layers = {name: 0.0 for name in callgrind.ALL} | {"GFP": 1.25, "kernels": 2.5}
    row = count_part._count_row(("vc4", "build", 64), layers)
    text = "\n".join(
        ["x", "", count_part.COUNTS_START, "", *table(("work", "mapping", "octets", "sum", *callgrind.ALL), [row])]
    )
    assert count_part.stored_counts(text) == {("build", "vc4", "64"): {"sum": 3.75, "GFP": 1.25, "kernels": 2.5}}
    assert count_part.stored_counts("nothing") == {}


GRIND = """version: 1
positions: line
events: Ir

fl=(1) build/cython/msapemu/_framing.c
fn=(1) __pyx_f_7msapemu_4wire_3vc4_vc4_poh_build
10 5
+2 7
fi=(2) msapemu/wire/kernels_body.h
100 1
fe=(1)
* 2
cfi=(3) /lib/libc.so
cfn=(2) memcpy
calls=3 1
12 999
-1 4

fl=(3)
fn=(2)
7 50
"""


def test_self_costs_leave_calls_out(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text(GRIND)
    made, header, libc = "build/cython/msapemu/_framing.c", "msapemu/wire/kernels_body.h", "/lib/libc.so"
    function = "__pyx_f_7msapemu_4wire_3vc4_vc4_poh_build"
    assert list(callgrind.self_costs(path)) == [
        (made, function, 10, 5),
        (made, function, 12, 7),
        (header, function, 100, 1),
        (made, function, 100, 2),
        (made, function, 11, 4),
        (libc, "memcpy", 7, 50),
    ]


def test_lines_are_of_layers(tmp_path: Path) -> None:
    path = tmp_path / "_framing.c"
    path.write_text(
        "static CYTHON_INLINE void __pyx_f_7msapemu_4wire_3vc4_h4(void); /*proto*/\n"
        "static CYTHON_INLINE void __pyx_f_7msapemu_4wire_7vcat_tx_group_make(struct x *v) {\n"
        "  body;\n"
        "}\n"
        "static PyObject *__pyx_pw_7msapemu_8_framing_4Line_build(PyObject *self) {\n"
        "  body;\n"
        "}\n"
    )
    lines = callgrind.Lines(path)
    assert lines.layer("/x/_framing.c", "f", 3) == "VCAT, LCAS"
    assert lines.layer("/x/_framing.c", "f", 6) == callgrind.SHELL
    assert lines.layer("/x/_framing.c", "__pyx_f_7msapemu_4wire_4line_line_take.isra.0", 6) == "section"
    assert lines.layer("/usr/include/emmintrin.h", "msapemu_crc32_clmul", 9) == callgrind.KERNELS
    assert lines.layer("msapemu/wire/superblock.c", "x", 9) == "GFP-T"
    assert lines.layer("/lib/x.S", "__memcpy_avx_unaligned", 9) == callgrind.COPIES


def test_every_layer_of_the_core_is_one_of_the_table() -> None:
    known = {module for modules in callgrind.LAYERS.values() for module in modules}
    there = {path.stem for path in (Path(__file__).parents[2] / "msapemu" / "wire").glob("*.[ph]*")}
    assert known <= there | {"superblock", "gfp_t", "p12"}


def test_the_labs_that_are_measured_are_labs() -> None:
    for pairs, circuit in ((1, "vc4"), (1, "vc12-63v"), (12, "vc12-5v")):
        document = parse(links.text("b", pairs, links.CIRCUITS[circuit]).encode(), "bench")
        network = resolve(model_of(document), document)
        assert len(network.circuits) == pairs and len(network.shelves) == 2 * pairs
