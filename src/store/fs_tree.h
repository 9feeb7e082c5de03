/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* fs_tree.h: directories below a descriptor, never through a symbolic link. */
#ifndef STORE_FS_TREE_H
#define STORE_FS_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/cur.h"

/*
 * Removes what stands at name below dirfd: a file, a link itself, or a
 * directory with all that is in it.  Leaves other file systems alone.  0, or
 * -1 with errno; something may be gone then.
 */
int tree_remove(int dirfd, const char *name);

/* Relative, and no component is empty, "." or "..". */
bool tree_is_plain_path(const char *path);

/* Whether no component is longer than file systems take. */
bool tree_name_fits(const char *path);

enum tree_missing {
	TREE_FAIL,	/* with ENOENT */
	TREE_MAKE,	/* mode 0700 */
	TREE_MAKE_SYNC, /* and flush it to disk */
};

/*
 * Opens the directory that path (relative, without the last component) names
 * below dirfd; `missing` says what becomes of components that do not exist.
 * Descriptor, or -1 with errno: ELOOP or ENOTDIR for a link on the way.  path
 * must be plain.
 */
int tree_open_parent(int dirfd, const char *path,
    enum tree_missing missing) ATTR_NODISCARD;

/* Opens the directory at path, and its parents, likewise.  Descriptor, or -1
 * with errno: ENOENT also when path is not plain. */
int tree_open(int dirfd, const char *path) ATTR_NODISCARD;

/* Removes from the directory the files that tree_temporary_name named for that
 * name in runs that were killed.  What cannot be removed stays. */
void tree_sweep_files(int dirfd, const char *name);

/* Writes a file beside its place and moves it there; sync: flushes it and the
 * directory to disk.  0, or -1 with errno. */
int tree_replace(int dirfd, const char *name, struct slice bytes,
    bool sync) ATTR_NODISCARD;

/* ".NAME.XXXXXX", not in use now, NAME cut so that it fits.  Caller frees. */
char *tree_temporary_name(const char *name);
/* Whether a name looks like one of those. */
bool tree_is_temporary(const char *s);

#endif
