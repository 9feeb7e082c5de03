/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* html_reference.c: character references (HTML, 13.2.5.72), as far as they
 * stand for ASCII by name, or for any character by number. */
#include <string.h>

#include "proto/html_parts.h"

size_t
html_put_utf8(char *to, uint32_t cp)
{
	if (cp < 0x80) {
		to[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		to[0] = (char)(0xc0 | cp >> 6);
		to[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		to[0] = (char)(0xe0 | cp >> 12);
		to[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		to[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | cp >> 18);
	to[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	to[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	to[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

static bool
is_name_byte(uint8_t c)
{
	return html_is_alpha(c) || html_is_digit(c);
}

static int
digit_of(uint8_t c, unsigned base)
{
	int v = -1;

	if (html_is_digit(c))
		v = c - '0';
	else if (html_is_alpha(c))
		v = html_lower(c) - 'a' + 10;
	return v >= 0 && (unsigned)v < base ? v : -1;
}

/* The character of that number; those of C1 are of windows-1252. */
static uint32_t
character_of(uint32_t v)
{
	static const uint16_t c1[32] = { 0x20ac, 0x81, 0x201a, 0x192, 0x201e,
		0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152,
		0x8d, 0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
		0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d,
		0x17e, 0x178 };

	if (v >= 0x80 && v < 0xa0)
		return c1[v - 0x80];
	return v == 0 || v > 0x10ffff || (v >= 0xd800 && v < 0xe000) ? 0xfffd :
								       v;
}

/* "#60" or "#x3c" at the beginning of s: how many bytes, 0 for none. */
static size_t
numbered(struct slice s, uint32_t *cp)
{
	unsigned base = s.n > 1 && html_lower(s.p[1]) == 'x' ? 16 : 10;
	size_t from = base == 16 ? 2 : 1;
	size_t i = from;
	uint32_t v = 0;

	for (; i < s.n && digit_of(s.p[i], base) >= 0; i++)
		if (v <= 0x10ffff)
			v = v * base + (uint32_t)digit_of(s.p[i], base);
	*cp = character_of(v);
	return i > from ? i : 0;
}

/* The first four need no semicolon in HTML. */
static const struct {
	const char *name;
	char c;
} names[] = {
	{ "lt", '<' },
	{ "gt", '>' },
	{ "amp", '&' },
	{ "quot", '"' },
	{ "LT", '<' },
	{ "GT", '>' },
	{ "AMP", '&' },
	{ "QUOT", '"' },
	{ "apos", '\'' },
	{ "sol", '/' },
	{ "colon", ':' },
	{ "period", '.' },
	{ "num", '#' },
	{ "quest", '?' },
	{ "equals", '=' },
	{ "lowbar", '_' },
	{ "Tab", '\t' },
	{ "NewLine", '\n' },
	{ "excl", '!' },
	{ "percnt", '%' },
	{ "lpar", '(' },
	{ "rpar", ')' },
	{ "comma", ',' },
	{ "semi", ';' },
	{ "commat", '@' },
	{ "lsqb", '[' },
	{ "bsol", '\\' },
	{ "rsqb", ']' },
	{ "grave", '`' },
	{ "lcub", '{' },
	{ "rcub", '}' },
	{ "vert", '|' },
	{ "plus", '+' },
	{ "ast", '*' },
	{ "dollar", '$' },
};
#define NAMES (sizeof names / sizeof names[0])
#define NAMES_OPEN 8

/*
 * The reference at the beginning of s, which is what follows a &: its length,
 * 0 when there is none.  XML wants a semicolon; so does HTML in an attribute
 * where a name goes on.
 */
static size_t
reference(struct slice s, bool xml, bool attribute, uint32_t *cp)
{
	size_t n = 0;

	if (s.n > 0 && s.p[0] == '#') {
		n = numbered(s, cp);
		if (n > 0 && n < s.n && s.p[n] == ';')
			return n + 1;
		return xml ? 0 : n;
	}
	while (n < s.n && is_name_byte(s.p[n]))
		n++;
	for (size_t i = 0; i < NAMES; i++) {
		size_t len = strlen(names[i].name);
		bool ends = n < s.n && s.p[n] == ';' && len == n;
		bool more =
		    len < s.n && (s.p[len] == '=' || is_name_byte(s.p[len]));

		if (n < len || memcmp(s.p, names[i].name, len) != 0 ||
		    (!ends && (xml || i >= NAMES_OPEN || (attribute && more))))
			continue;
		*cp = (uint8_t)names[i].c;
		return ends ? len + 1 : len;
	}
	return 0;
}

size_t
html_unescape(char *text, size_t n, bool xml)
{
	size_t made = 0;

	for (size_t i = 0; i < n;) {
		struct slice rest = { (const uint8_t *)text + i + 1,
			n - i - 1 };
		size_t used = 0;
		uint32_t cp;

		if (text[i] == '&')
			used = reference(rest, xml, true, &cp);
		if (used == 0) {
			text[made++] = text[i++];
			continue;
		}
		/* No reference is shorter than what it stands for. */
		made += html_put_utf8(text + made, cp);
		i += 1 + used;
	}
	return made;
}

/* Writes what was set aside as text, from byte `from` on. */
static void
release_reference(struct html *h, size_t from)
{
	for (size_t i = from; i < h->n_pend; i++)
		html_text(h, h->pend[i]);
	h->n_pend = 0;
	h->state = H_DATA;
}

bool
html_reference_byte(struct html *h, uint8_t c)
{
	uint8_t text[HTML_PEND_MAX + 1];
	char utf8[4];
	uint32_t cp;
	size_t used, n;

	if ((is_name_byte(c) || (c == '#' && h->n_pend == 1)) &&
	    h->n_pend < sizeof h->pend) {
		h->pend[h->n_pend++] = c;
		return true;
	}
	memcpy(text, h->pend, h->n_pend);
	text[h->n_pend] = c;
	used = reference((struct slice){ text + 1, h->n_pend }, h->xml, false,
	    &cp);
	if (used == 0) {
		release_reference(h, 0);
		return false;
	}
	n = html_put_utf8(utf8, cp);
	for (size_t i = 0; i < n; i++)
		html_text(h, (uint8_t)utf8[i]);
	if (used == h->n_pend) { /* the semicolon, too */
		h->n_pend = 0;
		h->state = H_DATA;
		return true;
	}
	release_reference(h, 1 + used);
	return false;
}
