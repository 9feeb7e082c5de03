#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
"""pcap.t: STEM.pcap has the packets of its session, each as it was captured,
and read again it makes the same session; STEM.timing has a line for each."""
import glob
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

program = os.environ["TCPSESSION"]
mkpcap = os.environ["MKPCAP"]
source = os.environ["SRCDIR"]
count = 0
failed = 0


def ok(good, name, why=""):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}")
    if not good:
        print("#", str(why)[:2000].replace("\n", "\n# "))


def run(*args, status=(0,)):
    p = subprocess.run([program, *args], stdin=subprocess.DEVNULL,
                       capture_output=True, text=True)
    if p.returncode not in status:
        raise SystemExit(f"Bail out! status {p.returncode}: {args} {p.stderr}")
    return p


def frames(path):
    """[(link type, nanoseconds, length, bytes)] of a pcap or pcapng file, as
    their descriptions have it; nothing is taken from the program."""
    with open(path, "rb") as f:
        data = f.read()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1",
                                b"\x0a\x0d\x0d\x0a") else ">"
    out = []
    if data[:4] != b"\x0a\x0d\x0d\x0a":
        magic, link = (struct.unpack_from(order + "I", data, at)[0]
                       for at in (0, 20))
        tick = 1 if magic == 0xa1b23c4d else 1000
        at = 24
        while at < len(data):
            sec, frac, n, size = struct.unpack_from(order + "4I", data, at)
            out.append((link, sec * 10**9 + frac * tick, size,
                        data[at + 16:at + 16 + n]))
            at += 16 + n
        return out
    links, at = [], 0
    while at < len(data):
        kind, length = struct.unpack_from("<2I", data, at)
        body = data[at + 8:at + length - 4]
        assert struct.unpack_from("<I", data, at + length - 4)[0] == length
        if kind == 1:
            tick = 1000
            options = body[8:]
            while len(options) >= 4:
                code, n = struct.unpack_from("<2H", options)
                if code == 9:
                    tick = 10**(9 - options[4])
                options = options[4 + (n + 3) // 4 * 4:]
            links.append((struct.unpack_from("<H", body)[0], tick))
        if kind == 6:
            i, high, low, n, size = struct.unpack_from("<5I", body)
            out.append((links[i][0], (high << 32 | low) * links[i][1], size,
                        body[20:20 + n]))
        at += length
    return out


def raw(directory):
    """Each session's bytes, without what stands for holes, and its holes."""
    found = []
    with open(os.path.join(directory, "sessions.jsonl")) as f:
        for line in f:
            s = json.loads(line)
            sides = []
            for side in ("c2s", "s2c"):
                name = s[side]["file"]
                data = b""
                if name is not None:
                    with open(os.path.join(directory, name), "rb") as g:
                        data = g.read()
                sides.append(data)
            found.append((s, [s["c2s"]["gaps"], s["s2c"]["gaps"], *sides]))
    return found


def check(name, path, *options, fragments=False):
    for d in ("out", "again"):
        shutil.rmtree(d, ignore_errors=True)
    p = run("-o", "out", "-e", "raw,pcap,timing", "--gaps", "skip",
            "--packets", "--format", "json", *options, path, status=(0, 1))
    told = {}
    for line in p.stdout.splitlines():
        x = json.loads(line)
        told.setdefault(x["session"], []).append(x)
    captured = frames(path)
    wrong = []
    directory = glob.glob("out/*.sessions")[0]
    for s, sides in raw(directory):
        packets = told.get(s["session"], [])
        stem = os.path.join(directory, s["stem"])
        if len(packets) != s["c2s"]["packets"] + s["s2c"]["packets"]:
            wrong.append(f"{stem}: {len(packets)} packets told")
        sent = any(s[side]["bytes"] + s[side]["missing"] > 0
                   for side in ("c2s", "s2c"))
        due = sent or s["handshake"] == "full"
        for ending in (".pcap", ".timing"):
            if os.path.exists(stem + ending) != due or \
                    (s["stem"] + ending in s["files"]) != due:
                wrong.append(f"{stem}{ending}: not as the session has it")
        if not due:
            continue
        got = frames(stem + ".pcap")
        numbers = []
        for x in packets:
            if x["packet"] not in numbers[-1:]:
                numbers.append(x["packet"])
        want = [captured[n - 1] for n in numbers]
        if fragments:
            if [f for f in got if f in want] != want or \
                    not all(f in captured for f in got):
                wrong.append(f"{stem}.pcap: not the frames captured")
        elif got != want:
            wrong.append(f"{stem}.pcap: not the frames captured")
        if not timing_is_right(stem + ".timing", packets):
            wrong.append(f"{stem}.timing")
        shutil.rmtree("again", ignore_errors=True)
        run("-q", "-o", "again", "-e", "raw", "--gaps", "skip", *options,
            stem + ".pcap", status=(0, 1))
        again = raw(glob.glob("again/*.sessions")[0])
        with_bytes = [b for _, b in again if b[2:] != [b"", b""]]
        # Whose role was known from another connection only may have changed.
        turned = [sides[1], sides[0], sides[3], sides[2]] \
            if s["handshake"] == "none" else sides
        if with_bytes not in ([x][:sent and x[2:] != [b"", b""]]
                              for x in (sides, turned)):
            wrong.append(f"{stem}.pcap: another session, read again")
    ok(not wrong, name, "\n".join(wrong))


def timing_is_right(path, packets):
    with open(path) as f:
        head, *lines = f.read().splitlines()
    if head.split("\t") != [
            "time", "direction", "payload", "client_bytes", "server_bytes",
            "total_bytes", "since_last", "since_client", "since_server",
            "since_first"]:
        return False
    sums, last, ends = [0, 0], [None, None], []
    for x in packets:
        way = int(x["direction"] == "s2c")
        sums[way] += x["length"]
        now = x["since_start"]
        before = max((t for t in last if t is not None), default=None,
                     key=lambda t: t[1])
        ends.append([x["time"], str(way), str(x["length"]), str(sums[0]),
                     str(sums[1]), str(sum(sums)),
                     None if before is None else now - before[0],
                     *(None if t is None else now - t[0] for t in last),
                     now - packets[0]["since_start"]])
        last[way] = (now, x["ordinal"])
    got = [line.split("\t") for line in lines]
    return len(got) == len(ends) and all(
        g[:6] == e[:6] and all(
            (a == "-") if b is None else abs(float(a) - b) < 2e-9
            for a, b in zip(g[6:], e[6:]))
        for g, e in zip(got, ends))


def make(name, text, *options):
    with open("c.conv", "w") as f:
        f.write(text)
    subprocess.run([mkpcap, *options, "-o", name, "c.conv"], check=True)


os.chdir(tempfile.mkdtemp())
for path in sorted(glob.glob(os.path.join(source, "data/*.pcap*"))):
    if path.endswith((".pcap", ".pcapng")):
        check(os.path.basename(path), path)
for path in sorted(glob.glob(os.path.join(source, "tests/conv/*.conv"))):
    name = os.path.basename(path)[:-5]
    subprocess.run([mkpcap, "-o", "c.pcap", path], check=True)
    check(name, "c.pcap", fragments=name.startswith("fragments"))

talk = """handshake
> random 5000 1
lose > "gone"
< random 60000 2
close
"""
make("c.pcap", talk, "-n")
check("nanoseconds", "c.pcap")
ok(open(glob.glob("out/*/*.pcap")[0], "rb").read(4) == b"\x4d\x3c\xb2\xa1",
   "... said so in the file")
make("c.pcap", "vlan 7 9\n" + talk)
check("VLAN tags", "c.pcap", "--split-by", "vlan")
make("c.pcap", "handshake\n< random 300000 3\nclose\n")
check("a frame of 300000 bytes", "c.pcap")
make("c.pcap", "snap 60 > syn\n< syn\n>\nsnap 60 > \"cut off\"\nclose\n")
check("cut by the snap length", "c.pcap")


def two_links(path, out):
    """The Ethernet capture with every other frame as bare IP."""
    def block(kind, body):
        body += bytes(-len(body) % 4)
        size = struct.pack("<I", len(body) + 12)
        return struct.pack("<I", kind) + size + body + size

    with open(out, "wb") as f:
        f.write(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)))
        for link in (1, 101):
            f.write(block(1, struct.pack("<HHI", link, 0, 0)))
        for i, (_, ns, size, data) in enumerate(frames(path)):
            cut = 14 * (i % 2)
            ticks = ns // 1000
            f.write(block(6, struct.pack(
                "<5I", i % 2, ticks >> 32, ticks & 0xFFFFFFFF,
                len(data) - cut, size - cut) + data[cut:]))


def reads(*command):
    if shutil.which(command[0]) is None:
        return None
    p = subprocess.run(command, capture_output=True, text=True)
    return p.stdout.count("\n") if p.returncode == 0 else p.stderr


def others_read(name, path, wanted):
    for command in (("tcpdump", "-nr", path),
                    ("tshark", "-r", path, "-T", "fields", "-e",
                     "frame.number")):
        got = reads(*command)
        if got is None:
            print(f"# no {command[0]} here")
        elif command[0] == "tcpdump" and wanted["links"] > 1:
            pass  # libpcap reads files of one link type only
        else:
            ok(got == wanted["packets"], f"... {command[0]} reads {name}",
               got)


make("c.pcap", talk)
two_links("c.pcap", "two.pcapng")
check("two link types in a session", "two.pcapng")
name = glob.glob("out/*/*.pcap")[0]
ok(open(name, "rb").read(4) == b"\x0a\x0d\x0d\x0a", "... made it pcapng")
others_read("it", name, {"packets": len(frames("two.pcapng")), "links": 2})
check("one link type", "c.pcap")
name = glob.glob("out/*/*.pcap")[0]
others_read("a pcap", name, {"packets": len(frames("c.pcap")), "links": 1})
make("c.pcap", talk, "-n")
check("nanoseconds again", "c.pcap")
name = glob.glob("out/*/*.pcap")[0]
others_read("nanoseconds", name,
            {"packets": len(frames("c.pcap")), "links": 1})

# Before 1970, which pcapng can say and pcap cannot.
with open("two.pcapng", "rb") as f:
    data = f.read()
option = struct.pack("<HHqI", 14, 8, -4000000000, 0)
plain = struct.pack("<IIHHII", 1, 20, 1, 0, 0, 20)
assert data.count(plain) == 1
early = struct.pack("<IIHHI", 1, 36, 1, 0, 0) + option + struct.pack("<I", 36)
bare = plain.replace(struct.pack("<H", 1), struct.pack("<H", 101))
data = data.replace(plain, early)
with open("early.pcapng", "wb") as f:
    f.write(data)
shutil.rmtree("out")
p = run("-v", "-o", "out", "-e", "pcap", "early.pcapng")
name = glob.glob("out/*/*.pcap")[0]
ok(any(f[1] == 0 for f in frames(name)) and "before 1970" in p.stderr,
   "times that a pcap file cannot say are the nearest", p.stderr)

# The tar has the same.
run("-o", "loose", "-e", "pcap,timing", "c.pcap")
run("-o", "tar", "-e", "pcap,timing", "--tar-only", "--tar-compress", "none",
    "c.pcap")
subprocess.run("cd tar && tar -xf sessions.tar", shell=True, check=True)
p = subprocess.run(["diff", "-r", "loose/c.pcap.sessions",
                    "tar/c.pcap.sessions"], capture_output=True, text=True)
ok(p.returncode == 0, "loose and in a tar the same", p.stdout)

# Only what is wanted costs and comes.
make("two.pcap", "handshake\n> \"a\"\nclose\nconn b\n"
     "client 10.0.0.9:1\n> \"b\"\n< \"c\"\nconn c\n"
     "client 10.0.0.9:2\n> syn\n")


def made(*options):
    shutil.rmtree("out", ignore_errors=True)
    run("-o", "out", "-e", "pcap", *options, "two.pcap")
    return [os.path.basename(n)[:-5].rsplit("-", 1)[1]
            for n in sorted(glob.glob("out/*/*.pcap"))]


for options, want in (((), ["0", "1"]), (("--session", "1"), ["1"]),
                      (("--strict",), ["0"]), (("--match", ":1 "), ["1"]),
                      (("--client", "10.0.0.9"), ["1"]),
                      (("--port", "2"), [])):
    ok(made(*options) == want, f"with {options}", made(*options))
print(f"1..{count}")
sys.exit(failed > 0)
