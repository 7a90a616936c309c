"""The containers of a line, and who has which: a VC-4-Xc, a VC-4, or the VC-3 and VC-12 of a VC-4 (G.707 7.2, 7.3)."""

from __future__ import annotations

from collections.abc import Iterator

from msapemu.ctl.config import WIDTHS

ALL_VC3: tuple[str, ...] = ("1", "2", "3")
ALL_VC12: tuple[str, ...] = tuple(f"{k}.{m}.{n}" for k in range(1, 4) for m in range(1, 8) for n in range(1, 4))
MEMBERS: dict[str, tuple[str, ...]] = {"vc3": ALL_VC3, "vc12": ALL_VC12}  # of a VC-4, by kind, in order


class LineSlots:
    """One line (or a link, whose two directions are used alike) of `size` VC-4s; owners are any texts but ""."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._whole: list[str] = [""] * size  # VC-4s taken as a whole
        # The others: VC-3 "K", VC-12 "K.L.M", and "K." when TUG-3 K is made of TU-12s
        self._parts: list[dict[str, str]] = [{} for _ in range(size)]

    def owner(self, vc4: int, member: str = "", width: int = 1) -> str:
        """Who has this container, or a part of it, or one that it is a part of; "": it is free."""
        for k in range(vc4 - 1, vc4 - 1 + width):
            if self._whole[k]:
                return self._whole[k]
            parts = self._parts[k]
            if not member:
                if parts:
                    return next(iter(parts.values()))
            elif len(member) > 1:
                if owner := parts.get(member) or parts.get(member[0]):
                    return owner
            elif owner := parts.get(member) or parts.get(f"{member}."):
                return owner
        return ""

    def marked(self, owner: str, vc4: int, member: str = "", width: int = 1) -> None:
        """Give it to `owner` when it is free."""
        if not self.owner(vc4, member, width):
            self.take(owner, vc4, member, width)

    def whole_owner(self, vc4: int) -> str:
        """Who has all of a VC-4; "": nobody."""
        return self._whole[vc4 - 1]

    def tug3(self, vc4: int, number: str) -> str:
        """What is taken of a TUG-3: "vc3", "vc12", or "" for nothing."""
        parts = self._parts[vc4 - 1]
        return "vc3" if number in parts else "vc12" if f"{number}." in parts else ""

    def take(self, owner: str, vc4: int, member: str = "", width: int = 1) -> None:
        """Give it to `owner`; it must be free."""
        if not member:
            self._whole[vc4 - 1 : vc4 - 1 + width] = [owner] * width
            return
        parts = self._parts[vc4 - 1]
        parts[member] = owner
        if len(member) > 1:
            parts.setdefault(f"{member[0]}.", owner)

    def free(self, vc4: int, kind: str) -> Iterator[str]:
        """The free VC-3 ("vc3") or VC-12 ("vc12") of a VC-4, in order."""
        return (member for member in MEMBERS[kind] if not self.owner(vc4, member))

    def places(self, via: str) -> range:
        """The VC-4 numbers at which a container of that kind, or members of that kind, may be."""
        width = WIDTHS.get(via, 1)
        return range(1, self.size - width + 2, width)

    def find(self, via: str, members: int = 0) -> tuple[int, tuple[str, ...]] | None:
        """The first place for `via`, which for "vc3" and "vc12" is a VC-4 with so many of them free, and these.

        A VC-4 in use comes before an empty one when it has room: what stands first is filled first."""
        for vc4 in self.places(via):
            if via in WIDTHS:
                if not self.owner(vc4, width=WIDTHS[via]):
                    return vc4, ()
                continue
            free = tuple(self.free(vc4, via))
            if len(free) >= members:
                return vc4, free[:members]
        return None


class BothWays(LineSlots):
    """A link as its two ends, each of which says what it sends: a container is free when it is free at both."""

    def __init__(self, a: LineSlots, z: LineSlots) -> None:
        super().__init__(a.size)
        self._ends = a, z

    def owner(self, vc4: int, member: str = "", width: int = 1) -> str:
        a, z = self._ends
        return a.owner(vc4, member, width) or z.owner(vc4, member, width)

    def whole_owner(self, vc4: int) -> str:
        a, z = self._ends
        return a.whole_owner(vc4) or z.whole_owner(vc4)

    def take(self, owner: str, vc4: int, member: str = "", width: int = 1) -> None:
        for end in self._ends:
            end.take(owner, vc4, member, width)
