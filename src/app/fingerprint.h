/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * fingerprint.h: what output was made from and how, as one short text: the
 * program's version, the options that shape output, a digest of the key logs,
 * and of each capture its
 * size, its time of change and the bytes at both ends.  What was given up for
 * memory depends on --max-memory and --jobs, too.
 */
#ifndef APP_FINGERPRINT_H
#define APP_FINGERPRINT_H

#include <stdbool.h>

#include "app/config.h"
#include "base/digest.h"
#include "base/incomplete.h"
#include "capture/walk.h"

/* Empty when there is none. */
struct fingerprints {
	char plain[DIGEST_SHA256_LEN];
	char of_memory[DIGEST_SHA256_LEN]; /* with those two options */
	const struct input *lacks;	   /* could not be looked at, or NULL */
	int error;			   /* ... why */
};

struct fingerprint {
	const struct config *cfg;  /* borrowed */
	const struct input *lacks; /* as in fingerprints */
	int error;
	struct digest_sha256 digest;
	bool none; /* something was no regular file */
};

/* keys: a digest of the key logs, or empty. */
void fingerprint_init(struct fingerprint *f, const struct config *cfg,
    const char *keys);
/* One more capture, in the order of the inputs.  What is read of it leaves
 * nothing behind; what cannot be read twice is not opened. */
void fingerprint_add(struct fingerprint *f, const struct input *in);
void fingerprint_end(struct fingerprint *f, struct fingerprints *out);
/* The one that output with these words of incompleteness has. */
static inline const char *
fingerprint_for(const struct fingerprints *f, struct incomplete_set words)
{
	return incomplete_is_of_memory(words) ? f->of_memory : f->plain;
}

/* Digest of a capture's size and the bytes at both ends: by it the same capture
 * is known under another name.  False when it is no regular file or cannot be
 * read. */
bool fingerprint_content(const struct input *in,
    uint8_t out[static DIGEST_SHA256_BYTES]);

#endif
