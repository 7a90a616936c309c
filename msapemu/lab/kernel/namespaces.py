"""Named network namespaces, as `ip netns` has them."""

from __future__ import annotations

import msgspec

from msapemu.lab.kernel import netns
from msapemu.lab.kernel.netlink import Taken, netlink, refusals
from msapemu.lab.kernel.netns import is_namespace, path_of


class Namespace(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="netns"):
    """A named namespace that the lab makes."""

    name: str

    @property
    def key(self) -> tuple[str | None, ...]:
        return ("netns", self.name)

    def exists(self) -> bool:
        return is_namespace(path_of(self.name))

    def make(self) -> None:
        with refusals(f"netns {self.name}"):
            try:
                netns.create(self.name)
            except FileExistsError:
                raise Taken(f"netns {self.name}: there already") from None
            with netlink(str(path_of(self.name))) as ip:
                ip.link("set", index=1, state="up")  # lo

    def remove(self) -> None:
        if path_of(self.name).exists():
            with refusals(f"netns {self.name}"):
                netns.remove(self.name)
