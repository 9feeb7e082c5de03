/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * index.c: a session as one JSON object, the line of sessions.jsonl.
 *
 * There is a line for every session, so it is written at one go: each key in
 * one text with what stands before it.
 */
#include <assert.h>
#include <string.h>

#include "base/digest.h"
#include "base/fmt.h"
#include "base/json.h"
#include "sinks/index_tls.h"
#include "inspect/diagnosis.h"
#include "inspect/enum_names.h"

/*
 * What a line has at most, but for what LISTED is for: 1400 characters of keys,
 * 55 numbers of 20, 5 spans of 31, 2 times of 39, 2 addresses of 45 and two of
 * 19, two digests of 64, all notes in 300, all remarks, and 14 words of 40.
 */
#define LINE_MOST ((size_t)4096 + DIAGNOSIS_MAX)
/* "[18446744073709551615,18446744073709551615,"not captured"]," */
#define LISTED ((size_t)64)

/* A text of ours: measured when compiled. */
static inline char *
index_put(char *p, const char *text)
{
	return mempcpy(p, text, strlen(text));
}

static inline char *
index_u64(char *p, const char *key, uint64_t v)
{
	return fmt_put_u64(index_put(p, key), v);
}

static char *
index_quoted(char *p, const void *text, size_t n)
{
	*p++ = '"';
	memcpy(p, text, n);
	p[n] = '"';
	return p + n + 1;
}

/* A word that needs no escape; NULL is null. */
static inline char *
put_word(char *p, const char *key, const char *word)
{
	p = index_put(p, key);
	return word != NULL ? index_quoted(p, word, strlen(word)) :
			      index_put(p, "null");
}

/* The name at that place. */
static inline char *
put_name(char *p, const char *key, const struct sink_names *n, size_t place)
{
	struct slice s;

	p = index_put(p, key);
	if (place == 0)
		return index_put(p, "null");
	s = sink_name_at(n, place);
	return index_quoted(p, s.p, s.n);
}

static inline char *
put_time(char *p, const char *key, int64_t ts_ns, int digits)
{
	return index_put(fmt_time(index_put(p, key), ts_ns, digits), "\"");
}

static char *
index_endpoint(char *p, const struct endpoint *e)
{
	p = fmt_addr(index_put(p, "{\"ip\":\""), e->addr, e->family);
	p = index_u64(p, "\",\"port\":", e->port);
	return index_put(p, "}");
}

static char *
put_gaps(char *p, const struct side *side)
{
	for (size_t i = 0; i < side->n_gaps; i++) {
		const struct gap *g = &side->gaps[i];

		p = index_u64(p, i == 0 ? "[" : ",[", g->off);
		p = index_u64(p, ",", g->len);
		p = put_word(p, ",", enum_name_gap(g->reason));
		p = index_put(p, "]");
	}
	return p;
}

static char *
put_conflicts(char *p, const struct side *side)
{
	for (size_t i = 0; i < side->n_conflicts; i++) {
		p = index_u64(p, i == 0 ? "[" : ",[", side->conflicts[i].off);
		p = index_u64(p, ",", side->conflicts[i].len);
		p = index_put(p, "]");
	}
	return p;
}

/* How many, by reason. */
static char *
put_refused(char *p, const struct side *side)
{
	bool any = false;

	for (int i = 0; i < REFUSALS; i++) {
		const char *why = enum_name_refusal((enum refusal)i);

		if (side->refused[i] == 0)
			continue;
		p = index_quoted(index_put(p, any ? "," : ""), why,
		    strlen(why));
		p = index_u64(p, ":", side->refused[i]);
		any = true;
	}
	return p;
}

static char *
put_side(char *p, const struct side *side)
{
	p = index_u64(p, "{\"packets\":", side->packets);
	p = index_u64(p, ",\"bytes\":", side->bytes);
	p = enum_name_put_flags(index_put(p, ",\"flags\":\""), side->flags);
	p = index_u64(p, "\",\"missing\":", side->missing);
	p = put_gaps(index_put(p, ",\"gaps\":["), side);
	p = index_u64(p, "],\"retransmitted\":", side->retransmitted);
	p = index_u64(p, ",\"duplicates\":", side->duplicates);
	p = index_u64(p, ",\"out_of_order\":", side->out_of_order);
	p = index_u64(p, ",\"conflicting\":", side->conflicting);
	p = put_conflicts(index_put(p, ",\"conflicts\":["), side);
	p = index_u64(p, "],\"bad_checksum\":", side->bad_checksum);
	p = index_u64(p, ",\"zero_window\":", side->zero_window);
	p = put_refused(index_put(p, ",\"refused\":{"), side);
	return index_u64(p, "},\"late\":", side->late);
}

static char *
put_files(char *p, const struct sink_names *n)
{
	const char *comma = "";

	for (size_t at = sink_name_next(n, 0); at > 0;
	     at = sink_name_next(n, at)) {
		if (at == n->stem)
			continue;
		p = put_name(p, comma, n, at);
		comma = ",";
	}
	return p;
}

static char *
put_notes(char *p, unsigned notes)
{
	const char *comma = "";

	for (unsigned i = 0; notes >> i != 0; i++) {
		if ((notes & 1u << i) == 0 || enum_name_note(i) == NULL)
			continue;
		p = put_word(p, comma, enum_name_note(i));
		comma = ",";
	}
	return p;
}

static char *
put_times(char *p, const struct session *s)
{
	int64_t duration = fmt_since(s->end_ns, s->start_ns);

	p = put_time(p, ",\"start\":\"", s->start_ns, s->ts_digits);
	p = put_time(p, ",\"end\":\"", s->end_ns, s->ts_digits);
	p = fmt_seconds(index_put(p, ",\"duration\":"), duration, s->ts_digits);
	p = index_u64(p, ",\"first_packet\":", s->first_packet);
	return index_u64(p, ",\"last_packet\":", s->last_packet);
}

/* Seconds; negative: null. */
static char *
index_span(char *p, const char *key, int64_t ns, const struct session *s)
{
	p = index_put(p, key);
	return ns >= 0 ? fmt_seconds(p, ns, s->ts_digits) :
			 index_put(p, "null");
}

static char *
put_links(char *p, const struct session *s)
{
	uint16_t vlan[SESSION_VLANS];
	size_t n = session_vlans(s, vlan);

	p = index_put(p, ",\"vlan\":[");
	for (size_t i = 0; i < n; i++)
		p = index_u64(p, i == 0 ? "" : ",", vlan[i]);
	for (int dir = 0; dir < 2; dir++) {
		const uint8_t *mac = session_mac(s, dir);

		p = index_put(p, dir == 0 ? "],\"mac\":[" : ",");
		if (mac == NULL)
			p = index_put(p, "null");
		else
			p = index_put(fmt_mac(index_put(p, "\""), mac), "\"");
	}
	return index_put(p, "]");
}

static char *
put_life(char *p, const struct session *s)
{
	p = put_word(p, ",\"roles\":", enum_name_roles(s->roles));
	p = put_word(p, ",\"handshake\":", enum_name_handshake(s->handshake));
	p = put_links(p, s);
	p = put_word(p, ",\"state\":", enum_name_conn_state(s->state));
	p = put_word(p, ",\"history\":", s->history);
	p = put_word(p, ",\"close\":", enum_name_close(s->close));
	p = put_word(p, ",\"closed_by\":", enum_name_closed_by(s->closed_by));
	p = index_span(p, ",\"rtt\":", s->rtt_ns, s);
	p = index_span(p, ",\"wait\":{\"client\":", s->wait_ns[0], s);
	p = index_span(p, ",\"server\":", s->wait_ns[1], s);
	return index_put(p, "}");
}

/* They need no escape. */
static char *
put_remarks(char *p, const struct sink_session *ss, const struct session *s)
{
	unsigned troubles = diagnose(s, ss->facts);

	p = index_put(p, ",\"remarks\":[");
	if (troubles != 0) {
		*p++ = '"';
		p = diagnosis_put(p, troubles, "\",\"", s);
		*p++ = '"';
	}
	return index_put(p, "]");
}

/* From the Community ID to what is spoken. */
static char *
put_middle(char *p, const struct sink_session *ss, const struct session *s)
{
	char community[COMMUNITY_ID_LEN];

	enum_name_community(community, s);
	p = index_put(p, ",\"community_id\":");
	p = index_quoted(p, community, COMMUNITY_ID_LEN - 1);
	p = put_times(p, s);
	p = index_endpoint(index_put(p, ",\"client\":"), &s->client);
	p = index_endpoint(index_put(p, ",\"server\":"), &s->server);
	p = put_life(p, s);
	return put_word(p, ",\"service\":",
	    session_probe_service_name(ss->facts, s, ss->env->services));
}

/* Of what was captured of the direction, with --hash. */
static char *
put_digest(char *p, const struct sink_session *ss, int dir)
{
	static const char *const keys[] = {
		[SINK_HASH_MD5] = ",\"md5\":",
		[SINK_HASH_SHA256] = ",\"sha256\":",
	};

	if (ss->env->hash == SINK_HASH_NONE)
		return p;
	return put_word(p, keys[ss->env->hash], ss->digest[dir]);
}

/* Behind what is known of TLS; notes are the session's and the sinks'. */
static char *
put_rest(char *p, const struct sink_session *ss, const struct session *s)
{
	const struct sink_names *n = &ss->names;

	p = put_side(index_put(p, ",\"c2s\":"), &s->side[0]);
	p = put_digest(p, ss, 0);
	p = put_name(p, ",\"file\":", n, n->raw[0]);
	p = put_side(index_put(p, "},\"s2c\":"), &s->side[1]);
	p = put_digest(p, ss, 1);
	p = put_name(p, ",\"file\":", n, n->raw[1]);
	p = put_files(index_put(p, "},\"files\":["), n);
	p = put_notes(index_put(p, "],\"notes\":["), s->notes | ss->notes);
	return index_put(p,
	    s->proto == PROTO_UDP ? "],\"proto\":\"udp\"}" : "]}");
}

/* Names stand in the line twice at most, with three characters each. */
static size_t
line_most(const struct sink_names *n, const struct session *s)
{
	size_t listed = s->side[0].n_gaps + s->side[1].n_gaps +
	    s->side[0].n_conflicts + s->side[1].n_conflicts;

	return LINE_MOST + listed * LISTED + 3 * n->n + strlen(s->history);
}

/* What was said, which may be anything: the server's name, and TLS. */
static void
put_said(struct buf *b, const struct sink_session *ss, const struct session *s)
{
	struct slice name = session_probe_name(ss->facts);
	struct json j = json_on(b);
	char *p;

	buf_str(b, ",\"name\":");
	if (name.n > 0)
		json_bytes(&j, name);
	else
		json_null(&j);
	p = put_remarks((char *)buf_room(b, LINE_MOST), ss, s);
	b->n = (size_t)(p - (char *)b->p);
	buf_str(b, ",\"tls\":");
	j = json_on(b);
	index_tls(&j, ss);
}

static void
index_capture(struct buf *b, const char *name)
{
	struct json j = json_on(b);

	if (name != NULL)
		json_string(&j, name);
	else
		json_null(&j);
}

void
index_object(struct buf *b, struct sink_session *ss, const struct session *s)
{
	bool numbered = s->number != SESSION_NO_NUMBER;
	struct slice stem = numbered ? sink_stem(ss) : (struct slice){ 0 };
	size_t most = line_most(&ss->names, s);
	char *p = (char *)buf_room(b, most);

	p = numbered ? index_u64(p, "{\"session\":", s->number) :
		       index_put(p, "{\"session\":null");
	p = index_put(p, ",\"stem\":");
	p = numbered ? index_quoted(p, stem.p, stem.n) : index_put(p, "null");
	p = index_put(p, ",\"capture\":");
	b->n = (size_t)(p - (char *)b->p);
	index_capture(b, ss->env->capture);
	p = put_middle((char *)buf_room(b, most), ss, s);
	assert((size_t)(p - (char *)b->p) - b->n <= most);
	b->n = (size_t)(p - (char *)b->p);
	put_said(b, ss, s);
	p = put_rest((char *)buf_room(b, line_most(&ss->names, s)), ss, s);
	assert((size_t)(p - (char *)b->p) - b->n <= most);
	b->n = (size_t)(p - (char *)b->p);
}
