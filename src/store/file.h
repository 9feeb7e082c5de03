/*
 * file.h: the product files of one directory: buffered, with a bounded number
 * of descriptors.  Knows nothing of publishing.
 */
#ifndef STORE_FILE_H
#define STORE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/out.h"
#include "store/store.h"

struct files;

/* dirfd is borrowed until files_free; label goes before file names in what
 * files_error tells. */
struct files *files_new(int dirfd, const char *label,
    const struct store_options *options);
/* Throws away what is still buffered. */
void files_free(struct files *fs);
struct out *files_out(struct files *fs);
/* Ends every file that is still open. */
void files_finish(struct files *fs);
/* As store_error. */
int files_error(const struct files *fs, const char **what);
/* Keeps the failure unless there is one already.  name may be NULL: then the
 * label alone is meant. */
void files_fail(struct files *fs, int errnum, const char *verb,
    const char *name);

#endif
