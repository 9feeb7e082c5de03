#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3 jq
# jq.t: what tcpsession-formats(5) makes of http.jsonl for other programs.
. "$(dirname "$0")/../lib/check.sh"

ln -s "$tcpsession" tcpsession
PATH=$work:$PATH
cp "$data/http.pcap" .
python3 "$SRCDIR/tests/cli/examples.py" \
    "$SRCDIR/man/tcpsession-formats.5" >said
is "$(grep -c '^ok' said) $(grep '^not ok' said)" '7 ' 'the commands work'
grep '^#' said
is "$(sed -n '2s/#fields	//p' http.log | tr '\t' '\n' | wc -l)" \
    "$(sed -n '3p' http.log | tr '\t' '\n' | wc -l)" \
    'http.log: as many columns as names'
is "$(($(wc -l <http.log) - 2)) $(wc -l <eve.json)" \
    "$(cat web/*/http.jsonl | wc -l) $(cat web/*/http.jsonl | wc -l)" \
    '... and eve.json: as many lines as exchanges'
is "$(jq -c '[.log.version, (.log.entries[] | keys_unsorted)] | unique' \
    http.har)" '["1.2",["startedDateTime","time","request","response","cache","timings"]]' \
    'http.har: what an entry must have'
finish
