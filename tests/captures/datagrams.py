#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""datagrams.py: what talks UDP in data/dns.pcap.

datagrams.py serve ADDR...  answers DNS questions for addresses (port 53) and
                            SNTP requests (port 123); prints "ready" when bound,
                            ends on SIGTERM
datagrams.py ask ADDR       one SNTP request (RFC 4330) and its answer
"""
import select
import socket
import struct
import sys
import time

ADDRESSES = {1: bytes([192, 0, 2, 80]),
             28: bytes.fromhex("20010db8000000000000000000000080")}
SINCE_1900 = 2208988800


def udp_socket(addr, port):
    family = socket.AF_INET6 if ":" in addr else socket.AF_INET
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.bind((addr, port))
    return s


def dns_answer(query):
    """One question, one record: RFC 1035 4.1."""
    end = 12
    while query[end]:
        end += 1 + query[end]
    end += 5
    data = ADDRESSES.get(struct.unpack("!H", query[end - 4:end - 2])[0])
    record = b"" if data is None else \
        b"\xc0\x0c" + query[end - 4:end] + \
        struct.pack("!IH", 300, len(data)) + data
    counts = struct.pack("!HHHH", 1, 1 if record else 0, 0, 0)
    return query[:2] + b"\x85\x80" + counts + query[12:end] + record


def ntp_time():
    now = time.time() + SINCE_1900
    return struct.pack("!II", int(now), int(now % 1 * 2**32))


def ntp_answer(request):
    now = ntp_time()
    return struct.pack("!BBBb", 0x24, 2, request[2], -20) + bytes(8) + \
        b"\x0a\x09\x00\x02" + now + request[40:48] + now + now


def serve(addresses):
    sockets = {}
    for addr in addresses:
        sockets[udp_socket(addr, 53)] = dns_answer
        sockets[udp_socket(addr, 123)] = ntp_answer
    print("ready", flush=True)
    while True:
        for s in select.select(list(sockets), [], [])[0]:
            request, peer = s.recvfrom(1500)
            s.sendto(sockets[s](request), peer)


def ask(addr):
    s = udp_socket("::" if ":" in addr else "0.0.0.0", 0)
    s.settimeout(5)
    s.sendto(struct.pack("!B39x", 0x23) + ntp_time(), (addr, 123))
    answer = s.recv(1500)
    assert len(answer) == 48 and answer[0] == 0x24


if sys.argv[1] == "serve":
    serve(sys.argv[2:])
else:
    ask(sys.argv[2])
