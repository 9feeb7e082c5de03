#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# report_messages.t: exchanges, bodies, TLS and what nobody reads, in the page:
# as http.jsonl and the index have it.
. "$(dirname "$0")/../lib/check.sh"

# page NAME RESULT OPTION...: exchanges, bodies, stretches, sessions with TLS.
page() {
	name=$1
	result=$2
	shift 2
	"$tcpsession" -q -e http --report -o o "$@" "$data/$name"
	is "$(python3 "$here/tests/cli/report_messages.py" "o/$name.sessions" 2>&1 |
	    tail -n 1)" "$result" "$name"
}
page http.pcap '11 3 1 0'
page scripts.pcap '76 19 1 0'
page ssh.pcap '0 0 21 0'
page https.pcap '12 4 20 5' --keylog "$data/https.keys"
if "$tcpsession" -V | grep -q '^nghttp2 [0-9]'; then
	page http2.pcap '8 5 65 0'
fi

# More exchanges than a session shows: the first, and the row says how many.
python3 - >many.conv <<'PY'
print("handshake")
for i in range(1003):
    print(r'> "GET /%d HTTP/1.1\r\nHost: a\r\n\r\n"' % i)
    print(r'< "HTTP/1.1 204 No Content\r\n\r\n"')
print("close")
PY
"$mkpcap" many.conv >many.pcap
"$tcpsession" -q -e http --report -o o many.pcap
is "$(python3 - o/many.pcap.sessions/report.html <<'PY'
import json, re, sys
data = {k: json.loads(v) for k, v in re.findall(
    r'<script type="application/json" id="(\w+)">(.*?)</script>', open(sys.argv[1]).read())}
rows = data["exchanges"]["rows"]
print(len(rows), rows[0][4], rows[-1][4], data["rows"]["rows"][0][20], len(data["d0"]["exchanges"]))
PY
)" '1000 http://a/0 http://a/999 1000 1000' 'the first exchanges of a session'

finish
