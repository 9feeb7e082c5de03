#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# text.t: no payload forges a record or drives a terminal; with --exact nothing is
# lost.
. "$(dirname "$0")/../lib/check.sh"

# payload NAME BYTES: a conversation of two sides that say so, BYTES as a
# Python expression, in hex.
payload() {
	python3 -c 'import sys
data = eval(sys.argv[1])
open(sys.argv[2] + ".bytes", "wb").write(data)
print("handshake\n> hex %s\n< hex %s\nclose" % (data.hex(), data.hex()))' \
	    "$2" "$1" | capture "$1.pcap"
	run "$tcpsession" -q --exact -o "$1" -e raw,text,hex,json "$1.pcap"
	is "$status" 0 "$1"
	text=$(echo "$1"/*/*.txt)
	same "$1.bytes" "$(echo "$1"/*/*.s2c)" '... the raw file'
	is "$(python3 "$rebuild" check "$1")" '1 sessions, 0 wrong' \
	    '... .txt, .hex and .json give the same bytes back'
	is "$(grep -avc '^[#><!=|]' "$text")" 0 '... no stray line'
	is "$(grep -ac '^[><] ' "$text") $(grep -ac '^= ' "$text")" '2 1' \
	    '... two records and one end'
}
ascii() {
	is "$(grep -av '^[ -~]*$' "$1"/*/*.txt "$1"/*/*.hex)" '' \
	    '... only printable ASCII'
}

payload all 'bytes(range(256))'
ascii all
payload backwards 'bytes(range(255, -1, -1))'
ascii backwards
payload controls 'bytes(range(32)) * 3 + b"\x7f"'
ascii controls
payload escapes \
    'b"\x1b[2J\x1b]0;title\x07\x1b]52;c;aGk=\x1b\\\x1bP+q\x1b\\\x9b31m\x90\x9d"'
ascii escapes
payload c1 '"\x80\x85\x9b\x9f".encode()'
ascii c1
payload hidden \
    '"\u202e\u202d\u2066\u200b\u200e\u2028\u2029\u2060\ufeff\ufff9".encode()'
ascii hidden
payload noncharacters '"\ufdd0\ufffe\U0001ffff".encode() + b"\xed\xa0\x80"'
ascii noncharacters
payload invalid 'b"\xc0\xaf\xe0\x80\xaf\xf5\x80\x80\x80\xff\xfe\xc3("'
ascii invalid
payload cut 'b"caf\xc3"'
ascii cut
payload overwrite 'b"good\rEVIL\r\nback\x08\x08\n"'
ascii overwrite
is "$(sed -n '/^> /,/^< /p' overwrite/*/*.txt | grep '^|')" \
    '|good\rEVIL\r
|back\x08\x08' 'lines end where the payload has LF'
payload utf8 '"Zürich, 東京, 🙂\n".encode()'
is "$(grep -ac '^|Zürich, 東京, 🙂$' utf8/*/*.txt)" 2 'UTF-8 stays readable'
payload forged 'b"x\n= fin both 1.000000\n# session 9\n> 0.1 #1 @0\n|y\n! < @0"'
ascii forged
is "$(grep -ac '^|[=#>|!] *' forged/*/*.txt)" 10 \
    'what looks like a record is payload'
for end in 'b"\\"' 'b"\\\n"' 'b"\n"' 'b"a"' 'b"\\x0a"' 'b"\\\\"' 'b"\r"' \
    'b"\n\n"' 'b"\\\\\\\n"'; do
	rm -rf end*
	payload end "$end"
done

# By Python's own tables: no control, format or separator character.
python3 - */*/*.txt <<'PY'
import sys, unicodedata
for name in sys.argv[1:]:
    for line in open(name, "rb").read().decode("utf-8").split("\n"):
        for c in line:
            if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
                sys.exit("%s: %r" % (name, line))
PY
ok $? 'nothing that a terminal acts upon'

# A sequence that two packets share is one, that records cut is none.
capture shared.pcap <<'CONV'
handshake
> hex 66c3
> hex bc72
< hex e2
> hex 82ac
close
CONV
"$tcpsession" -o shared shared.pcap
is "$(grep '^|' shared/*/*.txt)" '|für\
|\xe2\
|\x82\xac\' 'UTF-8 over two packets, and cut by the other side'
is "$(python3 "$rebuild" check shared)" '1 sessions, 0 wrong' \
    '... and back again'

# Names of files are others' words too.
name=$(printf 'a\033[31m\nb\342\200\256.pcap')
cp "$data/ssh.pcap" "$name"
run "$tcpsession" -v -o named "$name"
is "$status" 0 'a file name that drives the terminal'
is "$(printf '%s\n' "$err" | LC_ALL=C grep -v '^[ -~]*$')" '' \
    '... is harmless in messages'
is "$(cat named/*/*.txt | sed -n '/^# /p' | wc -l | tr -d ' ')" 5 \
    '... and in the transcript'
like "$(cat named/*/*.txt)" '^# capture a.x1b\[31m.nb.xe2.x80.xae\.pcap$' \
    '... but still there'
is "$(value named/*/sessions.jsonl 'd["capture"]' | od -An -c)" \
    "$(printf '%s\n' "$name" | od -An -c)" '... and whole in the index'
finish
