# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# What HTTP carried: http.jsonl, objects.jsonl and the files that they name.
. "$(dirname "$0")/../lib/check.sh"

# The conversations whose truth is known, where they are.
cases=$SRCDIR/../shared/cases

"$tcpsession" -q -e http,objects -o both "$data/http.pcap"
"$tcpsession" -q -e http -o http "$data/http.pcap"
dir=both/http.pcap.sessions

python3 - $dir <<'PY'
import hashlib, json, os, sys
where = sys.argv[1]
named = set()
for line in open(where + "/objects.jsonl"):
    o = json.loads(line)
    with open(os.path.join(where, o["file"]), "rb") as f:
        body = f.read()
    assert o["bytes"] == len(body) and o["complete"] and not o["reason"], o
    assert o["sha256"] == hashlib.sha256(body).hexdigest(), o
    named.add(o["file"])
files = {n for s in open(where + "/sessions.jsonl")
         for n in json.loads(s)["files"]}
assert named == files and len(files) == 10, (named, files)
of = {m["file"] for e in open(where + "/http.jsonl")
      for m in (json.loads(e)["request"], json.loads(e)["response"])
      if m["file"]}
assert of == files, of
PY
ok $? 'every file is listed twice, with its digest'
is "$(python3 - http/http.pcap.sessions $dir <<'PY'
import json, sys
one, two = ([json.loads(x) for x in open(d + "/http.jsonl")]
            for d in sys.argv[1:])
for e in two:
    for m in (e["request"], e["response"]):
        m["file"] = None
print(len(one), one == two)
PY
)" '11 True' '-e http alone: the same lines without files'
is "$(ls http/http.pcap.sessions | tr '\n' ' ')" \
    'capture.jsonl http.jsonl sessions.jsonl ' '... and nothing else'

"$tcpsession" -q -e http,objects -o tar --tar-only "$data/http.pcap"
tar xzf tar/*.tar.gz
is "$(diff -r http.pcap.sessions $dir)" '' '--tar-only: the same'

# What others export, we have too, byte for byte.
if command -v tshark >/dev/null; then
	for capture in "$data"/http.pcap "$data"/http6.pcap; do
		name=$(basename "$capture")
		rm -rf theirs ours
		tshark -q -r "$capture" --export-objects http,theirs \
		    >/dev/null 2>&1
		"$tcpsession" -q -e objects -o ours "$capture"
		is "$(python3 "$SRCDIR/tests/cli/objects.py" theirs ours)" '' \
		    "$name: every object of tshark"
	done
fi

# 150 connections, as they should be and as they should not.
is "$(python3 "$SRCDIR/tests/cli/exchanges.py" "$tcpsession" \
    "$SRCDIR/tests/cli/exchanges.want")" '' \
    'what was said, however it lies in packets'

case ${SANITIZE:-} in
*-fsanitize=*) skip 'what is hostile' 'a sanitizer has memory of its own' ;;
*) is "$(python3 "$SRCDIR/tests/cli/exchanges.py" "$tcpsession" costs)" '' \
    'what is hostile takes little memory, and time as its length' ;;
esac

if test -d "$cases"; then
	out=$(python3 "$cases/check-http" -x "$tcpsession" | tail -n 1)
	is "$out" "${out%% *} of ${out%% *} exchanges right" 'check-http'
fi
finish
