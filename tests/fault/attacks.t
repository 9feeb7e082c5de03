#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# attacks.t: what one session does spoils no other.  Each attack of
# tools/attacks.py, small, around good sessions, which must all be right.
. "$(dirname "$0")/../lib/check.sh"
attacks="$SRCDIR/tests/tools/attacks.py"
good=500

# attack CASE N STATUS WORDS [OPTION]...: in a directory.  The output stays in o.
attack() {
	case=$1 n=$2 wanted=$3 words=$4
	shift 4
	python3 "$attacks" make "$case" "$n" $good >x.pcap
	rm -rf o
	run "$tcpsession" -q -e raw -o o "$@" x.pcap
	is "$status $err" "$wanted " "$case: status $wanted"
	is "$(value o/x.pcap.sessions/capture.jsonl \
	    '" ".join(d["incomplete"])')" "$words" '... words'
	is "$(python3 "$attacks" check o/x.pcap.sessions $good)" '' \
	    '... all good sessions are right'
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
good=2
attack fragments-large 10 1 fragments -M 14K
is "$(grep -h '"10.9.0.1"' o/*/sessions.jsonl | grep -c '\[\[0,6074,"memory"\]\]')" \
    1 'what was given up for memory is not called "not captured"'
finish
