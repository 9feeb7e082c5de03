# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""The functions of report.js that compute, in a browser without the page."""
import base64
import json
import os
import random

import page as pages
from checks import differ

SOURCE = os.path.join(os.path.dirname(__file__),
                      "../../src/sinks/report/report.js")

# What is called, and what comes of it.
TABLE = [
    ("hrefOf('a.txt')", "./a.txt"),
    ("hrefOf('a b/c#?%.hex')", "./a%20b/c%23%3F%25.hex"),
    ("hrefOf('javascript:1.txt')", "./javascript%3A1.txt"),
    ("hrefOf('../a.txt')", None), ("hrefOf('/a.txt')", None),
    ("hrefOf('a/./b.txt')", None), ("hrefOf('a//b.txt')", None),
    ("hrefOf('a.c2s')", None), ("hrefOf('a.s2c')", None),
    ("hrefOf('a.txt.html')", None), ("hrefOf('a.svg')", None),
    ("hrefOf('a.txt\\n')", None), ("hrefOf('')", None),
    ("hrefOf('\\ud800.txt')", None),
    ("quoteShell('a-b.pcap')", "a-b.pcap"),
    ("quoteShell(\"it's $(x)\")", "'it'\\''s $(x)'"),
    ("quoteShell('')", "''"), ("quoteShell('-x')", "'-x'"),
    ("visible('a\\u202eb\\u0000\\u200b')", "a\\xe2\\x80\\xaeb\\x00\\xe2\\x80\\x8b"),
    ("visible('é\\\\')", "é\\"),
    ("withCommas(1234567)", "1,234,567"), ("withCommas(999)", "999"),
    ("short(9999)", "9999"), ("short(13749)", "13.7k"),
    ("short(2390000)", "2.39M"), ("short(999999)", "1.00M"),
    ("seconds(31716845, 6)", "31.716845"), ("seconds(-5, 6)", "-0.000005"),
    ("seconds(0, 9)", "0.000000000"),
    ("niceStep(0.03)", 0.05), ("niceStep(20)", 20), ("clockStep(61)", 120),
    ("rising([[1, 5], [2, 3], [3, 7], [4, 7]])", [[1, 5], [3, 7]]),
    ("roundTrips([[0, 10], [1, 10], [2, 20]], [[5, 10], [9, 20]])",
     [[5, 5], [9, 7]]),
    ("packLanes([[0, 10], [5, 8], [11, 12], [9, 20]], 1)", [0, 1, 0, 1]),
    ("foldTime([[0, 1], [1000, 1001]], 0, 1001)", [[0, 1], [1000, 1001]]),
    ("foldTime([[0, 100], [110, 200]], 0, 200)", [[0, 200]]),
    ("remarkKinds('')", ["none"]),
    ("parseFilter('a -b service:X bytes>10k', false).terms", [
        {"not": False, "key": "", "text": "a"},
        {"not": True, "key": "", "text": "b"},
        {"not": False, "key": "service", "text": "x"},
        {"not": False, "key": "bytes", "above": True, "than": 10000}]),
    ("parseFilter('\"a b\" -', false).terms.map(t => [t.not, t.text])",
     [[False, "a b"], [False, "-"]]),
    ("parseFilter('__proto__:1 constructor:2', false).terms.map(t => t.key)",
     ["", ""]),
    ("parseFilter('', true).regex", None),
]
THROW = ["parseFilter('bytes>', false)", "parseFilter('up<x', false)",
         "parseFilter('(', true)"]

# Whatever the spans, folded time goes on and comes back.
TIMES = """(() => {
    let seed = %d;
    const next = n => (seed = (seed * 1103515245 + 12345) %% 2147483648) %% n;
    for (let round = 0; round < 300; round++) {
        const spans = [];
        let at = next(50);
        const begin = at;
        for (let i = next(12); i >= 0; i--) {
            at += next(4) === 0 ? next(1e9) : next(30);
            spans.push([at, at + next(40)]);
        }
        const end = Math.max(...spans.map(s => s[1]));
        const pieces = foldTime(spans, begin, end);
        const placed = placePieces(pieces, 10, 1000, 20);
        if (pieces[0][0] !== begin || pieces[pieces.length - 1][1] !== end ||
            pieces.length > 7)
            return 'ends of ' + JSON.stringify(spans);
        let last = 0;
        for (const [a, b] of spans) {
            const x = timeToX(placed, a);
            if (!(x >= last) || x < 9.999 || x > 1000.001)
                return 'order of ' + JSON.stringify(spans);
            if (Math.abs(xToTime(placed, x) - a) > (end - begin) / 1e6 + 1e-6)
                return 'back from ' + JSON.stringify([spans, a]);
            last = x;
        }
        const lanes = packLanes(spans, 1);
        for (let i = 0; i < spans.length; i++)
            for (let j = 0; j < i; j++)
                if (lanes[i] === lanes[j] && spans[j][1] + 1 > spans[i][0])
                    return 'lanes of ' + JSON.stringify(spans);
    }
    return '';
})()"""


def pieces(rng):
    """Bytes that are hard to show."""
    hard = [b"\\", b"\n", b"\r", b"\t", b"\0", b"\xe2\x80\xae", b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80", b"\xc0\xaf", b"\xef\xbb\xbf", b"\xff", "é€𝄞".encode(),
            b"\\x41", b"text", b"\xf0\x9f", b"\xef\xbf\xbf", b"\x7f", b"\xc2\x85"]
    return b"".join(rng.choice(hard + [rng.randbytes(3)])
                    for _ in range(rng.randrange(40)))


def functions(browser):
    with open(SOURCE, encoding="utf-8") as f:
        text = f.read()
    source = text[text.index("/* pure: begin */"):text.index("/* pure: end */")]

    def call(expression):
        return browser.evaluate('(() => { "use strict"; %s\nreturn %s; })()' % (
            source, expression))

    browser.open("about:blank")
    bad = []
    results = call("[%s]" % ",".join(e for e, _ in TABLE))
    for (expression, wanted), got in zip(TABLE, results):
        bad += differ(expression, got, wanted)
    for expression in THROW:
        if call("(() => { try { %s; return false; } catch { return true; } })()"
                % expression) is not True:
            bad.append(expression + " takes it")
    seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
    rng = random.Random(seed)
    said = [pieces(rng) for _ in range(300)]
    shown = call("%s.map(bytesOf).map((b, i) => [escapePieces(b, true).join(''), "
                 "hexDump(b, i * 16)])" % json.dumps(
                     [base64.b64encode(b).decode() for b in said]))
    for i, (data, (text, dump)) in enumerate(zip(said, shown)):
        bad += differ("text", pages.text_bytes(text), data)
        bad += differ("hex", pages.hex_bytes(dump, i * 16), data)
    wrong = call(TIMES % seed)
    bad += [wrong] if wrong else []
    return bad + ["SEED=%d" % seed] * bool(bad)
