/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* grep.h: --grep: what of a session's conversation matches. */
#ifndef SINKS_GREP_H
#define SINKS_GREP_H

#include "sinks/sink.h"

/*
 * Comes before all other sinks, and sets ss->found before it is known whether
 * the session is wanted.  When CONSOLE_GREP is what standard output is for, a
 * session's matches are written there as it ends.
 */
extern const struct sink sink_grep;

#endif
