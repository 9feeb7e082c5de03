# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""messages.py SRCDIR MANPAGE: the errors and warnings that the sources print and
the manual page's DIAGNOSTICS does not have, one a line.

A message is told by what stands between its conversions.  Errors of the command
line that say what an option takes, needs or goes with have one entry for all.
"""
import glob
import re
import sys

STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
# What prints a line, or makes the text of one.
CALLS = re.compile(r"\b(message_error|message_warn|option_fail|reader_fail|"
                   r"source_stop|fail|snprintf)\(")
USAGE = re.compile(r"\b(takes|needs|go(es)? with|no such option)\b")
# A signal stopped the run: nothing is printed.
SILENT = {"stopped"}


def arguments(text, start):
    """What stands between the parentheses of a call."""
    depth, i = 1, start
    while depth > 0:
        m = STRING.match(text, i)
        if m:
            i = m.end()
            continue
        if text[i] == "'":
            i = text.index("'", i + (3 if text[i + 1] == "\\" else 2))
        depth += (text[i] == "(") - (text[i] == ")")
        i += 1
    return text[start:i - 1]


def messages(path):
    with open(path, encoding="utf-8") as f:
        text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
    for call in CALLS.finditer(text):
        inside = arguments(text, call.end())
        if call.group(1) == "snprintf" and \
                not re.match(r"(p->|r->|f->|)message\b", inside):
            continue
        # "after %" PRIu64 " of": one text.
        inside = re.sub(r'%"\s*PRI[a-zA-Z0-9]+\s*"', "%llu", inside)
        inside = re.sub(r'"\s+"', "", inside)
        for literal in STRING.findall(inside):
            yield literal


def losses(path):
    """What the rows of base/loss.h say of each counter."""
    with open(path, encoding="utf-8") as f:
        text = f.read().replace("\\\n", " ")
    for row in re.finditer(r"\bROW\((?=[A-Z_]+, [A-Z_]+,)", text):
        inside = re.sub(r'"\s+"', "", arguments(text, row.end()))
        yield from STRING.findall(inside)[1:]


def pieces(message):
    plain = re.sub(r"\\(.)", r"\1", message)
    for piece in re.split(r"%[-.*0-9]*(?:[lz]*[udsixgc]|$)", plain):
        piece = " ".join(piece.split()).strip(" :;,()'")
        words = re.sub(r"--[a-z-]+", "", piece)
        if len(re.sub(r"[^a-z]", "", words)) > 4:
            yield piece


def diagnostics(page):
    with open(page, encoding="utf-8") as f:
        text = f.read()
    text = text[text.index("\n.Sh DIAGNOSTICS"):text.index("\n.Sh SEE ALSO")]
    for roff, plain in (("\\(aq", "'"), ("\\-", "-"), ("\\ ", " "),
                        ("\\&", "")):
        text = text.replace(roff, plain)
    return " ".join(text.split())


def main(srcdir, page):
    told = diagnostics(page)
    missing = set()
    found = [(path, list(messages(path)))
             for path in glob.glob(srcdir + "/src/*/*.c")]
    table = srcdir + "/src/base/loss.h"
    found.append((table, list(losses(table))))
    for path, printed in found:
        for message in printed:
            if message in SILENT or USAGE.search(message):
                continue
            for piece in pieces(message):
                if piece not in told:
                    missing.add("%s: %s" % (path.split("/src/")[-1], piece))
    for line in sorted(missing):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
