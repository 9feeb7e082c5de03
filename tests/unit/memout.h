/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* memout.h: a struct out that keeps its files in memory, for tests. */
#ifndef UNIT_MEMOUT_H
#define UNIT_MEMOUT_H

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/out.h"
#include "base/xalloc.h"

#define MEMOUT_MAX 64

struct memfile {
	struct out_file f;
	char *name;
	int64_t mtime_ns;
	struct buf data; /* holes as zeros */
	uint64_t hole;	 /* not followed by anything yet */
	unsigned writes;
	unsigned settled;
	unsigned closed;
	bool discarded; /* and closed; its data is gone */
};

struct memout {
	struct out out;
	struct memfile *files[MEMOUT_MAX];
	size_t n;
};

static inline struct out_file *
memout_create(struct out *o, const char *name, int64_t mtime_ns)
{
	struct memout *m = (struct memout *)o;
	struct memfile *f = xcalloc(1, sizeof *f);

	assert(m->n < MEMOUT_MAX);
	f->f.out = o;
	f->name = xstrdup(name);
	f->mtime_ns = mtime_ns;
	m->files[m->n++] = f;
	return &f->f;
}

static inline void
memout_write(struct out_file *file, const void *p, size_t n)
{
	struct memfile *f = (struct memfile *)file;

	assert(f->closed == 0);
	for (; f->hole > 0; f->hole--)
		buf_byte(&f->data, 0);
	buf_put(&f->data, p, n);
	f->writes++;
}

static inline void
memout_hole(struct out_file *file, uint64_t n)
{
	((struct memfile *)file)->hole += n;
}

static inline void
memout_settle(struct out_file *file)
{
	((struct memfile *)file)->settled++;
}

static inline void
memout_close(struct out_file *file)
{
	struct memfile *f = (struct memfile *)file;

	assert(f->closed == 0);
	f->closed++;
}

static inline void
memout_discard(struct out_file *file)
{
	struct memfile *f = (struct memfile *)file;

	memout_close(file);
	f->discarded = true;
	buf_reset(&f->data);
}

static inline struct out *
memout_init(struct memout *m)
{
	static const struct out_ops ops = {
		.create = memout_create,
		.write = memout_write,
		.hole = memout_hole,
		.settle = memout_settle,
		.close = memout_close,
		.discard = memout_discard,
	};

	*m = (struct memout){ .out = { &ops } };
	return &m->out;
}

/* The file of that name or ending, or NULL. */
static inline struct memfile *
memout_find(const struct memout *m, const char *ending)
{
	for (size_t i = 0; i < m->n; i++) {
		const char *name = m->files[i]->name;
		size_t n = strlen(name);

		if (n >= strlen(ending) &&
		    strcmp(name + n - strlen(ending), ending) == 0)
			return m->files[i];
	}
	return NULL;
}

/* What is in the file of that ending; NULL without one. */
static inline const char *
memout_text(const struct memout *m, const char *ending)
{
	struct memfile *f = memout_find(m, ending);

	return f != NULL ? buf_cstr(&f->data) : NULL;
}

/* Every file must have been closed. */
static inline void
memout_free(struct memout *m)
{
	for (size_t i = 0; i < m->n; i++) {
		assert(m->files[i]->closed == 1);
		buf_free(&m->files[i]->data);
		free(m->files[i]->name);
		free(m->files[i]);
	}
	m->n = 0;
}

#endif
