/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tls_opener_record.c: a whole record: in the clear, opened, or passed over. */
#include "proto/tls_opener_parts.h"

enum opener_content {
	CONTENT_CHANGE_CIPHER_SPEC = 20,
	CONTENT_ALERT = 21,
	CONTENT_HANDSHAKE = 22,
	CONTENT_APPLICATION_DATA = 23,
};

static uint64_t
end_of(const struct opener_record *r)
{
	return r->off + TLS_HEADER + r->body.n;
}

/* ---------------------------------------------------------------- in the clear */

static bool
is_sealed(const struct tls_opener *o, const struct opener_side *s,
    const struct opener_record *r)
{
	if (opener_is_1_3(o) || r->header[0] == CONTENT_APPLICATION_DATA)
		return r->header[0] == CONTENT_APPLICATION_DATA;
	return s->cipher != NULL || s->changed;
}

/* Where a change of ciphers may have been lost, a message of the handshake is
 * either. */
static bool
may_be_sealed(const struct tls_opener *o, const struct opener_side *s,
    const struct opener_record *r)
{
	return o->m.handshake.has_server && s->hole.missing &&
	    r->header[0] != CONTENT_CHANGE_CIPHER_SPEC && !opener_is_1_3(o);
}

static void
take_clear(struct tls_opener *o, int dir, const struct opener_record *r)
{
	struct opener_side *s = &o->m.side[dir];

	if (r->header[0] == CONTENT_HANDSHAKE)
		opener_handshake(o, dir, r->body, false);
	else if (r->header[0] == CONTENT_CHANGE_CIPHER_SPEC &&
	    !opener_is_1_3(o))
		s->changed = o->m.handshake.has_server;
	if (!s->hole.any)
		s->end = end_of(r);
	else if (!may_be_sealed(o, s, r))
		s->hole.no_text += TLS_HEADER + r->body.n;
}

/* ---------------------------------------------------------------------- opened */

static void
use_keys(struct tls_opener *o, struct opener_side *s, struct tls_cipher *c)
{
	tls_cipher_free(s->cipher);
	s->cipher = c;
	s->number = 0;
	s->handshake = o->m.handshake.count;
	s->changed = false;
	s->finished = false;
}

static void
take_inner(struct tls_opener *o, int dir, const struct opener_record *r,
    uint8_t type, struct slice text)
{
	struct opener_side *s = &o->m.side[dir];

	if (type == CONTENT_APPLICATION_DATA)
		opener_tell(o, dir, text, &r->stamp);
	else if (type == CONTENT_HANDSHAKE)
		opener_handshake(o, dir, text, true);
	else if (type == CONTENT_CHANGE_CIPHER_SPEC && !opener_is_1_3(o))
		s->changed = true;
	if (s->updates)
		use_keys(o, s, tls_cipher_next(s->cipher));
	s->updates = false;
}

/* The client speaks with its next keys: what it said before them is over. */
static void
end_early(struct tls_opener *o, int dir)
{
	struct opener_side *s = &o->m.side[dir];
	struct opener_early *e = &o->m.early;

	if (!opener_is_client(o, dir) || s->epoch != EPOCH_CLEAR)
		return;
	if (e->cipher != NULL && !s->hole.any)
		opener_early_decide(o, false);
	if (e->state != TLS_EARLY_ACCEPTED)
		s->unopened = 0;
}

static void
take_opened(struct tls_opener *o, int dir, const struct opener_record *r,
    const struct opener_found *f, const uint8_t *out)
{
	struct opener_side *s = &o->m.side[dir];

	if (f->cipher != NULL)
		end_early(o, dir);
	if (!s->unknown)
		opener_tell_hole(o, dir, r, f);
	s->unknown = false;
	if (s->hole.any || f->cipher != NULL) {
		buf_free(&s->message);
		s->skip = 0;
		s->cut = f->number > 0;
	}
	if (f->cipher != NULL)
		use_keys(o, s, f->cipher);
	s->hole = (struct opener_hole){ 0 };
	s->epoch = f->epoch;
	s->number = f->number + 1;
	if (r->body.n >= 8)
		s->explicit = get_be64(r->body.p);
	s->end = end_of(r);
	s->padded |= f->text.padded;
	s->opened++;
	o->m.opened = true;
	take_inner(o, dir, r, f->text.type, (struct slice){ out, f->text.n });
}

static void
take_early(struct tls_opener *o, int dir, const struct opener_record *r,
    const struct tls_text *text, uint64_t lost, const uint8_t *out)
{
	struct opener_side *s = &o->m.side[dir];
	uint64_t w = r->off - s->end - s->hole.no_text;
	size_t over =
	    tls_suite_overhead(tls_cipher_suite(o->m.early.cipher), TLS_1_3);
	uint64_t gap = lost > 0 && w > lost * over ? w - lost * over : 0;

	if (!o->mute)
		o->told[dir].records_lost += lost;
	s->hole = (struct opener_hole){ 0 };
	s->end = end_of(r);
	s->opened++;
	o->m.opened = true;
	if (text->type == CONTENT_APPLICATION_DATA) {
		opener_early_text(o, dir, gap, (struct slice){ out, text->n },
		    &r->stamp);
	} else if (text->type == CONTENT_HANDSHAKE) {
		opener_early_text(o, dir, gap, (struct slice){ out, 0 },
		    &r->stamp);
		opener_handshake(o, dir, (struct slice){ out, text->n }, true);
		o->m.early.ended = o->m.early.state == TLS_EARLY_ACCEPTED;
	}
}

/* ----------------------------------------------------------------- passed over */

static void
pass_over(struct tls_opener *o, int dir, const struct opener_record *r)
{
	struct opener_side *s = &o->m.side[dir];
	size_t over = opener_overhead(o, s) - TLS_HEADER;

	s->hole.any = true;
	s->hole.passed++;
	s->unopened++;
	if (r->header[0] != CONTENT_APPLICATION_DATA)
		s->hole.other = true;
	else if (r->body.n > over)
		s->hole.text += r->body.n - over;
}

bool
opener_record(struct tls_opener *o, int dir, const struct opener_record *r,
    bool verified)
{
	struct opener_side *s = &o->m.side[dir];
	bool sealed = is_sealed(o, s, r);
	uint8_t out[TLS_RECORD_MAX];
	struct opener_found f;
	uint64_t lost;

	if (sealed && opener_try_early(o, dir, r, out, &f.text, &lost)) {
		take_early(o, dir, r, &f.text, lost, out);
		return true;
	}
	if ((sealed || may_be_sealed(o, s, r)) &&
	    opener_try(o, dir, r, out, &f)) {
		take_opened(o, dir, r, &f, out);
		return true;
	}
	if (verified && (sealed || s->cipher != NULL))
		return false;
	if (sealed && opener_may_hold(o, dir))
		opener_hold(o, dir, r);
	else if (sealed)
		pass_over(o, dir, r);
	else
		take_clear(o, dir, r);
	return true;
}
