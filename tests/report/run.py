#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""run.py DATA: tries report.html in a headless Chromium; answers in TAP.
ONLY in the environment is part of the names of what is to be tried; with ALL
every session of each capture is looked at."""
import os
import shutil
import sys
import tempfile
import traceback
from urllib.parse import unquote

import checks
import hostile
import page as pages
import paper
import pure
import uses
from browser import Browser, Gone
from output import Output, run

ALL = "ALL" in os.environ
ONLY = os.environ.get("ONLY", "")


class Tap:
    def __init__(self):
        self.points = self.failed = 0

    def point(self, name, function, *arguments):
        """One point: nothing that function returns is wrong."""
        if ONLY not in name:
            return
        try:
            wrong = function(*arguments)
        except Gone:
            raise
        except Exception:
            wrong = traceback.format_exc().splitlines()[-6:]
        self.points += 1
        self.failed += bool(wrong)
        print("%sok %d - %s" % ("not " if wrong else "", self.points, name))
        for line in wrong[:20]:
            print("# " + ascii(line)[1:-1][:300])
        sys.stdout.flush()

    def end(self):
        print("1..%d" % self.points)
        return int(self.failed > 0)


def captures(data):
    """The captures of data, each once: what is only compressed is another's."""
    return sorted(
        os.path.join(data, n) for n in os.listdir(data)
        if n.endswith((".pcap", ".pcapng")))


def made(scratch, capture, *options):
    return Output(capture, tempfile.mkdtemp(dir=scratch), *options)


def whole(page, out, step=1 if ALL else 4):
    """Everything that holds of the page of any capture."""
    page.path = out.page
    if not page.open(out.page):
        return ["never ready"] + page.noises()
    out.paper = paper.Paper(out.page)
    bad = page.noises() + paper.whole(out) + checks.numbers(page, out)
    bad += checks.exchanges(page, len(paper.listed(out)))
    packets = out.packets()
    # (Of many alike every fourth will do, but where all is asked for.)
    for facts in out.index[:8] + out.index[8::step]:
        bad += checks.session(page, out, facts,
                              packets.get(facts["session"], []))
    return bad + page.noises()


def attacked(page, out):
    bad = whole(page, out, 1)
    page.click("#view-exchanges")
    page.b.frames(2)
    bad += page.noises()
    page.click("#view-sessions")
    for word in hostile.WORDS[:20]:
        page.filter(word.decode("latin-1"))
    page.filter("")
    return bad + page.noises()


def plain(page, out):
    """Without JavaScript the table is there as text."""
    page.b.scripts(False)
    try:
        page.b.open(page.url)
        text = page.b.call("DOM.getOuterHTML", {"nodeId": page.b.call(
            "DOM.getDocument", {"depth": -1})["root"]["nodeId"]})["outerHTML"]
    finally:
        page.b.scripts(True)
    text = text[text.index("<noscript"):text.index("</noscript")]
    return ["noscript lacks " + r["client_ip"] for r in out.summary()
            if "%s:%s" % (r["client_ip"], r["client_port"]) not in text
            and ":" not in r["client_ip"]][:3]


def tree(page, scratch, data):
    """index.html: a row a capture, each a link to the page that is there."""
    source, where = (os.path.join(scratch, n) for n in ("in", "tree"))
    below = os.path.join(source, "sub <b>'\"&#?%41")
    os.makedirs(below)
    for folder in source, below:
        shutil.copy(os.path.join(data, "nano.pcap"), folder)
    hostile.capture(below)
    with open(os.path.join(source, "none.pcap"), "wb") as f:
        f.write(b"no capture at all, though its name says so")
    run("-q", "-r", "-e", "none", "--report", "-o", where, source,
        statuses=(0, 1, 4, 6))
    pages_there = sorted(
        os.path.join(folder, "report.html") for folder, _, files in
        os.walk(where) if "report.html" in files)
    page.path = os.path.join(where, "index.html")
    page.suffixes = (".sessions/report.html",)
    if not page.open(page.path):
        return ["never ready"] + page.noises()
    bad = page.noises() + paper.frame(paper.Paper(page.path))
    links = page.b.evaluate("""[...document.querySelectorAll('#sessions a[href]')].filter(
        a => !a.closest('[hidden]')).map(a => a.getAttribute('href'))""")
    bad += checks.differ("links", sorted(
        os.path.join(where, unquote(link)[2:]) for link in links), pages_there)
    page.filter("nano")
    page.b.frames(3)
    bad += page.noises()
    page.b.evaluate("document.getElementById('sessions').focus()")
    page.b.key("g")
    page.b.heard.clear()
    page.b.key("Enter")
    page.b.until_heard("Page.loadEventFired")
    page.ready()
    at = page.b.evaluate("location.pathname")
    if unquote(at) not in pages_there:
        bad.append("Enter leads to " + at)
    page.suffixes = pages.SUFFIXES
    return bad


def every(tap, page, scratch, data):
    tap.point("functions", pure.functions, page.b)
    outs = {}
    for capture in captures(data):
        name = os.path.basename(capture)
        out = outs[name] = made(scratch, capture)
        tap.point(name, whole, page, out)
    out = made(scratch, hostile.capture(scratch))
    tap.point("hostile", attacked, page, out)
    page.b.size(1400, 900)
    tap.point("a tree of captures", tree, page, scratch, data)
    out = outs["scripts.pcap"]
    page.path = out.page
    page.open(out.page)
    page.b.size(1400, 400 + 21 * 80)
    page.b.frames(2)
    for name in ("filters", "expressions", "facets", "sorts", "brush", "keys",
                 "addresses"):
        if name == "brush":
            page.open(out.page)
        tap.point(name, getattr(uses, name), page, out)
    out = outs["http.pcap"]
    page.path = out.page
    page.open(out.page)
    tap.point("print", uses.prints, page, out, scratch)
    tap.point("contrast", checks.contrast, page)
    tap.point("without JavaScript", plain, page, out)
    page.open(out.page)
    tap.point("policy", checks.policy, page)


def main(data, points=every):
    """points(tap, page, scratch, data) in one browser; the exit status."""
    tap = Tap()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        with Browser(tempfile.mkdtemp(dir=scratch)) as b:
            points(tap, pages.Page(b), scratch, data)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
