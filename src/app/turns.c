/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* turns.c: captures that are read at once are shown one after the other. */
#include "app/turns.h"

#include <stdlib.h>

#include "app/signals.h"
#include "base/xalloc.h"

static bool
is_its_turn(const struct capture_turn *u)
{
	return u->turns->next == u->number;
}

/* What waited goes to the run's standard output, and what comes goes there
 * from now on.  Only whose turn it is, or who ends for it, comes here. */
static void
join(struct capture_turn *u)
{
	const struct console *run = u->turns->console;

	if (u->joined)
		return;
	u->joined = true;
	if (u->start.begun)
		console_begin(run, u->start.parted);
	else
		u->start.begun = run->start->begun;
	if (u->waiting.n == 0)
		return;
	out_write(run->file, u->waiting.p, u->waiting.n);
	pthread_mutex_lock(&u->turns->lock);
	u->turns->waiting -= u->waiting.n;
	pthread_cond_broadcast(&u->turns->moved);
	pthread_mutex_unlock(&u->turns->lock);
	buf_free(&u->waiting);
}

/* Room for n bytes more among all that waits; false: its turn has come. */
static bool
wait_for_room(struct capture_turn *u, size_t n)
{
	struct turns *t = u->turns;
	bool fits;

	pthread_mutex_lock(&t->lock);
	while (!is_its_turn(u) && (n > t->most || t->waiting > t->most - n))
		pthread_cond_wait(&t->moved, &t->lock);
	fits = !is_its_turn(u);
	if (fits)
		t->waiting += n;
	pthread_mutex_unlock(&t->lock);
	return fits;
}

static void
turn_write(struct out_file *f, const void *p, size_t n)
{
	struct capture_turn *u = (struct capture_turn *)f;

	if (!is_its_turn(u) && wait_for_room(u, n)) {
		buf_put(&u->waiting, p, n);
		return;
	}
	if (u->turns->stopped)
		return;
	join(u);
	out_write(u->turns->console->file, p, n);
}

static void
turn_settle(struct out_file *f)
{
	struct capture_turn *u = (struct capture_turn *)f;

	if (!is_its_turn(u) || u->turns->stopped)
		return;
	join(u);
	out_settle(u->turns->console->file);
}

static const struct out_ops ops = {
	.write = turn_write,
	.settle = turn_settle,
};

void
turns_init(struct turns *t, struct messages *root, const struct console *c,
    size_t n, size_t most)
{
	*t = (struct turns){
		.root = root,
		.said = message_queue_new(n),
		.console = c,
		.n = n,
		.most = most,
		.of = xcalloc(n, sizeof *t->of),
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.moved = PTHREAD_COND_INITIALIZER,
	};
}

void
turns_fini(struct turns *t)
{
	for (size_t i = 0; i < t->n; i++)
		turns_free(t->of[i]);
	free(t->of);
	message_queue_free(&t->said);
}

struct capture_turn *
turns_new(struct turns *t)
{
	struct capture_turn *u = xcalloc(1, sizeof *u);

	u->out.ops = &ops;
	u->file.out = &u->out;
	u->turns = t;
	return u;
}

void
turns_free(struct capture_turn *u)
{
	if (u == NULL)
		return;
	buf_free(&u->waiting);
	free(u);
}

void
turns_begin(struct capture_turn *u, size_t number)
{
	struct turns *t = u->turns;

	u->number = number;
	u->messages = messages_of_capture(t->root, &t->said, number);
	u->console = *t->console;
	u->console.file = &u->file;
	u->console.start = &u->start;
	pthread_mutex_lock(&t->lock);
	t->of[number] = u;
	pthread_mutex_unlock(&t->lock);
}

static void
show_turn(void *arg)
{
	struct capture_turn *u = arg;

	join(u);
	u->turns->console->start->begun |= u->start.begun;
	out_settle(u->turns->console->file);
}

/* Shows it, and lets the next have its turn: that one, if it has ended
 * meanwhile and nobody else will show it. */
static struct capture_turn *
pass_on(struct capture_turn *u, bool *shown)
{
	struct turns *t = u->turns;
	size_t next = u->number + 1;
	struct capture_turn *after;

	if (!t->stopped && !xalloc_guard(show_turn, u)) {
		message_error(&u->messages, NULL,
		    "out of memory; %s of it was published", "not all");
		*shown = false;
	}
	t->stopped |= signals_stop() != 0;
	messages_over(&u->messages);
	pthread_mutex_lock(&t->lock);
	t->of[u->number] = NULL;
	after = next < t->n ? t->of[next] : NULL;
	if (after != NULL && !after->over)
		after = NULL;
	t->next = next;
	pthread_cond_broadcast(&t->moved);
	pthread_mutex_unlock(&t->lock);
	turns_free(u);
	return after;
}

bool
turns_end(struct capture_turn *u)
{
	struct turns *t = u->turns;
	bool shown = true;

	pthread_mutex_lock(&t->lock);
	u->over = true;
	if (!is_its_turn(u))
		u = NULL;
	pthread_mutex_unlock(&t->lock);
	while (u != NULL)
		u = pass_on(u, &shown);
	return shown;
}
