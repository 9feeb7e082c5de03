/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* summary_csv.c: the summary as comma-separated values (RFC 4180). */
#include "base/escape.h"
#include "base/fmt.h"
#include "sinks/fields.h"
#include "sinks/summary.h"

#define LINE_END "\r\n"

static const char heading[] =
    "capture,session,proto,client_ip,client_port,server_ip,server_port,"
    "service,name,start,end,duration,first_packet,last_packet,roles,handshake,"
    "vlan,client_mac,server_mac,state,history,close,closed_by,rtt,"
    "client_wait,server_wait,"
    "c2s_packets,c2s_ip_bytes,c2s_bytes,c2s_flags,c2s_missing,"
    "c2s_retransmitted,c2s_duplicates,c2s_out_of_order,c2s_conflicting,c2s_bad_"
    "checksum,"
    "c2s_zero_window,c2s_refused,c2s_late,"
    "s2c_packets,s2c_ip_bytes,s2c_bytes,s2c_flags,s2c_missing,"
    "s2c_retransmitted,s2c_duplicates,s2c_out_of_order,s2c_conflicting,s2c_bad_"
    "checksum,"
    "s2c_zero_window,s2c_refused,s2c_late,"
    "community_id,stem,notes,remark" LINE_END;

void
summary_csv_heading(struct out_file *f)
{
	out_write(f, heading, sizeof heading - 1);
}

static void
csv_capture(const struct fields *f, const struct sink_env *env)
{
	struct buf escaped = { 0 };

	console_name(env->console, &escaped, env->capture);
	fields_text(f, (struct slice){ escaped.p, escaped.n });
	buf_free(&escaped);
}

/* It may be anything, and stays on its line. */
static void
csv_name(const struct fields *f, struct slice name)
{
	struct buf b = { 0 };

	escape_line(&b, name);
	fields_text(f, (struct slice){ b.p, b.n });
	buf_free(&b);
}

static void
put_side(const struct fields *f, const struct side *side, bool tcp)
{
	const uint64_t counts[] = { side->missing, side->retransmitted,
		side->duplicates, side->out_of_order, side->conflicting,
		side->bad_checksum, side->zero_window, side_refused(side),
		side->late };
	char flags[ENUM_NAME_FLAGS_LEN];

	fields_u64(f, side->packets);
	fields_u64(f, side->ip_bytes);
	fields_u64(f, side->bytes);
	*enum_name_put_flags(flags, tcp ? side->flags : 0) = '\0';
	fields_string(f, flags);
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		fields_u64(f, counts[i]);
}

/* Parted by spaces. */
static void
put_notes(const struct fields *f, unsigned notes)
{
	struct buf b = { 0 };

	for (unsigned i = 0; enum_name_note(i) != NULL; i++) {
		if ((notes & 1u << i) == 0)
			continue;
		if (b.n > 0)
			buf_byte(&b, ' ');
		buf_str(&b, enum_name_note(i));
	}
	fields_text(f, (struct slice){ b.p, b.n });
	buf_free(&b);
}

static void
put_remark(const struct fields *f, const struct session *s,
    const struct session_probe *probe)
{
	char text[DIAGNOSIS_MAX];
	char *end = diagnosis_put(text, diagnose(s, probe), ", ", s);

	*end = '\0';
	fields_string(f, text);
}

/* VLANs are parted by spaces. */
static void
put_hop(const struct fields *f, const struct session *s)
{
	uint16_t vlan[SESSION_VLANS];
	char text[SESSION_VLANS * 5 + 1] = "", *p = text;
	char mac[FMT_MAC_LEN];
	size_t n = session_vlans(s, vlan);

	for (size_t i = 0; i < n; i++) {
		p = fmt_put_u64(p, vlan[i]);
		*p++ = ' ';
	}
	fields_text(f,
	    (struct slice){ (const uint8_t *)text,
		p > text ? (size_t)(p - text) - 1 : 0 });
	for (int dir = 0; dir < 2; dir++) {
		const uint8_t *of = session_mac(s, dir);

		if (of != NULL)
			fmt_mac(mac, of);
		fields_string(f, of != NULL ? mac : NULL);
	}
}

/* Negative: it is not known. */
static void
put_csv_span(const struct fields *f, int64_t ns, const struct session *s)
{
	if (ns >= 0)
		fields_seconds(f, ns, s->ts_digits);
	else
		fields_none(f);
}

static void
put_life(const struct fields *f, const struct session *s)
{
	fields_u64(f, s->first_packet);
	fields_u64(f, s->last_packet);
	fields_string(f, enum_name_roles(s->roles));
	fields_string(f, enum_name_handshake(s->handshake));
	put_hop(f, s);
	fields_string(f, enum_name_conn_state(s->state));
	fields_string(f, s->history);
	fields_string(f, enum_name_close(s->close));
	fields_string(f, enum_name_closed_by(s->closed_by));
	put_csv_span(f, s->rtt_ns, s);
	put_csv_span(f, s->wait_ns[0], s);
	put_csv_span(f, s->wait_ns[1], s);
}

static void
csv_put(struct summary *m, struct buf *b, const struct summary_item *it)
{
	const struct fields f = { b, ',', "", true };
	const struct session *s = it->s;
	bool numbered = s->number != SESSION_NO_NUMBER;
	bool tcp = s->proto == PROTO_TCP;
	bool local = m->env->console->local_time;

	csv_capture(&f, m->env);
	if (numbered)
		fields_u64(&f, s->number);
	else
		fields_none(&f);
	fields_string(&f, tcp ? "tcp" : "udp");
	fields_endpoint(&f, &s->client);
	fields_endpoint(&f, &s->server);
	fields_string(&f,
	    session_probe_service_name(it->f, s, m->env->services));
	csv_name(&f, session_probe_name(it->f));
	fields_time(&f, s->start_ns, s->ts_digits, local);
	fields_time(&f, s->end_ns, s->ts_digits, local);
	fields_seconds(&f, fmt_since(s->end_ns, s->start_ns), s->ts_digits);
	put_life(&f, s);
	put_side(&f, &s->side[0], tcp);
	put_side(&f, &s->side[1], tcp);
	fields_community_id(&f, s);
	if (numbered)
		fields_text(&f, sink_stem(it->ss));
	else
		fields_none(&f);
	put_notes(&f, s->notes);
	put_remark(&f, s, it->f);
	fields_end(&f, LINE_END);
}

const struct summary_format summary_csv = { .put = csv_put };
