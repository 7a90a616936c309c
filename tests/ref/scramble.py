"""The two scramblers: frame-synchronous 1+x^6+x^7 of the STM-N, self-synchronous x^43+1 of the payload."""

from __future__ import annotations

_X43_MASK = (1 << 43) - 1
KEYSTREAM_PERIOD = 127  # octets: as many as the bits, whose number is odd (STANDARDS 1)


def keystream(octets: int) -> bytes:
    """First octets of the STM-N scrambler: register all ones, out = s7, new s1 = s6 xor s7 (STANDARDS 1)."""
    register = [1] * 7
    bits = []
    for _ in range(8 * octets):
        bits.append(register[6])
        register = [register[5] ^ register[6], *register[:6]]
    return bytes(int("".join(map(str, bits[i : i + 8])), 2) for i in range(0, len(bits), 8))


def x43_scramble_bits(bits: list[int], state: list[int]) -> list[int]:
    """Bit by bit: line bit = bit xor the line bit 43 earlier; `state`: last 43 line bits (STANDARDS 6)."""
    line: list[int] = []
    for bit in bits:
        out = bit ^ state[0]
        state[:] = [*state[1:], out]
        line.append(out)
    return line


def x43_descramble_bits(line: list[int], state: list[int]) -> list[int]:
    """Bit by bit: bit = line bit xor the line bit 43 earlier (STANDARDS 6)."""
    bits: list[int] = []
    for received in line:
        bits.append(received ^ state[0])
        state[:] = [*state[1:], received]
    return bits


class X43Scrambler:
    """x^43+1 scrambler, an octet a step: it is shorter than the delay, so its bits do not meet."""

    def __init__(self, state: int = 0) -> None:
        """`state`: the last 43 line bits, the oldest most significant; 0 at the start of a file."""
        self.state = state

    def process(self, octets: bytes) -> bytes:
        """Line octets of `octets`; the state goes on (STANDARDS 6)."""
        line = bytearray()
        for octet in octets:
            out = octet ^ (self.state >> 35)
            self.state = ((self.state << 8) & _X43_MASK) | out
            line.append(out)
        return bytes(line)


class X43Descrambler:
    """x^43+1 descrambler, an octet a step."""

    def __init__(self, state: int = 0) -> None:
        """`state`: the last 43 line bits received; 0 at the start of a file."""
        self.state = state

    def process(self, line: bytes) -> bytes:
        """Plain octets of the `line` octets; the state goes on (STANDARDS 6)."""
        plain = bytearray()
        for received in line:
            plain.append(received ^ (self.state >> 35))
            self.state = ((self.state << 8) & _X43_MASK) | received
        return bytes(plain)
