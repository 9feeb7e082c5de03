/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tls_opener.c: a session's turns with TLS opened; what waits until it is known
 * whether anything can be. */
#include "proto/tls_opener.h"

#include <stdlib.h>

#include "base/limit.h"
#include "base/xalloc.h"
#include "proto/tls_opener_parts.h"

/* In the clear, a hello may stand behind a line of a proxy in so many bytes. */
#define FRONT_MAX 2048

/* ---------------------------------------------------------------- begin and end */

static void
free_side(struct opener_side *s)
{
	tls_cipher_free(s->cipher);
	buf_free(&s->held);
	buf_free(&s->message);
}

static void
reset_machine(struct tls_opener *o)
{
	struct opener_machine *m = &o->m;

	free_side(&m->side[0]);
	free_side(&m->side[1]);
	tls_cipher_free(m->early.cipher);
	buf_free(&m->early.text);
	buf_free(&m->early.records);
	*m = (struct opener_machine){ .handshake.client = -1 };
}

struct tls_opener *
tls_opener_new(const struct tls_opener_setup *setup)
{
	struct tls_opener *o = xcalloc(1, sizeof *o);

	o->setup = *setup;
	if (setup->vain == NULL)
		o->setup.vain = &o->vain;
	o->m.handshake.client = -1;
	o->generation = tls_secrets_generation(setup->secrets);
	o->wire_reason = TLS_NO_KEYS;
	if (tls_secrets_count(setup->secrets) == 0 && !setup->grows)
		o->state = OPENER_WIRE;
	return o;
}

void
tls_opener_free(struct tls_opener *o)
{
	if (o == NULL)
		return;
	reset_machine(o);
	buf_free(&o->log);
	free(o->told[0].gaps);
	free(o->told[1].gaps);
	free(o);
}

static size_t
side_memory(const struct opener_side *s)
{
	return s->held.cap + s->message.cap +
	    (s->cipher != NULL ? tls_cipher_memory(s->cipher) : 0);
}

size_t
tls_opener_memory(const struct tls_opener *o)
{
	const struct opener_early *e = &o->m.early;

	return sizeof *o + o->log.cap +
	    (o->told[0].n_gaps + o->told[1].n_gaps) * sizeof(struct gap) +
	    side_memory(&o->m.side[0]) + side_memory(&o->m.side[1]) +
	    e->text.cap + e->records.cap +
	    (e->cipher != NULL ? tls_cipher_memory(e->cipher) : 0);
}

/* ------------------------------------------------- when keys lack for the rest */

static void
go_on_turn(struct tls_opener *o, const struct chunk *c)
{
	if (o->holds)
		opener_log_turn(o, c);
	else
		opener_bytes(o, c);
}

static void
go_on_gap(struct tls_opener *o, int dir, const struct gap *g)
{
	if (o->holds)
		opener_log_gap(o, dir, g);
	else
		opener_missing(o, dir, g);
}

/* What is held goes on when the secret has come, or may wait no longer. */
static void
go_on(struct tls_opener *o, bool last)
{
	static const struct opener_replay again = { go_on_turn, go_on_gap };
	bool over = last || o->logged[0] > LIMIT_TLS_WAIT ||
	    o->logged[1] > LIMIT_TLS_WAIT;
	struct buf log;

	if (!o->holds || (!over && opener_lacks_secret(o, o->held_dir)))
		return;
	o->holds_no_more |= over;
	o->holds = false;
	log = opener_take_log(o);
	opener_replay(o, &log, &again);
	buf_free(&log);
}

static void
opened_turn(struct tls_opener *o, const struct chunk *c)
{
	go_on_turn(o, c);
	go_on(o, false);
}

static void
opened_gap(struct tls_opener *o, int dir, const struct gap *g)
{
	go_on_gap(o, dir, g);
	go_on(o, false);
}

/* ---------------------------------------------------------------- what it was */

static void
pass_turn(struct tls_opener *o, const struct chunk *c)
{
	o->setup.events->turn(o->setup.owner, c);
}

static void
pass_gap(struct tls_opener *o, int dir, const struct gap *g)
{
	o->setup.events->gap(o->setup.owner, dir, g);
}

/* What waits passes as it is. */
static void
pass_log(struct tls_opener *o, enum opener_state then)
{
	static const struct opener_replay as_it_is = { pass_turn, pass_gap };
	static const struct opener_replay clear = { opener_tell_clear,
		opener_missing };
	struct buf log = opener_take_log(o);

	o->state = then;
	o->mute = false;
	reset_machine(o);
	opener_replay(o, &log, then == OPENER_CLEAR ? &clear : &as_it_is);
	buf_free(&log);
}

/* Something can be opened: what waits is told as what it says. */
static void
open_log(struct tls_opener *o)
{
	static const struct opener_replay opened = { opened_turn, opened_gap };
	struct buf log = opener_take_log(o);

	o->state = OPENER_OPENED;
	o->mute = false;
	reset_machine(o);
	opener_replay(o, &log, &opened);
	buf_free(&log);
}

/* Looks for what opens a session that has no hello. */
static bool
search_log(struct tls_opener *o)
{
	struct opener_front front[2] = { 0 };
	bool found;

	opener_log_front(o, front);
	reset_machine(o);
	found = opener_search(o, front, &o->seen);
	buf_free(&front[0].bytes);
	buf_free(&front[1].bytes);
	return found;
}

/* All that may wait has come: it is opened, or passes. */
static void
end_search(struct tls_opener *o)
{
	static const struct opener_replay opened = { opened_turn, opened_gap };
	struct buf log;

	if (!search_log(o)) {
		o->wire_reason = o->seen ? TLS_NO_HANDSHAKE : TLS_NO_KEYS;
		pass_log(o, OPENER_WIRE);
		return;
	}
	log = opener_take_log(o);
	o->state = OPENER_OPENED;
	o->mute = false;
	opener_replay(o, &log, &opened);
	buf_free(&log);
}

/* Why nothing can be opened, as far as that is known now. */
static enum tls_reason
hopeless(const struct tls_opener *o)
{
	const struct opener_handshake *h = &o->m.handshake;

	if (h->has_client && !opener_has_secrets(o))
		return TLS_NO_KEYS;
	if (h->has_server && !h->has_client)
		return TLS_NO_HANDSHAKE;
	if (h->has_server && !h->known)
		return TLS_UNKNOWN_SUITE;
	if (o->m.limit)
		return TLS_WRONG_KEYS;
	return TLS_REASON_NONE;
}

/* All that waits was of no use. */
static enum tls_reason
reason_at_last(const struct tls_opener *o)
{
	const struct opener_handshake *h = &o->m.handshake;
	enum tls_reason reason = hopeless(o);

	if (reason != TLS_REASON_NONE)
		return reason;
	if (o->m.side[0].framing == FRAMING_BROKEN ||
	    o->m.side[1].framing == FRAMING_BROKEN)
		return TLS_BROKEN;
	/* What it ended before could not be opened. */
	return h->has_client && h->has_server &&
		o->m.side[0].unopened + o->m.side[1].unopened > 0 ?
	    TLS_WRONG_KEYS :
	    TLS_NO_HANDSHAKE;
}

/* The secrets have grown, and some are of this session: looks at all again. */
static void
look_again(struct tls_opener *o)
{
	static const struct opener_replay mute = { opener_bytes,
		opener_missing };
	uint64_t now = tls_secrets_generation(o->setup.secrets);

	if (now == o->generation)
		return;
	o->generation = now;
	if (o->m.handshake.has_client && !opener_has_secrets(o))
		return;
	reset_machine(o);
	opener_replay(o, &o->log, &mute);
}

/* Something was added to what waits; last: nothing more comes. */
static void
judge_log(struct tls_opener *o, bool last)
{
	enum tls_reason reason;

	if (o->searches) {
		if (last || o->logged[0] > LIMIT_TLS_WAIT ||
		    o->logged[1] > LIMIT_TLS_WAIT)
			end_search(o);
		return;
	}
	look_again(o);
	o->seen |= o->m.handshake.has_client || o->m.handshake.has_server;
	if (o->m.opened) {
		open_log(o);
		return;
	}
	if (o->m.no_tls) {
		pass_log(o, OPENER_CLEAR);
		return;
	}
	reason = hopeless(o);
	if (!last &&
	    (reason == TLS_REASON_NONE ||
		(reason == TLS_NO_KEYS && o->setup.grows)) &&
	    o->logged[0] <= LIMIT_TLS_WAIT && o->logged[1] <= LIMIT_TLS_WAIT)
		return;
	o->wire_reason = reason_at_last(o);
	o->facts.version = o->m.version;
	o->facts.suite = o->m.suite;
	pass_log(o, OPENER_WIRE);
}

/* ----------------------------------------------------------------- in the clear */

/* Whether a hello with a random that is in the table begins at p. */
static bool
is_our_hello(const struct tls_opener *o, struct slice s)
{
	struct slice secret;
	size_t at = 0;

	if (s.n < TLS_HEADER + 4 + 2 + TLS_RANDOM ||
	    tls_begins(s, false) != TLS_BEGINS)
		return false;
	for (int i = TLS_LABEL_MASTER; i <= TLS_LABEL_SERVER_TRAFFIC; i++) {
		at = 0;
		if (tls_secrets_find(o->setup.secrets, (enum tls_label)i,
			s.p + TLS_HEADER + 4 + 2, &at, &secret))
			return true;
	}
	return false;
}

/* So many bytes of the turn are in the clear. */
static size_t
clear_bytes(const struct tls_opener *o, const struct chunk *c)
{
	const struct slice in = c->bytes;

	if (tls_begins(in, false) != TLS_NONE || opener_is_change(in))
		return 0;
	for (size_t n = 1; n < in.n && c->off + n < FRONT_MAX; n++)
		if (in.p[n] == 22 &&
		    is_our_hello(o, (struct slice){ in.p + n, in.n - n }))
			return n;
	return in.n;
}

static void
wait_with(struct tls_opener *o, const struct chunk *c)
{
	opener_log_turn(o, c);
	if (!o->searches)
		opener_bytes(o, c);
	judge_log(o, false);
}

static void
clear_turn(struct tls_opener *o, const struct chunk *turn)
{
	struct chunk c = *turn;
	size_t n = clear_bytes(o, turn);

	o->searches = o->told[0].bytes + o->told[1].bytes == 0 &&
	    n == c.bytes.n && opener_may_be_midstream(o, c.bytes);
	if (o->searches)
		n = 0;
	if (n > 0) {
		c.bytes.n = n;
		opener_tell_clear(o, &c);
	}
	if (n == turn->bytes.n)
		return;
	c.off += n;
	c.bytes = (struct slice){ turn->bytes.p + n, turn->bytes.n - n };
	o->state = OPENER_WAITING;
	o->mute = true;
	wait_with(o, &c);
}

/* -------------------------------------------------------------- what is called */

void
tls_opener_turn(struct tls_opener *o, const struct chunk *turn)
{
	switch (o->state) {
	case OPENER_CLEAR:
		clear_turn(o, turn);
		break;
	case OPENER_WAITING:
		wait_with(o, turn);
		break;
	case OPENER_OPENED:
		opened_turn(o, turn);
		break;
	case OPENER_WIRE:
		pass_turn(o, turn);
		break;
	}
}

void
tls_opener_gap(struct tls_opener *o, int dir, const struct gap *g)
{
	switch (o->state) {
	case OPENER_WAITING:
		opener_log_gap(o, dir, g);
		if (!o->searches)
			opener_missing(o, dir, g);
		judge_log(o, false);
		break;
	case OPENER_OPENED:
		opened_gap(o, dir, g);
		break;
	case OPENER_CLEAR:
		opener_missing(o, dir, g);
		break;
	case OPENER_WIRE:
		pass_gap(o, dir, g);
		break;
	}
}

void
tls_opener_finish(struct tls_opener *o)
{
	if (o->state == OPENER_WAITING) {
		if (!o->searches) {
			opener_seek_end(o, 0);
			opener_seek_end(o, 1);
		}
		judge_log(o, true);
	}
	if (o->state != OPENER_OPENED)
		return;
	go_on(o, true);
	for (int dir = 0; dir < 2; dir++) {
		opener_seek_end(o, dir);
		opener_tell_rest(o, dir);
	}
}

/* ------------------------------------------------------------------- the facts */

const char *
tls_reason_name(enum tls_reason reason)
{
	static const char *const names[] = {
		[TLS_NO_KEYS] = "no keys",
		[TLS_WRONG_KEYS] = "wrong keys",
		[TLS_NO_HANDSHAKE] = "no handshake",
		[TLS_UNKNOWN_SUITE] = "unknown suite",
		[TLS_BROKEN] = "broken",
		[TLS_LIMIT] = "limit",
	};

	return names[reason];
}

static enum tls_reason
side_reason(const struct tls_opener *o, int dir)
{
	const struct opener_side *s = &o->m.side[dir];

	if (s->unopened == 0 && s->framing != FRAMING_BROKEN &&
	    !(o->m.limit && s->hole.any))
		return TLS_REASON_NONE;
	if (s->opened == 0)
		return opener_has_secrets_of(o, dir) ? TLS_WRONG_KEYS :
						       TLS_NO_KEYS;
	return o->m.limit ? TLS_LIMIT : TLS_BROKEN;
}

static void
side_facts(const struct opener_told *s, struct tls_opened_side *f)
{
	f->bytes = s->bytes;
	f->missing = s->missing;
	f->gaps = s->gaps;
	f->n_gaps = s->n_gaps;
	f->gaps_cut = s->gaps_cut;
	f->records_lost = s->records_lost;
}

const struct tls_opened *
tls_opener_facts(struct tls_opener *o)
{
	struct tls_opened *f = &o->facts;
	enum tls_reason a, b;

	f->seen = o->seen;
	f->client = -1;
	f->reason = o->wire_reason;
	if (o->state != OPENER_OPENED)
		return f;
	a = side_reason(o, 0);
	b = side_reason(o, 1);
	f->reason =
	    a == TLS_REASON_NONE || (b != TLS_REASON_NONE && b < a) ? b : a;
	f->decrypted = f->reason == TLS_REASON_NONE ? TLS_DECRYPTED_YES :
						      TLS_DECRYPTED_PARTLY;
	f->early = o->m.early.state;
	f->early_bytes = o->m.early.bytes;
	f->client = o->m.handshake.client;
	f->version = o->m.version;
	f->suite = o->m.suite;
	side_facts(&o->told[0], &f->side[0]);
	side_facts(&o->told[1], &f->side[1]);
	return f;
}
