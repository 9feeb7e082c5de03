/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * summary_csv.c: the summary as comma-separated values (RFC 4180).
 *
 * A text that a spreadsheet would take for a formula is led by an apostrophe.
 */
#include <string.h>

#include "base/digest.h"
#include "base/escape.h"
#include "base/fmt.h"
#include "sinks/summary.h"

#define LINE_END "\r\n"

static const char heading[] =
    "capture,session,proto,client_ip,client_port,server_ip,server_port,"
    "service,start,end,duration,first_packet,last_packet,roles,handshake,"
    "state,history,close,closed_by,rtt,"
    "c2s_packets,c2s_ip_bytes,c2s_bytes,c2s_flags,c2s_missing,"
    "c2s_retransmitted,c2s_out_of_order,c2s_conflicting,c2s_bad_checksum,"
    "c2s_zero_window,c2s_out_of_window,c2s_late,"
    "s2c_packets,s2c_ip_bytes,s2c_bytes,s2c_flags,s2c_missing,"
    "s2c_retransmitted,s2c_out_of_order,s2c_conflicting,s2c_bad_checksum,"
    "s2c_zero_window,s2c_out_of_window,s2c_late,"
    "community_id,stem,notes,remark" LINE_END;

void
summary_preamble(const struct console *c)
{
	if (c->product == CONSOLE_SUMMARY && c->format == FORMAT_CSV)
		out_write(c->file, heading, sizeof heading - 1);
}

/* Values are parted by commas; the one behind the last is taken back. */
static void
end_value(struct buf *b)
{
	buf_byte(b, ',');
}

static bool
has_any(struct slice s, const char *marks)
{
	for (; *marks != '\0'; marks++)
		if (memchr(s.p, *marks, s.n) != NULL)
			return true;
	return false;
}

static void
put_quoted(struct buf *b, struct slice s, bool formula)
{
	buf_str(b, formula ? "\"'" : "\"");
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			buf_byte(b, '"');
		buf_byte(b, s.p[i]);
	}
	buf_byte(b, '"');
}

static void
put_text(struct buf *b, struct slice s)
{
	bool formula =
	    s.n > 0 && s.p[0] != '\0' && strchr("=+-@\t\r", s.p[0]) != NULL;

	if (formula || (s.n > 0 && has_any(s, ",\"\r\n")))
		put_quoted(b, s, formula);
	else
		buf_put(b, s.p, s.n);
	end_value(b);
}

/* NULL is an empty value. */
static void
put_string(struct buf *b, const char *s)
{
	if (s == NULL)
		s = "";
	put_text(b, (struct slice){ (const uint8_t *)s, strlen(s) });
}

static void
put_name(struct buf *b, const struct sink_env *env)
{
	struct buf escaped = { 0 };

	console_name(env->console, &escaped, env->capture);
	put_text(b, (struct slice){ escaped.p, escaped.n });
	buf_free(&escaped);
}

static void
put_u64(struct buf *b, uint64_t v)
{
	uint8_t *p = buf_room(b, ROW_DIGITS);

	b->n += (size_t)(fmt_put_u64((char *)p, v) - (char *)p);
	end_value(b);
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
put_time(struct buf *b, int64_t ts_ns, int digits)
{
	char text[FMT_TIME_LEN];

	fmt_time(text, ts_ns, digits);
	put_string(b, text);
}

/* A number, though it may begin with a minus. */
static void
put_seconds(struct buf *b, int64_t ns, int digits)
{
	char text[FMT_SECONDS_LEN];

	fmt_seconds(text, ns, digits);
	buf_str(b, text);
	end_value(b);
}

static void
put_side(struct buf *b, const struct side *side, bool tcp)
{
	const uint64_t counts[] = { side->missing, side->retransmitted,
		side->out_of_order, side->conflicting, side->bad_checksum,
		side->zero_window, side->out_of_window, side->late };
	char flags[ENUM_NAME_FLAGS_LEN];

	put_u64(b, side->packets);
	put_u64(b, side->ip_bytes);
	put_u64(b, side->bytes);
	*enum_name_put_flags(flags, tcp ? side->flags : 0) = '\0';
	put_string(b, flags);
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		put_u64(b, counts[i]);
}

static void
put_community(struct buf *b, const struct session *s)
{
	char text[COMMUNITY_ID_LEN];

	enum_name_community(text, s);
	put_string(b, text);
}

/* Parted by spaces. */
static void
put_notes(struct buf *b, unsigned notes)
{
	const char *space = "";

	for (unsigned i = 0; enum_name_note(i) != NULL; i++) {
		if ((notes & 1u << i) == 0)
			continue;
		buf_str(b, space);
		buf_str(b, enum_name_note(i));
		space = " ";
	}
	end_value(b);
}

static void
put_remark(struct buf *b, const struct session *s,
    const struct session_probe *f)
{
	char text[DIAGNOSIS_MAX];
	char *end = diagnosis_put(text, diagnose(s, f), s, f);

	put_text(b,
	    (struct slice){ (const uint8_t *)text, (size_t)(end - text) });
}

static void
put_life(struct buf *b, const struct session *s)
{
	put_u64(b, s->first_packet);
	put_u64(b, s->last_packet);
	put_string(b, enum_name_roles(s->roles));
	put_string(b, enum_name_handshake(s->handshake));
	put_string(b, s->state);
	put_string(b, s->history);
	put_string(b, enum_name_close(s->close));
	put_string(b, enum_name_closed_by(s->closed_by));
	if (s->rtt_ns >= 0)
		put_seconds(b, s->rtt_ns, s->ts_digits);
	else
		end_value(b);
}

static void
csv_put(struct summary *m, struct buf *b, const struct summary_item *it)
{
	const struct session *s = it->s;
	const char *service = service_name(m->env->services, s, it->f);
	bool tcp = s->proto == PROTO_TCP;

	put_name(b, m->env);
	if (s->number != SESSION_NO_NUMBER)
		put_u64(b, s->number);
	else
		end_value(b);
	put_string(b, tcp ? "tcp" : "udp");
	put_endpoint(b, &s->client);
	put_endpoint(b, &s->server);
	put_string(b, strcmp(service, "-") != 0 ? service : NULL);
	put_time(b, s->start_ns, s->ts_digits);
	put_time(b, s->end_ns, s->ts_digits);
	put_seconds(b, fmt_since(s->end_ns, s->start_ns), s->ts_digits);
	put_life(b, s);
	put_side(b, &s->side[0], tcp);
	put_side(b, &s->side[1], tcp);
	put_community(b, s);
	if (s->number != SESSION_NO_NUMBER)
		put_text(b, sink_stem(it->ss));
	else
		end_value(b);
	put_notes(b, s->notes);
	put_remark(b, s, it->f);
	b->n--;
	buf_str(b, LINE_END);
}

const struct summary_format summary_csv = { .put = csv_put };
