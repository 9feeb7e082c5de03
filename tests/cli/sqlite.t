#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: sqlite3 python3 jq
# sqlite.t: what the manual does with SQLite, a second time, and what is in it.
. "$(dirname "$0")/../lib/check.sh"

test "$(sqlite3 :memory: "SELECT '{\"a\":1}'->>'a'" 2>/dev/null)" = 1 ||
    skip_all 'this sqlite3 has no ->>'
ln -s "$tcpsession" tcpsession
PATH=$work:$PATH
cp "$data/http.pcap" .
{
	sed -n '/^\.Sh DATABASES/,/^Into CouchDB/p' "$SRCDIR/man/tcpsession-examples.7"
	echo '.Sh SEE ALSO'
} >databases.1

run python3 "$SRCDIR/tests/cli/examples.py" databases.1
is "$status" 0 'the commands of the manual work'
test "$status" = 0 || printf '%s\n' "$out" "$err" | sed 's/^/# /'
sqlite3 flows.db .dump >first
sqlite3 flows.db 'SELECT d FROM flow ORDER BY id' | sort >got
"$tcpsession" -s --format json http.pcap | sort >wanted
same wanted got 'the index is there, line by line'
sqlite3 flows.db 'SELECT d FROM session' | jq -cS . | sort >got
jq -cS . docs/*/*.json | sort >wanted
same wanted got '... and the documents'
sqlite3 flows.db "SELECT writefile('got', c2s) FROM session
    WHERE d->>'sport' = 36118" >n
same docs/*/*36118*.c2s got '... and the bytes'
run python3 "$SRCDIR/tests/cli/examples.py" databases.1
is "$status" 0 'a second time'
sqlite3 flows.db .dump >second
same first second '... changes nothing'
finish
