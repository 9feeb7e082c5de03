/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * worklist.c: chooses which of the captures found are to be read.
 *
 * The only place where the wall clock decides anything: for --min-age.
 */
#include "app/worklist.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "app/input.h"
#include "app/resume.h"
#include "base/xalloc.h"

void
worklist_fingerprint_one(const struct run *r, const struct input *in,
    struct fingerprints *out)
{
	struct fingerprint f;

	fingerprint_init(&f, r->cfg, keylogs_digest(r->keylogs));
	fingerprint_add(&f, in);
	fingerprint_end(&f, out);
}

void
worklist_fingerprint_all(const struct run *r, const struct worklist *p,
    const struct inputs *in, struct fingerprints *out)
{
	struct fingerprint f;

	fingerprint_init(&f, r->cfg, keylogs_digest(r->keylogs));
	/* What comes out depends on more than the captures. */
	f.none = r->cfg->state != NULL;
	for (size_t i = 0; !f.none && i < in->n; i++)
		if (p->items[i].fate != FATE_YOUNG)
			fingerprint_add(&f, &in->v[i]);
	fingerprint_end(&f, out);
}

/* Nanoseconds since the file was changed; a time to come is no age. */
static int64_t
age_ns(const struct stat *st, const struct timespec *now)
{
	int64_t s = (int64_t)now->tv_sec - (int64_t)st->st_mtim.tv_sec;

	if (s < 0)
		return 0;
	if (s > INT64_MAX / 1000000000 - 1)
		return INT64_MAX;
	s = s * 1000000000 + (now->tv_nsec - st->st_mtim.tv_nsec);
	return s > 0 ? s : 0;
}

/* False when some of it is a stream, whose size nobody knows. */
static bool
look_at(const struct run *r, const struct input *in, struct worklist_item *item,
    const struct timespec *now)
{
	struct stat st;

	*item = (struct worklist_item){ .fate = FATE_READ };
	if (!input_stat(in, &st))
		return strcmp(in->path, "-") != 0;
	if (!S_ISREG(st.st_mode))
		return false;
	item->size = (uint64_t)st.st_size;
	if (r->cfg->min_age_ns > 0 && age_ns(&st, now) < r->cfg->min_age_ns) {
		item->fate = FATE_YOUNG;
		message_remark(r->messages, in->path,
		    "left for later: it was modified less than %.9g seconds "
		    "ago",
		    (double)r->cfg->min_age_ns / 1e9);
	}
	return true;
}

/* Whether the output of that name is there, complete or as incomplete as it
 * would be again. */
static bool
is_done(struct worklist *p, const struct run *r, const char *name,
    const char *shown, const struct fingerprints *f)
{
	struct incomplete_set words;
	struct buf b = { 0 };

	if (!resume_finds(r, name, f, &words))
		return false;
	incomplete_join(&p->incomplete, words);
	incomplete_list(&b, words);
	if (b.n > 0)
		message_remark(r->messages, shown,
		    "skipped; its output is as incomplete as before (%s)",
		    buf_cstr(&b));
	buf_free(&b);
	return true;
}

static void
mark_done(struct worklist *p, const struct run *r, struct inputs *in)
{
	struct fingerprints f;
	bool all = r->cfg->continuous;

	if (all) {
		worklist_fingerprint_all(r, p, in, &f);
		all = is_done(p, r, RUN_CONTINUOUS_NAME, NULL, &f);
	}
	for (size_t i = 0; i < in->n; i++) {
		struct input *v = &in->v[i];

		if (p->items[i].fate != FATE_READ)
			continue;
		if (!r->cfg->continuous) {
			worklist_fingerprint_one(r, v, &f);
			all = is_done(p, r, v->name, input_shown(v), &f);
		}
		if (all) {
			p->items[i].fate = FATE_DONE;
			v->has_output = true;
			p->done++;
		}
	}
	if (p->done > 0)
		message_remark(r->messages, NULL,
		    "captures skipped, their output is there: %zu", p->done);
}

void
worklist_make(struct worklist *p, const struct run *r, struct inputs *in)
{
	struct timespec now;
	bool known = true;

	*p = (struct worklist){ .items = xcalloc(in->n, sizeof(*p->items)) };
	clock_gettime(CLOCK_REALTIME, &now);
	for (size_t i = 0; i < in->n; i++)
		known &= look_at(r, &in->v[i], &p->items[i], &now);
	if (r->cfg->resume)
		mark_done(p, r, in);
	for (size_t i = 0; i < in->n; i++) {
		if (p->items[i].fate != FATE_READ)
			continue;
		p->to_read++;
		p->bytes += p->items[i].size;
	}
	p->has_stream = !known;
	if (!known)
		p->bytes = 0;
}

void
worklist_free(struct worklist *p)
{
	free(p->items);
	*p = (struct worklist){ 0 };
}
