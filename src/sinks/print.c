/* print.c: what standard output gets of a session, in one piece. */
#include "sinks/print.h"

#include <assert.h>
#include <stdlib.h>

#include "base/xalloc.h"

struct print {
	struct out_file file;
	struct out out;
	const struct console *console;
	struct keep *keep;
	struct spool bytes;
	bool parted;
	bool begun; /* some of it has come out */
};

static struct print *
print_of(struct out_file *f)
{
	return (struct print *)(void *)f;
}

/* The first bytes come out now. */
static void
begin(struct print *p)
{
	const struct console *c = p->console;

	if (p->begun)
		return;
	p->begun = true;
	if (p->parted && c->begun != NULL && *c->begun)
		out_write(c->file, "\n", 1);
	if (c->begun != NULL)
		*c->begun = true;
}

static void
pass_on(void *arg, struct slice bytes)
{
	struct print *p = arg;

	begin(p);
	out_write(p->console->file, bytes.p, bytes.n);
}

static void
print_write(struct out_file *f, const void *bytes, size_t n)
{
	struct print *p = print_of(f);

	if (n == 0)
		return;
	if (p->console->at_once)
		pass_on(p, (struct slice){ bytes, n });
	else
		spool_put(p->keep, &p->bytes, bytes, n);
}

static void
print_hole(struct out_file *f, uint64_t n)
{
	(void)f;
	(void)n;
	assert(false);
}

static void
print_settle(struct out_file *f)
{
	(void)f;
}

static void
print_discard(struct out_file *f)
{
	struct print *p = print_of(f);

	spool_free(p->keep, &p->bytes);
	free(p);
}

static void
print_close(struct out_file *f)
{
	struct print *p = print_of(f);

	spool_read(p->keep, &p->bytes, 0, pass_on, p);
	print_discard(f);
}

static const struct out_ops ops = {
	.write = print_write,
	.hole = print_hole,
	.settle = print_settle,
	.close = print_close,
	.discard = print_discard,
};

struct out_file *
print_create(const struct sink_session *ss, bool parted)
{
	struct print *p = xcalloc(1, sizeof *p);

	p->out.ops = &ops;
	p->file.out = &p->out;
	p->console = ss->env->console;
	p->keep = ss->env->keep;
	p->parted = parted;
	return &p->file;
}
