#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# names.t: names of session files from a template, and those of tcpflow.
. "$(dirname "$0")/../lib/check.sh"

# names OPTION...: the session files that a run with them makes; the input is
# the last word.
names() {
	rm -rf out
	"$tcpsession" -q -o out "$@" || echo "status $?"
	(cd out/*.sessions && ls | grep -v '^capture\.jsonl$\|^sessions\.jsonl$')
}

is "$(names -T %A_%a -e raw,text,json,hex "$data/ssh.pcap")" \
'010.009.000.001_33642
010.009.000.001_33642.hex
010.009.000.001_33642.json
010.009.000.001_33642.txt
010.009.000.002_02222' 'raw files are called exactly so, others have an ending'
is "$(value out/*/sessions.jsonl \
    'd["stem"], d["c2s"]["file"], d["s2c"]["file"], d["files"]')" \
    "('010.009.000.001_33642', '010.009.000.001_33642', \
'010.009.000.002_02222', ['010.009.000.001_33642', \
'010.009.000.001_33642.txt', '010.009.000.001_33642.hex', \
'010.009.000.002_02222', '010.009.000.001_33642.json'])" \
    'the index tells the names'
is "$(value out/*/capture.jsonl 'd["options"]["template"]')" %A_%a \
    'capture.jsonl tells the template'
"$tcpsession" -q -o plain "$data/ssh.pcap"
same out/*/010.009.000.001_33642 plain/*/*.c2s 'the bytes are the same'
same out/*/010.009.000.001_33642.txt plain/*/*.txt '... and the transcript'
is "$(names -T s%N -e js "$data/http.pcap" | head -n 3)" \
's000-001.js
s000-002.js
s001-001.js' 'scripts'
is "$(python3 -c 'import json
print(json.loads(open("out/http.pcap.sessions/scripts.jsonl").readline())["file"])
')" s000-001.js '... and their list'

capture all.pcap <<'CONV'
vlan 7
client 10.1.2.3:45678
server 192.168.1.200:80
handshake
> "a"
< "b"
close
CONV
is "$(names -T '%A,%a,%B,%b,%V%v,%T,%t,%C%c,%#,%G%M%K%N,%S,%%' all.pcap |
    sed 1q)" "010.001.002.003,45678,192.168.001.200,00080,--7,\
2023-11-14T22:13:20Z,1700000000,,0,000000000000,00000000000000000000,%" \
    'every letter'

# What cannot tell files apart is numbered, the same in every run.
is "$(names -T x -e raw,text "$data/http.pcap")" \
'x
x.txt
xc1
xc1.txt
xc2
xc3' 'names that clash are numbered'
cat out/*/x out/*/xc? >one
cp -R out first
is "$(names -T x -e raw,text "$data/http.pcap" >/dev/null
    diff -r first out && echo same)" same '... always alike'
"$tcpsession" -q -o plain "$data/http.pcap"
is "$(wc -c <one)" "$(cat plain/http*/*.[cs]2[cs] | wc -c)" '... and none lost'
is "$(names -T x%#y -e raw "$data/http.pcap" | tr '\n' ' ')" \
    'x0y x1y x2y x3y ' '... where the template says'
is "$(names -T sessions.jsonl -e raw "$data/ssh.pcap" | tr '\n' ' ')" \
    'sessions.jsonlc1 sessions.jsonlc2 ' 'the index keeps its name'
is "$(names -T capture.jsonl -e raw "$data/ssh.pcap" | tr '\n' ' ')" \
    'capture.jsonlc1 capture.jsonlc2 ' '... and so does the ledger'
is "$(names -T %V%v -e raw all.pcap | tr '\n' ' ')" '_-7 _-7c1 ' \
    'no name begins like an option'
is "$(names -T %C%c -e raw all.pcap | tr '\n' ' ')" '_ c1 ' '... or is empty'

# One tag is a number; two are none, as the order and both would matter.
for tags in 5 '5 6' '6 5'; do
	printf 'vlan %s\nhandshake\n> "abc"\n' "$tags" | capture "tags.pcap"
	is "$(names -T x%V%v -e raw tags.pcap)" \
	    "$(test "$tags" = 5 && echo x--5 || echo x)" "%v of tags $tags"
done

# A tar has the same names and bytes.
rm -rf out
"$tcpsession" -q -T x -o out "$data/http.pcap"
"$tcpsession" -q -T x --tar-only --tar-compress none -o - "$data/http.pcap" \
    >x.tar
mkdir tar && (cd tar && tar -xf ../x.tar)
same out tar 'a tar has the same'

# --resume looks at names too.
run "$tcpsession" -q --resume -T y -o out "$data/http.pcap"
is "$status $(ls out/*/y)" "0 $(echo out/*/y)" 'another template is other output'
run "$tcpsession" -v --resume -T y -o out "$data/http.pcap"
like "$err" 'output is there: 1$' '... the same is not'

refused=0
for fmt in '' . .. .x -x /x a/b ../x % %A% %z %E 'a b' "a$(printf '\033')" \
    '%A%A%A%A%A%A' '$x'; do
	run "$tcpsession" -o none -T "$fmt" "$data/ssh.pcap"
	test "$status" = 2 && refused=$((refused + 1))
done
is $refused 16 'what is no template is refused'
is "$(ls | grep -c '^none$')" 0 '... before anything is written'
run "$tcpsession" -o none -T a/b "$data/ssh.pcap"
is "$err" 'tcpsession: --template: a name has no / in it: a/b' '... with a reason'
run "$tcpsession" -o none --names=mine "$data/ssh.pcap"
is "$status" 2 '--names takes tcpflow only'
is "$(names -T x --names=tcpflow -e raw "$data/ssh.pcap" | sed 1q)" \
    010.009.000.001.33642-010.009.000.002.02222 'the last one counts'

# As tcpflow calls them.
is "$(names --names=tcpflow "$data/ssh.pcap")" \
'010.009.000.001.33642-010.009.000.002.02222
010.009.000.001.33642-010.009.000.002.02222.txt
010.009.000.002.02222-010.009.000.001.33642' 'names of tcpflow'
is "$(names --names=tcpflow -e raw "$data/http6.pcap" | sed -n '1p;3p')" \
'fd09::1.37522-fd09::2.00080
fd09::2.00080-fd09::1.37522' '... of IPv6'

# against NAME PCAP: the same files as tcpflow writes.
against() {
	rm -rf theirs
	mkdir theirs
	names --names=tcpflow -e raw "$2" >/dev/null
	(cd theirs && tcpflow -q -r "$2" -o . >/dev/null 2>&1)
	rm -f theirs/report.xml out/*/*.json out/*/*.jsonl
	same theirs out/*.sessions "... as tcpflow itself: $1"
}
conversation() {
	"$mkpcap" -o "$work/$1.pcap" "$conv/$1.conv"
	against "$1" "$work/$1.pcap"
}
if command -v tcpflow >/dev/null; then
	for file in http http6 lossy midstream nano ssh; do
		against $file "$data/$file.pcap"
	done
	for name in reuse-after-fin reuse-four-times vlan-asymmetric \
	    filter-vlan ipv6 one-direction interleaved wrap-in-data \
	    simultaneous-open-data; do
		conversation $name
	done
else
	skip '... as tcpflow itself' 'tcpflow is missing'
fi

conversations 3000 | capture many.pcap
is "$(names -T x -e raw many.pcap | wc -l | tr -d ' ')" 6000 'many that clash'
finish
