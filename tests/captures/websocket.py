#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""websocket.py PORT: two conversations in WebSocket over real sockets, from
127.0.0.1 to itself: one as it is, one with permessage-deflate."""
import base64
import hashlib
import os
import socket
import struct
import sys
import threading
import zlib

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
DEFLATE = b"permessage-deflate; client_max_window_bits=12"


def frame(first, payload, mask):
    n = len(payload)
    bit = 0x80 if mask else 0
    head = bytes([first])
    if n > 0xffff:
        head += struct.pack(">BQ", bit | 127, n)
    elif n > 125:
        head += struct.pack(">BH", bit | 126, n)
    else:
        head += bytes([bit | n])
    if not mask:
        return head + payload
    return head + mask + bytes(c ^ mask[i & 3] for i, c in enumerate(payload))


def read_frame(f):
    first, second = f.read(2)
    n = second & 0x7f
    if n >= 126:
        n = int.from_bytes(f.read(2 if n == 126 else 8), "big")
    mask = f.read(4) if second & 0x80 else bytes(4)
    return first, bytes(c ^ mask[i & 3] for i, c in enumerate(f.read(n)))


def read_head(f):
    fields = {}
    for line in iter(f.readline, b"\r\n"):
        name, _, value = line.partition(b":")
        fields[name.lower()] = value.strip()
    return fields


class Deflater:
    """Messages of one side, whose window goes on."""

    def __init__(self):
        self.out = zlib.compressobj(9, zlib.DEFLATED, -12)
        self.inflate = zlib.decompressobj(-15)

    def pack(self, b):
        return (self.out.compress(b) + self.out.flush(zlib.Z_SYNC_FLUSH))[:-4]

    def unpack(self, b):
        return self.inflate.decompress(b + b"\0\0\xff\xff")


def serve(listener):
    for _ in range(2):
        s, _ = listener.accept()
        with s, s.makefile("rb") as f:
            fields = read_head(f)
            key = hashlib.sha1(fields[b"sec-websocket-key"] + GUID).digest()
            deflater = b"sec-websocket-extensions" in fields and Deflater()
            s.sendall(b"HTTP/1.1 101 Switching Protocols\r\n"
                      b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
                      b"Sec-WebSocket-Accept: " + base64.b64encode(key) +
                      (b"\r\nSec-WebSocket-Extensions: " + DEFLATE
                       if deflater else b"") + b"\r\n\r\n")
            echo(s, f, deflater)


def echo(s, f, deflater):
    """Each message back with a word before it, until one closes."""
    text = b""
    while True:
        first, payload = read_frame(f)
        opcode = first & 15
        if opcode == 8:
            s.sendall(frame(0x88, payload, b""))
            return
        if opcode == 9:
            s.sendall(frame(0x8a, payload, b""))
            continue
        text += payload
        if not first & 0x80:
            continue
        if deflater:
            s.sendall(frame(0xc1, deflater.pack(
                b"you said: " + deflater.unpack(text)), b""))
        else:
            s.sendall(frame(0x81, b"you said: " + text, b""))
        text = b""


def talk(port, deflater):
    """Sends messages, and waits for the answer to each."""
    with socket.create_connection(("127.0.0.1", port)) as s, \
            s.makefile("rb") as f:
        key = base64.b64encode(hashlib.md5(b"%d" % bool(deflater)).digest())
        s.sendall(b"GET /harbour?room=1 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                  b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
                  b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " % port +
                  key + (b"\r\nSec-WebSocket-Extensions: " + DEFLATE
                         if deflater else b"") + b"\r\n\r\n")
        read_head(f)
        bit = 0x40 if deflater else 0
        for pieces in ([b"ahoy"], [b"When does the ", b"ferry ", b"depart?"],
                       [b"08:15 " * 100], [b"08:15 " * 100]):
            whole = b"".join(pieces)
            if deflater:
                whole = deflater.pack(whole)
                pieces = [whole]
            for i, p in enumerate(pieces):
                first = (0 if i else 1 | bit) | \
                    (0x80 if i == len(pieces) - 1 else 0)
                s.sendall(frame(first, p, os.urandom(4)))
            read_frame(f)
        s.sendall(frame(0x89, b"still there?", os.urandom(4)))
        read_frame(f)
        s.sendall(frame(0x88, b"\x03\xe8good bye", os.urandom(4)))
        read_frame(f)


def main(port):
    with socket.create_server(("127.0.0.1", port)) as listener:
        server = threading.Thread(target=serve, args=(listener,))
        server.start()
        talk(port, None)
        talk(port, Deflater())
        server.join()


main(int(sys.argv[1]))
