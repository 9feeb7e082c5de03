# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""formats.py PROGRAM SRCDIR MANPAGE: the keys, columns and words of the program's
output that the manual page does not have, one a line."""
import glob
import json
import os
import re
import subprocess
import sys


def documented(page):
    """What the page marks as a literal: what follows Cm and stands between
    commas."""
    found = set()
    with open(page, encoding="utf-8") as f:
        for line in f:
            for part in re.split(r"\bCm\b|\b(?:Fl|Li|Ar|Sx|No|Pa) ",
                                 line.strip())[1:]:
                for phrase in re.split(r" [.,;:)]( |$)", part + " "):
                    found.add((phrase or "").replace("\\", "").strip())
    return found


def keys(value):
    """Of an object and of those in it; what is in `options' is named as the
    options are."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            if key != "options":
                yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


def run(*command):
    # 1: a body of a sample is a bomb.
    p = subprocess.run(command, stdout=subprocess.PIPE,
                       stderr=subprocess.DEVNULL, check=False)
    assert p.returncode in (0, 1)
    return p.stdout.decode()


def of_output(program, data):
    """The keys and columns that come out of the sample captures."""
    captures = sorted(glob.glob(data + "/*.pcap*"))
    run(program, "-e", "all", "-o", "out", *captures)
    found = set()
    for path in glob.glob("out/*.sessions/*"):
        with open(path, "rb") as f:
            text = f.read().decode("utf-8", "replace")
        if path.endswith(".jsonl"):
            for line in text.splitlines():
                found.update(keys(json.loads(line)))
        elif re.search(r"-[0-9]{3,}\.[a-z0-9]+$", path):
            pass  # what HTTP carried
        elif path.endswith(".json"):
            found.update(keys(json.loads(text)))
        elif path.endswith(".timing"):
            found.update(text.split("\n")[0].split("\t"))
    for options in (("-s",), ("-P",), ("--packets",)):
        for line in run(program, *options, "--format", "json",
                        *captures).splitlines():
            found.update(keys(json.loads(line)))
    return found


def of_sources(srcdir):
    """The words that the index and --packets are made of."""
    found = set()
    with open(srcdir + "/src/inspect/enum_names.c", encoding="utf-8") as f:
        text = re.sub(r"^#[^\n]*$|/\*.*?\*/|_Static_assert\([^;]*;", "",
                      f.read(), flags=re.S | re.M)
    for word in re.findall(r'"([a-z][-a-zA-Z0-9 _:]+)"', text):
        found.add(word)
    return found


def main(program, srcdir, page):
    known = documented(page)
    # A mark "refused: REASON" is as good as its reason; in JSON marks are words
    # with _ between.
    known |= {"refused: " + k for k in known}
    marks = {re.sub("[-: ]+", "_", k.lower()) for k in known}
    wanted = of_sources(srcdir) - marks
    wanted |= of_output(program, os.path.join(srcdir, "data"))
    for word in sorted(wanted - known):
        print(word)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
