#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""opened.py damage SEED IN OUT: a pcap file with packets lost, exchanged and
doubled, others of each seed.
opened.py compare WHOLE PART: what was opened of a damaged capture (a directory
of sessions) is part of what was opened of the whole one, each byte at its
offset.  Behind a hole whose length is only about known, a stretch between two
holes is somewhere behind the one before.  Prints how much was opened; exit
status 1 when a byte is wrong.
"""
import glob
import json
import os
import random
import struct
import sys

SIDES = ("c2s", "s2c")


def damage(seed, source, target):
    rng = random.Random(int(seed))
    data = open(source, "rb").read()
    head, packets, at = data[:24], [], 24
    while at < len(data):
        n = 16 + struct.unpack_from("<I", data, at + 8)[0]
        packets.append(data[at:at + n])
        at += n
    # Rarely nothing but order; mostly some losses, seldom many.
    lose = rng.choice([0, .005, .02, .02, .1, .3])
    swap = rng.choice([0, .02, .2])
    double = rng.choice([0, .05])
    cut = rng.random() < .2
    out = []
    for p in packets:
        # Hardly any longer than a handshake's segments, so that it stands.
        if rng.random() < lose * (1 if len(p) > 200 else .2):
            continue
        out.append(p)
        if rng.random() < double:
            out.append(p)
    for i in range(len(out) - 4):
        if rng.random() < swap:
            k = i + rng.randrange(1, 4)
            # Bytes change their places, times do not.
            out[i], out[k] = (out[i][:8] + out[k][8:], out[k][:8] + out[i][8:])
    if cut:
        out = out[rng.randrange(len(out) // 4):]
    with open(target, "wb") as f:
        f.write(head + b"".join(out))


def sessions(folder):
    with open(os.path.join(folder, "sessions.jsonl"), encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def ends(s):
    return tuple((s[k]["ip"], s[k]["port"]) for k in ("client", "server"))


def text_of(folder, name):
    if name is None:
        return b""
    with open(os.path.join(folder, name), "rb") as f:
        return f.read()


def stretches(text, gaps):
    """[offset, bytes, exact]... between the holes."""
    at, exact, out = 0, True, []
    for off, n, why in gaps:
        if off > at:
            out.append((at, text[at:off], exact))
        exact = exact and why == "not captured"
        at = off + n
    if len(text) > at:
        out.append((at, text[at:], exact))
    return out


def compare_side(name, whole, text, gaps):
    behind = opened = 0
    for off, piece, exact in stretches(text, gaps):
        if exact:
            if whole[off:off + len(piece)] != piece:
                print("%s: other bytes at %d" % (name, off))
                return None
            behind = off + len(piece)
        else:
            at = whole.find(piece, behind)
            if at < 0 or at > off:
                print("%s: nowhere behind %d: %d bytes, told at %d" %
                      (name, behind, len(piece), off))
                return None
            behind = at + len(piece)
        opened += len(piece)
    return opened


def is_turned(s):
    """Without a SYN a session may be told the other way round."""
    return s["roles"] == "guess"


def compare(whole, part):
    truth = {ends(s): s for s in sessions(whole)}
    bad = total = some = 0
    for s in sessions(part):
        w = truth.get(ends(s))
        turned = w is None
        if turned and is_turned(s):
            w = truth.get(tuple(reversed(ends(s))))
        if w is None:
            print("session %d is none of the whole" % s["session"])
            bad += 1
            continue
        for side in SIDES:
            other = SIDES[1 - SIDES.index(side)] if turned else side
            mine = s["tls"] and s["tls"][side]
            if not mine:
                continue
            text = text_of(part, mine["file"])
            # The file ends where the last byte was, not the last hole.
            if mine["bytes"] + mine["missing"] < len(text):
                print("session %d %s: file and index differ" %
                      (s["session"], side))
                bad += 1
            known = text_of(whole, w["tls"][other]["file"])
            # Without its beginning, text counts from the first byte opened.
            skip = 0
            if s["handshake"] != "full" or s["tls"]["version"] is None:
                first = stretches(text, mine["gaps"])[:1]
                at = known.find(first[0][1]) if first else 0
                skip = at - first[0][0] if first and at >= 0 else 0
            n = compare_side("session %d %s" % (s["session"], side),
                             known[max(skip, 0):], text, mine["gaps"])
            bad += n is None
            some += n or 0
            total += len(known)
    print("opened %d of %d" % (some, total))
    return bad > 0


if __name__ == "__main__":
    if sys.argv[1] == "damage":
        damage(*sys.argv[2:5])
    else:
        sys.exit(compare(glob.glob(sys.argv[2])[0], glob.glob(sys.argv[3])[0]))
