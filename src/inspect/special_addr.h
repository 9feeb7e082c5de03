/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* special_addr.h: which addresses are not public. */
#ifndef INSPECT_SPECIAL_ADDR_H
#define INSPECT_SPECIAL_ADDR_H

#include <stdbool.h>

#include "decode/segment.h"

/* In the blocks that IANA's special-purpose registries say are not globally
 * reachable, or an IPv4 address of these in 6to4 (RFC 3056).  Zeek takes them
 * for local. */
bool address_is_private(const struct endpoint *e);

#endif
