# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""objects.py THEIRS OURS: the files below THEIRS of which no file below OURS has
the bytes, each as often as it is there, one a line."""
import collections
import hashlib
import os
import sys


def digests(top):
    found = collections.defaultdict(list)
    for where, _, names in os.walk(top):
        for name in sorted(names):
            path = os.path.join(where, name)
            with open(path, "rb") as f:
                found[hashlib.sha256(f.read()).hexdigest()].append(path)
    return found


def main(theirs, ours):
    have = digests(ours)
    for digest, paths in sorted(digests(theirs).items(),
                                key=lambda item: item[1]):
        for path in paths[len(have[digest]):]:
            print(os.path.basename(path), os.path.getsize(path))


if __name__ == "__main__":
    main(*sys.argv[1:])
