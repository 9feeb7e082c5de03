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
