#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# examples.t: the commands of README and of the manual work as they stand.
. "$(dirname "$0")/../lib/check.sh"

ln -s "$tcpsession" tcpsession
PATH=$work:$PATH
mkdir readme manual
ln -s "$data" readme/data
(cd manual && cp "$data"/*.pcap* "$data"/*.keys . && ln -s "$data" captures)
{
	(cd readme && python3 "$SRCDIR/tests/cli/examples.py" \
	    "$SRCDIR/README") || echo failed
	(cd manual && python3 "$SRCDIR/tests/cli/examples.py" \
	    "$SRCDIR/man/tcpsession.1" \
	    "$SRCDIR/man/tcpsession-examples.7") || echo failed
} >said
# Two lists as one.
awk '/^1\.\./ { before += substr($0, 4); next }
/ok [0-9]/ { sub(/ok [0-9]+/, "ok " ++n) }
$0 != "failed" { print }
$0 == "failed" { bad = 1 }
END { print "1.." n; exit bad || n < 25 }' said
