#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3 gzip
# resume.t: --resume does what is not done yet, --min-age what is not new.
. "$(dirname "$0")/../lib/check.sh"

mkdir -p in/sub
cp "$data/http.pcap" "$data/ssh.pcap" in/
gzip -nc "$data/nano.pcap" >in/sub/nano.pcap.gz

# Marks each output directory; those that are made anew lose it.
mark() {
	find o -name '*.sessions' -type d -exec sh -c ': >"$1/MARK"' - {} \;
}
# The captures that were read since.
made() {
	find o -name '*.sessions' -type d | sort | while read -r dir; do
		test -e "$dir/MARK" || echo "${dir#o/}" | sed 's/.sessions$//'
	done | tr '\n' ' '
	mark
}
again() {
	run "$tcpsession" -r --resume -o o "$@" in
}

again
is "$status $err" '0 ' 'the first run'
is "$(made)" 'http.pcap ssh.pcap sub/nano.pcap.gz ' '... does all'
"$tcpsession" -r -o plain in
find o -name MARK -exec rm {} +
same plain o '... and what it would do without --resume'
mark
again
is "$status $err $(made)" '0  ' 'the second does nothing'
run "$tcpsession" -r --resume -v -o o in
is "$status $err" \
    '0 tcpsession: captures skipped, their output is complete: 3' \
    '... and says so with -v'
run "$tcpsession" -r -o o in
is "$status $(made)" '0 http.pcap ssh.pcap sub/nano.pcap.gz ' \
    'without --resume all is done again'

# --------------------------------------------------------- what is done again

touch in/ssh.pcap
again
is "$status $(made)" '0 ssh.pcap ' 'the time of the file has changed'
cp -p in/ssh.pcap keep
cat "$data/midstream.pcap" >in/ssh.pcap
again
is "$status $(made)" '0 ssh.pcap ' 'another file of that name'
cat keep >in/ssh.pcap
touch -r keep in/ssh.pcap
again
is "$status $(made)" '0 ssh.pcap ' '... and back'
again
is "$status $(made)" '0 ' '... done'
# The same size and time, but not the same.
python3 - in/ssh.pcap <<'PY'
import os, sys
st = os.stat(sys.argv[1])
with open(sys.argv[1], "r+b") as f:
    f.seek(-1, 2)
    last = f.read(1)
    f.seek(-1, 2)
    f.write(bytes([last[0] ^ 1]))
os.utime(sys.argv[1], ns=(st.st_atime_ns, st.st_mtime_ns))
PY
again
is "$status $(made)" '0 ssh.pcap ' 'a byte at its end, size and time kept'
cp "$data/http6.pcap" in/
again
is "$status $(made)" '0 http6.pcap ' 'a new capture'
rm -rf o/http.pcap.sessions
again
is "$status $(made)" '0 http.pcap ' 'output that was removed'
rm o/http.pcap.sessions/capture.jsonl
again
is "$status" 4 'output without capture.jsonl is not ours: 4'
rm -rf o/http.pcap.sessions
again
made >/dev/null
sed -i 's/"fingerprint":"./"fingerprint":"x/' o/http.pcap.sessions/capture.jsonl
again
is "$status $(made)" '0 http.pcap ' 'capture.jsonl that was tampered with'
head -c 60 o/http.pcap.sessions/capture.jsonl >short
cat short >o/http.pcap.sessions/capture.jsonl
again
is "$status $(made)" '0 http.pcap ' '... or was cut'

all='http.pcap http6.pcap ssh.pcap sub/nano.pcap.gz '
for option in '-e raw' '--gaps skip' '-b 100' '--overlap last' '--strict' \
    '-f tcp' '--idle 100' '--checksum drop' '--split-by vlan' \
    '--max-gap 2M' '--shard 0/2'; do
	again $option
	is "$status $(made)" "0 $all" "another option: $option"
	again $option
	is "$status $(made)" '0 ' '... the same once more'
done
again
is "$status $(made)" "0 $all" 'back without options'
again --sync --force --progress
is "$status $(made)" '0 ' 'options that change no output'

# ------------------------------------------------------------ what is damaged

head -c 5000 "$data/http.pcap" >in/cut.pcap
echo garbage >in/bad.pcap
again
is "$status" 1 'a cut capture and garbage: 1'
is "$(made)" 'cut.pcap ' '... what could be read is written'
again
is "$status $(made)" '1 ' 'the cut one has not changed: nothing is done'
like "$err" '^tcpsession: in/bad.pcap: no capture' \
    '... what cannot be read is tried, and told, each time'
rm in/bad.pcap
again
is "$status $err" '0 ' '... and what is skipped does not count'
rm in/cut.pcap
mkdir only
echo garbage >only/bad.pcap
cp in/http.pcap only/
"$tcpsession" -q -o o2 only
run "$tcpsession" -q --resume -o o2 only
is "$status" 1 'all but the unreadable are done: 1, not 3'

# ------------------------------------------------------- streams, one capture

run "$tcpsession" --resume -o o - <in/http.pcap
made >/dev/null
run "$tcpsession" --resume -o o - <in/http.pcap
is "$status $(made)" '0 stdin ' 'standard input is always read'
is "$(value o/stdin.sessions/capture.jsonl 'd["fingerprint"]')" None \
    '... and has no fingerprint'
mkfifo fifo
cat in/http.pcap >fifo &
run "$tcpsession" --resume -o o fifo
wait
is "$status $(made)" '0 fifo ' 'a FIFO is'
cp -p "$data"/rotated-*.pcap .
run "$tcpsession" --continuous --resume -o o rotated-0.pcap rotated-1.pcap
is "$status $(made)" '0 continuous ' 'two captures as one'
run "$tcpsession" --continuous --resume -o o rotated-0.pcap rotated-1.pcap
is "$status $(made)" '0 ' '... are done'
run "$tcpsession" --continuous --resume -o o rotated-*.pcap
is "$status $(made)" '0 continuous ' '... not with a third'
run "$tcpsession" --continuous --resume --state s -o o rotated-*.pcap
is "$status" 2 '--resume with --state: 2'

# -------------------------------------------------------------------- --min-age

mkdir ages
cp "$data/http.pcap" ages/new.pcap
cp "$data/http.pcap" ages/old.pcap
cp "$data/http.pcap" ages/future.pcap
touch -t 202001010000 ages/old.pcap
touch -t 203801010000 ages/future.pcap
run "$tcpsession" --min-age 60 -o a ages
is "$status $err $(ls a)" '0  old.pcap.sessions' \
    '--min-age 60: the old one only, in silence'
run "$tcpsession" --min-age 60 -v -o a ages/new.pcap
is "$status" 0 '... also of one that is named'
like "$err" '^tcpsession: ages/new.pcap: left for later: it was modified' \
    '... which -v tells'
is "$(ls a)" old.pcap.sessions '... it is not read'
touch -d '2 minutes ago' ages/new.pcap
run "$tcpsession" --min-age 60 --resume -o a ages
is "$status $(ls a | tr '\n' ' ')" '0 new.pcap.sessions old.pcap.sessions ' \
    '... and the next run has it'
run "$tcpsession" --min-age 0 -o a ages
is "$status $(ls a | wc -l | tr -d ' ')" '0 3' '--min-age 0: all'
run "$tcpsession" --min-age 60 -o a - <ages/future.pcap
is "$status $(ls a | grep -c stdin)" '0 1' 'standard input has no age'
# Those that are new are no part of the one capture yet.
mkdir rot
cp "$data"/rotated-0.pcap "$data"/rotated-1.pcap rot
touch -t 202001010000 rot/rotated-0.pcap
inputs_of() {
	value "$1" 'len(d["files"])'
}
again_rot() {
	run "$tcpsession" --continuous --resume --min-age 60 -o r rot
}
again_rot
is "$status $(inputs_of r/continuous.sessions/capture.jsonl)" '0 1' \
    '--continuous --resume --min-age: what is old enough'
touch -r rot/rotated-0.pcap before
ls -i r >first
again_rot
ls -i r >second
is "$status $(diff first second && echo same)" '0 same' '... is done'
touch -t 202001010001 rot/rotated-1.pcap
again_rot
is "$status $(inputs_of r/continuous.sessions/capture.jsonl)" '0 2' \
    '... and made again when another is'
for bad in -1 x '' 1x nan; do
	run "$tcpsession" --min-age "$bad" -o a ages
	is "$status" 2 "--min-age '$bad': 2"
done
finish
