/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* judge.c: acceptance and identity, from frames alone. */
#include "verify/judge.h"

#include <stdlib.h>

#include "base/xalloc.h"

/* How far an acknowledgement may be from what it is of: a usual window. */
#define NEAR ((int64_t)1 << 20)
/* No network fills a gap faster: 100 Gbit/s. */
#define NS_OF(bytes) ((bytes) / 12)

const char *
reason_text(enum reason r)
{
	/* clang-format off */
	static const char *const texts[REASONS] = {
		[REASON_UNKNOWN] = "unexplained",
		[REASON_HOLE_ZEROS] = "not captured; zeros stand in the place",
		[REASON_HOLE_TEXT] = "not captured; a text stands in the place",
		[REASON_CONFLICT] = "copies of a byte differ and another won",
		[REASON_PADDING] = "padding of frames taken as data",
		[REASON_KEEP_ALIVE] = "octet of a keep-alive taken as data",
		[REASON_RESET_TEXT] = "text in a reset taken as data",
		[REASON_SYN_DATA] = "data on a SYN that was not accepted",
		[REASON_CHECKSUM] = "segment with a bad checksum taken",
		[REASON_REFUSED] = "segment taken that no receiver takes",
		[REASON_FRAGMENT] = "IP fragments taken that are not whole, or others of two",
		[REASON_JOINED] = "several sessions not told apart",
		[REASON_CUT] = "one session cut in several",
		[REASON_LEFT_OUT] = "left out here, as asked",
		[REASON_NOT_READ] = "link type, tunnel or fragments not read",
		[REASON_LOST] = "in the capture, and lost",
		[REASON_ORDER_CAUSE] = "order of capture, against that of cause",
		[REASON_ORDER_CROSSED] = "both spoke at once: either order is right",
		[REASON_BEHIND_HOLE] = "not captured as a whole; not opened behind a hole",
		[REASON_NOT_OPENED] = "not opened at all",
		[REASON_EARLY] = "early data that the server refused taken as said",
	};
	/* clang-format on */

	return texts[r];
}

void
finding_add(struct finding *f, int64_t off, enum reason why)
{
	bool worse = why == REASON_UNKNOWN && f->why != REASON_UNKNOWN;
	bool better = why != REASON_UNKNOWN && f->why == REASON_UNKNOWN;

	if (f->reasons == 0 || worse || (off < f->first && !better)) {
		f->first = off;
		f->why = why;
	}
	f->reasons |= (uint64_t)1 << why;
}

/* -- islands ------------------------------------------------------------- */

static uint32_t
root(uint32_t *up, uint32_t i)
{
	while (up[i] != i)
		i = up[i] = up[up[i]];
	return i;
}

/* Joins the frame's island to those of what it acknowledges. */
static void
join_acks(const struct frame_pair *p, uint32_t *up, const struct frame *g)
{
	uint8_t side = pair_other(p, g->from);
	size_t above = pair_behind(p, side, g->ack);

	for (size_t k = above > 0 ? above - 1 : 0;
	     k <= above && k < p->n_by_pos[side]; k++) {
		const struct frame *a = &p->v[p->by_pos[side][k].frame];

		if (llabs(g->ack - a->pos) <= NEAR + a->len)
			up[root(up, a->island)] = root(up, g->island);
	}
}

static void
find_islands(struct frame_pair *p, int64_t gap)
{
	uint32_t *up = xcalloc(p->n + 2, sizeof(*up)), island = 0;

	for (int side = 0; side < 2; side++) {
		int64_t end = INT64_MIN;

		for (size_t i = 0; i < p->n_by_pos[side]; i++) {
			struct frame *g = &p->v[p->by_pos[side][i].frame];

			if (i == 0 || g->pos - end > gap)
				island++;
			if (g->pos + g->len > end)
				end = g->pos + g->len;
			g->island = up[island] = island;
		}
	}
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].ack != FRAME_NO_ACK)
			join_acks(p, up, &p->v[i]);
	for (size_t i = 0; i < p->n; i++)
		p->v[i].island = root(up, p->v[i].island);
	free(up);
}

void
judge_pair(struct frame_pair *p, const struct model_config *cfg)
{
	unsigned bad[2] = { ~0U, ~0U };

	if (p->by_pos[0] != NULL)
		return;
	pair_sort(p);
	find_islands(p, (int64_t)cfg->stream.max_gap);
	/* Sums that are never good are filled in by the sender's card. */
	for (size_t i = 0; i < p->n; i++)
		bad[p->v[i].from] &= p->v[i].marks;
	for (size_t i = 0; i < p->n; i++)
		p->v[i].marks &= (uint8_t) ~(
		    bad[p->v[i].from] & (FRAME_BAD_SUM | FRAME_BAD_IP));
}

/* -- acceptance ---------------------------------------------------------- */

struct view {
	const struct frame_pair *p;
	const struct frame *g;
	size_t i;
	int64_t pos;
	int64_t gap; /* farther ahead nothing is believed alone */
	uint8_t other;
};

/* The other side acknowledged the byte after the frame had come; *silent: it
 * sent nothing any more. */
static bool
is_acked(const struct view *v, bool *silent)
{
	*silent = true;
	for (size_t k = v->i + 1; k < v->p->n; k++) {
		const struct frame *a = &v->p->v[k];

		if (a->from != v->other || (a->flags & TCP_RST))
			continue;
		*silent = false;
		if (a->ack > v->pos && a->ack - v->pos <= NEAR)
			return true;
	}
	return false;
}

/* One octet below what its sender has sent (RFC 9293, 3.8.4). */
static bool
is_keep_alive(const struct view *v, bool theirs)
{
	bool first = theirs;

	if (v->g->len != 1 || (v->g->flags & TCP_SYN))
		return false;
	for (size_t k = 0; k < v->i; k++) {
		const struct frame *a = &v->p->v[k];
		bool same = a->from == v->g->from;

		if ((same && a->pos + a->len == v->pos + 1) ||
		    (a->from == v->other && a->ack == v->pos + 1))
			return true;
		first = first && !same;
	}
	return first;
}

/* Something that the other side sent, or this one, is near the number. */
static bool
is_known(const struct view *v, int64_t number, uint8_t side, bool *any)
{
	for (size_t k = 0; k < v->p->n; k++) {
		/* From the frame on, as what is near is near in time. */
		const struct frame *a = &v->p->v[(k + v->i) % v->p->n];

		if (a->from != side)
			continue;
		*any = true;
		if (llabs(number - a->pos) <= v->gap + a->len)
			return true;
	}
	return false;
}

/* Its timestamp is older than that of what was acknowledged before (RFC 7323,
 * 5.3). */
static bool
is_old(const struct view *v)
{
	int64_t acked = INT64_MAX;
	uint32_t recent = 0;
	bool any = false;

	for (size_t k = 0; k < v->i && v->g->has_ts; k++) {
		const struct frame *a = &v->p->v[k];

		if (a->from == v->other && a->ack != FRAME_NO_ACK)
			acked = a->ack;
		if (a->from != v->g->from || !a->has_ts || a->pos > v->pos ||
		    a->island != v->g->island || a->pos > acked)
			continue;
		if (!any || (int32_t)(a->tsval - recent) > 0 ||
		    (a->flags & TCP_SYN))
			recent = a->tsval;
		any = true;
	}
	return any && (int32_t)(v->g->tsval - recent) < 0;
}

/* At or beyond a FIN that the other side has acknowledged. */
static bool
is_past_fin(const struct view *v)
{
	int64_t fin = FRAME_NO_ACK;

	for (size_t k = 0; k < v->p->n; k++) {
		const struct frame *a = &v->p->v[k];
		bool same = a->from == v->g->from;

		if (same && (a->flags & TCP_SYN) && k < v->i)
			fin = FRAME_NO_ACK;
		if (same && (a->flags & TCP_FIN) && a->pos + a->len <= v->pos &&
		    a->island == v->g->island)
			fin = a->pos + a->len;
		if (fin != FRAME_NO_ACK && a->from == v->other &&
		    a->ack == fin + 1)
			return true;
	}
	return false;
}

/* Far ahead of where its sender began, and neither acknowledged nor behind a
 * SYN. */
static bool
is_far(const struct view *v)
{
	int64_t low = v->pos;

	for (size_t k = 0; k < v->p->n; k++) {
		const struct frame *a = &v->p->v[k];
		bool same = a->from == v->g->from;
		int64_t place = same ? a->pos : a->ack;

		if (same && a->pos < low && !(a->flags & TCP_RST))
			low = a->pos;
		if ((same ? (a->flags & TCP_SYN) != 0 :
			    a->ack != FRAME_NO_ACK) &&
		    llabs(v->pos - place) <= v->gap)
			return false;
	}
	return v->pos - low > v->gap;
}

static enum reason
flaw_of(const struct view *v)
{
	const struct frame *g = v->g;
	bool any = false;

	if (g->marks & FRAME_BAD_SUM)
		return REASON_CHECKSUM;
	if ((g->marks & (FRAME_BAD_IP | FRAME_REFUSED)) ||
	    (!(g->flags & (TCP_ACK | TCP_SYN)) && v->i > 0))
		return REASON_REFUSED;
	if (g->ack != FRAME_NO_ACK && !is_known(v, g->ack, v->other, &any) &&
	    any)
		return REASON_REFUSED;
	return is_old(v) || is_past_fin(v) || is_far(v) ? REASON_REFUSED :
							  REASON_UNKNOWN;
}

/* Another frame has the byte, and would be taken. */
static bool
has_better(const struct view *v)
{
	size_t at = pair_behind(v->p, v->g->from, v->pos), k;

	while ((k = pair_next(v->p, v->g->from, v->pos, &at)) != FRAME_NONE) {
		struct view w = *v;

		w.g = &v->p->v[k];
		w.i = k;
		if (k != v->i && v->pos - w.g->pos < w.g->n &&
		    !(w.g->flags & TCP_RST) && !is_keep_alive(&w, false) &&
		    flaw_of(&w) == REASON_UNKNOWN)
			return true;
	}
	return false;
}

enum reason
judge_refused(const struct frame_pair *p, size_t frame, int64_t pos,
    const struct model_config *cfg, bool theirs)
{
	const struct frame *g = &p->v[frame];
	const struct view v = { p, g, frame, pos, (int64_t)cfg->stream.max_gap,
		pair_other(p, g->from) };
	enum reason why;
	bool silent;

	if (g->flags & TCP_RST)
		return REASON_RESET_TEXT;
	if (is_keep_alive(&v, theirs))
		return REASON_KEEP_ALIVE;
	if ((g->flags & TCP_SYN) && !is_acked(&v, &silent) && !silent)
		return REASON_SYN_DATA;
	why = flaw_of(&v);
	/* What comes once only is believed when it is acknowledged. */
	if (why == REASON_UNKNOWN || has_better(&v))
		return why;
	return is_acked(&v, &silent) || (silent && !theirs) ? REASON_UNKNOWN :
							      why;
}

/* -- identity ------------------------------------------------------------ */

/* The SYN begins what frame b is of, and not what frame a is of. */
static bool
begins(const struct frame_pair *p, size_t syn, size_t a, size_t b, int64_t gap)
{
	const struct frame *y = &p->v[syn], *g = &p->v[a], *h = &p->v[b];
	int64_t was = g->from == y->from ? g->pos : g->ack;
	int64_t is = h->from == y->from ? h->pos : h->ack;

	if (is == FRAME_NO_ACK || is < y->pos || is - y->pos > gap ||
	    (was != FRAME_NO_ACK && was >= y->pos && was <= is))
		return false;
	/* One that comes again begins nothing. */
	for (size_t i = 0; i < a; i++)
		if ((p->v[i].flags & TCP_SYN) && p->v[i].from == y->from &&
		    p->v[i].pos == y->pos)
			return false;
	return true;
}

bool
judge_apart(const struct frame_pair *p, size_t a, size_t b,
    const struct model_config *cfg)
{
	size_t first = a < b ? a : b, last = a < b ? b : a;
	const struct frame *g = &p->v[first], *h = &p->v[last];

	if (g->island != h->island ||
	    (g->from == h->from &&
		h->pos - g->pos > (int64_t)cfg->stream.max_gap &&
		h->ts_ns - g->ts_ns < NS_OF(h->pos - g->pos)))
		return true;
	for (size_t i = first + 1; i <= last; i++)
		if ((p->v[i].flags & TCP_SYN) &&
		    begins(p, i, first, last, (int64_t)cfg->stream.max_gap))
			return true;
	return false;
}

bool
judge_ended(const struct frame_pair *p, size_t a, size_t b,
    const struct model_config *cfg)
{
	size_t first = a < b ? a : b, last = a < b ? b : a;
	const struct view v = { p, &p->v[last], last, p->v[last].pos, 0,
		pair_other(p, p->v[last].from) };
	bool reset = false, fin[2] = { false, false }, silent;

	for (size_t i = 0; i < last; i++) {
		reset |= i > first && (p->v[i].flags & TCP_RST) != 0;
		fin[p->v[i].from] |= (p->v[i].flags & TCP_FIN) != 0;
		if (cfg->idle_ns > 0 && i >= first &&
		    p->v[i + 1].ts_ns - p->v[i].ts_ns > cfg->idle_ns)
			return true;
	}
	return (fin[0] && fin[1]) || (reset && !is_acked(&v, &silent));
}
