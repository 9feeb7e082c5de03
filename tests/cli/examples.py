# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""examples.py FILE...: runs the commands of a README (or of a manual page,
its EXAMPLES if it has any) as one would type them, in the working directory, and compares what
they write with what stands below them.  Prints TAP points, without a plan.

A command begins with "$ " and goes on while a quotation or a loop is open,
after a pipe or a backslash, and with the lines of its here-document, which
begin with "> ".  Commands must end in 0.  One that needs a program that is not
here is skipped, and one with $couch unless that is in the environment.
"""
import os
import re
import shutil
import subprocess
import sys


def lines_of(path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    if not path.endswith((".1", ".5", ".7")):
        return text.split("\n")
    text = text[max(text.find("\n.Sh EXAMPLES"), 0):]
    text = text[:text.index("\n.Sh SEE ALSO")]
    for roff, plain in (("\\(aq", "'"), ("\\-", "-"), ("\\e", "\\")):
        text = text.replace(roff, plain)
    out, shown = [], False
    for line in text.split("\n"):
        if line.startswith("."):
            shown = line.startswith(".Bd")
        out.append("    " + line if shown and line[0] != "." else "")
    return out


def is_open(command):
    return ("<<" not in command and (command.count("'") % 2 == 1 or
                                     command.count('"') % 2 == 1) or
            command.endswith(("\\", "|")) or
            len(re.findall(r"; do$", command, re.M)) >
            len(re.findall(r"^ *done\b", command, re.M)))


def examples(path):
    """[command, expected lines]"""
    found, block, here = [], None, False
    for line in lines_of(path):
        if line.startswith("    $ "):
            block = [line[6:], []]
            here = "<<" in line
            found.append(block)
        elif not line.startswith("    "):
            block = None
        elif block is None:
            continue
        elif is_open(block[0]):
            block[0] += "\n" + line[4:]
        elif here and line.startswith("    > "):
            block[0] += "\n" + line[6:]
        else:
            block[1].append(line[4:])
    return found


# What -v says of this machine and this user.
MACHINE = r"tcpsession: (cage: |no |runs as root; )"


def missing(command):
    """A program that the command begins a pipeline's part with, and is not
    here."""
    if "$couch" in command and "couch" not in os.environ:
        return "a server"
    if "->>" in command and b"1" not in subprocess.run(
            ["sh", "-c", "sqlite3 :memory: \"SELECT '[1]'->>0\""],
            capture_output=True).stdout:
        return "a sqlite3 that has ->>"
    for part in re.split(r"[|]\s*(?=[a-z])", re.sub(r"'[^']*'", "", command)):
        word = part.split()[0] if part.split() else ""
        if (re.fullmatch(r"[a-z][a-z0-9]*", word) and word != "for" and
                not shutil.which(word)):
            return word
    # It runs these itself.
    for option, words in ((" -w ", ("tshark", "tcpflow")),
                          (" --verify=tshark ", ("tshark",))):
        for word in words:
            if option in command and not shutil.which(word):
                return word
    return None


def main(paths):
    n = failed = 0
    for path in paths:
        for command, want in examples(path):
            n += 1
            title = " ".join(command.split("\n")[0].split()).replace("#", "")
            program = missing(command)
            if program:
                print("ok %d - %s # SKIP %s is missing" % (n, title, program))
                continue
            p = subprocess.run(["sh", "-c", command], capture_output=True,
                               stdin=subprocess.DEVNULL)
            got = [line for line in
                   p.stdout.decode("utf-8", "replace").split("\n")[:-1]
                   if not re.match(MACHINE, line)]
            right = p.returncode == 0 and (got == want or not want)
            failed += not right
            print("%sok %d - %s" % ("" if right else "not ", n, title))
            if not right:
                print("# status %d" % p.returncode)
                for line in got + p.stderr.decode().split("\n"):
                    print("# " + line)
                print("# wanted:")
                for line in want:
                    print("# " + line)
    if n == 0:
        print("not ok 1 - no examples found")
        return 1
    print("1..%d" % n)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
