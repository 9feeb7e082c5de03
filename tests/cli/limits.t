#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# limits.t: --max-output and --max-files: what is written to there, what the
# index says of it, and that the threads make no difference.
. "$(dirname "$0")/../lib/check.sh"

conversations 40 | capture a.pcap
conversations 30 | capture b.pcap
conversations 20 | capture c.pcap

# products DIR: bytes and number of all files below it but indices and ledger.
products() {
	find "$1" -type f ! -name sessions.jsonl ! -name capture.jsonl \
	    ! -name index.html \
	    ! -name '*.tar*' -printf '%s\n' |
	    awk '{ n += $1 } END { print n + 0, NR }'
}

# index FILE EXPRESSION: over its sessions, d in python.
index() {
	python3 -c 'import json, sys
d = [json.loads(x) for x in open(sys.argv[1], encoding="utf-8")]
print(eval(sys.argv[2]))' "$1" "$2"
}

run "$tcpsession" -e raw,text --max-output 200000 -o o a.pcap b.pcap c.pcap
is "$status" 1 '--max-output: status 1'
is "$(products o)" "200000 $(products o | cut -d ' ' -f 2)" \
    '... so many bytes of all captures, no more and no less'
is "$(index o/a.pcap.sessions/sessions.jsonl \
    'all(x["files"] and not x["notes"] for x in d)')" True \
    '... what comes first has its files'
is "$(index o/b.pcap.sessions/sessions.jsonl \
    'sum("output_limited" in x["notes"] for x in d) > 20, len(d)')" \
    '(True, 30)' '... then each session has its line, and a note'
is "$(index o/c.pcap.sessions/sessions.jsonl \
    'all(x["files"] == [] and x["notes"] == ["output_limited"] and
    x["c2s"]["file"] is None for x in d)')" True \
    '... and later no files at all'
is "$(value o/c.pcap.sessions/capture.jsonl 'd["incomplete"], d["complete"]')" \
    "(['output'], False)" '... which the ledger says too'
is "$(value o/a.pcap.sessions/capture.jsonl 'd["incomplete"]')" '[]' \
    '... of those it happened to'
like "$err" '^tcpsession: c.pcap: [0-9]* files end early, or were not made' \
    '... and standard error'

for j in 1 3; do
	rm -rf j$j
	"$tcpsession" -q -e all --max-output 700000 -j $j -o j$j *.pcap
	rm -rf f$j
	"$tcpsession" -q -e all --max-files 400 -j $j -o f$j *.pcap
done
same j1 j3 'the same with several threads: --max-output'
same f1 f3 '... --max-files'
is "$(products f1 | cut -d ' ' -f 2)" 400 '--max-files: so many, no more'
is "$(cat f1/*/capture.jsonl | grep -c '"incomplete":\["files"\]')" 2 \
    '... said of the captures it happened to'
is "$(index f1/c.pcap.sessions/sessions.jsonl \
    'all(x["files"] == [] and x["notes"] == ["files_limited"] for x in d)')" \
    True '... and of the sessions'

# A tar has the same, also when it is streamed.
"$tcpsession" -q -e all --max-output 700000 -o t --tar-only *.pcap
is $? 1 'in a tar: status 1'
mkdir x && tar -C x -xf t/sessions.tar.gz
same j1 x '... the same files'
# What was not there before is made anew when more may be written.
run "$tcpsession" -q -e raw,text --resume --max-output 200000 -o o a.pcap
is "$status" 0 '--resume: what is whole is passed over'
run "$tcpsession" -q -e raw,text --resume -o o c.pcap
is "$status" 0 '... and what was cut is not, without the limit'
is "$(index o/c.pcap.sessions/sessions.jsonl \
    'all(x["files"] and not x["notes"] for x in d)')" True \
    '... then it has its files'

"$tcpsession" -q --max-output 0 -e all -o none a.pcap
is "$?$(products none)" '10 0' '--max-output 0: the index alone'
for bad in '--max-files 0' '--max-files x' '--max-files 1K' \
    '--max-output x' '--max-output -1'; do
	run "$tcpsession" $bad a.pcap
	is "$status" 2 "$bad: refused"
done

# Bodies and scripts of a session: 10,000 files, the rest is listed.
python3 "$SRCDIR/tests/tools/attacks.py" make scripts-one-session 6 >s.pcap
run "$tcpsession" -q -e js -o s s.pcap
is "$status" 1 '12,000 scripts in a session: status 1'
is "$(ls s/s.pcap.sessions/*.js | wc -l | tr -d ' ')" 10000 '... 10,000 files'
is "$(grep -c '"file":null' s/s.pcap.sessions/scripts.jsonl)" 2000 \
    '... the others are listed'
is "$(index s/s.pcap.sessions/sessions.jsonl 'd[0]["notes"]')" \
    "['files_limited']" '... the session has a note'
is "$(value s/s.pcap.sessions/capture.jsonl 'd["incomplete"]')" "['files']" \
    '... the capture its word'

# Compressed captures: the window that they ask for, and what they unpack to.
python3 - "$data/http.pcap" <<'END'
import gzip, lzma, struct, sys
data = open(sys.argv[1], "rb").read()
for size in 20, 24, 28:
    with open("w%d.pcap.xz" % size, "wb") as f:
        f.write(lzma.compress(data, filters=[
            {"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << size}]))
head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
record = struct.pack("<IIII", 0, 0, 60000, 60000) + bytes(60000)
with open("bomb.pcap.gz", "wb") as f:
    f.write(gzip.compress(head + data[24:]) + gzip.compress(record * 100) * 190)
END
run "$tcpsession" -o w w20.pcap.xz w24.pcap.xz
is "$status $err" '0 ' 'windows of 1 and 16 MiB'
run "$tcpsession" -M 16M -o w w20.pcap.xz w24.pcap.xz
is "$status" 1 '... with -M 16M one is too large: 1'
like "$err" '^tcpsession: w24.pcap.xz: xz: needs a window of 16 MiB' \
    '... which is said'
run "$tcpsession" -o w w28.pcap.xz
is "$status" 3 'a window of 256 MiB, the only input: 3'
run "$tcpsession" -e raw --max-ratio 500 -o w bomb.pcap.gz
is "$status" 1 'one that unpacks to too much: 1'
like "$err" 'gzip: unpacks to more than 500 times its size' '... which is said'
is "$(value w/bomb.pcap.gz.sessions/capture.jsonl \
    '"expansion" in d["incomplete"], d["totals"]["sessions"]')" '(True, 2)' \
    '... what was read until then is there'
finish
