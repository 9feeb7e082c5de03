#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: strace python3
# sync.t: --sync: what is published is on disk: each file, the ledger last, then
# the directory, and after the move the one that it is in; also the directories
# made on the way, the tar, and what --resume remembers.
. "$(dirname "$0")/../lib/check.sh"

can_trace || skip_all 'strace cannot trace here'
cat >order.py <<'PY'
"""The calls that matter, in their order: what was made, flushed, moved."""
import re, sys
calls, begun = [], {}
for line in open(sys.argv[1], encoding="utf-8", errors="replace"):
    # A call that another thread's came between.
    pid = line.split()[0]
    if "<unfinished ...>" in line:
        begun[pid] = line[:line.index(" <unfinished ...>")]
        continue
    resumed = re.search(r"<\.\.\. \w+ resumed>", line)
    if resumed:
        line = begun.pop(pid) + line[resumed.end():]
    m = re.match(r"\d+ +(\w+)\((.*)\) += (-?\d+)(<[^>]*>)?", line)
    if not m or int(m.group(3)) < 0:
        continue
    call, args = m.group(1), m.group(2)
    if call == "openat" and "O_CREAT" in args:
        calls.append(("create", (m.group(4) or "<>")[1:-1]))
    elif call in ("fsync", "fdatasync"):
        calls.append(("sync", args[args.index("<") + 1:-1]))
    elif call.startswith("mkdir"):
        at = re.search(r"<([^>]*)>", args.split(",")[0])
        name = re.search(r'"([^"]*)"', args).group(1)
        calls.append(("mkdir", at.group(1) + "/" + name if at else name))
    elif call.startswith("rename"):
        at = re.search(r"<([^>]*)>", args).group(1)
        old, new = re.findall(r'"([^"]*)"', args)
        calls.append(("move", at + "/" + old, at + "/" + new))
wrong = []
def after(what, start):
    for i in range(start, len(calls)):
        if calls[i] == what:
            return i
    wrong.append("no %s %s after call %d" % (what[0], what[-1], start))
    return len(calls)
moves = 0
for i, c in enumerate(calls):
    if c[0] == "move":
        moves += 1
        parent, old = c[1].rsplit("/", 1)
        made = [k for k, d in enumerate(calls[:i]) if
                d[0] == "create" and (d[1] + "/").startswith(c[1] + "/")]
        synced = [after(("sync", calls[k][1]), k) for k in made]
        if any(s > i for s in synced):
            wrong.append("moved before its files were flushed: " + old)
        if any(d == ("mkdir", c[1]) for d in calls[:i]):
            last = after(("sync", c[1]), max(synced))
            if last > i:
                wrong.append("moved before it was flushed: " + old)
            names = [calls[k][1] for k in made]
            if not names[-1].endswith("/capture.jsonl"):
                wrong.append("the ledger is not last: " + names[-1])
        after(("sync", parent), i)
    elif c[0] == "mkdir" and "/out/" in c[1] and ".sessions." not in c[1]:
        after(("sync", c[1].rsplit("/", 1)[0]), i)
print(moves, "; ".join(wrong) or "in order")
PY
# ordered WANT NAME ARG...: a run, and how often something was moved.
ordered() {
	want=$1 name=$2
	shift 2
	strace -f -qq -y -o trace -e trace=openat,fsync,fdatasync,mkdir,mkdirat,rename,renameat,renameat2 \
	    "$tcpsession" "$@" || echo "status $?"
	is "$(python3 order.py trace)" "$want in order" "$name"
}

mkdir -p in/a/b
cp "$data/http.pcap" in/a/b/x.pcap
cp "$data/ssh.pcap" in/a/y.pcap
for jobs in 1 2; do
	rm -rf out
	ordered 3 "--sync -j $jobs" -j "$jobs" --sync -r -e all -o "$PWD/out/new" in
	ordered 3 '... replacing' -j "$jobs" --sync -r -e all -o "$PWD/out/new" in
	ordered 3 '... with -c' -j "$jobs" --sync -c -r -o "$PWD/out/new" in
	ordered 1 '... alone in a tar' -j "$jobs" --sync --tar-only -r \
	    -o "$PWD/out/tar" in
done
: >in/empty.pcap
"$tcpsession" -q --sync --resume -r -o "$PWD/out/new" in
touch -d yesterday in/empty.pcap
strace -f -qq -y -o trace -e trace=openat,fsync,fdatasync,mkdir,mkdirat,rename,renameat,renameat2 \
    "$tcpsession" -q --sync --resume -r -o "$PWD/out/new" in
is "$(python3 order.py trace)" '1 in order' 'what --resume remembers'
"$tcpsession" -r -o plain in
strace -f -qq -o trace -e trace=fsync,fdatasync "$tcpsession" -c -r -o plain in
is "$(wc -l <trace)" 0 'without --sync nothing is flushed'
finish
