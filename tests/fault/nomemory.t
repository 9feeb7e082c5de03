#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# nomemory.t: the system gives no more memory: sessions are ended early and
# that is told, or the capture ends; the next one is read as if nothing had
# been.
. "$(dirname "$0")/../lib/check.sh"

case ${SANITIZE:-} in
*-fsanitize=*) skip_all 'a sanitizer has memory of its own' ;;
esac
python3 "$SRCDIR/tests/fault/hostile.py" concurrent 20000 >hog.pcap
cp "$data/http.pcap" http.pcap
"$tcpsession" -e none -o clean http.pcap

# limited KILOBYTES OPTION...: both captures within so much address space.
limited() {
	rm -rf o
	run sh -c 'ulimit -v "$1"; shift; exec "$@"' - "$1" "$tcpsession" \
	    -j 1 -M 4G -e none -o o hog.pcap http.pcap
}

limited 1000000
is "$status $err" '0 ' 'with room for all nothing is told'
short=0
for room in 60000 64000 68000; do
	limited $room
	case $status in
	1)
		short=$((short + 1))
		like "$err" 'hog.pcap: .* ended early for want of memory' \
		    "$room KB: sessions were ended early, and it is told"
		;;
	4)
		short=$((short + 1))
		is "$(ls -A o)|$err" "http.pcap.sessions|tcpsession: hog.pcap: \
out of memory; nothing of it was published" \
		    "$room KB: the capture ends, and nothing of it is left"
		;;
	*) is "$status" '0' "$room KB: enough" ;;
	esac
	same clean/http.pcap.sessions o/http.pcap.sessions \
	    '... the other capture is read'
done
test $short -gt 0
ok $? 'one of them was short'

# ------------------------------------------------------------------ in a tar

# Memory is gone for a moment at many places of a run that makes a tar: what
# that capture has is told as far as it had ended, and the other one is whole.
conversations 30 | capture many.pcap
python3 - "$BUILDDIR/build/tests/fault/fault.so" "$tcpsession" \
    many.pcap http.pcap >said <<'PY'
import errno
import hashlib
import json
import os
import subprocess
import sys
import tarfile

library, program, first, second = sys.argv[1:]
ARGS = [program, "-j", "1", "--tar-only", "--tar-compress", "none", "-o", "o",
        first, second]
TAR = "o/sessions.tar"


def run(**fault):
    if os.path.exists(TAR):
        os.unlink(TAR)
    p = subprocess.run(ARGS, env=os.environ | fault | {"LD_PRELOAD": library},
                       stderr=subprocess.PIPE, text=True)
    return p.returncode, p.stderr


def members():
    with tarfile.open(TAR) as tar:
        return {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}


def of(files, capture):
    top = capture + ".sessions/"
    return {k[len(top):]: v for k, v in files.items() if k.startswith(top)}


def wrong_with(files):
    """Of a capture that did not come to its end."""
    ledger = json.loads(files.pop("capture.jsonl"))
    index = files.get("sessions.jsonl", b"")
    lines = [json.loads(x) for x in index.splitlines()]
    if ledger["incomplete"] != ["no memory"] or ledger["complete"]:
        yield ledger["incomplete"]
    if hashlib.sha256(index).hexdigest() != ledger["outputs"]["index_sha256"]:
        yield "digest of the index"
    for x in lines:
        for name in x["files"]:
            if files.get(name) != whole[name]:
                yield name


run(FAULT_LOG="log")
whole = of(members(), first)
other = of(members(), second)
with open("log", encoding="ascii") as f:
    n = sum(x.startswith("alloc ") for x in f)
kept = lines = 0
for k in range(n // 4, n, max(n // 120, 1)):
    status, err = run(FAULT=f"alloc:{k}+1:{errno.ENOMEM}")
    if f"{first}: out of memory; sessions that had ended are in" not in err:
        continue
    kept += 1
    found = members()
    if status != 4 or of(found, second) != other:
        print(k, status, err, sorted(of(found, second)))
    mine = of(found, first)
    lines += mine.get("sessions.jsonl", b"").count(b"\n")
    for wrong in wrong_with(mine):
        print(k, wrong)
print("kept" if kept > 2 and lines > 2 else f"kept {kept} times, {lines} lines")
PY
is "$(cat said)" kept 'a tar without memory: the other capture is whole'
finish
