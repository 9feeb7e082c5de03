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

/* Of a capture. */
struct scripts;

/* A script that waits to be named has so many bytes at most, those of a session
 * so many together, and those of a capture; others are listed if they are
 * named. */
#define SCRIPT_WAIT_MAX ((uint64_t)8 << 20)
#define SCRIPT_WAIT_SESSION ((uint64_t)64 << 20)
#define SCRIPT_WAIT_ALL ((uint64_t)256 << 20)

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
	uint64_t offset; /* of an inline one, in its page, when it begins */
	int64_t ts_ns;
};

/* Those of a session.  Zero-initialised is none; scripts_close frees what it
 * has. */
struct script_group {
	uint64_t n_external;
	uint64_t n_inline;
	uint64_t n_incomplete;
	uint64_t n_not_run;
	uint64_t held;		/* bytes of those that wait */
	struct spill_log lines; /* while the session is pending */
};

enum script_how {
	SCRIPT_RUN,    /* it gets a file */
	SCRIPT_LISTED, /* no browser runs it */
	SCRIPT_WAITS,  /* it is not known yet which */
};

struct script;

struct scripts *scripts_new(const struct sink_env *env);
/* Adds what came too late to be written: a line as script_line made it. */
void scripts_late(struct scripts *s, struct slice line);
/* Ends the list, which is made even if it is empty; says how many there are;
 * frees s. */
void scripts_end(struct scripts *s, struct buf *remark);

/* Bytes of memory that a script takes, and its file. */
size_t script_memory(void);
/* The session's next script; g counts them.  g and origin are borrowed. */
struct script *script_begin(struct scripts *s, struct sink_session *ss,
    struct script_group *g, const struct script_origin *origin,
    enum script_how how);
/* Why no browser runs it, in a word of the program; or NULL. */
void script_why(struct script *x, const char *why);
/* The file that holds it, where it has none of its own: with objects, those of
 * external scripts are theirs.  Copied; NULL: there is none. */
void script_share(struct script *x, const char *file);
void script_put(struct script *x, struct slice bytes);
/* What waited is run after all, or not: SCRIPT_RUN or SCRIPT_LISTED. */
void script_settle(struct script *x, enum script_how how);
/* reason: why it is not complete, NULL when it is.  Blanks that are not run
 * are not listed.  Frees x. */
void script_end(struct script *x, const char *reason);
/* Instead: appends the line that it would have, to b.  Frees x. */
void script_line(struct script *x, const char *reason, struct buf *b);
/* Instead: nothing is to be known of it.  Frees x. */
void script_drop(struct script *x);
/* The session has no more scripts, and it is known whether it is wanted. */
void scripts_close(struct scripts *s, struct sink_session *ss,
    struct script_group *g);

#endif
