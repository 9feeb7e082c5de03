/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * backend.h: what takes the bytes of product files, a directory or a tar, and
 * the first thing that failed there.
 *
 * A backend may be worked by one thread and asked for its failure by another.
 */
#ifndef STORE_BACKEND_H
#define STORE_BACKEND_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file_job;

/* Of what the failure is told. */
#define FAILURE_LEN 640

/* error: errno, or 0; once it is set, it and what stay as they are.  No memory
 * is needed to set it. */
struct failure {
	pthread_mutex_t lock; /* of those who set it */
	atomic_int error;
	/* Files that ended where the file system has no more for one; that
	 * is no failure. */
	atomic_ulong cut;
	char what[FAILURE_LEN];
};

void failure_init(struct failure *f);
void failure_fini(struct failure *f);
/* Keeps the failure, "VERB LABEL/NAME", unless there is one already; an errnum
 * that is not positive is EIO.  name may be NULL: then the label alone is
 * meant. */
void failure_set(struct failure *f, int errnum, const char *verb,
    const char *label, const char *name);

static inline bool
failure_is_set(const struct failure *f)
{
	return f->error != 0;
}

/* As store_error. */
static inline int
failure_get(const struct failure *f, const char **what)
{
	int error = f->error;

	*what = error != 0 ? f->what : "";
	return error;
}

/* So many bytes of a file, and one chunk, make a job at most, but its first:
 * there it is `wait` that counts. */
#define BACKEND_PART ((size_t)64 << 10)

/* Every implementation begins with this. */
struct backend {
	/* The jobs of a file are done in the order in which they were made.
	 * After a failure nothing but resources is cared for. */
	void (*work)(struct backend *m, const struct file_job *job);
	/* The same, for a second thread while another does jobs of other
	 * files.  False when it is to be done by that other one; then nothing
	 * has been done.  May be NULL: it always is. */
	bool (*work_whole)(struct backend *m, const struct file_job *job);
	struct failure *failure;
	/* How large a file can be there.  May be NULL: as large as there are
	 * numbers. */
	uint64_t (*size_max)(const struct backend *m);
	const char *label; /* what goes before names in errors */
	size_t wait;	   /* bytes of a new file that may be in memory */
	bool holds;	   /* files that are settled may wait all the same */
};

static inline void
backend_do(struct backend *m, const struct file_job *job)
{
	m->work(m, job);
}

static inline bool
backend_do_whole(struct backend *m, const struct file_job *job)
{
	return m->work_whole != NULL && m->work_whole(m, job);
}

static inline bool
backend_has_failed(const struct backend *m)
{
	return failure_is_set(m->failure);
}

/* Keeps the failure unless there is one already.  name may be NULL: then the
 * label alone is meant. */
void backend_fail(const struct backend *m, int errnum, const char *verb,
    const char *name);

#endif
