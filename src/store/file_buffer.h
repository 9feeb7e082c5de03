/*
 * file.h: the product files of one capture, in memory until they go to their
 * medium.  Knows nothing of publishing.
 */
#ifndef STORE_FILE_H
#define STORE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/out.h"
#include "store/backend.h"
#include "store/store.h"

struct files;

/* m is borrowed until files_free. */
struct files *files_new(struct medium *m, const struct store_options *options);
/* Ends files that are still open as failed. */
void files_free(struct files *fs);
struct out *files_out(struct files *fs);
/* Ends every file that is still open.  Then the medium has no more to do. */
void files_finish(struct files *fs);
/* As store_error. */
int files_error(const struct files *fs, const char **what);
/* Keeps the failure unless there is one already.  name may be NULL: then the
 * label alone is meant. */
void files_fail(struct files *fs, int errnum, const char *verb,
    const char *name);

#endif
