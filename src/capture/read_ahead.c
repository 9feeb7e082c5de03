/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * read_ahead.c: a thread that reads a compressed file ahead, into a ring of
 * blocks.  Blocks change hands whole, so that the threads seldom meet.
 */
#include "capture/read_ahead.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/thread.h"
#include "base/xalloc.h"

#define BLOCKS 4
#define BLOCK_SIZE ((size_t)256 << 10)
#define WAIT_NS 200000000

/* Without bytes it is the end. */
struct ahead_block {
	size_t n;
	uint64_t bytes_in;
	uint8_t bytes[BLOCK_SIZE];
};

/* Blocks are numbered from 0 on; number i is in ring[i % BLOCKS].  Those in
 * [emptied, filled) are the reader's, the others the thread's. */
struct read_ahead {
	struct source *in;
	struct source *raw;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more; /* filled has grown */
	pthread_cond_t less; /* emptied has grown, or the end has come */
	uint64_t filled;
	uint64_t emptied;
	atomic_bool ending;
	bool no_memory; /* the thread has ended for want of it */
	size_t at;	/* how much of the first block has been handed out */
	uint64_t bytes_in;
	struct ahead_block ring[BLOCKS];
};

static bool
read_ahead_goes_on(void *arg)
{
	struct read_ahead *a = arg;

	return !a->ending;
}

struct block_read {
	struct source *in;
	struct ahead_block *b;
};

static void
read_block(void *arg)
{
	struct block_read *x = arg;

	x->b->n = x->in->read(x->in, x->b->bytes, BLOCK_SIZE);
}

static void *
read_ahead_work(void *arg)
{
	struct read_ahead *a = arg;
	struct ahead_block *b;

	do {
		pthread_mutex_lock(&a->lock);
		while (a->filled - a->emptied == BLOCKS && !a->ending)
			pthread_cond_wait(&a->less, &a->lock);
		b = &a->ring[a->filled % BLOCKS];
		pthread_mutex_unlock(&a->lock);
		if (a->ending)
			break;
		/* One read: what trickles in is not kept waiting until the
		 * block is full. */
		if (!xalloc_guard(read_block,
			&(struct block_read){ a->in, b })) {
			a->no_memory = true;
			b->n = 0;
		}
		b->bytes_in = a->raw->total;
		pthread_mutex_lock(&a->lock);
		a->filled++;
		pthread_cond_signal(&a->more);
		pthread_mutex_unlock(&a->lock);
	} while (b->n > 0);
	return NULL;
}

/* Waits for a block, for a moment only when the owner is to be called.  The
 * lock is held. */
static bool
wait_for_block(struct read_ahead *a, bool moment)
{
	struct timespec t;

	if (a->filled > a->emptied)
		return true;
	if (!moment) {
		pthread_cond_wait(&a->more, &a->lock);
		return a->filled > a->emptied;
	}
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += WAIT_NS;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&a->more, &a->lock, &t);
	return a->filled > a->emptied;
}

/* The first block that is not empty yet; NULL when the owner would not wait
 * for it. */
static struct ahead_block *
first_block(struct read_ahead *a, struct source *out)
{
	bool there = false;

	while (!there) {
		pthread_mutex_lock(&a->lock);
		there = wait_for_block(a, out->wait != NULL);
		pthread_mutex_unlock(&a->lock);
		if (!there && out->wait != NULL && !out->wait(out->wait_arg))
			return NULL;
	}
	return &a->ring[a->emptied % BLOCKS];
}

static size_t
hand_out(struct source *out, uint8_t *p, size_t n)
{
	struct read_ahead *a = out->ctx;
	struct ahead_block *b = first_block(a, out);

	if (b == NULL) {
		source_stop(out, CAPTURE_IO, "stopped");
		return 0;
	}
	a->bytes_in = b->bytes_in;
	/* The thread has ended: its sources may be looked at. */
	if (b->n == 0 && a->no_memory)
		xalloc_fail();
	if (b->n == 0) {
		source_stop(out, a->in->state, "%s", a->in->why);
		return 0;
	}
	if (n > b->n - a->at)
		n = b->n - a->at;
	memcpy(p, b->bytes + a->at, n);
	a->at += n;
	if (a->at == b->n) {
		a->at = 0;
		pthread_mutex_lock(&a->lock);
		a->emptied++;
		pthread_cond_signal(&a->less);
		pthread_mutex_unlock(&a->lock);
	}
	return n;
}

struct read_ahead *
read_ahead_new(struct source *in, struct source *raw, struct source *out)
{
	/* Its pages come into being when they are first filled. */
	struct read_ahead *a = xmalloc(sizeof(*a));
	capture_wait *wait = raw->wait;
	void *wait_arg = raw->wait_arg;
	pthread_condattr_t clock;

	memset(a, 0, offsetof(struct read_ahead, ring));
	a->in = in;
	a->raw = raw;
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->more, &clock);
	pthread_cond_init(&a->less, NULL);
	pthread_condattr_destroy(&clock);
	raw->wait = read_ahead_goes_on;
	raw->wait_arg = a;
	if (!thread_start(&a->thread, read_ahead_work, a)) {
		raw->wait = wait;
		raw->wait_arg = wait_arg;
		free(a);
		return NULL;
	}
	source_init_read(out, hand_out, a);
	out->wait = wait;
	out->wait_arg = wait_arg;
	return a;
}

void
read_ahead_free(struct read_ahead *a)
{
	if (a == NULL)
		return;
	pthread_mutex_lock(&a->lock);
	a->ending = true;
	pthread_cond_signal(&a->less);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	pthread_cond_destroy(&a->more);
	pthread_cond_destroy(&a->less);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

uint64_t
read_ahead_bytes_in(const struct read_ahead *a)
{
	return a->bytes_in;
}
