/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* url.h: URLs as browsers resolve and compare them (WHATWG URL). */
#ifndef PROTO_URL_H
#define PROTO_URL_H

#include <stdbool.h>

#include "base/buf.h"

/* Longer ones are no URLs here. */
#define URL_MAX ((size_t)8 << 10)

/*
 * Writes to out, in place of what it holds, the http or https URL that ref is
 * for a document whose URL is base: in the one form that all ways to write it
 * share, without user, password and fragment.  base is what this function once
 * wrote, or empty; it must not be out's.  False, with out empty, when ref is
 * no such URL.
 *
 * Names of hosts stay as they are beyond ASCII (no punycode is made), and the
 * query is taken as UTF-8.
 */
bool url_resolve(struct slice ref, struct slice base, struct buf *out);

#endif
