/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * writer.c: a thread that does the jobs of a backend, from a ring of batches.
 * Batches are handed over and given back whole, so that the threads seldom
 * meet; all memory is allocated and freed by the one that makes the jobs.
 */
#include "store/writer.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/thread.h"
#include "base/xalloc.h"

#define BATCHES 8
#define BATCHES_BEHIND 4
#define BATCH_JOBS 64
#define BATCH_BYTES ((size_t)64 << 10)

struct batch {
	size_t n;
	size_t bytes;
	struct file_job jobs[BATCH_JOBS];
};

/* Batches are numbered from 0 on; number i is in ring[i % BATCHES].  Those
 * below made are the thread's or have been done, those below done have been
 * done, and made - done < BATCHES except while waiting. */
struct writer {
	struct backend *backend;
	writer_done *done_fn;
	void *arg;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more; /* made has grown, or the end has come */
	pthread_cond_t less; /* done has grown */
	uint64_t made;
	_Atomic uint64_t done;
	bool ending;
	struct batch ring[BATCHES];
};

static struct batch *
batch_at(struct writer *w, uint64_t number)
{
	return &w->ring[number % BATCHES];
}

/* The next batch to do; NULL at the end. */
static struct batch *
wait_for_batch(struct writer *w)
{
	struct batch *b = NULL;

	pthread_mutex_lock(&w->lock);
	while (w->done == w->made && !w->ending)
		pthread_cond_wait(&w->more, &w->lock);
	if (w->done < w->made)
		b = batch_at(w, w->done);
	pthread_mutex_unlock(&w->lock);
	return b;
}

struct batch_work {
	struct writer *w;
	const struct batch *b;
	size_t at; /* the job that is being done */
};

static void
do_batch(void *arg)
{
	struct batch_work *x = arg;

	for (; x->at < x->b->n; x->at++)
		backend_do(x->w->backend, &x->b->jobs[x->at]);
}

/* What is begun without memory is not tried again: after the failure nothing
 * more needs any. */
static void *
writer_work(void *arg)
{
	struct writer *w = arg;
	struct batch *b;

	while ((b = wait_for_batch(w)) != NULL) {
		struct batch_work x = { .w = w, .b = b };

		while (!xalloc_guard(do_batch, &x)) {
			backend_fail(w->backend, ENOMEM, "write", NULL);
			x.at++;
		}
		pthread_mutex_lock(&w->lock);
		w->done++;
		pthread_cond_signal(&w->less);
		pthread_mutex_unlock(&w->lock);
	}
	return NULL;
}

/* Gives back what a batch that has been done holds. */
static void
reclaim(struct writer *w, struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		w->done_fn(w->arg, &b->jobs[i]);
	b->n = 0;
	b->bytes = 0;
}

/* Hands the current batch over; returns when at most `most` are not done. */
static void
hand_over(struct writer *w, uint64_t most)
{
	pthread_mutex_lock(&w->lock);
	w->made++;
	pthread_cond_signal(&w->more);
	while (w->made - w->done > most)
		pthread_cond_wait(&w->less, &w->lock);
	pthread_mutex_unlock(&w->lock);
	reclaim(w, batch_at(w, w->made));
}

uint64_t
writer_put(struct writer *w, const struct file_job *job, size_t n)
{
	uint64_t number = w->made + 1;
	struct batch *b = batch_at(w, w->made);

	b->jobs[b->n++] = *job;
	b->bytes += n;
	if (b->n == BATCH_JOBS || b->bytes >= BATCH_BYTES)
		hand_over(w, BATCHES - 1);
	return number;
}

bool
writer_has_done(const struct writer *w, uint64_t number)
{
	return number + BATCHES <= w->made + 1 || number == 0;
}

bool
writer_is_behind(const struct writer *w)
{
	return w->made - w->done >= BATCHES_BEHIND;
}

void
writer_drain(struct writer *w)
{
	hand_over(w, 0);
	for (size_t i = 0; i < BATCHES; i++)
		reclaim(w, &w->ring[i]);
}

struct writer *
writer_new(struct backend *m, writer_done *done, void *arg)
{
	struct writer *w = xcalloc(1, sizeof(*w));

	w->backend = m;
	w->done_fn = done;
	w->arg = arg;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->more, NULL);
	pthread_cond_init(&w->less, NULL);
	if (thread_start(&w->thread, writer_work, w))
		return w;
	free(w);
	return NULL;
}

void
writer_free(struct writer *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->ending = true;
	pthread_cond_signal(&w->more);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->more);
	pthread_cond_destroy(&w->less);
	pthread_mutex_destroy(&w->lock);
	free(w);
}
