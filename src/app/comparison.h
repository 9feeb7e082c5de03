/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* comparison.h: what a run does besides output: --verify and --compare. */
#ifndef APP_COMPARISON_H
#define APP_COMPARISON_H

#include "app/run_inputs.h"

/* Which of the programs asked for are installed.  False, after a message, when
 * there is none. */
bool comparison_programs(const struct config *cfg, struct messages *m,
    unsigned *found) ATTR_NODISCARD;
/* Compares what was asked for; the run's status, which was `status` so far. */
enum status comparison_run(const struct run *r, const struct run_inputs *s,
    enum status status);

#endif
