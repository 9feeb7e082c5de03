#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""Turns transcripts back into bytes.

    rebuild.py bytes FILE.txt|FILE.hex c2s|s2c   the direction's bytes, holes
                                                 left out, on standard output
    rebuild.py compare FILE.txt|FILE.hex         with the raw files beside it
    rebuild.py check DIR...                      every *.sessions directory at
                                                 or below DIR: raw, text, hex
                                                 and JSON agree with the index

A text that was not made with --exact has lines that stand for bytes; these come
from the raw file then, so that `check' sees whether all lines of a record are
where they say, and add up to it.

Exit status 0, or 1 with one line for each disagreement.
"""
import hashlib
import json
import os
import re
import sys

NAMES = ("c2s", "s2c")
SIGNS = {b">": 0, b"<": 1}
RECORD = re.compile(rb"([<>]) (-?\d+\.(?:\d{6}|\d{9})) #(\d+) @(\d+)"
                    rb"( concurrent)?\Z")
GAP = re.compile(rb"! ([<>]) @(\d+) \+(\d+) "
                 rb"(not captured|snaplen|max-bytes|memory)\Z")
END = re.compile(rb"= (fin|rst|reuse|idle|evicted|end) "
                 rb"(client|server|both|none) (-?\d+\.\d+)\Z")
ESCAPE = re.compile(rb"\\(?:([\\rt])|x([0-9a-f]{2}))")
STAND_IN = re.compile(rb": @(\d+) \+(\d+) [ -~]+\Z")
MORE = re.compile(rb": \.\.\. \d+ bytes more\Z")
HEADER = (b"capture", b"session", b"client", b"server", b"start")
HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e"
                    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufdd0-\ufdef"
                    + "".join(chr(p << 16 | 0xfffe) + chr(p << 16 | 0xffff)
                              for p in range(17)) + "]")


class Wrong(Exception):
    pass


def require(holds, what):
    if not holds:
        raise Wrong(what)


def unescape(text):
    """The bytes of a payload line, without its end."""
    out, at = [], 0
    while at < len(text):
        slash = text.find(b"\\", at)
        if slash < 0:
            slash = len(text)
        out.append(text[at:slash])
        at = slash
        if at < len(text):
            m = ESCAPE.match(text, at)
            require(m, "bad escape in %r" % text)
            out.append(bytes.fromhex(m[2].decode()) if m[2] else
                       {b"\\": b"\\", b"r": b"\r", b"t": b"\t"}[m[1]])
            at = m.end()
    return b"".join(out)


def lone_backslash(text):
    """Whether the line ends in a backslash that begins no escape."""
    return (len(text) - len(text.rstrip(b"\\"))) % 2 == 1


class Text:
    """Payload lines of one record in a .txt file."""

    def __init__(self, off):
        self.parts, self.done = [], False

    def line(self, text):
        require(not self.done, "payload after a lone backslash")
        require(not HIDDEN.search(text.decode("utf-8")),
                "hidden character in %r" % text)
        self.done = lone_backslash(text)
        if self.done:
            self.parts.append(unescape(text[:-1]))
        else:
            self.parts.append(unescape(text) + b"\n")

    def bytes(self):
        data = b"".join(self.parts)
        require(not self.done or not data.endswith(b"\n"),
                "lone backslash after a line feed")
        return data


class Hex:
    """Payload lines of one record in a .hex file."""

    LINE = re.compile(rb"([0-9a-f]{8,16})  (.{48})  \|([ -~]{1,16})\|\Z")

    def __init__(self, off):
        self.parts, self.off, self.n = [], off, 0

    def line(self, text):
        m = self.LINE.match(text)
        require(m, "bad line %r" % text)
        require(self.n % 16 == 0, "line after a short line")
        require(int(m[1], 16) == self.off + self.n, "offset of %r" % text)
        data = bytes.fromhex(m[2].decode())
        pairs = ["%02x" % b for b in data]
        shown = " ".join(pairs[:8]) + "  " + " ".join(pairs[8:])
        require(shown.ljust(48) == m[2].decode(), "columns of %r" % text)
        require(bytes(b if 32 <= b < 127 else 46 for b in data) == m[3],
                "ASCII column of %r" % text)
        self.parts.append(data)
        self.n += len(data)

    def bytes(self):
        return b"".join(self.parts)


class Record:
    """The lines of a record: payload, and those that stand for some."""

    def __init__(self, body, m, raw):
        self.body, self.m, self.raw = body, m, raw
        self.off = int(m[4])
        self.parts, self.decoded = [], None
        self.run = body(self.off)

    def end_run(self):
        data = self.run.bytes()
        self.parts.append(data)
        self.off += len(data)
        if self.decoded is not None:
            self.decoded.bytes()
        self.decoded = None

    def line(self, text):
        if text.startswith(b"|"):
            require(self.decoded is None or self.run.parts == [],
                    "decoded text in between")
            if self.decoded is not None:
                self.end_run()
                self.run = self.body(self.off)
            self.run.line(text[1:])
        elif text.startswith(b"+"):
            require(self.decoded is not None, "decoded text of nothing")
            self.decoded.line(text[1:])
        elif not MORE.match(text):
            m = STAND_IN.match(text)
            require(m, "line %r" % text)
            self.end_run()
            n = int(m[2])
            require(int(m[1]) == self.off and n > 0, "place of %r" % text)
            self.parts.append(self.raw(SIGNS[self.m[1]], self.off, n))
            self.off += n
            self.run, self.decoded = self.body(self.off), Text(0)

    def item(self):
        self.end_run()
        data = b"".join(self.parts)
        require(data, "record without payload")
        return (SIGNS[self.m[1]], int(self.m[4]), data, self.m[2].decode(),
                int(self.m[3]), self.m[5] is not None)


def zeros(d, off, n):
    return b"\0" * n


class Transcript:
    """header; items: (dir, off, bytes, seconds, packet, concurrent) or
    (dir, off, length, reason); end: the three words of the last line.
    raw(dir, off, n): the bytes that a line stands for."""

    def __init__(self, path, raw=zeros):
        body = Hex if path.endswith(".hex") else Text
        with open(path, "rb") as f:
            lines = f.read().split(b"\n")
        require(lines.pop() == b"", "last line is cut")
        self.header, self.items, self.end = {}, [], None
        for key in HEADER:
            line = lines.pop(0)
            require(line.startswith(b"# " + key + b" "), "header %r" % line)
            self.header[key.decode()] = line[len(key) + 3:].decode("utf-8")
        record = None
        for line in lines:
            require(self.end is None, "line after the end")
            if line[:1] in b"|:+" and line:
                require(record is not None, "payload outside a record")
                record.line(line)
                continue
            if record is not None:
                self.items.append(record.item())
            record = None
            if m := RECORD.match(line):
                record = Record(body, m, raw)
            elif m := GAP.match(line):
                self.items.append((SIGNS[m[1]], int(m[2]), int(m[3]),
                                   m[4].decode()))
            elif m := END.match(line):
                self.end = tuple(w.decode() for w in m.groups())
            else:
                require(line == b"# plaintext" or line.startswith(b"# tls "),
                        "line %r" % line)
        require(self.end is not None, "no end line")
        self.check_offsets()

    def check_offsets(self):
        at = [0, 0]
        for item in self.items:
            require(item[1] == at[item[0]], "%s offset %d, not %d" %
                    (NAMES[item[0]], item[1], at[item[0]]))
            at[item[0]] += len(item[2]) if len(item) == 6 else item[2]

    def bytes(self, d):
        return b"".join(i[2] for i in self.items if i[0] == d and len(i) == 6)

    def chunks(self, d):
        return [(i[1], i[2]) for i in self.items if i[0] == d and len(i) == 6]

    def gaps(self, d):
        return joined((i[1], i[2], i[3]) for i in self.items
                      if i[0] == d and len(i) == 4)

    def turns(self):
        """[dir, bytes] with neighbours of one side as one."""
        out = []
        for i in self.items:
            if len(i) == 6:
                if out and out[-1][0] == i[0]:
                    out[-1][1] += i[2]
                else:
                    out.append([i[0], i[2]])
        return out


def joined(gaps):
    """Gaps that touch and have one reason as one."""
    out = []
    for off, length, reason in gaps:
        if out and out[-1][2] == reason and sum(out[-1][:2]) == off:
            out[-1] = (out[-1][0], out[-1][1] + length, reason)
        else:
            out.append((off, length, reason))
    return out


def raw_agrees(path, chunks):
    """The file holds the chunks at their offsets and zeros between them, or
    (as --gaps skip makes it) the chunks alone; reads holes without end
    quickly because it seeks over them."""
    size = os.path.getsize(path)
    last = chunks[-1][0] + len(chunks[-1][1])
    total = sum(len(b) for _, b in chunks)
    with open(path, "rb") as f:
        if size == total:
            return f.read() == b"".join(b for _, b in chunks)
        if size != last:
            return False
        at = 0
        for off, data in chunks:
            while at < off:
                piece = f.read(min(off - at, 1 << 20))
                if piece.strip(b"\0"):
                    return False
                at += len(piece)
            if f.read(len(data)) != data:
                return False
            at += len(data)
    return True


def compare(path):
    stem = os.path.splitext(path)[0]
    t = Transcript(path)
    for d, name in enumerate(NAMES):
        raw, chunks = stem + "." + name, t.chunks(d)
        require(os.path.exists(raw) == bool(chunks), raw + " exists or not")
        require(not chunks or raw_agrees(raw, chunks), raw + " differs")
    return t


def digits(start):
    return 9 if len(start) == len("2018-09-26T11:51:02.883718124Z") else 6


def check_transcript(t, s):
    h = t.header
    shown = {k: "[%s]:%d" if ":" in s[k]["ip"] else "%s:%d"
             for k in ("client", "server")}
    for k in shown:
        require(h[k] == shown[k] % (s[k]["ip"], s[k]["port"]), k)
    require(h["session"] == str(s["session"]), "session number")
    require(h["start"] == s["start"], "start")
    require(t.end[0] == s["close"], "close")
    require(t.end[1] == (s["closed_by"] or "none"), "closed_by")
    require(float(t.end[2]) == s["duration"], "duration")
    for d, name in enumerate(NAMES):
        require(len(t.bytes(d)) == s[name]["bytes"], name + " bytes")
        listed = joined(tuple(g) for g in s[name]["gaps"])
        cut = "lists_cut" in s["notes"]
        got = t.gaps(d)
        require(got[:len(listed)] == listed if cut else got == listed,
                name + " gaps")
        require(sum(g[1] for g in got) == s[name]["missing"],
                name + " missing")


def md5(data):
    return hashlib.md5(data).hexdigest()


def text(data):
    return data.decode("utf-8", "backslashreplace")


def json_turns(doc, s):
    """[dir, bytes] of each entry; None when the addresses do not tell."""
    client, server = s["client"]["ip"], s["server"]["ip"]
    if client == server:
        return None
    return [[int(src == server), bytes.fromhex(h)]
            for src, _, h in doc["tcp_payload_hex"]]


KEYS = ("sip dip sport dport proto tcp_payload_hex "
        "tcp_ordered_hex_payload_md5sum tcp_payload_ascii "
        "tcp_ordered_payload_md5sum combined_src_payload "
        "combined_src_payload_md5sum combined_dst_payload "
        "combined_dst_payload_md5sum session times directions concurrent "
        "gaps").split()


def check_json(doc, s, transcript):
    require(list(doc) == KEYS, "keys")
    require((doc["sip"], doc["sport"], doc["dip"], doc["dport"],
             doc["proto"]) == (s["client"]["ip"], s["client"]["port"],
                               s["server"]["ip"], s["server"]["port"],
                               6), "endpoints")
    entries = doc["tcp_payload_hex"]
    whole = b"".join(bytes.fromhex(e[2]) for e in entries)
    require(md5(whole) == doc["tcp_ordered_payload_md5sum"], "md5")
    require(md5(whole.hex().encode()) ==
            doc["tcp_ordered_hex_payload_md5sum"], "md5 of hex")
    require([e[:2] + [text(bytes.fromhex(e[2]))] for e in entries] ==
            doc["tcp_payload_ascii"], "tcp_payload_ascii")
    require(len(doc["times"]) == len(entries), "times")
    require(len(doc["directions"]) == len(entries), "directions")
    require(all(0 <= i < len(entries) for i in doc["concurrent"]),
            "concurrent")
    require(sorted(set(doc["concurrent"])) == doc["concurrent"],
            "order of concurrent")
    turns = json_turns(doc, s)
    for d, side in enumerate(("src", "dst")):
        data = transcript.bytes(d) if transcript else b""
        if turns is not None:
            data = b"".join(b for k, b in turns if k == d)
        require(turns is None and not transcript or
                (text(data) == doc["combined_%s_payload" % side] and
                 md5(data) == doc["combined_%s_payload_md5sum" % side]),
                "combined_%s_payload" % side)
        gaps = joined(tuple(g[2:]) for g in doc["gaps"] if g[0] == NAMES[d])
        require(sum(g[1] for g in gaps) == s[NAMES[d]]["missing"],
                "gaps of " + NAMES[d])
        require(not transcript or gaps == transcript.gaps(d),
                "gaps of %s in the transcript" % NAMES[d])
    if transcript and turns is not None:
        flat = []
        for d, b in turns:
            if flat and flat[-1][0] == d:
                flat[-1][1] += b
            else:
                flat.append([d, b])
        require(flat == transcript.turns(), "order of turns")


def same_records(a, b):
    require(a.header == b.header and a.items == b.items and a.end == b.end,
            "text and hex differ")


def check_raw(base, s, transcript, ending=""):
    where = os.path.dirname(base)
    for d, name in enumerate(NAMES):
        raw = s[name]["file"]
        if raw is None:
            require(not os.path.exists(base + "." + ending + name),
                    name + " is not in the index")
            continue
        path = os.path.join(where, raw)
        require(os.path.exists(path), raw + " is missing")
        require(s[name]["bytes"] > 0, raw + " without bytes")
        if transcript:
            require(raw_agrees(path, transcript.chunks(d)), raw)
        else:
            n = s[name]["bytes"]
            require(n <= os.path.getsize(path) <= n + s[name]["missing"],
                    "size of " + raw)


def raw_of(where, s):
    """What Transcript takes: from the raw files, also where --gaps skip has
    left the gaps out of them."""
    def raw(d, off, n):
        side = s[NAMES[d]]
        if side["file"] is None:
            return zeros(d, off, n)
        path = os.path.join(where, side["file"])
        if os.path.getsize(path) == side["bytes"]:
            off -= sum(g[1] for g in side["gaps"] if g[0] < off)
        with open(path, "rb") as f:
            f.seek(off)
            return f.read(n)
    return raw


def said(s):
    """The session as those see it who read what was said: where TLS was opened,
    its text."""
    if s["tls"] is None or s["tls"]["decrypted"] == "no":
        return s
    return {**s, **{d: {**s[d], **s["tls"][d]} for d in NAMES}}


def check_session(where, s):
    told = said(s)
    base = os.path.join(where, s["stem"])
    for name in s["files"]:
        require(os.path.exists(os.path.join(where, name)),
                name + " is missing")
    found = {}
    for kind in ("txt", "hex"):
        if s["stem"] + "." + kind in s["files"]:
            found[kind] = Transcript(base + "." + kind,
                                     raw_of(where, told))
            check_transcript(found[kind], told)
    if len(found) == 2:
        same_records(found["txt"], found["hex"])
    transcript = found.get("txt") or found.get("hex")
    check_raw(base, s, transcript if told is s else None)
    if told is not s:
        check_raw(base, told, transcript, "plain.")
    if s["stem"] + ".json" in s["files"]:
        with open(base + ".json", encoding="utf-8") as f:
            doc = json.load(f)
            require(doc["session"] == s, "session is not the index object")
            check_json(doc, told, transcript)


def check(where):
    """The number of sessions in a directory, and what is wrong there."""
    wrong, n, known = [], 0, {"sessions.jsonl", "capture.jsonl"}
    with open(os.path.join(where, "sessions.jsonl"), encoding="utf-8") as f:
        lines = f.read().split("\n")
    if lines.pop() != "":
        wrong.append(where + "/sessions.jsonl: last line is cut")
    for line in lines:
        s = json.loads(line)
        n += 1
        known.update(s["files"])
        try:
            check_session(where, s)
        except (Wrong, ValueError, KeyError, OSError) as e:
            wrong.append("%s/%s: %s" % (where, s["stem"], e))
    for name in sorted(os.listdir(where)):
        path = os.path.join(where, name)
        if name not in known and os.path.isfile(path) and name not in (
                "scripts.jsonl", "http.jsonl", "objects.jsonl",
                "report.html"):
            wrong.append(path + ": not in the index")
    return n, wrong


def check_all(tops):
    n, wrong = 0, []
    for top in tops:
        found = False
        for where, _, files in os.walk(top):
            if "sessions.jsonl" in files:
                more, bad = check(where)
                found, n = True, n + more
                wrong += bad
        if not found:
            wrong.append(top + ": no sessions.jsonl")
    return n, wrong


def main(args):
    if len(args) == 3 and args[0] == "bytes" and args[2] in NAMES:
        data = Transcript(args[1]).bytes(NAMES.index(args[2]))
        sys.stdout.buffer.write(data)
    elif len(args) == 2 and args[0] == "compare":
        try:
            compare(args[1])
        except Wrong as e:
            print("%s: %s" % (args[1], e))
            return 1
    elif len(args) >= 2 and args[0] == "check":
        n, wrong = check_all(args[1:])
        for line in wrong:
            print(line)
        print("%d sessions, %d wrong" % (n, len(wrong)))
        return 1 if wrong else 0
    else:
        sys.stderr.write(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
