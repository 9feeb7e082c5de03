/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* list_file.h: a file of the capture with lines from every session. */
#ifndef SINKS_LIST_FILE_H
#define SINKS_LIST_FILE_H

#include "base/json.h"
#include "sinks/sink.h"

struct list_file {
	const struct sink_env *env;
	const char *name;
	struct out_file *file; /* NULL before the first line */
};

/* Writes a session's lines, unless it is not wanted, and frees the log.  The
 * lines of sessions come in the order of their ends. */
void list_file_take(struct list_file *l, const struct sink_session *ss,
    struct spill_log *lines);
/* Ends the file, which is made even if it is empty. */
void list_file_end(struct list_file *l);

/* Keys of a line. */
void list_text(struct json *j, const char *key, const char *text);
/* p is NULL: null. */
void list_slice(struct json *j, const char *key, struct slice s);
void list_hex(struct json *j, const char *key, const uint8_t *p, size_t n);

#endif
