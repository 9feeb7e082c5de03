/*
 * name.h: the only place that makes a path component of what a capture says.
 *
 * Names are built from addresses, ports and counters alone: no '/', no
 * leading '.' or '-'.
 */
#ifndef BASE_NAME_H
#define BASE_NAME_H

#include <stdint.h>

#include "base/attr.h"
#include "base/peer.h"

/* CLIENT_CPORT-SERVER_SPORT-6-N.  Caller frees. */
char *name_stem(const struct peer *client, const struct peer *server,
    uint64_t number) ATTR_NONNULL;

/* The stem with its ending: ".c2s", say.  Caller frees. */
char *name_file(const char *stem, const char *ending) ATTR_NONNULL;

#endif
