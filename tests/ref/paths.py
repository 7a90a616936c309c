"""Lower order paths, transmit side: payload -> VC-12s and VC-3s with path overhead (STANDARDS 3, 5, 7).

A source is called for each VC; `payload` gives the octets behind the overhead by VC number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import e1, e3, trace, vc3, vc12
from .bip import bip2, bip8
from .bits import BitSource
from .section import Octets
from .vcat import Group

NextVc = Callable[[], bytes]
Payload = Callable[[int], bytes]
Values = Mapping[str, Callable[[int], int]]  # name of a field or an octet -> its value by VC number


class Vc12Source:
    """VC-12s of a label, numbered from `first`."""

    def __init__(
        self,
        payload: Payload,
        *,
        label: int = vc12.LABEL_EXTENDED,
        j2: str | bytes = "msapemu",
        k4: Callable[[int], int] = lambda number: 0,
        fields: Callable[[int], dict[str, int]] | None = None,
        first: int = 0,
        on_vc: Octets | None = None,
    ) -> None:
        """`fields`: VC-12 number -> keywords for vc12.build; `on_vc` may spoil the finished octets."""
        self._payload, self._label, self._k4, self._fields, self._on_vc = payload, label, k4, fields, on_vc
        self._j2 = trace.octets_of(j2)
        self._number, self._parity = first, 0

    def __call__(self) -> bytes:
        """The next VC-12."""
        number = self._number
        fields = {"label": self._label, "j2": self._j2[number % len(self._j2)], "k4": self._k4(number)}
        fields |= self._fields(number) if self._fields else {}
        octets = vc12.build(self._payload(number), bip2=self._parity, **fields)
        self._parity, self._number = bip2(octets), number + 1
        return _spoiled(octets, number, self._on_vc)


class Vc3Source:
    """VC-3s of a signal label C2, numbered from `first`."""

    def __init__(
        self,
        payload: Payload,
        *,
        c2: int = vc3.C2_GFP,
        j1: str | bytes = "msapemu",
        values: Values | None = None,
        first: int = 0,
        on_vc: Octets | None = None,
    ) -> None:
        """`values`: octet name -> its value by VC-3 number; `on_vc` may spoil the finished octets."""
        self._payload, self._c2, self._values, self._on_vc = payload, c2, dict(values or {}), on_vc
        self._j1 = trace.octets_of(j1)
        self._number, self._parity = first, 0

    def __call__(self) -> bytes:
        """The next VC-3."""
        number = self._number
        overhead = {"J1": self._j1[number % len(self._j1)], "B3": self._parity, "C2": self._c2}
        overhead |= {name: value(number) for name, value in self._values.items()}
        octets = vc3.build(overhead, self._payload(number))
        self._parity, self._number = bip8(octets), number + 1
        return _spoiled(octets, number, self._on_vc)


def _spoiled(octets: bytes, number: int, spoil: Octets | None) -> bytes:
    if spoil is None:
        return octets
    spoiled = bytearray(octets)
    spoil(number, spoiled)
    return bytes(spoiled)


# -- GFP


def k4_of(group: Group, member: int, contiguous: bool) -> Callable[[int], int]:
    """K4 of a VC-12 that carries GFP: of a member of a group, or contiguous: no bit 2."""
    if contiguous:
        return lambda number: vc12.k4_octet(number, vc12.EXTENDED_LABEL_GFP, None)
    return lambda number: group.k4(member, number)


def h4_of(group: Group, member: int, contiguous: bool) -> Callable[[int], int]:
    """H4 of a VC-3 that carries GFP: of a member of a group, or contiguous: 00."""
    return lambda number: 0 if contiguous else group.h4(member, number)


# -- unequipped


def unequipped12() -> bytes:
    """A VC-12 of zeros, overhead and all."""
    return vc12.UNEQUIPPED


def unequipped3() -> bytes:
    """A VC-3 of zeros, overhead and all."""
    return vc3.UNEQUIPPED


def supervisory12(j2: str | bytes = "msapemu", fields: Callable[[int], dict[str, int]] | None = None) -> Vc12Source:
    """Supervisory-unequipped: label 0, payload 0, but a trace and parity."""
    nothing = bytes(vc12.PAYLOAD)
    return Vc12Source(lambda number: nothing, label=vc12.LABEL_UNEQUIPPED, j2=j2, fields=fields)


def supervisory3(j1: str | bytes = "msapemu", values: Values | None = None) -> Vc3Source:
    """Supervisory-unequipped: label 0, payload 0, but a trace and parity."""
    nothing = bytes(vc3.PAYLOAD)
    return Vc3Source(lambda number: nothing, c2=vc3.C2_UNEQUIPPED, j1=j1, values=values)


# -- PDH


def e1_async(
    octets: bytes,
    choose: Callable[[int], tuple[bool, bool]] = lambda number: (False, True),
    *,
    j2: str | bytes = "msapemu",
) -> Vc12Source:
    """The bits of an E1 with the choice of each VC-12: are S1 and S2 data? Ones when they are used up."""
    source = BitSource(octets)

    def payload(number: int) -> bytes:
        vc, choice = bytearray(vc12.SIZE), choose(number)
        e1.put_stream(vc, source.take(len(e1.stream_places(*choice))), *choice)
        return bytes(vc[place] for place in vc12.PAYLOAD_PLACES)

    return Vc12Source(payload, label=e1.LABEL_ASYNC, j2=j2)


def e1_byte(octets: bytes, *, j2: str | bytes = "msapemu") -> Vc12Source:
    """The frames of an E1, byte-synchronous; FF when they are used up."""

    def payload(number: int) -> bytes:
        vc, four = bytearray(vc12.SIZE), 4 * e1.FRAME
        run = octets[number * four : (number + 1) * four].ljust(four, b"\xff")
        e1.put_byte(vc, [run[i : i + e1.FRAME] for i in range(0, four, e1.FRAME)])
        return bytes(vc[place] for place in vc12.PAYLOAD_PLACES)

    return Vc12Source(payload, label=e1.LABEL_BYTE, j2=j2)


def e3_async(
    octets: bytes,
    choose: Callable[[int], list[e3.Justification]] = lambda number: [e3.NOMINAL] * e3.SUBFRAMES,
    *,
    j1: str | bytes = "msapemu",
) -> Vc3Source:
    """The bits of an E3 with the choices of each VC-3: of its subframes, are S1 and S2 data?"""
    source = BitSource(octets)

    def payload(number: int) -> bytes:
        vc, choices = bytearray(vc3.SIZE), choose(number)
        e3.put_stream(vc, source.take(len(e3.stream_places(choices))), choices)
        return vc3.payload_of(bytes(vc))

    return Vc3Source(payload, c2=vc3.C2_ASYNC, j1=j1)
