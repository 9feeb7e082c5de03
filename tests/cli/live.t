#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# live.t: capture from an interface, in a network of its own with nothing but
# loopback, as root or as somebody who may make one.
if [ -z "${TCPSESSION_NET-}" ]; then
	for make in 'unshare -n' 'unshare -rn'; do
		$make ip link set lo up 2>/dev/null || continue
		export TCPSESSION_NET=own
		exec $make sh "$0" "$@"
	done
fi
. "$(dirname "$0")/../lib/check.sh"
test "${TCPSESSION_NET-}" = own ||
    skip_all 'no network of its own can be made here (root, unshare, ip)'
ip link set lo up
trap 'kill $pids 2>/dev/null; rm -rf "$work"' EXIT
pids=

indices() { find "$1" -name sessions.jsonl 2>/dev/null | wc -l; }

# live DIR OPTION...: begins a run on lo, and waits until it captures.
live() {
	out=$1
	shift
	runs=$(indices $out)
	"$tcpsession" --interface lo -o "$out" "$@" >stdout 2>stderr &
	pid=$!
	pids="$pids $pid"
	until_true "test \$(indices $out) -gt $runs"
}

# end SIGNAL: of the run; sets status.
end() {
	kill -"$1" $pid
	wait $pid 2>/dev/null
	status=$?
}

# talk NAME BYTES [HOLD]: a connection whose client and server say so many
# bytes each, in turns, which are left in NAME.c2s and NAME.s2c.  It stays
# open until the file HOLD is there.
cat >talk.py <<'END'
import os, random, socket, sys, threading, time

name, size = sys.argv[1], int(sys.argv[2])
hold = sys.argv[3] if len(sys.argv) > 3 else None
rng = random.Random(size)
parts = [[rng.randbytes(size // 4) for _ in range(4)] for _ in range(2)]

def read(s, n):
    while n > 0:
        n -= len(s.recv(min(n, 65536)))

def serve(s):
    s = s.accept()[0]
    for i in range(4):
        read(s, len(parts[0][i]))
        s.sendall(parts[1][i])
    s.recv(1)
    s.close()

listener = socket.create_server(("127.0.0.1", 0))
thread = threading.Thread(target=serve, args=[listener])
thread.start()
client = socket.create_connection(listener.getsockname())
for i in range(4):
    client.sendall(parts[0][i])
    read(client, len(parts[1][i]))
for side, end in enumerate(("c2s", "s2c")):
    with open(f"{name}.{end}.part", "wb") as f:
        f.write(b"".join(parts[side]))
    os.rename(f"{name}.{end}.part", f"{name}.{end}")
while hold and not os.path.exists(hold):
    time.sleep(0.05)
client.close()
thread.join()
END
talk() { python3 talk.py "$@"; }

# ------------------------------------------------------- a session, SIGINT

live one
ok $? 'it begins to capture'
is "$(ls -A one | sed 's/[0-9]/9/g')" \
    live-99999999T999999.999999999Z.sessions 'a directory of that time'
talk a 200000
end INT
is "$status $(cat stderr)" '0 ' 'SIGINT is the normal end: 0, not a word'
cmp -s one/*/*.c2s a.c2s && cmp -s one/*/*.s2c a.s2c
ok $? 'what was sent is what is written'
is "$(cat one/*/sessions.jsonl | wc -l)" 1 '... one session'
is "$(value one/*/sessions.jsonl '[d["state"], d["close"], d["handshake"]]')" \
    "['SF', 'fin', 'full']" '... from handshake to end'
is "$(value one/*/capture.jsonl 'str([d["files"], d["format"], d["size"],
    d["link_types"], d["dropped"], d["options"]["idle"]])')" \
    "[['lo'], 'live', 0, ['EN10MB'], 0, 600.0]" 'capture.jsonl tells'
is "$(ls -A one/* | grep -c '^[.]')" 0 'no temporary name is left'
is "$(python3 "$rebuild" check one | sed 's/.*, //')" '0 wrong' \
    'the transcript agrees'
is "$(stat -c %a one/* one/*/*.c2s | tr '\n' ' ')" '700 600 ' 'modes'

# ------------------------------------------------- while it lasts, SIGTERM

live two
talk b 400000 go &
talker=$!
pids="$pids $talker"
until_true 'test -e b.s2c && test -n "$(find two -name ".*.s2c.??????")"'
ok $? 'a session that goes on has temporary names'
is "$(files two | grep -c '/[^.]')" 1 '... nothing but the index has its own'
is "$(cat two/*/sessions.jsonl)" '' '... which is empty'
mkdir -p tree
ln -s "$work"/two/live-* tree/
cp -R two/live-* tree/copy.sessions
cp "$data/http.pcap" tree/copy.sessions/some.pcap
run "$tcpsession" -r -o walked tree
is "$status $err" '0 tcpsession: no capture found' \
    'what is there of it is known as output'
run "$tcpsession" -o two "$data/http.pcap"
is "$status" 75 'the directory is taken while it lasts'
: >go
wait $talker
until_true 'test -s two/*/sessions.jsonl'
ok $? 'soon after its end it is in the index'
cmp -s two/*/[0-9]*.c2s b.c2s && cmp -s two/*/[0-9]*.s2c b.s2c
ok $? '... and its files have their names'
test ! -e "$(echo two/*/capture.jsonl)"
ok $? '... the run goes on: no capture.jsonl'
kill -USR1 $pid
until_true 'test -s stderr'
like "$(cat stderr)" '^tcpsession: lo: .* packets, 1 sessions, ' \
    'SIGUSR1: a line of status'
end TERM
is "$status" 0 'SIGTERM is the normal end: 0'
test -e two/*/capture.jsonl
ok $? '... capture.jsonl is there'
live two
end HUP
is "$status $(ls two | wc -l)" '0 2' 'SIGHUP too; earlier output stays'
is "$(value "$(ls -d two/* | tail -n 1)/capture.jsonl" \
    '[d["packets"], d["first"]]')" '[0, None]' '... with nothing captured'

# --------------------------------------------- silence, and one still open

rm go
live idle --idle 1
talk c 4000 go &
talker=$!
pids="$pids $talker"
until_true 'test -s idle/*/sessions.jsonl'
is "$(value idle/*/sessions.jsonl '[d["close"], d["c2s"]["bytes"]]')" \
    "['idle', 4000]" 'a silent session ends though no packet comes'
end INT
rm -f c.*
live open
talk c 4000 go2 &
talker="$talker $!"
pids="$pids $talker"
until_true 'test -e c.s2c'
end INT
is "$(value open/*/sessions.jsonl '[d["close"], d["s2c"]["bytes"]]')" \
    "['end', 4000]" 'one that is open at the end is written'
: >go
: >go2
wait $talker

# -------------------------------------------------------------- a killed run

rm go
live killed
talk d 400000 go &
talker=$!
pids="$pids $talker"
until_true 'test -n "$(find killed -name ".*.s2c.??????")"'
end KILL
is "$(files killed | grep -v '/[.]')" \
    "$(cd killed && echo live-*/sessions.jsonl)" \
    'SIGKILL: nothing that is not complete has a name'
: >go
wait $talker
before=$(find killed -type f | sort)
live killed
end INT
is "$(find $(echo $before | tr ' ' '\n' | sed 's,/[^/]*$,,' | sort -u) \
    -type f | sort)" "$before" '... and the next run leaves it alone'

# ---------------------------------------------------- filter, other products

live some -v -f 'port 1'
talk e 4000
end INT
like "$(cat stderr)" 'runs as root; --relinquish-privileges' '-v: root is told'
is "$status $(cat some/*/sessions.jsonl | wc -l)" '0 0' '-f: none matches'
"$tcpsession" --interface lo --tar-only --tar-compress none -o - --progress \
    >all.tar 2>stderr &
pid=$!
pids="$pids $pid"
until_true 'test -s stderr'
talk f 4000
end INT
is "$status $(tar -xOf all.tar --wildcards '*.c2s' | cmp - f.c2s && echo same)" \
    '0 same' '--tar-only: the tar'
if [ -n "$("$tcpsession" -P "$data/http.pcap" 2>/dev/null)" ]; then
	live print -P -e raw
	printf 'x' >g
	talk g 400
	until_true 'test -s stdout'
	ok $? '-P: the transcript is there when the session has ended'
	end INT
	like "$(cat stdout)" '^= fin ' '... to its end'
else
	skip '-P' 'this version prints none'
fi

# -------------------------------------------------------- what may go wrong

if ip link add here type veth peer name there 2>/dev/null; then
	ip link set here up
	"$tcpsession" --interface here -o gone >stdout 2>stderr &
	pid=$!
	pids="$pids $pid"
	until_true 'test -e gone/live-*/sessions.jsonl'
	ip link del here
	wait $pid
	is "$?" 1 'an interface that disappears: 1'
	like "$(cat stderr)" '^tcpsession: here: the capture has ended: ' \
	    '... says so'
	like "$(value gone/*/capture.jsonl 'd["warnings"]')" '^\[.+\]$' \
	    '... capture.jsonl too'
else
	skip 'an interface that disappears' 'no veth'
fi

live lost -e none
kill -STOP $pid
talk big 200000000
rm -f big.*
kill -CONT $pid
end INT
is "$status" 1 'packets that the kernel had to drop: 1'
like "$(cat stderr)" '^tcpsession: lo: [1-9][0-9]* packets were dropped' '... told'
is "$(value lost/*/capture.jsonl 'd["dropped"] > 0')" True \
    '... in capture.jsonl too'

run "$tcpsession" --interface nowhere -o unmade
is "$status" 3 'no such interface: 3'
is "$err" \
    'tcpsession: nowhere: cannot be captured from: no such interface' \
    '... says so'
test ! -e unmade
ok $? '... before anything is made'
if command -v setpriv >/dev/null &&
    chmod 755 . && cp "$tcpsession" program &&
    setpriv --bounding-set -net_raw,-net_admin --inh-caps -net_raw,-net_admin \
	./program --version >/dev/null 2>&1; then
	run setpriv --bounding-set -net_raw,-net_admin \
	    --inh-caps -net_raw,-net_admin ./program --interface lo -o unmade
	is "$status" 3 'one who may not capture: 3'
	like "$err" '; root may, and who has CAP_NET_RAW$' '... and a hint'
else
	skip 'one who may not capture' 'setpriv does not work here'
fi
run "$tcpsession" --interface lo -f 'port' -o unmade
is "$status" 2 'a filter that is none: 2'

refused() {
	want=$1
	shift
	run "$tcpsession" --interface lo "$@"
	is "$status" 2 "refused: --interface lo $*"
	like "$err" "$want" '... and says why'
}
refused 'takes no PATH besides: x.pcap' x.pcap
refused 'interface does not go with --files-from' --files-from list
refused 'interface does not go with --state' --continuous --state s
refused 'interface does not go with --continuous' --continuous
refused 'interface does not go with --resume' --resume
refused 'interface does not go with --recursive' -r
refused 'interface does not go with --min-age' --min-age 1
refused 'interface does not go with --jobs' -j 2
refused 'interface does not go with --verify' -w
refused 'interface does not go with --force' --force
refused 'interface does not go with --compare' -k 1
finish
