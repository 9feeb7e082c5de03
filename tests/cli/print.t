#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# print.t: transcripts on standard output are those of the files.
. "$(dirname "$0")/../lib/check.sh"

gen=$built/bench/gen
LC_ALL=C.UTF-8 locale charmap 2>/dev/null | grep -q UTF-8 ||
    skip_all 'no locale C.UTF-8'
mkdir in
cp "$data"/*.pcap "$data"/*.pcapng in/
for file in "$conv"/*.conv; do
	name=${file##*/}
	"$mkpcap" -o "in/${name%.conv}.pcap" "$file" || exit 1
done
# Bytes beyond ASCII, a name that is hostile, more than fits in memory.
printf 'handshake\n> hex %s\n< "caf\\xc3\\xa9\\n"\nclose\n' \
    "$(printf 'Z\303\274rich \302\200 \377 \342\202\254\n' | hex)" |
    capture in/utf8.pcap
cp in/utf8.pcap "$(printf 'in/\303\274 \033[2Jx\n.pcap')"
conversations 60 | capture in/many.pcap
test ! -x "$gen" || "$gen" M 0.03 1 in/mixed.pcap manifest

cat >joined.py <<'PY'
# joined.py ENDING DIR: what -P writes, from the files of the directories in
# DIR: in the order of each index, parted by an empty line.
import json, os, sys

first = True
top = os.fsencode(sys.argv[2])
tail = b".sessions"
for name in sorted(n[:-len(tail)] for n in os.listdir(top) if n.endswith(tail)):
    place = os.path.join(top, name + tail)
    with open(os.path.join(place, b"sessions.jsonl"), encoding="utf-8") as f:
        stems = [json.loads(line)["stem"] for line in f]
    for stem in stems:
        path = os.path.join(place, (stem + sys.argv[1]).encode())
        if os.path.exists(path):
            sys.stdout.buffer.write(b"" if first else b"\n")
            first = False
            with open(path, "rb") as f:
                sys.stdout.buffer.write(f.read())
PY
cat >stretches.py <<'PY'
# stretches.py JSON DIR: the lines of -P --format json against the raw files
# and the indices of a run with --gaps skip.
import base64, json, os, sys

index, data, gaps, order, ended = {}, {}, {}, [], []
for place, _, names in sorted(os.walk(sys.argv[2])):
    if "sessions.jsonl" in names:
        with open(os.path.join(place, "sessions.jsonl"), encoding="utf-8") as f:
            for d in map(json.loads, f):
                index[d["capture"], d["session"]] = (d, place)
for line in open(sys.argv[1], encoding="utf-8"):
    d = json.loads(line)
    session = (d["capture"], d["session"])
    assert session not in ended, "behind its end"
    if "stem" in d:
        ended.append(session)
        want = dict(index[session][0], files=[])
        want = {k: dict(v, file=None) if k in ("c2s", "s2c") else v
                for k, v in want.items()}
        assert list(d) == list(want) and d == want, (d, want)
        continue
    key = session + (d["direction"],)
    if not order or order[-1] != session:
        assert session not in order, "in two pieces"
        order.append(session)
    s, _ = index[session]
    common = ["capture", "session", "direction"]
    if "gap" in d:
        assert list(d) == common + ["gap"], list(d)
        gaps.setdefault(key, []).append(d["gap"])
        continue
    want = common + ["time", "packet", "offset", "base64"]
    if d.get("concurrent") is True:
        want.insert(6, "concurrent")
    assert list(d) == want, list(d)
    have = data.setdefault(key, bytearray())
    holes = sum(g[1] for g in gaps.get(key, []))
    assert d["offset"] == len(have) + holes, "offset"
    assert s["first_packet"] <= d["packet"] <= s["last_packet"]
    have += base64.b64decode(d["base64"], validate=True)
for session, (s, place) in index.items():
    for way in "c2s", "s2c":
        got = bytes(data.get(session + (way,), b""))
        raw = b""
        if s[way]["file"]:
            with open(os.path.join(place, s[way]["file"]), "rb") as f:
                raw = f.read()
        assert got == raw, (session, way)
        listed = gaps.get(session + (way,), [])
        assert listed[:1000] == s[way]["gaps"], (session, way, listed)
assert set(ended) == set(index) and len(ended) > len(order)
print(len(order) > 100)
PY

export LC_ALL=C.UTF-8
"$tcpsession" -q -e raw,text,hex --gaps skip -o o in
for format in text hex; do
	ending=.txt
	test $format = text || ending=.hex
	python3 joined.py $ending o >wanted
	"$tcpsession" -q -P --format $format in >printed
	cmp printed wanted
	ok $? "$format as in the files"
	"$tcpsession" -q -P --format $format --color=always in >colored
	LC_ALL=C awk '{ gsub(/\033\[2m\\[^\033]*\033\[22m/, "") }
	    /./ && !/^\033\[(2m[#><!=:]|31m[|+]|94m[|+]).*\033\[0m$/ { exit 1 }
	    /\033.*\033.*\033/ { exit 1 }
	    /^\033\[2m[<>]/ { red = substr($0, 5, 1) == ">" }
	    /^\033\[31m/ && !red || /^\033\[94m/ && red { exit 1 }' colored
	ok $? '... each line coloured by itself, by its side'
	LC_ALL=C sed 's/\x1b\[[0-9]*m//g' colored | cmp - wanted
	ok $? '... and nothing else'
	LC_ALL=C "$tcpsession" -q -P --format $format in >ascii
	is "$(LC_ALL=C grep -c '[^ -~]' ascii)" 0 \
	    '... printable ASCII where the terminal has no more'
	python3 -c '
import re
def bare(name):
    return re.sub(rb"\\(x([89a-f][0-9a-f])|.)", lambda m:
        bytes([int(m[2], 16)]) if m[2] else m[0], open(name, "rb").read(),
        flags=re.S)
print(bare("ascii") == bare("wanted"))' >same
	is "$(cat same)" True '... that says the same'
done
is "$(grep -c 'Zürich \\xc2\\x80 \\xff €' printed wanted) $(grep -c \
    '^# capture ü ' wanted)" 'printed:0
wanted:0 1' 'hex is ASCII but for names'
"$tcpsession" -q -P --wire --format json in >printed
run python3 stretches.py printed o
is "$status $out" '0 True' 'json is the raw files in base64, their holes, and the index'

# ------------------------------------------------------------ one of several

cp "$data/http.pcap" .
rm -rf o
"$tcpsession" -o o http.pcap
for n in 0 1; do
	"$tcpsession" -P --session $n http.pcap >printed
	cmp printed o/http.pcap.sessions/*-$n.txt
	ok $? "--session $n: its transcript, byte for byte"
	"$tcpsession" -P --format hex --session $n-$n http.pcap >one
	"$tcpsession" -P --format hex --match "$(value \
	    o/http.pcap.sessions/sessions.jsonl \
	    "[36118, 36128][$n]")" http.pcap >other
	same one other '... the same by --match'
done
"$tcpsession" -P in/simple.pcap http.pcap in/ssh.pcap >printed
{
	"$tcpsession" -P in/simple.pcap
	echo
	"$tcpsession" -P http.pcap
	echo
	"$tcpsession" -P in/ssh.pcap
} >wanted
same printed wanted 'captures one after the other, an empty line between'
"$tcpsession" -P --format json http.pcap in/simple.pcap >printed
is "$(sed -n 's/^\({"capture":[^,]*\),.*/\1/p' printed | uniq | tr '\n' ' ')" \
    '{"capture":"http.pcap" {"capture":"simple.pcap" ' \
    'json of several captures names them'
"$tcpsession" -P --format json --continuous in/rotated-*.pcap |
    grep -q '^{"capture"'
is $? 1 '... of one that is in parts does not'

# ------------------------------------------------------------------ as it is

"$tcpsession" -q -e raw --gaps skip -o bytes in
for name in http two-holes beyond-4g; do
	for side in client:c2s server:s2c; do
		"$tcpsession" -P --format raw --only ${side%:*} in/$name.pcap \
		    >printed
		for stem in $(sed 's/.*"stem":"\([^"]*\)".*/\1/' \
		    bytes/$name.pcap.sessions/sessions.jsonl); do
			cat bytes/$name.pcap.sessions/"$stem".${side#*:}
		done 2>/dev/null | cmp - printed
		ok $? "$name: raw, only the ${side%:*}: its raw files, without holes"
	done
done
is "$("$tcpsession" -P --format raw in/simple.pcap | hex)" \
    "$("$tcpsession" -P --format json in/simple.pcap | python3 -c '
import base64, json, sys
print(b"".join(base64.b64decode(d["base64"]) for d in map(json.loads, sys.stdin)
               if "base64" in d).hex())')" \
    'raw: both sides as they spoke'
"$tcpsession" -P --format raw --session 1 http.pcap >one
"$tcpsession" -P --format raw --match 36128 http.pcap | cmp - one
ok $? '... of one session, as it comes'
run "$tcpsession" -P --only client http.pcap
is "$status $err" \
    '2 tcpsession: --only: goes with --print --format raw' \
    '--only without raw: 2'
run "$tcpsession" -P --format raw --only both http.pcap
is "$status" 2 '--only both: 2'
run script -qec "'$tcpsession' -P --format raw http.pcap" /dev/null
like "$out" 'not written to a terminal' 'raw on a terminal: not'

# ---------------------------------------------------------------- no files

mkdir clean
cd clean || exit 1
run "$tcpsession" -P ../http.pcap
is "$status $err" '0 ' 'without -o, -e and -c: status 0, silent'
is "$(ls -A)" '' '... no file is written'
chmod a-w .
run "$tcpsession" -P ../http.pcap
is "$status" 0 '... nor does it matter who may write here'
chmod u+w .
run "$tcpsession" -P ../missing.pcap
is "$status $out" '2 ' 'a PATH that is missing: 2'
echo junk >junk.pcap
run "$tcpsession" -P junk.pcap
is "$status" 3 'nothing that can be read: 3'
run "$tcpsession" -P junk.pcap ../http.pcap
is "$status" 1 'something that cannot: 1'
rm junk.pcap
run "$tcpsession" -P -o o ../http.pcap
is "$status" 0 '-P -o: both'
"$tcpsession" -P ../http.pcap | cmp - ../.out
ok $? '... standard output'
is "$(files o | wc -l)" 8 '... and files'
run "$tcpsession" -P -e none ../http.pcap
is "$status $(files . | grep -c '^http')" '0 2' '-P -e none: the index too'
for option in '--strict' '--shard 0/2' '-b 10' '--port 80' '--client 10.9.0.1'; do
	# Options are split at spaces.
	# shellcheck disable=SC2086
	run "$tcpsession" -P $option -e text -o p ../http.pcap
	python3 ../joined.py .txt p | cmp - ../.out
	ok $? "-P $option"
done
cd ..

# ------------------------------------------------------------ --state and -P

for f in in/rotated-*.pcap; do
	"$tcpsession" -P --continuous --idle 0.3 --state open "$f" >>pieces
	"$tcpsession" --continuous --idle 0.3 --state beside -o hourly "$f"
done
for top in hourly/*; do
	mkdir single
	mv "$top" single
	python3 joined.py .txt single
	rm -rf single
done | cmp - pieces && test -s pieces
ok $? '--state: each run prints the sessions that end in it'
run "$tcpsession" -P --state open in/simple.pcap
is "$status" 2 '... only with --continuous'

# -------------------------------------------------------- who reads it, who not

for format in text hex json raw; do
	"$tcpsession" -P --format $format in/many.pcap >/dev/full 2>err
	is "$? $(cat err)" \
	    '4 tcpsession: standard output: No space left on device' \
	    "$format: standard output is full: 4"
	for try in 1 2 3; do
		{
			"$tcpsession" -P --format $format in/m*.pcap 2>err
			echo $? >status
		} | head -n 1 >/dev/null
		is "$(cat status err)" 0 "$format: the reader is gone: 0 (try $try)"
	done
done
rm -rf full gone all
"$tcpsession" -o all in/m*.pcap
"$tcpsession" -P -o full in/m*.pcap >/dev/full 2>err
is "$? $(cat err)" '4 tcpsession: standard output: No space left on device' \
    'full, and -o: 4'
same full all '... the files are whole'
{
	"$tcpsession" -P -o gone in/m*.pcap 2>err
	echo $? >status
} | head -n 1 >/dev/null
is "$(cat status err)" 0 'the reader is gone, and -o: 0'
same gone all '... the files are whole'
"$tcpsession" -P http.pcap >&- 2>err
is "$? $(cat err)" '4 tcpsession: standard output: Bad file descriptor' \
    'standard output is closed: 4'

# Nothing more is read when nobody reads what is printed.
printf 'handshake\nsplit 1400 < fill 20000000 a\n' | capture long.pcap
{
	cat long.pcap
	echo $? >cat-status
} 2>/dev/null | "$tcpsession" -P --session 0 - 2>err | head -n 6 >/dev/null
is "$(cat err)" '' 'the reader is gone from a pipe: silent'
test "$(cat cat-status)" != 0
ok $? '... and what comes in is not read to its end'

# ------------------------------------------------------------- on a terminal

escape=$(printf '\033')
# on_terminal COMMAND...: what it writes to a terminal.
on_terminal() {
	python3 -c 'import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
while True:
    try:
        data = os.read(fd, 4096)
    except OSError:
        break
    if not data:
        break
    sys.stdout.buffer.write(data)
os.waitpid(pid, 0)' "$@" | tr -d '\r'
}
if has_terminals; then
	TERM=xterm
	export TERM
	on_terminal "$tcpsession" -q -P http.pcap >shown
	"$tcpsession" -P --color=always http.pcap >wanted
	same shown wanted 'a terminal: colour'
	"$tcpsession" -P http.pcap >wanted
	on_terminal "$tcpsession" -q -P --color=never http.pcap >shown
	same shown wanted '--color=never: none'
	NO_COLOR=1 on_terminal "$tcpsession" -q -P http.pcap >shown
	same shown wanted 'NO_COLOR: none'
	TERM=dumb on_terminal "$tcpsession" -q -P http.pcap >shown
	same shown wanted 'TERM=dumb: none'
else
	skip 'colour on a terminal' 'no terminal can be made'
fi
is "$(NO_COLOR=1 "$tcpsession" -P --color=always http.pcap | head -n 1)" \
    "$escape[2m# capture http.pcap$escape[0m" '--color=always: NO_COLOR or not'
finish
