/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* record_log.c: records in a spill log, with their lengths in four bytes. */
#include "base/record_log.h"

#include <assert.h>
#include <string.h>

#define LENGTH_LEN 4

static void
put_be32(uint8_t *p, size_t v)
{
	assert(v > 0 && v <= RECORD_MAX);
	for (int i = 0; i < LENGTH_LEN; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

void
record_log_put(struct spill *k, struct spill_log *log, struct slice head,
    struct slice bytes)
{
	uint8_t length[LENGTH_LEN];

	put_be32(length, head.n + bytes.n);
	spill_log_put(k, log, length, sizeof(length));
	spill_log_put(k, log, head.p, head.n);
	spill_log_put(k, log, bytes.p, bytes.n);
}

size_t
record_begin(struct buf *b)
{
	buf_be(b, 0, LENGTH_LEN);
	return b->n;
}

void
record_end(struct buf *b, size_t begin)
{
	put_be32(b->p + begin - LENGTH_LEN, b->n - begin);
}

bool
record_take_head(struct slice *record, void *head, size_t n)
{
	if (n > record->n)
		return false;
	memcpy(head, record->p, n);
	*record = (struct slice){ record->p + n, record->n - n };
	return true;
}

/* The next record of what is there; false when it is not whole. */
static bool
next_record(struct record_feed *f, struct cur *c, struct slice *record)
{
	struct cur at = *c;
	uint32_t n;

	if (!cur_be32(&at, &n))
		return false;
	f->bad |= n == 0 || n > RECORD_MAX;
	if (f->bad || !cur_take(&at, n, record))
		return false;
	*c = at;
	return true;
}

void
record_feed_put(struct record_feed *f, struct slice bytes)
{
	struct slice record;
	struct cur c;

	if (f->bad)
		return;
	/* A copy: fn may use the spill that the bytes are borrowed from. */
	buf_put(&f->rest, bytes.p, bytes.n);
	c = cur_of(f->rest.p, f->rest.n);
	while (next_record(f, &c, &record))
		f->fn(f->arg, record);
	buf_drop(&f->rest, f->rest.n - cur_left(&c));
}

bool
record_feed_end(struct record_feed *f)
{
	bool whole = !f->bad && f->rest.n == 0;

	buf_free(&f->rest);
	return whole;
}

static void
feed_block(void *arg, struct slice bytes)
{
	record_feed_put(arg, bytes);
}

bool
record_log_replay(struct spill *k, const struct spill_log *log,
    void (*fn)(void *arg, struct slice record), void *arg)
{
	struct record_feed f = { .fn = fn, .arg = arg };

	spill_log_read(k, log, 0, feed_block, &f);
	return record_feed_end(&f);
}
