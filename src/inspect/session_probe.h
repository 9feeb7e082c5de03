/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * session_probe.h: what is noted of a session's data while it passes: how each
 * side began, and what the server is called.
 */
#ifndef INSPECT_SESSION_PROBE_H
#define INSPECT_SESSION_PROBE_H

#include "base/buf.h"
#include "flow/session.h"
#include "inspect/service.h"
#include "inspect/session_name.h"
#include "proto/tls_probe.h"
#include "proto/tls_secrets.h"

/* Enough to know protocols by. */
#define SESSION_PROBE_FIRST 32

/* The bytes that a side began with, while there are less than
 * SESSION_PROBE_FIRST. */
struct session_probe_first {
	uint8_t n[2];
	uint8_t bytes[2][SESSION_PROBE_FIRST];
};

/* There is one for each open session: it is small.  Zero-initialised is the
 * beginning; session_probe_fini ends it. */
struct session_probe {
	struct session_probe_first *first; /* NULL when there is none */
	struct session_name *name;	   /* likewise */
	struct tls_probe *tls;		   /* likewise */
	bool lacks_keys;		   /* of TLS; others have some */
	struct service_hints heard;
	struct service_hints said; /* inside of TLS */
};

/* Data as it is delivered, each direction in its order. */
void session_probe_data(struct session_probe *f, const struct chunk *c);
/* A flow of datagrams: what each direction's first one began with. */
void session_probe_datagrams(struct session_probe *f, const struct session *s,
    const struct slice first[2]);
/* What is spoken, by all that is there now; f may be NULL. */
enum service session_probe_service(const struct session_probe *f,
    const struct session *s);
/* Its name, or else what names say of the port; NULL when neither is known.
 * names and f may be NULL. */
const char *session_probe_service_name(const struct session_probe *f,
    const struct session *s, const struct port_names *names);
/* What the handshake of TLS said; NULL when there was none.  f may be NULL. */
const struct tls_facts *session_probe_tls(const struct session_probe *f);
/* A message of the handshake that came encrypted, and was opened. */
void session_probe_tls_message(struct session_probe *f, bool from_client,
    uint8_t type, struct slice body);
/* What was said in a session that is opened, with what was in the clear. */
void session_probe_said(struct session_probe *f, const struct chunk *c);
/* The session is over: whether it lacks keys, when there are some. */
void session_probe_tls_keys(struct session_probe *f,
    const struct tls_secrets *secrets);
/* What the server is called; empty when that is not known.  f may be NULL. */
struct slice session_probe_name(const struct session_probe *f);
/* Bytes of memory that it takes now, but for itself. */
size_t session_probe_memory(const struct session_probe *f);
void session_probe_fini(struct session_probe *f);

#endif
