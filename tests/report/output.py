# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""What the program says of a capture in its other products, for the page to be
held against."""
import csv
import io
import json
import os
import re
import subprocess

PROGRAM = os.environ.get("TCPSESSION", "tcpsession")
SIDES = ("c2s", "s2c")


def run(*words, statuses=(0, 1)):
    done = subprocess.run([PROGRAM, *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    if done.returncode not in statuses:
        raise RuntimeError("%s: status %d: %s" % (
            " ".join(words), done.returncode, done.stderr.decode()[-300:]))
    return done.stdout


class Output:
    """One capture, taken apart into a directory of its own."""

    share = 64 << 10    # bytes of one direction in the page, at most

    def __init__(self, capture, where, *options):
        self.capture = capture
        self.options = options
        run("-q", "-o", where, "-e", "raw,plain,text,hex,http,report", *options,
            capture)
        found = [d for d in os.listdir(where) if d.endswith(".sessions")]
        self.dir = os.path.join(where, found[0])
        self.page = os.path.join(self.dir, "report.html")
        with open(os.path.join(self.dir, "sessions.jsonl"),
                  encoding="utf-8") as f:
            self.index = [json.loads(line) for line in f]

    def summary(self, *options):
        """Rows of -s, as dictionaries; UDP has no number."""
        said = run("-s", "--format", "csv", *options, *self.options,
                   self.capture, statuses=(0, 1)).decode()
        return list(csv.DictReader(io.StringIO(said)))

    def matching(self, *options):
        """Numbers of the TCP sessions that -s shows with these."""
        return sorted(int(r["session"]) for r in self.summary(*options)
                      if r["proto"] == "tcp")

    def packets(self):
        """For each session, what --packets says of each of its packets."""
        found = {}
        for line in run("--packets", "--format", "json", *self.options,
                        self.capture).splitlines():
            p = json.loads(line)
            if p["session"] is not None:
                found.setdefault(p["session"], []).append(p)
        return found

    def bytes(self, session, side):
        """What was said, holes as zeros; where TLS was opened, in clear."""
        name = session[side]["file"]
        plain = [n for n in session["files"] if n.endswith(".plain." + side)]
        if not name:
            return b""
        with open(os.path.join(self.dir, (plain or [name])[0]), "rb") as f:
            return f.read()

    def lines(self, session):
        """The lines of its transcript that are not payload."""
        names = [n for n in session["files"] if n.endswith(".txt")]
        if not names:
            return []
        with open(os.path.join(self.dir, names[0]), "rb") as f:
            return [line for line in f.read().decode().split("\n")
                    if re.match(r"[<>!=] ", line)]
