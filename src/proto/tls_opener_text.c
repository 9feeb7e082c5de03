/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tls_opener_text.c: what the opener tells: text, and how much of it is
 * missing. */
#include <stdlib.h>

#include "base/limit.h"
#include "base/xalloc.h"
#include "proto/tls_opener_parts.h"

/* Text of a record (RFC 8446, 5.1), and what its header and the rest of it add
 * at most. */
#define TEXT_MAX ((uint64_t)1 << 14)
#define RECORD_MAX (TEXT_MAX + 2048 + TLS_HEADER)
/* A Finished of up to TLS 1.2, and a KeyUpdate, with their headers. */
#define FINISHED 16
#define KEY_UPDATE 5

void
opener_tell(struct tls_opener *o, int dir, struct slice text,
    const struct opener_stamp *stamp)
{
	struct opener_side *s = &o->m.side[dir];
	const struct chunk c = {
		.dir = dir,
		.concurrent = stamp->concurrent,
		.off = s->off,
		.bytes = text,
		.packet = stamp->packet,
		.ordinal = stamp->ordinal,
		.ts_ns = stamp->ts_ns,
	};

	if (text.n == 0)
		return;
	s->said = true;
	s->off += text.n;
	if (o->mute)
		return;
	o->told[dir].bytes += text.n;
	o->setup.events->turn(o->setup.owner, &c);
}

void
opener_tell_clear(struct tls_opener *o, const struct chunk *c)
{
	struct opener_side *s = &o->m.side[c->dir];

	s->off = c->off + c->bytes.n;
	if (o->mute)
		return;
	o->told[c->dir].bytes += c->bytes.n;
	o->setup.events->turn(o->setup.owner, c);
}

static void
note_gap(struct opener_told *s, const struct gap *g)
{
	s->missing += g->len;
	if (s->n_gaps == LIMIT_LIST) {
		s->gaps_cut = true;
		return;
	}
	/* Room for 1, 2, 4 ... */
	if ((s->n_gaps & (s->n_gaps - 1)) == 0)
		s->gaps = xreallocarray(s->gaps,
		    s->n_gaps == 0 ? 1 : 2 * s->n_gaps, sizeof *s->gaps);
	s->gaps[s->n_gaps++] = *g;
}

void
opener_tell_gap(struct tls_opener *o, int dir, uint64_t len,
    enum gap_reason reason)
{
	struct opener_side *s = &o->m.side[dir];
	const struct gap g = { .off = s->off, .len = len, .reason = reason };

	if (len == 0 || o->mute)
		return;
	s->off += len;
	note_gap(&o->told[dir], &g);
	o->setup.events->gap(o->setup.owner, dir, &g);
}

/* ----------------------------------------------------------- what was lost */

static uint64_t
less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static enum gap_reason
reason_of(const struct opener_hole *h, bool about)
{
	if (!h->missing)
		return GAP_NOT_DECRYPTED;
	return about ? GAP_ABOUT : GAP_NOT_CAPTURED;
}

/* The keys have changed since the last record: what can be said of the text
 * that w bytes of the wire held. */
static uint64_t
across_epochs(const struct tls_opener *o, const struct opener_side *s,
    const struct opener_found *f, uint64_t w)
{
	uint64_t lost = less(w, f->number * opener_overhead(o, s));

	if (f->epoch == EPOCH_HANDSHAKE) {
		if (o->m.early.state != TLS_EARLY_ACCEPTED ||
		    s != &o->m.side[o->m.handshake.client])
			return 0;
		return s->hole.missing ? lost : s->hole.text;
	}
	if (s->epoch == EPOCH_APPLICATION)
		return less(lost,
		    opener_overhead(o, s) +
			(f->updated ? KEY_UPDATE : FINISHED));
	/* Nothing but the handshake came before number 0, and up to 1.2 the
	 * Finished has it. */
	if (f->number == 0 || (!opener_is_1_3(o) && f->number == 1))
		return 0;
	return opener_is_1_3(o) ? lost : less(lost, FINISHED);
}

/* A server's first records may be tickets, which are no text (RFC 8446, 4.6.1). */
static bool
may_be_tickets(const struct tls_opener *o, int dir)
{
	return opener_is_1_3(o) && !opener_is_client(o, dir) &&
	    !o->m.side[dir].said;
}

void
opener_tell_hole(struct tls_opener *o, int dir, const struct opener_record *r,
    const struct opener_found *f)
{
	struct opener_side *s = &o->m.side[dir];
	const struct opener_hole *h = &s->hole;
	uint64_t w = less(r->off - s->end, h->no_text), n;
	bool about;

	if (!h->any)
		return;
	if (f->cipher != NULL) {
		o->told[dir].records_lost += f->number;
		/* Behind the Finished that was seen all are of these keys. */
		about = s->padded || !s->finished || may_be_tickets(o, dir);
		opener_tell_gap(o, dir, across_epochs(o, s, f, w),
		    reason_of(h, about));
		return;
	}
	n = f->number - s->number;
	o->told[dir].records_lost += n;
	if (n == 0 || s->epoch == EPOCH_HANDSHAKE)
		return;
	about = s->padded || h->other || may_be_tickets(o, dir) ||
	    tls_cipher_suite(s->cipher)->mode == TLS_CBC;
	opener_tell_gap(o, dir, less(w, n * opener_overhead(o, s)),
	    reason_of(h, about));
}

void
opener_tell_rest(struct tls_opener *o, int dir)
{
	struct opener_side *s = &o->m.side[dir];
	const struct opener_hole *h = &s->hole;
	uint64_t w = less(s->wire_end - s->end, h->no_text);
	uint64_t least = (w + RECORD_MAX - 1) / RECORD_MAX;

	if (!h->any)
		return;
	if (h->missing)
		opener_tell_gap(o, dir, less(w, least * opener_overhead(o, s)),
		    o->m.limit ? GAP_NOT_DECRYPTED : GAP_ABOUT);
	else
		opener_tell_gap(o, dir, h->text, GAP_NOT_DECRYPTED);
}

/* --------------------------------------------------------------- early data */

void
opener_early_text(struct tls_opener *o, int dir, uint64_t gap,
    struct slice text, const struct opener_stamp *stamp)
{
	struct opener_early *e = &o->m.early;
	const struct opener_early_record record = { text.n, gap, *stamp };

	e->bytes += text.n;
	if (e->state == TLS_EARLY_ACCEPTED) {
		opener_tell_gap(o, dir, gap, GAP_ABOUT);
		opener_tell(o, dir, text, stamp);
	} else if (e->state == TLS_EARLY_OFFERED && gap + text.n > 0) {
		if (e->dropped > 0 || e->text.n + text.n > LIMIT_TLS_WAIT) {
			e->dropped += gap + text.n;
			return;
		}
		buf_put(&e->text, text.p, text.n);
		buf_put(&e->records, &record, sizeof record);
	}
}

void
opener_early_decide(struct tls_opener *o, bool accepted)
{
	struct opener_early *e = &o->m.early;
	int dir = o->m.handshake.client;
	size_t at = 0;

	if (e->state != TLS_EARLY_OFFERED)
		return;
	e->state = accepted ? TLS_EARLY_ACCEPTED : TLS_EARLY_REFUSED;
	for (size_t i = 0; accepted && i < e->records.n;
	     i += sizeof(struct opener_early_record)) {
		struct opener_early_record r;

		memcpy(&r, e->records.p + i, sizeof r);
		opener_tell_gap(o, dir, r.gap, GAP_ABOUT);
		if (r.n > 0)
			opener_tell(o, dir,
			    (struct slice){ e->text.p + at, r.n }, &r.stamp);
		at += r.n;
	}
	if (accepted)
		opener_tell_gap(o, dir, e->dropped, GAP_NOT_DECRYPTED);
	buf_free(&e->text);
	buf_free(&e->records);
}
