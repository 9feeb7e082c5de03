/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * sinks_parts.h: what the files of sinks.h share; nobody else's.
 *
 * sinks.c: sessions, while they live and as they end.  sinks_end.c: the end of
 * the capture.
 */
#ifndef SINKS_SINKS_PARTS_H
#define SINKS_SINKS_PARTS_H

#include "inspect/match_prefilter.h"
#include "sinks/emit.h"
#include "sinks/opened.h"
#include "sinks/sinks.h"

struct sinks {
	struct sink_env env;
	struct buf scratch;
	size_t memory; /* see sink_count */
	uint64_t tls_vain;
	const struct sink *on[SINKS_MAX];
	size_t at[SINKS_MAX]; /* where in struct written its state is */
	void *run[SINKS_MAX]; /* of each that has a begin */
	struct opened_readers readers;
	struct buf remarks[SINKS_MAX];
	bool finished;
	bool concluded;
	bool wants_facts;
	bool late;  /* all sinks can be opened when a session ends */
	bool begun; /* ... or not: a session has been opened */
	size_t n_on;
	const char *products[PRODUCTS + 1];
	size_t shared_at; /* where in struct written its sink_session is */
	size_t written_size;
	struct written *one; /* of a session that is opened when it ends */
	struct match_prefilter sieve;
	struct out_file *index; /* NULL before the first line */
	struct digest_sha256 index_digest;
	uint64_t unmatched;
	uint64_t wanted;
};

/* Makes sessions.jsonl, if it is not there yet. */
void sinks_open_index(struct sinks *k, int64_t mtime_ns);

#endif
