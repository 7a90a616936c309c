"""The octet kernels alone, every variant this machine has; the yardsticks of the other files stand here too."""

from __future__ import annotations

import random

import pytest

from msapemu import _framing

OCTETS = random.Random(1).randbytes(64 * 2430)


@pytest.mark.parametrize("variant", _framing.kernel_names())
@pytest.mark.parametrize("kernel", ["bip8", "crc32", "scramble43", "descramble43"])
def test_kernel(rate, variant, kernel):
    _framing.select_kernels(variant)
    try:
        rate(lambda: _framing.kernel(kernel, OCTETS), len(OCTETS))
    finally:
        _framing.select_kernels()


def test_yardstick_memcpy(rate):
    target = bytearray(len(OCTETS))
    view = memoryview(target)

    def copy():
        view[:] = OCTETS

    rate(copy, len(OCTETS))
