"""Members that are added to a running circuit, and taken from it. With LCAS not a frame is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress

import msgspec

from msapemu.ctl import config
from msapemu.ctl.config import Circuit, Shelf
from msapemu.ctl.errors import MsapemuError, UsageError
from msapemu.ctl.members import member_text, sent_members, with_member, without_member
from msapemu.ctl.objects import Container
from msapemu.ctl.occupancy import check_occupancy
from msapemu.lab.deploy import write_config
from msapemu.lab.kernel.process import ShelfProcess
from msapemu.lab.record import locked
from msapemu.lab.vcg.running import Running, await_state, retire, running
from msapemu.lab.vcg.ways import Ends, Way, Ways, connections, ends_of, fits, member_named

BOTH, A_TO_Z, Z_TO_A = "both", "a-z", "z-a"
DIRECTIONS = (BOTH, A_TO_Z, Z_TO_A)

Change = Callable[[Circuit, Container, bool, bool], Circuit]


def add(lab: str, name: str, members: Sequence[str], direction: str = BOTH) -> None:
    """Add members to a circuit, both ways or one way only (with LCAS), and with LCAS wait until they carry traffic.

    Members are named as at end a ("1.1.4"), or by their whole names ("co:1/2/au4.1/vc12.1.1.1"). UsageError for what
    cannot be, and then nothing has changed; MsapemuError when a shelf refuses, or when a member does not carry traffic
    in time: then it stays and will, when the far end can take it.
    """
    with locked(lab), running(lab) as lab_now:
        ends = _ends(lab, lab_now, name, members, direction)
        new = []
        configs = dict(lab_now.configs)
        for text in members:
            shelf, container = member_named(ends, text)
            if not fits(configs[shelf], container):
                raise UsageError(f"{text}: {shelf} has no {container}")
            way = Ways(configs, ends).of_new(shelf, container)
            new.append(way)
            _alter(configs, ends, way, direction, with_member, adding=True)
        order = [*(shelf for shelf in configs if shelf not in (ends.a, ends.z)), ends.z, ends.a]
        _check(configs)
        _apply(lab_now, configs, order)
        if ends.at[ends.a].lcas is not None:
            for shelf in _sources(ends, direction):
                texts = tuple(member_text(ends.at[shelf], way.at(ends, shelf)) for way in new)
                fault = "was added, and does not carry traffic"
                await_state(lab_now.clients[shelf], lab_now.shelves[shelf], name, texts, "NORM", fault)


def remove(lab: str, name: str, members: Sequence[str], direction: str = BOTH) -> None:
    """Take members from a circuit; with LCAS once they carry no more traffic.

    UsageError for what cannot be, and then nothing has changed; MsapemuError when a shelf refuses, or a member does not
    leave: then it is a member as before.
    """
    with locked(lab), running(lab) as lab_now:
        ends = _ends(lab, lab_now, name, members, direction)
        configs = dict(lab_now.configs)
        old = []
        for text in members:
            shelf, container = member_named(ends, text)
            way = Ways(lab_now.configs, ends).of_member(shelf, container)
            old.append(way)
            _alter(configs, ends, way, direction, without_member, adding=False)
        for shelf in (ends.a, ends.z):
            left = next(one for one in configs[shelf].circuits if one.name == name)
            if left.lcas is None and not left.members:
                raise UsageError(f"{name}: a circuit without LCAS keeps one member at least")
        _check(configs)
        if ends.at[ends.a].lcas is not None:
            leaving = {
                shelf: tuple(member_text(ends.at[shelf], way.at(ends, shelf)) for way in old)
                for shelf in _sources(ends, direction)
            }
            retire(lab_now.clients, lab_now.shelves, leaving, name)
        order = [ends.a, ends.z, *(shelf for shelf in configs if shelf not in (ends.a, ends.z))]
        _apply(lab_now, configs, order)


def _ends(lab: str, lab_now: Running, name: str, members: Sequence[str], direction: str) -> Ends:
    if direction not in DIRECTIONS:
        raise UsageError(f"{direction!r} is no direction ({', '.join(DIRECTIONS)})")
    ends = ends_of(lab, lab_now.configs, name)
    if not members:
        raise UsageError(f"{name}: which members?")
    if twice := [one for one in members if members.count(one) > 1]:
        raise UsageError(f"{name}: {twice[0]} is given twice")
    if direction != BOTH and ends.at[ends.a].lcas is None:
        raise UsageError(f"{name}: without LCAS both directions have the same members")
    return ends


def _sources(ends: Ends, direction: str) -> list[str]:
    """The shelves whose source halves have to do with it."""
    return [ends.a] * (direction != Z_TO_A) + [ends.z] * (direction != A_TO_Z)


def _alter(
    configs: dict[str, Shelf], ends: Ends, way: Way, direction: str, change: Change, adding: bool
) -> None:
    """A member more or less, in the configurations of all shelves that it concerns."""
    to_z, to_a = direction != Z_TO_A, direction != A_TO_Z
    for shelf, tx, rx in ((ends.a, to_z, to_a), (ends.z, to_a, to_z)):
        old, container = configs[shelf], way.at(ends, shelf)
        if adding:
            _check_free(old, ends.name, container)
        try:
            circuits = tuple(change(one, container, tx, rx) if one.name == ends.name else one for one in old.circuits)
        except ValueError as error:
            raise UsageError(f"{ends.name}: {shelf}:{error}") from None
        configs[shelf] = msgspec.structs.replace(old, circuits=circuits)
    for shelf in dict.fromkeys(one for one, _, _ in way.through):
        wanted = connections(way, shelf, to_z, to_a)
        kept = tuple(one for one in configs[shelf].connections if one not in wanted)
        after = (*kept, *wanted) if adding else kept
        configs[shelf] = msgspec.structs.replace(configs[shelf], connections=after)


def _check_free(shelf: Shelf, name: str, container: Container) -> None:
    """UsageError when somebody else has it."""
    line = check_occupancy(shelf)[container.port]
    owner = line.owner(container.vc4, container.member, container.width)
    if owner and owner != f"circuit {name}":
        raise UsageError(f"{name}: {shelf.name}:{container} is used by {owner} already")


def _check(configs: dict[str, Shelf]) -> None:
    """As the shelves will, before anything is touched."""
    for shelf in configs.values():
        check_occupancy(shelf)


def _apply(lab_now: Running, configs: dict[str, Shelf], order: Sequence[str]) -> None:
    """Have the shelves do it in that order; when one refuses, the others do again what they did."""
    with ExitStack() as back:
        for shelf in order:
            if configs[shelf] == lab_now.configs[shelf]:
                continue
            back.callback(_return, lab_now, shelf)
            lab_now.clients[shelf].apply(configs[shelf])
            _write(configs[shelf])
        back.pop_all()


def _return(lab_now: Running, shelf: str) -> None:
    with suppress(MsapemuError):
        lab_now.clients[shelf].apply(lab_now.configs[shelf])
    _write(lab_now.configs[shelf])


def _write(shelf: Shelf) -> None:
    """What the shelf is known to run: as before but for its circuits, for impairments and loopbacks may be passing."""
    before = config.load(ShelfProcess(shelf.lab, shelf.name).config)
    write_config(msgspec.structs.replace(before, circuits=shelf.circuits, connections=shelf.connections))


def leaving_members(old: Circuit, new: Circuit) -> tuple[str, ...]:
    """Members that are sent by `old` and not by `new`, as `old` names them; () where LCAS is not in both."""
    if old.lcas is None or new.lcas is None:
        return ()
    return tuple(member_text(old, one) for one in sent_members(old) if one not in sent_members(new))
