/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* hash.h: which digest the index has of each direction's bytes. */
#ifndef SINKS_HASH_H
#define SINKS_HASH_H

#include <stdbool.h>

#include "base/attr.h"

enum sink_hash { SINK_HASH_NONE, SINK_HASH_MD5, SINK_HASH_SHA256 };

/* "md5" or "sha256"; NULL for none. */
const char *sink_hash_name(enum sink_hash h);
/* The other way; false when it is neither. */
bool sink_parse_hash(const char *word, enum sink_hash *out) ATTR_NODISCARD;

#endif
