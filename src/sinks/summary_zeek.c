/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * summary_zeek.c: the summary as Zeek's conn.log, with the Community ID: with
 * tabs, or a JSON object a line.
 *
 * Nothing in it is of the clock: the log is opened when the first session
 * begins and closed when the last one ends.
 */
#include "base/digest.h"
#include "base/fmt.h"
#include "base/json.h"
#include "sinks/fields.h"
#include "inspect/special_addr.h"
#include "sinks/summary.h"

/* "C" and as many digits of base 62 as hold 96 bits. */
#define UID_DIGITS 17
#define UID_BYTES 12

/* The fields of conn.log, in their order, and what Zeek says they are. */
static const struct {
	const char *name;
	const char *type;
} columns[] = {
	{ "ts", "time" },
	{ "uid", "string" },
	{ "id.orig_h", "addr" },
	{ "id.orig_p", "port" },
	{ "id.resp_h", "addr" },
	{ "id.resp_p", "port" },
	{ "proto", "enum" },
	{ "service", "string" },
	{ "duration", "interval" },
	{ "orig_bytes", "count" },
	{ "resp_bytes", "count" },
	{ "conn_state", "string" },
	{ "local_orig", "bool" },
	{ "local_resp", "bool" },
	{ "missed_bytes", "count" },
	{ "history", "string" },
	{ "orig_pkts", "count" },
	{ "orig_ip_bytes", "count" },
	{ "resp_pkts", "count" },
	{ "resp_ip_bytes", "count" },
	{ "tunnel_parents", "set[string]" },
	{ "ip_proto", "count" },
	{ "community_id", "string" },
};

#define ZEEK_COLUMNS (sizeof columns / sizeof columns[0])

/* 2026-11-20-21-21-29 */
static void
put_date(struct buf *b, int64_t ts_ns)
{
	char text[FMT_TIME_LEN];

	fmt_time(text, ts_ns, 6);
	for (char *p = text; *p != '.'; p++)
		buf_byte(b, (uint8_t)(*p == 'T' || *p == ':' ? '-' : *p));
	buf_byte(b, '\n');
}

static void
zeek_begin(struct summary_run *r)
{
	if (!r->any)
		return;
	buf_str(&r->text,
	    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n"
	    "#unset_field\t-\n#path\tconn\n#open\t");
	put_date(&r->text, r->first_ns);
	buf_str(&r->text, "#fields");
	for (size_t i = 0; i < ZEEK_COLUMNS; i++)
		buf_printf(&r->text, "\t%s", columns[i].name);
	buf_str(&r->text, "\n#types");
	for (size_t i = 0; i < ZEEK_COLUMNS; i++)
		buf_printf(&r->text, "\t%s", columns[i].type);
	buf_byte(&r->text, '\n');
	summary_flush(r);
}

static void
zeek_end(struct summary_run *r)
{
	if (!r->any)
		return;
	buf_str(&r->text, "#close\t");
	put_date(&r->text, r->totals.last_ns);
	summary_flush(r);
}

/* --------------------------------------------------------------------- a line */

/* A line that is written, value by value: separated by tabs, or, as Zeek writes
 * it with LogAscii::use_json, an object without what is not set. */
struct zeek_line {
	struct fields f;
	bool json;
	size_t column; /* of the value that comes next */
};

/* In JSON, the name of the value that comes. */
static struct json
line_key(struct zeek_line *z)
{
	struct json j = json_on(z->f.b);
	const char *name = columns[z->column++].name;

	if (!z->json)
		return j;
	/* The first is always set. */
	buf_byte(z->f.b, z->column == 1 ? '{' : ',');
	json_string(&j, name);
	buf_byte(z->f.b, ':');
	return json_on(z->f.b);
}

static void
line_none(struct zeek_line *z)
{
	z->column++;
	if (!z->json)
		fields_none(&z->f);
}

/* NULL and an empty text are none. */
static void
line_text(struct zeek_line *z, const char *s)
{
	struct json j;

	if (s == NULL || s[0] == '\0') {
		line_none(z);
		return;
	}
	j = line_key(z);
	if (z->json)
		json_string(&j, s);
	else
		fields_string(&z->f, s);
}

static void
line_u64(struct zeek_line *z, uint64_t v)
{
	struct json j = line_key(z);

	if (z->json)
		json_u64(&j, v);
	else
		fields_u64(&z->f, v);
}

static void
line_bool(struct zeek_line *z, bool v)
{
	struct json j = line_key(z);

	if (z->json)
		json_bool(&j, v);
	else
		fields_string(&z->f, v ? "T" : "F");
}

static void
line_seconds(struct zeek_line *z, int64_t ns)
{
	struct json j = line_key(z);
	char text[FMT_SECONDS_LEN];

	fmt_seconds(text, ns, 6);
	if (z->json)
		json_number(&j, text);
	else
		fields_string(&z->f, text);
}

/* -------------------------------------------------------------------- values */

static void
hash_endpoint(struct buf *b, const struct endpoint *e)
{
	buf_put(b, e->addr, sizeof e->addr);
	buf_be(b, e->port, 2);
	buf_be(b, e->family, 1);
}

/* The first bits of the digest in base 62: the same session gets the same
 * name in every run. */
static void
put_uid(struct zeek_line *z, const struct session *s)
{
	static const char digits[] =
	    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	uint8_t sum[DIGEST_SHA256_BYTES];
	char text[1 + UID_DIGITS + 1] = "C";
	struct buf key = { 0 };

	hash_endpoint(&key, &s->client);
	hash_endpoint(&key, &s->server);
	buf_be(&key, s->proto, 1);
	buf_be(&key, (uint64_t)s->start_ns, 8);
	digest_sha256_of(sum, (struct slice){ key.p, key.n });
	buf_free(&key);
	for (size_t i = UID_DIGITS; i-- > 0;) {
		unsigned rest = 0;

		for (size_t at = 0; at < UID_BYTES; at++) {
			rest = rest << 8 | sum[at];
			sum[at] = (uint8_t)(rest / 62);
			rest %= 62;
		}
		text[1 + i] = digits[rest];
	}
	line_text(z, text);
}

static void
put_zeek_endpoint(struct zeek_line *z, const struct endpoint *e)
{
	char addr[FMT_ADDR_LEN];

	fmt_addr(addr, e->addr, e->family);
	line_text(z, addr);
	line_u64(z, e->port);
}

/* Zeek leaves these unset when nothing but an instant was seen. */
static void
put_zeek_span(struct zeek_line *z, const struct session *s)
{
	int64_t duration = fmt_since(s->end_ns, s->start_ns);

	if (duration > 0)
		line_seconds(z, duration);
	else
		line_none(z);
	/* What a side's peer acknowledged says nothing of one not captured. */
	for (int dir = 0; dir < 2; dir++)
		if (duration <= 0)
			line_none(z);
		else if (s->side[dir].packets == 0)
			line_u64(z, 0);
		else
			line_u64(z, s->side[dir].bytes + s->side[dir].missing);
}

static void
put_conn(struct zeek_line *z, const struct summary_item *it)
{
	const struct session *s = it->s;
	char community[COMMUNITY_ID_LEN];

	line_seconds(z, s->start_ns);
	put_uid(z, s);
	put_zeek_endpoint(z, &s->client);
	put_zeek_endpoint(z, &s->server);
	line_text(z, s->proto == PROTO_TCP ? "tcp" : "udp");
	line_text(z, enum_name_service_zeek(session_probe_service(it->f, s)));
	put_zeek_span(z, s);
	line_text(z, enum_name_conn_state(s->state));
	line_bool(z, address_is_private(&s->client));
	line_bool(z, address_is_private(&s->server));
	line_u64(z, s->side[0].missing + s->side[1].missing);
	line_text(z, s->history);
	for (int dir = 0; dir < 2; dir++) {
		line_u64(z, s->side[dir].packets);
		line_u64(z, s->side[dir].ip_bytes);
	}
	/* tunnel_parents */
	line_none(z);
	line_u64(z, s->proto);
	enum_name_community(community, s);
	line_text(z, community);
}

static void
zeek_put(struct summary *m, struct buf *b, const struct summary_item *it)
{
	struct zeek_line z = {
		.f = { .b = b, .separator = '\t', .none = "-" },
	};

	(void)m;
	put_conn(&z, it);
	fields_end(&z.f, "\n");
}

static void
zeek_json_put(struct summary *m, struct buf *b, const struct summary_item *it)
{
	struct zeek_line z = { .f = { .b = b }, .json = true };

	(void)m;
	put_conn(&z, it);
	buf_str(b, "}\n");
}

const struct summary_format summary_zeek_json = { .put = zeek_json_put };

const struct summary_format summary_zeek = {
	.put = zeek_put,
	.begin = zeek_begin,
	.end = zeek_end,
};
