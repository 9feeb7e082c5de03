/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* parameter.c: reads `; name=value' and `; name="value"'. */
#include "proto/parameter.h"

#include "proto/coding.h"

/* Takes a quoted string behind its first quote. */
static void
take_quoted(struct cur *c, struct buf *out)
{
	uint8_t byte;

	while (cur_u8(c, &byte) && byte != '"') {
		if (byte == '\\' && !cur_u8(c, &byte))
			break;
		buf_byte(out, byte);
	}
}

static struct slice
take_until(struct cur *c, char a, char b)
{
	const uint8_t *from = c->pos;

	while (
	    cur_left(c) > 0 && *c->pos != (uint8_t)a && *c->pos != (uint8_t)b)
		c->pos++;
	return slice_trim((struct slice){ from, (size_t)(c->pos - from) });
}

static void
skip_blanks(struct cur *c)
{
	while (cur_left(c) > 0 && (*c->pos == ' ' || *c->pos == '\t'))
		c->pos++;
}

bool
parameter_get(struct slice value, const char *name, struct buf *out)
{
	struct cur c;

	buf_reset(out);
	if (value.n == 0)
		return false;
	c = cur_of(value.p, value.n);
	take_until(&c, ';', ';');
	while (cur_skip(&c, 1)) {
		struct slice word = take_until(&c, '=', ';');
		struct slice token;

		buf_reset(out);
		if (cur_left(&c) == 0 || *c.pos == ';')
			continue;
		c.pos++;
		skip_blanks(&c);
		if (cur_left(&c) > 0 && *c.pos == '"') {
			c.pos++;
			take_quoted(&c, out);
			take_until(&c, ';', ';');
		} else {
			token = take_until(&c, ';', ';');
			buf_put(out, token.p, token.n);
		}
		if (slice_is(word, name))
			return true;
	}
	buf_reset(out);
	return false;
}
