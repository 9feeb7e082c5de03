/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_service.c: what is spoken, by the first bytes of each side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "inspect/enum_names.h"
#include "inspect/session_probe.h"

#define T(text) text, sizeof(text) - 1

struct sample {
	const char *name; /* NULL: nobody knows */
	uint8_t proto;
	uint16_t port; /* the server's */
	const char *c2s;
	size_t n_c2s;
	const char *s2c;
	size_t n_s2c;
};

/* clang-format off */
static const struct sample samples[] = {
	{ "http", 6, 8000, T("GET / HTTP/1.1\r\n"), T("") },
	{ "http", 6, 8000, T(""), T("HTTP/1.1 200 OK\r\n") },
	{ "h2", 6, 80, T("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), T("") },
	{ "rtsp", 6, 554, T("OPTIONS rtsp://h/ RTSP/1.0\r\n"), T("") },
	{ "sip", 17, 5060, T("REGISTER sip:h SIP/2.0\r\n"), T("") },
	{ "sip", 6, 5060, T(""), T("SIP/2.0 200 OK\r\n") },
	{ "ssdp", 17, 1900, T("M-SEARCH * HTTP/1.1\r\n"), T("") },
	{ "tls", 6, 443, T("\x16\x03\x01\x02\x00\x01\x00"), T("") },
	{ "tls", 6, 443, T(""), T("\x16\x03\x03\x00\x7a\x02\x00") },
	{ "dtls", 17, 4433,
	    T("\x16\xfe\xff\0\0\0\0\0\0\0\0\0\x50\x01"), T("") },
	{ "ssh", 6, 22, T(""), T("SSH-2.0-OpenSSH_9.2\r\n") },
	{ "smtp", 6, 2525, T("EHLO h\r\n"), T("220 h ready\r\n") },
	{ "smtp", 6, 2525, T(""), T("220 h ESMTP\r\n") },
	{ "smtp", 6, 25, T(""), T("220 h ready\r\n") },
	{ "ftp", 6, 2121, T("USER me\r\n"), T("220 h ready\r\n") },
	{ "ftp", 6, 21, T(""), T("220-h ready\r\n") },
	{ "pop3", 6, 1100, T("CAPA\r\n"), T("+OK ready\r\n") },
	{ "imap", 6, 143, T("a login\r\n"), T("* OK ready\r\n") },
	{ "mysql", 6, 3306, T(""), T("\x4a\0\0\0\x0a" "8.0.36\0") },
	{ "postgresql", 6, 5432, T("\0\0\0\x08\x04\xd2\x16\x2f"), T("") },
	{ "postgresql", 6, 5432, T("\0\0\0\x21\0\x03\0\0user"), T("") },
	{ "redis", 6, 6379, T("*1\r\n$4\r\nPING\r\n"), T("") },
	{ "rdp", 6, 3389, T("\x03\0\0\x13\x0e\xe0\0\0\0\0\0"), T("") },
	{ "smb", 6, 445, T("\0\0\0\x55\xff" "SMBr\0"), T("") },
	{ "ldap", 6, 389, T("\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03"),
	    T("") },
	{ "mqtt", 6, 1883, T("\x10\x10\0\x04MQTT\x04\x02"), T("") },
	{ "amqp", 6, 5672, T("AMQP\0\0\x09\x01"), T("") },
	{ "bittorrent", 6, 6881, T("\x13" "BitTorrent protocol"), T("") },
	{ "irc", 6, 6667, T("NICK me\r\n"), T("") },
	{ "vnc", 6, 5900, T(""), T("RFB 003.008\n") },
	{ "xmpp", 6, 5222, T("<?xml version='1.0'?>"), T("") },
	{ "rsync", 6, 873, T(""), T("@RSYNCD: 31.0\n") },
	{ "git", 6, 9418, T("0032git-upload-pack /x"), T("") },
	{ "bgp", 6, 179, T("\xff\xff\xff\xff\xff\xff\xff\xff"
	    "\xff\xff\xff\xff\xff\xff\xff\xff\0\x1d"), T("") },
	{ "telnet", 6, 23, T(""), T("\xff\xfd\x18") },
	{ "quic", 17, 443, T("\xc3\0\0\0\x01\x08" "12345678"), T("") },
	{ "stun", 17, 3478, T("\0\x01\0\0\x21\x12\xa4\x42" "123456789012"),
	    T("") },
	{ "dhcp", 17, 67, T("\x01\x01\x06\0"), T("") },
	{ "ntp", 17, 123, T("\x23\0\0\0\0\0\0\0"), T("") },
	{ "syslog", 17, 514, T("<34>Oct 11 host"), T("") },
	{ "tftp", 17, 69, T("\0\x01name\0octet\0"), T("") },
	{ "snmp", 17, 161, T("\x30\x26\x02\x01\x01\x04\x06public"), T("") },
	{ "dns", 17, 53, T("\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x03www"), T("") },
	{ "dns", 17, 53, T("\x12\x34\x01\0\0\x01\0\0\0\0\0\0\0\0\x02"), T("") },
	{ "dns", 6, 53, T("\0\x1d\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x03www"),
	    T("") },
	/* What looks like it and is not. */
	{ NULL, 6, 80, T(""), T("") },
	{ NULL, 6, 80, T("GETX / HTTP/1.1"), T("") },
	{ NULL, 17, 80, T("GET / HTTP/1.1\r\n"), T("") },
	{ NULL, 6, 443, T("\x16\x03\x01\x02\x00"), T("") },
	{ NULL, 6, 443, T("\x17\x03\x03\x02\x00\x01\x00"), T("") },
	{ NULL, 6, 99, T(""), T("220 h ready\r\n") },
	{ NULL, 6, 110, T(""), T("+O") },
	{ NULL, 17, 124, T("\x23\0\0\0\0\0\0\0"), T("") },
	{ NULL, 17, 443, T("\xc3\0\0\0\x09\x08" "12345678"), T("") },
	{ NULL, 17, 53, T("\x12\x34\x01\0\0\x07\0\0\0\0\0\0\x03www"), T("") },
	{ NULL, 17, 9999, T("abcdefghijklmnop"), T("") },
	{ NULL, 6, 9999, T("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), T("") },
};
/* clang-format on */

/* Bytes in memory of their own, so that not one more is read. */
static struct slice
copy(const char *p, size_t n, void **owner)
{
	*owner = malloc(n + 1);
	memcpy(*owner, p, n);
	return (struct slice){ *owner, n };
}

static const char *
spoken(const struct sample *x, size_t n_c2s, size_t n_s2c)
{
	struct beginning b = { .port = { 40000, x->port }, .proto = x->proto };
	void *owner[2];
	const char *name;

	b.first[0] = copy(x->c2s, n_c2s, &owner[0]);
	b.first[1] = copy(x->s2c, n_s2c, &owner[1]);
	name = enum_name_service(service_by_bytes(&b));
	free(owner[0]);
	free(owner[1]);
	return name;
}

static void
by_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		const struct sample *x = &samples[i];
		const char *name = spoken(x, x->n_c2s, x->n_s2c);

		if ((name == NULL) != (x->name == NULL) ||
		    (name != NULL && strcmp(name, x->name) != 0))
			fail_msg("%s (row %zu) is taken for %s",
			    x->name != NULL ? x->name : "nothing", i,
			    name != NULL ? name : "nothing");
	}
}

/* Cut anywhere, it is known or it is not. */
static void
cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		for (size_t n = 0; n <= samples[i].n_c2s; n++)
			spoken(&samples[i], n, samples[i].n_s2c);
		for (size_t n = 0; n <= samples[i].n_s2c; n++)
			spoken(&samples[i], samples[i].n_c2s, n);
	}
}

static const char *
of_port(void *arg, uint16_t port, uint8_t proto)
{
	(void)arg;
	if (port == 22 && proto == PROTO_TCP)
		return "ssh";
	return port == 53 && proto == PROTO_UDP ? "domain" : NULL;
}

static void
by_port(void **state)
{
	static const struct port_names services = { .of_port = of_port };
	struct session s = { .proto = PROTO_TCP,
		.client = { .port = 22 },
		.server = { .port = 40000 } };
	struct session_probe f = { 0 };
	struct chunk get = {
		.bytes = { (const uint8_t *)"GET / HTTP/1.0", 14 },
	};

	(void)state;
	assert_null(session_probe_service_name(NULL, &s, &services));
	s.roles = ROLES_GUESS;
	assert_string_equal(session_probe_service_name(NULL, &s, &services),
	    "ssh");
	s.roles = ROLES_SYN;
	s.server.port = 22;
	assert_string_equal(session_probe_service_name(NULL, &s, &services),
	    "ssh");
	assert_null(session_probe_service_name(NULL, &s, NULL));
	/* What it says counts more than where. */
	session_probe_data(&f, &get);
	assert_string_equal(session_probe_service_name(&f, &s, &services),
	    "http");
	s.server.port = 53;
	assert_null(session_probe_service_name(NULL, &s, &services));
	s.proto = PROTO_UDP;
	assert_string_equal(session_probe_service_name(NULL, &s, &services),
	    "domain");
	assert_int_equal(session_probe_service(NULL, &s), SERVICE_NONE);
	session_probe_fini(&f);
}

static void
names_of_zeek(void **state)
{
	(void)state;
	assert_string_equal(enum_name_service_zeek(SERVICE_TLS), "ssl");
	assert_string_equal(enum_name_service_zeek(SERVICE_HTTP2), "http");
	assert_string_equal(enum_name_service_zeek(SERVICE_DNS), "dns");
	assert_null(enum_name_service_zeek(SERVICE_NONE));
}

/* Each has a name that fits its column. */
static void
names(void **state)
{
	(void)state;
	for (enum service s = SERVICE_NONE + 1; s < SERVICES; s++) {
		assert_non_null(enum_name_service(s));
		assert_true(strlen(enum_name_service(s)) <= SERVICE_NAME_MAX);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_bytes),
		cmocka_unit_test(cut),
		cmocka_unit_test(by_port),
		cmocka_unit_test(names_of_zeek),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
