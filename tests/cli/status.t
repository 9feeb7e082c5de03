#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: gzip
# status.t: the exit status, and the one message that goes with it.
. "$(dirname "$0")/../lib/check.sh"

cp "$data/http.pcap" http.pcap

run "$tcpsession" -o o http.pcap
is "$status $out$err" '0 ' 'all is well: 0, and not a word'

run "$tcpsession" -o o http.pcap nowhere.pcap
is "$status" 2 'a PATH that does not exist: 2'
is "$err" 'tcpsession: nowhere.pcap: No such file or directory' '... says so'
run "$tcpsession" -o unmade nowhere.pcap
test ! -e unmade
ok $? '... before any work'
for filter in 'port 80' 'tcp' 'host 10.0.0.1 and port 22'; do
	run "$tcpsession" -o unmade "$filter"
	is "$status" 2 "a filter in place of a PATH: 2 ($filter)"
	like "$err" "^tcpsession: $filter: .*; to filter .* use -f '$filter'\$" \
	    '... and a hint'
done
if [ -e /sys/class/net/lo ]; then
	run "$tcpsession" -o unmade -i lo
	is "$status" 2 'an interface in place of a PATH: 2'
	like "$err" 'use --interface lo$' '... and a hint'
else
	skip 'an interface in place of a PATH' 'no interface lo'
fi

echo 'this is no capture' >garbage
run "$tcpsession" -o o garbage
is "$status" 3 'garbage alone: 3'
like "$err" '^tcpsession: garbage: ' '... says which'
is "$(printf '%s\n' "$err" | wc -l)" 1 '... in one line'
test ! -e o/garbage.sessions
ok $? '... and makes no directory'
run "$tcpsession" -o o http.pcap garbage
is "$status" 1 'garbage beside a good one: 1'

: >empty.pcap
run "$tcpsession" -o o empty.pcap
is "$status" 3 'an empty file: 3'
like "$err" '^tcpsession: empty.pcap: .*empty' '... says so'
run "$tcpsession" -o o - </dev/null
is "$status" 3 'nothing on standard input: 3'

head -c 24 http.pcap >none.pcap
run "$tcpsession" -o o none.pcap
is "$status $err" '0 ' 'a capture without packets: 0'
is "$(files o/none.pcap.sessions | tr '\n' ' ')" \
    'capture.jsonl sessions.jsonl ' '... with an empty index'
is "$(cat o/none.pcap.sessions/sessions.jsonl)" '' '... really empty'

# The cut is in the last packet, a FIN's ACK; all bytes are there.
head -c 18800 http.pcap >cut.pcap
run "$tcpsession" -o o cut.pcap
is "$status" 1 'a truncated capture: 1'
like "$err" '^tcpsession: cut.pcap: .*packet 48' '... names the packet'
for file in o/http.pcap.sessions/*.?2?; do
	cmp -s "$file" "o/cut.pcap.sessions/${file##*/}"
	ok $? "... all before it is written: ${file##*.}"
done

gzip -c http.pcap | head -c 6000 >cut.pcap.gz
run "$tcpsession" -o o cut.pcap.gz
is "$status" 1 'a truncated gzip: 1'
like "$err" '^tcpsession: cut.pcap.gz: ' '... says which'
test -s o/cut.pcap.gz.sessions/sessions.jsonl
ok $? '... what could be had is written'

mkdir dir
cp garbage dir/notes.txt
cp http.pcap dir/
run "$tcpsession" -o o dir
is "$status $err" '0 ' 'a directory: what is no capture is passed over'
cp garbage dir/bad.pcap
run "$tcpsession" -o o dir
is "$status" 1 '... unless its name says that it is one: 1'
like "$err" '^tcpsession: dir/bad.pcap: ' '... says which'
rm dir/http.pcap
run "$tcpsession" -o o dir
is "$status" 3 'nothing but bad ones: 3'
mkdir bare
run "$tcpsession" -o o bare
is "$status" 0 'a directory without captures: 0'
is "$err" 'tcpsession: no capture found' '... and a word about it'

if [ "$(id -u)" != 0 ]; then
	cp http.pcap locked.pcap
	chmod 0 locked.pcap
	run "$tcpsession" -o o locked.pcap http.pcap
	is "$status" 1 'one that may not be read, beside a good one: 1'
	like "$err" '^tcpsession: locked.pcap: .*Permission denied' \
	    '... says why'
else
	skip 'one that may not be read' 'root may read all'
fi

: >file
run "$tcpsession" -o file http.pcap
is "$status" 4 'output where there is a file: 4'
like "$err" '^tcpsession: file: .*Not a directory' '... says so'
is "$(printf '%s\n' "$err" | wc -l)" 1 '... in one line'

if [ -w /dev/full ]; then
	run sh -c '"$1" --help >/dev/full' - "$tcpsession"
	is "$status" 4 'standard output is full: 4'
	like "$err" 'tcpsession: standard output: No space left' '... says so'
else
	skip 'standard output is full' 'no /dev/full'
fi
# `true' may be gone before the first byte or after the last.
for n in 1 2 3 4 5; do
	{ "$tcpsession" --help; echo $? >code; } | true
	is "$(cat code)" 0 "the reader of standard output is gone: 0 (try $n)"
done

if command -v flock >/dev/null; then
	mkdir taken
	run flock taken "$tcpsession" -o taken http.pcap
	is "$status" 75 'another run holds the lock: 75'
	like "$err" '^tcpsession: taken: another run' '... says so'
	run "$tcpsession" -o taken http.pcap
	is "$status" 0 '... and none holds it later'
else
	skip 'another run holds the lock' 'flock is missing'
fi
finish
