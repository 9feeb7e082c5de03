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
import ipaddress
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

# label, command, output to be verified against the manifest, and the row that
# the last column compares the CPU time with
OURS = "{tcpsession} -q "
FILES = [
    ("-j 1", OURS + "-j 1 -e raw -o {out} {capture}", True, ""),
    ("-j 2", OURS + "-j 2 -e raw -o {out} {capture}", True, "-j 1"),
    ("tcpflow", "{tcpflow} -r {capture} -o {out}", True, ""),
    ("floor", "{floor} {capture} {out}", True, ""),
]
TABLE = [
    ("-e none", OURS + "-j 1 -e none -o {out} {capture}", False, "floor"),
    ("-s", OURS + "-j 1 -s --match NOSUCH {capture}", False, "floor -n"),
    ("tcpflow", "{tcpflow} -r {capture} -o {out}", False, ""),
    ("floor", "{floor} {capture} {out}", False, ""),
    ("floor -n", "{floor} -n {capture} {out}", False, ""),
]
WEB = [
    ("raw", OURS + "-j 1 -e raw -o {out} {capture}", True, ""),
    ("http", OURS + "-j 1 -e http -o {out} {capture}", False, "raw"),
    ("http,objects", OURS + "-j 1 -e http,objects -o {out} {capture}", False,
     "raw"),
    ("tcpflow -a", "{tcpflow} -a -r {capture} -o {out}", False, ""),
    ("floor", "{floor} {capture} {out}", True, ""),
]
PRODUCTS = [
    ("raw,text", OURS + "-j 1 -o {out} {capture}", True, "-j 1"),
    ("raw,text -j 2", OURS + "-j 2 -o {out} {capture}", True, "-j 2"),
    ("json", OURS + "-j 1 -e json -o {out} {capture}", False, "-j 1"),
    ("json -j 2", OURS + "-j 2 -e json -o {out} {capture}", False, "-j 2"),
    ("tar-only", OURS + "-j 1 -e raw --tar-only --tar-compress none"
                 " -o {out} {capture}", False, "-j 1"),
    ("-P", OURS + "-j 1 -P {capture}", False, "tcpflow -c"),
    ("tcpflow -c", "{tcpflow} -c -r {capture}", False, ""),
]
REPORT = [("report", OURS + "-j 1 -e none --report -o {out} {capture}", False,
           "raw,text")]
SEARCH = [
    ("grep text", OURS + "-j 1 --grep harbourmaster {capture}", False,
     "-P text"),
    ("-P text", "sh -c '" + OURS + "-j 1 -P {capture} |"
                " {search} harbourmaster || :'", False, ""),
    ("grep regex", OURS + "-j 1 --grep"
                   " '(?i)tim(ing|es)|[0-9]{{4}}' {capture}", False,
     "-P regex"),
    ("-P regex", "sh -c '" + OURS + "-j 1 -P {capture} |"
                 " {search} \"(?i)tim(ing|es)|[0-9]{{4}}\"'", False, ""),
]
PACKED = [
    (".gz -j 2", OURS + "-j 2 -s --match NOSUCH {capture}.gz", False,
     "gzip -dc"),
    ("gzip -dc", "gzip -dc {capture}.gz", False, ""),
]
MANY = [
    ("-r -j 1", OURS + "-r -j 1 -e raw -o {out} {capture}", False, ""),
    ("-r -j 2", OURS + "-r -j 2 -e raw -o {out} {capture}", False, "-r -j 1"),
]
# Captures that the user has, all of them in each row.
USER = [
    ("-j 1", OURS + "-r -j 1 -e raw -o {out} {capture}", False, ""),
    ("-j 2", OURS + "-r -j 2 -e raw -o {out} {capture}", False, "-j 1"),
    ("raw,text", OURS + "-r -j 1 -o {out} {capture}", False, "-j 1"),
    ("raw,text -j 2", OURS + "-r -j 2 -o {out} {capture}", False, "-j 2"),
    ("json", OURS + "-r -j 1 -e json -o {out} {capture}", False, "-j 1"),
    ("-s", OURS + "-r -j 1 -s {capture}", False, "-j 1"),
    ("-P", OURS + "-r -j 1 -P {capture}", False, "-j 1"),
    ("tar-only", OURS + "-r -j 1 -e raw --tar-only --tar-compress none"
                 " -o {out} {capture}", False, "-j 1"),
    ("tcpflow", "find {capture} -type f -exec {tcpflow} -o {out} -l {{}} +",
     False, "-j 1"),
]
MORE = PRODUCTS + REPORT + SEARCH + PACKED
RUNS = {"S": FILES, "M": FILES, "L": FILES, "O": FILES, "A": TABLE,
        "H": TABLE, "W": WEB, "G": WEB, "R": MANY}
CAPTURES = 1000     # of R, by SCALE, with 100 flows like those of S each


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
                client, cport, server, sport, side = found.groups()
                yield (address(client), cport, address(server), sport, side), \
                    os.path.join(where, name)


def address(text):
    """IPv6 has its eight groups with dots between them in a name."""
    if text.count(".") == 7:
        return str(ipaddress.ip_address(text.replace(".", ":")))
    return text


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
    label, template, has_files, _ = row
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


def report_row(load, row, results):
    """Prints the row; false when files of ours are wrong."""
    label, against = row[0], row[3]
    rounds = results[label]
    failed = sorted({r.status for r in rounds if r.status != 0})
    verdicts = {r.verdict for r in rounds if r.verdict} or {"-"}
    if failed:
        verdicts = {f"status {','.join(map(str, failed))}"}
    wall, cpu = [r.wall for r in rounds], [r.cpu for r in rounds]
    floor, tcpflow = results.get("floor", []), results.get("tcpflow", [])
    faster = ratio(failed, wall, [r.wall for r in tcpflow])
    more = ratio(failed, [r.cpu for r in results.get(against, [])], cpu)
    print(f"{load:2} {label:14}{statistics.median(wall):8.3f}"
          f"{statistics.median(cpu):8.3f}"
          f"{max(r.rss for r in rounds) / 1024:7.1f}"
          f"{faster:>8}{ratio(failed, [r.wall for r in floor], wall):>7}"
          f"{ratio(failed, [r.cpu for r in floor], cpu):>7}"
          f"{more:>7} {'' if more == '-' else against:11}",
          "; ".join(sorted(verdicts)))
    return label.startswith("tcpflow") or verdicts <= {"-", "all bytes"}


def report(load, rows, results):
    good = [report_row(load, row, results) for row in rows]
    sys.stdout.flush()
    return all(good)


def in_turn(args, load, rows, capture, manifest, top):
    """Runs the rows in turn and prints them; false when files are wrong."""
    rows = [row for row in rows if args.tcpflow or "{tcpflow}" not in row[1]]
    results = collections.defaultdict(list)
    for turn in range(args.rounds):
        for row in rows:
            verify = manifest is not None and \
                (turn == 0 or row[1].startswith("{tcpsession}"))
            results[row[0]].append(
                run_row(args, row, capture, manifest, top, verify))
    return report(load, rows, results)


def bench_user(args, top):
    size = sum(os.path.getsize(os.path.join(where, name)) for where, _, names
               in os.walk(args.captures) for name in names)
    print(f"{args.captures}: {size / 1e6:.0f} MB")
    return in_turn(args, "", USER, args.captures, None, top)


def bench_many(args, top):
    """A thousand captures, by SCALE, in a directory."""
    where = os.path.join(top, "captures")
    os.mkdir(where)
    for i in range(max(1, int(CAPTURES * float(args.scale)))):
        subprocess.run([args.gen, "S", "0.001", str(i),
                        os.path.join(where, f"{i}.pcap"), "/dev/null"],
                       check=True)
    print(f"R: {i + 1} captures of 100 flows")
    good = in_turn(args, "R", MANY, where, None, top)
    shutil.rmtree(where)
    return good


def bench(args, load, top):
    if load == "R":
        return bench_many(args, top)
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
    rows = RUNS[load]
    if args.more and load in "SML":
        rows = rows + MORE
        with open(capture + ".gz", "wb") as packed:
            subprocess.run(["gzip", "-1", "-c", capture], stdout=packed,
                           check=True)
    digest(capture)     # into the page cache
    good = in_turn(args, load, rows, capture, manifest, top)
    os.unlink(capture)
    if os.path.exists(capture + ".gz"):
        os.unlink(capture + ".gz")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("gen", "floor", "tcpsession", "tmp"):
        parser.add_argument("--" + name, required=True, type=os.path.abspath)
    parser.add_argument("--tcpflow", default="")
    parser.add_argument("--scale", default="0.1")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--more", action="store_true")
    parser.add_argument("--captures", help="a directory, instead of loads")
    parser.add_argument("loads", nargs="*", metavar="LOAD",
                        help=" ".join(sorted(RUNS)))
    args = parser.parse_args()
    print(f"scale {args.scale}, seed {args.seed}, {args.rounds} rounds in"
          f" turn, medians; {os.cpu_count()} processors")
    print("   program         wall s   cpu s    MiB tcpflow/  wall/   cpu/   cpu/"
          "            verified\n" + " " * 43 + "wall  floor  floor")
    if args.captures:
        return 0 if bench_user(args, args.tmp) else 1
    good = True
    for load in args.loads:
        good &= bench(args, load, args.tmp)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
