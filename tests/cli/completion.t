#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: bash
# completion.t: what the shells offer is what the program takes.
. "$(dirname "$0")/../lib/check.sh"

made=${BUILDDIR:-$here}/build/completions
test -d "$made" || skip_all 'completions are not built'
bash=$made/tcpsession.bash
zsh=$made/_tcpsession
fish=$made/tcpsession.fish

# One line an option: its letter or -, its name or -.
"$tcpsession" --help | sed -n 's/^ \{2,6\}\(-[^ ].*\)$/\1/p' | awk '{
	letter = name = "-"
	for (i = 1; i <= 2; i++) {
		sub(/[],=[].*/, "", $i)
		if ($i ~ /^--/)
			name = substr($i, 3)
		else if ($i ~ /^-.$/)
			letter = substr($i, 2)
	}
	print letter, name
}' >options
is "$(awk '$1 == "o"' options) $(awk '$2 == "verify"' options)" \
    'o output-dir w verify' 'the options of --help'
ok $(($(wc -l <options) < 50)) '... all of them'

# missing FILE: options that are not in it.
missing() {
	while read -r letter name; do
		case $1 in
		*.fish) short="-s $letter " long="-l $name " ;;
		*.bash) short=" -$letter" long=" --$name" ;;
		*) short="-$letter[[+-]" long="--$name[=[]" ;;
		esac
		test "$letter" = - || grep -Eq -e "$short" "$1" ||
		    echo "-$letter"
		test "$name" = - || grep -Eq -e "$long" "$1" || echo "--$name"
	done <options
}
for file in "$bash" "$zsh" "$fish"; do
	is "$(missing "$file")" '' "every option is in ${file##*/}"
done

bash -n "$bash"
ok $? 'bash can read its file'
for shell in zsh fish; do
	if command -v $shell >/dev/null; then
		eval "$shell -n \"\$$shell\""
		ok $? "$shell can read its file"
	else
		skip "$shell can read its file" "$shell is missing"
	fi
done

cat >driver.bash <<'END'
# driver.bash FILE WORD...: what is offered for the last WORD, = apart.
source "$1"
shift
complete -p tcpsession >/dev/null || exit 1
COMP_WORDS=(tcpsession "$@")
COMP_CWORD=$#
_tcpsession
(IFS=' '; echo "${COMPREPLY[*]}")
END
# offers NAME WANTED WORD...
offers() {
	name=$1 wanted=$2
	shift 2
	is "$(bash driver.bash "$bash" "$@" 2>&1)" "$wanted" "$name"
}
mkdir 'a dir'
touch a.pcap
offers 'an option' --gaps --ga
offers 'options' '--tar-only --tar-prefix --tar-compress' --tar
offers 'its words' 'zero skip' --gaps ''
offers '... behind a =' 'zero skip' --gaps =
offers '... begun' skip --gaps = s
offers '... of a letter' 'raw report' -e r
offers 'words with commas' 'raw,hex' -e raw,he
offers 'policies' 'last linux' --overlap l
offers 'a word that may be left out' 'tshark tcpflow' --verify =
offers '... is none behind a space' 'a.pcap' --verify a.
offers 'directories' 'a dir' -o a
offers 'files' 'a.pcap' --state a.
offers 'PATHs' 'a.pcap' -r a.p
offers 'PATHs behind a number' 'a.pcap' -j 2 a.p
offers 'nothing for a number' '' -j ''
offers 'users' root -Z roo
offers 'interfaces' "$(cd /sys/class/net 2>/dev/null && echo lo*)" \
    --interface lo

# Every word that is offered is taken.
refused=
words=0
while read -r letter name; do
	test "$name" != - || continue
	grep -Eq -e "--$name=\) _tcpsession_(words|list)" "$bash" || continue
	for word in $(bash driver.bash "$bash" "--$name" = ''); do
		words=$((words + 1))
		case $name in
		sort | format)
			for product in -s --packets -P ''; do
				"$tcpsession" $product "--$name=$word" \
				    "$work/none" >out 2>&1
				grep -q 'takes\|goes with' out || break
			done ;;
		only) "$tcpsession" -P --format raw "--$name=$word" \
		    "$work/none" >out 2>&1 ;;
		tar-compress) "$tcpsession" -c "--$name=$word" \
		    "$work/none" >out 2>&1 ;;
		*) "$tcpsession" "--$name=$word" "$work/none" >out 2>&1 ;;
		esac
		grep -q 'none: No such file' out || refused="$refused $name=$word"
	done
done <options
is "$refused" '' 'every word that is offered is taken'
ok $((words < 40)) '... and they are many'
finish
