/*
 * sieve.h: which sessions --match cannot want, without making their lines.
 *
 * A text, or what all that match an expression have in them, is looked for
 * only in those columns of the summary that can have it.
 */
#ifndef SINKS_SIEVE_H
#define SINKS_SIEVE_H

#include "inspect/match.h"
#include "inspect/row.h"

/* The longest word that is. */
#define SIEVE_WORD_MAX 255

struct sieve {
	char word[SIEVE_WORD_MAX + 1]; /* without a space; empty: all pass */
	size_t len;
	unsigned columns; /* whose letters allow it, but for the services */
	bool spoken;	  /* a service that is known by its bytes may have it */
	bool of_port;	  /* one that a port is for may */
};

/* m and services may be NULL. */
void sieve_init(struct sieve *v, const struct match *m,
    const struct services *services);
/* False: the session's line does not match. */
bool sieve_passes(const struct sieve *v, const struct row_of *x);

#endif
