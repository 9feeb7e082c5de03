/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_grep.c: any bytes as a string that is searched in pieces.
 *
 * The first byte chooses an expression, and by its highest bit whether the string
 * is of few letters; then each record is a byte and so many bytes of the string,
 * or, when it is 255, a hole.  What is found must be what
 * a search of each whole string finds, and so must the lines.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "inspect/search.h"
#include "lib/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const expressions[] = {
	"abc",
	"(?i)abc",
	"a+b",
	"^a.*$",
	"a*",
	"^",
	"$",
	"\\bab\\b",
	"(?<=ab)c",
	"(?<!(?<=a)b)c",
	"(?<=^a)b",
	"a(?=b)",
	"a(?!b)",
	"(a|ab)(c|bcd)",
	"([ab])\\1",
	"(?s)a.*?b",
	"(?s)a.{3,40}b",
	"\\n",
	"\\n\\n",
	"[^\\n]*b",
	"\\x00\\xff?",
	"a\\Kb",
	"\\Ab",
	"b\\z",
	"(?:a|b)*c",
	"(*ANYCRLF)^a$",
	"(?m-s)b.$",
	"x*|b",
};

#define EXPRESSIONS (sizeof expressions / sizeof expressions[0])

/* Where a string begins whatever it is. */
#define BEGIN 1000

struct trace {
	struct buf matches; /* struct found */
	struct buf lines;
};

static enum search_verdict
on_found(void *owner, const struct found *f)
{
	struct trace *t = owner;

	REQUIRE(f->begin <= f->end);
	buf_put(&t->matches, f, sizeof *f);
	return SEARCH_TAKE;
}

static void
put_line(struct buf *b, uint64_t off, struct slice s)
{
	buf_printf(b, "%llu+%zu ", (unsigned long long)off, s.n);
	buf_put(b, s.p, s.n);
	buf_byte(b, '\n');
}

static void
on_line(void *owner, const struct found_line *l)
{
	struct trace *t = owner;

	REQUIRE(l->n > 0 && l->matches[0].begin >= l->off);
	REQUIRE(l->bytes.n <= 2 * SEARCH_AROUND + SEARCH_SHOWN);
	REQUIRE(memchr(l->bytes.p, '\n', l->bytes.n) == NULL);
	put_line(&t->lines, l->off, l->bytes);
}

/* Appends the line of a match of the whole text, when it is not that of the
 * match before, which takes in what begins before *next. */
static void
line_of(struct trace *t, struct slice text, const struct found *f, size_t *next)
{
	size_t at = (size_t)(f->begin - BEGIN);
	size_t first = at, end = at, most = (size_t)(f->end - f->begin);

	if (at < *next)
		return;
	while (first > 0 && at - first < SEARCH_AROUND &&
	    text.p[first - 1] != '\n')
		first--;
	most = at + SEARCH_AROUND + (most < SEARCH_SHOWN ? most : SEARCH_SHOWN);
	while (end < text.n && end < most && text.p[end] != '\n')
		end++;
	/* The LF is in it, and so is the end of the text. */
	*next = end + (end < most);
	put_line(&t->lines, BEGIN + first,
	    (struct slice){ text.p + first, end - first });
}

/* All of the text at once; where it would take too long, false. */
static bool
search_whole(struct matcher *m, struct slice text, struct trace *t)
{
	struct subject x = { .text = text };
	uint64_t patience = 0;
	size_t span[2], next = 0;
	enum matched found;

	while ((found = matcher_find(m, &x, span, &patience)) == MATCHED) {
		struct found f = { BEGIN + span[0], BEGIN + span[1] };

		buf_put(&t->matches, &f, sizeof f);
		line_of(t, text, &f, &next);
		x.from = span[1];
		x.not_empty = span[0] == span[1];
	}
	return found == MATCHED_NOTHING;
}

static void
compare(struct buf *a, struct buf *b)
{
	REQUIRE(a->n == b->n);
	REQUIRE(a->n == 0 || memcmp(a->p, b->p, a->n) == 0);
	buf_reset(a);
	buf_reset(b);
}

/* The string that has come in pieces ends; it is the text. */
static void
end_string(struct searcher *sr, struct search *s, struct buf *text,
    struct trace *pieces)
{
	struct trace whole = { { 0 }, { 0 } };

	search_end(sr, s, BEGIN);
	REQUIRE(search_memory(s) < 100000);
	/* No string, no match. */
	if (text->n > 0 &&
	    search_whole(sr->matcher, (struct slice){ text->p, text->n },
		&whole) &&
	    !s->limited) {
		compare(&whole.matches, &pieces->matches);
		compare(&whole.lines, &pieces->lines);
	}
	buf_reset(&pieces->matches);
	buf_reset(&pieces->lines);
	buf_reset(text);
	buf_free(&whole.matches);
	buf_free(&whole.lines);
}

/* n bytes at p become letters that the expressions are about. */
static void
spell(uint8_t *p, size_t n)
{
	static const char letters[16] = "aaaabbbbcc\n\n\0\xff x";

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)letters[p[i] % sizeof letters];
}

static void
run(struct searcher *sr, const uint8_t *p, size_t n, bool few)
{
	struct trace pieces = { { 0 }, { 0 } };
	struct buf text = { 0 };
	struct search s;

	search_init(&s, &pieces);
	search_end(sr, &s, BEGIN);
	while (n > 0) {
		size_t len = *p++;

		n--;
		if (len == 255) {
			end_string(sr, &s, &text, &pieces);
			continue;
		}
		len = len < n ? len : n;
		if (len == 0)
			continue;
		buf_put(&text, p, len);
		if (few)
			spell(text.p + text.n - len, len);
		search_put(sr, &s,
		    (struct slice){ text.p + text.n - len, len });
		p += len;
		n -= len;
	}
	end_string(sr, &s, &text, &pieces);
	search_fini(&s);
	buf_free(&text);
	buf_free(&pieces.matches);
	buf_free(&pieces.lines);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pattern *compiled[EXPRESSIONS];
	char message[PATTERN_MESSAGE_LEN];
	struct str_list one = { 0 };
	struct searcher sr;
	struct pattern **p;
	size_t chosen;

	/* A match of 64 KiB and more depends on the pieces. */
	if (size == 0 || size > SEARCH_PART_MAX)
		return 0;
	chosen = data[0] % 0x80 % EXPRESSIONS;
	p = &compiled[chosen];
	if (*p == NULL) {
		str_list_add(&one, expressions[chosen]);
		*p = pattern_new(&one, message);
		str_list_free(&one);
	}
	/* Built without PCRE2. */
	if (*p == NULL)
		return 0;
	searcher_init(&sr, *p);
	sr.found = on_found;
	sr.line = on_line;
	run(&sr, data + 1, size - 1, data[0] >= 0x80);
	searcher_fini(&sr);
	return 0;
}
