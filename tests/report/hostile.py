# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""Captures whose every text wants to be more than text: conversations for
mkpcap, in which a sender puts WORDS wherever a sender can put anything."""
import os
import subprocess

MKPCAP = os.environ.get("MKPCAP", "mkpcap")

WORDS = [
    b"</script><script>alert(1)</script>", b"</SCRIPT\n><script>alert(2)",
    b"<!--<script>", b"-->", b"]]>", b"<img src=x onerror=alert(3)>",
    b"<svg/onload=alert(4)>", b"<iframe src=javascript:alert(5)></iframe>",
    b"<base href=http://192.0.2.1/>", b"</style><style>@import 'http://x/y'",
    b"<meta http-equiv=refresh content='0;url=http://192.0.2.1/'>",
    b"<link rel=stylesheet href=http://192.0.2.1/x.css>",
    b"<form action=http://192.0.2.1/><input autofocus onfocus=alert(6)>",
    b"javascript:alert(7)", b"data:text/html,<script>alert(8)</script>",
    b"</title><script>alert(9)</script>", b"</noscript><script>alert(10)",
    b"</textarea><x onclick=alert(11)>", b"\\u003c", b"\\\\r", b"\\x41", b"\\",
    "\u2028\u2029\u202e\ufeff\u200b\u2066".encode(), b"\x00\x01\x1b[31m\x7f",
    b"\r", b"a\rb", b"\xc0\xaf\xc1\xbf", b"\xe2\x82", b"\xf0\x9f\x92",
    b"\xed\xa0\x80\xed\xbf\xbf", b"\xff\xfe", "\U0001f4a9\ufdd0".encode(),
    b"__proto__", b"constructor", b"toString", b"hasOwnProperty",
    b"{{7*7}}", b"${7*7}", b"#{7*7}", b"<%= 7 %>", b"\"'`", b"&lt;&#60;&amp;",
    "‘“„»".encode(), b"%00%2e%2e/", b"../../../etc/passwd", b"|not| a line",
    b"> 0.000000 #1 @0", b"= fin both 1.000000", b"@policy@ @data@ @sessions@",
]
# One line has all of them; a name cannot hold / or NUL.
ALL = b" ".join(WORDS)


def line(word):
    """A word as it can stand in a line of a head, of a sender without manners."""
    return word.replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"")


def say(side, data, split=1400):
    return "split %d %s hex %s" % (split, side, data.hex())


def http(n, word):
    """An exchange with the word in each place where a peer puts a text."""
    w = line(word)
    yield "conn h%d" % n
    yield "client 10.6.6.1:%d" % (20000 + n)
    yield "handshake"
    yield say(">", b"GET /" + w.replace(b" ", b"%20") + b"?q=" +
              w.replace(b" ", b"+") + b" HTTP/1.1\r\nHost: " + w +
              b"\r\nReferer: " + w + b"\r\nX-" + w.replace(b":", b"") + b": " +
              w + b"\r\n\r\n")
    body = word + b"\n" + word
    yield say("<", b"HTTP/1.1 200 " + w + b"\r\nContent-Type: text/html;" + w +
              b"\r\nLocation: " + w + b"\r\nContent-Disposition: attachment; "
              b"filename=\"" + w.replace(b'"', b"'") + b"\"\r\nContent-Length: "
              b"%d\r\n\r\n" % len(body) + body)
    yield "close"


def hello(name):
    """A TLS record: ClientHello whose server name is anything."""
    def block(kind, data):
        return kind.to_bytes(2, "big") + len(data).to_bytes(2, "big") + data
    names = b"\0" + len(name).to_bytes(2, "big") + name
    parts = block(0, len(names).to_bytes(2, "big") + names) + \
        block(16, b"\0\6\5" + name[:5].ljust(5, b"<"))
    body = b"\3\3" + bytes(32) + b"\0\0\2\x13\1\1\0" + \
        len(parts).to_bytes(2, "big") + parts
    hand = b"\1" + len(body).to_bytes(3, "big") + body
    return b"\x16\3\1" + len(hand).to_bytes(2, "big") + hand


def plain(n, data, client=30000):
    yield "conn p%d" % n
    yield "client 10.6.6.2:%d" % (client + n)
    yield "server 10.6.6.9:7777"
    yield "handshake"
    yield say(">", data)
    yield say("<", data[::-1], 1000)
    yield "close"


def conversation():
    yield "server 10.6.6.9:80"
    for n, word in enumerate(WORDS):
        yield from http(n, word)
    for n, word in enumerate(WORDS[:16]):
        yield "conn t%d" % n
        yield "client 10.6.6.3:%d" % (40000 + n)
        yield "server 10.6.6.9:443"
        yield "handshake"
        yield say(">", hello(line(word)[:250]))
        yield "close"
    yield from plain(0, ALL)
    yield from plain(1, b"\n".join(WORDS))
    yield from plain(2, b"\0" * 300)
    yield from plain(3, bytes(range(256)) * 5)
    yield from plain(4, b"</script>" * 20000)
    yield from plain(5, b"\\\n\\\r\n\\")
    yield from plain(6, ALL[:-1] + b"\xe2\x82")


def capture(folder):
    """Makes the capture below folder; its own name is one of them, too."""
    name = "<img src=x onerror=alert(0)>'\"&lt;\u202e$(id)#?%41 .pcap"
    path = os.path.join(folder, name)
    text = os.path.join(folder, "hostile.conv")
    with open(text, "w", encoding="ascii") as f:
        f.write("\n".join(conversation()) + "\n")
    subprocess.run([MKPCAP, "-o", path, text], check=True)
    return path
