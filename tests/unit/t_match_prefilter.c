/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_match_prefilter.c: which sessions cannot match, held against their lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "inspect/session_probe.h"
#include "inspect/match_prefilter.h"

static const char *
of_port(void *arg, uint16_t port, uint8_t proto)
{
	(void)arg;
	return proto == PROTO_UDP && port == 7 ? "Echo+" :
	    port == 80			       ? "www-http" :
						 NULL;
}

static const struct port_names services = { of_port, NULL, "Echo+wtp-" };

static unsigned
draw(unsigned *seed, unsigned n)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % n;
}

static struct endpoint
an_end(unsigned *seed, uint8_t family)
{
	static const uint16_t ports[] = { 7, 80, 65535, 25, 110 };
	struct endpoint e = {
		.port = ports[draw(seed, 5)],
		.family = family,
	};

	for (size_t i = 0; i < sizeof e.addr; i++)
		e.addr[i] = (uint8_t)(draw(seed, 3) ? draw(seed, 256) : 0);
	return e;
}

static struct session
a_session(unsigned *seed)
{
	uint8_t family = draw(seed, 2) ? 4 : 6;
	struct session s = {
		.number = draw(seed, 9) ? draw(seed, 3000) : SESSION_NO_NUMBER,
		.proto = draw(seed, 4) ? PROTO_TCP : PROTO_UDP,
		.client = an_end(seed, family),
		.server = an_end(seed, family),
		.start_ns = INT64_C(1763700000123456789) + draw(seed, 32768),
		.ts_digits = draw(seed, 2) ? 6 : 9,
		.roles = (enum role_source)draw(seed, 3),
		.state = (enum conn_state)draw(seed, CONN_STATES),
		.history = "",
		.close = (enum close_reason)draw(seed, CLOSE_END + 1),
		.closed_by = (enum closed_by)draw(seed, 4),
		.rtt_ns =
		    draw(seed, 3) ? (int64_t)draw(seed, 4000) * 1000000 : -1,
	};

	s.end_ns = s.start_ns + draw(seed, 32768) * 1000;
	for (int dir = 0; dir < 2; dir++)
		s.side[dir] = (struct side){
			.packets = draw(seed, 50),
			.bytes = draw(seed, 32768),
			.missing = draw(seed, 4) ? 0 : draw(seed, 100),
			.retransmitted = draw(seed, 4) ? 0 : draw(seed, 32768),
			.zero_window = draw(seed, 4) == 0,
			.flags = (uint8_t)draw(seed, 256),
		};
	return s;
}

static void
say(struct session_probe *f, unsigned *seed)
{
	static const char *const texts[] = { "GET / HTTP/1.0\r\n\r\n",
		"220 ready", "+OK", "EHLO x\r\n", "SSH-2.0-x\r\n" };

	for (int dir = 0; dir < 2; dir++) {
		const char *text = texts[draw(seed, 5)];
		struct chunk c = {
			.dir = dir,
			.bytes = { (const uint8_t *)text, strlen(text) },
			.ts_ns = (int64_t)draw(seed, 32768) * 1000000,
		};

		if (draw(seed, 2))
			session_probe_data(f, &c);
	}
}

static bool
passes(const char *text, const struct row_of *x)
{
	struct match_prefilter v;
	struct match m = { 0 };
	bool yes;

	match_add_text(&m, text);
	prefilter_init(&v, &m, x->services);
	yes = prefilter_passes(&v, x);
	/* One that no line has, beside it, rules nothing out. */
	match_add_text(&m, "\n");
	prefilter_init(&v, &m, x->services);
	assert_true(prefilter_passes(&v, x));
	match_fini(&m);
	return yes;
}

/* Any piece of a line passes: no session is lost. */
static void
check_pieces(const char *line, const struct row_of *x, unsigned *seed)
{
	size_t len = strlen(line);

	for (int i = 0; i < 40; i++) {
		size_t begin = draw(seed, (unsigned)len);
		size_t n = 1 + draw(seed, draw(seed, 2) ? 4 : 30);
		char piece[32];

		snprintf(piece, n < sizeof piece ? n + 1 : sizeof piece, "%s",
		    line + begin);
		if (!passes(piece, x))
			fail_msg("\"%s\" of %s", piece, line);
	}
	assert_true(passes(line, x));
}

/* Columns keep to their letters. */
static void
check_letters(const struct row_of *x)
{
	struct row r;

	row_make(&r, x);
	for (enum column c = 0; c < COLUMNS; c++) {
		const char *letters = column_letters(c);

		for (size_t i = row_begin(r.end, c); i < r.end[c]; i++)
			assert_true(letters == NULL ||
			    strchr(letters, r.text[i]) != NULL);
	}
}

static void
pieces(void **state)
{
	unsigned seed = 1;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		struct session s = a_session(&seed);
		struct session_probe f = { 0 };
		struct row_of x = { &s, &f, draw(&seed, 9) ? &services : NULL,
			draw(&seed, 2) != 0 };
		struct buf b = { 0 };

		if (s.proto == PROTO_TCP)
			say(&f, &seed);
		row_line(&b, &x);
		check_pieces(buf_cstr(&b), &x, &seed);
		check_letters(&x);
		x.f = NULL;
		buf_reset(&b);
		row_line(&b, &x);
		check_pieces(buf_cstr(&b), &x, &seed);
		buf_free(&b);
		session_probe_fini(&f);
	}
}

/* What no line has is known without one. */
static void
refused(void **state)
{
	static const char *const texts[] = { "NOSUCH", "no such", "10.0.0.99",
		"ftp", "2001:", "  8.8.8.8:53  ", "REJ  refused", "telnet",
		"Echo", "\t" };
	struct session s = {
		.number = 3,
		.proto = PROTO_TCP,
		.client = { { 10, 0, 0, 9 }, 40000, 4 },
		.server = { { 10, 0, 0, 1 }, 80, 4 },
		.ts_digits = 6,
		.state = CONN_STATE_S0,
		.rtt_ns = -1,
	};
	struct row_of x = { &s, NULL, &services, false };
	struct match_prefilter v;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_false(passes(texts[i], &x));
	assert_true(passes("", &x));
	assert_true(passes("  ", &x));
	assert_true(passes("S0  no answer", &x));
	assert_true(passes("www-http  ", &x));
	prefilter_init(&v, NULL, NULL);
	assert_true(prefilter_passes(&v, &x));
}

/* A word that is too long to keep, and one that is not, behind it. */
static void
long_words(void **state)
{
	struct session s = { .proto = PROTO_TCP,
		.state = CONN_STATE_SF,
		.rtt_ns = -1,
		.client = { .family = 4 },
		.server = { .family = 4 },
		.ts_digits = 6 };
	struct row_of x = { &s, NULL, NULL, false };
	char text[600];

	(void)state;
	memset(text, 'x', sizeof text);
	text[PREFILTER_WORD_MAX + 1] = '\0';
	assert_true(passes(text, &x));
	text[PREFILTER_WORD_MAX] = '\0';
	assert_false(passes(text, &x));
	text[PREFILTER_WORD_MAX] = 'x';
	memcpy(text + PREFILTER_WORD_MAX + 1, " SF ", 5);
	assert_true(passes(text, &x));
	memcpy(text + PREFILTER_WORD_MAX + 1, " S1 ", 5);
	assert_false(passes(text, &x));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces),
		cmocka_unit_test(refused),
		cmocka_unit_test(long_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
