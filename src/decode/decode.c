/* decode.c: drives the layers over a packet and counts what became of it. */
#include <assert.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "decode/layer.h"

struct decoder {
	decode_emit_fn *emit;
	void *arg;
	struct defrag *defrag;
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
	d->defrag = defrag_new(DEFRAG_BYTES_DEFAULT, DEFRAG_DATAGRAMS_DEFAULT,
	    DEFRAG_TIMEOUT_NS);
	return d;
}

void
decoder_free(struct decoder *d)
{
	if (d == NULL)
		return;
	defrag_free(d->defrag);
	free(d);
}

void
decoder_keep_frames(struct decoder *d)
{
	defrag_keep_frames(d->defrag);
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

struct defrag *
layer_defrag(struct layer *l)
{
	return l->decoder->defrag;
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

enum outcome
decode_packet(struct decoder *d, const struct packet *p)
{
	struct layer l;

	l.cur = cur_of(p->data.p, p->data.n);
	l.len = p->len > p->data.n ? p->len : p->data.n;
	l.packet = p;
	l.decoder = d;
	l.context = 0;
	l.seg.vlan = 0;
	l.seg.packet = p->number;
	l.seg.frame = p;
	l.seg.earlier = NULL;
	l.seg.n_earlier = 0;
	l.seg.ts_ns = p->ts_ns;
	l.seg.ts_digits = p->ts_digits;
	l.depth = 0;
	l.ip_headers = 0;
	l.guessed = false;
	l.open_ended = false;
	l.bounded = false;
	l.sequenced = false;

	enum outcome o = link_by_type(&l, p->linktype);

	if (o == LAYER_NEXT)
		o = sober(&l, layer_run(&l));
	defrag_release(d->defrag);
	d->count[o]++;
	return o;
}

uint64_t
decoder_count(const struct decoder *d, enum outcome o)
{
	assert(o < DECODE_OUTCOMES);
	return d->count[o];
}

void
decoder_fragments(const struct decoder *d, struct defrag_counts *out)
{
	defrag_count(d->defrag, out);
}
