#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# memory.t: captures made to cost memory or disk space: no more is used than
# --max-memory and a little, whatever their length, and what was given up is
# told.
. "$(dirname "$0")/../lib/check.sh"

case ${SANITIZE:-} in
*-fsanitize=*) skip_all 'a sanitizer has memory of its own' ;;
esac
hostile=$SRCDIR/tests/fault/hostile.py

# peak ARG...: runs tcpsession; $peak is its most resident memory in KB,
# $status and $err as of run.
peak() {
	rm -rf out
	set -- "$tcpsession" -o out "$@"
	python3 - "$@" >peak 2>err <<'END'
import resource
import subprocess
import sys

with open("stdout", "w") as out:
    status = subprocess.call(sys.argv[1:], stdout=out)
print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
END
	read -r status peak <peak
	err=$(cat err)
}

# stays CASE N STATUS ARG...: four times as much needs no more memory, and
# never more than 4M and what is allowed beside it.  The larger run is left
# for a closer look.
stays() {
	name="$1 of $2"
	what=$1 wanted=$3
	python3 "$hostile" "$what" "$2" >small.pcap
	python3 "$hostile" "$what" $(($2 * 4)) >large.pcap
	shift 3
	peak -M 4M "$@" small.pcap
	less=$peak
	peak -M 4M "$@" large.pcap
	name="$name${*:+, $*}"
	is "$status" "$wanted" "$name: status"
	test "$peak" -lt $(((4 + 64) * 1024))
	ok $? "$name: $peak KB within bounds"
	test $((peak - less)) -lt 8192
	ok $? "$name: $less and $peak KB"
}

given_up='^tcpsession: large.pcap: [0-9]+ (unanswered )?sessions'
given_up="$given_up were ended early for want of memory; raise --max-memory\$"

# told: that something was given up, and how much.
told() {
	like "$err" "$given_up" '... says what was given up'
	python3 - >counts <<'END'
import json

c = json.load(open("out/large.pcap.sessions/capture.jsonl"))["totals"]
lines = [json.loads(line)
         for line in open("out/large.pcap.sessions/sessions.jsonl")]
ended = sum(s["close"] == "evicted" for s in lines)
print(ended > 0 and ended == c["evicted"] + c["evicted_half_open"])
END
	is "$(cat counts)" True '... capture.jsonl and the index agree'
}

# ------------------------------------------------------------------- sessions

stays halfopen 60000 1 -s -e none
told
stays badsyns 60000 1 -s -e none
told
stays loneacks 80000 1 -s -e none
told
stays lonersts 80000 0 -s -e none
stays fastopens 10000 1 -s -e none
told
stays concurrent 6000 1 -e none
told
stays concurrent 1000 1
stays apart 300 0
stays reuse 300 0
stays abandoned 300 0

stays datagrams 50000 1 -s -e none
like "$err" '[0-9]+ UDP flows were ended early for want of memory' \
    '... says what was given up'
is "$(grep -c '"evicted_udp":[1-9]' out/large.pcap.sessions/capture.jsonl)" 1 \
    '... in capture.jsonl, too'

# ------------------------------------------------------------- bytes that wait

stays headless 6000 0 -e raw
stays headless 6000 0 -P -e none
stays startless 6000 0
stays waiting 100 0 -e raw
stays reverse 40000 1 -e raw
told
stays shuffled 40000 1 -e none -P
told
stays comb 40000 1 -e raw
told
stays chipped 20000 1 -e raw --overlap last
stays knowing 20000 1 -e none -P

# ----------------------------------------------------- what those who write have

stays heads 100 1 -e js
told
stays pipelined 50 1 -e js
told
stays scriptlets 50 1 -e js --match zzz

# ------------------------------------------------------------ sparse gigabytes

# largest: bytes of the largest file, holes counted; a page has bounds of its own.
largest() {
	find out -type f ! -name '*.html' -printf '%s\n' | sort -n | tail -n 1
}

python3 "$hostile" jumps 300 >jumps.pcap
peak -e all jumps.pcap
is "$status" 1 '300 jumps of 15 MB: not all are followed'
size=$(largest)
test "$size" -lt 100000
ok $? "... the largest file has $size bytes"
test "$peak" -lt 65536
ok $? "... $peak KB"
python3 "$hostile" manyjumps 300 >jumps.pcap
peak -e all jumps.pcap
size=$(largest)
test "$size" -lt 1000000
ok $? "jumps in 300 sessions: the largest file has $size bytes"

finish
