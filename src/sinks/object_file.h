/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * object_file.h: a body, or a part of one, as a file: STEM-NNN.EXT.
 *
 * EXT is from the type that was said, or else from the first bytes; never from
 * a name that a capture holds.  What is missing is a hole in the file.
 */
#ifndef SINKS_OBJECT_FILE_H
#define SINKS_OBJECT_FILE_H

#include "proto/media.h"
#include "sinks/sink.h"

/* Zero-initialised, but for what the caller fills in, is nothing so far. */
struct object_file {
	struct sink_session *ss;    /* the caller's */
	const struct media *media;  /* the caller's: of the type; or NULL */
	unsigned number;	    /* NNN; 0 before the first byte */
	bool too_many;		    /* it gets no file */
	bool begun;		    /* first has been looked at */
	struct out_file *file;	    /* or NULL */
	char *name;		    /* of the file, or NULL */
	const struct media *actual; /* what the first bytes are, or NULL */
	bool program;
	uint64_t hole; /* missing bytes that nothing has come behind */
	size_t n_first;
	uint8_t first[MEDIA_SNIFF];
};

void object_file_put(struct object_file *o, struct slice bytes);
void object_file_hole(struct object_file *o, uint64_t n);
/* Ends the file; its name, for the caller to free, or NULL when there is
 * none. */
char *object_file_end(struct object_file *o) ATTR_NODISCARD;

#endif
