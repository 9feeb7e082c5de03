#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""script_rules.py: what a browser runs of what HTTP carried, rule by rule.

Each case is a capture of a few connections, made by mkpcap, and what -e js must
write of it: the scripts, and why others are listed and not written.  Prints
TAP.  TCPSESSION and MKPCAP in the environment name the programs to use.
"""
import json
import os
import subprocess
import sys
import tempfile

TCPSESSION = os.environ.get("TCPSESSION", "./tcpsession")
MKPCAP = os.environ.get("MKPCAP", "build/tests/tools/mkpcap")
HTML = "text/html"
XHTML = ' xmlns="http://www.w3.org/1999/xhtml"'
SVG = ' xmlns="http://www.w3.org/2000/svg"'


class Connection(list):
    """(client's bytes, server's bytes), one after the other; begins so many
    seconds after the one before."""

    def __init__(self, exchanges, wait=0):
        super().__init__(exchanges)
        self.wait = wait


def get(url, *fields, host="h"):
    lines = [f"GET {url} HTTP/1.1", f"Host: {host}", *fields, "", ""]
    return "\r\n".join(lines).encode()


def answer(body, type, *fields, status="200 OK"):
    body = body if isinstance(body, bytes) else body.encode()
    types = [type] if isinstance(type, str) else type or []
    lines = [f"HTTP/1.1 {status}", *fields,
             *[f"Content-Type: {t}" for t in types],
             f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def says(url, body, type, *fields, ask=(), host="h", status="200 OK"):
    return (get(url, *ask, host=host),
            answer(body, type, *fields, status=status))


def page(text, url="/p", **how):
    return says(url, text, HTML, **how)


cases = []


def case(name, *exchanges, run=(), why=(), guess=None):
    """run: scripts that are written; why: reasons of those that are not."""
    connections = [e for e in exchanges if isinstance(e, Connection)]
    if not connections:
        connections = [Connection(exchanges)]
    cases.append((name, connections, list(run), list(why), guess))


def named(name, body, type, *fields, src="/a", run=(), why=(), **how):
    """A page that names /a as a script, then the answer."""
    case(name, page(f'<title>t</title><script src="{src}"></script>'),
         says("/a", body, type, *fields, **how), run=run, why=why)


def types():
    for type in (HTML, "application/js", "application/json", "text/css",
                 "text/plain", "application/octet-stream", "font/woff2", None,
                 "junk", "*/*", "unknown/unknown", "application/xml",
                 "text/csvx", "x/image"):
        named(f"named, {type}", "var a", type, run=["var a"])
    for type in ("image/png", "Image/svg+xml", "audio/mpeg", "video/mp4",
                 "text/csv", "text/csv; charset=utf-8"):
        named(f"named, blocked: {type}", "var a", type, why=["type"])
    nosniff = "X-Content-Type-Options: nosniff"
    for type in (HTML, "text/plain", "application/json", None):
        named(f"named, nosniff: {type}", "var a", type, nosniff,
              why=["nosniff"])
    named("nosniff in any case", "var a", "text/plain",
          "x-content-type-options:  NOSNIFF", why=["nosniff"])
    named("nosniff and a type of JavaScript", "var a", "text/javascript",
          nosniff, run=["var a"])
    named("only the first X-Content-Type-Options counts", "var a",
          "text/plain", "X-Content-Type-Options: none", nosniff,
          run=["var a"])
    named("several types: the last", "var a", ["image/png", "text/plain"],
          run=["var a"])
    named("several types in one field: the last", "var a",
          "text/plain, image/png", why=["type"])
    named("several types: not any", "var a", ["image/png", "*/*"],
          why=["type"])
    named("several types: the last valid one", "var a",
          ["text/csv", "x", ""], why=["type"])
    named("not found", "var a", "text/plain", status="404 Not Found",
          why=["status"])
    named("an error page is a page", "<p><script>b</script>", HTML,
          status="404 Not Found", run=["b"])
    named("markup is no script", "<p><script>b</script>", "text/plain")
    named("a comment may be one", "<!-- x\nvar a", HTML,
          run=["<!-- x\nvar a"])
    case("JavaScript by its type, named or not",
         says("/a", "var a", "text/javascript"), run=["var a"])
    case("text/html that nobody names is a page", says("/a", "var a", HTML))
    case("application/js that nobody names",
         says("/a.js", "var a", "application/js"))
    case("no type, and a name of a script", says("/a.js", "var a", None),
         run=["var a"], guess=True)
    case("... but nosniff",
         says("/a.js", "var a", "text/plain", nosniff))
    case("... but markup", says("/a.js", "<p>a", "text/plain"))


def purposes():
    def dest(word):
        return {"ask": [f"Sec-Fetch-Dest: {word}"]}

    case("Sec-Fetch-Dest: script", says("/a", "var a", HTML, **dest("script")),
         run=["var a"], guess=True)
    case("... blocked", says("/a", "var a", "text/csv", **dest("script")),
         why=["type"])
    case("... nosniff", says("/a", "var a", "text/css",
         "X-Content-Type-Options: nosniff", **dest("script")),
         why=["nosniff"])
    html = "<p><script>b</script>"
    for word in ("document", "iframe", "frame", "embed", "object"):
        case(f"a page for {word}", says("/a", html, HTML, **dest(word)),
             run=["b"])
    for word in ("empty", "image", "style", "script"):
        case(f"no page for {word}", says("/a", html, HTML, **dest(word)))
    named("named, and fetched for itself", "var a", "application/json",
          ask=["Sec-Fetch-Dest: empty"])


def names():
    def at(name, src, url, head="", page_url="/d/p?q", **how):
        case(name, page(f"{head}<script src='{src}'></script>", url=page_url),
             says(url, "var a", "x/y", **how), run=["var a"])

    at("relative", "a", "/d/a")
    at("dots", "../x/./a?b=c#d", "/x/a?b=c")
    at("of the root", "/a", "/a")
    at("another host", "//G.Example:80/a", "/a", host="g.example")
    at("a whole URL", " http://u:p@g:81/a\n", "/a", host="g:81")
    at("references", "a?b=1&amp;c=2&#47;&copy=3", "/d/a?b=1&c=2/&copy=3")
    at("backslashes, and what is escaped", "\\x y\\é", "/x%20y/%C3%A9")
    at("escaped by the client only", "/a b", "/a%20b")
    at("an absolute target", "/a", "http://h/a")
    at("base", "a", "/e/f/a", head="<base href=/e/f/g><base href=/x/>")
    at("base, relative", "a", "/d/e/a", head="<base target=x><base href=e/>")
    at("base, another host", "a", "/x/a", head="<base href=//g/x/y>",
       host="g")
    at("base that is no URL", "a", "/d/a", head="<base href=data:x>")
    at("a base in a template", "a", "/d/a",
       head="<template><base href=/x/></template>")
    at("without quotes", "a type=text/javascript id=", "/d/a%20type=text/"
       "javascript%20id=")
    at("a page from the root", "a", "/a", page_url="/")
    case("by SVG in a page", page("<svg><script href=a /></svg>"
         "<svg><script xlink:href='b'></script></svg>"),
         says("/a", "var a", "x/y"), says("/b", "var b", None),
         run=["var a", "var b"])
    case("by XHTML", says("/d/p", f'<html{XHTML}><script src="a"/></html>',
         "application/xhtml+xml"), says("/d/a", "var a", "x/y"),
         run=["var a"])
    case("by a page in UTF-16",
         says("/p", "<script src=a></script>".encode("utf-16"), HTML),
         says("/a", "var a", "x/y"), run=["var a"])
    case("what names nothing", page(
        "<script type=x src=a></script><script nomodule src=a></script>"
        "<script for=x event=y src=a></script><img src=a>"
        "<script type='text/javascript;x' src=a></script>"
        "<template><script src=a></script></template>"
        "<!--<script src=a></script>--><script data-src=a></script>"
        "<noscript><script src=a></script></noscript>"
        "<svg><script src=a></script></svg><math><script src=a></script>"
        "</math><script src=''></script><link rel=preload href=a>"
        "<textarea><script src=a></script></textarea>"),
         page("<title>x</title><frameset><script src=a></script></frameset>"),
         says("/a", "var a", "x/y"))
    case("modules need a type of JavaScript", page(
        "<script type=module src=a></script>"
        "<link rel=modulepreload href=b><script type=module src=c></script>"
        "<script src=c></script>"),
         says("/a", "var a", "x/y"), says("/b", "var b", None),
         says("/c", "var c", "x/y"), says("/b", "var d", "text/javascript"),
         run=["var c", "var d"], why=["type", "type"])
    case("where a redirect leads", page("<script src=a></script>"),
         says("/a", "", None, "Location: /d/b", status="302 Found"),
         says("/d/b", "", None, "Location: c", status="307 x"),
         says("/d/c", "var a", "x/y"), run=["var a"])
    case("another page's URL", page("<script src=a></script>", url="/d/p"),
         says("/a", "var a", "x/y"))


def sessions():
    html = page("<script src=a></script>")
    script = says("/a", "var a", "x/y")
    case("the page in another session", Connection([html]),
         Connection([script]), run=["var a"])
    case("the page later in the session", script, html, run=["var a"])
    case("... blocked all the same", says("/a", "var a", "x/y",
         status="500 No"), html, why=["status"])
    case("... as a module", script,
         page("<script type=module src=a></script>"), why=["type"])
    case("... a page in between that is one",
         says("/a", "<p><script>b</script>", HTML), html, run=["b"])
    case("the page in another session, before this one's end",
         Connection([script]), Connection([html], wait=60), run=["var a"])
    case("... and behind it", Connection([script]),
         Connection([page("x")], wait=400), Connection([html]),
         why=["named too late"])
    case("... as what is not run anyway", Connection([script]),
         Connection([says("/a", "var a", "x/y", status="500 No")]),
         Connection([page("x")], wait=400),
         Connection([page("<script type=module src=a></script>")]))
    long = "var a" + " " * (9 << 20)
    case("too long to wait", says("/a", long, "x/y"), html, says("/a", long,
         "x/y"), run=[long], why=["too long to wait"])
    case("many that wait", *[says(f"/{i}", f"var v{i}", "x/y")
                             for i in range(1003)],
         page("".join(f"<script src={i}></script>" for i in range(1003))),
         run=[f"var v{i}" for i in range(1000)])
    case("a script as text/html, the page later",
         says("/a", "var a", HTML), html, run=["var a"])


def pages():
    text = "<p><script>var a</script>"
    case("no type: sniffed", says("/x", "<html>" + text, None), run=["var a"])
    case("... behind blanks", says("/x", "\n \t<!DOCTYPE html>" + text, None),
         run=["var a"])
    case("... unknown/unknown", says("/x", "<p>" + text, "unknown/unknown"),
         run=["var a"])
    case("... */*", says("/x", "<!-- x -->" + text, "*/*"), run=["var a"])
    case("... no valid type", says("/x", "<table>" + text, "html"),
         run=["var a"])
    case("... text first", says("/x", "x" + text, None))
    case("... an unknown tag", says("/x", "<span>" + text, None))
    case("... a mark of UTF-8", says("/x", b"\xef\xbb\xbf<p>" + text.encode(),
                                     None))
    case("... nosniff", says("/x", "<p>" + text, None,
                             "X-Content-Type-Options: nosniff"))
    case("... XML", says("/x", f"<?xml version='1.0'?><x{XHTML}>"
                         "<script>var a</script></x>", None), run=["var a"])
    case("text/html and nosniff", says("/x", text, HTML,
         "X-Content-Type-Options: nosniff"), run=["var a"])
    case("text/plain is none", says("/x", text, "text/plain"))
    case("the last type counts", says("/x", text, ["text/plain", HTML]),
         says("/x", text, [HTML, "text/plain"]),
         says("/x", text, "text/html, */*"), run=["var a", "var a"])
    case("a redirect is not shown", says("/x", text, HTML, "Location: /y",
         status="301 Moved"), why=["redirect"])
    case("a redirect to nowhere is", says("/x", text, HTML,
         status="301 Moved"), run=["var a"])
    case("an attachment is not", says("/x", text, HTML,
         "Content-Disposition: Attachment; filename=x"), why=["attachment"])
    case("inline is", says("/x", text, HTML,
         "Content-Disposition: inline; filename=attachment"), run=["var a"])
    wide = "<p>ü<script>var ä='\U0001f600€'</script>"
    for name, codec, charset in (
            ("a mark", "utf-16", ""), ("utf-16le", "utf-16-le", "utf-16le"),
            ("utf-16", "utf-16-le", "\"UTF-16\""),
            ("utf-16be", "utf-16-be", "utf-16be"),
            ("a mark against the charset", "utf-16", "utf-8")):
        type = HTML + (f"; charset={charset}" if charset else "")
        case("UTF-16: " + name, says("/x", wide.encode(codec), type),
             run=["var ä='\U0001f600€'"])
    case("UTF-16, big endian, by its mark",
         says("/x", b"\xfe\xff" + wide.encode("utf-16-be"), HTML),
         run=["var ä='\U0001f600€'"])
    case("UTF-8 by its mark", says("/x", b"\xef\xbb\xbf" + text.encode(),
         HTML + ";charset=utf-16"), run=["var a"])
    case("UTF-16 by none is bytes", says("/x", wide.encode("utf-16-le"), HTML))
    case("a request's page is none", (
        b"POST /x HTTP/1.1\r\nHost: h\r\nContent-Type: text/html\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(text), text.encode()),
        answer("", HTML)))


def elements():
    def inline(name, html, run=(), why=(), type=HTML):
        case(name, says("/x", html, type), run=run, why=why)

    inline("src and text", "<script src=x>a</script><script src=x> \n"
           "</script><script src=''>b</script>", why=["src", "src"])
    inline("nomodule", "<script nomodule>a</script>"
           "<script nomodule type=module>b</script>", run=["b"],
           why=["nomodule"])
    inline("parameters", "<script type='text/javascript; charset=utf-8'>a"
           "</script><script type='module;x'>b</script>"
           "<script type=' text/javascript '>c</script>", run=["c"],
           why=["type"])
    inline("for and event", "<script for=document event=onclick>a</script>"
           "<script for=window event=onload()>b</script>"
           "<script for=x>c</script>", run=["b", "c"], why=["event"])
    inline("a frame set", "<head><script>a</script></head><frameset>"
           "<frame src=x><script>b</script></frameset><script>c</script>",
           run=["a"], why=["frameset", "frameset"])
    inline("no frame set in a body", "<p>x<frameset><script>a</script>",
           run=["a"])
    inline("templates", "<template><script>a</script></template>"
           "<template shadowrootmode=open><script>b</script></template>",
           run=["b"], why=["template"])
    inline("SVG", "<svg><script>a&lt;b</script><script href=x>c</script>"
           "<g><script/></g></svg>", run=["a<b"], why=["src"])
    inline("MathML", "<math><script>a</script><mi><script>b</script></mi>"
           "</math>", run=["b"], why=["foreign"])
    inline("data", "<script type=application/json>{}</script>"
           "<script type=importmap>{}</script><script type=x>a</script>")
    for type in ("application/xhtml+xml", "text/xml", "application/xml",
                 "application/atom+xml", "image/svg+xml"):
        inline(f"namespaces in {type}",
               f"<x><y{XHTML}><script>a&lt;</script></y><y{SVG}>"
               "<script><![CDATA[b<]]></script></y><script>c</script></x>",
               run=["a<", "b<"], why=["foreign"], type=type)


def tunnels():
    connect = (b"CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n",
               b"HTTP/1.1 200 Connection established\r\n\r\n")
    case("HTTP in a tunnel", connect, page("<script>a</script>"
         "<script src=b></script>"), says("/b", "var b", HTML),
         run=["a", "var b"])


def quoted(data):
    return f"hex {data.hex()}" if data else ""


def conversation(connections):
    lines = []
    for i, exchanges in enumerate(connections):
        lines += [f"client 192.0.2.1:{40000 + i}", f"conn c{i}",
                  f"wait {exchanges.wait}", "handshake"]
        for asked, told in exchanges:
            for mark, text in ((">", asked), ("<", told)):
                for at in range(0, len(text) or 1, 60000):
                    lines.append(f"{mark} {quoted(text[at:at + 60000])}")
        lines.append("close")
    return "\n".join(lines) + "\n"


def wrong(directory, run, why, guess):
    with open(os.path.join(directory, "scripts.jsonl")) as f:
        lines = [json.loads(line) for line in f]
    got = []
    for line in lines:
        if line["file"] is not None:
            with open(os.path.join(directory, line["file"]), "rb") as f:
                got.append(f.read())
    reasons = [x["reason"] for x in lines if x["file"] is None]
    files = [n for n in os.listdir(directory) if n.endswith(".js")]
    wanted = [x.encode() for x in run]
    if sorted(got) != sorted(wanted) or len(files) != len(wanted):
        return f"scripts {got[:9]}, wanted {wanted[:9]}; {lines[:9]}"
    if sorted(reasons) != sorted(why):
        return f"reasons {reasons}, wanted {why}"
    if any(x["complete"] != (x["reason"] is None) for x in lines):
        return "complete with a reason"
    if guess is not None and lines[0]["guess"] is not guess:
        return f"guess is not {guess}"
    return None


def main():
    for add in (types, purposes, names, sessions, pages, elements, tunnels):
        add()
    chosen = [c for c in cases if len(sys.argv) < 2 or c[0] in sys.argv[1:]]
    print(f"1..{len(chosen)}")
    failed = 0
    for i, (name, connections, run, why, guess) in enumerate(chosen, 1):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "x.pcap")
            subprocess.run([MKPCAP, "-o", path, "/dev/stdin"], check=True,
                           input=conversation(connections).encode())
            subprocess.run([TCPSESSION, "-q", "-e", "js", "-o", folder, path],
                           check=True)
            fault = wrong(path + ".sessions", run, why, guess)
        print(f"{'not ' if fault else ''}ok {i} - {name}")
        if fault:
            failed += 1
            print("#", fault[:600])
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
