#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# shard.t: the shards of a capture are its sessions, each once, byte for byte.
. "$(dirname "$0")/../lib/check.sh"

gen=$built/bench/gen
mkdir in
cp "$data"/*.pcap "$data"/*.pcapng in/
for file in "$conv"/*.conv; do
	name=${file##*/}
	"$mkpcap" -o "in/${name%.conv}.pcap" "$file" || exit 1
done
# Files of 4 GB, though they are holes, take long to compare.
rm -f in/beyond-4g.pcap
# In this one pages name scripts of other sessions, which a shard does not read.
rm -f in/scripts.pcap
conversations 60 | capture in/many.pcap
if [ -x "$gen" ]; then
	"$gen" M 0.001 1 in/mixed.pcap manifest
	"$gen" S 0.0005 1 in/small.pcap manifest
fi

# check N NAME OPTION...
check() {
	n=$1
	name=$2
	shift 2
	"$tcpsession" -q -o whole "$@" in
	set -- "$@" in
	i=0
	tops=
	bad=
	while [ $i -lt "$n" ]; do
		"$tcpsession" -q -o "shard$i" --shard "$i/$n" "$@" || bad=$?
		tops="$tops shard$i"
		i=$((i + 1))
	done
	is "$bad $(python3 "$SRCDIR/tests/tools/union.py" whole $tops 2>&1 | tail -n 1)" \
	    "$name" "$n shards: ${*:-no options}"
	rm -rf shard* whole
}

run "$tcpsession" -q -o probe in
test "$status" = 0 && wanted=' files' || wanted="$status files"
for n in 1 2 3 7 16; do
	check $n "$wanted" -e all
done
check 3 "$wanted" -e raw
check 3 "$wanted" -e all --overlap last --checksum drop
check 3 "$wanted" -e all --strict --idle 2
check 3 "$wanted" -e all --max-bytes 100 --gaps skip --split-by vlan

# ------------------------------------------------------ which, and how many

one() {
	"$tcpsession" -q -o o --shard "$1" in/many.pcap
	value o/many.pcap.sessions/capture.jsonl "$2"
}
rm -rf o
"$tcpsession" -q -e none -o o --shard 0/4 --shard 2/4 in/many.pcap
"$tcpsession" -q -e none -o half --shard 0/2 in/many.pcap
is "$(cat o/*/sessions.jsonl)" "$(cat half/*/sessions.jsonl)" \
    'two of four are one of two'
rm -rf half
is "$(one 1/4 'd["options"]["shard"], d["totals"]["sessions"]')" \
    "(['1/4'], 60)" 'capture.jsonl: totals are those of the capture'
is "$(for i in 0 1 2 3; do one $i/4 'd["totals"]["selected"]'; done |
    awk '{ n += $1 } END { print n }')" 60 '... but for those selected'

"$tcpsession" -q -o o in/many.pcap
python3 - o/many.pcap.sessions/sessions.jsonl >by-id <<'PY'
import base64, json, sys
for line in open(sys.argv[1]):
    s = json.loads(line)
    digest = base64.b64decode(s["community_id"][2:])
    if int.from_bytes(digest[:8], "big") % 5 == 3:
        print(s["stem"])
PY
"$tcpsession" -q -o o --shard 3/5 in/many.pcap
python3 -c 'import json, sys
for line in open(sys.argv[1]):
    print(json.loads(line)["stem"])' o/many.pcap.sessions/sessions.jsonl >got
same by-id got 'a shard can be told from the Community ID'
test -s got
ok $? '... and is not empty'

for bad in 2/2 3 /3 1/ 1/0 0/0 a/3 -1/3 1/3x '' 1//3 \
    1/99999999999999999999; do
	run "$tcpsession" -o o --shard "$bad" in/many.pcap
	is "$status $(printf '%s\n' "$err" | wc -l | tr -d ' ')" '2 1' \
	    "--shard '$bad': 2"
done
finish
