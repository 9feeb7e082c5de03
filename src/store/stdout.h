/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* stdout.h: standard output as a file that products write to. */
#ifndef STORE_STDOUT_H
#define STORE_STDOUT_H

#include "base/attr.h"
#include "base/out.h"

struct stdout_file;

/* fd is borrowed.  Bytes are gathered and written in blocks. */
struct stdout_file *stdout_new(int fd) ATTR_NONNULL;
/* What products write to; lives as long as s.  out_settle writes what has
 * been gathered; out_close does the same and frees nothing;
 * nothing can be taken back. */
struct out_file *stdout_out(struct stdout_file *s);
/* The errno of the first failure, or 0; EPIPE when the reader went away. */
int stdout_error(const struct stdout_file *s);
/* s may be NULL.  What has not been written is lost: settle first. */
void stdout_free(struct stdout_file *s);

#endif
