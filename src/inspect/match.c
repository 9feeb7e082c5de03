/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* match.c: which sessions --match wants: a text or an expression that their
 * lines of the summary have. */
#include "inspect/match.h"

#include <errno.h>
#include <string.h>

#include "base/xalloc.h"

bool
match_set_regex(struct match *m, const char *expression,
    char message[static MATCH_MESSAGE_LEN])
{
	int error;

	match_fini(m);
	do
		error =
		    regcomp(&m->regex, expression, REG_EXTENDED | REG_NOSUB);
	while (error == REG_ESPACE && xalloc_again());
	if (error == REG_ESPACE)
		xalloc_fail();
	m->has_regex = error == 0;
	m->expression = error == 0 ? expression : NULL;
	if (error != 0)
		regerror(error, &m->regex, message, MATCH_MESSAGE_LEN);
	return m->has_regex;
}

bool
match_line(const struct match *m, const char *line)
{
	int error;

	if (m->text != NULL && strstr(line, m->text) == NULL)
		return false;
	if (!m->has_regex)
		return true;
	/* glibc answers REG_NOMATCH whatever it lacked. */
	do {
		errno = 0;
		error = regexec(&m->regex, line, 0, NULL, 0);
	} while (error != 0 && errno == ENOMEM && xalloc_again());
	if (error != 0 && (error == REG_ESPACE || errno == ENOMEM))
		xalloc_fail();
	return error == 0;
}

void
match_fini(struct match *m)
{
	if (m->has_regex)
		regfree(&m->regex);
	m->has_regex = false;
	m->expression = NULL;
}
