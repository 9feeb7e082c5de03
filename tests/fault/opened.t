#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# opened.t: of TLS whose packets were lost, doubled and exchanged, only true
# text comes out, each byte at its offset.  OPENED_SEEDS says how many times
# (default 12).
. "$(dirname "$0")/../lib/check.sh"

opened=$SRCDIR/tests/tools/opened.py

# plain CAPTURE: what is opened of it, in OUT/...
plain() {
	"$tcpsession" -q -e plain --keylog "$data/https.keys" -o out "$1"
}

cp "$data/https.pcap" whole.pcap
plain whole.pcap
bad='' most=0
for seed in $(seq 1 "${OPENED_SEEDS:-12}"); do
	python3 "$opened" damage "$seed" whole.pcap part.pcap
	plain part.pcap || bad="$bad $seed:status"
	python3 "$opened" compare out/whole.pcap.sessions \
	    out/part.pcap.sessions >said || { bad="$bad $seed"; cat said; }
	n=$(sed -n 's/^opened \([0-9]*\) of.*/\1/p' said)
	test "${n:-0}" -gt "$most" && most=$n
done
is "$bad" '' 'nothing but what was said comes out of damaged captures'
total=$(cat out/whole.pcap.sessions/*.plain.* | wc -c)
test $((2 * most)) -gt "$total"
ok $? '... and much of it'

# The comparison can fail.
python3 - out/whole.pcap.sessions/*.plain.s2c <<'PY'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(1000)
    f.write(b"\0")
PY
python3 "$opened" damage 0 whole.pcap part.pcap
"$tcpsession" -q -e plain --keylog "$data/https.keys" -o out2 whole.pcap
python3 "$opened" compare out/whole.pcap.sessions out2/whole.pcap.sessions \
    >said
is "$?" 1 'a byte that is another is found'
finish
