/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_tls_opener.c: two sides that say records of any kind, sealed or not, with
 * secrets known, and bytes of them lost.
 *
 * The first byte chooses the suite and what is known; then come parts of an
 * operation and a length.  Whatever is told of an opened session was sealed as
 * text; memory is bounded; and where nothing is lost and all of it are records,
 * nothing depends on how they are cut.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "lib/require.h"
#include "lib/tls_seal.h"
#include "proto/tls_opener.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEMORY_MAX 600000
#define DATA 23

enum operation {
	SAY_RAW,
	SAY_DATA,
	SAY_HANDSHAKE,
	SAY_LOSE,
	SAY_BEGIN,
	SAY_UPDATE,
	SAY_PLAIN,
	SAY_HELLO,
};

/* A piece of what one side says, or of what is lost of it. */
struct part {
	int dir;
	bool lost;
	size_t off;
	size_t n;
};

struct talk {
	struct seal seal;
	struct tls_secrets *secrets;
	bool grows;
	bool midstream;
	struct buf wire[2];
	struct buf truth[2]; /* what may be told */
	bool begun[2];	     /* what follows in the clear is none of that */
	struct buf parts;
	bool cut_matters;
};

/* What was told. */
struct told {
	const struct talk *talk;
	struct tls_opener *opener;
	struct buf out[2];
	bool opened; /* so that it must be true */
};

static void
on_turn(void *owner, const struct chunk *c)
{
	struct told *t = owner;
	const struct buf *truth = &t->talk->truth[c->dir];

	REQUIRE(c->bytes.n > 0 && c->off == t->out[c->dir].n);
	if (t->opened)
		REQUIRE(truth->n >= c->bytes.n &&
		    memmem(truth->p, truth->n, c->bytes.p, c->bytes.n) != NULL);
	buf_put(&t->out[c->dir], c->bytes.p, c->bytes.n);
}

static void
on_gap(void *owner, int dir, const struct gap *g)
{
	struct told *t = owner;

	REQUIRE(g->len > 0 && g->off == t->out[dir].n);
	REQUIRE(g->len < 1 << 24);
	memset(buf_room(&t->out[dir], (size_t)g->len), 0, (size_t)g->len);
	t->out[dir].n += (size_t)g->len;
}

/* --------------------------------------------------------------- what is said */

static void
say(struct talk *t, int dir, size_t before, bool lost)
{
	const struct part p = { dir, lost, before, t->wire[dir].n - before };

	if (p.n > 0)
		buf_put(&t->parts, &p, sizeof p);
	t->cut_matters |= lost;
}

static void
say_sealed(struct talk *t, int dir, uint8_t type, struct slice s, bool lost)
{
	size_t before = t->wire[dir].n;

	seal_record(&t->seal, &t->wire[dir], dir, type, s, s.n % 3);
	if (type == DATA)
		buf_put(&t->truth[dir], s.p, s.n);
	t->begun[dir] = true;
	say(t, dir, before, lost);
}

static void
say_raw(struct talk *t, int dir, struct slice s)
{
	size_t before = t->wire[dir].n;

	buf_put(&t->wire[dir], s.p, s.n);
	if (!t->begun[dir])
		buf_put(&t->truth[dir], s.p, s.n);
	t->cut_matters = true;
	say(t, dir, before, false);
}

static void
say_in_clear(struct talk *t, int dir, enum operation what, uint8_t type,
    struct slice s)
{
	size_t before = t->wire[dir].n;

	if (what == SAY_PLAIN)
		seal_plain(&t->wire[dir], (uint8_t)(20 + type % 4), s.p, s.n);
	else if (dir == 0)
		seal_client_hello(&t->seal, &t->wire[0], s.n % 2 == 1);
	else
		seal_server_hello(&t->seal, &t->wire[1], s.n % 2 == 1);
	/* With an empty record TLS does not begin: it is in the clear. */
	if (what == SAY_PLAIN && s.n == 0 && !t->begun[dir])
		buf_put(&t->truth[dir], t->wire[dir].p + before,
		    t->wire[dir].n - before);
	else
		t->begun[dir] = true;
	say(t, dir, before, false);
}

static void
say_part(struct talk *t, uint8_t op, struct slice s)
{
	int dir = op >> 7;
	enum operation what = (enum operation)(op & 7);
	uint8_t more = op >> 3 & 15;

	switch (what) {
	case SAY_RAW:
		say_raw(t, dir, s);
		break;
	case SAY_DATA:
	case SAY_LOSE:
		say_sealed(t, dir, DATA, s, what == SAY_LOSE);
		break;
	case SAY_HANDSHAKE:
		say_sealed(t, dir, more == 15 ? 20 : 22, s, more == 14);
		break;
	case SAY_BEGIN:
		seal_begin(&t->seal, dir, (enum tls_label)(more % 6));
		break;
	case SAY_UPDATE:
		seal_update(&t->seal, dir);
		break;
	case SAY_PLAIN:
	case SAY_HELLO:
		say_in_clear(t, dir, what, more, s);
		break;
	}
}

static void
make_talk(struct talk *t, struct cur c)
{
	static const uint16_t suites[] = { SEAL_GCM_1_3, SEAL_CHACHA_1_3,
		SEAL_GCM_1_2 };
	uint8_t how = 0, op, n;
	struct slice s;

	cur_u8(&c, &how);
	*t = (struct talk){ .grows = how & 64, .midstream = how & 128 };
	seal_init(&t->seal, suites[how % 3], 5);
	t->secrets = tls_secrets_new(NULL);
	if ((how & 32) == 0)
		seal_tell_secrets(&t->seal, t->secrets);
	if (!t->midstream)
		say_in_clear(t, 0, SAY_HELLO, 0,
		    (struct slice){ NULL, how >> 4 & 1 });
	/* Behind a beginning that is none, TLS may begin anywhere. */
	t->cut_matters = t->midstream;
	while (cur_u8(&c, &op) && cur_u8(&c, &n)) {
		if (!cur_take(&c, n, &s))
			(void)cur_take(&c, cur_left(&c), &s);
		say_part(t, op, s);
	}
}

/* ----------------------------------------------------------- how it is heard */

static void
put(struct told *t, const struct part *p, size_t piece)
{
	for (size_t at = 0, n; at < p->n; at += n) {
		struct chunk c = { .dir = p->dir, .off = p->off + at };
		uint8_t *own;

		n = piece < p->n - at ? piece : p->n - at;
		own = malloc(n);
		REQUIRE(own != NULL);
		memcpy(own, t->talk->wire[p->dir].p + p->off + at, n);
		c.bytes = (struct slice){ own, n };
		tls_opener_turn(t->opener, &c);
		REQUIRE(tls_opener_memory(t->opener) < MEMORY_MAX);
		free(own);
	}
}

static void
hear(const struct talk *talk, size_t piece, struct told *t)
{
	static const struct tls_opener_events events = { on_turn, on_gap,
		NULL };
	const struct tls_opener_setup setup = { &events, t, talk->secrets,
		talk->grows, talk->midstream, NULL };
	struct part p;

	t->talk = talk;
	t->opener = tls_opener_new(&setup);
	for (size_t i = 0; i < talk->parts.n; i += sizeof p) {
		memcpy(&p, talk->parts.p + i, sizeof p);
		if (p.lost)
			tls_opener_gap(t->opener, p.dir,
			    &(struct gap){ p.off, p.n, GAP_NOT_CAPTURED });
		else
			put(t, &p, piece);
	}
	tls_opener_finish(t->opener);
}

static void
told_free(struct told *t)
{
	tls_opener_free(t->opener);
	buf_free(&t->out[0]);
	buf_free(&t->out[1]);
}

static void
compare(const struct talk *talk, size_t piece, const struct told *whole)
{
	struct told t = { .opened = whole->opened && !talk->cut_matters };

	hear(talk, piece, &t);
	for (int dir = 0; dir < 2 && !talk->cut_matters; dir++)
		REQUIRE(t.out[dir].n == whole->out[dir].n &&
		    (t.out[dir].n == 0 ||
			memcmp(t.out[dir].p, whole->out[dir].p, t.out[dir].n) ==
			    0));
	told_free(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct told first = { 0 }, whole = { 0 };
	struct talk t;

	if (size == 0)
		return 0;
	make_talk(&t, cur_of(data, size));
	hear(&t, SIZE_MAX, &first);
	whole.opened = !t.midstream &&
	    tls_opener_facts(first.opener)->decrypted != TLS_DECRYPTED_NO;
	told_free(&first);
	hear(&t, SIZE_MAX, &whole);
	compare(&t, 1, &whole);
	compare(&t, 50, &whole);
	told_free(&whole);
	tls_secrets_free(t.secrets);
	for (int dir = 0; dir < 2; dir++) {
		buf_free(&t.wire[dir]);
		buf_free(&t.truth[dir]);
	}
	buf_free(&t.parts);
	return 0;
}
