/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * file_buffer_parts.h: what file_buffer.c and file_buffer_limits.c share;
 * nobody else's.
 *
 * file_buffer.c: bytes on their way.  file_buffer_limits.c: how many there may
 * be.
 */
#ifndef STORE_FILE_BUFFER_PARTS_H
#define STORE_FILE_BUFFER_PARTS_H

#include "store/dir_backend.h"
#include "store/file_buffer.h"

struct writer;

/*
 * Bytes [off, off + n_buffered) are in the chunks, which take n_held; those
 * that come next have [end, end + room).  Then follow `hole` zero bytes.  In
 * all: while it lives.  In dirty: while n_buffered > 0.  on_disk is for those
 * who do jobs, the last of which has that number.
 *
 * What a write needs comes first: among so many files it is in no cache.
 */
struct file_buffer {
	struct out_file base;
	uint8_t *end;
	uint16_t room;
	uint32_t n_held;
	size_t n_buffered;
	uint64_t off;
	uint64_t hole;
	struct file_chunk *first;
	struct file_chunk *last;
	struct ring dirty;
	struct ring all;
	uint64_t job;
	uint64_t whole; /* of an exempt one: where the last write ended */
	struct product_file on_disk;
	char name[];
};

/* used counts the chunks that hold data of files, in bytes; it exceeds the budget
 * by one chunk at most.  Those of jobs, which the writer limits, come on top. */
struct file_buffers {
	struct out out;
	bool in_place; /* files but those of at_once get temporary names */
	const char *const *at_once;
	size_t budget;
	size_t used;
	struct ring all;
	struct ring dirty; /* longest waiting first */
	struct backend *backend;
	struct writer *writer;	     /* NULL: jobs are done at once */
	struct file_buffer *flushed; /* bytes of it are on their way */
	uint64_t n_ended;	     /* files, and bytes of them, holes too */
	uint64_t n_bytes;
	struct store_limits limits;
	uint64_t size_max; /* of a file, as far as is known */
	bool asked;	   /* it is all that there is */
	uint64_t n_cut;
	uint64_t n_left_out;
};

static inline struct file_buffers *
files_of(const struct file_buffer *f)
{
	return (struct file_buffers *)(void *)f->base.out;
}

/* The size that no file may exceed (setrlimit(2)). */
uint64_t file_size_max_of_process(void);
/* How many of n bytes more, behind its hole, the file may have. */
uint64_t file_room_for(struct file_buffer *f, uint64_t n);
/* The file ends here. */
void file_end_at_limit(struct file_buffer *f);
/* So many bytes more are written. */
void file_spend(const struct file_buffer *f, uint64_t n);
/* Whether one more file may be made; counts it. */
bool file_may_create(struct file_buffers *fs, struct file_buffer *f);

#endif
