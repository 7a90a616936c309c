"""`topology.clients` of E1 and V.35 ports: what is plugged in."""

from __future__ import annotations

from ipaddress import IPv4Interface

from msapemu.ctl.config import Cesop, File, HdlcUdp, Pty, Satop, SerialTun, Socket
from msapemu.lab import model
from msapemu.lab.document import Problem, Where
from msapemu.lab.network import Client
from msapemu.lab.resolve.channels import SHELF_FILES
from msapemu.lab.trails import E1User, V35User
from msapemu.node.cards import PORT_NAMES, PortKind
from msapemu.node.names import PortName

MTU = 1500
_OF_PPP = ("remote",)
_OF_FR = ("lmi", "side", "dlci", "pvcs")
_OF_SERIAL = ("encapsulation", "fcs", *_OF_PPP, *_OF_FR)
_OF_V35 = ("tun", "socket", "pty", "hdlc_udp")
KEYS: dict[PortKind, tuple[str, ...]] = {
    "client": ("tap", "interface", "netns", "container", "address", "mtu"),
    "e1": ("e1",),
    "v35": (*_OF_V35, *_OF_SERIAL, "netns", "address", "mtu"),
}


def strange_keys(client: model.Client, kind: PortKind | None, where: Where) -> list[Problem]:
    """Keys that go with a port of another kind."""
    if kind not in KEYS:
        return []
    known = {"port", *KEYS[kind]}
    every = [key for key in type(client).model_fields if key in client.model_fields_set]
    what = f"{client.port} is {PORT_NAMES[kind]} port and has no such key"
    return [Problem((*where, key), what) for key in every if key not in known]


def e1_user(client: model.Client, where: Where, problems: list[Problem]) -> list[E1User]:
    """[] when there is a problem."""
    found, here = client.e1, (*where, "e1")
    if found is None:
        problems.append(Problem(where, "needs e1: what is plugged in (socket, read and write, satop, or cesop)"))
        return []
    ends: list[Socket | File | Satop | Cesop] = []
    if found.socket is not None:
        ends.append(Socket(found.socket))
        _check_name(found.socket, (*here, "socket"), problems)
    if found.read is not None or found.write is not None:
        ends.append(File(found.read, found.write))
    if (one := found.satop) is not None:
        ends.append(Satop(one.local, one.peer, one.payload, one.rtp, one.jitter))
    if (two := found.cesop) is not None:
        ends.append(Cesop(two.local, two.peer, two.frames, two.timeslots, two.rtp, two.jitter, two.cas))
    if len(ends) != 1:
        problems.append(Problem(here, "needs one of socket, read and write, satop, cesop"))
        return []
    return [E1User(client.port, ends[0])]


def v35_user(client: model.Client, where: Where, problems: list[Problem]) -> list[V35User]:
    """[] when there is a problem."""
    given = [key for key in _OF_V35 if getattr(client, key) is not None]
    if len(given) != 1:
        problems.append(Problem(where, f"needs one of {', '.join(_OF_V35)}"))
        return []
    if client.tun is None:
        for key in (*_OF_SERIAL, "netns", "address", "mtu"):
            if key in client.model_fields_set:
                problems.append(Problem((*where, key), "goes with tun only"))
        return [V35User(client.port, _plain_end(client, where, problems))]
    _check_serial(client, where, problems)
    addresses = tuple(str(address) for address in client.address)
    interface = Client(client.port, None, client.tun, client.netns, None, addresses, client.mtu, tun=True)
    end = SerialTun(
        client.tun,
        client.netns,
        client.encapsulation,
        client.fcs,
        next((str(one) for one in client.address if isinstance(one, IPv4Interface)), None),
        client.remote,
        client.lmi,
        client.side,
        client.dlci,
        tuple(client.pvcs),
    )
    return [V35User(client.port, end, interface)]


def socket_of(port: PortName, end: object) -> tuple[str, str] | None:
    """The socket or pseudo-terminal of an end, and where it is; None: it has none."""
    if not isinstance(end, Socket | Pty):
        return None
    return "this machine" if end.path.startswith("/") else port.shelf, end.path


def _plain_end(client: model.Client, where: Where, problems: list[Problem]) -> Socket | Pty | HdlcUdp:
    if client.hdlc_udp is not None:
        return HdlcUdp(client.hdlc_udp.local, client.hdlc_udp.peer)
    key = "socket" if client.socket is not None else "pty"
    name = str(getattr(client, key))
    _check_name(name, (*where, key), problems)
    return Socket(name) if key == "socket" else Pty(name)


def _check_name(name: str, where: Where, problems: list[Problem]) -> None:
    if name in SHELF_FILES:
        problems.append(Problem(where, f"{name!r} is a file of the shelf's own"))


def _check_serial(client: model.Client, where: Where, problems: list[Problem]) -> None:
    given = client.model_fields_set
    for encapsulation, keys in (("ppp", _OF_PPP), ("fr", _OF_FR)):
        if client.encapsulation != encapsulation:
            what = f"goes with encapsulation {encapsulation} only"
            problems.extend(Problem((*where, key), what) for key in keys if key in given)
    if client.pvcs and client.side == "user":
        problems.append(Problem((*where, "pvcs"), "goes with side network only: the user side is told of them"))
    texts = [str(address) for address in client.address]
    problems.extend(
        Problem((*where, "address"), f"{text} is given twice")
        for text in dict.fromkeys(texts)
        if texts.count(text) > 1
    )
