#!/bin/sh
# needs: python3
# manual.t: every option has an example, which examples.t runs.
. "$(dirname "$0")/../check.sh"

manual=$SRCDIR/tests/cli/manual.py
page=$SRCDIR/man/tcpsession.1

run python3 "$manual" "$tcpsession" "$page"
is "$status $out$err" '0 ' 'every option has an example'

# It would be noticed.
grep -v -e 'names=tcpflow' -e 'strict' "$page" >cut.1
is "$(python3 "$manual" "$tcpsession" cut.1 | tr '\n' ' ')" \
    '--filter-file --names --strict ' 'one that has none is found'
finish
