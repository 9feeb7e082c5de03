/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* random_name.h: names of temporary files that nobody can guess. */
#ifndef BASE_RANDOM_NAME_H
#define BASE_RANDOM_NAME_H

#include <stddef.h>

/* What such a name is made of: 64 letters. */
extern const char random_name_letters[];

/* Puts n letters, at most 64, at to, without a NUL behind them.  Without random
 * numbers they are all the same: what makes the file or directory must insist
 * on a new one. */
void random_name(char *to, size_t n);

#endif
