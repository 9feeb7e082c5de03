/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_inflate.c: any bytes as a coded body.
 *
 * The first byte says which codings, the second in what pieces the rest comes;
 * what is made of it must not depend on them.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/require.h"
#include "proto/inflate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct body {
	struct cur c;
	size_t piece;
	uint8_t *own; /* the last piece */
	uint64_t sum;
	uint64_t made;
};

static bool
next(void *arg, struct slice *s)
{
	struct body *b = arg;
	size_t n = cur_left(&b->c) < b->piece ? cur_left(&b->c) : b->piece;

	free(b->own);
	b->own = NULL;
	if (n == 0)
		return false;
	b->own = malloc(n);
	REQUIRE(b->own != NULL);
	memcpy(b->own, b->c.pos, n);
	cur_skip(&b->c, n);
	*s = (struct slice){ b->own, n };
	return true;
}

static void
put(void *arg, struct slice s)
{
	struct body *b = arg;

	REQUIRE(s.n > 0);
	b->made += s.n;
	for (size_t i = 0; i < s.n; i += 1 + s.n / 64)
		b->sum += s.p[i];
}

static enum inflate_end
run(const struct codings *codings, struct body *b)
{
	struct inflate_io io = { next, put, b };
	enum inflate_end end = inflate_run(codings, &io);

	free(b->own);
	REQUIRE(b->made <= INFLATE_SIZE_MAX + (1 << 20));
	return end;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct codings codings = { .n = 0 };

	if (size < 2)
		return 0;
	codings.n = (uint8_t)(1 + (data[0] >> 4 & 1));
	codings.list[0] = (enum coding)(data[0] & 3);
	codings.list[1] = (enum coding)(data[0] >> 2 & 3);

	struct cur c = cur_of(data + 2, size - 2);
	struct body whole = { .c = c, .piece = SIZE_MAX };
	struct body cut = { .c = c, .piece = 1 + data[1] };
	enum inflate_end end = run(&codings, &whole);

	REQUIRE(run(&codings, &cut) == end);
	REQUIRE(cut.made == whole.made);
	return 0;
}
