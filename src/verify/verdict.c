/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * verdict.c: which of a peer's streams is which session's, direction by
 * direction, and whether all differences are accounted for.
 */
#include "verify/verdict.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "verify/evidence.h"
#include "verify/order.h"
#include "base/xalloc.h"

/* Sessions that a stream is tried with, and places where it may begin. */
#define TRIES_MAX 40
#define STARTS_MAX 4096

/* One direction of a stream: what is to be explained. */
struct part_view {
	struct slice bytes;
	struct buf buf; /* behind bytes, or */
	void *map;	/* this */
	struct peer_run *runs;
	size_t n_runs;
};

/* Where a direction of a stream went. */
struct fate {
	size_t session; /* SIZE_MAX: nowhere */
};

/* First what is the same, then what can be explained; what is left may be
 * explained by what became of the rest. */
enum pass { PASS_EXACT, PASS_EXPLAINED, PASS_LAST };

/* A pair as it is compared. */
struct bench {
	const struct pair_job *job;
	struct verdict *verdicts;
	struct case_file (*cases)[2]; /* by session and direction */
	bool (*opened)[2];
	bool (*exact)[2];	 /* the direction is with the peer as it is */
	size_t (*parts)[2];	 /* streams that have some of the direction */
	struct fate (*fates)[2]; /* by stream and sender */
	uint32_t *taken;
};

/* -- a stream's bytes ---------------------------------------------------- */

static void
map_file(struct part_view *v, const char *path, size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0 && n > 0) {
		void *p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);

		if (p != MAP_FAILED) {
			v->map = p;
			v->bytes = (struct slice){ p, n };
		}
	}
	if (fd >= 0)
		close(fd);
}

static void
view_open(struct part_view *v, const struct pair_job *job,
    const struct peer_stream *s, uint8_t from)
{
	const uint8_t *at;

	*v = (struct part_view){ 0 };
	if (s->path != NULL) {
		map_file(v, s->path, (size_t)s->size[from]);
		v->runs = xcalloc(1, sizeof(*v->runs));
		v->runs[v->n_runs++].bytes = v->bytes;
		return;
	}
	case_read(job->keep, &s->bytes[from], &v->buf);
	v->bytes = (struct slice){ v->buf.p, v->buf.n };
	v->runs = xcalloc(s->n_parts + 1, sizeof(*v->runs));
	at = v->buf.p;
	for (size_t i = 0; i < s->n_parts; i++) {
		const struct peer_part *p = &s->parts[i];

		if (p->from != from)
			continue;
		v->runs[v->n_runs++] = (struct peer_run){
			.bytes = { at, (size_t)p->len },
			.missing = p->missing,
		};
		at += p->len;
	}
}

static void
view_close(struct part_view *v)
{
	if (v->map != NULL)
		munmap(v->map, v->bytes.n);
	buf_free(&v->buf);
	free(v->runs);
}

/* -- sessions ------------------------------------------------------------ */

static uint8_t
sender(const struct bench *b, size_t i, int dir)
{
	const struct ours *o = b->job->sessions[i];

	return !endpoint_equal(&b->job->pair->ep[0],
	    dir == 0 ? &o->client : &o->server);
}

static int
direction(const struct bench *b, size_t i, uint8_t from)
{
	return sender(b, i, 0) == from ? 0 : 1;
}

static struct case_file *
case_of(struct bench *b, size_t i, int dir)
{
	if (!b->opened[i][dir])
		case_open(&b->cases[i][dir], b->job, i, dir, b->taken);
	b->opened[i][dir] = true;
	b->cases[i][dir].e.placed = &b->verdicts[i].bytes[dir];
	return &b->cases[i][dir];
}

/* The stream's bytes are all of ours, without a hole. */
static bool
is_exact(struct bench *b, size_t i, int dir, const struct part_view *v)
{
	const struct ours_side *s = &b->job->sessions[i]->side[dir];
	struct buf ours = { 0 };
	bool same;

	if (s->bytes.size != v->bytes.n || s->n_gaps > 0 || s->n_pieces == 0 ||
	    v->bytes.p == NULL || s->pieces[0].off != 0)
		return false;
	case_read(b->job->keep, &s->bytes, &ours);
	same = memcmp(ours.p, v->bytes.p, v->bytes.n) == 0;
	buf_free(&ours);
	return same;
}

/* The stream, by its place among those of the pair, of a session. */
static size_t
likely_session(const struct bench *b, size_t stream)
{
	const struct peer *p = b->job->peer;
	const struct peer_stream *s = b->job->streams[stream];

	uint64_t packet = s->path == NULL && s->number < p->top_stream ?
	    p->first[s->number] :
	    0;

	/* The session that the stream's first packet belongs to. */
	for (size_t i = 0; i < b->job->n_sessions && packet != 0; i++)
		if (b->job->sessions[i]->first_packet <= packet &&
		    packet <= b->job->sessions[i]->last_packet)
			return i;
	return stream < b->job->n_sessions ? stream : 0;
}

/* The k-th session to try for a stream: the likely one, then its neighbours,
 * further and further away; SIZE_MAX when that is none. */
static size_t
session_to_try(const struct bench *b, size_t likely, size_t k)
{
	size_t away = (k + 1) / 2;
	size_t i = k % 2 == 1 ? likely - away : likely + away;

	return i < b->job->n_sessions ? i : SIZE_MAX;
}

static size_t
tries(const struct bench *b)
{
	size_t n = 2 * b->job->n_sessions;

	return n < TRIES_MAX ? n : TRIES_MAX;
}

/* Notes where the stream's parts were found. */
static void
note_places(struct peer_stream *s, uint8_t from, const struct part_view *v)
{
	size_t k = 0;

	for (size_t i = 0; i < s->n_parts; i++) {
		if (s->parts[i].from != from)
			continue;
		s->parts[i].pos = v->runs[k].from;
		s->parts[i].end = v->runs[k].to;
		k++;
	}
}

/* The parts follow one another. */
static void
note_sequence(const struct part_view *v)
{
	int64_t pos = 0;

	for (size_t i = 0; i < v->n_runs; i++) {
		v->runs[i].from = pos;
		pos += (int64_t)v->runs[i].bytes.n;
		v->runs[i].to = pos;
	}
}

static bool
match_exactly(struct bench *b, size_t stream, uint8_t from,
    const struct part_view *v, size_t likely)
{
	for (size_t k = 0; k < tries(b); k++) {
		size_t i = session_to_try(b, likely, k);
		int dir = i == SIZE_MAX ? 0 : direction(b, i, from);

		if (i == SIZE_MAX || b->exact[i][dir] ||
		    !is_exact(b, i, dir, v))
			continue;
		b->exact[i][dir] = true;
		b->parts[i][dir]++;
		b->fates[stream][from].session = i;
		note_sequence(v);
		note_places(b->job->streams[stream], from, v);
		return true;
	}
	return false;
}

/* -- what is not the same ------------------------------------------------ */

static void
finding_merge(struct finding *into, const struct finding *f)
{
	if (f->differs && (!into->differs || f->first < into->first)) {
		into->first = f->first;
		into->why = f->why;
	}
	into->differs |= f->differs;
	into->reasons |= f->reasons;
	for (size_t i = 0; i < f->n_spans; i++)
		finding_span(into, f->spans[i].from, f->spans[i].to);
}

struct choice {
	bool fits;
	size_t session;
	int64_t start;
	int reasons;
};

/* The session and place that explain the stream with the fewest reasons. */
static bool
choose(struct bench *b, uint8_t from, const struct part_view *v, size_t likely,
    struct choice *best)
{
	int64_t *starts = xcalloc(STARTS_MAX, sizeof(*starts));
	bool any = false;

	for (size_t k = 0; k < tries(b) && !any; k++) {
		size_t i = session_to_try(b, likely, k);

		if (i == SIZE_MAX)
			continue;
		const struct evidence *e =
		    &case_of(b, i, direction(b, i, from))->e;
		size_t n = explain_starts(e, starts, STARTS_MAX);

		for (size_t at = 0; at < n; at++) {
			struct finding f = { 0 };
			bool ok =
			    explain_runs(e, v->runs, v->n_runs, starts[at], &f);
			int reasons = __builtin_popcountll(f.reasons);

			if (ok && (!any || reasons < best->reasons)) {
				*best = (struct choice){ true, i, starts[at],
					reasons };
				any = true;
			}
			finding_fini(&f);
		}
	}
	free(starts);
	return any;
}

static void
commit(struct bench *b, const struct choice *c, uint8_t from,
    const struct part_view *v)
{
	int dir = direction(b, c->session, from);
	struct evidence *e = &case_of(b, c->session, dir)->e;
	struct finding f = { 0 };

	e->commits = true;
	explain_runs(e, v->runs, v->n_runs, c->start, &f);
	e->commits = false;
	if (!c->fits && finding_is_explained(&f))
		finding_add(&f, c->start, REASON_UNKNOWN);
	if (f.n_spans > 0 && b->parts[c->session][dir]++ > 0)
		finding_add(&f, c->start, REASON_SPLIT);
	finding_merge(&b->verdicts[c->session].bytes[dir], &f);
	finding_fini(&f);
}

static void
match_otherwise(struct bench *b, size_t stream, uint8_t from,
    const struct part_view *v, size_t likely, enum pass pass)
{
	struct choice c = { false, likely, 0, 0 };

	if (choose(b, from, v, likely, &c))
		b->fates[stream][from].session = c.session;
	else if (pass != PASS_LAST)
		return;
	commit(b, &c, from, v);
	note_places(b->job->streams[stream], from, v);
}

static void
place_streams(struct bench *b, enum pass pass)
{
	for (size_t i = 0; i < b->job->n_streams; i++) {
		const struct peer_stream *s = b->job->streams[i];

		for (uint8_t from = 0; from < 2; from++) {
			struct part_view v;

			if (s->size[from] == 0 ||
			    b->fates[i][from].session != SIZE_MAX)
				continue;
			view_open(&v, b->job, s, from);

			size_t likely = likely_session(b, i);

			if (pass == PASS_EXACT)
				match_exactly(b, i, from, &v, likely);
			else
				match_otherwise(b, i, from, &v, likely, pass);
			view_close(&v);
		}
	}
}

static void
find_missing(struct bench *b)
{
	for (size_t i = 0; i < b->job->n_sessions; i++) {
		const struct ours *o = b->job->sessions[i];

		for (int dir = 0; dir < 2; dir++) {
			struct verdict *v = &b->verdicts[i];

			v->absent[dir] = b->parts[i][dir] == 0;
			if (b->exact[i][dir] ||
			    !finding_is_explained(&v->bytes[dir]) ||
			    o->side[dir].bytes.size == 0)
				continue;
			explain_missing(&case_of(b, i, dir)->e, &v->bytes[dir]);
		}
	}
}

/* -- order --------------------------------------------------------------- */

/* tshark's turns of a stream, as positions. */
static struct turn *
turns_of_stream(struct bench *b, size_t stream, size_t session)
{
	const struct peer_stream *s = b->job->streams[stream];
	struct turn *v = xcalloc(s->n_parts + 1, sizeof(*v));

	for (size_t i = 0; i < s->n_parts; i++) {
		const struct peer_part *p = &s->parts[i];

		v[i] = (struct turn){ p->pos, p->end - p->pos,
			(uint8_t)direction(b, session, p->from), false };
	}
	return v;
}

static struct turn *
turns_of_ours(const struct ours *o)
{
	struct turn *v = xcalloc(o->n_turns + 1, sizeof(*v));

	for (size_t i = 0; i < o->n_turns; i++)
		v[i] = (struct turn){ (int64_t)o->turns[i].off,
			(int64_t)o->turns[i].len, o->turns[i].dir,
			o->turns[i].concurrent };
	return v;
}

static void
compare_order(struct bench *b, size_t stream)
{
	const struct fate *f = b->fates[stream];
	size_t i = f[0].session;

	/* Both sides spoke, and all of it is in this stream. */
	if (i == SIZE_MAX || f[1].session != i || b->parts[i][0] != 1 ||
	    b->parts[i][1] != 1)
		return;
	struct turn *peer = turns_of_stream(b, stream, i);
	struct turn *ours = turns_of_ours(b->job->sessions[i]);
	const struct evidence *e[2] = { &case_of(b, i, 0)->e,
		&case_of(b, i, 1)->e };
	const struct turns x = { ours, b->job->sessions[i]->n_turns };
	const struct turns y = { peer, b->job->streams[stream]->n_parts };

	order_compare(&x, &y, e, b->verdicts[i].order);
	free(ours);
	free(peer);
}

/* ------------------------------------------------------------------------ */

static void
bench_init(struct bench *b, const struct pair_job *job,
    struct verdict *verdicts)
{
	size_t n = job->n_sessions + 1, m = job->n_streams + 1;

	*b = (struct bench){ .job = job, .verdicts = verdicts };
	b->cases = xcalloc(n, sizeof(*b->cases));
	b->opened = xcalloc(n, sizeof(*b->opened));
	b->exact = xcalloc(n, sizeof(*b->exact));
	b->parts = xcalloc(n, sizeof(*b->parts));
	b->fates = xcalloc(m, sizeof(*b->fates));
	b->taken = xcalloc(job->pair->n + 1, sizeof(*b->taken));
	for (size_t i = 0; i < m; i++)
		b->fates[i][0].session = b->fates[i][1].session = SIZE_MAX;
}

static void
bench_fini(struct bench *b)
{
	for (size_t i = 0; i < b->job->n_sessions; i++)
		for (int dir = 0; dir < 2; dir++)
			if (b->opened[i][dir])
				case_close(&b->cases[i][dir]);
	free(b->cases);
	free(b->opened);
	free(b->exact);
	free(b->parts);
	free(b->fates);
	free(b->taken);
}

void
compare_pair(const struct pair_job *job, struct verdict *verdicts)
{
	struct bench b;

	if (job->n_sessions == 0)
		return;
	bench_init(&b, job, verdicts);
	place_streams(&b, PASS_EXACT);
	place_streams(&b, PASS_EXPLAINED);
	place_streams(&b, PASS_LAST);
	find_missing(&b);
	for (size_t i = 0; i < job->n_streams; i++)
		if (job->program == PEER_TSHARK)
			compare_order(&b, i);
	for (size_t i = 0; i < job->n_sessions; i++)
		if (job->program == PEER_TSHARK &&
		    job->sessions[i]->turns_differ)
			finding_add(&verdicts[i].order[0], 0, REASON_UNKNOWN);
	bench_fini(&b);
}

void
verdict_fini(struct verdict *v)
{
	for (int dir = 0; dir < 2; dir++) {
		finding_fini(&v->bytes[dir]);
		finding_fini(&v->order[dir]);
	}
}

bool
verdict_differs(const struct verdict *v)
{
	return v->bytes[0].differs || v->bytes[1].differs ||
	    v->order[0].differs || v->order[1].differs;
}

bool
verdict_is_explained(const struct verdict *v)
{
	return finding_is_explained(&v->bytes[0]) &&
	    finding_is_explained(&v->bytes[1]) &&
	    finding_is_explained(&v->order[0]) &&
	    finding_is_explained(&v->order[1]);
}
