/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * decompress.h: compressed files as a source of plain bytes, gzip through zlib,
 * the others through libarchive.
 *
 * Exactly one filter of libarchive is enabled, the one that the first bytes
 * call for, and only when it is built in: otherwise it would run a program.
 * Several members, one after the other, are one file.  A file in two layers
 * of compression is refused.
 */
#ifndef CAPTURE_DECOMPRESS_H
#define CAPTURE_DECOMPRESS_H

#include "base/attr.h"
#include "base/cur.h"
#include "capture/source.h"

struct decompress;
struct compression;

/* Which compression a file begins with; NULL for none that we know.  Twelve
 * bytes are enough. */
const struct compression *compression_of(struct slice head);
/* "gzip", "bzip2", "xz", "zstd", "lz4"; "none" for NULL. */
const char *compression_name(const struct compression *k);

/*
 * Makes out the plain bytes of in, which is borrowed and must not be read by
 * others meanwhile.  out ends with what was readable: CAPTURE_CUT when in
 * ends too early, CAPTURE_CORRUPT when it cannot be undone, CAPTURE_NOT_ONE
 * for two layers, CAPTURE_IO, CAPTURE_WINDOW before anything was unpacked,
 * CAPTURE_EXPANSION.  limits is copied.  Free the result before in, after out.
 */
struct decompress *decompress_new(const struct compression *k,
    struct source *in, struct source *out,
    const struct capture_limits *limits) ATTR_NONNULL;
void decompress_free(struct decompress *u);

#endif
