"""A shelf's configuration on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from msapemu.ctl import config
from msapemu.ctl.config import Circuit, Client, Clock, Impairment, Line, Shelf, Udp
from msapemu.ctl.errors import UsageError

FULL = Shelf(
    lab="lab",
    name="co",
    clock=Clock(mode="line", reference="1/1", ppm=4.6, tick_us=500, jitter_ticks=3),
    lines=(
        Line(port="1/1", link=Udp(local="127.0.0.1:1", peer="127.0.0.1:2"), impair=Impairment(1000, 1e-6, 7)),
        Line(port="1/2"),
    ),
    clients=(Client(port="2/1", tap="lan0", netns="/run/netns/hq"), Client(port="2/2", tap="eth1", kind="nic")),
    circuits=(Circuit(name="c", client="2/1", line="1/1", via="vc12", members=("1.1.1", "1.1.2"), payload_fcs=True),),
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(config.encode(FULL))
    assert config.load(path) == FULL


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (b"", "truncated"),
        (b"{", "truncated"),
        (b"[]", "Expected `object`, got `array`"),
        (b"\xff\xfe", "malformed"),
        (b'{"lab": "x"}', "missing required field `name`"),
        (b'{"lab": "x", "name": "y", "colour": 1}', "unknown field `colour`"),
        (b'{"lab": "x", "name": "y", "lines": [{"port": 3}]}', r"\$.lines\[0\].port"),
        (b'{"lab": "x", "name": "y", "lines": [{"port": "1/1", "link": {"type": "tcp"}}]}', r"\$.lines\[0\].link"),
        (b'{"lab": "x", "name": "y", "version": 99}', "configuration version 99, this program takes 4"),
    ],
)
def test_a_bad_file_is_named_with_the_place_in_it(tmp_path: Path, text: bytes, what: str) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(text)
    with pytest.raises(UsageError, match=what) as error:
        config.load(path)
    assert str(error.value).startswith(str(path))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"config.json: No such file"):
        config.load(tmp_path / "config.json")
