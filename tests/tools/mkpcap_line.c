/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * mkpcap_line.c: words, numbers and payload items of a conversation's line.
 */
#include "tools/mkpcap.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void
bad(const struct output_dir *p, const char *fmt, ...)
{
	va_list args;
	fprintf(stderr, "mkpcap: %s:%zu: ", p->file, p->line);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static uint8_t
hex_octet(const struct line *l, const char *p)
{
	int high = hex_digit(p[0]);
	int low = high < 0 ? -1 : hex_digit(p[1]);
	if (low < 0)
		bad(&l->place, "two hex digits expected");
	return (uint8_t)(high * 16 + low);
}

/* p stands behind the backslash; returns what follows the escape. */
static const char *
escape(const struct line *l, const char *p, struct bytes *out)
{
	uint8_t octet;
	switch (*p) {
	case 'r':
		octet = '\r';
		break;
	case 'n':
		octet = '\n';
		break;
	case 't':
		octet = '\t';
		break;
	case '0':
		octet = 0;
		break;
	case '\\':
		octet = '\\';
		break;
	case '"':
		octet = '"';
		break;
	case 'x':
		octet = hex_octet(l, p + 1);
		bytes_add(out, &octet, 1);
		return p + 3;
	default:
		bad(&l->place, "unknown escape");
	}
	bytes_add(out, &octet, 1);
	return p + 1;
}

static const char *
quoted(const struct line *l, const char *p, struct bytes *out)
{
	while (*p != '"') {
		if (*p == '\0')
			bad(&l->place, "no closing quote");
		if (*p == '\\') {
			p = escape(l, p + 1, out);
			continue;
		}
		bytes_add(out, p, 1);
		p++;
	}
	return p + 1;
}

static const char *
one_word(struct line *l, const char *p)
{
	struct bytes b = { 0 };
	struct word *w = &l->words[l->n];
	w->quoted = *p == '"';
	if (w->quoted) {
		p = quoted(l, p + 1, &b);
	} else {
		size_t len = strcspn(p, " \t");
		bytes_add(&b, p, len);
		p += len;
	}
	w->len = b.len;
	bytes_be(&b, 0, 1);
	w->at = (char *)b.at;
	l->n++;
	return p;
}

void
line_cut(struct line *l, const char *text)
{
	const char *p = text;
	l->n = 0;
	l->next = 0;
	for (;;) {
		p += strspn(p, " \t");
		if (*p == '\0' || *p == '#' || (*p == '=' && l->n == 0))
			return;
		if (l->n == LINE_WORDS)
			bad(&l->place, "more than %d words", LINE_WORDS);
		p = one_word(l, p);
	}
}

void
line_free(struct line *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->words[i].at);
	l->n = 0;
}

bool
line_is(struct line *l, const char *word)
{
	if (l->next == l->n || l->words[l->next].quoted)
		return false;
	if (strcmp(l->words[l->next].at, word) != 0)
		return false;
	l->next++;
	return true;
}

const char *
line_word(struct line *l, const char *what)
{
	if (l->next == l->n || l->words[l->next].quoted)
		bad(&l->place, "%s expected", what);
	return l->words[l->next++].at;
}

int64_t
line_number(struct line *l, const char *what, int64_t min, int64_t max)
{
	const char *word = line_word(l, what);
	char *end;
	errno = 0;
	long long v = strtoll(word, &end, 0);
	if (errno != 0 || end == word || *end != '\0')
		bad(&l->place, "%s: no number: %s", what, word);
	if (v < min || v > max)
		bad(&l->place, "%s: out of range: %s", what, word);
	return v;
}

static void
add_fill(struct line *l, struct bytes *b)
{
	int64_t n = line_number(l, "fill", 0, 1 << 28);
	const char *what = line_word(l, "fill character");
	for (int64_t i = 0; i < n; i++)
		bytes_add(b, what, 1);
}

/* Marsaglia's xorshift with 13, 17, 5: same bytes for a seed everywhere. */
static void
add_random(struct line *l, struct bytes *b)
{
	int64_t n = line_number(l, "random", 0, 1 << 28);
	uint32_t x = (uint32_t)line_number(l, "seed", 1, UINT32_MAX);
	for (int64_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		bytes_be(b, x >> 16 & 0xff, 1);
	}
}

void
line_hex(struct line *l, struct bytes *b)
{
	const char *p = line_word(l, "hex digits");
	for (; *p != '\0'; p += 2)
		bytes_be(b, hex_octet(l, p), 1);
}

bool
line_payload(struct line *l, struct bytes *b)
{
	if (l->next < l->n && l->words[l->next].quoted) {
		struct word *w = &l->words[l->next++];
		bytes_add(b, w->at, w->len);
		return true;
	}
	if (line_is(l, "fill"))
		add_fill(l, b);
	else if (line_is(l, "random"))
		add_random(l, b);
	else if (line_is(l, "hex"))
		line_hex(l, b);
	else
		return false;
	return true;
}
