#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
"""sweep.t [MODE...]: every allocation and every system call of a run fails,
one a run, in each mode of the program.

Of such a run is demanded: no crash; status 0 only with the output of a run in
which nothing failed, else a message; nothing under its final name that is not
whole or says that it is not; nothing left over; and that the same command
makes good what is missing.

A mode is also run with reads and writes that are cut short and calls that are
interrupted (FAULT_SHORT): nothing may differ.

FAULT_POINTS is how many places of a mode are tried, 0 for all: see `make
fault-long'.  Those that come from different places of the program go first.
"""
import collections
import errno
import glob
import hashlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SOURCE = os.environ.get("SRCDIR", os.getcwd())
BUILT = os.environ.get("BUILDDIR", SOURCE)
PROGRAM = os.environ.get("TCPSESSION", SOURCE + "/tcpsession")
LIBRARY = BUILT + "/build/tests/fault/fault.so"
POINTS = int(os.environ.get("FAULT_POINTS", "20"))
SEED = int(os.environ.get("SEED", "1"))
DATA = SOURCE + "/data/"
ALL = ["-e", "all"]

# In {o} goes the output; the other files lie in the directory of the run.
TWO = ["http.pcap", "ssh.pcap"]
MODES = {
    "directory": ["-j", "1", *ALL, "-o", "o", *TWO, "--max-ratio", "1000000", "scripts.pcap"],
    "sync": ["-j", "1", "--sync", *ALL, "-o", "o", *TWO],
    "threads": ["-j", "4", *ALL, "-o", "o", *TWO, "http.pcap.gz",
                "http6.pcap.zst"],
    "compressed": ["-j", "1", "-e", "raw", "-o", "o", "http.pcap.gz", "x.bz2",
                   "x.xz", "x.lz4", "http6.pcap.zst", "two-links.pcapng"],
    "create-tar": ["-j", "1", "-c", "-o", "o", *TWO],
    "tar-none": ["-j", "1", "--tar-only", "--tar-compress", "none", "-o", "o",
                 *TWO],
    "tar-gzip": ["-j", "1", "--tar-only", "-o", "o", *TWO],
    "tar-zstd": ["-j", "1", "--tar-only", "--tar-compress", "zstd", "-o", "o",
                 *TWO],
    "tar-xz": ["-j", "1", "--tar-only", "--tar-compress", "xz", "-o", "o",
               "ssh.pcap"],
    "tar-threads": ["-j", "2", "--tar-only", "-o", "o", *TWO],
    "tar-stream": ["-j", "1", "--tar-only", "-o", "-", *TWO],
    "resume": ["-j", "1", "--resume", "-r", "-o", "o", "tree"],
    "continuous": ["-j", "1", "--continuous", "-o", "o", "rotated-0.pcap",
                   "rotated-1.pcap", "rotated-2.pcap"],
    "state": ["-j", "1", "--continuous", "--state", "w.state", "-o", "o",
              "rotated-1.pcap"],
    "summary": ["-j", "1", "-s", "--match", "10.", *TWO],
    "summary-csv": ["-j", "1", "-s", "--format", "csv", "--sort", "bytes",
                    "--match-regex", "1[0-9]*|x", *TWO],
    "print": ["-j", "1", "-P", *TWO, "--max-ratio", "1000000", "scripts.pcap"],
    "print-json": ["-j", "1", "-P", "--format", "json", *TWO],
    "packets": ["-j", "1", "--packets", "-f", "tcp port 80 or tcp port 22",
                *TWO],
    "grep": ["-j", "1", "--grep", "<title>|GET .*", *TWO, "--max-ratio", "1000000", "scripts.pcap"],
    "grep-print": ["-j", "1", "-P", "--color=always", "--grep",
                   "(*NO_JIT)(a|b|[t-z]+)+e", *TWO],
    "stdin": ["-j", "1", "-o", "o", "-"],
    "live": ["--interface", "lo", "-o", "o"],
}
STDIN = {"stdin": "http.pcap"}
# What has been done before the run.
BEFORE = {
    "resume": [["-q", "-j", "1", "--resume", "-o", "o", "tree/http.pcap"]],
    "state": [["-q", "-j", "1", "--continuous", "--state", "w.state", "-o",
               "o", "rotated-0.pcap"]],
}
# Without these something must be left over; the next run removes it.
REMOVES = ("unlink", "unlinkat", "rmdir", "getdents64")
# Which call is the n-th is not the same each time.
VARIES = ("threads", "tar-threads", "live")

ERRORS = {
    "alloc": ["ENOMEM", "ENOMEM+1", "ENOMEM+12",
              "ENOMEM+99999999"], "open": ["EMFILE", "EIO", "EINTR"],
    "openat": ["EMFILE", "EIO", "ENOSPC", "EINTR"],
    "mkdir": ["ENOSPC"], "mkdirat": ["ENOSPC"], "rename": ["EIO"],
    "renameat": ["ENOSPC", "EIO"], "renameat2": ["EIO"],
    "fsync": ["EIO", "EINTR"], "close": ["EIO", "EINTR"],
    "read": ["EIO", "EINTR"], "pread": ["EIO", "EINTR"],
    "write": ["ENOSPC", "EIO", "EINTR"], "pwrite": ["ENOSPC", "EINTR"],
    "pwritev": ["ENOSPC", "EDQUOT", "EINTR"], "unlink": ["EIO"],
    "unlinkat": ["EIO"], "rmdir": ["EIO"], "futimens": ["EIO"],
    "ftruncate": ["EIO", "EINTR"], "fallocate": ["EOPNOTSUPP", "EINTR"],
    "flock": ["EINTR", "ENOLCK"], "fstat": ["EIO"], "fstatat": ["EIO"],
    "lstat": ["EIO"], "stat": ["EIO"], "lseek": ["EIO"], "fcntl": ["EMFILE"],
    "dup": ["EMFILE"], "pthread_create": ["EAGAIN"],
    "getrandom": ["EINTR", "ENOSYS"], "poll": ["EINTR"],
    "readdir": ["EIO"], "fdopendir": ["ENOMEM"], "fopen": ["EMFILE"],
    "fdopen": ["ENOMEM"], "fflush": ["ENOSPC"], "fclose": ["ENOSPC"],
    "fchown": ["EPERM"], "symlink": ["EIO"], "mkostemp": ["ENOSPC"],
    "faccessat": ["EACCES"], "access": ["EACCES"], "mmap": ["ENOMEM"],
    "wait4": ["EINTR"], "getdents64": ["EIO"],
}


def tree(top):
    """{path: digest} of all that is below top."""
    found = {}
    for path, dirs, files in os.walk(top):
        for name in files:
            full = os.path.join(path, name)
            key = os.path.relpath(full, top)
            if os.path.islink(full):
                found[key] = "link"
                continue
            if name.endswith(".state"):
                found[key] = "state"  # it knows its directory
                continue
            with open(full, "rb") as f:
                found[key] = hashlib.md5(f.read()).hexdigest()
        for name in dirs:
            found[os.path.relpath(os.path.join(path, name), top) + "/"] = "dir"
    return found


def published(files):
    """{output: its part of the tree}, temporaries left out."""
    parts = {}
    for path, digest in files.items():
        # What stands in a directory of sessions, or by itself.
        name = re.match(r"(?:.*?\.sessions(?=/)|[^/]*$|.*)", path).group()
        if not any(p.startswith(".") for p in path.rstrip("/").split("/")):
            parts.setdefault(name, {})[path] = digest
    return parts


def left_over(files):
    return [p for p in files if p.startswith("tcpsession-")
            or p == "w.state.lock"
            or any(c.startswith(".") and not c.endswith(("lock", "seen"))
                   for c in p.rstrip("/").split("/"))]


def says_incomplete(directory):
    try:
        with open(directory + "/capture.jsonl", "rb") as f:
            return b'"complete":false' in f.read().replace(b" ", b"")
    except OSError:
        return False


class Mode:
    def __init__(self, name, where):
        self.name = name
        self.work = os.path.join(where, name)
        self.log = os.path.join(where, name + ".log")
        self.start = os.path.join(where, name + ".start")
        os.makedirs(self.work + "/o")
        inputs(self.work)
        os.rename(self.work, self.start)
        self.tmp = os.path.join(self.work, "o")
        self.fresh()
        self.inputs = self.tree()
        self.clean = self.run()
        assert self.clean[0] == 0, self.clean
        self.again = self.run()
        self.runs = 1

    def is_whole_index(self, name):
        """The list of captures, which says which of them failed."""
        if name != "o/index.html":
            return False
        with open(os.path.join(self.work, name), "rb") as f:
            page = f.read()
        return b'id="captures"' in page and page.endswith(b"</html>\n")

    def fresh(self):
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.start, self.work, symlinks=True)
        for args in BEFORE.get(self.name, []):
            subprocess.run([PROGRAM, *args], cwd=self.work, check=True)

    def tree(self):
        files = tree(self.work)
        if self.name != "live":
            return files
        # Times and ports are in the names and everywhere.
        return {re.sub("[0-9]+", "9", k): "live" for k in files}

    def run(self, **env):
        """Status, standard output, tree, messages."""
        given = os.environ | {"TZ": "UTC", "LC_ALL": "C", "TMPDIR": self.work}
        if env:
            given |= env | {"LD_PRELOAD": LIBRARY}
        stdin = STDIN.get(self.name)
        stdin = open(self.work + "/" + stdin, "rb") if stdin else None
        p = subprocess.Popen([PROGRAM, *MODES[self.name]], cwd=self.work,
                             stdin=stdin or subprocess.DEVNULL, env=given,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if stdin:
            stdin.close()
        if self.name == "live":
            converse(p, self.work)
        try:
            out, err = p.communicate(timeout=60)
            status = p.returncode
        except subprocess.TimeoutExpired:
            p.kill()
            out, err = p.communicate()
            status = "hangs"
        return status, out, self.tree(), err.decode("utf-8", "replace")

    def places(self):
        """(call, number) of a clean run, those of different origins first."""
        if os.path.exists(self.log):
            os.unlink(self.log)
        self.fresh()
        got = self.run(FAULT_LOG=self.log)
        assert got[:3] == self.clean[:3], (self.name, got[3])
        first, rest = [], []
        seen = set()
        with open(self.log, encoding="ascii") as f:
            for line in f:
                call, number, origin = line.split()
                new = origin not in seen
                seen.add(origin)
                (first if new else rest).append((call, int(number)))
        random.Random(SEED).shuffle(rest)
        return first, rest

    def points(self, limit):
        first, rest = self.places()
        random.Random(SEED).shuffle(first)
        tries = [(c, n, e) for part in (first, rest) for c, n in part
                 for e in ERRORS.get(c, ["EIO"])]
        if limit == 0 or len(tries) <= limit:
            return tries
        # One error for each place before a second one for any.
        own = [(c, n, ERRORS[c][n % len(ERRORS[c])]) for c, n in first]
        return (own + [t for t in tries if t not in set(own)])[:limit]

    def faults(self, call, number, error):
        """What is wrong with the run in which this fails."""
        error, _, more = error.partition("+")
        self.fresh()
        if os.path.exists(self.log):
            os.unlink(self.log)
        status, out, files, err = self.run(
            FAULT=f"{call}:{number}+{more or 0}:{getattr(errno, error)}",
            FAULT_LOG=self.log)
        self.runs += 1
        return self.judge(call, status, out, files, err)

    def short(self, seed):
        """Whether short reads and writes change anything."""
        self.fresh()
        got = self.run(FAULT_SHORT=str(seed))
        same = got[:3] == self.clean[:3]
        return [] if same else [f"short: {got[0]} {got[3].strip()[-150:]}"]

    def judge(self, call, status, out, files, err):
        wrong = []
        # Whoever has ended already may yet be stopped.
        stopped = self.name == "live" and status == -signal.SIGINT
        if status == "hangs" or (status < 0 and not stopped) or status > 128:
            wrong.append(f"crash: {status}")
        # What cannot be removed stays; that of TMPDIR is told.
        # A library that ends the process leaves those of other threads.
        if call in REMOVES or "cannot be removed" in err or \
                "in a library; the run ends" in err:
            files = {k: v for k, v in files.items() if k not in
                     left_over(files)}
        if status == 0 and (out, files) != self.clean[1:3]:
            lacks = sorted(set(self.clean[2]) - set(files))[:3]
            other = sorted(k for k in files
                           if files[k] != self.clean[2].get(k))[:3]
            wrong.append(f"silent: without {lacks}, other {other}"
                         if files != self.clean[2] else "silent: stdout")
        if status not in (0, "hangs") and not stopped and \
                "tcpsession:" not in err:
            wrong.append(f"status {status} without a message")
        if status == 4 and call == "alloc" and "memory" not in err:
            wrong.append("no word of memory: " + err.strip()[-150:])
        clean = published(self.clean[2]) | published(self.inputs)
        before = published(self.inputs)
        for name, part in published(files).items():
            # A tar holds what is incomplete, too, and the status says so.
            # What FILE.next says is done by the next run, which takes
            # FILE.lock, too.
            if part not in (clean.get(name), before.get(name)) and \
                    not (status != 0 and name.startswith("w.state.")) and \
                    not (status in (1, 4) and ".tar" in name) and \
                    not name.startswith("o/live-") and \
                    not (status != 0 and self.is_whole_index(name)) and \
                    not says_incomplete(os.path.join(self.work, name)):
                wrong.append(f"partial: {name}")
        if left_over(files):
            wrong.append(f"left over: {left_over(files)[:2]}")
        if self.name == "live" or (self.name == "state" and status == 0):
            return wrong
        for path in os.listdir(self.work):
            if path.startswith("tcpsession-"):
                shutil.rmtree(os.path.join(self.work, path))
        again = self.run()
        if again[:3] != self.clean[:3] and again[:3] != self.again[:3]:
            wrong.append(f"the same again differs: {again[0]} {again[3][-150:]}"
                         f" {left_over(again[2])[:2]}")
        return wrong

    def caller(self):
        """Where what failed was called from, by addr2line."""
        try:
            with open(self.log, encoding="ascii") as f:
                where = f.readline().split()[3:]
        except OSError:
            return "nothing failed"
        names = []
        for part in where:
            path, _, offset = part.rpartition("+")
            name = os.path.basename(path)
            if os.path.realpath(path) == os.path.realpath(PROGRAM):
                said = subprocess.run(
                    ["addr2line", "-fse", path, hex(int(offset, 16) - 1)],
                    capture_output=True, text=True).stdout.split()
                name = said[0] if said else name
            if not names or names[-1] != name:
                names.append(name)
        return " < ".join(names[:7])


def converse(program, where):
    """A connection on lo once the program captures, and SIGINT."""
    indices = os.path.join(where, "o/live-*/sessions.jsonl")
    limit = time.time() + 5
    while not glob.glob(indices) and program.poll() is None and \
            time.time() < limit:
        time.sleep(0.005)
    with socket.create_server(("127.0.0.1", 0)) as listener, \
            socket.create_connection(listener.getsockname()) as client:
        served = listener.accept()[0]
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        served.recv(100)
        served.sendall(b"HTTP/1.0 200 OK\r\n\r\nbody")
        served.close()
        client.recv(100)
    time.sleep(0.02)
    if program.poll() is None:
        program.send_signal(signal.SIGINT)


def has_own_network():
    """Runs this again in a network of its own, where one can be made."""
    if "FAULT_NET" in os.environ:
        return True
    for make in (["unshare", "-n"], ["unshare", "-rn"]):
        up = make + ["ip", "link", "set", "lo", "up"]
        if shutil.which("unshare") and shutil.which("ip") and \
                subprocess.run(up, stderr=subprocess.DEVNULL).returncode == 0:
            os.environ["FAULT_NET"] = "own"
            os.execvp(make[0], make + [
                "sh", "-c", 'ip link set lo up && exec "$@"', "-",
                sys.executable, *sys.argv])
    return False


def inputs(where):
    """The captures that the modes read."""
    for name in ("http.pcap", "ssh.pcap", "scripts.pcap", "http.pcap.gz",
                 "http6.pcap.zst", "two-links.pcapng", "rotated-0.pcap",
                 "rotated-1.pcap", "rotated-2.pcap"):
        shutil.copy2(DATA + name, where)
    os.makedirs(where + "/tree/sub", exist_ok=True)
    shutil.copy2(DATA + "http.pcap", where + "/tree")
    shutil.copy2(DATA + "ssh.pcap", where + "/tree/sub")
    for ending, program in (("bz2", "bzip2"), ("xz", "xz"), ("lz4", "lz4")):
        with open(f"{where}/x.{ending}", "wb") as f:
            if shutil.which(program):
                subprocess.run([program, "-c", DATA + "ssh.pcap"], stdout=f,
                               check=True)
            else:
                shutil.copyfileobj(open(DATA + "ssh.pcap", "rb"), f)


def main():
    if "fsanitize" in os.environ.get("SANITIZE", ""):
        print("1..0 # SKIP a sanitizer has an allocator of its own")
        return 0
    if not os.path.exists(LIBRARY):
        print(f"1..0 # SKIP {LIBRARY} is not built")
        return 0
    names = sys.argv[1:] or [n for n in MODES
                             if n != "live" or has_own_network()]
    where = tempfile.mkdtemp()
    bad = 0
    try:
        for i, name in enumerate(names):
            mode = Mode(name, where)
            seen = collections.Counter()
            points = mode.points(POINTS)
            for seed in range(1, 3 if POINTS else 20):
                for wrong in mode.short(seed):
                    seen["short"] += 1
                    print(f"# {name}: {wrong}, seed {seed}", flush=True)
            for call, number, error in points:
                wrong = mode.faults(call, number, error)
                if not wrong:
                    continue
                who = mode.caller()
                if who == "nothing failed" and name in VARIES:
                    continue
                # libarchive 3.6 does not survive that a filter cannot be
                # enabled or begun, nor libpcap 1.10 that a scanner cannot;
                # the program sees to it that there is memory before.
                if wrong[0] == "crash: -11" and re.search(
                        r"libarchive.* (open_one|start|set_up)\b|"
                        r"libpcap\S* < compile\b", who):
                    continue
                kind = (call, wrong[0][:12], who)
                seen[kind] += 1
                if seen[kind] < 3:
                    print(f"# {name}: {call} {number} {error}: "
                          f"{'; '.join(wrong)}\n#    {who}", flush=True)
            found = sum(seen.values())
            bad += found > 0
            print(f"{'not ' if found else ''}ok {i + 1} - {name}: "
                  f"{len(points)} places, {found} findings", flush=True)
            shutil.rmtree(mode.work)
    finally:
        shutil.rmtree(where, ignore_errors=True)
    print(f"1..{len(names)}")
    return bad > 0


sys.exit(main())
