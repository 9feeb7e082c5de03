/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* service_udp.c: what is spoken in a flow of datagrams, by how each side
 * begins. */
#include "inspect/service_parts.h"

static bool
has_port(const struct beginning *b, uint16_t port)
{
	return b->port[0] == port || b->port[1] == port;
}

/* Of who spoke first. */
static struct slice
first_of(const struct beginning *b)
{
	return b->first[0].n > 0 ? b->first[0] : b->first[1];
}

static bool
is_sip(const struct beginning *b)
{
	return service_asks_sip(b->first[0]) ||
	    service_answers_sip(b->first[1]);
}

static bool
is_ssdp(const struct beginning *b)
{
	return starts(b->first[0], "M-SEARCH * HTTP/1.1") ||
	    starts(b->first[0], "NOTIFY * HTTP/1.1");
}

/* RFC 9147, 4: epoch 0. */
static bool
is_dtls(const struct beginning *b)
{
	struct slice s = b->first[0];

	return s.n >= 14 && s.p[0] == 0x16 && s.p[1] == 0xfe &&
	    s.p[2] >= 0xfc && s.p[3] == 0 && s.p[4] == 0 && s.p[13] == 1;
}

static const uint32_t quic_versions[] = { 0x00000001, 0x6b3343cf, 0x51303433,
	0x51303436, 0x51303530 };

/* A long header of a version that is known (RFC 9000, 17.2; RFC 9369). */
static bool
is_quic(const struct beginning *b)
{
	struct slice s = b->first[0];
	uint32_t version;

	if (s.n < 7 || (s.p[0] & 0xc0) != 0xc0 || s.p[5] > 20)
		return false;
	version = get_be32(s.p + 1);
	for (size_t i = 0; i < sizeof quic_versions / sizeof quic_versions[0];
	     i++)
		if (version == quic_versions[i])
			return true;
	return version >> 8 == 0xff0000;
}

static bool
is_stun(const struct beginning *b)
{
	struct slice s = b->first[0];

	return s.n >= 20 && (s.p[0] & 0xc0) == 0 &&
	    get_be32(s.p + 4) == 0x2112a442;
}

/* Version 1 to 4, any mode of a client, server or peer (RFC 5905, 7.3). */
static bool
is_ntp(const struct beginning *b)
{
	struct slice s = first_of(b);

	return has_port(b, 123) && s.n >= 8 && (s.p[0] >> 3 & 7) >= 1 &&
	    (s.p[0] >> 3 & 7) <= 4 && (s.p[0] & 7) >= 1;
}

/* RFC 2131, 2: what the ports are for, and a request or reply. */
static bool
is_dhcp(const struct beginning *b)
{
	struct slice s = first_of(b);

	return (has_port(b, 67) || has_port(b, 68)) && s.n >= 4 &&
	    (s.p[0] == 1 || s.p[0] == 2) && s.p[2] <= 16;
}

static bool
is_syslog(const struct beginning *b)
{
	struct slice s = b->first[0];

	return has_port(b, 514) && s.n >= 4 && s.p[0] == '<' &&
	    is_digit(s.p[1]);
}

/* RFC 1350: a request to read or write. */
static bool
is_tftp(const struct beginning *b)
{
	struct slice s = b->first[0];

	return has_port(b, 69) && s.n >= 4 && s.p[0] == 0 &&
	    (s.p[1] == 1 || s.p[1] == 2);
}

static bool
is_snmp(const struct beginning *b)
{
	struct slice s = b->first[0];
	size_t at;

	if (s.n < 8 || s.p[0] != 0x30)
		return false;
	at = 2 + (s.p[1] & 0x80 ? (size_t)(s.p[1] & 0x7f) : 0);
	return at + 4 <= s.n && s.p[at] == 2 && s.p[at + 1] == 1 &&
	    s.p[at + 2] <= 3 && (s.p[at + 3] == 4 || s.p[at + 3] == 0x30);
}

static bool
is_dns(const struct beginning *b)
{
	return service_is_dns_message(first_of(b));
}

/* The first that says yes; those whose bytes are surest stand first. */
static const struct {
	enum service service;
	bool (*is)(const struct beginning *b);
} udp[] = {
	{ SERVICE_SIP, is_sip },
	{ SERVICE_SSDP, is_ssdp },
	{ SERVICE_DTLS, is_dtls },
	{ SERVICE_QUIC, is_quic },
	{ SERVICE_STUN, is_stun },
	{ SERVICE_DHCP, is_dhcp },
	{ SERVICE_NTP, is_ntp },
	{ SERVICE_SYSLOG, is_syslog },
	{ SERVICE_TFTP, is_tftp },
	{ SERVICE_SNMP, is_snmp },
	{ SERVICE_DNS, is_dns },
};

enum service
service_udp(const struct beginning *b)
{
	for (size_t i = 0; i < sizeof udp / sizeof udp[0]; i++)
		if (udp[i].is(b))
			return udp[i].service;
	return SERVICE_NONE;
}
