/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * scripts.h: each script as a file, and scripts.jsonl, which says where they
 * are from.
 */
#ifndef SINKS_SCRIPTS_H
#define SINKS_SCRIPTS_H

#include <stdbool.h>
#include <stdint.h>

#include "sinks/sink.h"

/* A session has at most so many files of scripts; more are listed only. */
#define SCRIPTS_MAX 10000

/* Of a capture. */
struct scripts;

/* Where a script is from.  Slices are borrowed until script_end, p is NULL
 * where it is not known. */
struct script_origin {
	bool is_inline;
	bool guess; /* a script by its name or purpose only */
	struct slice url;
	struct slice page_url;
	struct slice type; /* Content-Type of the message */
	struct slice method;
	unsigned status; /* 0: of a request */
	uint64_t offset; /* in the page; of inline ones */
	int64_t ts_ns;
};

/* Those of a session.  Zero-initialised is none; scripts_close frees what it
 * has. */
struct script_group {
	unsigned n_files;
	uint64_t n_external;
	uint64_t n_inline;
	uint64_t n_incomplete;
	struct spill_log lines; /* while the session is pending */
};

struct script;

struct scripts *scripts_new(const struct sink_env *env);
/* Ends the list, which is made even if it is empty; says how many there are;
 * frees s. */
void scripts_end(struct scripts *s, struct buf *remark);

/* Bytes of memory that a script takes, and its file. */
size_t script_memory(void);
/* The session's next script; g counts them.  g and origin are borrowed. */
struct script *script_begin(struct scripts *s, struct sink_session *ss,
    struct script_group *g, const struct script_origin *origin);
void script_put(struct script *x, struct slice bytes);
/* shared: the file that holds it, where it has none of its own, or NULL: with
 * objects, those of external scripts are theirs.  reason: why it is not
 * complete, NULL when it is.  Frees x. */
void script_end(struct script *x, const char *shared, const char *reason);
/* The session has no more scripts, and it is known whether it is wanted. */
void scripts_close(struct scripts *s, struct sink_session *ss,
    struct script_group *g);

#endif
