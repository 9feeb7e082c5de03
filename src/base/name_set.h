/*
 * names.h: which names are taken.
 *
 * Of a name only a digest is kept, 8 bytes in 8 to 16.  Two names with the
 * same digest are taken for one; that makes a name longer, never twice the
 * same.
 */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct names;

/* A name for each count, which the caller frees; 0 gives the plain one. */
typedef char *names_make(const void *arg, uint32_t count);

/* Remembers at most that many names; see names_take. */
struct names *names_new(size_t most);
/* n may be NULL. */
void names_free(struct names *n);

/* Nobody gets that name. */
void names_reserve(struct names *n, const char *name);

/*
 * The first of make(arg, 0), make(arg, 1) and so on that nobody has, which is
 * the caller's now, and his to free.  When no more can be remembered, a count
 * that no other name has, which need not be the first.
 */
char *names_take(struct names *n, names_make *make, const void *arg);

#endif
