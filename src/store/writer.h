/* writer.h: a thread that does the jobs of a medium behind who makes them. */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "base/attr.h"
#include "store/disk.h"

struct writer;

/* Called, in the thread that makes the jobs, for each that has been done:
 * what belongs to it is free again. */
typedef void writer_done(void *arg, const struct disk_job *job);

/* m is borrowed.  NULL when there can be no further thread. */
struct writer *writer_new(struct medium *m, writer_done *done,
    void *arg) ATTR_NODISCARD;
/* Some time later the job is done.  Waits while the thread is too far behind:
 * what it has before it is bounded.  n is the number of bytes in the job. */
void writer_put(struct writer *w, const struct disk_job *job, size_t n);
/* Returns when all jobs are done, and done has been called for each. */
void writer_drain(struct writer *w);
/* After the last writer_drain.  w may be NULL. */
void writer_free(struct writer *w);

#endif
