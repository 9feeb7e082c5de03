#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# mkpcap.t: the compiler of conversations says what it does not understand.
cd "$(dirname "$0")/../.." || exit 1
mkpcap=${MKPCAP:-build/tests/tools/mkpcap}
if ! [ -x "$mkpcap" ]; then
	echo "1..0 # SKIP mkpcap is not built (make check builds it)"
	exit 0
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n=0

result() {
	n=$((n + 1))
	if [ "$1" = "$2" ]; then
		echo "ok $n - $3"
	else
		echo "not ok $n - $3"
		echo "# got: $1"
		echo "# expected: $2"
	fi
}

# refused TEXT MESSAGE: after a good line, this one is refused so
refused() {
	printf 'handshake\n%s\n' "$1" >"$tmp/c"
	got=$("$mkpcap" -o "$tmp/out" "$tmp/c" 2>&1)
	result "$? $got" "2 mkpcap: $tmp/c:$2" "$1"
}

# magic OPTION HEX: a capture of nothing begins so
magic() {
	: >"$tmp/c"
	# shellcheck disable=SC2086 # no option is no word
	got=$("$mkpcap" $1 "$tmp/c" | od -An -tx1 -N4 | tr -d ' \n')
	result "$got" "$2" "header with '$1'"
}

echo "1..15"
refused 'shake hands' '2: unknown word: shake'
refused '> "x' '2: no closing quote'
refused '> "\q"' '2: unknown escape'
refused '> "x" loudly' '2: unknown item: loudly'
refused '> seq much' '2: seq: no number: much'
refused '> win 65536' '2: win: out of range: 65536'
refused '> flags SX' '2: no such flag: X'
refused 'fragment 12 > "x"' '2: fragment: no multiple of 8'
refused 'hold x > "y"' '2: x was never released'
refused 'server somewhere:80' '2: no address: somewhere'
refused 'step 1 2' '2: not understood: 2'
magic '' d4c3b2a1
magic -b a1b2c3d4
magic -n 4d3cb2a1
magic -m 34cdb2a1
