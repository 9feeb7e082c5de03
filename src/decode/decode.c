/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* decode.c: drives the layers over a packet and counts what became of it. */
#include <assert.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "decode/layer.h"

struct decoder {
	decode_emit_fn *emit;
	void *arg;
	struct defrag *defrag;
	struct teredo *teredo;		 /* NULL until one is needed */
	struct ipcomp *ipcomp;		 /* the same */
	decode_datagram_fn *on_datagram; /* NULL: nobody asks */
	void *datagram_arg;
	bool reached_udp;  /* the packet had a UDP header */
	bool has_datagram; /* the packet's innermost so far is there */
	struct datagram datagram;
	uint64_t udp; /* packets that ended in UDP */
	struct obstacles obstacles;
	uint64_t count[DECODE_OUTCOMES];
};

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
	d->defrag = defrag_new(DEFRAG_BYTES_DEFAULT, DEFRAG_TIMEOUT_NS);
	return d;
}

void
decoder_free(struct decoder *d)
{
	if (d == NULL)
		return;
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
decoder_on_datagram(struct decoder *d, decode_datagram_fn *fn, void *arg)
{
	d->on_datagram = fn;
	d->datagram_arg = arg;
}

enum outcome
layer_skip_to(struct layer *l, size_t n, layer_fn *next)
{
	struct slice skipped;

	if (!layer_take(l, n, &skipped))
		return layer_short(l, n);
	return layer_go(l, next);
}

enum outcome
layer_by_key(struct layer *l, const struct layer_row *rows, size_t n,
    unsigned key, enum outcome otherwise)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].key == key)
			return layer_skip_to(l, rows[i].skip, rows[i].fn);
	}
	return otherwise;
}

enum outcome
layer_run(struct layer *l)
{
	enum outcome o;

	do {
		if (l->depth == DECODE_DEPTH_MAX)
			return DECODE_TOO_DEEP;
		l->depth++;
		o = l->next(l);
	} while (o == LAYER_NEXT);
	return o;
}

void
layer_emit(struct layer *l)
{
	l->decoder->emit(l->decoder->arg, &l->seg);
}

void
layer_note_datagram(const struct layer *l, const uint8_t *h)
{
	struct decoder *d = l->decoder;
	struct datagram *g = &d->datagram;
	size_t len = get_be16(h + 4);

	d->reached_udp = true;
	if (d->on_datagram == NULL)
		return;
	/* Length 0 is that of a jumbogram (RFC 2675 4). */
	len = len == 0 || len - 8 > l->len ? l->len : len - 8;
	*g = (struct datagram){
		.src = l->seg.src,
		.dst = l->seg.dst,
		.vlan = l->seg.vlan,
		.ip_len = l->seg.ip_len,
		.payload_len = (uint32_t)len,
		.payload = { l->cur.pos, cur_left(&l->cur) },
		.packet = l->packet->number,
		.ts_ns = l->packet->ts_ns,
		.ts_digits = l->packet->ts_digits,
	};
	g->src.port = get_be16(h);
	g->dst.port = get_be16(h + 2);
	if (g->payload.n > len)
		g->payload.n = len;
	d->has_datagram = true;
}

struct defrag *
layer_defrag(struct layer *l)
{
	return l->decoder->defrag;
}

struct teredo *
layer_teredo(struct layer *l)
{
	struct decoder *d = l->decoder;

	if (d->teredo == NULL)
		d->teredo = teredo_new();
	return d->teredo;
}

bool
layer_knows_teredo(const struct layer *l)
{
	return l->decoder->teredo != NULL;
}

struct ipcomp *
layer_ipcomp(struct layer *l)
{
	struct decoder *d = l->decoder;

	if (d->ipcomp == NULL)
		d->ipcomp = ipcomp_new();
	return d->ipcomp;
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

static enum outcome
decode_layers(struct decoder *d, const struct packet *p)
{
	struct layer l;

	l.cur = cur_of(p->data.p, p->data.n);
	l.len = p->len > p->data.n ? p->len : p->data.n;
	l.packet = p;
	l.decoder = d;
	l.context = 0;
	l.tunnel = 0;
	layer_begin_segment(&l.seg, p);
	l.depth = 0;
	l.ip_headers = 0;
	l.guessed = false;
	l.open_ended = false;
	l.bounded = false;
	l.sliced = false;
	l.inflated = false;
	l.way = (struct way){ 0 };
	d->reached_udp = false;
	l.sequenced = false;

	enum outcome o = link_by_type(&l, p->linktype);

	if (o == LAYER_NEXT)
		o = sober(&l, layer_run(&l));
	note_way(d, &l, o);
	emit_datagram(d, o);
	defrag_release(d->defrag);
	return o;
}

enum outcome
decode_packet(struct decoder *d, const struct packet *p)
{
	struct segment s;
	enum outcome o = DECODE_TCP;

	if (fast_path_segment(p, &s))
		d->emit(d->arg, &s);
	else
		o = decode_layers(d, p);
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
