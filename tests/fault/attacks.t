#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# attacks.t: what one session does spoils no other.  Each attack of
# tools/attacks.py, small, around good sessions, which must all be right.
. "$(dirname "$0")/../lib/check.sh"
attacks="$SRCDIR/tests/tools/attacks.py"
good=500
case ${SANITIZE:-} in
*-fsanitize=*) good=20 ;;
esac

# good WHAT: of what is below o.
good() {
	is "$(python3 "$attacks" check "$(echo o/*s*s*)" $good)" '' "... $1"
}

# attack CASE N STATUS WORDS [OPTION]...: in a tar, as one capture, from a pipe
# as if live, and last in a directory: that output stays in o.
attack() {
	case=$1 n=$2 wanted=$3 words=$4
	shift 4
	python3 "$attacks" make "$case" "$n" $good >x.pcap
	for how in '--tar-only --tar-compress none' --continuous '--interface -'; do
		rm -rf o
		capture=x.pcap
		test "$how" != '--interface -' || capture=
		run "$tcpsession" -q -e raw "$@" $how -o o $capture <x.pcap
		is "$status $err" "$wanted " "$case $* $how: status $wanted"
		good 'all good sessions are right'
	done
	rm -rf o
	run "$tcpsession" -q -e raw -o o "$@" x.pcap
	is "$status $err" "$wanted " "$case $*: status $wanted"
	is "$(value o/x.pcap.sessions/capture.jsonl \
	    '" ".join(d["incomplete"])')" "$words" '... words'
	good 'all good sessions are right'
}

# ---------------------------------------------------------------- fragments

attack fragments-random 3000 1 fragments
attack fragments-interleaved 3000 1 fragments
attack fragments-backwards 3000 1 fragments
# Whatever floods, the request whose fragments are around it all is there, and
# that amid it unless it has the flood's own source.
for kind in same-source:1 singles:2 large:2; do
	attack fragments-${kind%:*} 3000 1 fragments -M 8M
	is "$(cat o/*/10.9.0.1*.c2s | grep -c 'GET /fragmented')" ${kind#*:} \
	    '... requests in fragments are whole'
done
is "$(value o/x.pcap.sessions/capture.jsonl \
    'd["totals"]["fragments"]["given_up"] > 1000')" True \
    '... though memory was short'
# -------------------------------------------------------------------- jumps

# missing: bytes of all gaps of the attack's sessions, in MB.
missing() {
	python3 -c 'import json, sys
print(sum(x["c2s"]["missing"] + x["s2c"]["missing"] for x in map(json.loads,
    open("o/x.pcap.sessions/sessions.jsonl"))) // 1000000)'
}

# Forged numbers place no more bytes than 64 times --max-gap, and what the time
# of the capture allows; beyond 64 sessions they are nowhere.
attack jump-small 1000 1 jumps
is "$(test "$(missing)" -lt 150; echo $?)" 0 '... small gaps add up to little'
is "$(grep -c '"jumped"' o/*/sessions.jsonl)" 64 '... 64 continuations'
attack jump-acked 1000 0 ''
attack jump-alone 1000 0 ''
is "$(test "$(missing)" -lt 150; echo $?)" 0 '... large gaps add up to little'
attack jump-apart 1200 1 jumps
is "$(test "$(missing)" -lt 150; echo $?)" 0 '... from many places, too'
attack jump-sessions 300 0 ''
attack gaps 3000 0 ''

# -------------------------------------------------------------------- bodies

# decoded: MB of scripts.
decoded() {
	find o -name '*.js' -printf '%s\n' |
	    awk '{ n += $1 } END { printf "%d\n", n / 1000000 }'
}

for kind in gzip zstd; do
	attack bomb-$kind 300 1 ratio -e raw,js
	is "$(test "$(decoded)" -lt 110; echo $?)" 0 \
	    '... all of them yield no more than all of them may'
	is "$(grep -c decoding_limited o/*/sessions.jsonl)" 1 '... with a note'
done
attack bomb-gzip 70 1 ratio -e raw,js --max-ratio 10
attack bomb-gzip 70 0 '' -e raw,js --max-ratio 10000
attack bomb-large 3 1 ratio -e raw,js
attack scripts 20 0 '' -e raw,js
attack scripts-one-session 6 1 files -e raw,js

# ---------------------------------------------------------------------- TLS

python3 "$attacks" keys >keys
all=$good good=50
attack tls-waiting 5 0 '' --keylog keys
attack tls-holes 20 0 '' --keylog keys
attack tls-midstream 5 0 '' --keylog keys
attack tls-chains 2 0 '' --keylog keys
good=$all

# ------------------------------------------------------------- many sessions

attack syns 3000 0 ''
attack one-packet 1000 0 ''
attack reuse 500 0 ''
attack gap-open 200 0 ''
attack turns 2000 0 '' -e raw,text,json
attack status-line 2000 0 '' -e raw,js
attack conflicts 2000 0 ''
attack tunnels 50 0 ''

# --------------------------------------------------------------- short memory

good=2
attack fragments-large 10 1 fragments -M 14K
is "$(grep -h '"10.9.0.1"' o/*/sessions.jsonl | grep -c '\[\[0,6074,"memory"\]\]')" \
    1 'what was given up for memory is not called "not captured"'
finish
