#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# limits.t: few descriptors, full disks, places that cannot be written.
. "$(dirname "$0")/../lib/check.sh"

# --------------------------------------------------------------- descriptors

conversations 200 | capture many.pcap
set -- many.pcap "$data"/*.pcap "$data"/*.gz "$data"/*.zst "$data"/*.pcapng
"$tcpsession" -e all -o wide "$@"
is "$(ls -d wide/*.sessions | wc -l | tr -d ' ')" $# 'without a limit'
for n in 16 20 64; do
	run sh -c 'n=$1; shift; ulimit -n "$n"; exec "$@"' - $n \
	    "$tcpsession" -e all -o "narrow$n" "$@"
	# One of the samples has a body that grows too much.
	is "$status" 1 "ulimit -n $n"
	same wide narrow$n '... the same output'
done
rm -rf narrow* wide

# ------------------------------------------------------------- a full disk

# is_whole TREE: every published directory is whole.
is_whole() {
	test -z "$(find "$1" -name '.*.sessions.*')" &&
	    for dir in "$1"/*.sessions; do
		test ! -d "$dir" || python3 "$rebuild" check "$dir" >/dev/null
	    done
}

printf 'handshake\nsplit 1400 > random 3000000 5\n<\nclose\n' |
    capture large.pcap
cp "$data/http.pcap" http.pcap
mkdir o
# Blocks of 512 bytes: the sessions of http.pcap fit.
run sh -c 'ulimit -f 200; exec "$@"' - "$tcpsession" -o o http.pcap \
    large.pcap
is "$status" 1 'a file grows too large: 1'
like "$err" '^tcpsession: large.pcap: [0-9]* files end early.*ulimit -f' \
    '... which is said'
is "$(value o/large.pcap.sessions/capture.jsonl 'd["incomplete"]')" \
    "['output']" '... also in the ledger'
is "$(value o/large.pcap.sessions/sessions.jsonl 'd["notes"]')" \
    "['output_limited']" '... and in the index'
is "$(find o/large.pcap.sessions -name '*.c2s' -size 200)" \
    "$(find o/large.pcap.sessions -name '*.c2s')" '... the file ends there'
python3 "$rebuild" check o/http.pcap.sessions >/dev/null
ok $? '... others are whole'
# A tar is a file like others: what can be packed small fits in it.
printf 'handshake\nsplit 1400 > fill 3000000 q\n<\nclose\n' |
    capture large.pcap
for how in '-c' --tar-only '--continuous -e all' '-j 1 --tar-only -e all'; do
	rm -rf q
	run sh -c 'ulimit -f 1000; exec "$@"' - "$tcpsession" -o q $how \
	    http.pcap large.pcap
	is "$status" 1 "... with $how: 1"
	like "$err" 'large.pcap: [0-9]* files end early|continuous: [0-9]* f' \
	    '... which is said'
done
rm -rf q

mkdir disk
if [ "$(id -u)" = 0 ] &&
    mount -t tmpfs -o size=4k,mode=700 tmpfs disk 2>/dev/null; then
	trap 'umount "$work/disk"; rm -rf "$work"' EXIT
	for size in 16k 64k 256k; do
		mount -o remount,size=$size disk
		run "$tcpsession" -e all -o disk many.pcap
		is "$status" 4 "a disk of $size: 4"
		is "$(printf '%s\n' "$err" | wc -l | tr -d ' ')" 1 \
		    '... one message'
		like "$err" '^tcpsession: disk: .*No space left on device' \
		    '... that says why'
		is "$(ls -A disk)" '' '... nothing stays'
	done
	mount -o remount,size=256k disk
	run "$tcpsession" -j 1 -o disk http.pcap many.pcap "$data/ssh.pcap"
	is "$status" 4 'the second of three does not fit: 4'
	is "$(ls -A disk | tr '\n' ' ')" \
	    'http.pcap.sessions ssh.pcap.sessions ' '... the others are there'
	is_whole disk
	ok $? '... and whole'
	mount -o remount,size=8m disk
	run "$tcpsession" -o disk http.pcap many.pcap "$data/ssh.pcap"
	is "$status" 0 'on a larger one all fit'

	# The scratch file of what waits for its turn.
	rm -rf disk/*
	mount -o remount,size=1m disk
	mkdir disk/tmp
	{
		printf 'handshake\nhold x > "late"\n'
		printf 'split 1400 > random 12000000 5\n'
		printf 'release x\n<\nclose\n'
	} | capture waiting.pcap
	run env TMPDIR="$work/disk/tmp" "$tcpsession" -o o -e raw \
	    --max-gap 100M waiting.pcap
	is "$status" 4 'the scratch file does not fit: 4'
	like "$err" '^tcpsession: .*TMPDIR: No space left' '... says so'
	is "$(printf '%s\n' "$err" | wc -l | tr -d ' ')" 1 '... in one line'
	is "$(ls -A o | grep wait)$(ls -A disk/tmp)" '' '... nothing stays'
	# That of a member of a tar that waits for its end.
	printf 'handshake\nsplit 1400 > random 12000000 5\n<\nclose\n' |
	    capture large.pcap
	rm -rf o
	for n in 1 2; do
		run env TMPDIR="$work/disk/tmp" "$tcpsession" -j $n -q -o o \
		    -e raw --tar-only large.pcap
		is "$status" 4 "a tar's scratch file does not fit, -j $n: 4"
		like "$err" '^tcpsession: .*scratch file: No space left' \
		    '... says so'
		is "$(printf '%s\n' "$err" | wc -l | tr -d ' ')" 1 \
		    '... in one line'
		is "$(ls -A o disk/tmp)" "$(printf 'disk/tmp:\n\no:')" \
		    '... nothing stays'
	done
	umount disk
	trap 'rm -rf "$work"' EXIT
else
	skip 'a full disk' 'no tmpfs can be mounted'
fi

# ------------------------------------------------------ cannot be written to

if [ "$(id -u)" != 0 ]; then
	mkdir readonly
	chmod 500 readonly
	run "$tcpsession" -o readonly http.pcap
	is "$status" 4 'a directory without permission: 4'
	like "$err" '^tcpsession: readonly: .*Permission denied' '... says so'
	run "$tcpsession" -o readonly/below http.pcap
	is "$status" 4 'below such a directory: 4'
else
	skip 'a directory without permission' 'root may write anywhere'
fi
: >file
run "$tcpsession" -o file/below http.pcap
is "$status" 4 'below a file: 4'
like "$err" '^tcpsession: file/below: .*Not a directory' '... says so'
run "$tcpsession" -o /proc/self/nowhere http.pcap
is "$status" 4 'where nothing can be made: 4'
long=$(printf '%250s' '' | tr ' ' x)
cp http.pcap "$long"
run "$tcpsession" -o o "$long" http.pcap
is "$status" 1 'a name that is too long for output: 1'
like "$err" 'name is too long' '... says so'
run env TMPDIR=/nowhere "$tcpsession" -o o http.pcap
is "$status" 0 'TMPDIR does not exist, and is not needed'
finish
