/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * summary_zeek.c: the summary as Zeek's conn.log, with the Community ID.
 *
 * Nothing in it is of the clock: the log is opened when the first session
 * begins and closed when the last one ends.
 */
#include "base/digest.h"
#include "base/fmt.h"
#include "sinks/fields.h"
#include "inspect/special_addr.h"
#include "sinks/summary.h"

/* "C" and as many digits of base 62 as hold 96 bits. */
#define UID_DIGITS 17
#define UID_BYTES 12

static const char heading[] =
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\t"
    "service\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\t"
    "local_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\t"
    "resp_ip_bytes\ttunnel_parents\tip_proto\tcommunity_id\n"
    "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\t"
    "count\tcount\tstring\tbool\tbool\tcount\tstring\tcount\tcount\tcount\t"
    "count\tset[string]\tcount\tstring\n";

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
zeek_begin(struct summary *m)
{
	if (summary_is_empty(m))
		return;
	buf_str(&m->out,
	    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n"
	    "#unset_field\t-\n#path\tconn\n#open\t");
	put_date(&m->out, m->totals.first_ns);
	buf_str(&m->out, heading);
	summary_flush(m);
}

static void
zeek_end(struct summary *m)
{
	if (summary_is_empty(m))
		return;
	buf_str(&m->out, "#close\t");
	put_date(&m->out, m->totals.last_ns);
	summary_flush(m);
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
put_uid(const struct fields *f, const struct session *s)
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
	fields_string(f, text);
}

/* Zeek leaves these unset when nothing but an instant was seen. */
static void
put_span(const struct fields *f, const struct session *s)
{
	int64_t duration = fmt_since(s->end_ns, s->start_ns);

	if (duration > 0)
		fields_seconds(f, duration, 6);
	else
		fields_none(f);
	/* What a side's peer acknowledged says nothing of one not captured. */
	for (int dir = 0; dir < 2; dir++)
		if (duration <= 0)
			fields_none(f);
		else if (s->side[dir].packets == 0)
			fields_u64(f, 0);
		else
			fields_u64(f,
			    s->side[dir].bytes + s->side[dir].missing);
}

static void
put_local(const struct fields *f, const struct endpoint *e)
{
	fields_string(f, address_is_private(e) ? "T" : "F");
}

static void
zeek_put(struct summary *m, struct buf *b, const struct summary_item *it)
{
	const struct fields f = { .b = b, .separator = '\t', .none = "-" };
	const struct session *s = it->s;
	enum service service = session_probe_service(it->f, s);

	(void)m;
	fields_seconds(&f, s->start_ns, 6);
	put_uid(&f, s);
	fields_endpoint(&f, &s->client);
	fields_endpoint(&f, &s->server);
	fields_string(&f, s->proto == PROTO_TCP ? "tcp" : "udp");
	fields_string(&f, enum_name_service_zeek(service));
	put_span(&f, s);
	fields_string(&f, enum_name_conn_state(s->state));
	put_local(&f, &s->client);
	put_local(&f, &s->server);
	fields_u64(&f, s->side[0].missing + s->side[1].missing);
	fields_string(&f, s->history);
	for (int dir = 0; dir < 2; dir++) {
		fields_u64(&f, s->side[dir].packets);
		fields_u64(&f, s->side[dir].ip_bytes);
	}
	/* tunnel_parents */
	fields_none(&f);
	fields_u64(&f, s->proto);
	fields_community_id(&f, s);
	fields_end(&f, "\n");
}

const struct summary_format summary_zeek = {
	.put = zeek_put,
	.begin = zeek_begin,
	.end = zeek_end,
};
