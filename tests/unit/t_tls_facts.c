/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_tls_facts.c: fingerprints of hellos, and TLS that is found in a session. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "lib/guard.h"
#include "proto/tls_fingerprint.h"
#include "proto/tls_probe.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct guard guard;

/* ------------------------------------------------------------- fingerprints */

/* The numbers of a list with commas, in two bytes each; with bodies, an empty
 * extension each. */
static struct slice
numbers(struct buf *b, const char *list, int base, bool bodies)
{
	char *end;

	buf_reset(b);
	while (*list != '\0') {
		buf_be(b, strtoul(list, &end, base), 2);
		if (bodies)
			buf_be(b, 0, 2);
		list = *end == ',' ? end + 1 : end;
	}
	return (struct slice){ b->p, b->n };
}

/* Those that the authors of JA3 published, and one that many servers have. */
static void
ja3(void **state)
{
	static const struct {
		const char *suites, *extensions, *groups, *formats, *ja3;
	} rows[] = {
		{ "47,53,5,10,49161,49162,49171,49172,50,56,19,4", "0,10,11",
		    "23,24,25", "0", "ada70206e40642a3e4461f35503241d5" },
		{ "4,5,10,9,100,98,3,6,19,18,99", "", "", "",
		    "de350869b8c85de67a350c8d186f11e6" },
		/* Values that stand for nothing are not in it. */
		{ "2570,4,5,10,9,100,98,3,6,19,18,99", "10794", "60138", "",
		    "de350869b8c85de67a350c8d186f11e6" },
	};
	struct buf b[4] = { 0 };
	char got[DIGEST_MD5_LEN];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tls_hello h = { .legacy_version = 0x0301 };

		h.suites = numbers(&b[0], rows[i].suites, 10, false);
		h.extensions = numbers(&b[1], rows[i].extensions, 10, true);
		h.groups = numbers(&b[2], rows[i].groups, 10, false);
		h.formats = (struct slice){ (const uint8_t *)"",
			strlen(rows[i].formats) };
		tls_ja3(got, &h);
		assert_string_equal(got, rows[i].ja3);
	}
	struct tls_hello h = { .legacy_version = 0x0303, .suite = 0x1302 };

	h.extensions = numbers(&b[1], "43,51", 10, true);
	tls_ja3s(got, &h);
	assert_string_equal(got, "15af977ce25de452b96affa2addb1036");
	for (size_t i = 0; i < COUNT(b); i++)
		buf_free(&b[i]);
}

/* That of the specification, and what is at its edges. */
static void
ja4(void **state)
{
	static const char suites[] =
	    "0a0a,1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,"
	    "009d,002f,0035";
	static const char extensions[] =
	    "1a1a,0000,0017,ff01,000a,000b,0023,0010,0005,000d,0012,0033,002d,"
	    "002b,001b,4469,0015";
	static const char signatures[] =
	    "0403,0804,0401,0503,0805,0501,0806,0601";
	struct buf b[3] = { 0 };
	struct tls_hello h = { .version = 0x0304, .has_name = true };
	char got[TLS_JA4_LEN];

	(void)state;
	h.suites = numbers(&b[0], suites, 16, false);
	h.extensions = numbers(&b[1], extensions, 16, true);
	h.signatures = numbers(&b[2], signatures, 16, false);
	h.alpn = (struct slice){ (const uint8_t *)"\x02h2\x08http/1.1", 12 };
	tls_ja4(got, &h);
	assert_string_equal(got, "t13d1516h2_8daaf6152771_e5627efa2ab1");
	/* Nothing offered at all. */
	h = (struct tls_hello){ .version = 0x0301 };
	tls_ja4(got, &h);
	assert_string_equal(got, "t10i000000_000000000000_000000000000");
	h.alpn = (struct slice){ (const uint8_t *)"\x01h", 2 };
	tls_ja4(got, &h);
	assert_memory_equal(got, "t10i0000hh_", 11);
	h.alpn = (struct slice){ (const uint8_t *)"\x02\xab\xcd", 3 };
	tls_ja4(got, &h);
	assert_memory_equal(got, "t10i0000ad_", 11);
	for (size_t i = 0; i < COUNT(b); i++)
		buf_free(&b[i]);
}

/* --------------------------------------------------------------- in a session */

#define ZERO32 "01234567890123456789012345678901"
/* A record with a hello whose server name is "a.example". */
#define HELLO                                                                  \
	"\x16\x03\x01\0\x46\x01\0\0\x42\x03\x03" ZERO32 "\0\0\x02\x13\x01"     \
	"\x01\0\0\x17\0\0\0\x0e\0\x0c\0\0\x09"                                 \
	"a.example"                                                            \
	"\0\x2b\0\x01\0"
/* One of the server, for TLS 1.2, and two certificates. */
#define ANSWER                                                                 \
	"\x16\x03\x03\0\x39\x02\0\0\x26\x03\x03" ZERO32 "\0\xc0\x2f\0"         \
	"\x0b\0\0\x0b\0\0\x08\0\0\x01x\0\0\x01y"
#define CHANGE "\x14\x03\x03\0\x01\x01"
#define DATA "\x17\x03\x03\0\x02xx"

struct said {
	struct tls_probe *p;
	uint64_t off[2];
};

static void
say(struct said *x, int dir, const char *text, size_t len, size_t piece)
{
	while (len > 0) {
		size_t n = piece > 0 && piece < len ? piece : len;
		struct chunk c = { .dir = dir, .off = x->off[dir] };

		c.bytes = guard_put(&guard, text, n);
		tls_probe_data(&x->p, &c, false);
		x->off[dir] += n;
		text += n;
		len -= n;
	}
}

#define SAY(x, dir, text, piece) say(x, dir, text, sizeof(text) - 1, piece)

/* Both hellos, in pieces, whichever is seen first. */
static void
hellos(void **state)
{
	static const size_t pieces[] = { 0, 1, 3, 7, 40 };

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(pieces); i++) {
		struct said x = { 0 };
		const struct tls_facts *f;

		if (i % 2 == 0)
			SAY(&x, 0, HELLO, pieces[i / 2]);
		SAY(&x, 1, ANSWER CHANGE DATA, pieces[i / 2]);
		if (i % 2 == 1)
			SAY(&x, 0, HELLO, pieces[i / 2]);
		SAY(&x, 0, CHANGE DATA, pieces[i / 2]);
		f = tls_probe_facts(x.p);
		assert_non_null(f);
		assert_true(f->client && f->server && !f->midstream);
		assert_string_equal(f->name, "a.example");
		assert_int_equal(f->version, 0x0303);
		assert_int_equal(f->suite, 0xc02f);
		assert_null(f->alpn);
		assert_int_equal(f->certificates[1].n, 2);
		assert_int_equal(f->certificates[0].n, 0);
		assert_int_equal(f->certificates[1].digests[0][0], 0x2d);
		assert_int_equal(tls_facts_resumed(f), TLS_RESUMED_NO);
		/* What was gathered is gone. */
		assert_true(tls_probe_memory(x.p) < 1000);
		tls_probe_free(x.p);
	}
}

/* Behind what is in the clear, also far behind. */
static void
behind_clear_text(void **state)
{
	struct said x = { 0 };

	(void)state;
	SAY(&x, 1, "220 ready\r\n", 0);
	SAY(&x, 0, "STARTTLS\r\n", 0);
	assert_null(tls_probe_facts(x.p));
	x.off[0] = 1000000;
	SAY(&x, 0, HELLO, 3);
	assert_non_null(tls_probe_facts(x.p));
	assert_string_equal(tls_probe_facts(x.p)->name, "a.example");
	tls_probe_free(x.p);
	/* What only begins like one is none, and one may follow. */
	x = (struct said){ 0 };
	SAY(&x, 0, "\x16\x03", 0);
	SAY(&x, 0, "abcdefgh", 0);
	assert_null(tls_probe_facts(x.p));
	SAY(&x, 0, HELLO, 0);
	assert_non_null(tls_probe_facts(x.p));
	tls_probe_free(x.p);
	/* The half of a hello, and a gap. */
	x = (struct said){ 0 };
	say(&x, 0, HELLO, 30, 0);
	x.off[0] += 100;
	SAY(&x, 0, DATA, 0);
	assert_null(tls_probe_facts(x.p));
	tls_probe_free(x.p);
}

/* Records whose hellos were not captured: two, one behind the other. */
static void
midstream(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		bool is;
	} rows[] = {
#define ROW(text, is) { text, sizeof(text) - 1, is }
		ROW(DATA DATA, true),
		ROW("end of a record" DATA DATA, true),
		ROW(DATA CHANGE, true),
		ROW(DATA, false),
		ROW(DATA "xxxxxxxx", false),
		ROW("\x17\x03\x03\0\x00" DATA, false),
		ROW("\x17\x03\x05\0\x02xx\x17\x03\x05\0\x02xx", false),
		ROW("\x18\x04\x03\0\x02xx" DATA, false),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct said x = { 0 };

		say(&x, 1, rows[i].text, rows[i].n, 0);
		if ((tls_probe_facts(x.p) != NULL) != rows[i].is)
			fail_msg("row %d", (int)i);
		tls_probe_free(x.p);
		/* Far behind the beginning nothing is sought. */
		x = (struct said){ .off = { 0, TLS_PROBE_MIDSTREAM } };
		say(&x, 1, rows[i].text, rows[i].n, 0);
		assert_null(x.p);
	}
	/* In segments of their own. */
	struct said x = { 0 };

	SAY(&x, 1, DATA, 0);
	SAY(&x, 1, DATA, 0);
	assert_non_null(tls_probe_facts(x.p));
	assert_true(tls_probe_facts(x.p)->midstream);
	tls_probe_free(x.p);
}

/* RFC 5246, 7.3: the client's session id given back. */
static void
resumed(void **state)
{
	struct tls_facts f = { .server = true,
		.version = 0x0303,
		.session_id = { { 2, 'a', 'b' }, { 2, 'a', 'b' } } };

	(void)state;
	assert_int_equal(tls_facts_resumed(&f), TLS_RESUMED_UNKNOWN);
	f.client = true;
	assert_int_equal(tls_facts_resumed(&f), TLS_RESUMED_YES);
	f.session_id[1][2] = 'c';
	assert_int_equal(tls_facts_resumed(&f), TLS_RESUMED_NO);
	memset(f.session_id, 0, sizeof f.session_id);
	assert_int_equal(tls_facts_resumed(&f), TLS_RESUMED_NO);
	f.version = TLS_VERSION_13;
	f.early = true;
	assert_true(tls_facts_early_refused(&f));
	f.psk = true;
	assert_int_equal(tls_facts_resumed(&f), TLS_RESUMED_YES);
	assert_false(tls_facts_early_refused(&f));
	f.retry = true;
	assert_true(tls_facts_early_refused(&f));
	f.server = false;
	assert_int_equal(tls_facts_resumed(&f), TLS_RESUMED_UNKNOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ja3),
		cmocka_unit_test(ja4),
		cmocka_unit_test(hellos),
		cmocka_unit_test(behind_clear_text),
		cmocka_unit_test(midstream),
		cmocka_unit_test(resumed),
	};

	guard = guard_new(4096);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
