/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* sweep.c: clears away what killed runs left, one look at each directory. */
#include "store/store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "store/fs_tree.h"

/* Length of what goes before the last component, with its slash. */
static size_t
parent_len(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash != NULL ? (size_t)(slash - name) + 1 : 0;
}

static int
compare_parents(const char *a, const char *b)
{
	size_t n_a = parent_len(a);
	size_t n_b = parent_len(b);

	if (n_a != n_b)
		return n_a < n_b ? -1 : 1;
	return memcmp(a, b, n_a);
}

/* Those of one directory together, by last component within. */
static int
by_parent(const void *a, const void *b)
{
	const char *s = *(const char *const *)a;
	const char *t = *(const char *const *)b;
	int c = compare_parents(s, t);

	return c != 0 ? c : strcmp(s, t);
}

/* names[0..n) have one parent and are sorted; they are cut to their last
 * components. */
static void
sweep_parent(int dirfd, const char **names, size_t n)
{
	size_t len = parent_len(names[0]);
	int parent;

	if (!tree_is_plain_path(names[0]))
		return;
	parent = tree_open_parent(dirfd, names[0], TREE_FAIL);
	if (parent < 0)
		return;
	for (size_t i = 0; i < n; i++)
		names[i] += len;
	tree_sweep(parent, names, n);
	close(parent);
}

void
store_sweep(int dirfd, const char *const *names, size_t n)
{
	const char **sorted = xcalloc(n, sizeof(*sorted));
	size_t end;

	if (n > 0) {
		memcpy(sorted, names, n * sizeof(*sorted));
		qsort(sorted, n, sizeof(*sorted), by_parent);
	}
	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1;
		     end < n && compare_parents(sorted[i], sorted[end]) == 0;
		     end++)
			continue;
		sweep_parent(dirfd, sorted + i, end - i);
	}
	free(sorted);
}
