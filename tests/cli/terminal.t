#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# terminal.t: what is shown on a terminal, at several widths.
. "$(dirname "$0")/../lib/check.sh"
has_terminals || skip_all 'no terminal can be made'

# on COLUMNS ARG...: what the program writes to a terminal that is so wide.
cat >on.py <<'END'
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ,
                struct.pack("HHHH", 50, int(sys.argv[1]), 0, 0))
    os.execv(sys.argv[2], sys.argv[2:])
out = b""
try:
    while True:
        more = os.read(fd, 65536)
        if not more:
            break
        out += more
except OSError:
    pass
os.waitpid(pid, 0)
sys.stdout.buffer.write(out.replace(b"\r\n", b"\n"))
END
# Messages, as that it runs as root, are not fitted.
on() { python3 on.py "$@" | grep -v '^.\{0,20\}tcpsession:'; }

# beyond COLUMNS: how many lines of standard input are wider.
beyond() {
	python3 -c 'import re, sys
n = int(sys.argv[1])
text = re.sub("\x1b\\[[0-9;]*[mK]", "", sys.stdin.read())
print(sum(len(l) > n for l in re.split("[\r\n]", text)))' "$1"
}

for columns in 40 60 80 100 200; do
	is "$(on $columns "$tcpsession" --help | beyond $columns)" 0 \
	    "--help in $columns columns"
	is "$(on $columns "$tcpsession" -s "$data/http.pcap" |
	    beyond $columns)" 0 "-s in $columns columns"
	is "$(on $columns "$tcpsession" --packets "$data/http.pcap" |
	    beyond $columns)" 0 "--packets in $columns columns"
	is "$(on $columns "$tcpsession" --packets "$data/http.pcap" |
	    grep -c ' \[[A-Z.]*\] ')" 48 '... all of them'
	on $columns "$tcpsession" --progress -o o$columns "$data/lossy.pcap" \
	    "$data/http.pcap" >drawn
	is "$(beyond $((columns - 1)) <drawn)" 0 \
	    "progress in $columns columns: one less"
done
is "$(on 80 "$tcpsession" --packets "$data/http.pcap" |
    awk '/ win / { print index($0, " win ") }' | sort -u | wc -l |
    tr -d ' ')" 1 '--packets in 80 columns: the numbers keep theirs'
is "$(on 50 /bin/sh -c "'$tcpsession' --help | cat" | beyond 50)" 0 \
    '--help in a pager has the width of the terminal'
is "$("$tcpsession" --help 2>&1 | beyond 80)" 0 '--help elsewhere: 80'
test "$(on 200 "$tcpsession" --help | wc -l)" -eq \
    "$("$tcpsession" --help | wc -l)"
ok $? '... and no wider'

# A capture that has no session, among others.
mkdir many
head -c 24 "$data/http.pcap" >many/empty.pcap
cp "$data/http.pcap" "$data/ssh.pcap" many/
is "$("$tcpsession" -s many | grep -c ' sessions*, ') $("$tcpsession" -s many |
    grep -c empty)" '1 0' 'a capture without a session is not in the table'

# The duration goes before the protocol.
for columns in 80 90 100 110 120; do
	on $columns "$tcpsession" -s "$data/http.pcap" | head -n 1
done >headings
is "$(grep duration headings | grep -vc proto)" 0 \
    'the table has no duration without proto'

# What stands for other bytes is dim; what can be read is not.
esc=$(printf '\033')
on 80 "$tcpsession" -P --session 1 "$data/http.pcap" >shown
like "$(cat shown)" "^$esc\\[31m\\|Accept: \\*/\\*$esc\\[2m.r$esc\\[22m$esc\\[0m" \
    'a CR is dim'
like "$(cat shown)" "^$esc\\[94m\\|HTTP/1" 'the server is bright blue'
sed "s/$esc\\[[0-9;]*m//g" shown >bare
"$tcpsession" -P --session 1 "$data/http.pcap" >piped
same piped bare '... without colours it is what a pipe gets'

finish
