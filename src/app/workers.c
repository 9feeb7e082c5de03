/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* workers.c: threads, each of which reads one capture after the other. */
#include "app/workers.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/signals.h"
#include "app/terminal.h"
#include "base/thread.h"
#include "base/xalloc.h"

struct workers {
	const struct run *run; /* what the threads' own are made of */
	struct inputs *in;
	const struct worklist *worklist;
	void (
	    *one)(const struct run *r, const struct input *in, struct tally *t);
	unsigned threads;
	pthread_mutex_t lock; /* of next, taken and tally */
	size_t next;
	size_t taken;
	struct tally tally;
	struct message_queue said;
};

/* After a failure each directory is tried by itself, but there is one tar. */
static bool
may_go_on(const struct run *r, const struct tally *t)
{
	return signals_stop() == 0 && !terminal_is_lost(r) &&
	    (r->tar == NULL ||
		!(incomplete_has(t->incomplete, INCOMPLETE_WRITE) ||
		    t->reader_gone));
}

/* The next capture to be read, and its number among them; false when there is
 * none. */
static bool
take_next(struct workers *p, size_t *i, size_t *number)
{
	bool found = false;

	pthread_mutex_lock(&p->lock);
	while (p->next < p->in->n && !found && may_go_on(p->run, &p->tally)) {
		*i = p->next++;
		found = p->worklist->items[*i].fate == FATE_READ;
	}
	if (found)
		*number = p->taken++;
	pthread_mutex_unlock(&p->lock);
	return found;
}

/* Those that belong to a run of one output are not looked at. */
static void
add_tally(struct tally *to, const struct tally *t)
{
	to->read += t->read;
	to->published += t->published;
	to->unreadable += t->unreadable;
	to->selected += t->selected;
	to->left_out |= t->left_out;
	incomplete_join(&to->incomplete, t->incomplete);
	to->reader_gone |= t->reader_gone;
}

static void
worker_read(struct workers *p, const struct run *r)
{
	size_t i, number;

	while (take_next(p, &i, &number)) {
		struct messages m =
		    messages_of_capture(p->run->messages, &p->said, number);
		struct run mine = *r;
		struct tally t = { 0 };

		mine.messages = &m;
		message_progress_begin(&m, r->progress);
		p->one(&mine, &p->in->v[i], &t);
		message_progress_pass(&m, r->progress,
		    p->worklist->items[i].size, true);
		messages_over(&m);
		p->in->v[i].has_output = t.published > 0;
		pthread_mutex_lock(&p->lock);
		add_tally(&p->tally, &t);
		pthread_mutex_unlock(&p->lock);
	}
}

/* One thread's work: a filter keeps what it compiled, and a count of how far
 * one is, is one's own. */
static void
worker_work(void *arg)
{
	struct workers *p = arg;
	struct progress progress = { .sum = p->run->progress->sum };
	/* Nothing comes to it: see threads_of. */
	struct stdout_file *console = stdout_new(STDOUT_FILENO);
	struct run r = *p->run;

	r.console.file = stdout_out(console);
	r.progress = &progress;
	r.share = p->threads;
	r.jobs = r.jobs / p->threads;
	r.max_open = r.max_open / p->threads;
	if (r.filter != NULL)
		r.filter = filter_copy(r.filter);
	worker_read(p, &r);
	filter_free(r.filter);
	stdout_free(console);
}

/* Without memory to begin with, others do the work. */
static void *
worker_main(void *arg)
{
	(void)!xalloc_guard(worker_work, arg);
	return NULL;
}

/* How many captures may be read at once.  What holds for all of them is used
 * up by one after the other; the signal that ends a stream ends no other. */
static unsigned
threads_of(const struct run *r, const struct worklist *worklist)
{
	if (r->tar != NULL || r->console.product != CONSOLE_NONE ||
	    r->cfg->max_output != UINT64_MAX || r->cfg->max_files > 0 ||
	    worklist->has_stream)
		return 1;
	return worklist->to_read < r->jobs ? (unsigned)worklist->to_read :
					     r->jobs;
}

void
workers_run(const struct run *r, struct inputs *in,
    const struct worklist *worklist,
    void (*one)(const struct run *r, const struct input *in, struct tally *t),
    struct tally *t)
{
	struct workers p = {
		.run = r,
		.in = in,
		.worklist = worklist,
		.one = one,
		.threads = threads_of(r, worklist),
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.said = message_queue_new(worklist->to_read),
	};
	pthread_t *threads;
	unsigned n = 0;
	struct run mine = *r;

	if (p.threads > 1) {
		threads = xcalloc(p.threads, sizeof(*threads));
		while (n + 1 < p.threads &&
		    thread_start(&threads[n], worker_main, &p))
			n++;
		worker_main(&p);
		while (n > 0)
			pthread_join(threads[--n], NULL);
		free(threads);
	}
	/* All, or what no thread could begin with. */
	worker_read(&p, &mine);
	add_tally(t, &p.tally);
	message_queue_free(&p.said);
}
