/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * defrag.c: the datagrams whose fragments are still coming.
 *
 * One that is whole stays for a while, to recognise copies of its fragments;
 * it is the first to go when memory is short.  Then goes the youngest of the
 * source that holds most.  When none holds too much, there are too many sources:
 * the newest datagrams, the nursery, have a quarter of the room, and what comes
 * out of it finds none.  So what was there before a flood stays until it is
 * whole or too old, and what comes during one has some time to become whole.
 */
#include "decode/defrag.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "decode/defrag_parts.h"

/* A datagram with what malloc adds, about. */
#define ENTRY_COST (sizeof(struct defrag_entry) + 16)
/* Of the room, what the nursery has and what is whole may take. */
#define NURSERY_SHARE 4
#define FINISHED_SHARE 32

/* A datagram handed out, with its bytes. */
struct whole {
	struct whole *next;
	struct reassembled d;
	struct packet *frames;
	uint8_t data[];
};

struct defrag {
	size_t max_bytes;
	int64_t timeout_ns;
	int64_t now_ns;
	bool has_now;
	bool keeps_frames;
	size_t bytes; /* of all */
	size_t list_bytes[LISTS];
	struct defrag_entry *oldest[LISTS];
	struct defrag_entry *newest[LISTS];
	struct defrag_table table;
	struct defrag_sources sources;
	struct whole *whole;
	struct defrag_counts counts;
	defrag_lost_fn *lost; /* or NULL */
	void *lost_arg;
};

_Static_assert(sizeof(struct defrag_key) == 48, "key has no padding");

struct defrag *
defrag_new(size_t max_bytes, int64_t timeout_ns)
{
	struct defrag *df = xcalloc(1, sizeof(*df));

	df->max_bytes = max_bytes;
	df->timeout_ns = timeout_ns;
	df->sources.key = siphash_random_key();
	defrag_table_init(&df->table);
	defrag_table_init(&df->sources.table);
	return df;
}

void
defrag_limit(struct defrag *df, size_t max_bytes)
{
	assert(df->table.n == 0);
	df->max_bytes = max_bytes;
}

void
defrag_keep_frames(struct defrag *df)
{
	df->keeps_frames = true;
}

void
defrag_on_lost(struct defrag *df, defrag_lost_fn *fn, void *arg)
{
	df->lost = fn;
	df->lost_arg = arg;
}

/* ---- lists, and what they take ---- */

static void
list_remove(struct defrag *df, struct defrag_entry *e)
{
	if (e->older != NULL)
		e->older->newer = e->newer;
	else
		df->oldest[e->list] = e->newer;
	if (e->newer != NULL)
		e->newer->older = e->older;
	else
		df->newest[e->list] = e->older;
	df->list_bytes[e->list] -= e->bytes;
}

static void
list_append(struct defrag *df, struct defrag_entry *e, enum defrag_list list)
{
	e->list = list;
	e->newer = NULL;
	e->older = df->newest[list];
	if (e->older != NULL)
		e->older->newer = e;
	else
		df->oldest[list] = e;
	df->newest[list] = e;
	df->list_bytes[list] += e->bytes;
}

/* Notes that e, which is in a list, takes so much more, or less. */
static void
charge(struct defrag *df, struct defrag_entry *e, ptrdiff_t bytes)
{
	e->bytes += (size_t)bytes;
	df->bytes += (size_t)bytes;
	df->list_bytes[e->list] += (size_t)bytes;
	defrag_source_charge(&df->sources, e, bytes);
}

static bool
is_unfinished(const struct defrag_entry *e)
{
	return e->list != FINISHED;
}

static size_t
frame_size(const struct packet *p)
{
	return sizeof(*p) + p->data.n;
}

static void
frames_free(struct packet *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free((void *)(uintptr_t)v[i].data.p);
	free(v);
}

/* Takes the frames from the entry: they count no more. */
static struct packet *
frames_take(struct defrag *df, struct defrag_entry *e)
{
	struct packet *v = e->frames;

	for (size_t i = 0; i < e->n_frames; i++)
		charge(df, e, -(ptrdiff_t)frame_size(&v[i]));
	e->frames = NULL;
	return v;
}

static void
drop_contents(struct defrag *df, struct defrag_entry *e)
{
	charge(df, e, -(ptrdiff_t)defrag_drop_pieces(e));
	frames_free(frames_take(df, e), e->n_frames);
	e->n_frames = 0;
}

static void
entry_free(struct defrag *df, struct defrag_entry *e)
{
	drop_contents(df, e);
	if (is_unfinished(e))
		df->bytes -= defrag_source_remove(&df->sources, e);
	list_remove(df, e);
	df->bytes -= e->bytes;
	defrag_table_remove(&df->table, &e->link);
	df->counts.waiting -= is_unfinished(e);
	free(e);
}

/* It waits for nothing any more: whole, or discarded. */
static void
entry_finish(struct defrag *df, struct defrag_entry *e)
{
	df->counts.waiting--;
	df->bytes -= defrag_source_remove(&df->sources, e);
	list_remove(df, e);
	e->since_ns = df->now_ns;
	list_append(df, e, FINISHED);
	while (df->list_bytes[FINISHED] > df->max_bytes / FINISHED_SHARE)
		entry_free(df, df->oldest[FINISHED]);
}

void
defrag_free(struct defrag *df)
{
	if (df == NULL)
		return;
	for (int i = 0; i < LISTS; i++) {
		while (df->oldest[i] != NULL)
			entry_free(df, df->oldest[i]);
	}
	assert(df->bytes == 0);
	defrag_release(df);
	defrag_table_fini(&df->table);
	defrag_sources_fini(&df->sources);
	free(df);
}

/* ---- what goes ---- */

static bool
is_expired(const struct defrag *df, const struct defrag_entry *e)
{
	/* now is the greatest time seen: the difference is not negative, but
	 * may be too great for a signed number. */
	return (uint64_t)df->now_ns - (uint64_t)e->since_ns >
	    (uint64_t)df->timeout_ns;
}

static void
expire(struct defrag *df, int64_t ts_ns)
{
	if (!df->has_now || ts_ns > df->now_ns)
		df->now_ns = ts_ns;
	df->has_now = true;
	for (int i = 0; i < LISTS; i++) {
		struct defrag_entry *e;

		while ((e = df->oldest[i]) != NULL && is_expired(df, e)) {
			df->counts.timed_out += is_unfinished(e);
			entry_free(df, e);
		}
	}
}

/* Tells of a datagram given up, when its beginning is there. */
static void
report_lost(const struct defrag *df, const struct defrag_key *key,
    uint8_t protocol, struct slice head, uint32_t end)
{
	const struct defrag_lost lost = {
		.key = key,
		.protocol = protocol,
		.head = head,
		.len = end,
	};

	if (df->lost != NULL && head.n > 0)
		df->lost(df->lost_arg, &lost);
}

static void
give_up(struct defrag *df, struct defrag_entry *e)
{
	uint8_t head[FRAGMENT_CHUNK];

	if (is_unfinished(e)) {
		struct slice s = { head,
			defrag_copy(e, head, DEFRAG_LOST_HEAD) };

		df->counts.dropped++;
		report_lost(df, &e->key, e->protocol, s, defrag_known_end(e));
	}
	entry_free(df, e);
}

/* What is given up next, but never keep; NULL: there is nothing else. */
static struct defrag_entry *
victim(const struct defrag *df, const struct defrag_entry *keep)
{
	struct defrag_entry *whole = df->oldest[FINISHED];
	struct defrag_entry *young = df->oldest[NURSERY];
	struct defrag_entry *old = df->newest[OLD];
	struct defrag_entry *e;

	if (whole != NULL)
		return whole;
	e = defrag_source_victim(&df->sources, keep);
	if (e != NULL)
		return e;
	if (young == keep && young != NULL)
		young = young->newer;
	if (old == keep && old != NULL)
		old = old->older;
	if (old == NULL ||
	    (young != NULL &&
		df->list_bytes[NURSERY] > df->max_bytes / NURSERY_SHARE))
		return young;
	return old;
}

/* Makes room for so many bytes; false when there is none beside keep. */
static bool
make_room(struct defrag *df, size_t bytes, const struct defrag_entry *keep)
{
	while (df->bytes + bytes > df->max_bytes) {
		struct defrag_entry *e = victim(df, keep);

		if (e == NULL)
			return false;
		give_up(df, e);
	}
	return true;
}

/* ---- what comes ---- */

static uint64_t
hash_of(const struct defrag *df, const struct defrag_key *key)
{
	uint64_t words[sizeof(*key) / 8];

	memcpy(words, key, sizeof(*key));
	return siphash_words(&df->sources.key, words,
	    sizeof(words) / sizeof(words[0]));
}

static struct defrag_entry *
defrag_find(struct defrag *df, const struct defrag_key *key, uint64_t hash)
{
	struct defrag_link *l = defrag_table_first(&df->table, hash);

	for (; l != NULL; l = l->chain) {
		struct defrag_entry *e = (struct defrag_entry *)(void *)l;

		if (l->hash == hash && memcmp(&e->key, key, sizeof(*key)) == 0)
			return e;
	}
	return NULL;
}

/* NULL: there is no room for it. */
static struct defrag_entry *
entry_new(struct defrag *df, const struct fragment *f, uint64_t hash)
{
	struct defrag_entry *e;

	if (!make_room(df, ENTRY_COST + defrag_source_size(), NULL))
		return NULL;
	e = xcalloc(1, sizeof(*e));
	e->link.hash = hash;
	e->key = f->key;
	e->since_ns = df->now_ns;
	e->lack = UINT32_MAX;
	e->bytes = ENTRY_COST;
	df->bytes += e->bytes + defrag_source_add(&df->sources, e);
	list_append(df, e, NURSERY);
	defrag_table_insert(&df->table, &e->link);
	df->counts.waiting++;
	while (df->list_bytes[NURSERY] > df->max_bytes / NURSERY_SHARE &&
	    df->oldest[NURSERY] != e) {
		struct defrag_entry *grown = df->oldest[NURSERY];

		list_remove(df, grown);
		list_append(df, grown, OLD);
	}
	return e;
}

/* The entry that f belongs to.  A finished datagram takes only copies of its
 * fragments: anything else is the identifier used anew. */
static struct defrag_entry *
entry_for(struct defrag *df, const struct fragment *f)
{
	uint64_t hash = hash_of(df, &f->key);
	struct defrag_entry *e = defrag_find(df, &f->key, hash);

	if (e != NULL && e->list == FINISHED && !e->discarded) {
		struct defrag_relation r = defrag_relate(e, f);

		if (!r.is_new && !r.differs && defrag_agree_on_end(e, f))
			return e;
		entry_free(df, e);
		e = NULL;
	}
	return e != NULL ? e : entry_new(df, f, hash);
}

/* RFC 5722: nothing of an IPv6 datagram with overlap is used, not even what
 * is still to come. */
static void
discard(struct defrag *df, struct defrag_entry *e)
{
	drop_contents(df, e);
	e->discarded = true;
	df->counts.discarded++;
	entry_finish(df, e);
}

/* Counts what is odd about f, which lies so; false when its datagram is now
 * discarded. */
static bool
admit(struct defrag *df, struct defrag_entry *e, const struct fragment *f,
    struct defrag_relation r)
{
	bool agrees = defrag_agree_on_end(e, f);

	df->counts.duplicates += r.is_copy && agrees;
	df->counts.overlaps += r.overlaps && !r.is_copy;
	df->counts.conflicts += r.differs || !agrees;
	if (e->key.family == 6 && ((r.overlaps && !r.is_copy) || !agrees)) {
		discard(df, e);
		return false;
	}
	return true;
}

/* Keeps a copy of a frame beside its fragment, when there is room. */
static void
keep_frame(struct defrag *df, struct defrag_entry *e, const struct packet *p)
{
	size_t n = e->n_frames;
	uint8_t *bytes;

	if (!make_room(df, frame_size(p), e))
		return;
	charge(df, e, (ptrdiff_t)frame_size(p));
	if ((n & (n - 1)) == 0)
		e->frames = xreallocarray(e->frames, n > 0 ? 2 * n : 1,
		    sizeof(*e->frames));
	bytes = xmalloc(p->data.n + 1);
	if (p->data.n > 0)
		memcpy(bytes, p->data.p, p->data.n);
	e->frames[n] = *p;
	e->frames[n].data.p = bytes;
	e->n_frames++;
}

/* Stores a fragment that fits; false when there is no room for it. */
static bool
store(struct defrag *df, struct defrag_entry *e, const struct fragment *f,
    bool is_new)
{
	if (f->off == 0)
		e->protocol = f->protocol;
	if (!make_room(df, defrag_fill_cost(e, f), e))
		return false;
	charge(df, e, (ptrdiff_t)defrag_fill(e, f));
	if (!df->keeps_frames || !is_new)
		return true;
	for (size_t i = 0; i < f->n_earlier; i++)
		keep_frame(df, e, &f->earlier[i]);
	if (f->frame != NULL && !defrag_is_whole(e))
		keep_frame(df, e, f->frame);
	return true;
}

/* Copies the pieces together, up to the first byte that is not captured, and
 * hands them out; they stay for a while. */
static const struct reassembled *
finish(struct defrag *df, struct defrag_entry *e)
{
	struct whole *w = xmalloc(sizeof(*w) + e->end);

	w->d = (struct reassembled){
		.data = { w->data, defrag_copy(e, w->data, e->end) },
		.len = e->end,
		.protocol = e->protocol,
		.n_earlier = e->n_frames,
	};
	w->frames = frames_take(df, e);
	w->d.earlier = w->frames;
	e->n_frames = 0;
	w->next = df->whole;
	df->whole = w;
	df->counts.completed++;
	entry_finish(df, e);
	return &w->d;
}

/* There is no room for f, nor for what came of its datagram before. */
static void
refuse(struct defrag *df, struct defrag_entry *e, const struct fragment *f)
{
	struct slice head = f->off == 0 ? f->data : (struct slice){ 0 };

	if (e != NULL) {
		give_up(df, e);
		return;
	}
	df->counts.dropped++;
	report_lost(df, &f->key, f->protocol, head, f->off + f->len);
}

const struct reassembled *
defrag_add(struct defrag *df, const struct fragment *f)
{
	struct defrag_entry *e;
	struct defrag_relation r;

	assert(f->data.n <= f->len);
	df->counts.fragments++;
	expire(df, f->ts_ns);
	e = entry_for(df, f);
	if (e == NULL) {
		refuse(df, NULL, f);
		return NULL;
	}
	if (e->discarded)
		return NULL;
	if (e->list == FINISHED) {
		df->counts.duplicates++;
		return NULL;
	}
	r = defrag_relate(e, f);
	r.is_new |= !f->more && !e->has_end;
	if (!admit(df, e, f, r))
		return NULL;
	if (!store(df, e, f, r.is_new)) {
		refuse(df, e, f);
		return NULL;
	}
	if (!defrag_is_whole(e))
		return NULL;
	return finish(df, e);
}

void
defrag_release(struct defrag *df)
{
	while (df->whole != NULL) {
		struct whole *w = df->whole;

		df->whole = w->next;
		frames_free(w->frames, w->d.n_earlier);
		free(w);
	}
}

void
defrag_count(const struct defrag *df, struct defrag_counts *out)
{
	*out = df->counts;
}

void
defrag_forget_counts(struct defrag *df)
{
	df->counts = (struct defrag_counts){ .waiting = df->counts.waiting };
}

static int
frames_by_number(const void *a, const void *b)
{
	const struct packet *x = *(const struct packet *const *)a;
	const struct packet *y = *(const struct packet *const *)b;

	return x->number < y->number ? -1 : x->number > y->number;
}

size_t
defrag_frames(const struct defrag *df, const struct packet ***v)
{
	static const enum defrag_list waiting[] = { OLD, NURSERY };
	size_t n = 0, cap = 0;

	*v = NULL;
	for (size_t i = 0; i < sizeof(waiting) / sizeof(waiting[0]); i++)
		for (const struct defrag_entry *e = df->oldest[waiting[i]];
		     e != NULL; e = e->newer)
			for (size_t k = 0; k < e->n_frames; k++) {
				if (n == cap) {
					cap = cap > 0 ? 2 * cap : 64;
					*v =
					    xreallocarray(*v, cap, sizeof(**v));
				}
				(*v)[n++] = &e->frames[k];
			}
	if (n > 0)
		qsort(*v, n, sizeof(**v), frames_by_number);
	return n;
}
