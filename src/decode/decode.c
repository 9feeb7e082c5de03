/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* decode.c: drives the layers over a packet and counts what became of it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "decode/copies.h"
#include "decode/decode_parts.h"

static const char *const names[DECODE_OUTCOMES] = {
	[DECODE_TCP] = "TCP",
	[DECODE_LINKTYPE_UNKNOWN] = "unknown link type",
	[DECODE_NOT_IP] = "not IP",
	[DECODE_NOT_TCP] = "not TCP",
	[DECODE_CUT] = "header cut by the snap length",
	[DECODE_BAD_HEADER] = "bad header",
	[DECODE_TOO_DEEP] = "too many layers",
	[DECODE_FRAGMENT] = "IP fragment",
	[DECODE_LINK_FRAGMENT] = "fragment below IP",
	[DECODE_ENCRYPTED] = "encrypted",
};

const char *
outcome_name(enum outcome o)
{
	assert(o < DECODE_OUTCOMES);
	return names[o];
}

struct decoder *
decoder_new(decode_emit_fn *emit, void *arg)
{
	struct decoder *d = xcalloc(1, sizeof(*d));

	d->emit = emit;
	d->arg = arg;
	d->copies = copies_new();
	d->defrag = defrag_new(DEFRAG_BYTES_DEFAULT, DEFRAG_TIMEOUT_NS);
	return d;
}

void
decoder_free(struct decoder *d)
{
	if (d == NULL)
		return;
	copies_free(d->copies);
	defrag_free(d->defrag);
	teredo_free(d->teredo);
	ipcomp_free(d->ipcomp);
	free(d);
}

void
decoder_limit_fragments(struct decoder *d, size_t max_bytes)
{
	defrag_limit(d->defrag, max_bytes);
}

void
decoder_keep_frames(struct decoder *d)
{
	defrag_keep_frames(d->defrag);
}

void
decoder_remember(struct decoder *d, const struct segment *s)
{
	copies_take(d->copies, s);
}

void
decoder_on_datagram(struct decoder *d, decode_datagram_fn *fn, void *arg)
{
	d->on_datagram = fn;
	d->datagram_arg = arg;
}

/* A datagram was given up whose first bytes are there: the TCP header. */
static void
on_lost(void *arg, const struct defrag_lost *lost)
{
	struct decoder *d = arg;
	struct segment s = { .ts_digits = 6 };
	struct cur c = cur_of(lost->head.p, lost->head.n);
	uint8_t family = (uint8_t)lost->key->family;
	uint16_t src, dst;
	uint32_t ack;
	uint8_t offset, header;

	if (lost->protocol != 6 || !cur_be16(&c, &src) || !cur_be16(&c, &dst) ||
	    !cur_be32(&c, &s.seq) || !cur_be32(&c, &ack) ||
	    !cur_u8(&c, &offset) || !cur_u8(&c, &s.flags))
		return;
	header = (uint8_t)(offset >> 4) * 4;
	layer_set_address(&s.src, family, lost->key->src);
	layer_set_address(&s.dst, family, lost->key->dst);
	s.src.port = src;
	s.dst.port = dst;
	s.seq += (s.flags & TCP_SYN) != 0;
	s.payload_len = lost->len > header ? lost->len - header : 0;
	d->on_lost(d->lost_arg, &s);
}

void
decoder_on_lost(struct decoder *d, decode_lost_fn *fn, void *arg)
{
	d->on_lost = fn;
	d->lost_arg = arg;
	defrag_on_lost(d->defrag, on_lost, d);
}

/* Strange bytes behind a port that tunnels use are no tunnel, and whatever
 * is wrong inside an IP packet, it was IP. */
static enum outcome
sober(const struct layer *l, enum outcome o)
{
	if (l->guessed && o == DECODE_BAD_HEADER)
		return DECODE_NOT_TCP;
	if (l->ip_headers > 0 && o == DECODE_NOT_IP)
		return DECODE_NOT_TCP;
	return o;
}

static void
emit_datagram(struct decoder *d, enum outcome o)
{
	if (d->has_datagram && o != DECODE_TCP && o != DECODE_FRAGMENT)
		d->on_datagram(d->datagram_arg, &d->datagram);
	d->has_datagram = false;
}

/* Counts what became of a packet on its way to TCP or UDP. */
static void
note_way(struct decoder *d, const struct layer *l, enum outcome o)
{
	switch (o) {
	case DECODE_TCP:
	case DECODE_FRAGMENT:
		return;
	case DECODE_NOT_IP:
	case DECODE_NOT_TCP:
		if (d->reached_udp)
			d->udp++;
		else if (!way_holds_neither(&l->way))
			obstacles_add(&d->obstacles, &l->way, (int)o);
		return;
	default:
		obstacles_add(&d->obstacles, &l->way, (int)o);
	}
}

static void
begin_layers(struct layer *l, struct decoder *d, const struct packet *p)
{
	l->cur = cur_of(p->data.p, p->data.n);
	l->len = p->len > p->data.n ? p->len : p->data.n;
	l->packet = p;
	l->decoder = d;
	l->context = 0;
	l->tunnel = 0;
	layer_begin_segment(&l->seg, p);
	l->depth = 0;
	l->ip_headers = 0;
	l->guessed = false;
	l->open_ended = false;
	l->bounded = false;
	l->sliced = false;
	l->inflated = false;
	l->way = (struct way){ 0 };
	l->sequenced = false;
}

static enum outcome
decode_layers(struct decoder *d, const struct packet *p)
{
	struct layer l;

	begin_layers(&l, d, p);
	d->reached_udp = false;

	enum outcome o = link_by_type(&l, p->linktype);

	if (o == LAYER_NEXT)
		o = sober(&l, layer_run(&l));
	note_way(d, &l, o);
	emit_datagram(d, o);
	defrag_release(d->defrag);
	return o;
}

/* What comes before IP asks the decoder for nothing: there is none. */
int
decode_find_ip(const struct packet *p, struct slice *ip, uint32_t *len)
{
	struct layer l;
	enum outcome o;

	begin_layers(&l, NULL, p);
	o = link_by_type(&l, p->linktype);
	while (o == LAYER_NEXT && l.next != ip_v4 && l.next != ip_v6 &&
	    l.depth++ < DECODE_DEPTH_MAX)
		o = l.next(&l);
	if (o == DECODE_LINKTYPE_UNKNOWN)
		return -1;
	if (o != LAYER_NEXT || (l.next != ip_v4 && l.next != ip_v6))
		return 0;
	*ip = (struct slice){ l.cur.pos, cur_left(&l.cur) };
	*len = (uint32_t)l.len;
	return 1;
}

enum outcome
decode_packet(struct decoder *d, const struct packet *p)
{
	struct segment s;
	enum outcome o = DECODE_TCP;

	if (fast_path_segment(p, &s)) {
		s.copy = copies_take(d->copies, &s);
		d->emit(d->arg, &s);
	} else {
		o = decode_layers(d, p);
	}
	d->count[o]++;
	return o;
}

uint64_t
decoder_count(const struct decoder *d, enum outcome o)
{
	assert(o < DECODE_OUTCOMES);
	return d->count[o];
}

bool
decoder_is_lost(const struct decoder *d, struct obstacle *first,
    uint64_t *followed, uint64_t *tried)
{
	const struct obstacle *most = obstacles_first(&d->obstacles);

	*followed = d->count[DECODE_TCP] + d->udp;
	*tried = *followed + d->obstacles.frames;
	if (most == NULL)
		return false;
	*first = *most;
	return *followed == 0 ||
	    (*tried >= 100 && *followed < (*tried + 99) / 100);
}

void
decoder_fragments(const struct decoder *d, struct defrag_counts *out)
{
	defrag_count(d->defrag, out);
}

void
decoder_waiting(const struct decoder *d,
    void (*fn)(void *arg, const struct packet *p), void *arg)
{
	const struct packet **v;
	size_t n = defrag_frames(d->defrag, &v);

	for (size_t i = 0; i < n; i++)
		fn(arg, v[i]);
	free(v);
}

void
decoder_forget_counts(struct decoder *d)
{
	memset(d->count, 0, sizeof(d->count));
	d->obstacles = (struct obstacles){ 0 };
	d->udp = 0;
	defrag_forget_counts(d->defrag);
}
