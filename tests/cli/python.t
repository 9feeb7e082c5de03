#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# python.t: man/examples/tcpsession.py, as it is and as the library was used whose
# class it has.
. "$(dirname "$0")/../lib/check.sh"

export PYTHONPATH="$SRCDIR/man/examples" PYTHONDONTWRITEBYTECODE=1
# The program, which notes that it was run.
cat >counted <<END
#!/bin/sh
echo run >>$work/runs
exec "$tcpsession" "\$@"
END
chmod +x counted
export TCPSESSION="$work/counted"
cp "$data"/*.pcap* .
for name in reuse-after-fin hole-acked crossing; do
	"$mkpcap" -o $name.pcap "$conv/$name.conv"
done
"$tcpsession" -e json --wire -o made ./*.pcap*

# What its README said.
cat >old.py <<'END'
import sys
from tcpsession import TCPSessions
pcap = sys.argv[1]
tcpsessions = TCPSessions(pcap)
tcpsessions.process_pcap()
tcpsessions.dump_all_sessions("your_output_dir")
print(tcpsessions.get_total_session_count())
END
: >runs
run python3 old.py http.pcap
is "$status $out $err" '0 2 ' 'TCPSessions, as its README has it'
is "$(wc -l <runs)" 2 '... one run of the program for each call'
is "$(ls -A your_output_dir | tr '\n' ' ')" \
    '10.9.0.1_36118-10.9.0.2_80-6-0.json 10.9.0.1_36128-10.9.0.2_80-6-0.json ' \
    '... a document a session, with the names of the library'
same your_output_dir/10.9.0.1_36128-10.9.0.2_80-6-0.json \
    made/http.pcap.sessions/10.9.0.1_36128-10.9.0.2_80-6-1.json \
    '... the documents of --json'
rm -r your_output_dir
run python3 old.py reuse-after-fin.pcap
is "$(ls your_output_dir | sed 's/.*-6-//' | tr '\n' ' ')" '0.json 1.json ' \
    '... which count the sessions of two endpoints'
run python3 old.py ssh.pcap
is "$status $(ls your_output_dir | wc -l)" '0 3' \
    '... and a directory that is there is filled up'

cat >all.py <<'END'
import glob, json, sys
from tcpsession import sessions
n = 0
for capture in sys.argv[1:]:
    for s in sessions(capture, wire=True):
        n += 1
        stem = "made/%s.sessions/%s" % (s.capture, s.index["stem"])
        doc = json.load(open(stem + ".json", encoding="utf-8"))
        said = [(t.direction, t.data.hex()) for t in s.turns]
        client = doc["sip"], doc["sport"]
        assert s.client == client and str(s.client).endswith(
            ":%d" % client[1]), s
        assert (s.server.ip, s.server.port) == (doc["dip"], doc["dport"]), s
        for index in s.index, doc["session"]:
            index["files"] = index["c2s"]["file"] = index["s2c"]["file"] = 0
        assert s.index == doc["session"] and s.state == s.index["state"]
        assert [h for _, h in said] == [
            h for _, _, h in doc["tcp_payload_hex"]], s
        assert [i for i, t in enumerate(s.turns) if t.concurrent] == doc[
            "concurrent"], s
        assert [(g.direction, g.before, g.offset, g.length,
                 g.reason) for g in s.gaps] == [
            tuple(g) for g in doc["gaps"]], s
        for side, data in (("c2s", s.client_bytes), ("s2c", s.server_bytes)):
            assert len(data) == s.index[side]["bytes"], s
            assert data.hex() == "".join(h for d, h in said if d == side), s
        at = {"c2s": 0, "s2c": 0}
        for t in s.turns:
            assert t.offset >= at[t.direction] and t.packet > 0, t
            at[t.direction] = t.offset + len(t.data)
        assert s.turns[0].time >= s.index["start"], s
print(n)
END
run python3 all.py $(ls ./*.pcap* | sed 's,^\./,,')
like "$status $out $err" '^0 [0-9]{2,} *$' \
    'sessions(): all that the documents have, of every session of data/'

cat >some.py <<'END'
import warnings
from tcpsession import sessions, TCPSessionError
s = sessions("http.pcap")
print(s[1], s[0].number, len(list(s)), s["http.pcap", 1] is s[1])
print([x.number for x in sessions("http.pcap", port=36128)],
      len(list(sessions("scripts.pcap", session="3-7"))),
      len(list(sessions(["ssh.pcap", "nano.pcap"], e="none", o="none"))))
print(sessions(["ssh.pcap", "nano.pcap"])["nano.pcap", 0].client)
for x in sessions("scripts.pcap"):
    break
try:
    list(sessions("missing.pcap"))
except TCPSessionError as e:
    print(e.status, e)
try:
    sessions("http.pcap", gaps="no")[0]
except TCPSessionError as e:
    print(e.status)
try:
    s[2]
except KeyError as e:
    print(repr(e))
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    print(len(list(sessions("cut.pcap"))), said[0].message)
END
head -c 9000 http.pcap >cut.pcap
run python3 some.py
is "$status $out" "0 <Session 1 10.9.0.1:36128 10.9.0.2:80 SF> 0 2 True
[1] 5 2
10.9.0.1:37846
2 tcpsession: missing.pcap: No such file or directory
2
KeyError(2)
1 $("$tcpsession" -P cut.pcap 2>&1 >/dev/null)" \
    'by number, with options, of several captures; what is wrong'
is "$err" '' '... and nothing else is said'

# Each session is given when the program has written it: this one writes the
# second when the first was seen.
"$tcpsession" -P --format json http.pcap >lines
cat >slowly <<'END'
#!/bin/sh
sed '/"stem"/q' lines
i=0
while [ ! -e seen ] && [ $i -lt 600 ]; do
	i=$((i + 1))
	sleep 0.1
done
test ! -e seen || sed '1,/"stem"/d' lines
END
chmod +x slowly
cat >stream.py <<'END'
from tcpsession import sessions
stream = iter(sessions("http.pcap", program="./slowly"))
print(next(stream).number)
open("seen", "w").close()
print([s.number for s in stream])
END
run python3 stream.py
is "$out" '0
[1]' 'each session is given when it is there'
is "$(python3 -c 'from tcpsession import sessions
print([s.capture for s in sessions("-")])' <http.pcap)" "['stdin', 'stdin']" \
    'standard input is that of the program'
finish
