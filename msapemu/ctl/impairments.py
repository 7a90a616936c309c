"""What a link may do to the signal on one of its directions: the settings, their names and what they must hold to.

The core has the same names (`_framing.Impairment`) and does what is said here; docs/impairments.md explains it. A
schedule is in frames of 125 us from the moment of setting: `start`, then `duration` (0: until cleared), again every
`period` (0: once), `repeat` times (0: for ever).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

LONGEST_DELAY_US = 1_000_000
MOST_SEED = 2**63 - 1
MOST_FRAMES = 2**48 - 1
MOST_PPM = 200.0
MOST_SLIP = 8
MOST_THINGS = 64
FRAME_OCTETS = 2430
LARGEST_BER = 0.5
STM_RATES: dict[str, int] = {"stm1": 1, "stm4": 4, "stm16": 16}


class Scheduled(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """When it is done."""

    start: int = 0
    duration: int = 0
    period: int = 0
    repeat: int = 0


class Errors(Scheduled, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Errors in one `layer` (LAYERS) or `octet`: at a `rate` or so many (`count`), each `burst` bits long."""

    layer: str | None = None
    octet: str | None = None
    rate: float | None = None
    count: int | None = None
    burst: int = 1
    au: int | None = None
    tu: str | None = None


class Force(Scheduled, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """`octet` has `value` in the bits of `mask`."""

    octet: str
    value: int
    mask: int = 255
    au: int | None = None
    tu: str | None = None


class Alarm(Scheduled, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """An alarm by its name (ALARMS)."""

    name: str
    au: int | None = None
    tu: str | None = None
    value: int | None = None
    trace: str | None = None
    rate: float | None = None


class Slip(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """`frames` frames come twice, or, when negative, not at all."""

    frames: int
    start: int = 0
    period: int = 0
    repeat: int = 0


class Loss(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """`octets` octets of a frame are lost."""

    octets: int
    start: int = 0
    period: int = 0
    repeat: int = 0


class Impairment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a link does to the signal that a shelf receives on it."""

    delay_us: int = 0
    ber: float = 0.0
    seed: int = 1
    burst: int = 1
    cut: bool = False
    ppm: float = 0.0
    errors: tuple[Errors, ...] = ()
    force: tuple[Force, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    slip: tuple[Slip, ...] = ()
    lose: tuple[Loss, ...] = ()


NOT_IMPAIRED = Impairment()


@dataclass(frozen=True, slots=True)
class Kind:
    """What an alarm or a layer is of ("line", "au", "tu", "au or tu"), what it takes besides, and what it does."""

    of: str
    text: str
    takes: tuple[str, ...] = ()
    most: int = 0  # of `value`
    longest: int = 0  # burst; x N when it is of the line


ALARMS: dict[str, Kind] = {
    "LOS": Kind("line", "no signal"),
    "LOF": Kind("line", "A1 and A2 of every frame inverted"),
    "OOF": Kind("line", "A1 and A2 inverted in 5 frames of every 40: in and out of frame, without LOF"),
    "RS-TIM": Kind("line", "J0 carries another trace (`trace`)", ("trace",)),
    "MS-AIS": Kind("line", "all ones but for RSOH and B2"),
    "MS-RDI": Kind("line", "K2 bits 6-8 are 110"),
    "MS-REI": Kind("line", "M1 is `value` (1)", ("value",), 255),
    "MS-EXC": Kind("line", "B2 errors at `rate` (2e-3)", ("rate",)),
    "MS-DEG": Kind("line", "B2 errors at `rate` (1e-5)", ("rate",)),
    "AU-AIS": Kind("au", "all ones in the AU-4(-Xc), pointer included"),
    "AU-LOP": Kind("au", "H1 H2 are no valid pointer"),
    "AU-NDF": Kind("au", "the pointer comes with NDF enabled, its value as it was"),
    "HP-UNEQ": Kind("au", "C2, J1, N1 are zero"),
    "HP-PLM": Kind("au", "C2 is `value` (FEh)", ("value",), 255),
    "HP-TIM": Kind("au", "J1 carries another trace (`trace`)", ("trace",)),
    "HP-RDI": Kind("au", "G1 bits 5-7 are 100"),
    "HP-REI": Kind("au", "G1 bits 1-4 are `value` (1)", ("value",), 15),
    "HP-EXC": Kind("au", "B3 errors at `rate` (2e-3)", ("rate",)),
    "HP-DEG": Kind("au", "B3 errors at `rate` (1e-5)", ("rate",)),
    "LOM": Kind("au", "H4 is FFh and does not count"),
    "GFP-LFD": Kind("au or tu", "the payload is inverted: no core header checks"),
    "TU-AIS": Kind("tu", "all ones in the TU, pointer included"),
    "TU-LOP": Kind("tu", "V1 V2 (H1 H2) are no valid pointer"),
    "TU-NDF": Kind("tu", "the pointer comes with NDF enabled, its value as it was"),
    "LP-UNEQ": Kind("tu", "V5 label, J2, N2 (C2, J1, N1) are zero"),
    "LP-PLM": Kind("tu", "V5 label is `value` (6); C2 (FEh)", ("value",), 7),
    "LP-TIM": Kind("tu", "J2 (J1) carries another trace (`trace`)", ("trace",)),
    "LP-RDI": Kind("tu", "V5 bit 8 is one; G1 bits 5-7 are 100"),
    "LP-RFI": Kind("tu", "V5 bit 4 is one; TU-12 only"),
    "LP-REI": Kind("tu", "V5 bit 3 is `value` (1); G1 bits 1-4 are", ("value",), 1),
    "LP-EXC": Kind("tu", "BIP-2 (B3) errors at `rate` (2e-3)", ("rate",)),
    "LP-DEG": Kind("tu", "BIP-2 (B3) errors at `rate` (1e-5)", ("rate",)),
}
LAYERS: dict[str, Kind] = {
    "line": Kind("line", "any bit of the line; no parity is put right", longest=8 * FRAME_OCTETS),
    "fas": Kind("line", "A1 A2", longest=48),
    "b1": Kind("line", "B1", longest=0),
    "b2": Kind("line", "B2", longest=24),
    "b3": Kind("au or tu", "B3 of a VC-4 or, with `tu: K`, of a VC-3"),
    "bip2": Kind("tu", "BIP-2 in V5"),
    "au-pointer": Kind("au", "H1 H2"),
    "tu-pointer": Kind("tu", "V1 V2, or H1 H2 of a TU-3"),
    "hec": Kind("au or tu", "GFP core headers of a VC-4, or of a VC-3 or VC-12 that carries a GFP stream by itself"),
}
_BURSTS = {"b1": 8, "b3": 8, "bip2": 2, "au-pointer": 16, "tu-pointer": 16, "hec": 32}  # the others grow with N
_OF_TU3 = {"LP-PLM": 255, "LP-REI": 15}  # most of `value` where the VC is a VC-3
# of the line; others by S(a,b,c)
_SECTION = ("A1", "A2", "J0", "B1", "E1", "F1", "B2", "K1", "K2", *(f"D{n}" for n in range(1, 13)), "S1", "M1", "E2")
_AU = ("H1", "H2", "H3")
_VC4 = ("J1", "B3", "C2", "G1", "F2", "H4", "F3", "K3", "N1")
_TU12 = ("V1", "V2", "V3", "V4", "V5", "J2", "N2", "K4")
_PLACE = re.compile(r"S\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)")
_VC12 = re.compile(r"[1-3]\.[1-7]\.[1-3]")
_TRACE_LONGEST = 15
# how many of the core's operations an alarm takes; the others take one
_THINGS = {"AU-LOP": 2, "TU-LOP": 2, "HP-UNEQ": 3, "LP-UNEQ": 3}


def fault(impairment: Impairment, n: int = 16) -> str | None:
    """What is wrong with it on an STM-`n` line, None when it can be."""
    return next(_faults(impairment, n), None)


def rate_fault(impairment: Impairment, rate: str) -> str | None:
    """What is wrong with it on a line of that rate. One that is no STM-N may have a delay, a cut and bit errors."""
    if rate in STM_RATES:
        return fault(impairment, STM_RATES[rate])
    plain = Impairment(impairment.delay_us, impairment.ber, impairment.seed, impairment.burst, impairment.cut)
    for name in msgspec.structs.fields(Impairment):
        if getattr(plain, name.name) != getattr(impairment, name.name):
            return f"{name.name} is for STM-N lines; a PDH line may have a delay, a cut and a bit error rate"
    return fault(plain, 1)


def errors_fault(entry: Errors, n: int = 16) -> str | None:
    """What is wrong with an entry of `errors`."""
    return next(_errors(entry, n), None)


def force_fault(entry: Force, n: int = 16) -> str | None:
    """What is wrong with an entry of `force`."""
    return next(_force(entry, n), None)


def alarm_fault(entry: Alarm, n: int = 16) -> str | None:
    """What is wrong with an entry of `alarms`."""
    return next(_alarm(entry, n), None)


def slip_fault(entry: Slip) -> str | None:
    """What is wrong with an entry of `slip`."""
    return next(_slip(entry), None)


def loss_fault(entry: Loss, n: int = 16) -> str | None:
    """What is wrong with an entry of `lose`."""
    return next(_loss(entry, n), None)


def _faults(impairment: Impairment, n: int) -> Iterator[str]:
    if not 0 <= impairment.delay_us <= LONGEST_DELAY_US:
        yield f"delay of {impairment.delay_us} us is not in 0..{LONGEST_DELAY_US}"
    if not 0 <= impairment.ber <= LARGEST_BER:
        yield f"bit error rate {impairment.ber} is not in 0..{LARGEST_BER}"
    if not 0 <= impairment.seed <= MOST_SEED:
        yield f"seed {impairment.seed} is not in 0..2^63-1"
    if not 1 <= impairment.burst <= 8 * FRAME_OCTETS * n:
        yield f"burst {impairment.burst} is not in 1..{8 * FRAME_OCTETS * n}"
    if not math.isfinite(impairment.ppm) or abs(impairment.ppm) > MOST_PPM:
        yield f"{impairment.ppm} ppm is not in -{MOST_PPM:.0f}..{MOST_PPM:.0f}"
    lists: list[tuple[str, list[Iterator[str]]]] = [
        ("errors", [_errors(entry, n) for entry in impairment.errors]),
        ("force", [_force(entry, n) for entry in impairment.force]),
        ("alarms", [_alarm(entry, n) for entry in impairment.alarms]),
        ("slip", [_slip(entry) for entry in impairment.slip]),
        ("lose", [_loss(entry, n) for entry in impairment.lose]),
    ]
    for name, entries in lists:
        for number, found in enumerate(entries):
            for text in found:
                yield f"{name}[{number}]: {text}"
    things = sum(len(entries) for name, entries in lists if name != "alarms")
    things += sum(_THINGS.get(alarm.name, 1) for alarm in impairment.alarms)
    things += (impairment.ber > 0) + impairment.cut + (impairment.ppm != 0)
    if things > MOST_THINGS:
        yield f"more than {MOST_THINGS} things to do on one direction"


def _range(name: str, value: int, low: int, high: int) -> Iterator[str]:
    if not low <= value <= high:
        yield f"{name} {value} is not in {low}..{high}"


def _schedule(start: int, duration: int, period: int, repeat: int) -> Iterator[str]:
    for name, value in (("start", start), ("duration", duration), ("period", period), ("repeat", repeat)):
        yield from _range(name, value, 0, MOST_FRAMES)
    if repeat and not period:
        yield "repeat needs a period"
    if period and duration > period:
        yield "a duration longer than its period"


def _target(name: str, of: str, au: int | None, tu: str | None, n: int) -> Iterator[str]:
    if tu is not None and "tu" not in of:
        yield f"{name} has no tu"
    if au is not None:
        if of == "line":
            yield f"{name} has no au"
        else:
            yield from _range("au", au, 1, n)
    if tu is None and of == "tu":
        yield f"{name} is for a TU: which one (tu: K.L.M, K of a TU-3, or *)?"
    if tu is not None and tu != "*" and not is_tu3(tu) and not _VC12.fullmatch(tu):
        yield f"{tu!r} is no TU: K.L.M of a TU-12, K of a TU-3, or * for all TU-12"


def is_tu3(tu: str | None) -> bool:
    """It names a TU-3: "1".."3"."""
    return tu is not None and len(tu) == 1 and tu in "123"


def _rate(rate: float) -> Iterator[str]:
    if not 0 < rate <= LARGEST_BER:
        yield f"rate {rate} is not in 0..{LARGEST_BER}"


def _octet(name: str, au: int | None, tu: str | None, n: int) -> Iterator[str]:
    if name.startswith("S("):
        place = _PLACE.fullmatch(name)
        numbers = [int(part) for part in place.groups()] if place else [0, 0, 0]
        if not all(1 <= part <= most for part, most in zip(numbers, (9, 9, n), strict=True)):
            yield f"{name!r} is no octet of the overhead: S(a,b,c) with a 1..9, b 1..9, c 1..{n}"
            return
    if name.startswith("S(") or name in _SECTION:
        yield from _target(name, "line", au, tu, n)
        return
    yield from _target(name, "au or tu", au, tu, n)
    if tu is None:
        if name in _TU12:
            yield f"{name} is an octet of a TU: which one (tu: K.L.M)?"
        elif name not in _AU and name not in _VC4:
            yield f"{name!r} is no octet that has a name"
    elif name not in (_AU + _VC4 if is_tu3(tu) else _TU12):
        yield f"{name!r} is no octet of TU {tu} that has a name"


def _errors(entry: Errors, n: int) -> Iterator[str]:
    longest = 8
    if (entry.layer is None) == (entry.octet is None):
        yield "one of layer and octet is wanted"
    elif entry.octet is not None:
        yield from _octet(entry.octet, entry.au, entry.tu, n)
    else:
        layer = entry.layer or ""
        if layer not in LAYERS:
            yield f"{entry.layer!r} is no layer for errors: {', '.join(LAYERS)}"
            return
        yield from _target(layer, LAYERS[layer].of, entry.au, entry.tu, n)
        longest = _BURSTS.get(layer) or LAYERS[layer].longest * n
        if layer == "b3" and entry.tu is not None and not is_tu3(entry.tu):
            yield "a VC-12 has no B3: layer bip2"
        if layer == "bip2" and is_tu3(entry.tu):
            yield "a VC-3 has no BIP-2: layer b3"
    if (entry.rate is None) == (entry.count is None):
        yield "one of rate and count is wanted"
    if entry.rate is not None:
        yield from _rate(entry.rate)
    if entry.count is not None:
        yield from _range("count", entry.count, 1, MOST_FRAMES)
    yield from _range("burst", entry.burst, 1, longest)
    yield from _schedule(entry.start, entry.duration, entry.period, entry.repeat)


def _force(entry: Force, n: int) -> Iterator[str]:
    yield from _octet(entry.octet, entry.au, entry.tu, n)
    yield from _range("value", entry.value, 0, 255)
    yield from _range("mask", entry.mask, 1, 255)
    yield from _schedule(entry.start, entry.duration, entry.period, entry.repeat)


def _alarm(entry: Alarm, n: int) -> Iterator[str]:
    kind = ALARMS.get(entry.name)
    if kind is None:
        yield f"{entry.name!r} is no alarm: {', '.join(ALARMS)}"
        return
    given: Mapping[str, object] = {"value": entry.value, "trace": entry.trace, "rate": entry.rate}
    for key, value in given.items():
        if value is not None and key not in kind.takes:
            yield f"{key} does not go with {entry.name}"
    yield from _target(entry.name, kind.of, entry.au, entry.tu, n)
    if entry.name == "LP-RFI" and is_tu3(entry.tu):
        yield f"{entry.name} is not of a TU-3"
    if entry.value is not None and kind.most:
        most = _OF_TU3.get(entry.name, kind.most) if is_tu3(entry.tu) else kind.most
        yield from _range("value", entry.value, 0, most)
    if entry.trace is not None and not is_trace(entry.trace):
        yield f"{entry.trace!r} is no trace: at most {_TRACE_LONGEST} printable ASCII characters"
    if entry.rate is not None:
        yield from _rate(entry.rate)
    yield from _schedule(entry.start, entry.duration, entry.period, entry.repeat)


def is_trace(text: str) -> bool:
    """It fits a trail trace of 16 octets."""
    return len(text) <= _TRACE_LONGEST and text.isascii() and text.isprintable()


def _slip(entry: Slip) -> Iterator[str]:
    yield from _range("frames", entry.frames, -MOST_SLIP, MOST_SLIP)
    if entry.frames == 0:
        yield "how many frames?"
    yield from _schedule(entry.start, 0, entry.period, entry.repeat)


def _loss(entry: Loss, n: int) -> Iterator[str]:
    yield from _range("octets", entry.octets, 1, FRAME_OCTETS * n - 1)
    yield from _schedule(entry.start, 0, entry.period, entry.repeat)


def lasting(impairment: Impairment) -> Impairment:
    """Without what happens once, at the moment of setting."""
    return msgspec.structs.replace(
        impairment,
        slip=tuple(slip for slip in impairment.slip if slip.start or slip.period),
        lose=tuple(loss for loss in impairment.lose if loss.start or loss.period),
    )


def text(impairment: Impairment) -> str:
    """In a few words, for tables and logs; "" when there is nothing."""
    parts: list[str] = []
    if impairment.cut:
        parts.append("cut")
    if impairment.delay_us:
        parts.append(f"delay {impairment.delay_us} us")
    if impairment.ber:
        parts.append(f"ber {impairment.ber:g}" + (f" in bursts of {impairment.burst}" if impairment.burst > 1 else ""))
    if impairment.ppm:
        parts.append(f"{impairment.ppm:+g} ppm")
    parts += [_entry_text(alarm.name, alarm.au, alarm.tu) for alarm in impairment.alarms]
    for errors in impairment.errors:
        amount = f"{errors.rate:g}" if errors.rate is not None else f"{errors.count}"
        parts.append(f"errors {_entry_text(errors.layer or errors.octet or '', errors.au, errors.tu)} {amount}")
    parts += [
        f"{_entry_text(force.octet, force.au, force.tu)}={force.value:#04x}"
        + (f"/{force.mask:#04x}" if force.mask != 255 else "")
        for force in impairment.force
    ]
    parts += [f"slip {slip.frames:+d}" for slip in impairment.slip]
    parts += [f"lose {loss.octets}" for loss in impairment.lose]
    return ", ".join(parts)


def _entry_text(name: str, au: int | None, tu: str | None) -> str:
    return name + (f" au {au}" if au is not None else "") + (f" tu {tu}" if tu is not None else "")
