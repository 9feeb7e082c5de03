#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# select.t: --client, --server, --port and --session.
. "$(dirname "$0")/../lib/check.sh"

cp "$data/http.pcap" "$data/http6.pcap" "$data/two-links.pcapng" .
conversations 12 | capture many.pcap
# numbers CAPTURE OPTION...: the sessions in the index.
numbers() {
	capture=$1
	shift
	rm -rf o
	"$tcpsession" -o o "$@" "$capture" &&
	    sed 's/^{"session":\([0-9]*\),.*/\1/' o/*/sessions.jsonl |
	    tr '\n' ' '
}
# Of http.pcap: 10.9.0.1, ports 36118 and 36128, to 10.9.0.2:80.
while read -r wanted options; do
	# Options are split at spaces.
	# shellcheck disable=SC2086
	is "$(numbers http.pcap $options)" \
	    "$(echo "$wanted" | tr -d - | tr , ' ')" "$options"
done <<'ROWS'
0,1, --client 10.9.0.1
0, --client 10.9.0.1:36118
1, --client=10.9.0.1:36128
- --client 10.9.0.2
- --client 10.9.0.2:80
- --client 10.9.0.1:80
- --client 10.9.0.3
- --client ::ffff:10.9.0.1
0,1, --server 10.9.0.2
0,1, --server 10.9.0.2:80
- --server 10.9.0.1
- --server 10.9.0.2:36118
1, --client 10.9.0.1:36128 --server 10.9.0.2:80
- --client 10.9.0.2 --server 10.9.0.1
0,1, --port 80
0, --port 36118
- --port 8080
0, --port 36118 --server 10.9.0.2
- --port 36118 --client 10.9.0.1:36128
0, --session 0
1, --session 1
- --session 2
0,1, --session 0-1
0,1, --session 0,1
0,1, --session 1,0
0,1, --session 1-7,0-0
0,1, --session 0 --session 1
1, --session 1-18446744073709551615
1, --session 0-1 --client 10.9.0.1:36128
0,1, --client 10.9.0.3 --client 10.9.0.1
ROWS
server6=$("$tcpsession" -e none -o o http6.pcap &&
    value o/http6.pcap.sessions/sessions.jsonl 'd["server"]["ip"]')
client6=$(value o/http6.pcap.sessions/sessions.jsonl 'd["client"]["ip"]')
all6=$(numbers http6.pcap)
is "$(numbers http6.pcap --server "$server6")" "$all6" 'IPv6: an address'
is "$(numbers http6.pcap --server "[$server6]")" "$all6" '... in brackets'
is "$(numbers http6.pcap --server "[$server6]:80")" "$all6" '... with a port'
is "$(numbers http6.pcap --server "[$server6]:81")" '' '... another port'
is "$(numbers http6.pcap --client "$server6")" '' '... not as the client'
is "$(numbers http6.pcap --client "$client6")" "$all6" '... the client'

# What is selected is what it is without the option.
rm -rf o whole some
"$tcpsession" -e all -o whole many.pcap
"$tcpsession" -e all -o some --session 3,5-6 many.pcap
is "$(grep -E '"session":(3|5|6),' whole/*/sessions.jsonl)" \
    "$(cat some/*/sessions.jsonl)" 'lines of the index are those of the whole'
cd whole/many.pcap.sessions || exit 1
rm -f capture.jsonl sessions.jsonl
for f in *-6-*; do
	case $f in
	*-6-[356].* | *-6-[356]-*) ;;
	*) rm "$f" ;;
	esac
done
cd ../..
rm some/*/capture.jsonl some/*/sessions.jsonl
same whole some '... so are the files'
"$tcpsession" -e none -o o --session 1 http.pcap many.pcap
is "$(cat o/*/sessions.jsonl | sed 's/,.*//')" '{"session":1
{"session":1' 'of several captures: of each'
is "$(value o/many.pcap.sessions/capture.jsonl \
    '[d["options"][k] for k in ("session", "client", "server", "port")]')" \
    '[[[1, 1]], None, None, None]' 'capture.jsonl names numbers'
"$tcpsession" -e none -o o --port 80 --client 10.9.0.1 --server '[::1]:0' \
    many.pcap
is "$(value o/many.pcap.sessions/capture.jsonl \
    '[d["options"][k] for k in ("session", "client", "server", "port")]')" \
    "[None, '10.9.0.1', '[::1]:0', 80]" '... and endpoints'
run "$tcpsession" --packets --session 1 http.pcap
is "$(printf '%s\n' "$out" | grep -c '36118')" 0 '--packets too'

# A reset that comes first, a client that is known late: both ends may be the
# client until it is settled.
capture late.pcap <<'CONV'
client 10.1.0.1:1000
server 10.2.0.1:80
< "answer" ack 0 seq 0
> "question"
CONV
is "$(numbers late.pcap --server 10.1.0.1)" '0 ' \
    'no handshake: the client is who spoke first'
is "$(numbers late.pcap --client 10.1.0.1)" '' '... and nobody else'

# Nothing is kept of what cannot be wanted: there is no room for it.
{
	echo 'conn a'
	echo 'client 10.1.0.1:1000'
	echo handshake
	echo 'hold x > "first"'
	echo 'split 60000 > fill 12000000 q'
	echo 'conn b'
	echo 'client 10.1.0.1:1001'
	echo handshake
	echo '> "asked for"'
	echo 'conn a'
	echo 'release x'
} | capture held.pcap
TMPDIR=$work/missing
export TMPDIR
run "$tcpsession" -M 64M -e raw -o o --session 0 held.pcap
is "$status" 4 'held data wants a scratch file'
for option in '--session 1' '--port 1001' '--client 10.1.0.1:1001'; do
	# shellcheck disable=SC2086
	run "$tcpsession" -M 64M -e raw -o o $option held.pcap
	is "$status $err" '0 ' "... not that of others ($option)"
	is "$(cat o/held.pcap.sessions/*.c2s)" 'asked for' '... and it is right'
done
finish
