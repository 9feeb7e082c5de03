#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3 strace
"""state.t: --state, killed before each call that changes a file, and after a
power cut at each: the same command again, and no session is doubled or lost
and nothing is left over."""
import glob
import json
import os
import re
import shutil
import struct
import subprocess
import sys

program = os.environ["TCPSESSION"]
source = os.environ["SRCDIR"]
CALLS = "openat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat," \
        "rmdir,fsync,fdatasync,ftruncate,write,pwrite64,writev,pwritev"
count = 0
failed = 0


def ok(good, name, why=""):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}")
    if not good:
        print("#", str(why)[:2000].replace("\n", "\n# "))


if "fsanitize" in os.environ.get("SANITIZE", ""):
    print("1..0 # SKIP a sanitizer makes a run of it too long")
    sys.exit(0)


def cut(path, places):
    with open(path, "rb") as f:
        data = f.read()
    at, records = 24, []
    while at < len(data):
        n = struct.unpack_from("<I", data, at + 8)[0]
        records.append(data[at:at + 16 + n])
        at += 16 + n
    names = []
    places = [0] + [len(records) * p // 10 for p in places] + [len(records)]
    for i, (a, b) in enumerate(zip(places, places[1:])):
        names.append(f"part{i}.pcap")
        with open(names[-1], "wb") as f:
            f.write(data[:24] + b"".join(records[a:b]))
    return names


def command(*paths):
    return [program, "-q", "-j", "1", "-e", "raw", "--continuous", "--state",
            "w/state", "-o", "w/out", *paths]


def run(*paths):
    return subprocess.run(command(*paths), capture_output=True,
                          text=True).returncode


def sessions(top):
    found = []
    for line in (x for d in glob.glob(f"{top}/*.sessions/sessions.jsonl")
                 for x in open(d)):
        s = json.loads(line)
        found.append((s["stem"], s["c2s"]["bytes"], s["s2c"]["bytes"]))
    return sorted(found)


def left_over():
    found = glob.glob("w/out/.*") + glob.glob("w/state?*") + \
        glob.glob("tcpsession-*")
    return [p for p in found if not p.endswith(".seen")]


def empty():
    """w and w/out stay the directories that they are: the state knows them."""
    os.makedirs("w/out", mode=0o700, exist_ok=True)
    for path in glob.glob("w/*") + glob.glob("w/out/*") + \
            glob.glob("w/out/.*"):
        if path != "w/out" and os.path.isdir(path):
            shutil.rmtree(path)
        elif path != "w/out":
            os.unlink(path)


def begin():
    empty()
    shutil.copytree("before", "w", dirs_exist_ok=True)


def judge():
    """The same command again, and all that is left; what is wrong then."""
    status = run("part1.pcap")
    last = run()
    got = sessions("w/out")
    if status != 0 or last != 0:
        return f"status {status}, {last}"
    if got != want:
        return f"doubled or other {[g for g in got if g not in want or got.count(g) > 1][:2]}, " \
               f"lost {[w for w in want if w not in got][:2]}"
    return f"left over {left_over()}" if left_over() else None


cut(os.path.join(source, "data/lossy.pcap"), [4])
subprocess.run([program, "-q", "-e", "raw", "--continuous", "-o", "clean",
                os.path.join(source, "data/lossy.pcap")], check=True)
want = sessions("clean")
os.makedirs("w")
run("part0.pcap")
shutil.copytree("w", "before")

# Killed before the N-th call that changes something, for every N.
wrong, n = {}, 0
while True:
    n += 1
    begin()
    p = subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + CALLS,
         "-e", f"inject={CALLS}:signal=KILL:when={n}",
         *command("part1.pcap")], capture_output=True)
    if p.returncode == 0 or n > 2000:
        break
    why = judge()
    if why:
        wrong[n] = why
ok(n > 20 and not wrong, f"killed at each of {n - 1} calls", wrong)


# A power cut.  Of what the file system was told it has what was flushed; of
# the rest all names may be there or none, with empty files.
class Disk:
    """Names as nodes: True: a directory, else a file.  Files have contents
    when they were flushed behind their last write."""

    def __init__(self):
        self.names, self.durable = {}, {}
        self.flushed = set()
        for top, dirs, files in os.walk("w"):
            for d in dirs:
                self.names[os.path.join(top, d)] = object()
            for f in files:
                self.names[os.path.join(top, f)] = object()
        self.flushed = set(self.names.values())
        self.durable = dict(self.names)
        self.isdir = set(v for k, v in self.names.items() if os.path.isdir(k))

    def sync(self, path):
        node = self.names.get(path)
        self.flushed.add(node)
        if path == "w" or node in self.isdir:
            for k in set(self.names) | set(self.durable):
                if os.path.dirname(k) == path:
                    if k in self.names:
                        self.durable[k] = self.names[k]
                    else:
                        self.durable.pop(k, None)

    def move(self, a, b):
        moved = {k: v for k, v in self.names.items()
                 if k == a or k.startswith(a + "/")}
        other = {k: v for k, v in self.names.items()
                 if k == b or k.startswith(b + "/")}
        for k in list(moved) + list(other):
            self.names.pop(k, None)
        for k, v in moved.items():
            self.names[b + k[len(a):]] = v
        return other


LINE = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)(?:<([^>]*)>)?")
PATH = re.compile(r'(?:(\d+|AT_FDCWD)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')


def local(path):
    path = os.path.relpath(path, os.getcwd())
    return path if path == "w" or path.startswith("w/") else None


def calls(log):
    """(call, paths) of what changed something, in order."""
    for line in open(log):
        m = LINE.match(line)
        if not m or m.group(3).startswith("-"):
            continue
        name, args = m.group(1), m.group(2)
        if name in ("fsync", "fdatasync", "write", "pwrite64", "writev",
                    "pwritev", "ftruncate"):
            fd = re.match(r"\d+<([^>]*)>", args)
            paths = [fd.group(1)] if fd else []
        else:
            paths = [os.path.join(d or os.getcwd(), p)
                     for _, d, p in PATH.findall(args)]
        paths = [p for p in map(local, paths) if p]
        if name == "openat" and "O_CREAT" not in args:
            continue
        if paths:
            yield name, paths, args


begin()
subprocess.run(["strace", "-f", "-y", "-qq", "-s", "4096", "-o", "log", "-e",
                "trace=" + CALLS, *command("part1.pcap")], check=True)
contents = {}
disk, states = None, []
begin()
disk = Disk()
for k, v in disk.names.items():
    if os.path.isfile(k):
        with open(k, "rb") as f:
            contents[v] = f.read()
for name, paths, args in calls("log"):
    p = paths[0]
    if name in ("openat", "mkdir", "mkdirat"):
        if p not in disk.names:
            disk.names[p] = object()
            if name != "openat":
                disk.isdir.add(disk.names[p])
    elif name.startswith("rename") and len(paths) == 2:
        other = disk.move(p, paths[1])
        if "RENAME_EXCHANGE" in args:
            for k, v in other.items():
                disk.names[p + k[len(paths[1]):]] = v
    elif name in ("unlink", "unlinkat", "rmdir"):
        disk.names.pop(p, None)
    elif name in ("fsync", "fdatasync"):
        disk.sync(p)
    elif p in disk.names:
        disk.flushed.discard(disk.names[p])
    states.append((dict(disk.names), dict(disk.durable), set(disk.flushed)))
# What the run wrote, by the node that had it at the end.
begin()
subprocess.run(command("part1.pcap"), check=True)
for k, v in states[-1][0].items():
    if os.path.isfile(k):
        with open(k, "rb") as f:
            contents.setdefault(v, f.read())


def durable_view(now, durable):
    """What was flushed; below a directory whose name was not, nothing."""
    return {k: v for k, v in durable.items()
            if all(d in durable for d in parents(k))}


def parents(path):
    path = os.path.dirname(path)
    while path not in ("", "w"):
        yield path
        path = os.path.dirname(path)


def build(names, flushed):
    empty()
    for k in sorted(names):
        if names[k] in disk.isdir:
            os.makedirs(k, exist_ok=True, mode=0o700)
            # The mark of what waits for its name comes with it.
            if os.path.basename(k).startswith("."):
                os.chmod(k, 0o1700)
    for k, v in names.items():
        if v in disk.isdir:
            continue
        os.makedirs(os.path.dirname(k), exist_ok=True)
        with open(k, "wb") as f:
            f.write(contents.get(v, b"") if v in flushed else b"")


wrong = {}
for i, (now, durable, flushed) in enumerate(states):
    for how, names in (("all names", now),
                       ("flushed names", durable_view(now, durable))):
        build(names, flushed)
        why = judge()
        if why:
            wrong[i, how] = why
ok(len(states) > 20 and not wrong,
   f"a power cut behind each of {len(states)} calls", wrong)
order = [(n, os.path.basename(p[-1])) for n, p, _ in calls("log")
         if n in ("fsync", "fdatasync") or n.startswith("rename")]
print("#", order)
print(f"1..{count}")
sys.exit(failed > 0)
