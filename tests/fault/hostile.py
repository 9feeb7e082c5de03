#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""hostile.py: captures made to cost more than they weigh.

    hostile.py CASE N >CAPTURE

Always the same for a case and N; memory does not depend on N.
"""
import random
import struct
import sys

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
MSS = 1460
ETHER = b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0"
RECORD = struct.Struct("<IIII14s")
HEADERS = struct.Struct(">BBHHHBBHIIHHIIHHHH")
PSEUDO = struct.Struct(">IIHHHHIIHH")
UDP = struct.Struct(">BBHHHBBHIIHHHH")
SERVER = (0x0A000001, 80)
NOISE = random.Random(7).randbytes(1 << 16)


class Capture:
    """Frames, in the order they are given, a microsecond apart."""

    def __init__(self, out):
        self.out = out
        self.parts = []
        self.ticks = 0
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))

    def put(self, src, dst, seq, ack, flags, data=b"", wrong=0):
        """src and dst are (address, port); IP checksums are left out, TCP's
        may be wrong by so much."""
        size = 54 + len(data)
        seq &= 0xFFFFFFFF
        ack &= 0xFFFFFFFF
        flags |= 5 << 12
        check = int.from_bytes(PSEUDO.pack(
            src[0], dst[0], 6, size - 34, src[1], dst[1], seq, ack, flags,
            65535) + data + b"\0" * (len(data) % 2), "big") % 65535
        self.ticks += 1
        self.parts += (
            RECORD.pack(1600000000 + self.ticks // 1000000,
                        self.ticks % 1000000, size, size, ETHER),
            HEADERS.pack(0x45, 0, size - 14, 0, 0x4000, 64, 6, 0, src[0],
                         dst[0], src[1], dst[1], seq, ack, flags, 65535,
                         65535 - check ^ wrong, 0),
            data)
        if len(self.parts) > 4096:
            self.flush()

    def put_udp(self, src, dst, data):
        size = 42 + len(data)
        self.ticks += 1
        self.parts += (
            RECORD.pack(1600000000 + self.ticks // 1000000,
                        self.ticks % 1000000, size, size, ETHER),
            UDP.pack(0x45, 0, size - 14, 0, 0x4000, 64, 17, 0, src[0],
                     dst[0], src[1], dst[1], 8 + len(data), 0),
            data)
        if len(self.parts) > 4096:
            self.flush()

    def flush(self):
        self.out.write(b"".join(self.parts))
        self.parts = []

    def open(self, client, server):
        """A handshake; both sides' first byte is number 1."""
        self.put(client, server, 0, 0, SYN)
        self.put(server, client, 0, 1, SYN | ACK)
        self.put(client, server, 1, 1, ACK)


def datagrams(cap, n):
    """N flows of one UDP datagram."""
    for i in range(n):
        cap.put_udp(client(i), SERVER, noise(i, 20))


def client(i):
    return (0x0B000000 + i // 50000, 1024 + i % 50000)


def noise(at, n):
    at %= len(NOISE) - n
    return NOISE[at:at + n]


def ordinary(cap, n):
    """N SYNs between random endpoints."""
    rnd = random.Random(1)
    for _ in range(n):
        cap.put((rnd.getrandbits(32), rnd.getrandbits(16)),
                (rnd.getrandbits(32), 80), rnd.getrandbits(32), 0, SYN)


def collide(cap, n):
    """N SYNs whose source XOR destination is always the same."""
    rnd = random.Random(1)
    for i in range(n):
        cap.put((0x0B000000 + i, 40000), ((0x0B000000 + i) ^ 0x00FFFF00, 80),
                rnd.getrandbits(32), 0, SYN)


def halfopen(cap, n):
    """N SYNs to one server."""
    for i in range(n):
        cap.put(client(i), SERVER, i, 0, SYN)


def badsyns(cap, n):
    """The same with checksums that are wrong."""
    for i in range(n):
        cap.put(client(i), SERVER, i, 0, SYN, wrong=1)


def loneacks(cap, n):
    """N ACKs that belong to nothing."""
    for i in range(n):
        cap.put(client(i), SERVER, i, i, ACK)


def lonersts(cap, n):
    """N resets that belong to nothing."""
    for i in range(n):
        cap.put(client(i), SERVER, i, i, RST)


def lonefins(cap, n):
    """N FINs that belong to nothing."""
    for i in range(n):
        cap.put(client(i), SERVER, i, i, FIN | ACK)


def fastopens(cap, n):
    """N SYNs with ten bytes, each to be answered."""
    for i in range(n):
        cap.put(client(i), SERVER, i, 0, SYN, noise(i, 10))


def concurrent(cap, n):
    """N connections at once, 100 bytes asked and 200 answered; none ends."""
    for i in range(n):
        cap.open(client(i), SERVER)
        cap.put(client(i), SERVER, 1, 1, ACK, noise(i, 60))
    for i in range(n):
        cap.put(SERVER, client(i), 1, 61, ACK, noise(i, 200))
        cap.put(client(i), SERVER, 61, 201, ACK, noise(i, 40))


def headless(cap, n):
    """N full segments of a stream whose first one is missing."""
    cap.open(client(0), SERVER)
    for i in range(1, n + 1):
        cap.put(client(0), SERVER, 1 + i * MSS, 1, ACK, noise(i * 77, MSS))


def startless(cap, n):
    """The same without a handshake, and the lowest one last."""
    for i in range(1, n + 1):
        cap.put(client(0), SERVER, 1 + i * MSS, 1, ACK, noise(i * 77, MSS))
    cap.put(client(0), SERVER, 1, 1, ACK, noise(0, MSS))


def waiting(cap, n):
    """N streams, in turns, with 64 full segments each behind a hole."""
    for i in range(n):
        cap.open(client(i), SERVER)
    for k in range(1, 65):
        for i in range(n):
            cap.put(client(i), SERVER, 1 + k * MSS, 1, ACK,
                    noise(i + k * 77, MSS))


def say(cap, i, at, data):
    """Client i says data from offset at, in segments; where it ends."""
    for k in range(0, len(data), MSS):
        cap.put(client(i), SERVER, 1 + at + k, 1, ACK, data[k:k + MSS])
    return at + len(data)


def heads(cap, n):
    """N sessions with 200 KB of a request's head, which never ends."""
    for i in range(n):
        cap.open(client(i), SERVER)
        say(cap, i, 0, b"GET / HTTP/1.1\r\n" +
            b"Cookie: ".ljust(1000, b"x") * 200)


def pipelined(cap, n):
    """N sessions of a hundred requests, each of 8 KB and without answer."""
    request = b"GET /%s HTTP/1.1\r\n\r\n" % (b"x" * 8000)
    for i in range(n):
        cap.open(client(i), SERVER)
        say(cap, i, 0, request * 100)


def scriptlets(cap, n):
    """N sessions, all open, with a page of 2000 scripts of a byte."""
    page = b"<script>x</script>" * 2000
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    for i in range(n):
        cap.open(client(i), SERVER)
        cap.put(client(i), SERVER, 1, 1, ACK, b"GET / HTTP/1.1\r\n\r\n")
        for k in range(0, len(page), MSS):
            cap.put(SERVER, client(i), 1 + (len(head) + k if k else 0), 19,
                    ACK, (b"" if k else head) + page[k:k + MSS])


def jumps(cap, n):
    """N segments of a byte, each 15 MB behind the one before."""
    cap.open(client(0), SERVER)
    for i in range(n):
        cap.put(client(0), SERVER, 1 + i * 15000000, 1, ACK, b"x")


def manyjumps(cap, n):
    """N streams of three segments of a byte, 15 MB apart."""
    for i in range(n):
        cap.open(client(i), SERVER)
        for k in range(3):
            cap.put(client(i), SERVER, 1 + k * 15000000, 1, ACK, b"x")


def small(cap, order, size):
    cap.open(client(0), SERVER)
    for i in order:
        cap.put(client(0), SERVER, 1 + i * size, 1, ACK, noise(i, size))


def in_no_order(numbers):
    order = list(numbers)
    random.Random(3).shuffle(order)
    return order


def forward(cap, n):
    """N segments of ten bytes in order."""
    small(cap, range(n), 10)


def reverse(cap, n):
    """The same, the last one first."""
    small(cap, reversed(range(n)), 10)


def shuffled(cap, n):
    """The same in no order."""
    small(cap, in_no_order(range(n)), 10)


def forward1(cap, n):
    """N segments of one byte in order."""
    small(cap, range(n), 1)


def reverse1(cap, n):
    """The same, the last one first."""
    small(cap, reversed(range(n)), 1)


def shuffled1(cap, n):
    """The same in no order."""
    small(cap, in_no_order(range(n)), 1)


def halves(cap, n):
    """N segments of ten bytes: every second one, then those between."""
    small(cap, [*range(1, n, 2), *range(0, n, 2)], 10)


def twos(cap, n):
    """The same in order, but each pair of them the wrong way round."""
    small(cap, [i ^ 1 for i in range(n & ~1)], 10)


def holes(cap, n):
    """N segments of ten bytes; those between them never come."""
    small(cap, range(1, 2 * n, 2), 10)


def shuffledholes(cap, n):
    """The same in no order."""
    small(cap, in_no_order(range(1, 2 * n, 2)), 10)


def same(cap, n):
    """One segment N times, behind a hole."""
    small(cap, [1] * n, 10)


def comb(cap, n):
    """N segments of one byte with a hole of one byte before each."""
    cap.open(client(0), SERVER)
    for i in range(n):
        cap.put(client(0), SERVER, 2 + 2 * i, 1, ACK, b"x")


def overlapping(cap, n):
    """N segments behind a hole, each over nearly all of the one before."""
    cap.open(client(0), SERVER)
    for i in range(n):
        cap.put(client(0), SERVER, 3 + i, 1, ACK, noise(i, MSS))


def shifted(cap, n):
    """N segments of a hundred bytes, each one byte further; no hole."""
    cap.open(client(0), SERVER)
    for i in range(n):
        cap.put(client(0), SERVER, 1 + i, 1, ACK, noise(i, 100))


def unshifted(cap, n):
    """The same, the last one first."""
    cap.open(client(0), SERVER)
    for i in reversed(range(n)):
        cap.put(client(0), SERVER, 1 + i, 1, ACK, noise(i, 100))


def paved(cap, n):
    """Every second byte of a segment by itself, then all of it N times."""
    cap.open(client(0), SERVER)
    for i in range(0, MSS, 2):
        cap.put(client(0), SERVER, 9 + i, 1, ACK, noise(i, 1))
    for _ in range(n):
        cap.put(client(0), SERVER, 9, 1, ACK, noise(0, MSS))


def chipped(cap, n):
    """N segments of a byte, each on the end of what is left of a large one;
    then another large one."""
    cap.open(client(0), SERVER)
    for i in range(n):
        if i % 14000 == 0:
            at = i // 14000 * 16000 + 9
            cap.put(client(0), SERVER, at, 1, ACK, noise(0, 16000))
        cap.put(client(0), SERVER, at + 15999 - i % 14000, 1, ACK, b"x")


def knowing(cap, n):
    """N segments behind a hole, each of which acknowledges more."""
    cap.open(client(0), SERVER)
    for i in range(n):
        cap.put(client(0), SERVER, 9 + 10 * i, 1 + i, ACK, noise(i, 10))


def acks(cap, n):
    """N acknowledgements of bytes that never come."""
    cap.open(client(0), SERVER)
    for i in range(n):
        cap.put(client(0), SERVER, 1, 1 + i % 1000, ACK)


def sessions(cap, n, client_of):
    for i in range(n):
        at = i * 100000
        c = client_of(i)
        cap.put(c, SERVER, at, 0, SYN)
        cap.put(SERVER, c, at, at + 1, SYN | ACK)
        cap.put(c, SERVER, at + 1, at + 1, ACK | PSH, noise(i, 20))
        cap.put(SERVER, c, at + 1, at + 21, RST | ACK)


def apart(cap, n):
    """N sessions, one after the other, each with endpoints of its own."""
    sessions(cap, n, client)


def reuse(cap, n):
    """The same between the same two endpoints."""
    sessions(cap, n, lambda i: client(0))


def abandoned(cap, n):
    """N SYNs and a byte each between the same two endpoints, each with
    another number."""
    for i in range(n):
        at = i * 2654435761
        cap.put(client(0), SERVER, at, 0, SYN)
        cap.put(client(0), SERVER, at + 1, 0, PSH | ACK, b"x")


CASES = {f.__name__: f for f in (
    ordinary, collide, halfopen, badsyns, loneacks,
    lonersts, lonefins, fastopens, concurrent, headless, startless,
    waiting, heads, pipelined, scriptlets, jumps, manyjumps, forward,
    reverse, shuffled, forward1, reverse1, shuffled1, halves, twos, holes,
    shuffledholes, same, comb, shifted, unshifted, paved, chipped, knowing,
    overlapping, acks, apart, reuse, abandoned, datagrams)}


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in CASES:
        sys.exit("usage: hostile.py " + "|".join(CASES) + " N >CAPTURE")
    cap = Capture(sys.stdout.buffer)
    CASES[sys.argv[1]](cap, int(sys.argv[2]))
    cap.flush()


if __name__ == "__main__":
    main()
