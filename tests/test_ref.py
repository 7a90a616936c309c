"""The plain second implementation held against known answers and other people's CRCs.

"STANDARDS n" names a section of the fact sheet that the numbers were copied from. The whole chain is in
`test_ref_line.py`, tshark's view in `test_ref_tshark.py`.
"""

from __future__ import annotations

import struct

import pytest
from crccheck.crc import Crc7Mmc
from fastcrc import crc16, crc32
from hypothesis import given
from hypothesis import strategies as st

from tests.ref import au4, bip, crc, gfp, pointer, scramble, stm1, trace, tug, vc4, vc12
from tests.ref.line import Builder, Parser
from tests.ref.pointer import Event, Interpreter, State
from tests.ref.tug import Tu

MAC_FRAME = bytes.fromhex("ffffffffffff0200000000010800") + bytes(range(46))


def bits_of(octets: bytes) -> list[int]:
    return [octet >> i & 1 for octet in octets for i in range(7, -1, -1)]


def octets_of(bits: list[int]) -> bytes:
    return bytes(int("".join(map(str, bits[i : i + 8])), 2) for i in range(0, len(bits), 8))


# -- CRCs


@given(st.binary(max_size=200))
def test_crcs_agree_with_the_libraries(data: bytes) -> None:
    assert crc.hec16(data) == crc16.xmodem(data) == crc.crc(data, 0x1021, 16)
    assert crc.pfcs(data) == crc32.bzip2(data) == crc.crc(data, 0x04C11DB7, 32, 0xFFFFFFFF, xorout=0xFFFFFFFF)
    by_bits = crc.crc(data, 0x04C11DB7, 32, 0xFFFFFFFF, refin=True, refout=True, xorout=0xFFFFFFFF)
    assert crc.eth_fcs(data) == crc32.iso_hdlc(data).to_bytes(4, "little") == by_bits.to_bytes(4, "little")
    assert crc.crc7(data) == Crc7Mmc.calc(data)


@pytest.mark.parametrize(
    ("field", "hec"),
    [
        *[(0x0000, 0x0000), (0x0001, 0x1021), (0x0004, 0x4084), (0x0024, 0x64E6), (0x0040, 0x48C4)],
        *[(0x0044, 0x0840), (0x0048, 0xC9CC), (0x05F2, 0x30A8), (0xFFFF, 0x1D0F)],
        *[(0x1001, 0x1352), (0x0101, 0x2310), (0x1101, 0x2063), (0x0002, 0x2042), (0x0003, 0x3063)],
        *[(0x0006, 0x60C6), (0x1006, 0x63B5), (0x100D, 0xD2DE), (0x0010, 0x1231), (0x8001, 0x0BB9)],
        *[(0x8002, 0x3BDA), (0x8003, 0x2BFB), (0x8000, 0x1B98), (0x0500, 0xFFF5), (0x0100, 0x3331)],
    ],
)
def test_hec_vectors(field: int, hec: int) -> None:
    """STANDARDS 6 test vectors: cHEC, tHEC, eHEC."""
    assert crc.hec16(field.to_bytes(2, "big")) == hec


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b"123456789", 0xFC891918), (bytes(4), 0x38FB2284), (b"\xff\x03\x00\x21", 0x2910DC21), (b"", 0)],
)
def test_pfcs_vectors(data: bytes, expected: int) -> None:
    """STANDARDS 6 test vectors; and the receiver's residue C704DD7B over data and FCS."""
    assert crc.pfcs(data) == expected
    assert crc.pfcs(data + expected.to_bytes(4, "big")) ^ 0xFFFFFFFF == 0xC704DD7B


# -- scramblers


def test_stm_scrambler_vectors() -> None:
    """STANDARDS 1 scrambler: the first 32 octets, the period with 64 ones, the last 4 of an STM-1."""
    first = "FE 04 18 51 E4 59 D4 FA 1C 49 B5 BD 8D 2E E6 55 FC 08 30 A3 C8 B3 A9 F4 38 93 6B 7B 1A 5D CC AB"
    stream = scramble.keystream(2421)
    assert stream[:32] == bytes.fromhex(first)
    assert stream[-4:] == bytes.fromhex("E4 59 D4 FA")
    bits = bits_of(stream)
    assert bits[:127] == bits[127:254] and sum(bits[:127]) == 64
    assert scramble.keystream(9684)[-4:] == bytes.fromhex("1A 5D CC AB")


@pytest.mark.parametrize(
    ("plain", "line"),
    [
        (b"\xff" * 16, "FF FF FF FF FF E0 00 00 00 00 03 FF FF FF FF FF"),
        (b"\x80" + bytes(15), "80 00 00 00 00 10 00 00 00 00 02 00 00 00 00 00"),
        (bytes(range(1, 17)), "01 02 03 04 05 06 27 48 69 8A AB C8 E4 03 3E 45"),
    ],
)
def test_x43_vectors(plain: bytes, line: str) -> None:
    """STANDARDS 6: x43, state 0."""
    assert scramble.X43Scrambler().process(plain) == bytes.fromhex(line)
    assert scramble.X43Descrambler().process(bytes.fromhex(line)) == plain


@given(st.lists(st.binary(max_size=20), max_size=5), st.integers(0, 2**43 - 1))
def test_x43_by_octets_is_x43_by_bits(runs: list[bytes], state: int) -> None:
    registers = [list(map(int, format(state, "043b"))) for _ in range(2)]
    scrambler, descrambler = scramble.X43Scrambler(state), scramble.X43Descrambler(state)
    for run in runs:
        line = scrambler.process(run)
        assert line == octets_of(scramble.x43_scramble_bits(bits_of(run), registers[0]))
        assert descrambler.process(line) == run
        assert scramble.x43_descramble_bits(bits_of(line), registers[1]) == bits_of(run)


# -- trail traces


@pytest.mark.parametrize(
    ("text", "first"),
    [
        *[("\0" * 15, 0x89), ("EXFO SONET/SDH ", 0x88), (" " * 15, 0xC8), ("ABCDEFGHIJKLMNO", 0x98)],
        ("STM1-TEST-00001", 0x95),
        *[("123456789ABCDEF", 0x80 | 0x62), ("TTI UNAVAILABLE", 0x80 | 0x23)],
    ],
)
def test_trace_vectors(text: str, first: int) -> None:
    """STANDARDS 1 trail trace, and section 0 for the two examples of G.707."""
    built = trace.build(text)
    assert built == bytes([first]) + text.encode()
    assert trace.check(built)
    assert not trace.check(built[:-1] + bytes([built[-1] ^ 1]))


def test_trace_is_found_at_any_phase() -> None:
    for start in range(16):
        assert trace.find((trace.build("msapemu") * 3)[start:]) == "msapemu        "
    assert trace.find(bytes(64)) is None


# -- parities


@given(st.binary(max_size=60).filter(lambda data: len(data) % 3 == 0))
def test_parities_bit_by_bit(data: bytes) -> None:
    """STANDARDS 1 BIP and 5 V5: bit i is the parity of bits i; BIP-2 of odd- and even-numbered bits."""
    bits = bits_of(data)
    for i in range(8):
        assert bip.bip8(data) >> (7 - i) & 1 == sum(bits[i::8]) % 2
    assert bits_of(bip.bip24(data)) == [sum(bits[i::24]) % 2 for i in range(24)]
    assert bip.bip2(data) == sum(bits[0::2]) % 2 << 1 | sum(bits[1::2]) % 2


# -- GFP


def plain_frames() -> dict[str, tuple[bytes, str]]:
    """Name -> frame built here, and the octets of STANDARDS 6 / vectors/misc.out."""
    mac = "ffffffffffff0200000000010800" + bytes(range(46)).hex() + "1eb95687"
    payload = gfp.ethernet_payload(MAC_FRAME)
    management = {"upi": 1, "pti": gfp.PTI_CLIENT_MANAGEMENT}
    return {
        "null": (gfp.build(payload), "0044084000011021" + mac),
        "pfcs": (gfp.build(payload, with_pfcs=True), "0048c9cc10011352" + mac + "d2277ccf"),
        "linear": (
            gfp.build(payload, with_pfcs=True, cid=5),
            "004c8948110120630500fff5" + mac + "d2277ccf",
        ),
        "csf": (gfp.build(b"", **management), "0004408480010bb9"),
        "csf linear": (gfp.build(b"", **management, cid=5), "00088108810138880500fff5"),
        "idle": (gfp.IDLE, "00000000"),
    }


def test_gfp_frame_vectors() -> None:
    for built, expected in plain_frames().values():
        assert built.hex() == expected
    header = gfp.build(bytes(64), with_pfcs=True, cid=0x80)[:12]  # STANDARDS 6: PLI 76, linear, CID 80
    assert header == bytes.fromhex("00 4C 89 48 11 01 20 63 80 00 1B 98")


@pytest.mark.parametrize(
    ("pli", "masked"),
    [(0, "B6 AB 31 E0"), (0x48, "B6 E3 F8 2C"), (0x24, "B6 8F 55 06"), (4, "B6 AF 71 64")],
)
def test_core_header_masks(pli: int, masked: str) -> None:
    """STANDARDS 6: masked core headers."""
    assert gfp.mask_core(gfp.with_hec(pli.to_bytes(2, "big"))) == bytes.fromhex(masked)


def test_csf_on_the_line() -> None:
    """STANDARDS 6: CSF-LCS on the wire with x43 state 0."""
    csf, _ = plain_frames()["csf"]
    assert gfp.LineEncoder().encode(csf) == bytes.fromhex("B6 AF 71 64 80 01 0B B9")


def test_single_bit_syndromes() -> None:
    """STANDARDS 6: syndromes by bit, all distinct; every single error is put right."""
    listed = bytes.fromhex("1B98 0DCC 06E6 0373 89A9 CCC4 6662 3331 9188 48C4 2462 1231 8108 4084 2042 1021")
    syndromes = [*struct.unpack(">16H", listed)] + [0x8000 >> n for n in range(16)]
    assert len(set(syndromes)) == 32
    good = int.from_bytes(gfp.with_hec(b"\x05\xf2"), "big")
    for bit, syndrome in enumerate(syndromes):
        wrong = good ^ 1 << (31 - bit)
        assert crc.hec16((wrong >> 16).to_bytes(2, "big")) ^ (wrong & 0xFFFF) == syndrome
        assert gfp.correct(wrong) == good
    assert gfp.correct(good ^ 0b11 << 16) is None


def on_line(frames: list[bytes], lead_idles: int = 2) -> bytearray:
    encoder = gfp.LineEncoder()
    return bytearray(b"".join(encoder.encode(frame) for frame in [gfp.IDLE] * lead_idles + frames))


mac_frames = st.lists(st.binary(min_size=14, max_size=80), max_size=6)


@given(mac_frames, st.booleans(), st.none() | st.integers(0, 255), st.data())
def test_gfp_round_trip_in_any_pieces(
    frames: list[bytes], with_pfcs: bool, cid: int | None, data: st.DataObject
) -> None:
    """Fed whole or in pieces, the deframer gives the frames; the second idle brings SYNC and counts."""
    line = on_line([gfp.build(f, with_pfcs=with_pfcs, cid=cid) for f in frames])
    deframer, got, at = gfp.GfpDeframer(), [], 0
    while at < len(line):
        step = data.draw(st.integers(1, len(line)))
        got += deframer.feed(bytes(line[at : at + step]))
        at += step
    assert got == [gfp.Frame(0, 1, cid, f) for f in frames]
    assert deframer.state is gfp.State.SYNC
    assert deframer.counters == gfp.Counters(client_frames=len(frames), idle_frames=1)


def test_delineation_states() -> None:
    deframer = gfp.GfpDeframer()
    idle = gfp.mask_core(gfp.IDLE)
    seen = []
    wrong = bytes([idle[0] ^ 1]) + idle[1:]
    for octets in (b"\x55" * 9, idle, wrong, idle, idle, wrong, bytes(4), idle, idle, b"\0\0\0\0"):
        deframer.feed(octets)
        seen.append(deframer.state.value)
    # a single wrong bit is put right in SYNC only; four wrong octets are not
    assert seen == ["HUNT", "PRESYNC", "HUNT", "PRESYNC", "SYNC", "SYNC", "HUNT", "PRESYNC", "SYNC", "HUNT"]
    counted = deframer.counters
    assert (counted.core_hec_corrected, counted.core_hec_errors, counted.sync_losses) == (1, 2, 2)
    assert counted.idle_frames == 3


@pytest.mark.parametrize("bit", range(32))
def test_type_header_correction(bit: int) -> None:
    """The line error comes again 43 bits on, in the payload: only the pFCS, if any, can see that one."""
    line = on_line([gfp.build(MAC_FRAME)])
    line[12 + bit // 8] ^= 0x80 >> bit % 8
    deframer = gfp.GfpDeframer()
    (frame,) = deframer.feed(bytes(line))
    place = bit + 43 - 32  # of the second error, from the first payload bit
    spoiled = bytearray(MAC_FRAME)
    spoiled[place // 8] ^= 0x80 >> place % 8
    assert frame.payload == spoiled
    assert deframer.counters.type_hec_corrected == 1


def test_bad_frames_are_counted_and_dropped() -> None:
    good = gfp.build(MAC_FRAME)
    reserved_pti = gfp.build(MAC_FRAME, pti=0b011)
    ring = gfp.with_hec(b"\x00\x44") + gfp.with_hec(b"\x02\x01") + bytes(64)
    short = gfp.with_hec(b"\x00\x06") + gfp.with_hec(b"\x01\x01") + bytes(2)
    bad_type = gfp.with_hec(b"\x00\x08") + b"\x00\x01\xef\xde" + bytes(4)
    bad_fcs = gfp.build(MAC_FRAME, with_pfcs=True)[:-1] + b"\0"
    bad_extension = bytearray(gfp.build(MAC_FRAME, cid=1))
    bad_extension[8] ^= 0b11
    managed = gfp.build(b"", pti=gfp.PTI_CLIENT_MANAGEMENT, upi=1)
    control = gfp.with_hec(b"\x00\x02")
    frames = [
        good,
        reserved_pti,
        ring,
        short,
        bad_type,
        bad_fcs,
        bytes(bad_extension),
        managed,
        control,
        good,
    ]
    deframer = gfp.GfpDeframer()
    got = deframer.feed(bytes(on_line(frames)))
    assert [f.payload for f in got] == [MAC_FRAME, b"", MAC_FRAME]
    assert deframer.counters == gfp.Counters(
        client_frames=2,
        idle_frames=1,
        management_frames=1,
        type_hec_errors=1,
        extension_hec_errors=1,
        payload_fcs_errors=1,
        discarded=3,
    )


# -- pointers


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        *[(pointer.encode(522), 0x6A0A), (pointer.encode(0), 0x6800), (pointer.encode(782), 0x6B0E)],
        *[(pointer.encode_increment(522), 0x68A0), (pointer.encode_decrement(522), 0x6B5F)],
        *[(pointer.encode(0, ndf=True), 0x9800)],
        *[(pointer.encode(105), 0x6869), (pointer.encode(139), 0x688B)],  # TU-12, STANDARDS 4
    ],
)
def test_pointer_vectors(word: int, expected: int) -> None:
    """STANDARDS 2 and 4."""
    assert word == expected


def test_new_data_flag_patterns() -> None:
    """STANDARDS 2: enabled, disabled; the six others are invalid."""
    enabled = {0b1001, 0b0001, 0b1101, 0b1011, 0b1000}
    disabled = {0b0110, 0b1110, 0b0010, 0b0100, 0b0111}
    for bits in range(16):
        expected = True if bits in enabled else False if bits in disabled else None
        assert pointer.ndf_of(bits << 12) is expected


def run(words: list[int], offsets: int = 783, check_ss: bool = False) -> tuple[Interpreter, list[Event]]:
    interpreter = Interpreter(offsets, check_ss)
    return interpreter, [interpreter.feed(word) for word in words]


UP = [pointer.encode(522)] * 3


@pytest.mark.parametrize(
    ("words", "state", "value"),
    [
        (UP[:2], State.LOP, None),
        (UP, State.NORM, 522),
        (UP + [pointer.encode(522, ss=0)] * 3, State.NORM, 522),  # SS is ignored in an AU
        (UP + [pointer.encode(9)] * 2, State.NORM, 522),
        (UP + [pointer.encode(9)] * 3, State.NORM, 9),
        ([*UP, pointer.encode(100, ndf=True)], State.NORM, 100),
        ([*UP, pointer.encode(783, ndf=True)], State.NORM, 522),
        ([*UP, pointer.encode_increment(522)], State.NORM, 523),
        ([*UP, pointer.encode_decrement(522)], State.NORM, 521),
        ([*UP, pointer.encode(522) ^ 0b1010100001], State.NORM, 523),  # 3 of 5 I bits, 1 D bit
        ([*UP, pointer.encode(522) ^ 0b1111110000], State.NORM, 522),  # both majorities
        (UP + [0xFFFF] * 2, State.NORM, 522),
        (UP + [0xFFFF] * 3, State.AIS, None),
        (UP + [0xFFFF] * 3 + [pointer.encode(7)] * 2, State.AIS, None),
        (UP + [0xFFFF] * 3 + [pointer.encode(7)] * 3, State.NORM, 7),
        ([*UP, *[0xFFFF] * 3, pointer.encode(7, ndf=True)], State.NORM, 7),
        (UP + [0xFFFF] * 3 + [0x0000] * 8, State.LOP, None),
        (UP + [0x0000] * 7, State.NORM, 522),
        (UP + [0x0000] * 8, State.LOP, None),
        (UP + [0x0000] * 7 + UP[:1] + [0x0000] * 7, State.NORM, 522),
        (UP + [pointer.encode(3, ndf=True)] * 7, State.NORM, 3),
        (UP + [pointer.encode(3, ndf=True)] * 8, State.LOP, None),
        (UP + [0x0000] * 8 + [0xFFFF] * 3, State.AIS, None),
        ([*UP, *[0x0000] * 8, pointer.encode(3, ndf=True)], State.LOP, None),
        ([*UP, *[0x0000] * 8, *UP], State.NORM, 522),
    ],
)
def test_pointer_interpreter(words: list[int], state: State, value: int | None) -> None:
    """STANDARDS 2, interpreter states."""
    interpreter, _ = run(words)
    assert (interpreter.state, interpreter.value) == (state, value)


def test_pointer_wraps_and_ss_of_a_tu() -> None:
    assert run([pointer.encode(782)] * 3 + [pointer.encode_increment(782)])[0].value == 0
    assert run([pointer.encode(0)] * 3 + [pointer.encode_decrement(0)])[0].value == 782
    assert run([pointer.encode(139)] * 3 + [pointer.encode_increment(139)], 140)[0].value == 0
    assert run([pointer.encode(7, ss=0)] * 9, 140, check_ss=True)[0].state is State.LOP
    assert run([pointer.encode(7)] * 3 + [pointer.encode(7, ss=3)] * 8, 140, check_ss=True)[0].value is None


# -- places


def test_au4_offsets_in_the_frame() -> None:
    """STANDARDS 2: row and column of some offsets."""
    expected = {0: (4, 10), 86: (4, 268), 87: (5, 10), 521: (9, 268), 522: (1, 10), 782: (3, 268)}
    for value, (row, column) in expected.items():
        assert divmod(au4.start_in_frame(value), 261) == (row - 1, column - 10)


def test_tu12_columns_are_the_nested_interleave() -> None:
    """STANDARDS 4: TUG-2 (12 columns, 7 interleaved) of TU-12s (4 columns, 3 interleaved) in a TUG-3."""
    used = set()
    for k, ell, m in tug.ALL_TUS:
        nested = []
        for x in range(4):
            in_tug2 = m + 3 * x
            in_tug3 = 2 + ell + 7 * (in_tug2 - 1)
            nested.append(3 + k + 3 * (in_tug3 - 1))
        assert tug.columns((k, ell, m)) == nested
        used |= set(nested)
    assert used == set(range(10, 262))


def test_tug_payload_octet_by_octet() -> None:
    quarters = {tu: bytes([n + 1] * 36) for n, tu in enumerate(tug.ALL_TUS)}
    payload = tug.frame_payload(quarters)
    for row in range(9):
        for column in range(2, 262):
            octet = payload[row * 260 + column - 2]
            owner = [n + 1 for n, tu in enumerate(tug.ALL_TUS) if column in tug.columns(tu)]
            npi = {0: 0x9B, 1: 0xE0}.get(row, 0) if column in (4, 5, 6) else 0
            assert octet == (owner[0] if owner else npi)
    walk = bytes(range(36))
    assert tug.quarter_from(tug.frame_payload({(2, 3, 1): walk}), (2, 3, 1)) == walk
    rows = tug.frame_payload({(1, 1, 1): walk})
    assert [rows[row * 260 + c - 2] for row in (0, 1) for c in (10, 73, 136, 199)] == list(range(8))


def test_vc12_layout() -> None:
    """STANDARDS 5: V5 J2 N2 K4 at 0, 35, 70, 105; label 101; the K4 multiframe strings."""
    octets = vc12.build(bytes(range(136)), bip2=0b10, j2=0x4A, k4=0xC0, rei=1, rdi=1)
    assert (octets[0], octets[35], octets[70], octets[105]) == (0b10101011, 0x4A, 0, 0xC0)
    overhead, payload = vc12.parse(octets)
    assert overhead == (0b10, 1, 0b101, 1, 0x4A, 0, 0xC0) and payload == bytes(range(136))
    assert vc12.k4_bit1(0x0D) == "01111111110000011010000000000000"  # vectors/misc.out
    assert vc12.k4_bit2(7, 22) == "00111010110" + "0" * 21


@given(st.integers(0, 2000), st.integers(0, 63), st.integers(43, 100))
def test_k4_multiframe_is_found_at_any_phase(first: int, sq: int, count: int) -> None:
    """A whole multiframe with its MFAS lies in any 63 octets; fewer may not hold one."""
    found = vc12.find_k4_multiframe(bytes(vc12.k4_octet(first + i, 0x0D, sq) for i in range(count)))
    if found is None:
        assert count < 63
    else:
        assert found == (first % 1024, 0x0D, sq)
    assert vc12.find_k4_multiframe(bytes(count)) is None


def test_h4_names_the_next_vc4() -> None:
    """STANDARDS 0: the VC-4 that holds V1 carries ..01, V2 10, V3 11, V4 00, other bits 1."""
    assert [tug.h4_of(q) for q in range(4)] == [0xFD, 0xFE, 0xFF, 0xFC]
    assert [tug.quarter_of(tug.h4_of(q)) for q in range(4)] == [0, 1, 2, 3]


def test_stm1_places_and_parities() -> None:
    """STANDARDS 1: the first frames octet by octet where the overhead is."""
    first, second = Builder(on_frame=None).frames(2)
    for frame in (first, second):
        assert frame[:9] == bytes([0xF6] * 3 + [0x28] * 3) + frame[6:7] + b"\xaa\xaa"
    plain = [stm1.scramble(frame) for frame in (first, second)]
    assert [p[6] for p in plain] == list(trace.build("msapemu")[:2])
    assert plain[0][3 * 270 : 3 * 270 + 9] == bytes.fromhex("6A 9B 9B 0A FF FF 00 00 00")
    assert plain[0][8 * 270] == 0x0B
    assert plain[0][270] == 0 and plain[0][1080:1083] == bytes(3) and plain[0][270 + 9] == 0  # B1, B2, B3
    line_bits, covered = (
        bits_of(first),
        bits_of(b"".join(plain[0][270 * r + 9 : 270 * (r + 1)] for r in range(3))),
    )
    covered += bits_of(plain[0][810:])
    assert bits_of(plain[1][270:271]) == [sum(line_bits[i::8]) % 2 for i in range(8)]
    assert bits_of(plain[1][1080:1083]) == [sum(covered[i::24]) % 2 for i in range(24)]
    container = b"".join(plain[0][270 * r + 9 : 270 * (r + 1)] for r in range(9))
    assert plain[1][270 + 9] == bip.bip8(container)
    assert [plain[0][270 * r + 9] for r in range(9)] == [trace.build("msapemu")[0], 0, 0x1B, 0, 0, 0, 0, 0, 0]
    # the GFP octets begin right of J1
    assert container[1:5] == bytes.fromhex("B6AB31E0")


def test_first_vc4_and_vc12_lie_where_the_contract_says() -> None:
    """VC-4 0 starts in frame 0, V5 of VC-12 0 in TU multiframe 0, zeros before both."""
    j1 = trace.build("msapemu")
    for value in (0, 1, 300, 521, 522, 523, 782):
        frame = stm1.payload_of(stm1.scramble(Builder(au_pointer=value).frame()))
        start = (783 + 3 * value) % 2349
        assert frame[:start] == bytes(start) and frame[start] == j1[0]
    for value in (0, 34, 35, 104, 105, 139):
        frames = Builder(mapping="vc12", members=[(1, 2, 3)], tu_pointers={(1, 2, 3): value}).frames(4)
        payloads = [vc4.payload_of(stm1.payload_of(stm1.scramble(f))) for f in frames]
        octets = b"".join(tug.quarter_from(p, (1, 2, 3)) for p in payloads)
        assert octets[0] == 0x68 and octets[36] == value
        in_order = octets[1:36] + octets[37:72] + octets[73:108] + octets[109:]
        start = (value + 35) % 140
        assert in_order[:start] == bytes(start) and in_order[start] == 0b00001010


def plain_frames_of(builder: Builder, count: int) -> list[bytes]:
    return [stm1.scramble(frame) for frame in builder.frames(count)]


def test_au4_justification_on_the_line() -> None:
    """STANDARDS 2: stuff is the three octets after H3; H3 carries data; new data leaves a gap."""
    moves: dict[int, pointer.Move] = {2: "inc", 6: "dec", 10: "dec", 14: ("ndf", 600)}
    moved = plain_frames_of(Builder([MAC_FRAME] * 999, au_moves=moves), 20)
    still = b"".join(stm1.payload_of(frame) for frame in plain_frames_of(Builder([MAC_FRAME] * 999), 20))
    words = [frame[810] << 8 | frame[813] for frame in moved]
    assert words[:3] == [0x6A0A, 0x6A0A, 0x68A0] and words[3:6] == [pointer.encode(523)] * 3
    assert words[6] == pointer.encode(523) ^ 0b0101010101 and words[7:10] == [pointer.encode(522)] * 3
    assert words[11] == pointer.encode(521) and words[14] == 0x9800 | 600 and words[15] == pointer.encode(600)
    stream = b""
    for number, frame in enumerate(moved):
        payload, h3 = stm1.payload_of(frame), frame[816:819]
        if number == 2:
            assert payload[783:786] == bytes(3)
            payload = payload[:783] + payload[786:]
        elif number in (6, 10):
            payload = payload[:783] + h3 + payload[783:]
        else:
            assert h3 == bytes(3)
        if number == 14:
            # the last VC-4 of the old pointer ends here, the next begins 3 x 79 octets on
            gap = 783 + 3 * 521
            assert not any(payload[gap : gap + 3 * 79])
            stream += payload[:gap]
            break
        stream += payload
    assert len(stream) > 14 * 2349 and still.startswith(stream)


def test_ss_bits_as_sonet_sends_them() -> None:
    """STANDARDS 2: SS = 00 in H1 and in both Y; a receiver of an AU ignores it."""
    (frame, *_) = frames = Builder(au_ss=0).frames(5)
    assert stm1.scramble(frame)[810:816] == bytes.fromhex("62 93 93 0A FF FF")
    assert Parser().feed_all(frames).au_pointer == 522


def test_tu12_justification_on_the_line() -> None:
    """STANDARDS 4: V3 carries data, or the octet after V3 is stuff; one pointer in four frames."""
    tu, moves = (2, 5, 3), {1: "inc", 5: "dec", 9: "dec"}

    def quarters(tu_moves: dict[Tu, pointer.Moves]) -> list[bytes]:
        builder = Builder(
            [MAC_FRAME] * 99, mapping="vc12", members=[tu], tu_pointers={tu: 50}, tu_moves=tu_moves
        )
        payloads = [vc4.payload_of(stm1.payload_of(frame)) for frame in plain_frames_of(builder, 4 * 13)]
        return [tug.quarter_from(payload, tu) for payload in payloads]

    still = b"".join(octets[1:] for octets in quarters({}))
    moved, stream, words = quarters({tu: dict(moves)}), b"", []
    for number in range(13):
        v1, v2, v3, v4 = moved[4 * number : 4 * number + 4]
        words.append(v1[0] << 8 | v2[0])
        if number == 1:
            assert v3[:2] == bytes(2)
            third = v3[2:]
        else:
            third = v3 if number in (5, 9) else v3[1:]
        stream += v1[1:] + v2[1:] + third + v4[1:]
    assert words[:3] == [0x6832, 0x6832 ^ pointer.I_BITS, 0x6833]
    assert words[5:7] == [0x6833 ^ pointer.D_BITS, 0x6832] and words[10] == 0x6831
    assert stream[: len(still)] == still[: len(stream)]


def test_numbers_begin_at_zero() -> None:
    """VC-4 0 holds V1 and octet 0 of J1; VC-12 0 octet 0 of J2 and bit 1 of K4; octets go in SQ order."""
    members, j2 = [(3, 3, 3), (1, 1, 1)], trace.build("msapemu")
    plain = plain_frames_of(Builder([MAC_FRAME] * 20, mapping="vc12", members=members, lead_idles=3), 4 * 40)
    vc4s = [stm1.payload_of(frame) for frame in plain]
    overhead = vc4.overhead_of(vc4s[0])
    assert (overhead["J1"], overhead["C2"], overhead["H4"]) == (j2[0], 0x02, 0xFD)
    assert list(overhead) == ["J1", "B3", "C2", "G1", "F2", "H4", "F3", "K3", "N1"]
    k4, payloads = [], []
    for member in members:
        octets = b"".join(tug.quarter_from(vc4.payload_of(v), member)[1:] for v in vc4s)
        vc12s = [octets[i : i + 140] for i in range(35, len(octets) - 139, 140)]
        k4.append(bytes(v[105] for v in vc12s))
        payloads.append(b"".join(vc12.parse(v)[1] for v in vc12s))
        assert [v[35] for v in vc12s[:16]] == list(j2)
        assert vc12s[0][0] == 0b00001010  # BIP-2 of the first is zero
        assert [v[0] >> 6 for v in vc12s[1:]] == [bip.bip2(v) for v in vc12s[:-1]]
    bit1 = "".join(str(octet >> 7) for octet in k4[1][:32])
    bit2 = ["".join(str(octet >> 6 & 1) for octet in octets[:39]) for octets in k4]
    assert bit1 == "01111111110" + "00001101" + "0" * 13
    assert bit2 == [
        "0" * 32 + "0000100",
        "0" * 10 + "1" + "0" * 21 + "0000100",
    ]  # SQ 0 and 1; then frame count 1
    stream = bytes(payloads[i % 2][i // 2] for i in range(400))
    assert stream == bytes(on_line([gfp.build(gfp.ethernet_payload(MAC_FRAME))] * 20, lead_idles=3)[:400])
