/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* teredo.c: a table of endpoints, each at the place that its hash gives; a
 * newer one takes an older one's. */
#include "decode/teredo.h"

#include <stdlib.h>
#include <string.h>

#include "base/cur.h"
#include "base/xalloc.h"

#define SLOTS 4096

struct teredo_slot {
	uint8_t addr[4];
	uint16_t port; /* 0: empty */
};

struct teredo {
	struct teredo_slot slots[SLOTS];
};

struct teredo *
teredo_new(void)
{
	return xcalloc(1, sizeof(struct teredo));
}

void
teredo_free(struct teredo *t)
{
	free(t);
}

static size_t
teredo_slot_of(const struct endpoint *e)
{
	uint32_t hash = e->port;

	for (size_t i = 0; i < 4; i++)
		hash = (hash ^ e->addr[i]) * 0x01000193u;
	return (hash >> 8) % SLOTS;
}

void
teredo_learn(struct teredo *t, const struct endpoint *e)
{
	struct teredo_slot *s = &t->slots[teredo_slot_of(e)];

	if (e->family != 4 || e->port == 0)
		return;
	memcpy(s->addr, e->addr, 4);
	s->port = e->port;
}

bool
teredo_knows(const struct teredo *t, const struct endpoint *e)
{
	const struct teredo_slot *s = &t->slots[teredo_slot_of(e)];

	return e->family == 4 && e->port != 0 && s->port == e->port &&
	    memcmp(s->addr, e->addr, 4) == 0;
}

bool
teredo_is_address_of(const uint8_t *addr, const struct endpoint *e)
{
	static const uint8_t prefix[4] = { 0x20, 0x01, 0, 0 };

	if (e->family != 4 || memcmp(addr, prefix, sizeof(prefix)) != 0 ||
	    get_be16(addr + 10) + e->port != 0xffff)
		return false;
	for (size_t i = 0; i < 4; i++)
		if (addr[12 + i] + e->addr[i] != 0xff)
			return false;
	return true;
}
