#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""measure.py: runs the programs in turn on generated captures and compares.

Called by run.sh; see README.  Every file that tcpsession writes is held against
the generator's manifest, so that nothing wrong is called fast.
"""
import argparse
import collections
import hashlib
import os
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

TIME = "/usr/bin/time"

# label, command, output to be verified against the manifest
FILES = [
    ("-j 1", "{tcpsession} -q -j 1 -e raw -o {out} {capture}", True),
    ("-j 2", "{tcpsession} -q -j 2 -e raw -o {out} {capture}", True),
    ("tcpflow", "{tcpflow} -r {capture} -o {out}", True),
    ("floor", "{floor} {capture} {out}", True),
]
TABLE = [
    ("-e none", "{tcpsession} -q -j 1 -e none -o {out} {capture}", False),
    ("-s", "{tcpsession} -q -j 1 -s --match NOSUCH {capture}", False),
    ("tcpflow", "{tcpflow} -r {capture} -o {out}", False),
    ("floor", "{floor} -n {capture} {out}", False),
]
WEB = [
    ("raw", "{tcpsession} -q -j 1 -e raw -o {out} {capture}", True),
    ("http", "{tcpsession} -q -j 1 -e http -o {out} {capture}", False),
    ("http,objects", "{tcpsession} -q -j 1 -e http,objects -o {out} {capture}",
     False),
    ("tcpflow -a", "{tcpflow} -a -r {capture} -o {out}", False),
    ("floor", "{floor} {capture} {out}", True),
]
MORE = [
    ("raw,text", "{tcpsession} -q -j 1 -o {out} {capture}", True),
    ("json", "{tcpsession} -q -j 1 -e json -o {out} {capture}", False),
    ("tar-only", "{tcpsession} -q -j 1 -e raw --tar-only --tar-compress none"
                 " -o {out} {capture}", False),
    ("-P", "{tcpsession} -q -j 1 -P {capture}", False),
    ("tcpflow -c", "{tcpflow} -c -r {capture}", False),
    ("grep text", "{tcpsession} -q -j 1 --grep harbourmaster {capture}", False),
    ("-P text", "sh -c '{tcpsession} -q -j 1 -P {capture} |"
                " {search} harbourmaster || :'", False),
    ("grep regex", "{tcpsession} -q -j 1 --grep"
                   " '(?i)tim(ing|es)|[0-9]{{4}}' {capture}", False),
    ("-P regex", "sh -c '{tcpsession} -q -j 1 -P {capture} |"
                 " {search} \"(?i)tim(ing|es)|[0-9]{{4}}\"'", False),
    (".gz -j 2", "{tcpsession} -q -j 2 -s --match NOSUCH {capture}.gz", False),
    ("gzip -dc", "gzip -dc {capture}.gz", False),
]
RUNS = {"S": FILES, "M": FILES, "L": FILES, "O": FILES, "A": TABLE,
        "H": TABLE, "W": WEB, "G": WEB}


class Manifest:
    def __init__(self, path):
        self.want, self.total = {}, ""
        with open(path) as f:
            for line in f:
                word = line.split()
                if word[0] == "total":
                    self.total = " ".join(word[1:])
                    continue
                client, cport, server, sport, side, size, _, md5 = word
                self.want[(client, cport, server, sport, side)] = \
                    (int(size), md5)

    def compare(self, files):
        """What is wrong with (key, path) pairs, in few words."""
        seen, wrong = set(), 0
        for key, path in files:
            if key not in self.want or key in seen:
                wrong += 1
                continue
            seen.add(key)
            wrong += digest(path) != self.want[key]
        absent = len(self.want) - len(seen)
        if wrong or absent:
            return f"{wrong} wrong, {absent} absent of {len(self.want)}"
        return "all bytes"


def digest(path):
    md5, size = hashlib.md5(), 0
    with open(path, "rb") as f:
        while block := f.read(1 << 20):
            md5.update(block)
            size += len(block)
    return size, md5.hexdigest()


STEM = re.compile(r"(.+)_(\d+)-(.+)_(\d+)-6-\d+\.(c2s|s2c)")
HALF = re.compile(r"(.+)\.(\d{5})-(.+)\.(\d{5})(?:--\d+)?(c\d+)?")


def our_files(top):
    """tcpsession's and floor's raw files by flow."""
    for where, _, names in os.walk(top):
        for name in names:
            if found := STEM.fullmatch(name):
                yield found.groups(), os.path.join(where, name)


def plain(ip):
    return ip if ":" in ip else ".".join(str(int(x)) for x in ip.split("."))


def tcpflow_files(top):
    for name in os.listdir(top):
        if not (found := HALF.fullmatch(name)):
            continue
        a, a_port, b, b_port, again = found.groups()
        ends = [(plain(a), str(int(a_port))), (plain(b), str(int(b_port)))]
        side = "c2s"
        if ends[0][1] == "80":
            ends.reverse()
            side = "s2c"
        yield (*ends[0], *ends[1], side + (again or "")), \
            os.path.join(top, name)


Result = collections.namedtuple("Result", "wall cpu rss status verdict")


def run_once(command, rss_file, where):
    """Wall and CPU seconds, peak KiB, exit status.  tcpflow -c leaves a report
    in the directory where it runs."""
    timed = os.path.exists(TIME)
    if timed:
        command = [TIME, "-q", "-o", rss_file, "-f", "%M", *command]
    with open(os.devnull, "r+b") as null:
        begin = time.monotonic()
        child = subprocess.Popen(command, stdin=null, stdout=null,
                                 stderr=subprocess.PIPE, cwd=where)
        error = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - begin
    child.returncode = status = os.waitstatus_to_exitcode(status)
    rss = usage.ru_maxrss
    if timed:
        with open(rss_file) as f:
            rss = int(f.read().split()[-1])
    return wall, usage.ru_utime + usage.ru_stime, rss, status, error


def run_row(args, row, capture, manifest, top, verify):
    label, template, has_files = row
    out = tempfile.mkdtemp(dir=top, prefix="out-")
    values = {"tcpsession": args.tcpsession, "tcpflow": args.tcpflow,
              "floor": args.floor, "out": out, "capture": capture,
              "search": "rg -ac" if shutil.which("rg") else "grep -aPc"}
    command = [word.format(**values) for word in shlex.split(template)]
    os.sync()
    wall, cpu, rss, status, error = run_once(command,
                                             os.path.join(top, "rss"), out)
    if status != 0 and verify:
        sys.stderr.write(error[-300:].decode("utf-8", "replace"))
    verdict = ""
    if verify and has_files:
        files = tcpflow_files if label == "tcpflow" else our_files
        verdict = manifest.compare(files(out))
    shutil.rmtree(out)
    return Result(wall, cpu, rss, status, verdict)


def ratio(failed, of, to):
    """Median of the rounds' ratios; what failed or is not there has none."""
    pairs = [] if failed else [b / a for a, b in zip(of, to) if a > 0]
    return f"{statistics.median(pairs):.2f}" if pairs else "-"


def report_row(load, label, results):
    """Prints the row; false when files of ours are wrong."""
    rounds = results[label]
    failed = sorted({r.status for r in rounds if r.status != 0})
    verdicts = {r.verdict for r in rounds if r.verdict} or {"-"}
    if failed:
        verdicts = {f"status {','.join(map(str, failed))}"}
    wall, cpu = [r.wall for r in rounds], [r.cpu for r in rounds]
    faster = ratio(failed, wall, [r.wall for r in results.get("tcpflow", [])])
    dearer = ratio(failed, [r.cpu for r in results["floor"]], cpu)
    print(f"{load:2} {label:15}{statistics.median(wall):9.3f}"
          f"{statistics.median(cpu):9.3f}"
          f"{max(r.rss for r in rounds) / 1024:8.1f}{faster:>9}{dearer:>9}",
          "", "; ".join(sorted(verdicts)))
    return label.startswith("tcpflow") or verdicts <= {"-", "all bytes"}


def report(load, rows, results):
    good = [report_row(load, label, results) for label, _, _ in rows]
    sys.stdout.flush()
    return all(good)


def bench(args, load, top):
    capture = os.path.join(top, "capture.pcap")
    path = os.path.join(top, "manifest")
    maker = [args.gen]
    if RUNS[load] is WEB:
        maker = [sys.executable, os.path.join(os.path.dirname(__file__),
                                              "web.py")]
    subprocess.run([*maker, load, args.scale, args.seed, capture, path],
                   check=True)
    manifest = Manifest(path)
    print(f"{load}: {manifest.total},"
          f" {os.path.getsize(capture) / 1e6:.0f} MB")
    rows = [row for row in RUNS[load]
            if args.tcpflow or not row[1].startswith("{tcpflow}")]
    if args.more and load in "SML":
        rows += [row for row in MORE
                 if args.tcpflow or not row[1].startswith("{tcpflow}")]
    results = collections.defaultdict(list)
    if args.more and load in "SML":
        with open(capture + ".gz", "wb") as packed:
            subprocess.run(["gzip", "-1", "-c", capture], stdout=packed,
                           check=True)
    digest(capture)     # into the page cache
    for turn in range(args.rounds):
        for row in rows:
            verify = turn == 0 or row[1].startswith("{tcpsession}")
            results[row[0]].append(
                run_row(args, row, capture, manifest, top, verify))
    os.unlink(capture)
    if os.path.exists(capture + ".gz"):
        os.unlink(capture + ".gz")
    return report(load, rows, results)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("gen", "floor", "tcpsession", "tmp"):
        parser.add_argument("--" + name, required=True, type=os.path.abspath)
    parser.add_argument("--tcpflow", default="")
    parser.add_argument("--scale", default="0.1")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--more", action="store_true")
    parser.add_argument("loads", nargs="+", choices=sorted(RUNS))
    args = parser.parse_args()
    print(f"scale {args.scale}, seed {args.seed}, {args.rounds} rounds in"
          f" turn, medians; {os.cpu_count()} processors")
    print("   program             wall s    cpu s peak MiB  tcpflow/   cpu/"
          "  verified\n" + " " * 50 + "wall    floor")
    good = True
    for load in args.loads:
        good &= bench(args, load, args.tmp)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
