#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# verify.t: --verify against tshark and tcpflow, their absence, and programs
# of their names that are wrong by a byte.
. "$(dirname "$0")/../lib/check.sh"

# ------------------------------------------------------------ without them

mkdir none
for tool in sh env; do ln -s "$(command -v $tool)" none/; done
out=$(PATH=$work/none "$tcpsession" -w "$data/http.pcap" 2>err)
is "$? $out" '2 ' 'none of the programs installed: status 2'
is "$(cat err)" 'tcpsession: --verify: neither tshark nor tcpflow is installed (apt-get install tshark tcpflow)' \
    'a hint when none is installed'
PATH=$work/none "$tcpsession" --verify=tcpflow "$data/http.pcap" 2>err
is "$? $(cat err)" \
    '2 tcpsession: --verify: tcpflow is not installed (apt-get install tcpflow)' \
    'a hint when the one asked for is not installed'

# --------------------------------------------------- what does not go with it

for other in -s -P --packets '--match x' '-k 1'; do
	"$tcpsession" -w $other "$data/http.pcap" >out 2>err
	is "$? $(wc -l <err)" '2 1' "-w $other is refused"
done
"$tcpsession" -w -o o - <"$data/http.pcap" >out 2>err
is "$? $(wc -l <err)" '2 1' 'standard input is not read twice'

for peer in tshark tcpflow; do
	command -v $peer >/dev/null && continue
	skip 'comparisons' "$peer is not installed"
	finish
	exit
done
TMPDIR=$work/tmp
export TMPDIR
mkdir tmp

# ----------------------------------------------------------- agreement

"$tcpsession" -w "$data/http.pcap" >out 2>err
is "$? $(cat err)" '0 ' 'http.pcap: all is explained'
is "$(cat out)" "$(cat <<END
$data/http.pcap
session  client          server              c2s         s2c  tshark       tcpflow
      0  10.9.0.1:36118  10.9.0.2:80         622       11925  same         same
      1  10.9.0.1:36128  10.9.0.2:80         565        1732  same         same
sessions: 2
tshark: same: 2, differences explained: 0, unexplained: 0
tcpflow: same: 2, differences explained: 0, unexplained: 0
END
)" 'a table and totals'
is "$(ls)" "$(printf '%s\n' err none out tmp)" 'no file is written'
is "$(ls -A tmp)" '' 'nothing temporary stays'

"$tcpsession" -w -o o "$data/http.pcap" >out
is "$? $(ls o)" '0 http.pcap.sessions' 'with -o output is written as well'
"$tcpsession" -w "$data"/*.pcap* >out 2>err
is "$?" 0 'all of data: nothing is unexplained'
is "$(grep -c unexplained: out)" 2 'totals come once'
"$tcpsession" --verify=tshark "$data/ssh.pcap" >out
is "$? $(grep -c '^tshark:' out) $(grep -c '^tcpflow:' out)" '0 1 0' \
    'one of them'
gzip -c "$data/http.pcap" | "$tcpsession" -w - >out
is "$? $(grep -c 'same  *same' out)" '0 2' 'standard input, compressed'
"$tcpsession" -w -f 'port 36128' "$data/http.pcap" >out
is "$? $(grep -c 'same  *same' out)" '0 1' 'with a filter'
"$tcpsession" -w --continuous "$data"/rotated-*.pcap >out
is "$? $(grep -c 'same  *same' out)" '0 1' 'several captures as one'
cp "$data/http.pcap" "x';touch broken;'.gz"
"$tcpsession" -w "x';touch broken;'.gz" >out
is "$? $(find . -name broken)" '0 ' 'no name of a capture reaches a shell'

# ----------------------------------------------------------- differences

# conv NAME WANTED: the conversation's lines of differences.
conv() {
	"$mkpcap" "$conv/$1.conv" >c.pcap
	"$tcpsession" -w c.pcap >out 2>err
	is "$? $(sed -n 's/^  \(t[sc]\)/\1/p' out)" "0 $2" "$1"
}
conv hole-acked 'tshark c2s from 3: not captured; a text stands in the place
tcpflow c2s from 3: not captured; zeros stand in the place'
conv overlap-first \
    'tshark c2s from 11: copies of a byte differ and another won
tcpflow c2s from 11: copies of a byte differ and another won'
conv reuse-no-fin-lower \
    'tcpflow c2s from 0: several sessions not told apart
tcpflow s2c from 0: several sessions not told apart'
conv fragments 'tcpflow c2s from 580: link type, tunnel or fragments not read
tcpflow s2c from 0: link type, tunnel or fragments not read'
conv data-on-rst 'tshark s2c from 0: text in a reset taken as data
tcpflow s2c from 0: text in a reset taken as data'
conv response-first 'tshark order of s2c from 0: order of capture, against that of cause'

# ------------------------------------------------- planted differences

# A program can run no other in its cage, so these have what they say in them.
mkdir planted plain
perl=$(command -v perl)
hex() { od -An -v -tx1 "$1" | tr -d ' \n'; }
plant_tcpflow() {
	{
		echo "#!$perl"
		cat <<'END'
while (@ARGV) { $dir = $ARGV[1] if $ARGV[0] eq "-o"; shift }
sub put {
	open(F, ">", "$dir/$_[0]") or die;
	print F pack("H*", $_[1]);
	close(F);
}
END
		for each in plain/*; do
			echo "put('${each##*/}', '$(hex "$each")');"
		done
	} >planted/tcpflow
	chmod +x planted/tcpflow
}
tcpflow -q -S enable_report=NO -o plain -r "$data/http.pcap"
for file in plain/*.00080; do break; done
printf X | dd of="$file" bs=1 seek=100 conv=notrunc 2>/dev/null
plant_tcpflow
PATH=$work/planted:$PATH "$tcpsession" -w "$data/http.pcap" >out 2>err
is "$? $(grep '^  ' out)" '5       0  10.9.0.1:36118  10.9.0.2:80         622       11925  same         UNEXPLAINED
  tcpflow c2s from 100: unexplained
      1  10.9.0.1:36128  10.9.0.2:80         565        1732  same         same
      1  unexplained' 'a byte of tcpflow that is wrong: status 5'
rm plain/*
tcpflow -q -S enable_report=NO -o plain -r "$data/http.pcap"
printf '\0' >>"$file"
plant_tcpflow
PATH=$work/planted:$PATH "$tcpsession" -w "$data/http.pcap" >out 2>err
is "$? $(grep -c 'tcpflow c2s from 622: unexplained' out)" '5 1' \
    'a zero behind all that came stands for nothing'
rm planted/tcpflow
tshark -n -q -o tcp.reassemble_out_of_order:TRUE -r "$data/http.pcap" \
    -T fields -e frame.number -e tcp.stream -z follow,tcp,yaml,0 \
    -z follow,tcp,yaml,1 2>/dev/null |
    sed 's/^ *SEVBRCAv/      SEVBRCEv/' >said
printf '#!%s\nprint pack("H*", "%s");\n' "$perl" "$(hex said)" \
    >planted/tshark
chmod +x planted/tshark
PATH=$work/planted:$PATH "$tcpsession" -w "$data/http.pcap" >out 2>err
is "$? $(grep -c 'tshark c2s from 4: unexplained' out)" '5 1' \
    'a byte of tshark that is wrong: status 5'
printf '#!/bin/sh\necho no idea >&2\nexit 3\n' >planted/tshark
PATH=$work/planted:$PATH "$tcpsession" -w "$data/http.pcap" >out 2>err
is "$? $(cat err)" \
    "5 tcpsession: $data/http.pcap: tshark ended in status 3: no idea" \
    'a program that fails has agreed to nothing'
is "$(ls -A tmp)" '' 'nothing temporary stays after failures'

# ------------------------------------------------------------ TLS, opened

keys=$data/https.keys
"$tcpsession" -w --keylog "$keys" "$data/https.pcap" >out 2>err
is "$? $(cat err) $(grep -c 'same  *same' out) $(grep from out)" \
    '0  5       4  opened from TLS to the same' 'TLS with a key log'
head -n 4 "$keys" >some
sed 1,4d "$keys" >others
"$tcpsession" -w --keylog some --keylog others "$data/https.pcap" >out
is "$? $(grep from out)" '0       4  opened from TLS to the same' \
    'several key logs'
"$tcpsession" -w "$data/https.pcap" >out
is "$? $(grep -c 'from TLS' out)" '0 0' 'TLS without keys'
"$tcpsession" --verify=tcpflow --keylog "$keys" "$data/https.pcap" >out
is "$? $(grep -c 'from TLS' out)" '0 0' 'tcpflow opens nothing'
for name in "$data/https.pcapng" -; do
	gzip -c "$data/https.pcapng" | "$tcpsession" -w $name >out
	is "$? $(grep from out)" '0       1  opened from TLS to the same' \
	    "secrets of the capture: ${name##*/}"
done

# part FILTER: the packets of https.pcap that it lets through.
part() {
	tshark -r "$data/https.pcap" -Y "$1" -F pcap -w c.pcap 2>/dev/null
	"$tcpsession" -w --keylog "$keys" c.pcap >out 2>err
	echo "$? $(sed -n 's/^  tshark tls //p' out)"
}
is "$(part 'tcp.stream == 0 && frame.number > 8')" \
    '0 c2s from 0: not opened at all
s2c from 0: not opened at all' 'TLS without its beginning'
large=$(tshark -r "$data/https.pcap" -Y 'tcp.stream == 0 && tcp.len > 1400' \
    -T fields -e frame.number 2>/dev/null | sed -n 9p)
is "$(part "tcp.stream == 0 && frame.number != $large" | sed 's/[0-9]*:/N:/')" \
    '0 s2c from N: not captured as a whole; not opened behind a hole' \
    'TLS with a hole'

# opened PERL: a tshark that says what it said of https.pcap, TLS edited so.
{
	echo "#!$perl"
	cat <<'END'
$keys = "@ARGV" =~ /keylog_file:(\S+)/ ? $1 : "";
if ($keys ne "") {
	open(F, "<", $keys) or die;
	printf STDERR "%o %d\n", (stat $keys)[2] & 0777, scalar(@_ = <F>);
}
END
	for protocol in tcp tls; do
		set -- -z follow,$protocol,yaml,0
		for i in 1 2 3 4; do set -- "$@" -z follow,$protocol,yaml,$i; done
		[ $protocol = tls ] && set -- -o "tls.keylog_file:$keys" "$@" ||
		    set -- -T fields -e frame.number -e tcp.stream "$@"
		tshark -n -q -o tcp.reassemble_out_of_order:TRUE \
		    -r "$data/https.pcap" "$@" >said 2>/dev/null
		echo "\$$protocol = pack('H*', '$(hex said)');"
	done
} >opens
opened() {
	{
		cat opens
		echo "\$_ = \$tls; $1; print \$keys eq '' ? \$tcp : \$_;"
		echo "$2"
	} >planted/tshark
	chmod +x planted/tshark
	PATH=$work/planted:$PATH "$tcpsession" -w --keylog "$keys" \
	    "$data/https.pcap" >out 2>err
	echo "$? $(sed -n 's/^  tshark //p' out)"
}
is "$(opened '')" '0 ' 'a tshark that says what it said'
is "$(opened 's/(  - packet: 15\n.*?)R0VUIC9h/$1R0VUIC9i/s')" \
    '5 tls c2s from 89: unexplained' \
    'a byte of text that is wrong: status 5'
is "$(opened 's/(  - packet: 15\n.*?\n)(?=  - packet)//s')" \
    '5 tls c2s from 89: unexplained' 'a record that is missing: status 5'
is "$(opened 's/(  - packet: 15\n.*?\n)(?=  - packet)/$1$1/s')" \
    '5 tls c2s from 174: unexplained' 'a record that comes twice: status 5'
opened '' 'exit(3)' >/dev/null
is "$(cat err)" "tcpsession: $data/https.pcap: tshark ended in status 3: \
600 $(grep -c '^[CS].*_' "$keys")" 'it has the secrets in a file'
is "$(ls -A tmp)" '' 'which does not stay'

# Neither is it let out.
echo text >other
cat >planted/tshark <<END
#!/bin/sh
allowed=
{ true; } <"$data/http.pcap" 2>/dev/null || allowed="\$allowed but not the capture"
{ true; } <"$work/other" 2>/dev/null && allowed="\$allowed read"
{ echo >"$work/made"; } 2>/dev/null && allowed="\$allowed write"
{ echo >"$work/tmp/made"; } 2>/dev/null && allowed="\$allowed TMPDIR"
{ echo >"\$HOME/made"; } 2>/dev/null || allowed="\$allowed but not at home"
kill -0 \$PPID 2>/dev/null && allowed="\$allowed kill"
echo "allowed:\$allowed" >&2
exit 3
END
PATH=$work/planted:$PATH "$tcpsession" -w "$data/http.pcap" >out 2>err
case ${SANITIZE:-} in
*-fsanitize=*)
	# A sanitizer reads and writes where it likes, and so may they.
	skip 'a program that somebody has taken over' 'the cage is wider'
	rm -f made tmp/made
	;;
*)
	is "$(cat err)" \
	    "tcpsession: $data/http.pcap: tshark ended in status 3: allowed:" \
	    'a program that somebody has taken over'
	;;
esac

# A signal stops the programs and leaves nothing.
printf '#!/bin/sh\nwhile :; do :; done\n' >planted/tshark
PATH=$work/planted:$PATH "$tcpsession" -w "$data/http.pcap" >out 2>err &
pid=$!
tries=0
while [ -z "$(ls -A tmp)" ] && [ $tries -lt 100 ]; do
	sleep 0.1
	tries=$((tries + 1))
done
kill -TERM $pid
wait $pid
is "$? $(ls -A tmp)" '143 ' 'a signal ends the run and leaves nothing'

finish
