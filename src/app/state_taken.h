/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * state_taken.h: which inputs runs of --state have taken: digests of contents,
 * of which those taken first are forgotten first.
 */
#ifndef APP_STATE_TAKEN_H
#define APP_STATE_TAKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/hash_table.h"

struct state_taken_digest {
	uint8_t bytes[DIGEST_SHA256_BYTES];
};

/* Zero-initialised is empty. */
struct state_taken {
	struct state_taken_digest *list; /* in their order */
	size_t n;
	size_t cap;
	struct hash_table index; /* of list; when n > 0 */
};

void state_taken_free(struct state_taken *t);
bool state_taken_has(const struct state_taken *t,
    const uint8_t digest[static DIGEST_SHA256_BYTES]);
void state_taken_add(struct state_taken *t,
    const uint8_t digest[static DIGEST_SHA256_BYTES]);
/* The last STATE_TAKEN_MAX. */
void state_taken_write(const struct state_taken *t,
    void (*write)(void *arg, const void *p, size_t n), void *arg);
/* Of what state_taken_write wrote; false when that is not what comes. */
bool state_taken_read(struct state_taken *t,
    bool (*read)(void *arg, void *p, size_t n), void *arg);

#endif
