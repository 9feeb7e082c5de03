/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* html_encoding.c: the names of encodings of a page. */
#include "proto/coding.h"
#include "proto/html_parts.h"

/* The labels of the Encoding standard, 4.2. */
enum html_encoding
html_encoding_named(struct slice charset)
{
	static const char *const le[] = { "csunicode", "iso-10646-ucs-2",
		"ucs-2", "unicode", "unicodefeff", "utf-16", "utf-16le", NULL };
	static const char *const be[] = { "unicodefffe", "utf-16be", NULL };
	static const char *const none[] = { "csiso2022kr", "hz-gb-2312",
		"iso-2022-cn", "iso-2022-cn-ext", "iso-2022-kr", "replacement",
		NULL };
	struct slice label = slice_trim(charset);

	if (slice_is_one_of(label, le))
		return ENCODING_UTF16_LE;
	if (slice_is_one_of(label, be))
		return ENCODING_UTF16_BE;
	if (slice_is_one_of(label, none))
		return ENCODING_NONE;
	return label.n > 0 ? ENCODING_BYTES : ENCODING_OPEN;
}
