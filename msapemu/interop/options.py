"""What `encode` is to make, and what of it cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from msapemu._framing import RATES, Line
from msapemu.ctl.errors import UsageError
from msapemu.interop.clients import UPI_ETHERNET
from msapemu.interop.ethernet import Fcs
from msapemu.interop.lead_in import LCAS, LEAD_IN, LEAD_IN_VC4_XV, TAIL
from msapemu.interop.members import Member, located
from msapemu.interop.rates import FRAME_NS, line_name

UPI_FREE = range(1, 255)  # 0 and 255 are not available
TRACE_CHARACTERS = 15  # G.707 9.2.2.2: 16 octets, the first is the CRC-7
WIDTHS = (16, 4)  # X of a VC-4-Xc, the widest first

FRAME_US = FRAME_NS // 1000
VC_US = {"vc12": 500, "vc3": 125, "vc4": 125}  # of a frame of the VC
MOST_MEMBERS = {"vc12": 63, "vc3": 48, "vc4": 16}
# Payload octets in 125 us
VC4_OCTETS = 2340
OCTETS = {"vc4": VC4_OCTETS, "vc3": 756, "vc12": 34}
# GFP-T: a group that holds all characters of Gigabit Ethernet has the fewest superblocks a frame with which it does; a
# smaller one so few that a receiver, which needs some whole frames, does not wait long
FULL_RATE_OCTETS = 7 * VC4_OCTETS
SUPERBLOCKS = 16
MOST_SUPERBLOCKS = 160  # of a frame at full rate, with any header
SUPERBLOCK_OCTETS = 67
GFP_T_OVERHEAD = 16  # core, type and extension header, payload FCS
GFP_T_FRAMES = 3  # one that is cut, two until delineation is sure
MOST_SEED = (1 << 31) - 1
LONGEST_DELAY_US = 256_000  # half of what the multiframe counts of G.707 11.2 and 11.4 tell apart

Sequence = tuple[str, int]  # kind, every how many frames or TU multiframes


class Place(NamedTuple):
    """Where on the line the group is: the number of the VC-4, and X of a VC-4-Xc."""

    vc4: int
    width: int = 1


@dataclass(frozen=True)
class EncodeOptions:
    """What the line looks like and how the frames travel on it; the defaults of `msapemu encode`."""

    map: Literal["vc4", "vc3", "vc12"] | None  # None: no Ethernet, only tributaries
    # of a VC-12-Xv ("K.L.M", "V:K.L.M"), VC-3-Xv ("K", "V:K") or VC-4-Xv ("V"), in sequence order; the VC-4s that a
    # VC-4-Xc takes up
    members: tuple[str, ...] = ()
    line: str = "stm1"
    vc4: int = 1  # that carries what names no other, or is its first; VC-4s without anything are unequipped
    contiguous: bool = False
    lcas: bool = False
    seed: int = 1  # of the group identification of LCAS
    adaptation: Literal["gfp", "hdlc", "laps", "ppp"] = "gfp"
    hdlc_fcs: int | None = None  # 16, 32; None: what the adaptation has, as with the next three
    stuffing: Literal["bit", "octet"] | None = None
    lan_fcs: bool | None = None  # of the Ethernet frame, carried in HDLC or PPP
    scramble: bool | None = None
    gfp: Literal["f", "t"] = "f"
    payload_fcs: bool = False
    cid: int | None = None  # linear extension header; None: null extension header
    upi: int = UPI_ETHERNET
    au_pointer: int = 522
    au_sequence: Sequence | None = None
    tu_pointers: Mapping[str, int] | int = 0
    tu_sequence: Sequence | None = None
    delays: Mapping[str, int] = field(default_factory=dict)  # us, by member
    e1: Mapping[str, Path] = field(default_factory=dict)  # by VC-12
    e3: Mapping[str, Path] = field(default_factory=dict)  # by VC-3
    j0: str = "msapemu"
    j1: str = "msapemu"
    j2: str = "msapemu"
    frames: int | None = None  # of the line in all; None: until the tail after the last client frame
    fcs: Fcs = Fcs.AUTO

    def check(self) -> None:
        """UsageError, with the option's name, for what cannot be."""
        if self.line not in RATES:
            raise UsageError(f"--line: {self.line!r} is none of {', '.join(RATES)}")
        self.place()
        self._check_members()
        self._check_group()
        self._check_delays()
        self._check_pointers()
        self._check_sequences()
        self._check_adaptation()
        if self.gfp == "t" and self.map is None:
            raise UsageError("--gfp t: needs --map")
        if self.gfp == "t" and self.upi != UPI_ETHERNET:
            raise UsageError("--upi: does not go with --gfp t, whose client is Gigabit Ethernet")
        if self.cid is not None and not 0 <= self.cid <= 255:
            raise UsageError(f"--cid: {self.cid} is not in 0..255")
        if self.upi not in UPI_FREE:
            raise UsageError(f"--upi: {self.upi} is not in 1..254")
        if self.frames is not None and self.frames < 1:
            raise UsageError(f"--frames: {self.frames} is less than 1")
        for option, text in (("--j0", self.j0), ("--j1", self.j1), ("--j2", self.j2)):
            if len(text) > TRACE_CHARACTERS or not all(" " <= character <= "~" for character in text):
                raise UsageError(f"{option}: {text!r} is not up to {TRACE_CHARACTERS} printable ASCII characters")

    @property
    def kinds(self) -> set[str]:
        """Of what the line carries: "vc4", "vc3", "vc12"."""
        found = {self.map} if self.map else set()
        return found | ({"vc12"} if self.e1 else set()) | ({"vc3"} if self.e3 else set())

    @property
    def longest_delay(self) -> int:
        """In frames of the line."""
        return -(-max(self.delays.values(), default=0) // FRAME_US)

    @property
    def lead_in(self) -> int:
        """Frames of the line before the first client frame: members that come later are waited for, at both ends."""
        longest = max(LEAD_IN[kind] for kind in self.kinds)
        if self.map == "vc4" and self.virtual:
            longest = LEAD_IN_VC4_XV
        return longest + (LCAS[self.map] if self.lcas and self.map else 0) + self._gfp_t_frames + self.longest_delay

    @property
    def tail(self) -> int:
        """Frames of the line after the last client frame, at least."""
        return max(TAIL[kind] for kind in self.kinds) + self._gfp_t_frames + self.longest_delay

    @property
    def octets_each(self) -> int:
        """Payload octets of the group in a frame of the line."""
        return OCTETS[self.map or "vc4"] * (self.place().width * len(self.group()) or 1)

    @property
    def superblocks(self) -> int | None:
        """In a GFP-T frame; None: as many as full rate needs."""
        return SUPERBLOCKS if self.octets_each < FULL_RATE_OCTETS else None

    @property
    def _gfp_t_frames(self) -> int:
        """Frames of the line until GFP-T is read for sure: for so long everything is in long frames."""
        if self.gfp == "f":
            return 0
        octets = (self.superblocks or MOST_SUPERBLOCKS) * SUPERBLOCK_OCTETS + GFP_T_OVERHEAD
        return -(-GFP_T_FRAMES * octets // self.octets_each)

    @property
    def virtual(self) -> bool:
        """The group is virtually concatenated."""
        return not self.contiguous and (self.map in ("vc12", "vc3") or bool(self.members) or self.lcas)

    def group(self) -> list[Member]:
        """The members, in sequence order; the one VC, or the first VC-4, of a group that is not virtual."""
        if self.map == "vc4":
            return (
                [Member(int(number)) for number in self.members]
                if self.virtual and self.members
                else [Member(self.place().vc4)]
            )
        return [located(member, self.vc4) for member in self.members]

    def unit_pointers(self) -> Mapping[str, int] | int:
        """TU pointers as a Line takes them: a number is that of the TU-3s when VC-3s are what is mapped."""
        if isinstance(self.tu_pointers, int) and self.map == "vc3":
            return dict.fromkeys(("1", "2", "3"), self.tu_pointers)
        return self.tu_pointers

    def unit_delays(self) -> dict[str | int, int]:
        """As a Line takes them: in frames of the VC."""
        found: dict[str | int, int] = {}
        for name, us in self.delays.items():
            member = self._member(name)
            found[str(member) if member.unit else member.vc4] = us // VC_US[member.kind]
        return found

    def _member(self, name: str) -> Member:
        """What this name means in --delay: a number is that of a VC-4 with --map vc4, else of a TUG-3."""
        if self.map == "vc4" and name.isdecimal():
            return Member(int(name))
        return located(name, self.vc4)

    def place(self) -> Place:
        """UsageError when the line has none such."""
        n = RATES[self.line]
        if not 1 <= self.vc4 <= n:
            raise UsageError(f"--vc4: an {line_name(self.line)} has no VC-4 {self.vc4}")
        if self.map != "vc4":
            return Place(self.vc4)
        if self.members and not self.contiguous:
            return Place(self._listed(n)[0])
        if self.members:
            return self._named(n)
        if not self.contiguous or n == 1:
            return Place(self.vc4)
        for width in WIDTHS:
            if width <= n and (self.vc4 - 1) % width == 0:
                return Place(self.vc4, width)
        raise UsageError(f"--vc4: no VC-4-4c begins at {self.vc4}")

    def _listed(self, n: int) -> list[int]:
        """The VC-4s that --members names."""
        numbers = [int(member) for member in self.members]
        if max(numbers) > n:
            raise UsageError(f"--members: an {line_name(self.line)} has no VC-4 {max(numbers)}")
        if self.vc4 not in (1, numbers[0]):
            raise UsageError(f"--vc4: is {self.vc4}, but --members begins with {numbers[0]}")
        return numbers

    def _named(self, n: int) -> Place:
        numbers = [int(member) for member in self.members]
        first, width = numbers[0], len(numbers)
        if width not in (1, *WIDTHS) or numbers != list(range(first, first + width)) or (first - 1) % width:
            raise UsageError(f"--members: {', '.join(self.members)} make no VC-4-4c or VC-4-16c")
        return Place(self._listed(n)[0], width)

    def _check_members(self) -> None:
        tributaries = {"--e1": self.e1, "--e3": self.e3}
        if self.map is None:
            if self.members:
                raise UsageError("--members: needs --map")
            if not self.e1 and not self.e3:
                raise UsageError("nothing to carry: --map with IN, --e1 or --e3")
        if self.map in ("vc12", "vc3"):
            if not self.members:
                raise UsageError(f"--map {self.map}: needs --members")
            if self.contiguous and len(self.members) > 1:
                raise UsageError(f"--contiguous: {len(self.members)} members are more than one plain VC")
        carried = self.group()
        for option, files in tributaries.items():
            for name in files:
                member = Member(self.vc4, name)
                if member in carried:
                    raise UsageError(f"{option}: {name} is one of --members")
                if self.map == "vc4" and any(one.vc4 == self.vc4 for one in carried):
                    raise UsageError(f"{option}: --map vc4 takes up the whole VC-4")
        self._check_tug3s(self._carried())

    def _carried(self) -> list[Member]:
        """All VCs that something is put into."""
        return [*self.group(), *(Member(self.vc4, name) for name in (*self.e1, *self.e3))]

    def _check_tug3s(self, carried: list[Member]) -> None:
        for vc4, unit in carried:
            k, dot, _ = unit.partition(".")
            if dot and Member(vc4, k) in carried:
                raise UsageError(f"TUG-3 {k} cannot hold VC-3 {k} and VC-12 {unit}")

    def _check_group(self) -> None:
        """The virtually concatenated group."""
        if self.lcas and self.map is None:
            raise UsageError("--lcas: needs --map")
        if self.lcas and not self.virtual:
            raise UsageError("--lcas: needs a group, which --contiguous is not")
        if not 0 <= self.seed <= MOST_SEED:
            raise UsageError(f"--seed: {self.seed} is not in 0..{MOST_SEED}")
        if self.map is None:
            return
        members = self.group()
        if len(members) > MOST_MEMBERS[self.map]:
            raise UsageError(f"--members: {len(members)} are more than {MOST_MEMBERS[self.map]}")
        n = RATES[self.line]
        for number, member in enumerate(members):
            if member in members[:number]:
                raise UsageError(f"--members: {member} stands there twice")
            if not 1 <= member.vc4 <= n:
                raise UsageError(f"--members: an {line_name(self.line)} has no VC-4 {member.vc4}")

    def _check_adaptation(self) -> None:
        """Settings that this one does not have."""
        hdlc = {"--fcs-length": self.hdlc_fcs, "--stuffing": self.stuffing, "--lan-fcs": self.lan_fcs}
        gfp = {"--gfp": self.gfp == "t", "--pfcs": self.payload_fcs, "--cid": self.cid is not None}
        gfp["--upi"] = self.upi != UPI_ETHERNET
        wrong = [name for name, value in hdlc.items() if value is not None] if self.adaptation == "gfp" else []
        wrong += [name for name, used in gfp.items() if used] if self.adaptation != "gfp" else []
        if wrong:
            raise UsageError(f"{wrong[0]}: does not go with --adaptation {self.adaptation}")
        if self.adaptation != "gfp" and self.map is None:
            raise UsageError(f"--adaptation {self.adaptation}: needs --map")
        if self.hdlc_fcs not in (None, 16, 32) or (self.adaptation == "laps" and self.hdlc_fcs == 16):
            raise UsageError(f"--fcs-length: {self.hdlc_fcs} is not what {self.adaptation} has")
        if self.adaptation == "laps" and self.stuffing == "bit":
            raise UsageError("--stuffing: LAPS has octets")
        if self.adaptation == "laps" and self.lan_fcs is False:
            raise UsageError("--no-lan-fcs: LAPS carries the frame's own FCS")

    def _check_delays(self) -> None:
        carried = [] if self.place().width > 1 else self._carried()
        seen: list[Member] = []
        for name, us in self.delays.items():
            member = self._member(name)
            if member not in carried:
                raise UsageError(f"--delay: nothing is carried in {name}")
            if not (member.unit or self.virtual):
                raise UsageError(f"--delay: {name} is not a member of a group")
            if member in seen:
                raise UsageError(f"--delay: {member} stands there twice")
            seen.append(member)
            unit = VC_US[member.kind]
            if us % unit or us > LONGEST_DELAY_US:
                raise UsageError(f"--delay: {us} is not in 0..{LONGEST_DELAY_US} in steps of {unit}")

    def _check_pointers(self) -> None:
        for name in () if isinstance(self.tu_pointers, int) else self.tu_pointers:
            if (vc4 := located(name, 1).vc4) > RATES[self.line]:
                raise UsageError(f"--tu-pointer: an {line_name(self.line)} has no VC-4 {vc4}")

    def _check_sequences(self) -> None:
        for option, sequence in (("--au-sequence", self.au_sequence), ("--tu-sequence", self.tu_sequence)):
            try:
                Line(au_sequence=sequence)
            except ValueError as error:
                raise UsageError(f"{option}: {error}") from error
