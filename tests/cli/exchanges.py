# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""exchanges.py PROGRAM WANTED: HTTP as it is and as it should not be, a
connection for each case, and what -e http,objects makes of it: WANTED has the
lines ("show" prints those of now); "costs": memory stays as it is, and time
doubles, when what is hostile is twice as much.  The lines must be the same however the bytes lie in packets, when neighbours
are exchanged, and when every packet is there twice.  Prints what differs.
"""
import difflib
import gzip
import json
import os
import struct
import subprocess
import sys
import tempfile
import zlib

ENDS = (b"\x0a\0\0\1", b"\x0a\0\0\2")


def checksum(data):
    n = sum(struct.unpack("!%dH" % (len(data) // 2 + len(data) % 2),
                          data + bytes(len(data) % 2)))
    n = (n >> 16) + (n & 0xffff)
    return struct.pack("!H", ~(n + (n >> 16)) & 0xffff)


class Conversation:
    """Packets of one connection: [(time, direction, bytes)]."""

    def __init__(self, number, mss):
        self.packets, self.seq, self.mss = [], [1000, 5000], mss
        self.now, self.ports = 1000000000 + 10 * number, (20000 + number, 80)
        for d, flags in ((0, 2), (1, 0x12), (0, 0x10)):
            self.packet(d, flags)

    def packet(self, d, flags, data=b"", lost=False):
        tcp = struct.pack("!HHIIBBHHH", self.ports[d], self.ports[not d],
                          self.seq[d], self.seq[not d] if flags & 16 else 0,
                          0x50, flags, 65000, 0, 0) + data
        ends = ENDS[d] + ENDS[not d]
        tcp = (tcp[:16] + checksum(ends + struct.pack("!HH", 6, len(tcp)) + tcp)
               + tcp[18:])
        ip = struct.pack("!BBHHHBB", 0x45, 0, 20 + len(tcp),
                         len(self.packets) & 0xffff, 0x4000, 64, 6)
        ip += checksum(ip + ends) + ends
        self.now += 0.0001
        if not lost:
            self.packets.append((self.now, d if data else None,
                                 ip + tcp))
        self.seq[d] += len(data) + (flags & 2) // 2 + (flags & 1)

    def say(self, d, data):
        for i in range(0, len(data), self.mss):
            self.packet(d, 0x18, data[i:i + self.mss])
        self.packet(not d, 0x10)

    def end(self, how):
        for flags, d in {"fin": ((0x11, 1), (0x11, 0)), "none": (),
                         "rst1": ((0x14, 1),), "rst0": ((0x14, 0),),
                         "fin1rst0": ((0x11, 1), (0x14, 0))}[how]:
            self.packet(d, flags)
            if flags == 0x11:
                self.packet(not d, 0x10)


HOST = b'Host: lab.example\r\n'


def req(m='GET',t='/a',h=b'',body=b'',host=HOST,ver='1.1',cl=None):
    o=('%s %s HTTP/%s\r\n'%(m,t,ver)).encode('latin1')+host+h
    if body or cl is not None: o+=b'Content-Length: %d\r\n'%(len(body) if cl is None else cl)
    return o+b'\r\n'+body
def resp(body=b'',st='200 OK',h=b'',type='text/plain',cl=None,ver='1.1'):
    o=('HTTP/%s %s\r\n'%(ver,st)).encode()
    if type: o+=b'Content-Type: '+type.encode('latin1')+b'\r\n'
    if cl is None: o+=b'Content-Length: %d\r\n'%len(body)
    elif cl is not False: o+=b'Content-Length: %d\r\n'%cl
    return o+h+b'\r\n'+body
def ch(b,n=100,ext=b'',tr=b''):
    return b''.join(b'%x%s\r\n%s\r\n'%(len(b[i:i+n]),ext,b[i:i+n]) for i in range(0,len(b),n))+b'0\r\n'+tr+b'\r\n'
def chresp(b,h=b'',raw=None,**k):
    return b'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n'+h+b'\r\n'+(raw if raw is not None else ch(b,**k))
TEXT=b''.join(b'line %06d of text\n'%i for i in range(200))
def rawdef(b): c=zlib.compressobj(9,8,-15); return c.compress(b)+c.flush()
cases=[]


def C(name, *turns, end="fin"):
    cases.append((name, turns, end))


g=gzip.compress(TEXT)
C('equal lengths',(0,req()),(1,resp(TEXT,h=b'Content-Length: %d\r\n'%len(TEXT))),(0,req(t='/b')),(1,resp(b'b')))
C('two lengths differ',(0,req()),(1,resp(TEXT,h=b'Content-Length: 5\r\n')),(0,req(t='/b')),(1,resp(b'b')))
C('list length 5, 5',(0,req()),(1,b'HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello'))
C('TE and CL',(0,req()),(1,chresp(TEXT,h=b'Content-Length: 3\r\n')),(0,req(t='/b')),(1,resp(b'b')))
C('LF only',(0,b'GET /lf HTTP/1.1\nHost: lab.example\n\n'),(1,b'HTTP/1.1 200 OK\nContent-Length: 5\n\nhello'))
C('obs-fold',(0,req()),(1,b'HTTP/1.1 200 OK\r\nContent-Type: text/html;\r\n charset=utf-8\r\nContent-Length: 5\r\n\r\nhello'))
C('1.0 keepalive',(0,req(ver='1.0',h=b'Connection: keep-alive\r\n')),(1,resp(b'a',ver='1.0',h=b'Connection: keep-alive\r\n')),(0,req(t='/b',ver='1.0')),(1,resp(b'b',ver='1.0')))
C('1.0 chunked',(0,req(ver='1.0')),(1,chresp(TEXT).replace(b'HTTP/1.1',b'HTTP/1.0')))
C('absolute',(0,req(t='http://far.example/x')),(1,resp(b'x')))
C('absolute ftp',(0,req(t='ftp://far.example/x')),(1,resp(b'x')))
C('HEAD chunked',(0,req('HEAD')),(1,b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'),(0,req(t='/b')),(1,resp(b'b')))
C('HEAD no length, close',(0,req('HEAD')),(1,b'HTTP/1.1 200 OK\r\n\r\n'))
C('204 with length',(0,req()),(1,resp(b'',st='204 No Content',cl=10)),(0,req(t='/b')),(1,resp(b'b')))
C('205',(0,req()),(1,resp(b'',st='205 Reset')),(0,req(t='/b')),(1,resp(b'b')))
C('304 chunked',(0,req()),(1,b'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n'),(0,req(t='/b')),(1,resp(b'b')))
C('206 single',(0,req(h=b'Range: bytes=10-19\r\n')),(1,resp(TEXT[10:20],st='206 Partial Content',h=b'Content-Range: bytes 10-19/%d\r\n'%len(TEXT))))
C('416',(0,req(h=b'Range: bytes=99999-\r\n')),(1,resp(b'no',st='416 Range Not Satisfiable',h=b'Content-Range: bytes */100\r\n')))
C('103 102 then final',(0,req()),(1,b'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'+resp(b'a')))
C('expect refused',(0,req('POST',h=b'Expect: 100-continue\r\n',cl=500)),(1,resp(b'no',st='417 Expectation Failed')),(0,req(t='/b')),(1,resp(b'b')))
C('early response before body ends',(0,req('POST',cl=len(TEXT)) + TEXT[:100]),(1,resp(b'too large',st='413 Too Large')),(0,TEXT[100:]),(0,req(t='/b')),(1,resp(b'b')))
C('early response then close',(0,req('POST',cl=len(TEXT)) + TEXT[:100]),(1,resp(b'too large',st='413 Too Large')))
C('pipelined, last unanswered',(0,req(t='/1')+req(t='/2')+req(t='/3')),(1,resp(b'1')+resp(b'2')))
C('no response',(0,req(t='/1')))
C('request without end',(0,b'GET /cut HTTP/1.1\r\nHost: lab.ex'))
C('response without request',(1,resp(b'hello')),end='fin')
C('gzip',(0,req()),(1,resp(g,h=b'Content-Encoding: gzip\r\n')))
C('x-gzip upper',(0,req()),(1,resp(g,h=b'content-encoding:  X-GZip \r\n')))
C('gzip members',(0,req()),(1,resp(g+gzip.compress(b'more'),h=b'Content-Encoding: gzip\r\n')))
C('gzip trailing junk',(0,req()),(1,resp(g+b'\0\0junk',h=b'Content-Encoding: gzip\r\n')))
C('gzip truncated',(0,req()),(1,resp(g[:-100],h=b'Content-Encoding: gzip\r\n')))
C('gzip no trailer',(0,req()),(1,resp(g[:-8],h=b'Content-Encoding: gzip\r\n')))
C('gzip bad crc',(0,req()),(1,resp(g[:-8]+b'abcd'+g[-4:],h=b'Content-Encoding: gzip\r\n')))
C('gzip broken in middle',(0,req()),(1,resp(g[:150]+b'\xff'*40+g[190:],h=b'Content-Encoding: gzip\r\n')))
C('gzip until close',(0,req()),(1,resp(g,h=b'Content-Encoding: gzip\r\n',cl=False)))
C('deflate zlib',(0,req()),(1,resp(zlib.compress(TEXT),h=b'Content-Encoding: deflate\r\n')))
C('deflate raw',(0,req()),(1,resp(rawdef(TEXT),h=b'Content-Encoding: deflate\r\n')))
C('deflate is gzip',(0,req()),(1,resp(g,h=b'Content-Encoding: deflate\r\n')))
C('gzip twice',(0,req()),(1,resp(gzip.compress(g),h=b'Content-Encoding: gzip, gzip\r\n')))
C('deflate, gzip',(0,req()),(1,resp(gzip.compress(zlib.compress(TEXT)),h=b'Content-Encoding: deflate\r\nContent-Encoding: gzip\r\n')))
C('TE gzip chunked',(0,req()),(1,b'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'+ch(g)))
C('unknown coding',(0,req()),(1,resp(b'\1\2\3abc',h=b'Content-Encoding: compress\r\n')))
C('aws-chunked',(0,req()),(1,resp(b'hello',h=b'Content-Encoding: aws-chunked\r\n')))
C('identity',(0,req()),(1,resp(TEXT,h=b'Content-Encoding: identity\r\n')))
C('none coding',(0,req()),(1,resp(TEXT,h=b'Content-Encoding: none\r\n')))
C('utf-8 coding',(0,req()),(1,resp(TEXT,h=b'Content-Encoding: utf-8\r\n')))
C('coded empty',(0,req()),(1,resp(b'',h=b'Content-Encoding: gzip\r\n')),(0,req(t='/b')),(1,resp(gzip.compress(b''),h=b'Content-Encoding: gzip\r\n')))
C('gzip label on text',(0,req()),(1,resp(TEXT,h=b'Content-Encoding: gzip\r\n')))
png=b'\x89PNG\r\n\x1a\n'+bytes(range(256))*4
C('gzip label on png',(0,req()),(1,resp(png,type='image/png',h=b'Content-Encoding: gzip\r\n')))
C('br label on png',(0,req()),(1,resp(png,type='image/png',h=b'Content-Encoding: br\r\n')))
C('upload gzip',(0,req('POST',h=b'Content-Encoding: gzip\r\nContent-Type: application/json\r\n',body=gzip.compress(b'{"a":1}'))),(1,resp(b'ok')))
C('upload chunked',(0,b'POST /u HTTP/1.1\r\n'+HOST+b'Transfer-Encoding: chunked\r\nContent-Type: application/octet-stream\r\n\r\n'+ch(TEXT)),(1,resp(b'ok')))
B=b'----WebKitFormBoundaryX'
def mp(*parts,pre=b'',epi=b'',last=True,nl=b'\r\n'):
    o=pre
    for h,b in parts: o+=b'--'+B+nl+h+nl+b+nl
    return o+(b'--'+B+b'--'+nl if last else b'')+epi
def mpreq(b,extra=b''): return req('POST',h=b'Content-Type: multipart/form-data; boundary='+B+extra+b'\r\n',body=b)
f1=(b'Content-Disposition: form-data; name="t"\r\n',b'value')
f2=(b'Content-Disposition: form-data; name="f"; filename="../../../etc/passwd"\r\nContent-Type: image/png\r\n',png)
f0=(b'Content-Disposition: form-data; name="e"\r\n',b'')
C('multipart',(0,mpreq(mp(f1,f2,f0,f1))),(1,resp(b'ok')))
C('multipart preamble epilogue',(0,mpreq(mp(f1,f2,pre=b'This is preamble\r\n',epi=b'epilogue'))),(1,resp(b'ok')))
C('multipart no final',(0,mpreq(mp(f1,f2,last=False))),(1,resp(b'ok')))
C('multipart LF',(0,mpreq(mp((f1[0].replace(b'\r\n',b'\n'),f1[1]),(f2[0].replace(b'\r\n',b'\n'),f2[1]),nl=b'\n'))),(1,resp(b'ok')))
C('multipart nohead',(0,mpreq(mp((b'',b'x')))),(1,resp(b'ok')))
inner=b'--in\r\n\r\nA\r\n--in\r\n\r\nB\r\n--in--\r\n'
C('multipart nested',(0,mpreq(mp((b'Content-Type: multipart/mixed; boundary=in\r\n',inner),f1))),(1,resp(b'ok')))
C('multipart quoted boundary',(0,req('POST',h=b'Content-Type: multipart/form-data; charset=x; boundary="'+B+b'"\r\n',body=mp(f1))),(1,resp(b'ok')))
C('multipart gz',(0,req('POST',h=b'Content-Encoding: gzip\r\nContent-Type: multipart/form-data; boundary='+B+b'\r\n',body=gzip.compress(mp(f1,f2)))),(1,resp(b'ok')))
C('multipart boundary wrong',(0,mpreq(mp(f1,f2),b'Y')),(1,resp(b'ok')))
C('multipart dash lines inside',(0,mpreq(mp((f1[0],b'a\r\n--'+B[:-1]+b'\r\n--\r\n\r\r\n--'+B+b'Z\r\nend')))),(1,resp(b'ok')))
C('byteranges',(0,req(h=b'Range: bytes=0-1,5-6\r\n')),(1,resp(b'\r\n--SEP\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\nab\r\n--SEP\r\nContent-Type: text/plain\r\nContent-Range: bytes 5-6/10\r\n\r\nfg\r\n--SEP--\r\n',st='206 Partial Content',type='multipart/byteranges; boundary=SEP')))
C('x-mixed-replace',(0,req()),(1,b'HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=f\r\n\r\n'+b''.join(b'--f\r\nContent-Type: image/jpeg\r\nContent-Length: 6\r\n\r\n\xff\xd8\xff\xe0%02d\r\n'%i for i in range(3))))
C('long url',(0,req(t='/'+'a'*9000)),(1,resp(b'x')))
C('very long url',(0,req(t='/'+'a'*20000)),(1,resp(b'x')))
C('nonutf8 target',(0,req(t='/caf\xe9?x=\xff')),(1,resp(b'x')))
C('utf8 target',(0,b'GET /caf\xc3\xa9 HTTP/1.1\r\n'+HOST+b'\r\n'),(1,resp(b'x')))
C('no host',(0,req(host=b'')),(1,resp(b'x')))
C('host port',(0,req(host=b'Host: lab.example:80\r\n')),(1,resp(b'x')))
C('host ipv6',(0,req(host=b'Host: [2001:db8::1]:8080\r\n')),(1,resp(b'x')))
C('empty host',(0,req(host=b'Host:\r\n')),(1,resp(b'x')))
C('OPTIONS *',(0,req('OPTIONS','*')),(1,resp(b'')))
C('spaces in target',(0,req(t='/a b c')),(1,resp(b'x')))
C('CONNECT tls',(0,req('CONNECT','h:443')),(1,b'HTTP/1.1 200 Connection established\r\n\r\n'),(0,b'\x16\x03\1\0\5hello'),(1,b'\x16\x03\1\0\5world'))
C('CONNECT 200 with length',(0,req('CONNECT','h:80')),(1,b'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n'),(0,req(t='/in')),(1,resp(b'x')))
C('CONNECT in CONNECT',(0,req('CONNECT','h:80')),(1,b'HTTP/1.1 200 OK\r\n\r\n'),(0,req('CONNECT','i:80')),(1,b'HTTP/1.1 200 OK\r\n\r\n'),(0,req(t='/in')),(1,resp(b'x')))
C('CONNECT refused',(0,req('CONNECT','h:443')),(1,resp(b'auth',st='407 Proxy')),(0,req('CONNECT','h:443')),(1,b'HTTP/1.1 200 OK\r\n\r\n'),(0,b'\x16\x03\1\0\5hello'))
C('CONNECT ssh',(0,req('CONNECT','h:22')),(1,b'HTTP/1.1 200 OK\r\n\r\nSSH-2.0-x\r\n'),(0,b'SSH-2.0-y\r\n'))
C('websocket',(0,req(h=b'Upgrade: websocket\r\nConnection: Upgrade\r\n')),(1,b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'),(1,b'\x81\x05hello'),(0,b'\x81\x85abcd12345'))
C('h2c',(0,req(h=b'Upgrade: h2c\r\n')),(1,b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n\0\0\0\4\0\0\0\0\0'),(0,b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0'))
C('0.9',(0,b'GET /old\r\n'),(1,b'<html>old</html>'))
C('ICY',(0,req()),(1,b'ICY 200 OK\r\nContent-Type: audio/mpeg\r\n\r\nID3xxxx'))
C('RTSP',(0,b'OPTIONS rtsp://x/ RTSP/1.0\r\nCSeq: 1\r\n\r\n'),(1,b'RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n'))
C('SIP',(0,b'OPTIONS sip:x SIP/2.0\r\nCSeq: 1\r\n\r\n'),(1,b'SIP/2.0 200 OK\r\nCSeq: 1\r\n\r\n'))
C('CRLF between',(0,b'\r\n'+req('POST',body=b'abc')+b'\r\n'+req(t='/b')),(1,resp(b'1')+b'\r\n'+resp(b'2')))
C('reset in body',(0,req()),(1,resp(TEXT[:1000],cl=9000)),end='rst1')
C('client reset in body',(0,req()),(1,resp(TEXT[:1000],cl=9000)),end='rst0')
C('idle cut in body',(0,req()),(1,resp(TEXT[:1000],cl=9000)),end='none')
C('close body no fin',(0,req()),(1,resp(TEXT,cl=False)),end='none')
C('close body rst',(0,req()),(1,resp(TEXT,cl=False)),end='rst1')
C('close body fin then rst',(0,req()),(1,resp(TEXT,cl=False)),end='fin1rst0')
C('chunk cut by fin',(0,req()),(1,chresp(TEXT,raw=ch(TEXT)[:500])))
C('chunk without final',(0,req()),(1,chresp(TEXT,raw=ch(TEXT)[:-5])))
C('chunk bad size',(0,req()),(1,chresp(TEXT,raw=b'5\r\nhello\r\nzz\r\nxx\r\n')),(0,req(t='/b')),(1,resp(b'b')))
C('chunk final no crlf, fin',(0,req()),(1,chresp(TEXT,raw=ch(TEXT)[:-2])))
C('chunk spaces',(0,req()),(1,chresp(TEXT,raw=b'5   \r\nhello\r\n0\r\n\r\n')))
C('chunk upper, zeros',(0,req()),(1,chresp(TEXT,raw=b'000A\r\n0123456789\r\n000\r\n\r\n')),(0,req(t='/b')),(1,resp(b'b')))
C('chunk LF',(0,req()),(1,chresp(TEXT,raw=b'5\nhello\n0\n\n')),(0,req(t='/b')),(1,resp(b'b')))
C('hole in body',(0,req()),(1,resp(TEXT,cl=len(TEXT)+500)[:-700]),('lose',1,500),(1,TEXT[-700:]),(0,req(t='/b')),(1,resp(b'b')))
C('hole at body begin',(0,req()),(1,resp(b'',cl=1000)),('lose',1,500),(1,TEXT[:500]),(0,req(t='/b')),(1,resp(b'b')))
C('hole at body end',(0,req()),(1,resp(TEXT[:500],cl=1000)),('lose',1,500),(0,req(t='/b')),(1,resp(b'b')))
C('hole in gzip',(0,req()),(1,resp(g,h=b'Content-Encoding: gzip\r\n')[:300]),('lose',1,50),(1,resp(g,h=b'Content-Encoding: gzip\r\n')[350:]),(0,req(t='/b')),(1,resp(b'b')))
C('hole in chunk',(0,req()),(1,b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n'+b'a'*100),('lose',1,100),(1,b'b'*55+b'\r\n0\r\n\r\n'),(0,req(t='/b')),(1,resp(b'b')))
C('hole over chunks',(0,req()),(1,b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n'+b'a'*100),('lose',1,300),(1,b'b'*55+b'\r\n0\r\n\r\n'),(0,req(t='/b')),(1,resp(b'b')))
C('hole in response head',(0,req()),(1,b'HTTP/1.1 200 OK\r\nContent-Ty'),('lose',1,20),(1,b'gth: 5\r\n\r\nhello'),(0,req(t='/b')),(1,resp(b'b')))
C('hole is response head',(0,req()),('lose',1,100),(1,b'rest of body'),(0,req(t='/b')),(1,resp(b'b')))
C('hole is whole response',(0,req()),('lose',1,100),(0,req(t='/b')),(1,resp(b'b')))
C('hole in request head',(0,b'GET /a HTTP/1.1\r\nHo'),('lose',0,20),(0,b'x: y\r\n\r\n'),(1,resp(b'a')),(0,req(t='/b')),(1,resp(b'b')))
C('request lost',('lose',0,100),(1,resp(b'a')),(0,req(t='/b')),(1,resp(b'b')))
C('hole in upload',(0,req('POST',cl=1000)+b'u'*300),('lose',0,300),(0,b'v'*400),(1,resp(b'ok')))
C('hole in multipart',(0,req('POST',h=b'Content-Type: multipart/form-data; boundary='+B+b'\r\n',cl=len(mp(f1,f2))+100)+mp(f1,f2)[:500]),('lose',0,100),(0,mp(f1,f2)[500:]),(1,resp(b'ok')))
C('json type variants',(0,req()),(1,resp(b'{"a":1}',type='application/vnd.api+json')),(0,req(t='/b')),(1,resp(b'{"a":1}',type='Application/JSON ; charset=utf8')))
C('bad type',(0,req()),(1,resp(b'x',type='plain')),(0,req(t='/b')),(1,resp(b'x',type='')))
C('two types',(0,req()),(1,resp(b'x',type='text/html',h=b'Content-Type: text/plain\r\n')))
C('two types one line',(0,req()),(1,resp(b'x',type='text/html, text/plain')))
C('exe',(0,req(t='/a.jpg')),(1,resp(b'MZ\x90\0'+b'\0'*100,type='image/jpeg')))
C('sh',(0,req()),(1,resp(b'#!/bin/sh\necho',type='text/plain')))
C('octet gz',(0,req()),(1,resp(g,type='application/octet-stream')))
C('octet html',(0,req()),(1,resp(b'<!DOCTYPE html><html>',type='application/octet-stream')))
C('no type json',(0,req()),(1,resp(b'[1,2,3]',type=None)))
C('no type bin',(0,req()),(1,resp(bytes(range(256)),type=None)))
C('no type xml',(0,req()),(1,resp(b'<?xml version="1.0"?><r/>',type=None)))
C('server push after close request',(0,req(h=b'Connection: close\r\n')),(1,resp(b'a',h=b'Connection: close\r\n')),(0,req(t='/late')))
C('reason utf8, no reason',(0,req()),(1,b'HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na'),(0,req(t='/b')),(1,b'HTTP/1.1 404 Pas trouv\xe9\r\nContent-Length: 1\r\n\r\nb'))
C('methods',(0,req('PROPFIND','/d',body=b'<x/>')),(1,resp(b'<r/>',st='207 Multi-Status',type='application/xml')),(0,req('M-SEARCH','*')),(1,resp(b'')),(0,req('MKCOL','/z')),(1,resp(b'',st='201 Created')),(0,req('PATCH','/z',body=b'p')),(1,resp(b'')),(0,req('get','/lower')),(1,resp(b'x')))
C('DELETE with body',(0,req('DELETE',body=b'why')),(1,resp(b'',st='202 Accepted')))
C('GET with body',(0,req('GET',body=b'why')),(1,resp(b'ok')))
C('PUT empty length',(0,req('PUT',cl=0)),(1,resp(b'',st='201 Created')))
C('POST no length',(0,req('POST')),(1,resp(b'ok',st='411 Length Required')))
C('status 99x',(0,req()),(1,resp(b'x',st='999 Request denied')))
C('status 600',(0,req()),(1,resp(b'x',st='600 What')))
C('sse',(0,req()),(1,b'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: a\n\ndata: b\n\n'),end='none')
C('large length',(0,req()),(1,resp(b'abc',cl=99999999999999999999999)))
C('plus length',(0,req()),(1,b'HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello'))
C('mail that quotes',(1,b'220 mail\r\n'),(0,b'EHLO x\r\n'),(1,b'250 ok\r\n'),(0,b'DATA\r\n'),(1,b'354 go\r\n'),(0,b'Subject: x\r\n\r\nGET / HTTP/1.1\r\nHost: quoted\r\n\r\n.\r\n'),(1,b'250 done\r\n'))
C('proxy protocol',(0,b'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n'+req()),(1,resp(b'a')))
C('many heads fields',(0,req(h=b''.join(b'X-%d: y\r\n'%i for i in range(600)))),(1,resp(b'a')))
C('100 without expect twice',(0,req('POST',body=b'abc')),(1,b'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n'+resp(b'a')))
C('websocket refused',(0,req(h=b'Upgrade: websocket\r\nConnection: Upgrade\r\n')),(1,resp(b'no',st='400 Bad')),(0,req(t='/b')),(1,resp(b'b')))
C('content after 304 for other',(0,req(t='/x')+req(t='/y')),(1,resp(b'',st='304 Not Modified',cl=100)+resp(b'yy')))


def build(path, mss, change):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))
        for i, (_, turns, end) in enumerate(cases):
            c = Conversation(i, mss)
            for turn in turns:
                if turn[0] == "lose":
                    c.packet(turn[1], 0x18, bytes(turn[2]), lost=True)
                else:
                    c.say(*turn)
            c.end(end)
            for t, _, data in change(c.packets):
                f.write(struct.pack("<IIII", int(t), int(t % 1 * 1e6),
                                    len(data), len(data)) + data)


def swap(packets):
    out = list(packets)
    for i in range(0, len(out) - 1, 2):
        (t, a, x), (u, b, y) = out[i:i + 2]
        if a == b and a is not None:
            out[i:i + 2] = (t, b, y), (u, a, x)
    return out


def twice(packets):
    return [p for p in packets for _ in (1, 2)]


def lines(where, name):
    with open(os.path.join(where, "x.pcap.sessions", name)) as f:
        return [json.loads(line) for line in f]


def side(m):
    return m and "%s %d %s %s" % (
        m["type"], m["bytes"], "complete" if m["complete"] else "INCOMPLETE",
        (m["file"] or "-").split("-")[-1])


def show(program, mss, change):
    with tempfile.TemporaryDirectory() as tmp:
        build(tmp + "/x.pcap", mss, change)
        subprocess.run([program, "-q", "-e", "http,objects", "-o", tmp,
                        tmp + "/x.pcap"], check=False)
        case = {s["session"]: s["client"]["port"] - 20000
                for s in lines(tmp, "sessions.jsonl")}
        out = [[name] for name, _, _ in cases]
        for e in lines(tmp, "http.jsonl"):
            out[case[e["session"]]].append("  %s %s %s: %s -> %s" % (
                e["method"], e["url"] and e["url"][:60], e["status"],
                side(e["request"]), side(e["response"])))
        for o in lines(tmp, "objects.jsonl"):
            if o["reason"] or o["part"] or o["range"]:
                out[case[o["session"]]].append("    %s %s %s %s %d %d %s %s" % (
                    o["file"].split("-")[-1], o["direction"], o["actual"],
                    o["codings"], o["sent"], o["bytes"], o["reason"],
                    o["part"] or o["range"]))
        return "".join(line + "\n" for case in out for line in case)


def hostile(n):
    """What takes memory or time that a reader must not give: name, turns."""
    nested = bytes(n * 5000000)
    for _ in range(4):
        nested = gzip.compress(nested)
    parts = b"--B\r\n\r\nx\r\n" * (n * 20000)
    lines = b"X-A: bbbbbbbbbb\r\n" * (n * 100000)
    return (
        ("a head of one line", (0, req()),
         (1, b"HTTP/1.1 200 OK\r\nX: " + b"a" * (n * 5000000) + b"\r\n\r\n")),
        ("a head of many lines", (0, req()),
         (1, b"HTTP/1.1 200 OK\r\n" + lines + b"\r\nbody")),
        ("no line", (0, b"G" * (n * 3000000))),
        ("chunks", (0, req()), (1, chresp(b"", raw=b"1\r\na\r\n" *
                                         (n * 200000) + b"0\r\n\r\n"))),
        ("requests", (0, req() * (n * 20000))),
        ("responses", (0, req() * (n * 5000)), (1, resp(b"") * (n * 20000))),
        ("codings", (0, req()),
         (1, resp(nested, h=b"Content-Encoding: gzip, gzip, gzip, gzip\r\n"))),
        ("parts", (0, req("POST", body=parts, h=b"Content-Type: "
                          b"multipart/form-data; boundary=B\r\n"))),
        ("delimiters", (0, req("POST", body=b"\r\n--B" * (n * 100000),
                               h=b"Content-Type: multipart/form-data; "
                               b"boundary=BBBB\r\n"))))


def cost(program, turns):
    """CPU seconds and MB that the program takes for a connection."""
    cases[:] = [("", turns, "fin")]
    with tempfile.TemporaryDirectory() as tmp:
        build(tmp + "/x.pcap", 1400, list)
        code = ("import os, resource, subprocess, sys;"
                "subprocess.run(sys.argv[1:]);"
                "r = resource.getrusage(resource.RUSAGE_CHILDREN);"
                "print(r.ru_utime, r.ru_maxrss >> 10)")
        out = subprocess.run(
            [sys.executable, "-c", code, program, "-q", "-e", "http,objects",
             "-o", tmp, tmp + "/x.pcap"], stdout=subprocess.PIPE, check=True)
    seconds, megabytes = out.stdout.split()
    return float(seconds), int(megabytes)


def check_costs(program):
    for (name, *little), (_, *much) in zip(hostile(1), hostile(2)):
        one, two = cost(program, little), cost(program, much)
        if two[1] > 40 or two[0] > 0.2 + 3 * one[0]:
            print("%s: %.2f s and %d MB, twice as much %.2f s and %d MB" % (
                name, *one, *two))


def main(program, wanted):
    with open(wanted) as f:
        want = f.read()
    ways = [(1400, list), (1400, swap), (1400, twice), (97, swap), (5, list)]
    for mss, change in ways:
        got = show(program, mss, change)
        for line in difflib.unified_diff(want.split("\n"), got.split("\n"),
                                         "wanted", "%s, %d" % (
                                             change.__name__, mss), "", "",
                                         1, ""):
            print(line)


if __name__ == "__main__":
    if sys.argv[2:] == ["show"]:
        print(show(sys.argv[1], 1400, list), end="")
    elif sys.argv[2:] == ["costs"]:
        check_costs(sys.argv[1])
    else:
        main(*sys.argv[1:])
