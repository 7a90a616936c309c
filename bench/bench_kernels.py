"""The octet kernels alone, every variant this machine has; the yardsticks of the other files stand here too."""

from __future__ import annotations

import pytest

from msapemu import _framing

OCTETS = 64 * 2430  # of the yardstick
ROUNDS = 4000 * 2430  # octets that the kernels take
SIZES = {"crc32": (60, 1514), "crc32_msb": (60, 1514), "scramble43": (68, 1522, 2340), "descramble43": (68, 1522, 2340)}
STM1 = 2430  # octets that the others run over


@pytest.mark.parametrize("variant", _framing.kernel_names())
@pytest.mark.parametrize(
    ("kernel", "size"), [(name, size) for name in _framing.KERNELS for size in SIZES.get(name, (STM1,))]
)
def test_kernel(rate, variant, kernel, size):
    """Again and again over the same octets, which are near."""
    rounds = ROUNDS // size
    _framing.select_kernels(variant)
    try:
        each = _framing.repeat_kernel(kernel, size)
        rate(lambda: _framing.repeat_kernel(kernel, size, rounds), each * rounds)
    finally:
        _framing.select_kernels()


def test_yardstick_memcpy(rate):
    octets = bytes(OCTETS)
    target = bytearray(OCTETS)
    view = memoryview(target)

    def copy():
        view[:] = octets

    rate(copy, OCTETS)
