#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""attacks.py: captures made to spoil a run, beside sessions that are good.

    attacks.py list                      the cases
    attacks.py make CASE N [GOOD] >FILE  N units of an attack amid GOOD sessions
    attacks.py check DIR GOOD            whether DIR, or a tar, has all of these
    attacks.py keys >FILE                secrets for the cases of TLS

Each good session has begun before the attack and goes on behind it.  Always
the same bytes for the same arguments.  `check' prints what is wrong.
"""
import gzip
import io
import json
import os
import random
import struct
import sys
import tarfile

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
MSS = 1460
ETHER = bytes.fromhex("020000000002020000000001")
GOOD_NET = 0x0AC80000
GOOD_SERVER = (0x0A000063, 80)
VICTIM = (0x0A000001, 80)
CLIENT = (0x0A090001, 40000)


class Frames:
    """A capture that is written frame by frame, a microsecond apart."""

    def __init__(self, out):
        self.out = out
        self.now = 1600000000000000
        self.parts = []
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))

    def frame(self, packet, kind=b"\x08\x00", step=1):
        self.now += step
        size = 14 + len(packet)
        self.parts.append(struct.pack("<IIII", self.now // 1000000,
                                      self.now % 1000000, size, size)
                          + ETHER + kind + packet)
        if len(self.parts) > 2000:
            self.flush()

    def flush(self):
        self.out.write(b"".join(self.parts))
        self.parts = []

    def ip(self, src, dst, proto, body, ident=0, word=0x4000):
        self.frame(struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(body),
                               ident & 0xFFFF, word, 64, proto, 0, src, dst)
                   + body)

    def tcp(self, a, b, seq, ack, flags, data=b""):
        self.ip(a[0], b[0], 6, segment(a, b, seq, ack, flags, data))

    def open(self, a, b):
        """Both sides' first byte is number 1."""
        self.tcp(a, b, 0, 0, SYN)
        self.tcp(b, a, 0, 1, SYN | ACK)
        self.tcp(a, b, 1, 1, ACK)

    def say(self, a, b, at, data):
        """a's next number is at[0], b's at[1]."""
        for i in range(0, len(data), MSS):
            part = data[i:i + MSS]
            self.tcp(a, b, at[0], at[1], ACK | PSH, part)
            at[0] += len(part)

    def close(self, a, b, seq, ack):
        self.tcp(a, b, seq, ack, FIN | ACK)
        self.tcp(b, a, ack, seq + 1, FIN | ACK)
        self.tcp(a, b, seq + 1, ack + 1, ACK)


def segment(a, b, seq, ack, flags, data=b""):
    return struct.pack(">HHIIHHHH", a[1], b[1], seq & 0xFFFFFFFF,
                       ack & 0xFFFFFFFF, 5 << 12 | flags, 65535, 0, 0) + data


def client(i):
    return (0x0A0A0000 + i // 50000, 10000 + i % 50000)


# ------------------------------------------------------------ good sessions

def good_client(i):
    return (GOOD_NET + i // 200, 20000 + i % 200)


def good_request(i):
    return b"GET /good/%d HTTP/1.1\r\nHost: good.example\r\n\r\n" % i


def good_response(i):
    body = (b"evidence %d\n" % i) * (1 + i % 200)
    return (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body)) + body


def begin_good(f, n):
    for i in range(n):
        f.open(good_client(i), GOOD_SERVER)
        f.say(good_client(i), GOOD_SERVER, [1, 1], good_request(i))


def end_good(f, n):
    for i in range(n):
        at = [1, 1 + len(good_request(i))]
        f.say(GOOD_SERVER, good_client(i), at, good_response(i))
        f.close(good_client(i), GOOD_SERVER, at[1], at[0])


# ----------------------------------------------------------------- fragments

def rows(f, n, keys, order):
    """n fragments of 8 bytes, one of each datagram in turn, as order has the
    places of one."""
    for k in range(n):
        src, ident = keys[k % len(keys)]
        at = order[k // len(keys) % len(order)]
        f.ip(src, VICTIM[0], 6, b"x" * 8, ident, 0x2000 | at)


def fragments_random(f, n):
    """fragments of 8 bytes of 1,024 datagrams"""
    rnd = random.Random(1)
    keys = [(rnd.getrandbits(32), rnd.getrandbits(16)) for _ in range(1024)]
    rows(f, n, keys, list(range(8000)))


def fragments_interleaved(f, n):
    """fragments of 8 bytes of 40 datagrams, every other place first"""
    keys = [(0x0A090000 + i, i) for i in range(40)]
    rows(f, n, keys, list(range(0, 8000, 2)) + list(range(1, 8000, 2)))


def fragments_backwards(f, n):
    """fragments of 8 bytes of 40 datagrams, the last place first"""
    keys = [(0x0A090000 + i, i) for i in range(40)]
    rows(f, n, keys, list(range(8000, 0, -1)))


def fragments_singles(f, n):
    """first fragments of as many sources, amid two requests in fragments"""
    fragmented(f, n, lambda i: (0x0B000000 + i, i, 8))


def fragments_same_source(f, n):
    """first fragments of the source that sends two requests in fragments"""
    fragmented(f, n, lambda i: (CLIENT[0], 1000 + i, 8))


def fragments_large(f, n):
    """first fragments of 1,480 bytes, of as many sources"""
    fragmented(f, n, lambda i: (0x0B000000 + i, i, 1480))


REQUEST = b"GET /fragmented HTTP/1.1\r\nHost: x\r\n\r\n" + b"A" * 3000


def fragmented(f, n, bogus):
    """One request in fragments all around the bogus ones, one amid them."""
    f.open(CLIENT, VICTIM)
    outer = segment(CLIENT, VICTIM, 1, 1, ACK | PSH, REQUEST)
    at = 1 + len(REQUEST)
    inner = segment(CLIENT, VICTIM, at, 1, ACK | PSH, REQUEST)
    f.ip(CLIENT[0], VICTIM[0], 6, outer[:1480], 77, 0x2000)
    for i in range(n):
        src, ident, size = bogus(i)
        f.ip(src, VICTIM[0], 17, b"z" * size, ident, 0x2000)
        if i == max(n - 5, 0):
            f.ip(CLIENT[0], VICTIM[0], 6, inner[:1480], 78, 0x2000)
    f.ip(CLIENT[0], VICTIM[0], 6, outer[1480:], 77, 1480 // 8)
    f.ip(CLIENT[0], VICTIM[0], 6, inner[1480:], 78, 1480 // 8)
    f.tcp(VICTIM, CLIENT, 1, 1 + 2 * len(REQUEST), ACK)
    f.close(CLIENT, VICTIM, 1 + 2 * len(REQUEST), 1)


# --------------------------------------------------------------------- jumps

FAR = 0x7FFF0000


def jump_acked(f, n):
    """ACKs 2 GB ahead, and a byte there: as many gaps in one stream"""
    f.open(CLIENT, VICTIM)
    p = 1
    for _ in range(n):
        p += FAR
        f.tcp(VICTIM, CLIENT, 1, p, ACK)
        f.tcp(VICTIM, CLIENT, 1, p + 1, ACK)
        f.tcp(CLIENT, VICTIM, p + 1, 1, ACK | PSH, b"x")
        f.tcp(VICTIM, CLIENT, 1, p + 2, ACK)
        p += 2
    f.tcp(CLIENT, VICTIM, p, 1, RST | ACK)


def jump_alone(f, n):
    """pairs of bytes, each 2 GB farther, of a side that nobody answers"""
    alone(f, n, FAR)


def jump_small(f, n):
    """pairs of bytes, each 900 KB farther, of a side that nobody answers"""
    alone(f, n, 900000)


def jump_apart(f, n):
    """20 places 70 MB apart of a side that nobody answers, then from each
    pairs of bytes 900 KB apart, at one time"""
    now = f.now
    places = [2 + 70000000 * k for k in range(21)]
    for p in places[1:]:
        f.now = now
        f.tcp(CLIENT, VICTIM, p, 1, ACK | PSH, b"x")
        f.tcp(CLIENT, VICTIM, p + 1, 1, ACK | PSH, b"y")
    for k in range(1, n // 20 + 1):
        for p in places:
            f.now = now
            for i in (0, 1):
                f.tcp(CLIENT, VICTIM, p + 900000 * k + i, 1, ACK | PSH, b"x")


def alone(f, n, far):
    f.tcp(CLIENT, VICTIM, 0, 0, SYN)
    f.tcp(CLIENT, VICTIM, 1, 1, ACK | PSH, b"x")
    p = 2
    for _ in range(n):
        p += far
        f.tcp(CLIENT, VICTIM, p, 1, ACK | PSH, b"x")
        f.tcp(CLIENT, VICTIM, p + 1, 1, ACK | PSH, b"y")
        p += 2
    f.tcp(CLIENT, VICTIM, p, 1, RST | ACK)


def jump_sessions(f, n):
    """sessions with a gap of 2 GB each"""
    for i in range(n):
        c = client(i)
        f.open(c, VICTIM)
        f.tcp(VICTIM, c, 1, 1 + FAR, ACK)
        f.tcp(VICTIM, c, 1, 2 + FAR, ACK)
        f.tcp(c, VICTIM, 2 + FAR, 1, ACK | PSH, b"x")


def gaps(f, n):
    """gaps of 8 KB in one stream"""
    f.open(CLIENT, VICTIM)
    p = 1
    for i in range(n):
        f.tcp(CLIENT, VICTIM, p, 1, ACK, b"x")
        p += 8193
        if i % 64 == 0:
            f.tcp(VICTIM, CLIENT, 1, p, ACK)
    f.tcp(VICTIM, CLIENT, 1, p, ACK)


# -------------------------------------------------------------------- bodies

def response(kind, coding, body):
    coded = b"Content-Encoding: %s\r\n" % coding if coding else b""
    return (b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n%sContent-Length: %d"
            b"\r\n\r\n" % (kind, coded, len(body))) + body


def exchanges(f, n, answer, per):
    """n requests with the same answer, `per' of them a session."""
    ask = b"GET /a.js HTTP/1.1\r\nHost: h\r\n\r\n"
    for i in range(0, n, per):
        c = client(i)
        m = min(per, n - i)
        f.open(c, VICTIM)
        at = [1, 1]
        f.say(c, VICTIM, at, ask * m)
        back = [1, at[0]]
        f.say(VICTIM, c, back, answer * m)
        f.close(c, VICTIM, at[0], back[0])


SCRIPT = b"application/javascript"


def bomb_gzip(f, n):
    """scripts of 1 MiB less a byte, out of 1 KB of gzip"""
    packed = gzip.compress(b"a" * ((1 << 20) - 1), 9, mtime=0)
    exchanges(f, n, response(SCRIPT, b"gzip", packed), 1000)


def bomb_zstd(f, n):
    """scripts of 1 MiB less a byte, out of 40 bytes of zstd"""
    packed = struct.pack("<IBB", 0xFD2FB528, 0, 0x48)
    left = (1 << 20) - 1
    while left > 0:
        part = min(left, 1 << 17)
        left -= part
        packed += (part << 3 | 2 | (left == 0)).to_bytes(3, "little") + b"a"
    exchanges(f, n, response(SCRIPT, b"zstd", packed), 1000)


def bomb_large(f, n):
    """scripts of 64 MiB less a byte, out of 64 KB of gzip"""
    packed = gzip.compress(b"a" * ((64 << 20) - 1), 9, mtime=0)
    exchanges(f, n, response(SCRIPT, b"gzip", packed), 50)


def scripts(f, n):
    """pages of 2,000 scripts of a byte"""
    page = b"<script>x</script>" * 2000
    exchanges(f, n, response(b"text/html", b"", page), 1)


def scripts_one_session(f, n):
    """pages of 2,000 scripts of a byte, in one session"""
    page = b"<script>x</script>" * 2000
    exchanges(f, n, response(b"text/html", b"", page), n)


# ----------------------------------------------------------------------- TLS

def random_of(i):
    return b"%032d" % i


def keys():
    """As many as a session without a hello is tried with."""
    return "".join("%s_TRAFFIC_SECRET_0 %s %s\n" % (
        side, random_of(i).hex(), random_of(i).hex())
        for i in range(128) for side in ("CLIENT", "SERVER"))


def record(kind, body):
    return struct.pack(">BHH", kind, 0x0303, len(body)) + body


def hello(kind, i, rest):
    """Of TLS 1.3, with the random of secret i, or of nobody."""
    version = b"\0\x2b\0\x03\x02\x03\x04" if kind == 1 else \
        b"\0\x2b\0\x02\x03\x04"
    body = b"\x03\x03" + random_of(i) + b"\0" + rest + \
        struct.pack(">H", len(version)) + version
    return record(22, bytes([kind]) + len(body).to_bytes(3, "big") + body)


def tls(f, i, ask, answer):
    c = client(i)
    f.open(c, VICTIM)
    at = [1, 1]
    f.say(c, VICTIM, at, ask)
    back = [1, at[0]]
    f.say(VICTIM, c, back, answer)
    f.close(c, VICTIM, at[0], back[0])


def tls_waiting(f, n):
    """sessions with a hello of which there are secrets that open nothing"""
    junk = random.Random(1).randbytes(16000)
    for i in range(n):
        tls(f, i, hello(1, i % 128, b"\0\x02\x13\x01\x01\0"),
            hello(2, 1000, b"\x13\x01\0") + record(23, junk) * 5)


def tls_holes(f, n):
    """such sessions that lack 900 KB before the shortest record"""
    for i in range(n):
        c = client(i)
        f.open(c, VICTIM)
        at = [1, 1]
        f.say(c, VICTIM, at, hello(1, i % 128, b"\0\x02\x13\x01\x01\0"))
        back = [1, at[0]]
        f.say(VICTIM, c, back, hello(2, 1000, b"\x13\x01\0"))
        at = [at[0] + 900000, back[0]]
        f.say(c, VICTIM, at, record(23, b"\x9a" * 18))
        f.tcp(VICTIM, c, back[0], at[0], ACK)
        f.close(c, VICTIM, at[0], back[0])


def tls_midstream(f, n):
    """sessions of TLS without a hello, one record each"""
    for i in range(n):
        f.tcp(client(i), VICTIM, 1, 1, ACK | PSH, record(23, b"\x9a" * 40))


def tls_chains(f, n):
    """sessions without a hello, of the shortest records that there are"""
    for i in range(n):
        f.say(client(i), VICTIM, [1, 1],
              record(23, b"\xff") * 10000 + b"\xff" * 8)


# ------------------------------------------------------------- many sessions

def syns(f, n):
    """SYNs of as many places"""
    for i in range(n):
        f.tcp((0x0B000000 + i, 1000 + i % 60000), VICTIM, i, 0, SYN)


def one_packet(f, n):
    """sessions of one packet of one byte"""
    for i in range(n):
        f.tcp(client(i), VICTIM, 1, 1, ACK | PSH, b"x")


def reuse(f, n):
    """connections one after the other on one pair of ports"""
    for i in range(n):
        a = i * 2654435761 & 0xFFFFFFFF
        f.tcp(CLIENT, VICTIM, a, 0, SYN)
        f.tcp(VICTIM, CLIENT, a, a + 1, SYN | ACK)
        f.tcp(CLIENT, VICTIM, a + 1, a + 1, ACK | PSH | FIN, b"x")
        f.tcp(VICTIM, CLIENT, a + 1, a + 3, FIN | ACK)
        f.tcp(CLIENT, VICTIM, a + 3, a + 2, ACK)


def gap_open(f, n):
    """sessions with nine bytes behind a gap each, which is never filled"""
    for i in range(n):
        c = client(i)
        f.open(c, VICTIM)
        for k in range(9):
            f.tcp(VICTIM, c, 3 + 2 * k, 1, ACK, b"x")


def turns(f, n):
    """bytes of either side in turn"""
    f.open(CLIENT, VICTIM)
    a = b = 1
    for _ in range(n // 2):
        f.tcp(CLIENT, VICTIM, a, b, ACK | PSH, b"\xff")
        a += 1
        f.tcp(VICTIM, CLIENT, b, a, ACK | PSH, b"\xff")
        b += 1


def status_line(f, n):
    """a status line of so many bytes without an end, one at a time"""
    f.open(CLIENT, VICTIM)
    f.tcp(CLIENT, VICTIM, 1, 1, ACK | PSH, b"GET / HTTP/1.1\r\n\r\n")
    for i in range(n):
        f.tcp(VICTIM, CLIENT, 1 + i, 19, ACK | PSH,
              b"HTTP/1.1 200 "[i:i + 1] or b"x")


def conflicts(f, n):
    """pairs of copies that differ, behind a gap"""
    f.open(CLIENT, VICTIM)
    for i in range(n):
        f.tcp(CLIENT, VICTIM, 3 + 2 * i, 1, ACK, b"a")
        f.tcp(CLIENT, VICTIM, 3 + 2 * i, 1, ACK, b"b")


def tunnels(f, n):
    """packets of GRE in GRE, 1,400 bytes deep"""
    for i in range(n):
        p = b""
        while len(p) < 1400:
            body = (struct.pack(">HH", 0, 0x0800) + p if p else
                    segment((1, 1), (2, 2), i, 0, ACK, b"x"))
            p = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(body), 0, 0x4000,
                            64, 47 if p else 6, 0, 1, 2) + body
        f.frame(p)


CASES = {c.__name__.replace("_", "-"): c for c in (
    fragments_random, fragments_interleaved, fragments_backwards,
    fragments_singles, fragments_same_source, fragments_large, jump_acked,
    jump_alone, jump_small, jump_apart, jump_sessions, gaps, bomb_gzip, bomb_zstd,
    bomb_large, scripts, scripts_one_session, tls_waiting, tls_holes,
    tls_midstream, tls_chains, syns, one_packet, reuse,
    gap_open, turns, status_line, conflicts, tunnels)}


def make(case, n, good):
    f = Frames(sys.stdout.buffer)
    begin_good(f, good)
    CASES[case](f, n)
    end_good(f, good)
    f.flush()


# ------------------------------------------------------------------- checking

def members(path):
    """A function that gives the bytes of a file of the output, or None."""
    if os.path.isdir(path):
        def read(name):
            try:
                with open(os.path.join(path, name), "rb") as file:
                    return file.read()
            except FileNotFoundError:
                return None
        return read
    tar = tarfile.open(path)
    names = {m.name.split("/", 1)[-1]: m for m in tar if m.isfile()}

    def member(name):
        return tar.extractfile(names[name]).read() if name in names else None
    return member


def address(n):
    return ".".join(str(n >> s & 255) for s in (24, 16, 8, 0))


def check(path, good):
    read = members(path)
    lines = {}
    for line in io.BytesIO(read("sessions.jsonl")):
        x = json.loads(line)
        lines.setdefault((x["client"]["ip"], x["client"]["port"],
                          x["server"]["ip"]), []).append(x)
    wrong = []
    for i in range(good):
        c = good_client(i)
        found = lines.get((address(c[0]), c[1], address(GOOD_SERVER[0])), [])
        if len(found) != 1:
            wrong.append("good session %d: %d lines" % (i, len(found)))
            continue
        x = found[0]
        for side, want in (("c2s", good_request(i)), ("s2c", good_response(i))):
            if x[side]["missing"] != 0 or x[side]["bytes"] != len(want):
                wrong.append("good session %d: %s counts" % (i, side))
            if x[side]["file"] is None or read(x[side]["file"]) != want:
                wrong.append("good session %d: %s bytes" % (i, side))
        if x["state"] != "SF" or x["notes"]:
            wrong.append("good session %d: %s %s" % (i, x["state"], x["notes"]))
    print("\n".join(wrong[:10]), end="\n" if wrong else "")
    return not wrong


def main(argv):
    if len(argv) >= 4 and argv[1] == "make" and argv[2] in CASES:
        make(argv[2], int(argv[3]), int(argv[4]) if len(argv) > 4 else 0)
        return 0
    if len(argv) == 4 and argv[1] == "check":
        return 0 if check(argv[2], int(argv[3])) else 1
    if argv[1:] == ["keys"]:
        print(keys(), end="")
        return 0
    if argv[1:] == ["list"]:
        for name, case in CASES.items():
            print("%s: %s" % (name, case.__doc__))
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv))
