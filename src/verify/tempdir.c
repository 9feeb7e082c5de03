/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tempdir.c: made, measured, and removed with all that is in it. */
#include "verify/tempdir.h"

#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scratch.h"
#include "base/xalloc.h"

char *
tempdir_new(void)
{
	const char *top = scratch_path();
	char *path =
	    xasprintf("%s/peers-XXXXXX", top != NULL ? top : scratch_top());

	if (mkdtemp(path) != NULL)
		return path;
	free(path);
	return NULL;
}

void
tempdir_free(char *path)
{
	if (path == NULL)
		return;
	scratch_empty(path);
	rmdir(path);
	free(path);
}

struct tempdir_size
tempdir_size(const char *path, const char *without)
{
	char *const paths[] = { (char *)(uintptr_t)path, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	struct tempdir_size size = { 0, 0 };
	const FTSENT *e;

	while (tree != NULL && (e = fts_read(tree)) != NULL)
		if (e->fts_info == FTS_F &&
		    strstr(e->fts_name, without) == NULL) {
			size.files++;
			size.bytes += (uint64_t)e->fts_statp->st_size;
		}
	if (tree != NULL)
		fts_close(tree);
	return size;
}
