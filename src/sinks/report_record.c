/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* report_record.c: what a report keeps of a session that has ended. */
#include <string.h>

#include "base/fmt.h"
#include "base/record_log.h"
#include "sinks/index_tls.h"
#include "sinks/report_parts.h"

/* Conflicts that are listed of a direction. */
#define CONFLICTS_SHOWN 5

/* ----------------------------------------------------------------------- facts */

static void
fact_text(struct json *j, const char *key, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	json_key(j, key);
	json_string(j, text);
}

static void
fact_count(struct json *j, const char *key, uint64_t n)
{
	if (n == 0)
		return;
	json_key(j, key);
	json_u64(j, n);
}

static void
fact_span(struct json *j, const char *key, int64_t ns, const struct session *s)
{
	char text[FMT_SECONDS_LEN];

	if (ns < 0)
		return;
	fmt_seconds(text, ns, s->ts_digits);
	json_key(j, key);
	json_number(j, text);
}

static void
fact_links(struct json *j, const struct session *s)
{
	uint16_t vlan[SESSION_VLANS];
	size_t n = session_vlans(s, vlan);
	const uint8_t *mac[2] = { session_mac(s, 0), session_mac(s, 1) };
	char text[FMT_MAC_LEN];

	if (n > 0) {
		json_key(j, "vlan");
		json_array(j);
		for (size_t i = 0; i < n; i++)
			json_u64(j, vlan[i]);
		json_array_end(j);
	}
	if (mac[0] == NULL && mac[1] == NULL)
		return;
	json_key(j, "mac");
	json_array(j);
	for (int dir = 0; dir < 2; dir++) {
		if (mac[dir] == NULL) {
			json_null(j);
			continue;
		}
		fmt_mac(text, mac[dir]);
		json_string(j, text);
	}
	json_array_end(j);
}

static void
fact_refused(struct json *j, const struct side *side)
{
	if (side_refused(side) == 0)
		return;
	json_key(j, "refused");
	json_object(j);
	for (int i = 0; i < REFUSALS; i++)
		fact_count(j, enum_name_refusal((enum refusal)i),
		    side->refused[i]);
	json_object_end(j);
}

static void
fact_conflicts(struct json *j, const struct side *side)
{
	if (side->n_conflicts == 0)
		return;
	json_key(j, "conflicts");
	json_array(j);
	for (size_t i = 0; i < side->n_conflicts && i < CONFLICTS_SHOWN; i++) {
		json_array(j);
		json_u64(j, side->conflicts[i].off);
		json_u64(j, side->conflicts[i].len);
		json_array_end(j);
	}
	json_array_end(j);
}

static void
fact_side(struct json *j, const struct sink_session *ss,
    const struct session *s, int dir)
{
	const struct side *side = &s->side[dir];
	const struct sink_names *n = &ss->names;
	const char *hash = sink_hash_name(ss->env->hash);

	size_t before = j->b->n, begin;

	json_key(j, dir == 0 ? "c2s" : "s2c");
	json_object(j);
	begin = j->b->n;
	fact_count(j, "missing", side->missing);
	fact_count(j, "retransmitted", side->retransmitted);
	fact_count(j, "duplicates", side->duplicates);
	fact_count(j, "out_of_order", side->out_of_order);
	fact_count(j, "conflicting", side->conflicting);
	fact_conflicts(j, side);
	fact_count(j, "bad_checksum", side->bad_checksum);
	fact_count(j, "zero_window", side->zero_window);
	fact_refused(j, side);
	fact_count(j, "late", side->late);
	if (hash != NULL)
		fact_text(j, hash, ss->digest[dir]);
	if (n->raw[dir] != 0) {
		json_key(j, "file");
		json_bytes(j, sink_name_at(n, n->raw[dir]));
	}
	json_object_end(j);
	/* Nothing is known: then it is not there. */
	if (j->b->n == begin + 1)
		j->b->n = before;
}

static void
fact_notes(struct json *j, unsigned notes)
{
	if (notes == 0)
		return;
	json_key(j, "notes");
	json_array(j);
	for (unsigned i = 0; enum_name_note(i) != NULL; i++)
		if ((notes & 1u << i) != 0)
			json_string(j, enum_name_note(i));
	json_array_end(j);
}

/* How long the client let the server wait; the row has the other. */
static void
fact_wait(struct json *j, const struct session *s)
{
	if (s->wait_ns[0] < 0)
		return;
	json_key(j, "wait");
	json_object(j);
	fact_span(j, "client", s->wait_ns[0], s);
	json_object_end(j);
}

static void
fact_stem(struct json *j, const struct sink_names *n)
{
	if (n->stem == 0)
		return;
	json_key(j, "stem");
	json_bytes(j, sink_name_at(n, n->stem));
}

/* The index object's keys, without those of the row, and zeros. */
static void
put_facts(struct json *j, const struct sink_session *ss,
    const struct session *s)
{
	char community[COMMUNITY_ID_LEN];

	enum_name_community(community, s);
	json_object(j);
	fact_stem(j, &ss->names);
	fact_text(j, "community_id", community);
	fact_count(j, "first_packet", s->first_packet);
	fact_count(j, "last_packet", s->last_packet);
	fact_text(j, "roles", enum_name_roles(s->roles));
	fact_text(j, "handshake", enum_name_handshake(s->handshake));
	fact_links(j, s);
	fact_text(j, "history", s->history);
	fact_text(j, "close", enum_name_close(s->close));
	fact_text(j, "closed_by", enum_name_closed_by(s->closed_by));
	fact_wait(j, s);
	fact_side(j, ss, s, 0);
	fact_side(j, ss, s, 1);
	fact_notes(j, s->notes | ss->notes);
	json_object_end(j);
}

/* ------------------------------------------------------------------------ text */

/* What a transcript's last line says. */
static void
put_ending(struct json *j, const struct session *s)
{
	const char *who = enum_name_closed_by(s->closed_by);
	char seconds[FMT_SECONDS_LEN];
	struct buf b = { 0 };

	fmt_seconds(seconds, fmt_since(s->end_ns, s->start_ns), s->ts_digits);
	buf_printf(&b, "%s %s %s", enum_name_close(s->close),
	    who != NULL ? who : "none", seconds);
	json_string(j, buf_cstr(&b));
	buf_free(&b);
}

/* Members of an object that is the writer's. */
static void
put_members(struct buf *b, const struct report_session *x,
    const struct session *s)
{
	struct json j = json_on(b);
	size_t from = b->n;

	json_object(&j);
	json_key(&j, "facts");
	put_facts(&j, x->ss, s);
	json_key(&j, "end");
	put_ending(&j, s);
	index_tls_shown(&j, x->ss);
	/* Without the brace. */
	memmove(b->p + from, b->p + from + 1, b->n - from - 1);
	b->n--;
	/* As it will be written: what is counted is what it takes. */
	json_inert(b, from);
}

/* ---------------------------------------------------------------------- record */

static void
append_part(void *arg, struct slice s)
{
	buf_put(arg, s.p, s.n);
}

/* The first n bytes of the log. */
static void
put_log(struct buf *b, struct spill *k, const struct spill_log *log, size_t n)
{
	size_t from = b->n;

	spill_log_read(k, log, 0, append_part, b);
	if (b->n - from > n)
		b->n = from + n;
}

/* As many as a session may show. */
static void
put_files(struct buf *b, struct report_record *h,
    const struct report_session *x)
{
	const struct sink_names *n = &x->ss->names;

	for (size_t at = sink_name_next(n, 0); at > 0;
	     at = sink_name_next(n, at)) {
		struct slice name = sink_name_at(n, at);

		if (at == n->stem || h->files++ >= x->report->files.share)
			continue;
		buf_byte(b, (uint8_t)name.n);
		buf_put(b, name.p, name.n);
		h->n_files++;
	}
}

void
report_record_make(struct buf *b, struct report_record *h,
    struct report_session *x, const struct session *s)
{
	const struct report *r = x->report;
	struct spill *k = r->spill;
	size_t ends[REPORT_PARTS], from = sizeof *h;

	*h = (struct report_record){
		.turns = x->n_turns,
		.packets = x->packets.plain.seen + x->packets.noted.seen,
	};
	buf_put(b, h, sizeof *h);
	put_members(b, x, s);
	ends[REPORT_TEXT] = b->n;
	put_log(b, k, &x->log, r->turns.share * sizeof(struct report_turn));
	ends[REPORT_TURNS] = b->n;
	put_log(b, k, &x->said[0], r->payload.share);
	ends[REPORT_C2S] = b->n;
	put_log(b, k, &x->said[1], r->payload.share);
	ends[REPORT_S2C] = b->n;
	report_packets_take(&x->packets, k, r->packets.share, b);
	ends[REPORT_PACKETS] = b->n;
	put_files(b, h, x);
	ends[REPORT_FILES] = b->n;
	report_exchanges_take(b, h, x);
	ends[REPORT_EXCHANGES] = b->n;
	(void)record_log_replay(k, &x->stretches, append_part, b);
	ends[REPORT_STRETCHES] = b->n;
	h->n_stretches = x->n_stretches;
	h->decoded = x->decoded;
	for (int i = 0; i < REPORT_PARTS; i++) {
		h->len[i] = (uint32_t)(ends[i] - from);
		from = ends[i];
	}
	memcpy(b->p, h, sizeof *h);
}
