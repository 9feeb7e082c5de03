/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* walk.h: from the PATHs of the command line to the captures to read. */
#ifndef CAPTURE_WALK_H
#define CAPTURE_WALK_H

#include <stdbool.h>
#include <stddef.h>

/* One capture to read. */
struct input {
	char *path;	 /* to open; "-" is standard input */
	char *name;	 /* below the output directory, without
				 * ".sessions"; no two inputs share one */
	bool named;	 /* given on the command line, not walked to */
	int fd;		 /* opened beforehand, or -1; closed by inputs_free */
	bool has_output; /* in a directory, of this run or an earlier one */
};

/* Zero-initialised is empty.  v[0..n) in the order in which they are to be
 * read; taken has their names. */
struct inputs {
	struct input *v;
	size_t n;
	size_t cap;
	struct name_set *taken;
};

#define WALK_DEPTH_MAX 255
/* What the capture on standard input is called. */
#define WALK_STDIN_NAME "stdin"

/*
 * Adds the capture at path, or those in the directory at path: sorted by
 * name, bytewise; sub-directories too when recursive.  Below path no symbolic
 * link is followed; devices, FIFOs, sockets, own output (*.sessions with a
 * capture.jsonl or a sessions.jsonl) and hidden directories of ours are passed
 * over, and so is what capture_magic does not know, unless its name says that
 * it is a capture (.pcap .pcapng .cap .dmp, also with a compression's ending).
 * Directories that cannot be read, or lie deeper than WALK_DEPTH_MAX, go
 * to warn; a file that cannot be read is added if it has a capture's name.
 * 0, or -1 with errno when path itself cannot be examined.
 */
int walk_add(struct inputs *in, const char *path, bool recursive,
    void (*warn)(void *arg, const char *path, int errnum), void *arg);
void inputs_free(struct inputs *in);
/* True when the last component of a path ends like a capture's name. */
bool walk_is_capture_name(const char *path);

#endif
