/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * standalone.c: runs a fuzz target over files, without a fuzzer.
 *
 * Arguments are inputs, or directories of inputs (not descended into).  The
 * empty input is always tried first.  Each input is a block of exactly its
 * size, so that a sanitizer sees a read beyond its end.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/xalloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
complain(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return -1;
}

/* Counts the input in *count; 0 or -1. */
static int
run_file(const char *path, size_t size, unsigned *count)
{
	FILE *f = fopen(path, "rb");

	if (f == NULL)
		return complain(path);
	uint8_t *data = xmalloc(size);
	size_t n = fread(data, 1, size, f);

	fclose(f);
	if (n != size) {
		free(data);
		errno = EIO;
		return complain(path);
	}
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	++*count;
	return 0;
}

static int
run_directory(const char *path, unsigned *count)
{
	DIR *dir = opendir(path);
	int rc = 0;

	if (dir == NULL)
		return complain(path);
	for (struct dirent *e; rc == 0 && (e = readdir(dir)) != NULL;) {
		char *name = xasprintf("%s/%s", path, e->d_name);
		struct stat st;

		if (stat(name, &st) == 0 && S_ISREG(st.st_mode))
			rc = run_file(name, (size_t)st.st_size, count);
		free(name);
	}
	closedir(dir);
	return rc;
}

int
main(int argc, char **argv)
{
	unsigned count = 1;
	uint8_t nothing[1] = { 0 };

	LLVMFuzzerTestOneInput(nothing, 0);
	for (int i = 1; i < argc; i++) {
		struct stat st;
		int rc;

		if (stat(argv[i], &st) != 0)
			rc = complain(argv[i]);
		else if (S_ISDIR(st.st_mode))
			rc = run_directory(argv[i], &count);
		else
			rc = run_file(argv[i], (size_t)st.st_size, &count);
		if (rc != 0)
			return 1;
	}
	printf("%u inputs\n", count);
	return 0;
}
