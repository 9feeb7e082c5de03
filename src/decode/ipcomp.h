/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * ipcomp.h: undoes the compression of IP payloads (RFC 3173) that DEFLATE
 * made (RFC 2394).
 */
#ifndef DECODE_IPCOMP_H
#define DECODE_IPCOMP_H

#include <stdbool.h>

#include "base/cur.h"

/* One decompressor and room for the longest datagram. */
struct ipcomp;

struct ipcomp *ipcomp_new(void);
/* c may be NULL. */
void ipcomp_free(struct ipcomp *c);
/*
 * What the bytes of one packet were, with or without zlib's header; at most
 * 65,535 bytes, which belong to c and stay until the next call.  False when
 * they are no DEFLATE stream, or one that does not end in them unless is_cut
 * says that more of it was sent than is here.
 */
bool ipcomp_inflate(struct ipcomp *c, struct slice packed, bool is_cut,
    struct slice *out);

#endif
