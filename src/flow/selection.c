/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* selection.c: which sessions are wanted: a function for each criterion. */
#include "flow/selection.h"

#include <string.h>

#include "base/cur.h"
#include "base/digest.h"
#include "flow/session.h"

static struct peer
peer_of(const struct endpoint *ep)
{
	return (struct peer){
		.addr = ep->addr,
		.family = ep->family,
		.port = ep->port,
	};
}

/* The same for both orders of the endpoints, on every machine, in every
 * run. */
static bool
is_of_shard(const struct selection *s, const struct prospect *p)
{
	uint8_t sum[COMMUNITY_DIGEST_LEN];
	struct peer a = peer_of(&p->ep[0]), b = peer_of(&p->ep[1]);

	if (s->shards <= 1)
		return true;
	community_digest(sum, &a, &b, p->proto);
	return ((uint64_t)get_be32(sum) << 32 | get_be32(sum + 4)) %
	    s->shards ==
	    s->shard;
}

static bool
fits(const struct endpoint_pattern *pattern, const struct endpoint *e)
{
	const struct endpoint *want = &pattern->ep;

	if (pattern->has_addr &&
	    (want->family != e->family ||
		memcmp(want->addr, e->addr, sizeof(e->addr)) != 0))
		return false;
	return !pattern->has_port || want->port == e->port;
}

static bool
fits_as(const struct selection *s, const struct prospect *p, int client)
{
	return fits(&s->client, &p->ep[client]) &&
	    fits(&s->server, &p->ep[!client]);
}

static bool
has_endpoints(const struct selection *s, const struct prospect *p)
{
	if (p->client >= 0)
		return fits_as(s, p, p->client);
	return fits_as(s, p, 0) || fits_as(s, p, 1);
}

static bool
has_port(const struct selection *s, const struct prospect *p)
{
	return s->port == 0 || p->ep[0].port == s->port ||
	    p->ep[1].port == s->port;
}

static bool
has_number(const struct selection *s, const struct prospect *p)
{
	if (s->n_numbers == 0)
		return true;
	for (size_t i = 0; i < s->n_numbers; i++)
		if (p->number >= s->numbers[i].first &&
		    p->number <= s->numbers[i].last)
			return p->proto == PROTO_TCP;
	return false;
}

bool
selection_admits(const struct selection *s, const struct prospect *p)
{
	return has_port(s, p) && has_number(s, p) && has_endpoints(s, p) &&
	    is_of_shard(s, p);
}
