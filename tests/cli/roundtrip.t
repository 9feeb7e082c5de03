#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# roundtrip.t: from text, hex and JSON back to the bytes, and to the index.
. "$(dirname "$0")/../lib/check.sh"

check() {
	run python3 "$rebuild" check "$1"
	is "$status ${out##*, }" '0 0 wrong' "$2"
	test "$status" = 0 || printf '%s\n' "$out" | head -n 5 | sed 's/^/# /'
}

run "$tcpsession" -o samples --exact -e all "$data"
# One of them has a body that grows too much.
is "$status" 1 'the sample captures'
check samples '... all products agree'
for options in '--gaps skip' '-b 100' '--overlap last' '--strict' \
    '--checksum drop' '--idle 0.001'; do
	run "$tcpsession" -q -o options --exact -e all $options "$data"
	check options "... with $options"
done

# What nc sent is known (data/README).
lossy=samples/lossy.pcap.sessions
seq 100000 135000 >client
seq 500000 535000 >server
same client "$(echo $lossy/10*.c2s)" 'a lossy line: what the client sent'
same server "$(echo $lossy/10*.s2c)" 'a lossy line: what the server sent'
for kind in txt hex; do
	for side in c2s s2c; do
		python3 "$rebuild" bytes $lossy/*.$kind $side >bytes
		same bytes "$(echo $lossy/10*.$side)" \
		    "the exact bytes come out of .$kind ($side)"
	done
done
is "$(value $lossy/10*.json '(d["combined_src_payload_md5sum"],
    d["combined_dst_payload_md5sum"])')" "$(python3 -c 'import hashlib, sys
print(tuple(hashlib.md5(open(n, "rb").read()).hexdigest()
    for n in sys.argv[1:]))' client server)" 'digests in JSON'

# Without --exact the lines add up to the records all the same.
run "$tcpsession" -q -o read -e raw,plain,text,hex,json "$data"
check read '... and transcripts that are to be read'

# tests/tools/rebuild.py can fail.
cp -R samples damaged
for file in $lossy/*.txt; do
	awk '/^\|/ && !n++ { $0 = $0 "x" } { print }' "$file" \
	    >"damaged/${file#*/}"
done
python3 "$rebuild" check damaged >complaints
is "$? $(tail -n 1 complaints)" '1 102 sessions, 1 wrong' \
    'one byte too many is found'

mkdir captures
for name in simple crossing concurrent wrap-in-data two-holes not-utf8 \
    simultaneous-open-data data-on-rst midstream-prepend overlap-first \
    reuse-four-times interleaved retransmission responses-first ipv6 \
    fragments snaplen keepalive data-after-fin; do
	test ! -f "$conv/$name.conv" ||
	    "$mkpcap" -n -o "captures/$name.pcap" "$conv/$name.conv"
done
run "$tcpsession" -q -o conversations --exact -e all captures
is "$status" 0 'conversations'
check conversations '... all products agree'
# A JSON body is what its server sent.
find conversations samples -name '*.json*' ! -name '*.jsonl' \
    ! -name '*-[0-9][0-9][0-9].json' \
    -exec cat {} + >all.json
python3 -c 'import json
for line in open("all.json", encoding="utf-8", errors="strict"):
    json.loads(line)'
ok $? 'all JSON is valid'

# A payload beyond what is held in memory.
{
	printf 'handshake\nsplit 1400 > random 3000000 5\n'
	printf '<\nhold x > random 1000 6\nsplit 1400 > random 2000000 7\n'
	printf 'release x\n<\nsplit 1400 < random 3000000 8\n>\nclose\n'
} | capture large.pcap
run "$tcpsession" -q -o large -M 1M --exact -e all large.pcap
is "$status $err" '0 ' 'more payload than memory'
check large '... all products agree'
finish
