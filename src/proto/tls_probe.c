/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tls_probe.c: finds TLS in a session's bytes. */
#include "proto/tls_probe.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "proto/tls_records.h"

/* So many bytes tell whether a hello begins. */
#define LOOK (TLS_HEADER + 1)
/* Records that may be some, and whose ends have not come yet. */
#define CANDIDATES 4

enum probe_state { PROBE_LOOKS, PROBE_READS, PROBE_HAS_READ };

struct probe_side {
	enum probe_state state;
	uint64_t next; /* offset behind what has come */
	uint8_t first[LOOK];
	uint8_t n_first; /* that may begin a hello, and end at next */
	struct tls_records *records;
	/* Where a record would end, by its header; 0: none. */
	uint64_t ends[CANDIDATES];
};

struct tls_probe {
	struct tls_facts facts;
	struct probe_side side[2];
};

static struct tls_probe *
probe_at(struct tls_probe **p)
{
	if (*p == NULL)
		*p = xcalloc(1, sizeof **p);
	return *p;
}

/* ---------------------------------------------------------------- its hellos */

static void
read_records(struct tls_probe *p, struct probe_side *s, struct slice in)
{
	while (in.n > 0 && !tls_records_has_said(s->records)) {
		size_t n = tls_records_take(s->records, in).n;

		in = (struct slice){ in.p + n, in.n - n };
	}
	if (!tls_records_has_said(s->records))
		return;
	tls_records_free(s->records);
	s->records = NULL;
	/* A record that was no hello's: it may still come. */
	s->state = tls_facts_any(&p->facts) ? PROBE_HAS_READ : PROBE_LOOKS;
}

static void
begin_records(struct tls_probe *p, struct probe_side *s)
{
	s->state = PROBE_READS;
	s->records = tls_records_new(&p->facts);
	read_records(p, s, (struct slice){ s->first, s->n_first });
	s->n_first = 0;
}

/* Whether a hello begins with the chunk, behind what waits. */
static enum tls_begin
look_at_side(const struct probe_side *s, const struct chunk *c, bool after)
{
	uint8_t bytes[LOOK];
	size_t room = LOOK - s->n_first;
	size_t n = c->bytes.n < room ? c->bytes.n : room;

	if (s->n_first == 0)
		return tls_begins(c->bytes, after);
	memcpy(bytes, s->first, s->n_first);
	memcpy(bytes + s->n_first, c->bytes.p, n);
	return tls_begins((struct slice){ bytes, s->n_first + n }, after);
}

/* True when records are read now. */
static bool
look_for_hello(struct tls_probe **p, const struct chunk *c)
{
	struct probe_side none = { .state = PROBE_LOOKS };
	struct probe_side *s = *p != NULL ? &(*p)->side[c->dir] : &none;
	bool after = *p != NULL && tls_facts_any(&(*p)->facts);
	enum tls_begin begins = look_at_side(s, c, after);

	if (begins == TLS_NONE && s->n_first > 0) {
		s->n_first = 0;
		begins = tls_begins(c->bytes, after);
	}
	if (begins == TLS_NONE)
		return false;
	s = &probe_at(p)->side[c->dir];
	if (begins == TLS_BEGINS) {
		begin_records(*p, s);
		return true;
	}
	memcpy(s->first + s->n_first, c->bytes.p, c->bytes.n);
	s->n_first = (uint8_t)(s->n_first + c->bytes.n);
	return false;
}

/* ------------------------------------------------- records without a hello */

static bool
has_header(struct slice s)
{
	return s.n >= TLS_HEADER &&
	    tls_begins((struct slice){ s.p, TLS_HEADER }, true) == TLS_BEGINS;
}

/* A record that was seen before ends in the chunk, and another begins there. */
static bool
has_next(const struct probe_side *s, const struct chunk *c)
{
	for (size_t i = 0; i < CANDIDATES; i++) {
		uint64_t at = s->ends[i] - c->off;

		if (s->ends[i] > 0 && s->ends[i] >= c->off && at < c->bytes.n &&
		    has_header(
			(struct slice){ c->bytes.p + at, c->bytes.n - at }))
			return true;
	}
	return false;
}

static void
add_candidate(struct probe_side *s, uint64_t end, uint64_t off)
{
	for (size_t i = 0; i < CANDIDATES; i++) {
		if (s->ends[i] > off)
			continue;
		s->ends[i] = end;
		return;
	}
}

/* Looks for headers in the chunk; true when there is one where the record of
 * another ends. */
static bool
look_for_records(struct tls_probe **p, const struct chunk *c)
{
	struct slice in = c->bytes;
	const uint8_t *at = in.p;

	if (*p != NULL && has_next(&(*p)->side[c->dir], c))
		return true;
	/* The second byte is the version's first, 3. */
	while ((at = memchr(at, 3, in.n - (size_t)(at - in.p))) != NULL) {
		size_t i = (size_t)(at++ - in.p), end;

		if (i == 0 ||
		    !has_header((struct slice){ in.p + i - 1, in.n - (i - 1) }))
			continue;
		end = i - 1 + TLS_HEADER + get_be16(in.p + i + 2);
		if (end < in.n &&
		    has_header((struct slice){ in.p + end, in.n - end }))
			return true;
		if (end >= in.n)
			add_candidate(&probe_at(p)->side[c->dir], c->off + end,
			    c->off);
	}
	return false;
}

/* ------------------------------------------------------------------- the whole */

static void
probe_gap(struct tls_probe *p, struct probe_side *s, uint64_t len)
{
	s->n_first = 0;
	if (s->state == PROBE_READS) {
		tls_records_gap(s->records, len);
		read_records(p, s, (struct slice){ NULL, 0 });
	}
}

/* Nothing of TLS is there yet, nor does any begin. */
static bool
is_quiet(const struct tls_probe *p, const struct chunk *c, bool known)
{
	return p == NULL && c->bytes.p[0] != 22 &&
	    (known || c->off >= TLS_PROBE_MIDSTREAM);
}

void
tls_probe_data(struct tls_probe **p, const struct chunk *c, bool known)
{
	struct probe_side *s = *p != NULL ? &(*p)->side[c->dir] : NULL;

	if (is_quiet(*p, c, known) || (s != NULL && s->state == PROBE_HAS_READ))
		return;
	if (s != NULL && c->off != s->next &&
	    (s->n_first > 0 || s->state == PROBE_READS))
		probe_gap(*p, s, c->off - s->next);
	if (s == NULL || s->state == PROBE_LOOKS) {
		if (!look_for_hello(p, c) && !known &&
		    c->off < TLS_PROBE_MIDSTREAM &&
		    (*p == NULL || !tls_facts_any(&(*p)->facts)) &&
		    look_for_records(p, c))
			probe_at(p)->facts.midstream = true;
		s = *p != NULL ? &(*p)->side[c->dir] : NULL;
	}
	if (s != NULL && s->state == PROBE_READS)
		read_records(*p, s, c->bytes);
	if (s != NULL)
		s->next = c->off + c->bytes.n;
}

const struct tls_facts *
tls_probe_facts(const struct tls_probe *p)
{
	return p != NULL && tls_facts_any(&p->facts) ? &p->facts : NULL;
}

void
tls_probe_message(struct tls_probe *p, bool from_client, uint8_t type,
    struct slice body)
{
	tls_facts_message(&p->facts, from_client, type, body);
}

size_t
tls_probe_memory(const struct tls_probe *p)
{
	size_t n;

	if (p == NULL)
		return 0;
	n = sizeof *p + tls_facts_memory(&p->facts);
	for (int dir = 0; dir < 2; dir++)
		if (p->side[dir].records != NULL)
			n += tls_records_memory(p->side[dir].records);
	return n;
}

void
tls_probe_free(struct tls_probe *p)
{
	if (p == NULL)
		return;
	tls_facts_fini(&p->facts);
	tls_records_free(p->side[0].records);
	tls_records_free(p->side[1].records);
	free(p);
}
