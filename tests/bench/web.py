# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""web.py LOAD SCALE SEED CAPTURE MANIFEST: connections with 40 GETs each and
bodies of about 100 KB, 400 MB of them by SCALE: as they are (W), or text in
gzip (G).  The manifest has a line for each direction, as gen's has."""
import gzip
import hashlib
import random
import struct
import sys

MSS = 1448
ETHERNET = bytes(12) + b"\x08\0"
ENDS = (bytes((10, 1, 0, 1)), bytes((10, 2, 0, 1)))


def bodies(load, rng):
    if load == "W":
        return [rng.randbytes(100000) for _ in range(8)]
    words = [bytes(rng.choices(range(97, 123), k=rng.randint(2, 10)))
             for _ in range(2000)]
    return [gzip.compress(b" ".join(rng.choices(words, k=15000)), mtime=0)
            for _ in range(8)]


class Connection:
    def __init__(self, out, number):
        self.out, self.now = out, 1700000000 + number
        self.ports, self.seq = (10000 + number, 80), [1, 1]
        self.said = [hashlib.md5(), hashlib.md5()]
        for d, flags in ((0, 2), (1, 0x12), (0, 0x10)):
            self.packet(d, flags)

    def packet(self, d, flags, data=b""):
        tcp = struct.pack("!HHIIBBHHH", self.ports[d], self.ports[not d],
                          self.seq[d], self.seq[not d] if flags & 16 else 0,
                          0x50, flags, 65535, 0, 0)
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 40 + len(data), 0, 0x4000, 64,
                         6, 0)
        self.now += 0.00001
        n = 54 + len(data)
        self.out.write(struct.pack("<IIII", int(self.now),
                                   int(self.now % 1 * 1e6), n, n) +
                       ETHERNET + ip + ENDS[d] + ENDS[not d] + tcp + data)
        self.seq[d] += len(data) + (flags & 2) // 2 + (flags & 1)

    def say(self, d, data):
        for i in range(0, len(data), MSS):
            self.packet(d, 0x18, data[i:i + MSS])
        self.packet(not d, 0x10)
        self.said[d].update(data)

    def end(self, manifest):
        for d in (0, 1):
            self.packet(d, 0x11)
        self.packet(0, 0x10)
        for d, side in ((0, "c2s"), (1, "s2c")):
            manifest.write("10.1.0.1 %d 10.2.0.1 80 %s %d - %s\n" % (
                self.ports[0], side, self.seq[d] - 3,
                self.said[d].hexdigest()))


def main(load, scale, seed, capture, manifest):
    some = bodies(load, random.Random(int(seed)))
    head = "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
    kind = "image/png" if load == "W" else \
        "text/html\r\nContent-Encoding: gzip"
    total = number = 0
    with open(capture, "wb") as out, open(manifest, "w") as lines:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        while total < 400e6 * float(scale):
            c = Connection(out, number)
            for i in range(40):
                body = some[(number + i) % 8]
                c.say(0, b"GET /%d HTTP/1.1\r\nHost: web.example\r\n\r\n" % i)
                c.say(1, (head % (kind, len(body))).encode() + body)
                total += len(body)
            c.end(lines)
            number += 1
        lines.write("total %d connections, %d bytes of bodies\n" % (
            number, total))


if __name__ == "__main__":
    main(*sys.argv[1:])
