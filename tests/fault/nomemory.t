#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# nomemory.t: the system gives no more memory: sessions are ended early and
# that is told, or the capture ends; the next one is read as if nothing had
# been.
. "$(dirname "$0")/../lib/check.sh"

case ${SANITIZE:-} in
*-fsanitize=*) skip_all 'a sanitizer has memory of its own' ;;
esac
python3 "$SRCDIR/tests/fault/hostile.py" concurrent 20000 >hog.pcap
cp "$data/http.pcap" http.pcap
"$tcpsession" -o clean http.pcap

# limited KILOBYTES OPTION...: both captures within so much address space.
limited() {
	rm -rf o
	run sh -c 'ulimit -v "$1"; shift; exec "$@"' - "$1" "$tcpsession" \
	    -j 1 -M 4G -o o hog.pcap http.pcap
}

limited 1000000
is "$status $err" '0 ' 'with room for all nothing is told'
short=0
for room in 96000 108000 120000; do
	limited $room
	case $status in
	1)
		short=$((short + 1))
		like "$err" 'hog.pcap: .* ended early for want of memory' \
		    "$room KB: sessions were ended early, and it is told"
		;;
	4)
		short=$((short + 1))
		is "$(ls -A o)|$err" "http.pcap.sessions|tcpsession: hog.pcap: \
out of memory; nothing of it was published" \
		    "$room KB: the capture ends, and nothing of it is left"
		;;
	*) is "$status" '0' "$room KB: enough" ;;
	esac
	same clean/http.pcap.sessions o/http.pcap.sessions \
	    '... the other capture is read'
done
test $short -gt 0
ok $? 'one of them was short'
finish
