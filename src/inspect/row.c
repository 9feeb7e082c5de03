/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* row.c: a session as a line of the summary table. */
#include "inspect/row.h"

#include <string.h>

#define DIGITS "0123456789"
#define END_LETTERS DIGITS "abcdef.:[]"
#define SPAN_LETTERS DIGITS ".-"

/* clang-format off */
static const struct {
	const char *heading;
	bool number;
	const char *letters; /* that its values have; NULL: any */
} columns[COLUMNS] = {
	[COLUMN_NUMBER] =	{ "#",		true,	DIGITS "-" },
	[COLUMN_PROTO] =	{ "proto",	false,	"tcpud" },
	[COLUMN_CLIENT] =	{ "client",	false,	END_LETTERS },
	[COLUMN_SERVER] =	{ "server",	false,	END_LETTERS },
	[COLUMN_SERVICE] =	{ "service",	false,	NULL },
	[COLUMN_FLAGS_C2S] =	{ ">flags",	false,	ENUM_NAME_FLAGS "-" },
	[COLUMN_FLAGS_S2C] =	{ "<flags",	false,	ENUM_NAME_FLAGS "-" },
	[COLUMN_PACKETS_C2S] =	{ ">pkts",	true,	DIGITS },
	[COLUMN_PACKETS_S2C] =	{ "<pkts",	true,	DIGITS },
	[COLUMN_BYTES_C2S] =	{ ">bytes",	true,	DIGITS },
	[COLUMN_BYTES_S2C] =	{ "<bytes",	true,	DIGITS },
	[COLUMN_START] =	{ "start",	false,	DIGITS "-+:.TZ" },
	[COLUMN_DURATION] =	{ "duration",	true,	SPAN_LETTERS },
	[COLUMN_RTT] =		{ "rtt",	true,	SPAN_LETTERS },
	[COLUMN_WAIT] =		{ "wait",	true,	SPAN_LETTERS },
	[COLUMN_STATE] =	{ "state",	false,	NULL },
	[COLUMN_NAME] =		{ "name",	false,	NULL },
	[COLUMN_REMARK] =	{ "remark",	false,	DIAGNOSIS_LETTERS },
};
/* clang-format on */

const char *
column_heading(enum column c)
{
	return columns[c].heading;
}

bool
column_is_number(enum column c)
{
	return columns[c].number;
}

const char *
column_letters(enum column c)
{
	return columns[c].letters;
}

static char *
row_text(char *p, const char *text, size_t max)
{
	size_t n = strnlen(text, max);

	memcpy(p, text, n);
	return p + n;
}

static char *
put_none(char *p)
{
	*p = '-';
	return p + 1;
}

static char *
put_row_endpoint(char *p, const struct endpoint *e)
{
	return fmt_endpoint(p, e->addr, e->family, e->port);
}

static char *
put_flags(char *p, const struct session *s, int dir)
{
	char *end = s->proto == PROTO_TCP ?
	    enum_name_put_flags(p, s->side[dir].flags) :
	    p;

	return end == p ? put_none(p) : end;
}

/* Negative: it is not known. */
static char *
put_span(char *p, int64_t ns, const struct session *s)
{
	return ns >= 0 ? fmt_seconds(p, ns, s->ts_digits) : put_none(p);
}

static char *
put_service(char *p, const struct row_of *x)
{
	const char *name = session_probe_service_name(x->f, x->s, x->services);

	return name != NULL ? row_text(p, name, SERVICE_NAME_MAX) : put_none(p);
}

/* In ASCII and without a blank, so that it is one word. */
static char *
put_row_name(char *p, const struct row_of *x)
{
	struct slice name = session_probe_name(x->f);

	if (name.n == 0)
		return put_none(p);
	for (size_t i = 0; i < name.n; i++) {
		static const char digits[] = "0123456789abcdef";
		uint8_t c = name.p[i];

		if (c > ' ' && c < 0x7f && c != '\\') {
			*p++ = (char)c;
			continue;
		}
		*p++ = '\\';
		*p++ = 'x';
		*p++ = digits[c >> 4];
		*p++ = digits[c & 15];
	}
	return p;
}

static char *
put_column(char *p, enum column c, const struct row_of *x)
{
	const struct session *s = x->s;

	switch (c) {
	case COLUMN_NUMBER:
		return s->number != SESSION_NO_NUMBER ?
		    fmt_put_u64(p, s->number) :
		    put_none(p);
	case COLUMN_PROTO:
		return row_text(p, s->proto == PROTO_TCP ? "tcp" : "udp", 3);
	case COLUMN_CLIENT:
		return put_row_endpoint(p, &s->client);
	case COLUMN_SERVER:
		return put_row_endpoint(p, &s->server);
	case COLUMN_SERVICE:
		return put_service(p, x);
	case COLUMN_FLAGS_C2S:
	case COLUMN_FLAGS_S2C:
		return put_flags(p, s, c == COLUMN_FLAGS_S2C);
	case COLUMN_PACKETS_C2S:
	case COLUMN_PACKETS_S2C:
		return fmt_put_u64(p, s->side[c == COLUMN_PACKETS_S2C].packets);
	case COLUMN_BYTES_C2S:
	case COLUMN_BYTES_S2C:
		return fmt_put_u64(p, s->side[c == COLUMN_BYTES_S2C].bytes);
	case COLUMN_START:
		return fmt_time_as(p, s->start_ns, s->ts_digits, x->local_time);
	case COLUMN_DURATION:
		return fmt_seconds(p, fmt_since(s->end_ns, s->start_ns),
		    s->ts_digits);
	case COLUMN_RTT:
		return put_span(p, s->rtt_ns, s);
	case COLUMN_WAIT:
		return put_span(p, s->wait_ns[1], s);
	case COLUMN_STATE:
		return row_text(p, enum_name_conn_state(s->state),
		    ROW_STATE_MAX);
	case COLUMN_NAME:
		return put_row_name(p, x);
	default:
		return diagnosis_put(p, diagnose(s, x->f), ", ", s);
	}
}

void
row_make_some(struct row *r, unsigned some, const struct row_of *x)
{
	char *p = &r->text[0];

	_Static_assert(ROW_MAX <= UINT16_MAX, "offsets fit");
	for (enum column c = 0; c < COLUMNS; c++) {
		if ((some & 1u << c) != 0)
			p = put_column(p, c, x);
		r->end[c] = (uint16_t)(p - r->text);
		if (c + 1 < COLUMNS)
			p = (char *)memset(p, ' ', ROW_PARTING) + ROW_PARTING;
	}
}

void
row_make(struct row *r, const struct row_of *x)
{
	row_make_some(r, (1u << COLUMNS) - 1, x);
}

void
row_line(struct buf *b, const struct row_of *x)
{
	struct row r;

	row_make(&r, x);
	buf_put(b, r.text, r.end[COLUMNS - 1]);
}
