#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3 gzip
# cron.t: what runs every night on a capture server.
. "$(dirname "$0")/../lib/check.sh"

# Two hundred captures in a tree, and what such a tree has besides.
mkdir tree
i=0
for day in 01 02 03 04 05; do
	mkdir -p "tree/2026-11-$day/deep/er"
	for host in a b c d e f g h i j k l m n o p q r s t; do
		i=$((i + 1))
		printf 'client 10.0.%d.1:4000\nhandshake\n> "q%d"\n< "a"\nclose\n' \
		    $((i % 250)) $i | capture one
		cp one "tree/2026-11-$day/$host.pcap"
		gzip -nc one >"tree/2026-11-$day/deep/er/$host.pcap.gz"
	done
done
cp "$data/http.pcap" 'tree/without a name'
cp "$data/http6.pcap.zst" tree/
head -c 9000 "$data/http.pcap" >tree/cut.pcap
gzip -nc "$data/http.pcap" | head -c 5000 >tree/cut.pcap.gz
head -c 3000 /dev/urandom >tree/garbage.pcap
head -c 3000 /dev/urandom >tree/garbage.bin
echo 'not for you' >tree/notes.txt
: >tree/empty.pcap
: >tree/empty.txt
head -c 24 "$data/http.pcap" >tree/nothing-in-it.pcap
mkfifo tree/fifo.pcap
ln -s .. tree/loop
ln -s ../2026-11-01 tree/2026-11-02/again
ln -s "$data/ssh.pcap" tree/link.pcap
ln -s nowhere tree/dangling.pcap
cp "$data/nano.pcap" tree/locked.pcap
chmod 0 tree/locked.pcap
mkdir tree/locked
cp "$data/nano.pcap" tree/locked/
chmod 0 tree/locked
mkdir -p tree/old.sessions tree/.x.sessions.AbCdEf
echo '{"program":"tcpsession"' >tree/old.sessions/capture.jsonl
cp "$data/nano.pcap" tree/old.sessions/
cp "$data/nano.pcap" tree/.x.sessions.AbCdEf/
touch -d '1 hour ago' one
find tree -type f -exec touch -r one {} +
cp "$data/nano.pcap" tree/being-written.pcap

# As root all may be read: without that privilege, as others.
as=
if [ "$(id -u)" = 0 ]; then
	drop=-dac_override,-dac_read_search
	if setpriv --bounding-set=$drop cat tree/locked.pcap >/dev/null 2>&1 ||
	    ! setpriv --bounding-set=$drop true 2>/dev/null; then
		chmod 600 tree/locked.pcap
		chmod 700 tree/locked
		rm -r tree/locked tree/locked.pcap
	else
		as="setpriv --bounding-set=$drop"
	fi
fi
nightly() {
	run $as "$tcpsession" -r --resume --min-age 600 -o out "$@" tree
}

nightly
is "$status" 1 'the first night: 1'
printf '%s\n' "$err" | sed 's/:.*//' | sort -u >who
is "$(cat who)" tcpsession '... every line is of ours'
for name in cut.pcap cut.pcap.gz garbage.pcap empty.pcap; do
	like "$err" "^tcpsession: tree/$name: " "... $name is told"
done
if [ -e tree/locked ]; then
	like "$err" '^tcpsession: tree/locked: cannot be read: Perm' \
	    '... a directory that may not be read is'
	like "$err" '^tcpsession: tree/locked.pcap: .*Perm' '... a file is'
	wanted=6
else
	skip '... a directory that may not be read' 'root may'
	skip '... a file' 'root may'
	wanted=4
fi
is "$(printf '%s\n' "$err" | wc -l | tr -d ' ')" $wanted \
    '... each once, and no more'

(cd tree && find 2026* -type f | sort && printf '%s\n' 'without a name' \
    http6.pcap.zst cut.pcap cut.pcap.gz nothing-in-it.pcap) | sort >wanted
(cd out && find . -name '*.sessions' | sed 's,^\./,,; s/\.sessions$//') |
    sort >got
same wanted got '... all that can be read has its place, nothing else'
python3 - out wanted <<'PY'
import glob, os, sys
out, names = sys.argv[1], open(sys.argv[2]).read().split("\n")[:-1]
for name in names:
    top = os.path.join(out, name + ".sessions")
    text = glob.glob(os.path.join(glob.escape(top), "*.txt"))
    assert text or name == "nothing-in-it.pcap", name
assert len(names) == 205, len(names)
PY
ok $? '... with every session in it'
is "$(python3 "$rebuild" check out | sed 's/.*, //')" '0 wrong' '... whole'

cp -Rp out before
python3 - "$as" "$tcpsession" -r --resume --min-age 600 -o out tree \
    >times 2>again <<'PY'
import subprocess, sys, time
begun = time.monotonic()
status = subprocess.run(sys.argv[1].split() + sys.argv[2:]).returncode
print(status, "soon" if time.monotonic() - begun < 1 else "late")
PY
is "$(cat times)" '1 soon' \
    'the second night: what cannot be read is told again, in no time'
grep -c -e /cut again >count
is "$(cat count)" 0 '... what was cut is not'
same before out '... and nothing was done'
(cd before && find . -type d -exec stat -c '%n %Y' {} + | sort) >times.before
(cd out && find . -type d -exec stat -c '%n %Y' {} + | sort) >times.after
same times.before times.after '... not even the same thing again'

chmod 700 tree/locked 2>/dev/null
rm -rf tree/garbage.pcap tree/empty.pcap tree/locked tree/locked.pcap
nightly -q
is "$status $err" '1 ' 'the bad ones are gone: in silence, but one is cut'
touch -r one tree/being-written.pcap
rm -rf out/2026-11-03
nightly -q
is "$status $err" '1 ' 'one that was finished, and some lost output'
cp -Rp out after
rm -rf out/being-written.pcap.sessions
same before out '... are there'
same "$(echo after/being*/*.c2s)" \
    "$("$tcpsession" -o n "$data/nano.pcap" && echo n/*/*.c2s)" '... whole'

# ------------------------------------------------------------- depth, limits

deep=deep
i=0
while [ $i -lt 260 ]; do
	deep=$deep/d
	i=$((i + 1))
done
mkdir -p "$deep" deep/d/d
cp "$data/http.pcap" deep/d/d/near.pcap
(cd deep/d && cp "$data/http.pcap" "${deep#deep/d/}/far.pcap")
run "$tcpsession" -r -o d deep
is "$status" 1 'a tree that is too deep: 1'
like "$err" '^tcpsession: deep/d/.*/d: .*Too many levels' '... says where'
is "$(find d -name '*.pcap.sessions')" d/d/d/near.pcap.sessions \
    '... the rest is read'

# Output below the input: the second run finds what the first one did.
mkdir self
cp "$data/http.pcap" self/
"$tcpsession" -r --json -o self/out self
(cd self && find . | sort) >first
run "$tcpsession" -r --json -o self/out self
(cd self && find . | sort) >second
same first second 'own output below the input is passed over'
cp "$data/nano.pcap" self/out/http.pcap.sessions/planted.pcap
run "$tcpsession" -r --json -o o3 self
is "$status $(find o3 -name '*.sessions')" '0 o3/http.pcap.sessions' \
    '... with all that is in it'

# ------------------------------------------------------- it changes meanwhile

"$tcpsession" -o grown "$data/http.pcap"
head -c 12000 "$data/http.pcap" >growing.pcap
run "$tcpsession" -q -o g growing.pcap
is "$status" 1 'a capture that ends within a packet: 1'
cp "$data/http.pcap" growing.pcap
run "$tcpsession" --resume -o g growing.pcap
is "$status $err" '0 ' '... and it has grown since: read again'
(cd grown/http.pcap.sessions && cksum ./*.c2s) >wanted
(cd g/growing.pcap.sessions && cksum ./*.c2s) >got
same wanted got '... it is whole now'

# changed HOW: what the run says of a capture that is changed while it is
# read: appended to, truncated, or another one moved to its name.
changed() {
	python3 - "$1" "$tcpsession" "$data/http.pcap" 2>messages <<'PY'
import glob, os, subprocess, sys, time
how, program, capture = sys.argv[1:]
data = open(capture, "rb").read()
first = 24 + 16 + int.from_bytes(data[32:36], "little")
# Large enough that reading it takes longer than the first look at it.
with open("live.pcap", "wb") as f:
    f.write(data[:24])
    for i in range(8000):
        f.write(data[24:])
run = subprocess.Popen([program, "-e", "none", "-o", "live", "live.pcap"])
# It has been opened when its output is begun.
while run.poll() is None and not glob.glob("live/.live*"):
    time.sleep(0.001)
if how == "grow":
    with open("live.pcap", "ab") as f:
        while run.poll() is None:
            f.write(data[24:first])
            f.flush()
            time.sleep(0.01)
elif how == "truncate":
    os.truncate("live.pcap", 1000)
else:
    with open("new.pcap", "wb") as f:
        f.write(data)
    os.rename("new.pcap", "live.pcap")
print(run.wait())
PY
}
is "$(changed grow)" 1 'a capture that grows while it is read: 1'
like "$(cat messages)" 'live.pcap: changed while it was read' '... says so'
run "$tcpsession" -e none -o live live.pcap
is "$status" 0 '... and 0 when it is at rest'
is "$(changed truncate)" 1 'a capture that shrinks while it is read: 1'
like "$(cat messages)" 'live.pcap: changed while it was read' '... says so'
is "$(changed replace) $(cat messages)" '0 ' \
    'one that another takes the name of is read to its end'
is "$(value live/live.pcap.sessions/capture.jsonl 'd["packets"]')" 384000 \
    '... all of it'
run "$tcpsession" -e none -o live --resume live.pcap
is "$status $(value live/live.pcap.sessions/capture.jsonl 'd["packets"]')" \
    '0 48' '... and the next run takes the other'
finish
