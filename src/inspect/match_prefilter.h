/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * match_prefilter.h: which sessions --match cannot want, without making their
 * lines: the text is looked for only in those columns that can have it.
 */
#ifndef INSPECT_MATCH_PREFILTER_H
#define INSPECT_MATCH_PREFILTER_H

#include "inspect/match.h"
#include "inspect/row.h"

/* The longest word that is. */
#define PREFILTER_WORD_MAX 255

struct match_prefilter {
	char word[PREFILTER_WORD_MAX + 1]; /* no space; empty: all pass */
	size_t len;
	unsigned columns; /* whose letters allow it, but for the services */
	bool spoken;	  /* a service that is known by its bytes may have it */
	bool of_port;	  /* one that a port is for may */
};

/* m and services may be NULL. */
void prefilter_init(struct match_prefilter *v, const struct match *m,
    const struct port_names *services);
/* False: the session's line does not match. */
bool prefilter_passes(const struct match_prefilter *v, const struct row_of *x);

#endif
