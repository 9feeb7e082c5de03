/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * dir_backend.h: what is done to product files, and the backend that does it
 * to those of one directory, with a bounded number of descriptors.
 */
#ifndef STORE_DIR_BACKEND_H
#define STORE_DIR_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "store/backend.h"
#include "store/store.h"

/* A ring; its head is an element that is none of it. */
struct ring {
	struct ring *prev;
	struct ring *next;
};

struct dir_backend {
	struct backend backend;
	struct failure failure; /* the backend's */
	int dirfd;		/* borrowed */
	bool sync;
	unsigned max_open;
	unsigned n_open;
	struct ring open; /* least recently used first */
};

/* In a directory: in open while fd >= 0; with a temporary name it gets its own
 * at its end.  In a tar: see tar_backend.c. */
struct product_file {
	int fd;
	bool created;
	bool ended;	  /* no more of it can be written, or needs to be */
	bool exempt;	  /* not to be written whole is a failure */
	bool spare;	  /* what fails of it is no failure, but in lost */
	int lost;	  /* an errno: it is not to be had whole */
	char *temporary;  /* or NULL; the maker's, borrowed likewise */
	const char *name; /* borrowed, as long as there are jobs */
	int64_t mtime_ns;
	struct ring open;
	struct spill_block *piece;
	struct content *content;
};

struct file_chunk {
	struct file_chunk *next;
	uint32_t n;
	uint32_t cap;
	uint8_t bytes[];
};

/* Writes the bytes of c and those that follow it at off of fd.  0, or the
 * errno. */
int chunks_write(struct file_chunk *c, int fd, uint64_t off) ATTR_NODISCARD;

enum file_after {
	FILE_STAY,    /* more is expected */
	FILE_MAKE,    /* likewise; the file is made, also without bytes */
	FILE_SETTLE,  /* not soon */
	FILE_END,     /* never; the file is made, also without bytes */
	FILE_DISCARD, /* never; the file is removed, bytes are not written */
};

/* Bytes at an offset of a file, which is where its last job ended or behind
 * that: between there are zeros.  Or they take the place of zeros before. */
struct file_job {
	struct product_file *file;
	struct file_chunk *chunks;
	size_t n; /* bytes in them */
	uint64_t off;
	enum file_after after;
};

/* label is borrowed: see backend.h. */
void dir_backend_init(struct dir_backend *d, int dirfd, const char *label,
    const struct store_options *options);
void dir_backend_fini(struct dir_backend *d);

/* Nothing is left to be done but to forget the file. */
static inline bool
dir_backend_has_all(const struct product_file *f)
{
	return f->created && f->fd < 0 && f->temporary == NULL;
}

void product_file_init(struct product_file *f, const char *name,
    int64_t mtime_ns);

static inline void
ring_init(struct ring *head)
{
	head->prev = head->next = head;
}

static inline void
ring_append(struct ring *head, struct ring *l)
{
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}

static inline void
ring_remove(struct ring *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
}

#endif
