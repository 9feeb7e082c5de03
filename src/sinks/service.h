/*
 * service.h: what is spoken in a session, by how each side begins, or else by
 * the server's port.
 */
#ifndef SINKS_SERVICE_H
#define SINKS_SERVICE_H

#include <stdint.h>

#include "base/cur.h"
#include "model/session.h"
#include "sinks/facts.h"

/* Longer names of ports are not used (RFC 6335, 5.1). */
#define SERVICE_NAME_MAX 15

/* Who knows what ports are for: this system. */
struct services {
	/* The name, or NULL; lives as long as the services. */
	const char *(*of_port)(void *arg, uint16_t port, uint8_t proto);
	void *arg;
};

/* How a session began. */
struct beginning {
	struct slice first[2]; /* of each direction; may be empty */
	uint16_t port[2];      /* the client's, the server's */
	uint8_t proto;
};

/* By content alone: "http", "tls", "ssh" ...; NULL when it is not known. */
const char *service_by_bytes(const struct beginning *b);
/* The same for the session; f may be NULL. */
const char *service_spoken(const struct session *s, const struct facts *f);
/* By content, else by port, else "-".  services and f may be NULL. */
const char *service_name(const struct services *services,
    const struct session *s, const struct facts *f);
/* What Zeek's conn.log calls a service that service_spoken named. */
const char *service_in_zeek(const char *name);

#endif
