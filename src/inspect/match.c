/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* match.c: which sessions --match wants: a text or an expression that their
 * lines of the summary have. */
#include "inspect/match.h"

#include <string.h>

bool
match_set_regex(struct match *m, const char *expression,
    char message[static MATCH_MESSAGE_LEN])
{
	int error;

	match_fini(m);
	error = regcomp(&m->regex, expression, REG_EXTENDED | REG_NOSUB);
	m->has_regex = error == 0;
	m->expression = error == 0 ? expression : NULL;
	if (error != 0)
		regerror(error, &m->regex, message, MATCH_MESSAGE_LEN);
	return m->has_regex;
}

bool
match_line(const struct match *m, const char *line)
{
	if (m->text != NULL && strstr(line, m->text) == NULL)
		return false;
	return !m->has_regex || regexec(&m->regex, line, 0, NULL, 0) == 0;
}

void
match_fini(struct match *m)
{
	if (m->has_regex)
		regfree(&m->regex);
	m->has_regex = false;
	m->expression = NULL;
}
