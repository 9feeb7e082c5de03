/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * job_losses.c: collects what was lost of a capture from those who count it,
 * and says it.
 *
 * tests/cli/losses.t holds the counters of decode and flow against this file.
 */
#include <stdio.h>

#include "app/job.h"
#include "base/limit.h"
#include "decode/decode.h"

static void
count_linktypes(struct job *j)
{
	uint64_t n = decoder_count(j->decoder, DECODE_LINKTYPE_UNKNOWN);
	struct buf names = { 0 };

	loss_add(&j->losses, LOSS_LINK_TYPE, n);
	manifest_linktypes(&names, &j->manifest, true);
	if (n > 0)
		loss_detail(&j->losses, LOSS_LINK_TYPE, buf_cstr(&names));
	buf_free(&names);
}

/* Nothing, or next to nothing, could be followed to TCP or UDP. */
static void
count_not_followed(struct job *j)
{
	struct obstacle first;
	uint64_t followed, tried;
	char name[32], of[160];

	/* An unknown link type is counted as that. */
	if (!decoder_is_lost(j->decoder, &first, &followed, &tried) ||
	    first.outcome == DECODE_LINKTYPE_UNKNOWN)
		return;
	way_name(name, &first.way);
	snprintf(of, sizeof(of), "of %llu; in the way of %llu: %s%s%s",
	    (unsigned long long)tried, (unsigned long long)first.frames,
	    outcome_name((enum outcome)first.outcome),
	    name[0] != '\0' ? ", " : "", name);
	loss_add(&j->losses, LOSS_NOT_FOLLOWED, tried - followed);
	loss_detail(&j->losses, LOSS_NOT_FOLLOWED, of);
}

static void
count_fragments(struct job *j)
{
	struct losses *l = &j->losses;
	struct defrag_counts n;

	decoder_fragments(j->decoder, &n);
	/* The next run has them. */
	if (run_leaves_state(j->run))
		n.waiting = 0;
	loss_add(l, LOSS_DATAGRAMS_GIVEN_UP, n.dropped);
	loss_add(l, LOSS_DATAGRAMS_NOT_WHOLE, n.timed_out + n.waiting);
	loss_add(l, LOSS_FRAGMENTS_CONFLICTING, n.conflicts);
	loss_add(l, LOSS_DATAGRAMS_DISCARDED, n.discarded);
}

void
job_count_limits(struct job *j)
{
	struct store_outputs o = { 0 };

	if (j->store != NULL)
		store_outputs(j->store, &o);
	loss_add(&j->losses, LOSS_FILES_CUT, o.cut - j->counted.cut);
	loss_add(&j->losses, LOSS_FILES_LEFT_OUT,
	    o.left_out - j->counted.left_out);
	j->counted = o;
}

void
job_count_losses(struct job *j)
{
	const struct flows_stats *s = &j->manifest.flows;
	struct losses *l = &j->losses;

	count_linktypes(j);
	count_not_followed(j);
	count_fragments(j);
	job_count_limits(j);
	loss_add(l, LOSS_SESSIONS, s->evicted);
	loss_add(l, LOSS_HALF_OPEN, s->evicted_half_open);
	loss_add(l, LOSS_UDP_FLOWS, s->evicted_udp);
	loss_add(l, LOSS_WILD, s->wild);
}

void
job_say_losses(const struct job *j)
{
	if (tls_secrets_is_full(j->secrets))
		message_warn(j->run->messages, j->shown, KEYLOGS_FULL,
		    (unsigned long long)LIMIT_TLS_SECRETS);
	for (int i = 0; i < LOSSES; i++) {
		const struct loss_row *row = loss_row((enum loss)i);
		const char *detail = j->losses.detail[i];

		if (j->losses.n[i] == 0)
			continue;
		message_warn(j->run->messages, j->shown, "%llu %s%s%s%s%s%s",
		    (unsigned long long)j->losses.n[i], row->text,
		    detail != NULL ? " (" : "", detail != NULL ? detail : "",
		    detail != NULL ? ")" : "", row->help[0] != '\0' ? "; " : "",
		    row->help);
	}
}
