/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * summary_zeek.c: the summary as Zeek's conn.log, with the Community ID.
 *
 * Nothing in it is of the clock: the log is opened when the first session
 * begins and closed when the last one ends.
 */
#include <string.h>

#include "base/digest.h"
#include "base/fmt.h"
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

/* Each value ends in a tab; the last one's becomes the line's end. */
static void
put_string(struct buf *b, const char *s)
{
	buf_str(b, s);
	buf_byte(b, '\t');
}

static void
put_u64(struct buf *b, uint64_t v)
{
	uint8_t *p = buf_room(b, ROW_DIGITS);

	b->n += (size_t)(fmt_put_u64((char *)p, v) - (char *)p);
	buf_byte(b, '\t');
}

static void
put_seconds(struct buf *b, int64_t ns)
{
	char text[FMT_SECONDS_LEN];

	fmt_seconds(text, ns, 6);
	put_string(b, text);
}

static void
put_bool(struct buf *b, bool v)
{
	put_string(b, v ? "T" : "F");
}

static void
put_endpoint(struct buf *b, const struct endpoint *e)
{
	char addr[FMT_ADDR_LEN];

	fmt_addr(addr, e->addr, e->family);
	put_string(b, addr);
	put_u64(b, e->port);
}

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
put_uid(struct buf *b, const struct session *s)
{
	static const char digits[] =
	    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	uint8_t sum[DIGEST_SHA256_BYTES];
	char text[UID_DIGITS + 1] = { 0 };
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
		text[i] = digits[rest];
	}
	buf_byte(b, 'C');
	put_string(b, text);
}

/* Zeek leaves these unset when nothing but an instant was seen. */
static void
put_span(struct buf *b, const struct session *s)
{
	int64_t duration = fmt_since(s->end_ns, s->start_ns);

	if (duration <= 0) {
		buf_str(b, "-\t-\t-\t");
		return;
	}
	put_seconds(b, duration);
	put_u64(b, s->side[0].bytes + s->side[0].missing);
	put_u64(b, s->side[1].bytes + s->side[1].missing);
}

static void
put_community(struct buf *b, const struct session *s)
{
	char text[COMMUNITY_ID_LEN];

	enum_name_community(text, s);
	put_string(b, text);
}

static void
zeek_put(struct summary *m, struct buf *b, const struct summary_item *it)
{
	const struct session *s = it->s;
	const char *service = service_spoken(s, it->f);

	(void)m;
	put_seconds(b, s->start_ns);
	put_uid(b, s);
	put_endpoint(b, &s->client);
	put_endpoint(b, &s->server);
	put_string(b, s->proto == PROTO_TCP ? "tcp" : "udp");
	put_string(b, service != NULL ? service_in_zeek(service) : "-");
	put_span(b, s);
	put_string(b, s->state);
	put_bool(b, address_is_private(&s->client));
	put_bool(b, address_is_private(&s->server));
	put_u64(b, s->side[0].missing + s->side[1].missing);
	put_string(b, s->history[0] != '\0' ? s->history : "-");
	for (int dir = 0; dir < 2; dir++) {
		put_u64(b, s->side[dir].packets);
		put_u64(b, s->side[dir].ip_bytes);
	}
	/* tunnel_parents */
	put_string(b, "-");
	put_u64(b, s->proto);
	put_community(b, s);
	b->p[b->n - 1] = '\n';
}

const struct summary_format summary_zeek = {
	.put = zeek_put,
	.begin = zeek_begin,
	.end = zeek_end,
};
