#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# privileges.t: -Z becomes another user, for good, once all is open.
. "$(dirname "$0")/../lib/check.sh"
test "$(id -u)" = 0 || skip_all 'only root can become another user'
# Not so where root is only root of a container.
python3 -c 'import os; os.setgroups([]); os.setgid(54321); os.setuid(12345)' \
    2>/dev/null || skip_all 'this root cannot become another user'

cp "$data/http.pcap" http.pcap
"$tcpsession" -o plain http.pcap

run "$tcpsession" -Z 12345:54321 -o o http.pcap
is "$status $err" '0 ' '-Z: as always'
same plain o '... the same output'
is "$(find o -exec stat -c '%u:%g' {} + | sort -u)" 12345:54321 \
    '... all of it that user'"'"'s, the new directory too'
is "$(stat -c %a o)" 700 '... mode as always'
if getent passwd nobody >/dev/null; then
	"$tcpsession" --relinquish-privileges=nobody -o n http.pcap
	is "$(stat -c %U n/http.pcap.sessions/capture.jsonl)" nobody \
	    '--relinquish-privileges: by name'
	"$tcpsession" -Z "$(id -u nobody)" -o m http.pcap
	is "$(stat -c %g m/http.pcap.sessions)" "$(id -g nobody)" \
	    '-Z: by number, with the group of that user'
else
	skip '--relinquish-privileges: by name' 'no user nobody'
fi

# ------------------------------------------------------ what root could open

mkdir -m 700 secret
cp -p "$data"/rotated-*.pcap http.pcap secret/
chmod 600 secret/*
run "$tcpsession" -Z 12345:54321 -o s secret/http.pcap
is "$status $err" '0 ' 'a named capture that only root may read is read'
same plain s '... wholly'
run "$tcpsession" -Z 12345:54321 --continuous -o s secret/rotated-*.pcap
is "$status $(cat s/continuous.sessions/sessions.jsonl | wc -l)" '0 1' \
    '... read twice, with --continuous'
run "$tcpsession" -Z 12345:54321 --resume -v -o s secret/http.pcap
like "$err" 'output is there: 1$' '... known again by --resume'
run "$tcpsession" -Z 12345:54321 -o d secret
is "$status" 3 'what is found in a directory is read as that user'
like "$err" '^tcpsession: secret/http.pcap: cannot be opened: Permission' \
    '... which may be forbidden'
"$tcpsession" -Z 12345:54321 -o f - <secret/http.pcap
is "$(ls f)" stdin.sessions 'standard input is open already'
run sh -c 'ulimit -n 20; exec "$0" -q -Z 12345:54321 -o l $(for i in \
    1 2 3 4 5 6 7 8 9 10; do echo http.pcap http.pcap http.pcap; done)' \
    "$tcpsession"
is "$status" 2 'more captures than can be open at once: 2'
like "$err" 'too many captures are named' '... says so'

# ------------------------------------------------------ where it may write

mkdir -m 755 roots
run "$tcpsession" -Z 12345:54321 -o roots http.pcap
is "$status" 4 'a directory where that user may not write: 4'
is "$err" \
    'tcpsession: roots: 12345:54321 cannot write here: Permission denied' \
    '... says so'
is "$(ls roots; stat -c %u roots)" 0 '... it is left as it was'
mkdir -m 1777 all
run "$tcpsession" -Z 12345:54321 -o all http.pcap
is "$status $(stat -c %u all/http.pcap.sessions)" '0 12345' \
    'one where all may: that will do'
run "$tcpsession" -Z 12345:54321 -c -o tar http.pcap
is "$status $(stat -c %u tar/sessions.tar.gz)" '0 12345' 'the tar is theirs too'

# ---------------------------------------------------------------- for good

mkfifo feed
"$tcpsession" -Z 12345:54321 -o held - <feed &
pid=$!
exec 9>feed
head -c 1000 http.pcap >&9
i=0
while [ $i -lt 100 ] && ! grep -q '^Uid:.12345' /proc/$pid/status; do
	i=$((i + 1))
	sleep 0.05
done
for line in 'Uid:.12345.12345.12345.12345' 'Gid:.54321.54321.54321.54321' \
    'Groups:[[:space:]]*' 'CapEff:.0000000000000000' \
    'CapPrm:.0000000000000000' 'NoNewPrivs:.1'; do
	grep -Eq "^$line$" /proc/$pid/status
	ok $? "a running one: $line"
done
tail -c +1001 http.pcap >&9
exec 9>&-
wait $pid
is $? 0 '... comes to its end'

# ----------------------------------------------------------------- refused

for user in no-such-user 12345 12345: :5 12345:x 12345:54321:1 -1:5 \
    4294967295:5; do
	run "$tcpsession" -Z "$user" -o unmade http.pcap
	is "$status" 2 "no such user: '$user'"
	like "$err" '^tcpsession: --relinquish-privileges: .*no such user' \
	    '... says so'
done
run "$tcpsession" -Z '' -o unmade http.pcap
is "$status" 2 'an empty user: 2'
for user in root 0:5 5:0; do
	run "$tcpsession" -Z "$user" -o unmade http.pcap
	is "$status" 2 "-Z $user gives up nothing: 2"
	like "$err" 'would not give up' '... says so'
done
chmod 755 .
cp "$tcpsession" program
run python3 -c 'import os, sys
os.setgroups([]); os.setgid(54321); os.setuid(12345)
os.execv("./program", ["program", "-Z", "nobody", "-o", "unmade", "x"])'
is "$status" 2 'one who is not root: 2'
like "$err" 'only root can become another user' '... says so'
test ! -e unmade
ok $? '... before anything is made'
finish
