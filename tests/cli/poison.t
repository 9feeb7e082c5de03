#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# poison.t: captures that cannot be read, or not to their end, or that have no
# place, keep no other from being complete: in directories, in a tar beside them
# and alone, read as one, and with --state.
. "$(dirname "$0")/../lib/check.sh"

mkdir good bad mixed
cp "$data/http.pcap" "$data/ssh.pcap" good
"$tcpsession" -q -o want good
cp -p good/* mixed

long=$(printf '%0243d' 0).pcap
: >bad/a-empty.pcap
echo garbage >bad/a-garbage.pcap
head -c 5000 "$data/lossy.pcap" >bad/b-cut.pcap
{ head -c 3000 "$data/lossy.pcap"; head -c 500 /dev/zero | tr '\0' '\377'; } \
    >bad/b-corrupt.pcap
gzip -c "$data/lossy.pcap" | head -c 50000 >bad/c-cut.pcap.gz
printf '\037\213\010\0\0\0\0\0\0\377junk' >bad/c-junk.pcap.gz
cp "$data/lossy.pcap" "bad/$long"
printf 'snoop\0\0\0\0\0\0\2\0\0\0\4' >bad/z-snoop.cap
cp bad/* mixed

# has DIR NAME: the good ones are there as they should be.
has() {
	same want/http.pcap.sessions "$1/http.pcap.sessions" "$2: one"
	same want/ssh.pcap.sessions "$1/ssh.pcap.sessions" "$2: another"
}
# Eight of them: the bad ones.
told() {
	is "$(printf '%s\n' "$err" | grep -c '^tcpsession: .*: ')" "$1" \
	    '... each of the others is told'
}

for jobs in 1 3; do
	run "$tcpsession" -j $jobs -c --tar-compress none -o beside mixed
	is "$status" 1 "-c, -j $jobs: 1"
	told 8
	has beside '... directories'
	mkdir out && tar -xf beside/sessions.tar -C out
	has out '... in the tar'
	rm -rf out beside
	run "$tcpsession" -j $jobs --tar-only --tar-compress none -o alone mixed
	is "$status" 1 "--tar-only, -j $jobs: 1"
	told 8
	mkdir out && tar -xf alone/sessions.tar -C out
	has out '... in the tar'
	rm -rf out alone
done

run "$tcpsession" --continuous -e none -o one mixed
is "$status" 1 '--continuous: 1'
# sessions DIR...: what is told of each.
sessions() {
	python3 - "$@" <<'PY'
import glob, json, sys
print(sorted({(s["community_id"], s["c2s"]["bytes"], s["s2c"]["bytes"])
              for d in sys.argv[1:]
              for f in glob.glob(d + "/*/sessions.jsonl")
              for s in map(json.loads, open(f, encoding="utf-8"))}))
PY
}
python3 - "$(sessions want)" "$(sessions one)" <<'PY'
import ast, sys
want, got = map(ast.literal_eval, sys.argv[1:])
sys.exit(not set(want) <= set(got))
PY
ok $? '... each session of the good ones is there'
like "$(value one/*/capture.jsonl 'd["incomplete"]')" "'cut', 'corrupt'" \
    '... and the ledger says what is not'

run "$tcpsession" --continuous --state st -e none -o hours mixed
is "$status" 1 '--state: 1'
run "$tcpsession" --continuous --state st -e none -o hours
python3 - "$(sessions want)" "$(sessions hours)" <<'PY'
import ast, sys
want, got = map(ast.literal_eval, sys.argv[1:])
sys.exit(not set(want) <= set(got))
PY
ok $? '... each session of the good ones is there'
finish
