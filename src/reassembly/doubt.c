/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * doubt.c: segments too far from what is known to be believed.
 *
 * They wait for an ACK or a neighbour that confirms them; a few at a time,
 * so that wild numbers cost nothing and never reach a file.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "reassembly/stream_parts.h"

void
stream_drop_doubt(struct stream_rare *r, const struct stream_env *env,
    unsigned i)
{
	spill_block_free(env->keep, r->doubts[i].bytes);
	r->doubts[i] = r->doubts[--r->n_doubts];
}

static void
believe(struct stream *s, const struct stream_env *env, unsigned i)
{
	struct doubt d = s->rare->doubts[i];
	struct slice b = { NULL, 0 };
	struct buf into = { 0 };

	s->rare->doubts[i] = s->rare->doubts[--s->rare->n_doubts];
	if (d.bytes != NULL)
		b = spill_block_read(env->keep, d.bytes, &into);
	stream_place(s, env, d.pos, b, d.len, &d.stamp, d.weak);
	spill_block_free(env->keep, d.bytes);
	buf_free(&into);
}

void
stream_review_doubts(struct stream *s, const struct stream_env *env)
{
	bool again = s->rare != NULL && s->rare->n_doubts > 0;

	while (again) {
		again = false;
		for (unsigned i = 0; i < s->rare->n_doubts; i++) {
			const struct doubt *d = &s->rare->doubts[i];

			if (!stream_near(s, d->pos, d->len, env->cfg->max_gap))
				continue;
			believe(s, env, i);
			again = s->rare->n_doubts > 0;
			break;
		}
	}
}

bool
stream_confirm_doubt(struct stream *s, const struct stream_env *env,
    uint64_t pos, uint64_t len)
{
	struct stream_rare *r = stream_rare(s, env);

	for (unsigned i = 0; i < r->n_doubts; i++) {
		const struct doubt *d = &r->doubts[i];

		if (d->pos > pos + len || pos > d->pos + d->len ||
		    (d->pos == pos && d->len == len))
			continue;
		believe(s, env, i);
		return true;
	}
	return false;
}

bool
stream_doubt_before(const struct stream *s, uint64_t pos, uint64_t max_gap)
{
	for (unsigned i = 0; s->rare != NULL && i < s->rare->n_doubts; i++) {
		uint64_t end = s->rare->doubts[i].pos + s->rare->doubts[i].len;

		if (pos >= end && pos - end <= max_gap)
			return true;
	}
	return false;
}

void
stream_add_doubt(struct stream *s, const struct stream_env *env, uint64_t pos,
    struct slice bytes, uint64_t len, const struct stamp *st, bool weak)
{
	struct stream_rare *r = stream_rare(s, env);

	if (r->n_doubts == DOUBTS_MAX) {
		spill_block_free(env->keep, r->doubts[0].bytes);
		for (unsigned i = 1; i < DOUBTS_MAX; i++)
			r->doubts[i - 1] = r->doubts[i];
		r->n_doubts--;
		r->counts[COUNT_OUT_OF_WINDOW]++;
	}
	r->doubts[r->n_doubts++] = (struct doubt){
		.pos = pos,
		.len = len,
		.bytes = bytes.n > 0 ? spill_put(env->keep, bytes) : NULL,
		.stamp = *st,
		.weak = weak,
	};
}
