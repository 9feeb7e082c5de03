/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* match.h: which sessions are wanted by what their summary line says. */
#ifndef INSPECT_MATCH_H
#define INSPECT_MATCH_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/* Zero-initialised wants every line.  A line is wanted when it contains the
 * text, if there is one, and matches the expression, if there is one. */
struct match {
	const char *text;	/* borrowed */
	const char *expression; /* as it was given; borrowed */
	bool has_regex;
	regex_t regex;
};

static inline bool
match_is_set(const struct match *m)
{
	return m->text != NULL || m->has_regex;
}

#define MATCH_MESSAGE_LEN 256

/* Compiles a POSIX extended expression into *m; false with a message. */
bool match_set_regex(struct match *m, const char *expression,
    char message[static MATCH_MESSAGE_LEN]) ATTR_NODISCARD;
bool match_line(const struct match *m, const char *line);
void match_fini(struct match *m);

#endif
