/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* compress.h: the bytes of an archive, compressed, to a descriptor. */
#ifndef STORE_COMPRESS_H
#define STORE_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "store/backend.h"

struct compressor;

enum tar_compress { TAR_NONE, TAR_GZIP, TAR_XZ, TAR_ZSTD };

/* What fails goes to f, as what failed on the file called name; both are
 * borrowed.  NULL when it cannot be begun: without a failure this libarchive
 * cannot compress so.  Nothing is written before compressor_to. */
struct compressor *compressor_new(enum tar_compress compress, const char *name,
    struct failure *f) ATTR_NODISCARD;
/* Where all of it goes: the descriptor must stay until compressor_free. */
void compressor_to(struct compressor *p, int fd);
/* The next bytes.  False when something has failed, now or before. */
bool compressor_put(struct compressor *p, const void *bytes, size_t n);
/* All bytes have come: the rest is written. */
void compressor_end(struct compressor *p);
/* What is left is not written, as there must be a failure then.  p may be
 * NULL. */
void compressor_free(struct compressor *p);

#endif
