/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* match.h: which sessions are wanted by what their summary line says. */
#ifndef INSPECT_MATCH_H
#define INSPECT_MATCH_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str_list.h"

/* Zero-initialised wants every line.  A line is wanted when it contains one of
 * the texts, if there are any, and matches one of the expressions, likewise. */
struct match {
	struct str_list texts;
	struct str_list expressions; /* as they were given */
	regex_t *regex;		     /* of each of them */
};

static inline bool
match_is_set(const struct match *m)
{
	return m->texts.n > 0 || m->expressions.n > 0;
}

#define MATCH_MESSAGE_LEN 256

void match_add_text(struct match *m, const char *text);
/* Compiles a POSIX extended expression for *m; false with a message. */
bool match_add_regex(struct match *m, const char *expression,
    char message[static MATCH_MESSAGE_LEN]) ATTR_NODISCARD;
bool match_line(const struct match *m, const char *line);
void match_fini(struct match *m);

#endif
