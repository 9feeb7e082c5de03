/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_mime.c: any bytes as media types, a field's value in each line, and as the
 * beginning of a body.
 *
 * What is found is within what was given; what the first bytes decide, more of
 * them do not undo.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/require.h"
#include "proto/jstype.h"
#include "proto/mime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
within(struct slice s, const uint8_t *own, size_t size)
{
	REQUIRE(s.n == 0 || (s.p >= own && s.p + s.n <= own + size));
}

static void
read_types(const uint8_t *own, size_t size)
{
	struct mime_list list = { .text = { NULL, 0 } };
	struct cur c = cur_of(own, size);

	while (cur_left(&c) > 0) {
		const uint8_t *lf = memchr(c.pos, '\n', cur_left(&c));
		struct slice line = { c.pos,
			lf != NULL ? (size_t)(lf - c.pos) : cur_left(&c) };

		mime_list_add(&list, line);
		cur_skip(&c, line.n);
		cur_skip(&c, 1);
	}
	within(list.text, own, size);
	within(list.type.essence, own, size);
	within(list.type.charset, own, size);
	mime_is_xml(list.type.essence);
	jstype_is_script(list.type.essence);
	jstype_of_text(list.text, list.type.charset);
}

static void
sniff(const uint8_t *own, size_t size)
{
	struct slice all = { own, size };
	enum mime_sniffed last = mime_sniff(all, true);
	enum jstype_start start = jstype_start_of(all, true);

	REQUIRE(last != MIME_MORE && start != JSTYPE_MORE);
	for (size_t n = 0; n <= size && n < 64; n++) {
		struct slice some = { own, n };
		enum mime_sniffed found = mime_sniff(some, false);
		enum jstype_start begun = jstype_start_of(some, false);

		REQUIRE(found == MIME_MORE || found == last);
		REQUIRE(begun == JSTYPE_MORE || begun == start);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *own = malloc(size + 1);

	REQUIRE(own != NULL);
	if (size > 0)
		memcpy(own, data, size);
	read_types(own, size);
	sniff(own, size);
	free(own);
	return 0;
}
