/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* report_session.c: a session in the page, cut to what there is room for. */
#include <stdio.h>
#include <string.h>

#include "base/record_log.h"
#include "sinks/report_parts.h"

/* What is left of a direction's share. */
struct said_left {
	struct slice bytes;
	size_t share;
};

static void
put_hole(struct json *j, const struct report_turn *t)
{
	json_array(j);
	json_string(j, "gap");
	json_u64(j, t->dir);
	json_u64(j, t->off);
	json_u64(j, t->len);
	json_string(j, enum_name_gap((enum gap_reason)t->reason));
	json_array_end(j);
}

static void
put_turn(struct report_page *p, struct json *j, const struct report_turn *t,
    struct said_left *said)
{
	size_t n = t->kept;

	if (n > said->bytes.n)
		n = said->bytes.n;
	if (n > said->share)
		n = said->share;
	json_array(j);
	json_u64(j, t->dir);
	report_page_tick(p, j, t->ts_ns);
	json_u64(j, t->packet);
	json_u64(j, t->off);
	json_u64(j, t->concurrent);
	json_u64(j, t->len);
	json_string_begin(j);
	base64_put(j->b, (struct slice){ said->bytes.p, n });
	json_string_end(j);
	json_array_end(j);
	said->bytes.p += n;
	said->bytes.n -= n;
	said->share -= n;
}

/* Returns how many. */
static uint64_t
put_turns(struct report_page *p, struct json *j, struct slice record)
{
	const struct report *r = p->report;
	struct said_left said[2] = { { .share = r->payload.share },
		{ .share = r->payload.share } };
	struct slice turns = { 0 };
	struct report_turn t;
	uint64_t n = 0;

	json_key(j, "turns");
	json_array(j);
	if (report_record_part(record, REPORT_TURNS, &turns) &&
	    report_record_part(record, REPORT_C2S, &said[0].bytes) &&
	    report_record_part(record, REPORT_S2C, &said[1].bytes))
		for (; n < r->turns.share &&
		     record_take_head(&turns, &t, sizeof t);
		     n++) {
			if (t.is_gap)
				put_hole(j, &t);
			else
				put_turn(p, j, &t, &said[t.dir & 1]);
			report_page_data(p);
		}
	json_array_end(j);
	return n;
}

static void
put_report_packet(struct report_page *p, struct json *j,
    const struct report_packet *x)
{
	char flags[ENUM_NAME_FLAGS_LEN];

	enum_name_packet_flags(flags, x->flags);
	json_array(j);
	json_u64(j, x->number);
	json_u64(j, x->dir);
	report_page_tick(p, j, x->ts_ns);
	json_string(j, flags);
	report_page_i64(j, x->seq);
	report_page_i64(j, x->ack);
	json_u64(j, x->window);
	json_u64(j, x->len);
	json_u64(j, x->notes);
	json_array_end(j);
}

/* Returns how many. */
static uint64_t
put_packets(struct report_page *p, struct json *j, struct slice record)
{
	struct slice part = { 0 };
	struct buf b = { 0 };
	struct report_packet *v;
	size_t n;

	json_key(j, "packets");
	json_array(j);
	if (!report_record_part(record, REPORT_PACKETS, &part))
		part.n = 0;
	/* The record lies anywhere. */
	buf_put(&b, part.p, part.n);
	v = (struct report_packet *)(void *)b.p;
	n = v == NULL ? 0 :
			report_packets_thin(v, part.n / sizeof *v,
			    p->report->packets.share);
	for (size_t i = 0; i < n; i++) {
		put_report_packet(p, j, &v[i]);
		report_page_data(p);
	}
	json_array_end(j);
	buf_free(&b);
	return n;
}

/* Returns how many. */
static uint64_t
put_file_names(const struct report_page *p, struct json *j, struct slice record)
{
	struct slice part = { 0 };
	uint64_t n = 0;
	uint8_t len;

	json_key(j, "files");
	json_array(j);
	if (!report_record_part(record, REPORT_FILES, &part))
		part.n = 0;
	for (; n < p->report->files.share &&
	     record_take_head(&part, &len, sizeof len) && len <= part.n;
	     n++) {
		json_bytes(j, (struct slice){ part.p, len });
		part.p += len;
		part.n -= len;
	}
	json_array_end(j);
	return n;
}

static void
put_left(struct json *j, const struct report_record *h, uint64_t turns,
    uint64_t packets, uint64_t files)
{
	json_key(j, "left");
	json_object(j);
	json_key(j, "packets");
	json_u64(j, h->packets - packets);
	json_key(j, "turns");
	json_u64(j, h->turns - turns);
	json_key(j, "files");
	json_u64(j, h->files - files);
	json_object_end(j);
}

/* ------------------------------------------------------------------- messages */

/* Of the bytes of a stretch, words and what was decoded. */
static bool
take_stretch(struct slice *part, struct report_stretch *s, struct slice *words,
    struct slice *bytes)
{
	if (!record_take_head(part, s, sizeof *s) ||
	    (uint64_t)s->words + s->kept > part->n)
		return false;
	*words = (struct slice){ part->p, s->words };
	*bytes = (struct slice){ part->p + s->words, s->kept };
	part->p += words->n + bytes->n;
	part->n -= words->n + bytes->n;
	return true;
}

static void
put_body_members(struct json *j, const struct report_stretch *s,
    struct slice words, struct slice bytes)
{
	const uint8_t *nul = memchr(words.p, '\0', words.n);
	size_t n = nul != NULL ? (size_t)(nul - words.p) : words.n;
	size_t behind = nul != NULL ? n + 1 : n;

	json_bytes(j, (struct slice){ words.p, n });
	json_bytes(j, (struct slice){ words.p + behind, words.n - behind });
	json_u64(j, s->decoded);
	json_string_begin(j);
	base64_put(j->b, bytes);
	json_string_end(j);
}

/* The stretches that are bodies, or the others. */
static void
put_stretches(struct report_page *p, struct json *j, struct slice record,
    bool bodies)
{
	const struct report *r = p->report;
	size_t left = r->decoded.share;
	uint64_t n = r->stretches.share;
	struct slice part = { 0 }, words, bytes;
	struct report_stretch s;

	json_key(j, bodies ? "bodies" : "opaque");
	json_array(j);
	if (!report_record_part(record, REPORT_STRETCHES, &part))
		part.n = 0;
	for (; n > 0 && take_stretch(&part, &s, &words, &bytes); n--) {
		if (s.is_body != bodies)
			continue;
		if (bytes.n > left)
			bytes.n = left;
		left -= bytes.n;
		json_array(j);
		json_u64(j, s.dir);
		json_u64(j, s.off);
		json_u64(j, s.len);
		if (bodies)
			put_body_members(j, &s, words, bytes);
		else
			json_bytes(j, words);
		json_array_end(j);
		report_page_data(p);
	}
	json_array_end(j);
}

/* Places in `exchanges'. */
static void
put_places(struct report_page *p, struct json *j, const struct report_entry *e)
{
	uint64_t n = report_exchanges_shown(p->report, e);

	if (n == 0)
		return;
	json_key(j, "exchanges");
	json_array(j);
	while (n-- > 0)
		json_u64(j, p->exchanges++);
	json_array_end(j);
}

void
report_session_write(struct report_page *p, const struct report_entry *e)
{
	struct buf into = { 0 };
	struct slice record =
	    spill_block_read(p->report->spill, e->block, &into);
	struct json j = json_on(&p->b);
	struct slice text;
	uint64_t turns, packets, files;
	/* "d" and a number of 20 digits. */
	char id[24];

	snprintf(id, sizeof id, "d%llu", (unsigned long long)e->number);
	report_page_element(p, id);
	json_object(&j);
	if (report_record_part(record, REPORT_TEXT, &text) && text.n > 0) {
		json_value(&j);
		buf_put(&p->b, text.p, text.n);
	}
	files = put_file_names(p, &j, record);
	turns = put_turns(p, &j, record);
	packets = put_packets(p, &j, record);
	if (e->head.n_stretches > 0) {
		put_stretches(p, &j, record, false);
		put_stretches(p, &j, record, true);
	}
	put_places(p, &j, e);
	put_left(&j, &e->head, turns, packets, files);
	json_object_end(&j);
	report_page_element_end(p);
	buf_free(&into);
}
