# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""union.py WHOLE PART...: every file of WHOLE is in just one PART, with the same
bytes; so is every line of a list.  Prints the number of files."""
import os, sys

def tree(top):
    found = {}
    for place, _, names in os.walk(top):
        for name in names:
            path = os.path.join(place, name)
            key = os.path.relpath(path, top)
            if name == "capture.jsonl":
                continue
            with open(path, "rb") as f:
                data = f.read()
            mtime = os.stat(path).st_mtime_ns
            if not name.endswith(".jsonl"):
                found[key] = (mtime, data)
                continue
            for line in data.splitlines(True):
                assert (key, line) not in found, ("twice in one", key, line)
                found[key, line] = (0, b"")
    return found

whole, parts = tree(sys.argv[1]), [tree(top) for top in sys.argv[2:]]
union = {}
for part in parts:
    for key in part:
        assert key not in union, ("in two shards", key)
    union.update(part)
assert union.keys() == whole.keys(), sorted(
    map(str, union.keys() ^ whole.keys()))[:5]
for key in whole:
    assert union[key] == whole[key], ("differs", key)
if len(parts) > 1:
    assert sum(len(p) > 0 for p in parts) > 1, "all in one"
print("files" if len(whole) > 200 else len(whole))
