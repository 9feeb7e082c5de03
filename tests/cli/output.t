#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# output.t: the tree that is written, its names, modes, times and two indexes.
. "$(dirname "$0")/../lib/check.sh"

cp "$data/http.pcap" http.pcap
(umask 0 && "$tcpsession" -o o -e all http.pcap)
dir=o/http.pcap.sessions

is "$(files o)" "$(sort <<'TREE'
http.pcap.sessions/10.9.0.1_36118-10.9.0.2_80-6-0-001.html
http.pcap.sessions/10.9.0.1_36118-10.9.0.2_80-6-0-002.js
http.pcap.sessions/10.9.0.1_36118-10.9.0.2_80-6-0-003.js
http.pcap.sessions/10.9.0.1_36118-10.9.0.2_80-6-0-004.txt
http.pcap.sessions/10.9.0.1_36118-10.9.0.2_80-6-0-005.png
http.pcap.sessions/10.9.0.1_36118-10.9.0.2_80-6-0-006.html
http.pcap.sessions/10.9.0.1_36118-10.9.0.2_80-6-0.c2s
http.pcap.sessions/10.9.0.1_36118-10.9.0.2_80-6-0.hex
http.pcap.sessions/10.9.0.1_36118-10.9.0.2_80-6-0.json
http.pcap.sessions/10.9.0.1_36118-10.9.0.2_80-6-0.pcap
http.pcap.sessions/10.9.0.1_36118-10.9.0.2_80-6-0.s2c
http.pcap.sessions/10.9.0.1_36118-10.9.0.2_80-6-0.timing
http.pcap.sessions/10.9.0.1_36118-10.9.0.2_80-6-0.txt
http.pcap.sessions/10.9.0.1_36128-10.9.0.2_80-6-1-001.html
http.pcap.sessions/10.9.0.1_36128-10.9.0.2_80-6-1-002.js
http.pcap.sessions/10.9.0.1_36128-10.9.0.2_80-6-1-003.txt
http.pcap.sessions/10.9.0.1_36128-10.9.0.2_80-6-1-004.txt
http.pcap.sessions/10.9.0.1_36128-10.9.0.2_80-6-1-005.html
http.pcap.sessions/10.9.0.1_36128-10.9.0.2_80-6-1-006.html
http.pcap.sessions/10.9.0.1_36128-10.9.0.2_80-6-1-007.js
http.pcap.sessions/10.9.0.1_36128-10.9.0.2_80-6-1.c2s
http.pcap.sessions/10.9.0.1_36128-10.9.0.2_80-6-1.hex
http.pcap.sessions/10.9.0.1_36128-10.9.0.2_80-6-1.json
http.pcap.sessions/10.9.0.1_36128-10.9.0.2_80-6-1.pcap
http.pcap.sessions/10.9.0.1_36128-10.9.0.2_80-6-1.s2c
http.pcap.sessions/10.9.0.1_36128-10.9.0.2_80-6-1.timing
http.pcap.sessions/10.9.0.1_36128-10.9.0.2_80-6-1.txt
http.pcap.sessions/capture.jsonl
http.pcap.sessions/http.jsonl
http.pcap.sessions/objects.jsonl
http.pcap.sessions/report.html
http.pcap.sessions/scripts.jsonl
http.pcap.sessions/sessions.jsonl
TREE
)" 'the tree, and nothing hidden beside it'
is "$(find o -type f ! -perm 0600)" '' 'files have mode 0600'
is "$(find o -type d ! -perm 0700)" '' 'directories have mode 0700'
is "$(cd $dir && wc -c 10*.?2? | awk '{ print $1 }' | tr '\n' ' ')" \
    '622 11925 565 1732 14844 ' 'sizes of the raw files'

python3 - $dir <<'PY'
import json, os, sys
from datetime import datetime, timezone
where = sys.argv[1]
def ns(text):
    whole, _, part = text.rstrip("Z").partition(".")
    at = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S")
    return (int(at.replace(tzinfo=timezone.utc).timestamp()) * 10**9
            + int(part.ljust(9, "0")))
wrong = []
for line in open(where + "/sessions.jsonl"):
    s = json.loads(line)
    for name in s["files"]:
        if os.stat(os.path.join(where, name)).st_mtime_ns != ns(s["start"]):
            wrong.append(name)
sys.exit(" ".join(wrong) or None)
PY
ok $? "a file's time is that of the session's first packet"

# ------------------------------------------------------------------- names

"$tcpsession" -o o6 "$data/http6.pcap"
is "$(files o6 | sed -n 's,.*/\(.*-0\)\.txt,\1,p')" \
    fd09.0.0.0.0.0.0.1_37522-fd09.0.0.0.0.0.0.2_80-6-0 \
    'IPv6 addresses: eight groups with dots between'
python3 - o6/http6.pcap.sessions/sessions.jsonl <<'PY'
import ipaddress, json, sys
def groups(ip):
    return ".".join("%x" % int(g, 16)
        for g in ipaddress.ip_address(ip).exploded.split(":"))
for line in open(sys.argv[1]):
    s = json.loads(line)
    assert s["stem"] == "%s_%d-%s_%d-6-%d" % (groups(s["client"]["ip"]),
        s["client"]["port"], groups(s["server"]["ip"]), s["server"]["port"],
        s["session"]), s["stem"]
PY
ok $? 'the stem says the same as the index'
"$tcpsession" -e raw,text,hex,json,http,js,pcap,timing -o j6 "$data/http6.pcap"
is "$(files j6 | grep -c :)" 0 'no name has a colon'
"$tcpsession" -q --json -r -o counted "$data"
is "$(find counted -name '*.json' | wc -l)" \
    "$(cat counted/*/sessions.jsonl | wc -l)" \
    'as many files in .json as sessions, with --json'

mkdir -p a b in/sub
cp http.pcap a/x.pcap
cp "$data/ssh.pcap" b/x.pcap
cp http.pcap in/sub/y.pcap
cp http.pcap 'in/odd name.pcap'
"$tcpsession" -r -o two a/x.pcap b/x.pcap in
is "$(ls two two/sub)" "two:
odd name.pcap.sessions
sub
x.pcap.2.sessions
x.pcap.sessions

two/sub:
y.pcap.sessions" \
    'two of one name get two directories; those found below a PATH their own'
is "$(value two/x.pcap.sessions/sessions.jsonl 'd["server"]["port"]') $(value \
    two/x.pcap.2.sessions/sessions.jsonl 'd["server"]["port"]')" '80 2222' \
    'in the order in which they were named'
is "$(value two/x.pcap.2.sessions/capture.jsonl 'd["capture"]') $(value \
    two/sub/y.pcap.sessions/sessions.jsonl 'd["capture"]')" \
    'x.pcap.2 sub/y.pcap' 'the name is in capture.jsonl and in the index'
"$tcpsession" -o std - <http.pcap
is "$(ls std)" stdin.sessions 'standard input'

# Sessions without payload have no files but their line.
capture none.pcap <<'CONV'
handshake
close
conn b
client 10.0.0.1:40001
> syn
CONV
"$tcpsession" -o none none.pcap
is "$(ls none/none.pcap.sessions | tr '\n' ' ')" \
    'capture.jsonl sessions.jsonl ' 'no payload: no files'
is "$(wc -l <none/none.pcap.sessions/sessions.jsonl | tr -d ' ')" 2 \
    '... but lines in the index'
"$tcpsession" --json -o none none.pcap
is "$(files none/none.pcap.sessions | grep -c 'json$')" 1 \
    '... and a JSON document after a full handshake'
capture half.pcap <<'CONV'
handshake
> "to the server only"
close
CONV
"$tcpsession" -e all -o none half.pcap
is "$(files none/half.pcap.sessions | sed -n 's/^1.*\.//p' | tr '\n' ' ')" \
    'c2s hex json pcap timing txt ' 'no file for a direction without bytes'
is "$(value none/half.pcap.sessions/sessions.jsonl 'd["s2c"]["file"]')" None \
    '... null in the index'

# ------------------------------------------------------------ capture.jsonl

python3 - o o/http.pcap.sessions/capture.jsonl http.pcap <<'PY'
import json, os, sys
text = open(sys.argv[2], encoding="utf-8").read()
assert text.endswith("}\n") and text.count("\n") == 1
c = json.loads(text)
assert list(c) == ("program version fingerprint complete incomplete outputs "
    "capture files size format compression link_types packets captured_bytes first last "
    "skipped lost warnings options totals").split(), list(c)
assert c["program"] == "tcpsession" and c["capture"] == "http.pcap"
assert c["size"] == os.path.getsize(sys.argv[3]) == 18836
assert (c["format"], c["compression"], c["link_types"]) == \
    ("pcap", "none", ["EN10MB"])
assert (c["packets"], c["captured_bytes"]) == (48, 18044), c
assert c["first"] == "2026-11-20T21:21:29.298252Z", c["first"]
assert c["last"] == "2026-11-20T21:21:29.316768Z", c["last"]
assert c["skipped"] == c["lost"] == {} and c["warnings"] == []
assert c["complete"] is True and c["incomplete"] == []
o = c["options"]
assert o["emit"] == "raw,plain,text,hex,objects,http,js,pcap,timing,json,report" and o["gaps"] == "zero"
assert c["files"] == ["http.pcap"] and o["filter"] is None
assert o["overlap"] == "first" and o["checksum"] == "auto"
assert o["max_bytes"] is None and o["max_gap"] == 1 << 20
assert "max_memory" not in o and o["idle"] == 0
assert o["shard"] is None and len(c["fingerprint"]) == 64
t = c["totals"]
assert (t["sessions"], t["selected"], t["tcp_packets"]) == (2, 2, 48), t
sides = [json.loads(l)[d] for l in open(sys.argv[1] + "/http.pcap.sessions/sessions.jsonl") for d in ("c2s", "s2c")]
assert t["bytes"] == sum(s["bytes"] for s in sides) > 0 == t["missing"], t
PY
ok $? 'capture.jsonl'
"$tcpsession" -q -o links "$data/two-links.pcapng"
is "$(value links/*/capture.jsonl 'd["format"], d["link_types"]')" \
    "('pcapng', ['EN10MB', 'RAW'])" 'capture.jsonl: two link types'
"$tcpsession" -q -o gz "$data/http.pcap.gz"
is "$(value gz/*/capture.jsonl 'd["compression"], d["size"]')" \
    "('gzip', 10346)" 'capture.jsonl: compression, size as it is on disk'
head -c 18800 http.pcap >cut.pcap
"$tcpsession" -q -o cut cut.pcap
is "$(value cut/*/capture.jsonl 'len(d["warnings"])')" 1 \
    'capture.jsonl: the warning'

# ---------------------------------------------------------- sessions.jsonl

python3 - o o6 links two none <<'PY'
import json, os, sys
KEYS = ("session stem capture community_id start end duration first_packet "
    "last_packet client server roles handshake vlan mac state history close "
    "closed_by rtt wait service name remarks tls c2s s2c files notes").split()
SIDE = ("packets bytes flags missing gaps retransmitted duplicates out_of_order "
    "conflicting conflicts bad_checksum zero_window refused late "
    "file").split()
n = 0
for top in sys.argv[1:]:
    for where, _, names in os.walk(top):
        if "sessions.jsonl" not in names:
            continue
        data = open(os.path.join(where, "sessions.jsonl"), "rb").read()
        assert data.endswith(b"\n")
        seen = set()
        for line in data.decode("utf-8").splitlines():
            s = json.loads(line)
            n += 1
            assert list(s) == KEYS, list(s)
            assert list(s["c2s"]) == list(s["s2c"]) == SIDE
            assert list(s["client"]) == list(s["server"]) == ["ip", "port"]
            assert s["community_id"].startswith("1:")
            assert s["first_packet"] <= s["last_packet"]
            assert set(s["files"]) <= set(names)
            seen.add(s["session"])
        assert seen == set(range(len(seen)))
assert n == 16, n
PY
ok $? 'sessions.jsonl: keys, their order, numbers without a hole'

# --------------------------------------------------------------------- --hash

capture holes.pcap <<'CONV'
handshake
> "question"
lose < "not captured"
< "answer"
>
close
conn none
client 10.0.0.1:40001
> syn
conn late
client 10.0.0.1:40002
handshake
CONV
for hash in md5 sha256; do
	for gaps in zero skip; do
		rm -rf h
		"$tcpsession" -q --hash $hash --gaps $gaps -o h http.pcap holes.pcap
		run python3 - $hash $gaps <<'PY'
import hashlib, json, glob, sys
name, gaps = sys.argv[1:]
n = 0
for index in glob.glob("h/*/sessions.jsonl"):
    for d in map(json.loads, open(index)):
        for side in (d["c2s"], d["s2c"]):
            assert list(side)[-2:] == [name, "file"], list(side)
            data = b""
            if side["file"]:
                path = index.replace("sessions.jsonl", side["file"])
                data = open(path, "rb").read()
            for off, length, _ in reversed(side["gaps"] if gaps == "zero" else []):
                data = data[:off] + data[off + length:]
            assert hashlib.new(name, data).hexdigest() == side[name], d
            n += 1
print(n)
PY
		is "$out" 10 "--hash $hash --gaps $gaps: of the files, without holes"
	done
done
"$tcpsession" -s --format json --hash md5 http.pcap >shown
is "$(sed 's/.*"c2s":{[^}]*}[^}]*"md5":"\([^"]*\)".*/\1/' shown | sort)" \
    "$(cat o/http.pcap.sessions/*.c2s >/dev/null
    md5sum o/http.pcap.sessions/*.c2s | cut -d ' ' -f 1 | sort)" \
    '... with -s --format json too'
is "$("$tcpsession" -P --format json --hash md5 http.pcap | grep -c '"md5"')" 2 \
    '... and -P --format json'
is "$(value h/http.pcap.sessions/capture.jsonl 'd["options"]["hash"]')" sha256 \
    'capture.jsonl: it is an option'
run "$tcpsession" --hash sha1 http.pcap
is "$status" 2 '--hash sha1: 2'
run "$tcpsession" -s --hash md5 http.pcap
is "$status" 2 '--hash without an index: 2'
# Bytes that come when those behind them have been hashed.
run "$mkpcap" -o late.pcap "$conv/gap-filled-late.conv"
"$tcpsession" -q --hash md5 -o late late.pcap
is "$(value late/*/sessions.jsonl \
    '"filled_late" in d["notes"], d["c2s"]["md5"], d["s2c"]["md5"] != None')" \
    '(True, None, True)' '... which nobody knows of a direction filled late'

# The index comes in the order of the ends, numbers in that of the beginnings.
capture order.pcap <<'CONV'
handshake
conn b
client 10.0.0.1:40001
handshake
> "b"
close
wait 200
conn main
> "a"
close
CONV
"$tcpsession" -q -o order order.pcap
is "$(sed 's/,.*//' order/*/sessions.jsonl | tr -dc '0-9\n' | tr '\n' ' ')" \
    '1 0 ' 'lines come as sessions end, numbers as they begin'

# -------------------------------------------------------------- once again

"$tcpsession" -o again -e all http.pcap
same o again 'two runs: identical'
"$tcpsession" -o o -e all http.pcap
same o again 'a second run into the same place: identical'
"$tcpsession" -o again -e hex http.pcap
is "$(ls again/http.pcap.sessions | sed 's/.*\.//' | sort -u | tr '\n' ' ')" \
    'hex jsonl ' 'a second run replaces: nothing of the first stays'
touch again/bystander
mkdir again/other.sessions
"$tcpsession" -o again http.pcap
is "$(ls again | tr '\n' ' ')" 'bystander http.pcap.sessions other.sessions ' \
    'what is not of this capture stays'

for kind in file directory link; do
	rm -rf foreign
	mkdir foreign
	case $kind in
	file) echo mine >foreign/http.pcap.sessions ;;
	directory) mkdir foreign/http.pcap.sessions
		echo '{"program":"other"}' \
		    >foreign/http.pcap.sessions/capture.jsonl ;;
	link) mkdir elsewhere
		ln -s ../elsewhere foreign/http.pcap.sessions ;;
	esac
	cp -RP foreign before
	run "$tcpsession" -o foreign http.pcap
	is "$status" 4 "in its place there is a $kind: 4"
	like "$err" '^tcpsession: foreign: http.pcap.sessions: .*--force' \
	    '... says how to go on'
	same before foreign '... and leaves it alone'
	run "$tcpsession" --force -o foreign http.pcap
	is "$status $(ls foreign/http.pcap.sessions | wc -l | tr -d ' ')" '0 8' \
	    '--force: replaced'
	rm -rf before
done
is "$(ls elsewhere)" '' 'nothing was written through the link'

# Own output is no input.
mkdir walk
cp http.pcap walk/
"$tcpsession" -o walk walk
"$tcpsession" -r -o walk walk
is "$(ls walk | tr '\n' ' ')$(find walk -name '*.sessions' | wc -l)" \
    'http.pcap http.pcap.sessions 1' 'own output below a PATH is passed over'
finish
