/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * options_hint.c: what is told of a word that is no option: the one that was
 * meant, as far as that can be guessed.
 */
#include <stdio.h>
#include <string.h>

#include "app/options.h"

/* No option is longer, and what is cannot be one that was mistyped. */
#define NAME_MOST 32
/* Mistakes that leave an option recognisable. */
#define MISTAKES_MOST 2

/* Characters to change, leave out, put in, or swap with their neighbours until
 * a is b.  Both are shorter than NAME_MOST. */
static unsigned
mistakes(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned row[3][NAME_MOST + 1] = { { 0 } };

	for (size_t j = 0; j <= nb; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned *here = row[i % 3], *above = row[(i - 1) % 3];

		here[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned n = above[j - 1] + (a[i - 1] != b[j - 1]);

			if (above[j] + 1 < n)
				n = above[j] + 1;
			if (here[j - 1] + 1 < n)
				n = here[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] &&
			    row[(i - 2) % 3][j - 2] + 1 < n)
				n = row[(i - 2) % 3][j - 2] + 1;
			here[j] = n;
		}
	}
	return row[na % 3][nb];
}

/* The option that the name is most like; NULL when it is like none. */
static const char *
nearest(const char *name, size_t len)
{
	unsigned least = len > 4 ? MISTAKES_MOST + 1 : 2;
	const char *found = NULL;

	for (size_t i = 0; i < n_options && len < NAME_MOST; i++) {
		const char *other = options[i].name;
		unsigned n;

		if (other == NULL)
			continue;
		n = mistakes(name, len, other, strlen(other));
		if (n < least) {
			least = n;
			found = other;
		}
	}
	return found;
}

/* Appends to the message, as much as there is room for. */
static void
append_name(struct parse *p, const char *before, const char *name)
{
	size_t n = strlen(p->message);

	snprintf(p->message + n, CONFIG_MESSAGE_LEN - n, "%s--%s", before,
	    name);
}

/* Whether several options begin with the name; they are the message then. */
static bool
is_ambiguous(struct parse *p, const char *name, size_t len)
{
	unsigned n = 0;

	for (size_t i = 0; i < n_options && len > 0; i++)
		n += options[i].name != NULL &&
		    strncmp(options[i].name, name, len) == 0;
	if (n < 2)
		return false;
	snprintf(p->message, CONFIG_MESSAGE_LEN, "--%.*s: which one?", (int)len,
	    name);
	for (size_t i = 0; i < n_options; i++)
		if (options[i].name != NULL &&
		    strncmp(options[i].name, name, len) == 0)
			append_name(p, " ", options[i].name);
	return true;
}

/* What another program's option is called here. */
struct translation {
	const char *theirs;
	const char *ours;
};

/* Those of tcpflow that are no options here. */
static const struct translation tcpflow[] = {
	{ "a", "--http --objects --js" },
	{ "B", "raw files, which have every byte" },
	{ "C", "-P" },
	{ "D", "-P --format hex" },
	{ "d", "-v" },
	{ "E", "-e" },
	{ "g", "-P --color=always" },
	{ "H", "--help" },
	{ "I", "--timing" },
	{ "J", "-P --format json" },
	{ "K", "--pcap" },
	{ "L", "not needed: a run locks its output directory" },
	{ "l", "nothing: captures are named without an option" },
	{ "m", "--max-gap" },
	{ "R", "--continuous, with all captures named" },
	{ "S", "nothing: there are no scanners to set up" },
	{ "U", "-Z" },
	{ "X", "-e none: sessions.jsonl is always written" },
	{ "x", "-e, with what is wanted" },
	{ "z", "not needed: a run confines itself" },
	{ "chroot", "not needed: a run confines itself" },
};

static const char *
translate(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(tcpflow) / sizeof(tcpflow[0]); i++)
		if (strlen(tcpflow[i].theirs) == len &&
		    memcmp(tcpflow[i].theirs, name, len) == 0)
			return tcpflow[i].ours;
	return NULL;
}

static void
say_unknown(struct parse *p, const char *dashes, const char *name, size_t len)
{
	const char *ours = translate(name, len);
	const char *near = len > 1 ? nearest(name, len) : NULL;

	if (ours != NULL)
		snprintf(p->message, CONFIG_MESSAGE_LEN,
		    "%s%.*s: no such option; what tcpflow calls so is here: %s",
		    dashes, (int)len, name, ours);
	else if (near != NULL)
		snprintf(p->message, CONFIG_MESSAGE_LEN,
		    "%s%.*s: no such option; is it --%s?", dashes, (int)len,
		    name, near);
	else
		snprintf(p->message, CONFIG_MESSAGE_LEN,
		    "%s%.*s: no such option; see --help", dashes, (int)len,
		    name);
}

void
option_hint(struct parse *p, const char *word)
{
	const char *name = word + strspn(word, "-");
	size_t len = strcspn(name, "=");

	if (!is_ambiguous(p, name, len))
		say_unknown(p, "--", name, len);
}

void
option_letter_hint(struct parse *p, char letter)
{
	const char name[] = { letter, '\0' };

	say_unknown(p, "-", name, 1);
}
