#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# truncated.t: a capture that is cut anywhere is read up to there.
. "$(dirname "$0")/../lib/check.sh"

# every NAME STEP: all lengths of the file NAME, STEP bytes apart, some in each
# run: none may spoil what others give.
every() {
	name=$1 step=$2
	rm -rf o cut
	mkdir cut
	python3 - "$name" "$step" <<'PY'
import sys
data = open(sys.argv[1], "rb").read()
for n in range(0, len(data), int(sys.argv[2])):
    with open("cut/%06d" % n, "wb") as f:
        f.write(data[:n])
PY
	bad=
	for group in 0 1 2 3 4 5 6 7 8 9; do
		"$tcpsession" -q -o o -e "$products" cut/*$group >log 2>&1
		status=$?
		case $status in
		0 | 1 | 3) ;;
		*) bad="$bad $group:$status"; cat log ;;
		esac
	done
	is "$bad" '' "$name: every ${step}th length ends in 0, 1 or 3"
}

products=all
"$mkpcap" -o simple "$conv/simple.conv"
"$mkpcap" -g -o simple.pcapng "$conv/simple.conv"
"$tcpsession" -o whole simple simple.pcapng
for name in simple simple.pcapng; do
	every $name 1
	is "$(ls -d o/*.sessions | wc -l)" $(($(wc -c <$name) - 4)) \
	    '... each that begins like a capture has its output'
	# What was written of them is the beginning of the whole.
	python3 - whole/$name.sessions o/*.sessions <<'PY'
import glob, os, sys
whole = {}
for name in glob.glob(sys.argv[1] + "/*.?2?"):
    whole[os.path.basename(name)] = open(name, "rb").read()
for where in sys.argv[2:]:
    for name in glob.glob(where + "/*.?2?"):
        part = open(name, "rb").read()
        if not part or not whole[os.path.basename(name)].startswith(part):
            sys.exit(name)
PY
	ok $? '... and what came out is the beginning of the whole'
done

# The statuses one by one.
wrong=
for cut in 0 1 3 4 23 24 25 39 40 41 93 94 95; do
	head -c $cut simple >cut.pcap
	run "$tcpsession" -q -o one cut.pcap
	case $cut in
	0 | 1 | 3) want=3 ;;
	24 | 94) want=0 ;;
	*) want=1 ;;
	esac
	test $status = $want || wrong="$wrong $cut:$status"
done
is "$wrong" '' 'cut in the magic: 3; between records: 0; elsewhere: 1'

for program in gzip bzip2 xz zstd lz4; do
	command -v $program >/dev/null || {
		skip "$program, every length" "$program is missing"
		continue
	}
	$program -c <simple >packed.$program 2>/dev/null
	every packed.$program 1
done
products=raw
cp "$data/two-links.pcapng" "$data/http6.pcap.zst" .
every two-links.pcapng 3
every http6.pcap.zst 61
finish
