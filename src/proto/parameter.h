/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* parameter.h: the parameters of a field's value (RFC 9110, 5.6.6). */
#ifndef PROTO_PARAMETER_H
#define PROTO_PARAMETER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/cur.h"

/* Puts the value of the first parameter of that name, in any case, in place of
 * what out holds, without its quotes; false when there is none. */
bool parameter_get(struct slice value, const char *name, struct buf *out);

#endif
