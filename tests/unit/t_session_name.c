/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_session_name.c: what the server of a session is called, by its beginning. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "inspect/session_name.h"
#include "lib/guard.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define TEXT(s) s, sizeof(s) - 1

static struct guard guard;

#define REQUEST "GET / HTTP/1.1\r\nUser-Agent: x\r\nHost: h.example:81\r\n"

/* Says it in pieces of so many bytes; 0: whole. */
static void
say(struct session_name **n, int dir, const char *text, size_t len,
    size_t piece, uint64_t *off)
{
	while (len > 0) {
		size_t part = piece > 0 && piece < len ? piece : len;
		struct chunk c = { .dir = dir, .off = *off };

		c.bytes = guard_put(&guard, text, part);
		session_name_data(n, &c);
		assert_true(session_name_memory(*n) < 20000);
		*off += part;
		text += part;
		len -= part;
	}
}

static void
is(struct session_name *n, const char *want)
{
	struct slice name = session_name_get(n);

	assert_int_equal(name.n, strlen(want));
	if (name.n > 0)
		assert_memory_equal(name.p, want, name.n);
	session_name_free(n);
}

static void
test_beginnings(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		const char *want;
	} cases[] = {
		{ TEXT(REQUEST "\r\n"), "h.example:81" },
		/* The head need not end. */
		{ TEXT(REQUEST), "h.example:81" },
		{ TEXT("GET / HTTP/1.0\r\n\r\n"), "" },
		{ TEXT("HTTP/1.1 200 OK\r\nHost: x\r\n\r\n"), "" },
		{ TEXT("Hello\r\nHost: x\r\n"), "" },
		{ TEXT("\x16\x03"), "" },
		{ TEXT("\x16\x03\x01\0\x04\x01\0\0\0"), "" },
	};
	static const size_t pieces[] = { 0, 1, 7, 40 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t k = 0; k < COUNT(pieces); k++) {
			struct session_name *n = NULL;
			uint64_t off = 0;

			say(&n, 0, cases[i].text, cases[i].n, pieces[k], &off);
			is(n, cases[i].want);
		}
}

/* The first request counts. */
static void
test_which(void **state)
{
	struct session_name *n = NULL;
	uint64_t off[2] = { 0 };

	(void)state;
	say(&n, 0, TEXT(REQUEST "\r\n"), 0, &off[0]);
	say(&n, 1, TEXT("HTTP/1.1 200 OK\r\n\r\n"), 0, &off[1]);
	say(&n, 0, TEXT("GET / HTTP/1.1\r\nHost: other\r\n\r\n"), 0, &off[0]);
	is(n, "h.example:81");
}

/* Behind a gap nothing goes on; but at the beginning nothing is sought. */
static void
test_bounds(void **state)
{
	struct session_name *n = NULL;
	uint64_t off = 0;
	char head[300] = "GET / HTTP/1.1\r\nHost: ";

	(void)state;
	say(&n, 0, TEXT("GET / HTTP/1.1\r\nX: "), 0, &off);
	off += 5;
	say(&n, 0, TEXT("y\r\nHost: x\r\n\r\n"), 0, &off);
	is(n, "");
	n = NULL;
	off = 1;
	say(&n, 0, TEXT(REQUEST), 0, &off);
	assert_null(n);
	/* Too long for a name. */
	off = 0;
	memset(head + strlen(head), 'x', 270);
	memcpy(head + 292, "\r\n\r\n", 4);
	say(&n, 0, head, 296, 0, &off);
	is(n, "");
	/* A head that never ends is not kept. */
	n = NULL;
	off = 0;
	say(&n, 0, TEXT("GET / HTTP/1.1\r\n"), 0, &off);
	while (off < 40000)
		say(&n, 0, TEXT("X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n"), 0,
		    &off);
	assert_true(session_name_memory(n) < 200);
	is(n, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_beginnings),
		cmocka_unit_test(test_which),
		cmocka_unit_test(test_bounds),
	};

	guard = guard_new(4096);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
