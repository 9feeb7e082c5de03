#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# cage.t: what a parser that somebody has taken over may still do: nothing
# (tools/probe.c tries), in every mode, as root and not, offline and live.
if [ -z "${TCPSESSION_NET-}" ]; then
	TCPSESSION_NET=none
	for make in 'unshare -n' 'unshare -rn'; do
		$make ip link set lo up 2>/dev/null || continue
		TCPSESSION_NET=$make
		break
	done
	export TCPSESSION_NET
fi
. "$(dirname "$0")/../lib/check.sh"
case ${SANITIZE:-} in
?*) skip_all 'a build for tests has holes in its cage' ;;
esac
probe=$built/tools/probe.so
test -e "$probe" || skip_all 'the probe is not built (make check builds it)'
pids=
trap 'kill $pids 2>/dev/null; chmod -R u+rwx "$work"; rm -rf "$work"' EXIT

# What is neither input nor output; its modes forbid nobody anything.  Paths are
# relative: not everybody can come here.
chmod 777 .
mkdir other tmp
echo text >other/file
chmod 777 other tmp
chmod 666 other/file
TMPDIR=tmp
export TMPDIR
cp "$probe" probe.so
cp "$data/http.pcap" .
mkdir in
cp http.pcap "$data/http6.pcap" in/

run "$tcpsession" -V
like "$out" '^cage: .*capabilities' '-V says what can be'
run "$tcpsession" -v -o v http.pcap
like "$err" '^tcpsession: cage: .*capabilities' '-v says what holds'
all=yes
case $err in
*'cage: capabilities, landlock ABI '*', seccomp'*) ;;
*)
	like "$err" '; no [a-z ]+: [A-Z]' '... and what does not and why'
	all=no
	;;
esac

# A kernel that lacks a layer: told, and no error.
if can_trace && [ $all = yes ]; then
	run strace -f -o trace -e inject=landlock_create_ruleset:error=ENOSYS \
	    "$tcpsession" -v -o lacking http.pcap
	is "$status" 0 'without Landlock it runs'
	like "$err" 'cage: capabilities, seccomp; no landlock: Function not' \
	    '... and says so'
	run strace -f -o trace -e inject=landlock_create_ruleset:error=ENOSYS \
	    "$tcpsession" -V
	like "$out" '^cage: .*; no landlock: Function not implemented' \
	    '... and so does -V'
else
	skip 'without Landlock' 'nothing can be traced here'
fi

# Without a cage the probe finds something.
for only in read_file write_file socket_udp by_fork map_code; do
	said=$(LD_PRELOAD=./probe.so PROBE_OTHER=other PROBE_MARK=x \
	    PROBE_ONLY=$only python3 -c 'import os; os.write(1, b"x")' 2>&1)
	like "$said" "^x?probe: allowed: $only\$" "the probe can: $only"
done
as=
mark=HTTP/1.

# probed NAME ARG...: runs tcpsession with the probe; all that it tries is
# denied, the run goes well all the same, and nothing is left.
probed() {
	name=$1
	shift
	LD_PRELOAD=./probe.so PROBE_OTHER=other PROBE_MARK=$mark \
	    $as "$tcpsession" "$@" >.out 2>.err
	status=$?
	said=$(cat .err)
	verdict "$name"
	is "$status" 0 '... and the run goes on to its end'
}
verdict() {
	allowed=$(printf '%s\n' "$said" | sed -n 's/^probe: allowed: //p' |
	    paste -sd ' ')
	like "$said" '^probe: tried [0-9]+$' "$1: the probe was there"
	if [ $all = yes ]; then
		is "$allowed" '' '... and nothing was allowed'
	else
		skip '... and nothing was allowed' 'a layer is missing here'
	fi
}
modes() {
	probed "$1" -o o$2 http.pcap
	probed "$1, -j 2" -o j$2 -j 2 -r in
	probed "$1, -j 1" -o k$2 -j 1 -r in
	probed "$1, --tar-only" --tar-only --tar-compress none -o t$2 http.pcap
	probed "$1, -c" -c -o c$2 http.pcap
	probed "$1, -P" -P http.pcap
	probed "$1, -f" -o f$2 -j 2 -f 'tcp port http' -r in
	is "$(ls -A tmp)" '' 'nothing is left in TMPDIR'
}

user=$(id -un)
modes "$user" 1
# Sessions may wait there for what comes next.
mkdir state
mark='"program"'
probed "$user, --state" --continuous --state state/file -o s1 http.pcap
mark=HTTP/1.
probed "$user, tar to standard output" --tar-only --tar-compress none -o - http.pcap
"$tcpsession" -o plain http.pcap
same plain o1 'the output is the same as without the probe'
LD_PRELOAD=./probe.so PROBE_OTHER=other PROBE_MARK=HTTP/1. \
    "$tcpsession" -o i - <http.pcap >.out 2>.err
said=$(cat .err)
verdict 'standard input'

if [ "$(id -u)" = 0 ] && python3 -c 'import os
os.setgroups([]); os.setgid(54321); os.setuid(12345)' 2>/dev/null; then
	probed '-Z' -Z 12345:54321 -o z http.pcap
	cp "$tcpsession" program
	if command -v setpriv >/dev/null; then
		as='setpriv --reuid 12345 --regid 54321 --clear-groups --'
		tcpsession=./program
		modes 'a user' 2
		as=
		tcpsession=${TCPSESSION:-$here/tcpsession}
	else
		skip 'a user' 'setpriv is missing'
	fi
	# What root may not keep, and where it must.
	mkfifo feed
	capabilities() {
		"$tcpsession" "$@" - <feed >/dev/null 2>&1 &
		pid=$!
		pids="$pids $pid"
		exec 9>feed
		head -c 1000 http.pcap >&9
		i=0
		while [ $i -lt 100 ] && ! grep -q '^Seccomp:.2' \
		    /proc/$pid/status; do
			i=$((i + 1))
			sleep 0.05
		done
		said=$(sed -n 's/^Cap\(Eff\|Prm\|Bnd\|Inh\|Amb\):.0*//p' \
		    /proc/$pid/status | paste -sd ,)
		exec 9>&-
		wait $pid
	}
	if [ $all = yes ]; then
		capabilities -o roots
		is "$said" ',,,,' 'root keeps no capability'
		mkdir others
		chown 12345 others
		capabilities -o others
		is "$said" ',2,2,,' \
		    '... but DAC_OVERRIDE in a directory of others'
	fi
	mkdir -m 700 secret
	cp http.pcap secret/
	chown -R 12345 secret
	run "$tcpsession" -o fromsecret secret/http.pcap
	is "$status $err" '0 ' 'root reads what others keep to themselves'
	run "$tcpsession" -o fromsecret2 -j 2 -r secret
	is "$status $err" '0 ' '... found in a directory, too'
	run "$tcpsession" -k 1 secret/http.pcap
	is "$status $err" '0 ' '... with --compare'
	if command -v tshark >/dev/null; then
		run "$tcpsession" --verify=tshark secret/http.pcap
		is "$status $err" '0 ' '... with --verify'
	else
		skip '... with --verify' 'tshark is missing'
	fi
else
	skip 'as another user' 'not root'
fi

# -------------------------------------------------------------------- live

if [ "$TCPSESSION_NET" = none ]; then
	skip 'live' 'no network of its own can be made here'
	finish
fi
cat >live.sh <<'END'
ip link set lo up
LD_PRELOAD=./probe.so PROBE_OTHER=other PROBE_MARK=HTTP/1. \
    "$1" --interface lo -o live >/dev/null 2>live.err &
pid=$!
i=0
while [ $i -lt 200 ] && ! ls live/*/sessions.jsonl >/dev/null 2>&1; do
	i=$((i + 1))
	sleep 0.1
done
python3 -c '
import socket
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
server = listener.accept()[0]
client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
server.recv(100)
server.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
client.recv(100)
server.close()
client.recv(100)
client.close()
'
i=0
while [ $i -lt 200 ] && ! grep -q tried live.err; do
	i=$((i + 1))
	sleep 0.1
done
kill -INT $pid
wait $pid
echo $? >live.status
END
$TCPSESSION_NET sh live.sh "$tcpsession"
said=$(cat live.err)
verdict 'live'
is "$(cat live.status)" 0 '... and the run goes on to its end'
is "$(cat live/*/sessions.jsonl | wc -l)" 1 '... with the session'
finish
