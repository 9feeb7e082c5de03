/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * hpack.h: undoes the compression of HTTP/2's heads (RFC 7541), where the
 * library for it is there.
 *
 * One of these has the table of one direction: every block of it must be given,
 * in order.
 */
#ifndef PROTO_HPACK_H
#define PROTO_HPACK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cur.h"

struct hpack;

/* Whether this program was built with it. */
bool hpack_is_there(void);

/* NULL when it is not there. */
struct hpack *hpack_new(void);
/* x may be NULL. */
void hpack_free(struct hpack *x);
/* Bytes of memory that it takes now, with what its library took, about. */
size_t hpack_memory(const struct hpack *x);

/*
 * The next piece of a block, last when it ends with it: field gets what it
 * says, borrowed for that call.  False when it cannot be: then nothing that
 * follows can be understood either.
 */
bool hpack_put(struct hpack *x, struct slice block, bool last,
    void (*field)(void *arg, struct slice name, struct slice value), void *arg);

#endif
