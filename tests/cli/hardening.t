#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: readelf
# hardening.t: what configure found of the compiler's defences is in the
# program.
. "$(dirname "$0")/../lib/check.sh"
config=${BUILDDIR:-$here}/config.mk
test -f "$config" || skip_all 'there is no config.mk'
case ${SANITIZE:-} in
?*) skip_all 'a build for tests is not hardened' ;;
esac
flags=$(sed -n 's/^\(HARDEN\|HARDEN_LDFLAGS\|CPPFLAGS\|CFLAGS\) = //p' "$config" |
    tr '\n' ' ')
readelf -hldW "$tcpsession" >elf
readelf -sW "$tcpsession" >symbols
readelf -nW "$tcpsession" >notes 2>/dev/null

# has FLAG NAME COMMAND...: where the compiler took the flag, the command finds
# what comes of it.
has() {
	flag=$1 name=$2
	shift 2
	case " $flags " in
	*" $flag"*)
		"$@"
		ok $? "$name"
		;;
	*) skip "$name" "this compiler does not take $flag" ;;
	esac
}
has -pie 'its place in memory is anybody'"'"'s guess' \
    grep -q 'Type: *DYN' elf
has -Wl,-z,relro 'tables are read-only once they are filled' \
    grep -q GNU_RELRO elf
has -Wl,-z,now '... at the start' grep -Eq 'BIND_NOW|Flags: .*NOW' elf
has -Wl,-z,noexecstack 'the stack holds no code' \
    grep -Eq 'GNU_STACK .* RW ' elf
has -fstack-protector-strong 'returns are guarded' \
    grep -q __stack_chk_fail symbols
case $flags in
*-O0*) ;;
*) has '-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=' 'copies are checked' \
	grep -Eq '__(memcpy|snprintf|vsnprintf|pread64|read)_chk' symbols ;;
esac
! grep -q TEXTREL elf
ok $? 'code is not written to'
! grep -Eq 'LOAD .* RWE ' elf
ok $? 'nothing that is written is code'
finish
