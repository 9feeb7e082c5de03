/* packer.h: the bytes of an archive, compressed, to a descriptor. */
#ifndef STORE_PACKER_H
#define STORE_PACKER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "store/backend.h"

struct packer;

enum tar_compress { TAR_NONE, TAR_GZIP, TAR_XZ, TAR_ZSTD };

/* What fails is kept in f, as what failed on the file called name; both are
 * borrowed.  NULL when it cannot be begun: without a failure this libarchive
 * cannot compress so.  The descriptor must stay until packer_free. */
struct packer *packer_new(int fd, enum tar_compress compress, const char *name,
    struct failure *f) ATTR_NODISCARD;
/* The next bytes.  False when something has failed, now or before. */
bool packer_put(struct packer *p, const void *bytes, size_t n);
/* All bytes have come: the rest is written. */
void packer_end(struct packer *p);
/* What is left is not written, as there must be a failure then.  p may be
 * NULL. */
void packer_free(struct packer *p);

#endif
