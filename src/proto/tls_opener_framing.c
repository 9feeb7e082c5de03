/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tls_opener_framing.c: records, cut by their lengths; behind a hole they are
 * sought.
 */
#include "proto/tls_opener_parts.h"

/* Without keys a record that was found by its header was none so many times. */
#define DOUBTS_MAX 64

bool
opener_may_be_header(const uint8_t *p, size_t n)
{
	return (n < 1 || (p[0] >= 20 && p[0] <= 23)) && (n < 2 || p[1] == 3) &&
	    (n < 3 || p[2] <= 4) && (n < 4 || p[3] <= TLS_RECORD_MAX >> 8) &&
	    (n < TLS_HEADER || get_be16(p + 3) <= TLS_RECORD_MAX);
}

static size_t
at_most(size_t n, size_t most)
{
	return n < most ? n : most;
}

/* ------------------------------------------------------------- in their order */

static void
keep_before(struct opener_side *s, const uint8_t *end, size_t n)
{
	s->n_before = (uint8_t)at_most(n, TLS_BEFORE);
	memcpy(s->before, end - s->n_before, s->n_before);
}

/* The whole record at p, which begins at off on the wire. */
static void
take_record(struct tls_opener *o, const struct chunk *c, const uint8_t *p,
    uint64_t off, bool concurrent)
{
	struct opener_side *s = &o->m.side[c->dir];
	const struct opener_record r = {
		.header = p,
		.body = { p + TLS_HEADER, get_be16(p + 3) },
		.before = { s->before, s->n_before },
		.off = off,
		.stamp = { c->packet, c->ordinal, c->ts_ns, concurrent },
	};

	opener_record(o, c->dir, &r, false);
	keep_before(s, r.body.p + r.body.n, r.body.n);
}

/* What follows is no record. */
static void
lose_framing(struct opener_side *s)
{
	s->framing = FRAMING_BROKEN;
	if (s->hole.missing && s->n_doubts < DOUBTS_MAX) {
		s->framing = FRAMING_LOST;
		s->n_doubts++;
	}
	s->hole.any = true;
}

/* Adds to held what of in belongs to its record; returns how much. */
static size_t
gather(struct opener_side *s, struct slice in)
{
	size_t n, want = TLS_HEADER;

	if (s->held.n >= TLS_HEADER)
		want += get_be16(s->held.p + 3);
	n = at_most(in.n, want - s->held.n);
	/* All of the record at once. */
	(void)buf_room(&s->held, want - s->held.n);
	buf_put(&s->held, in.p, n);
	return n;
}

static bool
is_whole(const struct buf *held)
{
	return held->n >= TLS_HEADER &&
	    held->n == TLS_HEADER + (size_t)get_be16(held->p + 3);
}

/* Takes bytes of a record that has begun, or begins and is cut. */
static size_t
take_part(struct tls_opener *o, const struct chunk *c, struct slice in,
    uint64_t off)
{
	struct opener_side *s = &o->m.side[c->dir];
	struct buf whole;
	size_t n;

	if (s->held.n == 0) {
		s->held_off = off;
		s->held_concurrent = false;
	}
	n = gather(s, in);
	s->held_concurrent |= c->concurrent;
	if (!opener_may_be_header(s->held.p, at_most(s->held.n, TLS_HEADER))) {
		lose_framing(s);
	} else if (is_whole(&s->held)) {
		whole = s->held;
		s->held = (struct buf){ 0 };
		take_record(o, c, whole.p, s->held_off, s->held_concurrent);
		buf_free(&whole);
	}
	return n;
}

/* Takes one record of in, or all of in; returns how many bytes that is. */
static size_t
take_front(struct tls_opener *o, const struct chunk *c, struct slice in,
    uint64_t off)
{
	struct opener_side *s = &o->m.side[c->dir];
	size_t n;

	if (s->held.n > 0 || in.n < TLS_HEADER)
		return take_part(o, c, in, off);
	if (!opener_may_be_header(in.p, TLS_HEADER)) {
		s->held_off = off;
		lose_framing(s);
		return 0;
	}
	n = TLS_HEADER + (size_t)get_be16(in.p + 3);
	if (n > in.n)
		return take_part(o, c, in, off);
	take_record(o, c, in.p, off, c->concurrent);
	return n;
}

/* -------------------------------------------------------------- behind a hole */

/* Nothing opens what this side says, so that headers alone must do. */
static bool
is_without_keys(const struct tls_opener *o, int dir)
{
	return o->m.side[dir].cipher == NULL && !opener_has_secrets_of(o, dir);
}

enum candidate { CANDIDATE_NO, CANDIDATE_WAITS, CANDIDATE_TAKEN };

/* Whether a record begins at p of what is held. */
static enum candidate
try_candidate(struct tls_opener *o, const struct chunk *c, size_t p, bool end)
{
	struct opener_side *s = &o->m.side[c->dir];
	const uint8_t *at = s->held.p + p;
	size_t left = s->held.n - p, n, behind;
	struct opener_record r = {
		.header = at,
		.before = { s->before, s->n_before },
		.off = s->held_off + p,
		.stamp = { c->packet, c->ordinal, c->ts_ns, c->concurrent },
	};

	if (!opener_may_be_header(at, at_most(left, TLS_HEADER)))
		return CANDIDATE_NO;
	n = left < TLS_HEADER ? TLS_HEADER :
				TLS_HEADER + (size_t)get_be16(at + 3);
	if (left < n)
		return end ? CANDIDATE_NO : CANDIDATE_WAITS;
	behind = at_most(left - n, TLS_HEADER);
	if (n == TLS_HEADER || !opener_may_be_header(at + n, behind))
		return CANDIDATE_NO;
	if (behind > 0 && behind < TLS_HEADER && is_without_keys(o, c->dir) &&
	    !end)
		return CANDIDATE_WAITS;
	if (p > 0)
		r.before = (struct slice){ s->held.p, p };
	r.body = (struct slice){ at + TLS_HEADER, n - TLS_HEADER };
	return opener_record(o, c->dir, &r, !is_without_keys(o, c->dir)) ?
	    CANDIDATE_TAKEN :
	    CANDIDATE_NO;
}

/* Forgets n bytes of what is held. */
static void
drop_held(struct opener_side *s, size_t n)
{
	if (n == 0)
		return;
	keep_before(s, s->held.p + n, n);
	buf_drop(&s->held, n);
	s->held_off += n;
}

/* Seeks a record in what is held, and takes it; end: no more of it comes.  What
 * is held then is what stands behind the record. */
static bool
seek(struct tls_opener *o, const struct chunk *c, bool end)
{
	struct opener_side *s = &o->m.side[c->dir];
	enum candidate what = CANDIDATE_NO;
	size_t p = 0;

	for (; p < s->held.n && !o->m.limit; p++) {
		what = try_candidate(o, c, p, end);
		if (what != CANDIDATE_NO)
			break;
	}
	if (what == CANDIDATE_TAKEN) {
		s->framing = FRAMING_RECORDS;
		drop_held(s, p + TLS_HEADER + get_be16(s->held.p + p + 3));
		return true;
	}
	drop_held(s, o->m.limit ? s->held.n : p);
	return false;
}

/* ------------------------------------------------------------------- all of it */

/* Bytes of *c from `done` on wait. */
static void
hold_rest(struct tls_opener *o, const struct chunk *c, size_t done)
{
	struct chunk rest = *c;

	rest.off += done;
	rest.bytes = (struct slice){ c->bytes.p + done, c->bytes.n - done };
	if (rest.bytes.n > 0)
		opener_log_turn(o, &rest);
}

/* Takes records of *c until there are none; what is left of it is held, if
 * records are to be sought there. */
static void
take_records(struct tls_opener *o, const struct chunk *c)
{
	struct opener_side *s = &o->m.side[c->dir];
	size_t done = 0;

	while (done < c->bytes.n && s->framing == FRAMING_RECORDS && !o->holds)
		done += take_front(o, c,
		    (struct slice){ c->bytes.p + done, c->bytes.n - done },
		    c->off + done);
	if (o->holds) {
		hold_rest(o, c, done);
	} else if (s->framing == FRAMING_LOST && done < c->bytes.n) {
		if (s->held.n == 0)
			s->held_off = c->off + done;
		buf_put(&s->held, c->bytes.p + done, c->bytes.n - done);
	} else if (s->framing == FRAMING_BROKEN) {
		s->hole.text += c->bytes.n - done + s->held.n;
		buf_free(&s->held);
	}
}

/* Seeks as long as something is found. */
static void
seek_on(struct tls_opener *o, const struct chunk *c, bool end)
{
	struct opener_side *s = &o->m.side[c->dir];

	while (s->framing == FRAMING_LOST && s->held.n > 0 && seek(o, c, end)) {
		struct buf held = s->held;
		struct chunk rest = *c;

		rest.off = s->held_off;
		rest.bytes = (struct slice){ held.p, held.n };
		s->held = (struct buf){ 0 };
		take_records(o, &rest);
		buf_free(&held);
	}
}

static void
take_bytes(struct tls_opener *o, const struct chunk *c)
{
	take_records(o, c);
	seek_on(o, c, false);
}

bool
opener_is_change(struct slice s)
{
	static const uint8_t body[] = { 0, 1, 1 };

	return s.n >= TLS_HEADER + 1 && s.p[0] == 20 &&
	    opener_may_be_header(s.p, TLS_HEADER) &&
	    memcmp(s.p + 3, body, sizeof body) == 0;
}

/* What this side says begins to be TLS, or does not. */
static void
look_at(struct tls_opener *o, const struct chunk *c)
{
	struct opener_side *s = &o->m.side[c->dir];
	bool peer = o->m.side[!c->dir].framing != FRAMING_CLEAR;
	struct chunk all = *c;
	struct buf held = s->held;

	if (held.n > 0) {
		buf_put(&held, c->bytes.p, c->bytes.n);
		all.off = s->held_off;
		all.bytes = (struct slice){ held.p, held.n };
	}
	s->held = (struct buf){ 0 };
	switch (tls_begins(all.bytes, peer || opener_is_change(all.bytes))) {
	case TLS_NONE:
		if (o->state != OPENER_OPENED && !peer) {
			o->m.no_tls = true;
			break;
		}
		s->framing = FRAMING_CLEAR;
		opener_tell_clear(o, &all);
		break;
	case TLS_PERHAPS:
		s->framing = FRAMING_LOOK;
		s->held_off = all.off;
		buf_put(&s->held, all.bytes.p, all.bytes.n);
		break;
	case TLS_BEGINS:
		s->framing = FRAMING_RECORDS;
		s->off = s->end = all.off;
		take_bytes(o, &all);
		break;
	}
	buf_free(&held);
}

void
opener_bytes(struct tls_opener *o, const struct chunk *turn)
{
	struct opener_side *s = &o->m.side[turn->dir];
	struct chunk behind = *turn, *c = &behind;

	if (turn->off < s->start) {
		if (turn->bytes.n <= s->start - turn->off)
			return;
		behind.bytes.n -= s->start - turn->off;
		behind.bytes.p += s->start - turn->off;
		behind.off = s->start;
	}
	s->wire_end = c->off + c->bytes.n;
	s->last = (struct opener_stamp){ c->packet, c->ordinal, c->ts_ns,
		c->concurrent };
	if (s->framing == FRAMING_CLEAR || s->framing == FRAMING_LOOK)
		look_at(o, c);
	else
		take_bytes(o, c);
}

void
opener_seek_end(struct tls_opener *o, int dir)
{
	struct opener_side *s = &o->m.side[dir];
	const struct chunk last = {
		.dir = dir,
		.packet = s->last.packet,
		.ordinal = s->last.ordinal,
		.ts_ns = s->last.ts_ns,
		.concurrent = s->last.concurrent,
	};

	seek_on(o, &last, true);
}

void
opener_missing(struct tls_opener *o, int dir, const struct gap *g)
{
	struct opener_side *s = &o->m.side[dir];
	enum opener_framing peer = o->m.side[!dir].framing;

	opener_seek_end(o, dir);
	s->wire_end = g->off + g->len;
	if (s->framing == FRAMING_CLEAR || s->framing == FRAMING_LOOK) {
		s->off = s->end =
		    s->framing == FRAMING_LOOK ? s->held_off : g->off;
		if (peer == FRAMING_CLEAR && s->framing == FRAMING_CLEAR) {
			opener_tell_gap(o, dir, g->len, g->reason);
			return;
		}
		/* It may have begun in there: what follows is no text until it
		 * is known to be. */
		s->framing = FRAMING_RECORDS;
	}
	if (s->framing == FRAMING_BROKEN) {
		s->hole.text += g->len;
		return;
	}
	if (s->framing == FRAMING_RECORDS && s->held.n > 0)
		s->hole.other |= s->held.p[0] != 23;
	s->hole.any = s->hole.missing = true;
	s->framing = FRAMING_LOST;
	s->n_before = 0;
	buf_reset(&s->held);
	buf_free(&s->message);
	s->skip = 0;
	s->cut = true;
}
