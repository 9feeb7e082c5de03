#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""report.py DIRECTORY...: holds report.html in each against the index and the
other products: what its data elements say, and that nothing ends them early."""
import base64
import glob
import hashlib
import json
import os
import re
import sys

WORDS = {1: "proto", 2: "client", 3: "server", 4: "service", 5: "name",
         6: "flags", 7: "flags", 15: "state", 16: "remark"}


def elements(page, wrong):
    """The data elements, in their order."""
    found = {}
    for name, text in re.findall(
            r'<script type="application/json" id="(\w+)">(.*?)</script>', page,
            re.S):
        if re.search("[<>&\u2028\u2029\0]", text):
            wrong(f"{name}: markup in it")
        found[name] = json.loads(text)
    return found


def policy(page, wrong):
    said = re.search(r'-Policy" content="([^"]*)"', page).group(1)
    for tag, key in (("style", "style-src"), ("script", "script-src")):
        text = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.S).group(1)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest())
        if f"{key} 'sha256-{digest.decode()}'" not in said:
            wrong(f"policy: {tag}")
    if not said.startswith("default-src 'none';"):
        wrong("policy: " + said)


def endpoint(e):
    ip = f"[{e['ip']}]" if ":" in e["ip"] else e["ip"]
    return f"{ip}:{e['port']}"


def row_of(s):
    """What the row of an index object must say; no times."""
    sides = [s["c2s"], s["s2c"]]
    return ([s["session"], "tcp", endpoint(s["client"]), endpoint(s["server"]),
             s["service"] or ""] + [x["flags"] for x in sides] +
            [x["packets"] for x in sides] + [x["bytes"] for x in sides] +
            [s["state"], ", ".join(s["remarks"]),
             sum(x["missing"] for x in sides)])


def row_in(r):
    return r[:5] + r[6:12] + r[15:18]


def ticks(seconds, unit):
    whole, _, part = seconds.partition(".")
    return (int(whole) * 10**9 + int(part.ljust(9, "0"))) // unit


def check_rows(found, index, wrong):
    words, rows = found["rows"]["words"], found["rows"]["rows"]
    rows = [[words[v] if i in WORDS else v for i, v in enumerate(r)]
            for r in rows]
    tcp = [r for r in rows if r[1] == "tcp"]
    if [row_in(r) for r in tcp] != [row_of(s) for s in index]:
        wrong("rows")
    if len(rows) != found["capture"]["shares"]["rows"]:
        wrong("shares: rows")
    for r, s in zip(tcp, index):
        duration = ticks(s["_duration"], found["capture"]["unit"])
        if r[13] - r[12] != duration or len(r) != 22:
            wrong(f"row {r[0]}: times")
        if r[19] != (f"d{r[0]}" in found):
            wrong(f"row {r[0]}: has data")


def check_session(data, s, directory, capture, wrong):
    share = capture["shares"]["payload"]
    gaps, said = [[], []], [b"", b""]
    places = [[], []]
    for t in data["turns"]:
        if t[0] == "gap":
            gaps[t[1]].append(t[2:])
            continue
        bits = base64.b64decode(t[6])
        said[t[0]] += bits
        places[t[0]].append((t[3], bits))
    for i, side in enumerate((s["c2s"], s["s2c"])):
        if data["left"]["turns"] == 0 and gaps[i] != side["gaps"]:
            wrong(f"{s['session']}: gaps")
        if s["tls"] and s["tls"]["decrypted"] != "no":
            continue
        if not data["left"]["turns"] and \
                len(said[i]) != min(side["bytes"], share):
            wrong(f"{s['session']}: {len(said[i])} bytes")
        if side["file"]:
            with open(os.path.join(directory, side["file"]), "rb") as f:
                whole = f.read()
            if any(whole[at:at + len(b)] != b for at, b in places[i]):
                wrong(f"{s['session']}: bytes")
    packets = s["c2s"]["packets"] + s["s2c"]["packets"]
    if len(data["packets"]) + data["left"]["packets"] != packets:
        wrong(f"{s['session']}: packets")
    if data["files"] != [f for f in s["files"]]:
        wrong(f"{s['session']}: files")
    if not data["end"].startswith(f"{s['close']} "):
        wrong(f"{s['session']}: end")


def check(directory):
    def wrong(what):
        print(f"{directory}: {what}")

    path = os.path.join(directory, "report.html")
    with open(path, "rb") as f:
        page = f.read().decode()
    if os.stat(path).st_mode & 0o777 != 0o600:
        wrong("mode")
    found = elements(page, wrong)
    policy(page, wrong)
    with open(os.path.join(directory, "sessions.jsonl"), encoding="utf-8") as f:
        lines = f.readlines()
    index = [json.loads(line) for line in lines]
    for s, line in zip(index, lines):
        s["_duration"] = re.search(r'"duration":([\d.]+)', line).group(1)
    index.sort(key=lambda s: s["session"])
    with open(os.path.join(directory, "capture.jsonl"), encoding="utf-8") as f:
        ledger = json.load(f)
    del ledger["outputs"]
    if found["capture"]["record"] != ledger:
        wrong("record")
    check_rows(found, index, wrong)
    for s in index:
        data = found.get(f"d{s['session']}")
        if data is not None:
            check_session(data, s, directory, found["capture"], wrong)
    if re.search(r"@\w+@", re.sub(r"<script.*?</script>", "", page,
                                  flags=re.S)):
        wrong("a place was not filled")


for name in sys.argv[1:]:
    for one in glob.glob(name):
        check(one)
