/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * defrag.c: the datagrams whose fragments are still coming.
 *
 * A datagram has its pieces in order and disjoint, each with its captured
 * bytes.  One that is whole stays, as long as there is room, to recognise
 * copies of its fragments; it is the first to go.  Two lists, each in the
 * order of arrival, tell what is oldest.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/siphash.h"
#include "base/xalloc.h"
#include "decode/defrag_parts.h"

#define BUCKETS_MIN 64

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
	size_t bytes;
	size_t whole_bytes; /* of these, in the list FINISHED */
	size_t datagrams;
	bool keeps_frames;
	size_t frame_bytes;
	struct defrag_entry *oldest[LISTS];
	struct defrag_entry *newest[LISTS];
	struct whole *whole;
	struct defrag_counts counts;
	struct siphash_key key;
	struct defrag_entry **buckets;
	size_t n_buckets; /* a power of two, at least the datagrams' number */
};

_Static_assert(sizeof(struct defrag_key) == 48, "key has no padding");

struct defrag *
defrag_new(size_t max_bytes, int64_t timeout_ns)
{
	struct defrag *df = xcalloc(1, sizeof(*df));

	df->max_bytes = max_bytes;
	df->timeout_ns = timeout_ns;
	df->key = siphash_random_key();
	df->n_buckets = BUCKETS_MIN;
	df->buckets = xcalloc(df->n_buckets, sizeof(struct defrag_entry *));
	return df;
}

void
defrag_limit(struct defrag *df, size_t max_bytes)
{
	assert(df->datagrams == 0);
	df->max_bytes = max_bytes;
}

static struct defrag_entry **
bucket_of(struct defrag *df, const struct defrag_key *key)
{
	uint64_t words[sizeof(*key) / 8];

	memcpy(words, key, sizeof(*key));
	return &df->buckets[siphash_words(&df->key, words,
				sizeof(words) / sizeof(words[0])) &
	    (df->n_buckets - 1)];
}

/* Makes room for one more datagram in the table. */
static void
defrag_grow(struct defrag *df)
{
	struct defrag_entry **old = df->buckets;
	size_t n = df->n_buckets;

	if (df->datagrams < n)
		return;
	df->n_buckets = n * 2;
	df->buckets = xcalloc(df->n_buckets, sizeof(struct defrag_entry *));
	for (size_t i = 0; i < n; i++) {
		for (struct defrag_entry *e = old[i]; e != NULL;) {
			struct defrag_entry *next = e->chain;
			struct defrag_entry **to = bucket_of(df, &e->key);

			e->chain = *to;
			*to = e;
			e = next;
		}
	}
	free(old);
}

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
}

static size_t
piece_size(uint32_t have)
{
	return sizeof(struct fragment_piece) + have;
}

/* Notes that e takes so much more, or less. */
static void
charge(struct defrag *df, struct defrag_entry *e, ptrdiff_t bytes)
{
	e->bytes += (size_t)bytes;
	df->bytes += (size_t)bytes;
	if (e->list == FINISHED)
		df->whole_bytes += (size_t)bytes;
}

static void
drop_pieces(struct defrag *df, struct defrag_entry *e)
{
	for (struct fragment_piece *p = e->pieces; p != NULL;) {
		struct fragment_piece *next = p->next;

		charge(df, e, -(ptrdiff_t)piece_size(p->have));
		free(p);
		p = next;
	}
	e->pieces = e->last = NULL;
	e->covered = 0;
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
		df->frame_bytes -= frame_size(&v[i]);
	e->frames = NULL;
	return v;
}

static void
keep_frame(struct defrag *df, struct defrag_entry *e, const struct packet *p)
{
	uint8_t *bytes;

	if (frame_size(p) > df->max_bytes - df->frame_bytes)
		return;
	df->frame_bytes += frame_size(p);
	e->frames =
	    xreallocarray(e->frames, e->n_frames + 1, sizeof(*e->frames));
	bytes = xmalloc(p->data.n + 1);
	if (p->data.n > 0)
		memcpy(bytes, p->data.p, p->data.n);
	e->frames[e->n_frames] = *p;
	e->frames[e->n_frames++].data.p = bytes;
}

void
defrag_keep_frames(struct defrag *df)
{
	df->keeps_frames = true;
}

static bool
is_unfinished(const struct defrag_entry *e)
{
	return e->list == WAITING && !e->discarded;
}

static void
entry_free(struct defrag *df, struct defrag_entry *e)
{
	struct defrag_entry **link = bucket_of(df, &e->key);

	while (*link != e)
		link = &(*link)->chain;
	*link = e->chain;
	list_remove(df, e);
	drop_pieces(df, e);
	frames_free(frames_take(df, e), e->n_frames);
	charge(df, e, -(ptrdiff_t)sizeof(*e));
	df->datagrams--;
	free(e);
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
	defrag_release(df);
	free(df->buckets);
	free(df);
}

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

/* Makes room by dropping the oldest, whole ones first, but never keep. */
static void
evict(struct defrag *df, size_t bytes, const struct defrag_entry *keep)
{
	for (int i = LISTS - 1; i >= 0; i--) {
		struct defrag_entry *e = df->oldest[i];

		while (e != NULL && df->bytes + bytes > df->max_bytes) {
			struct defrag_entry *newer = e->newer;

			if (e != keep) {
				df->counts.dropped += is_unfinished(e);
				entry_free(df, e);
			}
			e = newer;
		}
	}
}

static struct defrag_entry *
defrag_find(struct defrag *df, const struct defrag_key *key)
{
	struct defrag_entry *e = *bucket_of(df, key);

	while (e != NULL && memcmp(&e->key, key, sizeof(*key)) != 0)
		e = e->chain;
	return e;
}

static struct defrag_entry *
entry_new(struct defrag *df, const struct fragment *f)
{
	evict(df, sizeof(struct defrag_entry), NULL);
	defrag_grow(df);

	struct defrag_entry *e = xcalloc(1, sizeof(*e));
	struct defrag_entry **bucket = bucket_of(df, &f->key);

	e->key = f->key;
	e->chain = *bucket;
	*bucket = e;
	e->since_ns = df->now_ns;
	list_append(df, e, WAITING);
	charge(df, e, sizeof(*e));
	df->datagrams++;
	return e;
}

/* Puts [off, off + len) of f, which nothing covers, after piece prev (NULL:
 * first).  False when there is no room for it. */
static bool
defrag_insert(struct defrag *df, struct defrag_entry *e,
    struct fragment_piece *prev, const struct fragment *f, uint32_t off,
    uint32_t len)
{
	uint32_t skip = off - f->off;
	uint32_t have = f->data.n > skip ? (uint32_t)f->data.n - skip : 0;

	if (have > len)
		have = len;
	evict(df, piece_size(have), e);
	if (df->bytes + piece_size(have) > df->max_bytes)
		return false;

	struct fragment_piece *p = xmalloc(piece_size(have));
	struct fragment_piece **link = prev != NULL ? &prev->next : &e->pieces;

	p->off = off;
	p->len = len;
	p->have = have;
	if (have > 0)
		memcpy(p->data, f->data.p + skip, have);
	p->next = *link;
	*link = p;
	if (p->next == NULL)
		e->last = p;
	e->covered += len;
	charge(df, e, (ptrdiff_t)piece_size(have));
	return true;
}

/* Stores what of f no piece covers; false when there is no room for it. */
static bool
fill(struct defrag *df, struct defrag_entry *e, const struct fragment *f)
{
	uint32_t pos = f->off;
	uint32_t end = f->off + f->len;
	struct fragment_piece *prev = NULL;
	struct fragment_piece *p = e->pieces;

	if (e->last != NULL && e->last->off + e->last->len <= f->off) {
		prev = e->last;
		p = NULL;
	}
	while (pos < end) {
		while (p != NULL && p->off <= pos) {
			pos = defrag_max(pos, p->off + p->len);
			prev = p;
			p = p->next;
		}
		uint32_t to = p != NULL ? defrag_min(end, p->off) : end;

		if (pos >= to)
			continue;
		if (!defrag_insert(df, e, prev, f, pos, to - pos))
			return false;
		prev = prev != NULL ? prev->next : e->pieces;
		pos = to;
	}
	return true;
}

/* Copies the pieces together, up to the first byte that is not captured. */
static const struct reassembled *
assemble(struct defrag *df, struct defrag_entry *e)
{
	struct whole *w = xmalloc(sizeof(*w) + e->end);
	uint32_t n = 0;

	for (const struct fragment_piece *p = e->pieces; p != NULL;
	     p = p->next) {
		uint32_t want = defrag_min(p->len, e->end - n);
		uint32_t have = defrag_min(p->have, want);

		memcpy(w->data + n, p->data, have);
		n += have;
		if (have < p->len)
			break;
	}
	w->d = (struct reassembled){
		.data = { w->data, n },
		.len = e->end,
		.protocol = e->protocol,
		.n_earlier = e->n_frames,
	};
	w->frames = frames_take(df, e);
	w->d.earlier = w->frames;
	e->n_frames = 0;
	w->next = df->whole;
	df->whole = w;
	return &w->d;
}

/* RFC 5722: nothing of an IPv6 datagram with overlap is used, not even what
 * is still to come. */
static void
discard(struct defrag *df, struct defrag_entry *e)
{
	drop_pieces(df, e);
	frames_free(frames_take(df, e), e->n_frames);
	e->n_frames = 0;
	e->discarded = true;
	df->counts.discarded++;
}

/* Counts what is odd about f; false when its datagram is now discarded. */
static bool
admit(struct defrag *df, struct defrag_entry *e, const struct fragment *f)
{
	struct defrag_relation r = defrag_relate(e, f);
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

/* The entry that f belongs to.  A finished datagram takes only copies of its
 * fragments: anything else is the identifier used anew. */
static struct defrag_entry *
entry_for(struct defrag *df, const struct fragment *f)
{
	struct defrag_entry *e = defrag_find(df, &f->key);

	if (e != NULL && e->list == FINISHED) {
		struct defrag_relation r = defrag_relate(e, f);

		if (!r.is_new && !r.differs && defrag_agree_on_end(e, f))
			return e;
		entry_free(df, e);
		e = NULL;
	}
	return e != NULL ? e : entry_new(df, f);
}

/* Stores a fragment that fits; false when there is no room for it. */
static bool
store(struct defrag *df, struct defrag_entry *e, const struct fragment *f)
{
	uint32_t before = e->covered;
	bool is_end = !f->more && f->len == 0;

	if (f->off == 0)
		e->protocol = f->protocol;
	if (!fill(df, e, f))
		return false;
	if (!df->keeps_frames || (e->covered == before && !is_end))
		return true;
	for (size_t i = 0; i < f->n_earlier; i++)
		keep_frame(df, e, &f->earlier[i]);
	if (f->frame != NULL && !defrag_is_whole(e))
		keep_frame(df, e, f->frame);
	return true;
}

/* Hands out the whole datagram; its pieces stay for a while. */
static const struct reassembled *
finish(struct defrag *df, struct defrag_entry *e)
{
	const struct reassembled *d = assemble(df, e);

	df->counts.completed++;
	e->since_ns = df->now_ns;
	list_remove(df, e);
	list_append(df, e, FINISHED);
	df->whole_bytes += e->bytes;
	while (df->whole_bytes > DEFRAG_WHOLE_BYTES)
		entry_free(df, df->oldest[FINISHED]);
	return d;
}

const struct reassembled *
defrag_add(struct defrag *df, const struct fragment *f)
{
	assert(f->data.n <= f->len);
	df->counts.fragments++;
	expire(df, f->ts_ns);

	struct defrag_entry *e = entry_for(df, f);

	if (e->discarded)
		return NULL;
	if (e->list == FINISHED) {
		df->counts.duplicates++;
		return NULL;
	}
	if (!admit(df, e, f))
		return NULL;
	if (!store(df, e, f)) {
		df->counts.dropped++;
		entry_free(df, e);
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
	out->waiting = 0;
	for (const struct defrag_entry *e = df->oldest[WAITING]; e != NULL;
	     e = e->newer)
		out->waiting += is_unfinished(e);
}
