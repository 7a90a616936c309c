"""The lab file as text: YAML 1.1 by PyYAML's safe types, no key twice, and the line of every value."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from msapemu.ctl.errors import UsageError

Where = tuple[str | int, ...]

LARGEST_FILE = 1 << 20
MOST_VALUES = 50_000  # aliases may multiply; a lab never has so many


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a lab file: at which value, and what."""

    where: Where
    what: str


class LabFileError(UsageError):
    """All that is wrong with a lab file, one line each."""


@dataclass(slots=True)
class Document:
    """What was read: plain dicts, lists and scalars, and for each value the line it begins at (from 1)."""

    name: str
    data: Any
    lines: dict[Where, int] = field(default_factory=dict)

    def line_of(self, where: Where) -> int | None:
        """Of the value, or of the nearest one around it."""
        for length in range(len(where), -1, -1):
            if where[:length] in self.lines:
                return self.lines[where[:length]]
        return None

    def place(self, where: Where) -> str:
        """`lab.yaml:12: circuits[0].members`."""
        line = self.line_of(where)
        head = f"{self.name}:{line}" if line else self.name
        return f"{head}: {path_text(self.data, where)}" if where else head

    def error(self, problems: Sequence[Problem]) -> LabFileError:
        """The problems in the order of the file, as an error to raise."""
        ordered = sorted(problems, key=lambda problem: self.line_of(problem.where) or 0)
        texts = dict.fromkeys(f"{self.place(problem.where)}: {problem.what}" for problem in ordered)
        return LabFileError("\n".join(texts))


def path_text(data: Any, where: Where) -> str:
    """Places in lists as [0], keys with a dot: `topology.nodes.co.slots.1.card`."""
    text = ""
    for part in where:
        text += f"[{part}]" if isinstance(data, list) else f".{part}" if text else str(part)
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            data = None
    return text


def read(path: Path) -> Document:
    """The file as a Document; UsageError when it cannot be read, LabFileError when it is not YAML or names a
    key twice."""
    name = str(path)
    try:
        with path.open("rb") as file:
            octets = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise UsageError(f"{name}: {(error.strerror or str(error)).lower()}") from None
    if len(octets) > LARGEST_FILE:
        raise LabFileError(f"{name}: larger than {LARGEST_FILE >> 20} MiB: this is no lab file")
    return parse(octets, name)


def parse(octets: bytes, name: str) -> Document:
    """Like `read`, from memory."""
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = octets[: error.start].count(b"\n") + 1
        raise LabFileError(f"{name}:{line}: not UTF-8 text") from None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is None:
            raise LabFileError(f"{name}: the file is empty")
        reader = _Reader(name)
        document = Document(name, None, reader.lines)
        document.data = reader.value(root, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        head = f"{name}:{mark.line + 1}" if mark else name
        raise LabFileError(f"{head}: not valid YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise LabFileError(f"{name}: not valid YAML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise LabFileError(f"{name}: nested too deep: this is no lab file") from None
    if reader.problems:
        raise document.error(reader.problems)
    return document


class _Reader:
    """Turns YAML nodes into values. PyYAML's own constructor would let the last of two equal keys win and
    forget lines."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Where, int] = {}
        self.problems: list[Problem] = []
        self._scalars = yaml.constructor.SafeConstructor()
        self._open: list[int] = []  # ids of the nodes we are inside of: an alias to one of them is a cycle
        self._values = 0

    def value(self, node: yaml.Node, where: Where) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(where, line)
        self._values += 1
        if self._values > MOST_VALUES:
            raise LabFileError(f"{self.name}: more than {MOST_VALUES} values: this is no lab file")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if id(node) in self._open:
            raise LabFileError(f"{self.name}:{line}: an alias stands for something that contains it")
        self._open.append(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                self._plain(node, "seq")
                return [self.value(item, (*where, index)) for index, item in enumerate(node.value)]
            assert isinstance(node, yaml.MappingNode)
            self._plain(node, "map")
            return self._mapping(node, where)
        finally:
            self._open.pop()

    def _mapping(self, node: yaml.MappingNode, where: Where) -> dict[Hashable, Any]:
        result: dict[Hashable, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag == "tag:yaml.org,2002:merge":
                raise LabFileError(f"{self.name}:{line}: merge keys (<<) are not offered in lab files")
            if not isinstance(key_node, yaml.ScalarNode):
                raise LabFileError(f"{self.name}:{line}: a key must be a plain word")
            key = self._scalar(key_node)
            if not isinstance(key, str | int) or isinstance(key, bool):
                raise LabFileError(
                    f"{self.name}:{line}: the key {key_node.value!r} must be a word (put it in quotes)"
                )
            here = (*where, key)
            if key in result:
                what = f"{'.'.join(map(str, here))}: this key stands twice (first in line {self.lines[here]})"
                raise LabFileError(f"{self.name}:{line}: {what}")
            self.lines[here] = line
            result[key] = self.value(value_node, here)
        return result

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        try:
            return self._scalars.construct_object(node)
        except yaml.MarkedYAMLError:
            raise
        except ValueError:  # a date with a month 13, an integer of 5000 digits
            return node.value

    def _plain(self, node: yaml.Node, kind: str) -> None:
        if node.tag != f"tag:yaml.org,2002:{kind}":
            raise LabFileError(
                f"{self.name}:{node.start_mark.line + 1}: the tag {node.tag!r} is not offered in lab files"
            )
