#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# select.t: --client, --server, --host, --port, --community-id, --after, --before
# and --session; one given twice, and several.
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
0,1, --client 10.9.0.1:36118 --client 10.9.0.1:36128
1, --client 10.9.0.1:36128 --client 10.9.0.3
0,1, --client 10.9.0.0/24
0,1, --client 10.9.0.255/16
0,1, --client 0.0.0.0/0
- --client ::/0
- --client 10.9.1.0/24
- --client 10.9.0.2/32
0,1, --server 10.9.0.2/31:80
- --server 10.9.0.2/31:81
1, --client 10.0.0.0/8:36128
0,1, --host 10.9.0.1
0,1, --host 10.9.0.2
0, --host 10.9.0.1:36118
- --host 10.9.0.2:36118
- --host 10.9.0.3
0,1, --host 10.9.0.3 --host 10.9.0.2
1, --host 10.9.0.2:80 --host 10.9.0.3 --client 10.9.0.1:36128
0,1, --port 36118 --port 36128
0, --port 36118 --port 443
- --port 36118 --session 1
1, --port 80 --session 1 --client 10.9.0.0/24
0,1, --match 36118 --match 36128
1, --match 36118 --match 36128 --match-regex 3612[8]
0,1, --match-regex 3611 --match-regex 3612
0,1, --after +0
0,1, --after +0.001
1, --after +0.002334
0,1, --after +0.002333
- --after +1
0, --before +0.015286
0,1, --before +0.015287
- --before +0
0,1, --before +1
0, --after +0.001 --before +0.002
1, --after +0.016 --before +0.017
0,1, --after +5 --after +0.001
0, --before +0 --before +0.001
1, --after 2026-11-20T21:21:29.313538Z
0,1, --after 2026-11-20T21:21:29.300585Z
1, --after 2026-11-20T21:21:29.300586Z
0, --before 2026-11-20T21:21:29.313538Z
0,1, --before 2026-11-20T22:21:29.313539+01:00
0,1, --after +1 --after 2026-11-20T20:00:00Z
1, --after 2026-11-20T21:21:29.313538Z --port 80
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
for who in fd09::/16 '[fd09::]/16' '[fd09::/16]' 'fd09::/112:80' \
    '[fd09::]/112:80' '[fd09::/112]:80'; do
	is "$(numbers http6.pcap --server "$who")" "$all6" "... as $who"
done
for who in fd08::/16 'fd09::/112:81' '[fd09::1]/128:80'; do
	is "$(numbers http6.pcap --server "$who")" '' "... not as $who"
done

# Names of services, where the system has any.
if grep -q '^http[[:space:]]*80/tcp.*www' /etc/services 2>/dev/null; then
	is "$(numbers http.pcap --port http)" '0 1 ' '--port http'
	is "$(numbers http.pcap --port www --session 1)" '1 ' '... or www'
	is "$(numbers http.pcap --port ssh --port http)" '0 1 ' '... or others'
	is "$(numbers http.pcap --port https)" '' '... not https'
	is "$(numbers http.pcap --server 10.9.0.2:http)" '0 1 ' \
	    '--server ADDR:http'
	is "$(numbers http6.pcap --server "[$server6]:http")" "$all6" \
	    '... of IPv6'
	is "$("$tcpsession" -s --port domain "$data/dns.pcap" | grep -c ' udp ')" \
	    "$("$tcpsession" -s --port 53 "$data/dns.pcap" | grep -c ' udp ')" \
	    '... with UDP'
else
	skip 'names of services' 'there is no /etc/services'
fi

# By Community ID, which other programs tell: both ways, and several.
ids=$("$tcpsession" -s --format json many.pcap |
    sed -n 's/.*"community_id":"\([^"]*\)".*/\1/p' | sed -n '3p;8p')
set -- $ids
is "$(numbers many.pcap --community-id "$1")" '2 ' '--community-id'
is "$(numbers many.pcap --community-id="$1" --community-id "$2")" '2 7 ' \
    '... two of them'
is "$(numbers many.pcap --community-id "$1" --session 7)" '' \
    '... and another number'

# Datagrams are chosen likewise.
for option in '--host 0.0.0.0/0 --host ::/0' '--after +0'; do
	# shellcheck disable=SC2086
	is "$("$tcpsession" -s $option "$data/dns.pcap" | wc -l)" \
	    "$("$tcpsession" -s "$data/dns.pcap" | wc -l)" "UDP: $option"
done
run "$tcpsession" -s --after +1000 "$data/dns.pcap"
is "$(printf '%s\n' "$out" | grep -c ' udp ')" 0 'UDP: --after'

# The time of a session is from its first to its last packet, in the order of
# the clock; the first packet of the capture is the first in it.
capture times.pcap <<'CONV'
conn a
client 10.1.0.1:1000
handshake
> "abc"
wait 100
conn b
client 10.1.0.1:1001
handshake
> "def"
wait 100
conn a
< "late"
close
CONV
is "$(numbers times.pcap --after +150)" '0 ' '--after: packets later on'
is "$(numbers times.pcap --before +50)" '0 ' '--before: packets earlier'
is "$(numbers times.pcap --after +50 --before +150)" '0 1 ' \
    '... and both: it was there in between'
is "$(numbers times.pcap --before +150 --after +50 --session 1)" '1 ' \
    '... with another option'
"$tcpsession" -e all -o some --after +50 --before +99 times.pcap
"$tcpsession" -e all -o whole times.pcap
is "$(cat some/*/*-0.txt)" "$(cat whole/*/*-0.txt)" '... the session is whole'
is "$(ls some/* | grep -c -- '-1[.]')" 0 '... and the other has no files'
is "$("$tcpsession" -P --after +50 --before +99 times.pcap | grep -c '^# sess')" \
    1 '... nor is it printed'
rm -rf some whole

# Nothing chosen is told once, whatever was read.
for options in '--port 9' '--host 1.2.3.4' '--after +1000' '--session 99' \
    '--match nothing' '--grep nothing-of-it' '-f port\ 9' \
    '--community-id 1:LQU9qZlK+B5F3KDmev6m5PMibrg='; do
	eval "run \"\$tcpsession\" -o o $options http.pcap many.pcap"
	is "$status $err" '0 tcpsession: no session selected' "$options: told"
	eval "run \"\$tcpsession\" -q -s $options http.pcap many.pcap"
	is "$status $err" '0 ' '... but not with -q'
done
run "$tcpsession" -o o --port 36118 http.pcap many.pcap
is "$err" '' 'one of two captures has it: nothing is told'

# What is selected is what it is without the option.
rm -rf o whole some
"$tcpsession" -e all -o whole many.pcap
"$tcpsession" -e all -o some --session 3,5-6 many.pcap
is "$(grep -E '"session":(3|5|6),' whole/*/sessions.jsonl)" \
    "$(cat some/*/sessions.jsonl)" 'lines of the index are those of the whole'
cd whole/many.pcap.sessions || exit 1
rm -f capture.jsonl sessions.jsonl report.html
for f in *-6-*; do
	case $f in
	*-6-[356].* | *-6-[356]-*) ;;
	*) rm "$f" ;;
	esac
done
cd ../..
rm some/*/capture.jsonl some/*/sessions.jsonl some/*/report.html
same whole some '... so are the files'
"$tcpsession" -e none -o o --session 1 http.pcap many.pcap
is "$(cat o/*/sessions.jsonl | sed 's/,.*//')" '{"session":1
{"session":1' 'of several captures: of each'
is "$(value o/many.pcap.sessions/capture.jsonl \
    '[d["options"][k] for k in ("session", "client", "server", "port")]')" \
    "[['1'], None, None, None]" 'capture.jsonl names numbers'
"$tcpsession" -e none -o o --port 80 --client 10.9.0.1 --server '[::1]:0' \
    many.pcap
is "$(value o/many.pcap.sessions/capture.jsonl \
    '[d["options"][k] for k in ("session", "client", "server", "port")]')" \
    "[None, ['10.9.0.1'], ['[::1]:0'], ['80']]" '... and endpoints'
"$tcpsession" -q -e none -o o --host 10.9.0.1 --host ::/0 --host ::/0 --after +1 \
    --before +2 --community-id 1:LQU9qZlK+B5F3KDmev6m5PMibrg= many.pcap
is "$(value o/many.pcap.sessions/capture.jsonl \
    '[d["options"][k] for k in ("host", "after", "before", "community_id")]')" \
    "[['10.9.0.1', '::/0'], ['+1'], ['+2'], ['1:LQU9qZlK+B5F3KDmev6m5PMibrg=']]" \
    '... all that was given'
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
