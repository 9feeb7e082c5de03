#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# http2.t: HTTP/2 and WebSocket in the products: http.jsonl, files, transcripts,
# --grep; and the same as tshark finds.
. "$(dirname "$0")/../lib/check.sh"

"$tcpsession" -V | grep -q '^nghttp2 [0-9]' ||
    skip_all 'this program cannot read the heads of HTTP/2'

# lines FILE: kind, stream and the rest of each exchange or message.
lines() {
	python3 - "$1" <<'PY'
import json, sys
for x in map(json.loads, open(sys.argv[1])):
    if x["kind"] == "websocket":
        print(x["direction"], x["opcode"], x["bytes"], x["complete"])
    else:
        print(x["kind"], x["stream"], x["method"], x["url"][7:], x["status"],
              *(f'{m["type"]} {m["bytes"]} {m["complete"]}'
                for m in (x["request"], x["response"])))
PY
}

"$tcpsession" -q -e all -o o "$data/http2.pcap" "$data/websocket.pcap"
dir=o/http2.pcap.sessions
is "$(lines $dir/http.jsonl)" "$(cat <<'END'
http2 1 GET 10.9.0.2:81/index.html 200 None 0 True text/html 228 True
http2 1 GET 10.9.0.2:81/app.js 200 None 0 True application/javascript 103 True
http2 1 GET 10.9.0.2:81/timetable.txt 200 None 0 True text/plain 61014 True
http2 1 GET 10.9.0.2:81/picture.png 200 None 0 True image/png 1987 True
http2 1 HEAD 10.9.0.2:81/index.html 200 None 0 True text/html 0 True
http2 1 GET 10.9.0.2:81/none 204 None 0 True None 0 True
http2 1 POST 10.9.0.2:81/form 200 application/x-www-form-urlencoded 0 False text/plain 10 True
http2 1 GET 10.9.0.2:81/missing.html 404 None 0 True text/html 146 True
END
)" 'http.jsonl has each exchange'

python3 - $dir <<'PY'
import hashlib, json, os, sys
where = sys.argv[1]
n = 0
for o in map(json.loads, open(where + "/objects.jsonl")):
    with open(os.path.join(where, o["file"]), "rb") as f:
        body = f.read()
    assert o["complete"] and o["bytes"] == len(body) and o["stream"] == 1, o
    assert o["sha256"] == hashlib.sha256(body).hexdigest(), o
    n += 1
assert n == 6, n
PY
ok $? 'each body is a file'
is "$(cat $dir/scripts.jsonl | wc -l)" 2 'scripts are found'

cat $dir/*.txt >text
for line in '^: @24 +[0-9]* h2 settings$' '^: @[0-9]* +[0-9]* h2 headers 1 end$' \
    '^+:path: /app.js$' '^+:status: 404$' \
    '^: @[0-9]* +[0-9]* h2 data 1, gzip, 103 bytes, .*\.js$' \
    '^: @[0-9]* +[0-9]* h2 data 1, image/png, 1987 bytes, .*\.png$' \
    '^+.*console.log("departs at " + times'; do
	grep -q "$line" text
	ok $? "transcripts: $line"
done

if command -v tshark >/dev/null; then
	is "$(sed -n 's/^+:path: //p' $dir/*.txt | sort)" \
	    "$(tshark -r "$data/http2.pcap" -d tcp.port==81,http2 \
		-Y http2.headers.path -T fields -e http2.headers.path \
		2>/dev/null | tr , '\n' | sort)" 'the paths that tshark finds'
fi

dir=o/websocket.pcap.sessions
talk='c2s text 4 True
s2c text 14 True
c2s text 27 True
s2c text 37 True
c2s text 600 True
s2c text 610 True
c2s text 600 True
s2c text 610 True
c2s ping 12 True
s2c pong 12 True
c2s close 10 True
s2c close 10 True'
opened='http None GET 127.0.0.1:8081/harbour?room=1 101 None 0 True None 0 True'
is "$(lines $dir/http.jsonl)" "$opened
$talk
$opened
$talk" 'each WebSocket message, compressed or not'
cat $dir/*.txt >text
for line in '^: @[0-9]* +[0-9]* websocket text x3, 27 bytes$' \
    '^+you said: When does the ferry depart?\\$' \
    '^: @[0-9]* +[0-9]* websocket close 1000$' '^+good bye\\$' \
    '^: @[0-9]* +[0-9]* websocket ping, 12 bytes$'; do
	grep -q "$line" text
	ok $? "transcripts: $line"
done

is "$("$tcpsession" -q --grep 'user-agent: curl|departs at "|ferry depart' \
    "$data/http2.pcap" "$data/websocket.pcap" | wc -l)" 13 \
    '--grep finds heads, bodies and messages, each once'

# Each session has more streams than are followed.
python3 - <<'PY' >many.conv
def frame(kind, flags, stream, payload):
    return (len(payload).to_bytes(3, "big") + bytes([kind, flags]) +
            stream.to_bytes(4, "big") + payload)
ask = b"".join(frame(1, 5, 2 * i + 1, b"\x82\x86\x84") for i in range(257))
print("handshake")
print("> hex", (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" +
                frame(4, 0, 0, b"")).hex())
print("< hex", frame(4, 0, 0, b"").hex())
print("> hex", ask.hex())
print("close")
PY
"$mkpcap" many.conv >many.pcap
run "$tcpsession" -e http -o many many.pcap
is "$status $(wc -l <many/many.pcap.sessions/http.jsonl)" '1 256' \
    'too many streams at a time: status 1, and those that are followed'
like "$err" 'many.pcap: 1 sessions have more streams of HTTP/2 at a time' \
    '... a warning'
is "$(value many/many.pcap.sessions/sessions.jsonl 'd["notes"]')" "['streams_cut']" '... a note'
is "$(value many/many.pcap.sessions/capture.jsonl 'd["incomplete"]')" "['streams']" \
    '... and a word in the ledger'

finish
