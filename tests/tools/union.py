# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""union.py WHOLE PART...: every file of WHOLE is in just one PART, with the same
bytes; so is every line of a list.  Prints the number of files."""
import errno, hashlib, os, sys

BLOCK = 4096  # extents begin and end at such places

def digest(f):
    """Of its bytes and their places, without what holes have: gigabytes."""
    sum, end = hashlib.md5(), 0
    while True:
        try:
            begin = os.lseek(f.fileno(), end, os.SEEK_DATA)
        except OSError as e:
            assert e.errno == errno.ENXIO
            break
        end = os.lseek(f.fileno(), begin, os.SEEK_HOLE)
        f.seek(begin)
        for at in range(begin, end, BLOCK):
            block = f.read(min(BLOCK, end - at)).rstrip(b"\0")
            if block:
                sum.update(b"%d " % at + block)
    return sum.hexdigest() + " %d" % os.fstat(f.fileno()).st_size

def tree(top):
    found = {}
    for place, _, names in os.walk(top):
        for name in names:
            path = os.path.join(place, name)
            key = os.path.relpath(path, top)
            if name in ("capture.jsonl", "report.html", "index.html"):
                continue  # of all that was read
            mtime = os.stat(path).st_mtime_ns
            with open(path, "rb") as f:
                if not name.endswith(".jsonl"):
                    data = digest(f)
                    found[key] = (mtime, data)
                    continue
                lines = f.read().splitlines(True)
            for line in lines:
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
