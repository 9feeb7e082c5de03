/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* worklist.h: which of the captures found are to be read. */
#ifndef APP_WORKLIST_H
#define APP_WORKLIST_H

#include <stddef.h>
#include <stdint.h>

#include "app/fingerprint.h"
#include "app/run.h"
#include "capture/walk.h"

enum input_fate {
	FATE_READ,
	FATE_DONE,  /* --resume: its output is there */
	FATE_YOUNG, /* --min-age: may still be written */
};

struct worklist_item {
	enum input_fate fate;
	uint64_t size; /* of the file; 0: unknown */
};

/* items[i] is about the i-th of the inputs. */
struct worklist {
	struct worklist_item *items;
	size_t to_read;
	size_t done;
	uint64_t bytes;			  /* of those to be read; 0: unknown */
	bool has_stream;		  /* ... as some of it is one */
	struct incomplete_set incomplete; /* of those that are done */
};

/* Looks at every capture, and at its output with --resume; says what is
 * passed over.  Free with worklist_free. */
void worklist_make(struct worklist *p, const struct run *r, struct inputs *in);
void worklist_free(struct worklist *p);

/* The fingerprints of the output of one capture. */
void worklist_fingerprint_one(const struct run *r, const struct input *in,
    struct fingerprints *out);
/* Those of the captures to be read as one. */
void worklist_fingerprint_all(const struct run *r, const struct worklist *p,
    const struct inputs *in, struct fingerprints *out);

#endif
