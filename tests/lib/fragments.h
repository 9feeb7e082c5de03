/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * fragments.h: what must come of fragments, by a map of each byte of each
 * datagram: slow, and plain enough to be read.
 */
#ifndef LIB_FRAGMENTS_H
#define LIB_FRAGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/defrag.h"

#define FRAGMENTS_KEYS 8

/* A fragment of datagram `which`; bytes are made from `fill`. */
struct fragment_spec {
	uint8_t which; /* below FRAGMENTS_KEYS; odd ones are IPv6 */
	uint8_t fill;
	bool more;
	uint32_t off; /* a multiple of 8 */
	uint32_t len; /* the same when more */
	uint32_t have;
};

struct fragments;

struct fragments *fragments_new(void);
void fragments_free(struct fragments *v);
/* Gives the fragment to a struct defrag and to the map; aborts when they do
 * not agree.  True when it completed a datagram. */
bool fragments_add(struct fragments *v, const struct fragment_spec *s);
/* What the struct defrag counted. */
void fragments_count(const struct fragments *v, struct defrag_counts *out);

#endif
