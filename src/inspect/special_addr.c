/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* special_addr.c: which addresses are not public. */
#include "inspect/special_addr.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct addr_block {
	uint8_t addr[8]; /* the first bytes */
	uint8_t bits;
};

/* clang-format off */
static const struct addr_block v4[] = {
	{ { 0 }, 8 },			/* RFC 791 */
	{ { 10 }, 8 },			/* RFC 1918 */
	{ { 100, 64 }, 10 },		/* RFC 6598 */
	{ { 127 }, 8 },			/* RFC 1122 */
	{ { 169, 254 }, 16 },		/* RFC 3927 */
	{ { 172, 16 }, 12 },		/* RFC 1918 */
	{ { 192, 0, 0 }, 24 },		/* RFC 6890 */
	{ { 192, 0, 2 }, 24 },		/* RFC 5737 */
	{ { 192, 168 }, 16 },		/* RFC 1918 */
	{ { 198, 18 }, 15 },		/* RFC 2544 */
	{ { 198, 51, 100 }, 24 },	/* RFC 5737 */
	{ { 203, 0, 113 }, 24 },	/* RFC 5737 */
	{ { 240 }, 4 },			/* RFC 1112 */
};

static const struct addr_block v6[] = {
	{ { 0, 0x64, 0xff, 0x9b, 0, 1 }, 48 },	/* RFC 8215 */
	{ { 1 }, 64 },				/* RFC 6666 */
	{ { 0x20, 0x01 }, 23 },			/* RFC 2928 */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },	/* RFC 3849 */
	{ { 0xfc }, 7 },			/* RFC 4193 */
	{ { 0xfe, 0x80 }, 10 },			/* RFC 4291 */
};
/* clang-format on */

static bool
is_in(const uint8_t *addr, const struct addr_block *b)
{
	size_t whole = b->bits / 8;
	unsigned rest = b->bits % 8;

	return memcmp(addr, b->addr, whole) == 0 &&
	    (rest == 0 || (addr[whole] ^ b->addr[whole]) >> (8 - rest) == 0);
}

static bool
is_in_any(const uint8_t *addr, const struct addr_block *blocks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_in(addr, &blocks[i]))
			return true;
	return false;
}

static bool
is_private_v4(const uint8_t *addr)
{
	return is_in_any(addr, v4, sizeof v4 / sizeof v4[0]);
}

bool
address_is_private(const struct endpoint *e)
{
	static const uint8_t zeros[15];

	if (e->family == 4)
		return is_private_v4(e->addr);
	/* The unspecified address and the loopback one. */
	if (memcmp(e->addr, zeros, sizeof zeros) == 0 && e->addr[15] <= 1)
		return true;
	if (e->addr[0] == 0x20 && e->addr[1] == 0x02)
		return is_private_v4(e->addr + 2);
	return is_in_any(e->addr, v6, sizeof v6 / sizeof v6[0]);
}
