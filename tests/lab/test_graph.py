"""Labs as pictures."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from msapemu.lab.graph import dot, mermaid
from tests.lab.labfile import changed, network_of


def test_mermaid_shows_shelves_links_clients_and_circuits() -> None:
    text = mermaid(network_of(changed(("topology~links~0~impair~ber", 1e-6))))
    assert text.splitlines() == [
        "flowchart LR",
        '    s0["co"]',
        '    s1["branch"]',
        '    c0(["lan0 (netns hq)"])',
        '    c0 ---|"2/1"| s0',
        '    c1(["lan0 (netns site)"])',
        '    c1 ---|"2/1"| s1',
        '    s0 ===|"STM-1 1/1 - 1/1, delay 1000 us, ber 1e-06"| s1',
        '    c0 -.-|"hq-site: VC-12-5v, 10.880 Mbit/s"| c1',
    ]


def test_dot_shows_the_same() -> None:
    text = dot(network_of(changed()))
    assert text.startswith('graph "two-sites" {\n')
    assert '    "co" -- "branch" [penwidth=3, label="STM-1 1/1 - 1/1, delay 1000 us"];' in text
    assert '    "co:2/1" -- "branch:2/1" [style=dotted, label="hq-site: VC-12-5v, 10.880 Mbit/s"];' in text
    assert text.endswith("}\n")


@pytest.mark.tool("dot")
def test_graphviz_takes_it() -> None:
    dot_program = shutil.which("dot")
    assert dot_program
    text = dot(network_of(changed()))
    done = subprocess.run([dot_program, "-Tsvg"], input=text, capture_output=True, text=True, check=True)
    assert "<svg" in done.stdout
