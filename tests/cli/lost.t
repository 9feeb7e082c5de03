#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# lost.t: what cannot be followed, and datagrams whose fragments are missing:
# named on standard error, in capture.jsonl, with -v and in the status.
. "$(dirname "$0")/../lib/check.sh"

ether='020000000002 020000000001'

# frames N HEX: N times a frame.
frames() {
	for _ in $(seq "$1"); do
		printf 'raw %s\n' "$(printf %s "$2" | tr -d ' ')"
	done
}

# An IPv4 packet of that protocol (hexadecimal).
of_protocol() {
	echo "$ether 0800 4500001c 00010000 40 $1 0000 0a000001 0a000002" \
	    0102030405060708
}

# count KEY: of the fragments of the last run.
count() {
	python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["totals"]["fragments"][sys.argv[2]])' \
	    o/*/capture.jsonl "$1"
}

# ------------------------------------------------------ what was in the way

frames 6 "$ether 88b5 00112233" | capture unknown.pcap
run "$tcpsession" -o o unknown.pcap
is "$status" 1 'nothing but an unknown EtherType: 1'
like "$err" '^tcpsession: unknown.pcap: 6 .*EtherType 0x88b5' '... named'
is "$(printf '%s\n' "$err" | wc -l)" 1 '... in one line'

{
	frames 3 "$ether 0806 0001080006040001"
	frames 3 "$ether 88cc 02070400"
	frames 3 "$(of_protocol 01)"
	frames 3 "$(of_protocol 59)"
	frames 3 "$ether 0026 424203 0000"
	frames 3 "$ether 0800 6000000000003a40 $(printf %064d 0)"
} | capture neither.pcap
run "$tcpsession" -o o neither.pcap
is "$status $err" '0 ' 'ARP, LLDP, ICMP, OSPF, bridges: not a word'

frames 1 "$(of_protocol 11)" | capture udp.pcap
run "$tcpsession" -o o udp.pcap
is "$status $err" '0 ' 'UDP is followed'

frames 2 "$(of_protocol fd)" | capture protocol.pcap
run "$tcpsession" -o o protocol.pcap
is "$status" 1 'an unknown IP protocol: 1'
like "$err" 'IP protocol 253' '... named'

frames 2 "$(of_protocol 32)" | capture esp.pcap
run "$tcpsession" -o o esp.pcap
is "$status" 1 'encrypted: 1'
like "$err" 'encrypted, IP protocol 50' '... with the protocol'

{
	echo handshake
	echo 'snap 40 > "hello"'
} | capture cut.pcap
run "$tcpsession" -o o cut.pcap
is "$status $err" '0 ' 'one cut header among others: not a word'
{
	echo 'snap 40 > syn'
	echo 'snap 40 < syn'
} | capture allcut.pcap
run "$tcpsession" -o o allcut.pcap
is "$status" 1 'every header cut: 1'
like "$err" 'cut by the snap length' '... says so'

{
	echo '> syn'
	frames 98 "$ether 88b5 00112233"
} | capture under.pcap
run "$tcpsession" -o o under.pcap
is "$status $err" '0 ' 'one of 99 packets followed: enough'
{
	echo '> syn'
	frames 99 "$ether 88b5 00112233"
} | capture hundred.pcap
run "$tcpsession" -o o hundred.pcap
is "$status $err" '0 ' 'one of 100: enough'
{
	echo '> syn'
	frames 100 "$ether 88b5 00112233"
	frames 100 "$ether 0806 0001080006040001"
} | capture above.pcap
run "$tcpsession" -o o above.pcap
is "$status" 1 'one of 101: not enough'
like "$err" ' 100 .* 101.* 100.*EtherType 0x88b5' '... numbers'

{
	echo 'linktype 101'
	frames 2 'f0112233'
} | capture version.pcap
run "$tcpsession" -o o version.pcap
like "$err" 'IP version 15' 'a raw packet that is no IP'

# The most frequent of many.
{
	for type in 88b5 88b6 7001 7002 7003 7004 7005 7006 7007 7008 7009 \
	    700a 700b 700c 700d 700e 700f 7010 7011 7012; do
		frames 1 "$ether $type 00112233"
	done
	frames 5 "$ether 7055 00112233"
} | capture many.pcap
run "$tcpsession" -o o many.pcap
like "$err" 'EtherType 0x7055' 'the most frequent of many is named'

# ------------------------------------------------------------- other formats

for row in 'snoop\0\0\0\0\0\0\2\0\0\0\4' 'GMBU\0\2\1\0' 'XCP\0002.001\0' \
    'TRSNIFF data    \032'; do
	# shellcheck disable=SC2059 # the bytes are the format
	printf "$row" >foreign
	run "$tcpsession" -o o foreign
	is "$status" 3 "${row%%\\*}: no capture that is read"
	like "$err" 'editcap' '... and what makes one of it'
done

# ----------------------------------------------------------------- fragments

{
	echo handshake
	echo 'fragment 64 > fill 200 a'
	echo '<'
} | capture whole.pcap
rm -rf o
run "$tcpsession" -v -o o whole.pcap
is "$status" 0 'fragments that make a datagram: 0'
like "$err" 'IP fragments: 4, datagrams joined: 1, incomplete: 0' '-v: counts'
case $err in *skipped*) false ;; esac
ok $? '... and nothing was skipped'
is "$(count seen) $(count reassembled) $(count timed_out) $(count given_up)" \
    '4 1 0 0' 'capture.jsonl: the same'

# The last fragment, or a frame in the middle, is not there.
python3 - whole.pcap last.pcap middle.pcap <<'PY'
import struct, sys
data = open(sys.argv[1], "rb").read()
records, at = [], 24
while at < len(data):
    n = struct.unpack_from("<I", data, at + 8)[0]
    records.append(data[at:at + 16 + n])
    at += 16 + n
fragments = [i for i, r in enumerate(records)
             if struct.unpack_from(">H", r, 16 + 14 + 6)[0] & 0x3fff]
for name, i in zip(sys.argv[2:], (fragments[-1], fragments[1])):
    with open(name, "wb") as f:
        f.write(data[:24] + b"".join(records[:i] + records[i + 1:]))
PY
for name in last middle; do
	rm -rf o
	run "$tcpsession" -o o $name.pcap
	is "$status" 1 "without the $name fragment: 1"
	like "$err" '1 IP datagrams lack fragments' '... says so'
	is "$(count seen) $(count reassembled) $(count timed_out)" '3 0 1' \
	    '... and counts'
done

# More first fragments than a quarter of -M holds.
{
	part="${ether}080045000214%04x2000400600000a0000010a000002%01024d"
	part=$(printf %s "$part" | tr -d ' ')
	for id in $(seq 4000); do
		# shellcheck disable=SC2059 # identifier and zeros go in
		printf "raw $part\n" "$id" 0
	done
} | capture flood.pcap
rm -rf o
run "$tcpsession" -v -M 4M -o o flood.pcap
is "$status" 1 'more fragments than there is memory for: 1'
like "$err" 'given up for memory .*; raise --max-memory' '... says what helps'
test "$(count given_up)" -gt 1000 && test "$(count given_up)" -lt 3000
ok $? '... counted'
is "$(($(count given_up) + $(count timed_out)))" 4000 '... all of them'
rm -rf o
run "$tcpsession" -M 64M -o o flood.pcap
is "$(count given_up)" 0 'with more memory none is given up'

# Two that contradict each other.
{
	head="$ether 0800"
	a="4500001c 0001 2000 40 06 0000 0a000001 0a000002"
	frames 1 "$head $a 0011223344556677"
	frames 1 "$head $a 0011223344556678"
} | capture conflict.pcap
rm -rf o
run "$tcpsession" -o o conflict.pcap
is "$status" 1 'fragments in conflict: 1'
like "$err" '1 IP fragments contradict' '... told'
is "$(count conflicting) $(count overlapping)" '1 1' '... counted'

# Those of ICMP are nobody's loss.
frames 1 "$ether 0800 4500001c 0001 2000 40 01 0000 0a000001 0a000002 \
0011223344556677" | capture icmp.pcap
run "$tcpsession" -o o icmp.pcap
is "$status $err" '0 ' 'a fragment of ICMP: not a word'
finish
