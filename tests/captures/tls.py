#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""Talks with itself over the loopback interface: HTTPS, and frames of a
protocol that nobody knows.

    tls.py CERTIFICATE KEY
"""
import random
import socket
import ssl
import sys
import threading

PAGE = b"<h1>Ferry times</h1>\n" * 300


def serve(listener, answer):
    peer, _ = listener.accept()
    with peer:
        answer(peer)


def talk(port, answer, ask):
    with socket.create_server(("127.0.0.1", port)) as listener:
        server = threading.Thread(target=serve, args=(listener, answer))
        server.start()
        with socket.create_connection(("127.0.0.1", port)) as s:
            ask(s)
        server.join()


def https(peer):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    context.set_alpn_protocols(["http/1.1"])
    with context.wrap_socket(peer, server_side=True) as s:
        while s.recv(65536):
            s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" %
                      (len(PAGE), PAGE))


def browse(s):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    with context.wrap_socket(s, server_hostname="www.example.org") as t:
        for path in b"/", b"/times":
            t.sendall(b"GET %s HTTP/1.1\r\nHost: www.example.org\r\n\r\n" % path)
            left = len(PAGE) + 40
            while left > 0:
                got = len(t.recv(65536))
                if got == 0:
                    break
                left -= got


def frame(data):
    return len(data).to_bytes(4, "big") + data


def store(peer):
    peer.recv(65536)
    peer.sendall(frame(b"ready"))
    got = 0
    while got < 20004:
        got += len(peer.recv(65536))
    peer.sendall(frame(b"stored"))


def send(s):
    s.sendall(frame(b"put times.bin"))
    s.recv(65536)
    s.sendall(frame(random.Random(1).randbytes(20000)))
    s.recv(65536)


talk(18443, https, browse)
talk(18444, store, send)
