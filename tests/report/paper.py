# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""report.html as a file: what can be said of it without a browser."""
import base64
import hashlib
import html
import json
import os
import re

from checks import differ
from output import SIDES

DATA = re.compile(r'<script type="application/json" id="(\w+)">([^<]*)</script>')


class Paper:
    def __init__(self, path):
        with open(path, "rb") as f:
            self.raw = f.read()
        self.mode = os.stat(path).st_mode & 0o777
        self.text = self.raw.decode("utf-8")
        self.data = {m[1]: m[2] for m in DATA.finditer(self.text)}
        self.rest = DATA.sub("", self.text)

    def json(self, name):
        return json.loads(self.data[name])


def digest(text):
    return "'sha256-%s'" % base64.b64encode(
        hashlib.sha256(text.encode()).digest()).decode()


def frame(paper):
    """One script and one style, which the policy names; nothing asks for more."""
    bad = differ("mode", oct(paper.mode), "0o600")
    if b"\0" in paper.raw:
        bad.append("a NUL byte")
    elements = re.findall(r"<([a-z][a-z0-9]*)", paper.rest.partition(
        "<script>")[0])
    scripts = re.findall(r"<script([^>]*)>", paper.text)
    programs = re.findall(r"<script>(.*?)</script>", paper.rest, re.S)
    styles = re.findall(r"<style>(.*?)</style>", paper.rest, re.S)
    bad += differ("programs", (len(programs), len(styles)), (1, 1))
    bad += differ("scripts", len(scripts), len(paper.data) + 1)
    bad += ["element " + e for e in elements if e in (
        "img", "iframe", "object", "embed", "link", "base", "audio", "video")]
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"',
                       paper.text)
    if not policy:
        return bad + ["no policy"]
    bad += differ("policy", html.unescape(policy[1]), (
        "default-src 'none'; script-src %s; style-src %s; base-uri 'none'; "
        "form-action 'none'") % (digest(programs[0]), digest(styles[0])))
    first = re.findall(r"<meta [^>]*>", paper.text)[:3]
    bad += differ("first", [("charset" in m, "Content-Sec" in m, "referrer" in m)
                            for m in first], [
        (True, False, False), (False, True, False), (False, False, True)])
    return bad


def session(paper, out, facts):
    """The turns are the first bytes of the files, each where it belongs."""
    n = facts["session"]
    name = "d%d" % n
    if name not in paper.data:
        return ["no %s" % name]
    data, bad, got = paper.json(name), [], [0, 0]
    raw = [out.bytes(facts, side) for side in SIDES]
    for turn in data["turns"]:
        if turn[0] == "gap":
            _, side, at, length = turn[:4]
            got[side] = at + length
            continue
        side, at, length = turn[0], turn[3], turn[5]
        bad += differ("offset", at, got[side])
        bad += differ("bytes @%d" % at,
                      base64.b64decode(turn[6], validate=True),
                      raw[side][at:max(at, min(at + length, out.share))])
        got[side] = at + length
    if not data.get("left", {}).get("turns"):
        bad += differ("so much was said", got, [len(r) for r in raw])
    return ["%s: %s" % (name, b) for b in bad[:5]]


def contents(paper, out):
    """Data parse, and are what the other products say."""
    bad = []
    for name in paper.data:
        try:
            paper.json(name)
        except ValueError as e:
            bad.append("%s: %s" % (name, e))
    if bad or "rows" not in paper.data:
        return bad + ["no rows"] * ("rows" not in paper.data)
    out.share = min(out.share, paper.json("capture")["shares"]["payload"])
    table = paper.json("rows")
    words = table["words"]
    wanted = out.summary()
    bad += differ("rows", len(table["rows"]), len(wanted))
    tcp = [r for r in table["rows"] if words[r[1]] == "tcp"]
    for row, facts in zip(tcp, out.index):
        said = [row[0], words[row[4]], words[row[5]], row[8], row[9], row[10],
                row[11]]
        bad += differ("row", said, [
            facts["session"], facts["service"] or "", said[2],
            *(facts[s][k] for k in ("packets", "bytes") for s in SIDES)])
        bad += session(paper, out, facts)
    return bad


def listed(out):
    """What http.jsonl has, a line each."""
    path = os.path.join(out.dir, "http.jsonl")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as f:
        return [x for x in map(json.loads, f) if "method" in x]


def exchanges(paper, out):
    """The exchanges are those of http.jsonl, session by session."""
    table = paper.json("exchanges")
    words, bad = table["words"], []
    got = sorted((r[0], words[r[2]], r[5] or 0, r[7], r[9])
                 for r in table["rows"])
    wanted = []
    for x in listed(out):
        answer = x.get("response") or {}
        wanted.append((x["session"], x["method"] or "", x["status"] or 0,
                       answer["bytes"] if answer else -1,
                       answer.get("sha256") or ""))
    for g, w in zip(got, sorted(wanted)):
        bad += differ("exchange", g, w)
    return bad[:5] + differ("exchanges", len(got), len(wanted))


def bodies(paper, out):
    """A decoded body that is whole has a digest that an exchange has, too."""
    known = {x[side]["sha256"] for x in listed(out)
             for side in ("request", "response") if x.get(side)}
    bad = []
    for facts in out.index:
        data = paper.json("d%d" % facts["session"])
        for side, at, length, how, kind, size, start in data.get("bodies", []):
            if how.startswith(("h2", "websocket")):
                continue    # a head, a message
            body = base64.b64decode(start, validate=True)
            if len(body) > size or at + length > facts[SIDES[side]]["bytes"] * (
                    1 if "tls" not in data else 99):
                bad.append("a body @%d of %d" % (at, length))
            if len(body) == size and hashlib.sha256(
                    body).hexdigest() not in known:
                bad.append("no such body: %s, %r" % (kind, body[:40]))
    return bad[:5]


def whole(out):
    paper = Paper(out.page)
    bad = frame(paper) + contents(paper, out)
    return bad + exchanges(paper, out) + bodies(paper, out)
