#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# tls.t: key logs, and what is known of TLS without them.
. "$(dirname "$0")/../lib/check.sh"

cp "$data/https.pcap" "$data/https.pcapng" .
cp "$data/https.keys" secret.keys
mkdir logs
cp secret.keys logs/other.keys

# ------------------------------------------------------------ what is named

run "$tcpsession" --keylog none.keys -s https.pcap
is "$status $out$err" '2 tcpsession: none.keys: No such file or directory' \
    'a key log that is not there'
run "$tcpsession" --keylog logs -s https.pcap
is "$status $out$err" '2 tcpsession: logs: is a directory' \
    'a key log that is a directory'
printf 'CLIENT_RANDOM 00 11\nnothing\n' >bad.keys
run "$tcpsession" --keylog bad.keys --keylog secret.keys -s https.pcap
is "$status" 0 'without a secret in one of them the run goes on'
is "$err" 'tcpsession: bad.keys: holds no TLS secret' 'and says so'
run "$tcpsession" -q --keylog bad.keys -s https.pcap
is "$status$err" 0 'but not with -q'

mkfifo fifo
cat secret.keys >fifo &
run "$tcpsession" --keylog fifo -s https.pcap
wait
is "$status$err" 0 'a FIFO is read to its end'

# ------------------------------------------------------------- what is written

run "$tcpsession" -v --keylog logs/other.keys --keylog secret.keys -e all \
    -o out https.pcap https.pcapng
is "$status" 0 'all products with keys'
echo "$err" >out/messages
is "$(python3 -c '
import json, sys
print(json.loads(open(sys.argv[1]).readline())["options"]["keylog"])
' out/https.pcap.sessions/capture.jsonl)" "['other.keys', 'secret.keys']" \
    'the ledger names the key logs, not their places'
run "$tcpsession" -P --keylog secret.keys https.pcap
echo "$out" >out/printed
# In hexadecimal of either case, as bytes, and in base64.
cat >find.py <<'END'
import base64, os, sys
bad = 0
secrets = [bytes.fromhex(l.split()[2]) for l in open(sys.argv[1])]
assert len(secrets) > 10
for folder, _, names in os.walk(sys.argv[2]):
    for name in names:
        b = open(os.path.join(folder, name), "rb").read()
        for s in secrets:
            if s in b or s.hex().encode() in b.lower() or \
                    any(base64.b64encode(s[i:i + 30])[:36] in b
                        for i in range(3)):
                print(name)
                bad = 1
sys.exit(bad)
END
run python3 find.py secret.keys out
is "$status$out$err" 0 'no secret stands in any output or message'
# It would be noticed.
mkdir leak
sed -n 1p secret.keys >leak/x
run python3 find.py secret.keys leak
is "$status$out" 1x 'one that does is found'

# ------------------------------------------------------------------- --resume

resume() {
	run "$tcpsession" -v --resume -e text -o r "$@" https.pcap
	echo "$err" | sed -n 's/.*captures skipped.*: //p'
}
resume --keylog secret.keys >/dev/null
is "$(resume --keylog secret.keys)" 1 'the same key log: it is done'
is "$(resume)" '' 'without one it is made anew'
is "$(resume --keylog secret.keys)" '' 'and with one'
echo '# more' >>secret.keys
is "$(resume --keylog secret.keys)" '' 'a key log that has changed'
is "$(resume --keylog secret.keys)" 1 'and is the same again'

# ------------------------------------------------------------- what is known

facts() {
	rm -rf o
	"$tcpsession" -q -e none -o o "$@" https.pcap &&
	    python3 -c '
import json, sys
for line in open("o/https.pcap.sessions/sessions.jsonl"):
    x = json.loads(line)
    t = x["tls"]
    print(x["service"], t["version"], t["cipher"], t["sni"], t["alpn"],
        "+".join(t["alpn_offered"]), len(t["certificates"]), t["decrypted"],
        t["reason"], "+".join(x["remarks"]))'
}
is "$(facts | sed -n '2p;4p')" \
    'tls/http TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 www.example.org http/1.1 http/1.1 1 no no keys 
tls TLSv1.3 TLS_CHACHA20_POLY1305_SHA256 www.example.org None h2+http/1.1 0 no no keys ' \
    'without keys: what is in the clear'
is "$(facts --keylog secret.keys | sed -n '4,5p')" \
    'tls/h2 TLSv1.3 TLS_CHACHA20_POLY1305_SHA256 www.example.org h2 h2+http/1.1 1 yes None 
tls TLSv1.3 TLS_AES_256_GCM_SHA384 None None h2+http/1.1 0 no no keys no keys' \
    'with keys: also what was encrypted, and a remark where there are none'
is "$("$tcpsession" -s --keylog secret.keys --match tls/h2 https.pcap |
    sed -n '2s/ .*//p')" 3 '--match sees it'

finish
