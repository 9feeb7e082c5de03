/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* run_tar.h: the tar of a run, with --create-tar or --tar-only. */
#ifndef APP_RUN_TAR_H
#define APP_RUN_TAR_H

#include "app/run.h"
#include "store/store.h"

/* For --tar-only: what all captures are written to.  NULL after a message;
 * run_tar_finish takes it. */
struct tar *run_tar_open(const struct run *r) ATTR_NODISCARD;

/* Where the output of a capture goes: a directory, or the tar.  name is that
 * of the directory.  NULL with a message. */
struct store *run_tar_store(const struct run *r, const char *name,
    const struct store_options *options,
    char message[static STORE_MESSAGE_LEN]) ATTR_NODISCARD;

/*
 * Ends the run's tar, if it has one, or packs one with -c: publishes it when
 * the run went well, else there is none.  Tells *t when that fails.
 */
void run_tar_finish(struct run *r, const struct inputs *in, struct tally *t);

/* Memory has run out: there is no tar of this run. */
void run_tar_abandon(struct run *r);

/* ... and nothing may be freed: only its temporary file goes. */
void run_tar_forget(const struct run *r);

/* The tar goes to standard output, and no other output goes anywhere. */
bool run_tar_is_stream(const struct config *cfg);
/* Nobody reads standard output any more, where the tar goes. */
bool run_tar_reader_is_gone(const struct run *r);
/* The output directory as messages name it; NULL when there is none. */
const char *run_tar_shown(const struct config *cfg);

#endif
