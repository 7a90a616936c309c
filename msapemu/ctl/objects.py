"""Names of the containers that a line carries, as configurations and commands write them (DESIGN 5b).

    1/1/au4.2                VC-4 number 2 of line port 1/1
    1/1/au4-4c.5             the VC-4-4c that begins at VC-4 number 5
    1/1/au4.2/vc3.1          the VC-3 in TUG-3 number 1 of VC-4 number 2
    1/1/au4.2/vc12.1.2.3     the VC-12 in TUG-3 1, TUG-2 2, TU-12 3 of it
    1/1/au4.2/tug3.1         for a loopback: all that TUG-3 number 1 holds
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_NAME = re.compile(
    r"(?P<port>[0-9]{1,5}/[0-9]{1,5})/au4(?:-(?P<width>4|16)c)?\.(?P<vc4>[0-9]{1,2})"
    r"(?:/vc3\.(?P<vc3>[1-3])|/vc12\.(?P<vc12>[1-3]\.[1-7]\.[1-3]))?"
)


@dataclass(frozen=True, slots=True)
class Container:
    """A VC-4 (`member` ""), a VC-4-Xc (`width` X), a VC-3 (`member` "K") or a VC-12 (`member` "K.L.M") of a line."""

    port: str
    vc4: int
    member: str = ""
    width: int = 1

    @property
    def kind(self) -> str:
        """As the `via` of a circuit: "vc4", "vc4-4c", "vc4-16c", "vc3", "vc12"."""
        if self.member:
            return "vc12" if "." in self.member else "vc3"
        return f"vc4-{self.width}c" if self.width > 1 else "vc4"

    def __str__(self) -> str:
        wide = f"-{self.width}c" if self.width > 1 else ""
        inner = f"/{self.kind}.{self.member}" if self.member else ""
        return f"{self.port}/au4{wide}.{self.vc4}{inner}"


@dataclass(frozen=True, slots=True)
class Tug3:
    """TUG-3 number `number` of VC-4 number `vc4` of a line."""

    port: str
    vc4: int
    number: str


_TUG3 = re.compile(r"([0-9]{1,5}/[0-9]{1,5})/au4\.([1-9][0-9]?)/tug3\.([1-3])")
_PORT = re.compile(r"[0-9]{1,5}/[0-9]{1,5}")


def parse_object(text: str) -> str | Tug3 | Container:
    """What a loopback may be at: a port (as text), a TUG-3 or a container; ValueError when it is none."""
    if _PORT.fullmatch(text):
        return text
    if match := _TUG3.fullmatch(text):
        return Tug3(match[1], int(match[2]), match[3])
    return parse_container(text)


@lru_cache(maxsize=65536)
def parse_container(text: str) -> Container:
    """The container of that name; ValueError when it is none."""
    match = _NAME.fullmatch(text)
    if match is None or match["vc4"].startswith("0") or (match["width"] and (match["vc3"] or match["vc12"])):
        raise ValueError(f"{text!r} is no container of a line (such as 1/1/au4.1, 1/1/au4.1/vc12.1.1.1)")
    return Container(match["port"], int(match["vc4"]), match["vc12"] or match["vc3"] or "", int(match["width"] or 1))
