/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_url.c: any bytes as a document's URL and, behind the first line end, a
 * reference in it.
 *
 * What is resolved is a URL in its one form: it resolves to itself, whatever
 * the document.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/require.h"
#include "proto/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct slice
all_of(const struct buf *b)
{
	return (struct slice){ b->p, b->n };
}

static void
check(const struct buf *url)
{
	static const uint8_t other[] = "https://other:1/a/b?c";
	struct slice document = { other, sizeof other - 1 };
	struct buf again = { 0 };

	if (url->n > URL_MAX)
		return;
	REQUIRE(url_resolve(all_of(url), document, &again));
	REQUIRE(again.n == url->n);
	REQUIRE(memcmp(again.p, url->p, url->n) == 0);
	for (size_t i = 0; i < url->n; i++)
		REQUIRE(url->p[i] > ' ' && url->p[i] != '#');
	buf_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	size_t n = end != NULL ? (size_t)(end - data) : size;
	uint8_t *own = malloc(size + 1);
	struct slice none = { NULL, 0 };
	struct buf base = { 0 }, url = { 0 };

	REQUIRE(own != NULL);
	if (size > 0)
		memcpy(own, data, size);
	if (url_resolve((struct slice){ own, n }, none, &base))
		check(&base);
	if (end != NULL &&
	    url_resolve((struct slice){ own + n + 1, size - n - 1 },
		all_of(&base), &url))
		check(&url);
	buf_free(&base);
	buf_free(&url);
	free(own);
	return 0;
}
