/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* rig.c: a stream under observation. */
#include "lib/rig.h"

#include <inttypes.h>
#include <string.h>

#include "lib/require.h"

/* Longer runs of the same are written as a number. */
#define RUN_MAX 16

static void
put_run(struct buf *b, char c, uint64_t n)
{
	if (n > RUN_MAX) {
		buf_printf(b, "%c(%" PRIu64 ")", c, n);
		return;
	}
	while (n-- > 0)
		buf_byte(b, (uint8_t)c);
}

static void
on_arrived(void *owner, int e, uint64_t end, const struct stamp *st)
{
	struct rig *r = owner;

	REQUIRE(e == r->env.e && st->packet > 0);
	if (end > r->arrived_end)
		r->arrived_end = end;
}

static void
on_data(void *owner, int e, uint64_t pos, uint64_t off, struct slice bytes,
    const struct stamp *st)
{
	struct rig *r = owner;

	REQUIRE(e == r->env.e && bytes.n > 0 && st->packet > 0);
	REQUIRE(off == r->told);
	REQUIRE(pos - r->s.base - off <= 1);
	REQUIRE(pos + bytes.n <= r->arrived_end);
	REQUIRE(off + bytes.n <= r->cfg.max_bytes);
	r->told += bytes.n;
	buf_put(&r->out, bytes.p, bytes.n);
	buf_put(&r->raw, bytes.p, bytes.n);
}

static void
on_gap(void *owner, int e, uint64_t end, const struct gap *g)
{
	struct rig *r = owner;
	static const char signs[] = { [GAP_NOT_CAPTURED] = '~',
		[GAP_SNAPLEN] = '%',
		[GAP_MAX_BYTES] = '^' };

	REQUIRE(e == r->env.e && g->len > 0);
	REQUIRE(g->off == r->told);
	REQUIRE(
	    g->reason == GAP_MAX_BYTES || g->off + g->len <= r->cfg.max_bytes);
	REQUIRE(end <= r->s.next);
	r->told += g->len;
	r->gap_bytes += g->len;
	r->last_gap_end = end;
	put_run(&r->out, signs[g->reason], g->len);
}

static void
on_skip(void *owner, int e, uint64_t end)
{
	struct rig *r = owner;

	REQUIRE(e == r->env.e && end <= r->s.next);
	r->skips++;
}

static void
on_settled(void *owner, int e)
{
	struct rig *r = owner;

	REQUIRE(e == r->env.e);
	REQUIRE(r->settled++ == 0 && !r->s.has_isn);
}

static bool
on_late(void *owner, int e, uint64_t off, struct slice bytes,
    const struct stamp *st)
{
	struct rig *r = owner;

	REQUIRE(e == r->env.e && bytes.n > 0 && st->packet > 0);
	REQUIRE(off + bytes.n <= r->told);
	if (!r->takes_late)
		return false;
	buf_printf(&r->late, "%" PRIu64 ":", off);
	buf_put(&r->late, bytes.p, bytes.n);
	buf_byte(&r->late, ' ');
	r->late_bytes += bytes.n;
	return true;
}

static const struct stream_ops rig_ops = {
	.late = on_late,
	.arrived = on_arrived,
	.data = on_data,
	.gap = on_gap,
	.skip = on_skip,
	.settled = on_settled,
};

struct stream_rules
rig_default_config(void)
{
	return (struct stream_rules){
		.max_bytes = UINT64_MAX,
		.max_gap = (uint64_t)1 << 20,
	};
}

void
rig_init(struct rig *r, uint32_t isn, const struct stream_rules *cfg)
{
	*r = (struct rig){
		.cfg = cfg != NULL ? *cfg : rig_default_config(),
		.isn = isn,
		.stamp = { .packet = 1, .ordinal = 1 },
	};
	r->keep = spill_new((size_t)1 << 20);
	r->env = (struct stream_env){
		.cfg = &r->cfg,
		.keep = r->keep,
		.ops = &rig_ops,
		.owner = r,
		.e = (int)(isn & 1),
		.memory = &r->memory,
	};
	stream_init(&r->s);
}

void
rig_fini(struct rig *r)
{
	stream_fini(&r->s, &r->env);
	REQUIRE(r->memory == 0);
	REQUIRE(spill_memory(r->keep) == 0 && spill_error(r->keep) == 0);
	spill_free(r->keep);
	buf_free(&r->out);
	buf_free(&r->raw);
	buf_free(&r->late);
}

/* The sequence number of an offset. */
static uint32_t
seq_of(const struct rig *r, uint64_t off)
{
	return r->isn + 1 + (uint32_t)off;
}

static void
next_packet(struct rig *r)
{
	rig_check(r);
	r->stamp.packet++;
	r->stamp.ordinal++;
}

void
rig_syn(struct rig *r)
{
	stream_syn(&r->s, &r->env, r->isn);
	next_packet(r);
}

enum push
rig_push(struct rig *r, uint64_t off, struct slice s, uint64_t len, bool weak)
{
	enum push p = stream_push(&r->s, &r->env, seq_of(r, off), s, len,
	    &r->stamp, weak);

	next_packet(r);
	return p;
}

void
rig_refuse(struct rig *r, uint64_t off, struct slice s)
{
	stream_refuse(&r->s, &r->env, seq_of(r, off), s, &r->stamp,
	    REFUSAL_PAWS);
	next_packet(r);
}

void
rig_spoke(struct rig *r)
{
	stream_peer_spoke(&r->s, r->stamp.packet);
	next_packet(r);
}

uint64_t
rig_ack(struct rig *r, uint64_t off)
{
	uint64_t pos = stream_ack(&r->s, &r->env, seq_of(r, off));

	stream_peer_spoke(&r->s, r->stamp.packet);

	next_packet(r);
	return pos;
}

void
rig_fin(struct rig *r, uint64_t off)
{
	stream_fin(&r->s, &r->env, seq_of(r, off), false);
	next_packet(r);
}

void
rig_end(struct rig *r, bool fin_likely)
{
	stream_end(&r->s, &r->env, fin_likely);
	REQUIRE(stream_held(&r->s) == 0);
	next_packet(r);
}

void
rig_held(struct rig *r, struct buf *out)
{
	struct segment_queue_place place;
	const struct queued_segment *n = r->s.rare != NULL ?
	    segment_queue_find(&r->s.rare->held, 0, &place) :
	    NULL;
	uint64_t at = r->s.settled ? r->s.base : r->s.low;

	for (; n != NULL; n = segment_queue_next(&place)) {
		put_run(out, '.', n->pos - at);
		if (n->form != QUEUED_CUT) {
			struct buf into = { 0 };
			struct slice s = segment_queue_read(r->keep, n, &into);

			REQUIRE(s.n == n->len);
			buf_put(out, s.p, s.n);
			buf_free(&into);
		} else {
			put_run(out, '%', n->len);
		}
		at = n->pos + n->len;
	}
}

static void
put_count(struct buf *out, const char *name, uint64_t n)
{
	if (n > 0)
		buf_printf(out, "%s%s %" PRIu64, out->n > 0 ? ", " : "", name,
		    n);
}

void
rig_facts(struct rig *r, struct buf *out)
{
	struct side side;
	bool cut = stream_side(&r->s, &side);

	put_count(out, "retransmitted", side.retransmitted);
	put_count(out, "out of order", side.out_of_order);
	put_count(out, "late", side.late);
	put_count(out, "refused", side_refused(&side));
	put_count(out, "conflicting", side.conflicting);
	for (size_t i = 0; i < side.n_conflicts && i < RUN_MAX; i++)
		buf_printf(out, "%s%" PRIu64 "+%" PRIu64, i == 0 ? " at " : " ",
		    side.conflicts[i].off, side.conflicts[i].len);
	put_count(out, "missing", side.missing);
	for (size_t i = 0; i < side.n_gaps && i < RUN_MAX; i++)
		buf_printf(out, "%s%" PRIu64 "+%" PRIu64, i == 0 ? " at " : " ",
		    side.gaps[i].off, side.gaps[i].len);
	put_count(out, "cut lists", cut);
	if (r->late.n > 0)
		buf_printf(out, "%sfilled %s", out->n > 0 ? ", " : "",
		    buf_cstr(&r->late));
}

static void
check_refused(const struct segment_queue *q)
{
	struct segment_queue_place place;
	uint64_t last = 0;

	for (const struct queued_segment *p = segment_queue_find(q, 0, &place);
	     p != NULL; p = segment_queue_next(&place)) {
		REQUIRE(p->len > 0 && p->pos >= last && p->form != QUEUED_CUT);
		last = p->pos + p->len;
	}
}

static void
check_held(const struct rig *r)
{
	const struct segment_queue *h = &r->s.rare->held;
	struct segment_queue_place place;
	uint64_t bytes = 0, last = r->s.settled ? r->s.next : 0;
	size_t n = 0;

	for (const struct queued_segment *p = segment_queue_find(h, 0, &place);
	     p != NULL; p = segment_queue_next(&place)) {
		REQUIRE(p->len > 0 && p->pos >= last);
		last = p->pos + p->len;
		bytes += p->len;
		n++;
	}
	REQUIRE(last <= r->s.seen_end || n == 0);
	REQUIRE(bytes == h->bytes && n == h->n);
	check_refused(&r->s.rare->refused);
}

void
rig_check(const struct rig *r)
{
	const struct stream *s = &r->s;
	const struct stream_rare *rare = s->rare;
	uint64_t cut = rare != NULL ? rare->cut : 0;
	uint64_t missing = rare != NULL ? rare->missing : 0;

	if (rare != NULL)
		check_held(r);
	REQUIRE(s->bytes == r->raw.n + r->late_bytes);
	REQUIRE(missing + r->late_bytes == r->gap_bytes);
	REQUIRE(r->told == s->bytes + missing);
	if (!s->settled) {
		REQUIRE(r->told == 0);
		return;
	}
	/* What was passed was delivered, missing, cut off or the FIN. */
	REQUIRE(s->next >= s->base);
	if (s->ended)
		cut = 0;
	REQUIRE(s->next - s->base == r->told + cut + s->phantom);
}
