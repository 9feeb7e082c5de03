#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# progress.t: how far the whole run is, on a terminal or when asked.
. "$(dirname "$0")/../lib/check.sh"

cp "$data/http.pcap" a.pcap
cp "$data/ssh.pcap" b.pcap
run "$tcpsession" -o o a.pcap b.pcap
is "$err" '' 'no progress where there is no terminal'
run "$tcpsession" -j 1 --progress -o o a.pcap b.pcap
like "$err" '^a\.pcap \(1 of 2\): 18\.3 KB of 30\.0 KB \(61%\), 48 packets, 2 sessions, [0-9.]+ [KMG]?B/s(, 0:00 left)?$' \
    '--progress: files, bytes, packets, sessions, rate, time left'
run "$tcpsession" --progress -o o a.pcap
like "$err" '^a\.pcap: 18\.3 KB of 18\.3 KB \(100%\), 48 packets, 2 sessions' \
    '... of one'
run "$tcpsession" --progress --resume -o o a.pcap b.pcap
is "$status $err" '0 ' '... of what --resume leaves: nothing'
touch b.pcap
run "$tcpsession" --progress --resume -o o a.pcap b.pcap
like "$err" '^b\.pcap: .*\(100%\), 47 packets, 1 sessions' '... and one'
run "$tcpsession" -j 1 --progress -o o - b.pcap <a.pcap
like "$err" '^stdin \(1 of 2\): 18\.3 KB, 48 packets' \
    '... and of a stream, whose size nobody knows'
run "$tcpsession" --progress --continuous -o o b.pcap a.pcap
like "$err" '^[ab]\.pcap \(1 of 2\): ' '... and of captures read as one'

# terminal OPTION...: what a run shows on a terminal.
terminal() {
	python3 - "$tcpsession" -j 1 "$@" <<'PY'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
said = b""
try:
    while part := os.read(fd, 4096):
        said += part
except OSError:
    pass
os.waitpid(pid, 0)
print(repr(said.decode()))
PY
}
if has_terminals; then
	said=$(terminal -o o a.pcap b.pcap)
	# Root is told before.
	like "$said" "^'(.*gives that up.r.n)?.r.x1b\[Ka\.pcap \(1 of 2\): [^\\]*B/s" \
	    'a terminal: a line that is drawn over'
	like "$said" ".r.x1b\[K'\$" '... and taken away at the end'
	is "$(terminal -q -o o a.pcap b.pcap)" "''" '... -q: none'
else
	skip 'progress on a terminal' 'no terminal can be made'
fi

# Asked while the second is read: all of the first counts.
mkfifo feed
exec 9<>feed
rm -rf o
mkdir o
"$tcpsession" -o o a.pcap - <feed >log 2>&1 9>&- &
pid=$!
cat b.pcap >&9
i=0
while [ $i -lt 100 ] && [ -z "$(find o -name '.stdin.sessions.*')" ]; do
	i=$((i + 1))
	sleep 0.02
done
kill -USR1 $pid
i=0
while [ $i -lt 100 ] && ! [ -s log ]; do
	i=$((i + 1))
	sleep 0.02
done
exec 9>&-
wait $pid
like "$(cat log)" \
    '^tcpsession: stdin \(2 of 2\): .*, 95 packets, 3 sessions, ' \
    'SIGUSR1: the sum of what was read'
finish
