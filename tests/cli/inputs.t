#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3 gzip
# inputs.t: captures are known by what is in them, wherever they come from.
. "$(dirname "$0")/../lib/check.sh"

cp "$data/http.pcap" http.pcap
"$tcpsession" -o want http.pcap
# The same bytes and names of files; capture.jsonl and the name of the capture
# may differ.
content() {
	(cd "$1" && for file in 10*; do
		printf '%s ' "$file"
		sed 's/^# capture .*//' "$file" | cksum
	done
	sed 's/"capture":"[^"]*"/"capture":""/' sessions.jsonl)
}
content want/http.pcap.sessions >wanted
test "$(wc -l <wanted)" -eq 8
ok $? 'six files and two lines'
as_wanted() {
	content "$1" >got
	same wanted got "$2"
	rm -rf "$1"
}

# ---------------------------------------------------------- standard input

run "$tcpsession" -o o - <http.pcap
is "$status $err" '0 ' 'a file on standard input'
as_wanted o/stdin.sessions '... the same'
run sh -c 'cat http.pcap | "$1" -o o -' - "$tcpsession"
is "$status" 0 'a pipe'
as_wanted o/stdin.sessions '... the same'
run sh -c '{ head -c 30; sleep 0.1; head -c 3000; sleep 0.1; cat; } \
    <http.pcap | "$1" -o o -' - "$tcpsession"
is "$status" 0 'a pipe that dribbles'
as_wanted o/stdin.sessions '... the same'
mkfifo fifo
cat http.pcap >fifo &
run "$tcpsession" -o o fifo
wait
is "$status" 0 'a FIFO that is named'
as_wanted o/fifo.sessions '... the same'

# ------------------------------------------------------------- compression

for way in 'gzip -9n gzip' 'bzip2 -9 bzip2' 'xz -1 xz' 'zstd -q zstd' \
    'lz4 -q lz4'; do
	set -- $way
	if ! command -v "$1" >/dev/null; then
		skip "$1" "$1 is missing"
		continue
	fi
	"$1" "$2" -c <http.pcap >misnamed.txt 2>/dev/null
	run "$tcpsession" -o o misnamed.txt
	is "$status $err" '0 ' "$1, known by content"
	is "$(value o/misnamed.txt.sessions/capture.jsonl 'd["compression"]')" \
	    "$3" '... capture.jsonl says so'
	as_wanted o/misnamed.txt.sessions '... the same'
	run sh -c 'cat misnamed.txt | "$1" -o o -' - "$tcpsession"
	is "$status $err" '0 ' "$1 on standard input"
	as_wanted o/stdin.sessions '... the same'
	mkdir -p dir
	cp misnamed.txt "dir/$1"
done
is "$("$tcpsession" -o o dir; ls o | wc -l)" "$(ls dir | wc -l)" \
    'compressed captures in a directory'
gzip -c misnamed.txt >twice.gz
run "$tcpsession" -o o twice.gz
is "$status" 3 'compressed twice: refused'

# ------------------------------------------------------------------ formats

"$mkpcap" "$conv/simple.conv" >simple
"$tcpsession" -o formats simple
for flag in -b -n -m -g '-b -n' '-g -b' '-g -n'; do
	"$mkpcap" $flag "$conv/simple.conv" >simple
	run "$tcpsession" -o format simple
	is "$status $err" '0 ' "mkpcap $flag"
	same "$(echo formats/simple.sessions/*.s2c)" \
	    "$(echo format/simple.sessions/*.s2c)" '... the same bytes'
done
is "$(value format/simple.sessions/sessions.jsonl 'len(d["start"])')" 30 \
    'nanoseconds are kept'

run "$tcpsession" -o links "$data/two-links.pcapng"
is "$status $err" '0 ' 'pcapng with two link types'
is "$(cat links/*/*.c2s | grep -c '^GET ')" 2 \
    '... a session from each interface'

# ------------------------------------------------- directories, rotated files

mkdir -p tree/b/c tree/a tree/loop
cp http.pcap tree/top.pcap
cp http.pcap tree/b/c/deep.cap
gzip -c http.pcap >tree/a/first.pcap.gz
echo text >tree/a/readme
ln -s .. tree/loop/up
ln -s "$work/http.pcap" tree/a/link.pcap
mkfifo tree/a/pipe.pcap
run "$tcpsession" -r -v -o r tree
is "$status" 0 'recursion ends, links and FIFOs are passed over'
is "$(cd r && find . -name '*.sessions' | sort | tr '\n' ' ')" \
    './a/first.pcap.gz.sessions ./b/c/deep.cap.sessions ./top.pcap.sessions ' \
    '... the tree is mirrored'
is "$(printf '%s\n' "$err" | sed -n 's/.*\/\([a-z.]*\): pcap.*/\1/p
    s/.* \([a-z.]*\): pcap.*/\1/p' | tr '\n' ' ')" \
    'first.pcap.gz deep.cap top.pcap ' '... in order'
ln -s tree link
run "$tcpsession" -r -o l link
same r l 'a PATH itself may be a link'

run "$tcpsession" -o rotated "$data"/rotated-*.pcap
is "$status $err" '0 ' 'rotated files, each by itself'
is "$(ls rotated | tr '\n' ' ')" 'rotated-0.pcap.sessions '\
'rotated-1.pcap.sessions rotated-2.pcap.sessions ' '... a directory each'
is "$(cat rotated/*/sessions.jsonl | grep -c '"close":"end"')" 2 \
    '... what goes on in the next file ends as the file does'
is "$(value rotated/rotated-1.pcap.sessions/sessions.jsonl \
    'd["notes"], d["handshake"]')" "(['midstream'], 'none')" \
    '... and the next one begins in the middle'

# The order is that of the packets, not of the command line.
run "$tcpsession" --continuous -o one "$data"/rotated-2.pcap \
    "$data"/rotated-0.pcap "$data"/rotated-1.pcap
is "$status $err" '0 ' 'rotated files as one capture'
is "$(ls one) $(wc -l <one/continuous.sessions/sessions.jsonl |
    tr -d ' ')" 'continuous.sessions 1' '... one session in one directory'
for side in c2s s2c; do
	cat rotated/*-0.*/*.$side rotated/*-1.*/*.$side \
	    rotated/*-2.*/*.$side >joined
	same joined "$(echo one/*/*.$side)" "... all its bytes, $side"
done
finish
