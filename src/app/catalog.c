/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* catalog.c: the captures of a run, and the page that lists them. */
#include "app/catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/xalloc.h"
#include "sinks/report_captures.h"
#include "sinks/sinks.h"
#include "store/fs_tree.h"

/* What is in the first HEAD_LEN bytes of a page of ours. */
#define MARK "<meta name=\"generator\" content=\"tcpsession\">"
#define HEAD_LEN 1024

struct catalog *
catalog_new(const struct run *r, const struct run_inputs *s)
{
	struct catalog *c;
	unsigned report = 0;

	if (!sinks_parse_emit("report", &report) ||
	    (r->cfg->emit & report) == 0)
		return NULL;
	if (!s->is_tree || r->cfg->continuous || !r->cfg->files)
		return NULL;
	c = xcalloc(1, sizeof *c);
	c->n = s->in.n;
	c->rows = xcalloc(c->n, sizeof *c->rows);
	return c;
}

void
catalog_free(struct catalog *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n; i++)
		free(c->rows[i].message);
	free(c->rows);
	buf_free(&c->page);
	free(c);
}

void
catalog_published(struct catalog_row *row, const struct manifest *m)
{
	if (row == NULL)
		return;
	ledger_of_manifest(&row->facts, m);
	row->has_facts = row->has_report = true;
}

void
catalog_row_end(struct catalog_row *row, const struct tally *t)
{
	if (row == NULL)
		return;
	row->status = status_of(t);
	row->failed = row->status != STATUS_OK && !row->has_facts;
	/* What was said of output that is there is in its own page. */
	if (row->has_facts && row->status != STATUS_INCOMPLETE) {
		free(row->message);
		row->message = NULL;
	}
}

/* ------------------------------------------------------------------- the page */

/* What earlier runs have left of the capture of that name. */
static void
look_behind(const struct run *r, const char *name, struct catalog_row *row)
{
	char *directory = xasprintf("%s.sessions", name);
	char *page = xasprintf("%s/report.html", directory);
	struct tally then = { .read = 1 };
	struct stat st;

	row->has_facts = ledger_read(r->output_fd, directory, &row->facts);
	row->has_report = row->has_facts &&
	    fstatat(r->output_fd, page, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode);
	then.incomplete = row->facts.words;
	if (!row->failed)
		row->status = status_of(&then);
	free(page);
	free(directory);
}

/* False when there is nothing to say of it. */
static bool
make_row(const struct run *r, const struct input *in, struct catalog_row *row,
    struct report_capture *out)
{
	const struct ledger_facts *f = &row->facts;
	struct buf words = { 0 };

	if (!row->has_facts && r->tar == NULL)
		look_behind(r, in->name, row);
	incomplete_list(&words, f->words);
	if (row->message == NULL)
		row->message = xstrdup(buf_cstr(&words));
	*out = (struct report_capture){
		.name = in->name,
		.has_page = row->has_report,
		.size = f->size,
		.packets = f->packets,
		.sessions = f->sessions,
		.bytes = f->bytes,
		.missing = f->missing,
		.warnings = f->warnings,
		.first_ns = f->first_ns,
		.last_ns = f->last_ns,
		.status = row->status,
		.message = row->message,
	};
	buf_free(&words);
	return row->has_facts || row->failed;
}

/* Whether what is in the place of the page is nobody else's. */
static bool
is_free(int dirfd)
{
	int fd = sys_openat(dirfd, CATALOG_NAME,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
	char head[HEAD_LEN];
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return errno == ENOENT;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = sys_pread(fd, head, sizeof head, 0);
	close(fd);
	return n > 0 && memmem(head, (size_t)n, MARK, sizeof MARK - 1) != NULL;
}

/* Of the first packet, as in a tar.  Where that fails it has another. */
static void
set_time(int dirfd, int64_t ns)
{
	const int64_t second = 1000000000;
	int64_t part = (ns % second + second) % second;
	const struct timespec times[2] = { { 0, UTIME_OMIT },
		{ (time_t)((ns - part) / second), (long)part } };
	int fd = sys_openat(dirfd, CATALOG_NAME,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);

	if (fd < 0)
		return;
	(void)futimens(fd, times);
	close(fd);
}

static void
publish(const struct run *r, struct tally *t)
{
	const struct buf *page = &r->catalog->page;

	if (!r->cfg->force && !is_free(r->output_fd)) {
		message_error(r->messages, CATALOG_NAME,
		    "exists and is not output of this program (--force "
		    "replaces it)");
		incomplete_add(&t->incomplete, INCOMPLETE_WRITE);
	} else if (tree_replace(r->output_fd, CATALOG_NAME,
		       (struct slice){ page->p, page->n }, r->cfg->sync) != 0) {
		message_error(r->messages, CATALOG_NAME,
		    "cannot be written: %s", strerror(errno));
		incomplete_add(&t->incomplete, INCOMPLETE_WRITE);
	} else {
		set_time(r->output_fd, r->catalog->first_ns);
	}
}

void
catalog_write(const struct run *r, const struct inputs *in, struct tally *t)
{
	struct catalog *c = r->catalog;
	struct report_capture *v;
	size_t n = 0;

	if (c == NULL)
		return;
	v = xcalloc(c->n, sizeof *v);
	for (size_t i = 0; i < c->n; i++)
		n += make_row(r, &in->v[i], &c->rows[i], &v[n]);
	if (n > 0)
		c->first_ns = report_captures_write(&c->page, v, n);
	if (n > 0 && r->tar == NULL)
		publish(r, t);
	free(v);
}
