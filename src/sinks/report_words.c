/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * report_words.c: the words of a table, each of which is written once, as far
 * as there is memory to know it again.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash_table.h"
#include "base/siphash.h"
#include "base/xalloc.h"
#include "sinks/report_parts.h"

/* Bytes of words that are known again. */
#define KNOWN_MAX ((size_t)2 << 20)
/* A longer one is not. */
#define WORD_MAX ((size_t)1024)

struct known {
	size_t off;
	size_t len;
	uint64_t place;
};

struct report_words {
	struct spill *spill;
	struct spill_log list; /* in JSON, with a comma before each */
	uint64_t n;
	struct siphash_key key;
	struct hash_table table; /* of known */
	struct known *known;
	size_t n_known;
	size_t cap_known;
	struct buf texts;
};

struct report_words *
report_words_new(struct spill *k)
{
	struct report_words *w = xcalloc(1, sizeof *w);

	w->spill = k;
	w->key = siphash_random_key();
	w->n = 1;
	hash_table_init(&w->table);
	return w;
}

void
report_words_free(struct report_words *w)
{
	spill_log_free(w->spill, &w->list);
	hash_table_fini(&w->table);
	free(w->known);
	buf_free(&w->texts);
	free(w);
}

static uint64_t
word_hash(const struct report_words *w, struct slice word)
{
	uint64_t v[WORD_MAX / sizeof(uint64_t) + 1] = { word.n };
	size_t n = (word.n + sizeof v[0] - 1) / sizeof v[0];

	memcpy(v + 1, word.p, word.n);
	return siphash_words(&w->key, v, n + 1);
}

static uint64_t
word_append(struct report_words *w, struct slice word)
{
	struct buf b = { 0 };
	struct json j = json_on(&b);

	buf_byte(&b, ',');
	json_bytes(&j, word);
	spill_log_put(w->spill, &w->list, b.p, b.n);
	buf_free(&b);
	return w->n++;
}

static void
remember(struct report_words *w, struct slice word, uint64_t hash,
    uint64_t place)
{
	if (w->texts.n + word.n + w->n_known * sizeof *w->known > KNOWN_MAX)
		return;
	if (w->n_known == w->cap_known) {
		w->cap_known = w->cap_known * 2 + 64;
		w->known =
		    xreallocarray(w->known, w->cap_known, sizeof *w->known);
	}
	w->known[w->n_known] = (struct known){ w->texts.n, word.n, place };
	buf_put(&w->texts, word.p, word.n);
	hash_table_insert(&w->table, hash, (uint32_t)w->n_known++);
}

uint64_t
report_words_place(struct report_words *w, struct slice word)
{
	uint64_t hash, place;
	uint32_t i;

	if (word.n == 0)
		return 0;
	if (word.n > WORD_MAX)
		return word_append(w, word);
	hash = word_hash(w, word);
	for (size_t at = hash_table_begin(&w->table, hash);
	     hash_table_next(&w->table, hash, &at, &i);) {
		const struct known *k = &w->known[i];

		if (k->len == word.n &&
		    memcmp(w->texts.p + k->off, word.p, word.n) == 0)
			return k->place;
	}
	place = word_append(w, word);
	remember(w, word, hash, place);
	return place;
}

static void
put_listed(void *arg, struct slice s)
{
	struct report_page *p = arg;

	buf_put(&p->b, s.p, s.n);
	report_page_data(p);
}

void
report_words_put(struct report_words *w, struct report_page *p)
{
	buf_str(&p->b, "[\"\"");
	spill_log_read(w->spill, &w->list, 0, put_listed, p);
	buf_byte(&p->b, ']');
}
