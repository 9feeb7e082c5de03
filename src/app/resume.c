/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* resume.c: compares a ledger with what is there, and with what would be. */
#include "app/resume.h"

#include <stdlib.h>
#include <string.h>

#include "app/manifest.h"
#include "base/xalloc.h"
#include "sinks/sinks.h"
#include "store/store.h"

/* The words that seem to stand in the ledger.  Whether they do is known when
 * what they make is compared: a ledger is not parsed. */
static struct incomplete_set
guess_words(const struct store_survey *s)
{
	static const char key[] = "\"incomplete\":[";
	const char *end = s->head + s->n_head;
	const char *p = memmem(s->head, s->n_head, key, sizeof(key) - 1);
	struct incomplete_set words = { 0 };

	if (p == NULL)
		return words;
	p += sizeof(key) - 1;
	for (int w = 0; w < INCOMPLETE_WORDS; w++) {
		const char *word = incomplete_word((enum incomplete)w);
		size_t n = strlen(word);

		if ((size_t)(end - p) < n + 3 || p[0] != '"' ||
		    memcmp(p + 1, word, n) != 0 || p[n + 1] != '"')
			continue;
		incomplete_add(&words, (enum incomplete)w);
		p += n + 2 + (p[n + 2] == ',');
	}
	return words;
}

static bool
begins_with(const struct store_survey *s, const struct buf *want)
{
	return s->n_head >= want->n && memcmp(s->head, want->p, want->n) == 0;
}

bool
resume_finds(const struct run *r, const char *name,
    const struct fingerprints *f, struct incomplete_set *words)
{
	char *dir = xasprintf("%s.sessions", name);
	struct store_survey s;
	struct buf want = { 0 };
	bool found = false;

	*words = (struct incomplete_set){ 0 };
	if (f->plain[0] != '\0' &&
	    store_look(r->output_fd, dir, SINKS_INDEX_NAME, &s) == 0) {
		*words = guess_words(&s);
		manifest_begin(&want, f, *words, &s.outputs);
		found = begins_with(&s, &want) && !incomplete_may_pass(*words);
	}
	buf_free(&want);
	free(dir);
	return found;
}
