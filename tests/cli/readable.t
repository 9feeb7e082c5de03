#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: python3
# readable.t: what nobody reads as bytes takes a line that says what it is, and
# what is in a coding is shown decoded; the lines add up to the records.
. "$(dirname "$0")/../lib/check.sh"

# said NAME: the payload lines of the conversation in Python on standard input,
# whose `say(dir, bytes)' says something in pieces.
said() {
	python3 -c 'import sys, zlib, gzip, random
print("handshake")
def say(d, b, split=1400):
    print("split %d %s hex %s" % (split, "><"[d], b.hex()))
def record(t, b): return bytes([t, 3, 3]) + len(b).to_bytes(2, "big") + b
def message(t, b): return bytes([t]) + len(b).to_bytes(3, "big") + b
def ext(t, b):
    return t.to_bytes(2, "big") + len(b).to_bytes(2, "big") + b
def hello(name, alpn):
    n = b"\0" + len(name).to_bytes(2, "big") + name
    a = b"".join(bytes([len(p)]) + p for p in alpn)
    e = ext(0, len(n).to_bytes(2, "big") + n) + \
        ext(16, len(a).to_bytes(2, "big") + a) + ext(43, b"\4\3\4\3\3")
    return message(1, b"\3\3" + bytes(32) + b"\0\0\2\x13\1\1\0" +
                   len(e).to_bytes(2, "big") + e)
def chosen():
    e = ext(43, b"\3\4")
    return message(2, b"\3\3" + bytes(32) + b"\0\x13\1\0" +
                   len(e).to_bytes(2, "big") + e)
exec(sys.stdin.read())
print("close")' >"$1.conv" && capture "$1.pcap" <"$1.conv"
	run "$tcpsession" -q -o "$1" "$1.pcap"
	is "$status $(python3 "$rebuild" check "$1")" '0 1 sessions, 0 wrong' \
	    "$1: the lines add up"
	out=$(sed '/^# [csp]/d; s/^\([<>]\).*/\1/; /^=/d' "$1"/*/*.txt 2>/dev/null)
}

cat >frames.py <<'PY'
def body():
    n = random.choice([0, 1, 100, 600, 5000, 100000])
    return random.choice([random.randbytes(n), b"some text\n" * (n // 10),
                          bytes(n), "жж\n".encode() * (n // 5)])
def thing():
    b = body()
    t = random.choice([b"text/html", b"image/png", b"x/y", b""])
    head = b"HTTP/1.1 200 OK\r\n" + b"Content-Type: " + t + b"\r\n"
    if random.random() < 0.5:
        b, head = gzip.compress(b), head + b"Content-Encoding: gzip\r\n"
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in
                       [b[i:i + 999] for i in range(0, len(b), 999)])
    return random.choice([
        b, record(23, body()[:16000]), record(22, hello(b"a.b", [b"h2"])),
        record(22, chosen()), b"GET / HTTP/1.1\r\n\r\n",
        b"SSH-2.0-x\r\n" + (12).to_bytes(4, "big") + b"\4\x14" + b"x" * 10,
        head + b"Content-Length: %d\r\n\r\n" % len(b) + b,
        head + b"Transfer-Encoding: chunked\r\n\r\n" + chunked +
        b"0\r\n\r\n"])
for _ in range(random.randrange(1, 12)):
    b = thing()[:random.choice([5, 1000, 10**6])]
    if random.random() < 0.1:
        print("lose %s hex %s" % (random.choice("<>"), b[:1400].hex() or "00"))
    elif b:
        say(random.randrange(2), b,
            random.choice([1 if len(b) < 2000 else 500, 7, 100, 1400]))
PY

said tls <<'PY'
say(0, record(22, hello(b"www.example.org", [b"h2", b"http/1.1"])))
say(1, record(22, chosen()) + record(20, b"\1") + record(23, bytes(500)) * 4)
say(0, record(20, b"\1") + record(23, bytes(60)))
say(1, record(23, bytes(16000)) + record(23, b"x"))
say(0, record(21, b"\2\x28"))
PY
is "$out" '# tls TLSv1.3 TLS_AES_128_GCM_SHA256 www.example.org, no keys
>
: @0 +103 tls client hello www.example.org h2,http/1.1
<
: @0 +55 tls server hello TLSv1.3 TLS_AES_128_GCM_SHA256
: @55 +6 tls change cipher spec
: @61 +2020 tls application data x4
>
: @103 +6 tls change cipher spec
: @109 +65 tls application data
<
: @2081 +16011 tls application data x2
>
: @174 +7 tls alert fatal handshake failure' '... TLS without keys'

said starttls <<'PY'
say(1, b"220 mx\r\n")
say(0, b"STARTTLS\r\n")
say(1, b"220 go\r\n")
say(0, record(22, hello(b"mx.example", [])))
say(1, record(22, chosen()))
say(0, record(23, b"x"))
PY
is "$out" '<
|220 mx\r
>
|STARTTLS\r
<
|220 go\r
>
: @10 +86 tls client hello mx.example
# tls TLSv1.3 TLS_AES_128_GCM_SHA256 mx.example, no keys
<
: @16 +55 tls server hello TLSv1.3 TLS_AES_128_GCM_SHA256
>
: @96 +6 tls application data' '... TLS behind clear text'

said bodies <<'PY'
def answer(head, body): return b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + body
def length(b): return b"Content-Length: %d\r\n" % len(b)
text = b"<p>\x1b[2J\n+|:\n</p>"
z = gzip.compress(text, mtime=0)
say(0, b"GET / HTTP/1.1\r\n\r\n" * 6)
say(1, answer(b"Content-Encoding: gzip\r\nContent-Type: text/html\r\n" +
              length(z), z), 50)
say(1, answer(b"Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n",
              b"3\r\nabc\r\n2;x=y\r\nd\n\r\n0\r\n\r\n"))
say(1, answer(b"Content-Type: image/png\r\n" + length(bytes(20)), bytes(20)))
say(1, answer(b"Content-Type: text/html\r\n" + length(text), text))
say(1, answer(b"Content-Encoding: gzip\r\nContent-Type: image/png\r\n" +
              length(z), z))
big = gzip.compress(b"0123456789abcde\n" * 12345, mtime=0)
say(1, answer(b"Content-Encoding: gzip\r\nContent-Type: text/html\r\n" +
              length(big), big[:-8] + b"zzzzzzzz"))
PY
is "$(printf '%s\n' "$out" | grep '^[:+]' | uniq)" \
    ': @88 +36 gzip, 16 bytes
+<p>\x1b[2J
++|:
+</p>\
: @197 +24 chunked, 5 bytes
+abcd
: @285 +20 image/png
: @473 +36 gzip image/png, 16 bytes
: @598 +437 gzip, 197520 bytes, bad coding
+0123456789abcde
+0123456789a\
: ... 132005 bytes more' '... bodies; a record shows 64 KiB of what was decoded'
is "$(printf '%s\n' "$out" | sed -n '/^|<p>/,/^|<.p>/p')" \
    '|<p>\x1b[2J
|+|:
|</p>HTTP/1.1 200 OK\r' '... text in no coding stays'

"$tcpsession" -q -o files -e text,objects bodies.pcap
is "$(sed -n 's/^: .*, \(10.*\)/\1/p' files/*/*.txt | sed 's/.*-6-0-//')" '001.html
002.txt
003.png
005.png
006.html, bad coding' '... with objects, which files they are'

# 512 bytes of which a quarter and one are no text; a hole; little; UTF-8.
said binary <<'PY'
say(0, b"a" * 383 + bytes(129))
say(1, b"a" * 384 + bytes(128))
say(0, bytes(511))
say(1, "ж".encode() * 400, 1)
say(0, b"b" * 70000 + bytes(140000) + b"c" * 70000)
PY
is "$(printf '%s\n' "$out" | LC_ALL=C awk '{ print substr($0, 1, 1), length($0) }')" \
    '> 1
| 66
: 17
< 1
| 898
> 1
| 2046
< 1
| 802
> 1
| 65538
: 23
| 123570' '... binary'
is "$(printf '%s\n' "$out" | grep '^:')" ': @64 +448 binary
: @66559 +131072 binary' '... at least 512 bytes, three quarters of 64 KiB'

# A hole ends what goes on, and costs no more than it hides.
said holes <<'PY'
say(0, record(22, hello(b"a", [])))
say(1, record(22, chosen()) + record(23, bytes(500)))
print("lose < hex " + bytes(100).hex())
say(1, record(23, bytes(30)))
PY
is "$(printf '%s\n' "$out" | sed -n '/^!/,$p' | sed 's/^!.*/!/')" '!
<
: @660 +35 tls cut' '... what is behind a hole'

# Conversations at random: SEED=n has one of them again.
seed=${SEED:-$(date +%s)}
echo "# SEED=$seed"
for n in 1 2 3 4 5 6 7 8; do
	{
		printf 'random.seed(%s * 8 + %s)\n' "$seed" "$n"
		cat frames.py
	} >script
	said random$n <script
done
finish
