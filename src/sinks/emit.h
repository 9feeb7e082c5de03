/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * emit.h: the list of products, and --emit.
 */
#ifndef SINKS_EMIT_H
#define SINKS_EMIT_H

#include "sinks/sinks.h"

/* Those that are files. */
#define PRODUCTS 11
/* With standard output's and those of --grep and --hash. */
#define SINKS_MAX (PRODUCTS + 3)

/* The sinks of a bit set from sinks_parse_emit, and that of env's console, which
 * may be NULL; returns how many they are. */
size_t emit_products_on(const struct sink *on[static PRODUCTS + 1],
    unsigned emit, const struct sink_env *env);
/* The words for a bit set, and NULL behind them. */
void emit_words(const char *out[static PRODUCTS + 1], unsigned emit);

#endif
