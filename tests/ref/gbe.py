"""The PCS of 1000BASE-X: MAC frames <-> characters (IEEE 802.3 clause 36).

Ordered sets: /I1/ K28.5 D5.6, /I2/ K28.5 D16.2, /C1/ K28.5 D21.5 and /C2/ K28.5 D2.2 with two octets of
configuration, /S/ K27.7, /T/ K29.7, /R/ K23.7, /V/ K30.7. An ordered set of more than one character, and /S/, stand
at even places. /S/ takes the place of the first octet of the preamble; /T/ /R/ follow the FCS, and a second /R/ when
the first stands at an even place. The first /I/ behind a frame is /I1/ where the running disparity is positive, all
others are /I2/: so each /I/ leaves it negative.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from .eightb10b import K23_7, K27_7, K28_5, K29_7, K30_7, PAD, Character, Encoder, data

S, T, R, V = K27_7, K29_7, K23_7, K30_7
D5_6, D16_2, D21_5, D2_2 = (Character(y << 5 | x) for x, y in ((5, 6), (16, 2), (21, 5), (2, 2)))
I1, I2 = [K28_5, D5_6], [K28_5, D16_2]
CONFIGURATION = (D21_5, D2_2)
PREAMBLE, SFD = b"\x55", b"\xd5"
GAP = 12  # octets between frames, /T/ and /R/ among them


class Transmitter:
    """MAC frames with FCS -> characters."""

    def __init__(self, gap: int = GAP) -> None:
        """`gap`: the least number of characters between the FCS of a frame and the /S/ of the next."""
        self.gap = gap
        self._encoder = Encoder()
        self._places = 0

    def _sent(self, characters: list[Character]) -> list[Character]:
        self._encoder.encode(characters)
        self._places += len(characters)
        return characters

    def idle(self, sets: int = 1) -> list[Character]:
        """So many /I/."""
        characters: list[Character] = []
        for _ in range(sets):
            characters += self._sent(I1 if self._encoder.disparity == 1 else I2)
        return characters

    def frame(self, octets: bytes, *, preamble: int = 7, errors: Collection[int] = ()) -> list[Character]:
        """/S/, the rest of the preamble, SFD, the frame, /T/ /R/ (/R/), then /I/ for the gap.

        `preamble`: its octets, the one that /S/ stands for among them. `errors`: octets of the frame sent as /V/.
        """
        body = data(octets)
        for place in errors:
            body[place] = V
        characters = self._sent([S, *data(PREAMBLE * (preamble - 1) + SFD), *body])
        end = self._sent([T, R])
        if self._places % 2:
            end += self._sent([R])
        characters += end
        return characters + self.idle(max(1, (self.gap - len(end) + 1) // 2))


class Receiver:
    """Characters -> MAC frames with FCS. Even places are not asked for: GFP-T may have taken some idles away.

    A frame ends well with /T/ /R/ before /R/ or K28.5, and ill with /R/ /R/ /R/, or with K28.5 and a data character
    before another K28.5, or with the beginning of a /C/ (the check_end of clause 36.2.5.2.2). Any other control
    character in a frame, and 10B_ERR, is an error in it that does not end it.
    """

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.errored = 0  # frames with an error, an ill end, or without SFD
        self.false_carriers = 0  # runs of what is neither idle nor configuration nor /S/
        self.configurations: list[int] = []  # the 16 bits of each /C/
        self._waiting: list[Character] = []
        self._frame: bytearray | None = None
        self._bad = self._false = False

    def feed(self, characters: Iterable[Character]) -> Receiver:
        """Take the next characters. The last few wait, as their meaning hangs on what follows."""
        self._waiting += [character for character in characters if character != PAD]
        at = 0
        while len(self._waiting) - at >= 4:
            ahead = self._waiting[at : at + 4]
            at += self._between(ahead) if self._frame is None else self._within(self._frame, ahead)
        del self._waiting[:at]
        return self

    def _between(self, ahead: list[Character]) -> int:
        """Outside frames: how many of four characters are used."""
        first, second = ahead[:2]
        was_false, self._false = self._false, False
        if first == S:
            self._frame, self._bad = bytearray(), False
        elif first == K28_5 and second in CONFIGURATION and not (ahead[2].control or ahead[3].control):
            self.configurations.append(ahead[3].value << 8 | ahead[2].value)
            return 4
        elif first == K28_5 and not second.control:
            return 2
        elif first != R:  # carrier extension
            self._false = True
            self.false_carriers += not was_false
        return 1

    def _within(self, frame: bytearray, ahead: list[Character]) -> int:
        first, second, third = ahead[:3]
        if not first.control:
            frame.append(first.value)
        elif (first, second) == (T, R) and third in (R, K28_5):
            self._end(frame)
            return 2
        elif first == second == third == R or (first == K28_5 and self._idles(second, third)):
            self._bad = True
            self._end(frame)
            return 0
        else:
            self._bad = True
        return 1

    @staticmethod
    def _idles(second: Character, third: Character) -> bool:
        return (not second.control and third == K28_5) or (second in CONFIGURATION and third == Character(0))

    def _end(self, frame: bytearray) -> None:
        preamble, sfd, octets = bytes(frame).partition(SFD)
        if self._bad or not sfd or preamble.strip(PREAMBLE):
            self.errored += 1
        else:
            self.frames.append(octets)
        self._frame = None
