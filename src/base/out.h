/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * out.h: the files of an output, as the products write them.
 *
 * A store (a directory, a tar) implements the functions.  No function here
 * reports an error: the store remembers the first failure, later writes do
 * nothing, and the run learns of it when it asks the store.  A limit is no
 * error: the file ends there, and says so.
 */
#ifndef BASE_OUT_H
#define BASE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct out;
struct out_file;

/* Why a file has not all that was written to it, or is none; bits. */
enum out_limit {
	OUT_LIMIT_BYTES = 1 << 0, /* of the file, or of all */
	OUT_LIMIT_FILES = 1 << 1, /* of all */
};

struct out_ops {
	struct out_file *(
	    *create)(struct out *o, const char *name, int64_t mtime_ns);
	void (*write)(struct out_file *f, const void *p, size_t n);
	void (*hole)(struct out_file *f, uint64_t n);
	void (*fill)(struct out_file *f, uint64_t off, const void *p, size_t n);
	void (*settle)(struct out_file *f);
	void (*close)(struct out_file *f);
	void (*discard)(struct out_file *f);
	void (*exempt)(struct out_file *f); /* NULL: there are no limits */
	/* NULL: what fails is a failure of the store. */
	void (*spare)(struct out_file *f);
	int (*close_spare)(struct out_file *f);
};

struct out {
	const struct out_ops *ops;
};

/* Every implementation's file begins with this. */
struct out_file {
	struct out *out;
	uint8_t limits; /* enum out_limit: those it has reached */
	bool absent;	/* there is no such file: what is written is lost */
};

/*
 * A new file of that name below the capture's directory; it will carry
 * mtime_ns (nanoseconds since 1970).  The name is copied.  Never NULL; the
 * file belongs to the store and is given back with out_close.
 */
static inline struct out_file *
out_create(struct out *o, const char *name, int64_t mtime_ns)
{
	return o->ops->create(o, name, mtime_ns);
}

/* The file counts for no limit, and is made whatever there is: the index.  To
 * be said before anything is written. */
static inline void
out_exempt(struct out_file *f)
{
	if (f->out->ops->exempt != NULL)
		f->out->ops->exempt(f);
}

/* Appends n bytes; they are copied or written before the call returns. */
static inline void
out_write(struct out_file *f, const void *p, size_t n)
{
	f->out->ops->write(f, p, n);
}

/* Appends n zero bytes that need no disk space.  A hole that nothing follows
 * is not part of the file. */
static inline void
out_hole(struct out_file *f, uint64_t n)
{
	f->out->ops->hole(f, n);
}

/* Puts n bytes in the place of zeros of a hole, at off, that something was
 * written behind; they are copied or written before the call returns.  Not
 * every store has it: only those of files that sinks make. */
static inline void
out_fill(struct out_file *f, uint64_t off, const void *p, size_t n)
{
	f->out->ops->fill(f, off, p, n);
}

/* Nothing more is expected soon: what is buffered may go to disk and the
 * descriptor be closed.  More may be written afterwards all the same. */
static inline void
out_settle(struct out_file *f)
{
	f->out->ops->settle(f);
}

/* Ends the file and frees f. */
static inline void
out_close(struct out_file *f)
{
	f->out->ops->close(f);
}

/* The other files do without this one: what fails of it is no failure of the
 * store.  To be said before anything is written. */
static inline void
out_spare(struct out_file *f)
{
	if (f->out->ops->spare != NULL)
		f->out->ops->spare(f);
}

/* Ends it as out_close does.  0, or an errno: nothing of it remains. */
static inline int
out_close_spare(struct out_file *f)
{
	if (f->out->ops->close_spare != NULL)
		return f->out->ops->close_spare(f);
	out_close(f);
	return 0;
}

/* The same, but nothing of the file remains, and nothing of it was to be seen
 * before. */
static inline void
out_discard(struct out_file *f)
{
	f->out->ops->discard(f);
}

#endif
