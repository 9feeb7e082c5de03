#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: strace python3
# inject.t: every call that writes output fails once: status 4, one message,
# nothing incomplete under a final name, and the next run repairs.
. "$(dirname "$0")/../lib/check.sh"

case ${SANITIZE:-} in
*address*) skip_all 'the leak check cannot be traced' ;;
esac
strace -o trace true 2>/dev/null || skip_all 'nothing can be traced here'
cp "$data/http.pcap" "$data/ssh.pcap" .
options="--sync -e raw,text,hex,json"
program="$tcpsession -j 1 $options"
$program -o clean http.pcap ssh.pcap
# What a run does once it has locked the output directory.
strace -o trace $program -o o http.pcap ssh.pcap || skip_all 'cannot be traced'

# first CALL: how many there are before the lock.
first() {
	sed '/^flock/q' trace | grep -c "^$1("
}

# broken: the published directories of o that are not as they should be; a
# capture whose fingerprint could not be taken has none.
broken() {
	for name in http ssh; do
		test ! -e o/$name.pcap.sessions || {
			diff -rq -x capture.jsonl clean/$name.pcap.sessions \
			    o/$name.pcap.sessions
			test -s o/$name.pcap.sessions/capture.jsonl ||
			    echo "$name: no capture.jsonl"
		}
	done
}

# inject CALL ERROR
inject() {
	call=$1
	error=$2
	total=$(grep -c "^$call(" trace)
	n=$(first "$call")
	tried=0
	bad=
	while [ $n -lt "$total" ]; do
		n=$((n + 1))
		tried=$((tried + 1))
		rm -rf o
		run strace -o log -e trace="$call" \
		    -e inject="$call:error=$error:when=$n" \
		    $program -o o http.pcap ssh.pcap
		lines=$(printf '%s' "$err" | grep -c '^tcpsession: ')
		case $status:$lines in
		4:1) ;;
		# The input's, a look at what need not be there, or one that
		# has another way.
		[013]:*) test "$call:$status" != pwritev:0 ||
		    bad="$bad $n:ok" ;;
		*) bad="$bad $n:$status:$lines" ;;
		esac
		test -z "$(broken)" || bad="$bad $n:broken"
		test $status != 0 || test -d o/ssh.pcap.sessions ||
		    bad="$bad $n:lost"
		$program -o o http.pcap ssh.pcap 2>>messages ||
		    bad="$bad $n:after"
		diff -rq clean o >/dev/null || bad="$bad $n:repair"
	done
	is "$bad" '' "$call: $error, each of $tried"
	test $tried -gt 0
	ok $? "... and there are some"
}

inject mkdirat ENOSPC
inject openat EMFILE
inject openat EIO
inject pwritev ENOSPC
inject pwritev EDQUOT
inject utimensat EIO
inject fsync EIO
inject close EIO
inject renameat2 EIO

# Interrupted: gone on with.
rm -rf o
run strace -o log -e trace=pwritev -e inject=pwritev:error=EINTR:when=1+2 \
    $program -o o http.pcap ssh.pcap
is "$status $err" '0 ' 'pwritev: EINTR, every second one'
same clean o '... the same output'

# The same in the thread that writes behind.
behind() {
	rm -rf o
	run strace -f -o log -e trace="$1" -e inject="$1:error=$2:when=$3" \
	    $tcpsession -j 2 $options -o o http.pcap
	is "$status" 4 "a thread's $1 number $3: $2"
	is "$(ls -A o)" '' '... nothing is published'
}
behind pwritev ENOSPC 1
behind pwritev EDQUOT 2
behind utimensat EIO 1
$tcpsession -j 2 $options -o o http.pcap ssh.pcap
same clean o 'and then all is well'

# A tar, which has the first calls to write, in the same thread or another's.
for n in 1 2; do
	for word in none gzip; do
		rm -rf o
		run strace -f -o log -e trace=write \
		    -e inject=write:error=ENOSPC:when=1 \
		    $tcpsession -j $n -q -o o --tar-only --tar-compress $word \
		    http.pcap ssh.pcap
		is "$status" 4 "a tar's first write fails, $word, -j $n"
		is "$(printf '%s\n' "$err" | wc -l | tr -d ' ')" 1 \
		    '... one message'
		is "$(ls -A o)" '' '... there is none'
	done
done
finish
