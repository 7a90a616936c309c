"""Cross-connections: what is received on one line goes out on another, in another clock, behind another pointer."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from msapemu._framing import E1, SEQUENCES, Group, Line, LineMap, member_name
from tests.wire.virtual import Feed, ratio

ALL = [member_name(column) for column in range(63)]
MEMBERS: dict[str, list[str]] = {"vc4": [], "vc3": ["1", "2", "3"], "vc12": ALL}
BATCH = 8
CLOCKS = [(0, 0), (20, -20), (-20, 20), (200, -100), (-150, 150)]
MOVES_OF_PPM = {"vc4": 2349 / 3, "vc3": 765, "vc12": 140 / 4}  # pointer steps that are one frame of the VC


def mapped(layer: str, group: Group) -> LineMap:
    return LineMap("vc4" if layer == "vc4" else "tug", [(group, MEMBERS[layer])])


def crossed(layer: str, source: Line) -> LineMap:
    if layer == "vc4":
        return LineMap("cross", cross=(source, 1))
    return LineMap("tug", cross={member: (source, 1, member) for member in MEMBERS[layer]})


class Chain:
    """Shelf A sends Ethernet, shelf B connects it through, shelf C receives it."""

    def __init__(self, layer: str, clocks: tuple[float, float] = (0, 0), seed: int = 1, **line: Any) -> None:
        self.random = Random(seed)
        self.layer = layer
        self.sent: list[bytes] = []
        self.got: list[bytes] = []
        self.tx, self.rx = Group(), Group()
        self.a, self.west, self.east, self.c = Line(**line), Line(), Line(), Line()
        self.a.apply(mapped(layer, self.tx))
        self.west.apply(crossed(layer, self.west))  # looped there; and so read as what it is
        self.east.apply(crossed(layer, self.west))
        self.c.apply(mapped(layer, self.rx))
        self.feed = Feed(self.a, self.west, ratio(*clocks))
        self.now = 0

    def run(self, frames: int) -> Iterator[None]:
        """So many frames of shelf B, BATCH at a time."""
        for _ in range(0, frames, BATCH):
            while self.tx.waiting < 4:
                self.sent.append(self.random.randbytes(self.random.randrange(60, 1500)))
                assert self.tx.send(self.sent[-1])
            self.feed.advance(self.now, BATCH)
            self.c.parse(self.east.build(BATCH))
            self.now += BATCH
            self.got += self.rx.receive()
            yield

    def all(self, frames: int) -> None:
        for _ in self.run(frames):
            pass

    def nothing_lost(self) -> None:
        """From the first frame that came on, every one came, in order, until those that are still under way."""
        first = self.sent.index(self.got[0])
        assert self.got == self.sent[first : first + len(self.got)]
        under_way = sum(map(len, self.sent[first + len(self.got) :]))
        assert under_way < 60_000, f"{under_way} octets have not come"

    def report(self) -> dict[str, Any]:
        report = self.c.report()
        if self.layer == "vc4":
            path = report["au"][0]
        else:
            path = report["vc3"]["1"] if self.layer == "vc3" else report["vc12"]["1.1.1"]
        return dict(path)


@pytest.mark.parametrize("clocks", CLOCKS, ids=str)
@pytest.mark.parametrize("layer", MEMBERS)
def test_two_clocks_and_not_one_octet_lost(layer: str, clocks: tuple[float, float]) -> None:
    chain = Chain(layer, clocks, tu_pointers=77, au_pointer=300)
    frames = 12_000
    chain.all(frames)
    chain.nothing_lost()
    path = chain.report()
    assert (path["new_data"], path.get("b3_errors", 0), path.get("bip2_errors", 0)) == (1, 0, 0)
    faster = (clocks[0] - clocks[1]) * 1e-6 * frames * MOVES_OF_PPM[layer]
    moves = path["decrements"] - path["increments"]
    assert abs(moves - faster) < 0.01 * abs(faster) + 8, (moves, faster)
    assert not path["decrements"] or not path["increments"], "the pointer hunts"
    assert chain.c.defects == chain.rx.defects == ()


@pytest.mark.parametrize("kind", [kind for kind in SEQUENCES if kind != "ndf"])  # new data: below
@pytest.mark.parametrize("layer", MEMBERS)
def test_pointer_sequences_pass_through(layer: str, kind: str) -> None:
    """G.783 10.1.1.2 at the AU, and at the TU: moved by the source, followed, and made anew by what connects."""
    every = 24 if kind in ("burst3", "87-3-add") else 8
    sequences = {"au_sequence": (kind, every)} if layer == "vc4" else {"tu_sequence": (kind, every)}
    chain = Chain(layer, **sequences)
    chain.all(8000 if layer == "vc12" else 4000)
    chain.nothing_lost()
    moved = chain.west.report()
    path = chain.report()
    arriving = {"vc4": moved["au"][0], "vc3": moved["vc3"].get("1"), "vc12": moved["vc12"].get("1.1.1")}[layer]
    assert arriving is not None and arriving["increments"] + arriving["decrements"] > 10
    assert (path["new_data"], path.get("b3_errors", 0), path.get("bip2_errors", 0)) == (1, 0, 0)
    assert chain.c.defects == chain.rx.defects == ()


@pytest.mark.parametrize("layer", ["vc3", "vc12"])
def test_au_moves_leave_the_tus_alone(layer: str) -> None:
    chain = Chain(layer, au_sequence=("inc", 4))
    chain.all(6000)
    chain.nothing_lost()
    assert chain.west.report()["au"][0]["increments"] > 1000
    # the VC-4 is slower than its frame, so are the VCs in it: their own pointers take that up
    slow = 6000 / 4 * 3 / 2349 * MOVES_OF_PPM[layer]
    assert abs(chain.report()["increments"] - slow) < 8


@pytest.mark.parametrize("layer", MEMBERS)
def test_new_data_upstream_is_new_data_downstream(layer: str) -> None:
    chain = Chain(layer)
    chain.all(400)
    before = chain.report()["new_data"]
    other = Line(au_pointer=100, tu_pointers=50)  # another shelf is switched in, at other pointers
    other.apply(mapped(layer, chain.tx))
    chain.feed.source = other
    chain.all(1600)
    assert chain.report()["new_data"] == before + 1
    assert chain.got[-1] in chain.sent[-30:]
    assert chain.c.defects == chain.rx.defects == ()


@pytest.mark.parametrize(
    ("layer", "defect", "upstream"),
    [("vc4", "AU-AIS", "au.1"), ("vc3", "TU-AIS", "au.1/vc3.1"), ("vc12", "TU-AIS", "au.1/vc12.1.1.1")],
)
def test_a_dead_line_is_ais_downstream_and_back(layer: str, defect: str, upstream: str) -> None:
    chain = Chain(layer)
    chain.all(800)
    chain.c.events()
    start = chain.now
    for _ in range(100):
        chain.west.silent(1)
        chain.c.parse(chain.east.build(1))
        chain.now += 1
    raised = [event for event in chain.c.events() if event[1] == upstream and event[2] == defect]
    # AIS leaves in the first frame after LOS (TU-12: with the next multiframe), and is believed after three
    wait = {"vc4": 3, "vc3": 5, "vc12": 24}[layer]
    assert [event[3] for event in raised] == ["raise"] and raised[0][0] - start <= wait, (raised, start)
    chain.feed.given += 100
    chain.a.build(100)
    chain.all(2400)
    assert chain.c.defects == chain.rx.defects == ()
    assert chain.got[-1] in chain.sent[-30:]


def test_a_change_of_one_connection_touches_no_other() -> None:
    """62 VC-12s go on, bit for bit, while the 63rd is connected elsewhere, and back."""
    random = Random(5)
    a, west, east, c = Line(tu_pointers={name: random.randrange(140) for name in ALL}), Line(), Line(), Line()
    sent, got = {name: Group() for name in ALL}, {name: Group() for name in ALL}
    a.apply(LineMap("tug", [(sent[name], [name]) for name in ALL]))
    west.apply(LineMap("tug"))
    c.apply(LineMap("tug", [(got[name], [name]) for name in ALL]))
    order = random.sample(ALL, 63)
    target = dict(zip(order, ALL, strict=True))  # what goes out as ... came in as ...

    def plan(changes: dict[str, str]) -> LineMap:
        return LineMap("tug", cross={name: (west, 1, source) for name, source in (target | changes).items()})

    east.apply(plan({}))
    frames: dict[str, list[bytes]] = {name: [] for name in ALL}
    came: dict[str, list[bytes]] = {name: [] for name in ALL}
    moved = order[0]
    feed = Feed(a, west)
    for step in range(400):
        for name in ALL:
            if sent[name].waiting < 2:
                frames[name].append(random.randbytes(100))
                sent[name].send(frames[name][-1])
        feed.advance(step * BATCH, BATCH)
        if step == 200:
            east.apply(plan({moved: target[order[1]]}))
        if step == 300:
            east.apply(plan({}))
        c.parse(east.build(BATCH))
        for name in ALL:
            came[name] += got[name].receive()
    for name, source in target.items():
        first = frames[source].index(came[name][0])
        right = came[name] == frames[source][first : first + len(came[name])]
        assert right == (name != moved), name
        report = c.report()["vc12"][name]
        assert report["new_data"] == (3 if name == moved else 1), name
        assert report["bip2_errors"] == 0 or name == moved


def test_any_vc12_of_four_lines_to_any_other() -> None:
    random = Random(9)
    lines = [Line(au_pointer=random.randrange(783)) for _ in range(4)]
    sources = [
        Line(au_pointer=random.randrange(783), tu_pointers={name: random.randrange(140) for name in ALL})
        for _ in range(4)
    ]
    sinks = [Line() for _ in range(4)]
    ends = [(number, name) for number in range(4) for name in ALL]
    sent, got = ({end: Group(queue_octets=1 << 14) for end in ends} for _ in range(2))
    for number in range(4):
        sources[number].apply(LineMap("tug", [(sent[number, name], [name]) for name in ALL]))
        sinks[number].apply(LineMap("tug", [(got[number, name], [name]) for name in ALL]))
        lines[number].apply(LineMap("tug"))
    target = dict(zip(random.sample(ends, 252), ends, strict=True))
    for number in range(4):
        lines[number].apply(
            LineMap("tug", cross={name: (lines[target[number, name][0]], 1, target[number, name][1]) for name in ALL})
        )
    feeds = [Feed(source, line) for source, line in zip(sources, lines, strict=True)]
    for step in range(150):
        for (number, name), group in sent.items():
            if not group.waiting:
                group.send(f"{number} {name} {step}".encode().ljust(64))
        for feed in feeds:
            feed.advance(step * BATCH, BATCH)
        for line, sink in zip(lines, sinks, strict=True):
            sink.parse(line.build(BATCH))
    for end, source in target.items():
        came = [frame.split()[:2] for frame in got[end].receive()]
        number, name = source
        assert len(came) > 10 and set(map(tuple, came)) == {(str(number).encode(), name.encode())}


def test_mixtures_and_loops() -> None:
    """A TUG-3 of TU-12s beside TU-3s; a line that sends back what it receives."""
    tx, rx = [Group() for _ in range(3)], [Group() for _ in range(3)]
    units = [["1.1.1", "1.7.3", "1.4.2"], ["2"], ["3"]]
    near, far = Line(tu_pointers={"2": 764, "3": 1, "1.7.3": 139}), Line()
    near.apply(LineMap("tug", list(zip(tx, units, strict=True))))
    far.apply(LineMap("tug", cross={name: (far, 1, name) for members in units for name in members}))
    back = Line()
    back.apply(LineMap("tug", list(zip(rx, units, strict=True))))
    feed = Feed(near, far)
    for step in range(200):
        for number, group in enumerate(tx):
            if not group.waiting:
                group.send(bytes([number]) * 200)
        feed.advance(step * BATCH, BATCH)
        back.parse(far.build(BATCH))
    for number, group in enumerate(rx):
        frames = group.receive()
        assert len(frames) > 5 and set(frames) == {bytes([number]) * 200}
    assert back.report()["au"][0]["tug3"] == ["tu12", "tu3", "tu3"]
    assert back.defects == ()


def test_whole_vc4_4c_between_stm4_lines() -> None:
    tx, rx = Group(), Group()
    a, west, east, c = (Line(rate="stm4") for _ in range(4))
    a.apply(LineMap("vc4", [(tx, [])], width=4))
    west.apply(LineMap("unequipped", width=4))
    east.apply(LineMap("cross", cross=(west, 1), width=4))
    c.apply(LineMap("vc4", [(rx, [])], width=4))
    feed = Feed(a, west, ratio(40, -40))
    sent: list[bytes] = []
    got: list[bytes] = []
    random = Random(3)
    for step in range(300):
        while tx.waiting < 20:
            sent.append(random.randbytes(random.randrange(60, 1500)))
            tx.send(sent[-1])
        feed.advance(step * BATCH, BATCH)
        c.parse(east.build(BATCH))
        got += rx.receive()
    assert len(got) > 1000 and got == sent[sent.index(got[0]) :][: len(got)]
    assert c.report()["au"][0]["decrements"] > 100


@pytest.mark.slow
@pytest.mark.parametrize("ppm", [-50, 0, 50])
def test_an_e1_for_ten_minutes_through_two_clocks(ppm: float) -> None:
    """E1 -> VC-12 in a shelf at +20 ppm -> cross-connected in a shelf at -20 ppm -> E1: bit for bit."""
    seconds, batch, octets_per_s = 600, 32, 256_000
    tx, rx = E1(queue_octets=8192, target_octets=2048), E1(queue_octets=8192)
    a, west, east, c = Line(), Line(monitored=False), Line(), Line(monitored=False)
    a.apply(LineMap("tug", tributaries={"2.3.1": tx}))
    west.apply(LineMap("tug"))
    east.apply(LineMap("tug", cross={"2.3.1": (west, 1, "2.3.1")}))
    c.apply(LineMap("tug", tributaries={"2.3.1": rx}))
    feed = Feed(a, west, ratio(20, -20))
    data = Random(ppm).randbytes(1 << 16)
    data += data
    pushed = compared = 0
    shift: int | None = None
    last = b""

    def push(frames: int) -> None:
        """What an E1 in its own clock has brought when shelf A has built so many frames."""
        nonlocal pushed
        want = int(frames / (8000 * (1 + 20e-6)) * octets_per_s * (1 + ppm * 1e-6)) - pushed
        assert tx.push(data[pushed % (1 << 16) :][:want]) == want
        pushed += want

    for now in range(0, seconds * 8000, batch):
        feed.advance(now, batch, push)
        c.parse(east.build(batch))
        octets = rx.pop()
        if shift is None:
            if now < 1600:
                continue
            # where in the data the stream stands, and by how many bits it is late against its octets
            stream = int.from_bytes(octets)
            for shift in range(8):
                at = data.find((stream << shift).to_bytes(len(octets) + 1)[1:-1])
                if at >= 0:
                    break
            assert at >= 0
            compared = at + len(octets) - 1
        else:
            stream = int.from_bytes(last + octets)
            aligned = (stream << shift).to_bytes(len(octets) + 2)[1:-1] if octets else b""
            at = compared % (1 << 16)
            assert aligned == data[at : at + len(aligned)], f"slip in frame {now}"
            compared += len(aligned)
        last = octets[-1:] or last
    assert pushed - compared < 2500
    path = c.report()["vc12"]
    assert path == {} or path["2.3.1"]["bip2_errors"] == 0
    counters = rx.counters()
    assert counters["rx_overflows"] == counters["rx_underflows"] == 0
