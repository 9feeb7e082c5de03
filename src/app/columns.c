/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* columns.c: how wide a terminal is. */
#include "app/columns.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Columns that nobody has. */
#define WIDTH_MAX 100000

unsigned
terminal_columns(int fd)
{
	const char *text = getenv("COLUMNS");
	struct winsize size;
	char *end;

	if (text != NULL && text[0] >= '0' && text[0] <= '9') {
		unsigned long n = strtoul(text, &end, 10);

		if (*end == '\0' && n > 0 && n < WIDTH_MAX)
			return (unsigned)n;
	}
	if (isatty(fd) != 1 || ioctl(fd, TIOCGWINSZ, &size) != 0)
		return 0;
	return size.ws_col;
}
