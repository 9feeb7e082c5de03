#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: readelf
# sbom.t: the bill of materials names what the program is linked with.
. "$(dirname "$0")/../lib/check.sh"
config=${BUILDDIR:-$here}/config.mk
test -f "$config" || skip_all 'there is no config.mk'
libraries=$(sed -n 's/^LIBRARIES = *//p' "$config")
SOURCE_DATE_EPOCH=1700000000 sh "$SRCDIR/tests/tools/sbom" 1.2 $libraries >bom
ok $? 'it is made'
is "$(head -n 3 bom)" 'SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT' 'SPDX 2.3'
like "$(cat bom)" '^Created: 2023-11-14T22:13:20Z$' 'its date is given'
SOURCE_DATE_EPOCH=1700000000 sh "$SRCDIR/tests/tools/sbom" 1.2 $libraries >again
same bom again '... and it is the same again'
is "$(sed -n 's/^PackageName: //p' bom | head -n 1)" tcpsession 'this package'
for tag in SPDXID PackageVersion PackageDownloadLocation FilesAnalyzed \
    PackageLicenseConcluded PackageLicenseDeclared PackageCopyrightText; do
	is "$(sed '/^$/,$!d' bom | grep -c "^$tag: .")" \
	    "$(grep -c '^PackageName: ' bom)" "... and each: $tag"
done
is "$(grep -c '^PackageLicenseDeclared: NOASSERTION' bom)" 0 \
    'every licence is known'
is "$(sed -n 's/^Relationship: .* SPDXRef-Package-//p' bom | sort)" \
    "$(sed -n 's/^PackageName: //p' bom | sort)" 'how they are related'

# What the program needs, but for the C library's and a sanitizer's.
readelf -dW "$tcpsession" | sed -n 's/.*NEEDED.*\[lib\(.*\)\.so.*/\1/p' |
    grep -Ev '^(c|m|pthread|dl|rt|gcc_s|asan|ubsan|tsan)$' | sort >needed
sed -n 's/^PackageName: //p' bom | sed '1d; s/^lib//; s/^zlib$/z/' |
    sort >named
same named needed 'they are those that the program is linked with'
finish
