/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* frames.c: segments by pair of endpoints, and their positions. */
#include "verify/frames.h"

#include <stdlib.h>

#include "base/xalloc.h"

/* Fewer bytes alike than this, a fragment's unit, prove nothing. */
#define PART_MIN 8

void *
room_for_one(void *v, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return v;
	*cap = *cap == 0 ? 8 : 2 * *cap;
	return xreallocarray(v, *cap, size);
}

size_t
first_above(const int64_t *v, size_t n, size_t size, int64_t number)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (v[mid * size / sizeof(*v)] <= number)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

size_t
slice_common(struct slice a, struct slice b)
{
	size_t n = 0;

	while (n < a.n && n < b.n && a.p[n] == b.p[n])
		n++;
	return n;
}

struct slice
slice_from(struct slice s, uint64_t at)
{
	return at >= s.n ? (struct slice){ NULL, 0 } :
			   (struct slice){ s.p + at, s.n - at };
}

void
frames_init(struct evidence *f, struct spill *spill)
{
	*f =
	    (struct evidence){ .spill = spill, .secret = siphash_random_key() };
	hash_table_init(&f->table);
}

void
frames_fini(struct evidence *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct frame_pair *p = &f->v[i];

		for (size_t k = 0; k < p->n; k++)
			if (p->v[k].bytes != NULL)
				spill_block_free(f->spill, p->v[k].bytes);
		free(p->v);
		free(p->by_pos[0]);
		free(p->by_pos[1]);
	}
	for (size_t i = 0; i < f->n_parts; i++)
		spill_block_free(f->spill, f->parts[i].bytes);
	free(f->parts);
	free(f->v);
	hash_table_fini(&f->table);
	buf_free(&f->room);
}

/* -- pairs --------------------------------------------------------------- */

size_t
frames_find(const struct evidence *f, const struct endpoint *a,
    const struct endpoint *b)
{
	struct key k;
	uint64_t hash;
	size_t at;
	uint32_t i;

	key_of(&k, a, b, 0);
	hash = key_hash(&k, &f->secret);
	at = hash_table_begin(&f->table, hash);
	while (hash_table_next(&f->table, hash, &at, &i))
		if (f->v[i].key.n == k.n && f->v[i].key.family == k.family &&
		    memcmp(f->v[i].key.word, k.word, k.n * sizeof(*k.word)) ==
			0)
			return i;
	return FRAME_NONE;
}

static struct frame_pair *
take_pair(struct evidence *f, const struct segment *s)
{
	size_t i = frames_find(f, &s->src, &s->dst);
	struct frame_pair *p;

	if (i != FRAME_NONE)
		return &f->v[i];
	f->v = room_for_one(f->v, f->n, &f->cap, sizeof(*f->v));
	p = &f->v[f->n];
	*p = (struct frame_pair){ .n = 0 };
	i = (size_t)key_of(&p->key, &s->src, &s->dst, 0);
	p->ep[i] = s->src;
	p->ep[!i] = s->dst;
	hash_table_insert(&f->table, key_hash(&p->key, &f->secret),
	    (uint32_t)f->n++);
	return p;
}

uint8_t
pair_side(const struct frame_pair *p, const struct endpoint *e)
{
	return !endpoint_equal(&p->ep[0], e);
}

uint8_t
pair_other(const struct frame_pair *p, uint8_t side)
{
	return endpoint_equal(&p->ep[0], &p->ep[1]) ? side : !side;
}

/* -- segments ------------------------------------------------------------ */

/* Bytes of the frame that are neither payload nor before it. */
static uint32_t
extra_of(const struct segment *s)
{
	const uint8_t *end = s->payload.p + s->payload.n;

	if (s->frame == NULL || s->payload.p < s->frame->data.p ||
	    end > s->frame->data.p + s->frame->data.n)
		return 0;
	return (uint32_t)(s->frame->data.p + s->frame->data.n - end);
}

/* Whether in the frame TCP follows IP, and that the link's header and VLAN
 * tags: all that a program without layers reads.  IP, which says its length,
 * begins so long before the payload. */
static bool
has_no_layers(const struct segment *s)
{
	static const struct {
		uint16_t linktype;
		uint8_t header;
	} links[] = { { 1, 14 }, { 0, 4 }, { 101, 0 }, { 113, 16 } };
	const struct packet *f = s->frame;
	bool six = s->src.family == 6;
	uint32_t headers = s->ip_len - s->payload_len;
	const uint8_t *ip = s->payload.p - headers;

	if (f == NULL || !segment_is_in_frame(s) || s->payload.p == NULL ||
	    s->payload.p < f->data.p + headers)
		return s->payload.n == 0;
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (f->linktype == links[i].linktype) {
			size_t more =
			    (size_t)(ip - f->data.p) - links[i].header;

			return (more == 0 || (s->hop.vlan != 0 && more <= 8)) &&
			    ip[six ? 6 : 9] == 6 && get_be16(ip + 2) != 0;
		}
	return false;
}

/* The position nearest to what is known of the side's line. */
static int64_t
place_on_line(struct frame_pair *p, uint8_t side, uint32_t seq)
{
	int64_t here = p->known[side] ? p->here[side] : seq;

	p->known[side] = true;
	return p->here[side] = here + (int32_t)(seq - (uint32_t)here);
}

void
frames_segment(struct evidence *f, const struct segment *s)
{
	struct frame_pair *p = take_pair(f, s);
	uint8_t from = pair_side(p, &s->src);
	int marks = (s->checksum == CHECKSUM_BAD ? FRAME_BAD_SUM : 0) |
	    (s->ip_checksum == CHECKSUM_BAD ? FRAME_BAD_IP : 0) |
	    (s->flaws != 0 ? FRAME_REFUSED : 0) |
	    (has_no_layers(s) ? 0 : FRAME_HIDDEN);
	struct frame g = {
		.packet = (int64_t)s->packet,
		.ts_ns = s->ts_ns,
		.pos = place_on_line(p, from,
		    s->seq + ((s->flags & TCP_SYN) != 0)),
		.ack = FRAME_NO_ACK,
		.tsval = s->tsval,
		.n = (uint32_t)s->payload.n,
		.len = s->payload_len,
		.extra = extra_of(s),
		.flags = s->flags,
		.from = from,
		.marks = (uint8_t)marks,
		.has_ts = s->has_tsopt,
	};

	if (s->flags & TCP_ACK)
		g.ack = place_on_line(p, pair_other(p, from), s->ack);
	if (g.n + g.extra > 0)
		g.bytes = spill_put(f->spill,
		    (struct slice){ s->payload.p, (size_t)g.n + g.extra });
	if (s->frame != NULL && !segment_is_in_frame(s))
		frames_part(f, s->frame);
	p->v = room_for_one(p->v, p->n, &p->cap, sizeof(g));
	p->v[p->n++] = g;
}

struct slice
frame_bytes(struct spill *s, const struct frame *f, struct buf *into)
{
	return f->bytes != NULL ? spill_block_read(s, f->bytes, into) :
				  (struct slice){ NULL, 0 };
}

void
frames_part(struct evidence *f, const struct packet *p)
{
	f->parts = room_for_one(f->parts, f->n_parts, &f->cap_parts,
	    sizeof(*f->parts));
	f->parts[f->n_parts++] =
	    (struct frame_part){ spill_put(f->spill, p->data),
		    (int64_t)p->number };
}

size_t
frames_find_part(struct evidence *f, struct slice bytes)
{
	size_t want = bytes.n < PART_MIN ? bytes.n : PART_MIN, most = 0;

	for (size_t i = 0; i < f->n_parts && most < bytes.n; i++) {
		struct slice b =
		    spill_block_read(f->spill, f->parts[i].bytes, &f->room);
		const uint8_t *at = memmem(b.p, b.n, bytes.p, want);
		size_t n = at == NULL ?
		    0 :
		    slice_common(slice_from(b, (uint64_t)(at - b.p)), bytes);

		most = n > most ? n : most;
	}
	return most;
}

/* -- by position --------------------------------------------------------- */

static int
by_position(const void *a, const void *b)
{
	const struct frame_at *x = a, *y = b;

	if (x->pos != y->pos)
		return x->pos < y->pos ? -1 : 1;
	return x->frame < y->frame ? -1 : x->frame > y->frame;
}

void
pair_sort(struct frame_pair *p)
{
	if (p->by_pos[0] != NULL)
		return;
	for (int side = 0; side < 2; side++)
		p->by_pos[side] = xcalloc(p->n + 1, sizeof(struct frame_at));
	for (size_t i = 0; i < p->n; i++) {
		const struct frame *g = &p->v[i];
		int64_t whole = (int64_t)g->n + g->extra;

		p->by_pos[g->from][p->n_by_pos[g->from]++] =
		    (struct frame_at){ g->pos, i };
		if (whole < g->len)
			whole = g->len;
		if (whole > p->longest[g->from])
			p->longest[g->from] = whole;
	}
	for (int side = 0; side < 2; side++)
		qsort(p->by_pos[side], p->n_by_pos[side],
		    sizeof(struct frame_at), by_position);
}

size_t
pair_behind(const struct frame_pair *p, uint8_t side, int64_t pos)
{
	return first_above(&p->by_pos[side]->pos, p->n_by_pos[side],
	    sizeof(struct frame_at), pos);
}

size_t
pair_next(const struct frame_pair *p, uint8_t side, int64_t pos, size_t *at)
{
	while (*at > 0) {
		const struct frame_at *x = &p->by_pos[side][--*at];
		const struct frame *g = &p->v[x->frame];

		if (pos - x->pos >= p->longest[side])
			break;
		if (pos - x->pos < (int64_t)g->n + g->extra)
			return x->frame;
	}
	return FRAME_NONE;
}
