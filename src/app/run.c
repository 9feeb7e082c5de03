/* run.c: each capture by itself, or all as one. */
#include "app/run.h"

#include <stdlib.h>
#include <string.h>

#include "app/input.h"
#include "app/job.h"
#include "app/signals.h"
#include "base/xalloc.h"

/* Counts a capture that cannot be read; true when this one can. */
static bool
is_readable(enum input_state state, struct tally *t)
{
	if (state == INPUT_UNREADABLE) {
		t->unreadable++;
		t->flawed = true;
	}
	return state == INPUT_OPEN;
}

static void
run_one(const struct run *r, const struct input *in, struct tally *t)
{
	struct source s;
	struct job j;

	if (is_readable(source_open(&s, in, r->messages), t)) {
		t->read++;
		if (job_open(&j, r, in->name, source_size(&s))) {
			job_read(&j, &s);
			if (!job_must_stop(&j))
				t->flawed |= source_say_ending(&s, r->messages);
			job_finish(&j, t);
		} else {
			t->output_failed = true;
		}
		job_close(&j);
	}
	source_close(&s);
}

void
run_each(const struct run *r, const struct inputs *in, struct tally *t)
{
	for (size_t i = 0; i < in->n && signals_stop() == 0; i++)
		run_one(r, &in->v[i], t);
}

/* A capture's place among those that are read as one. */
struct part {
	const struct input *in;
	size_t index;
	int64_t first_ns; /* INT64_MAX without packets */
	uint64_t size;
	struct source stream; /* standard input, opened already */
	bool is_stream;
};

static int
by_first_packet(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* Looks at a capture's first packet; false when it cannot be read. */
static bool
make_part(const struct run *r, const struct input *in, struct part *p,
    struct tally *t)
{
	struct source s;
	bool ok = is_readable(source_open(&s, in, r->messages), t);

	*p = (struct part){ .in = in, .first_ns = INT64_MAX };
	if (ok && s.status == CAPTURE_PACKET)
		p->first_ns = s.packet.ts_ns;
	if (ok)
		p->size = source_size(&s);
	/* What cannot be read twice stays open. */
	p->is_stream = ok && !S_ISREG(s.before.st_mode);
	if (p->is_stream)
		p->stream = s;
	else
		source_close(&s);
	return ok;
}

static void
read_part(struct job *j, struct part *p, struct tally *t)
{
	struct source *s = &p->stream;

	if (p->is_stream ||
	    is_readable(source_open(s, p->in, j->run->messages), t)) {
		t->read++;
		job_read(j, s);
		if (!job_must_stop(j))
			t->flawed |= source_say_ending(s, j->run->messages);
	}
	source_close(s);
}

void
run_continuous(const struct run *r, const struct inputs *in, struct tally *t)
{
	struct part *parts = xcalloc(in->n, sizeof(*parts));
	uint64_t total = 0;
	size_t n = 0;
	struct job j;

	for (size_t i = 0; i < in->n; i++) {
		if (!make_part(r, &in->v[i], &parts[n], t))
			continue;
		parts[n].index = n;
		total += parts[n++].size;
	}
	qsort(parts, n, sizeof(*parts), by_first_packet);
	if (n > 0) {
		if (job_open(&j, r, RUN_CONTINUOUS_NAME, total)) {
			for (size_t i = 0; i < n && !job_must_stop(&j); i++)
				read_part(&j, &parts[i], t);
			job_finish(&j, t);
		} else {
			t->output_failed = true;
		}
		job_close(&j);
	}
	free(parts);
}
