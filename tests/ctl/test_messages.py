"""Control messages: what is sent is understood, and nothing else is."""

from __future__ import annotations

import msgspec
import pytest

from msapemu.ctl import messages
from msapemu.ctl.config import Impairment

from .test_config import FULL

REQUESTS = [
    messages.Hello(),
    messages.GetInfo(),
    messages.GetEvents(since=5),
    messages.Apply(FULL),
    messages.Impair("1/1", Impairment(delay_us=5, ber=1e-9, seed=2)),
    messages.Shutdown(),
]
REPLIES = [
    messages.Hello(protocol=7, program="x"),
    messages.Info(config=FULL, pid=1, generation=3, scheduling="s", uptime_s=1.5, warnings=("w",)),
    messages.Events((messages.Event(1, 2, 3, 4.0, "co/1/1", "LOS", "raise"),), 2),
    messages.Done(),
    messages.Failed(2, "no"),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda r: type(r).__name__)
def test_requests(request_: messages.Request) -> None:
    assert messages.decode_request(messages.encode(request_)) == request_


@pytest.mark.parametrize("reply", REPLIES, ids=lambda r: type(r).__name__)
def test_replies(reply: messages.Reply) -> None:
    assert messages.decode_reply(messages.encode(reply)) == reply


def test_a_hello_of_a_later_version_is_understood() -> None:
    hello = messages.decode_request(b'{"type": "hello", "protocol": 99, "program": "9", "news": [1, 2]}')
    assert hello == messages.Hello(protocol=99, program="9")


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"{}",
        b"\xff",
        b'{"type": "dance"}',
        b'{"type": "impair", "port": "1/1"}',
        b'{"type": "impair", "port": "1/1", "impair": {"delay_us": "much"}}',
        b'{"type": "shutdown", "now": true}',
    ],
)
def test_anything_else_is_refused(packet: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        messages.decode_request(packet)


def test_the_largest_configuration_fits_a_packet() -> None:
    """63 circuits a line, with room to spare for sixteen such lines."""
    circuits = tuple(
        msgspec.structs.replace(FULL.circuits[0], name=f"circuit-with-a-long-name-{n}") for n in range(63 * 16)
    )
    packet = messages.encode(messages.Apply(msgspec.structs.replace(FULL, circuits=circuits)))
    assert len(packet) < messages.MESSAGE_OCTETS
