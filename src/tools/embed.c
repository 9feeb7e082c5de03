/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * embed.c: a program of its own, for the build: writes files as a header, each
 * as an array of its bytes, without a NUL behind them (sizeof tells how many).
 *
 *	embed NAME FILE [NAME FILE]... >HEADER
 *
 * C11 and nothing of the tree, since the compiler of the build makes it, which
 * is another where the program is made for another machine.
 */
#include <stdio.h>

/* 12 numbers a line; returns 0, or -1 with a message when it cannot be read. */
static int
embed(const char *name, const char *path)
{
	FILE *in = fopen(path, "rb");
	int c;
	int bad;

	if (in == NULL) {
		perror(path);
		return -1;
	}
	printf("\nstatic const unsigned char %s[] = {", name);
	for (unsigned long n = 0; (c = getc(in)) != EOF; n++)
		printf("%s%d,", n % 12 == 0 ? "\n\t" : " ", c);
	printf("\n};\n");
	bad = ferror(in);
	if (bad)
		fprintf(stderr, "%s: cannot be read\n", path);
	fclose(in);
	return bad ? -1 : 0;
}

int
main(int argc, char **argv)
{
	if (argc < 3 || argc % 2 == 0) {
		fprintf(stderr, "usage: embed NAME FILE [NAME FILE]...\n");
		return 2;
	}
	printf("/* Made by embed.c from files of the source tree. */\n");
	for (int i = 1; i < argc; i += 2)
		if (embed(argv[i], argv[i + 1]) != 0)
			return 1;
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("embed");
		return 1;
	}
	return 0;
}
