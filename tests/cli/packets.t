#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# packets.t: --packets: one line a packet on standard output.
. "$(dirname "$0")/../lib/check.sh"

# Both sides' numbers wrap within the session.
capture a.pcap <<'END'
isn 4294967290 4294967295
> syn wscale 7 win 1000
< syn wscale 2 win 2000
>
> "abcdef"
lose > "ghi"
> "jkl"
< ack 6
< ack 6
stay > seq 0 "abcdef"
> seq 6 "ghi"
< "answer" win 0
stay > seq -1
close
conn b
client 10.0.0.9:1
> syn
END
cat >wanted <<'END'
session 0: client 10.0.0.1:40000, server 10.0.0.2:80
> #1         0.000000 [S]   seq 0                            win 1000     length 0
< #2         0.001000 [S.]  seq 0                 ack 1      win 2000     length 0
> #3         0.002000 [.]                         ack 1      win 8388480  length 0
> #4         0.003000 [P.]  seq 1:7               ack 1      win 8388480  length 6
> #5         0.004000 [P.]  seq 10:13             ack 1      win 8388480  length 3  hole before
< #6         0.005000 [.]                         ack 7      win 262140   length 0
< #7         0.006000 [.]                         ack 7      win 262140   length 0  duplicate ACK
> #8         0.007000 [P.]  seq 1:7               ack 1      win 8388480  length 6  retransmission
> #9         0.008000 [P.]  seq 7:10              ack 1      win 8388480  length 3  out of order
< #10        0.009000 [P.]  seq 1:7               ack 13     win 0        length 6  zero window
> #11        0.010000 [.]                         ack 7      win 8388480  length 0  keep-alive
> #12        0.011000 [F.]  seq 13                ack 7      win 8388480  length 0
< #13        0.012000 [F.]  seq 7                 ack 14     win 262140   length 0
> #14        0.013000 [.]                         ack 8      win 8388480  length 0
first packet #1, 2023-11-14T22:13:20.000000Z
last packet #14, 2023-11-14T22:13:20.013000Z: fin both

session 1: client 10.0.0.9:1, server 10.0.0.2:80
> #15        0.000000 [S]   seq 0                            win 65535    length 0
first packet #15, 2023-11-14T22:13:20.014000Z
last packet #15, 2023-11-14T22:13:20.014000Z: end
END
run "$tcpsession" --packets a.pcap
is "$status $err" '0 ' 'packets of a capture'
printf '%s\n' "$out" >got
same got wanted '... a line each, session by session'
is "$(ls)" "$(printf 'a.pcap\ngot\nwanted')" '... and no file'
run "$tcpsession" --packets --format text --session 1 a.pcap
is "$out" "$(tail -n 4 wanted)" 'of one session'
run "$tcpsession" --packets --client 10.0.0.9 -o both a.pcap
is "$out" "$(tail -n 4 wanted)" 'of a client, with files'
is "$(files both | wc -l)" 2 '... which are there too'
run "$tcpsession" --packets --match ' 10.0.0.9:1 ' a.pcap
is "$out" "$(tail -n 4 wanted)" 'of sessions that match'
run "$tcpsession" --packets --strict a.pcap
is "$out" "$(head -n 17 wanted)" 'of those with a full handshake'
run "$tcpsession" --packets -e raw -o kept --max-bytes 1 a.pcap
printf '%s\n' "$out" >got
same got wanted 'limits of what is kept change nothing'

# One capture after another, each with its name.
ln -s a.pcap "$(printf 'b\033.pcap')"
run "$tcpsession" --packets --session 1 a.pcap b*.pcap
tail -n 4 wanted | sed '1i capture a.pcap' >two
{ echo; tail -n 4 wanted | sed '1i capture b\\x1b.pcap'; } >>two
printf '%s\n' "$out" >got
same got two 'two captures are told apart'

# Colours.
esc=$(printf '\033')
run "$tcpsession" --packets --color=always a.pcap
is "$(printf '%s\n' "$out" | grep -c "^$esc\[31m> .*$esc\[0m\$")" 10 \
    'the client has its colour'
is "$(printf '%s\n' "$out" | grep -c "^$esc\[94m< .*$esc\[0m\$")" 5 \
    '... the server another'
printf '%s\n' "$out" | sed "s/$esc\[[0-9]*m//g" >got
same got wanted '... and nothing else is new'

# Nanoseconds.
"$mkpcap" -n -o nano.pcap "$conv/simple.conv"
run "$tcpsession" --packets nano.pcap
like "$out" '^> #1      +0\.000000000 ' 'seconds as fine as the capture'
like "$out" 'first packet #1, .*\.000000000Z' '... times too'

# JSON.
run "$tcpsession" --packets --format json a.pcap
printf '%s\n' "$out" >got
cat >check.py <<'END'
import json, sys
text = open("got").read().splitlines()
v = [json.loads(line) for line in text]
assert len(v) == 15
assert text[4] == (
    '{"session":0,"capture":"a.pcap","packet":5,"ordinal":5,'
    '"direction":"c2s","time":"2023-11-14T22:13:20.004000Z",'
    '"since_start":0.004000,"flags":"P.","seq":10,"ack":1,"window":8388480,'
    '"length":3,"captured":3,"notes":["hole_before"]}'), text[4]
assert v[0]["ack"] is None and v[0]["flags"] == "S"
assert [x["packet"] for x in v] == list(range(1, 16))
assert v[14]["ordinal"] == 1 and v[14]["session"] == 1
assert [n for x in v for n in x["notes"]] == [
    "hole_before", "duplicate_ack", "retransmission", "out_of_order",
    "zero_window", "keep_alive"]
END
run python3 check.py
is "$status $err" '0 ' 'JSON: an object a packet'

# A name is written once only as what it is, and escaped.
run "$tcpsession" --packets --format json --session 1 b*.pcap
like "$out" '"capture":"b(\\u001b|\\\\x1b)\.pcap"' 'names are escaped in JSON'

# Flags as tcpdump writes them.
cat >flags.py <<'END'
import random
print("handshake")
for i in range(64):
    letters = "".join(c for b, c in enumerate("FSRPAU") if i & 1 << b) or "-"
    print(f"conn c{i}\nclient 10.1.0.{i}:9\n> flags {letters}")
END
python3 flags.py | capture flags.pcap
if command -v tcpdump >/dev/null; then
	tcpdump -nSr flags.pcap 2>/dev/null |
	    sed 's/.*Flags \[\([^]]*\)\].*/\1/' >theirs
	"$tcpsession" --packets flags.pcap |
	    sed -n 's/^[<>] #\([0-9]*\) .*\[\([^]]*\)\].*/\1 \2/p' |
	    sort -n | sed 's/.* //' >ours
	is "$(wc -l <ours)" 67 'every flag'
	same ours theirs "... as tcpdump has it"
else
	skip 'flags as tcpdump writes them' 'tcpdump is not installed'
fi

# Standard output that is gone or full.
if test -e /dev/full; then
	"$tcpsession" --packets a.pcap >/dev/full 2>err
	is "$?" 4 'a full disk is no success'
fi
"$tcpsession" --packets a.pcap | head -n 1 >first
is "$(cat first)" "$(head -n 1 wanted)" 'a reader may leave early'
# The SYN was not captured; only what had the option may answer with it.
capture syn-ack.pcap <<'END'
lose > syn wscale 7
< syn wscale 2 win 2000
> win 1000
< "answer" win 3000
END
run "$tcpsession" --packets --format json syn-ack.pcap
is "$(printf '%s\n' "$out" | sed 's/.*"window":\([0-9]*\).*/\1/' | xargs)" \
    '2000 1000 12000' \
    'a window is scaled as a SYN/ACK has it'

# A shift count over 14 is one of 14 (RFC 7323, 2.3).
{
	echo '> syn wscale 15'
	echo '< syn wscale 14'
	echo '>'
	echo '<'
} | capture shift.pcap
is "$("$tcpsession" --packets shift.pcap | awk '/\[\.\]/ {
	for (i = 1; i < NF; i++) if ($i == "win") print $(i + 1) }' | tr '\n' ' ')" \
    '1073725440 1073725440 ' 'no window is scaled by more than 14'

finish
