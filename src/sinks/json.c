/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * json.c: the session as one JSON document.
 *
 * What the turns bring is stored and written when the session ends, in as
 * many passes as the document says the bytes; a pass formats a piece at a
 * time, so memory does not grow with the session.  The short lists are
 * stored as the text that they will be.
 */
#include "base/json.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/fmt.h"
#include "base/record_log.h"
#include "base/xalloc.h"
#include "sinks/sink.h"
#include "inspect/enum_names.h"

/* Payload formatted at once, so that it is still at hand when it is hashed,
 * and formatted text that is written at once. */
#define PIECE ((size_t)4096)
#define WRITE_AT 65536

struct json_sink {
	struct sink_session *ss;
	struct spill_log turns; /* a log: of each chunk struct head and bytes */
	struct spill_log times;
	struct spill_log directions;
	struct spill_log concurrent;
	struct spill_log gaps;
	uint64_t entries;
	uint64_t last_ordinal; /* of the last chunk */
	int last_dir;
	bool goes_on; /* the next chunk may continue it */
};

struct head {
	uint64_t ordinal;
	uint32_t dir;
	uint32_t fresh; /* begins an entry */
};

static void
json_open(void *st, struct sink_session *ss, const struct session *s)
{
	struct json_sink *x = st;

	(void)s;
	x->ss = ss;
	x->turns.fixed = true;
}

/* Appends one element of a list, as text, behind what the list has. */
static void
put_element(struct json_sink *x, struct spill_log *list, const struct buf *b)
{
	if (list->size > 0)
		spill_log_put(x->ss->env->spill, list, ",", 1);
	spill_log_put(x->ss->env->spill, list, b->p, b->n);
}

static void
begin_entry(struct json_sink *x, const struct chunk *c)
{
	struct buf *b = x->ss->env->scratch;
	char seconds[FMT_SECONDS_LEN];

	fmt_seconds(seconds, fmt_since(c->ts_ns, x->ss->start_ns),
	    x->ss->ts_digits);
	buf_reset(b);
	buf_str(b, seconds);
	put_element(x, &x->times, b);
	buf_reset(b);
	buf_byte(b, (uint8_t)('0' + c->dir));
	put_element(x, &x->directions, b);
	if (c->concurrent) {
		struct json j = json_on(b);

		buf_reset(b);
		json_u64(&j, x->entries);
		put_element(x, &x->concurrent, b);
	}
	x->entries++;
}

static void
json_turn(void *st, const struct chunk *c)
{
	struct json_sink *x = st;
	bool same = x->goes_on && c->dir == x->last_dir &&
	    c->ordinal == x->last_ordinal;
	struct head head = {
		.ordinal = c->ordinal,
		.dir = (uint32_t)c->dir,
		.fresh = !same,
	};

	if (!same)
		begin_entry(x, c);
	record_log_put(x->ss->env->spill, &x->turns,
	    (struct slice){ (const uint8_t *)&head, sizeof head }, c->bytes);
	x->last_dir = c->dir;
	x->last_ordinal = c->ordinal;
	x->goes_on = true;
}

static void
json_gap(void *st, int dir, const struct gap *g)
{
	struct json_sink *x = st;
	struct buf *b = x->ss->env->scratch;
	struct json j = json_on(b);

	buf_reset(b);
	json_array(&j);
	json_string(&j, dir == 0 ? "c2s" : "s2c");
	json_u64(&j, x->entries);
	json_u64(&j, g->off);
	json_u64(&j, g->len);
	json_string(&j, enum_name_gap(g->reason));
	json_array_end(&j);
	put_element(x, &x->gaps, b);
	x->goes_on = false;
}

/* The document while it is written. */
struct document {
	struct json_sink *sink;
	struct out_file *file;
	struct buf *b;
	struct json j;
	char ip[2][FMT_ADDR_LEN];
	/* Made while the bytes pass for the first time. */
	struct digest_md5 hex;
	struct digest_md5 ordered;
	struct digest_md5 combined[2];
};

/* One reading of the turns. */
struct json_pass {
	struct document *doc;
	void (*begin)(struct json_pass *p); /* of an entry; NULL: no entries */
	void (*put)(struct json_pass *p, struct slice s);
	void (*end)(struct json_pass *p);
	int dir; /* only this one; -1 for both */
	bool in_entry;
	struct json_text text;
	struct head head; /* of the chunk at hand */
};

static void
flush(struct document *doc, size_t at_least)
{
	if (doc->b->n < at_least)
		return;
	out_write(doc->file, doc->b->p, doc->b->n);
	buf_reset(doc->b);
}

static void
begin_pair(struct json_pass *p)
{
	struct json *j = &p->doc->j;

	json_array(j);
	json_string(j, p->doc->ip[p->head.dir]);
	json_u64(j, p->head.ordinal);
	json_string_begin(j);
}

static void
end_pair(struct json_pass *p)
{
	json_text_end(&p->text, p->doc->b);
	json_string_end(&p->doc->j);
	json_array_end(&p->doc->j);
}

/* The digits are twice as many, and the bytes go to two digests. */
static void
digest(struct document *doc, uint32_t dir, struct slice digits, struct slice s)
{
	struct slice half = { digits.p, s.n };
	struct slice rest = { digits.p + s.n, s.n };

	digest_md5_update_two(&doc->hex, half, &doc->ordered, s);
	digest_md5_update_two(&doc->hex, rest, &doc->combined[dir], s);
}

static void
put_hex_digested(struct json_pass *p, struct slice s)
{
	struct buf *b = p->doc->b;
	size_t from = b->n;

	hex_put(b, s);
	digest(p->doc, p->head.dir, (struct slice){ b->p + from, b->n - from },
	    s);
}

static void
put_text(struct json_pass *p, struct slice s)
{
	json_text_put(&p->text, p->doc->b, s);
}

static void
end_entry(struct json_pass *p)
{
	if (p->in_entry && p->end != NULL)
		p->end(p);
	p->in_entry = false;
}

/* A chunk.  Where the scratch file has failed, anything may pass for one. */
static void
take_chunk(void *arg, struct slice bytes)
{
	struct json_pass *p = arg;

	if (!record_take_head(&bytes, &p->head, sizeof p->head))
		return;
	p->head.dir &= 1;
	if (p->head.fresh) {
		end_entry(p);
		if (p->begin != NULL)
			p->begin(p);
		p->in_entry = true;
	}
	if (p->dir >= 0 && (uint32_t)p->dir != p->head.dir)
		return;
	for (size_t at = 0; at < bytes.n; at += PIECE) {
		size_t left = bytes.n - at;

		p->put(p,
		    (struct slice){ bytes.p + at,
			left < PIECE ? left : PIECE });
		flush(p->doc, WRITE_AT);
	}
}

/* Reads all turns. */
static void
run_pass(struct json_pass *p)
{
	struct json_sink *x = p->doc->sink;

	record_log_replay(x->ss->env->spill, &x->turns, take_chunk, p);
	end_entry(p);
}

static void
put_string(struct document *doc, const char *key, const char *s)
{
	json_key(&doc->j, key);
	json_string(&doc->j, s);
}

static void
put_md5(struct document *doc, const char *key, struct digest_md5 *md5)
{
	char text[DIGEST_MD5_LEN];

	digest_md5_text(md5, text);
	json_key(&doc->j, key);
	json_string(&doc->j, text);
}

static void
put_entries(struct document *doc, const char *key,
    void (*put)(struct json_pass *p, struct slice s))
{
	struct json_pass p = {
		.doc = doc,
		.begin = begin_pair,
		.put = put,
		.end = end_pair,
		.dir = -1,
	};

	json_key(&doc->j, key);
	json_array(&doc->j);
	run_pass(&p);
	json_array_end(&doc->j);
}

static void
put_combined(struct document *doc, const char *key, int dir)
{
	struct json_pass p = { .doc = doc, .put = put_text, .dir = dir };

	json_key(&doc->j, key);
	json_string_begin(&doc->j);
	run_pass(&p);
	json_text_end(&p.text, doc->b);
	json_string_end(&doc->j);
}

static void
copy_block(void *arg, struct slice bytes)
{
	struct document *doc = arg;

	flush(doc, 1);
	out_write(doc->file, bytes.p, bytes.n);
}

static void
put_list(struct document *doc, const char *key, const struct spill_log *list)
{
	json_key(&doc->j, key);
	json_array(&doc->j);
	spill_log_read(doc->sink->ss->env->spill, list, 0, copy_block, doc);
	json_array_end(&doc->j);
}

static void
put_endpoints(struct document *doc)
{
	const struct sink_session *ss = doc->sink->ss;

	fmt_addr(doc->ip[0], ss->client.addr, ss->client.family);
	fmt_addr(doc->ip[1], ss->server.addr, ss->server.family);
	put_string(doc, "sip", doc->ip[0]);
	put_string(doc, "dip", doc->ip[1]);
	json_key(&doc->j, "sport");
	json_u64(&doc->j, ss->client.port);
	json_key(&doc->j, "dport");
	json_u64(&doc->j, ss->server.port);
	json_key(&doc->j, "proto");
	json_u64(&doc->j, IPPROTO_TCP);
}

static void
put_document(struct document *doc, const struct session *s)
{
	struct json_sink *x = doc->sink;

	json_object(&doc->j);
	put_endpoints(doc);
	put_entries(doc, "tcp_payload_hex", put_hex_digested);
	put_md5(doc, "tcp_ordered_hex_payload_md5sum", &doc->hex);
	put_entries(doc, "tcp_payload_ascii", put_text);
	put_md5(doc, "tcp_ordered_payload_md5sum", &doc->ordered);
	put_combined(doc, "combined_src_payload", 0);
	put_md5(doc, "combined_src_payload_md5sum", &doc->combined[0]);
	put_combined(doc, "combined_dst_payload", 1);
	put_md5(doc, "combined_dst_payload_md5sum", &doc->combined[1]);
	json_key(&doc->j, "session");
	json_value(&doc->j);
	index_object(doc->b, x->ss, s);
	put_list(doc, "times", &x->times);
	put_list(doc, "directions", &x->directions);
	put_list(doc, "concurrent", &x->concurrent);
	put_list(doc, "gaps", &x->gaps);
	json_object_end(&doc->j);
	buf_byte(doc->b, '\n');
}

static void
write_document(struct json_sink *x, const struct session *s)
{
	struct document doc = {
		.sink = x,
		.file = sink_create(x->ss, ".json"),
		.b = x->ss->env->scratch,
		.j = json_on(x->ss->env->scratch),
	};

	digest_md5_init(&doc.hex);
	digest_md5_init(&doc.ordered);
	digest_md5_init(&doc.combined[0]);
	digest_md5_init(&doc.combined[1]);
	buf_reset(doc.b);
	put_document(&doc, s);
	flush(&doc, 1);
	sink_close(x->ss, doc.file);
}

/* A session without payload has a document when it has a full handshake. */
static void
json_close(void *st, const struct session *s)
{
	struct json_sink *x = st;
	struct spill *keep = x->ss->env->spill;

	if (!x->ss->unwanted &&
	    (x->entries > 0 || s->handshake == HANDSHAKE_FULL))
		write_document(x, s);
	spill_log_free(keep, &x->turns);
	spill_log_free(keep, &x->times);
	spill_log_free(keep, &x->directions);
	spill_log_free(keep, &x->concurrent);
	spill_log_free(keep, &x->gaps);
}

const struct sink sink_json = {
	.name = "json",
	.shows_wire = true,
	.size = sizeof(struct json_sink),
	.cost = SINK_COST,
	.bare = true,
	.open = json_open,
	.turn = json_turn,
	.turn_gap = json_gap,
	.close = json_close,
};
