/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tcpflow.c: tcpflow's files, one for each direction and more, laid over the
 * frames that they were made of. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "verify/peer.h"

/* Places where a file may begin that are tried, and how many bytes must be
 * alike at one. */
#define TRIES_MAX 32
#define ALIKE_MIN 16
/* Zeros at its beginning that are looked behind for one. */
#define ZEROS_MAX ((size_t)1 << 20)

/* ADDR.PORT, n bytes of text, with zeros that fill up the numbers. */
static bool
parse_half(const char *text, size_t n, struct endpoint *out)
{
	bool six = memchr(text, ':', n) != NULL;
	const char *dot = memrchr(text, '.', n);
	char plain[64];
	size_t k = 0;

	if (dot == NULL || (size_t)(dot - text) > sizeof(plain))
		return false;
	out->port = (uint16_t)strtoul(dot + 1, NULL, 10);
	for (; text < dot; text++)
		if (six || *text != '0' || (k > 0 && plain[k - 1] != '.') ||
		    text + 1 == dot || text[1] == '.')
			plain[k++] = *text;
	return peer_parse_address(plain, k, out);
}

bool
peer_parse_file(const char *name, struct endpoint *src, struct endpoint *dst)
{
	const char *dash = strchr(name, '-'), *c;
	size_t n;

	if (dash == NULL)
		return false;
	n = strcspn(dash + 1, "-");
	/* A number of those that share the name follows a letter. */
	c = memrchr(dash + 1, 'c', n);
	if (c != NULL && memchr(c, ':', n - (size_t)(c - dash - 1)) == NULL &&
	    memchr(c, '.', n - (size_t)(c - dash - 1)) == NULL)
		n = (size_t)(c - dash - 1);
	return parse_half(name, (size_t)(dash - name), src) &&
	    parse_half(dash + 1, n, dst);
}

/* -- places -------------------------------------------------------------- */

struct overlay {
	struct evidence *f;
	const struct frame_pair *p;
	struct slice file;
	uint8_t side;
	int64_t base; /* position of the file's first byte */
};

static struct slice
bytes_of(const struct overlay *o, const struct frame *g)
{
	return frame_bytes(o->f->spill, g, &o->f->room);
}

/* How much of the file is payload of frames, if it begins at base; what
 * follows payload counts a little. */
static uint64_t
score(const struct overlay *o, int64_t base)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < o->p->n; i++) {
		const struct frame *g = &o->p->v[i];
		uint64_t skip = g->pos < base ? (uint64_t)(base - g->pos) : 0;
		uint64_t at = g->pos > base ? (uint64_t)(g->pos - base) : 0;
		size_t n;

		if (g->from != o->side || at >= o->file.n ||
		    skip >= (uint64_t)g->n + g->extra)
			continue;
		n = slice_common(slice_from(bytes_of(o, g), skip),
		    slice_from(o->file, at));
		sum += n;
		if (skip < g->n)
			sum += 15 * (n < g->n - skip ? n : g->n - skip);
	}
	return sum;
}

static bool
is_alike(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;

	return n > 0 && slice_common(a, b) >= (n < ALIKE_MIN ? n : ALIKE_MIN);
}

/* The best place for the file's first byte: a SYN's, or where a frame has the
 * first bytes that are not zero. */
static void
find_base(struct overlay *o)
{
	uint64_t best = 0, begin = 0;
	int tries = 0;

	while (
	    begin + 1 < o->file.n && begin < ZEROS_MAX && o->file.p[begin] == 0)
		begin++;
	for (size_t i = 0;
	     i < o->p->n && tries < TRIES_MAX && best < 16 * o->file.n; i++) {
		const struct frame *g = &o->p->v[i];
		struct slice b = bytes_of(o, g);
		int64_t bases[4], n = 0;

		if (g->from != o->side)
			continue;
		if ((g->flags & TCP_SYN) || is_alike(b, o->file))
			bases[n++] = g->pos;
		if (begin > 0 && is_alike(b, slice_from(o->file, begin)))
			bases[n++] = g->pos - (int64_t)begin;
		if (is_alike(slice_from(b, g->n), o->file))
			bases[n++] = g->pos + g->n;
		for (; n > 0; tries++) {
			uint64_t s = score(o, bases[--n]);

			if (s > best || tries == 0) {
				best = s;
				o->base = bases[n];
			}
		}
	}
}

/* The frame that has most of the file from at on; payload goes before what
 * follows it. */
static struct peer_part
find_frame(const struct overlay *o, uint64_t at)
{
	int64_t pos = o->base + (int64_t)at;
	size_t k = pair_behind(o->p, o->side, pos), i;
	struct peer_part best = { .pos = pos,
		.kind = PART_EXTRA,
		.from = o->side };

	while ((i = pair_next(o->p, o->side, pos, &k)) != FRAME_NONE) {
		const struct frame *g = &o->p->v[i];
		struct slice b = bytes_of(o, g);
		bool payload = pos - g->pos < g->n;
		int64_t n;

		b.n = payload ? g->n : b.n;
		n = (int64_t)slice_common(slice_from(b,
					      (uint64_t)(pos - g->pos)),
		    slice_from(o->file, at));
		if (n == 0 || payload < (best.kind == PART_BYTES) ||
		    (n <= best.len && payload == (best.kind == PART_BYTES)))
			continue;
		best.kind = payload ? PART_BYTES : PART_EXTRA;
		best.len = n;
		best.frame = i;
		best.at = (uint32_t)(pos - g->pos);
	}
	return best;
}

/* Bytes that no frame has there.  Zeros before the next frame stand for those
 * that never came, and anything for those that were cut; behind all frames
 * there is no hole. */
static struct peer_part
fill_hole(const struct overlay *o, uint64_t at)
{
	struct peer_part x = { .pos = o->base + (int64_t)at,
		.len = 1,
		.kind = PART_ALIEN,
		.from = o->side };
	const struct frame_at *v = o->p->by_pos[o->side];
	struct slice rest = slice_from(o->file, at);
	size_t next = pair_behind(o->p, o->side, x.pos);
	size_t limit = 1, n;

	while (next < o->p->n_by_pos[o->side] &&
	    o->p->v[v[next].frame].bytes == NULL &&
	    o->p->v[v[next].frame].len == 0)
		next++;
	if (next < o->p->n_by_pos[o->side]) {
		limit = (size_t)(v[next].pos - x.pos);
		x.kind = rest.p[0] == 0 ? PART_HOLE : PART_ALIEN;
	}
	for (size_t k = next;
	     k-- > 0 && x.pos - v[k].pos < o->p->longest[o->side];) {
		const struct frame *g = &o->p->v[v[k].frame];
		int64_t in = x.pos - g->pos;

		if (in >= 0 && in < g->len && (rest.p[0] == 0 || in >= g->n))
			x.kind = PART_HOLE;
	}
	while (x.kind == PART_HOLE && (size_t)x.len < limit &&
	    (size_t)x.len < rest.n && rest.p[x.len] == 0)
		x.len++;
	if (x.kind == PART_ALIEN && (n = frames_find_part(o->f, rest)) > 0) {
		x.kind = PART_FRAGMENT;
		x.len = (int64_t)n;
	}
	return x;
}

void
peer_locate(struct peer_stream *s, struct evidence *f, uint8_t side,
    struct slice file)
{
	struct overlay o = { f, &f->v[s->pair], file, side, 0 };

	pair_sort(&f->v[s->pair]);
	find_base(&o);
	for (uint64_t at = 0; at < file.n;) {
		struct peer_part x = find_frame(&o, at);

		if (x.len == 0)
			x = fill_hole(&o, at);
		peer_stream_add(s, &x);
		at += (uint64_t)x.len;
	}
}

/* -- files --------------------------------------------------------------- */

static void
take_file(struct peer_result *p, const struct peer_job *job, const char *path,
    const char *name)
{
	struct evidence *f = job->frames;
	struct endpoint src, dst;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	void *map;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size > 0 && peer_parse_file(name, &src, &dst)) {
		size_t pair = frames_find(f, &src, &dst);

		peer_add(p, pair);
		p->v[p->n - 1].bytes = (uint64_t)st.st_size;
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
		    0);
		if (pair != FRAME_NONE && map != MAP_FAILED)
			peer_locate(&p->v[p->n - 1], f,
			    pair_side(&f->v[pair], &src),
			    (struct slice){ map, (size_t)st.st_size });
		if (map != MAP_FAILED)
			munmap(map, (size_t)st.st_size);
	}
	if (fd >= 0)
		close(fd);
}

void
peer_run_tcpflow(struct peer_result *p, const struct peer_job *job)
{
	for (size_t i = 0; job->captures[i] != NULL && !job->stopped(); i++) {
		char *dir = xasprintf("%s/tcpflow-%zu", job->home, i);
		const char *const argv[] = { "tcpflow", "-q", "-S",
			"enable_report=NO", "-o", dir, "-r", job->captures[i],
			NULL };
		const struct spawn s = { .starter = job->starter,
			.program = STARTER_TCPFLOW,
			.capture = job->source,
			.argv = argv,
			.home = job->home,
			.stopped = job->stopped };
		struct dirent **names = NULL;
		struct spawn_result r;
		int n;

		mkdir(dir, 0700);
		spawn_run(&s, &r);
		if (r.code != 0)
			p->result = r;
		n = scandir(dir, &names, NULL, alphasort);
		for (int k = 0; k < n; k++) {
			char *path = xasprintf("%s/%s", dir, names[k]->d_name);

			take_file(p, job, path, names[k]->d_name);
			free(path);
			free(names[k]);
		}
		free(names);
		free(dir);
	}
}
