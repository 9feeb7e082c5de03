/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* resume.h: whether the output of a capture is there already. */
#ifndef APP_RESUME_H
#define APP_RESUME_H

#include <stdbool.h>

#include "app/fingerprint.h"
#include "app/run.h"
#include "base/incomplete.h"

/*
 * Whether NAME.sessions is there as its ledger says, was made from the same
 * bytes with the same options, and would not become more complete if they were
 * read again.  Then *words is what it lacks.  Nothing is read but the ledger
 * and the index.
 */
bool resume_finds(const struct run *r, const char *name,
    const struct fingerprints *f, struct incomplete_set *words) ATTR_NODISCARD;

#endif
