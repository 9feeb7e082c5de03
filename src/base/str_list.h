/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* str_list.h: a list of strings, and the names in a directory as one. */
#ifndef BASE_STR_LIST_H
#define BASE_STR_LIST_H

#include <stddef.h>

/* Zero-initialised is empty.  The strings are the list's. */
struct str_list {
	char **v;
	size_t n;
	size_t cap;
};

/* s is copied. */
void str_list_add(struct str_list *l, const char *s);
/* Bytewise. */
void str_list_sort(struct str_list *l);
void str_list_free(struct str_list *l);

/* Adds the names in the directory, but "." and "..", sorted.  0, or an errno:
 * then what could be read is there.  dirfd is borrowed. */
int str_list_directory(struct str_list *l, int dirfd);

/* Compares two char *, for qsort and bsearch. */
int str_compare(const void *a, const void *b);

#endif
