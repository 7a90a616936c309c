# Impairments of one direction of a line (wire/impair.pxd): their names, and the object that puts them in.

from msapemu.wire.impair cimport (
    ALL_AUS, Impair, ImpairCounters, impair_drift, impair_init, impair_pass, impair_room, impair_run, impair_set,
)
from msapemu.wire.impair_errors cimport errors_random
from msapemu.wire.impair_ops cimport (
    ALL_TUS, AT_B1, AT_B2, AT_BIP, AT_CORE, AT_FAS, AT_POINTER, LV_HP, LV_LINE, LV_LP, LV_SECTION, LV_TU, MOST_OPS,
    MOST_SLIP, NO_TU, OP_DARK, OP_ERRORS, OP_FORCE, OP_FRAMING, OP_INVERT, OP_LOSE, OP_ONES, OP_SLIP, OP_TRACE, TU3, Op,
    OpKind, OpLevel, OpTable,
)
from msapemu.wire.stm cimport m1_at, soh

# S(a,b,1) of the section overhead octets that have a name; H1 H2 H3 are those of an AU-4, M1 depends on the rate
_SECTION_OCTETS = {
    "A1": (1, 1), "A2": (1, 4), "J0": (1, 7), "B1": (2, 1), "E1": (2, 4), "F1": (2, 7),
    "D1": (3, 1), "D2": (3, 4), "D3": (3, 7), "B2": (5, 1), "K1": (5, 4), "K2": (5, 7),
    "D4": (6, 1), "D5": (6, 4), "D6": (6, 7), "D7": (7, 1), "D8": (7, 4), "D9": (7, 7),
    "D10": (8, 1), "D11": (8, 4), "D12": (8, 7), "S1": (9, 1), "E2": (9, 7),
}
_AU_OCTETS = {"H1": 1, "H2": 4, "H3": 7}
_VC4_OCTETS = ("J1", "B3", "C2", "G1", "F2", "H4", "F3", "K3", "N1")
_VC12_OCTETS = ("V5", "J2", "N2", "K4")
_TU12_OCTETS = ("V1", "V2", "V3", "V4")
_TU3_OCTETS = ("H1", "H2", "H3")

# what a layer for errors is given besides
_LAYER_TARGETS = {"b3": "au or tu", "hec": "au or tu", "au-pointer": "au", "bip2": "tu", "tu-pointer": "tu"}
ERROR_LAYERS = ("line", "fas", "b1", "b2", "b3", "bip2", "au-pointer", "tu-pointer", "hec")

cdef enum:
    INVALID_POINTER = 0x08      # NNNN 0000: neither normal nor enabled, and no majority of inverted I or D bits
    OOF_BAD = 5                 # frames with wrong framing, in every
    OOF_EVERY = 40              # frames: the 3 ms of LOF begin anew in between
    TEST_LABEL = 0xFE           # C2 of the O.181 test signal
    TEST_LABEL_V5 = 6
    MOST_PPM = 200
_SCHEDULE_KEYS = ("start", "duration", "period", "repeat")
_MOST_FRAMES = (1 << 48) - 1

# How an alarm is made. "force": octet, value of the field, mask of the field. "errors": layer, rate. Those of a TU are
# for a TU-12 and its VC-12; those of a TU-3 and its VC-3 are made as the alarm of the AU-4 or VC-4 of the same name.
_ALARMS = {
    # name: (target, what it takes besides, parts)
    "LOS": ("line", (), [("dark",)]),
    "LOF": ("line", (), [("framing", 1, 1)]),
    "OOF": ("line", (), [("framing", OOF_BAD, OOF_EVERY)]),
    "RS-TIM": ("line", ("trace",), [("trace", "J0")]),
    "MS-AIS": ("line", (), [("ones",)]),
    "MS-RDI": ("line", (), [("force", "K2", 0x06, 0x07)]),
    "MS-REI": ("line", ("value",), [("force", "M1", 1, 0xff)]),
    "MS-EXC": ("line", ("rate",), [("errors", "b2", 2e-3)]),
    "MS-DEG": ("line", ("rate",), [("errors", "b2", 1e-5)]),
    "AU-AIS": ("au", (), [("ones",)]),
    "AU-LOP": ("au", (), [("force", "H1", INVALID_POINTER, 0xff), ("force", "H2", 0, 0xff)]),
    "AU-NDF": ("au", (), [("force", "H1", 0x9, 0xf0)]),
    "HP-UNEQ": ("au", (), [("force", "J1", 0, 0xff), ("force", "C2", 0, 0xff), ("force", "N1", 0, 0xff)]),
    "HP-PLM": ("au", ("value",), [("force", "C2", TEST_LABEL, 0xff)]),
    "HP-TIM": ("au", ("trace",), [("trace", "J1")]),
    "HP-RDI": ("au", (), [("force", "G1", 0x4, 0x0e)]),
    "HP-REI": ("au", ("value",), [("force", "G1", 1, 0xf0)]),
    "HP-EXC": ("au", ("rate",), [("errors", "b3", 2e-3)]),
    "HP-DEG": ("au", ("rate",), [("errors", "b3", 1e-5)]),
    "LOM": ("au", (), [("force", "H4", 0xff, 0xff)]),
    "GFP-LFD": ("au or tu", (), [("invert",)]),
    "TU-AIS": ("tu", (), [("ones",)]),
    "TU-LOP": ("tu", (), [("force", "V1", INVALID_POINTER, 0xff), ("force", "V2", 0, 0xff)]),
    "TU-NDF": ("tu", (), [("force", "V1", 0x9, 0xf0)]),
    "LP-UNEQ": ("tu", (), [("force", "J2", 0, 0xff), ("force", "V5", 0, 0x0e), ("force", "N2", 0, 0xff)]),
    "LP-PLM": ("tu", ("value",), [("force", "V5", TEST_LABEL_V5, 0x0e)]),
    "LP-TIM": ("tu", ("trace",), [("trace", "J2")]),
    "LP-RDI": ("tu", (), [("force", "V5", 1, 0x01)]),
    "LP-RFI": ("tu", (), [("force", "V5", 1, 0x10)]),
    "LP-REI": ("tu", ("value",), [("force", "V5", 1, 0x20)]),
    "LP-EXC": ("tu", ("rate",), [("errors", "bip2", 2e-3)]),
    "LP-DEG": ("tu", ("rate",), [("errors", "bip2", 1e-5)]),
}
ALARMS = tuple(_ALARMS)


cdef int _shift(int mask):
    """Bits to the right of a field."""
    return (mask & -mask).bit_length() - 1 if mask else 0


cdef class _Compiler:
    """Settings as a user writes them -> operations. Raises ValueError that names the entry."""

    cdef OpTable *table
    cdef int n
    cdef uint64_t seed
    cdef str place              # of the entry being read

    cdef fault(self, text):
        raise ValueError(f"{self.place}: {text}" if self.place else text)

    cdef Op *new(self, OpKind kind, OpLevel level, entry, int au=0, int tu=NO_TU, int at=0) except NULL:
        cdef Op *op
        if self.table.count == MOST_OPS:
            self.fault(f"more than {MOST_OPS} things to do on one direction")
        op = &self.table.op[self.table.count]
        memset(op, 0, sizeof(Op))
        self.table.count += 1
        op.kind, op.level, op.au, op.tu, op.at = kind, level, au, tu, at
        op.burst = 1
        for key in _SCHEDULE_KEYS:
            value = self.whole(entry, key, 0, _MOST_FRAMES, 0)
            if key == "start":
                op.when.start = value
            elif key == "duration":
                op.when.duration = value
            elif key == "period":
                op.when.period = value
            else:
                op.when.repeat = value
        if op.when.repeat and not op.when.period:
            self.fault("repeat needs a period")
        if op.when.period and op.when.duration > op.when.period:
            self.fault("a duration longer than its period")
        return op

    cdef whole(self, entry, key, low, high, default):
        value = entry.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.fault(f"{key} {value!r} is not in {low}..{high}")
        return value

    cdef check_keys(self, entry, keys):
        unknown = [key for key in entry if key not in keys and entry[key] is not None]
        if unknown:
            self.fault(f"{unknown[0]} does not go with it (known: {', '.join(keys)})")

    cdef int au_of(self, entry) except -1:
        return self.whole(entry, "au", 1, self.n, 1) - 1

    cdef int tu_of(self, entry) except -1:
        tu = entry.get("tu")
        if tu is None:
            return NO_TU
        if tu == "*":
            return ALL_TUS
        if tu in ("1", "2", "3"):
            return TU3 + int(tu) - 1
        try:
            return parse_member(tu)
        except ValueError:
            self.fault(f"{tu!r} is no TU: K.L.M of a TU-12, K of a TU-3, or * for all TU-12")

    cdef tuple octet(self, name, entry):
        """(level, au, tu, at) of an octet by its name or S(a,b,c)."""
        cdef int au = self.au_of(entry), tu = self.tu_of(entry)
        if not isinstance(name, str):
            self.fault(f"{name!r} is no octet")
        if name.startswith("S(") and name.endswith(")"):
            parts = name.removeprefix("S(").removesuffix(")").split(",")
            if len(parts) == 3 and all(part.strip().isdecimal() for part in parts):
                a, b, c = (int(part) for part in parts)
                if 1 <= a <= 9 and 1 <= b <= 9 and 1 <= c <= self.n:
                    self.check_target(name, entry, "")
                    return LV_SECTION, 0, NO_TU, soh(self.n, a, b, c)
            self.fault(f"{name!r} is no octet of the overhead: S(a,b,c) with a 1..9, b 1..9, c 1..{self.n}")
        if name in _SECTION_OCTETS or name == "M1":
            self.check_target(name, entry, "")
            if name == "M1":
                return LV_SECTION, 0, NO_TU, m1_at(self.n)
            a, b = _SECTION_OCTETS[name]
            return LV_SECTION, 0, NO_TU, soh(self.n, a, b, 1)
        if tu == NO_TU:
            if name in _AU_OCTETS:
                return LV_SECTION, au, NO_TU, soh(self.n, 4, _AU_OCTETS[name], 1 + au)
            if name in _VC4_OCTETS:
                return LV_HP, au, NO_TU, _VC4_OCTETS.index(name)
            if name in _VC12_OCTETS or name in _TU12_OCTETS:
                self.fault(f"{name} is an octet of a TU: which one (tu: K.L.M)?")
        elif TU3 <= tu < NO_TU:
            if name in _TU3_OCTETS:
                return LV_TU, au, tu, _TU3_OCTETS.index(name)
            if name in _VC4_OCTETS:
                return LV_LP, au, tu, _VC4_OCTETS.index(name)
        else:
            if name in _TU12_OCTETS:
                return LV_TU, au, tu, _TU12_OCTETS.index(name)
            if name in _VC12_OCTETS:
                return LV_LP, au, tu, _VC12_OCTETS.index(name)
        of = f" of TU {entry['tu']}" if tu != NO_TU else ""
        self.fault(f"{name!r} is no octet{of} that has a name")

    cdef check_target(self, name, entry, takes):
        """`takes`: "", "au", "tu" or "au or tu"."""
        if "tu" not in takes and entry.get("tu") is not None:
            self.fault(f"{name} has no tu")
        if not takes and entry.get("au") is not None:
            self.fault(f"{name} has no au")
        if takes == "tu" and entry.get("tu") is None:
            self.fault(f"{name} is for a TU: which one (tu: K.L.M, K of a TU-3, or *)?")

    cdef tuple layer(self, name, entry):
        """(level, au, tu, at, most bits of a burst) of a layer for errors."""
        cdef int au, tu
        takes = _LAYER_TARGETS.get(name, "")
        if name not in ERROR_LAYERS:
            self.fault(f"{name!r} is no layer for errors: {', '.join(ERROR_LAYERS)}")
        self.check_target(name, entry, takes)
        au, tu = self.au_of(entry), self.tu_of(entry)
        if name == "line":
            return LV_LINE, 0, NO_TU, 0, 8 * _STM1_OCTETS * self.n
        if name == "fas":
            return LV_SECTION, 0, NO_TU, AT_FAS, 48 * self.n
        if name == "b1":
            return LV_SECTION, 0, NO_TU, AT_B1, 8
        if name == "b2":
            return LV_SECTION, 0, NO_TU, AT_B2, 24 * self.n
        if name == "au-pointer":
            return LV_SECTION, au, NO_TU, AT_POINTER, 16
        if name == "tu-pointer":
            return LV_TU, au, tu, AT_POINTER, 16
        level = LV_HP if tu == NO_TU else LV_LP
        if name == "hec":
            return level, au, tu, AT_CORE, 32
        if name == "b3" and tu != NO_TU and not TU3 <= tu < NO_TU:
            self.fault("a VC-12 has no B3: layer bip2")
        if name == "bip2" and TU3 <= tu < NO_TU:
            self.fault("a VC-3 has no BIP-2: layer b3")
        return level, au, tu, AT_BIP, 2 if name == "bip2" else 8

    cdef sow(self, Op *op):
        """Give the errors a seed of their own, the same whatever else is set."""
        cdef uint64_t state = self.seed
        cdef int i, same = 0
        for i in range(self.table.count - 1):
            same += (self.table.op[i].kind == op.kind and self.table.op[i].level == op.level
                     and self.table.op[i].au == op.au and self.table.op[i].tu == op.tu
                     and self.table.op[i].at == op.at)
        for part in (op.kind, op.level, op.au, op.tu, op.at, same):
            state = errors_random(&state) ^ <uint64_t>(<int64_t>part)
        op.seed = errors_random(&state)

    cdef add_errors(self, entry):
        cdef Op *op
        self.check_keys(entry, ("layer", "octet", "rate", "count", "burst", "au", "tu", *_SCHEDULE_KEYS))
        layer, octet = entry.get("layer"), entry.get("octet")
        if (layer is None) == (octet is None):
            self.fault("one of layer and octet is wanted")
        if layer is not None:
            level, au, tu, at, longest = self.layer(layer, entry)
        else:
            level, au, tu, at = self.octet(octet, entry)
            longest = 8
        if (entry.get("rate") is None) == (entry.get("count") is None):
            self.fault("one of rate and count is wanted")
        op = self.new(OP_ERRORS, level, entry, au, tu, at)
        if entry.get("rate") is not None:
            op.rate = self.ratio(entry["rate"])
        else:
            op.count = self.whole(entry, "count", 1, _MOST_FRAMES, 1)
        op.burst = self.whole(entry, "burst", 1, longest, 1)
        self.sow(op)

    cdef double ratio(self, value) except -1:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 0.5:
            self.fault(f"rate {value!r} is not in 0..0.5")
        return value

    cdef add_force(self, entry):
        cdef Op *op
        self.check_keys(entry, ("octet", "value", "mask", "au", "tu", *_SCHEDULE_KEYS))
        level, au, tu, at = self.octet(entry.get("octet"), entry)
        if entry.get("value") is None:
            self.fault("no value")
        op = self.new(OP_FORCE, level, entry, au, tu, at)
        op.value = self.whole(entry, "value", 0, 255, 0)
        op.mask = self.whole(entry, "mask", 1, 255, 255)

    cdef add_alarm(self, entry):
        cdef Op *op
        cdef bytes text
        cdef int tu
        name = entry.get("name")
        if name not in _ALARMS:
            self.fault(f"{name!r} is no alarm: {', '.join(_ALARMS)}")
        self.place += f" {name}"
        target, takes, parts = _ALARMS[name]
        self.check_target(name, entry, "" if target == "line" else target)
        tu = self.tu_of(entry)
        if TU3 <= tu < NO_TU and target == "tu":
            other = {"TU": "AU", "LP": "HP"}[name[:2]] + name[2:]
            if other not in _ALARMS:
                self.fault("not of a TU-3")
            target, takes, parts = _ALARMS[other]
        self.check_keys(entry, ("name", "au", "tu", *takes, *_SCHEDULE_KEYS))
        for part in parts:
            kind = part[0]
            if kind == "dark":
                self.new(OP_DARK, LV_LINE, entry)
            elif kind == "framing":
                op = self.new(OP_FRAMING, LV_SECTION, entry)
                op.amount, op.every = part[1:]
            elif kind == "ones":
                if tu == NO_TU:
                    au = ALL_AUS if target == "line" else self.au_of(entry)
                    self.new(OP_ONES, LV_SECTION, entry, au)
                else:
                    self.new(OP_ONES, LV_TU, entry, self.au_of(entry), tu)
            elif kind == "invert":
                self.new(OP_INVERT, LV_HP if tu == NO_TU else LV_LP, entry, self.au_of(entry), tu)
            elif kind == "errors":
                level, au, tu_, at, _ = self.layer(part[1], entry)
                op = self.new(OP_ERRORS, level, entry, au, tu_, at)
                op.rate = self.ratio(part[2] if entry.get("rate") is None else entry["rate"])
                self.sow(op)
            else:
                level, au, tu_, at = self.octet(part[1], entry)
                op = self.new(OP_FORCE if kind == "force" else OP_TRACE, level, entry, au, tu_, at)
                if kind == "force":
                    mask = part[3]
                    op.mask = mask
                    op.value = self.whole(entry, "value", 0, mask >> _shift(mask), part[2]) << _shift(mask)
                else:
                    trace = entry.get("trace")
                    text = trace_octets("impaired" if trace is None else trace)
                    memcpy(op.text, <const uint8_t *>text, 16)

    cdef add_slip(self, entry):
        cdef Op *op
        self.check_keys(entry, ("frames", "start", "period", "repeat"))
        amount = self.whole(entry, "frames", -MOST_SLIP, MOST_SLIP, 0)
        if not amount:
            self.fault("how many frames?")
        op = self.new(OP_SLIP, LV_LINE, entry)
        op.amount = amount

    cdef add_offset(self, double ppm):
        """A frequency offset: the clock behind the fibre makes a frame too many or too few every 1e6 / ppm."""
        cdef Op *op
        cdef uint64_t every
        if not -MOST_PPM <= ppm <= MOST_PPM:
            self.fault(f"{ppm} ppm is not in -{MOST_PPM}..{MOST_PPM}")
        every = <uint64_t>round(1e6 / abs(ppm))
        op = self.new(OP_SLIP, LV_LINE, {"start": every - 1, "period": every})
        op.amount = 1 if ppm > 0 else -1
        op.every = 1
        self.table.ppm = ppm

    cdef add_loss(self, entry):
        cdef Op *op
        self.check_keys(entry, ("octets", "start", "period", "repeat"))
        amount = self.whole(entry, "octets", 1, _STM1_OCTETS * self.n - 1, 0)
        if not amount:
            self.fault("how many octets?")
        op = self.new(OP_LOSE, LV_LINE, entry)
        op.amount = amount
        self.sow(op)


cdef class Impairment:
    """A tester in through mode on one direction of a line: aligned frames in, octets out.

    rate: "stm1", "stm4" or "stm16"; further what `set` takes. docs/impairments.md has the names and keys. Raises
    ValueError for what cannot be.
    """

    def __cinit__(self, *, str rate="stm1", seed=1, double ber=0.0, int burst=1, bint cut=False, double ppm=0.0,
                  errors=(), force=(), alarms=(), slip=(), lose=()):
        if rate not in RATES:
            raise ValueError(f"{rate!r} is no line rate: {', '.join(RATES)}")
        self.rate = rate
        self.state = <Impair *>aligned_zero(sizeof(Impair))
        self.wanted = <OpTable *>aligned_zero(sizeof(OpTable))
        self.room = <uint8_t *>aligned_zero(impair_room(RATES[rate]))
        impair_init(self.state, RATES[rate], self.room)
        self.set(seed=seed, ber=ber, burst=burst, cut=cut, ppm=ppm, errors=errors, force=force, alarms=alarms,
                 slip=slip, lose=lose)

    def __dealloc__(self):
        free(self.state)
        free(self.wanted)
        free(self.room)

    def set(self, *, seed=1, double ber=0.0, int burst=1, bint cut=False, double ppm=0.0, errors=(), force=(),
            alarms=(), slip=(), lose=()):
        """Do this, and nothing else, from the next frame on; what was set before in the same words goes on undisturbed.

        seed: of all errors. ber: bit error ratio of the line, no parity put right, in bursts of `burst` bits. cut: no
        signal. ppm: a frame comes twice (or, negative, not at all) as often as the offset makes one. Lists of mappings:
        errors {"layer" or "octet", "rate" or "count", "burst", "au", "tu"}; force {"octet", "value", "mask", "au",
        "tu"}; alarms {"name", "au", "tu", "value", "trace", "rate"}; slip {"frames"}; lose {"octets"}; each with
        "start", "duration", "period", "repeat" in frames. Raises ValueError, and nothing changes.
        """
        cdef OpTable *table
        cdef _Compiler c = _Compiler()
        if not 0 <= seed < 1 << 63:
            raise ValueError(f"seed {seed} is not in 0..2^63-1")
        table = <OpTable *>aligned_zero(sizeof(OpTable))
        try:
            c.table, c.n, c.seed, c.place = table, RATES[self.rate], seed, ""
            if ber:
                c.place = "ber"
                c.add_errors({"layer": "line", "rate": ber, "burst": burst})
            if ppm:
                c.place = "ppm"
                c.add_offset(ppm)
            if cut:
                c.place = "cut"
                c.add_alarm({"name": "LOS"})
            for what, entries in (("errors", errors), ("force", force), ("alarms", alarms), ("slip", slip),
                                  ("lose", lose)):
                for number, entry in enumerate(entries):
                    c.place = f"{what}[{number}]"
                    if what == "errors":
                        c.add_errors(entry)
                    elif what == "force":
                        c.add_force(entry)
                    elif what == "alarms":
                        c.add_alarm(entry)
                    elif what == "slip":
                        c.add_slip(entry)
                    else:
                        c.add_loss(entry)
            memcpy(self.wanted, table, sizeof(OpTable))
        finally:
            free(table)
        impair_set(self.state, self.wanted)

    def clear(self):
        """Nothing from the next frame on. Parities that were changed go on being put right."""
        self.set()

    def run(self, const uint8_t[::1] octets not None):
        """Whole frames in; what comes out of the fibre in order: octets, or how many frame times have no signal."""
        cdef uint64_t length = _STM1_OCTETS * self.state.n, frames, used = 0, count = 0
        cdef const uint8_t *at
        cdef const uint8_t *out
        cdef list pieces = []
        cdef uint64_t dark = 0
        frames = octets.shape[0] // length
        if octets.shape[0] % length:
            raise ValueError(f"{octets.shape[0]} octets are no whole number of frames")
        if frames:
            at = &octets[0]
        while frames:
            with nogil:
                out = impair_run(self.state, at, frames, &used, &count)
            if out == NULL:
                dark += used
            elif count:
                if dark:
                    pieces.append(dark)
                    dark = 0
                pieces.append(PyBytes_FromStringAndSize(<const char *>out, count))
            at += used * length
            frames -= used
        if dark:
            pieces.append(dark)
        return pieces

    def apply(self, octets not None):
        """Whole frames in, octets out; zeros where there is no signal."""
        length = _STM1_OCTETS * self.state.n
        return b"".join([bytes(piece * length) if isinstance(piece, int) else piece for piece in self.run(octets)])

    def silent(self, uint64_t frames):
        """`frames` frame times in which nothing came in."""
        impair_pass(self.state, frames)

    def counters(self):
        """By name: frames taken, line_errors (bits), slips (frames), lost_octets, dark (frames without a signal)."""
        cdef ImpairCounters *c = &self.state.counters
        return {"frames": c.frames, "line_errors": c.line_errors, "slips": c.slips, "lost_octets": c.lost_octets,
                "dark": c.dark}

    def errors_made(self):
        """Bits inverted by each entry of `errors` but those of layer "line", then by each alarm made of errors."""
        cdef int i
        return [self.state.ops.state[i].errors.made for i in range(self.state.ops.count)
                if self.state.ops.op[i].kind == OP_ERRORS and self.state.ops.op[i].level != LV_LINE]

    def pace(self, double ahead=0.0, double rate=1.0):
        """For `Line.pace` of the receiver: (ahead, rate) of the frames that came -> those of the frames given to it."""
        impairment_pace(self.state, &ahead, &rate)
        return ahead, rate

    @property
    def busy(self):
        """Anything is set, or parities are still put right."""
        return bool(self.state.busy)


cdef const uint8_t *impairment_run(Impair *m, const uint8_t *octets, uint64_t frames, uint64_t *used,
                                   uint64_t *count) noexcept nogil:
    return impair_run(m, octets, frames, used, count)


cdef void impairment_pass(Impair *m, uint64_t frames) noexcept nogil:
    impair_pass(m, frames)


cdef void impairment_pace(const Impair *m, double *ahead, double *pace) noexcept nogil:
    ahead[0] += <double>(m.gained + m.shifted) - impair_drift(m)
    pace[0] *= 1.0 + 1e-6 * m.ops.ppm


cdef void impairment_set(Impair *m, const OpTable *wanted) noexcept nogil:
    impair_set(m, wanted)
