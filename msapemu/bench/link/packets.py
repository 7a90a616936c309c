"""Test frames into and out of an interface by packet sockets, many at a time: what is done for each of them is the
kernel's, and numpy's over arrays (ADR 0026).

Frames go out as segments of one large packet, which the kernel cuts up (UDP segmentation offload: a tenth of the time
of as many sends), or one by one where it does not. They come into a ring of slots of one size, of which each takes the
head of a frame and the kernel's time.

A frame is a UDP datagram to the echo port as in RFC 2544 appendix C, from and to addresses of 198.18.0.0/15, between
MAC addresses that are locally administered. Its payload begins with a mark, the stream, the sequence number and the
time at which it was sent.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import socket
import struct
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from msapemu.lab.kernel.netns import inside

FCS_OCTETS = 4  # counted in the size of a frame, and made by the port
MACS = (bytes.fromhex("02544d000001"), bytes.fromhex("02544d000002"))
HOSTS = (bytes([198, 18, 0, 1]), bytes([198, 19, 0, 1]))
ETHERTYPE = 0x0800
UDP, ECHO, FROM = 17, 7, 49184
UDP_CHECKSUM_AT = 6
ETHERNET_OCTETS, IP_OCTETS, UDP_OCTETS = 14, 20, 8
HEADERS = ETHERNET_OCTETS + IP_OCTETS + UDP_OCTETS
MARK = 0x6D736170
HEAD = np.dtype([("mark", ">u4"), ("stream", ">u2"), ("sequence", ">u4"), ("sent_ns", ">u8")])
SMALLEST, LARGEST = 64, 9600  # octets of a frame with its FCS
MOST_STREAMS = 1 << 16

# linux/if_packet.h, virtio_net.h, filter.h; asm-generic/socket.h
SO_ATTACH_FILTER, SO_SNDBUFFORCE = 26, 32
SOL_PACKET = 263
PACKET_RX_RING, PACKET_STATISTICS, PACKET_VERSION, PACKET_VNET_HDR = 5, 6, 10, 15
TPACKET_V2 = 1
TP_STATUS_USER = 1
VNET_NEEDS_CHECKSUM, VNET_GSO_UDP_L4 = 1, 5
VNET_OCTETS = 10

SEND_QUEUE_OCTETS = 1 << 24
MOST_SEGMENTS = 64
LONGEST_PACKET = 65535 - IP_OCTETS - UDP_OCTETS

SLOT_OCTETS = 128
FRAME_AT = 66  # of the slot, where the kernel puts the Ethernet header
SLOT = np.dtype(
    {
        "names": ["status", "length", "mac", "seconds", "nanoseconds", "head"],
        "formats": ["<u4", "<u4", "<u2", "<u4", "<u4", HEAD],
        "offsets": [0, 4, 12, 16, 20, FRAME_AT + HEADERS],
        "itemsize": SLOT_OCTETS,
    }
)
BLOCK_OCTETS = 1 << 18
SLOTS_A_BLOCK = BLOCK_OCTETS // SLOT_OCTETS

Numbers = npt.NDArray[np.int64]

_libc = ctypes.CDLL(None, use_errno=True)


class _Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class _Message(ctypes.Structure):
    """mmsghdr"""

    _fields_ = [
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("vector", ctypes.c_void_p),
        ("vectors", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
        ("length", ctypes.c_uint),
    ]


def _socket(netns: Path | None) -> socket.socket:
    with inside(netns):
        return socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)


def _sum(octets: bytes) -> int:
    """Ones' complement sum (RFC 1071)."""
    total: int = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    total = (total & 0xFFFF) + (total >> 16)
    return (total & 0xFFFF) + (total >> 16)


def headers(way: int, payload: int, segments: int = 1) -> bytes:
    """Ethernet, IPv4 and UDP headers of one frame, or of several in one packet that the kernel is to cut up: the UDP
    checksum is then that of the pseudo header, to which it adds the rest; of a single frame it is 0 (none)."""
    length = UDP_OCTETS + payload * segments
    addresses = HOSTS[way] + HOSTS[1 - way]
    ip = struct.pack(">BBHHHBBH", 0x45, 0, IP_OCTETS + length, 0, 0, 64, UDP, 0) + addresses
    ip = ip[:10] + struct.pack(">H", ~_sum(ip) & 0xFFFF) + ip[12:]
    checksum = _sum(addresses + struct.pack(">HH", UDP, length)) if segments > 1 else 0
    ethernet = MACS[1 - way] + MACS[way] + struct.pack(">H", ETHERTYPE)
    return ethernet + ip + struct.pack(">HHHH", FROM, ECHO, length, checksum)


class Sender:
    """Sends test frames into `interface`, from end `way` (0, 1) to the other. `whole`: one by one in any case."""

    def __init__(self, interface: str, netns: Path | None, way: int, whole: bool = False) -> None:
        self.way, self.interface = way, interface
        self.sent = self.refused = 0
        self.whole = whole
        self.socket = _socket(netns)
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, SEND_QUEUE_OCTETS)
            if not whole:
                self.socket.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
            self.socket.bind((interface, 0))
            self.socket.setblocking(False)
        except BaseException:
            self.socket.close()
            raise

    def close(self) -> None:
        self.socket.close()

    def prepare(self, size: int, stream: int) -> None:
        """Frames of `size` octets with FCS from now on, with new sequence numbers."""
        payload = size - FCS_OCTETS - HEADERS
        self.most = 1 if self.whole else min(MOST_SEGMENTS, LONGEST_PACKET // payload)
        self.batch = MOST_SEGMENTS if self.whole else self.most
        filling = np.random.default_rng(1).bytes(payload)
        if self.whole:
            start, step = HEADERS, HEADERS + payload
            self.room = memoryview(bytearray((headers(self.way, payload) + filling) * self.batch))
            self._vectors(step)
        else:
            start, step = VNET_OCTETS + HEADERS, payload
            self.room = memoryview(bytearray(bytes(start) + filling * self.batch))
            self.fronts = [self._front(payload, count) for count in range(self.batch + 1)]
            self.payload = payload
        self.heads = np.ndarray(self.batch, HEAD, self.room, start, (step,))
        self.heads["mark"], self.heads["stream"] = MARK, stream
        self.numbers = np.arange(self.batch, dtype=np.uint32)
        self.sent = self.refused = 0

    def send(self, frames: int) -> None:
        """So many, now. All are counted in `sent`; those that the interface said it had no room for also in
        `refused`."""
        while frames > 0:
            count = min(frames, self.batch)
            self.heads["sequence"][:count] = self.numbers[:count] + np.uint32(self.sent)
            self.heads["sent_ns"][:count] = time.time_ns()
            self._send_whole(count) if self.whole else self._send_segments(count)
            self.sent += count
            frames -= count

    def _front(self, payload: int, count: int) -> bytes:
        """Of a packet of so many segments: what the kernel is to do with it, and its headers."""
        vnet = (VNET_NEEDS_CHECKSUM, VNET_GSO_UDP_L4, HEADERS, payload, HEADERS - UDP_OCTETS, UDP_CHECKSUM_AT)
        return struct.pack("<BBHHHH", *(vnet if count > 1 else [0] * 6)) + headers(self.way, payload, count)

    def _send_segments(self, count: int) -> None:
        front = self.fronts[count]
        self.room[: len(front)] = front
        try:
            self.socket.send(self.room[: len(front) + count * self.payload])
        except OSError as error:
            if error.errno not in (errno.ENOBUFS, errno.EAGAIN):
                raise
            self.refused += count

    def _vectors(self, octets: int) -> None:
        base = ctypes.addressof(ctypes.c_char.from_buffer(self.room))
        self.vectors = (_Iovec * self.batch)(*(_Iovec(base + n * octets, octets) for n in range(self.batch)))
        self.messages = (_Message * self.batch)()
        for n, message in enumerate(self.messages):
            message.vector = ctypes.addressof(self.vectors) + n * ctypes.sizeof(_Iovec)
            message.vectors = 1

    def _send_whole(self, count: int) -> None:
        at, base, step = 0, ctypes.addressof(self.messages), ctypes.sizeof(_Message)
        while at < count:
            done = _libc.sendmmsg(self.socket.fileno(), ctypes.c_void_p(base + at * step), count - at, 0)
            if done > 0:
                at += done
                continue
            code = ctypes.get_errno()
            if code not in (errno.ENOBUFS, errno.EAGAIN):
                raise OSError(code, os.strerror(code))
            self.refused += 1
            at += 1


def cuts_up(interface: str, netns: Path | None) -> bool:
    """Whether this kernel cuts up a packet of several UDP datagrams (from Linux 6.2 on)."""
    sender = Sender(interface, netns, 0)
    try:
        sender.prepare(SMALLEST, 0)
        sender.send(2)
    except OSError as error:
        if error.errno == errno.EINVAL:
            return False
        raise
    finally:
        sender.close()
    return True


class Receiver:
    """Receives test frames for end `way` into a ring of at least `slots`."""

    def __init__(self, interface: str, netns: Path | None, way: int, slots: int) -> None:
        blocks = -(-slots // SLOTS_A_BLOCK)
        self.slots, self.at = blocks * SLOTS_A_BLOCK, 0
        self.socket = _socket(netns)
        try:
            self.socket.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V2)
            ring = struct.pack("IIII", BLOCK_OCTETS, blocks, SLOT_OCTETS, self.slots)
            self.socket.setsockopt(SOL_PACKET, PACKET_RX_RING, ring)
            self._only(MACS[way])
            self.map = mmap.mmap(self.socket.fileno(), blocks * BLOCK_OCTETS)
            self.ring = np.ndarray(self.slots, SLOT, self.map)
            self.socket.bind((interface, ETHERTYPE))
        except BaseException:
            self.socket.close()
            raise

    def close(self) -> None:
        del self.ring
        self.map.close()
        self.socket.close()

    def _only(self, mac: bytes) -> None:
        """A filter of classic BPF: frames to that address alone take up slots."""
        word = int.from_bytes(mac[2:], "big")
        code = [(0x20, 0, 0, 2), (0x15, 0, 1, word), (0x06, 0, 0, 0x40000), (0x06, 0, 0, 0)]
        filled = b"".join(struct.pack("HBBI", *one) for one in code)
        room = ctypes.create_string_buffer(filled, len(filled))
        program = struct.pack("HL", len(code), ctypes.addressof(room))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)

    def take(self, stream: int, size: int) -> tuple[Numbers, Numbers]:
        """What has come of a stream since the last call: sequence numbers, and the time that each frame took, ns."""
        numbers: list[Numbers] = []
        times: list[Numbers] = []
        while count := self._ready():
            slots = self.ring[self.at : self.at + count]
            head = slots["head"]
            ours = (head["stream"] == stream) & (head["mark"] == MARK) & (slots["length"] == size - FCS_OCTETS)
            came = slots["seconds"].astype(np.int64) * 1_000_000_000 + slots["nanoseconds"]
            took, sequence = came - head["sent_ns"].astype(np.int64), head["sequence"].astype(np.int64)
            numbers.append(sequence if ours.all() else sequence[ours])
            times.append(took if ours.all() else took[ours])
            slots["status"] = 0
            self.at = (self.at + count) % self.slots
        if not numbers:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        return np.concatenate(numbers), np.concatenate(times)

    def _ready(self) -> int:
        """How many slots from the next one on are full, up to the end of the ring."""
        status, length = self.ring["status"][self.at :], 64
        while True:
            empty = np.flatnonzero(status[:length] & TP_STATUS_USER == 0)
            if len(empty):
                return int(empty[0])
            if length >= len(status):
                return len(status)
            length *= 4

    def dropped(self) -> int:
        """Test frames since the last call that the ring had no room for."""
        told = self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
        return int(struct.unpack("II", told)[1])
