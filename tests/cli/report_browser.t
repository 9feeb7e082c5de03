#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3 chromium
# report_browser.t: report.html in a real browser, as tests/report tries it.  Once
# is enough: under sanitizers the program makes such pages elsewhere.
. "$(dirname "$0")/../lib/check.sh"

case ${SANITIZE:-} in
?*) skip_all 'the same pages come without sanitizers' ;;
esac
TCPSESSION=$tcpsession MKPCAP=$mkpcap PYTHONDONTWRITEBYTECODE=1 \
    python3 "$SRCDIR/tests/report/run.py" "$data"
exit
