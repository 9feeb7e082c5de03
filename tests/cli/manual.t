#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# manual.t: every option has an example, which examples.t runs; every message is
# in DIAGNOSTICS, every key, word and limit in tcpsession-formats(5).
. "$(dirname "$0")/../lib/check.sh"

tests=$SRCDIR/tests/cli
page=$SRCDIR/man/tcpsession.1
uses=$SRCDIR/man/tcpsession-examples.7
formats=$SRCDIR/man/tcpsession-formats.5

run python3 "$tests/manual.py" "$tcpsession" "$page" "$uses"
is "$status $out$err" '0 ' 'every option has an example'
run python3 "$tests/messages.py" "$SRCDIR" "$page"
is "$status $out$err" '0 ' 'every error and warning is in DIAGNOSTICS'
run python3 "$tests/formats.py" "$tcpsession" "$SRCDIR" "$formats"
is "$status $out$err" '0 ' 'every key and word of the output is explained'
run python3 "$tests/limit_rows.py" "$SRCDIR" "$formats"
is "$status $out$err" '0 ' 'every limit is in LIMITS, as it is, and is tried'
ok $(($(wc -l <"$page") > 1200)) 'the manual page is one that can be read'

# It would be noticed.
grep -v -e 'names=tcpflow' -e 'strict' "$uses" >cut.7
is "$(python3 "$tests/manual.py" "$tcpsession" "$page" cut.7 | paste -sd ' ')" \
    '--filter-file --names --strict' 'an option without an example is found'
grep -v -e 'no capture found' -e 'changed while' "$page" >cut.1
is "$(python3 "$tests/messages.py" "$SRCDIR" cut.1 | sed 's/.*: //' |
    paste -sd ,)" 'changed while it was read,no capture found' \
    'a message that is not explained is found'
grep -v -e 'It Cm since_last' -e 'It Cm base64' -e '^.Cm synack' \
    -e 'It Cm keep-alive' "$formats" >cut.5
is "$(python3 "$tests/formats.py" "$tcpsession" "$SRCDIR" cut.5 |
    paste -sd ' ')" 'base64 keep-alive keep_alive since_last synack' \
    'a key or word that is not explained is found'
sed 's/^250,000;/250,001;/' "$formats" >cut.5
is "$(python3 "$tests/limit_rows.py" "$SRCDIR" cut.5 | wc -l)" 2 \
    'a limit that is another is found'
finish
