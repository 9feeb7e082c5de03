/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* writer.h: a thread that does the jobs of a backend behind who makes them. */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "base/attr.h"
#include "store/dir_backend.h"

struct writer;

/* Called, in the thread that makes the jobs, for each that has been done:
 * what belongs to it is free again. */
typedef void writer_done(void *arg, const struct file_job *job);

/* m is borrowed.  NULL when there can be no further thread. */
struct writer *writer_new(struct backend *m, writer_done *done,
    void *arg) ATTR_NODISCARD;
/* Some time later the job is done.  Waits while the thread is too far behind:
 * what it has before it is bounded.  n is the number of bytes in the job.
 * Returns the job's number for writer_has_done, which is never 0. */
uint64_t writer_put(struct writer *w, const struct file_job *job, size_t n);
/* Whether the job with that number, and all before it, are known to be done.
 * 0 stands for no job. */
bool writer_has_done(const struct writer *w, uint64_t number);
/* Whether there is enough to be done that who makes jobs may do some, too. */
bool writer_is_behind(const struct writer *w);
/* Returns when all jobs are done, and done has been called for each. */
void writer_drain(struct writer *w);
/* After the last writer_drain.  w may be NULL. */
void writer_free(struct writer *w);

#endif
