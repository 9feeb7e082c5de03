#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# options.t: each option of --help does what it says; what is wrong is refused.
. "$(dirname "$0")/../lib/check.sh"

cp "$data/http.pcap" http.pcap
index=http.pcap.sessions/sessions.jsonl
endings() { files "$1" | sed -n 's/^[0-9].*\.//p' | sort -u | tr '\n' ' '; }

# ------------------------------------------------------------------ refused

refused() {
	want=$1
	shift
	run "$tcpsession" "$@"
	is "$status" 2 "refused: $*"
	like "$err" "$want" '... and says why'
}
refused 'name a capture, a directory or -'
for option in -u --nope --no-gaps -qu --xy --; do
	test "$option" = -- && option=--=
	refused 'no such option; see --help' "$option" http.pcap
done
refused '^tcpsession: -u: ' -quv http.pcap
# What is nearly an option; what several begin with; what only one does.
while read -r wrong right; do
	refused "^tcpsession: $wrong: no such option; is it $right[?]\$" \
	    "$wrong" http.pcap
	refused "^tcpsession: $wrong: no such option; is it $right[?]\$" \
	    "$wrong=x" http.pcap
done <<'ROWS'
--sumary --summary
--pirnt --print
--outptu-dir --output-dir
--maxbytes --max-bytes
--max-memroy --max-memory
--jsn --json
--jsonn --json
--server-s --server
ROWS
refused '^tcpsession: --co: which one[?]( --[a-z-]+)* --compare --color$' \
    --co http.pcap
refused '^tcpsession: --max-: which one[?] --max-bytes ' --max- http.pcap
is "$("$tcpsession" --summ --form csv http.pcap)" \
    "$("$tcpsession" --summary --format csv http.pcap)" \
    'as much of an option as no other begins with'
# The letters of tcpflow that are none here.
for letter in a B C D d E g H I J K L l m R S U X x z; do
	refused "^tcpsession: -$letter: no such option; what tcpflow calls so" \
	    "-$letter" http.pcap
done
refused 'here: -P --format json$' -qJ http.pcap
refused '^tcpsession: --chroot: .*: not needed' --chroot=/var http.pcap
refused 'filter-file: T: No such file .*; names are given with -T$' \
    -FT http.pcap
refused 'filter-file: x: No such file or directory$' -Fx http.pcap
for option in -o --output-dir -e --emit -f --filter -F --filter-file \
    --gaps --overlap --checksum --split-by -b --max-bytes --max-gap --idle -M \
    --max-memory -p -i --color --interface -Z --relinquish-privileges \
    --client --server --port --session --match --match-regex -T --template \
    --names --sort --format -j --jobs -k --compare; do
	refused "^tcpsession: $option: needs an argument" "$option"
done
for option in --json --hex --js --no-js --force --sync --strict --recursive --continuous \
    --progress --quiet --verbose --version --help --summary --packets --print \
    --pcap --timing; do
	refused 'takes no argument' "$option=1" http.pcap
done
refused 'no such product' -e raw,tex http.pcap
refused 'no such product' -e raw,,text http.pcap
refused 'no such product' -e '' http.pcap
for list in none,text text,none all,none none,none; do
	refused "none goes with no other word: $list" -e "$list" http.pcap
done
# What contradicts itself, and what would change nothing.
echo tcp >filter
while read -r options; do
	# shellcheck disable=SC2086
	refused '^tcpsession: --[a-z-]+ does not go with --[a-z-]+$' \
	    $options http.pcap
done <<'ROWS'
--js -n
-n --js
-e all --js -n
-q -v
-f tcp -F filter
--tar-only --resume
--tar-only --force
--continuous --state s --resume
--continuous --state s --tar-only
-w -s
-w --packets
-w -P
-w --match x
-w --after +1
-w --before +1
-w --match-regex x
-w --grep x
-w --continuous --state s
-k 1 -w
-k 1 -j 2
-k 1 -s
-k 1 --session 0
-k 1 --strict
ROWS
while read -r options; do
	# shellcheck disable=SC2086
	refused '^tcpsession: --[a-z-]+: (goes with --|needs output in files)' \
	    $options http.pcap
done <<'ROWS'
-0
-r -0
--state s
-s --resume
-P --force
-P --sync
-P --max-output 1M
--packets --max-files 9
-s -T %S
-P --names=tcpflow
-t night-
--tar-compress none
-P --sort bytes
ROWS
while read -r options; do
	# shellcheck disable=SC2086
	refused '^tcpsession: --gaps: goes with raw files' $options http.pcap
done <<'ROWS'
--gaps skip -e text
-P --gaps zero
--gaps=skip -e none --json
ROWS
while read -r options; do
	# shellcheck disable=SC2086
	refused '^tcpsession: --exact: goes with text transcripts' \
	    $options http.pcap
done <<'ROWS'
--exact -e raw
--exact -s
--exact -P --format hex
--exact -e json --hex
ROWS
refused '^tcpsession: --max-bytes: does not go with --packets alone' \
    --packets -b 9 http.pcap
"$tcpsession" --packets -b 9 -e raw -o both http.pcap >packets
is "$(cat both/*/*-0.c2s | wc -c | tr -d ' ')" 9 '... but with files it does'
rm -r both packets
for option in -f -F --filter --match --match-regex --state --interface -Z; do
	refused '^tcpsession: --[a-z-]*: the argument is empty$' "$option" '' \
	    http.pcap
done
: >nothing
refused 'filter-file needs an expression in: nothing' -F nothing http.pcap
rm nothing filter
refused 'takes zero or skip' --gaps none http.pcap
refused 'takes first, last, bsd, linux, windows or solaris' \
    --overlap vms http.pcap
refused 'takes auto, ignore or drop' --checksum yes http.pcap
refused 'takes vlan' --split-by mac http.pcap
refused 'takes auto, always or never' --color red http.pcap
refused 'the name is empty' -o '' http.pcap
for who in '' x 10.9.0 10.9.0.1: 10.9.0.1:x 10.9.0.1:65536 :80 '[::1' '[::1]80' \
    ::g 10.9.0.1/33 10.9.0.1/ 10.9.0.1/x 10.9.0.1/24/80 '[::1/64]/64' ::1/129 \
    10.9.0.1:no-such-service '[::1]/64:'; do
	refused "client takes an address such as .*: $(printf %s "$who" |
	    sed 's/[[]/[[]/')" --client "$who" http.pcap
	refused 'server takes an address such as ' --server "$who" http.pcap
done
for port in '' 0 65536 -1 no-such-service 80x; do
	refused 'port takes a number from 1 to 65535, or the name of a service' \
	    --port "$port" http.pcap
done
id=1:LQU9qZlK+B5F3KDmev6m5PMibrg=
for wrong in '' "$id=" "2${id#1}" "${id%=}" "${id%g=}h=" "${id%rg=}=" \
    '1:LQU9qZlK-B5F3KDmev6m5PMibrg='; do
	refused 'community-id takes 1: and 28 characters of base64, not' \
	    --community-id "$wrong" http.pcap
done
for time in '' now 2026-11-20 2026-11-20T21:21:29 +x +-1 + +1000000001 \
    2026-02-29T00:00:00Z 1600-01-01T00:00:00Z 2300-01-01T00:00:00Z; do
	refused 'after takes a time such as .* from 1678 to 2261, or [+]SECONDS' \
	    --after "$time" http.pcap
	refused 'before takes a time such as ' --before "$time" http.pcap
done
for times in '+2 --before +2' \
    '2026-11-20T21:21:29Z --before 2026-11-20T21:21:28.9Z'; do
	# shellcheck disable=SC2086
	refused 'after: needs a time before that of --before' --after $times \
	    http.pcap
done
refused 'state: does not go with times since the first packet' --after +1 \
    --continuous --state s http.pcap
for numbers in '' , x 1, ,1 1-0 -1 1-2-3 99999999999999999999; do
	refused 'session takes numbers such as' --session "$numbers" http.pcap
done
refused 'match-regex: \(: ' --match-regex '(' http.pcap
refused 'format takes table, csv, json, zeek, zeek-json, text, hex or raw' \
    -s --format xml http.pcap
refused 'format takes here: table, csv, json, zeek or zeek-json' -s --format hex http.pcap
refused 'format takes here: text or json' --packets --format hex http.pcap
refused 'format takes here: text, hex, json or raw' -P --format csv http.pcap
refused 'format: goes with --summary, --packets or --print' \
    --format json http.pcap
refused 'sort takes start, bytes, packets, duration, rtt or wait' \
    -s --sort size http.pcap
refused 'sort: goes with --summary' -P --sort bytes http.pcap
refused 'standard output takes one of' -s -P http.pcap
refused 'standard output is taken already' -s --tar-only -o - http.pcap
refused 'resume: needs output in files' -s --resume http.pcap
for n in '' 0 -1 x 2x 1000000; do
	refused 'jobs takes a number from 1 to 1024, not' -j "$n" http.pcap
	refused 'compare takes a number of rounds from 1 to 1000, not' \
	    -k "$n" http.pcap
	test "$n" = 1000000 ||
	    refused 'max-files takes a number from 1 to 18446744073709551615' \
		--max-files "$n" http.pcap
done
refused 'verify takes tshark or tcpflow' --verify=ngrep http.pcap
refused 'names takes tcpflow' --names=zeek http.pcap
for size in '' x 1X -1 1.5K 99999999999999999999 16777216T; do
	refused "takes a size such as 4096.* below 2\\^64, not: $size" \
	    -b "$size" http.pcap
done
for size in x 2049M 3G 18446744073709551615; do
	refused 'max-gap takes a size such as 64K, at most 2G, not' \
	    --max-gap "$size" http.pcap
done
refused 'max-memory takes a size' -M x http.pcap
for seconds in '' x -1 0 nan inf 1e99 5s; do
	refused 'takes seconds, more than 0 and at most 1000000000, not' \
	    --idle "$seconds" http.pcap
done
for seconds in '' x -1 nan 1000000001; do
	refused 'takes seconds, at most 1000000000, not' --min-age "$seconds" \
	    http.pcap
done
refused "^tcpsession: filter 'port 80 and': .*syntax error" \
    -f 'port 80 and' http.pcap
refused 'nowhere: No such file' -F nowhere http.pcap
is "$(ls)" http.pcap 'nothing was made by all that'
run "$tcpsession" --color=never --bad="$(printf '\033[31mred')"
is "$(printf '%s' "$err" | tr -d ' -~\n' | wc -c)" 0 \
    'what is refused does not drive the terminal'

# ----------------------------------------------------------- help, version

for option in -h --help; do
	run "$tcpsession" "$option"
	is "$status $err" '0 ' "$option: status 0, nothing on standard error"
	like "$out" '^usage: tcpsession \[option\]\.\.\. PATH\.\.\.$' \
	    '... the usage'
	like "$out" '^  -o, --output-dir DIR ' '... the options'
done
is "$("$tcpsession" --help | grep -c '.\{81\}')" 0 \
    'no line of --help is longer than 80 columns'
is "$("$tcpsession" --help | sed -n 's/^\([A-Z].*\):$/\1/p' | paste -sd ,)" \
    'Input,Selection,Products,Standard output,Tar,Limits,Rules,Comparing,General' \
    'the groups of --help'
is "$("$tcpsession" --help | sed -n '/^Tar:$/,/^$/s/^.\{6\}--\([a-z-]*\) .*/\1/p
    /^Tar:$/,/^$/s/^  -., --\([a-z-]*\) .*/\1/p' | sort | paste -sd ,)" \
    'create-tar,tar-compress,tar-only,tar-prefix' '... and what is in one'
for option in -V --version; do
	run "$tcpsession" "$option"
	is "$status $err" '0 ' "$option: status 0, nothing on standard error"
	like "$out" '^tcpsession [0-9]+\.[0-9]+' '... the version'
	is "$(printf '%s\n' "$out" | sed -n '5,$s/ .*//p' | tr -d : | paste -sd ,)" \
	    'libpcap,zlib,libarchive,nettle,brotli,zstd,pcre2,nghttp2,features,built,cage' \
	    '... and what it is built with'
	like "$out" '^Licence: GPL-3.0-or-later$' '... and the licence'
done
# Each with a version, or said to be left out.
is "$("$tcpsession" -V | sed '1,4d; /^cage: /d; /^features:/d' | grep -Evc ' [0-9]+\.[0-9]+|: not built in$')" \
    0 '... and their versions'
for feature in brotli:brotli zstd:zstd pcre2:grep nghttp2:http2; do
	sign=+
	"$tcpsession" -V | grep -q "^${feature%:*}: not" && sign=-
	like "$("$tcpsession" -V)" "^features:.* \\$sign${feature#*:}( |\$)" \
	    "... ${feature#*:} is a feature with ${feature%:*}"
done
run "$tcpsession" --version --nope
is "$status" 2 'what is wrong goes before --version'

# ----------------------------------------------------- where, and which ones

"$tcpsession" http.pcap
test -s "$index"
ok $? 'without -o: the current directory'
for option in '-o a/b' --output-dir=c/b '--output-dir d/b' -oe/b; do
	"$tcpsession" $option http.pcap
	same "${index%/*}" "$(echo [acde]/b)/${index%/*}" "$option"
	rm -rf [acde]
done
mkdir target
ln -s target link
"$tcpsession" -o link http.pcap
test -s "target/$index"
ok $? '-o: a link is followed'

mkdir -p in/x/y
cp http.pcap in/top.pcap
cp http.pcap in/x/y/deep
"$tcpsession" -o flat in
is "$(ls flat)" top.pcap.sessions 'a directory: only what is in it'
for option in -r --recursive; do
	"$tcpsession" "$option" -o r in
	is "$(cd r && find . -name '*.sessions' | sort | tr '\n' ' ')" \
	    './top.pcap.sessions ./x/y/deep.sessions ' "$option: all below it"
	rm -rf r
done
"$tcpsession" -o p -p http.pcap
same "${index%/*}" "p/${index%/*}" '-p FILE is a PATH'
"$tcpsession" -o i -i in
same flat i '-i DIR is a PATH'
rm -rf flat p i in target link

"$tcpsession" --continuous -o one "$data"/rotated-*.pcap
is "$(ls one)" continuous.sessions '--continuous: all as one capture'
rm -rf one
for i in 0 1 2; do
	"$tcpsession" --continuous --state open -o hourly \
	    "$data/rotated-$i.pcap"
done
"$tcpsession" --continuous --state open -o hourly
is "$(cat hourly/*.sessions/sessions.jsonl | wc -l)" 1 \
    '--state: a session over three runs is one'
rm -rf hourly open

mkdir -p f/http.pcap.sessions
echo mine >f/http.pcap.sessions/mine
run "$tcpsession" -o f http.pcap
is "$status $(cat f/http.pcap.sessions/mine)" '4 mine' \
    "without --force: another's directory is left alone"
"$tcpsession" --force -o f http.pcap
same "${index%/*}" "f/${index%/*}" '--force: it is replaced'
"$tcpsession" --sync -o s http.pcap
same "${index%/*}" "s/${index%/*}" '--sync: the same output'
if can_trace; then
	ASAN_OPTIONS=detect_leaks=0 strace -f -o trace -e trace=fsync \
	    "$tcpsession" --sync -o s http.pcap
	# Eight files, their directory and the one that it is in.
	is "$(grep -c 'fsync(.*= 0' trace)" 10 '--sync: all is flushed'
	ASAN_OPTIONS=detect_leaks=0 strace -f -o trace -e trace=fsync \
	    "$tcpsession" -o s http.pcap
	is "$(grep -c 'fsync(' trace)" 0 'without --sync: nothing is'
else
	skip '--sync: all is flushed' 'strace does not work here'
	skip 'without --sync: nothing is' 'strace does not work here'
fi

# ----------------------------------------------------------------- products

made() {
	want=$1
	shift
	rm -rf e
	"$tcpsession" -o e "$@" http.pcap
	is "$(endings e/http.pcap.sessions)" "$want" "made by: $*"
}
made 'c2s s2c txt ' -q
made 'c2s s2c ' -e raw
made 'txt ' -e text
made 'hex ' --emit hex
made 'json ' --emit=json
made 'c2s hex html js json pcap png s2c timing txt ' -e all
made 'c2s pcap s2c ' -e raw,pcap
made '' -e http
made 'html js png txt ' -e objects
made 'c2s html js png s2c txt ' --http --objects
made 'timing ' -e timing
made 'c2s pcap s2c txt ' --pcap
made 'c2s s2c timing txt ' --timing
made '' -e none
made 'json txt ' -e json,text
made 'c2s json s2c txt ' --json
made 'c2s hex s2c txt ' --hex
made 'c2s js s2c txt ' --js
made 'c2s s2c txt ' -n
"$tcpsession" -o e -e all -n http.pcap
is "$(ls e/*/scripts.jsonl 2>&1 | grep -c jsonl$)" 0 'all but JavaScript'
made 'hex ' -e js,hex --no-js
made 'hex ' -n -e js,hex
made 'js ' -e js
made 'hex json ' -e none --hex --json
made 'hex json ' --json -e none --hex
made 'c2s hex s2c ' --hex -e raw
made 'hex json ' -e hex --json
made 'hex json ' --json -e hex
made 'c2s json s2c txt ' --json --json
made 'hex ' -e raw -e hex
made 'txt ' -e text
is "$(value e/http.pcap.sessions/sessions.jsonl 'd["files"]')" \
    "['10.9.0.1_36118-10.9.0.2_80-6-0.txt']" 'the index names what was made'

# ------------------------------------------------------------- reassembling

# c2s CAPTURE OPTION...: the client's bytes in the capture's first session.
c2s() {
	file=$1
	shift
	rm -rf one
	"$tcpsession" -q -o one "$@" "$file"
	cat one/*/*-6-0.c2s 2>/dev/null
}
# first CAPTURE EXPRESSION OPTION...: of the first line of the index.
first() {
	file=$1 expression=$2
	shift 2
	rm -rf one
	"$tcpsession" -q -o one "$@" "$file"
	value one/*/sessions.jsonl "$expression"
}
sessions() {
	file=$1
	shift
	rm -rf one
	"$tcpsession" -q -o one "$@" "$file"
	cat one/*/sessions.jsonl | wc -l | tr -d ' '
}

capture hole.pcap <<'CONV'
handshake
> "abc"
lose > "defgh"
> "ij"
<
close
CONV
zeros=$(c2s hole.pcap | od -An -c | tr -d ' ')
is "$zeros" 'abc\0\0\0\0\0ij' 'a hole: zeros'
is "$(c2s hole.pcap --gaps zero | od -An -c | tr -d ' ')" "$zeros" \
    '--gaps zero: the same'
is "$(c2s hole.pcap --gaps=skip)" abcij '--gaps skip: left out'

capture overlap.pcap <<'CONV'
handshake
hold hole > "."
> seq 2 "AAAA"
> seq 1 "bbbbbb"
release hole
<
close
CONV
is "$(c2s overlap.pcap)" '.bAAAAb' 'copies that differ: the first'
is "$(c2s overlap.pcap --overlap first)" '.bAAAAb' '--overlap first'
is "$(c2s overlap.pcap --overlap=last)" '.bbbbbb' '--overlap last'
for policy in bsd linux windows solaris; do
	is "$(c2s overlap.pcap --overlap $policy)" '.bbbbbb' \
	    "--overlap $policy: an earlier beginning wins"
done
capture behind.pcap <<'CONV'
handshake
hold hole > "."
> seq 1 "AAAA"
> seq 1 "bbbbbb"
release hole
<
close
CONV
is "$(c2s behind.pcap --overlap bsd) $(c2s behind.pcap --overlap linux)" \
    '.AAAAbb .bbbbbb' '--overlap: bsd and linux differ'

capture sum.pcap <<'CONV'
handshake
> "hello "
<
badsum > "EVIL"
<
close
CONV
is "$(c2s sum.pcap)" 'hello EVIL' '--checksum auto: no good copy came'
is "$(c2s sum.pcap --checksum ignore)" 'hello EVIL' '--checksum ignore'
is "$(c2s sum.pcap --checksum drop --gaps skip)" 'hello ' '--checksum drop'

is "$(sessions "$data/midstream.pcap")" 1 'without --strict: from the middle'
is "$(sessions "$data/midstream.pcap" --strict)" 0 '--strict: not'
is "$(sessions http.pcap --strict)" 2 '--strict: those with a handshake'

is "$(sessions http.pcap -f 'port 36128')" 1 '-f: packets that match'
is "$(sessions http.pcap --filter='host 10.9.9.9')" 0 '--filter: none does'
run "$tcpsession" -o ether -f 'ether host 1:2:3:4:5:6' \
    "$data/lossy.pcap" http.pcap
is "$status" 1 '-f: makes no sense for a link type: 1'
like "$err" 'lossy.pcap: the filter does not suit its link type' '... says so'
is "$(ls -A ether)" http.pcap.sessions '... other captures are written'
run "$tcpsession" -c -j 2 -o ether -f 'ether host 1:2:3:4:5:6' \
    "$data/lossy.pcap" http.pcap
is "$status $(tar -tf ether/sessions.tar.gz | grep -c /capture)" '1 1' \
    '... and packed'
run "$tcpsession" --tar-only -o alone -f 'ether host 1:2:3:4:5:6' \
    "$data/lossy.pcap" http.pcap
is "$status $(tar -tf alone/sessions.tar.gz | grep -c /capture)" '1 1' \
    '... also with --tar-only'
run "$tcpsession" --continuous -o joined -f 'ether host 1:2:3:4:5:6' \
    "$data/lossy.pcap" http.pcap
is "$status $(grep -c '"incomplete":\["filter"\].*"EN10MB","RAW"' \
    joined/*/capture.jsonl)" '1 1' '... of several as one the rest is there'
# A capture with two link types, the second of which does not suit.
run "$tcpsession" -o two -f 'vlan or ether host 1:2:3:4:5:6' \
    "$data/two-links.pcapng"
is "$status $(ls -A two)" '1 ' '... in the middle of a capture: nothing of it'
run "$tcpsession" --tar-only -o two -f 'vlan or ether host 1:2:3:4:5:6' \
    "$data/two-links.pcapng"
is "$status $(tar -xOf two/sessions.tar.gz --wildcards '*/capture.jsonl' |
    grep -c '"incomplete":\["filter"\]')" '1 1' \
    '... in a tar, which takes nothing back, it is told'
run "$tcpsession" -o unmade -f 'no filter' http.pcap
is "$status" 2 'an expression for no link type: 2'
printf 'tcp\nand port 36128\n' >filter
for option in '-F filter' --filter-file=filter; do
	is "$(sessions http.pcap $option)" 1 "$option"
done

capture vlans.pcap <<'CONV'
vlan 7
> syn
vlan 8
< syn
vlan 7
>
> "abc"
vlan 8
< "def"
CONV
is "$(c2s vlans.pcap -f 'port 80')" abc '-f: also inside VLAN'
is "$(sessions vlans.pcap)" 1 'VLAN tags: no part of the identity'
is "$(sessions vlans.pcap --split-by vlan)" 2 '--split-by vlan: part of it'

is "$(c2s hole.pcap -b 2)" ab '-b'
is "$(first hole.pcap 'd["c2s"]["gaps"]' --max-bytes=5)" \
    "[[3, 2, 'not captured'], [5, 5, 'max-bytes']]" \
    '--max-bytes within a hole'
is "$(first hole.pcap 'd["c2s"]["gaps"]' --max-bytes 2)" \
    "[[2, 8, 'max-bytes']]" \
    '--max-bytes: what is not kept is a hole of that name'
is "$(first http.pcap 'd["s2c"]["bytes"]' -b 1K) $(first http.pcap \
    'd["s2c"]["bytes"]' -b 1M)" '1024 11925' '-b 1K, 1M'

capture far.pcap <<'CONV'
handshake
> "abc"
stay > seq +5000 "FAR"
> "def"
<
close
CONV
is "$(first far.pcap 'd["c2s"]["refused"].get("wild", 0)' --max-gap 1K)" 1 \
    '--max-gap: what is farther is not believed by itself'
is "$(first far.pcap 'd["c2s"]["refused"].get("wild", 0)')" 0 '... by default it is'

capture idle.pcap <<'CONV'
handshake
> "abc"
< "def"
wait 100
> "ghi"
CONV
is "$(sessions idle.pcap)" 1 'without --idle: silence is no end'
is "$(sessions idle.pcap --idle 60)" 2 '--idle: it is'
is "$(sessions idle.pcap --idle=100.5)" 1 '--idle: longer than the silence'
is "$(first idle.pcap 'd["close"]' --idle 99.5)" idle '... close is idle'

conversations 300 | capture many.pcap
run "$tcpsession" -M 64K -o m many.pcap
is "$status" 1 '-M: sessions given up for memory: status 1'
like "$err" 'for want of memory; raise --max-memory' '... and says so'
like "$(cat m/*/sessions.jsonl)" '"close":"evicted"' '... and in the index'
is "$(python3 "$rebuild" check m | tail -n 1 | sed 's/.*, //')" '0 wrong' \
    '... what was written is right'
run "$tcpsession" --max-memory=1G -o m many.pcap
is "$status $(wc -l <m/many.pcap.sessions/sessions.jsonl)" '0 300' \
    '-M: with enough none is'

# ----------------------------------------------------------------- messages

head -c 18800 http.pcap >cut.pcap
run "$tcpsession" -o o cut.pcap
like "$err" '^tcpsession: cut.pcap: ' 'a warning'
for option in -q --quiet; do
	run "$tcpsession" "$option" -o o cut.pcap
	is "$status $err" '1 ' "$option: no warnings"
done
run "$tcpsession" -q -o o nowhere
like "$err" 'nowhere' '-q: errors all the same'
{
	conversations 1
	echo 'raw ffffffffffff0200000000010806000108000604'
} | capture arp.pcap
for option in -v --verbose; do
	run "$tcpsession" "$option" -o o arp.pcap
	is "$status" 0 "$option: status 0"
	like "$err" 'arp.pcap: pcap, packets: 11, sessions: 1$' '... counts'
	like "$err" 'arp.pcap: skipped: .*: 1$' '... what was skipped'
done

run "$tcpsession" -o o many.pcap
is "$err" '' 'no progress where standard error is no terminal'
conversations 600 | capture more.pcap
run "$tcpsession" --progress -o o more.pcap
like "$err" '^more.pcap: .* of .* \([0-9]+%\), 4096 packets, .* sessions' \
    '--progress: a line'
is "$status" 0 '--progress: status 0'

escape=$(printf '\033')
for when in auto never; do
	run "$tcpsession" --color=$when -o o nowhere
	is "$err" 'tcpsession: nowhere: No such file or directory' \
	    "--color=$when, no terminal: no colour"
done
run "$tcpsession" --color always -o o nowhere
like "$err" "^$escape\[1;31mtcpsession:$escape\[0m nowhere: " \
    '--color=always: colour'
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
	like "$(on_terminal "$tcpsession" nowhere)" "$escape\[1;31m" \
	    'a terminal: colour'
	is "$(NO_COLOR=1 on_terminal "$tcpsession" nowhere)" \
	    'tcpsession: nowhere: No such file or directory' 'NO_COLOR: none'
	is "$(on_terminal "$tcpsession" --color=never nowhere)" \
	    'tcpsession: nowhere: No such file or directory' \
	    '--color=never: none'
else
	skip 'colour on a terminal' 'no terminal can be made'
fi
finish
