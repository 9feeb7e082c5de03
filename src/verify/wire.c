/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* wire.c: segments by pair of endpoints, and a second look at frames. */
#include "verify/wire.h"

#include <stdlib.h>
#include <string.h>

#include "base/siphash.h"
#include "base/xalloc.h"
#include "base/hash_table.h"

#define LINKTYPE_NULL 0
#define LINKTYPE_ETHERNET 1
#define LINKTYPE_RAW 101
#define LINKTYPE_LINUX_SLL 113
#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define PROTO_IS_TCP 6
#define FRAGMENT_BITS 0x3fff
#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define OFFSET_MASK 0x1fff
#define TCP_HEADER 20
/* Fragments remembered, for the datagrams that they become. */
#define FRAGMENTS_MAX 256
/* Address words of both endpoints, then ports and families. */
#define KEY_WORDS 5

/* Part of an IPv4 datagram with TCP in it. */
struct fragment {
	uint8_t name[10]; /* addresses and identification */
	uint32_t off;	  /* in the datagram */
	uint64_t packet;
	struct spill_block *bytes; /* NULL: none */
};

struct wire {
	struct spill *keep;
	struct fragment recent[FRAGMENTS_MAX];
	size_t n_recent; /* so far: the oldest is overwritten */
	struct siphash_key key;
	struct hash_table table;
	struct wire_pair *v;
	size_t n;
	size_t cap;
};

/* -- what a reader without this program's layers makes of a frame -------- */

static bool
is_vlan(uint16_t type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

/* Moves c to what should be IP; 0, or why tcpflow does not get there. */
static unsigned
skip_link(struct cur *c, uint16_t linktype)
{
	uint16_t type = ETHERTYPE_IPV4;
	uint32_t family;

	switch (linktype) {
	case LINKTYPE_ETHERNET:
		cur_skip(c, 12);
		while (cur_be16(c, &type) && is_vlan(type))
			cur_skip(c, 2);
		break;
	case LINKTYPE_LINUX_SLL:
		cur_skip(c, 14);
		cur_be16(c, &type);
		break;
	case LINKTYPE_NULL:
		if (!cur_le32(c, &family) || family != 2)
			return WIRE_LINK;
		break;
	case LINKTYPE_RAW:
		break;
	default:
		return WIRE_LINK;
	}
	return type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6 ? 0 :
								  WIRE_TUNNEL;
}

static unsigned
look_ipv4(struct cur *c)
{
	struct slice h;
	unsigned marks = 0;

	if (!cur_take(c, IPV4_HEADER, &h))
		return 0;
	if (get_be16(h.p + 2) == 0)
		marks |= WIRE_NO_LENGTH;
	if ((get_be16(h.p + 6) & FRAGMENT_BITS) != 0)
		marks |= WIRE_FRAGMENTS;
	if (h.p[9] != PROTO_IS_TCP)
		marks |= WIRE_TUNNEL;
	return marks;
}

static unsigned
look_ipv6(struct cur *c)
{
	static const uint8_t extensions[] = { 0, 43, 44, 51, 60, 135 };
	struct slice h;

	if (!cur_take(c, IPV6_HEADER, &h) || h.p[6] == PROTO_IS_TCP)
		return 0;
	for (size_t i = 0; i < sizeof(extensions); i++)
		if (h.p[6] == extensions[i])
			return WIRE_EXTENSION;
	return WIRE_TUNNEL;
}

static bool
is_within(struct slice outer, struct slice inner)
{
	uintptr_t o = (uintptr_t)outer.p, i = (uintptr_t)inner.p;

	return i >= o && i - o <= outer.n && inner.n <= outer.n - (i - o);
}

unsigned
wire_marks(const struct packet *frame, const struct segment *s)
{
	unsigned marks = 0;

	if (s->payload.n < s->payload_len)
		marks |= WIRE_CUT;
	if (s->checksum == CHECKSUM_BAD)
		marks |= WIRE_BAD_SUM;
	if (frame == NULL)
		return marks;
	if (!is_within(frame->data, s->payload))
		marks |= WIRE_FRAGMENTS;

	struct cur c = cur_of(frame->data.p, frame->data.n);
	unsigned link = skip_link(&c, frame->linktype);

	if (link != 0 || cur_left(&c) == 0)
		return marks | link;
	return marks | (c.pos[0] >> 4 == 6 ? look_ipv6(&c) : look_ipv4(&c));
}

/* -- pairs --------------------------------------------------------------- */

static bool
comes_first(const struct endpoint *a, const struct endpoint *b)
{
	int order = memcmp(a->addr, b->addr, sizeof(a->addr));

	return order != 0 ? order < 0 : a->port <= b->port;
}

static uint64_t
hash_pair(const struct wire *w, const struct endpoint ep[2])
{
	uint64_t words[KEY_WORDS];

	memcpy(words, ep[0].addr, sizeof(ep[0].addr));
	memcpy(words + 2, ep[1].addr, sizeof(ep[1].addr));
	words[4] = (uint64_t)ep[0].port << 32 | (uint64_t)ep[1].port << 8 |
	    ep[0].family;
	return siphash_words(&w->key, words, KEY_WORDS);
}

static size_t
find_sorted(const struct wire *w, const struct endpoint ep[2])
{
	uint64_t hash = hash_pair(w, ep);
	size_t at = hash_table_begin(&w->table, hash);
	uint32_t i;

	while (hash_table_next(&w->table, hash, &at, &i))
		if (endpoint_equal(&w->v[i].ep[0], &ep[0]) &&
		    endpoint_equal(&w->v[i].ep[1], &ep[1]))
			return i;
	return WIRE_NO_PAIR;
}

size_t
wire_find(const struct wire *w, const struct endpoint *a,
    const struct endpoint *b)
{
	bool swap = !comes_first(a, b);
	const struct endpoint ep[2] = { swap ? *b : *a, swap ? *a : *b };

	return find_sorted(w, ep);
}

static struct wire_pair *
take_pair(struct wire *w, const struct endpoint ep[2])
{
	size_t i = find_sorted(w, ep);

	if (i != WIRE_NO_PAIR)
		return &w->v[i];
	if (w->n == w->cap) {
		w->cap = w->cap == 0 ? 64 : 2 * w->cap;
		w->v = xreallocarray(w->v, w->cap, sizeof(*w->v));
	}
	w->v[w->n] = (struct wire_pair){ .ep = { ep[0], ep[1] } };
	hash_table_insert(&w->table, hash_pair(w, ep), (uint32_t)w->n);
	return &w->v[w->n++];
}

/* -- fragments ----------------------------------------------------------- */

/* Reads a frame that carries a fragment; bytes are the datagram's. */
static bool
read_fragment(const struct packet *p, struct fragment *f, struct slice *bytes)
{
	struct cur c = cur_of(p->data.p, p->data.n);
	struct slice h, options;
	size_t header;
	uint16_t where, len;

	if (skip_link(&c, p->linktype) != 0 || !cur_take(&c, IPV4_HEADER, &h))
		return false;
	header = (size_t)(h.p[0] & 15) * 4;
	len = get_be16(h.p + 2);
	where = get_be16(h.p + 6);
	if (h.p[0] >> 4 != 4 || h.p[9] != PROTO_IS_TCP ||
	    (where & FRAGMENT_BITS) == 0 || header < IPV4_HEADER ||
	    len < header || !cur_take(&c, header - IPV4_HEADER, &options))
		return false;
	cur_limit(&c, len - header);
	memcpy(f->name, h.p + 12, 8);
	memcpy(f->name + 8, h.p + 4, 2);
	f->off = (uint32_t)(where & OFFSET_MASK) * 8;
	f->packet = p->number;
	*bytes = (struct slice){ c.pos, cur_left(&c) };
	return bytes->n > 0;
}

void
wire_packet(struct wire *w, const struct packet *p)
{
	struct fragment *f = &w->recent[w->n_recent % FRAGMENTS_MAX];
	struct fragment fresh = { 0 };
	struct slice bytes;

	if (!read_fragment(p, &fresh, &bytes))
		return;
	if (f->bytes != NULL)
		spill_block_free(w->keep, f->bytes);
	*f = fresh;
	f->bytes = spill_put(w->keep, bytes);
	w->n_recent++;
}

static void
add_segment(struct wire_pair *p, const struct wire_segment *g)
{
	if (p->n == p->cap) {
		p->cap = p->cap == 0 ? 8 : 2 * p->cap;
		p->v = xreallocarray(p->v, p->cap, sizeof(*p->v));
	}
	p->v[p->n++] = *g;
}

/* The share of the segment that a fragment has; header: of TCP. */
static void
add_share(struct wire *w, struct wire_pair *p, const struct fragment *f,
    const struct wire_segment *whole, uint32_t header)
{
	struct slice b = spill_block_get(w->keep, f->bytes);
	uint32_t skip = f->off < header ? header - f->off : 0;
	struct wire_segment g = *whole;

	if (skip >= b.n)
		return;
	b.p += skip;
	b.n -= skip;
	g.packet = f->packet;
	g.seq = whole->seq + f->off + skip - header;
	g.n = g.len = (uint32_t)b.n;
	g.extra = 0;
	g.flags &= (uint8_t)~TCP_SYN;

	uint8_t *copy = xmalloc(b.n);

	memcpy(copy, b.p, b.n);
	g.bytes = spill_put(w->keep, (struct slice){ copy, b.n });
	free(copy);
	add_segment(p, &g);
}

static void
add_shares(struct wire *w, struct wire_pair *p, const struct packet *frame,
    const struct wire_segment *whole)
{
	size_t n = w->n_recent < FRAGMENTS_MAX ? w->n_recent : FRAGMENTS_MAX;
	struct fragment last = { 0 };
	struct slice b;
	uint32_t header = 0;

	if (frame == NULL || !read_fragment(frame, &last, &b))
		return;
	for (size_t i = 0; i < n && header == 0; i++) {
		const struct fragment *f = &w->recent[i];

		if (memcmp(f->name, last.name, sizeof(f->name)) != 0 ||
		    f->off != 0)
			continue;
		b = spill_block_get(w->keep, f->bytes);
		if (b.n >= TCP_HEADER)
			header = (uint32_t)(b.p[12] >> 4) * 4;
	}
	for (size_t i = 0; i < n && header != 0; i++)
		if (memcmp(w->recent[i].name, last.name, sizeof(last.name)) ==
		    0)
			add_share(w, p, &w->recent[i], whole, header);
}

/* -- segments ------------------------------------------------------------ */

static uint32_t
extra_of(const struct segment *s)
{
	struct slice f =
	    s->frame != NULL ? s->frame->data : (struct slice){ NULL, 0 };

	if (f.p == NULL || !is_within(f, s->payload))
		return 0;
	return (uint32_t)((f.p + f.n) - (s->payload.p + s->payload.n));
}

void
wire_segment(struct wire *w, const struct segment *s)
{
	bool swap = !comes_first(&s->src, &s->dst);
	const struct endpoint ep[2] = { swap ? s->dst : s->src,
		swap ? s->src : s->dst };
	struct wire_pair *p = take_pair(w, ep);
	struct wire_segment g = {
		.packet = s->packet,
		.seq = s->seq,
		.ack = s->ack,
		.n = (uint32_t)s->payload.n,
		.len = s->payload_len,
		.extra = extra_of(s),
		.flags = s->flags,
		.from = swap,
		.marks = (uint16_t)wire_marks(s->frame, s),
	};
	struct slice bytes = { s->payload.p, (size_t)g.n + g.extra };

	if (bytes.n > 0)
		g.bytes = spill_put(w->keep, bytes);
	add_segment(p, &g);
	if (g.marks & WIRE_FRAGMENTS)
		add_shares(w, p, s->frame, &g);
}

const struct wire_pair *
wire_pair(const struct wire *w, size_t i)
{
	return &w->v[i];
}

size_t
wire_pairs(const struct wire *w)
{
	return w->n;
}

struct wire *
wire_new(struct spill *keep)
{
	struct wire *w = xcalloc(1, sizeof(*w));

	w->keep = keep;
	w->key = siphash_random_key();
	hash_table_init(&w->table);
	return w;
}

void
wire_free(struct wire *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < w->n; i++) {
		for (size_t k = 0; k < w->v[i].n; k++)
			if (w->v[i].v[k].bytes != NULL)
				spill_block_free(w->keep, w->v[i].v[k].bytes);
		free(w->v[i].v);
	}
	for (size_t i = 0; i < FRAGMENTS_MAX; i++)
		if (w->recent[i].bytes != NULL)
			spill_block_free(w->keep, w->recent[i].bytes);
	free(w->v);
	hash_table_fini(&w->table);
	free(w);
}
