/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * catalog.h: the captures of a run over several, and index.html, the page that
 * lists them.
 *
 * Each capture has a row, which whoever reads it fills; those whose output an
 * earlier run has left are filled from their ledgers.  So the page lists what a
 * tar of the run has, and what failed.
 */
#ifndef APP_CATALOG_H
#define APP_CATALOG_H

#include "app/ledger.h"
#include "app/run.h"
#include "app/run_inputs.h"
#include "base/buf.h"

#define CATALOG_NAME "index.html"

struct catalog_row {
	struct ledger_facts facts;
	bool has_facts;	 /* its output is there */
	bool has_report; /* ... with a page of its own */
	bool failed;	 /* this run has read it in vain, or in part */
	enum status status;
	char *message; /* why it failed; or NULL.  Owned */
};

struct catalog {
	struct catalog_row *rows; /* one for each input */
	size_t n;
	struct buf page;  /* once it is made */
	int64_t first_ns; /* of the packets of all, the first */
};

/* NULL when the run makes none: it is over one capture, or without reports.
 * Caller frees. */
struct catalog *catalog_new(const struct run *r, const struct run_inputs *s);
void catalog_free(struct catalog *c);
/* The output of the row's capture has been published. */
void catalog_published(struct catalog_row *row, const struct manifest *m);
/* All that was to be done with the row's capture is done; t is its own. */
void catalog_row_end(struct catalog_row *row, const struct tally *t);
/* Makes the page, and puts it in its place unless all goes to a tar; what goes
 * wrong is said, and is in *t. */
void catalog_write(const struct run *r, const struct inputs *in,
    struct tally *t);

#endif
