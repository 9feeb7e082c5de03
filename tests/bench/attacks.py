#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""attacks.py PROGRAM TMP [N [ROUNDS [CASE...]]]: what each attack of
tools/attacks.py costs at n and at 2n: user time, the least of the rounds, and
how many times more the double takes.  2 is linear; nothing passes or fails."""
import os
import resource
import shutil
import subprocess
import sys

MAKE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools",
                    "attacks.py")
# Units that cost much more than a packet.
COSTLY = {"bomb-large": 2000, "bomb-gzip": 50, "bomb-zstd": 50,
          "scripts": 1000, "scripts-one-session": 1000, "tunnels": 20}


def user_time(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def cost(program, tmp, case, n, rounds):
    path = os.path.join(tmp, "x.pcap")
    with open(path, "wb") as f:
        subprocess.run([sys.executable, MAKE, "make", case, str(n)], stdout=f,
                       check=True)
    times = []
    for _ in range(rounds):
        shutil.rmtree(os.path.join(tmp, "o"), ignore_errors=True)
        times.append(user_time([program, "-q", "-j", "1", "-e", "raw,js",
                                "-o", os.path.join(tmp, "o"), path]))
    shutil.rmtree(os.path.join(tmp, "o"), ignore_errors=True)
    return min(times)


def main(program, tmp, n="100000", rounds="3", *cases):
    if not cases:
        listed = subprocess.run([sys.executable, MAKE, "list"], check=True,
                                stdout=subprocess.PIPE).stdout.decode()
        cases = [line.split(":")[0] for line in listed.splitlines()]
    print("%-22s %9s %9s %6s" % ("attack", "n", "2n", "ratio"))
    for case in cases:
        units = max(1, int(n) // COSTLY.get(case, 1))
        one = cost(program, tmp, case, units, int(rounds))
        two = cost(program, tmp, case, 2 * units, int(rounds))
        print("%-22s %8.3fs %8.3fs %6.2f" % (case, one, two,
                                             two / max(one, 0.001)),
              flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
