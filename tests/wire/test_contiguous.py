"""A VC-12 and a VC-3 that carry GFP without being virtually concatenated, beside groups."""

from __future__ import annotations

import pytest

from msapemu._framing import Group, Line, LineMap

MEMBERS = [("2.3.1",), ("2",)]


@pytest.mark.parametrize("member", MEMBERS, ids=str)
def test_from_the_start_of_a_line(member: tuple[str]) -> None:
    sender, receiver, near, far = Group(), Group(), Line(), Line()
    near.apply(LineMap("tug", [(sender, member)], contiguous=True))
    far.apply(LineMap("tug", [(receiver, member)], contiguous=True))
    frames = [bytes([number]) * 60 for number in range(20)]
    for _ in range(20):
        far.parse(near.build(4))
    for frame in frames:
        sender.send(frame)
    for _ in range(40):
        far.parse(near.build(4))
    assert receiver.receive() == frames
    assert receiver.defects == ()
    path = far.report()["vc12" if "." in member[0] else "vc3"][member[0]]
    assert path["sq"] is None


def test_some_groups_contiguous_and_others_not() -> None:
    members = [("1.1.1",), ("1.1.2",), ("2",), ("3",)]
    near, far = Line(), Line()
    senders, receivers = [Group() for _ in members], [Group() for _ in members]
    for line, groups in ((near, senders), (far, receivers)):
        line.apply(LineMap("tug", list(zip(groups, members, strict=True)), contiguous=["1.1.2", "3"]))
    for _ in range(200):
        far.parse(near.build(4))
    report = far.report()
    assert [report["vc12"][name]["sq"] for name in ("1.1.1", "1.1.2")] == [0, None]
    assert [report["vc3"][name]["sq"] for name in ("2", "3")] == [0, None]
    frames = [bytes([number]) * 100 for number in range(10)]
    for sender in senders:
        for frame in frames:
            sender.send(frame)
    for _ in range(40):
        far.parse(near.build(4))
    assert [receiver.receive() for receiver in receivers] == [frames] * 4
    with pytest.raises(ValueError, match="a contiguous group has one member"):
        LineMap("tug", [(Group(), ("1.1.1", "1.1.2"))], contiguous=["1.1.2"])
