#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# make.sh [DIR [PART...]]: makes the captures of data/ anew (or into DIR),
# or those of some parts: http http2 websocket https scripts lossy chats two_links ssh dns.
#
# Real programs talk over real sockets between two network namespaces, joined by
# a veth pair and by relay.py, and tcpdump listens.  Needs root, iproute2,
# tcpdump, nginx, curl, openssl, OpenBSD's nc, ssh, sshd, python3, mergecap,
# editcap, getent and logger.
# What comes out differs in times, ports and sequence numbers from run to run.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../../data}
[ $# -eq 0 ] || shift
out=$(cd "$out" && pwd)
tmp=$(mktemp -d)
a=ts-a-$$
b=ts-b-$$
pids=
heard=tcp

clean() {
	for pid in $pids; do
		kill "$pid" 2>/dev/null || true
	done
	wait
	ip netns del "$a" 2>/dev/null || true
	ip netns del "$b" 2>/dev/null || true
	rm -rf "$tmp" "/etc/netns/$a"
}
trap clean EXIT
trap 'exit 1' INT TERM

in_a() { ip netns exec "$a" "$@"; }
# Not for what runs on and is ended by its number.
in_b() { ip netns exec "$b" "$@"; }

# until_line FILE TEXT: waits for a line of that kind, at most 10 seconds
until_line() {
	n=0
	until grep -q "$2" "$1" 2>/dev/null; do
		n=$((n + 1))
		[ $n -lt 100 ] || { echo "no '$2' in $1" >&2; exit 1; }
		sleep 0.1
	done
}

# listen FILE IFACE [OPTION...]: starts tcpdump in namespace a
listen() {
	file=$1 iface=$2
	shift 2
	rm -f "$tmp/tcpdump.err"
	ip netns exec "$a" tcpdump -Z root -n -U --immediate-mode -B 65536 \
	    -i "$iface" -w "$file" "$@" "$heard" 2>"$tmp/tcpdump.err" &
	listener=$!
	pids="$pids $listener"
	until_line "$tmp/tcpdump.err" listening
}

unlisten() {
	sleep 0.5
	kill -INT "$listener"
	wait "$listener" || true
}

# no_offload NETNS IFACE: packets get their checksums, as on a wire
# (ioctl SIOCETHTOOL, ETHTOOL_STXCSUM)
no_offload() {
	ip netns exec "$1" python3 - "$2" <<-'END'
	import ctypes, fcntl, socket, struct, sys
	want = ctypes.create_string_buffer(struct.pack("II", 0x17, 0))
	fcntl.ioctl(socket.socket(), 0x8946, struct.pack(
	    "16sP16x", sys.argv[1].encode(), ctypes.addressof(want)))
	END
}

set_up_net() {
	ip netns add "$a"
	ip netns add "$b"
	ip link add ts-veth-a netns "$a" type veth peer name ts-veth-b netns "$b"
	python3 "$here/relay.py" "$a" tun0 "$b" tun0 7 >"$tmp/relay.out" &
	pids="$pids $!"
	until_line "$tmp/relay.out" ready
	for side in a b; do
		case $side in
		a) ns=$a n=1 ;;
		b) ns=$b n=2 ;;
		esac
		ip -n "$ns" link set lo up
		ip -n "$ns" addr add 10.9.0.$n/24 dev ts-veth-$side
		ip -n "$ns" addr add fd09::$n/64 dev ts-veth-$side nodad
		ip -n "$ns" link set ts-veth-$side up
		ip -n "$ns" addr add 10.9.1.$n/24 dev tun0
		ip -n "$ns" link set tun0 up
		no_offload "$ns" ts-veth-$side
		ip -n "$ns" link set ts-veth-$side gso_max_segs 1
	done
}

set_up_pages() {
	mkdir "$tmp/www" "$tmp/logs"
	cat >"$tmp/www/index.html" <<-'END'
	<!DOCTYPE html>
	<title>Ferry times</title>
	<script src="app.js"></script>
	<h1>Ferry times</h1>
	<script>
	var departures = ["08:15", "10:45", "17:30"];
	show(departures);
	</script>
	<p onclick="show(departures)">Grüße vom Kai</p>
	END
	cat >"$tmp/www/app.js" <<-'END'
	function show(times) {
		for (var i = 0; i < times.length; i++)
			console.log("departs at " + times[i]);
	}
	END
	for i in $(seq 1 1500); do
		echo "line $i of the timetable: departs $((i % 24)):$((i % 60))"
	done >"$tmp/www/timetable.txt"
	head -c 20000 "$tmp/www/timetable.txt" | gzip -9n | head -c 6000 \
	    >"$tmp/www/picture.png"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$tmp/www.key" -out "$tmp/www.crt" -days 3650 \
	    -subj /CN=www.example.org 2>"$tmp/openssl.err"
	cat >"$tmp/nginx.conf" <<-END
	daemon off;
	error_log $tmp/logs/error.log;
	pid $tmp/nginx.pid;
	events { }
	http {
		types {
			text/html html;
			application/javascript js;
			text/plain txt;
			image/png png;
		}
		access_log off;
		server_tokens off;
		gzip on;
		gzip_types text/plain application/javascript;
		gzip_min_length 20;
		client_body_temp_path $tmp/logs;
		server {
			listen 80;
			listen [::]:80;
			listen 443 ssl http2;
			listen 81 http2;
			ssl_certificate $tmp/www.crt;
			ssl_certificate_key $tmp/www.key;
			ssl_protocols TLSv1.2 TLSv1.3;
			ssl_buffer_size 1400;
			root $tmp/www;
			location /form { return 200 "thank you\n"; }
			location /old { return 302 /index.html; }
			location /none { return 204; }
		}
	}
	END
	chmod 755 "$tmp" "$tmp/www"
	ip netns exec "$b" nginx -p "$tmp" -c "$tmp/nginx.conf" 2>"$tmp/nginx.err" &
	pids="$pids $!"
	n=0
	until in_a curl -s -o /dev/null http://10.9.0.2/; do
		n=$((n + 1))
		[ $n -lt 50 ]
		sleep 0.1
	done
}

# get URL... with everything curl can do over one connection
browse() {
	in_a curl -s --compressed --remote-name-all --output-dir "$tmp/logs" \
	    "$1/index.html" "$1/app.js" "$1/timetable.txt" "$1/picture.png" \
	    "$1/missing.html"
	in_a curl -s -o /dev/null -I "$1/index.html" --next \
	    -s -o /dev/null "$1/none" --next \
	    -s -o /dev/null "$1/index.html" --next \
	    -s -o /dev/null -d "name=Ada&from=harbour" "$1/form" --next \
	    -s -L -o /dev/null "$1/old"
}

make_http() {
	listen "$tmp/http.pcap" ts-veth-a
	browse http://10.9.0.2
	unlisten
	gzip -9n <"$tmp/http.pcap" >"$tmp/http.pcap.gz"
	listen "$tmp/http6.pcap" ts-veth-a
	browse "http://[fd09::2]"
	unlisten
	zstd -q -19 "$tmp/http6.pcap" -o "$tmp/http6.pcap.zst"
}

# curl knows the prior knowledge of one page only, and tells (92) that nginx
# resets the stream of a form behind its answer.
make_http2() {
	listen "$tmp/http2.pcap" ts-veth-a
	for what in "--compressed http://10.9.0.2:81/index.html" \
	    "--compressed http://10.9.0.2:81/app.js" \
	    "--compressed http://10.9.0.2:81/timetable.txt" \
	    http://10.9.0.2:81/picture.png "-I http://10.9.0.2:81/index.html" \
	    http://10.9.0.2:81/none "-d name=Ada http://10.9.0.2:81/form" \
	    http://10.9.0.2:81/missing.html; do
		in_a curl -s --http2-prior-knowledge -o /dev/null $what ||
		    [ $? = 92 ]
	done
	unlisten
}

make_websocket() {
	listen "$tmp/websocket.pcap" lo
	in_a python3 "$here/websocket.py" 8081
	unlisten
}

# fetch OPTION...: pages over TLS; secrets go to https.keys
fetch() {
	SSLKEYLOGFILE=$tmp/https.keys in_a curl -s -k --remote-name-all \
	    --output-dir "$tmp/logs" --resolve www.example.org:443:10.9.0.2 \
	    "$@" https://www.example.org/index.html \
	    https://www.example.org/app.js https://www.example.org/timetable.txt
}

make_https() {
	listen "$tmp/https.pcap" ts-veth-a
	fetch --http1.1 --tlsv1.3
	fetch --http1.1 --tls-max 1.2 --ciphers ECDHE-ECDSA-AES128-GCM-SHA256
	fetch --http1.1 --tls-max 1.2 --ciphers ECDHE-ECDSA-AES128-SHA256 \
	    --compressed
	fetch --http2 --tlsv1.3 --tls13-ciphers TLS_CHACHA20_POLY1305_SHA256
	in_a curl -s -k -o /dev/null https://10.9.0.2/index.html
	unlisten
	listen "$tmp/one.pcap" ts-veth-a
	SSLKEYLOGFILE=$tmp/one.keys in_a curl -s -k -o /dev/null --http1.1 \
	    --compressed https://10.9.0.2/index.html
	unlisten
	editcap --inject-secrets "tls,$tmp/one.keys" "$tmp/one.pcap" \
	    "$tmp/https.pcapng"
}

# serve PORT COMMAND...: nc in namespace b, its input what COMMAND prints
serve() {
	port=$1
	shift
	"$@" | in_b nc -N -l "$port" >"$tmp/server.got" &
	server=$!
	n=0
	until in_b ss -ltn | grep -q ":$port "; do
		n=$((n + 1))
		[ $n -lt 100 ]
		sleep 0.1
	done
}

make_lossy() {
	seq 100000 135000 >"$tmp/up"
	seq 500000 535000 >"$tmp/down"
	serve 9000 cat "$tmp/down"
	listen "$tmp/lossy.pcap" tun0
	in_a nc -N 10.9.1.2 9000 <"$tmp/up" >"$tmp/client.got"
	wait "$server"
	unlisten
	cmp "$tmp/up" "$tmp/server.got"
	cmp "$tmp/down" "$tmp/client.got"
}

three_parts() {
	for part in one two three; do
		for i in 1 2 3 4 5 6 7 8; do
			echo "part $part, sentence $i of the $1"
			sleep 0.03
		done
		sleep 0.4
	done
}

chat() {
	serve 9001 three_parts server
	three_parts client | in_a nc -N 10.9.0.2 9001 >/dev/null &
	client=$!
	sleep "${1:-0}"
}

make_chats() {
	chat 0.5
	listen "$tmp/midstream.pcap" ts-veth-a
	wait "$client" "$server"
	unlisten
	listen "$tmp/nano.pcap" ts-veth-a --time-stamp-precision=nano
	chat
	wait "$client" "$server"
	unlisten
	listen "$tmp/whole.pcap" ts-veth-a
	chat
	wait "$client" "$server"
	unlisten
	packets=$(tcpdump -nr "$tmp/whole.pcap" 2>/dev/null | wc -l)
	editcap -F pcap -c $((packets / 3 + 1)) "$tmp/whole.pcap" "$tmp/rotated.pcap"
	n=0
	for part in "$tmp"/rotated_*.pcap; do
		mv "$part" "$tmp/rotated-$n.pcap"
		n=$((n + 1))
	done
}

make_two_links() {
	listen "$tmp/ether.pcap" ts-veth-a
	in_a curl -s -o /dev/null http://10.9.0.2/app.js
	unlisten
	listen "$tmp/tun.pcap" tun0
	in_a curl -s -o /dev/null http://10.9.1.2/index.html
	unlisten
	mergecap -F pcapng -w "$tmp/two-links.pcapng" "$tmp/ether.pcap" \
	    "$tmp/tun.pcap"
}

make_ssh() {
	mkdir -p /run/sshd
	ssh-keygen -q -t ed25519 -N '' -C host -f "$tmp/host"
	ssh-keygen -q -t ed25519 -N '' -C user -f "$tmp/user"
	cp "$tmp/user.pub" "$tmp/authorized"
	ip netns exec "$b" "$(command -v sshd)" -D -f /dev/null -p 2222 -h "$tmp/host" \
	    -o PermitRootLogin=yes -o StrictModes=no -o UsePAM=no \
	    -o AuthorizedKeysFile="$tmp/authorized" -o PidFile=none \
	    -E "$tmp/sshd.log" &
	pids="$pids $!"
	sleep 1
	listen "$tmp/ssh.pcap" ts-veth-a
	in_a ssh -F /dev/null -p 2222 -i "$tmp/user" \
	    -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no \
	    -o LogLevel=ERROR -o IdentitiesOnly=yes root@10.9.0.2 'seq 1 200' \
	    >"$tmp/ssh.got"
	unlisten
	[ "$(wc -l <"$tmp/ssh.got")" = 200 ]
}

# The resolver of the C library asks over IPv4 and IPv6, an SNTP client asks
# for the time, a log message goes where nobody listens, and a page is fetched.
make_dns() {
	mkdir -p "/etc/netns/$a"
	ip netns exec "$b" python3 "$here/datagrams.py" serve 10.9.0.2 fd09::2 \
	    >"$tmp/datagrams.out" &
	pids="$pids $!"
	until_line "$tmp/datagrams.out" ready
	heard='tcp or udp'
	listen "$tmp/dns.pcap" ts-veth-a
	heard=tcp
	for server in 10.9.0.2 fd09::2; do
		echo "nameserver $server" >"/etc/netns/$a/resolv.conf"
		in_a getent ahosts ferry.example >"$tmp/names"
		grep -q '^192.0.2.80 ' "$tmp/names"
	done
	in_a python3 "$here/datagrams.py" ask 10.9.0.2
	in_a logger --udp --server 10.9.0.2 --port 514 --rfc5424=nohost \
	    --tag ferry 'departs at 08:15'
	in_a curl -s -o /dev/null http://10.9.0.2/index.html
	unlisten
}

make_scripts() {
	listen "$tmp/scripts.pcap" lo
	in_a python3 "$here/scripts.py" run 8080
	unlisten
}

set_up_net
set_up_pages
for part in ${*:-http http2 websocket https scripts lossy chats two_links ssh dns}; do
	"make_$part"
done
for name in http2.pcap websocket.pcap http.pcap http.pcap.gz http6.pcap http6.pcap.zst https.pcap \
    https.keys https.pcapng lossy.pcap \
    midstream.pcap nano.pcap scripts.pcap rotated-0.pcap rotated-1.pcap rotated-2.pcap \
    two-links.pcapng ssh.pcap dns.pcap; do
	[ -e "$tmp/$name" ] || continue
	install -m 644 "$tmp/$name" "$out/$name"
done
