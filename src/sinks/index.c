/* index.c: a session as one JSON object, the line of sessions.jsonl. */
#include "base/digest.h"
#include "base/fmt.h"
#include "base/json.h"
#include "sinks/sink.h"
#include "sinks/words.h"

static inline void
put_u64(struct json *j, const char *key, uint64_t v)
{
	json_key(j, key);
	json_u64(j, v);
}

static inline void
put_word(struct json *j, const char *key, const char *s)
{
	json_key(j, key);
	if (s != NULL)
		json_word(j, s);
	else
		json_null(j);
}

static void
put_time(struct json *j, const char *key, int64_t ts_ns, int digits)
{
	char text[FMT_TIME_LEN];

	fmt_time(text, ts_ns, digits);
	put_word(j, key, text);
}

static void
put_seconds(struct json *j, const char *key, int64_t ns, int digits)
{
	char text[FMT_SECONDS_LEN];

	fmt_seconds(text, ns, digits);
	json_key(j, key);
	json_number(j, text);
}

static void
put_community(struct json *j, const struct session *s)
{
	char text[COMMUNITY_ID_LEN];

	word_community(text, s);
	put_word(j, "community_id", text);
}

static void
put_endpoint(struct json *j, const char *key, const struct endpoint *e)
{
	char addr[FMT_ADDR_LEN];

	fmt_addr(addr, e->addr, e->family);
	json_key(j, key);
	json_object(j);
	put_word(j, "ip", addr);
	put_u64(j, "port", e->port);
	json_object_end(j);
}

static void
put_flags(struct json *j, uint8_t flags)
{
	char text[WORD_FLAGS_LEN];

	*word_put_flags(text, flags) = '\0';
	put_word(j, "flags", text);
}

static void
put_gaps(struct json *j, const struct side *side)
{
	json_key(j, "gaps");
	json_array(j);
	for (size_t i = 0; i < side->n_gaps; i++) {
		json_array(j);
		json_u64(j, side->gaps[i].off);
		json_u64(j, side->gaps[i].len);
		json_word(j, word_gap(side->gaps[i].reason));
		json_array_end(j);
	}
	json_array_end(j);
}

static void
put_conflicts(struct json *j, const struct side *side)
{
	json_key(j, "conflicts");
	json_array(j);
	for (size_t i = 0; i < side->n_conflicts; i++) {
		json_array(j);
		json_u64(j, side->conflicts[i].off);
		json_u64(j, side->conflicts[i].len);
		json_array_end(j);
	}
	json_array_end(j);
}

static void
put_side(struct json *j, const char *key, const struct side *side,
    const char *raw)
{
	json_key(j, key);
	json_object(j);
	put_u64(j, "packets", side->packets);
	put_u64(j, "bytes", side->bytes);
	put_flags(j, side->flags);
	put_u64(j, "missing", side->missing);
	put_gaps(j, side);
	put_u64(j, "retransmitted", side->retransmitted);
	put_u64(j, "out_of_order", side->out_of_order);
	put_u64(j, "conflicting", side->conflicting);
	put_conflicts(j, side);
	put_u64(j, "bad_checksum", side->bad_checksum);
	put_u64(j, "zero_window", side->zero_window);
	put_u64(j, "out_of_window", side->out_of_window);
	put_u64(j, "late", side->late);
	put_word(j, "file", raw);
	json_object_end(j);
}

static void
put_files(struct json *j, const struct sink_session *ss)
{
	json_key(j, "files");
	json_array(j);
	for (size_t i = 0; i < ss->n_files; i++)
		json_string(j, ss->files[i]);
	json_array_end(j);
}

static void
put_notes(struct json *j, unsigned notes)
{
	json_key(j, "notes");
	json_array(j);
	for (unsigned i = 0; word_note(i) != NULL; i++)
		if ((notes & 1u << i) != 0)
			json_word(j, word_note(i));
	json_array_end(j);
}

static void
put_number(struct json *j, const struct session *s)
{
	if (s->number != SESSION_NO_NUMBER)
		put_u64(j, "session", s->number);
	else
		put_word(j, "session", NULL);
}

static void
put_times(struct json *j, const struct session *s)
{
	put_time(j, "start", s->start_ns, s->ts_digits);
	put_time(j, "end", s->end_ns, s->ts_digits);
	put_seconds(j, "duration", fmt_since(s->end_ns, s->start_ns),
	    s->ts_digits);
}

static void
put_life(struct json *j, const struct session *s)
{
	put_word(j, "roles", word_roles(s->roles));
	put_word(j, "handshake", word_handshake(s->handshake));
	put_word(j, "state", s->state);
	put_word(j, "history", s->history);
	put_word(j, "close", word_close(s->close));
	put_word(j, "closed_by", word_closed_by(s->closed_by));
	if (s->rtt_ns >= 0)
		put_seconds(j, "rtt", s->rtt_ns, s->ts_digits);
	else
		put_word(j, "rtt", NULL);
}

static void
put_capture(struct json *j, const char *name)
{
	json_key(j, "capture");
	if (name != NULL)
		json_string(j, name);
	else
		json_null(j);
}

void
index_object(struct buf *b, struct sink_session *ss, const struct session *s)
{
	struct json j = json_on(b);

	json_object(&j);
	put_number(&j, s);
	put_word(&j, "stem",
	    s->number != SESSION_NO_NUMBER ? sink_stem(ss) : NULL);
	put_capture(&j, ss->env->capture);
	put_community(&j, s);
	put_times(&j, s);
	put_u64(&j, "first_packet", s->first_packet);
	put_u64(&j, "last_packet", s->last_packet);
	put_endpoint(&j, "client", &s->client);
	put_endpoint(&j, "server", &s->server);
	put_life(&j, s);
	put_side(&j, "c2s", &s->side[0], ss->raw[0]);
	put_side(&j, "s2c", &s->side[1], ss->raw[1]);
	put_files(&j, ss);
	put_notes(&j, s->notes);
	if (s->proto == PROTO_UDP)
		put_word(&j, "proto", "udp");
	json_object_end(&j);
}
