/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * name_set.h: which names are taken.
 *
 * Of a name only a digest is stored, 8 bytes in 8 to 16.  Two names with the
 * same digest are taken for one; that makes a name longer, never twice the
 * same.
 */
#ifndef BASE_NAME_SET_H
#define BASE_NAME_SET_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct name_set;

/* A name for each count, which the caller frees; 0 gives the plain one. */
typedef char *name_set_make(const void *arg, uint32_t count);

/* Remembers at most that many names; see name_set_take. */
struct name_set *name_set_new(size_t most);
/* n may be NULL. */
void name_set_free(struct name_set *n);

/* Nobody gets that name. */
void name_set_reserve(struct name_set *n, const char *name);

/*
 * The first of make(arg, 0), make(arg, 1) and so on that nobody has, which is
 * the caller's now, and his to free.  When no more can be remembered, a count
 * that no other name has, which need not be the first.
 */
char *name_set_take(struct name_set *n, name_set_make *make, const void *arg);

#endif
