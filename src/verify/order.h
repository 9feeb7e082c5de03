/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * order.h: where tshark lets the sides speak in another order, and what
 * the acknowledgements say to that.  Pure.
 */
#ifndef VERIFY_ORDER_H
#define VERIFY_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "verify/explain.h"

/* Bytes [pos, pos + len) of a direction, in turn. */
struct turn {
	int64_t pos;
	int64_t len;
	uint8_t dir;
	bool concurrent;
};

struct turns {
	const struct turn *v;
	size_t n;
};

/*
 * Adds to f[dir] what differs: REASON_ORDER_CAUSE when the peer lets bytes of
 * dir go before bytes that every segment with them acknowledges,
 * REASON_ORDER_CROSSED when ours says that the bytes crossed,
 * REASON_UNKNOWN otherwise.  e: of both directions.
 */
void order_compare(const struct turns *ours, const struct turns *peer,
    const struct evidence *e[2], struct finding f[2]);

#endif
