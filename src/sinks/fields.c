/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* fields.c: a line of values with a separator between them. */
#include "sinks/fields.h"

#include <string.h>

#include "base/digest.h"
#include "base/fmt.h"
#include "inspect/enum_names.h"

/* Behind each value; the one behind the last is taken back. */
static void
end_value(const struct fields *f)
{
	buf_byte(f->b, (uint8_t)f->separator);
}

void
fields_none(const struct fields *f)
{
	buf_str(f->b, f->none);
	end_value(f);
}

static bool
is_formula(struct slice s)
{
	return s.p[0] != '\0' && strchr("=+-@\t\r", s.p[0]) != NULL;
}

static bool
needs_quotes(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '\0' && strchr(",\"\r\n", s.p[i]) != NULL)
			return true;
	return false;
}

static void
put_quoted(struct buf *b, struct slice s)
{
	buf_str(b, is_formula(s) ? "\"'" : "\"");
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			buf_byte(b, '"');
		buf_byte(b, s.p[i]);
	}
	buf_byte(b, '"');
}

void
fields_text(const struct fields *f, struct slice s)
{
	if (s.n == 0)
		buf_str(f->b, f->none);
	else if (f->quoted && (is_formula(s) || needs_quotes(s)))
		put_quoted(f->b, s);
	else
		buf_put(f->b, s.p, s.n);
	end_value(f);
}

void
fields_string(const struct fields *f, const char *s)
{
	if (s == NULL)
		s = "";
	fields_text(f, (struct slice){ (const uint8_t *)s, strlen(s) });
}

void
fields_u64(const struct fields *f, uint64_t v)
{
	/* The digits of 64 bits. */
	uint8_t *p = buf_room(f->b, 20);

	f->b->n += (size_t)(fmt_put_u64((char *)p, v) - (char *)p);
	end_value(f);
}

/* A number, though it may begin with a minus: never quoted. */
void
fields_seconds(const struct fields *f, int64_t ns, int digits)
{
	char text[FMT_SECONDS_LEN];

	fmt_seconds(text, ns, digits);
	buf_str(f->b, text);
	end_value(f);
}

void
fields_time(const struct fields *f, int64_t ts_ns, int digits, bool local)
{
	char text[FMT_TIME_LEN];

	fmt_time_as(text, ts_ns, digits, local);
	fields_string(f, text);
}

void
fields_endpoint(const struct fields *f, const struct endpoint *e)
{
	char addr[FMT_ADDR_LEN];

	fmt_addr(addr, e->addr, e->family);
	fields_string(f, addr);
	fields_u64(f, e->port);
}

void
fields_community_id(const struct fields *f, const struct session *s)
{
	char text[COMMUNITY_ID_LEN];

	enum_name_community(text, s);
	fields_string(f, text);
}

void
fields_end(const struct fields *f, const char *line_end)
{
	f->b->n--;
	buf_str(f->b, line_end);
}
