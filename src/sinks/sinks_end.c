/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* sinks_end.c: what the products write when the capture has ended, and what is
 * known then. */
#include <stdlib.h>

#include "base/name_set.h"
#include "sinks/sinks_parts.h"

void
sinks_open_index(struct sinks *k, int64_t mtime_ns)
{
	if (k->index != NULL)
		return;
	k->index = out_create(k->env.out, SINKS_INDEX_NAME, mtime_ns);
	out_exempt(k->index);
}

void
sinks_finish(struct sinks *k)
{
	if (k->finished)
		return;
	k->finished = true;
	for (size_t i = 0; i < k->n_on; i++)
		if (k->on[i]->end != NULL)
			k->on[i]->end(k->run[i], &k->remarks[i]);
	if (k->env.out == NULL)
		return;
	sinks_open_index(k, 0);
	out_close(k->index);
	k->index = NULL;
}

bool
sinks_wants_record(const struct sinks *k)
{
	for (size_t i = 0; i < k->n_on; i++)
		if (k->on[i]->conclude != NULL)
			return true;
	return false;
}

int
sinks_conclude(struct sinks *k, const struct sink_record *record,
    const char **what)
{
	int errnum = 0;

	if (k->concluded)
		return 0;
	k->concluded = true;
	for (size_t i = 0; i < k->n_on; i++) {
		const char *failed = NULL;
		int error = 0;

		if (k->on[i]->conclude != NULL)
			error = k->on[i]->conclude(k->run[i], record, &failed);
		if (errnum != 0 || error == 0)
			continue;
		errnum = error;
		*what = failed;
	}
	return errnum;
}

const char *
sinks_remark(struct sinks *k, size_t *at)
{
	while (*at < k->n_on) {
		struct buf *b = &k->remarks[(*at)++];

		if (b->n > 0)
			return buf_cstr(b);
	}
	return NULL;
}

void
sinks_index_digest(struct sinks *k, char out[static DIGEST_SHA256_LEN])
{
	digest_sha256_text(&k->index_digest, out);
}

uint64_t
sinks_unmatched(const struct sinks *k)
{
	return k->unmatched;
}

uint64_t
sinks_wanted(const struct sinks *k)
{
	return k->wanted;
}

void
sinks_abandon(struct sinks *k)
{
	if (k != NULL)
		k->finished = true;
	sinks_free(k);
}

void
sinks_free(struct sinks *k)
{
	const char *what;

	if (k == NULL)
		return;
	sinks_finish(k);
	(void)sinks_conclude(k, NULL, &what);
	for (size_t i = 0; i < k->n_on; i++)
		buf_free(&k->remarks[i]);
	buf_free(&k->scratch);
	free(k->one);
	name_set_free(k->env.names);
	name_set_free(k->env.stems);
	free(k);
}
