#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# compare.t: the table of --compare; its figures are nobody's business here.
. "$(dirname "$0")/../lib/check.sh"

TMPDIR=$work/tmp
export TMPDIR
mkdir tmp none

# Figures become N, the programs' columns stay in their places.
table() {
	grep -E '^(tcpsession|tcpflow|tshark) .*[0-9]$' out |
	    sed -E 's/ +[0-9.]+( [KMG]?B)?/ N/g'
}

PATH=$work/none "$tcpsession" -k 1 "$data/http.pcap" >out 2>err
is "$? $(cat err)" '0 ' 'without the others it runs alone'
is "$(head -n 1 out)" \
    "$data/http.pcap: rounds: 1; times in milliseconds" 'a heading'
is "$(table)" 'tcpsession -e raw N N N N N N N N
tcpsession N N N N N N N N' 'a line for each product'
is "$(grep -c 'is not installed and left out' out)" 2 \
    'who is missing is told'
is "$(grep '^tcpsession -e raw' out | awk '{ print $NF, $(NF - 1) }')" \
    '14844 4' 'what was written'
is "$(ls -A tmp)" '' 'nothing temporary stays'
is "$(ls)" "$(printf '%s\n' err none out tmp)" 'no output is written'

"$tcpsession" -k 1 - <"$data/http.pcap" >out 2>err
is "$? $(wc -l <err)" '2 1' 'standard input is refused'
for other in '-o o' -s "-f tcp" '-e raw'; do
	"$tcpsession" -k 1 $other "$data/http.pcap" >out 2>err
	is "$? $(wc -l <err)" '2 1' "-k with $other is refused"
done
for rounds in 0 x 1001; do
	"$tcpsession" -k $rounds "$data/http.pcap" >out 2>err
	is "$? $(wc -l <err)" '2 1' "$rounds rounds are refused"
done

if command -v tcpflow >/dev/null && command -v tshark >/dev/null; then
	"$tcpsession" --compare 2 "$data/http.pcap" >out 2>err
	is "$? $(cat err)" '0 ' 'with tcpflow and tshark'
	is "$(table)" 'tcpsession -e raw N N N N N N N N
tcpsession N N N N N N N N
tcpflow N N N N N N N N
tshark -z conv,tcp N N N N N N N N' 'a line for each program'
	is "$(grep '^tcpflow' out | awk '{ print $NF, $(NF - 1) }')" \
	    '14844 4' 'tcpflow wrote the same amount'
	is "$(grep -c 'did not write the same' out)" 0 'and nothing is said'
	"$mkpcap" "$conv/padding.conv" >p.pcap
	"$tcpsession" --compare 1 p.pcap >out 2>err
	is "$? $(grep -c 'did not write the same' out)" '0 1' \
	    'amounts that differ are told'
fi

finish
