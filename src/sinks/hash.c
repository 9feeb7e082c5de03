/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * hash.c: --hash: a digest of each direction's bytes as they were captured, for
 * the index.  Holes are left out: a forged one of gigabytes costs nothing.
 */
#include "sinks/hash.h"

#include <string.h>

#include "base/digest.h"
#include "sinks/sink.h"

_Static_assert(DIGEST_MD5_LEN <= DIGEST_SHA256_LEN, "either text fits");

struct hashed {
	struct sink_session *ss;
	union {
		struct digest_md5 md5;
		struct digest_sha256 sha256;
	} of[2];
	bool late[2]; /* bytes came when those behind them had been hashed */
	char text[2][DIGEST_SHA256_LEN];
};

const char *
sink_hash_name(enum sink_hash h)
{
	static const char *const names[] = {
		[SINK_HASH_NONE] = NULL,
		[SINK_HASH_MD5] = "md5",
		[SINK_HASH_SHA256] = "sha256",
	};

	return names[h];
}

bool
sink_parse_hash(const char *word, enum sink_hash *out)
{
	for (int h = SINK_HASH_MD5; h <= SINK_HASH_SHA256; h++) {
		if (strcmp(word, sink_hash_name((enum sink_hash)h)) != 0)
			continue;
		*out = (enum sink_hash)h;
		return true;
	}
	return false;
}

static void
hash_open(void *st, struct sink_session *ss, const struct session *s)
{
	struct hashed *x = st;

	(void)s;
	x->ss = ss;
	for (int dir = 0; dir < 2; dir++)
		if (ss->env->hash == SINK_HASH_MD5)
			digest_md5_init(&x->of[dir].md5);
		else
			digest_sha256_init(&x->of[dir].sha256);
}

static void
hash_data(void *st, const struct chunk *c)
{
	struct hashed *x = st;

	if (x->ss->env->hash == SINK_HASH_MD5)
		digest_md5_update(&x->of[c->dir].md5, c->bytes);
	else
		digest_sha256_update(&x->of[c->dir].sha256, c->bytes);
}

/* Others may take them. */
static bool
hash_late(void *st, const struct chunk *c)
{
	struct hashed *x = st;

	x->late[c->dir] = true;
	return false;
}

static void
hash_close(void *st, const struct session *s)
{
	struct hashed *x = st;

	for (int dir = 0; dir < 2; dir++) {
		if (x->ss->env->hash == SINK_HASH_MD5)
			digest_md5_text(&x->of[dir].md5, x->text[dir]);
		else
			digest_sha256_text(&x->of[dir].sha256, x->text[dir]);
		if (!x->late[dir] || (s->notes & NOTE_FILLED_LATE) == 0)
			x->ss->digest[dir] = x->text[dir];
	}
}

const struct sink sink_hash = {
	.name = "hash",
	.size = sizeof(struct hashed),
	.bare = true,
	.open = hash_open,
	.data = hash_data,
	.late = hash_late,
	.close = hash_close,
};
