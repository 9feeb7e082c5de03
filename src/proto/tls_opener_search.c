/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tls_opener_search.c: a session of TLS 1.3 whose beginning was not captured:
 * which of the traffic secrets opens a record of it, and with which number.
 */
#include <stdlib.h>

#include "base/limit.h"
#include "base/xalloc.h"
#include "proto/tls_kdf.h"
#include "proto/tls_opener_parts.h"

/* So many numbers are tried with all keys before the next ones. */
#define BLOCK 1024
/* So many bytes show whether something is text. */
#define TEXT_LOOK 64

/* Records one behind the other. */
struct chain {
	size_t first;	 /* where it begins */
	size_t n;	 /* records; 0: none */
	size_t shortest; /* where the shortest with data is */
	size_t before;	 /* records before that */
};

bool
opener_may_be_midstream(const struct tls_opener *o, struct slice s)
{
	size_t n = s.n < TEXT_LOOK ? s.n : TEXT_LOOK, text = 0;

	for (size_t i = 0; i < n; i++)
		text += (s.p[i] >= ' ' && s.p[i] < 0x7f) ||
		    (s.p[i] >= '\t' && s.p[i] <= '\r');
	return o->setup.midstream && text < n &&
	    tls_secrets_count(o->setup.secrets) <= LIMIT_TLS_SEARCH_SECRETS;
}

static bool
is_record(struct slice s, size_t at)
{
	return s.n - at > TLS_HEADER &&
	    opener_may_be_header(s.p + at, TLS_HEADER) &&
	    get_be16(s.p + at + 3) > 0 &&
	    get_be16(s.p + at + 3) <= s.n - at - TLS_HEADER;
}

/* What became of records one behind the other. */
enum chain_end {
	CHAIN_UNKNOWN,
	CHAIN_GOOD,
	CHAIN_ALONE,  /* one, with something behind it */
	CHAIN_BROKEN, /* what stands behind them is none */
	CHAIN_EMPTY,  /* none of them has data */
};

/* Follows the records from `at` on.  known: what is known of those that begin
 * at each place, so that none is followed twice in vain. */
static enum chain_end
follow(struct slice s, size_t at, const uint8_t *known, struct chain *c)
{
	size_t least = SIZE_MAX;

	*c = (struct chain){ .first = at };
	for (; is_record(s, at); at += TLS_HEADER + get_be16(s.p + at + 3)) {
		size_t n = get_be16(s.p + at + 3);

		if (known[at] == CHAIN_BROKEN ||
		    (known[at] == CHAIN_EMPTY && least == SIZE_MAX))
			return (enum chain_end)known[at];
		if (n < least && s.p[at] == 23) {
			least = n;
			c->shortest = at;
			c->before = c->n;
		}
		c->n++;
	}
	if (!opener_may_be_header(s.p + at,
		s.n - at < TLS_HEADER ? s.n - at : TLS_HEADER))
		return CHAIN_BROKEN;
	if (least == SIZE_MAX)
		return CHAIN_EMPTY;
	return c->n > 1 || at == s.n ? CHAIN_GOOD : CHAIN_ALONE;
}

/* All records from `at` on end so, too. */
static void
mark(struct slice s, size_t at, enum chain_end end, uint8_t *known)
{
	for (; is_record(s, at) && known[at] == CHAIN_UNKNOWN;
	     at += TLS_HEADER + get_be16(s.p + at + 3))
		known[at] = (uint8_t)end;
}

static struct chain
find_chain(struct slice s)
{
	uint8_t *known = xcalloc(s.n + 1, 1);
	struct chain c = { 0 };

	for (size_t at = 0; at < s.n; at++) {
		enum chain_end end;

		if (!is_record(s, at))
			continue;
		end = follow(s, at, known, &c);
		if (end == CHAIN_GOOD)
			break;
		c = (struct chain){ 0 };
		if (end != CHAIN_ALONE)
			mark(s, at, end, known);
	}
	free(known);
	return c;
}

/* --------------------------------------------------------------------- secrets */

/* What is tried on what. */
struct key_search {
	struct tls_opener *o;
	struct opener_record r; /* the shortest */
	struct opener_numbers numbers;
	struct opener_found found;
};

static bool
try_secret(struct key_search *x, const struct tls_secret *secret,
    uint16_t number)
{
	struct opener_handshake *h = &x->o->m.handshake;
	uint8_t out[TLS_RECORD_MAX];
	struct tls_suite suite;

	if (!tls_suite_find(number, TLS_1_3, &suite) ||
	    !opener_find_number(x->o, &suite, secret->bytes, &x->r, x->numbers,
		out, &x->found))
		return false;
	*h = (struct opener_handshake){ .count = 1,
		.has_client = true,
		.has_server = true,
		.known = true,
		.suite = number,
		.agreed = { .version = TLS_1_3, .suite = suite } };
	memcpy(h->agreed.client_random, secret->random.p, secret->random.n);
	return true;
}

/* Which of all secrets it is; *client: of which side it is.  Half of what may
 * be tried is for the other side. */
static bool
find_secret(struct key_search *x, bool *client)
{
	const struct tls_secrets *t = x->o->setup.secrets;

	for (x->numbers.first = 0; opener_may_search(x->o, x->o->m.searched);
	     x->numbers.first += BLOCK) {
		uint64_t before = x->o->m.searched;

		x->numbers.last = x->numbers.first + BLOCK - 1;
		for (size_t i = 0; i < tls_secrets_count(t); i++) {
			const struct tls_secret s = tls_secrets_get(t, i);

			*client = s.label == TLS_LABEL_CLIENT_TRAFFIC;
			if (!*client && s.label != TLS_LABEL_SERVER_TRAFFIC)
				continue;
			for (uint16_t n = 0x1301; n <= 0x1305; n++)
				if (try_secret(x, &s, n))
					return true;
		}
		if (x->o->m.searched == before)
			return false;
	}
	return false;
}

/* The other side, by the secrets of the same random. */
static bool
find_other(struct key_search *x, bool client)
{
	const struct opener_handshake *h = &x->o->m.handshake;
	uint8_t out[TLS_RECORD_MAX];
	struct slice secret;
	size_t at = 0;

	while (tls_secrets_find(x->o->setup.secrets,
	    client ? TLS_LABEL_CLIENT_TRAFFIC : TLS_LABEL_SERVER_TRAFFIC,
	    h->agreed.client_random, &at, &secret)) {
		if (opener_find_number(x->o, &h->agreed.suite, secret, &x->r,
			(struct opener_numbers){ 0, UINT64_MAX - 1 }, out,
			&x->found))
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------ both sides */

static struct key_search
search_of(struct tls_opener *o, const struct opener_front *f,
    const struct chain *c)
{
	const uint8_t *p = f->bytes.p + c->shortest;

	return (struct key_search){
		.o = o,
		.r = { .header = p,
		    .body = { p + TLS_HEADER, get_be16(p + 3) } },
	};
}

/* Where the side begins, and with which keys and number, as far as that is
 * known. */
static void
set_side(struct opener_side *s, const struct opener_front *f,
    const struct chain *c, const struct key_search *x)
{
	s->framing = FRAMING_LOST;
	s->hole.any = s->hole.missing = true;
	s->cut = true;
	s->unknown = true;
	if (c->n > 0) {
		s->start = s->end = f->off + c->first;
		s->framing = FRAMING_RECORDS;
		s->hole = (struct opener_hole){ 0 };
	}
	if (x->found.cipher != NULL && x->found.number >= c->before) {
		s->unknown = false;
		s->cipher = x->found.cipher;
		s->number = x->found.number - c->before;
	} else {
		tls_cipher_free(x->found.cipher);
	}
	/* Not before: it is what the keys are sought by. */
	s->epoch = EPOCH_APPLICATION;
	s->handshake = 1;
}

static size_t
shortest_of(const struct opener_front *f, const struct chain *c)
{
	return c->n > 0 ? get_be16(f->bytes.p + c->shortest + 3) : SIZE_MAX;
}

bool
opener_search(struct tls_opener *o, const struct opener_front front[2],
    bool *seen)
{
	struct key_search x[2] = { 0 };
	struct chain c[2];
	bool client;
	int dir;

	o->m.waited = front[0].bytes.n + front[1].bytes.n;
	for (int i = 0; i < 2; i++) {
		c[i] = find_chain(
		    (struct slice){ front[i].bytes.p, front[i].bytes.n });
		*seen |= c[i].n > 0;
		if (c[i].n > 0)
			x[i] = search_of(o, &front[i], &c[i]);
	}
	dir = shortest_of(&front[1], &c[1]) < shortest_of(&front[0], &c[0]);
	if (c[dir].n == 0 || !find_secret(&x[dir], &client))
		return false;
	o->m.handshake.client = client ? dir : !dir;
	if (c[!dir].n > 0)
		(void)find_other(&x[!dir], !client);
	o->m.version = TLS_1_3;
	o->m.suite = o->m.handshake.suite;
	for (int i = 0; i < 2; i++)
		set_side(&o->m.side[i], &front[i], &c[i], &x[i]);
	return true;
}
