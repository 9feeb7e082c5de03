/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* fragments.c: a map of bytes beside the real thing. */
#include "lib/fragments.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "lib/require.h"

#define BYTES_MAX 65536

enum { NOTHING, NOT_CAPTURED, CAPTURED };

struct map {
	uint8_t state[BYTES_MAX];
	uint8_t byte[BYTES_MAX];
	/* Where a piece begins, and the place behind its last byte. */
	bool starts[BYTES_MAX + 1];
	bool has_end;
	uint32_t end;
	uint32_t high; /* nothing is there from here on */
	bool whole;
	bool discarded;
};

struct fragments {
	struct defrag *df;
	struct map *map[FRAGMENTS_KEYS];
	uint8_t bytes[BYTES_MAX];
};

struct fragments *
fragments_new(void)
{
	struct fragments *v = xcalloc(1, sizeof(*v));

	v->df = defrag_new((size_t)1 << 30, DEFRAG_TIMEOUT_NS);
	return v;
}

void
fragments_free(struct fragments *v)
{
	defrag_free(v->df);
	for (size_t i = 0; i < FRAGMENTS_KEYS; i++)
		free(v->map[i]);
	free(v);
}

void
fragments_count(const struct fragments *v, struct defrag_counts *out)
{
	defrag_count(v->df, out);
}

struct relation {
	bool overlaps, is_new, differs, is_copy, agrees;
};

/* Whether the bytes of the unit that i is in are all there: a unit that was cut
 * is compared with nothing. */
static bool
is_comparable(const struct map *m, uint32_t i)
{
	uint32_t last = i | 7;

	if (m->has_end && i < m->end && last >= m->end)
		last = m->end - 1;
	return m->state[last] == CAPTURED;
}

static struct relation
relate(const struct map *m, const struct fragment *f)
{
	struct relation r = { .is_copy = f->more || m->has_end };
	uint32_t end = f->off + f->len;
	bool at_end = end == BYTES_MAX || m->state[end] == NOTHING;

	for (uint32_t i = f->off; i < end; i++) {
		r.overlaps |= m->state[i] != NOTHING;
		r.is_new |= m->state[i] == NOTHING;
		r.is_copy &= m->starts[i] == (i == f->off);
		r.differs |= is_comparable(m, i) && i - f->off < f->data.n &&
		    m->byte[i] != f->data.p[i - f->off];
	}
	if (m->has_end)
		r.agrees = f->more ? end <= m->end : end == m->end;
	else
		r.agrees = true;
	for (uint32_t i = end; !m->has_end && !f->more && i < m->high; i++)
		r.agrees &= m->state[i] == NOTHING;
	r.is_copy &=
	    !r.is_new && !r.differs && r.agrees && (at_end || m->starts[end]);
	return r;
}

static void
fill(struct map *m, const struct fragment *f)
{
	uint32_t end = f->off + f->len;
	bool goes_on = false;

	/* Half a unit counts at the datagram's end only. */
	if (!f->more && end != m->end)
		end &= ~7U;
	for (uint32_t i = f->off; i < end; i++) {
		bool is_new = m->state[i] == NOTHING;

		if (is_new) {
			bool have = i - f->off < f->data.n;

			m->state[i] = have ? CAPTURED : NOT_CAPTURED;
			m->byte[i] = have ? f->data.p[i - f->off] : 0;
			m->starts[i] = !goes_on;
		}
		goes_on = is_new;
	}
	if (end > m->high)
		m->high = end;
}

static bool
is_whole(const struct map *m)
{
	for (uint32_t i = 0; m->has_end && i < m->end; i++)
		if (m->state[i] == NOTHING)
			return false;
	return m->has_end;
}

/* What the map says; true when f makes the datagram whole. */
static bool
map_add(struct map *m, const struct fragment *f)
{
	struct relation r = relate(m, f);

	if (m->discarded)
		return false;
	if (m->whole) {
		if (!r.is_new && !r.differs && r.agrees)
			return false;
		memset(m, 0, sizeof(*m));
		r = relate(m, f);
	}
	if (f->key.family == 6 && ((r.overlaps && !r.is_copy) || !r.agrees)) {
		m->discarded = true;
		return false;
	}
	if (!f->more && !m->has_end) {
		m->has_end = true;
		m->end = f->off + f->len;
	}
	fill(m, f);
	m->whole = is_whole(m);
	return m->whole;
}

static void
compare(const struct map *m, const struct reassembled *d)
{
	uint32_t n = 0;

	while (n < m->end && m->state[n] == CAPTURED)
		n++;
	REQUIRE(d->len == m->end);
	REQUIRE(d->data.n == n);
	REQUIRE(n == 0 || memcmp(d->data.p, m->byte, n) == 0);
}

bool
fragments_add(struct fragments *v, const struct fragment_spec *s)
{
	struct fragment f = {
		.key = { .src = { 1 },
		    .id = s->which,
		    .family = s->which % 2 == 0 ? 4 : 6 },
		.off = s->off,
		.len = s->len,
		.more = s->more,
		.protocol = 6,
		.data = { v->bytes, s->have },
	};
	const struct reassembled *d;
	struct map **m = &v->map[s->which];
	bool whole;

	if (*m == NULL)
		*m = xcalloc(1, sizeof(**m));
	/* Now and then what overlaps has the same bytes. */
	for (uint32_t i = 0; i < s->have; i++)
		v->bytes[i] = (uint8_t)((s->off + i) * 7 + s->fill % 4 / 3);
	whole = map_add(*m, &f);
	d = defrag_add(v->df, &f);
	REQUIRE(whole == (d != NULL));
	if (whole)
		compare(*m, d);
	defrag_release(v->df);
	return whole;
}
