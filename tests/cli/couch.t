#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: node curl jq python3
# couch.t: what the manual does with CouchDB, to a server on the loopback
# interface that speaks its protocol: `make couch' brings it, with npm.
. "$(dirname "$0")/../lib/check.sh"

server=${BUILDDIR:-$here}/build/couch
test -d "$server/node_modules" || skip_all "no server; \`make couch' brings it"
mkdir db
(cd db && exec node "$server/server.js" .) >port 2>log &
pid=$!
trap 'kill $pid 2>/dev/null; wait; rm -rf "$work"' EXIT
while [ ! -s port ] && kill -0 $pid 2>/dev/null; do
	sleep 0.1
done
couch=http://127.0.0.1:$(cat port)
export couch

ln -s "$tcpsession" tcpsession
PATH=$work:$PATH
cp "$data/http.pcap" .
sed -n '/^\.Sh DATABASES/,/^\.Sh SEE ALSO/p' \
    "$SRCDIR/man/tcpsession-examples.7" >databases.1

# everything NAME: documents and attachments of both databases in one tree.
everything() {
	mkdir "$1"
	for db in flows sessions; do
		curl -fsS "$couch/$db/_all_docs?include_docs=true" |
		    jq -c '.rows[].doc' >"$1/$db"
		jq -r '._id as $id | (._attachments // {} | keys[]) |
		    "\($id | @uri)/\(.) \($id | .[-27:])-\(.)"' "$1/$db" |
		    while read -r path name; do
			curl -fsS "$couch/$db/$path" >"$1/$name"
		done
	done
}

run python3 "$SRCDIR/tests/cli/examples.py" databases.1
is "$status" 0 'the commands of the manual work'
test "$status" = 0 || printf '%s\n' "$out" "$err" | sed 's/^/# /'
everything first
is "$(jq -r '"\(.community_id) \(.start)" == ._id' first/flows | uniq -c |
    sed 's/^ *//')" '2 true' 'two documents of the index, with their ids'
jq -cS 'del(._id, ._rev)' first/flows | sort >got
"$tcpsession" -s --format json http.pcap | jq -cS . | sort >wanted
same wanted got '... are those lines'
jq -cS 'del(._id, ._rev, ._attachments)' first/sessions | sort >got
jq -cS . docs/*/*.json | sort >wanted
same wanted got 'the documents of --json are there'
cat first/*-c2s first/*-s2c | md5sum >got
cat docs/*/*.c2s docs/*/*.s2c | md5sum >wanted
same wanted got '... and the bytes of both sides with them'

run python3 "$SRCDIR/tests/cli/examples.py" databases.1
is "$status" 0 'a second time'
everything second
same first second '... changes nothing'
finish
