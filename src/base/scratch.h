/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* scratch.h: where that lives which ends with the run: a directory of this
 * process's own in TMPDIR (or /tmp), and files without a name in it. */
#ifndef BASE_SCRATCH_H
#define BASE_SCRATCH_H

#include "base/attr.h"

/*
 * Makes that directory, for nobody else: once, before there are threads, and
 * before the process is confined to it; removes those of killed runs.  Why it cannot be made shows when it is
 * needed.  scratch_close removes it; it must be empty by then.  -1, with errno,
 * when it is still there: then its path is, too.
 */
void scratch_open(void);
int scratch_close(void);

/* Removes all that is below path, which must be a directory of ours alone; no
 * link is followed. */
void scratch_empty(const char *path);

/* TMPDIR, or /tmp. */
const char *scratch_top(void);
/* Its path, or NULL when there is none. */
const char *scratch_path(void);
/* Its descriptor, or -1.  Both are borrowed. */
int scratch_dir(void);

/* A file without a name there, or straight in TMPDIR when nobody has called
 * scratch_open; for reading and writing, mode 0600.  Descriptor, or -1 with
 * errno. */
int scratch_file(void) ATTR_NODISCARD;

#endif
