# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""manual.py PROGRAM MANPAGE...: the options that --help lists and no command of
the manual pages' EXAMPLES has, one a line."""
import os
import re
import shlex
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from examples import examples

# What is tcpsession's of a command.
PART = r"""tcpsession (?:'[^']*'|"[^"]*"|[^|;>'"])*"""
# A test cannot run them: they need a network interface, root, or much time.
CANNOT = {"--interface", "--relinquish-privileges", "--compare"}


def options(program):
    """Rows of names; those that take an argument as letters."""
    text = subprocess.run([program, "--help"], stdout=subprocess.PIPE,
                          check=True).stdout.decode()
    rows, takes = [], set()
    for line in text.split("\n"):
        if re.match(r" {2,6}-", line):
            left = re.split(r"  +", line.strip())[0]
            names = re.findall(r"(?:^|, )(--?[A-Za-z0-9][-a-z]*)", left)
            rows.append(names)
            if re.search(r" [^-]\S*$", left):
                takes.update(name[1] for name in names if len(name) == 2)
    return rows, takes


def used(command, takes):
    """The options of a command of tcpsession's."""
    found = set()
    words = shlex.split(command)[1:]
    while words:
        word = words.pop(0)
        if word.startswith("--"):
            found.add(word.split("=")[0])
        elif word.startswith("-") and len(word) > 1:
            for i, letter in enumerate(word[1:], 2):
                found.add("-" + letter)
                if letter in takes:
                    if i == len(word) and words:
                        words.pop(0)
                    break
    return found


def main(program, *pages):
    rows, takes = options(program)
    found = set()
    for command, _ in (e for page in pages for e in examples(page)):
        command = command.replace("\\\n", " ")
        for part in re.findall(PART, command):
            part = re.sub(r" 2$", "", part)
            found |= used(part, takes)
    for names in rows:
        if not found & set(names) and \
                not (CANNOT) & set(names):
            print(names[-1])
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
