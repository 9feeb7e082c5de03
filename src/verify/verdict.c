/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* verdict.c: what is whose, and who is right. */
#include "verify/verdict.h"

#include <stdlib.h>

#include "base/xalloc.h"

/* Bytes of a pair that are judged one by one. */
#define JUDGED_MAX 4000

uint64_t
verdict_reasons(const struct verdict *v)
{
	return v->bytes[0].reasons | v->bytes[1].reasons | v->order[0].reasons |
	    v->order[1].reasons | v->spoken[0].reasons | v->spoken[1].reasons;
}

/* A piece of ours at its position. */
struct mine {
	int64_t pos;
	int64_t end;
	size_t session;
	int dir;
	const struct ours_piece *piece;
	uint8_t *got; /* a bit a byte that the peer has */
};

/* What is known of a session, once some of it is with the peer. */
struct fate {
	size_t stream; /* the last that had some of it */
	bool several;  /* streams have some, or its stream is others', too */
	bool known[2]; /* by direction; and the last frame that brought some */
	size_t last[2];
};

/* A pair as it is compared. */
struct bench {
	const struct pair_job *job;
	struct verdict *verdicts;
	struct mine *v[2]; /* by side, sorted by position */
	size_t n[2];
	int64_t longest;
	struct fate *fates; /* by session */
	size_t judged;
	struct buf room;
	/* Of the stream that is gone through: the session that had the bytes
	 * before (or SIZE_MAX), and their frame. */
	size_t stream;
	size_t session;
	size_t frame;
};

static int
by_position(const void *a, const void *b)
{
	const struct mine *x = a, *y = b;

	if (x->pos != y->pos)
		return x->pos < y->pos ? -1 : 1;
	return x->session < y->session ? -1 : x->session > y->session;
}

/* Pieces that follow each other in a stream must do so in its frames; a FIN's
 * number is no byte's. */
static bool
is_shifted(const struct frame_pair *p, const struct ours_piece *x,
    const struct ours_piece *y)
{
	int64_t shift = p->v[y->frame].pos + y->at - y->off -
	    (p->v[x->frame].pos + x->at - x->off);

	return (uint32_t)shift > 1;
}

static void
add_pieces(struct bench *b, size_t session, int dir)
{
	const struct ours *o = b->job->sessions[session];
	uint8_t from = o->from[dir];

	for (size_t i = 0; i < o->n[dir]; i++) {
		const struct ours_piece *x = &o->pieces[dir][i];
		struct mine m = { .session = session, .dir = dir, .piece = x };

		if (x->frame == FRAME_NONE ||
		    (i > 0 && x[-1].frame != FRAME_NONE &&
			is_shifted(b->job->pair, x - 1, x)))
			finding_add(&b->verdicts[session].bytes[dir], x->off,
			    REASON_UNKNOWN);
		if (x->frame == FRAME_NONE)
			continue;
		m.pos = b->job->pair->v[x->frame].pos + x->at;
		m.end = m.pos + x->len;
		m.got = xcalloc((size_t)x->len / 8 + 1, 1);
		b->v[from][b->n[from]++] = m;
		if (x->len > b->longest)
			b->longest = x->len;
	}
}

/* -- what the peer has --------------------------------------------------- */

/* Bytes at pos that the part and ours have alike (or, alike being false, have
 * otherwise), at most n. */
static int64_t
count_alike(struct bench *b, const struct peer_part *x, const struct mine *m,
    int64_t pos, int64_t n, bool alike)
{
	const struct frame *v = b->job->pair->v;
	struct spill *spill = b->job->frames->spill;
	size_t i = x->at + (size_t)(pos - x->pos), count = 0;
	size_t k = m->piece->at + (size_t)(pos - m->pos);
	struct slice p, q;

	if (x->frame == m->piece->frame && i == k)
		return alike ? n : 0;
	p = frame_bytes(spill, &v[x->frame], &b->job->frames->room);
	q = frame_bytes(spill, &v[m->piece->frame], &b->room);
	while ((int64_t)count < n && i + count < p.n && k + count < q.n &&
	    (p.p[i + count] == q.p[k + count]) == alike)
		count++;
	return (int64_t)count;
}

/* The piece of ours that has the byte at pos: rather of the part's own frame,
 * then one that is alike, then of the session before. */
static struct mine *
find_mine(struct bench *b, const struct peer_part *x, int64_t pos)
{
	struct mine *v = b->v[x->from], *best = NULL;
	size_t i = first_above(&v->pos, b->n[x->from], sizeof(*v), pos);
	int most = -1;

	while (i-- > 0 && pos - v[i].pos < b->longest) {
		int rank = 4 * (v[i].piece->frame == x->frame) +
		    (v[i].session == b->session);

		if (pos >= v[i].end)
			continue;
		rank += 2 * (count_alike(b, x, &v[i], pos, 1, true) > 0);
		if (rank > most)
			best = &v[i];
		most = rank > most ? rank : most;
		/* There is none better. */
		if (rank >= 6)
			break;
	}
	return best;
}

static enum reason
judge(struct bench *b, size_t frame, int64_t pos, bool theirs)
{
	if (b->judged++ > JUDGED_MAX)
		return REASON_UNKNOWN;
	return judge_refused(b->job->pair, frame, pos, b->job->cfg, theirs);
}

/* Why the peer has bytes that are not ours, and none of ours differ. */
static enum reason
reason_of_more(struct bench *b, const struct peer_part *x, int64_t pos,
    const struct ours *o)
{
	const struct stream_rules *r = &b->job->cfg->stream;

	switch ((enum part_kind)x->kind) {
	case PART_EXTRA:
		return REASON_PADDING;
	case PART_FRAGMENT:
		return REASON_FRAGMENT;
	case PART_HOLE:
		return b->job->peer->program == PEER_TSHARK ? REASON_HOLE_TEXT :
							      REASON_HOLE_ZEROS;
	case PART_ALIEN:
		return REASON_UNKNOWN;
	case PART_BYTES:
		break;
	}
	if (r->strict ||
	    (uint64_t)o->bytes[ours_direction(o, x->from)] >= r->max_bytes)
		return REASON_LEFT_OUT;
	return judge(b, x->frame, pos, true);
}

/* Of two copies that differ ours must be one that a receiver takes, and the
 * first, or the peer's none. */
static enum reason
reason_of_conflict(struct bench *b, const struct peer_part *x,
    const struct mine *m, int64_t pos)
{
	enum reason theirs = judge(b, x->frame, pos, true);

	if (theirs != REASON_UNKNOWN)
		return theirs;
	if (judge(b, m->piece->frame, pos, false) != REASON_UNKNOWN ||
	    (b->job->cfg->stream.overlap == OVERLAP_FIRST &&
		x->frame < m->piece->frame))
		return REASON_UNKNOWN;
	return REASON_CONFLICT;
}

/* The stream had bytes of another session before: are these two? */
static void
note_joined(struct bench *b, const struct mine *m, size_t frame, int64_t off)
{
	const struct pair_job *j = b->job;
	bool right = judge_apart(j->pair, b->frame, frame, j->cfg) ||
	    judge_ended(j->pair, b->frame, frame, j->cfg) || j->cfg->split_vlan;

	b->fates[m->session].several = b->fates[b->session].several = true;
	finding_add(&b->verdicts[m->session].bytes[m->dir], off,
	    right ? REASON_JOINED : REASON_UNKNOWN);
}

/* Another stream had bytes of the session before: is this one?  tcpflow has a
 * file for each direction. */
static void
note_cut(struct bench *b, const struct mine *m, size_t frame, int64_t off)
{
	const struct pair_job *j = b->job;
	struct fate *f = &b->fates[m->session];
	size_t last = f->last[f->known[m->dir] ? m->dir : !m->dir];

	if (!f->known[m->dir] && j->peer->program == PEER_TCPFLOW)
		return;
	f->several = true;
	finding_add(&b->verdicts[m->session].bytes[m->dir], off,
	    judge_apart(j->pair, last, frame, j->cfg) ? REASON_UNKNOWN :
							REASON_CUT);
}

/* Notes that bytes of ours, alike or not, come from a frame with the peer. */
static void
note_mine(struct bench *b, struct mine *m, const struct peer_part *x,
    int64_t pos, int64_t n)
{
	struct fate *f = &b->fates[m->session];
	int64_t off = m->piece->off + pos - m->pos;

	if (b->session != SIZE_MAX && b->session != m->session)
		note_joined(b, m, x->frame, off);
	if ((f->known[0] || f->known[1]) && f->stream != b->stream)
		note_cut(b, m, x->frame, off);
	f->stream = b->stream;
	f->known[m->dir] = true;
	f->last[m->dir] = b->frame = x->frame;
	b->session = m->session;
	b->verdicts[m->session].some = true;
	for (int64_t i = pos - m->pos; n-- > 0; i++)
		m->got[i / 8] |= (uint8_t)(1 << (i % 8));
}

/* The session that bytes would be of which none of ours has. */
static size_t
guess_session(const struct bench *b, const struct peer_part *x)
{
	int64_t packet =
	    x->kind <= PART_EXTRA ? b->job->pair->v[x->frame].packet : 0;
	size_t best = 0;

	if (b->session != SIZE_MAX)
		return b->session;
	for (size_t i = 0; i < b->job->n_sessions; i++)
		if (packet >= b->job->sessions[i]->first_packet &&
		    packet <= b->job->sessions[i]->last_packet)
			best = i;
	return best;
}

static void
add_more(struct bench *b, const struct peer_part *x, int64_t pos)
{
	size_t i = guess_session(b, x);
	const struct ours *o = b->job->sessions[i];
	int dir = ours_direction(o, x->from);
	const struct mine *v = b->v[x->from];
	size_t k = first_above(&v->pos, b->n[x->from], sizeof(*v), pos);
	int64_t off = 0;

	if (k > 0 && v[k - 1].session == i)
		off = v[k - 1].piece->off + pos - v[k - 1].pos;
	else if (pos > FRAME_NO_ACK / 2)
		off = ours_offset(b->job->pair, o, dir, pos);
	finding_add(&b->verdicts[i].bytes[dir], off,
	    reason_of_more(b, x, pos, o));
}

/* Holds a part that has bytes of a frame's payload against ours. */
static void
compare_bytes(struct bench *b, const struct peer_part *x)
{
	const struct mine *v = b->v[x->from];
	int64_t pos = x->pos, end = x->pos + x->len, n;

	for (; pos < end; pos += n) {
		struct mine *m = find_mine(b, x, pos);
		size_t next =
		    first_above(&v->pos, b->n[x->from], sizeof(*v), pos);

		if (m == NULL) {
			add_more(b, x, pos);
			n = next < b->n[x->from] && v[next].pos < end ?
			    v[next].pos - pos :
			    end - pos;
			continue;
		}
		n = (m->end < end ? m->end : end) - pos;
		n = count_alike(b, x, m, pos, n, true);
		if (n == 0) {
			n = (m->end < end ? m->end : end) - pos;
			n = count_alike(b, x, m, pos, n, false);
			n = n > 0 ? n : 1;
			finding_add(&b->verdicts[m->session].bytes[m->dir],
			    m->piece->off + pos - m->pos,
			    reason_of_conflict(b, x, m, pos));
		}
		note_mine(b, m, x, pos, n);
	}
}

/* -- what it has not ----------------------------------------------------- */

/* The program sees no TCP in the frame. */
static bool
is_unread(const struct bench *b, const struct frame *g)
{
	const struct peer_result *p = b->job->peer;

	if (p->program == PEER_TCPFLOW)
		return (g->marks & FRAME_HIDDEN) != 0;
	return g->packet < p->n_listed &&
	    (p->listed[g->packet / 8] >> (g->packet % 8) & 1) == 0;
}

/* The session is of one side, and begins with what no receiver of another's
 * takes: it is what there is of a connection of its own. */
static bool
is_alone(struct bench *b, const struct mine *m)
{
	const struct ours *o = b->job->sessions[m->session];
	const struct ours_piece *x = o->pieces[m->dir];

	return o->n[!m->dir] == 0 && x->frame != FRAME_NONE &&
	    judge(b, x->frame, b->job->pair->v[x->frame].pos + x->at, false) ==
	    REASON_REFUSED;
}

/* Another session came before, which the piece is none of. */
static bool
is_another(const struct bench *b, const struct mine *m)
{
	for (size_t s = 0; s < m->session; s++) {
		const struct ours_piece *x =
		    b->job->sessions[s]->pieces[m->dir];

		if (x != NULL && x->frame != FRAME_NONE &&
		    judge_apart(b->job->pair, x->frame, m->piece->frame,
			b->job->cfg))
			return true;
	}
	return false;
}

static enum reason
reason_of_less(struct bench *b, const struct mine *m, int64_t pos)
{
	enum reason why = judge(b, m->piece->frame, pos, false);

	if (why != REASON_UNKNOWN && (why != REASON_REFUSED || !is_alone(b, m)))
		return REASON_UNKNOWN;
	if (is_unread(b, &b->job->pair->v[m->piece->frame]))
		return REASON_NOT_READ;
	/* A program that fails has agreed to nothing. */
	if (b->job->peer->result.code != 0)
		return REASON_UNKNOWN;
	return is_another(b, m) ? REASON_JOINED : REASON_LOST;
}

static void
find_less(struct bench *b, const struct mine *m)
{
	struct finding *f = &b->verdicts[m->session].bytes[m->dir];
	bool missed = false;

	for (int64_t i = 0; i < m->end - m->pos; i++) {
		bool got = (m->got[i / 8] >> (i % 8) & 1) != 0;

		if (f->reasons & REASONS_UNEXPLAINED)
			return;
		if (!got && !missed)
			finding_add(f, m->piece->off + i,
			    reason_of_less(b, m, m->pos + i));
		missed = !got;
	}
}

/* -- the whole ----------------------------------------------------------- */

/* Our turns have all bytes; and if the session is one stream, and that stream
 * the session, they are held against its order. */
static void
compare_order(struct bench *b, size_t session)
{
	const struct ours *o = b->job->sessions[session];
	const struct fate *f = &b->fates[session];
	struct finding *order = b->verdicts[session].order;
	int64_t told[2] = { o->late[0], o->late[1] };

	for (size_t i = 0; i < o->n_turns; i++)
		told[o->turns[i].dir] += o->turns[i].len;
	if (told[0] != o->bytes[0] || told[1] != o->bytes[1])
		finding_add(&order[0], 0, REASON_UNKNOWN);
	if (f->known[0] && f->known[1] && !f->several)
		verdict_order(b->job, o, &b->job->streams[f->stream], order);
}

void
verdict_of_pair(const struct pair_job *job, struct verdict *verdicts)
{
	struct bench b = { .job = job, .verdicts = verdicts };
	size_t total = 1;

	judge_pair(job->pair, job->cfg);
	b.fates = xcalloc(job->n_sessions, sizeof(*b.fates));
	for (size_t i = 0; i < job->n_sessions; i++)
		total += job->sessions[i]->n[0] + job->sessions[i]->n[1];
	for (int side = 0; side < 2; side++)
		b.v[side] = xcalloc(total, sizeof(struct mine));
	for (size_t i = 0; i < 2 * job->n_sessions; i++)
		add_pieces(&b, i / 2, i % 2);
	for (int side = 0; side < 2; side++)
		qsort(b.v[side], b.n[side], sizeof(struct mine), by_position);
	for (b.stream = 0; b.stream < job->n_streams; b.stream++) {
		const struct peer_stream *s = &job->streams[b.stream];

		b.session = SIZE_MAX;
		for (size_t i = 0; i < s->n; i++)
			if (s->v[i].kind == PART_BYTES)
				compare_bytes(&b, &s->v[i]);
			else
				add_more(&b, &s->v[i], s->v[i].pos);
	}
	b.judged = 0;
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < b.n[side]; i++)
			find_less(&b, &b.v[side][i]);
	for (size_t i = 0; i < job->n_sessions; i++)
		if (job->peer->program == PEER_TSHARK)
			compare_order(&b, i);
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < b.n[side]; i++)
			free(b.v[side][i].got);
		free(b.v[side]);
	}
	free(b.fates);
	buf_free(&b.room);
}
