/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* defrag_pieces.c: how a fragment lies to the pieces of a datagram. */
#include <string.h>

#include "decode/defrag_parts.h"

/* Whether piece p and fragment f have other bytes at the same place. */
static bool
differ(const struct fragment_piece *p, const struct fragment *f)
{
	uint32_t from = defrag_max(p->off, f->off);
	uint32_t to =
	    defrag_min(p->off + p->have, f->off + (uint32_t)f->data.n);

	return to > from &&
	    memcmp(p->data + (from - p->off), f->data.p + (from - f->off),
		to - from) != 0;
}

struct defrag_relation
defrag_relate(const struct defrag_entry *e, const struct fragment *f)
{
	struct defrag_relation r = { .is_new = true };
	uint32_t pos = f->off;
	uint32_t end = f->off + f->len;
	const struct fragment_piece *p = e->pieces;

	if (e->last != NULL && e->last->off + e->last->len <= f->off)
		return r;
	for (; p != NULL && p->off < end; p = p->next) {
		if (p->off + p->len <= f->off)
			continue;
		r.overlaps = true;
		r.differs |= differ(p, f);
		r.is_copy = p->off == f->off && p->len == f->len;
		if (p->off <= pos)
			pos = defrag_max(pos, p->off + p->len);
	}
	r.is_new = pos < end;
	r.is_copy &= !r.differs;
	return r;
}

/* Where the datagram ends: as its first last fragment says.  False when f
 * contradicts that, or earlier fragments do. */
bool
defrag_agree_on_end(struct defrag_entry *e, const struct fragment *f)
{
	uint32_t end = f->off + f->len;

	if (e->has_end)
		return f->more ? end <= e->end : end == e->end;
	if (f->more)
		return true;
	e->has_end = true;
	e->end = end;
	return e->last == NULL || e->last->off + e->last->len <= end;
}

/* True when the pieces reach from 0 to the end without a hole. */
bool
defrag_is_whole(const struct defrag_entry *e)
{
	uint32_t pos = 0;

	if (!e->has_end || e->covered < e->end)
		return false;
	for (const struct fragment_piece *p = e->pieces; p != NULL;
	     p = p->next) {
		if (p->off > pos)
			return false;
		pos = p->off + p->len;
		if (pos >= e->end)
			return true;
	}
	return e->end == 0;
}
