#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# run.sh: the benchmark; `make bench SCALE=0.1 LOADS="S M"`.  See README.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
build=${BUILDDIR:-$top}/build/tests/bench
scale=${SCALE:-0.1}
loads=${LOADS:-S M L O A H W G R}

if ! command -v python3 >/dev/null; then
	echo "bench: python3 is missing" >&2
	exit 1
fi
if ! command -v tcpflow >/dev/null; then
	echo "bench: tcpflow is missing, no comparison with it" >&2
fi

# A file system in memory, when there is one with room for a capture and
# what comes out of it.
where=${BENCH_TMP:-}
if [ -z "$where" ]; then
	where=${TMPDIR:-/tmp}
	need=$(awk -v s="$scale" 'BEGIN { printf "%d", 2500000 * s + 100000 }')
	free=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
	if [ -w /dev/shm ] && [ "${free:-0}" -gt "$need" ]; then
		where=/dev/shm
	fi
fi
tmp=$(mktemp -d "$where/bench.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM

# shellcheck disable=SC2086 # loads are words
python3 "$here/measure.py" --gen "$build/gen" --floor "$build/floor" \
    --tcpsession "${TCPSESSION:-$top/tcpsession}" \
    --tcpflow "$(command -v tcpflow || true)" --tmp "$tmp" \
    --scale "$scale" --seed "${SEED:-1}" --rounds "${ROUNDS:-5}" \
    ${MORE:+--more} ${CAPTURES:+--captures "$CAPTURES"} $loads

if [ "${CAPTURES:-}" ]; then
	exit 0
fi
if [ "${TLS:-${MORE:-}}" ]; then
	python3 "$here/tls.py" "${TCPSESSION:-$top/tcpsession}" "$tmp" "$scale"
fi
if [ "${ATTACKS:-${MORE:-}}" ]; then
	python3 "$here/attacks.py" "${TCPSESSION:-$top/tcpsession}" "$tmp"
fi
