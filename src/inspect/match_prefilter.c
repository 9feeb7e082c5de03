/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* match_prefilter.c: which sessions --match cannot want, without making their lines. */
#include "inspect/match_prefilter.h"

#include <string.h>

/* What a line with the text in it has in one of its columns, as spaces part
 * them: the longest word of the text. */
static void
take_word(struct match_prefilter *v, const char *text)
{
	size_t len;

	for (; *text != '\0'; text += len + (text[len] == ' ')) {
		len = strcspn(text, " ");
		if (len <= v->len || len > PREFILTER_WORD_MAX)
			continue;
		memcpy(v->word, text, len);
		v->word[len] = '\0';
		v->len = len;
	}
}

/* Behind a bracket expression, which e is at. */
static const char *
behind_bracket(const char *e)
{
	e += e[1] == '^' ? 2 : 1;
	/* One that stands first ends nothing. */
	for (e += *e == ']'; *e != '\0' && *e != ']'; e++) {
		if (*e == '[' && e[1] != '\0' && strchr(".:=", e[1]) != NULL) {
			const char end[] = { e[1], ']', '\0' };
			const char *at = strstr(e + 2, end);

			if (at != NULL)
				e = at + 1;
		}
	}
	return e + (*e == ']');
}

/* Behind what matches one thing, which e is at; *c is the character that it
 * matches alone, or 0. */
static const char *
behind_item(const char *e, char *c)
{
	*c = '\0';
	switch (*e) {
	case '[':
		return behind_bracket(e);
	case '{':
		e += strcspn(e, "}");
		return e + (*e == '}');
	case '\\':
		/* Others have a meaning of their own, here or there. */
		if (e[1] != '\0' && strchr(".[]()*+?{}^$\\", e[1]) != NULL)
			*c = e[1];
		return e + (e[1] != '\0' ? 2 : 1);
	default:
		/* Of several bytes a repetition may mean all. */
		if (strchr("*+?.^$", *e) == NULL && *e > ' ' && *e <= '~')
			*c = *e;
		return e + 1;
	}
}

/* What stands before e may be missing. */
static bool
is_optional(const char *e)
{
	size_t n = strspn(e, "*+?");

	return e[n] == '{' || strcspn(e, "*?") < n;
}

/*
 * What every line that matches an extended expression has in it: characters
 * in a row that stand for themselves.  Where there are groups, more cannot be
 * known so easily.
 */
static void
take_expression(struct match_prefilter *v, const char *e)
{
	char run[PREFILTER_WORD_MAX + 1];
	size_t n = 0;

	if (strpbrk(e, "|()") != NULL)
		return;
	while (*e != '\0') {
		char c;

		e = behind_item(e, &c);
		if (c != '\0' && !is_optional(e) && n < PREFILTER_WORD_MAX) {
			run[n++] = c;
			continue;
		}
		run[n] = '\0';
		take_word(v, run);
		n = 0;
	}
	run[n] = '\0';
	take_word(v, run);
}

/* letters may be NULL: any. */
static bool
has_letters(const struct match_prefilter *v, const char *letters)
{
	return letters == NULL || strspn(v->word, letters) == v->len;
}

void
prefilter_init(struct match_prefilter *v, const struct match *m,
    const struct port_names *services)
{
	*v = (struct match_prefilter){ 0 };
	if (m != NULL && m->text != NULL)
		take_word(v, m->text);
	if (m != NULL && m->has_regex)
		take_expression(v, m->expression);
	for (enum column c = 0; c < COLUMNS; c++)
		if (c != COLUMN_SERVICE && has_letters(v, column_letters(c)))
			v->columns |= 1u << c;
	/* A dash stands for none. */
	v->spoken = service_has_text(v->word) || strcmp(v->word, "-") == 0;
	v->of_port = services != NULL && has_letters(v, services->letters);
}

static bool
in_service(const struct match_prefilter *v, const struct row_of *x)
{
	const char *name = NULL;

	if (v->spoken)
		name = service_name(x->services, x->s, x->f);
	else if (v->of_port)
		name = service_by_port(x->services, x->s);
	return name != NULL && strstr(name, v->word) != NULL;
}

/* The state is the only one that can have nearly any word, and is there. */
static bool
in_columns(const struct match_prefilter *v, const struct row_of *x)
{
	unsigned columns = v->columns;
	struct row r;

	if (strstr(x->s->state, v->word) != NULL)
		return true;
	columns &= ~(1u << COLUMN_STATE);
	if (columns == 0)
		return false;
	row_make_some(&r, columns, x);
	return memmem(r.text, r.end[COLUMNS - 1], v->word, v->len) != NULL;
}

bool
prefilter_passes(const struct match_prefilter *v, const struct row_of *x)
{
	return v->len == 0 || in_columns(v, x) || in_service(v, x);
}
