# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""report.html as one who uses it sees it: what stands in it by the names that
the page keeps for tests, and the bytes that its conversation shows."""
import os
import re
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../tools"))
import rebuild  # noqa: E402

SUFFIXES = (".txt", ".hex", ".json", ".pcap", ".timing")
STRANGERS = "img,iframe,frame,object,embed,video,audio,link,base,form,portal"
SIDES = ("c2s", "s2c")

# Everything that the conversation shows, folds opened.
TURNS = """(() => {
    for (let i = 0; i < 10; i++) {
        const folds = [...document.querySelectorAll('#conversation .show')]
            .filter(b => !b.hidden && b.getAttribute('aria-expanded') !== 'true');
        if (!folds.length) break;
        for (const b of folds) b.click();
    }
    return [...document.querySelectorAll('#conversation .turn, ' +
        '#conversation .hole[data-dir]')].map(t => ({
            hole: t.classList.contains('hole'), dir: t.dataset.dir,
            offset: +t.dataset.offset, length: +t.dataset.length,
            packet: t.dataset.packet, said: t.textContent,
            bodies: [...t.querySelectorAll('pre.body')].map(p => p.textContent),
            parts: [...t.querySelectorAll('pre')].map(p => p.textContent)}));
})()"""

# What no page of ours may hold, and where its links lead.
SURVEY = """(() => {
    const all = [...document.querySelectorAll('*')];
    return {
        strangers: all.filter(e => e.matches('%s')).map(e => e.outerHTML),
        scripts: [...document.scripts].filter(
            s => s.type !== 'application/json').length,
        handlers: all.filter(e => e.getAttributeNames().some(
            a => a.startsWith('on'))).map(e => e.outerHTML),
        links: all.filter(e => e.hasAttribute('href') || e.hasAttribute('src')
            || e.hasAttributeNS('http://www.w3.org/1999/xlink', 'href')).map(
            e => [e.localName, e.getAttribute('href')])
    };
})()""" % STRANGERS

# One session, all of it: every tab, view and fold clicked; what each view showed.
WALK = """(async n => {
    const soon = () => new Promise(done => setTimeout(done, 0));
    const detail = document.getElementById('detail');
    const got = {views: {}, surveys: [], packets: [], end: '',
        exchanges: 0};
    const survey = where => got.surveys.push([where, %s]);
    location.hash = '#session=' + n + '&tab=conversation';
    for (const end = performance.now() + %d; performance.now() < end;) {
        if (!detail.hidden && detail.dataset.session === String(n)) break;
        await soon();
    }
    got.open = !detail.hidden && detail.dataset.session === String(n);
    if (!got.open) return got;
    for (const view of ['decoded', 'hex', 'text']) {
        const b = document.getElementById('view-' + view);
        if (!b) continue;
        b.click();
        got.views[view] = %s;
        if (view !== 'text') survey(view);
    }
    got.end = document.getElementById('conversation').textContent;
    for (const tab of ['conversation', 'http', 'packets', 'graph', 'facts']) {
        const b = document.getElementById('tab-' + tab);
        if (!b || b.hidden || b.disabled) continue;
        b.click();
        if (tab === 'packets' || tab === 'graph')
            await new Promise(requestAnimationFrame);
        if (tab === 'packets')
            got.packets = [...document.querySelectorAll(
                '#packets [data-packet]')].filter(p => !p.hidden).map(
                p => [+p.dataset.packet, p.textContent]);
        if (tab === 'http')
            got.exchanges = document.querySelectorAll(
                '#http .exchange:not(.head)').length;
        survey(tab);
    }
    return got;
})(%d)"""

# The least contrast of a text in sight against what is painted behind it.
CONTRAST = """(() => {
    const parse = c => {
        const n = (c.match(/[-\\d.]+/g) || []).map(Number);
        if (c.startsWith('color(')) for (let i = 0; i < 3; i++) n[i] *= 255;
        return n.length < 3 ? [0, 0, 0, 0]
                            : [n[0], n[1], n[2], n.length > 3 ? n[3] : 1];
    };
    const over = (a, b) => [0, 1, 2].map(
        i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
    const light = c => {
        const [r, g, b] = c.slice(0, 3).map(v => {
            v /= 255;
            return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const found = new Map();
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const e = walk.currentNode.parentElement;
        if (!walk.currentNode.data.trim() || !e.checkVisibility(
            {visibilityProperty: true}) || e.closest('script,style,noscript'))
            continue;
        const box = e.getBoundingClientRect();
        if (!box.width || !box.height) continue;
        const chain = [];
        for (let p = e; p; p = p.parentElement) chain.unshift(p);
        let back = parse(getComputedStyle(document.documentElement)
            .colorScheme.includes('dark') &&
            matchMedia('(prefers-color-scheme: dark)').matches
            ? 'rgb(18,18,18)' : 'rgb(255,255,255)');
        let see = 1;
        for (const p of chain) {
            const style = getComputedStyle(p);
            see *= +style.opacity;
            back = over(parse(style.backgroundColor), back);
        }
        const style = getComputedStyle(e);
        let ink = parse(e instanceof SVGElement ? style.fill : style.color);
        ink = over([ink[0], ink[1], ink[2], ink[3] * see], back);
        const [x, y] = [light(ink), light(back)].sort((p, q) => q - p);
        const ratio = (x + 0.05) / (y + 0.05);
        const name = e.localName + '.' + (e.getAttribute('class') || '') + ' ' +
            walk.currentNode.data.trim().slice(0, 30);
        if (ratio < 4.5) found.set(name, ratio.toFixed(2));
    }
    return [...found].slice(0, 20);
})()"""


class Page:
    suffixes = SUFFIXES
    patience = 30       # seconds until what should come does not

    def __init__(self, browser):
        self.b = browser

    def open(self, path, after=""):
        """Opens a report from the disk; True once it says that it is ready."""
        self.url = "file://" + urllib.parse.quote(os.path.abspath(path))
        self.dir = os.path.dirname(os.path.abspath(path))
        self.b.open(self.url + after)
        return self.ready()

    def ready(self):
        return self.b.until("document.documentElement.dataset.ready === '1'",
                            self.patience)

    def noises(self):
        """What the page did that it should not, as one list of lines."""
        self.b.drain()
        bad = list(self.b.events)
        plain = self.url.partition("#")[0]
        bad += ["request: " + r for r in self.b.requests
                if r.partition("#")[0] != plain]
        return bad + self.surveyed(self.b.evaluate(SURVEY))

    def surveyed(self, found):
        """What of a survey has no place in a page."""
        bad = ["element: " + e[:100] for e in found["strangers"]]
        bad += ["handler: " + e[:100] for e in found["handlers"]]
        if found["scripts"] != 1:
            bad.append("%d scripts" % found["scripts"])
        bad += ["link: %s %s" % tuple(link) for link in found["links"]
                if not self.leads(*link)]
        return bad

    def leads(self, element, href):
        """Whether a link is to a file beside the page that may be opened."""
        if element not in ("a", "use") or href is None:
            return False
        if href.startswith("#"):
            return True
        path = urllib.parse.unquote(href)
        whole = os.path.normpath(os.path.join(self.dir, path))
        return (href.startswith("./") and path.endswith(self.suffixes)
                and not re.search(r"[?#:\\]", href)
                and whole.startswith(self.dir + os.sep)
                and os.path.isfile(whole))

    # ------------------------------------------------------------ sessions

    def number(self, what):
        return int(self.b.evaluate(
            "document.getElementById('count').dataset.%s" % what) or 0)

    def rows(self):
        """Numbers of the sessions in sight, from the top."""
        return [int(n) for n in self.b.evaluate("""
            [...document.querySelectorAll('#sessions .row')].filter(
                r => !r.hidden && /^\\d+$/.test(r.dataset.session || '')
            ).sort((a, b) => a.getBoundingClientRect().top -
                b.getBoundingClientRect().top).map(r => r.dataset.session)""")]

    def session(self):
        return self.b.evaluate("""(() => {
            const d = document.getElementById('detail');
            return d && !d.hidden && d.dataset.session || '';
        })()""")

    def go(self, number, tab=None):
        """Opens a session by its address; True when it is there."""
        self.b.evaluate("location.hash = '#session=%d%s'" % (
            number, "&tab=" + tab if tab else ""))
        return self.b.until("""(() => {
            const d = document.getElementById('detail');
            return !d.hidden && d.dataset.session === '%d';
        })()""" % number, self.patience)

    def walk(self, number):
        """All that a session shows, once everything in it was clicked."""
        return self.b.evaluate(WALK % (SURVEY, self.patience * 1000, TURNS,
                                       number))

    def click(self, selector):
        """Clicks on it where it is there."""
        return self.b.evaluate("""(() => {
            const e = document.querySelector(%r);
            if (e) e.click();
            return !!e;
        })()""" % selector)

    def filter(self, text):
        """Puts an expression into the field, as typing it does."""
        self.b.evaluate("""(() => {
            const f = document.getElementById('filter');
            f.value = %s;
            f.dispatchEvent(new InputEvent('input', {bubbles: true}));
        })()""" % quote(text))
        self.b.frames(3)

    def shown(self, wanted):
        """The sessions in sight, once they are so many or time is up."""
        self.b.until("document.getElementById('count').dataset.shown === '%d'"
                     % len(wanted), self.patience)
        self.b.frames(2)
        return sorted(self.rows())

    # --------------------------------------------------------- conversation

    def turns(self):
        return self.b.evaluate(TURNS)


def quote(text):
    """A string of JavaScript."""
    import json
    return json.dumps(text)


ESCAPE = re.compile(rb"\\(?:([\\rt])|x([0-9a-f]{2})|)")
PLAIN = {b"\\": b"\\", b"r": b"\r", b"t": b"\t"}


def unescaped(m):
    assert m[1] or m[2], "a backslash that begins no escape"
    return PLAIN[m[1]] if m[1] else bytes.fromhex(m[2].decode())


def text_bytes(text):
    """The bytes that a text part stands for."""
    hidden = rebuild.HIDDEN.search(text.replace("\n", ""))
    assert not hidden, "hidden character %r" % hidden
    return ESCAPE.sub(unescaped, text.encode())


def hex_bytes(text, offset):
    dump = rebuild.Hex(offset)
    for line in text.encode().split(b"\n"):
        if line:
            dump.line(line)
    return dump.bytes()


HEX_LINE = re.compile(r"[0-9a-f]{8,16}  [0-9a-f]{2} ")


def part_bytes(text, offset, dump):
    if dump or (HEX_LINE.match(text) and text.split("\n")[0].endswith("|")):
        return hex_bytes(text, offset)
    return text_bytes(text)
