"""Where each client's interface is, on this machine, now."""

from __future__ import annotations

from dataclasses import dataclass

from msapemu.ctl.errors import MsapemuError
from msapemu.lab.containers import namespace_path
from msapemu.lab.kernel.netns import identity, is_namespace, path_of
from msapemu.lab.network import Client


@dataclass(frozen=True, slots=True)
class Place:
    """A network namespace: its path (None: our own), its identity when it is not the lab's, or its name when
    the lab is to make it (or has made it)."""

    path: str | None
    identity: str | None = None
    made: str | None = None


def place_of(client: Client, ours: set[str]) -> Place:
    """`ours`: the namespaces that this lab has made already."""
    if client.container is not None:
        path = namespace_path(client.container)
        return Place(path, identity(path))
    if client.netns is None:
        return Place(None)
    path = str(path_of(client.netns))
    if client.netns in ours:
        return Place(path, None, client.netns)
    if is_namespace(path_of(client.netns)):
        return Place(path, identity(path))
    if path_of(client.netns).exists():
        raise MsapemuError(
            f"{client.port}: {path} is no network namespace (a leftover? ip netns del {client.netns})"
        )
    return Place(path, None, client.netns)
