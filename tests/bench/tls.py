#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""tls.py TCPSESSION DIR SCALE: what it costs to open TLS, by suite, and what
sessions at rest take.

A client and a server of Python's ssl talk in memory; what they say is put into
segments.  MB of text in a second of CPU time, and beside it the time without
keys.
"""
import os
import resource
import ssl
import struct
import subprocess
import sys

SUITES = [
    ("TLS 1.3 AES-128-GCM", "TLSv1_3", None, "TLS_AES_128_GCM_SHA256"),
    ("TLS 1.3 AES-256-GCM", "TLSv1_3", None, "TLS_AES_256_GCM_SHA384"),
    ("TLS 1.3 ChaCha20", "TLSv1_3", None, "TLS_CHACHA20_POLY1305_SHA256"),
    ("TLS 1.2 AES-128-GCM", "TLSv1_2", "ECDHE-ECDSA-AES128-GCM-SHA256", None),
    ("TLS 1.2 AES-256-GCM", "TLSv1_2", "ECDHE-ECDSA-AES256-GCM-SHA384", None),
    ("TLS 1.2 ChaCha20", "TLSv1_2", "ECDHE-ECDSA-CHACHA20-POLY1305", None),
    ("TLS 1.2 AES-128-CBC-SHA256", "TLSv1_2",
     "ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0", None),
    ("TLS 1.2 AES-128-CBC-SHA", "TLSv1_2",
     "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0", None),
]
MSS = 1448


class Capture:
    """A pcap file of raw IP packets."""

    def __init__(self, path):
        self.file = open(path, "wb")
        self.file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535,
                                    101))
        self.n = 0

    def segment(self, port, to_client, seq, ack, flags, data=b""):
        ends = (port, 443) if not to_client else (443, port)
        hosts = (b"\x0a\0\0\1", b"\x0a\0\0\2")
        tcp = struct.pack(">HHIIBBHHH", *ends, seq, ack, 0x50, flags, 65535, 0,
                          0) + data
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0)
        ip += hosts[to_client] + hosts[not to_client]
        self.file.write(struct.pack("<IIII", 1600000000 + self.n // 100000,
                                    self.n % 100000 * 10, len(ip) + len(tcp),
                                    len(ip) + len(tcp)) + ip + tcp)
        self.n += 1


class Talk:
    def __init__(self, capture, port, contexts):
        self.capture, self.port, self.seq = capture, port, [1, 1]
        capture.segment(port, False, 0, 0, 2)
        capture.segment(port, True, 0, 1, 18)
        capture.segment(port, False, 1, 1, 16)
        self.bio = [[ssl.MemoryBIO(), ssl.MemoryBIO()] for _ in contexts]
        self.ends = [contexts[0].wrap_bio(*self.bio[0], server_side=False),
                     contexts[1].wrap_bio(*self.bio[1], server_side=True)]
        done = [False, False]
        while not all(done):
            for i in (0, 1):
                try:
                    self.ends[i].do_handshake()
                    done[i] = True
                except ssl.SSLWantReadError:
                    pass
                self.flush(i)

    def flush(self, i):
        data = self.bio[i][1].read()
        self.bio[1 - i][0].write(data)
        for at in range(0, len(data), MSS):
            part = data[at:at + MSS]
            self.capture.segment(self.port, bool(i), self.seq[i],
                                 self.seq[1 - i], 24, part)
            self.seq[i] = (self.seq[i] + len(part)) % (1 << 32)

    def say(self, i, text):
        self.ends[i].write(text)
        self.flush(i)
        got = 0
        while got < len(text):
            got += len(self.ends[1 - i].read(1 << 16))


def contexts(where, suite, keys):
    _, version, ciphers, _ = suite
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(where + "/crt", where + "/key")
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    client.keylog_filename = keys
    for c in (client, server):
        c.minimum_version = c.maximum_version = getattr(ssl.TLSVersion, version)
        if ciphers:
            c.set_ciphers(ciphers)
    return client, server


def choose(where, suite):
    """TLS 1.3 chooses by OpenSSL's configuration alone."""
    if suite[3]:
        with open(where + "/cnf", "w") as f:
            f.write("openssl_conf = a\n[a]\nssl_conf = b\n[b]\n"
                    "system_default = c\n[c]\nCiphersuites = %s\n" % suite[3])
    os.environ["OPENSSL_CONF"] = where + "/cnf" if suite[3] else "/dev/null"


def measure(program, where, capture, keys, products):
    """CPU seconds, and the most memory in KiB."""
    out = where + "/out"
    subprocess.run(["rm", "-rf", out], check=True)
    options = ["--keylog", keys] if keys else []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    p = subprocess.Popen([program, "-q", "-j1", "--checksum", "ignore", "-e",
                          products, "-o", out] + options + [capture])
    _, status, used = os.wait4(p.pid, 0)
    if status != 0:
        sys.exit("tls.py: status %d" % status)
    del before
    return used.ru_utime + used.ru_stime, used.ru_maxrss


def make(where, suite, sessions, size):
    """Writes DIR/capture and DIR/keys, in a process of its own."""
    choose(where, suite)
    subprocess.run([sys.executable, __file__, "--make", where,
                    str(SUITES.index(suite)), str(sessions), str(size)],
                   check=True)


def make_here(where, which, sessions, size):
    suite = SUITES[int(which)]
    capture = Capture(where + "/capture")
    both = contexts(where, suite, where + "/keys")
    for n in range(int(sessions)):
        talk = Talk(capture, 1024 + n, both)
        talk.say(0, b"GET / HTTP/1.1\r\n\r\n")
        for at in range(0, int(size), 1 << 14):
            talk.say(1, os.urandom(1 << 10) * 16)


def main(program, where, scale):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                    where + "/key", "-out", where + "/crt", "-days", "9",
                    "-subj", "/CN=x"], check=True, stderr=subprocess.DEVNULL)
    size = int(256e6 * float(scale)) >> 14 << 14
    print("%-28s %8s %12s %12s" % ("suite", "MB/s", "opened, s", "as wire, s"))
    for suite in SUITES:
        make(where, suite, 1, size)
        opened, _ = min(measure(program, where, where + "/capture",
                                where + "/keys", "plain") for _ in range(3))
        wire, _ = min(measure(program, where, where + "/capture", None, "raw")
                      for _ in range(3))
        print("%-28s %8.0f %12.3f %12.3f" % (suite[0], size / 1e6 / opened,
                                             opened, wire))
        os.unlink(where + "/keys")
    n = int(20000 * float(scale))
    make(where, SUITES[0], n, 1)
    _, with_keys = measure(program, where, where + "/capture",
                           where + "/keys", "plain")
    _, without = measure(program, where, where + "/capture", None, "plain")
    print("%d open sessions: %.1f KiB each, %.1f without keys" %
          (n, with_keys / n, without / n))


if __name__ == "__main__":
    if sys.argv[1] == "--make":
        make_here(*sys.argv[2:])
    else:
        main(*sys.argv[1:])
