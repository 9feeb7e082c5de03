/*
 * disk.h: what is done to the product files of one directory, with a bounded
 * number of descriptors.
 *
 * The jobs of a file are done in the order in which they were made.  A disk
 * is worked by one thread, but for disk_do_whole, and asked for its error by
 * any.
 */
#ifndef STORE_DISK_H
#define STORE_DISK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "store/store.h"

/* A ring; its head is an element that is none of it. */
struct ring {
	struct ring *prev;
	struct ring *next;
};

struct disk {
	int dirfd;	   /* borrowed */
	const char *label; /* what goes before names in errors; borrowed */
	bool sync;
	unsigned max_open;
	unsigned n_open;
	struct ring open;     /* least recently used first */
	pthread_mutex_t lock; /* of what, and of who sets error */
	atomic_int error;
	char *what;
};

/* In open while fd >= 0.  With a temporary name it gets its own at its end. */
struct disk_file {
	int fd;
	bool created;
	char *temporary;  /* or NULL; the maker's, borrowed likewise */
	const char *name; /* borrowed, as long as there are jobs */
	int64_t mtime_ns;
	struct ring open;
};

struct chunk {
	struct chunk *next;
	uint32_t n;
	uint32_t cap;
	uint8_t bytes[];
};

enum disk_after {
	DISK_STAY,    /* more is expected */
	DISK_MAKE,    /* likewise; the file is made, also without bytes */
	DISK_SETTLE,  /* not soon */
	DISK_END,     /* never; the file is made, also without bytes */
	DISK_DISCARD, /* never; the file is removed, bytes are not written */
};

/* Bytes at an offset of a file; at most DISK_CHUNKS chunks of them. */
struct disk_job {
	struct disk_file *file;
	struct chunk *chunks;
	uint64_t off;
	enum disk_after after;
};

#define DISK_CHUNKS 20

void disk_init(struct disk *d, int dirfd, const char *label,
    const struct store_options *options);
void disk_fini(struct disk *d);
/* After an error nothing but descriptors is cared for. */
void disk_do(struct disk *d, const struct disk_job *job);
/* The same, for a second thread while another does jobs of other files, when
 * the job leaves no descriptor open.  False when it is to be done by that
 * other one; then nothing has been done. */
bool disk_do_whole(struct disk *d, const struct disk_job *job);
/* Keeps the failure unless there is one already.  name may be NULL: then the
 * label alone is meant. */
void disk_fail(struct disk *d, int errnum, const char *verb, const char *name);

/* Nothing is left to be done but to forget the file. */
static inline bool
disk_has_all(const struct disk_file *f)
{
	return f->created && f->fd < 0 && f->temporary == NULL;
}

void disk_file_init(struct disk_file *f, const char *name, int64_t mtime_ns);

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
