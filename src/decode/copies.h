/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * copies.h: which segments were captured twice, as by a mirror port that
 * copies what a switch receives and what it sends.
 *
 * A copy has the same addresses, ports, numbers, flags and length, and the
 * same IP identification: a retransmission has another one.  Where there is
 * none (IPv6, or 0) the flow label, window, timestamp and the TCP checksum,
 * which is over all of its bytes, are the same.  It comes within 3 ms.
 */
#ifndef DECODE_COPIES_H
#define DECODE_COPIES_H

#include <stdbool.h>

#include "decode/segment.h"

#define COPIES_WITHIN_NS (INT64_C(3) * 1000 * 1000)

/* The segments seen last, as many as a table of fixed size takes. */
struct copies;

struct copies *copies_new(void);
/* c may be NULL. */
void copies_free(struct copies *c);
/* Whether s is a copy of one seen before; notes it. */
bool copies_take(struct copies *c, const struct segment *s);

#endif
