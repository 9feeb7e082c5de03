/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* url.c: URLs as browsers resolve and compare them. */
#include "proto/url.h"

#include <assert.h>
#include <string.h>

#include "proto/coding.h"

/* The parts of what url_resolve wrote; each with what it begins with. */
struct url_parts {
	struct slice scheme; /* http: or https: */
	struct slice host;   /* //host:port */
	struct slice path;   /* /a/b */
	struct slice query;  /* ?x */
};

static bool
decimal(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool
is_slash(uint8_t c)
{
	return c == '/' || c == '\\';
}

static int
hex_of(uint8_t c)
{
	if (decimal(c))
		return c - '0';
	c = lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that %XX at the beginning of s stands for, or -1. */
static int
unescaped(struct slice s)
{
	int high, low;

	if (s.n < 3 || s.p[0] != '%')
		return -1;
	high = hex_of(s.p[1]);
	low = hex_of(s.p[2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

static struct slice
from(struct slice s, size_t n)
{
	return n > 0 ? (struct slice){ s.p + n, s.n - n } : s;
}

/* The length of s up to the first byte that is one of the set. */
static size_t
span_to(struct slice s, const char *set)
{
	size_t n = 0;

	while (n < s.n && (s.p[n] == 0 || strchr(set, s.p[n]) == NULL))
		n++;
	return n;
}

/* ---------------------------------------------------------------------- base */

static struct url_parts
split(struct slice url)
{
	struct url_parts p = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 },
		{ NULL, 0 } };
	size_t n = span_to(url, ":");

	if (url.n < n + 3)
		return p;
	p.scheme = (struct slice){ url.p, n + 1 };
	url = from(url, n + 1);
	n = 2 + span_to(from(url, 2), "/");
	p.host = (struct slice){ url.p, n };
	url = from(url, n);
	n = span_to(url, "?");
	p.path = (struct slice){ url.p, n };
	p.query = from(url, n);
	return p;
}

/* ------------------------------------------------------------- what is written */

static void
put_escaped(struct buf *out, uint8_t c, const char *set)
{
	if (c <= ' ' || c > '~' || strchr(set, c) != NULL)
		buf_printf(out, "%%%02X", c);
	else
		buf_byte(out, c);
}

/* A host's name in lower case, its escapes undone; false when it is none. */
static bool
put_name(struct buf *out, struct slice s)
{
	static const char forbidden[] = " #/:<>?@[\\]^|%";

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		int c = unescaped(from(s, i));

		i += c < 0 ? 0 : 2;
		c = c < 0 ? s.p[i] : c;
		if (c <= ' ' || c == 0x7f || strchr(forbidden, c) != NULL)
			return false;
		buf_byte(out, lower((uint8_t)c));
	}
	return true;
}

/* One number of an IPv4 address: decimal, 0 octal, 0x hexadecimal. */
static bool
ipv4_number(struct slice s, uint64_t *v)
{
	int base = 10;

	if (s.n > 1 && s.p[0] == '0') {
		base = lower(s.p[1]) == 'x' ? 16 : 8;
		s = from(s, base == 16 ? 2 : 1);
	} else if (s.n == 0) {
		return false;
	}
	*v = 0;
	for (size_t i = 0; i < s.n; i++) {
		int digit = hex_of(s.p[i]);

		if (digit < 0 || digit >= base || *v > UINT32_MAX)
			return false;
		*v = *v * (uint64_t)base + (uint64_t)digit;
	}
	return true;
}

/* Whether the last label is a number, so that the host must be an address. */
static bool
ends_in_number(struct slice s)
{
	size_t at = s.n;
	uint64_t v;
	bool digits = true;

	while (at > 0 && s.p[at - 1] != '.')
		digits = decimal(s.p[--at]) && digits;
	s = from(s, at);
	return s.n > 0 && (digits || ipv4_number(s, &v));
}

/* The host behind `at' in its usual form, when it is an IPv4 address; false
 * when it should be one and is not. */
static bool
settle_ipv4(struct buf *out, size_t at)
{
	struct slice s = { out->p + at, out->n - at };
	uint64_t v[4], address = 0;
	size_t n = 0;

	s.n -= s.n > 1 && s.p[s.n - 1] == '.';
	if (!ends_in_number(s))
		return true;
	for (size_t at_label = 0; n < 4; at_label++, n++) {
		size_t len = span_to(from(s, at_label), ".");

		if (!ipv4_number((struct slice){ s.p + at_label, len }, &v[n]))
			return false;
		at_label += len;
		if (at_label >= s.n) {
			n++;
			break;
		}
		if (v[n] > 255 || n == 3)
			return false;
		address |= v[n] << (24 - 8 * n);
	}
	if (v[n - 1] >> (8 * (5 - n)) != 0)
		return false;
	address |= v[n - 1];
	out->n = at;
	buf_printf(out, "%u.%u.%u.%u", (unsigned)(address >> 24),
	    (unsigned)(address >> 16 & 255), (unsigned)(address >> 8 & 255),
	    (unsigned)(address & 255));
	return true;
}

/* "[...]" or a name. */
static bool
put_host(struct buf *out, struct slice s)
{
	size_t at = out->n;

	if (s.n == 0 || s.p[0] != '[')
		return put_name(out, s) && settle_ipv4(out, at);
	buf_byte(out, '[');
	for (size_t i = 1; i + 1 < s.n; i++) {
		uint8_t c = lower(s.p[i]);

		if (hex_of(c) < 0 && c != ':' && c != '.')
			return false;
		buf_byte(out, c);
	}
	buf_byte(out, ']');
	return s.n > 3 && s.p[s.n - 1] == ']';
}

/* ":80", or nothing when it is the scheme's own. */
static bool
put_port(struct buf *out, struct slice digits, bool tls)
{
	unsigned v = 0;

	for (size_t i = 0; i < digits.n; i++) {
		if (!decimal(digits.p[i]) || v > 6553)
			return false;
		v = v * 10 + (unsigned)(digits.p[i] - '0');
	}
	if (v > 65535)
		return false;
	if (digits.n > 0 && v != (tls ? 443 : 80))
		buf_printf(out, ":%u", v);
	return true;
}

/* "user@host:port", behind the slashes. */
static bool
put_authority(struct buf *out, struct slice s, bool tls)
{
	struct slice port = { NULL, 0 };
	size_t n;

	for (n = s.n; n > 0; n--)
		if (s.p[n - 1] == '@')
			break;
	s = from(s, n);
	n = s.n > 0 && s.p[0] == '[' ? span_to(s, "]") : 0;
	n += span_to(from(s, n), ":");
	if (n < s.n)
		port = from(s, n + 1);
	buf_str(out, "//");
	return put_host(out, (struct slice){ s.p, n }) &&
	    put_port(out, port, tls);
}

/* ---------------------------------------------------------------------- paths */

/* How many dots the segment is, each perhaps escaped; 0 when it is no such. */
static size_t
dots(struct slice s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		int c = unescaped(from(s, i));

		i += c < 0 ? 0 : 2;
		if ((c < 0 ? s.p[i] : c) != '.' || ++n > 2)
			return 0;
	}
	return n;
}

/* Drops the last segment of the path that begins at `at'. */
static void
shorten(struct buf *out, size_t at)
{
	while (out->n > at && out->p[out->n - 1] != '/')
		out->n--;
	out->n -= out->n > at;
}

/* Adds segments to the path that begins at `at' and ends in none. */
static void
put_path(struct buf *out, size_t at, struct slice s)
{
	for (;;) {
		struct slice segment = { s.p, span_to(s, "/\\") };
		bool last = segment.n == s.n;
		size_t n = dots(segment);

		assert(segment.p != NULL || segment.n == 0);
		if (n == 2)
			shorten(out, at);
		if (n == 0 || last)
			buf_byte(out, '/');
		for (size_t i = 0; n == 0 && i < segment.n; i++)
			put_escaped(out, segment.p[i], "\"#<>?^`{}");
		if (last)
			return;
		s = from(s, segment.n + 1);
	}
}

/* The path and the query behind it; base is of what s is relative to. */
static void
put_rest(struct buf *out, struct slice s, const struct url_parts *base)
{
	struct slice path = { s.p, span_to(s, "?") };
	struct slice query = from(s, path.n);
	size_t at = out->n;

	assert(path.p != NULL || path.n == 0);
	if (path.n > 0 && is_slash(path.p[0])) {
		put_path(out, at, from(path, 1));
	} else if (path.n > 0 || base->path.n == 0) {
		buf_put(out, base->path.p, base->path.n);
		shorten(out, at);
		put_path(out, at, path);
	} else {
		buf_put(out, base->path.p, base->path.n);
		if (query.n == 0)
			query = base->query;
	}
	for (size_t i = 0; i < query.n; i++)
		put_escaped(out, query.p[i], "\"#<>'");
}

/* ------------------------------------------------------------------ the whole */

/* Without blanks and controls at its ends, tabs and line ends within, and the
 * fragment. */
static struct slice
cleaned(struct slice ref, struct buf *into)
{
	while (ref.n > 0 && ref.p[0] <= ' ')
		ref = from(ref, 1);
	while (ref.n > 0 && ref.p[ref.n - 1] <= ' ')
		ref.n--;
	ref.n = span_to(ref, "#");
	for (size_t i = 0; i < ref.n; i++)
		if (ref.p[i] != '\t' && ref.p[i] != '\n' && ref.p[i] != '\r')
			buf_byte(into, ref.p[i]);
	return (struct slice){ into->p, into->n };
}

/* The length of "scheme:" at the beginning of s, or 0. */
static size_t
scheme_length(struct slice s)
{
	size_t n = 0;

	while (n < s.n &&
	    ((lower(s.p[n]) >= 'a' && lower(s.p[n]) <= 'z') ||
		(n > 0 &&
		    (decimal(s.p[n]) || s.p[n] == '+' || s.p[n] == '-' ||
			s.p[n] == '.'))))
		n++;
	return n > 0 && n < s.n && s.p[n] == ':' ? n + 1 : 0;
}

/* s behind its scheme: an authority of its own, or what base lacks nothing of
 * but what s says. */
static bool
put_reference(struct buf *out, struct slice s, bool absolute,
    const struct url_parts *base, bool tls)
{
	static const struct url_parts none;
	size_t slashes = 0;
	size_t n;

	while (slashes < s.n && is_slash(s.p[slashes]))
		slashes++;
	if (!absolute && slashes < 2) {
		buf_put(out, base->host.p, base->host.n);
		put_rest(out, s, base);
		return base->host.n > 0;
	}
	s = from(s, slashes);
	n = span_to(s, "/\\?");
	if (!put_authority(out, (struct slice){ s.p, n }, tls))
		return false;
	put_rest(out, from(s, n), &none);
	return true;
}

static bool
resolve(struct slice s, struct slice base, struct buf *out)
{
	struct url_parts b = split(base);
	size_t n = scheme_length(s);
	struct slice scheme = n > 0 ? (struct slice){ s.p, n } : b.scheme;
	bool tls = slice_is(scheme, "https:");
	bool absolute = n > 0;

	if (!tls && !slice_is(scheme, "http:"))
		return false;
	/* "http:x" is relative where the document's scheme is http. */
	if (n > 0 && n == b.scheme.n && tls == (b.scheme.n == 6) &&
	    !(s.n > n + 1 && is_slash(s.p[n]) && is_slash(s.p[n + 1])))
		absolute = false;
	buf_str(out, tls ? "https:" : "http:");
	return put_reference(out, from(s, n), absolute, &b, tls);
}

bool
url_resolve(struct slice ref, struct slice base, struct buf *out)
{
	struct buf text = { 0 };
	bool good;

	buf_reset(out);
	if (ref.n > URL_MAX || base.n > 4 * URL_MAX)
		return false;
	good = resolve(cleaned(ref, &text), base, out);
	buf_free(&text);
	if (!good)
		buf_reset(out);
	return good;
}
