#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# tcpflow.t: what README's table says of tcpflow's options.
. "$(dirname "$0")/../lib/check.sh"

table() {
	sed -n '/^    All that tcpflow 1.6 has/,/^    So -p, -i/p' "$SRCDIR/README" |
	    sed '1d; $d' | grep .
}
theirs() { table | sed 's/^ *//; s/   *.*//'; }
ours() { table | sed 's/^ *[^ ].*  *  //'; }

# Every option that its help names, and none that it does not.
for letter in 0 a b B c C d D e E f F g h H i I J K l L m o p q r R s S T U v V w \
    x X z Z; do
	theirs | grep -Eq -e "(^|[ ,])-$letter" || printf '%s ' "$letter"
done >missing
is "$(cat missing)" '' "every option of tcpflow's has a line"
if command -v tcpflow >/dev/null; then
	tcpflow -h 2>&1 | sed -n 's/^  *-\([A-Za-z0-9]\).*/\1/p' | sort -u |
	    while read -r letter; do
		theirs | grep -Eq -e "(^|[ ,])-$letter" || printf '%s ' "$letter"
	done >missing
	is "$(cat missing)" '' '... as its help has them'
else
	skip '... as its help has them' 'tcpflow is missing'
fi
"$tcpsession" --help | grep -oE -e '--[a-z][a-z-]+' | sort -u >known
is "$(ours | grep -oE -e '--[a-z][a-z-]+' | sort -u | comm -23 - known)" '' \
    'every option of ours in it is one'
for letter in a B C D d E g H I J K L l m R S U X x z; do
	run "$tcpsession" "-$letter"
	like "$err" 'what tcpflow calls so is here: ' "-$letter: a message"
done

command -v tcpflow >/dev/null || {
	skip 'as tcpflow itself' 'tcpflow is missing'
	finish
}
# alike NAME THEIRS OURS: the files of both, whatever else there is.
alike() {
	name=$1 theirs=$2
	shift 2
	rm -rf theirs ours
	mkdir theirs
	# shellcheck disable=SC2086
	(cd theirs && tcpflow -q $theirs -r "$data/http.pcap" -o . >/dev/null 2>&1)
	rm -f theirs/report.xml
	"$tcpsession" -q "$@" -o ours "$data/http.pcap"
	rm -f ours/*/*.jsonl
	same theirs ours/http.pcap.sessions "$name"
}
alike '-r' '' -e raw --names=tcpflow
alike '-Ft' -Ft -e raw -T '%tT%A.%a-%B.%b%V%v%C%c'
alike '-FT' -FT -e raw -T '%T%A.%a-%B.%b%V%v%C%c'
alike '-T' '-T%A_%a_%B_%b' -e raw -T '%A_%a_%B_%b'
alike '-b' '-b 100' -e raw --names=tcpflow -b 100
alike '-FX' -FX -e none
rm -rf theirs ours
mkdir theirs
(cd theirs && tcpflow -q -r "$data/http.pcap" -o . 'port 36128' >/dev/null 2>&1)
rm -f theirs/report.xml
"$tcpsession" -q -e raw --names=tcpflow -f 'port 36128' -o ours "$data/http.pcap"
rm -f ours/*/*.jsonl
same theirs ours/http.pcap.sessions 'EXPRESSION'

# Every body that it found is among the objects, but for those that it takes a
# response to HEAD to have.
(cd theirs && tcpflow -q -e http -r "$data/http.pcap" -o . >/dev/null 2>&1)
"$tcpsession" -q --objects -o bodies "$data/http.pcap"
sums() { md5sum "$@" | cut -c 1-32 | sort -u; }
sums bodies/*/*-[0-9][0-9][0-9].* >found
is "$(sums theirs/*36118-HTTPBODY* | comm -23 - found)" '' '-e http'
is "$(ls theirs/*36118-HTTPBODY* | wc -l | awk '{ print ($1 > 3) }')" 1 '... of some'
finish
