/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* workers.c: threads, each of which reads one capture after the other. */
#include "app/workers.h"

#include <pthread.h>
#include <stdlib.h>

#include "app/catalog.h"
#include "app/signals.h"
#include "app/terminal.h"
#include "app/turns.h"
#include "base/thread.h"
#include "base/xalloc.h"

/* What waits to be shown may take so much of -M, and so many bytes. */
#define SHOWN_PART 8
#define SHOWN_MOST ((size_t)64 << 20)

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
	struct turns turns;
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
	struct capture_turn *turn;

	while (turn = turns_new(&p->turns), take_next(p, &i, &number)) {
		struct run mine = *r;
		struct tally t = { 0 };

		turns_begin(turn, number);
		if (r->catalog != NULL) {
			t.row = &r->catalog->rows[i];
			turn->messages.first = &t.row->message;
		}
		mine.messages = &turn->messages;
		mine.console = turn->console;
		message_progress_begin(mine.messages, r->progress);
		p->one(&mine, &p->in->v[i], &t);
		message_progress_pass(mine.messages, r->progress,
		    p->worklist->items[i].size, true);
		if (!turns_end(turn))
			incomplete_add(&t.incomplete, INCOMPLETE_NO_MEMORY);
		catalog_row_end(t.row, &t);
		p->in->v[i].has_output = t.published > 0;
		pthread_mutex_lock(&p->lock);
		add_tally(&p->tally, &t);
		pthread_mutex_unlock(&p->lock);
	}
	turns_free(turn);
}

/* One thread's work: a filter keeps what it compiled, and a count of how far
 * one is, is one's own. */
static void
worker_work(void *arg)
{
	struct workers *p = arg;
	struct progress progress = { .sum = p->run->progress->sum };
	struct run r = *p->run;

	r.progress = &progress;
	r.share = p->threads;
	r.jobs = r.jobs / p->threads;
	r.max_open = r.max_open / p->threads;
	if (r.filter != NULL)
		r.filter = filter_copy(r.filter);
	worker_read(p, &r);
	filter_free(r.filter);
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
	if (r->tar != NULL || r->cfg->max_output != UINT64_MAX ||
	    r->cfg->max_files > 0 || worklist->has_stream)
		return 1;
	return worklist->to_read < r->jobs ? (unsigned)worklist->to_read :
					     r->jobs;
}

/* A buffer may take as much beside what is in it. */
static size_t
shown_bytes(const struct run *r)
{
	uint64_t bytes = r->cfg->model.max_memory / SHOWN_PART;

	if (r->console.product == CONSOLE_NONE)
		return 0;
	return bytes < SHOWN_MOST ? (size_t)bytes : SHOWN_MOST;
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
	};
	pthread_t *threads;
	unsigned n = 0;
	struct run mine = *r;

	if (p.threads > 1)
		mine.shown_bytes = shown_bytes(r);
	p.run = &mine;
	turns_init(&p.turns, r->messages, &r->console, worklist->to_read,
	    mine.shown_bytes / 2);
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
	turns_fini(&p.turns);
}
