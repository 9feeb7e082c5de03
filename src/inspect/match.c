/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* match.c: which sessions --match wants: texts or expressions that their lines
 * of the summary have. */
#include "inspect/match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

void
match_add_text(struct match *m, const char *text)
{
	str_list_add(&m->texts, text);
}

bool
match_add_regex(struct match *m, const char *expression,
    char message[static MATCH_MESSAGE_LEN])
{
	size_t n = m->expressions.n;
	int error;

	m->regex = xreallocarray(m->regex, n + 1, sizeof(*m->regex));
	do
		error =
		    regcomp(&m->regex[n], expression, REG_EXTENDED | REG_NOSUB);
	while (error == REG_ESPACE && xalloc_again());
	if (error == REG_ESPACE)
		xalloc_fail();
	if (error == 0)
		str_list_add(&m->expressions, expression);
	else
		regerror(error, &m->regex[n], message, MATCH_MESSAGE_LEN);
	return error == 0;
}

static bool
has_text(const struct match *m, const char *line)
{
	for (size_t i = 0; i < m->texts.n; i++)
		if (strstr(line, m->texts.v[i]) != NULL)
			return true;
	return m->texts.n == 0;
}

static bool
matches(const regex_t *regex, const char *line)
{
	int error;

	/* glibc answers REG_NOMATCH whatever it lacked. */
	do {
		errno = 0;
		error = regexec(regex, line, 0, NULL, 0);
	} while (error != 0 && errno == ENOMEM && xalloc_again());
	if (error != 0 && (error == REG_ESPACE || errno == ENOMEM))
		xalloc_fail();
	return error == 0;
}

bool
match_line(const struct match *m, const char *line)
{
	if (!has_text(m, line))
		return false;
	for (size_t i = 0; i < m->expressions.n; i++)
		if (matches(&m->regex[i], line))
			return true;
	return m->expressions.n == 0;
}

void
match_fini(struct match *m)
{
	for (size_t i = 0; i < m->expressions.n; i++)
		regfree(&m->regex[i]);
	free(m->regex);
	str_list_free(&m->texts);
	str_list_free(&m->expressions);
	*m = (struct match){ 0 };
}
