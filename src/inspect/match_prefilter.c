/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* match_prefilter.c: which sessions --match cannot want, without making their
 * lines. */
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

/* A service that is known by its bytes has it, or the dash for none. */
static bool
is_in_service(const char *word)
{
	for (enum service s = SERVICE_NONE + 1; s < SERVICES; s++)
		if (strstr(enum_name_service(s), word) != NULL ||
		    strstr(enum_name_service_in_tls(s), word) != NULL)
			return true;
	return strcmp(word, "-") == 0;
}

void
prefilter_init(struct match_prefilter *v, const struct match *m,
    const struct port_names *services)
{
	*v = (struct match_prefilter){ 0 };
	/* What only one of several texts has rules nothing out. */
	if (m != NULL && m->texts.n == 1)
		take_word(v, m->texts.v[0]);
	for (enum column c = 0; c < COLUMNS; c++)
		if (c != COLUMN_SERVICE && has_letters(v, column_letters(c)))
			v->columns |= 1u << c;
	v->spoken = is_in_service(v->word);
	v->of_port = services != NULL && has_letters(v, services->letters);
}

static bool
in_service(const struct match_prefilter *v, const struct row_of *x)
{
	const char *name;

	if (!v->spoken && !v->of_port)
		return false;
	if (v->spoken)
		name = session_probe_service_name(x->f, x->s, x->services);
	else
		name = service_by_port(x->services, x->s);
	return strstr(name != NULL ? name : "-", v->word) != NULL;
}

/* The state is the only one that can have nearly any word, and is there. */
static bool
in_columns(const struct match_prefilter *v, const struct row_of *x)
{
	unsigned columns = v->columns;
	struct row r;

	if (strstr(enum_name_conn_state(x->s->state), v->word) != NULL)
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
