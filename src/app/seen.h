/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * seen.h: DIR/.tcpsession.seen: files that are called captures and are none,
 * of which runs with --resume have told already.
 *
 * A line a file: a digest of its path, and one of its size, its time of change
 * and its first bytes.  Lines that cannot be understood are none.
 */
#ifndef APP_SEEN_H
#define APP_SEEN_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/attr.h"

#define SEEN_NAME ".tcpsession.seen"
/* So many files are remembered. */
#define SEEN_MAX 100000

struct seen;

/* What is remembered in DIR: nothing when that cannot be read.  dirfd is
 * borrowed until seen_free. */
struct seen *seen_load(int dirfd);
/* Whether that file, open as fd, was told of as it is now; from now on it was.
 * Threads may call it. */
bool seen_has(struct seen *s, const char *path, int fd, const struct stat *st);
/* Writes what has changed, if anything.  0, or -1 with errno. */
int seen_save(struct seen *s, bool sync) ATTR_NODISCARD;
/* s may be NULL. */
void seen_free(struct seen *s);

#endif
