#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""scripts.py run PORT | big PORT: HTTP over real sockets, from 127.0.0.1 to
itself, with scripts that are known; a connection for each case, one after the
other (`big': bombs and long scripts).
scripts.py check DIRECTORY [big]: what the program wrote of it in DIRECTORY.
"""
import gzip
import hashlib
import json
import os
import random
import socket
import sys
import threading
import zlib


def script(name, size=0):
    rng = random.Random(name)
    lines = [f'console.log("{name}");\n']
    n = len(lines[0])
    while n < size:
        lines.append(f"var v{len(lines)} = {rng.random()};\n")
        n += len(lines[-1])
    return "".join(lines).encode()


def get(path, *fields, method="GET", body=b"", version="1.1"):
    lines = [f"{method} {path} HTTP/{version}", "Host: scripts.example",
             *fields]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answer(body, type="text/javascript", *fields, status="200 OK", length=True,
           version="1.1"):
    lines = [f"HTTP/{version} {status}", *fields]
    if type:
        lines.append(f"Content-Type: {type}")
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunks(body, size=700, extension="", trailer=""):
    out = []
    for at in range(0, len(body), size):
        part = body[at:at + size]
        out.append(b"%x%s\r\n%s\r\n" % (len(part), extension.encode(), part))
    return b"".join(out) + b"0\r\n" + trailer.encode() + b"\r\n"


def chunked(body, type="text/javascript", *fields, **how):
    return answer(chunks(body, **how), type, "Transfer-Encoding: chunked",
                  *fields, length=False)


def raw(data):
    c = zlib.compressobj(9, zlib.DEFLATED, -15)
    return c.compress(data) + c.flush()


def page(*parts):
    return b"<!DOCTYPE html><title>t</title>\n" + b"\n".join(
        p if p.startswith(b"<") else b"<script>" + p + b"</script>"
        for p in parts)


# A case: what client and server say in turn, and the scripts that are in it:
# (bytes, complete), in order.
cases = []


def case(*turns, want=(), cut=()):
    scripts = [(s, True) for s in want] + [(s, False) for s in cut]
    cases.append((turns, scripts))


def simple(reply, *want, path="/x", fields=(), cut=()):
    case(get(path, *fields), reply, want=want, cut=cut)


def framing():
    a, b, c = script("a", 1500), script("b"), script("c")
    simple(answer(a), a)
    simple(answer(a, length=False), a)
    simple(answer(a, length=False, version="1.0"), a)
    simple(answer(a, "text/javascript", "Connection: keep-alive",
                  version="1.0"), a)
    simple(chunked(a), a)
    simple(chunked(b, size=1), b)
    simple(chunked(a, extension=';x="1"', trailer="X: y\r\nZ: w\r\n"), a)
    simple(answer(chunks(a), "text/javascript", "Transfer-Encoding: chunked",
                  "Content-Length: 7", length=False), a)
    simple(answer(a).replace(b"\r\n", b"\n"), a)
    simple(answer(a, "text/javascript;\r\n charset=utf-8"), a)
    simple(b"\r\n\r\n" + answer(a), a)
    simple(b"junk" + answer(a), a)
    case(get("/a") + get("/b") + get("/c"), answer(a) + chunked(b) + answer(c),
         want=[a, b, c])
    case(get("/a"), answer(a), get("/b"), answer(b), want=[a, b])
    case(get("/a", method="HEAD") + get("/b"), answer(a)[:-len(a)] + answer(b),
         want=[b])
    case(get("/a") + get("/b") + get("/c"),
         answer(b"", status="204 No Content", length=False) +
         answer(b"", "text/javascript", "Content-Length: 99",
                status="304 Not Modified", length=False) + answer(c), want=[c])
    case(get("/a", "Expect: 100-continue", method="POST", body=b"x=1"),
         b"HTTP/1.1 100 Continue\r\n\r\n" + answer(a), want=[a])
    simple(b"HTTP/1.1 103 Early Hints\r\nLink: </x.js>\r\n\r\n" + answer(a), a)
    case(get("scripts.example:443", method="CONNECT"),
         b"HTTP/1.1 200 OK\r\n\r\n", get("/a"), answer(a), want=[a])
    case(get("/a", "Upgrade: websocket", "Connection: Upgrade"),
         answer(b"", "", "Upgrade: websocket", status="101 Switching",
                length=False), get("/a"), answer(a))
    case(get("/a", "Upgrade: h2c"), answer(a), get("/b"), answer(b),
         want=[a, b])
    simple(answer(a, "text/javascript", "Content-Range: bytes 0-1499/9999",
                  status="206 Partial Content"), cut=[a])
    simple(answer(chunks(a[:700])[:-5] + b"fffffffffffffffff\r\n" + a,
                  "text/javascript", "Transfer-Encoding: chunked",
                  length=False), cut=[a[:700]])
    simple(answer(a)[:-10], cut=[a[:-10]])
    case(get("/a", "Content-Type: text/javascript", method="POST", body=a),
         answer(b"ok", "text/plain"), want=[a])
    case(get("/a.js", "Content-Type: multipart/form-data", method="POST",
             body=a), answer(b"", status="204 No Content"))
    simple(answer(a, status="404 Not Found"), a)


def codings():
    a, b = script("coded", 4000), script("more")

    def coded(name, data, *want, cut=()):
        simple(answer(data, "text/javascript", "Content-Encoding: " + name),
               *want, cut=cut)

    coded("gzip", gzip.compress(a), a)
    coded("X-GZIP", gzip.compress(a), a)
    coded("gzip", gzip.compress(a) + gzip.compress(b), a + b)
    coded("deflate", zlib.compress(a), a)
    coded("Deflate", raw(a), a)
    coded("deflate", gzip.compress(a), a)
    coded("gzip", zlib.compress(a), a)
    coded("gzip", a, a)
    coded("deflate, gzip", gzip.compress(zlib.compress(a)), a)
    coded("identity", a, a)
    coded("gzip", gzip.compress(a)[:-20], cut=[None])
    coded("gzip", gzip.compress(b"\0" * (5 << 20), 9), cut=[None])
    simple(chunked(gzip.compress(a), "text/javascript",
                   "Content-Encoding: gzip"), a)
    simple(answer(chunks(gzip.compress(a)), "text/javascript",
                  "Transfer-Encoding: gzip, chunked", length=False), a)
    simple(chunked(gzip.compress(page(a, b)), "text/html",
                   "Content-Encoding: gzip"), a, b)


def types():
    a = script("typed")
    for type in ("application/javascript", "Application/X-JavaScript",
                 "text/ecmascript; charset=utf-8", "text/jscript",
                 "text/livescript", "text/javascript1.5"):
        simple(answer(a, type), a)
    # A page names /x.js.
    for type in ("application/json", "text/css", "image/png",
                 "application/ld+json", "application/importmap+json"):
        run = [] if type == "image/png" else [a]
        simple(answer(a, type), *run, path="/x.js")
    simple(answer(a, None), a, path="/lib/x.js?v=1")
    simple(answer(a, "text/plain"), a, path="/x.MJS")
    simple(answer(a, "application/octet-stream"), a,
           fields=["Sec-Fetch-Dest: worker"])
    simple(answer(a, None), fields=["Sec-Fetch-Dest: image"])
    simple(answer(a, "text/plain"), path="/x.txt?y=.js")
    simple(answer(b""), path="/x.js")


def pages():
    a, b, c = script("one"), script("two", 2000), script("three")
    html = "text/html; charset=utf-8"
    simple(answer(page(a, b"<p>", b, c), html), a, b, c)
    simple(answer(page(
        b"<script type=module>" + a + b"</script>",
        b"<SCRIPT TYPE='Text/JavaScript'>" + b + b"</Script >",
        b"<script type=''>" + c + b"</script\n>",
        b"<script type=application/json>{}</script>",
        b"<script type='importmap'>{}</script>",
        b"<script type=text/template><b></script>",
        b"<template><script>no</script></template>",
        b"<script src=x.js>no</script>"), html), a, b, c)
    simple(answer(page(
        b"<!-- <script>no</script> -->", b"<!--><script>" + a + b"</script>",
        b"<textarea><script>no</script></textarea>",
        b"<style><script>no</script></style>",
        b"<noscript><script>no</script></noscript>",
        b"<p title='<script>no</script>'>",
        b'<p title="<script>">', b), html), a, b)
    double = b"<!-- <script>" + a + b"</script> -->" + b
    simple(answer(page(b"<script>" + double + b"</script>", c), html), double,
           c)
    simple(answer(page(b"<script>" + a), html), cut=[a])
    simple(answer(b"<html xmlns='http://www.w3.org/1999/xhtml'><script>"
                  b"<![CDATA[" + a + b"]]></script><script src='x'/><title>"
                  b"</title></html>", "application/xhtml+xml"), a)
    simple(answer(b"<svg xmlns='http://www.w3.org/2000/svg'><script>" + b +
                  b"</script></svg>", "image/svg+xml"), b)
    simple(answer(page(a), html, status="404 Not Found"), a)
    simple(answer(page(a), "text/plain"))


def long_ones():
    a = script("long", 3000000)
    simple(answer(a), a)
    simple(answer(gzip.compress(page(a)), "text/html",
                  "Content-Encoding: gzip"), a)
    bomb = gzip.compress(b" " * (200 << 20), 9)
    simple(answer(bomb, "text/javascript", "Content-Encoding: gzip"),
           cut=[None])
    simple(answer(gzip.compress(bomb), "text/html",
                  "Content-Encoding: gzip, gzip"))
    simple(answer(page(*[b"v%d" % i for i in range(500)]), "text/html"),
           *[b"v%d" % i for i in range(500)])


def serve(connection, turns):
    with connection:
        for i in range(0, len(turns), 2):
            left = len(turns[i])
            while left > 0:
                left -= len(connection.recv(left))
            if i + 1 < len(turns):
                connection.sendall(turns[i + 1])


def converse(address, listener, turns):
    with socket.create_connection(address) as client:
        connection, _ = listener.accept()
        thread = threading.Thread(target=serve, args=(connection, turns))
        thread.start()
        for i in range(0, len(turns), 2):
            client.sendall(turns[i])
            left = len(turns[i + 1]) if i + 1 < len(turns) else 0
            while left > 0:
                left -= len(client.recv(min(left, 65536)))
        thread.join()
        client.recv(1)


def run(port):
    address = ("127.0.0.1", port)
    with socket.create_server(address) as listener:
        for turns, _ in cases:
            converse(address, listener, turns)


def check_script(wanted, line, directory):
    content, complete = wanted
    with open(os.path.join(directory, line["file"]), "rb") as f:
        got = f.read()
    return (line["complete"] is complete and content in (None, got) and
            (line["reason"] is None) is complete and
            line["size"] == len(got) and
            line["sha256"] == hashlib.sha256(got).hexdigest())


def check(directory):
    with open(os.path.join(directory, "scripts.jsonl")) as f:
        lines = [json.loads(line) for line in f]
    wrong = 0
    for i, (_, wanted) in enumerate(cases):
        got = [line for line in lines
               if line["session"] == i and line["file"] is not None]
        if len(got) != len(wanted) or not all(
                check_script(w, g, directory) for w, g in zip(wanted, got)):
            wrong += 1
            print(f"case {i}: {len(wanted)} scripts, got", got)
    files = {line["file"] for line in lines} - {None}
    if len(files) != sum(len(wanted) for _, wanted in cases):
        wrong += 1
        print(f"{len(files)} files")
    print(f"{len(cases)} cases, {len(lines)} scripts, {wrong} wrong")
    return wrong


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    if "big" in sys.argv:
        long_ones()
    else:
        for add in (framing, codings, types, pages):
            add()
    if sys.argv[1] == "check":
        sys.exit(1 if check(sys.argv[2]) else 0)
    run(int(sys.argv[2]))


if __name__ == "__main__":
    main()
