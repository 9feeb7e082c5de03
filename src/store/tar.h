/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tar.h: one tar archive, written member by member, reproducible to the byte:
 * owner 0, modes 0600 and 0700, times in whole seconds.
 *
 * The format is GNU tar's; a file with holes is a pax entry with a sparse
 * map.  As with out.h the first failure stays and later calls do nothing.
 */
#ifndef STORE_TAR_H
#define STORE_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "store/backend.h"
#include "store/compress.h"
#include "store/sparse.h"
#include "store/store.h"

struct tar;

struct tar_options {
	enum tar_compress compress;
	bool sync;	   /* fsync before publishing */
	bool behind;	   /* a thread writes, behind those who call */
	size_t memory;	   /* bytes of members to hold in memory */
	unsigned max_open; /* descriptors for members that are large */
};

/* Reads one of the words none, gzip, zstd, xz; false when it is another. */
bool tar_parse_compress(const char *word,
    enum tar_compress *compress) ATTR_NODISCARD;
/* PREFIXsessions.tar[.gz|.zst|.xz].  Caller frees. */
char *tar_name(const char *prefix, enum tar_compress compress);

/*
 * An archive that will be DIR/NAME.  dirfd is DIR's, borrowed; the name has
 * no '/'.  Fails (NULL, message set) when it cannot be made there or this
 * libarchive cannot compress so.
 */
struct tar *tar_new(int dirfd, const char *name,
    const struct tar_options *options,
    char message[static STORE_MESSAGE_LEN]) ATTR_NODISCARD;
/* The same on a descriptor, borrowed. */
struct tar *tar_new_fd(int fd, const struct tar_options *options,
    char message[static STORE_MESSAGE_LEN]) ATTR_NODISCARD;

/* As store_error. */
int tar_error(const struct tar *t, const char **what);
/* Ends the archive and gives it its name.  0, or -1 with tar_error set and
 * nothing published. */
int tar_publish(struct tar *t) ATTR_NODISCARD;
/* Removes what was not published.  t may be NULL. */
void tar_free(struct tar *t);
/* The same without freeing anything: the process is about to end. */
void tar_forget(const struct tar *t);

/*
 * A store that writes the files of one capture below NAME/ in the archive,
 * each when it is closed.  Nothing can be taken back: publishing ends the
 * files, and a store freed unpublished leaves an archive that must not be
 * published.  t is borrowed.  Its errors are those of t.  limits may be NULL.
 */
struct store *store_tar_new(struct tar *t, const char *name,
    const struct store_limits *limits);

/* A directory to be packed, below DIR. */
struct tar_place {
	const char *name; /* borrowed */
	bool expected;	  /* it was there and ours */
};

/*
 * Packs those of the directories places[0..n), which are put in order, that are
 * there and ours, from the files in them.  0, or -1 with tar_error set: also
 * when one that is expected is not there, or one cannot be looked at.
 */
int tar_pack(struct tar *t, int dirfd, struct tar_place *places,
    size_t n) ATTR_NODISCARD;

/* Removes what killed runs left of an archive with that prefix in DIR. */
void tar_sweep(int dirfd, const char *prefix);

/*
 * For those who make members.  A directory is made with all on the way to
 * it that are not there yet; times are in nanoseconds since 1970.
 */
void tar_directory(struct tar *t, const char *path, int64_t mtime_ns);
/* A member begins whose size and holes are known: s has been ended. */
void tar_begin(struct tar *t, const char *path, int64_t mtime_ns,
    const struct sparse *s);
/* The next bytes of the member, holes left out. */
void tar_bytes(struct tar *t, const void *p, size_t n);
/* A member has begun and has not ended. */
bool tar_is_amid(const struct tar *t);
/* A member without holes, in one go. */
void tar_file(struct tar *t, const char *path, int64_t mtime_ns,
    struct slice bytes);
/* Where the next bytes belong in the file; how many go without a hole. */
uint64_t tar_position(const struct tar *t);
uint64_t tar_run(struct tar *t);
/* All bytes have come. */
void tar_end(struct tar *t);
/* Keeps the failure unless there is one already. */
void tar_fail(struct tar *t, int errnum, const char *verb, const char *name);
struct failure *tar_failure(struct tar *t);
/* For what must wait. */
struct spill *tar_spill(struct tar *t);
const struct tar_options *tar_options(const struct tar *t);

#endif
