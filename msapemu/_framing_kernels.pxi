# The kernels alone: which variants there are, and what each of them does. Included by _framing.pyx.

def kernel_names():
    """The kernel variants that this machine can run, best first."""
    cdef unsigned i = 0
    names = []
    while kernels_variant(i) != NULL:
        names.append((<bytes>kernels_variant(i).name).decode())
        i += 1
    return names


def select_kernels(name=None):
    """Use the kernels of that name (None: the best); give the name in use. For tests and measurements.

    Raises ValueError when this machine has not got them.
    """
    cdef bytes text
    if name is None:
        kernels_select(NULL)
    else:
        text = name.encode()
        if not kernels_select(text):
            raise ValueError(f"no kernels named {name!r} on this machine")
    return (<bytes>kernels.name).decode()


def _rows_kernel(name, const uint8_t[::1] octets, of):
    cdef size_t size = sum(column < 64 for column in of)
    cdef size_t count = octets.shape[0] // (size if name == "rows_deal" else 64)
    cdef const uint8_t[::1] columns = bytes(of) + bytes(64 - len(of)) if name == "rows_gather" else \
        bytes(of) + b"\xff" * (64 - len(of))
    cdef const uint8_t[::1] room = bytes(octets) + bytes(64)
    cdef uint8_t[::1] out = bytearray(64 * count + 64)
    if name == "rows_deal":
        kernels.rows_deal(&out[0], &room[0], count, <unsigned>size, &columns[0])
        return bytes(out[:64 * count])
    kernels.rows_gather(&out[0], &room[0], count, <unsigned>size, &columns[0])
    return bytes(out[:size * count])


def kernel(name, const uint8_t[::1] octets not None, uint64_t state=0, unsigned shift=1, of=None):
    """Run one kernel on its own: "bip8", "bip24", "crc32", "crc32_msb", "frame_send", "frame_receive", "hec16",
    "rows64", "rows_deal", "rows_gather", "scramble43", "descramble43", "shift", "turns". The scramblers give (octets,
    state), the frame's passes (octets, BIP-8, BIP-24N). `of`: of rows, which octet of a run stands in which column."""
    cdef size_t n = octets.shape[0]
    cdef const uint8_t *p = &octets[0] if n else NULL
    cdef uint8_t out[64]
    if name == "bip8":
        return kernels.bip8(p, n)
    if name == "crc32":
        return <uint32_t>~kernels.crc32(0xffffffff, p, n)
    if name == "crc32_msb":
        return <uint32_t>~crc32_msb(0xffffffff, p, n)
    if name == "hec16":
        return hec16(<uint16_t>((p[0] << 8) | p[1]))
    if name == "bip24":
        kernels.bip24n(out, p, <unsigned>(n // _STM1_OCTETS))
        return out[:3 * (n // _STM1_OCTETS)]
    if name == "turns":
        return kernels.turns(p, n)
    if name == "rows64":
        kernels.xor_rows64(out, p, n // 64)
        return out[:64]
    if name in ("rows_deal", "rows_gather"):
        return _rows_kernel(name, octets, of)
    result = PyBytes_FromStringAndSize(NULL, n)
    if name == "frame_send":
        memcpy(PyBytes_AS_STRING(result), p, n)
        bip = kernels.frame_send(out, <uint8_t *>PyBytes_AS_STRING(result), <unsigned>(n // _STM1_OCTETS))
        return result, bip, out[:3 * (n // _STM1_OCTETS)]
    if name == "frame_receive":
        bip = kernels.frame_receive(out, <uint8_t *>PyBytes_AS_STRING(result), p, <unsigned>(n // _STM1_OCTETS))
        return result, bip, out[:3 * (n // _STM1_OCTETS)]
    if name == "scramble43":
        kernels.scramble43(&state, <uint8_t *>PyBytes_AS_STRING(result), p, n)
        return result, state
    if name == "descramble43":
        kernels.descramble43(&state, <uint8_t *>PyBytes_AS_STRING(result), p, n)
        return result, state
    if name == "shift":
        # the first octet has none before it and is passed over
        kernels.shift_bits(<uint8_t *>PyBytes_AS_STRING(result) + 1, p + 1, n - 1, shift)
        return result[1:]
    raise ValueError(name)


KERNELS = (
    "bip8", "xor_octets", "xor_rows64", "bip24n", "frame_send", "frame_receive", "scramble43", "descramble43",
    "shift_bits", "transpose", "rows_deal", "rows_gather", "crc32", "crc32_msb", "turns", "superblock_code",
    "superblock_read", "superblocks_seal", "superblocks_good",
)


def repeat_kernel(name, size_t n, size_t rounds=1):
    """Run one of KERNELS `rounds` times over n octets (for measurements); the octets of a round.

    Whole rows, frames (STM-16 where there are so many octets) and superblocks of the n octets; of columns 64 x 144, of
    rows 63 octets in another order.
    """
    cdef uint32_t crc = 0xffffffff
    cdef uint64_t state = 1
    cdef unsigned sum = 0, k, stm = <unsigned>(16 if n >= 16 * _STM1_OCTETS else 1)
    cdef size_t i, j, frames = n // (stm * _STM1_OCTETS), rows = n // 64, blocks = n // SUPERBLOCK
    cdef uint8_t[::1] source = bytearray(n + 9472), target = bytearray(n + 9472)
    cdef uint8_t *a = &source[64]
    cdef uint8_t *b = &target[64]
    cdef uint8_t of[64]
    cdef int which = KERNELS.index(name)
    for i in range(0, n + 9408, 12700):
        memcpy(a + i, KEYSTREAM, min(<size_t>12700, n + 9408 - i))
    for k in range(64):
        of[k] = <uint8_t>(37 * k % 63)
    for i in range(blocks if which == 16 else 0):
        kernels.superblock_code(a + SUPERBLOCK * i, 0xaaaa000011118001)
    with nogil:
        for i in range(rounds):
            if which == 0:
                sum += kernels.bip8(a, n)
            elif which == 1:
                kernels.xor_octets(b, a, KEYSTREAM, n)
            elif which == 2:
                kernels.xor_rows64(b, a, rows)
            elif which == 6:
                kernels.scramble43(&state, b, a, n)
            elif which == 7:
                kernels.descramble43(&state, b, a, n)
            elif which == 8:
                kernels.shift_bits(b, a, n, 3)
            elif which == 9:
                kernels.transpose(b, 144, a, 64, 144, 64)
            elif which == 10:
                kernels.rows_deal(b, a, rows, 63, of)
            elif which == 11:
                kernels.rows_gather(b, a, rows, 63, of)
            elif which == 12:
                crc = kernels.crc32(crc, a, n)
            elif which == 13:
                crc = kernels.crc32_msb(crc, a, n)
            elif which == 14:
                sum += kernels.turns(a, n)
            elif which == 17:
                kernels.superblocks_seal(b, blocks)
            elif which == 18:
                sum += <unsigned>kernels.superblocks_good(b, blocks)
            else:
                for j in range(frames if which < 6 else blocks):
                    if which == 3:
                        kernels.bip24n(of, a + j * stm * _STM1_OCTETS, stm)
                    elif which == 4:
                        sum += kernels.frame_send(of, a + j * stm * _STM1_OCTETS, stm)
                    elif which == 5:
                        sum += kernels.frame_receive(of, b + j * stm * _STM1_OCTETS, a + j * stm * _STM1_OCTETS, stm)
                    elif which == 15:
                        memcpy(b, a + CHARACTERS * j, CHARACTERS)
                        kernels.superblock_code(b, 0xaaaa000011118001)
                    else:
                        sum += kernels.superblock_read(b, of, a + SUPERBLOCK * j)
    if which in (2, 10, 11):
        return 64 * rows
    if which in (3, 4, 5):
        return frames * stm * _STM1_OCTETS
    return 64 * 144 if which == 9 else CHARACTERS * blocks if which >= 15 else n
