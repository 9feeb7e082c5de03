#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: make python3
# install.t: what `make install' puts where, and that it works there.
. "$(dirname "$0")/../lib/check.sh"

build=${BUILDDIR:-$here}
test -f "$build/config.mk" || skip_all 'there is no config.mk'
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
root=$work/root
# made GOAL: with directories of its own.
made() {
	make -s -C "$build" "$1" DESTDIR="$root" prefix=/opt/t \
	    datarootdir=/opt/t/share docdir=/opt/t/share/doc/tcpsession \
	    zshdir=/opt/zsh >said 2>&1
}

made install
ok $? 'make install'
is "$(cd root/opt && find . -type f | sort)" './t/bin/tcpsession
./t/share/bash-completion/completions/tcpsession
./t/share/doc/tcpsession/examples/crontab
./t/share/doc/tcpsession/examples/kubernetes.yaml
./t/share/doc/tcpsession/examples/slurm-array.sh
./t/share/doc/tcpsession/examples/tcpsession.service
./t/share/doc/tcpsession/examples/tcpsession.timer
./t/share/fish/vendor_completions.d/tcpsession.fish
./t/share/man/man1/tcpsession.1
./t/share/man/man5/tcpsession-formats.5
./t/share/man/man7/tcpsession-examples.7
./t/share/tcpsession/replay
./t/share/tcpsession/tcpsession.py
./zsh/_tcpsession' 'all files are in their places'
is "$(find root -type f ! -name config.mk -perm /111 | sort)" \
    'root/opt/t/bin/tcpsession
root/opt/t/share/tcpsession/replay' '... programs can be run'
is "$(sed -n 's/^ExecStart=\([^ ]*\) .*/\1/p' \
    root/opt/t/share/doc/tcpsession/examples/tcpsession.service)" \
    /opt/t/bin/tcpsession '... the service starts the one of its prefix'
export PYTHONPATH=$root/opt/t/share/tcpsession PYTHONDONTWRITEBYTECODE=1
PATH=$root/opt/t/bin:$PATH
unset TCPSESSION
is "$(cd / && python3 -c 'import sys, tcpsession
print([d["session"] for d in tcpsession.lines(sys.argv[1], summary=True,
    format="json")])' "$data/http.pcap")" \
    '[0, 1]' '... Python finds its module, and that the program'
run root/opt/t/share/tcpsession/replay server 0 missing.pcap
is "$status" 3 '... and replay both'
made uninstall
ok $? 'make uninstall'
is "$(find root -type f)" '' '... leaves nothing'

# configure takes the directory of zsh's completions; a word is none.
mkdir b
(cd b && "$SRCDIR/configure" --quiet --with-zshdir=zsh) >said 2>&1
is "$?" 1 '--with-zshdir wants a path'
like "$(cat said)" 'with-zshdir takes the path' '... and says so'
finish
