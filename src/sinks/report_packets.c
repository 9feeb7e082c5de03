/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * report_packets.c: the packets of a session that a report keeps: all, or every
 * second, every fourth and so on, so that what is left keeps its shape.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limit.h"
#include "base/xalloc.h"
#include "sinks/report_parts.h"

#define SIZE sizeof(struct report_packet)
/* Packets with a note may be that part of those that are kept. */
#define NOTED_PART 3

static void
append_packets(void *arg, struct slice s)
{
	buf_put(arg, s.p, s.n);
}

/* Leaves every second. */
static void
halve(struct thinned *t, struct spill *k)
{
	struct buf all = { 0 };

	spill_log_read(k, &t->log, 0, append_packets, &all);
	spill_log_free(k, &t->log);
	t->log = (struct spill_log){ .fixed = true };
	for (size_t at = 0; at + SIZE <= all.n; at += 2 * SIZE)
		spill_log_put(k, &t->log, all.p + at, SIZE);
	buf_free(&all);
	t->n = (t->n + 1) / 2;
	t->step *= 2;
}

static void
thinned_put(struct thinned *t, struct spill *k, const struct report_packet *p)
{
	if (t->step == 0)
		t->step = 1;
	if (t->seen++ % t->step != 0)
		return;
	t->log.fixed = true;
	spill_log_put(k, &t->log, p, SIZE);
	t->n++;
}

static void
fill(struct report_packet *p, const struct packet_event *e)
{
	memset(p, 0, sizeof *p);
	p->ts_ns = e->seg->ts_ns;
	p->seq = e->seq;
	p->ack = e->ack;
	p->number = e->seg->packet;
	p->ordinal = e->ordinal;
	p->window = e->window;
	p->len = e->seg->payload_len;
	p->notes = e->notes;
	p->flags = e->seg->flags;
	p->dir = (uint8_t)e->dir;
}

void
report_packets_put(struct report_packets *p, struct spill *k,
    const struct packet_event *e)
{
	struct report_packet x;

	fill(&x, e);
	if (p->plain.n + p->noted.n >= LIMIT_REPORT_SESSION_PACKETS)
		halve(p->noted.n > LIMIT_REPORT_SESSION_PACKETS / NOTED_PART ?
			&p->noted :
			&p->plain,
		    k);
	thinned_put(x.notes != 0 ? &p->noted : &p->plain, k, &x);
}

void
report_packets_free(struct report_packets *p, struct spill *k)
{
	spill_log_free(k, &p->plain.log);
	spill_log_free(k, &p->noted.log);
}

/* -------------------------------------------------------------------- taking */

/* How many with a note there are to be, when n of `all' have one. */
static size_t
noted_share(size_t n, size_t all, size_t most)
{
	size_t part = (most + NOTED_PART - 1) / NOTED_PART;
	size_t plain = all - n;
	size_t free = plain < most ? most - plain : 0;

	part = part > free ? part : free;
	return n < part ? n : part;
}

/* Whether number i of n is among those that are left when m of them are. */
static bool
is_left(size_t i, size_t n, size_t m)
{
	return i == 0 ? m > 0 : i * m / n != (i - 1) * m / n;
}

size_t
report_packets_thin(struct report_packet *v, size_t n, size_t most)
{
	size_t noted = 0, at[2] = { 0, 0 }, have[2], want[2], left = 1;

	if (n <= most || most == 0)
		return n <= most ? n : 0;
	/* The first stays. */
	for (size_t i = 1; i < n; i++)
		noted += v[i].notes != 0;
	have[1] = noted;
	have[0] = n - 1 - noted;
	want[1] = noted_share(noted, n - 1, most - 1);
	want[0] = most - 1 - want[1];
	for (size_t i = 1; i < n; i++) {
		int k = v[i].notes != 0;

		if (want[k] >= have[k] || is_left(at[k], have[k], want[k]))
			v[left++] = v[i];
		at[k]++;
	}
	return left;
}

static int
by_ordinal(const void *a, const void *b)
{
	const struct report_packet *x = a, *y = b;

	return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

void
report_packets_take(const struct report_packets *p, struct spill *k,
    size_t most, struct buf *out)
{
	struct buf all = { 0 };
	size_t n;

	spill_log_read(k, &p->plain.log, 0, append_packets, &all);
	spill_log_read(k, &p->noted.log, 0, append_packets, &all);
	n = all.n / SIZE;
	if (n > 1)
		qsort(all.p, n, SIZE, by_ordinal);
	n = report_packets_thin((struct report_packet *)(void *)all.p, n, most);
	buf_put(out, all.p, n * SIZE);
	buf_free(&all);
}
