"""Lab files as YAML: what is read, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msapemu.ctl.errors import UsageError
from msapemu.lab.document import LARGEST_FILE, LabFileError, Problem, parse, path_text, read


def test_values_and_their_lines() -> None:
    document = parse(
        b"name: a\ntopology:\n  nodes:\n    co: {slots: {1: {card: stm1}}}\nlist:\n- x\n- 2\n", "f"
    )
    assert document.data == {
        "name": "a",
        "topology": {"nodes": {"co": {"slots": {1: {"card": "stm1"}}}}},
        "list": ["x", 2],
    }
    assert document.line_of(("topology", "nodes")) == 3
    assert document.line_of(("list", 1)) == 7
    assert document.line_of(("list", 9)) == 5  # not there: the nearest around it
    assert document.place(("list", 1)) == "f:7: list[1]"
    assert (
        document.place(("topology", "nodes", "co", "slots", 1, "card"))
        == "f:4: topology.nodes.co.slots.1.card"
    )


def test_problems_come_in_the_order_of_the_file_and_once() -> None:
    document = parse(b"a: 1\nb: 2\n", "f")
    problems = [Problem(("b",), "x"), Problem(("a",), "y"), Problem(("b",), "x")]
    assert str(document.error(problems)) == "f:1: a: y\nf:2: b: x"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "f: the file is empty"),
        (b"# nothing\n", "f: the file is empty"),
        (b"a: 1\na: 2\n", "f:2: a: this key stands twice (first in line 1)"),
        (b"x:\n- {b: 1,\n   b: 2}\n", "f:3: x.0.b: this key stands twice (first in line 2)"),
        (b"a: [1, 2\n", "f:2: not valid YAML: "),
        (b"a: 'x\n", "not valid YAML: "),
        (b"a:\tb:\n - c\n", "not valid YAML: "),
        (b"\xff\xfe\x00", "f:1: not UTF-8 text"),
        (b"a: 1\nb: \xe9\n", "f:2: not UTF-8 text"),
        (b"a: \x00", "f: not valid YAML: "),
        (b"a: &x [*x]\n", "f:1: an alias stands for something that contains it"),
        (b"a: *unknown\n", "f:1: not valid YAML: found undefined alias"),
        (b"a: &x {b: 1}\nc:\n  <<: *x\n", "f:3: merge keys (<<) are not offered"),
        (b"? [1, 2]\n: x\n", "f:1: a key must be a plain word"),
        (b"on: 1\n", "f:1: the key 'on' must be a word (put it in quotes)"),
        (b"1.5: 1\n", "f:1: the key '1.5' must be a word"),
        (b"a: !!python/object:os.system x\n", "not valid YAML: could not determine a constructor"),
        (b"a: !!set {b, c}\n", "f:1: the tag 'tag:yaml.org,2002:set' is not offered"),
        (b"--- 1\n--- 2\n", "not valid YAML: but found another document"),
        (b"[" * 20_000, "nested too deep"),
    ],
)
def test_what_is_no_lab_file_is_refused_with_its_place(text: bytes, message: str) -> None:
    with pytest.raises(LabFileError) as caught:
        parse(text, "f")
    assert message in str(caught.value)
    assert str(caught.value).startswith("f")
    assert "\n" not in str(caught.value)


def test_aliases_cannot_multiply_without_end() -> None:
    text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    text += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
    with pytest.raises(LabFileError, match="more than 50000 values"):
        parse(text.encode(), "f")


def test_an_alias_is_a_copy() -> None:
    document = parse(b"a: &x {b: 1}\nc: *x\n", "f")
    assert document.data["a"] == document.data["c"] == {"b": 1}


def test_odd_scalars_stay_text() -> None:
    assert parse(b"a: 2024-13-45\n", "f").data == {"a": "2024-13-45"}
    assert parse(b"\xef\xbb\xbfa: 1\n", "f").data == {"a": 1}


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.yaml: no such file or directory"):
        read(tmp_path / "nowhere.yaml")
    with pytest.raises(UsageError, match="is a directory"):
        read(tmp_path)
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * (LARGEST_FILE + 1))
    with pytest.raises(UsageError, match="larger than 1 MiB"):
        read(large)


def test_path_text() -> None:
    assert path_text({"a": [{"b": 1}]}, ("a", 0, "c")) == "a[0].c"
    assert path_text({"a": {1: {}}}, ("a", 1)) == "a.1"


@given(st.binary(max_size=300))
def test_any_octets_give_values_or_a_clear_refusal(octets: bytes) -> None:
    try:
        document = parse(octets, "f")
    except LabFileError as error:
        assert str(error).startswith("f")
    else:
        assert document.line_of(()) == 1 or document.data is not None


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#? \n1,<", max_size=120))
def test_any_text_near_yaml_gives_values_or_a_clear_refusal(text: str) -> None:
    try:
        parse(text.encode(), "f")
    except LabFileError as error:
        assert str(error).startswith("f")
