/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* state_taken.c: a list of digests and a table over it. */
#include "app/state_taken.h"

#include <stdlib.h>
#include <string.h>

#include "app/state.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/xalloc.h"

void
state_taken_free(struct state_taken *t)
{
	if (t->n > 0)
		hash_table_fini(&t->index);
	free(t->list);
	*t = (struct state_taken){ 0 };
}

bool
state_taken_has(const struct state_taken *t,
    const uint8_t digest[static DIGEST_SHA256_BYTES])
{
	uint64_t hash = get_be64(digest);
	uint32_t i;
	size_t at;

	if (t->n == 0)
		return false;
	at = hash_table_begin(&t->index, hash);
	while (hash_table_next(&t->index, hash, &at, &i))
		if (memcmp(t->list[i].bytes, digest, DIGEST_SHA256_BYTES) == 0)
			return true;
	return false;
}

void
state_taken_add(struct state_taken *t,
    const uint8_t digest[static DIGEST_SHA256_BYTES])
{
	if (t->n == 0)
		hash_table_init(&t->index);
	if (t->n == t->cap) {
		t->cap = t->cap > 0 ? 2 * t->cap : 64;
		t->list = xreallocarray(t->list, t->cap, sizeof(*t->list));
	}
	memcpy(t->list[t->n].bytes, digest, DIGEST_SHA256_BYTES);
	hash_table_insert(&t->index, get_be64(digest), (uint32_t)t->n);
	t->n++;
}

void
state_taken_write(const struct state_taken *t,
    void (*write)(void *arg, const void *p, size_t n), void *arg)
{
	size_t first = t->n > STATE_TAKEN_MAX ? t->n - STATE_TAKEN_MAX : 0;
	struct buf b = { 0 };

	buf_be(&b, t->n - first, 8);
	write(arg, b.p, b.n);
	buf_free(&b);
	if (t->n > first)
		write(arg, t->list[first].bytes,
		    (t->n - first) * sizeof(*t->list));
}

bool
state_taken_read(struct state_taken *t,
    bool (*read)(void *arg, void *p, size_t n), void *arg)
{
	uint8_t head[8], digest[DIGEST_SHA256_BYTES];
	uint64_t n;

	if (!read(arg, head, sizeof(head)))
		return false;
	n = get_be64(head);
	if (n > STATE_TAKEN_MAX)
		return false;
	for (uint64_t i = 0; i < n; i++) {
		if (!read(arg, digest, sizeof(digest)))
			return false;
		state_taken_add(t, digest);
	}
	return true;
}
