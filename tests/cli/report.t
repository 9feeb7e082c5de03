#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# report.t: --report: its data are those of the other products; which bytes it
# has, where it lands, and that there is all of it or nothing.
. "$(dirname "$0")/../lib/check.sh"

said() {
	python3 "$SRCDIR/tests/cli/report.py" "$@" 2>&1
}

for name in http.pcap lossy.pcap https.pcap dns.pcap nano.pcap; do
	cp "$data/$name" .
done
"$tcpsession" -q -o o --report http.pcap lossy.pcap https.pcap dns.pcap \
    nano.pcap
is "$(said 'o/*.sessions')" '' 'it says what the index and the files say'
is "$(ls -l --time-style=+%s o/http.pcap.sessions/report.html |
    awk '{ print $1, $6 }')" '-rw------- 1795209689' 'mode and time'

mkdir bad
cp -r o/http.pcap.sessions bad/one
sed -i 's/"service":"http"/"service":"htp"/' bad/one/sessions.jsonl
sed -i 's/\(script-src .sha256-\)./\1_/' bad/one/report.html
is "$(said bad/one | sed 's/.*: //')" 'script
rows' '... and the check finds what differs'

"$tcpsession" -q -j 2 -o j --report http.pcap lossy.pcap https.pcap dns.pcap \
    nano.pcap
is "$(diff -r o j)" '' '-j 2: the same bytes'
"$tcpsession" -q -o t --report --tar-only --tar-compress none http.pcap \
    lossy.pcap https.pcap dns.pcap nano.pcap
mkdir x
tar -xf t/sessions.tar -C x
is "$(diff -r o x)" '' 'in a tar: the same bytes'
is "$(tar -tf t/sessions.tar | grep http.pcap | tail -n 2 | sed 's,.*/,,')" \
    'report.html
capture.jsonl' '... last but for the ledger'

"$tcpsession" -q -o e -e none --report http.pcap
is "$(files e | sed 's,.*/,,' | tr '\n' ' ')" \
    'capture.jsonl report.html sessions.jsonl ' '-e none --report'
is "$("$tcpsession" -v --resume -o e -e none --report http.pcap 2>&1 |
    grep -c skipped)" 1 '--resume finds it whole'
rm e/http.pcap.sessions/report.html
"$tcpsession" -q --resume -o e -e none --report http.pcap
is "$(said e/http.pcap.sessions)" '' '... and makes it again'
"$tcpsession" -q -o n --report -T report.html http.pcap
is "$(said n/http.pcap.sessions)" '' 'no session takes its name'

case ${SANITIZE:-} in
*fsanitize*) ;;
*)
	# The second write is the first of the page.
	run env FAULT=pwritev:2:28 LD_PRELOAD="$built/fault/fault.so" \
	    "$tcpsession" -q -j 1 -e none --report -o full http.pcap
	is "$status" 4 'a full disk: 4'
	like "$err" 'write report.html: No space left.*; there is no report' \
	    '... which is said'
	is "$(files full | sed 's,.*/,,' | tr '\n' ' ')" \
	    'capture.jsonl sessions.jsonl ' '... nothing of it, all else'
	like "$(cat full/*/capture.jsonl)" '"incomplete":\["write"\]' \
	    '... and the ledger knows'
	;;
esac

finish
