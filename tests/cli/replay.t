#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# replay.t: man/examples/replay plays a side of a session as it was captured.
. "$(dirname "$0")/../lib/check.sh"

examples=$SRCDIR/man/examples
export TCPSESSION="$tcpsession" PYTHONDONTWRITEBYTECODE=1

# ----------------------------------------------------------- both, to each other

run python3 "$SRCDIR/tests/cli/replay.py" "$examples" "$data"/*.pcap*
is "$status" 0 'both roles against each other: every session of data/'
test "$status" = 0 || printf '%s\n' "$out" "$err" | head -n 20
like "$out" '^# [0-9]{2,} sessions$' '... and they are many'
for name in half-close simultaneous-open-data hole-acked crossing fin-rst \
    rst-data-goes-on server-speaks-first tail-unseen; do
	"$mkpcap" -o $name.pcap "$conv/$name.conv"
done
run python3 "$SRCDIR/tests/cli/replay.py" "$examples" ./*.pcap
is "$status" 0 '... half-closed, reset, with gaps'
test "$status" = 0 || printf '%s\n' "$out" "$err" | head -n 20

# --------------------------------------------------------------- from the shell

# serve ARGUMENT...: starts the server; sets pid and port.
serve() {
	: >told
	timeout 120 "$examples/replay" "$@" >said 2>>told &
	pid=$!
	port=
	while [ -z "$port" ] && kill -0 $pid 2>/dev/null; do
		sleep 0.05
		port=$(sed -n 's/.*listening on port //p' told)
	done
}

# ended: waits for the server; sets status and out.
ended() {
	wait $pid
	status=$?
	out=$(cat said)
}

serve -t 120 server 0 "$data/nano.pcap"
run "$examples/replay" -t 120 client 127.0.0.1 "$port" "$data/nano.pcap"
is "$status $out" '0 said 856 bytes, heard 856, differences: 0' 'the client'
ended
is "$status $out" '0 said 856 bytes, heard 856, differences: 0' 'the server'

# A server that answers when its client has ended, and then ends; a client that
# ends, and waits for the answer.
cat >peer.py <<'END'
import socket, subprocess, sys
role, command = sys.argv[1], sys.argv[2:]
def all_of(s):
    return b"".join(iter(lambda: s.recv(999), b""))
if role == "server":
    listener = socket.create_server(("127.0.0.1", 0))
    command[command.index("PORT")] = str(listener.getsockname()[1])
    run = subprocess.Popen(command, stdout=subprocess.PIPE)
    s = listener.accept()[0]
    print(all_of(s).decode())
    s.sendall(b"part one, part two")
    s.close()
    print(run.communicate()[0].decode().strip(), run.returncode)
else:
    s = socket.create_connection(("127.0.0.1", int(command[0])))
    s.sendall(b"request")
    s.shutdown(socket.SHUT_WR)
    print(all_of(s).decode())
END
run python3 peer.py server "$examples/replay" -t 120 client 127.0.0.1 PORT \
    half-close.pcap
is "$out" 'request
said 7 bytes, heard 18, differences: 0 0' 'the client half-closes'
serve -t 120 server 0 half-close.pcap
run python3 peer.py client "$port"
is "$out" 'part one, part two' 'the server answers who has half-closed'
ended
is "$status" 0 '... and that is no difference'

# Who says something else, ends early, is silent, or does not end.
cat >other.py <<'END'
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.sendall(sys.argv[2].encode())
if sys.argv[3] == "end":
    s.shutdown(socket.SHUT_WR)
while s.recv(999):
    pass
END
# other SAID HOW LINES: lines being what the server then tells.
other() {
	patience=100
	test "$2" = end || patience=2
	serve -t $patience server 0 half-close.pcap
	python3 other.py "$port" "$1" "$2"
	ended
	is "$status $out" "1 $3" "the peer says '$1', and then: $2"
}
other reQuest end "peer @2 says b'Quest', said b'quest'
said 18 bytes, heard 7, differences: 1"
other 'request!' end "peer @7 says 1 bytes more: b'!'
said 18 bytes, heard 7, differences: 1"
other req end 'peer @3 has ended, 4 bytes early
said 0 bytes, heard 3, differences: 1'
other req silent 'peer @3 says 4 bytes less
peer @3 does not end
said 18 bytes, heard 3, differences: 2'
other '' silent 'peer @0 is silent, and said 7 bytes
said 0 bytes, heard 0, differences: 1'

# ------------------------------------------------------------------------- curl

page=$data/two-links.pcapng
"$tcpsession" --http --objects -o out "$page"
body=$(ls out/*/*-0-001.js)
if command -v curl >/dev/null; then
	serve -t 120 server 0 "$page"
	curl -sS -A curl/7.88.1 -H 'Host: 10.9.0.2' -o got \
	    "http://127.0.0.1:$port/app.js"
	same "$body" got 'curl, with the headers of that time, gets the page'
	ended
	is "$status $out" '0 said 346 bytes, heard 78, differences: 0' \
	    '... and nothing differs'
	serve -t 120 server 0 "$page"
	curl -sS -A 'curl with another name' -o got \
	    "http://127.0.0.1:$port/app.js"
	same "$body" got 'with others it gets it, too'
	ended
	is "$status" 1 '... and it is told'
	like "$out" "^peer @29 says b'27\.0\.0\.1:" '... where'
	like "$out" '^peer @78 says [0-9]+ bytes more' '... and how much more'
else
	skip 'curl' 'curl is missing'
fi

# -------------------------------------------------------- what cannot be played

run "$examples/replay" server 0
is "$status" 2 'the command line is wrong: 2'
run "$examples/replay" client 127.0.0.1 65536 "$page"
is "$status" 2 '... a port is, too'
run "$examples/replay" -s 9 server 0 "$page"
is "$status $err" '3 replay: nothing is said in session 9' 'no such session: 3'
run "$examples/replay" server 0 missing.pcap
is "$status $err" '3 replay: tcpsession: missing.pcap: No such file or directory' \
    'no such capture: 3'
run "$examples/replay" client 127.0.0.1 1 "$page"
is "$status" 3 'nobody listens: 3'
finish
