/* seglog.c: segments to bytes and back; integers are big-endian. */
#include "model/seglog.h"

#include <string.h>

enum { HAS_TSOPT = 1, FROM_END_1 = 2 };

void
seglog_put(struct buf *b, struct seglog_entry x, const struct segment *seg)
{
	buf_be(b, seg->payload.n, 4);
	buf_be(b, seg->payload_len, 4);
	buf_be(b, seg->packet, 8);
	buf_be(b, (uint64_t)seg->ts_ns, 8);
	buf_be(b, seg->seq, 4);
	buf_be(b, seg->ack, 4);
	buf_be(b, seg->tsval, 4);
	buf_be(b, seg->vlan, 4);
	buf_be(b, seg->window, 2);
	buf_be(b, seg->flags, 1);
	buf_be(b, seg->wscale, 1);
	buf_be(b, seg->checksum, 1);
	buf_be(b, seg->ts_digits, 1);
	buf_be(b, seg->ip_len, 4);
	buf_be(b, (seg->has_tsopt ? HAS_TSOPT : 0U) | (x.e ? FROM_END_1 : 0U),
	    4);
	buf_be(b, x.next, 8);
	buf_put(b, seg->payload.p, seg->payload.n);
}

static bool
is_sane(const struct segment *seg, uint64_t bits)
{
	return seg->payload.n <= seg->payload_len &&
	    seg->checksum <= CHECKSUM_BAD &&
	    (seg->ts_digits == 6 || seg->ts_digits == 9) &&
	    bits <= (HAS_TSOPT | FROM_END_1);
}

bool
seglog_get(struct cur *c, const struct endpoint ep[2], struct seglog_entry *x,
    struct segment *seg)
{
	struct cur at = *c;
	struct slice h;
	uint64_t bits;

	if (!cur_take(&at, SEGLOG_HEADER, &h) ||
	    !cur_take(&at, get_be32(h.p), &seg->payload))
		return false;
	seg->payload_len = get_be32(h.p + 4);
	seg->packet = get_be64(h.p + 8);
	seg->ts_ns = (int64_t)get_be64(h.p + 16);
	seg->seq = get_be32(h.p + 24);
	seg->ack = get_be32(h.p + 28);
	seg->tsval = get_be32(h.p + 32);
	seg->vlan = get_be32(h.p + 36);
	seg->window = get_be16(h.p + 40);
	seg->flags = h.p[42];
	seg->wscale = h.p[43];
	seg->checksum = h.p[44];
	seg->ts_digits = h.p[45];
	seg->ip_len = get_be32(h.p + 46);
	bits = get_be32(h.p + 50);
	seg->has_tsopt = (bits & HAS_TSOPT) != 0;
	x->e = (bits & FROM_END_1) != 0;
	x->next = get_be64(h.p + 54);
	seg->src = ep[x->e];
	seg->dst = ep[!x->e];
	if (!is_sane(seg, bits))
		return false;
	*c = at;
	return true;
}

void
seglog_feed_put(struct seglog_feed *f, struct slice bytes)
{
	struct segment seg = { 0 };
	struct cur c;
	size_t used;
	struct seglog_entry x;

	buf_put(&f->rest, bytes.p, bytes.n);
	c = cur_of(f->rest.p, f->rest.n);
	while (seglog_get(&c, f->ep, &x, &seg))
		f->fn(f->arg, x, &seg);
	used = f->rest.n - cur_left(&c);
	if (used > 0)
		memmove(f->rest.p, f->rest.p + used, cur_left(&c));
	f->rest.n -= used;
}

bool
seglog_feed_end(struct seglog_feed *f)
{
	bool whole = f->rest.n == 0;

	buf_free(&f->rest);
	return whole;
}
