/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_session_probe.c: what is noted of a session's data, and its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "inspect/row.h"
#include "inspect/session_probe.h"
#include "inspect/service.h"

#define SEC ((int64_t)1000000000)

/* What came, at which tenth of a second. */
static void
say(struct session_probe *f, int dir, uint64_t off, const char *text,
    int64_t tenths)
{
	struct chunk c = {
		.dir = dir,
		.off = off,
		.bytes = { (const uint8_t *)text, strlen(text) },
		.ts_ns = 1000 * SEC + tenths * SEC / 10,
	};

	session_probe_data(f, &c);
}

/* What is spoken, by what has been said until now. */
static const char *
spoken(const struct session_probe *f)
{
	const struct session s = {
		.proto = PROTO_TCP,
		.client = { .port = 40000 },
		.server = { .port = 110 },
	};
	const char *name = enum_name_service(session_probe_service(f, &s));

	return name != NULL ? name : "-";
}

static void
first_bytes(void **state)
{
	struct session_probe f = { 0 };

	(void)state;
	say(&f, 0, 0, "RE", 0);
	assert_string_equal(spoken(&f), "-");
	say(&f, 0, 2, "GISTER ", 1);
	assert_string_equal(spoken(&f), "-");
	/* The last byte that counts. */
	say(&f, 0, 9, "012345678901234567 sip:somebody", 1);
	assert_string_equal(spoken(&f), "sip");
	assert_null(f.first);
	say(&f, 0, 40, "more", 2);
	assert_string_equal(spoken(&f), "sip");
	session_probe_fini(&f);
}

static void
first_bytes_enough(void **state)
{
	struct session_probe f = { 0 };

	(void)state;
	say(&f, 0, 0, "0123456789", 0);
	/* One byte too late. */
	say(&f, 0, 10, "012345678901234567 sip:somebody", 1);
	assert_string_equal(spoken(&f), "-");
	session_probe_fini(&f);
}

/* Each side alone may be sure, or only both, or one and a port. */
static void
both_sides(void **state)
{
	struct session_probe f = { 0 };

	(void)state;
	say(&f, 1, 0, "220 here, to whom it may concern", 0);
	assert_string_equal(spoken(&f), "-");
	assert_null(f.first);
	say(&f, 0, 0, "US", 1);
	assert_non_null(f.first);
	assert_string_equal(spoken(&f), "-");
	say(&f, 0, 2, "ER me\r\n", 1);
	assert_string_equal(spoken(&f), "ftp");
	session_probe_fini(&f);
	f = (struct session_probe){ 0 };
	say(&f, 1, 0, "+O", 0);
	assert_string_equal(spoken(&f), "-");
	say(&f, 1, 2, "K", 0);
	assert_string_equal(spoken(&f), "pop3");
	say(&f, 0, 0, "GET / HTTP/1.0\r\n", 0);
	assert_string_equal(spoken(&f), "http");
	session_probe_fini(&f);
}

/* What stands behind a hole is no beginning. */
static void
first_bytes_missing(void **state)
{
	struct session_probe f = { 0 };

	(void)state;
	say(&f, 1, 0, "HT", 0);
	say(&f, 1, 3, "P/1.1 200", 0);
	assert_string_equal(spoken(&f), "-");
	say(&f, 0, 5, "GET / HTTP/1.0", 0);
	say(&f, 0, 50, "GET / HTTP/1.0", 0);
	assert_string_equal(spoken(&f), "-");
	say(&f, 1, 2, "TP/1.1 200", 0);
	assert_string_equal(spoken(&f), "http");
	session_probe_fini(&f);
}

static const char *
of_port(void *arg, uint16_t port, uint8_t proto)
{
	(void)arg;
	(void)proto;
	return port == 7 ? "echo" : NULL;
}

static void
check_line(const struct session *s, const struct session_probe *f,
    const char *want)
{
	static const struct port_names services = { .of_port = of_port };
	struct buf b = { 0 };

	row_line(&b, &(struct row_of){ s, f, &services, false });
	assert_string_equal(buf_cstr(&b), want);
	buf_free(&b);
}

static struct session
a_session(void)
{
	return (struct session){
		.number = 12,
		.proto = PROTO_TCP,
		.client = { { 192, 0, 2, 1 }, 40000, 4 },
		.server = { { 192, 0, 2, 200 }, 80, 4 },
		.start_ns = 1537962662 * SEC + 883718999,
		.end_ns = 1537962664 * SEC,
		.ts_digits = 6,
		.close = CLOSE_FIN,
		.closed_by = CLOSED_BY_BOTH,
		.state = CONN_STATE_SF,
		.history = "",
		.rtt_ns = 307242000,
		.wait_ns = { -1, 3200000000 },
		.side = { { .packets = 5,
			      .bytes = 100,
			      .flags = TCP_SYN | TCP_ACK | TCP_FIN },
		    { .packets = 4, .bytes = 2000, .flags = 0xff } },
	};
}

static void
line(void **state)
{
	struct session s = a_session();
	struct session_probe f = { 0 };

	(void)state;
	say(&f, 0, 0, "GET / HTTP/1.0", 0);
	check_line(&s, &f,
	    "12  tcp  192.0.2.1:40000  192.0.2.200:80  http  SAF  SAPFRUEC  5"
	    "  4  100  2000  2018-09-26T11:51:02.883718Z  1.116281  0.307242"
	    "  3.200000  SF  -  server took 3.2 s");
	s.side[1].missing = 7;
	s.rtt_ns = s.wait_ns[1] = -1;
	s.ts_digits = 9;
	s.server.port = 7;
	check_line(&s, NULL,
	    "12  tcp  192.0.2.1:40000  192.0.2.200:7  echo  SAF  SAPFRUEC  5"
	    "  4  100  2000  2018-09-26T11:51:02.883718999Z  1.116281001  -"
	    "  -  SF  -  7 bytes missing");
	session_probe_fini(&f);
}

static void
line_of_datagrams(void **state)
{
	static const char dns[] = "\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x03www";
	const struct slice first[2] = {
		{ (const uint8_t *)dns, sizeof dns - 1 },
	};
	struct session s = a_session();
	struct session_probe f = { 0 };

	(void)state;
	s.proto = PROTO_UDP;
	s.number = SESSION_NO_NUMBER;
	s.client = (struct endpoint){ { 0x20, 1, 0xd, 0xb8, [15] = 1 }, 9, 6 };
	s.server = (struct endpoint){ { 0x20, 1, 0xd, 0xb8, [15] = 2 }, 53, 6 };
	s.rtt_ns = s.wait_ns[1] = -1;
	session_probe_datagrams(&f, &s, first);
	check_line(&s, &f,
	    "-  udp  [2001:db8::1]:9  [2001:db8::2]:53  dns  -  -  5  4  100"
	    "  2000  2018-09-26T11:51:02.883718Z  1.116281  -  -  SF  -  ");
}

/* All that is longest, at once: it fits. */
static void
longest(void **state)
{
	struct session s = a_session();
	struct session_probe f = { 0 };
	struct buf b = { 0 };

	(void)state;
	s.number = UINT64_MAX - 1;
	memset(s.client.addr, 0xff, 16);
	memset(s.server.addr, 0xff, 16);
	s.client.family = s.server.family = 6;
	s.client.port = s.server.port = UINT16_MAX;
	s.start_ns = INT64_MIN;
	s.end_ns = INT64_MAX;
	s.rtt_ns = s.wait_ns[1] = INT64_MAX;
	s.ts_digits = 9;
	s.close = CLOSE_END;
	s.closed_by = CLOSED_BY_NONE;
	s.state = CONN_STATE_RSTOS0;
	for (int dir = 0; dir < 2; dir++)
		s.side[dir] = (struct side){
			.packets = UINT64_MAX,
			.bytes = UINT64_MAX,
			.missing = UINT64_MAX / 2,
			.retransmitted = UINT64_MAX,
			.zero_window = 1,
			.flags = 0xff,
		};
	row_line(&b, &(struct row_of){ &s, &f, NULL, false });
	assert_true(b.n > 300);
	assert_non_null(strstr(buf_cstr(&b), "18446744073709551615"));
	buf_free(&b);
}

/* Behind a response 101 there is what the request asked for, if anybody knows
 * what that is. */
static void
upgrades(void **state)
{
	static const struct {
		const char *asked;
		const char *service;
	} rows[] = {
		{ "websocket", "websocket" },
		{ "h2c", "h2" },
		{ "tcp", "http" },
	};
	char text[100];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct session_probe f = { 0 };

		snprintf(text, sizeof text,
		    "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: %s\r\n\r\n",
		    rows[i].asked);
		say(&f, 0, 0, text, 0);
		assert_string_equal(spoken(&f), "http");
		say(&f, 1, 0, "HTTP/1.1 101 Switching Protocols\r\n", 1);
		assert_string_equal(spoken(&f), rows[i].service);
		session_probe_fini(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_bytes),
		cmocka_unit_test(first_bytes_enough),
		cmocka_unit_test(both_sides),
		cmocka_unit_test(first_bytes_missing),
		cmocka_unit_test(line),
		cmocka_unit_test(line_of_datagrams),
		cmocka_unit_test(longest),
		cmocka_unit_test(upgrades),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
