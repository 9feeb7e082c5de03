/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* key.c: keys of any endpoints, and endpoints of keys. */
#include "flow/key.h"

#include <string.h>

static bool
is_above(const struct endpoint *a, const struct endpoint *b)
{
	int order = memcmp(a->addr, b->addr, sizeof(a->addr));

	return order > 0 || (order == 0 && a->port > b->port);
}

int
key_of_any(struct key *k, const struct endpoint *src,
    const struct endpoint *dst, uint32_t vlan)
{
	int e = is_above(src, dst);
	const struct endpoint *ep[2] = { e ? dst : src, e ? src : dst };

	k->n = KEY_WORDS;
	k->family = src->family;
	k->word[0] =
	    (uint64_t)ep[0]->port << 48 | (uint64_t)ep[1]->port << 32 | vlan;
	memcpy(&k->word[1], ep[0]->addr, sizeof(ep[0]->addr));
	memcpy(&k->word[3], ep[1]->addr, sizeof(ep[1]->addr));
	return e;
}

static void
put_be32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

void
key_ends(const struct key *k, struct endpoint ep[static 2])
{
	for (int e = 0; e < 2; e++) {
		ep[e] = (struct endpoint){
			.port = (uint16_t)(k->word[0] >> (48 - 16 * e)),
			.family = k->family,
		};
		if (k->n == KEY_SMALL)
			put_be32(ep[e].addr,
			    (uint32_t)(k->word[1] >> (32 - 32 * e)));
		else
			memcpy(ep[e].addr, &k->word[1 + 2 * e],
			    sizeof(ep[e].addr));
	}
}
