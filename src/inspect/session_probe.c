/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* session_probe.c: what is noted of a session's data while it passes. */
#include "inspect/session_probe.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "inspect/enum_names.h"

/* Side dir has said enough. */
static void
forget_first(struct session_probe *f, int dir)
{
	f->first->n[dir] = 0;
	if (f->first->n[!dir] > 0)
		return;
	free(f->first);
	f->first = NULL;
}

/* Adds to what side dir began with, which is too short yet. */
static void
keep_first(struct session_probe *f, int dir, struct slice bytes)
{
	size_t room, n;
	uint8_t *to;

	if (f->first == NULL)
		f->first = xcalloc(1, sizeof *f->first);
	room = SESSION_PROBE_FIRST - (size_t)f->first->n[dir];
	n = bytes.n < room ? bytes.n : room;
	to = f->first->bytes[dir];
	memcpy(to + f->first->n[dir], bytes.p, n);
	f->first->n[dir] = (uint8_t)(f->first->n[dir] + n);
	if (n < room)
		return;
	service_hear(&f->heard, dir, (struct slice){ to, SESSION_PROBE_FIRST });
	forget_first(f, dir);
}

static void
note_first(struct session_probe *f, const struct chunk *c)
{
	if (c->off == 0 && c->bytes.n >= SESSION_PROBE_FIRST)
		service_hear(&f->heard, c->dir,
		    (struct slice){ c->bytes.p, SESSION_PROBE_FIRST });
	else if (c->off == 0 ||
	    (f->first != NULL && c->off == f->first->n[c->dir]))
		keep_first(f, c->dir, c->bytes);
}

static struct slice
cut_first(struct slice s)
{
	return (struct slice){ s.p,
		s.n < SESSION_PROBE_FIRST ? s.n : SESSION_PROBE_FIRST };
}

void
session_probe_data(struct session_probe *f, const struct chunk *c)
{
	if (c->off < SESSION_PROBE_FIRST)
		note_first(f, c);
	session_name_data(&f->name, c);
	tls_probe_data(&f->tls, c,
	    f->heard.sure[c->dir] != SERVICE_NONE &&
		f->heard.sure[c->dir] != SERVICE_TLS);
}

const struct tls_facts *
session_probe_tls(const struct session_probe *f)
{
	return f != NULL ? tls_probe_facts(f->tls) : NULL;
}

void
session_probe_tls_message(struct session_probe *f, bool from_client,
    uint8_t type, struct slice body)
{
	const struct tls_facts *t = session_probe_tls(f);

	/* Before TLS 1.3 that is a handshake within the first one's records. */
	if (t != NULL && t->server && t->version >= TLS_VERSION_13)
		tls_probe_message(f->tls, from_client, type, body);
}

void
session_probe_said(struct session_probe *f, const struct chunk *c)
{
	if (c->off == 0)
		service_hear(&f->said, c->dir, cut_first(c->bytes));
}

void
session_probe_tls_keys(struct session_probe *f,
    const struct tls_secrets *secrets)
{
	const struct tls_facts *t = session_probe_tls(f);

	if (t != NULL && secrets != NULL && tls_secrets_count(secrets) > 0)
		f->lacks_keys =
		    !t->client || !tls_secrets_has(secrets, t->client_random);
}

void
session_probe_datagrams(struct session_probe *f, const struct session *s,
    const struct slice first[2])
{
	struct beginning b = {
		.first = { cut_first(first[0]), cut_first(first[1]) },
		.port = { s->client.port, s->server.port },
		.proto = s->proto,
	};

	f->heard = service_hear_all(&b);
}

/* Behind an upgrade: what was asked for, if that is known. */
static enum service
upgraded_service(const struct session_probe *f)
{
	static const enum service services[] = {
		[UPGRADE_NONE] = SERVICE_HTTP,
		[UPGRADE_WEBSOCKET] = SERVICE_WEBSOCKET,
		[UPGRADE_HTTP2] = SERVICE_HTTP2,
	};

	return services[session_name_upgrade(f->name)];
}

enum service
session_probe_service(const struct session_probe *f, const struct session *s)
{
	const uint16_t port[2] = { s->client.port, s->server.port };
	struct service_hints h;
	enum service found;

	if (f == NULL)
		return SERVICE_NONE;
	h = f->heard;
	for (int dir = 0; f->first != NULL && dir < 2; dir++) {
		struct slice first = { f->first->bytes[dir], f->first->n[dir] };

		if (first.n > 0)
			service_hear(&h, dir, first);
	}
	found = service_by_hints(&h, s->proto, port);
	return found == SERVICE_WEBSOCKET ? upgraded_service(f) : found;
}

/* By what was chosen for inside of TLS (IANA's TLS ALPN Protocol IDs). */
static enum service
service_by_alpn(const char *alpn)
{
	static const struct {
		const char *alpn;
		enum service service;
	} rows[] = {
		{ "h2", SERVICE_HTTP2 },
		{ "http/1.1", SERVICE_HTTP },
		{ "http/1.0", SERVICE_HTTP },
		{ "imap", SERVICE_IMAP },
		{ "pop3", SERVICE_POP3 },
		{ "ftp", SERVICE_FTP },
		{ "dot", SERVICE_DNS },
		{ "irc", SERVICE_IRC },
		{ "mqtt", SERVICE_MQTT },
		{ "smb", SERVICE_SMB },
		{ "postgresql", SERVICE_POSTGRESQL },
		{ "xmpp-client", SERVICE_XMPP },
		{ "xmpp-server", SERVICE_XMPP },
	};

	for (size_t i = 0; alpn != NULL && i < sizeof rows / sizeof rows[0];
	     i++)
		if (strcmp(rows[i].alpn, alpn) == 0)
			return rows[i].service;
	return SERVICE_NONE;
}

/* What is in TLS, or was before it began; SERVICE_TLS when nobody knows. */
static enum service
service_in_tls(const struct session_probe *f, const struct session *s)
{
	const uint16_t port[2] = { s->client.port, s->server.port };
	enum service inside = service_by_alpn(session_probe_tls(f)->alpn);

	if (inside == SERVICE_NONE)
		inside = service_by_hints(&f->said, s->proto, port);
	if (inside == SERVICE_NONE)
		inside = session_probe_service(f, s);
	return inside != SERVICE_NONE ? inside : SERVICE_TLS;
}

const char *
session_probe_service_name(const struct session_probe *f,
    const struct session *s, const struct port_names *names)
{
	const char *name = session_probe_tls(f) != NULL ?
	    enum_name_service_in_tls(service_in_tls(f, s)) :
	    enum_name_service(session_probe_service(f, s));

	return name != NULL ? name : service_by_port(names, s);
}

struct slice
session_probe_name(const struct session_probe *f)
{
	const struct tls_facts *t = session_probe_tls(f);

	if (t != NULL && t->name != NULL)
		return (
		    struct slice){ (const uint8_t *)t->name, strlen(t->name) };
	return session_name_get(f != NULL ? f->name : NULL);
}

size_t
session_probe_memory(const struct session_probe *f)
{
	return session_name_memory(f->name) + tls_probe_memory(f->tls) +
	    (f->first != NULL ? sizeof *f->first : 0);
}

void
session_probe_fini(struct session_probe *f)
{
	free(f->first);
	session_name_free(f->name);
	tls_probe_free(f->tls);
	f->first = NULL;
	f->name = NULL;
	f->tls = NULL;
}
