#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""run.py [-m MKPCAP] [-x PROGRAM] [-i DELTA]... [CONVERSATION...]

Compiles each conversation (default: all beside this script) with mkpcap, lets
the program loose on the capture and holds what it wrote against the lines
beginning with `=` at the conversation's foot.  Each conversation is replayed
with DELTA added to all its sequence numbers, so that they wrap elsewhere, and
in other capture formats.  Prints TAP.  The lines are described in README.
"""
import argparse
import glob
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ESCAPES = {"r": 13, "n": 10, "t": 9, "0": 0, "\\": 92, '"': 34}
GAP_NAMES = ("not captured", "snaplen", "max-bytes", "memory")

# mkpcap options: ISNs 1000/5000 unless the conversation says otherwise.
VARIANTS = (
    [],
    ["-i", str(2**32 - 1 - 1000)],
    ["-i", str(2**32 - 11 - 1000), "-g"],
    ["-i", str(2**32 - 5000), "-b", "-n"],
)


class Fault(Exception):
    pass


def unquote(text):
    """The bytes of a quoted string's inside, as mkpcap reads it."""
    out, i = bytearray(), 0
    while i < len(text):
        if text[i] != "\\":
            out += text[i].encode()
            i += 1
        elif text[i + 1] == "x":
            out.append(int(text[i + 2:i + 4], 16))
            i += 4
        else:
            out.append(ESCAPES[text[i + 1]])
            i += 2
    return bytes(out)


def random_bytes(n, seed):
    """mkpcap's `random`."""
    out, x = bytearray(), seed
    for _ in range(n):
        x ^= x << 13 & 0xffffffff
        x ^= x >> 17
        x ^= x << 5 & 0xffffffff
        out.append(x >> 16 & 0xff)
    return bytes(out)


def payload(text):
    """Payload items, as in mkpcap, and `zero N`."""
    words = re.findall(r'"(?:[^"\\]|\\.)*"|\S+', text)
    out, i = b"", 0
    while i < len(words):
        word = words[i]
        if word.startswith('"'):
            out += unquote(word[1:-1])
            i += 1
        elif word == "hex":
            out += bytes.fromhex(words[i + 1])
            i += 2
        elif word == "zero":
            out += bytes(int(words[i + 1]))
            i += 2
        elif word == "fill":
            out += words[i + 2].encode() * int(words[i + 1])
            i += 3
        elif word == "random":
            out += random_bytes(int(words[i + 1]), int(words[i + 2]))
            i += 3
        else:
            raise Fault(f"payload not understood: {word}")
    return out


def show(data):
    return repr(data) if len(data) < 90 else f"{data[:80]!r}... {len(data)}"


def same(what, got, want):
    if got != want:
        got, want = (show(x) if isinstance(x, bytes) else x
                     for x in (got, want))
        raise Fault(f"{what}: got {got}, expected {want}")


def unescape(text):
    """A transcript's line back to bytes."""
    out, i = bytearray(), 0
    while i < len(text):
        if text[i] != 92:
            out.append(text[i])
            i += 1
        elif text[i + 1] == ord("x"):
            out.append(int(text[i + 2:i + 4], 16))
            i += 4
        else:
            out.append(ESCAPES[chr(text[i + 1])])
            i += 2
    return bytes(out)


def place(stream, off, data):
    if len(stream) < off:
        stream.extend(bytes(off - len(stream)))
    stream[off:off + len(data)] = data


def read_transcript(path, line_bytes, skipped):
    """Both directions' bytes at their offsets, from STEM.txt or STEM.hex."""
    streams, lengths, at = [bytearray(), bytearray()], [0, 0], None
    with open(path, "rb") as f:
        lines = f.read().split(b"\n")
    for line in lines:
        if line[:2] in (b"> ", b"< "):
            side = line[:1] == b"<"
            at = int(re.search(rb" @(\d+)", line).group(1))
        elif line[:1] == b"|":
            data = line_bytes(line[1:])
            place(streams[side], len(streams[side]) if skipped else at, data)
            lengths[side] += len(data)
            at += len(data)
        elif line[:2] not in (b"# ", b"! ", b"= ", b""):
            raise Fault(f"{path}: unknown line {line!r}")
    return streams, lengths


def text_line(line):
    """A line's escapes, read from the left; a lone backslash ends a record."""
    body = re.match(rb"(?:[^\\]|\\x[0-9a-f]{2}|\\[^x])*", line).group()
    if body == line:
        return unescape(line) + b"\n"
    if line[len(body):] != b"\\":
        raise Fault(f"odd escape in {line!r}")
    return unescape(body)


def hex_line(line):
    """|OFFSET  16 bytes  |ascii|"""
    found = re.match(rb"[0-9a-fA-F]+:?\s+((?:[0-9a-f]{2}\s+)+)\|", line)
    if not found:
        raise Fault(f"odd hex line {line!r}")
    return bytes.fromhex(found.group(1).decode())


class Run:
    """What the program wrote for one capture."""

    def __init__(self, top):
        self.sessions, self.dir = [], None
        for where, _, files in os.walk(top):
            if "sessions.jsonl" in files:
                self.dir = where
        if self.dir is None:
            raise Fault("no sessions.jsonl")
        with open(os.path.join(self.dir, "sessions.jsonl"),
                  encoding="utf-8") as f:
            self.sessions = [json.loads(line) for line in f]
        self.sessions.sort(key=lambda s: s["session"])

    def path(self, n, ending):
        path = os.path.join(self.dir, self.sessions[n]["stem"] + ending)
        return path if os.path.exists(path) else None

    def raw(self, n, side):
        path = self.path(n, "." + side)
        same(f"session {n}: index knows .{side}",
             self.sessions[n][side]["file"],
             os.path.basename(path) if path else None)
        if path is None:
            return b""
        with open(path, "rb") as f:
            return f.read()

    def transcript(self, n):
        path = self.path(n, ".json")
        if path is None:
            raise Fault(f"session {n}: no JSON transcript")
        with open(path, encoding="utf-8") as f:
            return json.load(f)


def turns(run, n):
    """c15,s88: neighbouring entries of one side are one turn."""
    doc, out = run.transcript(n), []
    if doc["sip"] == doc["dip"]:
        raise Fault("turns: both sides have one address")
    for source, _, digits in doc["tcp_payload_hex"]:
        who = "c" if source == doc["sip"] else "s"
        if out and out[-1][0] == who:
            out[-1][1] += len(digits) // 2
        else:
            out.append([who, len(digits) // 2])
    return ",".join(f"{who}{size}" for who, size in out)


def check_gaps(run, n, rest):
    side, _, want = rest.partition(" ")
    gaps, wants = run.sessions[n][side]["gaps"], []
    for item in [] if want == "none" else want.split(","):
        span, _, reason = item.partition(":")
        off, size = map(int, span.split("+"))
        have = gaps[len(wants)][2] if len(wants) < len(gaps) else None
        if have is not None and have not in GAP_NAMES:
            raise Fault(f"unknown reason {have}")
        wants.append([off, size, reason or have])
    same(f"gaps {side}", gaps, wants)


def check_conflicts(run, n, rest):
    side, _, want = rest.partition(" ")
    wants = [] if want == "none" else [
        list(map(int, item.split("+"))) for item in want.split(",")]
    same(f"conflicts {side}", run.sessions[n][side]["conflicts"], wants)


def check_close(run, n, rest):
    reason, _, who = rest.partition(" ")
    same("close", run.sessions[n]["close"], reason)
    if who:
        same("closed_by", run.sessions[n]["closed_by"], who)


def check_concurrent(run, n, rest):
    some = len(run.transcript(n)["concurrent"]) > 0
    same("concurrent", "some" if some else "none", rest)


def check_note(run, n, rest):
    if rest not in run.sessions[n]["notes"]:
        raise Fault(f"no note {rest}: {run.sessions[n]['notes']}")


def check_bytes(side):
    return lambda run, n, rest: same(side, run.raw(n, side), payload(rest))


CHECKS = {
    "c2s": check_bytes("c2s"),
    "s2c": check_bytes("s2c"),
    "turns": lambda run, n, rest: same("turns", turns(run, n), rest),
    "gaps": check_gaps,
    "conflicts": check_conflicts,
    "close": check_close,
    "concurrent": check_concurrent,
    "note": check_note,
}


def check_key(run, n, key, rest):
    value = run.sessions[n]
    for part in key.split("."):
        if part not in value:
            raise Fault(f"no {key} in the index")
        value = value[part]
    try:
        want = json.loads(rest)
    except ValueError:
        want = rest
    if isinstance(want, str) and not isinstance(value, str):
        value = json.dumps(value)
    same(key, value, want)


def check_session(run, rest):
    number, key, rest = (rest.split(None, 2) + ["", ""])[:3]
    n = int(number)
    if n >= len(run.sessions):
        raise Fault(f"session {n}: only {len(run.sessions)} sessions")
    try:
        if key in CHECKS:
            CHECKS[key](run, n, rest)
        else:
            check_key(run, n, key, rest)
    except Fault as fault:
        raise Fault(f"session {n}: {fault}") from None


def agree(run, skipped):
    """What must hold for every session: products have the same bytes, but for
    those that came when transcripts had passed their gap."""
    for n, s in enumerate(run.sessions):
        if "filled_late" in s["notes"]:
            continue
        raw = [run.raw(n, side) for side in ("c2s", "s2c")]
        for ending, reader in ((".txt", text_line), (".hex", hex_line)):
            path = run.path(n, ending)
            if path is None:
                continue
            streams, lengths = read_transcript(path, reader, skipped)
            for i, side in enumerate(("c2s", "s2c")):
                what = f"session {n}: {ending} {side}"
                same(what + " length", lengths[i], s[side]["bytes"])
                same(what, bytes(streams[i]).rstrip(b"\0"),
                     raw[i].rstrip(b"\0"))
        if run.path(n, ".json") is None:
            continue
        doc = run.transcript(n)
        same(f"session {n}: JSON payload length",
             sum(len(x[2]) // 2 for x in doc["tcp_payload_hex"]),
             s["c2s"]["bytes"] + s["s2c"]["bytes"])
        own = {k: v for k, v in doc["session"].items()
               if k not in ("files",)}
        same(f"session {n}: index in JSON", own,
             {k: v for k, v in s.items() if k not in ("files",)})


def expectations(path):
    options, status, checks = [], 0, []
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            if not line.startswith("="):
                continue
            key, _, rest = line[1:].strip().partition(" ")
            if key == "options":
                options += shlex.split(rest)
            elif key == "status":
                status = int(rest)
            elif key in ("session", "sessions"):
                checks.append((number, key, rest.strip()))
            else:
                raise Fault(f"line {number}: {key} is no expectation")
    if not checks:
        raise Fault("expects nothing")
    return options, status, checks


def try_one(args, path, variant):
    """The faults found, as text."""
    with tempfile.TemporaryDirectory() as tmp:
        capture = os.path.join(tmp, "conv.pcap")
        out = os.path.join(tmp, "out")
        options, status, checks = expectations(path)
        made = subprocess.run([args.mkpcap, *variant, "-o", capture, path],
                              capture_output=True, text=True)
        if made.returncode != 0:
            return [made.stderr.strip()]
        ran = subprocess.run(
            [args.program, "-q", "--exact", "-e", "raw,text,hex,json", "-o", out,
             *options, capture], stdin=subprocess.DEVNULL,
            capture_output=True, timeout=120)
        error = ran.stderr.decode("utf-8", "replace").strip()
        faults = []
        if ran.returncode != status:
            faults.append(f"status {ran.returncode}, expected {status}: "
                          + error)
        try:
            run = Run(out)
            agree(run, "skip" in options)
        except Fault as fault:
            return faults + [str(fault)]
        for number, key, rest in checks:
            try:
                if key == "sessions":
                    same("sessions", len(run.sessions), int(rest))
                else:
                    check_session(run, rest)
            except Fault as fault:
                faults.append(f"line {number}: {fault}")
        return faults


def report(args, path, variant):
    try:
        return try_one(args, path, variant)
    except Fault as fault:
        return [str(fault)]
    except subprocess.TimeoutExpired:
        return ["took more than 120 seconds"]
    except (KeyError, IndexError, ValueError, TypeError, AttributeError,
            OSError) as error:
        return [f"{type(error).__name__}: {error}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-m", "--mkpcap", default=os.environ.get(
        "MKPCAP", os.path.join(HERE, "../../build/tests/tools/mkpcap")))
    parser.add_argument("-x", "--program", default=os.environ.get(
        "TCPSESSION", os.path.join(HERE, "../../tcpsession")))
    parser.add_argument("-i", "--isn", action="append",
                        help="replay with this added to the ISNs alone")
    parser.add_argument("conversation", nargs="*")
    args = parser.parse_args()
    args.program = os.path.abspath(args.program)
    args.mkpcap = os.path.abspath(args.mkpcap)
    os.environ.update(TZ="UTC", LC_ALL="C")
    paths = args.conversation or sorted(
        glob.glob(os.path.join(HERE, "*.conv")))
    variants = [["-i", i] for i in args.isn] if args.isn else VARIANTS
    print(f"1..{len(paths)}")
    failed = 0
    for number, path in enumerate(paths, 1):
        name = os.path.basename(path)[:-len(".conv")]
        faults = []
        for variant in variants:
            found = report(args, path, variant)
            if found:
                faults = [" ".join(["mkpcap", *variant])] + found
                break
        print("not ok" if faults else "ok", number, "-", name)
        for fault in faults:
            print("#  ", fault.replace("\n", "\n#   "))
        sys.stdout.flush()
        failed += bool(faults)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
