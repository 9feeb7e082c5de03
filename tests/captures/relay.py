#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""relay.py NETNS_A TUN_A NETNS_B TUN_B [SEED]: a bad line between two hosts.

Opens a TUN device in each of two network namespaces and carries packets from
one to the other, in both directions losing, doubling and delaying some of them.
Prints "ready" when packets flow, and ends on SIGTERM.
"""
import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI, CLONE_NEWNET = 0x400454ca, 1, 0x1000, 0x40000000
LOSS, DOUBLE, LATE = 0.02, 0.01, 0.04
DELAY, LATENESS = 0.002, 0.008


def open_tun(netns, name):
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/run/netns/{netns}") as ns:
        if libc.setns(ns.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"netns {netns}")
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF,
                struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return fd


def due_times(rng, now):
    """When the copies of a packet arrive; none when it is lost."""
    if rng.random() < LOSS:
        return []
    late = LATENESS * rng.random() if rng.random() < LATE else 0
    times = [now + DELAY + late]
    if rng.random() < DOUBLE:
        times.append(now + 2 * DELAY)
    return times


def carry(ends, rng):
    queue, count = [], 0
    while True:
        wait = max(0, queue[0][0] - time.monotonic()) if queue else None
        for fd in select.select(ends, [], [], wait)[0]:
            packet, now = os.read(fd, 65536), time.monotonic()
            for due in due_times(rng, now):
                count += 1
                heapq.heappush(queue, (due, count, ends[fd == ends[0]], packet))
        while queue and queue[0][0] <= time.monotonic():
            _, _, fd, packet = heapq.heappop(queue)
            try:
                os.write(fd, packet)
            except OSError:
                pass        # the device is down: one more loss


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    ends = [open_tun(*sys.argv[1:3]), open_tun(*sys.argv[3:5])]
    print("ready", flush=True)
    carry(ends, random.Random(int(sys.argv[5]) if len(sys.argv) > 5 else 1))


if __name__ == "__main__":
    main()
