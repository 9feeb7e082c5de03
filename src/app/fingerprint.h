/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * fingerprint.h: what output was made from and how, as one short text: the
 * program's version, the options that shape output, and of each capture its
 * size, its time of change and the bytes at both ends.
 */
#ifndef APP_FINGERPRINT_H
#define APP_FINGERPRINT_H

#include <stdbool.h>

#include "app/config.h"
#include "base/digest.h"
#include "capture/walk.h"

struct fingerprint {
	struct digest_sha256 digest;
	bool none; /* something was no regular file */
};

void fingerprint_init(struct fingerprint *f, const struct config *cfg);
/* One more capture, in the order of the inputs.  What is read of it leaves
 * nothing behind; what cannot be read twice is not opened. */
void fingerprint_add(struct fingerprint *f, const struct input *in);
/* The text, empty when there is none. */
void fingerprint_text(struct fingerprint *f,
    char out[static DIGEST_SHA256_LEN]);

#endif
