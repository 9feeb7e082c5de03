/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* explain.c: differences, and the frames that account for them. */
#include "verify/explain.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "verify/lookup.h"
#include "verify/wire.h"
#include "base/xalloc.h"

/* clang-format off */
static const char *const texts[REASONS] = {
	[REASON_UNKNOWN] = "unexplained",
	[REASON_HOLE_ZEROS] = "not captured; zeros stand in the place",
	[REASON_HOLE_TEXT] = "not captured; a text stands in the place",
	[REASON_HOLE_CLOSED] = "not captured; closed up without a mark",
	[REASON_HOLE_WAITED] = "bytes behind a hole that nobody acknowledged lost",
	[REASON_FIN_NUMBER] = "number of the FIN taken for a missing byte",
	[REASON_CONFLICT] = "copies of a byte differ and another won",
	[REASON_PADDING] = "padding of frames taken as data",
	[REASON_KEEP_ALIVE] = "octet of a keep-alive taken as data",
	[REASON_RESET_TEXT] = "text in a reset taken as data",
	[REASON_SYN_DATA] = "data on a SYN that was not accepted",
	[REASON_CHECKSUM] = "segment with a bad checksum taken",
	[REASON_REUSE] = "endpoints used again, sessions not told apart",
	[REASON_SPLIT] = "one session cut in several",
	[REASON_LATE] = "no beginning captured; bytes before the first lost",
	[REASON_GIVEN_UP] = "not waited for: bytes came after later ones",
	[REASON_AFTER_END] = "bytes after the first FIN or RST lost",
	[REASON_LINK] = "link type not read",
	[REASON_TUNNEL] = "encapsulation not read",
	[REASON_EXTENSION] = "IPv6 extension headers not read",
	[REASON_NO_LENGTH] = "packets with IP length 0 not read",
	[REASON_FRAGMENTS] = "IP fragments not put together",
	[REASON_STALE] = "bytes cut by the snap length made up",
	[REASON_NO_TCP] = "no TCP found in the packets",
	[REASON_LEFT_OUT] = "left out here, as asked",
	[REASON_WINDOW] = "segment at an impossible position taken",
	[REASON_ORDER_CAUSE] = "order of capture, against that of cause",
	[REASON_ORDER_CROSSED] = "both spoke at once: either order is right",
};
/* clang-format on */

const char *
reason_text(enum reason r)
{
	return texts[r];
}

/* -- findings ------------------------------------------------------------ */

void
finding_fini(struct finding *f)
{
	free(f->spans);
	*f = (struct finding){ 0 };
}

bool
finding_is_explained(const struct finding *f)
{
	return (f->reasons & (uint64_t)1 << REASON_UNKNOWN) == 0;
}

void
finding_add(struct finding *f, int64_t pos, enum reason why)
{
	bool known = f->differs && f->why != REASON_UNKNOWN;

	if (!f->differs || (why == REASON_UNKNOWN && known) ||
	    (pos < f->first && (known || why == REASON_UNKNOWN))) {
		f->first = pos;
		f->why = why;
	}
	f->differs = true;
	f->reasons |= (uint64_t)1 << why;
}

void
finding_span(struct finding *f, int64_t from, int64_t to)
{
	assert(f->n_spans == 0 || f->spans != NULL);

	struct span *last = f->n_spans > 0 ? &f->spans[f->n_spans - 1] : NULL;

	if (last != NULL && last->to == from) {
		last->to = to;
		return;
	}
	if (f->n_spans == f->cap_spans) {
		f->cap_spans = f->cap_spans == 0 ? 8 : 2 * f->cap_spans;
		f->spans =
		    xreallocarray(f->spans, f->cap_spans, sizeof(*f->spans));
	}
	f->spans[f->n_spans++] = (struct span){ from, to };
}

/* Bytes up to the next stretch of ours; INT64_MAX when there is none. */
static int64_t
until_ours(const struct evidence *e, int64_t pos)
{
	for (size_t i = 0; i < e->n_ours; i++)
		if (e->ours[i].pos > pos)
			return e->ours[i].pos - pos;
	return INT64_MAX;
}

/* A captured segment has this byte there. */
static bool
came(const struct evidence *e, int64_t pos, uint8_t byte)
{
	size_t i = evidence_behind(e, pos);
	const struct copy *c;

	while ((c = evidence_next(e, pos, &i)) != NULL) {
		struct slice s = copy_from(c, pos, false);

		if (s.n > 0 && s.p[0] == byte)
			return true;
	}
	return false;
}

/* -- a byte of the peer's that is not ours ------------------------------- */

static bool
is_left_out(const struct evidence *e, int64_t pos)
{
	for (size_t i = 0; i < e->n_gaps; i++) {
		const struct gap *g = &e->gaps[i];

		if (pos >= (int64_t)g->off && (uint64_t)pos - g->off < g->len &&
		    (g->reason == GAP_MAX_BYTES || g->reason == GAP_MEMORY))
			return true;
	}
	return false;
}

/* Why the peer may have taken the copy's byte at pos and we not. */
static enum reason
reason_of(const struct evidence *e, const struct copy *c, int64_t pos,
    bool extra, bool ours)
{
	if (extra)
		return REASON_PADDING;
	if (c->flags & TCP_RST)
		return REASON_RESET_TEXT;
	if (c->foreign)
		return REASON_REUSE;
	if (c->marks & WIRE_BAD_SUM)
		return REASON_CHECKSUM;
	if (c->n == 1 && (pos < 0 || ours))
		return REASON_KEEP_ALIVE;
	if (ours)
		return REASON_CONFLICT;
	if (is_left_out(e, pos))
		return REASON_LEFT_OUT;
	if (c->flags & TCP_SYN)
		return REASON_SYN_DATA;
	if (e->late && pos < 0)
		return REASON_LATE;
	return e->wild ? REASON_WINDOW : REASON_UNKNOWN;
}

struct account {
	struct copy *copy;
	size_t n;
	enum reason reason;
};

/* The copy that accounts for most of the peer's bytes from pos on. */
static struct account
match_copies(const struct evidence *e, int64_t pos, struct slice peer,
    bool ours)
{
	struct account best = { NULL, 0, REASON_UNKNOWN };
	size_t i = evidence_behind(e, pos);
	struct copy *c;

	while ((c = evidence_next(e, pos, &i)) != NULL) {
		for (int extra = 0; extra < 2; extra++) {
			size_t n = slice_common(copy_from(c, pos, extra), peer);
			struct account m = { c, n,
				n == 0 ? REASON_UNKNOWN :
					 reason_of(e, c, pos, extra, ours) };

			if (n > 0 &&
			    (best.reason == REASON_UNKNOWN || m.n > best.n))
				best = m;
		}
	}
	return best;
}

static bool
is_placed(const struct evidence *e, int64_t pos)
{
	for (size_t i = 0; e->placed != NULL && i < e->placed->n_spans; i++)
		if (e->placed->spans[i].from <= pos &&
		    pos < e->placed->spans[i].to)
			return e->peer == PEER_TCPFLOW;
	return false;
}

/* Zeros fill a hole; behind all that came there is none. */
static bool
is_before_data(const struct evidence *e, int64_t pos)
{
	for (size_t i = evidence_behind(e, pos); i < e->n_copies; i++)
		if (e->copies[i].n > 0)
			return true;
	return false;
}

/* What stands in the place of bytes that the peer did not read, or that were
 * never captured. */
static enum reason
reason_of_fill(const struct evidence *e, int64_t pos, uint8_t byte, bool ours)
{
	size_t i = evidence_behind(e, pos);
	unsigned all = ~0U;
	bool any = false, cut = false;
	const struct copy *c;

	while ((c = evidence_next(e, pos, &i)) != NULL) {
		uint64_t at = (uint64_t)(pos - c->pos);

		if (c->flags & TCP_RST)
			continue;
		if (at < c->n) {
			any = true;
			all &= c->marks;
		} else if (at < c->len) {
			cut = true;
		}
	}
	if (any && (all & WIRE_FRAGMENTS) && byte == 0)
		return REASON_FRAGMENTS;
	if (any && (all & WIRE_NOT_FOR_TCPFLOW) && byte == 0)
		return (all & WIRE_NO_LENGTH) ? REASON_NO_LENGTH :
						REASON_TUNNEL;
	if (any && byte == 0 && is_placed(e, pos))
		return REASON_SPLIT;
	if (any || ours || e->peer != PEER_TCPFLOW)
		return REASON_UNKNOWN;
	if (byte == 0 && (cut || is_before_data(e, pos)))
		return REASON_HOLE_ZEROS;
	return cut ? REASON_STALE : REASON_UNKNOWN;
}

/* The zeros from pos to where a captured segment begins again. */
static size_t
zeros(const struct evidence *e, int64_t pos, struct slice peer)
{
	size_t next = evidence_behind(e, pos), n = peer.n;

	if (next < e->n_copies && (uint64_t)(e->copies[next].pos - pos) < n)
		n = (size_t)(e->copies[next].pos - pos);
	if (n > 1 && memcmp(peer.p, peer.p + 1, n - 1) != 0)
		n = 1;
	return n;
}

/* Explains bytes of the peer's from pos on, and says how many; 0 when there is
 * no explanation. */
static size_t
explain_step(const struct evidence *e, int64_t pos, struct slice peer,
    struct finding *f)
{
	struct slice ours = evidence_ours(e, pos);
	struct account m = match_copies(e, pos, peer, ours.n > 0);
	enum reason why = m.reason;
	size_t n = 0;

	if (why == REASON_UNKNOWN) {
		why = reason_of_fill(e, pos, peer.p[0], ours.n > 0);
		n = why == REASON_HOLE_ZEROS ? zeros(e, pos, peer) : 1;
	} else if (ours.n == 0) {
		int64_t left = until_ours(e, pos);

		n = (uint64_t)left < m.n ? (size_t)left : m.n;
	} else {
		/* Only as far as ours differs, and has come itself. */
		while (n < m.n && n < ours.n && ours.p[n] != peer.p[n] &&
		    came(e, pos + (int64_t)n, ours.p[n]))
			n++;
	}
	if (why == REASON_UNKNOWN || n == 0)
		return 0;
	finding_add(f, pos, why);
	if (ours.n > 0)
		finding_span(f, pos, pos + (int64_t)n);
	return n;
}

static void
mark_taken(const struct evidence *e, int64_t from, int64_t to)
{
	size_t i = e->commits ? evidence_behind(e, to - 1) : 0;

	while (i-- > 0 && from - e->copies[i].pos <= (int64_t)e->longest) {
		const struct copy *c = &e->copies[i];
		int64_t end = c->pos + (int64_t)c->n;
		int64_t low = c->pos > from ? c->pos : from;
		int64_t high = end < to ? end : to;

		if (c->foreign && high > low)
			*c->taken += (uint32_t)(high - low);
	}
}

/* How many bytes were cut from a segment at pos, when what the peer has goes
 * on with ours behind them; 0 when it is not so. */
static int64_t
closed_up(const struct evidence *e, int64_t pos, struct slice peer)
{
	size_t i = evidence_behind(e, pos);
	const struct copy *c;

	if (e->peer != PEER_TSHARK || evidence_ours(e, pos).n > 0)
		return 0;
	while ((c = evidence_next(e, pos, &i)) != NULL) {
		int64_t end = c->pos + (int64_t)c->len;

		if (c->pos + (int64_t)c->n == pos && end > pos &&
		    slice_common(evidence_ours(e, end), peer) > 0)
			return end - pos;
	}
	return 0;
}

/* False at the first byte without explanation. */
static bool
explain_bytes(const struct evidence *e, int64_t *at, struct slice peer,
    struct finding *f)
{
	int64_t pos = *at, closed;

	while (peer.n > 0) {
		size_t n = slice_common(evidence_ours(e, pos), peer);

		if (n > 0) {
			finding_span(f, pos, pos + (int64_t)n);
		} else if ((closed = closed_up(e, pos, peer)) > 0) {
			finding_add(f, pos, REASON_HOLE_CLOSED);
			pos += closed;
			continue;
		} else {
			n = explain_step(e, pos, peer, f);
		}
		if (n == 0) {
			finding_add(f, pos, REASON_UNKNOWN);
			return false;
		}
		mark_taken(e, pos, pos + (int64_t)n);
		pos += (int64_t)n;
		peer.p += n;
		peer.n -= n;
	}
	*at = pos;
	return true;
}

uint64_t
explain_marker(struct slice bytes)
{
	static const char tail[] = " bytes missing in capture file]";
	uint64_t n = 0;
	size_t i = 1;

	if (bytes.n < sizeof(tail) + 2 || bytes.p[0] != '[')
		return 0;
	while (i < bytes.n && i < 20 && bytes.p[i] >= '0' && bytes.p[i] <= '9')
		n = n * 10 + (uint64_t)(bytes.p[i++] - '0');
	/* The text's NUL is told as well. */
	if (bytes.n - i != sizeof(tail) ||
	    memcmp(bytes.p + i, tail, sizeof(tail)) != 0)
		return 0;
	return n;
}

bool
explain_runs(const struct evidence *e, struct peer_run *runs, size_t n,
    int64_t start, struct finding *f)
{
	int64_t pos = start;

	for (size_t i = 0; i < n; i++) {
		struct slice b = runs[i].bytes;

		runs[i].from = pos;
		/* A payload may look like the text. */
		if (runs[i].missing > 0 &&
		    slice_common(evidence_ours(e, pos), b) != b.n) {
			bool fin = runs[i].missing == 1 && pos == e->fin;

			finding_add(f, pos,
			    fin ? REASON_FIN_NUMBER : REASON_HOLE_TEXT);
			pos += fin ? 0 : (int64_t)runs[i].missing;
		} else if (!explain_bytes(e, &pos, b, f)) {
			return false;
		}
		runs[i].to = pos;
	}
	return true;
}

static int
by_position(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

size_t
explain_starts(const struct evidence *e, int64_t *out, size_t max)
{
	size_t n = 0, kept = 0;

	if (max == 0)
		return 0;
	out[n++] = 0;
	for (size_t i = 0; i < e->n_copies && n < max; i++)
		if (e->copies[i].pos != out[n - 1])
			out[n++] = e->copies[i].pos;
	qsort(out + 1, n - 1, sizeof(*out), by_position);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || (out[i] != 0 && out[i] != out[kept - 1]))
			out[kept++] = out[i];
	return kept;
}
