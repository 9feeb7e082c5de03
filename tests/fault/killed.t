#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# killed.t: a run that is killed, stopped or raced leaves nothing half-done.
. "$(dirname "$0")/../lib/check.sh"

cp "$data/http.pcap" http.pcap
gen=$built/bench/gen

# ------------------------------------------------------------- stop signals

mkfifo feed
# Waits until the run that reads from `feed' has begun to write.
started() {
	until_true 'test -n "$(find o -name ".stdin.sessions.*" -type d)"'
}

for signal in TERM:0 INT:0 HUP:129; do
	number=${signal#*:}
	signal=${signal%:*}
	rm -rf o
	mkdir o
	"$tcpsession" -o o http.pcap
	exec 9<>feed
	"$tcpsession" -o o http.pcap - <feed >log 2>&1 9>&- &
	pid=$!
	cat http.pcap >&9
	started
	kill -$signal $pid
	wait $pid 2>/dev/null
	is $? "$number" "SIG$signal while a pipe is read: status $number"
	exec 9>&-
	is "$(cat log)" '' '... not a word'
	test $number = 0 || continue
	is "$(ls -A o | tr '\n' ' ')" 'http.pcap.sessions stdin.sessions ' \
	    '... what was read is kept'
	is "$(python3 "$rebuild" check o)" '4 sessions, 0 wrong' '... whole'
done
is "$(ls -A o)" http.pcap.sessions \
    '... the complete one stays, the unfinished one is gone'
is "$(python3 "$rebuild" check o)" '2 sessions, 0 wrong' \
    '... what stays is whole'

rm -rf o
mkdir o
exec 9<>feed
"$tcpsession" -o o - <feed >log 2>&1 9>&- &
pid=$!
cat http.pcap >&9
started
kill -USR1 $pid
i=0
while [ $i -lt 100 ] && ! [ -s log ]; do
	i=$((i + 1))
	sleep 0.02
done
like "$(cat log)" '^tcpsession: .*, 48 packets, 2 sessions' \
    'SIGUSR1: one line on how far it is'

# -------------------------------------------------------------- concurrency

run "$tcpsession" -o o http.pcap
is "$status $(ls -A o | grep -c '^http')" '75 0' \
    'another run is writing there: 75, nothing done'
run "$tcpsession" -o o/below http.pcap
is "$status" 0 'another directory is free'
rm -rf o/below
exec 9>&-
wait $pid
is "$? $(ls -A o)" '0 stdin.sessions' 'the other one goes on undisturbed'
for i in 1 2 3 4 5 6 7 8; do
	{ "$tcpsession" -q -e all -o race "$data"; echo $? >>codes; } 2>/dev/null &
done
wait
# A sample has a body that grows too much: 1.
is "$(grep -c -e '^1$' -e '^75$' codes)" 8 'eight at once: 1 or 75'
grep -q '^1$' codes
ok $? '... at least one did it'
"$tcpsession" -q -e all -o alone "$data"
same alone race '... and the output is right'

# ------------------------------------------------------------------- planted

mkdir victim p
echo mine >victim/precious
cksum victim/* >before
ln -s ../victim p/http.pcap.sessions
run "$tcpsession" -o p http.pcap
is "$status" 4 'a link at the place of output: 4'
cksum victim/* >after
same before after '... it is not followed'
is "$(ls victim)" precious '... nothing is written behind it'
run "$tcpsession" --force -o p http.pcap
is "$status $(ls victim)" '0 precious' '--force: the link goes, not its target'
test ! -h p/http.pcap.sessions
ok $? '... a directory is in its place'

mkdir -p in/sub
cp http.pcap in/sub/
rm -rf p
mkdir p
ln -s ../victim p/sub
run "$tcpsession" -r -o p in
is "$status $(ls victim)" '4 precious' 'a link on the way to the place: 4'

# A link inside a directory of ours: replaced with all that is in it.
rm -rf p
"$tcpsession" -o p http.pcap
for file in p/http.pcap.sessions/*.txt; do
	ln -sf ../../victim/precious "$file"
done
ln -s ../../victim p/http.pcap.sessions/dir
run "$tcpsession" -o p http.pcap
is "$status" 0 'links inside earlier output'
cksum victim/* >after
same before after '... are not followed'
is "$(find p -type l)" '' '... and are gone'

# ----------------------------------------------------------- what was left

mkdir -p left/.http.pcap.sessions.AbCd12/sub \
    left/.other.pcap.sessions.AbCd12 left/.http.pcap.sessions.short \
    left/.http.pcap.sessions
chmod 1700 left/.http.pcap.sessions.AbCd12 # our mark
echo x >left/.http.pcap.sessions.AbCd12/sub/file
ln -s "$work/victim" left/.http.pcap.sessions.AbCd12/link
"$tcpsession" -o left http.pcap
is "$(ls -A left | tr '\n' ' ')" '.http.pcap.sessions '\
'.http.pcap.sessions.short .other.pcap.sessions.AbCd12 http.pcap.sessions ' \
    "a killed run's leftovers of this capture are swept, nothing else is"
is "$(ls victim)" precious '... links in them are not followed'

# ------------------------------------------------------------ killed, again

if [ -x "$gen" ]; then
	"$gen" S 0.006 1 big.pcap manifest
	"$gen" M 0.005 1 other.pcap manifest
	"$tcpsession" -o clean big.pcap other.pcap
	rounds=20
	took=$(python3 -c 'import subprocess, sys, time
begun = time.time()
subprocess.run(sys.argv[1:])
print(time.time() - begun)' "$tcpsession" -o timed big.pcap other.pcap)
	bad=
	while [ $rounds -gt 0 ]; do
		rounds=$((rounds - 1))
		python3 - "$took" "$tcpsession" -q -o k big.pcap other.pcap \
		    2>>log <<'PY'
import random, subprocess, sys, time
p = subprocess.Popen(sys.argv[2:])
time.sleep(random.random() * float(sys.argv[1]))
p.kill()
p.wait()
PY
		# Under its final name stands all of it or nothing.
		for name in big other; do
			test ! -e k/$name.pcap.sessions || diff -rq \
			    clean/$name.pcap.sessions k/$name.pcap.sessions \
			    >/dev/null || bad="$bad $rounds:$name"
		done
		test $((rounds % 3)) != 0 || rm -rf k/big.pcap.sessions
	done
	is "$bad" '' 'killed at random: what has its name is complete'
	# A signal at any moment: its own status, and nothing unfinished.
	python3 - "$took" "$tcpsession" -q -o s big.pcap other.pcap \
	    >signalled 2>>log <<'PY'
import os, random, signal, subprocess, sys, time
names = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
for i in range(30):
    p = subprocess.Popen(sys.argv[2:])
    time.sleep(random.random() * float(sys.argv[1]))
    sent = names[i % 3]
    p.send_signal(sent)
    status = p.wait()
    left = [n for n in os.listdir("s") if n[0] == "."] \
        if os.path.isdir("s") else []
    # Before the program has its handlers nothing is there to be left.
    if status not in (0, -sent) or left:
        print(status, left)
PY
	is "$(cat signalled)" '' \
	    'stopped at random: by that signal, nothing unfinished is left'
	cp -R k resumed
	run "$tcpsession" -o k big.pcap other.pcap
	is "$status $err" '0 ' '... the next run works'
	same clean k '... and leaves what a clean one does, and no more'
	run "$tcpsession" --resume -o resumed big.pcap other.pcap
	is "$status $err" '0 ' '... with --resume too'
	same clean resumed '... and leaves the same'
else
	skip 'killed at random' 'tests/bench/gen is not built'
fi
finish
