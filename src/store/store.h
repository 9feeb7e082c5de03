/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * store.h: where products land.
 *
 * The directory store writes a hidden temporary directory beside its place
 * and exchanges it into place when the capture is done.  tar.h has the other.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/digest.h"
#include "base/out.h"

struct store;

/* The files of an output but its ledger. */
struct store_outputs {
	uint64_t files;
	uint64_t bytes; /* apparent sizes */
	uint64_t cut;	/* files that ended at a limit of size, or are none */
	uint64_t left_out; /* that are none because of their number */
	char index_sha256[DIGEST_SHA256_LEN];
};

struct store_ops {
	struct out *(*out)(struct store *s);
	int (*error)(const struct store *s, const char **what);
	void (*outputs)(const struct store *s, struct store_outputs *o);
	int (*publish)(struct store *s);
	bool (*abandon)(struct store *s); /* NULL: it is never possible */
	void (*set_error)(struct store *s, int errnum);
	void (*free)(struct store *s);
};

/* Every implementation begins with this. */
struct store {
	const struct store_ops *ops;
	bool published; /* it is in its place, whatever failed later */
};

#define STORE_MESSAGE_LEN 512

/* What may still be written, the index aside.  Either may be NULL. */
struct store_limits {
	uint64_t *bytes; /* apparent sizes */
	uint64_t *files;
};

struct store_options {
	bool force;    /* replace a directory that is not ours */
	bool sync;     /* fsync before publishing */
	bool behind;   /* a thread writes, behind those who call */
	bool in_place; /* see store_dir_new */
	/* In place: names of files that are there from their beginning, NULL
	 * at the end; borrowed.  May be NULL. */
	const char *const *at_once;
	struct store_limits limits; /* borrowed, as long as there are files */
	size_t buffer;		    /* bytes of file data to hold in memory */
	unsigned max_open;	    /* descriptors for product files; >= 1 */
};

/*
 * A store that will publish DIR/NAME (NAME may have '/' in it: directories
 * are made, never through a symbolic link).  dirfd is DIR's, borrowed.
 * Fails (NULL, message set) when DIR/NAME exists and is not ours and not
 * options.force, or when nothing can be made there: then errno tells why.
 *
 * With options.in_place the directory is made now, under its own name, which
 * must be free, and never removed unless it is empty.  A file in it has a
 * temporary name, ".FILE.XXXXXX", until it is closed; those of options.at_once
 * have their own from the beginning.  Publishing ends what is still open.
 */
struct store *store_dir_new(int dirfd, const char *name,
    const struct store_options *options,
    char message[static STORE_MESSAGE_LEN]) ATTR_NODISCARD;

/* The file that is written last and says whose a directory is. */
#define STORE_LEDGER_NAME "capture.jsonl"

enum store_owner {
	STORE_OURS,
	STORE_FOREIGN,
	STORE_UNKNOWN, /* it could not be looked at: errno */
};

/* Whether the directory is output of this program, also of versions whose
 * ledger was capture.json. */
enum store_owner store_dir_owner(int dirfd);

/* The interface for sinks; lives as long as the store. */
static inline struct out *
store_out(struct store *s)
{
	return s->ops->out(s);
}

/* 0, or the errno of the first failure; then *what is what failed, on which
 * file ("write x.sessions/abc.c2s"), borrowed. */
static inline int
store_error(const struct store *s, const char **what)
{
	return s->ops->error(s, what);
}

/* The number of files that have ended, and their bytes, into *o. */
static inline void
store_outputs(const struct store *s, struct store_outputs *o)
{
	s->ops->outputs(s, o);
}

/* Ends every file, makes the output whole and publishes it.  0, or -1
 * with store_error set and nothing published. */
ATTR_NODISCARD static inline int
store_publish(struct store *s)
{
	return s->ops->publish(s);
}

/* Memory ran out while something was written, and what has been cannot be taken
 * back: what is open is discarded, but the index, which ends with its last whole
 * line.  Then the ledger can be written, and all be published.  False when that
 * is not possible. */
ATTR_NODISCARD static inline bool
store_abandon(struct store *s)
{
	return s->ops->abandon != NULL && s->ops->abandon(s);
}

/* From here on nothing is written and nothing will be published.  Needs no
 * memory. */
static inline void
store_fail(struct store *s, int errnum)
{
	s->ops->set_error(s, errnum);
}

/* Removes what was not published and frees the store.  s may be NULL. */
static inline void
store_free(struct store *s)
{
	if (s != NULL)
		s->ops->free(s);
}

#define STORE_HEAD_LEN 1024

/* What is found of a published directory: the first bytes of its ledger, and
 * the other files in it. */
struct store_survey {
	char head[STORE_HEAD_LEN];
	size_t n_head;
	struct store_outputs outputs;
};

/*
 * Looks at the published directory DIR/NAME without following any link; index
 * is the file whose digest is taken.  0, or -1 with errno; then it is not
 * known what is there.
 */
int store_look(int dirfd, const char *name, const char *index,
    struct store_survey *s) ATTR_NODISCARD;

/* Opens (making it if missing, mode 0700) an output directory; follows a
 * symbolic link to it.  sync: flushes what was made to disk.  Descriptor or -1
 * with errno.  *made, if it is not NULL: whether this call has made the last
 * component. */
int store_open_dir(const char *path, bool sync, bool *made);

#endif
