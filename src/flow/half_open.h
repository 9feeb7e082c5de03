/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * half_open.h: the end of a connection that was nothing but SYNs, told without
 * making one.
 */
#ifndef FLOW_HALF_OPEN_H
#define FLOW_HALF_OPEN_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/conn.h"

/*
 * Tells of the connection's end as conn_finish would after conn_half_open.
 * False, and nothing is told, when what they were takes a connection to say.
 */
bool half_open_finish(struct model *m, uint64_t number,
    const struct endpoint ep[2], const struct half_open *h,
    enum close_reason reason);

#endif
