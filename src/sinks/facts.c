/* facts.c: what is noted of a session's data while it passes. */
#include "sinks/facts.h"

#include <string.h>

#include "base/fmt.h"
#include "sinks/row.h"
#include "sinks/service.h"

static void
keep_first(struct facts *f, int dir, struct slice bytes)
{
	size_t room = FACTS_FIRST - (size_t)f->n_first[dir];
	size_t n = bytes.n < room ? bytes.n : room;

	if (n == 0)
		return;
	memcpy(f->first[dir] + f->n_first[dir], bytes.p, n);
	f->n_first[dir] = (uint8_t)(f->n_first[dir] + n);
}

static void
note_answer(struct facts *f, int64_t ts_ns)
{
	int64_t think = fmt_since(ts_ns, f->asked_ns);

	/* What came late may have been captured before the question. */
	if (think < 0)
		return;
	f->waiting = false;
	if (f->answers++ == 0)
		f->first_think_ns = think;
	if (think > f->longest_think_ns)
		f->longest_think_ns = think;
}

void
facts_data(struct facts *f, const struct chunk *c)
{
	if (c->off == f->n_first[c->dir])
		keep_first(f, c->dir, c->bytes);
	if (!f->has_data[c->dir]) {
		f->has_data[c->dir] = true;
		f->data_ns[c->dir] = c->ts_ns;
	}
	if (c->dir == 0) {
		f->asked_ns = c->ts_ns;
		f->waiting = true;
	} else if (f->waiting) {
		note_answer(f, c->ts_ns);
	}
}

void
facts_datagrams(struct facts *f, const struct slice first[2])
{
	for (int dir = 0; dir < 2; dir++)
		keep_first(f, dir, first[dir]);
}

void
facts_line(struct buf *b, const struct services *services,
    const struct session *s, const struct facts *f)
{
	struct row r;

	row_make(&r, s, f, service_name(services, s, f));
	buf_put(b, r.text, r.end[COLUMNS - 1]);
}
