#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
"""state.t: --continuous and --state: a capture in pieces, read at once or over
as many runs, gives the sessions of the whole one."""
import fcntl
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
    for name in glob.glob("part*.pcap") + glob.glob("state*"):
        if os.path.exists(name):
            os.unlink(name)
    for name in ("whole", "once", "runs", "elsewhere"):
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
    """The union of what the runs publish, the last of them with no PATH, is
    what one run over all gives: session for session, to the byte."""
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
    run("--continuous", "--state", "state", "-o", "runs")
    got = sessions(*sorted(glob.glob("runs/*.sessions")))
    ok(got == whole, f"{name} over {parts} runs", what_differs(got, whole))


for conv in ("simple", "interleaved", "hole-acked", "reuse-after-fin",
             "midstream-prepend", "fastopen-rejected", "simultaneous-open",
             "reuse-no-fin-higher", "challenge-ack", "syn-attempts",
             "responses-first", "snaplen", "bad-checksum-first",
             "one-side-reused", "reuse-loss-behind-syn", "reuse-syn-lost",
             "tenants", "old-duplicate-syn", "far-forged",
             "jump-impossible", "reuse-syn-with-data", "rewritten-numbers",
             "syns-near-answered", "retransmission-after-close", "rst-unheeded",
             "fragments", "fragments-ipv6"):
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

def published(d):
    return sorted(os.listdir(d)) if os.path.isdir(d) else []


clean()
shutil.rmtree("runs2", ignore_errors=True)
rotated = [os.path.join(source, f"data/rotated-{i}.pcap") for i in (0, 1)]
run("--continuous", "--state", "state", "-o", "runs", rotated[0])
before = published("runs")
shutil.copy(rotated[0], "part00.pcap")
said = run("-v", "--continuous", "--state", "state", "-o", "runs",
           "part00.pcap")
ok("passed over" in said and published("runs") == before,
   "an input that was taken, under another name, is passed over", said)
run("--continuous", "--state", "state", "-o", "runs", rotated[1], rotated[0],
    rotated[1])
ok(len(published("runs")) == 2, "and so are the others' doubles",
   published("runs"))
run("--continuous", "--state", "state", "-o", "runs")
run("--continuous", "-o", "whole", *rotated)
ok(sessions(*glob.glob("runs/*.sessions")) ==
   sessions("whole/continuous.sessions"), "with no PATH all is published")
before = published("runs")
run("--continuous", "--state", "state", "-o", "runs")
ok(published("runs") == before, "and again: nothing", published("runs"))

with open("state.lock", "w") as held:
    fcntl.flock(held, fcntl.LOCK_EX)
    message = run("--continuous", "--state", "state", "-o", "elsewhere",
                  rotated[0], status=75)
    ok("state: another run is at it" in message and
       not published("elsewhere"), "FILE is locked whatever DIR is", message)
os.unlink("state.lock")
run("--continuous", "--state", "state", "-o", "elsewhere", rotated[0])
ok(not os.path.exists("state.lock") and not os.path.exists("state.next"),
   "nothing is left beside FILE")

# What stands behind an input that cannot be read waits with it.
clean()
names = cut(os.path.join(source, "data/lossy.pcap"), 4, 3)
if shutil.which("strace"):
    p = subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", "-P", names[2], "-e",
         "inject=read,pread64:error=EIO:when=3+", program, "-j", "1",
         "-e", emit, "--continuous", "--state", "state", "-o", "runs",
         *names], capture_output=True, text=True,
        env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
    ok(p.returncode == 1 and f"{names[2]}: left for the next run" in p.stderr
       and f"{names[3]}: left for the next run" in p.stderr,
       "an input that cannot be read is left to the next run",
       f"{p.returncode} {p.stderr}")
    run("--continuous", "--state", "state", "-o", "runs", *names)
    run("--continuous", "--state", "state", "-o", "runs")
    run("--continuous", "-o", "whole", os.path.join(source, "data/lossy.pcap"))
    got = sessions(*glob.glob("runs/*.sessions"))
    whole = sessions("whole/continuous.sessions")
    ok(got == whole, "which takes it, and what follows",
       what_differs(got, whole))

p = subprocess.run([program, "--state", "state", "-o", "runs",
                    os.path.join(source, "data/http.pcap")],
                   capture_output=True, text=True)
ok(p.returncode == 2 and "--continuous" in p.stderr,
   "--state alone is a usage error", p.stderr)
print(f"1..{count}")
sys.exit(failed > 0)
