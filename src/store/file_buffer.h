/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * file_buffer.h: the product files of one capture, in memory until they go to
 * their backend.  Knows nothing of publishing.
 */
#ifndef STORE_FILE_BUFFER_H
#define STORE_FILE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/out.h"
#include "store/backend.h"
#include "store/store.h"

struct file_buffers;

/* m is borrowed until file_buffers_free. */
struct file_buffers *file_buffers_new(struct backend *m,
    const struct store_options *options);
/* Ends files that are still open as failed. */
void file_buffers_free(struct file_buffers *fs);
struct out *file_buffers_out(struct file_buffers *fs);
/* Memory ran out while something was written: ends the index where it is
 * whole, and discards what else is open.  False when that cannot be. */
bool file_buffers_abandon(struct file_buffers *fs) ATTR_NODISCARD;
/* Ends every file that is still open.  Then the backend has no more to do. */
void file_buffers_finish(struct file_buffers *fs);
/* As store_outputs. */
void file_buffers_outputs(const struct file_buffers *fs,
    struct store_outputs *o);
/* As store_error. */
int file_buffers_error(const struct file_buffers *fs, const char **what);
/* Keeps the failure unless there is one already.  name may be NULL: then the
 * label alone is meant. */
void file_buffers_fail(struct file_buffers *fs, int errnum, const char *verb,
    const char *name);

#endif
