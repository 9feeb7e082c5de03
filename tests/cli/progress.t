#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3 gzip
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

# A thousand small captures.  The program is stopped where a line was drawn, and
# goes on when the next is due, on a terminal of another width.
mkdir many
gzip -c a.pcap >a.pcap.gz
for i in $(seq 500); do
	ln a.pcap many/rotated-$i.pcap
	ln a.pcap.gz many/rotated-$i.pcap.gz
done
if has_terminals; then
	python3 - "$tcpsession" -s many >lines <<'PY'
import fcntl, os, pty, signal, struct, sys, termios, time

def resize(columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

def next_line():
    global said
    while b" of 1000" not in said:
        said += os.read(fd, 4096)
    line = [x for x in said.split(b"\r\x1b[K") if b" of 1" in x][-1].decode()
    os.kill(pid, signal.SIGSTOP)
    os.waitpid(pid, os.WUNTRACED)
    said = b""
    print(columns, line, sep="\t", flush=True)
    time.sleep(0.25)

os.environ.pop("COLUMNS", None)
master, slave = pty.openpty()
fd, said, columns = master, b"", 80
resize(columns)
pid = os.fork()
if pid == 0:
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(slave, 2)
    os.execv(sys.argv[1], sys.argv[1:])
os.close(slave)
next_line()
for columns in (60, 200, 80):
    resize(columns)
    os.kill(pid, signal.SIGCONT)
    next_line()
os.kill(pid, signal.SIGCONT)
try:
    while os.read(fd, 4096):
        pass
except OSError:
    pass
print(os.waitpid(pid, 0)[1])
PY
	is "$(awk -F '\t' 'NF == 2 && length($2) >= $1' lines)" '' \
	    'a line fits, also when the terminal gets narrower'
	is "$(grep -c ' packets, .* sessions, .*B/s' lines) $(tail -n 1 lines)" \
	    '1 0' '... and is whole when it gets wider'
	is "$(sed -n 's/.* of 1000): .* of \([0-9.]* MB\) .*/\1/p' lines |
	    uniq -c | tr -s ' ')" \
	    " 4 $(python3 -c 'import os
print("%.1f MB" % (500 * (os.stat("a.pcap").st_size +
    os.stat("a.pcap.gz").st_size) / 2 ** 20))')" '... over the whole run'
else
	skip 'progress over many captures' 'no terminal can be made'
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
