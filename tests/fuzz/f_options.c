/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_options.c: any command line: words that end in NUL bytes.  None has a '/':
 * no file but one of the working directory is read.  Nor do expressions repeat
 * what is repeated: the system's regcomp takes all memory for that.
 */
#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/config.h"
#include "base/xalloc.h"
#include "lib/require.h"

#define WORDS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_repeat(uint8_t c)
{
	return c == '+' || c == '*' || c == '?' || c == '{';
}

static bool
is_tame(const uint8_t *p, size_t n)
{
	size_t repeats = 0;

	for (size_t i = 0; i < n; i++)
		repeats += is_repeat(p[i]);
	return repeats <= 3 && memchr(p, '/', n) == NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char program[] = "tcpsession";
	char *argv[WORDS_MAX + 2] = { program };
	char message[CONFIG_MESSAGE_LEN] = "";
	struct config cfg;
	char *text;
	int argc = 1;

	if (size == 0 || !is_tame(data, size))
		return 0;
	text = xmalloc(size + 1);
	memcpy(text, data, size);
	text[size] = '\0';
	for (size_t at = 0; at < size && argc <= WORDS_MAX;
	     at += strlen(text + at) + 1)
		argv[argc++] = text + at;
	optind = 0;
	REQUIRE(
	    config_parse(&cfg, argc, argv, message) == (message[0] == '\0'));
	REQUIRE(memchr(message, '\0', sizeof(message)) != NULL);
	config_free(&cfg);
	free(text);
	return 0;
}
