/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_escape.c: payload becomes lines and comes back.
 *
 * The first byte says in which pieces the rest is given.  What comes out must
 * be lines that begin with '|', hold nothing that drives a terminal, and
 * decode to the input.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/utf8.h"
#include "base/json.h"
#include "base/xalloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static uint8_t
digit(uint8_t c)
{
	require((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* What stands behind a backslash, n bytes of which are left; returns how many
 * it took. */
static size_t
unescape(const uint8_t *p, size_t n, struct buf *out)
{
	static const char pairs[] = "\\\\r\rt\t";

	require(n > 0);
	for (size_t i = 0; pairs[i] != '\0'; i += 2) {
		if (p[0] == (uint8_t)pairs[i]) {
			buf_byte(out, (uint8_t)pairs[i + 1]);
			return 1;
		}
	}
	require(p[0] == 'x' && n >= 3);
	buf_byte(out, (uint8_t)(digit(p[1]) << 4 | digit(p[2])));
	return 3;
}

/* One character as a terminal would get it; returns its length. */
static size_t
plain(const uint8_t *p, size_t n, struct buf *out)
{
	uint32_t cp;
	int len = utf8_decode((struct slice){ p, n }, &cp);

	require(len > 0 && utf8_printable(cp));
	buf_put(out, p, (size_t)len);
	return (size_t)len;
}

/* One line, without its '|' and its end. */
static void
read_line(const uint8_t *p, size_t n, bool last, struct buf *out)
{
	for (size_t i = 0; i < n;) {
		if (p[i] != '\\')
			i += plain(p + i, n - i, out);
		else if (i + 1 == n && last)
			return;
		else
			i += 1 + unescape(p + i + 1, n - i - 1, out);
	}
	buf_byte(out, '\n');
}

static void
read_record(const struct buf *text, struct buf *out)
{
	const uint8_t *p = text->p;
	const uint8_t *end = p + text->n;

	while (p < end) {
		const uint8_t *eol = memchr(p, '\n', (size_t)(end - p));

		require(eol != NULL && *p == '|');
		read_line(p + 1, (size_t)(eol - p - 1), eol + 1 == end, out);
		p = eol + 1;
	}
}

static void
write_record(struct slice s, size_t piece, struct buf *text, struct buf *json)
{
	struct escape_lines lines = { 0 };
	struct json_text parts = { 0 };

	for (size_t i = 0; i < s.n; i += piece) {
		size_t n = s.n - i < piece ? s.n - i : piece;
		uint8_t *own = xmalloc(n);

		memcpy(own, s.p + i, n);
		escape_lines_put(&lines, text, (struct slice){ own, n });
		json_text_put(&parts, json, (struct slice){ own, n });
		free(own);
	}
	escape_lines_end(&lines, text);
	json_text_end(&parts, json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf text = { 0 }, json = { 0 }, back = { 0 }, whole = { 0 };

	if (size < 2)
		return 0;
	struct slice s = { data + 1, size - 1 };

	write_record(s, data[0] % 16u + 1, &text, &json);
	read_record(&text, &back);
	require(back.n == s.n && memcmp(back.p, s.p, s.n) == 0);
	json_escape(&whole, s, false);
	require(json.n == whole.n && memcmp(json.p, whole.p, json.n) == 0);
	buf_free(&text);
	buf_free(&json);
	buf_free(&back);
	buf_free(&whole);
	return 0;
}
