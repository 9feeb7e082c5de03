/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * service.h: what is spoken in a session, by how each side begins, or else by
 * the server's port.
 */
#ifndef INSPECT_SERVICE_H
#define INSPECT_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cur.h"
#include "flow/session.h"
#include "inspect/session_probe.h"

/* Longer names of ports are not used (RFC 6335, 5.1). */
#define SERVICE_NAME_MAX 15

/* Who knows what ports are for: this system. */
struct port_names {
	/* The name, or NULL; lives as long as the services. */
	const char *(*of_port)(void *arg, uint16_t port, uint8_t proto);
	void *arg;
	const char *letters; /* all that the names have; NULL: any */
};

/* How a session began. */
struct beginning {
	struct slice first[2]; /* of each direction; may be empty */
	uint16_t port[2];      /* the client's, the server's */
	uint8_t proto;
};

/* By content alone: "http", "tls", "ssh" ...; NULL when it is not known. */
const char *service_by_bytes(const struct beginning *b);

/* The same in steps, of which the first forgets the bytes; see session_probe.h.  Of a
 * TCP session: what side dir began with, which is not empty. */
void service_hear(struct service_hints *h, int dir, struct slice first);
/* What both began with. */
struct service_hints service_hear_all(const struct beginning *b);
const char *service_by_hints(const struct service_hints *h, uint8_t proto,
    const uint16_t port[2]);

/* By content, of the session; f may be NULL. */
const char *service_spoken(const struct session *s,
    const struct session_probe *f);
/* By port, or NULL; services may be NULL. */
const char *service_by_port(const struct port_names *services,
    const struct session *s);
/* By content, else by port, else "-".  services and f may be NULL. */
const char *service_name(const struct port_names *services,
    const struct session *s, const struct session_probe *f);
/* Whether service_spoken can give a name with that text in it. */
bool service_has_text(const char *text);
/* What Zeek's conn.log calls a service that service_spoken named. */
const char *service_in_zeek(const char *name);

#endif
