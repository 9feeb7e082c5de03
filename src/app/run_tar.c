/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* run_tar.c: the tar of a run: opened before captures are read, or packed from
 * their directories afterwards; store/tar.c writes it. */
#include "app/run_tar.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/catalog.h"
#include "app/signals.h"
#include "base/xalloc.h"
#include "store/fs_tree.h"
#include "store/tar.h"

/* Memory for members that wait until they are complete. */
#define TAR_BYTES ((size_t)24 << 20)

bool
run_tar_is_stream(const struct config *cfg)
{
	return cfg->tar == TAR_ALONE && strcmp(cfg->output_dir, "-") == 0;
}

const char *
run_tar_shown(const struct config *cfg)
{
	return run_tar_is_stream(cfg) ? NULL : cfg->output_dir;
}

struct tar *
run_tar_open(const struct run *r)
{
	const struct config *cfg = r->cfg;
	struct tar_options options = {
		.compress = cfg->tar_compress,
		.sync = cfg->sync,
		.behind = r->jobs > 1,
		.memory = TAR_BYTES,
		.max_open = r->max_open,
	};
	char message[STORE_MESSAGE_LEN];
	char *name = tar_name(cfg->tar_prefix, cfg->tar_compress);
	struct tar *t = run_tar_is_stream(cfg) ?
	    tar_new_fd(STDOUT_FILENO, &options, message) :
	    tar_new(r->output_fd, name, &options, message);

	if (t == NULL)
		message_error(r->messages, run_tar_shown(cfg), "%s", message);
	free(name);
	return t;
}

struct store *
run_tar_store(const struct run *r, const char *name,
    const struct store_options *options, char message[static STORE_MESSAGE_LEN])
{
	/* Nor could it be had out of the tar. */
	if (r->tar != NULL && !tree_name_fits(name)) {
		snprintf(message, STORE_MESSAGE_LEN,
		    "%.380s: the name is too long for an output directory",
		    name);
		errno = ENAMETOOLONG;
		return NULL;
	}
	if (r->tar != NULL)
		return store_tar_new(r->tar, name, &options->limits);
	return store_dir_new(r->output_fd, name, options, message);
}

bool
run_tar_reader_is_gone(const struct run *r)
{
	const char *what;

	return run_tar_is_stream(r->cfg) && r->tar != NULL &&
	    tar_error(r->tar, &what) == EPIPE;
}

/* Packs the output of all inputs, whether this run wrote it or another. */
static bool
pack(const struct run *r, struct tar *tar, const struct inputs *in,
    const struct tally *t)
{
	bool is_one = r->cfg->continuous || r->cfg->interface != NULL;
	size_t n = is_one ? 1 : in->n;
	struct tar_place *places = xcalloc(n, sizeof(*places));
	char **names = xcalloc(n, sizeof(*names));
	bool ok;

	for (size_t i = 0; i < n; i++) {
		names[i] = xasprintf("%s.sessions",
		    !is_one		? in->v[i].name :
			t->name != NULL ? t->name :
					  RUN_CONTINUOUS_NAME);
		places[i] = (struct tar_place){ names[i],
			is_one ? t->published + t->skipped > 0 :
				 in->v[i].has_output };
	}
	ok = tar_pack(tar, r->output_fd, places, n) == 0;
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
	free(places);
	return ok;
}

static void
say_failed(const struct run *r, const struct tar *tar)
{
	const char *what;
	int error = tar_error(tar, &what);

	message_error(r->messages, run_tar_shown(r->cfg),
	    "%s: %s; there is no tar of this run", what, strerror(error));
}

/* A run that could read nothing leaves an earlier tar as it is; a stream ends in
 * order also when a signal ends the run. */
static bool
is_whole(const struct run *r, const struct tally *t)
{
	return (signals_stop() == 0 || run_tar_is_stream(r->cfg)) &&
	    !incomplete_has(t->incomplete, INCOMPLETE_WRITE) &&
	    !t->reader_gone && t->state == STATUS_OK &&
	    status_of(t) != STATUS_NO_INPUT;
}

/* The last member. */
static void
put_catalog(const struct run *r)
{
	const struct catalog *c = r->catalog;

	if (c != NULL && c->page.n > 0)
		tar_file(r->tar, CATALOG_NAME, c->first_ns,
		    (struct slice){ c->page.p, c->page.n });
}

void
run_tar_finish(struct run *r, const struct inputs *in, struct tally *t)
{
	bool ok = true;

	if (is_whole(r, t) && r->cfg->tar == TAR_ALSO) {
		r->tar = run_tar_open(r);
		ok = r->tar != NULL && pack(r, r->tar, in, t);
		if (r->tar == NULL)
			incomplete_add(&t->incomplete, INCOMPLETE_WRITE);
	}
	if (is_whole(r, t) && r->tar != NULL) {
		put_catalog(r);
		ok = ok && tar_publish(r->tar) == 0;
		t->reader_gone = !ok && run_tar_reader_is_gone(r);
		if (!ok && !t->reader_gone) {
			incomplete_add(&t->incomplete, INCOMPLETE_WRITE);
			say_failed(r, r->tar);
		}
	}
	tar_free(r->tar);
	r->tar = NULL;
}

void
run_tar_abandon(struct run *r)
{
	struct tar *tar = r->tar;

	r->tar = NULL;
	tar_free(tar);
}

void
run_tar_forget(const struct run *r)
{
	if (r->tar != NULL)
		tar_forget(r->tar);
}
