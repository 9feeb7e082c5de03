#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""report.py GEN SCALE...: how large report.html is, how much it costs to make it,
and how long one waits for it in a headless Chromium, for the workload S at each
SCALE (0.2: 20,000 sessions).  Milliseconds; nothing passes or fails."""
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../report"))
import page as pages  # noqa: E402
from browser import Browser  # noqa: E402
from output import PROGRAM  # noqa: E402

# From an act to the frame after it, in the page itself.
ACT = """new Promise(done => {
    const start = performance.now();
    (() => { %s })();
    requestAnimationFrame(() => setTimeout(
        () => done(performance.now() - start), 0));
})"""
SCROLL = """new Promise(done => {
    const rows = document.getElementById('rows'), times = [];
    let last = 0;
    const step = now => {
        if (last) times.push(now - last);
        last = now;
        rows.scrollTop = (rows.scrollTop + 997) %
            Math.max(1, rows.scrollHeight - rows.clientHeight);
        if (times.length < 120) requestAnimationFrame(step);
        else done(times);
    };
    requestAnimationFrame(step);
})"""
TYPE = """const f = document.getElementById('filter');
f.value = '%s';
f.dispatchEvent(new InputEvent('input', {bubbles: true}));"""


def program(capture, where):
    """Seconds and MiB that making nothing but the page takes; its path."""
    start = time.monotonic()
    child = subprocess.Popen([PROGRAM, "-q", "-e", "none", "--report", "-o",
                              where, capture])
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    folder = os.path.join(where, os.listdir(where)[0])
    return (time.monotonic() - start, usage.ru_maxrss / 1024,
            os.path.join(folder, "report.html"))


def act(b, script):
    return b.evaluate(ACT % script)


def words(page):
    """What one does, and how long it takes; the first of two is the slower."""
    b = page.b
    start = b.evaluate("+document.documentElement.dataset.ms")
    nav = "performance.getEntriesByType('navigation')[0]"
    yield "ready", start
    yield "all read", b.evaluate(nav + ".loadEventEnd")
    frames = sorted(b.evaluate(SCROLL))
    yield "frame", statistics.median(frames)
    yield "frame p95", frames[len(frames) * 95 // 100]
    yield "first key", act(b, TYPE % "1")
    yield "later key", max(act(b, TYPE % ("10.1"[:n])) for n in (2, 3, 4))
    act(b, TYPE % "")
    for head in (">bytes", "server"):
        yield "sort " + head, act(
            b, "document.querySelector('[data-column=\"%s\"]').click();" % head)
    yield "open", act(b, "location.hash = '#session=100';")
    yield "next", act(b, "location.hash = '#session=101';")
    act(b, "document.getElementById('payload').click();")
    for name in ("said", "said again"):
        yield name, act(b, TYPE % (name[:5] + "x"))
    yield "heap MB", b.heap() / 1e6


def measure(gen, scale, scratch):
    capture = os.path.join(scratch, "s.pcap")
    subprocess.run([gen, "S", scale, "1", capture, os.devnull], check=True)
    where = os.path.join(scratch, "out")
    seconds, memory, path = program(capture, where)
    print("scale %s: made in %.2f s, %.0f MiB; %.1f MB" % (
        scale, seconds, memory, os.path.getsize(path) / 1e6))
    with Browser(tempfile.mkdtemp(dir=scratch)) as b:
        page = pages.Page(b)
        page.open(path)
        print("  " + ", ".join("%s %.0f" % w for w in words(page)))
    shutil.rmtree(where)
    os.unlink(capture)


def main(gen, *scales):
    scratch = tempfile.mkdtemp(dir=os.environ.get("BENCH_TMP"))
    try:
        for scale in scales:
            measure(gen, scale, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
