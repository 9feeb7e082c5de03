#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3 gzip
# jobs.t: -j is a matter of time, and of nothing else.
. "$(dirname "$0")/../lib/check.sh"

# Whole and cut, plain and compressed, no captures at all.
mkdir -p in/a/b in/c
cp "$data"/*.pcap* in/
for i in 1 2 3; do
	cp "$data/http.pcap" "in/a/again-$i.pcap"
	cp "$data/http6.pcap.zst" in/a/b/six-$i.pcap.zst
done
gzip -c "$data/lossy.pcap" >in/c/lossy.pcap.gz
head -c 700 in/c/lossy.pcap.gz >in/c/cut.pcap.gz
head -c 9000 "$data/ssh.pcap" >in/c/cut.pcap
head -c 3000 /dev/zero >in/c/zeros.pcap
head -c 3000 /dev/zero | gzip -c >in/c/zeros.pcap.gz
: >in/c/empty.pcap
echo 'not one' >in/c/text
gzip -c "$data/http.pcap" >in/c/bad.pcap.gz
printf 'XXXX' | dd of=in/c/bad.pcap.gz bs=1 seek=500 conv=notrunc 2>/dev/null

# An extra megabyte or two, so that there is something to do for a while.
if [ -x "$built/bench/gen" ]; then
	"$built/bench/gen" M 0.004 1 in/c/many.pcap manifest
	gzip -1c in/c/many.pcap >in/a/many.pcap.gz
	"$built/bench/gen" S 0.002 2 in/c/small.pcap manifest
fi

# with N: everything that comes out of runs with -j N, in N.d
with() {
	mkdir $1.d
	run "$tcpsession" -j $1 -r -v -e all -c -o $1.d/o in
	echo "$status" >$1.d/status
	printf '%s' "$err" >$1.d/messages
	mv $1.d/o/*.tar* $1.d/
	"$tcpsession" -j $1 -r -q -e raw -f 'tcp port 80' -M 64M -o $1.d/f in 2>>$1.d/more
	echo $? >>$1.d/status
	"$tcpsession" -j $1 -r -q --tar-only --tar-compress none -o - in \
	    >$1.d/stream.tar 2>>$1.d/more
	echo $? >>$1.d/status
	for word in gzip zstd xz; do
		"$tcpsession" -j $1 -r -q -e raw -o $1.d/tar --tar-only \
		    --tar-compress $word in/c 2>>$1.d/more
		echo $? >>$1.d/status
	done
	"$tcpsession" -j $1 -r -q -s in >$1.d/summary 2>>$1.d/more
	echo $? >>$1.d/status
	"$tcpsession" -j $1 -r -q -P in >$1.d/print 2>>$1.d/more
	echo $? >>$1.d/status
	"$tcpsession" -j $1 -r --packets in/a/b in/c/cut.pcap "$data" >$1.d/packets \
	    2>>$1.d/messages
	echo $? >>$1.d/status
	"$tcpsession" -j $1 -r --grep GET in/a/b "$data" >$1.d/grep 2>>$1.d/messages
	echo $? >>$1.d/status
	"$tcpsession" -j $1 -r -q --continuous -o $1.d/c in 2>>$1.d/more
	echo $? >>$1.d/status
	# From a pipe, also a compressed one.
	"$tcpsession" -j $1 -q -o $1.d/p - <in/c/lossy.pcap.gz
	echo $? >>$1.d/status
}

with 1
is "$(tr '\n' ' ' <1.d/status)" '1 1 1 1 1 1 1 1 1 1 1 0 ' 'one thread'
like "$(cat 1.d/messages)" '/cut.pcap.gz: .*ends too early' \
    '... says what is cut'
for n in 2 3 8; do
	with $n
	same 1.d $n.d "$n threads: the same files, tars, text, messages, status"
done

run "$tcpsession" -j 0 -o x "$data/http.pcap"
is "$status" 2 '-j 0 is refused'
run "$tcpsession" -o x "$data/http.pcap"
is "$status $err" '0 ' 'as many as processors'

# One thread is one thread, and the default is not more than is of use.
case ${SANITIZE:-} in
*-fsanitize=*) trace= ;;
*) trace=trace ;;
esac
if [ -n "$trace" ] && can_trace; then
	strace -f -e trace=clone,clone3 -o trace "$tcpsession" -j 1 -r -o y in \
	    2>/dev/null
	is "$(grep -c 'clone3*(' trace)" 0 '-j 1 makes no thread'
	strace -f -e trace=clone,clone3 -o trace "$tcpsession" -j 2 -r -o z in \
	    2>/dev/null
	grep -q 'clone3*(' trace
	ok $? '-j 2 does'
	strace -f -e trace=clone,clone3 -o trace "$tcpsession" -j 2 -s \
	    "$data/http.pcap" "$data/ssh.pcap" >/dev/null 2>&1
	grep -q 'clone3*(' trace
	ok $? '... also where captures are shown'
else
	skip '-j 1 makes no thread' 'nothing can be traced here'
	skip '-j 2 does' 'nothing can be traced here'
	skip '... also where captures are shown' 'nothing can be traced here'
fi
finish
