/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* service.c: what is spoken in a session, by its first bytes or its port. */
#include "inspect/service.h"

#include "inspect/service_parts.h"

struct service_hints
service_hear_all(const struct beginning *b)
{
	struct service_hints h = { 0 };

	if (b->first[0].n == 0 && b->first[1].n == 0)
		return h;
	if (b->proto == PROTO_UDP) {
		h.sure[0] = (uint8_t)service_udp(b);
		return h;
	}
	for (int dir = 0; dir < 2; dir++)
		if (b->first[dir].n > 0)
			service_hear(&h, dir, b->first[dir]);
	return h;
}

enum service
service_by_hints(const struct service_hints *h, uint8_t proto,
    const uint16_t port[2])
{
	return proto == PROTO_UDP ? (enum service)h->sure[0] :
				    service_tcp(h, port);
}

enum service
service_by_bytes(const struct beginning *b)
{
	struct service_hints h = service_hear_all(b);

	return service_by_hints(&h, b->proto, b->port);
}

const char *
service_by_port(const struct port_names *names, const struct session *s)
{
	const char *name;

	if (names == NULL)
		return NULL;
	name = names->of_port(names->arg, s->server.port, s->proto);
	/* Perhaps it is the other way round. */
	if (name == NULL && s->roles == ROLES_GUESS)
		name = names->of_port(names->arg, s->client.port, s->proto);
	return name;
}
