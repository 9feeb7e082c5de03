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

/*
 * What can be spoken.  Of TCP, those whose bytes are surest come first; what is
 * of UDP alone stands behind them.
 */
enum service {
	SERVICE_NONE, /* it is not known */
	SERVICE_HTTP2,
	SERVICE_RTSP,
	SERVICE_SIP,
	SERVICE_WEBSOCKET,
	SERVICE_HTTP,
	SERVICE_TLS,
	SERVICE_SSH,
	SERVICE_SMTP,
	SERVICE_FTP,
	SERVICE_POP3,
	SERVICE_IMAP,
	SERVICE_MYSQL,
	SERVICE_POSTGRESQL,
	SERVICE_REDIS,
	SERVICE_RDP,
	SERVICE_SMB,
	SERVICE_LDAP,
	SERVICE_MQTT,
	SERVICE_AMQP,
	SERVICE_BITTORRENT,
	SERVICE_IRC,
	SERVICE_VNC,
	SERVICE_XMPP,
	SERVICE_RSYNC,
	SERVICE_GIT,
	SERVICE_BGP,
	SERVICE_TELNET,
	SERVICE_DNS,
	SERVICE_SSDP,
	SERVICE_DTLS,
	SERVICE_QUIC,
	SERVICE_STUN,
	SERVICE_DHCP,
	SERVICE_NTP,
	SERVICE_SYSLOG,
	SERVICE_TFTP,
	SERVICE_SNMP,
	SERVICES,
};

/* Longer names of ports are not used (RFC 6335, 5.1). */
#define SERVICE_NAME_MAX 15

/* Who knows what ports are for: this system. */
struct port_names {
	/* The name, or NULL; lives as long as the port_names. */
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

/* By content alone; SERVICE_WEBSOCKET when the server goes on with what the
 * client has asked for, whatever that is. */
enum service service_by_bytes(const struct beginning *b);

/* The same in steps, of which the first forgets the bytes.  Zero-initialised:
 * nothing was heard. */
struct service_hints {
	uint8_t sure[2]; /* enum service: what a side alone is sure of */
	uint8_t hints;	 /* what something else has to bear out */
};
/* Of a TCP session: what side dir began with, which is not empty. */
void service_hear(struct service_hints *h, int dir, struct slice first);
/* What both began with. */
struct service_hints service_hear_all(const struct beginning *b);
enum service service_by_hints(const struct service_hints *h, uint8_t proto,
    const uint16_t port[2]);

/* The end that is the client by how what each said begins: a hello, a request
 * or status line, a greeting, a key exchange of SSH.  dir is the end; -1 when
 * nothing says it, or both. */
int service_client(const struct chunk *v, size_t n);

/* What this system says that the port is for; NULL: nothing.  names may be
 * NULL. */
const char *service_by_port(const struct port_names *names,
    const struct session *s);

#endif
