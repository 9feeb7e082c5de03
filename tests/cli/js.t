#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# js.t: the JavaScript that HTTP carried, out of captures of real sockets.
. "$(dirname "$0")/../lib/check.sh"

# found DIRECTORY NAME [big]: what tests/captures/scripts.py sent, and nothing else.
found() {
	directory=$1 name=$2
	shift 2
	run python3 "$SRCDIR/tests/captures/scripts.py" check "$directory" "$@"
	is "$status ${out##*, }" '0 0 wrong' "$name"
	test "$status" = 0 || printf '%s\n' "$out" | sed 's/^/# /' |
	    cut -c 1-300
}

cp "$data/scripts.pcap" x.pcap
run "$tcpsession" -e js -o js x.pcap
is "$status" 1 'the sample capture, one body of which is a bomb'
like "$err" '^tcpsession: x.pcap: 1 bodies grow too much' '... which is said'
found js/x.pcap.sessions '... every script, and none too many'
run "$tcpsession" -v -e js -o js x.pcap
like "$err" '^tcpsession: x.pcap: scripts: 56 external, 16 inline, 6 of them incomplete; 2 are not run$' \
    '-v counts'
like "$(files js/x.pcap.sessions)" '^[0-9.]+_[0-9]+-127.0.0.1_[0-9]+-6-0-001.js$' \
    'names are of addresses and numbers'
is "$(files js/x.pcap.sessions | grep -Evc \
    '^([0-9._]+-[0-9._]+-6-[0-9]+-[0-9]{3}\.js|(sessions|scripts)\.jsonl|capture\.jsonl)$')" \
    0 '... all of them'

"$tcpsession" -e js --tar-only --tar-compress none -o tar x.pcap
mkdir untar
tar -xf tar/sessions.tar -C untar
same js/x.pcap.sessions untar/x.pcap.sessions '--tar-only: the same files'
mkdir -p deep/er
cp x.pcap deep/er
"$tcpsession" -r -q -e js -o r deep
found r/er/x.pcap.sessions '-r: the same scripts'
"$tcpsession" -q -e all -o all x.pcap
found all/x.pcap.sessions '-e all: the same scripts'
cat >both.py <<'END'
import json
def files(name):
    with open(f"all/x.pcap.sessions/{name}.jsonl") as f:
        return [json.loads(line) for line in f]
objects = {x["file"]: x["sha256"] for x in files("objects")}
scripts = [x for x in files("scripts") if x["file"] is not None]
external = [x for x in scripts if x["kind"] == "external"]
print(len(external), all(objects[x["file"]] == x["sha256"] for x in external),
      any(x["file"] in objects for x in scripts if x not in external))
END
run python3 both.py
is "$out" '56 True False' '... external ones are the objects, inline ones none'

# ------------------------------------------------------------ holes, a bomb

capture holes.pcap <<'CONV'
handshake
> "GET /a.js HTTP/1.1\r\nHost: h\r\n\r\n"
< "HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\nContent-Length: 9\r\n\r\nabc"
lose < "def"
< "ghi"
>
> "GET /b.js HTTP/1.1\r\nHost: h\r\n\r\n"
lose < "HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\nContent-Length: 1\r\n\r\nb"
> "GET /c.js HTTP/1.1\r\nHost: h\r\n\r\n"
< "HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\nContent-Length: 1\r\n\r\nc"
close
CONV
"$tcpsession" -e js -o holes holes.pcap
list=holes/holes.pcap.sessions/scripts.jsonl
is "$(cat holes/holes.pcap.sessions/*-001.js)" abcghi 'a hole in a script'
is "$(value $list '(d["complete"], d["reason"], d["url"])')" \
    "(False, 'not captured', 'http://h/a.js')" '... and its line'
is "$(sed -n 2p $list | grep -c '"url":"http://h/c.js".*"complete":true')" 1 \
    'behind a hole that took a response: the right request'
is "$(wc -l <$list | tr -d ' ')" 2 '... and no more scripts'

# bomb: 200 MB of blanks in 200 KB, as a conversation
python3 - <<'END' | capture bomb.pcap
import gzip
body = gzip.compress(b" " * (200 << 20), 9)
print("handshake\n> \"GET /x.js HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n\"")
print("< \"HTTP/1.1 200 OK\\r\\nContent-Encoding: gzip\\r\\n"
      f"Content-Type: text/javascript\\r\\nContent-Length: {len(body)}"
      "\\r\\n\\r\\n\"")
for at in range(0, len(body), 1400):
    print("< hex", body[at:at + 1400].hex())
print("close")
END
cat >cost.py <<'END'
import resource, subprocess, sys
assert subprocess.run(sys.argv[1:]).returncode == 1
u = resource.getrusage(resource.RUSAGE_CHILDREN)
print(u.ru_utime + u.ru_stime < 1, u.ru_maxrss < 200000)
END
run python3 cost.py "$tcpsession" -e js -o bomb bomb.pcap
case ${SANITIZE:-} in
*address*) skip 'a bomb takes no second and little memory' sanitizers ;;
*) is "$out" 'True True' 'a bomb takes no second and little memory' ;;
esac
is "$(value bomb/bomb.pcap.sessions/scripts.jsonl \
    '(d["complete"], d["reason"], d["size"] <= 64 << 20)')" \
    "(False, 'bomb: ratio limit', True)" '... is cut, and named'

# ------------------------------------------------------------- real sockets

# listen FILE PORT
listen() {
	tcpdump -Z root -n -U --immediate-mode -B 65536 -i lo -w "$1" \
	    tcp port "$2" 2>tcpdump.err &
	listener=$!
	n=0
	until grep -q listening tcpdump.err; do
		n=$((n + 1))
		test $n -lt 50 || return 1
		sleep 0.1
	done
}

free_port='import socket
with socket.create_server(("127.0.0.1", 0)) as s: print(s.getsockname()[1])'

# live KIND NAME: scripts.py talks, tcpdump listens.
live() {
	port=$(python3 -c "$free_port")
	if ! listen "$1.pcap" "$port"; then
		skip "$2" 'tcpdump cannot listen here'
		return
	fi
	python3 "$SRCDIR/tests/captures/scripts.py" "$1" "$port"
	sleep 0.5
	kill -INT $listener
	wait $listener 2>/dev/null
	"$tcpsession" -q -e js -o live "$1.pcap"
	found "live/$1.pcap.sessions" "$2" "$1"
}
if [ "$(id -u)" = 0 ] && command -v tcpdump >/dev/null; then
	live run 'captured now: every script'
	live big 'captured now: long ones and bombs'
else
	skip 'captured now: every script' 'needs root and tcpdump'
	skip 'captured now: long ones and bombs' 'needs root and tcpdump'
fi
finish
