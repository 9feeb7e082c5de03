#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# losses.t: no counter of something lost that nobody is told of.  A row of
# base/loss.h has a word of the ledger, a message and an option that helps; here
# it is looked whether each row is counted, and each counter of decode and flow
# has a row.  messages.py looks for the messages in the manual.
. "$(dirname "$0")/../lib/check.sh"

src=$SRCDIR/src
rows=$(sed -n 's/^	ROW(\([A-Z0-9_]*\), [A-Z0-9_]*, "[a-z0-9_]*",.*/\1/p' \
    "$src/base/loss.h")
is "$(grep -c '^	ROW(' "$src/base/loss.h")" "$(echo "$rows" | wc -l)" \
    'each row has a word and a key'
is "$(for row in $rows; do
	grep -qw "LOSS_$row" "$src"/*/*.c || echo "$row"
done)" '' 'each row is counted somewhere'

# fields HEADER STRUCT: the names of its counters.
fields() {
	sed -n "/^struct $2 {/,/^};/s/^	uint64_t \([a-z_]*\);.*/\1/p" "$src/$1"
}

# collected HEADER STRUCT NAME...: all but these, by which nothing is lost, are
# collected.
collected() {
	header=$1
	struct=$2
	shift 2
	is "$(for name in $(fields "$header" "$struct"); do
		case " $* " in *" $name "*) continue ;; esac
		grep -q "[.>]$name\>" "$src/app/job_losses.c" || echo "$name"
	done)" '' "each counter of struct $struct is collected"
	test "$(fields "$header" "$struct" | wc -l)" -gt 5
	ok $? '... and there are some'
}

collected decode/defrag.h defrag_counts \
    fragments completed duplicates overlaps
# Late packets are copies of what was reported.
collected flow/flow.h flows_stats sessions told live echoes

words=$(sed -n 's/^	\[INCOMPLETE_[A-Z_]*\] = { "\([a-z ]*\)".*/\1/p' \
    "$src/base/incomplete.c")
is "$(echo "$words" | while read -r word; do
	grep -q "^\.Cm $word\( ,\)\{0,1\}$" "$SRCDIR/man/tcpsession-formats.5" ||
	    echo "$word"
done)" '' 'each word is in tcpsession-formats(5)'
finish
