/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* pathlist.c: reads the PATHs in the files of --files-from. */
#include "app/pathlist.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "base/xalloc.h"

/* NULL, or what is wrong with the file. */
static const char *
read_names(struct str_list *l, FILE *file, int end)
{
	const char *wrong = NULL;
	char *name = NULL;
	size_t cap = 0;
	ssize_t n;

	while (wrong == NULL &&
	    (errno = 0, n = getdelim(&name, &cap, end, file)) > 0) {
		if (name[n - 1] == end)
			name[--n] = '\0';
		if (strlen(name) != (size_t)n)
			wrong = "has NUL bytes in it; read it with -0";
		else if (n > 0)
			str_list_add(l, name);
	}
	if (wrong == NULL && ferror(file))
		wrong = strerror(errno);
	free(name);
	return wrong;
}

bool
pathlist_read(struct str_list *l, const char *file, bool null, char *message,
    size_t len)
{
	bool is_stdin = strcmp(file, "-") == 0;
	FILE *f = is_stdin ? stdin : fopen(file, "re");
	const char *wrong;

	wrong =
	    f == NULL ? strerror(errno) : read_names(l, f, null ? '\0' : '\n');
	if (f != NULL && !is_stdin)
		fclose(f);
	if (wrong != NULL)
		snprintf(message, len, "--files-from: %s: %s", file, wrong);
	return wrong == NULL;
}
