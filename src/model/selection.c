/* selection.c: which sessions are wanted: a row for each criterion. */
#include "model/selection.h"

#include <stddef.h>

#include "base/cur.h"
#include "base/digest.h"

#define PROTO_TCP 6

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
	community_digest(sum, &a, &b, PROTO_TCP);
	return ((uint64_t)get_be32(sum) << 32 | get_be32(sum + 4)) %
	    s->shards ==
	    s->shard;
}

static bool (*const criteria[])(const struct selection *s,
    const struct prospect *p) = {
	is_of_shard,
};

bool
selection_admits(const struct selection *s, const struct prospect *p)
{
	for (size_t i = 0; i < sizeof(criteria) / sizeof(criteria[0]); i++)
		if (!criteria[i](s, p))
			return false;
	return true;
}
