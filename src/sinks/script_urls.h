/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * script_urls.h: the URLs that pages of a capture name as scripts.
 *
 * Of each a digest is stored.  Two URLs with the same digest are taken for
 * one; then a body is taken for a script that is none.
 */
#ifndef SINKS_SCRIPT_URLS_H
#define SINKS_SCRIPT_URLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"
#include "proto/jstype.h"

/* At least so many that were named last are known, at most twice as many. */
#define SCRIPT_URLS_MAX ((size_t)1 << 16)

struct script_urls;

struct script_urls *script_urls_new(void);
/* u may be NULL. */
void script_urls_free(struct script_urls *u);
size_t script_urls_memory(const struct script_urls *u);

/* What stands for a URL in the one form that it can be compared in. */
uint64_t script_url_digest(struct slice url);
/* A page names it, as something. */
void script_urls_add(struct script_urls *u, uint64_t digest,
    enum jstype_named as);
/* As what it was named; as a classic script, if as both. */
enum jstype_named script_urls_find(const struct script_urls *u,
    uint64_t digest);

#endif
