#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# pipe.t: what comes through a pipe or a FIFO: shown as it comes, kept when a
# signal ends it; and --interface -, which takes a pipe for an interface.
. "$(dirname "$0")/../lib/check.sh"
trap 'kill $pids 2>/dev/null; chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
pids=
# Where nobody else tidies up.
mkdir tmp
export TMPDIR="$work/tmp"

mkfifo feed

# begin ARG...: a run that reads `feed' on standard input, which descriptor 9
# feeds.
begin() {
	exec 9<>feed
	"$tcpsession" "$@" <feed >stdout 2>stderr 9>&- &
	pid=$!
	pids="$pids $pid"
}

# end SIGNAL: of the run; sets status.  EOF: the end of what it reads.
end() {
	test "$1" = EOF || kill -"$1" $pid
	test "$1" = EOF && exec 9>&-
	wait $pid 2>/dev/null
	status=$?
	exec 9>&-
}

# Its directory is there: a capture has begun.
begun() {
	until_true "test -n \"\$(find $1 -name '.*.sessions.*' -type d)\""
}

# taken FD: nothing of what it was fed with is left in the pipe.
taken() {
	until_true "python3 -c 'import fcntl, struct, termios
n = fcntl.ioctl($1, termios.FIONREAD, bytes(4))
raise SystemExit(struct.unpack(\"i\", n)[0])'"
}

# ------------------------------------------------------ a signal is the end

for signal in INT TERM; do
	begin -o $signal -
	cat "$data/http.pcap" >&9
	begun $signal
	end $signal
	is "$status $(cat stderr)" '0 ' "SIG$signal ends a pipe: 0, not a word"
	"$tcpsession" -o whole - <"$data/http.pcap"
	rm -f whole/*/capture.jsonl $signal/*/capture.jsonl
	same whole $signal '... what was read is kept'
	rm -rf whole
done

begin -o nothing -
head -c 24 "$data/http.pcap" >&9
taken 9
end INT
is "$status $(cat stderr) $(ls -A nothing)" '0  stdin.sessions' \
    'before any packet: 0'
begin -o half -
head -c 3 "$data/http.pcap" >&9
taken 9
end INT
is "$status $(cat stderr) $(ls -A half)" '0  ' '... before it is a capture: 0'

begin -o cut -
head -c 10000 "$data/http.pcap" >&9
begun cut
end TERM
is "$status $(cat stderr)" '0 ' 'in the middle of a packet: 0, not a word'
is "$(value cut/*/capture.jsonl '[d["complete"], d["warnings"]]')" \
    '[True, []]' '... nothing is wrong with it'

begin -o zipped -
gzip -c "$data/http.pcap" | head -c 5000 >&9
taken 9
end TERM
is "$status $(cat stderr)" '0 ' '... nor when it is compressed'

# What its writer sends because of the signal is read, too.
cat >writer.py <<'END'
import signal, sys
data = open(sys.argv[1], "rb").read()
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
out = sys.stdout.buffer
out.write(data[:5000])
out.flush()
open("wrote", "w").close()
signal.sigwait([signal.SIGTERM])
out.write(data[5000:])
END
python3 writer.py "$data/http.pcap" >feed &
writer=$!
"$tcpsession" -o late - <feed >stdout 2>stderr &
pid=$!
begun late
kill -TERM $pid $writer
wait $pid
is "$? $(value late/*/capture.jsonl 'd["packets"]')" '0 48' \
    'what its writer sends at its end is read'
wait $writer

# The run goes on with the next.
mkfifo named
exec 8<>named
"$tcpsession" -o both named "$data/http.pcap" 2>stderr 8>&- &
pid=$!
pids="$pids $pid"
cat "$data/ssh.pcap" >&8
begun both
end INT
exec 8>&-
is "$status $(ls both | tr '\n' ' ')" '0 http.pcap.sessions named.sessions ' \
    'a FIFO by its name: what follows is read'
exec 8<>named
"$tcpsession" -o one --continuous named "$data/http.pcap" 2>stderr 8>&- &
pid=$!
pids="$pids $pid"
cat "$data/ssh.pcap" >&8
begun one
end INT
exec 8>&-
is "$status $(wc -l <one/continuous.sessions/sessions.jsonl)" '0 3' \
    '--continuous: so it is with parts'

# --------------------------------------------- shown when a session has ended

cat >"$work/split.py" <<'END'
# The first N packets of a capture, and the others without a header.
import struct, sys
data, n, at = open(sys.argv[1], "rb").read(), int(sys.argv[2]), 24
for _ in range(n):
    at += 16 + struct.unpack_from("<I", data, at + 8)[0]
open(sys.argv[3], "wb").write(data[:at])
open(sys.argv[4], "wb").write(data[at:])
END

# shown WHAT PATTERN N ARG...: with these options so many lines that match are
# there before the end, which adds nothing; all is as of a file.
shown() {
	what=$1
	pattern=$2
	n=$3
	shift 3
	"$tcpsession" "$@" - <"$data/http.pcap" >of_a_file
	begin "$@" -
	cat "$data/http.pcap" >&9
	until_true "test \"\$(grep -c '$pattern' stdout)\" -ge $n"
	ok $? "$what: shown while the pipe stays open"
	end EOF
	is "$status $(cat stderr)" '0 ' '... the end: 0, not a word'
}

shown 'a transcript' '^= fin' 2 -P
same of_a_file stdout '... once, and as of a file'
shown 'a dump' '^= fin' 2 -P --format hex
same of_a_file stdout '... once, and as of a file'
shown 'one session' '^= fin' 1 -P --session 0
same of_a_file stdout '... once, and as of a file'
shown 'JSON' '"s2c"' 5 -P --format json
same of_a_file stdout '... once, and as of a file'
shown 'packets' '^last packet' 2 --packets
same of_a_file stdout '... once, and as of a file'
shown 'packets as JSON' '"packet":' 48 --packets --format json
same of_a_file stdout '... once, and as of a file'
shown 'matches' ':c2s:.*GET' 4 --grep GET
same of_a_file stdout '... once, and as of a file'
shown 'sessions in which something matches' '^= fin' 1 -P --grep Ferry
same of_a_file stdout '... once, and as of a file'
shown 'selected ones' '^= fin' 1 -P --match 36128
same of_a_file stdout '... once, and as of a file'
for format in csv json; do
	shown "a summary, $format" 36128 1 -s --format $format
	same of_a_file stdout '... once, and as of a file'
done
shown 'a summary' ' 10.9.0.1:36[0-9]* ' 2 -s
is "$(grep -c ' 10.9.0.1:36[0-9]* ' stdout) $(tail -n 2 stdout |
    cmp - of_a_file | wc -l)" '2 1' '... once, the totals behind it'
is "$(tail -n 2 stdout)" "$(tail -n 2 of_a_file)" '... which are those of a file'

begin -s --sort start -
cat "$data/http.pcap" >&9
taken 9
end EOF
"$tcpsession" -s - <"$data/http.pcap" >of_a_file
same of_a_file stdout 'a summary that is sorted as asked: as of a file'
cat "$data/http.pcap" | "$tcpsession" -s - >stdout
same of_a_file stdout '... or when the pipe does not wait'

# With files: both.
begin -P -o both_ways -
cat "$data/http.pcap" >&9
until_true "grep -q '^= fin' stdout"
ok $? 'with files: shown, too'
end INT
is "$status $(wc -l <both_ways/stdin.sessions/sessions.jsonl)" '0 2' \
    '... which are kept'

# What is still to come is waited for.
capture gap.pcap <<'END'
conn a
client 10.1.0.1:2000
handshake
> "one"
lose < "nobody has it"
< "two"
close
conn b
client 10.1.0.1:2001
handshake
> "three"
<
close
END
begin -P -
cat gap.pcap >&9
until_true 'grep -q "^= fin" stdout'
is "$(grep -c '^|one' stdout)" 0 'what has a gap waits: it may be filled'
end EOF
is "$(grep -c '^! <' stdout)" 1 '... and is shown at the end'

# Nobody heeded the reset: one more piece.
capture reset.pcap <<'END'
handshake
> "one"
< "two"
> rst
> "three"
<
close
END
python3 split.py reset.pcap 6 reset.1 reset.2
begin -P -
cat reset.1 >&9
until_true "grep -q '^= rst' stdout"
ok $? 'a reset: shown'
is "$(grep '^[|=]' stdout | cut -d ' ' -f 1,2 | tr '\n' ' ')" \
    '|one\ |two\ = rst ' '... as it stands'
cat reset.2 >&9
end EOF
is "$(grep '^[|=]' stdout | cut -d ' ' -f 1,2 | tr '\n' ' ')" \
    '|one\ |two\ = rst |three\ = fin ' '... and what comes after all, once'

# ------------------------------------------------------------ --interface -

begin -o live --interface -
cat "$data/http.pcap" >&9
until_true "test \"\$(cat live/*/sessions.jsonl | wc -l)\" = 2"
ok $? 'an interface behind a pipe: sessions are written when they end'
is "$(ls -A live | sed 's/[0-9]/9/g')" \
    live-99999999T999999.999999999Z.sessions '... in a directory of that time'
is "$(ls -A live/* | grep -c '^[.]')" 0 '... no temporary name is left'
end INT
is "$status $(cat stderr)" '0 ' '... SIGINT is the normal end'
is "$(value live/*/capture.jsonl 'str([d["files"], d["format"], d["packets"],
    d["complete"], d["options"]["idle"]])')" \
    "[['stdin'], 'live', 48, True, 600.0]" '... capture.jsonl tells'
is "$(python3 "$rebuild" check live | sed 's/.*, //')" '0 wrong' \
    '... the transcript agrees'

# The capture's time goes on while nothing comes; its age means nothing.
capture idle.pcap <<'END'
handshake
> "a"
< "b"
END
begin -o idle --interface - --idle 1 -P
cat idle.pcap >&9
until_true "grep -q '^= idle none' stdout"
ok $? '--idle, with a capture of long ago'
cat idle.pcap >&9
end EOF
is "$(value idle/*/sessions.jsonl 'd["close"]')" idle '... written'

begin --interface - -o gz
gzip -c "$data/http.pcap" >&9
end EOF
is "$status $(cat gz/*/sessions.jsonl | wc -l)" '0 2' 'compressed; its end is the end'
run sh -c 'head -c 10000 "$1" | "$2" -o c --interface -' sh "$data/http.pcap" \
    "$tcpsession"
is "$status $(value c/*/capture.jsonl 'd["incomplete"]')" "1 ['cut']" \
    'one that is cut: 1'
like "$err" '^tcpsession: standard input: the capture has ended: .*ends' \
    '... said so'
run "$tcpsession" -o n --interface - </dev/null
is "$status" 3 'nothing at all: 3'
run "$tcpsession" -o n --interface - "$data/http.pcap"
is "$status" 2 'it takes no PATH besides'
run sh -c '"$2" -o f --interface - -f "wlan type mgt" <"$1"' sh \
    "$data/http.pcap" "$tcpsession"
is "$status" 1 'a filter that does not suit'
like "$err" '^tcpsession: standard input: the filter does not suit' \
    '... said so'

# PCAP-over-IP, as the manual has it.
if command -v nc >/dev/null; then
	cat >sensor.py <<'END'
import os, socket, sys
listener = socket.create_server(("127.0.0.1", 0))
with open("port.part", "w") as f:
    f.write(str(listener.getsockname()[1]))
os.rename("port.part", "port")
c = listener.accept()[0]
c.sendall(open(sys.argv[1], "rb").read())
c.recv(1)
END
	python3 sensor.py "$data/http.pcap" &
	pids="$pids $!"
	until_true 'test -e port'
	mkfifo wire
	nc 127.0.0.1 "$(cat port)" >wire </dev/null &
	nc=$!
	pids="$pids $nc"
	"$tcpsession" --interface - -o over <wire &
	pid=$!
	pids="$pids $pid"
	until_true "test \"\$(cat over/*/sessions.jsonl | wc -l)\" = 2"
	ok $? 'packets over the network, through nc'
	kill -INT $pid
	wait $pid
	is "$?" 0 '... SIGINT is its end'
	kill $nc 2>/dev/null
else
	skip 'PCAP-over-IP' 'nc is missing'
fi

finish
