/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* opaque_piece.h: a piece of what nobody reads, and what it is. */
#ifndef PROTO_OPAQUE_PIECE_H
#define PROTO_OPAQUE_PIECE_H

#include <stdbool.h>
#include <stddef.h>

/* Of an item: a record, or all that has the same label. */
struct opaque_piece {
	size_t n;	   /* bytes of it */
	const char *label; /* what the item is by all that is known: a later
			    * piece's stands for the whole item; ASCII; valid
			    * until the next call */
	bool begins;	   /* the item's first bytes */
};

#endif
