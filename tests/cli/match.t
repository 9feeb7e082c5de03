#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# match.t: --match leaves, of all products and in all stores, what belongs to
# the sessions it wants, and no trace of the others.
. "$(dirname "$0")/../lib/check.sh"

gen=$built/bench/gen
mkdir in
cp "$data"/*.pcap "$data"/*.pcapng in/
conversations 60 | capture in/many.pcap
# Files that go to disk before it is known that nobody wants them.
{
	for i in 0 1 2 3; do
		echo "conn c$i"
		echo "client 10.1.0.1:$((20000 + i))"
		echo handshake
	done
	for i in 0 1 2 3 0 1 2 3; do
		echo "conn c$i"
		echo "split 1400 < fill 150000 b"
		echo "split 1400 > fill 150000 a"
	done
} | capture in/large.pcap
test ! -x "$gen" || "$gen" M 0.002 1 in/mixed.pcap manifest

# Sessions with even and with odd numbers, and flows without one.
even='^[0-9]*[02468]  '
odd='^[0-9]*[13579]  '

"$tcpsession" -q -o whole -e all in
for part in even odd; do
	expression=$even
	test $part = even || expression=$odd
	run "$tcpsession" -q -o $part -e all --match-regex "$expression" in
	# Some samples have what is given up: 1.
	is "$status $err" '1 ' "--match-regex, $part: status 1"
	is "$(find $part -name '.?*' -o -type d -empty)" '' '... nothing stray'
	"$tcpsession" -q -c -o packed-$part -e all \
	    --match-regex "$expression" in
	mkdir tar-$part only-$part
	tar -xzf packed-$part/sessions.tar.gz -C tar-$part
	"$tcpsession" -q --tar-only --tar-compress none -o - -e all \
	    --match-regex "$expression" in | tar -xf - -C only-$part
	for store in tar only; do
		same $part $store-$part "... the same by way of a tar ($store)"
	done
	rm -rf tar-$part only-$part
	(
		ulimit -n 20
		"$tcpsession" -q -o few -e all --match-regex "$expression" in
	)
	same $part few '... and with few descriptors'
	rm -rf few
done
sed 's/(mtime, data)/data/' "$SRCDIR/tests/tools/union.py" >contents.py
run python3 contents.py whole even odd
is "$status $out" '0 files' 'both parts together are the whole, each file once'
is "$(value even/many.pcap.sessions/capture.jsonl \
    'd["totals"]["sessions"], d["totals"]["selected"]')" '(60, 30)' \
    'capture.jsonl: totals are those of the capture, but for those selected'
is "$(value even/many.pcap.sessions/capture.jsonl \
    'd["options"]["match"], d["options"]["match_regex"]')" \
    "(None, ['$even'])" '... and names the expression'

# ------------------------------------------------------------- what is wanted

cp "$data/http.pcap" .
# stems OPTION...: the sessions of http.pcap in the index, by their numbers.
stems() {
	rm -rf o
	"$tcpsession" -o o "$@" http.pcap &&
	    sed 's/^{"session":\([0-9]*\),.*/\1/' \
		o/http.pcap.sessions/sessions.jsonl | tr '\n' ' '
}
is "$(stems --match 36118)" '0 ' '--match: text anywhere in the line'
is "$(stems --match 10.9.0.2:80)" '0 1 ' '... also an address and port'
is "$(stems --match '  http  ')" '0 1 ' '... and what was guessed'
is "$(stems --match '3611.')" '' '... letter by letter'
is "$(stems --match HTTP)" '' '... in upper or lower case as it is'
is "$(stems --match-regex '3611.')" '0 ' '--match-regex: an expression'
is "$(stems --match-regex '361(18|28)')" '0 1 ' '... extended'
is "$(stems --match-regex '^1 ')" '1 ' '... from the beginning of the line'
is "$(stems --match 361 --match-regex '^1 ')" '1 ' 'both: both'
is "$(stems --match 36118 --match-regex '^1 ')" '' '... or none'
is "$(stems --match 361 --session 0)" '0 ' 'with --session: both'
is "$(stems --match 36118 --match 36128)" '0 1 ' '--match: any of several'
is "$(stems --match-regex 36119 --match-regex '^1')" '1 ' '... of expressions'
is "$(stems --match x --match 3611 --match-regex y --match-regex '^0')" '0 ' \
    '... one of each'
run "$tcpsession" -o o --match NOSUCH -e all http.pcap
is "$status $err" '0 tcpsession: no session selected' \
    'nobody is wanted: status 0, told'
is "$(files o/http.pcap.sessions)" 'capture.jsonl
http.jsonl
objects.jsonl
report.html
scripts.jsonl
sessions.jsonl' '... an index without a line'
test ! -s o/http.pcap.sessions/sessions.jsonl
ok $? '... indeed'
run "$tcpsession" -P --match NOSUCH http.pcap
is "$status $out" '0 ' '-P: nothing is printed'
for option in -P '-P --format json' '--packets'; do
	# Options are split at spaces.
	# shellcheck disable=SC2086
	"$tcpsession" $option --match 36128 in/*.pcap >some
	# shellcheck disable=SC2086
	"$tcpsession" $option --session 1 http.pcap >one
	test -s some
	ok $? "$option --match: something"
	test "$option" != -P || same some one '... and that alone'
done

# -------------------------------------------------------- in other company

"$tcpsession" -o o --match 36118 http.pcap
run "$tcpsession" -v -o o --resume --match 36118 http.pcap
like "$err" 'skipped.*: 1$' '--resume: the same --match is done'
run "$tcpsession" -v -o o --resume --match 36128 http.pcap
is "$(wc -l <o/http.pcap.sessions/sessions.jsonl | tr -d ' ')" 1 \
    '... another is not'
is "$(ls o/http.pcap.sessions/*.txt)" \
    o/http.pcap.sessions/10.9.0.1_36128-10.9.0.2_80-6-1.txt \
    '... and is written'
for match in "$even" "$odd"; do
	for f in in/rotated-*.pcap; do
		"$tcpsession" --continuous --idle 0.3 --state open \
		    --match-regex "$match" -o hourly "$f"
	done
	rm open
done
"$tcpsession" --continuous --idle 0.3 -o all in/rotated-*.pcap
is "$(cat hourly/*/sessions.jsonl | wc -l)" \
    "$(grep -c . all/*/sessions.jsonl)" '--state: in the run where it ends'
finish
