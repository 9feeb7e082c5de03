#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# grep.t: --grep finds what was said, wherever packets end, shows it, and chooses
# sessions by it.
. "$(dirname "$0")/../lib/check.sh"

"$tcpsession" -V | grep -q '^pcre2 [0-9]' || {
	run "$tcpsession" --grep a "$data/http.pcap"
	is "$status $out" '2 ' 'built without PCRE2: --grep is an error'
	like "$err" '^tcpsession: --grep: a: .*built without PCRE2$' '... told'
	finish
	exit
}

cp "$data/http.pcap" .
esc=$(printf '\033')

# --------------------------------------------------------------- what is shown

run "$tcpsession" --grep '^GET' http.pcap
is "$status $err" '0 ' 'a match: status 0, no message'
is "$out" 'http.pcap:0:c2s:0:GET /index.html HTTP/1.1\r
http.pcap:0:c2s:124:GET /app.js HTTP/1.1\r
http.pcap:0:c2s:244:GET /timetable.txt HTTP/1.1\r
http.pcap:0:c2s:371:GET /picture.png HTTP/1.1\r
http.pcap:0:c2s:496:GET /missing.html HTTP/1.1\r
http.pcap:1:c2s:83:GET /none HTTP/1.1\r
http.pcap:1:c2s:159:GET /index.html HTTP/1.1\r
http.pcap:1:c2s:483:GET /index.html HTTP/1.1\r' \
    'capture, session, direction, offset and line'
is "$(ls)" http.pcap '... and no file'
run "$tcpsession" --grep NOSUCH http.pcap
is "$status $out$err" '0 tcpsession: no session selected' 'no match: status 0'
run "$tcpsession" -q --grep NOSUCH http.pcap
is "$status $out$err" '0 ' '... silent with -q'
is "$("$tcpsession" --grep '^get' --grep '^HEAD' http.pcap)" \
    'http.pcap:1:c2s:0:HEAD /index.html HTTP/1.1\r' 'given twice: either'
is "$("$tcpsession" --grep '(?i)^get.*JS' http.pcap)" \
    'http.pcap:0:c2s:124:GET /app.js HTTP/1.1\r' 'upper and lower case'
is "$("$tcpsession" --grep 'o' --session 1 http.pcap | sed 4q)" \
    'http.pcap:1:c2s:28:Host: 10.9.0.2\r
http.pcap:1:s2c:47:Date: Fri, 20 Nov 2026 21:21:29 GMT\r
http.pcap:1:s2c:70:Content-Type: text/html\r
http.pcap:1:s2c:95:Content-Length: 228\r' 'several matches in a line: one line'
is "$("$tcpsession" --color=always --grep '(?<=P)O.T' --session 1 http.pcap)" \
    "$(printf '%s' "$esc[35mhttp.pcap$esc[0m$esc[36m:$esc[0m" \
	"$esc[32m1$esc[0m$esc[36m:$esc[0m$esc[32mc2s$esc[0m$esc[36m:$esc[0m" \
	"$esc[32m242$esc[0m$esc[36m:$esc[0m" \
	"P$esc[01;31mOST$esc[0m /form HTTP/1.1\\r")" 'colours are those of grep'

# --------------------------------------------- across segments and through holes

# turns TEXT: a session in which that was said in pieces.
turns() {
	{
		echo handshake
		cat
		echo close
	} | capture t.pcap
}
# found RE: the places and lines of t.pcap that match.
found() {
	"$tcpsession" -q --grep "$1" t.pcap | sed 's/^t.pcap:0://'
}

turns <<'EOF'
> "one nee"
< "x"
> "dle two\r\nlast nee"
< "need"
EOF
is "$(found needle)" 'c2s:4:one needle two\r' \
    'in two segments, with the other side between'
is "$(found 'n.*')" 'c2s:1:one needle two\r
c2s:21:last nee
s2c:1:xneed' 'in the order of the transcript, by where a match begins'
is "$(found 'nee$')" 'c2s:21:last nee' 'the end of a direction is one of a line'
is "$(found '(?<=one ne)ed|x\z')" 'c2s:6:one needle two\r' 'what is before it'
is "$(found '\Ane')" '' 'only the first byte is the beginning'
is "$(found '\Ax')" s2c:0:xneed '... which it is'
is "$(found 'e*$' | head -n 2)" 'c2s:15:one needle two\r
c2s:22:last nee' 'empty matches'

turns <<'EOF'
> "abc\n"
lose > "xyz\n"
> "def\n\0\x80\xffend"
EOF
is "$(found 'abc\n(xyz\n)?def')" '' 'no match through a hole'
is "$(found '^d|c$')" 'c2s:2:abc
c2s:8:def' 'lines on both sides of it'
is "$(found '\x00\x80.end')" 'c2s:12:\x00\x80\xffend' 'any bytes, escaped'
is "$(found '^')" 'c2s:0:abc
c2s:8:def
c2s:12:\x00\x80\xffend' 'each line once'

turns <<'EOF'
> fill 1000 x "needle" fill 1000 y
split 900 < fill 300000 z "a" fill 60000 b "c"
EOF
is "$(found needle | wc -c)" 528 'of a long line 256 bytes on both sides'
is "$(found 'ab*c' | cut -c 1-11)" s2c:300000: 'long matches up to 64 KiB'
is "$(found 'z.*a' | cut -d : -f 1)" s2c '... of longer ones, a part'

# A match that is known late comes before what was said behind its beginning.
{
	echo handshake
	echo '> "ab"'
	for i in 1 2 3 4 5 6 7 8 9; do
		printf '%s\n' '< "found\n"' '> "c"'
	done
	printf '%s\n' '> "d found\n"'
	echo close
} | capture t.pcap
is "$(found 'abc*d|found' | cut -d : -f 1,2 | tr '\n' ' ')" \
    'c2s:0 s2c:0 s2c:6 s2c:12 s2c:18 s2c:24 s2c:30 s2c:36 s2c:42 s2c:48 ' \
    '... in the order of their beginnings'

# --------------------------------------------------------------------- bodies

is "$("$tcpsession" --grep '<title>' --session 0 http.pcap)" \
    'http.pcap:0:s2c:241+16:<title>Ferry times</title>
http.pcap:0:s2c:11807+14:<head><title>404 Not Found</title></head>\r' \
    'a body in gzip: where it begins, and the offset in it'
is "$("$tcpsession" --grep '\x1f\x8b' --session 0 http.pcap | wc -l)" 5 \
    '... and as it is on the wire'
turns <<'EOF'
> "GET / HTTP/1.1\r\nHost: needle\r\n\r\n"
< "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nneedle"
< "\r\n9\r\n need"
< "le "
< "!\r\n0\r\n\r\n"
> "GET / HTTP/1.1\r\n\r\n"
< "HTTP/1.1 200 needle\r\nTransfer-Encoding: chunked\r\n\r\n"
< "7\r\n needle\r\n"
lose < "4\r\nlost\r\n"
< "7\r\nneedle"
EOF
is "$(found needle)" 'c2s:22:Host: needle\r
s2c:47+0:needle needle !
s2c:90:HTTP/1.1 200 needle\r
s2c:128+1: needle
s2c:152:needle' 'chunks: in one piece, once, and behind a hole as they are'

# ----------------------------------------------------------------- its limits

turns <<'EOF'
> fill 50 a "!\nneedle\n"
EOF
run "$tcpsession" --grep '(a+)+$|needle' t.pcap
is "$status $out" '1 t.pcap:0:c2s:52:needle' 'a line that takes for ever: passed'
is "$err" 'tcpsession: t.pcap: 1 sessions have lines in which --grep would take too long; choose a simpler expression' '... told once, status 1'
run "$tcpsession" -q -o o --grep '(a+)+$|needle' t.pcap
is "$(value o/t.pcap.sessions/sessions.jsonl 'd["notes"]')" \
    "['grep_limit']" '... noted in the index'
is "$(value o/t.pcap.sessions/capture.jsonl 'd["complete"], d["incomplete"]')" \
    "(False, ['search'])" '... and in the ledger'
is "$("$tcpsession" -q --grep '(*NO_JIT)(a+)+$|needle' t.pcap)" \
    t.pcap:0:c2s:52:needle '... likewise without machine code'

# -------------------------------------------------------------- as a selection

cp "$data"/*.pcap "$data"/*.pcapng .
rm -rf o
run "$tcpsession" -o o --grep 'HEAD' http.pcap
is "$status $out$err" '0 ' '-o: a selection'
"$tcpsession" -o one --session 1 http.pcap
rm o/*/capture.jsonl one/*/capture.jsonl
same one o '... of files'
for option in -s -P --packets '-P --format json' '-P --format hex'; do
	# Options are split at spaces.
	# shellcheck disable=SC2086
	"$tcpsession" $option --grep 'HEAD' http.pcap >some
	# shellcheck disable=SC2086
	"$tcpsession" $option --session 1 http.pcap >one.txt
	test -s some
	ok $? "$option: something"
	same some one.txt '... and that alone'
done
is "$("$tcpsession" -s --format csv --grep SSH --match 2222 ./*.pcap | wc -l)" 2 \
    'with --match: both'
run "$tcpsession" -s --format csv --grep SSH --match 80 http.pcap
like "$err" 'no session selected$' '... or none'
"$tcpsession" -e all -o all --grep 'HTTP/1.1 200' ./*.pcap
"$tcpsession" -e all --tar-only --tar-compress none -o - \
    --grep 'HTTP/1.1 200' ./*.pcap | (mkdir tar && tar -xf - -C tar)
same all tar 'in a tar the same'
"$tcpsession" -c -o packed --grep SSH ssh.pcap
is "$(tar -tzf packed/sessions.tar.gz | grep -c c2s)" 1 '-c: a selection'
run "$tcpsession" -v --resume -o packed --grep SSH ssh.pcap
like "$err" 'captures skipped.*: 1$' '--resume: the same expression is done'
run "$tcpsession" -v --resume -o packed --grep SSH-2 ssh.pcap
like "$err" 'sessions: 1$' '... another is not'
is "$(value packed/ssh.pcap.sessions/capture.jsonl 'd["options"]["grep"]')" \
    "['SSH-2']" '... and stands in the ledger'
is "$("$tcpsession" --grep SSH ./*.pcap | cut -d : -f 1-4)" 'ssh.pcap:0:c2s:0
ssh.pcap:0:s2c:0' 'several captures'
is "$("$tcpsession" --grep SSH - <ssh.pcap | cut -d : -f 1)" 'stdin
stdin' 'standard input'
is "$("$tcpsession" -s --grep . dns.pcap | grep -c '^[0-9] *udp')" 0 \
    'datagrams are not searched'
for f in rotated-*.pcap; do
	"$tcpsession" --continuous --state open --grep . "$f" 2>/dev/null
done >parts
"$tcpsession" --continuous --state open --grep . >>parts 2>/dev/null
"$tcpsession" --continuous --grep . rotated-*.pcap | sort >whole
sort parts >sorted
same whole sorted '--state: in the run where a session ends'

# ---------------------------------------------------------------- marked by -P

# marked RE: the lines of http.pcap's transcripts with a mark, and its colours
# as words.
marked() {
	re=$1
	shift
	"$tcpsession" -P --color=always --grep "$re" "$@" http.pcap |
	    grep -F "$esc[01;31;7m" | sed "s/$esc\\[01;31;7m/</g
		s/$esc\\[31m/c/g; s/$esc\\[94m/s/g; s/$esc\\[2m\\\\r$esc\\[22m/\\\\r/g
		s/$esc\\[0m/>/g"
}
is "$(marked '(?i)head /|host: .*2$' --session 1 | head -n 3)" \
    'c|<HEAD />cindex.html HTTP/1.1\r>' '-P marks what matches'
is "$(marked 'nginx\r\nDa|HTTP/1.1 200' --session 1 | head -n 3)" \
    's|<HTTP/1.1 200>s OK\r>
s|Server: <nginx\r>
s|<Da>ste: Fri, 20 Nov 2026 21:21:29 GMT\r>' '... from line to line'
is "$(marked 'Ferry' --session 0)" 's+<title><Ferry>s times</title>>
s+<h1><Ferry>s times</h1>>' '... in what was decoded'
is "$(marked 'HEAD /' --exact --session 1)" \
    'c|<HEAD />cindex.html HTTP/1.1\r>' '... with --exact'
for re in o '(?s).{700}' '\r\n' '[a-z]+'; do
	for exact in '' --exact; do
		# shellcheck disable=SC2086
		"$tcpsession" -P $exact --grep "$re" ./*.pcap >plain
		# shellcheck disable=SC2086
		"$tcpsession" -P $exact --color=always --grep "$re" ./*.pcap |
		    sed "s/$esc\\[[0-9;]*m//g" >stripped
		same plain stripped "... and changes nothing else: $re $exact"
	done
done

# ------------------------------------------------------------------- messages

run "$tcpsession" --grep '(a' http.pcap
is "$status $err" '2 tcpsession: --grep: (a: missing closing parenthesis, at character 3' 'what is no expression: status 2'
run "$tcpsession" --grep a --format json http.pcap
is "$status" 2 '--format: not of matches'
run "$tcpsession" --grep a -w http.pcap
like "$status $err" '^2 .*does not go with --grep' '-w: does not go with it'
finish
