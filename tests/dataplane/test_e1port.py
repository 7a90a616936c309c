"""E1 client ports at sockets and files, an iteration of the loop at a time."""

from __future__ import annotations

import os
import selectors
import socket
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from msapemu._framing import Satop
from msapemu.ctl.errors import MsapemuError
from msapemu.dataplane.e1ends import E1End, FilesEnd, PacketsEnd, StreamEnd, cesop_end, satop_end
from msapemu.dataplane.loop import E1_PORT_FIELDS, E1ClientPort

TICK = 8  # frames
OCTETS = 32 * TICK


def ports() -> tuple[str, str]:
    """Two UDP addresses that nobody has."""
    held = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    found = [f"127.0.0.1:{one.getsockname()[1]}" for one in held]
    for one in held:
        one.close()
    return found[0], found[1]


@pytest.fixture
def pair() -> Iterator[tuple[PacketsEnd, PacketsEnd]]:
    a, z = ports()
    ends = satop_end(a, z, "a", lambda *_: None), satop_end(z, a, "z", lambda *_: None)
    yield ends
    for end in ends:
        end.close()


def tick(*ends: E1End, behind: int = 0) -> None:
    for end in ends:
        end.port.receive(TICK, behind)
    for end in ends:
        end.port.send(TICK)


# --- packets


def test_an_e1_crosses_udp(pair: tuple[PacketsEnd, PacketsEnd]) -> None:
    chance, sent, got = Random(1), bytearray(), bytearray()
    a, z = (end.port for end in pair)
    assert not a.bearer.los
    for _ in range(300):
        octets = chance.randbytes(OCTETS)
        sent += octets
        a.bearer.push(octets)
        z.bearer.push(octets[::-1])
        tick(*pair)
        got += z.bearer.pop()
        a.bearer.pop()
    assert a.defects == z.defects == ()
    assert pair[0].state == "connected"
    lead = z.counters()["rx_filled"]
    assert lead < 10 * OCTETS
    assert sent.startswith(got[lead:])
    count = a.counters()
    assert count["tx_datagrams"] == 300 and count["rx_datagrams"] >= 299 and count["tx_refused"] == 0
    assert count["tx_octets"] == 300 * OCTETS
    assert count["rx_octets"] + count["rx_filled"] == pytest.approx(300 * OCTETS, abs=2 * OCTETS)


def test_a_stalled_shelf_loses_nothing(pair: tuple[PacketsEnd, PacketsEnd]) -> None:
    """The far shelf goes on for 200 ms; then this one works off its backlog."""
    a, z = (end.port for end in pair)
    chance, sent, got = Random(2), bytearray(), bytearray()

    def send() -> None:
        octets = chance.randbytes(OCTETS)
        sent.extend(octets)
        a.bearer.push(octets)
        a.send(TICK)

    for _ in range(50):
        send()
        z.receive(TICK)
        got += z.bearer.pop()
    for _ in range(200):
        send()
    for late in range(200 * TICK - 64, -1, -64):
        z.receive(64, late)
        got += z.bearer.pop()
    for _ in range(50):
        send()
        z.receive(TICK)
        got += z.bearer.pop()
    assert sent.startswith(got[z.counters()["rx_filled"] :])
    assert z.pseudowire is not None
    count = z.pseudowire.counters()
    assert count["lost"] == count["overruns"] == 0


def test_nobody_at_the_other_end() -> None:
    a, z = ports()
    end = satop_end(a, z, "a", lambda *_: None)
    for _ in range(30):
        end.port.bearer.push(bytes(OCTETS))
        tick(end)
    assert end.port.defects == ("LOPS",) and end.state == "lost"
    assert set(end.port.bearer.pop()) == {0xFF}
    end.close()


def test_addresses_that_cannot_be_had() -> None:
    a, z = ports()
    end = satop_end(a, z, "co/1/1", lambda *_: None)
    with pytest.raises(MsapemuError, match=r"co/1/2: UDP address .* is taken"):
        satop_end(a, z, "co/1/2", lambda *_: None)
    end.close()


# --- a socket


@pytest.fixture
def stream(tmp_path: Path) -> Iterator[tuple[StreamEnd, selectors.BaseSelector]]:
    selector = selectors.DefaultSelector()
    end = StreamEnd(tmp_path / "e1", "co/2/1", selector)
    yield end, selector
    end.close()
    selector.close()


def connected(end: StreamEnd, selector: selectors.BaseSelector) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(end.path))
    for key, _ in selector.select(0):
        key.data()
    client.settimeout(2)
    return client


def test_a_client_of_a_socket(stream: tuple[StreamEnd, selectors.BaseSelector]) -> None:
    end, selector = stream
    port, bearer = end.port, end.port.bearer
    tick(end)
    assert bearer.los and port.defects == ("LOS",) and end.state == "listening"
    assert bearer.pop() == b"\xff" * OCTETS
    client = connected(end, selector)
    octets = Random(4).randbytes(3 * OCTETS)
    client.sendall(octets)
    for n in range(3):
        bearer.push(octets[n * OCTETS : (n + 1) * OCTETS])
        tick(end)
    assert bearer.pop() == octets
    assert client.recv(10 * OCTETS) == octets
    assert not bearer.los and port.defects == () and end.state == "connected"
    # too little: ones, counted; nothing to send: ones
    client.sendall(b"\x55" * 100)
    tick(end)
    assert bearer.pop() == b"\x55" * 100 + b"\xff" * (OCTETS - 100)
    assert port.counters()["rx_filled"] == OCTETS - 100
    assert client.recv(10 * OCTETS) == b"\xff" * OCTETS
    # one at a time
    other = connected(end, selector)
    assert other.recv(1) == b""
    client.close()
    tick(end)
    assert bearer.los
    end.serve()
    assert end.state == "listening"
    third = connected(end, selector)
    tick(end)
    assert not bearer.los and port.counters()["connections"] == 2
    for one in (other, third):
        one.close()


def test_a_client_comes_before_the_last_was_put_away(stream: tuple[StreamEnd, selectors.BaseSelector]) -> None:
    end, selector = stream
    connected(end, selector).close()
    tick(end)
    client = connected(end, selector)
    tick(end)
    assert not end.port.bearer.los
    client.close()


def test_a_client_that_does_not_read(stream: tuple[StreamEnd, selectors.BaseSelector]) -> None:
    """What it gets in the end are whole frames."""
    end, selector = stream
    client = connected(end, selector)
    for number in range(3000):
        frame = number.to_bytes(4, "big") * 8
        end.port.bearer.push(frame)
        end.port.receive(1)
        end.port.send(1)
    dropped = end.port.counters()["tx_dropped"]
    assert dropped > 0 or end.port.counters()["tx_octets"] == 3000 * 32
    client.setblocking(False)
    got = bytearray()
    for number in range(3000, 3100):
        try:
            while more := client.recv(65536):
                got += more
        except BlockingIOError:
            pass
        end.port.bearer.push(number.to_bytes(4, "big") * 8)
        end.port.receive(1)
        end.port.send(1)
    got = got[: len(got) // 32 * 32]
    assert all(got[at : at + 32] == got[at : at + 4] * 8 for at in range(0, len(got), 32))
    numbers = [int.from_bytes(got[at : at + 4], "big") for at in range(0, len(got), 32)]
    assert numbers == sorted(set(numbers)) and numbers[0] == 0 and numbers[-1] >= 3098
    client.close()


def test_a_socket_that_cannot_be(tmp_path: Path) -> None:
    with selectors.DefaultSelector() as selector, pytest.raises(MsapemuError, match=r"co/2/1: .*missing"):
        StreamEnd(tmp_path / "missing" / "e1", "co/2/1", selector)


# --- files


def test_files(tmp_path: Path) -> None:
    octets = Random(5).randbytes(2 * OCTETS + 7)
    (tmp_path / "in").write_bytes(octets)
    end = FilesEnd(tmp_path / "in", tmp_path / "out", "co/2/1")
    bearer = end.port.bearer
    for _ in range(2):
        bearer.push(b"\x33" * OCTETS)
        tick(end)
        assert not bearer.los and end.state == "open"
    tick(end)
    assert bearer.los and end.state == "ended"
    assert bearer.pop() == octets + b"\xff" * (OCTETS - 7)
    end.close()
    assert (tmp_path / "out").read_bytes() == b"\x33" * (2 * OCTETS) + b"\xff" * OCTETS
    with pytest.raises(MsapemuError, match=r"co/2/1: .*missing"):
        FilesEnd(tmp_path / "missing", None, "co/2/1")
    held = len(os.listdir("/proc/self/fd"))
    with pytest.raises(MsapemuError, match="out"):
        FilesEnd(tmp_path / "in", tmp_path / "missing" / "out", "co/2/1")
    assert len(os.listdir("/proc/self/fd")) == held


def test_nothing() -> None:
    end = E1End()
    tick(end)
    assert end.port.bearer.los and end.port.defects == ("LOS",) and end.state == "nothing"
    end.serve()
    end.close()
    assert set(end.port.counters()) == set(E1_PORT_FIELDS)
    with pytest.raises(ValueError, match="packets are of a pseudowire"):
        E1ClientPort("packets")
    with pytest.raises(ValueError, match="packets are of a pseudowire"):
        E1ClientPort("stream", Satop())


def test_cesopsn_end() -> None:
    a, z = ports()
    end = cesop_end(a, z, "a", lambda *_: None, timeslots=range(1, 9), frames=16)
    tick(end, end)
    assert end.port.pseudowire is not None and end.port.pseudowire.payload == 128
    end.close()
