#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
"""state.t: --continuous and --state: a capture in pieces, read at once or over
as many runs, gives the sessions of the whole one."""
import glob
import json
import os
import random
import shutil
import struct
import subprocess
import sys

program = os.environ["TCPSESSION"]
mkpcap = os.environ["MKPCAP"]
source = os.environ["SRCDIR"]
emit = "raw,text,json,pcap,timing"
count = 0
failed = 0


def ok(good, name, why=""):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}")
    if not good:
        print("#", str(why)[:2000].replace("\n", "\n# "))


def run(*args, status=0):
    p = subprocess.run([program, "-e", emit, *args], stdin=subprocess.DEVNULL,
                       capture_output=True, text=True)
    if p.returncode != status:
        raise SystemExit(f"Bail out! status {p.returncode}: {args} {p.stderr}")
    return p.stderr


def packets(path):
    """The file header and the records of a little-endian pcap."""
    with open(path, "rb") as f:
        data = f.read()
    at, records = 24, []
    while at < len(data):
        n = struct.unpack_from("<I", data, at + 8)[0]
        records.append(data[at:at + 16 + n])
        at += 16 + n
    return data[:24], records


def cut(path, parts, seed):
    """The capture in so many files, cut at random places; their names."""
    head, records = packets(path)
    rng = random.Random(seed)
    places = sorted(rng.sample(range(1, len(records)),
                               min(parts - 1, len(records) - 1)))
    names = []
    for i, (a, b) in enumerate(zip([0] + places, places + [len(records)])):
        names.append(f"part{i:02}.pcap")
        with open(names[-1], "wb") as f:
            f.write(head + b"".join(records[a:b]))
    return names


def sessions(*directories):
    """{stem: (index line, {name: bytes})} of all of them."""
    found = {}
    for d in directories:
        with open(os.path.join(d, "sessions.jsonl")) as f:
            for line in f:
                s = json.loads(line)
                files = {}
                for name in s["files"]:
                    with open(os.path.join(d, name), "rb") as g:
                        files[name] = g.read()
                if s["stem"] in found:
                    return {"twice": s["stem"]}
                found[s["stem"]] = (line, files)
    return found


def clean():
    for name in glob.glob("part*.pcap") + ["state"]:
        if os.path.exists(name):
            os.unlink(name)
    for name in ("whole", "once", "runs"):
        shutil.rmtree(name, ignore_errors=True)


def what_differs(a, b):
    for stem in sorted(set(a) | set(b)):
        if a.get(stem) != b.get(stem):
            return f"{stem}\n{a.get(stem)}\n{b.get(stem)}"
    return ""


def in_order(path):
    """Times go forward and no record is longer than what was captured."""
    _, records = packets(path)
    times = [struct.unpack_from("<II", r) for r in records]
    return len(records) > 1 and times == sorted(times)


def in_pieces(name, path, parts, seed):
    clean()
    run("--continuous", "-o", "whole", path)
    whole = sessions("whole/continuous.sessions")
    names = cut(path, parts, seed)
    run("--continuous", "-o", "once", *reversed(names))
    ok(sessions("once/continuous.sessions") == whole,
       f"{name} in {parts} files at once",
       what_differs(sessions("once/continuous.sessions"), whole))
    for part in names:
        run("--continuous", "--state", "state", "-o", "runs", part)
    # What is still open is ended by a session that comes much later.
    run("--continuous", "--state", "state", "--idle", "60", "-o", "runs",
        "later.pcap")
    got = sessions(*sorted(glob.glob("runs/*.sessions")))
    got = {k: v for k, v in got.items() if "192.0.2.99" not in k}
    # How an open end is called depends on what ended it.
    same = all(k in got and
               comparable(got[k]) == comparable(whole[k]) for k in whole)
    ok(same and len(got) == len(whole), f"{name} over {parts} runs",
       what_differs(got, whole))


def comparable(session):
    line, files = session
    s = json.loads(line)
    if s["close"] in ("end", "idle"):
        s["close"] = "open"
        files = {k: v for k, v in files.items()
                 if k.endswith((".c2s", ".s2c", ".pcap", ".timing"))}
    return s, files


def make_later():
    with open("later.conv", "w") as f:
        f.write("client 192.0.2.99:9\nat 4000000000\nhandshake\nclose\n")
    subprocess.run([mkpcap, "-o", "later.pcap", "later.conv"], check=True)


make_later()
for conv in ("simple", "interleaved", "hole-acked", "reuse-after-fin",
             "midstream-prepend", "fastopen-rejected", "simultaneous-open",
             "reuse-no-fin-higher", "challenge-ack", "syn-attempts",
             "responses-first", "snaplen", "bad-checksum-first",
             "one-side-reused", "reuse-loss-behind-syn", "reuse-syn-lost",
             "tenants", "old-duplicate-syn", "rst-unheeded", "far-forged",
             "jump-impossible", "reuse-syn-with-data"):
    subprocess.run([mkpcap, "-o", "c.pcap",
                    os.path.join(source, "tests/conv", conv + ".conv")],
                   check=True)
    if in_order("c.pcap"):
        for parts in (2, 5):
            in_pieces(conv, "c.pcap", parts, seed=parts)
for sample, parts in (("lossy", 50), ("http", 7), ("lossy", 3)):
    in_pieces(sample, os.path.join(source, "data", sample + ".pcap"), parts,
              seed=parts)

clean()
with open("state", "wb") as f:
    f.write(b"no state at all")
message = run("--continuous", "--state", "state", "-o", "runs",
              os.path.join(source, "data/http.pcap"), status=2)
ok("state: is no state" in message and not glob.glob("runs/*"),
   "a file that is no state is refused", message)
os.unlink("state")
run("--continuous", "--state", "state", "-o", "runs",
    os.path.join(source, "data/rotated-0.pcap"))
with open("state", "rb") as f:
    good = f.read()
bad = []
for at in range(0, len(good), 97):
    with open("state", "wb") as f:
        f.write(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
    p = subprocess.run([program, "--continuous", "--state", "state", "-o",
                        "runs2", os.path.join(source, "data/rotated-1.pcap")],
                       capture_output=True)
    bad += [at] if p.returncode != 2 else []
ok(not bad, "a damaged state is refused wherever the damage is", bad)
p = subprocess.run([program, "--state", "state", "-o", "runs",
                    os.path.join(source, "data/http.pcap")],
                   capture_output=True, text=True)
ok(p.returncode == 2 and "--continuous" in p.stderr,
   "--state alone is a usage error", p.stderr)
print(f"1..{count}")
sys.exit(failed > 0)
