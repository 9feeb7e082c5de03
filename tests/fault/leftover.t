#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: strace python3 flock
# leftover.t: what a killed run leaves, any later run removes, and nothing else;
# directories that are exchanged under a run; where everybody may write.
. "$(dirname "$0")/../lib/check.sh"

strace -o /dev/null true 2>/dev/null || skip_all 'strace cannot trace here'
left() {
	find "$1" -name '.*.sessions.*' -printf '%P\n' | sort
}
# killed CALL N ARG...: a run that dies at the Nth such call.
killed() {
	call=$1 n=$2
	shift 2
	strace -f -qq -o /dev/null -e trace="$call" \
	    -e inject="$call:signal=SIGKILL:when=$n" \
	    "$tcpsession" -j 1 -o out "$@" 2>/dev/null
}

mkdir -p tree/a/b other
cp "$data/http.pcap" tree/a/b/x.pcap
cp "$data/ssh.pcap" other/y.pcap
# At each step on the way to a place.
for step in 'mkdirat 3' 'flock 2' 'openat 60' 'pwritev 2' 'fchmod 1' \
    'renameat2 1'; do
	# shellcheck disable=SC2086 # a call and a number
	killed $step -r tree
	n=$(left out | wc -l)
	"$tcpsession" -o out other/y.pcap
	is "$? $(left out)" '0 ' "killed at $step, $n left: swept"
done
is "$(ls -A out/a/b)" '' '... below DIR, whose input was another'
"$tcpsession" -r -o out tree
killed renameat2 1 -r tree
test -n "$(left out)"
ok $? 'killed when it had replaced: the old one is left'
killed unlinkat 2 -r tree
"$tcpsession" -o out other/y.pcap
is "$? $(left out)" '0 ' '... swept, also by one that follows the killed one'
"$tcpsession" -r -o clean tree
same clean/a out/a 'what was published stays'

# So is the directory of its scratch files, by our mark, but not one in use.
mkdir scratch
mkdir -m 1700 scratch/tcpsession-Ab12Cd scratch/tcpsession-Ij56Kl
mkdir scratch/tcpsession-output scratch/tcpsession-Ab12Cd/peers-Mn78Op
echo secret >scratch/tcpsession-Ab12Cd/peers-Mn78Op/keys
ln -s "$work/other" scratch/tcpsession-Ab12Cd/peers-Mn78Op/link
flock scratch/tcpsession-Ij56Kl env TMPDIR=scratch "$tcpsession" -s \
    other/y.pcap >/dev/null
is "$? $(ls scratch | tr '\n' ' ')" '0 tcpsession-Ij56Kl tcpsession-output ' \
    'a directory of scratch files is swept'
is "$(ls other)" y.pcap '... no link is followed'
strace -f -qq -o /dev/null -e trace=openat \
    -e inject=openat:signal=SIGKILL:when=40 env TMPDIR=scratch \
    "$tcpsession" -j 1 -o out -r tree 2>/dev/null
n=$(ls scratch | wc -l)
TMPDIR=scratch "$tcpsession" -o out other/y.pcap
is "$? $n $(ls scratch | wc -l)" '0 2 1' '... that of a killed run, too'

# Nothing else goes.
mkdir -m 1700 out/.held.pcap.sessions.abcdef
mkdir out/.mine.pcap.sessions.abcdef out/.mine.abcdef
echo precious >out/.mine.pcap.sessions.abcdef/file
python3 - <<'PY' &
import fcntl, os, time
fd = os.open("out/.held.pcap.sessions.abcdef", os.O_RDONLY)
fcntl.flock(fd, fcntl.LOCK_EX)
open("locked", "w").close()
while not os.path.exists("done"):
    time.sleep(0.05)
PY
while [ ! -e locked ]; do sleep 0.05; done
"$tcpsession" -o out other/y.pcap
is "$(left out | tr '\n' ' ')" \
    '.held.pcap.sessions.abcdef .mine.pcap.sessions.abcdef ' \
    'one that a run holds, and one without our mark, stay'
touch done
wait
"$tcpsession" -o out other/y.pcap
is "$(left out)" .mine.pcap.sessions.abcdef '... until nobody holds it'
test -d out/.mine.abcdef
ok $? '... and what has another name'

# ------------------------------------------------------ exchanged under the run

mkfifo fifo
"$tcpsession" -o moved - <fifo 2>err &
run=$!
exec 9>fifo
while [ ! -d moved ]; do sleep 0.05; done
sleep 0.2
mv moved gone
mkdir moved
cat other/y.pcap >&9
exec 9>&-
wait $run
is $? 4 'the output directory is exchanged under the run: 4'
like "$(cat err)" '^tcpsession: moved: is not the directory any more' '... told'

# ---------------------------------------------------------- everybody may write

mkdir -m 777 open
chmod 777 open
run "$tcpsession" -o open other/y.pcap
is "$status $(ls -A open)" '2 ' 'everybody may write in the output directory: 2'
like "$err" 'chmod o-w.*chmod \+t' '... what to do'
chmod 1777 open
run "$tcpsession" -o open other/y.pcap
is "$status" 0 '... with the sticky bit'
finish
