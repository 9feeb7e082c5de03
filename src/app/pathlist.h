/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* pathlist.h: reads the PATHs in the files of --files-from. */
#ifndef APP_PATHLIST_H
#define APP_PATHLIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str_list.h"

/*
 * Adds the names in file, or on standard input for "-": one a line, or each
 * with a NUL behind it.  Empty ones are passed over.  False, with a message,
 * when the file cannot be read or has no such names in it.
 */
bool pathlist_read(struct str_list *l, const char *file, bool null,
    char *message, size_t len) ATTR_NODISCARD;

#endif
