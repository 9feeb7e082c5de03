/* row.c: a session as a line of the summary table. */
#include "sinks/row.h"

#include <string.h>

/* clang-format off */
static const struct {
	const char *heading;
	bool number;
} columns[COLUMNS] = {
	[COLUMN_NUMBER] =	{ "#",		true },
	[COLUMN_PROTO] =	{ "proto",	false },
	[COLUMN_CLIENT] =	{ "client",	false },
	[COLUMN_SERVER] =	{ "server",	false },
	[COLUMN_SERVICE] =	{ "service",	false },
	[COLUMN_FLAGS_C2S] =	{ ">flags",	false },
	[COLUMN_FLAGS_S2C] =	{ "<flags",	false },
	[COLUMN_PACKETS_C2S] =	{ ">pkts",	true },
	[COLUMN_PACKETS_S2C] =	{ "<pkts",	true },
	[COLUMN_BYTES_C2S] =	{ ">bytes",	true },
	[COLUMN_BYTES_S2C] =	{ "<bytes",	true },
	[COLUMN_START] =	{ "start",	false },
	[COLUMN_DURATION] =	{ "duration",	true },
	[COLUMN_RTT] =		{ "rtt",	true },
	[COLUMN_STATE] =	{ "state",	false },
	[COLUMN_REMARK] =	{ "remark",	false },
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

static char *
put(char *p, const char *text, size_t max)
{
	size_t n = strnlen(text, max);

	memcpy(p, text, n);
	return p + n;
}

static char *
put_number(char *p, const struct session *s)
{
	if (s->number != SESSION_NO_NUMBER)
		return fmt_put_u64(p, s->number);
	*p = '-';
	return p + 1;
}

static char *
put_endpoint(char *p, const struct endpoint *e)
{
	fmt_endpoint(p, e->addr, e->family, e->port);
	return p + strlen(p);
}

static char *
put_flags(char *p, const struct session *s, int dir)
{
	char *end =
	    s->proto == PROTO_TCP ? word_put_flags(p, s->side[dir].flags) : p;

	if (end == p)
		*end++ = '-';
	return end;
}

static char *
put_start(char *p, const struct session *s)
{
	fmt_time(p, s->start_ns, s->ts_digits);
	return p + strlen(p);
}

static char *
put_span(char *p, int64_t ns, int digits)
{
	fmt_seconds(p, ns, digits);
	return p + strlen(p);
}

static char *
put_rtt(char *p, const struct session *s)
{
	if (s->rtt_ns >= 0)
		return put_span(p, s->rtt_ns, s->ts_digits);
	*p = '-';
	return p + 1;
}

/* What is being written. */
struct at {
	struct row *r;
	char *p;
};

/* The column ends at p. */
static void
end(struct at *at, enum column c, char *p)
{
	at->r->end[c] = (uint16_t)(p - at->r->text);
	if (c + 1 < COLUMNS)
		memset(p, ' ', ROW_PARTING);
	at->p = p + ROW_PARTING;
}

void
row_make(struct row *r, const struct session *s, const struct facts *f,
    const char *service)
{
	const char *proto = s->proto == PROTO_TCP ? "tcp" : "udp";
	int64_t duration = fmt_since(s->end_ns, s->start_ns);
	struct at at = { .r = r, .p = &r->text[0] };

	_Static_assert(ROW_MAX <= UINT16_MAX, "offsets fit");
	end(&at, COLUMN_NUMBER, put_number(at.p, s));
	end(&at, COLUMN_PROTO, put(at.p, proto, 3));
	end(&at, COLUMN_CLIENT, put_endpoint(at.p, &s->client));
	end(&at, COLUMN_SERVER, put_endpoint(at.p, &s->server));
	end(&at, COLUMN_SERVICE, put(at.p, service, SERVICE_NAME_MAX));
	end(&at, COLUMN_FLAGS_C2S, put_flags(at.p, s, 0));
	end(&at, COLUMN_FLAGS_S2C, put_flags(at.p, s, 1));
	end(&at, COLUMN_PACKETS_C2S, fmt_put_u64(at.p, s->side[0].packets));
	end(&at, COLUMN_PACKETS_S2C, fmt_put_u64(at.p, s->side[1].packets));
	end(&at, COLUMN_BYTES_C2S, fmt_put_u64(at.p, s->side[0].bytes));
	end(&at, COLUMN_BYTES_S2C, fmt_put_u64(at.p, s->side[1].bytes));
	end(&at, COLUMN_START, put_start(at.p, s));
	end(&at, COLUMN_DURATION, put_span(at.p, duration, s->ts_digits));
	end(&at, COLUMN_RTT, put_rtt(at.p, s));
	end(&at, COLUMN_STATE, put(at.p, s->state, 8));
	end(&at, COLUMN_REMARK, diagnosis_put(at.p, diagnose(s, f), s, f));
}
