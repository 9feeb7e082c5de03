/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* record.c: the model's words, written down and held against each other. */
#include "lib/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "inspect/enum_names.h"
#include "lib/require.h"

static struct rec_session *
add(struct record *r, const struct session *s)
{
	struct rec_session *rs = xcalloc(1, sizeof(*rs));

	REQUIRE(record_find(r, s->number) == NULL);
	rs->s = *s;
	rs->last_dir = -1;
	r->v = xreallocarray(r->v, r->n + 1, sizeof(struct rec_session *));
	r->v[r->n++] = rs;
	return rs;
}

static void *
on_open(void *ctx, const struct session *s)
{
	struct rec_session *rs = add(ctx, s);

	rs->opened = true;
	return rs;
}

static struct rec_session *
living(void *handle)
{
	struct rec_session *rs = handle;

	REQUIRE(rs != NULL && rs->opened && !rs->closed);
	return rs;
}

static void
on_data(void *ctx, void *handle, const struct chunk *c)
{
	struct rec_session *rs = living(handle);

	(void)ctx;
	REQUIRE(c->bytes.n > 0 && (c->dir == 0 || c->dir == 1));
	REQUIRE(c->off == rs->off[c->dir]);
	/* A stray has its ordinal when it is known whose it is: that may be
	 * more than its packet. */
	REQUIRE(c->packet > 0 && c->ordinal > 0);
	rs->off[c->dir] += c->bytes.n;
	buf_put(&rs->data[c->dir], c->bytes.p, c->bytes.n);
}

static void
on_gap(void *ctx, void *handle, int dir, const struct gap *g)
{
	struct rec_session *rs = living(handle);

	(void)ctx;
	REQUIRE(g->len > 0 && g->off == rs->off[dir]);
	rs->off[dir] += g->len;
	rs->gap_bytes[dir] += g->len;
}

static void
on_turn(void *ctx, void *handle, const struct chunk *c)
{
	struct rec_session *rs = living(handle);
	struct buf *b = &rs->turns;

	(void)ctx;
	REQUIRE(c->bytes.n > 0 && c->off == rs->turn_off[c->dir]);
	REQUIRE(c->off + c->bytes.n <= rs->off[c->dir]);
	rs->turn_off[c->dir] += c->bytes.n;
	buf_put(&rs->said[c->dir], c->bytes.p, c->bytes.n);
	if (rs->last_dir == c->dir && rs->last_concurrent == c->concurrent) {
		if (c->concurrent)
			b->n--;
	} else {
		buf_printf(b, "%s%c:", b->n > 0 ? " " : "", "cs"[c->dir]);
	}
	buf_put(b, c->bytes.p, c->bytes.n);
	if (c->concurrent)
		buf_byte(b, '*');
	rs->last_dir = c->dir;
	rs->last_concurrent = c->concurrent;
}

static void
on_turn_gap(void *ctx, void *handle, int dir, const struct gap *g)
{
	struct rec_session *rs = living(handle);

	(void)ctx;
	REQUIRE(g->len > 0 && g->off == rs->turn_off[dir]);
	REQUIRE(g->off + g->len <= rs->off[dir]);
	rs->turn_off[dir] += g->len;
	buf_printf(&rs->turns, "%s%c!%" PRIu64, rs->turns.n > 0 ? " " : "",
	    "cs"[dir], g -> len);
	rs->last_dir = -1;
}

static void
tell_packet(struct buf *b, const struct packet_event *p)
{
	static const char letters[] = "FSRP.UEC";
	static const char *const notes[] = { "again", "late", "alive", "zero",
		"dup", "hole", "bad", "wild" };
	const struct segment *seg = p->seg;

	buf_printf(b, "%s%c ", b->n > 0 ? "; " : "", "><"[p->dir]);
	for (int i = 0; i < 8; i++)
		if ((seg->flags & 1U << i) && letters[i] != '.')
			buf_byte(b, (uint8_t)letters[i]);
	if (seg->flags & (uint8_t)~TCP_ACK)
		buf_byte(b, ' ');
	buf_printf(b, "%" PRId64, p->seq);
	if (seg->payload_len > 0)
		buf_printf(b, "+%" PRIu32, seg->payload_len);
	if (seg->flags & TCP_ACK)
		buf_printf(b, " a%" PRId64, p->ack);
	if (p->window != 65535)
		buf_printf(b, " w%" PRIu64, p->window);
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		if (p->notes & 1U << i)
			buf_printf(b, " %s", notes[i]);
}

static void
on_packet(void *ctx, void *handle, const struct packet_event *p)
{
	struct rec_session *rs = living(handle);
	const struct packet *frame = p->seg->frame;
	const struct record *r = ctx;

	REQUIRE(r->events.wants_packets);
	REQUIRE(p->ordinal == ++rs->n_told);
	REQUIRE(frame != NULL && frame->number == p->seg->packet);
	REQUIRE(frame->ts_ns == p->seg->ts_ns);
	REQUIRE(frame->len >= frame->data.n);
	if (r->bare_frames)
		REQUIRE(frame->data.n == p->seg->payload.n &&
		    (frame->data.n == 0 ||
			memcmp(frame->data.p, p->seg->payload.p,
			    frame->data.n) == 0));
	tell_packet(&rs->told, p);
}

static void
on_settle(void *ctx, void *handle)
{
	(void)ctx;
	living(handle)->settled++;
}

static void *
copy_of(const void *p, size_t n, size_t size)
{
	void *q = xcalloc(n + 1, size);

	if (n > 0)
		memcpy(q, p, n * size);
	return q;
}

static void
check_close(const struct record *r, const struct rec_session *rs,
    const struct session *s)
{
	for (int d = 0; d < 2; d++) {
		const struct side *side = &s->side[d];
		uint64_t last = 0;

		REQUIRE(side->bytes == rs->data[d].n);
		REQUIRE(side->missing == rs->gap_bytes[d]);
		for (size_t i = 0; i < side->n_gaps; i++) {
			REQUIRE(side->gaps[i].off >= last);
			last = side->gaps[i].off + side->gaps[i].len;
		}
		REQUIRE(last <= rs->off[d]);
		if (!r->events.wants_turns)
			continue;
		REQUIRE(rs->turn_off[d] == rs->off[d]);
		REQUIRE(rs->said[d].n == rs->data[d].n);
		REQUIRE(rs->said[d].n == 0 ||
		    memcmp(rs->said[d].p, rs->data[d].p, rs->said[d].n) == 0);
	}
}

static void
on_close(void *ctx, void *handle, const struct session *s)
{
	struct record *r = ctx;
	struct rec_session *rs = handle != NULL ? living(handle) : add(r, s);

	REQUIRE(rs->s.number == s->number);
	REQUIRE(endpoint_equal(&rs->s.client, &s->client));
	REQUIRE(endpoint_equal(&rs->s.server, &s->server));
	/* A segment that waited may be earlier. */
	REQUIRE(rs->s.start_ns >= s->start_ns);
	REQUIRE(s->first_packet <= s->last_packet);
	if (r->events.wants_packets && !r->partly_told)
		REQUIRE(rs->n_told == s->side[0].packets + s->side[1].packets);
	check_close(r, rs, s);
	rs->closed = true;
	rs->s = *s;
	for (int d = 0; d < 2; d++) {
		struct side *side = &rs->s.side[d];

		side->gaps =
		    copy_of(side->gaps, side->n_gaps, sizeof(*side->gaps));
		side->conflicts = copy_of(side->conflicts, side->n_conflicts,
		    sizeof(*side->conflicts));
	}
	strcpy(rs->state, enum_name_conn_state(s->state));
	REQUIRE(strlen(s->history) < sizeof(rs->history));
	strcpy(rs->history, s->history);
	r->closed =
	    xreallocarray(r->closed, r->n_closed + 1, sizeof(*r->closed));
	r->closed[r->n_closed++] = s->number;
}

void
record_init(struct record *r, bool wants_turns)
{
	*r = (struct record){
		.events = {
			.ctx = r,
			.wants_turns = wants_turns,
			.open = on_open,
			.data = on_data,
			.gap = on_gap,
			.turn = on_turn,
			.turn_gap = on_turn_gap,
			.packet = on_packet,
			.settle = on_settle,
			.close = on_close,
		},
	};
}

static void
free_session(struct rec_session *rs)
{
	for (int d = 0; d < 2; d++) {
		buf_free(&rs->data[d]);
		buf_free(&rs->said[d]);
		if (!rs->closed)
			continue;
		free((void *)(uintptr_t)rs->s.side[d].gaps);
		free((void *)(uintptr_t)rs->s.side[d].conflicts);
	}
	buf_free(&rs->turns);
	buf_free(&rs->told);
	free(rs);
}

void
record_free(struct record *r)
{
	for (size_t i = 0; i < r->n; i++)
		free_session(r->v[i]);
	free(r->v);
	free(r->closed);
	*r = (struct record){ 0 };
}

struct rec_session *
record_find(const struct record *r, uint64_t number)
{
	/* Mostly the last ones are asked for. */
	for (size_t i = r->n; i-- > 0;)
		if (r->v[i]->s.number == number)
			return r->v[i];
	return NULL;
}

bool
record_is_complete(const struct record *r)
{
	return r->n == r->n_closed;
}

static void
tell_side(const struct rec_session *rs, int d, struct buf *out)
{
	static const struct {
		const char *sign;
		size_t offset;
	} counts[] = {
		{ "~", offsetof(struct side, missing) },
		{ " again ", offsetof(struct side, retransmitted) },
		{ " short ",
		    offsetof(struct side, refused[REFUSAL_SHORT_FRAME]) },
		{ " ipsum ",
		    offsetof(struct side, refused[REFUSAL_IP_CHECKSUM]) },
		{ " ipopt ",
		    offsetof(struct side, refused[REFUSAL_IP_OPTIONS]) },
		{ " noack ", offsetof(struct side, refused[REFUSAL_NO_ACK]) },
		{ " ack ", offsetof(struct side, refused[REFUSAL_ACK_RANGE]) },
		{ " paws ", offsetof(struct side, refused[REFUSAL_PAWS]) },
		{ " fin ", offsetof(struct side, refused[REFUSAL_PAST_FIN]) },
		{ " beyond ", offsetof(struct side, refused[REFUSAL_WINDOW]) },
		{ " wild ", offsetof(struct side, refused[REFUSAL_WILD]) },
		{ " late ", offsetof(struct side, late) },
		{ " differ ", offsetof(struct side, conflicting) },
	};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		uint64_t n;

		memcpy(&n, (const char *)&rs->s.side[d] + counts[i].offset,
		    sizeof(n));
		if (n > 0)
			buf_printf(out, " %c%s%" PRIu64, "cs"[d],
			    counts[i].sign, n);
	}
}

static void
tell(const struct rec_session *rs, struct buf *out)
{
	static const char *const closes[] = { "fin", "rst", "reuse", "idle",
		"evicted", "end" };
	static const char *const by[] = { "none", "client", "server", "both" };
	static const char *const roles[] = { "syn", "synack", "guess" };
	static const char *const shakes[] = { "none", "partial", "full" };
	static const char *const notes[] = { "midstream", "one_sided",
		"continued", "copy_of", "jumped", "lists_cut", "after_fin",
		"after_rst", "rst_text", "rst_odd", "urgent", "syn_data",
		"acked_unseen", "filled", "simultaneous", "split" };

	buf_printf(out, "%" PRIu64 " %s %s %s/%s %s/%s", rs->s.number,
	    rs->state, rs->history, closes[rs->s.close], by[rs->s.closed_by],
	    roles[rs->s.roles], shakes[rs->s.handshake]);
	if (rs->turns.n > 0) {
		buf_byte(out, ' ');
		buf_put(out, rs->turns.p, rs->turns.n);
	}
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		if (rs->s.notes & 1U << i)
			buf_printf(out, " +%s", notes[i]);
	for (int d = 0; d < 2; d++)
		tell_side(rs, d, out);
	buf_byte(out, '\n');
}

void
record_story(const struct record *r, struct buf *out)
{
	for (size_t i = 0; i < r->n_closed; i++)
		tell(record_find(r, r->closed[i]), out);
}
