"""The client of the control socket against servers that are well, of another version, silent or broken."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from msapemu.ctl import messages
from msapemu.ctl.client import ShelfClient, Unreachable
from msapemu.ctl.config import Impairment
from msapemu.ctl.errors import CapabilityError, MsapemuError, UsageError
from msapemu.ctl.paths import socket_address

from .test_config import FULL

HELLO = messages.encode(messages.Hello())
Serve = Callable[..., Path]


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """serve(reply, reply, ...) -> path of a socket that gives these replies in order, then hangs up."""

    def start(*replies: bytes, hold: threading.Event | None = None) -> Path:
        path = tmp_path / "ctl"
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with socket_address(path) as address:
            listening.bind(address)
        listening.listen(1)

        def answer() -> None:
            connection, _ = listening.accept()
            with listening, connection:
                for reply in replies:
                    if not connection.recv(1 << 20):
                        return
                    connection.send(reply)
                if hold is not None:
                    hold.wait(5)

        threading.Thread(target=answer, daemon=True).start()
        return path

    return start


def test_each_request_gets_its_reply(serve: Serve) -> None:
    info = messages.Info(config=FULL, pid=7, generation=1, scheduling="", uptime_s=0.0)
    done = messages.encode(messages.Done())
    events = messages.encode(messages.Events((), 4))
    path = serve(HELLO, messages.encode(info), done, done, events, done)
    with ShelfClient(path) as client:
        assert client.info() == info
        client.apply(FULL)
        client.impair("1/1", Impairment())
        assert client.events().next == 4
        client.shutdown()  # returns when the server hangs up


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match=r"ctl: no shelf runs here \(No such file or directory\)"):
        ShelfClient(tmp_path / "ctl")
    (tmp_path / "ctl").touch()
    with pytest.raises(Unreachable, match="Connection refused"):
        ShelfClient(tmp_path / "ctl")


def test_another_protocol(serve: Serve) -> None:
    path = serve(messages.encode(messages.Hello(protocol=9, program="9.9")))
    with pytest.raises(MsapemuError, match=r"the shelf runs msapemu 9.9 \(control protocol 9\), this is protocol 3"):
        ShelfClient(path)


@pytest.mark.parametrize(("status", "kind"), [(1, MsapemuError), (2, UsageError), (3, CapabilityError)])
def test_a_refusal_keeps_its_words_and_its_exit_status(serve: Serve, status: int, kind: type[MsapemuError]) -> None:
    path = serve(HELLO, messages.encode(messages.Failed(status, "co/1/1: that cannot be")))
    with ShelfClient(path) as client, pytest.raises(kind, match=r"^co/1/1: that cannot be$") as error:
        client.apply(FULL)
    assert error.value.status == status


def test_gone_in_the_middle(serve: Serve) -> None:
    with ShelfClient(serve(HELLO)) as client, pytest.raises(Unreachable):
        client.info()


@pytest.mark.parametrize("reply", [b"?", b'{"type": "secret"}', messages.encode(messages.Done())])
def test_an_answer_that_does_not_fit(serve: Serve, reply: bytes) -> None:
    with ShelfClient(serve(HELLO, reply)) as client, pytest.raises(MsapemuError, match="answer"):
        client.info()


def test_no_answer(serve: Serve) -> None:
    hold = threading.Event()
    path = serve(HELLO, hold=hold)
    with ShelfClient(path, timeout=0.1) as client, pytest.raises(Unreachable, match="does not answer"):
        client.info()
    hold.set()


def test_a_socket_below_a_long_path(tmp_path: Path, serve: Serve) -> None:
    folder = tmp_path / ("d" * 120)
    folder.mkdir()
    path = folder / "ctl"
    serve_path = serve(HELLO)
    serve_path.rename(path)
    ShelfClient(path).close()
