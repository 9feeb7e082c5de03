#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# filesfrom.t: PATHs out of files.
. "$(dirname "$0")/../lib/check.sh"

mkdir -p d/sub
cp "$data/http.pcap" a.pcap
cp "$data/ssh.pcap" 'b c.pcap'
cp "$data/nano.pcap" "$(printf 'new\nline.pcap')"
cp "$data/http6.pcap" d/sub/deep.pcap
cp "$data/midstream.pcap" d/flat.pcap

# made: what is in o, which goes.
made() {
	ls -Q o 2>/dev/null | tr '\n' ' '
	rm -rf o
}

printf 'a.pcap\n\nb c.pcap\n' >list
run "$tcpsession" -o o --files-from list
is "$status $err" '0 ' 'a name a line, empty lines are none'
is "$(made)" '"a.pcap.sessions" "b c.pcap.sessions" ' '... both are read'
printf 'a.pcap\nb c.pcap' >list
run "$tcpsession" -o o --files-from list
is "$status $(made)" '0 "a.pcap.sessions" "b c.pcap.sessions" ' \
    'the last line may lack its end'
run "$tcpsession" -o o --files-from - <list
is "$status $(made)" '0 "a.pcap.sessions" "b c.pcap.sessions" ' \
    'the list on standard input'
run "$tcpsession" -o o --files-from list d
is "$status $(made)" \
    '0 "a.pcap.sessions" "b c.pcap.sessions" "flat.pcap.sessions" ' \
    'with PATHs besides'
printf 'd\n' >dirs
run "$tcpsession" -r -o o --files-from dirs
is "$status $(cd o && find . -name '*.sessions' | sort | tr '\n' ' ')" \
    '0 ./flat.pcap.sessions ./sub/deep.pcap.sessions ' \
    'directories, as if they were PATHs'
rm -rf o
run "$tcpsession" -o o --files-from list --files-from dirs
is "$status $(made)" \
    '0 "a.pcap.sessions" "b c.pcap.sessions" "flat.pcap.sessions" ' \
    'two lists'

for null in -0 --null; do
	printf 'new\nline.pcap\0a.pcap\0' >list0
	run "$tcpsession" -o o --files-from list0 $null
	is "$status $(made)" \
	    '0 "a.pcap.sessions" "new\nline.pcap.sessions" ' "$null"
done
run sh -c 'find . -name "*.pcap" -print0 | "$1" -0 -o o --files-from -' - \
    "$tcpsession"
is "$status $err $(made | wc -w)" '0  6' 'find -print0'
run sh -c 'printf "a.pcap" | "$1" -0 -o o --files-from -' - "$tcpsession"
is "$status $(made)" '0 "a.pcap.sessions" ' 'the last NUL may be missing'

# --------------------------------------------------------------- what is not

printf 'a.pcap\nmissing.pcap\n' >list
run "$tcpsession" -o o --files-from list
is "$status $(made)" '2 ' 'one that does not exist: 2, nothing is done'
like "$err" '^tcpsession: missing.pcap: No such file' '... says which'
run "$tcpsession" -o o --files-from nowhere a.pcap
is "$status $(made)" '2 ' 'no such list: 2'
like "$err" '^tcpsession: --files-from: nowhere: No such file' '... says so'
run "$tcpsession" -o o --files-from d a.pcap
is "$status $(made)" '2 ' 'a directory for a list: 2'
run "$tcpsession" -o o --files-from list0
is "$status $(made)" '2 ' 'NULs without -0: 2'
like "$err" 'read it with -0' '... with a hint'
: >none
run "$tcpsession" -o o --files-from none
is "$status" 0 'an empty list: 0'
is "$err" 'tcpsession: no capture found' '... and a word about it'
printf -- '-\n' >list
run "$tcpsession" -o o --files-from list <a.pcap
is "$status $(made)" '0 "stdin.sessions" ' '- in a list is standard input'
run "$tcpsession" -o o --files-from - <list
is "$status $(made)" '2 ' '... which cannot be the list as well: 2'
run "$tcpsession" -o o --files-from - - <list
is "$status $(made)" '2 ' '... nor on the command line: 2'
finish
