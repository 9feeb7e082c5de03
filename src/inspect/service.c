/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* service.c: what is spoken in a session. */
#include "inspect/service.h"

#include "inspect/service_parts.h"

/* A question or an answer to one (RFC 1035, 4.1). */
bool
service_is_dns_message(struct slice s)
{
	unsigned opcode, questions;

	if (s.n < 14)
		return false;
	opcode = s.p[2] >> 3 & 15;
	questions = get_be16(s.p + 4);
	/* Counts of answers and the like are small; the name begins with a
	 * label or is the root. */
	return (opcode == 0 || opcode == 4 || opcode == 5) &&
	    (s.p[3] & 0x40) == 0 && questions <= 1 && get_be16(s.p + 6) < 256 &&
	    get_be16(s.p + 8) < 256 && get_be16(s.p + 10) < 16 &&
	    s.p[12] < 64 &&
	    (questions == 1 || (s.p[2] & 0x80) != 0 || opcode != 0) &&
	    (s.p[12] == 0 || (s.p[13] > ' ' && s.p[13] < 0x7f));
}

struct service_hints
service_hear_all(const struct beginning *b)
{
	struct service_hints h = { 0 };

	if (b->first[0].n == 0 && b->first[1].n == 0)
		return h;
	if (b->proto == PROTO_UDP) {
		h.sure[0] = service_udp_sure(b);
		return h;
	}
	for (int dir = 0; dir < 2; dir++)
		if (b->first[dir].n > 0)
			service_hear(&h, dir, b->first[dir]);
	return h;
}

const char *
service_by_hints(const struct service_hints *h, uint8_t proto,
    const uint16_t port[2])
{
	return proto == PROTO_UDP ? service_udp_name(h->sure[0]) :
				    service_tcp_name(h, port);
}

const char *
service_by_bytes(const struct beginning *b)
{
	struct service_hints h = service_hear_all(b);

	return service_by_hints(&h, b->proto, b->port);
}

const char *
service_spoken(const struct session *s, const struct session_probe *f)
{
	const uint16_t port[2] = { s->client.port, s->server.port };
	struct service_hints h;

	if (f == NULL)
		return NULL;
	h = session_probe_hints(f);
	return service_by_hints(&h, s->proto, port);
}

const char *
service_by_port(const struct port_names *services, const struct session *s)
{
	const char *name;

	if (services == NULL)
		return NULL;
	name = services->of_port(services->arg, s->server.port, s->proto);
	/* Perhaps it is the other way round. */
	if (name == NULL && s->roles == ROLES_GUESS)
		name =
		    services->of_port(services->arg, s->client.port, s->proto);
	return name;
}

const char *
service_name(const struct port_names *services, const struct session *s,
    const struct session_probe *f)
{
	const char *name = service_spoken(s, f);

	if (name == NULL)
		name = service_by_port(services, s);
	return name != NULL ? name : "-";
}

bool
service_has_text(const char *text)
{
	return service_tcp_has_text(text) || service_udp_has_text(text);
}

const char *
service_in_zeek(const char *name)
{
	const char *zeek = service_tcp_zeek(name);

	if (zeek == NULL)
		zeek = service_udp_zeek(name);
	return zeek != NULL ? zeek : name;
}
