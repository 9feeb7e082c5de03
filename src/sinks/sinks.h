/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * sinks.h: reports every session to every product that was asked for.
 *
 * Also writes sessions.jsonl, one line as each session ends.
 */
#ifndef SINKS_SINKS_H
#define SINKS_SINKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/digest.h"
#include "flow/events.h"
#include "sinks/sink.h"

struct sinks;

#define SINKS_INDEX_NAME "sessions.jsonl"

/* What is to be known about a list of products that is not accepted. */
struct emit_fault {
	const char *word; /* in the list; not NUL-terminated */
	size_t len;
};

/*
 * Reads a list as in --emit ("raw,text", "all", "none") into a bit set; "none"
 * is no word of a longer list.  False, with *emit as it was, when a word is unknown;
 * sinks_emit_fault then says which.
 */
bool sinks_parse_emit(const char *list, unsigned *emit) ATTR_NODISCARD;
/* Appends the names of the products, comma-separated; "none" for none. */
void sinks_emit_names(struct buf *b, unsigned emit);
/* The first word of the list that is not accepted; false when all are. */
bool sinks_emit_fault(const char *list, struct emit_fault *fault);

/*
 * emit: a bit set from sinks_parse_emit.  env is copied; what it points to is
 * borrowed until sinks_free (env->spill is needed for json, js and what
 * goes to standard output).
 */
struct sinks *sinks_new(const struct sink_env *env, unsigned emit) ATTR_NONNULL;
/* More secrets may come while sessions are open. */
void sinks_expect_secrets(struct sinks *k);
/* What the model calls; lives as long as the sinks.  To be asked for anew when
 * env has got secrets, or expects them. */
struct events sinks_events(struct sinks *k);
/* Ends sessions.jsonl and what else is of the whole capture.  Every session
 * has been closed before. */
void sinks_finish(struct sinks *k);
/* Whether a product needs what is known of the whole capture. */
bool sinks_wants_record(const struct sinks *k);
/* After sinks_finish, once: writes what needs that.  0, or why nothing was
 * written, an errno; then *what is what failed. */
int sinks_conclude(struct sinks *k, const struct sink_record *record,
    const char **what);
/* After sinks_finish: what the products have to say of the capture, a text
 * each time, then NULL.  *at begins at 0. */
const char *sinks_remark(struct sinks *k, size_t *at);
/* After sinks_finish, once: the SHA-256 of sessions.jsonl. */
void sinks_index_digest(struct sinks *k, char out[static DIGEST_SHA256_LEN]);
/* TCP sessions that were reported and that, at their end, were not wanted. */
uint64_t sinks_unmatched(const struct sinks *k);
/* Those that were wanted, and flows of datagrams likewise. */
uint64_t sinks_wanted(const struct sinks *k);
/* k may be NULL; ends sessions.jsonl if sinks_finish has not. */
void sinks_free(struct sinks *k);
/* The same when memory has run out in a call of the sinks, without a word to
 * anybody; what is kept of sessions that were not closed is lost. */
void sinks_abandon(struct sinks *k);

#endif
