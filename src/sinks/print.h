/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * print.h: --print: each session in one piece on standard output.
 *
 * Sessions go on side by side, so the turns of one wait until it ends, in
 * memory or the scratch file; where no other session can come between, they
 * do not.
 */
#ifndef SINKS_PRINT_H
#define SINKS_PRINT_H

#include "sinks/sink.h"

/* How turns are shown: sinks that write to the console's file.  They are
 * opened when that file is theirs until they are closed. */
extern const struct sink shown_readable;
extern const struct sink shown_text;
extern const struct sink shown_hex;
extern const struct sink shown_json;
extern const struct sink shown_raw;

#endif
