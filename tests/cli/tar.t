#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3 tar xz zstd
# tar.t: the tar beside loose files and instead of them, read back by others.
. "$(dirname "$0")/../lib/check.sh"

mkdir in in/sub
cp "$data/http.pcap" "$data/lossy.pcap" "$data/nano.pcap" in
cp "$data/ssh.pcap" in/sub
cp "$data/ssh.pcap" 'in/sub/odd name é.pcap'
cp "$data/ssh.pcap" "in/$(printf '%0100d' 7).pcap"
"$mkpcap" -o in/two-holes.pcap "$conv/two-holes.conv"

# A direction of 10 GB, but for eighteen bytes never captured.
cat >big.conv <<'CONV'
handshake
> "start"
wait 1
< ack 2000000000
> seq 2000000000 "two"
<
wait 1
< ack 4000000000
> seq 4000000000 "four"
<
wait 1
< ack 6000000000
> seq 6000000000 "six"
<
wait 1
< ack 8000000000
> seq 8000000000 "8"
<
wait 1
< ack 10000000000
> seq 10000000000 "ten"
<
close
CONV
"$mkpcap" -o "in/big é.pcap" big.conv

# compare.py LOOSE EXTRACTED [sparse]: names, modes, times and bytes, without
# a look at holes.
cat >compare.py <<'PY'
import os, sys

def names(top):
    found = set()
    for path, directories, files in os.walk(top):
        for name in directories + files:
            found.add(os.path.relpath(os.path.join(path, name), top))
    return found

def extents(fd, size):
    at = 0
    while at < size:
        try:
            at = os.lseek(fd, at, os.SEEK_DATA)
        except OSError:
            return
        end = min(os.lseek(fd, at, os.SEEK_HOLE), size)
        yield at, end
        at = end

def covered(a, b, size):
    """Where either file has bytes."""
    spans = sorted(list(extents(a, size)) + list(extents(b, size)))
    return spans

def same_bytes(p, q, size):
    with open(p, "rb") as a, open(q, "rb") as b:
        for at, end in covered(a.fileno(), b.fileno(), size):
            while at < end:
                n = min(end - at, 1 << 20)
                if os.pread(a.fileno(), n, at) != os.pread(b.fileno(), n, at):
                    return False
                at += n
    return True

loose, other = sys.argv[1:3]
wrong = sorted(names(loose) ^ names(other))
for name in names(loose) & names(other):
    p, q = os.path.join(loose, name), os.path.join(other, name)
    a, b = os.lstat(p), os.lstat(q)
    if a.st_mode != b.st_mode:
        wrong.append("mode of " + name)
    if not os.path.isfile(p):
        continue
    if a.st_size != b.st_size or not same_bytes(p, q, a.st_size):
        wrong.append("bytes of " + name)
    if int(a.st_mtime) != int(b.st_mtime):
        wrong.append("time of " + name)
    if "sparse" in sys.argv and b.st_blocks > a.st_blocks + 64:
        wrong.append("holes of " + name)
print("\n".join(wrong))
PY

run "$tcpsession" -q -r -e all -o loose -c in
is "$status$err" 0 '--create-tar'
mv loose/sessions.tar.gz packed.tar.gz
run "$tcpsession" -q -r -e all -o loose --resume --create-tar in
is "$status" 0 'with --resume what was there before is packed'
same packed.tar.gz loose/sessions.tar.gz 'the tar is the same again'
rm loose/sessions.tar.gz

TMPDIR=$work/scratch
export TMPDIR
mkdir scratch
run "$tcpsession" -q -r -e all -o only --tar-only in
is "$status$err" 0 '--tar-only'
is "$(ls -A only scratch)" "only:
sessions.tar.gz

scratch:" 'it makes no other file'
is "$(stat -c %a only/sessions.tar.gz)" 600 'of mode 0600'
mv only/sessions.tar.gz streamed.tar.gz
"$tcpsession" -q -r -e all -o only --tar-only in
same streamed.tar.gz only/sessions.tar.gz 'and the same file again'
TMPDIR=$work

"$tcpsession" -q -r -e all -o - --tar-only in >stdout.tar.gz
same streamed.tar.gz stdout.tar.gz '-o - is the same on standard output'
is "$(ls -d ./-* 2>/dev/null)" '' 'and there is no directory -'

# ------------------------------------------------------- read back by others

for tar in packed streamed; do
	mkdir gnu
	err=$(tar -xpSzf $tar.tar.gz -C gnu 2>&1)
	is "$err$(python3 compare.py loose gnu sparse)" '' \
	    "GNU tar extracts what is loose, $tar"
	chmod -R u+rwx gnu
	rm -rf gnu

	mkdir py
	python3 - $tar.tar.gz <<'PY'
import sys, tarfile
with tarfile.open(sys.argv[1]) as tar:
    tar.extractall("py")
PY
	is "$?$(python3 compare.py loose py)" 0 \
	    "Python extracts what is loose, $tar"
	rm -rf py

	if command -v bsdtar >/dev/null; then
		mkdir bsd
		err=$(LC_ALL=C.UTF-8 bsdtar -xpSf $tar.tar.gz -C bsd 2>&1)
		is "$err$(python3 compare.py loose bsd)" '' \
		    "bsdtar extracts what is loose, $tar"
		rm -rf bsd
	else
		skip "bsdtar extracts, $tar" 'bsdtar is missing'
	fi
done

is "$(tar --quoting-style=literal -tzf packed.tar.gz | grep -v '/$' | sort)" \
    "$(cd loose && find . -type f | sed 's,^./,,' | sort)" \
    'GNU tar lists what is loose'
is "$(tar -tzf packed.tar.gz | grep sub/ssh)" \
    "$(tar -tzf packed.tar.gz | grep sub/ssh | sort)" \
    '-c packs sorted by name'
is "$(tar -tzf streamed.tar.gz | grep sub/ssh | sed '1d; s,.*/,,' | tail -n 3)" \
    "sessions.jsonl
report.html
capture.jsonl" '--tar-only ends each capture with its index'

python3 - <<'PY'
import tarfile
def members(name):
    found = {}
    with tarfile.open(name) as tar:
        for m in tar:
            assert (m.uid, m.gid, m.uname, m.gname) == (0, 0, "", "")
            assert m.mode == (0o700 if m.isdir() else 0o600), m.name
            assert m.isdir() or m.isfile(), m.name
            assert not m.name.startswith("/") and ".." not in m.name
            assert m.mtime == int(m.mtime)
            assert bool(m.pax_headers) == bool(m.sparse), m.name
            assert m.name not in found
            found[m.name] = (m.size, m.sparse, m.isdir() or m.mtime)
    return found
packed, streamed = members("packed.tar.gz"), members("streamed.tar.gz")
assert packed == streamed, set(packed.items()) ^ set(streamed.items())
big = [m for m in packed.values() if m[0] > 8 << 30]
assert len(big) == 1 and big[0][0] == 10000000003 and big[0][1], big
PY
ok $? 'owners, modes, times; pax headers where there are holes alone'

# A file of more than 8 GiB is no trouble without holes either: the size is
# all that a header must hold.
is "$(wc -c <streamed.tar.gz | awk '{ print ($1 < 4000000) }')" 1 \
    'holes take no room'

# -------------------------------------------------------------- compression

"$tcpsession" -q -e all -o cmp --tar-only --tar-compress none in/http.pcap
for word in gzip zstd xz; do
	case $word in
	gzip) suffix=gz ;;
	zstd) suffix=zst ;;
	xz) suffix=xz ;;
	esac
	for again in 1 2; do
		"$tcpsession" -q -e all -o cmp$again -t night- --tar-only \
		    --tar-compress $word in/http.pcap
	done
	same cmp1/night-sessions.tar.$suffix cmp2/night-sessions.tar.$suffix \
	    "$word, twice the same"
	$word -dc cmp1/night-sessions.tar.$suffix >plain.tar
	same plain.tar cmp/sessions.tar "$word holds the plain tar"
done
is "$(od -An -tx1 -N10 streamed.tar.gz | tr -d ' ' | cut -c 1-16)" \
    1f8b080000000000 'the gzip header has no time and no name'

"$tcpsession" -q --continuous -o cont -c "$data"/rotated-?.pcap
is "$(tar -tzf cont/sessions.tar.gz | head -n 1)" continuous.sessions/ \
    '-c with --continuous'

# ------------------------------------------------------------------- misuse

run "$tcpsession" -t x in/http.pcap
is "$status" 2 '--tar-prefix without a tar'
run "$tcpsession" -c -t a/b in/http.pcap
is "$status" 2 '--tar-prefix that is a path'
run "$tcpsession" -c --tar-compress lzma in/http.pcap
is "$status" 2 '--tar-compress with a word unknown'
run "$tcpsession" --tar-only --resume in/http.pcap
is "$status" 2 '--tar-only --resume'
run "$tcpsession" -o - in/http.pcap
is "$status" 2 '-o - without --tar-only'
run "$tcpsession" -o - -c in/http.pcap
is "$status" 2 '-o - -c'
run "$tcpsession" -q -o both -c --tar-only in/http.pcap
is "$status$(ls both)" 0sessions.tar.gz '-c --tar-only is --tar-only'
mkdir -p busy/sessions.tar.gz
run "$tcpsession" -q -o busy --tar-only in/http.pcap
is "$status $(printf '%s\n' "$err" | wc -l)" '4 1' 'a directory in its place'

# ----------------------------------------------------------------- failures

mkdir empty
echo old >empty/sessions.tar.gz
cp empty/sessions.tar.gz old
echo garbage >garbage.pcap
run "$tcpsession" -q -o empty --tar-only garbage.pcap
is "$status" 3 'nothing could be read'
same empty/sessions.tar.gz old 'then an earlier tar stays'
touch empty/.sessions.tar.gz.abc123
"$tcpsession" -q -o empty --tar-only in/http.pcap
is "$(ls -A empty)" sessions.tar.gz 'what a killed run left is swept'
tar -tzf empty/sessions.tar.gz >/dev/null
ok $? 'and the tar replaced'

for n in 1 2; do
	if [ -c /dev/full ]; then
		"$tcpsession" -j $n -q --tar-only -o - in/http.pcap >/dev/full \
		    2>err
		is "$? $(wc -l <err)" '4 1' "standard output is full, -j $n"
	fi
	{
		"$tcpsession" -j $n -q -r --tar-only --tar-compress none -o - \
		    in 2>err
		echo $? >status
	} | head -c 10 >/dev/null
	is "$(cat status err)" 0 "a reader who goes away is no error, -j $n"
done

mkfifo pipe
for signal in HUP KILL; do
	mkdir killed
	echo old >killed/sessions.tar.gz
	exec 9<>pipe
	head -c 200000 "$data/lossy.pcap" >&9 &
	(exec 9>&- && exec "$tcpsession" -q -o killed --tar-only pipe) &
	pid=$!
	sleep 0.5
	kill -$signal $pid
	wait $pid 2>/dev/null
	test $? -gt 128
	ok $? "SIG$signal ends the run"
	exec 9>&-
	is "$(cat killed/sessions.tar.gz)" old 'and leaves an earlier tar'
	test $signal = KILL ||
	    is "$(ls -A killed)" sessions.tar.gz 'and nothing else'
	rm -rf killed
done

# What ends a pipe is the end of the tar.
mkdir ended
exec 9<>pipe
(exec 9>&- && exec "$tcpsession" -q -o ended --tar-only pipe) &
pid=$!
cat "$data/http.pcap" >&9
until_true 'test -n "$(ls -A ended)"'
kill -TERM $pid
wait $pid
is "$? $(tar -tf ended/sessions.tar.gz | grep -c 'pipe.sessions/.*[.]c2s$')" \
    '0 2' 'SIGTERM on a pipe: the tar is there'
exec 9>&-

# A stream cannot be taken back: it is closed, and says what it lacks.
if can_trace; then
	strace -f -qq -o /dev/null -e trace=read -P "$data/lossy.pcap" \
	    -e inject=read:signal=SIGTERM:when=2 "$tcpsession" -q -j 1 \
	    --tar-only --tar-compress none -o - "$data/http.pcap" \
	    "$data/lossy.pcap" "$data/ssh.pcap" >stopped.tar
	test $? -gt 128
	ok $? 'a stream that a signal interrupts'
	is "$(tar -tf stopped.tar | grep -c '/capture.jsonl$')" 2 \
	    '... is a tar, with the capture at hand and those before'
	is "$(tar -xOf stopped.tar lossy.pcap.sessions/capture.jsonl |
	    grep -c '"complete":false,"incomplete":\["interrupted"\]')" 1 \
	    '... which says so'
else
	skip 'a stream that a signal interrupts' 'strace does not work here'
fi

for blocks in 1 8 50 100; do
	for how in -c '--tar-only -j 1' '--tar-only -j 2'; do
		mkdir full
		"$tcpsession" -q -o full in/http.pcap in/lossy.pcap
		(
			ulimit -f $blocks
			"$tcpsession" -q -o full $how --tar-compress none \
			    in/http.pcap in/lossy.pcap 2>err
			echo $? >"$work/status"
		)
		test "$how" = -c || is "$(wc -l <err)" 1 "one message, $how"
		is "$(cat status)$(ls -A full | grep -v 'pcap.sessions$')" 4 \
		    "no room beyond $blocks blocks: no tar, $how"
		rm -rf full
	done
done

cat >tmpfs.sh <<'SH'
# tmpfs.sh SIZE: the statuses of -c and --tar-only in SIZE KB of room, and all
# that has a tar's name.
mount -t tmpfs -o size="$1"k tmpfs room || exit 9
export TMPDIR=$PWD/room
"$TCPSESSION" -q -o room/c -e raw -c --tar-compress none in/http.pcap in/nano.pcap
a=$?
"$TCPSESSION" -q -o room/t -e raw --tar-only --tar-compress none in/http.pcap
echo $a $? $(cd room && ls -A c t | grep tar)
for tar in room/*/*.tar; do
	test ! -f "$tar" || tar -tf "$tar" >/dev/null || echo "$tar is cut"
done
umount room
SH
mkdir room
if unshare -rm sh -c 'mount -t tmpfs tmpfs room' 2>/dev/null; then
	export TCPSESSION="$tcpsession"
	wrong=
	last=
	for size in $(seq 8 8 320); do
		last=$(unshare -rm sh tmpfs.sh "$size" 2>/dev/null)
		case $last in
		'4 4' | '4 0 sessions.tar' | '0 4 sessions.tar') ;;
		'0 0 sessions.tar sessions.tar') ;;
		*) wrong="$wrong $size: $last" ;;
		esac
	done
	is "$wrong" '' 'a disk of any size: a whole tar or none'
	is "$last" '0 0 sessions.tar sessions.tar' 'and at last it is enough'
else
	skip 'a disk of any size' 'tmpfs cannot be mounted'
fi

finish
