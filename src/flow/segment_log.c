/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* segment_log.c: segments to bytes and back; integers are big-endian. */
#include "flow/segment_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/record_log.h"
#include "base/xalloc.h"

enum { HAS_TSOPT = 1, FROM_END_1 = 2, HAS_FRAME = 4, IS_COPY = 8 };

/* Of a record, before its payload and frames. */
#define HEADER_LEN 95
/* Of a frame, before its bytes. */
#define FRAME_HEADER 31
/* In place of where in its frame the payload is: it stands by itself. */
#define APART UINT32_MAX

void
segment_log_put_hop(struct buf *b, const struct hop *x)
{
	buf_be(b, x->vlan, 8);
	buf_put(b, x->src_mac, sizeof(x->src_mac));
	buf_put(b, x->dst_mac, sizeof(x->dst_mac));
	buf_be(b, (x->has_src ? 1U : 0U) | (x->has_dst ? 2U : 0U), 1);
}

struct hop
segment_log_get_hop(const uint8_t *p)
{
	struct hop x = { .vlan = get_be64(p) & HOP_VLANS_MASK };

	x.has_src = (p[20] & 1) != 0;
	x.has_dst = (p[20] & 2) != 0;
	if (x.has_src)
		memcpy(x.src_mac, p + 8, sizeof(x.src_mac));
	if (x.has_dst)
		memcpy(x.dst_mac, p + 14, sizeof(x.dst_mac));
	return x;
}

void
segment_log_put_frame(struct buf *b, const struct packet *p)
{
	buf_be(b, p->data.n, 4);
	buf_be(b, p->len, 4);
	buf_be(b, p->number, 8);
	buf_be(b, (uint64_t)p->ts_ns, 8);
	buf_be(b, p->linktype, 2);
	buf_be(b, p->ts_digits, 1);
	buf_be(b, p->interface, 4);
	buf_put(b, p->data.p, p->data.n);
}

/* Where in its last frame the payload lies, or APART. */
static uint32_t
payload_at(const struct segment *seg)
{
	struct slice outer = seg->frame->data;
	uintptr_t at = (uintptr_t)seg->payload.p - (uintptr_t)outer.p;

	if (seg->payload.n == 0 ||
	    (uintptr_t)seg->payload.p < (uintptr_t)outer.p || at > outer.n ||
	    seg->payload.n > outer.n - at)
		return APART;
	return (uint32_t)at;
}

static void
put_body(struct buf *b, const struct segment *seg)
{
	uint32_t at = APART;

	if (seg->frame != NULL) {
		at = payload_at(seg);
		buf_be(b, at, 4);
		buf_be(b, seg->n_earlier, 4);
	}
	if (at == APART)
		buf_put(b, seg->payload.p, seg->payload.n);
	if (seg->frame == NULL)
		return;
	for (size_t i = 0; i < seg->n_earlier; i++)
		segment_log_put_frame(b, &seg->earlier[i]);
	segment_log_put_frame(b, seg->frame);
}

void
segment_log_put_bare(struct buf *b, struct segment_log_entry x,
    const struct segment *seg)
{
	unsigned bits = (seg->has_tsopt ? HAS_TSOPT : 0U) |
	    (x.e ? FROM_END_1 : 0U) | (seg->frame != NULL ? HAS_FRAME : 0U) |
	    (seg->copy ? IS_COPY : 0U);

	buf_be(b, seg->payload.n, 4);
	buf_be(b, seg->payload_len, 4);
	buf_be(b, seg->packet, 8);
	buf_be(b, (uint64_t)seg->ts_ns, 8);
	buf_be(b, seg->seq, 4);
	buf_be(b, seg->ack, 4);
	buf_be(b, seg->tsval, 4);
	buf_be(b, seg->window, 2);
	buf_be(b, seg->flags, 1);
	buf_be(b, seg->wscale, 1);
	buf_be(b, seg->checksum, 1);
	buf_be(b, seg->ts_digits, 1);
	buf_be(b, seg->ip_len, 4);
	buf_be(b, bits, 4);
	buf_be(b, (unsigned)x.as, 8);
	buf_be(b, seg->ip_checksum, 1);
	buf_be(b, seg->flaws, 1);
	buf_be(b, seg->tunnel, 4);
	buf_be(b, seg->interface, 4);
	buf_be(b, seg->ip_id, 4);
	buf_be(b, seg->tcp_sum, 2);
	segment_log_put_hop(b, &seg->hop);
	put_body(b, seg);
}

void
segment_log_put(struct buf *b, struct segment_log_entry x,
    const struct segment *seg)
{
	size_t begin = record_begin(b);

	segment_log_put_bare(b, x, seg);
	record_end(b, begin);
}

static bool
is_sane(const struct segment *seg, uint32_t bits)
{
	return seg->payload.n <= seg->payload_len &&
	    seg->checksum <= CHECKSUM_BAD &&
	    (seg->ts_digits == 6 || seg->ts_digits == 9) &&
	    seg->ip_checksum <= CHECKSUM_BAD &&
	    bits <= (HAS_TSOPT | FROM_END_1 | HAS_FRAME | IS_COPY);
}

bool
segment_log_get_frame(struct cur *c, struct packet *p)
{
	struct slice h;

	if (!cur_take(c, FRAME_HEADER, &h) ||
	    !cur_take(c, get_be32(h.p), &p->data))
		return false;
	p->len = get_be32(h.p + 4);
	p->number = get_be64(h.p + 8);
	p->ts_ns = (int64_t)get_be64(h.p + 16);
	p->linktype = get_be16(h.p + 24);
	p->ts_digits = h.p[26];
	p->interface = get_be32(h.p + 27);
	p->offset = 0;
	return p->len >= p->data.n;
}

/* Reads n frames and the last one. */
static bool
get_frames(struct cur *c, size_t n, struct segment *seg,
    struct segment_log_reader *f)
{
	if (n > cur_left(c) / FRAME_HEADER)
		return false;
	if (n > f->cap) {
		f->earlier = xreallocarray(f->earlier, n, sizeof(*f->earlier));
		f->cap = n;
	}
	for (size_t i = 0; i < n; i++)
		if (!segment_log_get_frame(c, &f->earlier[i]))
			return false;
	seg->earlier = f->earlier;
	seg->n_earlier = n;
	seg->frame = &f->last;
	return segment_log_get_frame(c, &f->last);
}

/* Reads the payload of n bytes and, when it has some, the frames. */
static bool
get_body(struct cur *c, size_t n, bool has_frame, struct segment *seg,
    struct segment_log_reader *f)
{
	struct slice h;
	uint32_t at;

	seg->frame = NULL;
	seg->earlier = NULL;
	seg->n_earlier = 0;
	if (!has_frame)
		return cur_take(c, n, &seg->payload);
	if (!cur_take(c, 8, &h))
		return false;
	at = get_be32(h.p);
	if ((at == APART && !cur_take(c, n, &seg->payload)) ||
	    !get_frames(c, get_be32(h.p + 4), seg, f))
		return false;
	if (at == APART)
		return true;
	if (at > f->last.data.n || n > f->last.data.n - at)
		return false;
	seg->payload = (struct slice){ f->last.data.p + at, n };
	return true;
}

bool
segment_log_get(struct segment_log_reader *r, struct slice record,
    struct segment_log_entry *x, struct segment *seg)
{
	struct cur c = cur_of(record.p, record.n);
	struct slice h;
	uint32_t bits;

	if (!cur_take(&c, HEADER_LEN, &h))
		return false;
	bits = get_be32(h.p + 46);
	if (!get_body(&c, get_be32(h.p), (bits & HAS_FRAME) != 0, seg, r) ||
	    cur_left(&c) > 0)
		return false;
	seg->payload_len = get_be32(h.p + 4);
	seg->packet = get_be64(h.p + 8);
	seg->ts_ns = (int64_t)get_be64(h.p + 16);
	seg->seq = get_be32(h.p + 24);
	seg->ack = get_be32(h.p + 28);
	seg->tsval = get_be32(h.p + 32);
	seg->window = get_be16(h.p + 36);
	seg->flags = h.p[38];
	seg->wscale = h.p[39];
	seg->checksum = h.p[40];
	seg->ts_digits = h.p[41];
	seg->ip_len = get_be32(h.p + 42);
	seg->has_tsopt = (bits & HAS_TSOPT) != 0;
	x->e = (bits & FROM_END_1) != 0;
	x->as = (enum segment_log_as)get_be64(h.p + 50);
	seg->ip_checksum = h.p[58];
	seg->flaws = h.p[59];
	seg->tunnel = get_be32(h.p + 60);
	seg->interface = get_be32(h.p + 64);
	seg->ip_id = get_be32(h.p + 68);
	seg->copy = (bits & IS_COPY) != 0;
	seg->tcp_sum = get_be16(h.p + 72);
	seg->hop = segment_log_get_hop(h.p + 74);
	seg->src = r->ep[x->e];
	seg->dst = r->ep[!x->e];
	return is_sane(seg, bits) && get_be64(h.p + 50) < SEGMENT_LOG_AS;
}

void
segment_log_take(void *reader, struct slice record)
{
	struct segment_log_reader *r = reader;
	struct segment seg = { 0 };
	struct segment_log_entry x;

	if (segment_log_get(r, record, &x, &seg))
		r->fn(r->arg, x, &seg);
	else
		r->bad = true;
}

void
segment_log_reader_fini(struct segment_log_reader *r)
{
	free(r->earlier);
	r->earlier = NULL;
	r->cap = 0;
}
