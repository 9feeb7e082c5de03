/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* md5pair.h: the MD5 of two messages at once (RFC 1321). */
#ifndef BASE_MD5PAIR_H
#define BASE_MD5PAIR_H

#include <nettle/md5.h>
#include <stddef.h>
#include <stdint.h>

/* Takes n whole blocks of each, which x and y have in context.  What either
 * context has of a block that is not whole stays where it is. */
void md5_pair_blocks(struct md5_ctx *x, const uint8_t *from_x,
    struct md5_ctx *y, const uint8_t *from_y, size_t n);

#endif
