# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""What must hold of report.html.  Each function looks at one thing and returns
what is wrong with it, as lines; none is good."""
import base64
import re

import page as pages
from output import SIDES

RECORD = re.compile(r"([<>]) (\S+) #(\d+) @(\d+)( concurrent)?$")
HOLE = re.compile(r"! ([<>]) @(\d+) \+(\d+) ")
TABS = ("conversation", "http", "packets", "graph", "facts")


def differ(what, got, wanted):
    return [] if got == wanted else ["%s: %.200r, not %.200r" % (
        what, got, wanted)]


def numbers(page, out):
    """The table's rows are the index's sessions, those of UDP beside them."""
    rows = out.summary()
    tcp = [int(r["session"]) for r in rows if r["proto"] == "tcp"]
    bad = differ("total", page.number("total"), len(out.index))
    bad += differ("shown", page.number("shown"), len(out.index))
    bad += differ("flows", page.number("flows"), len(rows) - len(tcp))
    page.b.size(1400, 400 + 21 * (len(rows) + 10))
    page.b.frames(3)
    bad += differ("rows", sorted(page.rows()), sorted(tcp))
    return bad


def lines_of(turns):
    """Records and holes of the page as the transcript's lines name them."""
    return [(SIDES.index(t["dir"]), t["offset"], "hole", t["length"])
            if t["hole"] else
            (SIDES.index(t["dir"]), t["offset"], int(t["packet"]),
             "concurrent" in t["said"].split("\n")[0][:200] or
             "⇄" in t["said"]) for t in turns]


def lines_wanted(out, session):
    found = []
    for line in out.lines(session):
        m = RECORD.match(line)
        if m:
            found.append(("><".index(m[1]), int(m[4]), int(m[3]), bool(m[5])))
        m = HOLE.match(line)
        if m:
            found.append(("><".index(m[1]), int(m[2]), "hole", int(m[3])))
    return found


def said(turns, out, session, dump):
    """The bytes of every turn in one view, each where it belongs."""
    bad, got = [], [0, 0]
    raw = [out.bytes(session, side) for side in SIDES]
    for t in turns:
        side = SIDES.index(t["dir"])
        if t["hole"]:
            t["length"], t["offset"] = (int(n.replace(",", "")) for n in re.match(
                r".*?([\d,]+) bytes missing at offset ([\d,]+)",
                t["said"]).groups())
            got[side] = t["offset"] + t["length"]
            continue
        at, length = t["offset"], t["length"]
        bad += differ("offset", at, got[side])
        data = b""
        for text in t["parts"]:
            try:
                data += pages.part_bytes(text, at + len(data), dump)
            except Exception as e:  # whatever cannot be read back is wrong
                bad.append("%s @%d: %r" % (t["dir"], at, e))
        bad += differ("bytes %s @%d" % (t["dir"], at), data,
                      raw[side][at:max(at, min(at + length, out.share))])
        got[side] = at + length
    bad += differ("so much was said", got, [len(r) for r in raw])
    return bad + differ("turns", lines_of(turns), lines_wanted(out, session))


def ladder(got, wanted):
    """The packets of --packets, with their flags and lengths."""
    bad = differ("packets", [p for p, _ in got][:40],
                 [p["packet"] for p in wanted][:len(got[:40])])
    if wanted and not got:
        bad.append("no packets")
    for (number, text), p in list(zip(got, wanted))[:40]:
        for word in (p["flags"], str(p["length"])):
            if number == p["packet"] and word not in re.sub(
                    "(?<=\\d)[,\u2009](?=\\d)", "", text):
                bad.append("#%d lacks %r: %r" % (number, word, text))
    return bad


def decoded(turns, data, share):
    """Each body that begins in what is shown stands there with its coding
    undone."""
    got = [pages.text_bytes(text) for t in turns for text in t["bodies"]]
    wanted = [base64.b64decode(b[6]) for b in data.get("bodies", [])
              if b[1] < share]
    return differ("decoded", sorted(got), sorted(wanted))


def session(page, out, facts, packets):
    """Text and hex are the bytes of the files, the end is the transcript's, and
    nothing that was clicked put anything strange into the page."""
    n = facts["session"]
    got = page.walk(n)
    if not got["open"]:
        return ["session %d does not open" % n]
    bad = []
    for view in ("hex", "text"):
        bad += ["%s: %s" % (view, b) for b in
                said(got["views"].get(view, []), out, facts, view == "hex")]
    ends = [line for line in out.lines(facts) if line.startswith("= ")]
    if ends and ends[-1][2:] not in got["end"]:
        bad.append("no %r at the end" % ends[-1])
    data = out.paper.json("d%d" % n)
    bad += decoded(got["views"].get("decoded", []), data, out.share)
    bad += differ("exchanges", got["exchanges"], len(data.get("exchanges", [])))
    bad += ladder(got["packets"], packets)
    for where, survey in got["surveys"]:
        bad += ["%s: %s" % (where, b) for b in page.surveyed(survey)]
    return ["session %d: %s" % (n, b) for b in bad[:6]]


def exchanges(page, wanted):
    """The other view has so many."""
    text = page.b.evaluate(
        "document.getElementById('view-exchanges').textContent")
    digits = re.sub(r"\D", "", text.replace("HTTP/", ""))
    return differ("exchanges", int(digits or 0), wanted)


def contrast(page):
    """All text in sight, in both themes."""
    bad = []
    for theme in ("light", "dark"):
        page.b.media(prefers_color_scheme=theme)
        page.open(page.path, "#session=0")
        for tab in TABS:
            page.click("#tab-" + tab)
            page.b.frames(2)
            bad += ["%s, %s: %s %s" % (theme, tab, name, ratio) for name, ratio
                    in page.b.evaluate(pages.CONTRAST)]
    page.b.media()
    return bad[:10]


def policy(page):
    """What is put in afterwards does not run, and nothing is fetched."""
    page.b.evaluate("""(() => {
        window.ran = 0;
        const s = document.createElement('script');
        s.textContent = 'window.ran = 1';
        document.body.append(s);
        const i = document.createElement('div');
        i.innerHTML = '<img src="x:y" onerror="window.ran = 2">';
        document.body.append(i);
        const l = document.createElement('style');
        l.textContent = 'body { --ran: 3 }';
        document.head.append(l);
    })()""")
    page.b.frames(4)
    page.b.drain(0.1)
    bad = differ("ran", page.b.evaluate("window.ran"), 0)
    bad += differ("styled", page.b.evaluate(
        "getComputedStyle(document.body).getPropertyValue('--ran')"), "")
    wide = page.b.evaluate("document.querySelector("
                           "'meta[http-equiv=Content-Security-Policy]').content")
    bad += ["policy says " + w for w in ("unsafe", "data:", "http", "*", "blob:")
            if w in wide]
    for part in ("default-src 'none'", "base-uri 'none'", "form-action 'none'"):
        if part not in wide:
            bad.append("policy lacks " + part)
    return bad
