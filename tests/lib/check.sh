# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# check.sh: test points for shell tests, which source it:
#
#	. "$(dirname "$0")/../lib/check.sh"
#
# The test then stands in an empty directory of its own; $tcpsession and
# $mkpcap are the programs, $data the sample captures, $conv the conversations,
# $rebuild the script that turns transcripts back into bytes.  It ends with
# `finish'.
here=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
SRCDIR=${SRCDIR:-$here}
tcpsession=${TCPSESSION:-$here/tcpsession}
mkpcap=${MKPCAP:-$here/build/tests/tools/mkpcap}
built=${BUILDDIR:-$here}/build/tests
data=$SRCDIR/data
conv=$SRCDIR/tests/conv
rebuild=$SRCDIR/tests/tools/rebuild.py
export TZ=UTC LC_ALL=C SRCDIR
unset NO_COLOR
points=0
failed=0

# skip_all WHY: this test cannot be done here.
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

test -x "$tcpsession" || skip_all 'tcpsession is not built'
test -x "$mkpcap" || skip_all 'mkpcap is not built (make check builds it)'
work=$(mktemp -d) || exit 1
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
cd "$work" || exit 1

# ok STATUS NAME
ok() {
	points=$((points + 1))
	if [ "$1" = 0 ]; then
		echo "ok $points - $2"
	else
		failed=$((failed + 1))
		echo "not ok $points - $2"
	fi
}

# is GOT WANTED NAME
is() {
	test "$1" = "$2"
	set -- $? "$@"
	ok "$1" "$4"
	test "$1" = 0 || {
		printf '%s\n' "got: $2" "wanted: $3" | sed 's/^/# /' |
		    cut -c 1-300
	}
}

# like TEXT REGEX NAME: a line of TEXT matches.
like() {
	printf '%s\n' "$1" | grep -Eq -e "$2"
	set -- $? "$@"
	ok "$1" "$4"
	test "$1" = 0 || printf '%s\n' "got: $2" "wanted: $3" |
	    sed 's/^/# /' | cut -c 1-300
}

# same A B NAME: two files or trees do not differ.
same() {
	difference=$(diff -r "$1" "$2" 2>&1)
	ok $? "$3"
	test -z "$difference" || printf '%s\n' "$difference" | head -n 20 |
	    cut -c 1-200 | sed 's/^/# /'
}

# A leak sanitizer does not work in a traced process.
strace() {
	ASAN_OPTIONS=detect_leaks=0 command strace "$@"
}

# can_trace: is there an strace, and may it?
can_trace() {
	strace -f -o /dev/null true 2>/dev/null
}

# hex: what comes in, as one line of hexadecimal digits.
hex() {
	od -An -v -tx1 | tr -d ' \n'
}

# skip NAME WHY
skip() {
	points=$((points + 1))
	echo "ok $points - $1 # SKIP $2"
}

# has_terminals: can a test make a terminal for a program?
has_terminals() {
	python3 -c 'import os, pty; [os.close(f) for f in pty.openpty()]' \
	    2>/dev/null
}

# until_true COMMAND: waits for it, 100 seconds at most.
until_true() {
	i=0
	while [ $i -lt 1000 ] && ! eval "$1" >/dev/null 2>&1; do
		i=$((i + 1))
		sleep 0.1
	done
	test $i -lt 1000
}

# run COMMAND...: sets status, out and err.
run() {
	"$@" >"$work/.out" 2>"$work/.err"
	status=$?
	out=$(cat "$work/.out")
	err=$(cat "$work/.err")
}

# capture NAME: compiles the conversation on standard input to NAME.
capture() {
	cat >"$1.conv"
	"$mkpcap" -o "$1" "$1.conv" || exit 1
	rm -f "$1.conv"
}

# conversations N: N connections at once, as text for `capture'.
conversations() {
	awk -v n="$1" 'BEGIN {
		for (round = 0; round < 4; round++)
			for (i = 0; i < n; i++) {
				print "conn c" i
				if (round == 0) {
					print "client 10.1.0.1:" 20000 + i
					print "handshake"
				} else if (round == 3)
					print "close"
				else {
					printf "> fill 30 q \"%d.%d\\n\"\n", i, round
					printf "< fill 900 a \"%d.%d\\n\"\n", i, round
				}
			}
	}'
}

# files DIR: names below DIR, sorted.
files() {
	(cd "$1" && find . -type f | sed 's,^\./,,' | sort)
}

# value FILE.json EXPRESSION: of its first line, d in python.
value() {
	python3 -c 'import json, sys
d = json.loads(open(sys.argv[1], encoding="utf-8").readline())
print(eval(sys.argv[2]))' "$1" "$2"
}

finish() {
	echo "1..$points"
	exit $((failed > 0))
}
