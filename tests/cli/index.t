#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3 tar
# index.t: index.html, the page of several captures.
. "$(dirname "$0")/../lib/check.sh"

mkdir -p in/sub
cp "$data/http.pcap" "$data/lossy.pcap" in/
cp "$data/nano.pcap" 'in/sub/<b>.pcap'
echo junk >in/bad.pcap
head -c 9000 in/http.pcap >in/cut.pcap

# rows PAGE: its rows, and what must be so of every page.
cat >rows.py <<'PY'
import base64, hashlib, json, re, sys
page = open(sys.argv[1], encoding="utf-8").read()
assert '<meta name="generator" content="tcpsession">' in page[:1024]
data = dict(re.findall(r'<script type="application/json" id="(\w+)">(.*?)</script>', page))
assert set(data) == {"capture", "captures"}, set(data)
assert not any("<" in d for d in data.values())
for what in "script", "style":
    text, = re.findall("<%s>(.*?)</%s>" % (what, what), page, re.S)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    assert "%s-src 'sha256-%s'" % (what, digest) in page[:1024], what
capture = json.loads(data["capture"])
assert (capture["version"], capture["unit"]) == (1, 1000)
for row in json.loads(data["captures"])["rows"]:
    print(*row, sep="|")
PY
rows() {
	python3 rows.py "$1"
}

run "$tcpsession" -r -j 1 -e none --report -o o in
is "$status $(rows o/index.html)" '1 |bad.pcap|0|0|0|0|0|0|0|0|3|no capture file: begins with 6a 75 6e 6b
cut.pcap.sessions|cut.pcap|9000|0|1554|16|1|6976|0|1|1|cut
http.pcap.sessions|http.pcap|18836|0|18516|48|2|14844|0|0|0|
lossy.pcap.sessions|lossy.pcap|545882|1719023|1764236|490|1|490014|0|0|0|
sub/<b>.pcap.sessions|sub/<b>.pcap|8148|5059999|7029059|78|1|1712|0|0|0|' \
    'a row for each capture, also for one that failed'
is "$(stat -c %a o/index.html)" 600 '... for its owner alone'
"$tcpsession" -q -r -j 4 -e none --report -o o4 in
cmp -s o/index.html o4/index.html
ok $? '... the same with -j 4'

# What an earlier run has left is listed as if it had been read now.
cp -p o/index.html before
run "$tcpsession" -r -q --resume -e none --report -o o in
cmp -s o/index.html before
ok $? 'with --resume: the same'
rm in/cut.pcap
touch in/lossy.pcap
run "$tcpsession" -q --resume --min-age 3600 -e none --report -o o in
is "$(rows o/index.html | grep lossy)" \
    'lossy.pcap.sessions|lossy.pcap|545882|1719023|1764236|490|1|490014|0|0|0|' \
    'one that is left for later, with what there is of it'

# Who else's it is.
echo mine >o/index.html
run "$tcpsession" -q -e none --report -o o in
is "$status $(cat o/index.html) $(printf '%s\n' "$err" | grep -c index.html)" \
    '4 mine 1' "somebody's index.html stays"
run "$tcpsession" -q --force -e none --report -o o in
is "$status $(rows o/index.html | wc -l)" '1 3' '... but for --force'
is "$(find o -maxdepth 1 -name '.index*')" '' 'nothing is left beside it'

# In a tar it is the last member.
"$tcpsession" -q -e none --report -c -o tar in
"$tcpsession" -q -e none --report --tar-only -o - in >stream.tar
for file in tar/sessions.tar.gz stream.tar; do
	is "$(tar tf $file | tail -n 1)" index.html "$file: the last member"
	tar xOf $file index.html >member
	cmp -s member o/index.html
	ok $? '... with the same bytes'
done

# One capture needs no list, whatever it is read from.
"$tcpsession" -q -e none --report -o one in/http.pcap
"$tcpsession" -q -e none -o without in
"$tcpsession" -q -e none --report --continuous -o all in
is "$(find one without all -name index.html)" '' 'none for one, nor without reports'
"$tcpsession" -q -e none --report -o two in/http.pcap in/lossy.pcap
is "$(rows two/index.html | wc -l)" 2 'for two PATHs'

finish
