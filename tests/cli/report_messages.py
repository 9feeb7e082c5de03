# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""report_messages.py DIR: what the page says of messages is what http.jsonl
and the index say, and its bodies are those that http.jsonl has digests of."""
import base64, hashlib, json, re, sys
from datetime import datetime

there = sys.argv[1]
page = open(there + "/report.html", encoding="utf-8").read()
data = {k: json.loads(v) for k, v in re.findall(
    r'<script type="application/json" id="(\w+)">(.*?)</script>', page)}
index = [json.loads(l) for l in open(there + "/sessions.jsonl", encoding="utf-8")]
lines = [json.loads(l) for l in open(there + "/http.jsonl", encoding="utf-8")]
lines = [l for l in lines if l["kind"] != "websocket"]
lines.sort(key=lambda l: l["session"])
x = data["exchanges"]
words, rows = x["words"], x["rows"]
unit, t0 = data["capture"]["unit"], int(data["capture"]["t0"])
wanted = {}

assert len(rows) == len(lines), (len(rows), len(lines))
for row, line in zip(rows, lines):
    r = line["response"]
    got = (row[0], words[row[2]], row[4], row[5], words[row[6]], row[7], row[9])
    want = (line["session"], line["method"] or "", line["url"] or "", line["status"] or 0,
        r and r["type"] or "", r["bytes"] if r else -1, r and r["sha256"] or "")
    assert got == want, (got, want)
    assert words[row[3]] in row[4] and row[11] >= row[1], row
    at = datetime.fromisoformat(line["time"][:26].rstrip("Z") + "+00:00")
    assert abs(at.timestamp() - (t0 + row[1] * unit) / 1e9) < 2e-6, row
    for side in line["request"], r:
        if side and side["sha256"]:
            wanted.setdefault(line["session"], set()).add((side["bytes"], side["sha256"]))

of = {r[0]: r for r in data["rows"]["rows"] if data["rows"]["words"][r[1]] == "tcp"}
bodies = opaque = tls = 0
for s in index:
    n = s["session"]
    d = data.get("d%d" % n)
    assert of[n][20] == sum(r[0] == n for r in rows)
    if d is None:
        continue
    assert [rows[p][0] for p in d.get("exchanges", [])] == [n] * of[n][20]
    for way, off, length, coding, kind, size, text in d.get("bodies", []):
        text = base64.b64decode(text)
        assert coding and kind and length > 0 and len(text) <= min(size, 16384)
        if len(text) == size > 0 and not coding.startswith(("h2 headers", "websocket")):
            assert (size, hashlib.sha256(text).hexdigest()) in wanted[n], (n, off)
            bodies += 1
    ends = [0, 0]
    for way, off, length, what in d.get("opaque", []):
        assert off >= ends[way] and length > 0 and what, (n, off)
        ends[way] = off + length
        opaque += 1
    if s["tls"] is None:
        assert "tls" not in d
    else:
        tls += 1
        for key, value in d["tls"].items():
            assert s["tls"][key] == value, key
print(len(rows), bodies, opaque, tls)
