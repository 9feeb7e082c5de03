/* verify_explain.c: differences, and the frames that account for them. */
#include "app/verify_explain.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "app/verify_wire.h"
#include "base/xalloc.h"

/* Copies looked at for one position; what lies beyond explains nothing. */
#define LOOKS_MAX 100000

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

/* -- looking up ---------------------------------------------------------- */

/* Ours from pos to the end of its stretch; empty in a hole. */
static struct slice
ours_at(const struct evidence *e, int64_t pos)
{
	size_t low = 0, high = e->n_ours;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct stretch *s = &e->ours[mid];

		if (pos < s->pos)
			high = mid;
		else if (pos - s->pos >= (int64_t)s->bytes.n)
			low = mid + 1;
		else
			return (struct slice){ s->bytes.p + (pos - s->pos),
				s->bytes.n - (size_t)(pos - s->pos) };
	}
	return (struct slice){ NULL, 0 };
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

/* The first copy that begins behind pos. */
static size_t
copies_behind(const struct evidence *e, int64_t pos)
{
	size_t low = 0, high = e->n_copies;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (e->copies[mid].pos > pos)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* Walks the copies that may reach pos: begin with *i = copies_behind. */
static struct copy *
next_copy(const struct evidence *e, int64_t pos, size_t *i)
{
	size_t behind = copies_behind(e, pos);

	if (*i == 0 || behind - *i > LOOKS_MAX)
		return NULL;
	--*i;
	if (pos - e->copies[*i].pos > (int64_t)e->longest)
		return NULL;
	return &e->copies[*i];
}

static size_t
common(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n, i = 0;

	if (n > 0 && memcmp(a.p, b.p, n) == 0)
		return n;
	while (i < n && a.p[i] == b.p[i])
		i++;
	return i;
}

/* The copy's payload from pos on, or what follows it in the frame. */
static struct slice
copy_at(const struct copy *c, int64_t pos, bool extra)
{
	size_t at = (size_t)(pos - c->pos);
	size_t from = extra ? c->n : 0,
	       to = extra ? (size_t)c->n + c->extra : c->n;

	if (at < from || at >= to || c->bytes == NULL)
		return (struct slice){ NULL, 0 };
	return (struct slice){ c->bytes + at, to - at };
}

/* A captured segment has this byte there. */
static bool
came(const struct evidence *e, int64_t pos, uint8_t byte)
{
	size_t i = copies_behind(e, pos);
	const struct copy *c;

	while ((c = next_copy(e, pos, &i)) != NULL) {
		struct slice s = copy_at(c, pos, false);

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
	size_t i = copies_behind(e, pos);
	struct copy *c;

	while ((c = next_copy(e, pos, &i)) != NULL) {
		for (int extra = 0; extra < 2; extra++) {
			size_t n = common(copy_at(c, pos, extra), peer);
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
	for (size_t i = copies_behind(e, pos); i < e->n_copies; i++)
		if (e->copies[i].n > 0)
			return true;
	return false;
}

/* What stands in the place of bytes that the peer did not read, or that were
 * never captured. */
static enum reason
reason_of_fill(const struct evidence *e, int64_t pos, uint8_t byte, bool ours)
{
	size_t i = copies_behind(e, pos);
	unsigned all = ~0U;
	bool any = false, cut = false;
	const struct copy *c;

	while ((c = next_copy(e, pos, &i)) != NULL) {
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
	size_t next = copies_behind(e, pos), n = peer.n;

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
	struct slice ours = ours_at(e, pos);
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
	size_t i = e->commits ? copies_behind(e, to - 1) : 0;

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
	size_t i = copies_behind(e, pos);
	const struct copy *c;

	if (e->peer != PEER_TSHARK || ours_at(e, pos).n > 0)
		return 0;
	while ((c = next_copy(e, pos, &i)) != NULL) {
		int64_t end = c->pos + (int64_t)c->len;

		if (c->pos + (int64_t)c->n == pos && end > pos &&
		    common(ours_at(e, end), peer) > 0)
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
		size_t n = common(ours_at(e, pos), peer);

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
		if (runs[i].missing > 0 && common(ours_at(e, pos), b) != b.n) {
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

/* -- a byte of ours that the peer does not have -------------------------- */

/* Bytes at a higher position were captured before that packet. */
static bool
later_came_before(const struct evidence *e, int64_t pos, uint64_t packet)
{
	for (size_t i = copies_behind(e, pos); i < e->n_copies; i++)
		if (e->copies[i].n > 0 && !e->copies[i].foreign &&
		    e->copies[i].packet < packet)
			return true;
	return false;
}

static enum reason
reason_of_marks(unsigned marks)
{
	if (marks & WIRE_LINK)
		return REASON_LINK;
	if (marks & WIRE_TUNNEL)
		return REASON_TUNNEL;
	if (marks & WIRE_EXTENSION)
		return REASON_EXTENSION;
	if (marks & WIRE_NO_LENGTH)
		return REASON_NO_LENGTH;
	return marks & WIRE_FRAGMENTS ? REASON_FRAGMENTS : REASON_UNKNOWN;
}

/* What is common to the segments that brought bytes of ours. */
struct bringers {
	size_t n; /* bytes that the same segments brought */
	bool taken;
	unsigned marks;	 /* that all of them have */
	uint64_t packet; /* the first */
};

static struct bringers
bringers_of(const struct evidence *e, int64_t pos, struct slice ours)
{
	struct bringers b = { .marks = ~0U, .packet = UINT64_MAX };
	size_t i = copies_behind(e, pos), limit = ours.n;
	const struct copy *c;

	if (i < e->n_copies && (uint64_t)(e->copies[i].pos - pos) < limit)
		limit = (size_t)(e->copies[i].pos - pos);
	while ((c = next_copy(e, pos, &i)) != NULL) {
		struct slice s = copy_at(c, pos, false);
		size_t n = common(s, ours);

		if (s.n > 0 && (n > 0 ? n : 1) < limit)
			limit = n > 0 ? n : 1;
		if (n == 0)
			continue;
		b.n = limit;
		b.taken |= *c->taken >= c->n;
		b.marks &= c->marks;
		if (c->packet < b.packet)
			b.packet = c->packet;
	}
	if (b.n > limit)
		b.n = limit;
	return b;
}

/* A hole before pos that the other side did not acknowledge: tshark waits for
 * the bytes to the end. */
static bool
is_behind_hole(const struct evidence *e, int64_t pos)
{
	for (size_t i = 0; i < e->n_gaps && e->peer == PEER_TSHARK; i++) {
		int64_t end = (int64_t)(e->gaps[i].off + e->gaps[i].len);

		if (end <= pos && e->acked < end)
			return true;
	}
	return false;
}

static enum reason
reason_of_loss(const struct evidence *e, int64_t pos, const struct bringers *b)
{
	if (b->n == 0)
		return REASON_UNKNOWN;
	if (e->unseen)
		return REASON_NO_TCP;
	if (e->peer == PEER_TCPFLOW &&
	    reason_of_marks(b->marks) != REASON_UNKNOWN)
		return reason_of_marks(b->marks);
	if (b->taken || e->busy)
		return REASON_REUSE;
	if (e->peer == PEER_TSHARK && e->again != 0 && b->packet > e->again)
		return REASON_SPLIT;
	if (is_behind_hole(e, pos))
		return REASON_HOLE_WAITED;
	if (later_came_before(e, pos, b->packet))
		return e->opened ? REASON_GIVEN_UP : REASON_LATE;
	if (e->ended_at != 0 && b->packet > e->ended_at)
		return REASON_AFTER_END;
	return REASON_UNKNOWN;
}

static void
explain_loss(const struct evidence *e, int64_t from, int64_t to,
    struct finding *f)
{
	int64_t pos = from;

	while (pos < to) {
		struct slice ours = ours_at(e, pos);

		if (ours.n > (uint64_t)(to - pos))
			ours.n = (size_t)(to - pos);

		struct bringers b = bringers_of(e, pos, ours);
		enum reason why = reason_of_loss(e, pos, &b);

		finding_add(f, pos, why);
		if (why == REASON_UNKNOWN)
			return;
		pos += (int64_t)b.n;
	}
}

static int
by_from(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

bool
explain_missing(const struct evidence *e, struct finding *f)
{
	size_t at = 0;

	if (f->n_spans > 0)
		qsort(f->spans, f->n_spans, sizeof(*f->spans), by_from);
	for (size_t i = 0; i < e->n_ours; i++) {
		int64_t pos = e->ours[i].pos;
		int64_t end = pos + (int64_t)e->ours[i].bytes.n;

		while (pos < end) {
			while (at < f->n_spans && f->spans[at].to <= pos)
				at++;
			int64_t next =
			    at < f->n_spans && f->spans[at].from < end ?
			    f->spans[at].from :
			    end;

			if (next > pos)
				explain_loss(e, pos, next, f);
			pos = next;
			if (at < f->n_spans && f->spans[at].from <= pos &&
			    f->spans[at].to > pos)
				pos = f->spans[at].to;
		}
	}
	return finding_is_explained(f);
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
