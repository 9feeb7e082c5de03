/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * temporary.h: directories that wait for their place, ".NAME.XXXXXX", and what
 * is left of them when a run was killed.
 *
 * One is made with the sticky bit, which marks it, and is locked (flock) as
 * long as the run lives.  So another run knows what is nobody's, whatever
 * capture it was of.
 */
#ifndef STORE_TEMPORARY_H
#define STORE_TEMPORARY_H

#include "base/attr.h"

/* Makes the directory in `parent' that will be NAME, marked and locked.
 * Descriptor, with *made (caller frees), or -1 with errno. */
int temporary_make(int parent, const char *name, char **made) ATTR_NODISCARD;
/* Marks a directory that has become one.  What cannot be marked is known by its
 * ledger, if it is ours. */
void temporary_mark(int dirfd, const char *name);
/* The directory is what it was made for: takes the mark away.  0, or -1 with
 * errno. */
int temporary_settle(int fd) ATTR_NODISCARD;

/* Directories that look as if somebody else had made them: so many are looked
 * into. */
#define TEMPORARY_OTHERS_MAX 1000

/* Removes those below dirfd that nobody holds.  Looks into all directories on
 * the way but outputs, other file systems and what a link leads to. */
void temporary_sweep(int dirfd);

#endif
