/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tempdir.h: a directory of our own for what lives no longer than the run. */
#ifndef VERIFY_TEMPDIR_H
#define VERIFY_TEMPDIR_H

#include <stdbool.h>
#include <stdint.h>

/* Made in the scratch directory, mode 0700.  Its path, which the caller frees; NULL
 * with errno. */
char *tempdir_new(void);
/* Removes the directory with all that is in it, following no link, and frees
 * path, which may be NULL. */
void tempdir_free(char *path);

/* How much is in it; directories do not count, nor files whose name has
 * `without` in it. */
struct tempdir_size {
	uint64_t files;
	uint64_t bytes;
};
struct tempdir_size tempdir_size(const char *path, const char *without);

#endif
