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
	find o -name '*.sessions' -type d -exec sh -c ': >"$1/.mark"' - {} \;
}
# The captures that were read since.
made() {
	find o -name '*.sessions' -type d | sort | while read -r dir; do
		test -e "$dir/.mark" || echo "${dir#o/}" | sed 's/.sessions$//'
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
find o -name .mark -exec rm {} +
same plain o '... and what it would do without --resume'
mark
again
is "$status $err $(made)" '0  ' 'the second does nothing'
run "$tcpsession" -r --resume -v -o o in
is "$status $(printf '%s\n' "$err" | grep -v -e ' cage: ' -e ' as root;')" \
    '0 tcpsession: captures skipped, their output is there: 3' \
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
is "$status $err$(made)" '1 ' 'nothing has changed: not a word, nothing is done'
rm in/bad.pcap
again
is "$status $err" '1 ' '... what is skipped counts, in silence'
again -v
like "$err" '^tcpsession: in/cut.pcap: skipped; .* incomplete .*\(cut\)' \
    '... -v says what it lacks'
rm in/cut.pcap
again
is "$status $err $(made)" '0  ' '... until it is gone'
mkdir only
echo garbage >only/bad.pcap
cp in/http.pcap only/
"$tcpsession" -q -o o2 only
run "$tcpsession" -q --resume -o o2 only
is "$status" 1 'all but the unreadable are done: 1, not 3'

# What is no capture is told once.
run "$tcpsession" --resume -o o2 only
is "$status $err" '0 ' '... and the next time nothing: 0'
run "$tcpsession" -o o2 only
is "$status" 1 '... but without --resume'
touch -d '1 hour ago' only/bad.pcap
run "$tcpsession" --resume -o o2 only
is "$status" 1 'a file that is no capture has another time: told'
printf 'harbage\n' >only/bad.pcap
touch -d '1 hour ago' only/bad.pcap
run "$tcpsession" --resume -o o2 only
is "$status" 1 '... other bytes: told'
: >only/empty.cap.gz
printf 'snoop\0\0\0\0\0\0\2\0\0\0\4' >only/sun.cap
echo no capture >only/notes
run "$tcpsession" --resume -o o2 only
is "$status" 1 'an empty file and one of another format: 1'
is "$(printf '%s\n' "$err" | sort)" \
'tcpsession: only/empty.cap.gz: empty file
tcpsession: only/sun.cap: a capture in the format of snoop, which is not read; `editcap -F pcapng FILE NEW'"'"' makes one that is' \
    '... both are told, and what is not called a capture is not'
run "$tcpsession" --resume -o o2 only
is "$status $err" '0 ' '... once'
run "$tcpsession" --resume -o o2 only/empty.cap.gz
is "$status $err" '0 ' '... also when it is named, and alone'
cp o2/.tcpsession.seen seen
run "$tcpsession" --resume -o o2 only/notes
is "$status" 3 'a named file that is not called a capture is told'
run "$tcpsession" --resume -o o2 only/notes
is "$status" 3 '... each time'
cmp -s seen o2/.tcpsession.seen
ok $? '... and not remembered'
for damage in 'd' '2d' '1s/1/2/' 's/[0-9a-f]\{9\}$/x/'; do
	sed "$damage" seen >o2/.tcpsession.seen
	run "$tcpsession" --resume -o o2 only
	is "$status" 1 "the list damaged ($damage): told again"
	run "$tcpsession" --resume -o o2 only
	is "$status $err" '0 ' '... and remembered'
done

# ------------------------------------------------------ what is not there

# What the ledger counts is what is there.
python3 - o/http.pcap.sessions <<'PY'
import hashlib, json, os, sys
here = sys.argv[1]
with open(here + "/capture.jsonl", encoding="utf-8") as f:
    o = json.load(f)["outputs"]
names = set(os.listdir(here)) - {"capture.jsonl", ".mark"}
assert o["files"] == len(names), o
assert o["bytes"] == sum(os.path.getsize(here + "/" + n) for n in names), o
with open(here + "/sessions.jsonl", "rb") as f:
    assert o["index_sha256"] == hashlib.sha256(f.read()).hexdigest(), o
PY
ok $? 'outputs: files, bytes, digest of the index'

# damaged NAME: the output of http.pcap, that something was done to, is made
# again, and then as it should be.
damaged() {
	again
	is "$status $(made)" '0 http.pcap ' "made again: $1"
	again
	is "$status $(made)" '0 ' '... and done'
}
one=$(ls o/http.pcap.sessions/*.txt | head -n 1)
rm "$one"
damaged 'a file that was removed'
: >"$one"
damaged 'one that was emptied'
truncate -s 100 "$one"
damaged 'one that was shortened'
echo more >>"$one"
damaged 'one that has grown'
: >o/http.pcap.sessions/other
damaged 'one more file'
sed -i '1s/"session":0/"session":9/' o/http.pcap.sessions/sessions.jsonl
damaged 'the index changed, with its size'
rm o/http.pcap.sessions/*.c2s o/http.pcap.sessions/*.s2c
damaged 'half of it gone'
ln -sf sessions.jsonl "$one"
damaged 'a link instead of a file'

# ------------------------------------------- what may be better the next time

mkdir once
cp -p in/http.pcap once/http.pcap
if can_trace; then
	run strace -f -qq -o /dev/null -e trace=read -P once/http.pcap \
	    -e inject=read:error=EIO:when=2 "$tcpsession" -o e once/http.pcap
	is "$status $(value e/*/capture.jsonl 'd["incomplete"]')" "1 ['read']" \
	    'an I/O error: 1, in the ledger'
	run "$tcpsession" --resume -o e once/http.pcap
	is "$status $(value e/*/capture.jsonl 'd["complete"]')" '0 True' \
	    '... the capture is read again'
	# Of which nothing could be read has no output, or keeps what it has.
	run strace -f -qq -o /dev/null -e trace=read -P once/http.pcap \
	    -e inject=read:error=EIO:when=1 "$tcpsession" -j 1 -o e once/http.pcap
	is "$status $(value e/*/capture.jsonl 'd["complete"]')" '3 True' \
	    'an I/O error at once: 3, earlier output stays'
	like "$err" '^tcpsession: once/http.pcap: read failed: ' '... told'
fi

# More SYNs than there is memory for: with the same -M and -j it would be
# the same, with others not.
python3 "$SRCDIR/tests/fault/hostile.py" halfopen 60000 >held.pcap
run "$tcpsession" -M 4M -j 1 -e none -o m held.pcap
is "$status $(value m/*/capture.jsonl 'd["incomplete"]')" "1 ['memory']" \
    'memory was short: 1, in the ledger'
is "$(value m/*/capture.jsonl \
    '[d["options"].get(k) for k in ("max_memory", "jobs")]')" '[4194304, 1]' \
    '... with -M and -j'
run "$tcpsession" -M 4M -j 1 -e none -o m --resume -v held.pcap
is "$status" 1 '... the same once more'
like "$err" 'held.pcap: skipped; .*\(memory\)' '... is not read'
run "$tcpsession" -M 4M -j 2 -e none -o m --resume -v held.pcap
like "$err" 'packets:' '... with another -j it is'
run "$tcpsession" -M 512M -e none -o m --resume held.pcap
is "$status $(value m/*/capture.jsonl 'd["complete"]')" '0 True' \
    '... and complete with more memory'
run "$tcpsession" -M 256M -j 3 -e none -o m --resume -v held.pcap
like "$err" 'captures skipped, .*: 1' \
    '... which -M and -j then have no part in'

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
