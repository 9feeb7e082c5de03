#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""mutants.py DATA: pages that are wrong in one way each; the check that
is for it must say so.  Answers in TAP, a point for each."""
import os
import re
import sys

import checks
import hostile
import paper
import run
import uses

# Put before the program: what is wrong with it from then on.
BEFORE = {
    "text as markup": """
        Object.defineProperty(Node.prototype, 'textContent', {
            get() { return this.innerText; }, set(v) { this.innerHTML = v; }});
        document.createTextNode = s => {
            const e = document.createElement('b'); e.innerHTML = s; return e; };
        for (const f of ['append', 'prepend', 'replaceChildren']) {
            const old = Element.prototype[f];
            Element.prototype[f] = function(...a) {
                return old.apply(this, a.map(x => typeof x === 'string' ?
                    document.createTextNode(x) : x)); };
        }""",
    "another byte": """
        const old = window.atob;
        window.atob = s => { const d = old(s); return d.slice(0, -1) +
            String.fromCharCode(d.charCodeAt(d.length - 1) ^ 1); };""",
    "a lost byte": """
        const old = window.atob;
        window.atob = s => old(s).slice(0, -1);""",
    "a lost row": """
        const old = JSON.parse;
        JSON.parse = s => { const d = old(s);
            if (d && d.rows && d.rows.length > 1) d.rows.splice(1, 1);
            return d; };""",
    "a lost packet": """
        const old = JSON.parse;
        JSON.parse = s => { const d = old(s);
            if (d && d.packets && d.packets.length > 1) d.packets.splice(1, 1);
            return d; };""",
    "a lost exchange": """
        const old = JSON.parse;
        JSON.parse = s => { const d = old(s);
            if (d && d.turns && d.exchanges) d.exchanges.pop();
            return d; };""",
    "a lost body": """
        const old = JSON.parse;
        JSON.parse = s => { const d = old(s);
            if (d && d.bodies) d.bodies.pop();
            return d; };""",
    "no concurrent": """
        const old = JSON.parse;
        JSON.parse = s => { const d = old(s);
            if (d && d.turns) for (const t of d.turns) if (t[4]) t[4] = 0;
            return d; };""",
    "all pass": """
        String.prototype.includes = () => true;
        String.prototype.indexOf = () => 0;
        RegExp.prototype.test = () => true;""",
    "not sorted": """
        const old = Array.prototype.sort;
        Array.prototype.sort = function() { return this; };
        for (const a of [Int32Array, Uint32Array, Float64Array])
            a.prototype.sort = function() { return this; };""",
    "no key": """
        addEventListener('keydown', e => e.stopImmediatePropagation(), true);""",
    "address not read": """
        Object.defineProperty(window, 'onhashchange', {set() {}});
        const old = window.addEventListener;
        window.addEventListener = (n, ...a) => n === 'hashchange' ? 0 :
            old.call(window, n, ...a);""",
    "links to bytes": """
        const old = Element.prototype.setAttribute;
        Element.prototype.setAttribute = function(n, v) {
            return old.call(this, n, n === 'href' ?
                v.replace(/\\.\\w+$/, '.c2s') : v); };
        const set = Object.getOwnPropertyDescriptor(
            HTMLAnchorElement.prototype, 'href');
        Object.defineProperty(HTMLAnchorElement.prototype, 'href', {
            get() { return set.get.call(this); },
            set(v) { set.set.call(this, v.replace(/\\.\\w+$/, '.c2s')); }});""",
    "a program's link": """
        addEventListener('load', () => { const a = document.createElement('a');
            a.setAttribute('href', 'javascript:1');
            document.body.append(a); });""",
    "console.log": "console.log('here');",
    "alert": "alert('here');",
    "throws": "setTimeout(() => { throw new Error('late'); }, 0);",
    "asks": "new Image().src = 'http://192.0.2.1/x.png';",
    "fetches": "fetch('http://192.0.2.1/x').catch(() => 0);",
    "frames": "document.body.append(document.createElement('iframe'));",
    "goes away": "setTimeout(() => { location.href = './x.txt'; }, 0);",
}


def program(text, change):
    """The page with another program, which the policy knows."""
    old = re.search(r"<script>(.*?)</script>", text, re.S)[1]
    new = change(old)
    return text.replace("<script>%s<" % old, "<script>%s<" % new).replace(
        paper.digest(old), paper.digest(new))


def style(text, more):
    old = re.search(r"<style>(.*?)</style>", text, re.S)[1]
    return text.replace("<style>%s<" % old, "<style>%s<" % (old + more)).replace(
        paper.digest(old), paper.digest(old + more))


def policy(text, old, new):
    return re.sub('(http-equiv="Content-Security-Policy" content="[^"]*)' +
                  re.escape(old), lambda m: m[1] + new, text, count=1)


def texts():
    """Name of what is wrong and what makes the page so."""
    for name, code in BEFORE.items():
        # (A strict program remains one.)
        yield name, lambda t, c=code: program(
            t, lambda p: "(() => {%s})();\n%s" % (c, p))
    yield "no policy", lambda t: re.sub(
        r"<meta http-equiv[^>]*>", "", t, count=1)
    yield "unsafe-inline", lambda t: policy(
        t, "style-src ", "style-src 'unsafe-inline' ")
    yield "any script", lambda t: re.sub(
        r"script-src '[^']*'", "script-src 'unsafe-inline'", t, count=1)
    yield "markup in data", lambda t: t.replace("\\u003c", "<")
    yield "remote style", lambda t: t.replace(
        "<title>", '<link rel="stylesheet" href="http://192.0.2.1/x"><title>')
    yield "favicon", lambda t: t.replace(
        "<title>", '<link rel="icon" href="./x.png"><title>')
    yield "faint", lambda t: style(t, ":root { --dim: #a8a8a8 !important; }")
    yield "not printed", lambda t: style(
        t, "@media print { #conversation { display: none !important; } }")
    yield "printed in part", lambda t: style(
        t, "@media print { #conversation { height: 40px; overflow: hidden; } }")
    yield "no table without JavaScript", lambda t: re.sub(
        r"<noscript>.*?</noscript>", "<noscript></noscript>", t, flags=re.S)


# What is looked for in the capture of attacks; the rest in an honest one.
ATTACKS = ("text as markup", "markup in data", "links to bytes")
LOOKS = {
    "not sorted": uses.sorts, "all pass": uses.filters, "no key": uses.keys,
    "address not read": uses.addresses,
}


def place(name):
    """Which of the captures it is looked for in."""
    return ("bad" if name in ATTACKS else "many" if name in LOOKS else
            "cross" if name == "no concurrent" else "http")


def looked(name, page, out, scratch):
    """What the checks say of the page."""
    page.path = out.page
    page.open(out.page)
    if name == "faint":
        return checks.contrast(page)
    if "printed" in name:
        return uses.prints(page, out, scratch)
    if name == "no table without JavaScript":
        return run.plain(page, out)
    if name in ("no policy", "unsafe-inline", "any script"):
        return checks.policy(page) and paper.whole(out)
    if name in LOOKS:
        page.b.size(1400, 400 + 21 * 80)
        return LOOKS[name](page, out)
    if name in ATTACKS:
        return attacked(page, out)
    return run.whole(page, out)


def attacked(page, out):
    out.paper = paper.Paper(out.page)
    bad = page.noises() + paper.whole(out)
    packets = out.packets()
    for facts in out.index:
        bad += checks.session(page, out, facts, packets[facts["session"]])
        if bad:
            break
    return bad


def caught(name, page, out, scratch):
    """Nothing, when something was said of it."""
    page.b.size(1400, 900)
    try:
        wrong = looked(name, page, out, scratch)
    except Exception as e:
        wrong = [repr(e)]
    return [] if wrong else ["nobody sees it"]


def every(tap, page, scratch, data):
    outs = {"http": run.made(scratch, os.path.join(data, "http.pcap")),
            "many": run.made(scratch, os.path.join(data, "scripts.pcap")),
            "cross": run.made(scratch, os.path.join(data, "lossy.pcap")),
            "bad": run.made(scratch, hostile.capture(scratch))}
    for name in ("http", "text as markup", "no concurrent", *LOOKS, "faint",
                 "not printed", "no table without JavaScript"):
        tap.point("nothing is wrong: " + name, looked, name, page,
                  outs[place(name)], scratch)
    page.patience = 2
    for name, change in texts():
        out = outs[place(name)]
        with open(out.page, encoding="utf-8") as f:
            good = f.read()
        wrong = change(good)
        if wrong == good:
            tap.point(name, lambda: ["it is as before"])
            continue
        with open(out.page, "w", encoding="utf-8") as f:
            f.write(wrong)
        tap.point(name, caught, name, page, out, scratch)
        with open(out.page, "w", encoding="utf-8") as f:
            f.write(good)
    os.chmod(outs["http"].page, 0o644)
    tap.point("mode 0644", caught, "mode", page, outs["http"], scratch)


if __name__ == "__main__":
    sys.exit(run.main(sys.argv[1], every))
