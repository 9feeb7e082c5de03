#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# summary.t: -s, its formats, its order, what it finds wrong.
. "$(dirname "$0")/../lib/check.sh"
unset COLUMNS
export TCPSESSION="$tcpsession"

# ------------------------------------------------------------------ the table

run "$tcpsession" -s "$data/http.pcap"
is "$status$err" 0 '-s: status 0 and no word beside'
is "$out" \
"#  proto  client          server       service  >flags  <flags  >pkts  <pkts  >bytes  <bytes  start                        duration       rtt      wait  state  name      remark
0  tcp    10.9.0.1:36118  10.9.0.2:80  http     SAPF    SAPF       14     14     622   11925  2026-11-20T21:21:29.298252Z  0.002333  0.000071  0.000446  SF     10.9.0.2
1  tcp    10.9.0.1:36128  10.9.0.2:80  http     SAPF    SAPF       11      9     565    1732  2026-11-20T21:21:29.313538Z  0.003230  0.000086  0.000124  SF     10.9.0.2
2 sessions, 0 UDP flows, packets >25 <23, bytes >1187 <13657
from 2026-11-20T21:21:29.298252Z, to 2026-11-20T21:21:29.316768Z, 0.018516 s" \
    'a table with a heading and totals'
is "$(ls)" '' '... and no file'
run "$tcpsession" --summary --format table "$data/dns.pcap"
is "$(printf '%s\n' "$out" | awk '{ print $1, $2, $5, $(NF - 1), $(NF) }' | sed -n 2,6p)" \
'- udp dns SF -
- udp dns SF -
- udp ntp SF -
- udp syslog S0 -
0 tcp http SF 10.9.0.2' 'flows of datagrams are in it, without number'
like "$out" '^1 session, 4 UDP flows, packets >12 <9, bytes >360 <718$' \
    '... and counted'

: >none.pcap
run "$tcpsession" -s "$data/http.pcap" none.pcap "$data/ssh.pcap"
is "$(printf '%s\n' "$out" | awk '{ print $1, $2, $3 }' | tr '\n' '|')" \
    'capture # proto|http.pcap 0 tcp|http.pcap 1 tcp|ssh.pcap 0 tcp|3 sessions, 0|from 2026-11-20T21:21:29.298252Z, to|' \
    'several captures are one table'
is "$status $err" '1 tcpsession: none.pcap: empty file' \
    '... and one that is damaged is told of beside it'
run "$tcpsession" -s --sort bytes "$data/http.pcap" "$data/ssh.pcap"
is "$(printf '%s\n' "$out" | awk '{ print $1, $2 }' | sed -n 2,4p |
    tr '\n' '|')" 'http.pcap 0|ssh.pcap 0|http.pcap 1|' \
    '... also in another order'
run "$tcpsession" -s --filter 'port 1' "$data/http.pcap"
like "$out" '^0 sessions, 0 UDP flows, packets >0 <0, bytes >0 <0$' \
    'a capture without any'
"$tcpsession" -s -o both "$data/http.pcap" >table
is "$(files both | wc -l | tr -d ' ') $(grep -c tcp table)" '8 2' \
    'with -o both, files and table'

# ---------------------------------------------------------------- a terminal

wide() {
	COLUMNS=$1 "$tcpsession" -s "$data/dns.pcap" "$data/rotated-0.pcap" \
	    >fitted
	awk -v most="$1" 'length($0) > most { print "too long: " $0 }' fitted
}
is "$(for n in 52 60 70 80 90 100 120 140 160 200; do wide $n; done)" '' \
    'lines fit a terminal of any width'
wide 100
like "$(cat fitted)" 'pcap  *-  \[fd09::1\]:58600  \[fd09::2\]:53  dns ' \
    'addresses are whole'
is "$(grep -c 'open at' fitted)" 1 'a remark finds room'
COLUMNS=166 "$tcpsession" -s "$data/dns.pcap" | grep ' 23:52:10.115466 ' \
    >fitted
is "$(wc -l <fitted | tr -d ' ')" 1 'the date goes first'
is "$(COLUMNS=80 "$tcpsession" -s --color=always "$data/dns.pcap" \
    "$data/rotated-0.pcap" | sed 's/\x1b\[[0-9;]*m//g' | head -n 1)" \
    "$(COLUMNS=80 "$tcpsession" -s "$data/dns.pcap" "$data/rotated-0.pcap" |
    head -n 1)" 'colours take no room'
run "$tcpsession" -s --color=always "$data/rotated-0.pcap"
like "$out" 'm *open at the end.*m$' 'remarks in colour, if that is wanted'
case $("$tcpsession" -s "$data/rotated-0.pcap") in
*'['*m*) ok 1 'none without a terminal' ;;
*) ok 0 'none without a terminal' ;;
esac

# ----------------------------------------------------------------------- json

for name in http.pcap lossy.pcap midstream.pcap scripts.pcap two-links.pcapng
do
	"$tcpsession" -q -e none -o out "$data/$name"
	"$tcpsession" -s --format json "$data/$name" >"$name.json"
	cmp -s "out/$name.sessions/sessions.jsonl" "$name.json"
	ok $? "$name: json is the index"
done
"$tcpsession" -s --sort start --format json "$data/dns.pcap" >dns.json
is "$(python3 -c 'import json
for line in open("dns.json"):
    d = json.loads(line)
    if d.get("proto") == "udp":
        print(d["session"], d["stem"], d["roles"], d["handshake"], d["state"],
              d["history"], d["files"], d["c2s"]["file"], list(d)[-1])
    else:
        print(d["session"], "proto" in d)')" \
'None None guess none SF Dd [] None proto
None None guess none SF Dd [] None proto
None None guess none SF Dd [] None proto
None None guess none S0 D [] None proto
0 False' 'json: flows of datagrams'

# ------------------------------------------------------------------------ csv

cp "$data/http.pcap" '=1+2.pcap'
cp "$data/http.pcap" 'a,"b".pcap'
cp "$data/dns.pcap" ./-x.pcap
"$tcpsession" -s --format csv -p '=1+2.pcap' -p 'a,"b".pcap' -p ./-x.pcap \
    "$data/lossy.pcap" >all.csv
is "$(python3 - <<'PY'
import csv, json, subprocess, os
raw = open("all.csv", newline="").read()
assert raw.count("\n") == raw.count("\r\n") == 1 + 2 + 2 + 5 + 1, raw
rows = list(csv.DictReader(open("all.csv", newline="")))
print(sorted({r["capture"] for r in rows}))
index = []
for name in ("=1+2.pcap", 'a,"b".pcap', "./-x.pcap",
             os.environ["SRCDIR"] + "/data/lossy.pcap"):
    text = subprocess.run([os.environ["TCPSESSION"], "-s", "--format", "json",
                           "-p", name], capture_output=True, check=True).stdout
    index += [json.loads(line) for line in text.splitlines()]
assert len(index) == len(rows)
def text(v):
    return "" if v is None else str(v)
for r, d in zip(rows, index):
    assert None not in r and None not in r.values(), r
    for key in ("session", "start", "end", "first_packet", "last_packet",
                "roles", "handshake", "state", "history", "close",
                "closed_by", "community_id", "stem"):
        assert r[key] == text(d[key]), (key, r[key], d[key])
    assert float(r["duration"]) == d["duration"]
    for column, v in (("rtt", d["rtt"]), ("client_wait", d["wait"]["client"]),
                      ("server_wait", d["wait"]["server"])):
        assert r[column] == "" if v is None else float(r[column]) == v, column
    assert [r["client_mac"], r["server_mac"]] == [text(m) for m in d["mac"]]
    assert r["vlan"] == " ".join(map(str, d["vlan"]))
    assert r["remark"] == ", ".join(d["remarks"])
    assert (r["service"], r["name"]) == (text(d["service"]), text(d["name"]))
    assert r["notes"] == " ".join(d["notes"])
    assert r["proto"] == d.get("proto", "tcp")
    for end in ("client", "server"):
        assert r[end + "_ip"] == d[end]["ip"]
        assert int(r[end + "_port"]) == d[end]["port"]
    for side in ("c2s", "s2c"):
        for key in ("packets", "bytes", "flags", "missing", "retransmitted",
                    "duplicates", "out_of_order", "conflicting", "bad_checksum",
                    "zero_window", "late"):
            assert r[side + "_" + key] == str(d[side][key]), (side, key)
        assert r[side + "_refused"] == str(sum(d[side]["refused"].values()))
print(len(rows), "rows")
PY
)" "[\"'-x.pcap\", \"'=1+2.pcap\", 'a,\"b\".pcap', 'lossy.pcap']
10 rows" 'csv: says what json says; texts that look like formulas do not'

# ----------------------------------------------------------------------- zeek

cat >zeek.py <<'PY'
# zeek.py LOG JSON CAPTURE: the log, read by its header, says what the index
# says and what the IP headers of the capture add up to.
import json, re, struct, sys
fields, types, rows, open_, close = None, None, [], None, None
for line in open(sys.argv[1]):
    line = line.rstrip("\n")
    if line.startswith("#"):
        key, *rest = re.split(r"[\t ]", line)
        if key == "#fields":
            fields = rest
        elif key == "#types":
            types = rest
        elif key == "#open":
            open_ = rest[0]
        elif key == "#close":
            close = rest[0]
        continue
    rows.append(dict(zip(fields, line.split("\t"))))
    assert len(line.split("\t")) == len(fields) == len(types) == 23
assert re.fullmatch(r"\d{4}(-\d\d){5}", open_) and open_ <= close
index = [json.loads(line) for line in open(sys.argv[2])]
assert len(index) == len(rows)
total = {}
data = open(sys.argv[3], "rb").read()
order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
link = struct.unpack(order + "I", data[20:24])[0]
at = 24
while at < len(data):
    n, = struct.unpack(order + "I", data[at + 8:at + 12])
    ip = data[at + 16 + (14 if link == 1 else 0):at + 16 + n]
    at += 16 + n
    if ip[0] >> 4 == 4:
        key, size, rest = ip[12:20], struct.unpack(">H", ip[2:4])[0], ip[20:]
        proto = ip[9]
    else:
        key, proto, rest = ip[8:40], ip[6], ip[40:]
        size = 40 + struct.unpack(">H", ip[4:6])[0]
    key = proto, key, rest[:4]
    total[key] = total.get(key, 0) + size
assert sum(int(r["orig_ip_bytes"]) + int(r["resp_ip_bytes"])
           for r in rows) == sum(total.values()), (rows, total)
assert sorted(x for r in rows for x in (int(r["orig_ip_bytes"]),
              int(r["resp_ip_bytes"])) if x) == sorted(total.values())
for r, d in zip(rows, index):
    proto = d.get("proto", "tcp")
    assert (r["proto"], r["ip_proto"]) == (
        proto, {"tcp": "6", "udp": "17"}[proto])
    assert r["id.orig_h"] == d["client"]["ip"]
    assert r["id.resp_p"] == str(d["server"]["port"])
    assert r["conn_state"] == d["state"] and r["history"] == d["history"]
    assert r["community_id"] == d["community_id"]
    assert re.fullmatch(r"C[0-9A-Za-z]{17}", r["uid"])
    assert r["local_orig"] == "T" and r["tunnel_parents"] == "-"
    assert r["missed_bytes"] == str(d["c2s"]["missing"] + d["s2c"]["missing"])
    if d["duration"] > 0:
        assert "%.6f" % d["duration"] == r["duration"]
        assert r["orig_bytes"] == str(d["c2s"]["bytes"] + d["c2s"]["missing"])
    else:
        assert r["duration"] == r["orig_bytes"] == r["resp_bytes"] == "-"
assert len({r["uid"] for r in rows}) == len(rows)
print(" ".join(sorted({r["service"] for r in rows})))
PY
for name in dns http http6 lossy midstream ssh scripts; do
	"$tcpsession" -s --format zeek "$data/$name.pcap" >$name.log
	"$tcpsession" -s --format json "$data/$name.pcap" >$name.json
done
is "$(for name in dns http http6 lossy midstream ssh scripts; do
	echo "$name $(python3 zeek.py $name.log $name.json \
	    "$data/$name.pcap" 2>&1 | tail -n 1)"
done)" 'dns dns http ntp syslog
http http
http6 http
lossy -
midstream -
ssh ssh
scripts http' 'zeek: says what the index says, and bytes of IP are exact'
"$tcpsession" -s --format zeek "$data/http.pcap" | cmp -s - http.log
ok $? '... the same in every run'
if command -v zeek-cut >/dev/null; then
	is "$(zeek-cut id.orig_p service conn_state <http.log)" \
	    "$(printf '36118\thttp\tSF\n36128\thttp\tSF')" 'zeek-cut reads it'
else
	skip 'zeek-cut reads it' 'zeek-cut is missing'
fi
for name in dns http6 lossy scripts; do
	"$tcpsession" -s --format zeek-json "$data/$name.pcap" >$name.objects
done
is "$(python3 - dns http6 lossy scripts <<'PY'
import json, sys
n = 0
for name in sys.argv[1:]:
    rows = [line.rstrip("\n").split("\t") for line in open(name + ".log")]
    fields = next(r[1:] for r in rows if r[0] == "#fields")
    types = next(r[1:] for r in rows if r[0] == "#types")
    rows = [r for r in rows if not r[0].startswith("#")]
    objects = [json.loads(line, parse_float=str, parse_int=str)
               for line in open(name + ".objects")]
    assert len(rows) == len(objects) > 0
    for row, d in zip(rows, objects):
        want = {}
        for field, kind, v in zip(fields, types, row):
            if v != "-":
                want[field] = v == "T" if kind == "bool" else v
        assert list(d.items()) == list(want.items()), (d, want)
        n += 1
for d in map(json.loads, open("dns.objects")):
    assert type(d["ts"]) is float and type(d["id.orig_p"]) is int
    assert type(d["uid"]) is str and d["local_orig"] is True
print(n)
PY
)" 76 'zeek-json: the same values, each of its type, and none that is not set'
"$tcpsession" -s --format zeek -f 'port 1' "$data/http.pcap" >none.log
is "$(wc -c <none.log | tr -d ' ')" 0 'no log without sessions'

# SYNs that are repeated with other options, and with the same.
capture syns.pcap <<'CONV'
> syn mss 1460 sackok
wait 1
> syn mss 1460 sackok
wait 2
> syn
conn b
client 10.0.0.1:40001
> syn mss 1460 sackok
wait 1
> syn mss 1460 sackok
CONV
"$tcpsession" -s --format zeek syns.pcap >syns.log
"$tcpsession" -s --format json syns.pcap >syns.json
is "$(python3 zeek.py syns.log syns.json syns.pcap 2>&1 | tail -n 1)" - \
    'zeek: bytes of unanswered SYNs too'

# -------------------------------------------------------------------- sorting

order() {
	"$tcpsession" -s --format json "$@" "$data/scripts.pcap" |
	    python3 -c 'import json, sys
rows = [json.loads(line) for line in sys.stdin]
print(len(rows), rows == sorted(rows, key=lambda d: eval(sys.argv[1])))' "$key"
}
both() {
	echo "-d['c2s']['$1'] - d['s2c']['$1'], d['session']"
}
n=$("$tcpsession" -s --format json "$data/scripts.pcap" | wc -l | tr -d ' ')
key='d["start"], d["session"]'
is "$(order --sort start)" "$n True" '--sort start'
key="($(both bytes))"
is "$(order --sort bytes)" "$n True" '--sort bytes'
key="($(both packets))"
is "$(order --sort=packets)" "$n True" '--sort packets'
key='-d["duration"], d["session"]'
is "$(order --sort duration)" "$n True" '--sort duration'
key='-(d["rtt"] or -1), d["session"]'
is "$(order --sort rtt)" "$n True" '--sort rtt'
key='-(d["wait"]["server"] or -1), d["session"]'
is "$(order --sort wait)" "$n True" '--sort wait'
is "$("$tcpsession" -s --sort bytes "$data/http6.pcap" |
    awk '{ print $1 }' | sed -n 2,3p | tr -d '\n')" 01 'the table is sorted too'
run "$tcpsession" -s --sort size "$data/http.pcap"
is "$status $(printf '%s\n' "$err" | wc -l | tr -d ' ')" '2 1' \
    '--sort size: 2'
run "$tcpsession" --sort bytes "$data/http.pcap"
is "$status" 2 '--sort without -s: 2'
run "$tcpsession" -s --format text "$data/http.pcap"
is "$status" 2 '-s --format text: 2'
run "$tcpsession" -s --packets "$data/http.pcap"
is "$status" 2 'two products for standard output: 2'

# ---------------------------------------------------------------- local time

run env TZ=CET-1CEST,M3.5.0,M10.5.0/3 "$tcpsession" -s --local-time \
    "$data/http.pcap"
like "$out" '^0  .*  2026-11-20T22:21:29.298252[+]01:00  0.002333  ' \
    '--local-time: of the zone'
like "$out" '^from 2026-11-20T22:21:29.298252[+]01:00, to 2026-11-20T22:21:29' \
    '... of the totals too'
is "$(env TZ=IST-5:30 COLUMNS=166 "$tcpsession" -s --local-time \
    "$data/dns.pcap" | grep -c ' 05:22:10.115466 ')" 1 \
    '... on a terminal the time of day'
is "$(env TZ=NST3:30 "$tcpsession" -s --local-time --format csv \
    "$data/http.pcap" | sed -n 2p | cut -d , -f 10,11)" \
    '2026-11-20T17:51:29.298252-03:30,2026-11-20T17:51:29.300585-03:30' \
    '... csv'
is "$(env TZ=CET-1 "$tcpsession" -P --local-time "$data/http.pcap" |
    grep -c '^# start 2026-11-20T22:21:29......[0-9]+01:00$')" 2 '... -P'
is "$(env TZ=CET-1 "$tcpsession" --packets --local-time "$data/http.pcap" |
    grep -c 'packet #.* 2026-11-20T22:21:29......[0-9]+01:00')" 4 \
    '... --packets'
is "$(env TZ=CET-1 "$tcpsession" -s --local-time --match 22:21:29.298 \
    "$data/http.pcap" | awk '{ print $1 }' | sed -n 2,3p | tr '\n' ' ')" \
    '0 1 ' '... --match sees it'
run env TZ=CET-1 "$tcpsession" -o local -e text -P --local-time "$data/http.pcap"
is "$(grep -h start local/*/*.txt | sort -u | wc -l | tr -d ' ') $(grep -c \
    'start .*Z$' local/*/*-0.txt)" '2 1' '... files have UTC'
for format in json zeek zeek-json; do
	run "$tcpsession" -s --local-time --format $format "$data/http.pcap"
	is "$status" 2 "--local-time --format $format: 2"
done
run "$tcpsession" --local-time "$data/http.pcap"
is "$status $err" "2 tcpsession: --local-time: goes with a table, CSV, \
text or hex on standard output" '--local-time alone: 2'

# ------------------------------------------------------------------ diagnosis

{
	n=0
	while read -r name rest; do
		echo "conn $name"
		echo "client 10.0.0.1:$((41000 + n))"
		printf "%s\n" "$rest" | tr ';' '\n'
		n=$((n + 1))
	done <<'END'
good handshake;> "GET / HTTP/1.0\r\n\r\n";< "HTTP/1.0 200 OK\r\n\r\n";close
unanswered > syn;wait 1;> syn
refused > syn;< rst
far > syn;wait 2.5;< syn;>;close
slow handshake;> "GET / HTTP/1.0\r\n\r\n";<;wait 3.2;< "HTTP/1.0 200 OK\r\n\r\n";close
reset handshake;> "question";< "answer";< rst
half handshake;> "question";< fin;>
lossy handshake;< fill 1000 x;stay < seq 0 fill 100 x;>;close
full handshake;> "question";< win 0;<;close
holed handshake;lose > "question";<;> "again";<;close
open handshake;> "question"
END
} | capture sick.pcap
"$tcpsession" -s --format csv sick.pcap >sick.csv
is "$(python3 -c 'import csv
for r in csv.DictReader(open("sick.csv", newline="")):
    print(r["session"], r["state"], r["remark"])' | sort -n)" \
'0 SF 
1 S0 no answer
2 REJ refused
3 SF handshake took 2.5 s
4 SF server took 3.2 s
5 RSTR reset by server
6 S3 closed by server only
7 SF server repeats 9%
8 SF zero window of server
9 SF 8 bytes missing
10 S1 open at the end' 'what is wrong is said'
run "$tcpsession" -s -v sick.pcap
like "$err" 'sick.pcap: no answer: 1, refused: 1, slow handshake: 1, slow server: 1, reset: 1, half closed: 1, open at the end: 1, bytes missing: 1, retransmissions: 1, zero window: 1$' \
    '-v counts it'
is "$("$tcpsession" -s --match 'refused' sick.pcap | awk '{ print $1 }' |
    sed -n 2,3p | tr '\n' ' ')" '2 1 ' '--match finds it'
is "$("$tcpsession" -s --match-regex ' (S0|REJ) ' --format json sick.pcap |
    wc -l | tr -d ' ')" 2 '... --match-regex too'
is "$("$tcpsession" -s --match ' dns ' --format csv "$data/dns.pcap" |
    grep -c ',udp,')" 2 '... and flows of datagrams'
is "$("$tcpsession" -s --session 3-4 --format json sick.pcap |
    wc -l | tr -d ' ')" 2 '--session chooses'

# ------------------------------------------------------- where it cannot go

if [ -c /dev/full ]; then
	"$tcpsession" -s "$data/http.pcap" >/dev/full 2>err
	is "$? $(wc -l <err | tr -d ' ')" '4 1' 'a full disk: 4'
else
	skip 'a full disk: 4' 'no /dev/full'
fi
run "$tcpsession" -s no-such.pcap
is "$status$out" 2 'a missing input: 2'
head -c 5000 "$data/http.pcap" >cut.pcap
run "$tcpsession" -s cut.pcap
is "$status" 1 'a cut capture: 1'
like "$out" '^[01]  *tcp ' '... and what could be read'
finish
