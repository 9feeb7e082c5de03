/* plan.h: which of the captures found are to be read. */
#ifndef APP_PLAN_H
#define APP_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "app/fingerprint.h"
#include "app/run.h"
#include "capture/walk.h"

enum fate {
	FATE_READ,
	FATE_DONE,  /* --resume: its output is there */
	FATE_YOUNG, /* --min-age: may still be written */
};

struct plan_item {
	enum fate fate;
	uint64_t size; /* of the file; 0: unknown */
};

/* items[i] is about the i-th of the inputs. */
struct plan {
	struct plan_item *items;
	size_t to_read;
	size_t done;
	uint64_t bytes; /* of those to be read; 0: unknown */
};

/* Looks at every capture, and at its output with --resume; says what is
 * passed over.  Free with plan_free. */
void plan_make(struct plan *p, const struct run *r, const struct inputs *in);
void plan_free(struct plan *p);

/* The fingerprint of the output of one capture. */
void plan_fingerprint_one(const struct config *cfg, const struct input *in,
    char out[static DIGEST_SHA256_LEN]);
/* That of the captures to be read as one. */
void plan_fingerprint_all(const struct config *cfg, const struct plan *p,
    const struct inputs *in, char out[static DIGEST_SHA256_LEN]);

#endif
