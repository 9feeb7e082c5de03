/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* session_probe.c: what is noted of a session's data while it passes. */
#include "inspect/session_probe.h"

#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/xalloc.h"
#include "inspect/diagnosis.h"
#include "inspect/row.h"
#include "inspect/service.h"

#define TENTH_NS 100000000
/* 63 bits of nanoseconds are fewer. */
#define TENTHS_MAX ((UINT64_C(1) << 39) - 1)

/* Side dir has said enough. */
static void
forget_first(struct session_probe *f, int dir)
{
	f->first->n[dir] = 0;
	if (f->first->n[!dir] > 0)
		return;
	free(f->first);
	f->first = NULL;
}

/* Adds to what side dir began with, which is too short yet. */
static void
keep_first(struct session_probe *f, int dir, struct slice bytes)
{
	size_t room, n;
	uint8_t *to;

	if (f->first == NULL)
		f->first = xcalloc(1, sizeof *f->first);
	room = SESSION_PROBE_FIRST - (size_t)f->first->n[dir];
	n = bytes.n < room ? bytes.n : room;
	to = f->first->bytes[dir];
	memcpy(to + f->first->n[dir], bytes.p, n);
	f->first->n[dir] = (uint8_t)(f->first->n[dir] + n);
	if (n < room)
		return;
	service_hear(&f->heard, dir, (struct slice){ to, SESSION_PROBE_FIRST });
	forget_first(f, dir);
}

static void
note_first(struct session_probe *f, const struct chunk *c)
{
	if (c->off == 0 && c->bytes.n >= SESSION_PROBE_FIRST)
		service_hear(&f->heard, c->dir,
		    (struct slice){ c->bytes.p, SESSION_PROBE_FIRST });
	else if (c->off == 0 ||
	    (f->first != NULL && c->off == f->first->n[c->dir]))
		keep_first(f, c->dir, c->bytes);
}

static void
note_answer(struct session_probe *f, int64_t ts_ns)
{
	int64_t think = fmt_since(ts_ns, f->asked_ns);
	uint64_t tenths = (uint64_t)think / TENTH_NS;

	/* What came late may have been captured before the question. */
	if (think < 0)
		return;
	f->waiting = false;
	if (think > DIAGNOSIS_SLOW_NS && tenths > f->slow_tenths)
		f->slow_tenths = tenths & TENTHS_MAX;
}

void
session_probe_data(struct session_probe *f, const struct chunk *c)
{
	if (c->off < SESSION_PROBE_FIRST)
		note_first(f, c);
	if (c->dir == 0) {
		f->asked_ns = c->ts_ns;
		f->waiting = true;
	} else if (f->waiting) {
		note_answer(f, c->ts_ns);
	}
}

static struct slice
cut_first(struct slice s)
{
	return (struct slice){ s.p,
		s.n < SESSION_PROBE_FIRST ? s.n : SESSION_PROBE_FIRST };
}

void
session_probe_datagrams(struct session_probe *f, const struct session *s,
    const struct slice first[2])
{
	struct beginning b = {
		.first = { cut_first(first[0]), cut_first(first[1]) },
		.port = { s->client.port, s->server.port },
		.proto = s->proto,
	};

	f->heard = service_hear_all(&b);
}

struct service_hints
session_probe_hints(const struct session_probe *f)
{
	struct service_hints h = f->heard;

	for (int dir = 0; f->first != NULL && dir < 2; dir++) {
		struct slice s = { f->first->bytes[dir], f->first->n[dir] };

		if (s.n > 0)
			service_hear(&h, dir, s);
	}
	return h;
}

void
session_probe_fini(struct session_probe *f)
{
	free(f->first);
	f->first = NULL;
}

void
session_probe_line(struct buf *b, const struct port_names *services,
    const struct session *s, const struct session_probe *f)
{
	const struct row_of x = { s, f, services };
	struct row r;

	row_make(&r, &x);
	buf_put(b, r.text, r.end[COLUMNS - 1]);
}
