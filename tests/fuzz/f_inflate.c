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
#include "base/limit.h"
#include "proto/inflate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct body {
	struct cur c;
	size_t piece;
	uint64_t sum;
	uint64_t made;
};

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
	struct inflater *x = inflater_new(codings, put, b);
	enum inflate_end end;
	uint64_t most = LIMIT_RATIO_FROM + (1 << 20) +
	    (uint64_t)LIMIT_RATIO * cur_left(&b->c);

	while (cur_left(&b->c) > 0) {
		size_t left = cur_left(&b->c);
		size_t n = left < b->piece ? left : b->piece;
		uint8_t *own = malloc(n);

		REQUIRE(own != NULL);
		memcpy(own, b->c.pos, n);
		cur_skip(&b->c, n);
		inflater_put(x, (struct slice){ own, n });
		free(own);
		REQUIRE(inflater_memory(x) < (size_t)100 << 20);
	}
	end = inflater_finish(x);
	inflater_free(x);
	REQUIRE(b->made <= most);
	return end;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct codings codings = { .n = 0 };

	if (size < 2)
		return 0;
	codings.n = (uint8_t)(1 + (data[0] >> 6));
	for (size_t i = 0; i < codings.n; i++)
		codings.list[i] = (enum coding)(data[0] >> 2 * (i % 3) & 3);

	struct cur c = cur_of(data + 2, size - 2);
	struct body whole = { .c = c, .piece = SIZE_MAX };
	struct body cut = { .c = c, .piece = 1 + data[1] };
	enum inflate_end end = run(&codings, &whole);

	REQUIRE(run(&codings, &cut) == end);
	REQUIRE(cut.made == whole.made || end == INFLATE_RATIO);
	return 0;
}
