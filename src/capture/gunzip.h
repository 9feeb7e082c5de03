/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * gunzip.h: the plain bytes of a gzip file (RFC 1952).
 *
 * Every byte that is certain before a cut or an error comes out before out
 * ends.  Members one after the other are one file.  What follows the last of
 * them is judged as gzip(1) does: zeros are padding, anything else is not.
 */
#ifndef CAPTURE_GUNZIP_H
#define CAPTURE_GUNZIP_H

#include "base/attr.h"
#include "capture/source.h"

struct gunzip;

/*
 * Makes out the plain bytes of in, which is borrowed and must not be read by
 * others meanwhile.  out ends with CAPTURE_CUT when in ends within a member,
 * CAPTURE_CORRUPT for a broken member, a check sum or length that does not
 * fit, or garbage at the end, CAPTURE_IO.  Free the result before in, after
 * out.
 */
struct gunzip *gunzip_new(struct source *in, struct source *out) ATTR_NONNULL;
void gunzip_free(struct gunzip *g);

#endif
