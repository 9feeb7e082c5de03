#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# js_rules.t: what a browser runs of what HTTP carried, rule by rule.
cd "$(dirname "$0")/../.." || exit 1
if ! command -v python3 >/dev/null; then
	echo "1..0 # SKIP conversations need python3"
	exit 0
fi
if ! [ -x "${MKPCAP:-build/tests/tools/mkpcap}" ]; then
	echo "1..0 # SKIP conversations need mkpcap (make check builds it)"
	exit 0
fi
exec python3 tests/captures/script_rules.py
