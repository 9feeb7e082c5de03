# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""What one does with report.html: filter, sort, choose a span, walk by keys,
come back by an address, print.  As in checks.py, what is wrong is returned."""
import re
import unicodedata
import zlib

from checks import differ

# A word finds what --match finds in the same line.
WORDS = ("http", "10.9", ":80", "nosuchthing", "SF", "RST", "tcp", "GET",
         "refused", "dns")
EXPRESSIONS = ("127\\.0|:180", "^[0-9]*[02468] ", "SAPF|SAP", "http +S", "x{3}y")
# Columns by their names in -s --format csv; those of numbers first turn down.
COLUMNS = {">pkts": "c2s_packets", "<pkts": "s2c_packets",
           ">bytes": "c2s_bytes", "<bytes": "s2c_bytes",
           "duration": "duration"}
TEXTS = {"service": "service", "state": "state"}


def shown(page, what, wanted):
    return differ(what, page.shown(wanted), sorted(wanted))


def filters(page, out, words=WORDS):
    """Words are --match's, with `-' in front the others."""
    everything, bad = out.matching(), []
    for word in words:
        wanted = out.matching("--match", word)
        page.filter(word)
        bad += shown(page, "filter " + word, wanted)
        page.filter("-" + word)
        bad += shown(page, "filter -" + word,
                     sorted(set(everything) - set(wanted)))
    rows = {int(r["session"]): r for r in out.summary() if r["proto"] == "tcp"}
    middle = sorted(int(r["c2s_bytes"]) for r in rows.values())[len(rows) // 2]
    for text, holds in (
            ("up>%d" % middle, lambda r: int(r["c2s_bytes"]) > middle),
            ("up<%d" % middle, lambda r: int(r["c2s_bytes"]) < middle),
            ("bytes>1k http", lambda r: int(r["c2s_bytes"]) +
             int(r["s2c_bytes"]) > 1000 and "http" in r["service"]),
            ("packets<5", lambda r: int(r["c2s_packets"]) +
             int(r["s2c_packets"]) < 5),
            ("service:http", lambda r: r["service"] == "http"),
            ("-service:http", lambda r: r["service"] != "http"),
            ("state:SF", lambda r: r["state"] == "SF"),
            ("session:1", lambda r: r["session"] == "1"),
            ("proto:tcp", lambda r: True),
            ("proto:udp", lambda r: False)):
        page.filter(text)
        bad += shown(page, "filter " + text,
                     [n for n, r in rows.items() if holds(r)])
    page.filter("")
    return bad + shown(page, "no filter", everything)


def pressed(page, name):
    return page.b.evaluate("document.getElementById('%s')"
                           ".getAttribute('aria-pressed')" % name) == "true"


def expressions(page, out):
    """A regular expression is --match-regex's; a wrong one changes nothing."""
    bad = []
    page.click("#regex")
    for text in EXPRESSIONS:
        wanted = out.matching("--match-regex", text)
        page.filter(text)
        bad += shown(page, "expression " + text, wanted)
    before = page.rows()
    page.filter("(")
    page.b.frames(3)
    bad += differ("after a wrong one", page.rows(), before)
    if page.b.evaluate("document.getElementById('filter')"
                       ".getAttribute('aria-invalid')") != "true":
        bad.append("a wrong expression is not marked")
    page.click("#regex")
    page.filter("")
    return bad + shown(page, "no expression", out.matching())


def facets(page, out):
    """A value chosen leaves the sessions that have it; the list says how many."""
    rows = {int(r["session"]): r for r in out.summary() if r["proto"] == "tcp"}
    bad = []
    for facet in ("service", "state"):
        values = page.b.evaluate("""[...document.querySelectorAll(
            'button[data-facet="%s"]')].map(b => b.dataset.value)""" % facet)
        bad += [] if values else ["no facet " + facet]
        for value in values[:3]:
            which = '[data-facet="%s"][data-value="%s"]' % (facet, value)
            page.click(which)
            bad += shown(page, "facet %s %s" % (facet, value), [
                n for n, r in rows.items() if (r[facet] or "-") == value or
                r[facet] == value])
            page.click(which)
    return bad + shown(page, "no facet", out.matching())


def sorts(page, out):
    """Each column orders by what -s shows in it, and turns round."""
    rows = {int(r["session"]): r for r in out.summary() if r["proto"] == "tcp"}
    bad = []
    for head, key in list(COLUMNS.items()) + list(TEXTS.items()):
        if not page.click("[data-column=%s]" % repr(head).replace("'", '"')):
            continue
        page.b.frames(3)
        number = head in COLUMNS
        got = [float(rows[n][key]) if number else rows[n][key]
               for n in page.rows()]
        bad += differ("sort " + head, got, sorted(got, reverse=number))
        page.click("[data-column=%s]" % repr(head).replace("'", '"'))
        page.b.frames(3)
        back = [float(rows[n][key]) if number else rows[n][key]
                for n in page.rows()]
        bad += differ("turned " + head, back, sorted(got, reverse=not number))
        bad += differ("rows of " + head, len(back), len(rows))
    return bad


def brush(page, out):
    """A span of the first half leaves what lives in it; Esc takes it away."""
    page.b.size(1400, 900)
    page.b.frames(2)
    box = page.b.evaluate("""(() => {
        const r = document.getElementById('time').getBoundingClientRect();
        return [r.left, r.top, r.width, r.height];
    })()""")
    y = box[1] + box[3] - 30
    everything = page.number("shown")
    page.b.drag((box[0] + 3, y), (box[0] + box[2] * 0.3, y))
    page.b.frames(3)
    some = page.number("shown")
    bad = [] if 0 < some < everything else [
        "brush: %d of %d" % (some, everything)]
    page.b.evaluate("document.getElementById('sessions').focus()")
    page.b.key("Escape")
    page.b.frames(3)
    return bad + differ("after Esc", page.number("shown"), everything)


def selected(page, tab):
    return page.b.evaluate("document.getElementById('tab-%s')"
                           ".getAttribute('aria-selected')" % tab) == "true"


def keys(page, out):
    """Each key of the list, from an empty start."""
    bad, b = [], page.b

    def step(key, what, condition, modifiers=0):
        b.key(key, modifiers)
        if not b.until(condition, page.patience):
            bad.append("%s: %s" % (key, what))

    at = ("(document.getElementById('detail').hidden ? '' : "
          "document.getElementById('detail').dataset.session) === '%s'")
    chosen = ("document.querySelector('#sessions .row:not([hidden])"
              "[aria-selected=true]').dataset.session === '%d'")
    focus = "document.activeElement.id === '%s'"
    tab = "document.getElementById('tab-%s').ariaSelected === 'true'"
    page.open(page.path)
    order = page.rows()
    step("j", "the first", chosen % order[0])
    step("j", "the second", chosen % order[1])
    step("k", "the first again", chosen % order[0])
    step("ArrowDown", "the second", chosen % order[1])
    step("ArrowUp", "the first", chosen % order[0])
    step("G", "the last", "document.querySelector('#sessions "
         "[aria-selected=true]')", 8)
    step("g", "the first", chosen % order[0])
    step("Enter", "opens", at % order[0])
    step("j", "the next one", at % order[1])
    for i, name in enumerate(("conversation", "http", "packets", "graph",
                              "facts")):
        if not b.evaluate("(t => t.hidden || t.disabled)("
                          "document.getElementById('tab-%s'))" % name):
            step(str(i + 1), "tab " + name, tab % name)
    step("1", "tab conversation", tab % "conversation")
    for _ in range(2):
        was = pressed(page, "view-hex")
        step("x", "hex and back", "(document.getElementById('view-hex')."
             "ariaPressed === 'true') === %s" % ("false" if was else "true"))
    text = page.turns()
    step("[", "client only", "[...document.querySelectorAll("
         "'#conversation .turn[data-dir=s2c]')].every("
         "t => !t.checkVisibility())")
    step("[", "both", "true")
    step("]", "server only", "[...document.querySelectorAll("
         "'#conversation .turn[data-dir=c2s]')].every("
         "t => !t.checkVisibility())")
    step("]", "both", "true")
    bad += differ("both sides again", page.turns(), text)
    clock = b.evaluate("document.getElementById('clock').textContent")
    step("t", "the other clock", "document.getElementById('clock')"
         ".textContent !== '%s'" % clock)
    step("t", "the first clock", "document.getElementById('clock')"
         ".textContent === '%s'" % clock)
    step("f", "to find", focus % "find")
    b.type("HTTP")
    step("Enter", "found", "document.querySelector('#conversation mark')")
    b.evaluate("document.getElementById('sessions').focus()")
    for key in "nN":
        step(key, "a hit", "document.querySelector('#conversation mark.now')")
    step("?", "the list", "document.getElementById('keys').open", 8)
    for key in ("j", "k", "Enter", "/", "f", "n", "x", "[", "]", "t", "Esc"):
        if not b.evaluate("document.getElementById('keys').textContent"
                          ".includes('%s')" % key):
            bad.append("the list lacks " + key)
    step("Escape", "no list", "!document.getElementById('keys').open")
    step("/", "to filter", focus % "filter")
    step("Escape", "back to the table",
         "document.activeElement.id !== 'filter'")
    for _ in range(6):
        if page.session() == "":
            break
        b.key("Escape")
        b.frames(2)
    bad += differ("after Esc and Esc", page.session(), "")
    before = page.rows()
    b.key("j", 2)
    b.key("x", 4)
    b.frames(2)
    return bad + differ("with Ctrl", page.rows(), before)


def addresses(page, out):
    """#session=N at the start and later; one that is not there is said so."""
    last = out.index[-1]["session"]
    bad = []
    page.open(page.path, "#session=%d&tab=facts" % last)
    page.b.until("!document.getElementById('detail').hidden", page.patience)
    bad += differ("at the start", page.session(), str(last))
    bad += differ("tab", selected(page, "facts"), True)
    page.go(0)
    bad += differ("later", page.session(), "0")
    bad += differ("written", "session=0" in page.b.evaluate("location.hash"),
                  True)
    page.open(page.path, "#session=123456789")
    bad += differ("unknown", page.session(), "")
    if not page.b.evaluate("document.body.innerText.includes('123456789')"):
        bad.append("an unknown session is not said")
    for wild in ("#session=__proto__", "#session=-1", "#tab=x", "#%", "#session=1e3",
                 "#session=0&tab=constructor"):
        page.open(page.path, wild)
        bad += [wild + ": " + n for n in page.noises()]
    return bad


# ------------------------------------------------------------------- print


def streams(pdf):
    """Number of each object, its dictionary and its stream undone."""
    for m in re.finditer(rb"(\d+) 0 obj\s*(.*?)endobj", pdf, re.S):
        head, has, rest = m[2].partition(b"stream\n")
        if not has:
            head, has, rest = m[2].partition(b"stream\r\n")
        data = rest.rpartition(b"\nendstream")[0] if has else b""
        if b"FlateDecode" in head:
            try:
                data = zlib.decompressobj().decompress(data)
            except zlib.error:
                data = b""
        yield int(m[1]), head, data


def letters(cmap):
    """What the numbers of a font's glyphs stand for, from its ToUnicode."""
    found = {}

    def text(digits):
        return bytes.fromhex(digits.decode()).decode("utf-16-be", "replace")

    for block in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.S):
        for a, b in re.findall(rb"<(\w+)>\s*<(\w+)>", block):
            found[int(a, 16)] = text(b)
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, re.S):
        for a, b, c in re.findall(rb"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            for i in range(int(a, 16), int(b, 16) + 1):
                found[i] = chr(int(c, 16) + i - int(a, 16))
    return found


def pdf_text(pdf):
    """The text of a PDF that Chromium made, without its spaces."""
    objects = {n: (head, data) for n, head, data in streams(pdf)}
    fonts = {}
    for n, (head, _) in objects.items():
        m = re.search(rb"/ToUnicode (\d+) 0 R", head)
        if m:
            fonts[n] = letters(objects[int(m[1])][1])
    names = {}
    for head, _ in objects.values():
        for name, n in re.findall(rb"/(F\d+) (\d+) 0 R", head):
            if int(n) in fonts:
                names[name] = fonts[int(n)]
    said = []
    for _, data in objects.values():
        if b" Tf" not in data:
            continue
        font = {}
        for name, shown in re.findall(
                rb"/(F\d+) [\d.]+ Tf|((?:<[0-9A-Fa-f]+>|\[[^\]]*\]) ?T[jJ])",
                data):
            if name:
                font = names.get(name, {})
            for run in re.findall(rb"<([0-9A-Fa-f]+)>", shown):
                said += [font.get(int(run[i:i + 4], 16), "")
                         for i in range(0, len(run), 4)]
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", "".join(said)))


def prints(page, out, scratch):
    """The paper has the whole conversation, down to its last line."""
    import os
    session = max(out.index, key=lambda s: len(out.lines(s)))
    page.go(session["session"], "conversation")
    page.b.frames(3)
    path = os.path.join(scratch, "page.pdf")
    page.b.pdf(path)
    with open(path, "rb") as f:
        text = pdf_text(f.read())
    bad = []
    for line in out.lines(session):
        if line.startswith("= "):
            line = line[2:].replace(" ", "")
        else:
            m = re.match(r"[<>] \S+ #(\d+) @(\d+)", line)
            line = "#%s@%s" % (m[1], m[2]) if m else ""
        if line not in text:
            bad.append("not printed: " + line)
    return bad[:5]
