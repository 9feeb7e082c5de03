#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""limit_rows.py SOURCE PAGE: holds the rows of base/limit.h against LIMITS of
tcpsession-formats(5), which has one line for each, in the same order, against
the options and notes that there are, and against the tests: for each row an
attack is tried, and each constant is used."""
import glob
import re
import sys

ROW = re.compile(r'ROW\((\w+), ([^,]+), "([^"]*)", "([^"]*)", (\w+), '
                 r'"([^"]+)", ((?:"[^"]*"\s*)+)\)')
UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"))


def read(pattern):
    return "\n".join(open(p, encoding="utf-8").read()
                     for p in sorted(glob.glob(pattern)))


def rows(source):
    text = read(source + "/src/base/limit.h").split("#define LIMIT_ROWS", 1)[1]
    text = re.sub(r"\\\n\s*", "", text)
    for name, value, option, note, word, attack, words in ROW.findall(text):
        number = eval(re.sub(r"UINT64_C\((\w+)\)", r"\1", value))
        yield (name, number, option, note, word, attack,
               "".join(re.findall(r'"([^"]*)"', words)))


def shown(n):
    for unit, name in UNITS:
        if n % unit == 0 and n:
            return f"{n // unit} {name}"
    return f"{n:,}"


def line(number, option, note, word):
    """What the manual says behind the text."""
    said = [shown(number)] if number else []
    said += [f".Fl -{option}"] if option else []
    said += [f"note .Cm {note}"] if note else []
    said += [f"word .Cm {word}"] if word else []
    return "; ".join(said)


def plain(text):
    """One line: macros of mdoc stay, what follows them is joined."""
    return re.sub(r"\s+([;,])", r"\1", " ".join(text.split()))


def main(source, page):
    text = open(page, encoding="utf-8").read()
    part = re.search(r"^\.Sh LIMITS\n(.*?)^\.Sh ", text, re.S | re.M).group(1)
    items = [plain(i.replace("\n", " : ", 1))
             for i in re.split(r"^\.It ", part, flags=re.M)[1:]]
    items[-1] = items[-1].split(" .El")[0]
    words = dict(re.findall(r'\[INCOMPLETE_(\w+)\] = { "([^"]+)"',
                            read(source + "/src/base/incomplete.c")))
    tests = read(source + "/tests/*/*.[tc]") + read(source + "/tests/*/*.py")
    code = "".join(open(p, encoding="utf-8").read()
                   for p in glob.glob(source + "/src/*/*.[ch]")
                   if not p.endswith("base/limit.h"))
    options = read(source + "/src/app/options*.c")
    notes = read(source + "/src/reassembly/*.[ch]") + \
        read(source + "/src/flow/*.[ch]") + read(source + "/src/inspect/*.c")
    wanted = []
    for name, number, option, note, word, attack, said in rows(source):
        word = "" if word == "NONE" else words.get(word, "?" + word)
        wanted.append(f"{said} : {line(number, option, note, word)}")
        if number and not re.search(rf"\bLIMIT_{name}\b", code):
            print(f"LIMIT_{name}: is not used")
        if option and f'"{option}"' not in options:
            print(f"LIMIT_{name}: no option --{option}")
        if note and f'"{note}"' not in notes:
            print(f"LIMIT_{name}: no note {note}")
        if attack not in tests:
            print(f"LIMIT_{name}: no test of {attack}")
    if not wanted:
        print("base/limit.h has no rows")
    for item in wanted:
        if item not in items:
            print(f"{page}: lacks: {item}")
    for item in items:
        if item not in wanted:
            print(f"{page}: no row: {item}")


main(*sys.argv[1:])
