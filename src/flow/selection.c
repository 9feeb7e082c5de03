/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* selection.c: which sessions are wanted: a function for each criterion. */
#include "flow/selection.h"

#include <stdlib.h>
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

/* Whether the first `bits` bits are the same. */
static bool
begins_alike(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned rest = bits % 8;

	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return rest == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0;
}

static bool
fits(const struct endpoint_pattern *pattern, const struct endpoint *e)
{
	const struct endpoint *want = &pattern->ep;

	if (want->family != 0 &&
	    (want->family != e->family ||
		!begins_alike(want->addr, e->addr, pattern->bits)))
		return false;
	return !pattern->has_port || want->port == e->port;
}

static bool
fits_any(const struct endpoint_patterns *p, const struct endpoint *e)
{
	for (size_t i = 0; i < p->n; i++)
		if (fits(&p->v[i], e))
			return true;
	return p->n == 0;
}

static bool
fits_as(const struct selection *s, const struct prospect *p, int client)
{
	return fits_any(&s->client, &p->ep[client]) &&
	    fits_any(&s->server, &p->ep[!client]);
}

static bool
has_endpoints(const struct selection *s, const struct prospect *p)
{
	if (!fits_any(&s->host, &p->ep[0]) && !fits_any(&s->host, &p->ep[1]))
		return false;
	if (p->client >= 0)
		return fits_as(s, p, p->client);
	return fits_as(s, p, 0) || fits_as(s, p, 1);
}

static bool
has_port(const struct selection *s, const struct prospect *p)
{
	for (size_t i = 0; i < s->n_ports; i++)
		if (p->ep[0].port == s->ports[i] ||
		    p->ep[1].port == s->ports[i])
			return true;
	return s->n_ports == 0;
}

static bool
has_number(const struct selection *s, const struct prospect *p)
{
	for (size_t i = 0; i < s->n_numbers; i++)
		if (p->number >= s->numbers[i].first &&
		    p->number <= s->numbers[i].last)
			return p->proto == PROTO_TCP;
	return s->n_numbers == 0;
}

static bool
is_of_ids(const struct selection *s, const uint8_t *digest)
{
	for (size_t i = 0; i < s->n_ids; i++)
		if (memcmp(s->ids[i], digest, COMMUNITY_DIGEST_LEN) == 0)
			return true;
	return s->n_ids == 0;
}

static bool
is_of_shards(const struct selection *s, const uint8_t *digest)
{
	uint64_t n = (uint64_t)get_be32(digest) << 32 | get_be32(digest + 4);

	for (size_t i = 0; i < s->n_shards; i++)
		if (n % s->shards[i].parts == s->shards[i].part)
			return true;
	return s->n_shards == 0;
}

/* The same for both orders of the endpoints, on every machine, in every
 * run. */
static bool
has_digest(const struct selection *s, const struct prospect *p)
{
	uint8_t digest[COMMUNITY_DIGEST_LEN];
	struct peer a = peer_of(&p->ep[0]), b = peer_of(&p->ep[1]);

	if (s->n_ids == 0 && s->n_shards == 0)
		return true;
	community_digest(digest, &a, &b, p->proto);
	return is_of_ids(s, digest) && is_of_shards(s, digest);
}

bool
selection_admits(const struct selection *s, const struct prospect *p)
{
	return has_port(s, p) && has_number(s, p) && has_endpoints(s, p) &&
	    has_digest(s, p);
}

bool
selection_is_empty(const struct selection *s)
{
	return s->client.n + s->server.n + s->host.n + s->n_ports + s->n_ids +
	    s->n_numbers + s->n_shards ==
	    0;
}

void
selection_fini(struct selection *s)
{
	free(s->client.v);
	free(s->server.v);
	free(s->host.v);
	free(s->ports);
	free(s->ids);
	free(s->numbers);
	free(s->shards);
	*s = (struct selection){ 0 };
}
