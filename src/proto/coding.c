/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* coding.c: reads which codings an HTTP body has, from its head. */
#include "proto/coding.h"

#include <string.h>
#include <strings.h>

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice
slice_trim(struct slice s)
{
	while (s.n > 0 && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool
slice_begins(struct slice s, const char *word)
{
	size_t n = strlen(word);

	return n == 0 ||
	    (s.n >= n && strncasecmp((const char *)s.p, word, n) == 0);
}

bool
slice_is(struct slice s, const char *word)
{
	return s.n == strlen(word) && slice_begins(s, word);
}

bool
slice_is_one_of(struct slice s, const char *const *words)
{
	for (; *words != NULL; words++)
		if (slice_is(s, *words))
			return true;
	return false;
}

bool
list_next(struct cur *list, struct slice *element)
{
	const uint8_t *comma;
	size_t n = cur_left(list);

	if (n == 0)
		return false;
	comma = memchr(list->pos, ',', n);
	if (comma != NULL)
		n = (size_t)(comma - list->pos);
	*element = slice_trim((struct slice){ list->pos, n });
	list->pos += n;
	cur_skip(list, 1);
	return true;
}

static void
put_coding_name(struct codings *c, struct slice name)
{
	if (c->n_names < CODINGS_MAX)
		c->names[c->n_names++] = name;
}

static void
add_coding(struct codings *c, enum coding coding)
{
	if (c->n < CODINGS_MAX)
		c->list[c->n++] = coding;
	else
		c->unknown = true;
}

void
codings_add(struct codings *c, struct slice name)
{
	static const struct {
		const char *name;
		enum coding coding;
	} rows[] = {
		{ "gzip", CODING_GZIP },
		{ "x-gzip", CODING_GZIP },
		{ "deflate", CODING_DEFLATE },
		{ "x-deflate", CODING_DEFLATE },
		{ "br", CODING_BROTLI },
		{ "zstd", CODING_ZSTD },
	};

	if (name.n == 0 || slice_is(name, "identity"))
		return;
	put_coding_name(c, name);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (slice_is(name, rows[i].name)) {
			add_coding(c, rows[i].coding);
			return;
		}
	}
	c->unknown = true;
}

void
codings_join(struct codings *c, const struct codings *later)
{
	for (size_t i = 0; i < later->n; i++)
		add_coding(c, later->list[i]);
	for (size_t i = 0; i < later->n_names; i++)
		put_coding_name(c, later->names[i]);
	c->unknown |= later->unknown;
}

void
codings_add_list(struct codings *c, struct slice list)
{
	struct cur cur = cur_of(list.p, list.n);
	struct slice name;

	while (list_next(&cur, &name))
		codings_add(c, name);
}
