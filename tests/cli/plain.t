#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# plain.t: what was said inside TLS, in front of every reader.
. "$(dirname "$0")/../lib/check.sh"

cp "$data/https.pcap" "$data/https.pcapng" "$data/https.keys" .

# field KEY DIR: of every session, a line each.
field() {
	python3 -c '
import json, sys
for line in open(sys.argv[2] + "/sessions.jsonl"):
    x = json.loads(line)
    for key in sys.argv[1].split("."):
        x = x and x[key]
    print(x)' "$1" "$2"
}

# ------------------------------------------------------- opened, by default

run "$tcpsession" --keylog https.keys -o out https.pcap
is "$status$err" 0 'opened'
dir=out/https.pcap.sessions
is "$(field tls.decrypted $dir | tr '\n' ' ')" 'yes yes yes yes no ' \
    'four of five sessions'
is "$(field tls.reason $dir | tail -n 1)" 'no keys' '... and why one is not'
is "$(field tls.cipher $dir | head -n 4)" 'TLS_AES_256_GCM_SHA384
TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256
TLS_CHACHA20_POLY1305_SHA256' 'each in its suite'
is "$(echo $dir/*.plain.* | wc -w)" 8 'plain is written by default'
is "$(field tls.s2c.file $dir | head -n 1)" \
    "$(cd $dir && echo *-0.plain.s2c)" '... the index names the file'
like "$(field files $dir | head -n 1)" 'plain.c2s' '... also among the others'
is "$(field tls.s2c.bytes $dir | head -n 1)" \
    "$(wc -c <"$(echo $dir/*-0.plain.s2c)")" '... and how long it is'
is "$(head -n 1 $dir/*-0.plain.c2s)" "$(printf 'GET /index.html HTTP/1.1\r')" \
    'the text is that of the client'
cmp -s $dir/*-0.plain.c2s $dir/*-1.plain.c2s
ok $? '... the same in TLS 1.2'
is "$(cat $dir/*-0.c2s | head -c 3 | od -An -tx1)" ' 16 03 01' \
    'raw is the wire'
is "$(sed -n '6,9p' $dir/*-0.txt)" '# tls TLSv1.3 TLS_AES_256_GCM_SHA384
# plaintext
> 0.003333 #9 @0
|GET /index.html HTTP/1.1\r' 'the transcript has it'
like "$(cat $dir/*-4.txt)" '^: @0 [+]517 tls client hello' \
    '... but of a session without keys the records'

run "$tcpsession" -o inside https.pcapng
is "$(field tls.decrypted inside/https.pcapng.sessions)" yes \
    'secrets inside a capture are used without asking'

# Where the file cannot be read twice, secrets may come behind the packets.
python3 - <<'PY'
data = open("https.pcapng", "rb").read()
at, blocks = 0, []
while at < len(data):
    n = int.from_bytes(data[at + 4:at + 8], "little")
    blocks.append(data[at:at + n])
    at += n
secrets = [b for b in blocks if b[:4] == b"\x0a\0\0\0"]
assert len(secrets) == 1
open("late.pcapng", "wb").write(
    b"".join([b for b in blocks if b not in secrets] + secrets))
PY
cat late.pcapng | "$tcpsession" -o late -
sed 1d late/*/*-0.txt >late.said
sed 1d inside/*/*-0.txt >inside.said
same late.said inside.said \
    '... from a pipe, too, behind all packets'

# ----------------------------------------------------------- other readers

run "$tcpsession" --keylog https.keys -o all -e all --grep departures https.pcap
all=all/https.pcap.sessions
is "$(field session $all | tr '\n' ' ')" '0 1 2 3 ' 'a search is of the text'
is "$(python3 -c '
import json
for line in open("'$all'/http.jsonl"):
    x = json.loads(line)
    if x["session"] < 3:
        print(x["url"], x["status"])' | sort | uniq -c | tr -s ' ')" \
    ' 3 https://www.example.org/app.js 200
 3 https://www.example.org/index.html 200
 3 https://www.example.org/timetable.txt 200' 'exchanges and their URLs'
like "$(cat $all/*-0.json)" 'GET /index.html HTTP/1.1' 'JSON document'
like "$(cat $all/*-0.hex)" 'GET /index.html' 'hex dump'
test -s "$(echo $all/*-0-001.html)" && test -s "$(echo $all/*-0-003.js)"
ok $? 'objects and scripts'
run "$tcpsession" --keylog https.keys -P --session 1 https.pcap
like "$out" '^[|]GET /index.html' 'what is printed'
run "$tcpsession" --keylog https.keys --grep Ferry https.pcap
like "$out" '^https.pcap:0:s2c:[0-9]*:<title>Ferry times' 'what matches'

# -------------------------------------------------------------------- --wire

run "$tcpsession" --keylog https.keys --wire -o wire -e text,json,http,plain \
    https.pcap
wire=wire/https.pcap.sessions
like "$(cat $wire/*-0.txt)" '^: @0 [+]517 tls client hello' \
    '--wire: transcripts show the records'
grep -q 'GET /index' $wire/*-0.json
is $? 1 '... documents, too'
same "$(echo $wire/*-0.plain.s2c)" "$(echo $dir/*-0.plain.s2c)" \
    '... plain is what it was'
like "$(cat $wire/http.jsonl)" 'https://www.example.org/app.js' \
    '... and exchanges are'
run "$tcpsession" --keylog https.keys --wire --grep Ferry https.pcap
is "$status$out" 0 '... a search is of the wire'
"$tcpsession" -e text -o none https.pcap
"$tcpsession" -e text --wire -o none2 https.pcap
same "$(echo none/*/*-0.txt)" "$(echo none2/*/*-0.txt)" \
    'without keys it changes nothing'

# ------------------------------------------------- how it is put together

for jobs in 1 4; do
	"$tcpsession" -q -j $jobs --keylog https.keys -e all -o j$jobs \
	    https.pcap https.pcapng
done
same j1 j4 'the same with several threads'
run "$tcpsession" --keylog https.keys --gaps skip -b 20000 -e raw,plain \
    -o cut https.pcap
cut=cut/https.pcap.sessions
is "$(cat $cut/*-0.s2c | wc -c)" 20000 '--max-bytes is of the wire'
n=$(wc -c <"$(echo $cut/*-0.plain.s2c)")
head -c "$n" $dir/*-0.plain.s2c | cmp -s - $cut/*-0.plain.s2c
ok $? '... what is opened is the beginning'
run "$tcpsession" --keylog https.keys --create-tar -o tar https.pcap
is "$(tar tzf tar/sessions.tar.gz | grep -c 'plain')" 8 'in a tar, too'
finish
