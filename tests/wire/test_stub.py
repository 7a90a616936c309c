"""The typed stub of the core says what the module has."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import msapemu._framing as framing

STUB = Path(framing.__file__).parent / "_framing.pyi"
SOURCES = [STUB.with_suffix(".pyx"), *sorted(STUB.parent.glob("_framing_*.pxi"))]


def public(names: set[str]) -> set[str]:
    return {name for name in names if not name.startswith("_")}


def stub_names() -> tuple[set[str], dict[str, ast.ClassDef]]:
    names: set[str] = set()
    classes: dict[str, ast.ClassDef] = {}
    for node in ast.parse(STUB.read_text()).body:
        if isinstance(node, ast.ClassDef):
            classes[node.name] = node
            names.add(node.name)
        elif isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return public(names), classes


def members(node: ast.ClassDef) -> set[str]:
    found = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
    return public(found)


def test_the_same_names() -> None:
    names, classes = stub_names()
    assert names == public(set(vars(framing)))
    for name, node in classes.items():
        assert members(node) == public(set(vars(getattr(framing, name)))), name


def test_the_same_parameters() -> None:
    """Parameter names in order, with the same ones optional, from the sources of the module."""
    source = "".join(path.read_text() for path in SOURCES)
    _, classes = stub_names()
    functions = [node for node in ast.parse(STUB.read_text()).body if isinstance(node, ast.FunctionDef)]
    functions += [item for node in classes.values() for item in node.body if isinstance(item, ast.FunctionDef)]
    checked = 0
    for node in functions:
        decorators = {d.id if isinstance(d, ast.Name) else d.attr for d in node.decorator_list}
        if decorators & {"property", "setter"}:
            continue
        name = "__cinit__" if node.name == "__init__" else node.name
        texts = re.findall(rf"def {name}\((.*?)\):\n", source, re.S)
        assert texts, name
        arguments = node.args
        wanted = [arg.arg for arg in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]]
        optional = len(arguments.defaults) + sum(default is not None for default in arguments.kw_defaults)
        assert (wanted, optional) in [parameters(text) for text in texts], (name, wanted, optional)
        checked += 1
    assert checked > 20


def parameters(text: str) -> tuple[list[str], int]:
    """Names of a Cython parameter list and how many of them have a default."""
    parts = [part.strip() for part in re.sub(r"\[[^\]]*\]", "", text).split(",")]
    parts = [part for part in parts if part not in ("", "*") and not part.startswith("**")]
    names = [re.sub(r"( not None)?\s*(=.*)?$", "", part, flags=re.S).split()[-1] for part in parts]
    return names, sum("=" in part for part in parts)


def test_everything_is_documented() -> None:
    """A class and a function of the module has a docstring, in the module and in the stub."""
    for name in public(set(vars(framing))):
        thing = getattr(framing, name)
        if inspect.isclass(thing) or callable(thing):
            assert thing.__doc__, name
    for node in ast.parse(STUB.read_text()).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            assert ast.get_docstring(node), node.name
