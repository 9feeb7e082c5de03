#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""colours.py REPORT.CSS: contrast (WCAG 2.1, 1.4.3) of the style's variables,
each ink on what it is written on, in both themes; one line for each below 4.5."""
import re
import sys

PAPERS = {
    "paper": "text dim client server notice lost well",
    "band": "text dim client server notice lost well",
    "client-tint": "text dim client", "server-tint": "text dim server",
    "notice-tint": "text notice", "lost-tint": "text lost", "well-tint": "well",
    "chosen": "text dim", "hit": "on-hit", "hit-now": "on-hit",
}


def themes(style):
    """The variables of each theme; the dark one has the light one's others."""
    found, have = {}, {}
    for selector, body in re.findall(r"(:root[^{]*)\{([^}]*)\}",
                                     style.partition("@media")[0]):
        have = dict(have, **dict(re.findall(r"--([\w-]+): (#\w+)", body)))
        found["dark" if "dark" in selector else "light"] = have
    return found


def light(colour):
    digits = colour[1:]
    if len(digits) == 3:
        digits = "".join(d + d for d in digits)
    parts = [int(digits[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4
               for v in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def ratio(ink, paper):
    low, high = sorted((light(ink), light(paper)))
    return (high + 0.05) / (low + 0.05)


def main(path):
    with open(path, encoding="utf-8") as f:
        found = themes(f.read())
    bad = ["no theme " + t for t in ("light", "dark") if t not in found]
    for theme, have in found.items():
        for paper, inks in PAPERS.items():
            for ink in inks.split():
                if paper not in have or ink not in have:
                    bad.append("%s: no %s or %s" % (theme, ink, paper))
                elif ratio(have[ink], have[paper]) < 4.5:
                    bad.append("%s: %s on %s %.2f" % (
                        theme, ink, paper, ratio(have[ink], have[paper])))
    print("\n".join(bad), end="\n" if bad else "")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
