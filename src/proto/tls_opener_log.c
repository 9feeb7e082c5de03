/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tls_opener_log.c: turns and gaps that wait until there are keys for them. */
#include "proto/tls_opener_parts.h"

/* A turn or a gap that waits; the bytes of a turn stand behind it. */
struct logged {
	bool gap;
	int dir;
	enum gap_reason reason;
	uint64_t off;
	uint64_t len;
	struct opener_stamp stamp;
};

void
opener_log_turn(struct tls_opener *o, const struct chunk *c)
{
	const struct logged l = {
		.dir = c->dir,
		.off = c->off,
		.len = c->bytes.n,
		.stamp = { c->packet, c->ordinal, c->ts_ns, c->concurrent },
	};

	buf_put(&o->log, &l, sizeof l);
	buf_put(&o->log, c->bytes.p, c->bytes.n);
	o->logged[c->dir] += c->bytes.n + sizeof l;
}

void
opener_log_gap(struct tls_opener *o, int dir, const struct gap *g)
{
	const struct logged l = {
		.gap = true,
		.dir = dir,
		.reason = g->reason,
		.off = g->off,
		.len = g->len,
	};

	buf_put(&o->log, &l, sizeof l);
	o->logged[dir] += sizeof l;
}

void
opener_replay(struct tls_opener *o, const struct buf *log,
    const struct opener_replay *to)
{
	struct cur c = cur_of(log->p, log->n);
	struct slice s;

	while (cur_take(&c, sizeof(struct logged), &s)) {
		struct logged l;

		memcpy(&l, s.p, sizeof l);
		if (l.gap) {
			to->gap(o, l.dir,
			    &(struct gap){ l.off, l.len, l.reason });
		} else if (cur_take(&c, (size_t)l.len, &s)) {
			const struct chunk chunk = {
				.dir = l.dir,
				.concurrent = l.stamp.concurrent,
				.off = l.off,
				.bytes = s,
				.packet = l.stamp.packet,
				.ordinal = l.stamp.ordinal,
				.ts_ns = l.stamp.ts_ns,
			};

			to->turn(o, &chunk);
		}
	}
}

struct buf
opener_take_log(struct tls_opener *o)
{
	struct buf log = o->log;

	o->log = (struct buf){ 0 };
	o->logged[0] = o->logged[1] = 0;
	return log;
}

static void
front_add(struct opener_front *f, const struct logged *l, struct slice s)
{
	if (f->over)
		return;
	if (l->gap) {
		f->over = f->bytes.n > 0;
		return;
	}
	if (f->bytes.n == 0)
		f->off = l->off;
	buf_put(&f->bytes, s.p, s.n);
}

void
opener_log_front(const struct tls_opener *o, struct opener_front front[2])
{
	struct cur c = cur_of(o->log.p, o->log.n);
	struct logged l;
	struct slice s;

	while (cur_take(&c, sizeof l, &s)) {
		memcpy(&l, s.p, sizeof l);
		s = (struct slice){ NULL, 0 };
		if (l.gap || cur_take(&c, (size_t)l.len, &s))
			front_add(&front[l.dir], &l, s);
	}
}

/* ------------------------------------------------- when keys lack for the rest */

bool
opener_may_hold(const struct tls_opener *o, int dir)
{
	return o->setup.grows && o->state == OPENER_OPENED && !o->mute &&
	    !o->holds_no_more && !o->m.limit &&
	    o->m.side[dir].framing == FRAMING_RECORDS &&
	    opener_lacks_secret(o, dir);
}

void
opener_hold(struct tls_opener *o, int dir, const struct opener_record *r)
{
	const struct chunk c = {
		.dir = dir,
		.concurrent = r->stamp.concurrent,
		.off = r->off,
		.bytes = { r->header, TLS_HEADER + r->body.n },
		.packet = r->stamp.packet,
		.ordinal = r->stamp.ordinal,
		.ts_ns = r->stamp.ts_ns,
	};

	o->holds = true;
	o->held_dir = dir;
	opener_log_turn(o, &c);
}
