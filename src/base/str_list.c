/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* str_list.c: a list of strings, and the names in a directory as one. */
#include "base/str_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/xalloc.h"

void
str_list_add(struct str_list *l, const char *s)
{
	size_t cap = l->cap > 0 ? l->cap * 2 : 64;

	if (l->n == l->cap) {
		l->v = xreallocarray(l->v, cap, sizeof(*l->v));
		l->cap = cap;
	}
	l->v[l->n] = xstrdup(s);
	l->n++;
}

int
str_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void
str_list_sort(struct str_list *l)
{
	if (l->n > 0)
		qsort(l->v, l->n, sizeof(*l->v), str_compare);
}

void
str_list_free(struct str_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct str_list){ 0 };
}

int
str_list_directory(struct str_list *l, int dirfd)
{
	int copy =
	    sys_openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	DIR *d = NULL;
	struct dirent *e;
	int errnum = errno;

	if (copy < 0)
		return errnum;
	do {
		d = fdopendir(copy);
		errnum = errno;
	} while (d == NULL && errnum == ENOMEM && xalloc_again());
	if (d == NULL) {
		close(copy);
		return errnum;
	}
	while (errno = 0, (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			str_list_add(l, e->d_name);
	errnum = errno;
	closedir(d);
	str_list_sort(l);
	return errnum;
}
